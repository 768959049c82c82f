"""``hybridmfp report``: a page of an assessment, or of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, say

__all__ = ["report"]


def report(
    source: Annotated[
        Path, typer.Argument(help="JSON of `hybridmfp assess --json`, or a model file (.hmfp).")
    ],
    out: Annotated[Path, typer.Option(help="Page to write: .html; .pdf for an assessment.")],
    model: Annotated[
        Path | None, typer.Option(help="Model file of the assessment, for its curve of errors.")
    ] = None,
    paper: Annotated[str, typer.Option(help="Of a PDF: A4 or Letter.")] = "A4",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write an assessment, or the card of a model, as a page."""
    from hybridmfp.app.assessing import check_page, read_assessment, write_page
    from hybridmfp.app.cards import read_card, write_card

    check_page(out, paper=paper, overwrite=overwrite)
    if source.suffix == ".hmfp":
        write_card(out, read_card(source), overwrite=overwrite)
        kind = "card"
    else:
        described = read_assessment(source)
        card = None if model is None else read_card(model, wanted=described["model"]["hash"])
        write_page(out, described, card=card, paper=paper, overwrite=overwrite)
        kind = "assessment"
    if as_json:
        print_json({"kind": kind, "source": str(source), "written": str(out)})
    else:
        say(f"Written to {out}.")
