"""``hybridmfp plan``: propose a therapy plan, edit it, sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table, say
from hybridmfp.app.short_lived import short_lived

__all__ = ["plan"]


def plan(
    source: Annotated[
        Path, typer.Argument(help="Course of one patient to plan for, or a plan to change.")
    ],
    out: Annotated[Path | None, typer.Option(help="Plan to write (JSON), from a course.")] = None,
    add: Annotated[str | None, typer.Option(help="Module to put in, also a blocked one.")] = None,
    remove: Annotated[str | None, typer.Option(help="Module to take out.")] = None,
    move: Annotated[str | None, typer.Option(help="Module to put at --rank.")] = None,
    dose: Annotated[str | None, typer.Option(help="MODULE=new dose.")] = None,
    rank: Annotated[int | None, typer.Option(help="Place, from 1.")] = None,
    title: Annotated[str | None, typer.Option(help="Of a module of your own, with --add.")] = None,
    minutes: Annotated[float | None, typer.Option(help="A day, of the new dose.")] = None,
    override: Annotated[str | None, typer.Option(help="Why all the same, if blocked.")] = None,
    why: Annotated[str | None, typer.Option(help="Reason of a change.")] = None,
    by: Annotated[str | None, typer.Option(help="Who changes or signs.")] = None,
    sign: Annotated[bool, typer.Option("--sign", help="Sign the plan as it stands.")] = False,
    score_source: options.ScoreKind = None,
    rules: options.RulesFile = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Propose a plan from a course; or change and sign one. A clinician decides."""
    with short_lived():
        from hybridmfp.app.planning import (
            Edit,
            change_plan,
            plan_in_words,
            propose,
            refuse_with_change,
        )

        edit = Edit(
            add=add, remove=remove, move=move, dose=dose, rank=rank, title=title,
            minutes_per_day=minutes, override=override, why=why, by=by, sign=sign,
        )  # fmt: skip
        written: Path | None
        if edit.asks_anything:
            refuse_with_change(out=out, score_source=score_source, rules=rules, overwrite=overwrite)
            made, written = change_plan(source, edit)
        else:
            made, written = propose(
                source, out, score_source=score_source, rules=rules, overwrite=overwrite
            )
    if as_json:
        print_json(made.as_json())
    else:
        print_table(f"Plan of {made.subject}, {made.status}", plan_in_words(made))
        say(made.as_json()["disclaimer"])
    if written is not None:
        say(f"Written to {written}.", as_json=as_json)
