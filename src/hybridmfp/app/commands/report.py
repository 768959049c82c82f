"""``hybridmfp report``: a page of an assessment, of a patient's course, or of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, say
from hybridmfp.app.short_lived import short_lived

__all__ = ["report"]


def report(
    source: Annotated[
        Path,
        typer.Argument(
            help="JSON of `hybridmfp assess --json`, course of a patient, or model file (.hmfp)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Page to write: .html; .pdf unless of a model.")],
    model: Annotated[
        Path | None, typer.Option(help="Model file of the assessment, for its curve of errors.")
    ] = None,
    score_source: options.ScoreKind = None,
    scheme: Annotated[
        str, typer.Option(help="Of strata: hoonhorst, woodbury, three_level, ...")
    ] = "hoonhorst",
    keyform: options.KeyformFile = None,
    plan: options.PlanFile = None,
    rules: options.RulesFile = None,
    repeat_sd: options.RepeatSd = None,
    reader: Annotated[
        str, typer.Option(help="Of an HTML page: therapist or patient; a PDF has both.")
    ] = "therapist",
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    paper: Annotated[str, typer.Option(help="Of a PDF: A4 or Letter.")] = "A4",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write an assessment, the course of a patient, or the card of a model, as a page."""
    with short_lived():
        from hybridmfp.app.page_sources import PageSource, kind_of, write_source

        kind = kind_of(source)
        asked = PageSource(
            model=model, source=score_source, scheme=scheme, keyform=keyform, plan=plan,
            rules=rules, repeat_sd=repeat_sd, reader=reader, language=language, paper=paper,
        )  # fmt: skip
        write_source(kind, source, out, asked, overwrite=overwrite)
    if as_json:
        print_json({"kind": kind, "source": str(source), "written": str(out)})
    else:
        say(f"Written to {out}.")
