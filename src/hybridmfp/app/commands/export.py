"""``hybridmfp export``: a course for other systems, as FHIR, spreadsheet or tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, say
from hybridmfp.app.short_lived import short_lived

__all__ = ["export"]


def export(
    course: Annotated[Path, typer.Argument(help="Course of one patient (JSON).")],
    out: Annotated[
        Path, typer.Option(help="FHIR R4 bundle (.json), spreadsheet (.xlsx), or folder of CSV.")
    ],
    source: options.ScoreKind = None,
    keyform: options.KeyformFile = None,
    plan: options.PlanFile = None,
    rules: options.RulesFile = None,
    repeat_sd: options.RepeatSd = None,
    stroke_date: Annotated[
        str | None, typer.Option(help="Turns days into dates in a bundle; left out, none is there.")
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.AsJson = False,
) -> None:
    """Hand a course over to other systems: ratings, estimates, prognosis, plan, provenance."""
    with short_lived():
        from hybridmfp.app.exporting import hand_over
        from hybridmfp.app.reviewing import Reviewing, review_of_file

        how = Reviewing(source=source, keyform=keyform, plan=plan, rules=rules, repeat_sd=repeat_sd)
        reviewed = review_of_file(course, how)
        kind, counts = hand_over(reviewed, out, stroke_date=stroke_date, overwrite=overwrite)
    if as_json:
        print_json({"kind": kind, "written": str(out), "holds": counts})
    else:
        told = ", ".join(f"{number} {name}" for name, number in counts.items())
        say(f"Written to {out} ({kind}): {told}.")
