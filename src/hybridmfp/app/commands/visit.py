"""``hybridmfp visit``: add a visit, or bedside findings, to the course of a patient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table

__all__ = ["visit"]


def visit(
    course: Annotated[Path, typer.Argument(help="Course of one patient (JSON); made if new.")],
    rating: Annotated[
        Path | None, typer.Option(help="Rated items, CSV or JSON; `rating-form` makes a form.")
    ] = None,
    assessment: Annotated[
        Path | None, typer.Option(help="JSON of `hybridmfp assess --json`.")
    ] = None,
    found: Annotated[
        list[str] | None, typer.Option(help="Bedside finding, such as nihss=7; repeat for more.")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="To a question of the plan: NAME=yes, no or unknown.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="Days since the stroke.")] = None,
    date: Annotated[str | None, typer.Option(help="Of the visit, with --stroke-date.")] = None,
    stroke_date: Annotated[str | None, typer.Option(help="Not kept; only days are.")] = None,
    subject: Annotated[str | None, typer.Option(help="Pseudonym, for a new course.")] = None,
    side: Annotated[str | None, typer.Option(help="Affected arm: left or right.")] = None,
    age: Annotated[float | None, typer.Option(help="Years, at the stroke.")] = None,
    rules: options.RulesFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Add a rating, an assessment or bedside findings to the course of a patient."""
    from hybridmfp.app.keeping import Addition, add_to_course, course_in_words, day_of
    from hybridmfp.app.options import side_of
    from hybridmfp.clinical.course_file import course_as_json

    addition = Addition(
        rating=rating,
        assessment=assessment,
        day=day_of(days, on=date, stroke_date=stroke_date),
        found=tuple(found or ()),
        answered=tuple(answer or ()),
        subject=subject,
        side=side_of(side),
        age_years=age,
        rules=rules,
    )
    kept = add_to_course(course, addition)
    if as_json:
        print_json(course_as_json(kept))
    else:
        print_table(f"Course of {kept.subject}, written to {course}", course_in_words(kept))
