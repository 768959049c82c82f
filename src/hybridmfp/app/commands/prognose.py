"""``hybridmfp prognose``: what can be foretold of one patient, and what cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table, say
from hybridmfp.app.short_lived import short_lived

__all__ = ["prognose"]


def prognose(
    course: Annotated[Path, typer.Argument(help="Course of one patient (JSON).")],
    week: Annotated[
        list[float] | None,
        typer.Option(help="Since the stroke; repeat for more. By default 12 and 26."),
    ] = None,
    source: options.ScoreKind = None,
    as_json: options.AsJson = False,
) -> None:
    """Foretell recovery by the published mixture, and by the rules PREP2 and EPOS."""
    with short_lived():
        from hybridmfp.app.reviewing import prognosis_in_words, score_source_of
        from hybridmfp.clinical.course_file import read_course
        from hybridmfp.clinical.prognosis import prognose as foretell

        known, wanted = read_course(course), score_source_of(source)
        if wanted is not None:
            known = known.of_source(wanted)
        described = foretell(known, weeks=week or None).as_json()
    if as_json:
        print_json(described)
        return
    print_table(f"Prognosis of {known.subject}", prognosis_in_words(described))
    for one in described["external"] if described["refused"] is None else ():
        say(f"How wrong it was elsewhere: {one['text']}")
    say("Decision support only; a clinician decides. Research use only.")
