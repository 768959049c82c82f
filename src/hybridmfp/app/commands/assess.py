"""``hybridmfp assess``: what a fitted model says about one visit of one person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table, say
from hybridmfp.app.short_lived import short_lived

__all__ = ["assess"]


def assess(
    recordings: Annotated[Path, typer.Argument(help="Folder with the recordings of one session.")],
    model: Annotated[Path, typer.Option(help="Model file, from `hybridmfp fit`.")],
    subject: Annotated[
        str | None, typer.Option(help="Whose, where the folder holds several.")
    ] = None,
    session: Annotated[
        str | None, typer.Option(help="Which visit, where the folder holds several.")
    ] = None,
    level: Annotated[float, typer.Option(help="Of the interval, such as 0.9.")] = 0.9,
    report: Annotated[
        Path | None, typer.Option(help="Page to write: .html, or .pdf with two sheets.")
    ] = None,
    paper: Annotated[str, typer.Option(help="Of a PDF: A4 or Letter.")] = "A4",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the report.")] = False,
    emg_rate: options.EmgRate = None,
    kinematics_rate: options.KinematicsRate = None,
    as_json: options.AsJson = False,
) -> None:
    """Estimate the score of one session, with interval, drivers and signal quality."""
    with short_lived():
        from hybridmfp.app.assessing import as_rows_of_text, write_page
        from hybridmfp.app.page_file import check_page
        from hybridmfp.io import open_cohort
        from hybridmfp.pipelines.assess import assess as assess_session
        from hybridmfp.pipelines.model_file import read_model, read_model_settings
        from hybridmfp.pipelines.one_session import pick_session, refuse_other_scale
        from hybridmfp.pipelines.trial_preparation import begin, trial_workers

        check_page(report, paper=paper, overwrite=overwrite)
        settings = read_model_settings(model)
        cohort = open_cohort(recordings, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate)
        found = pick_session(cohort, subject=subject, session=session)
        with trial_workers() as workers:
            begun = begin(found.trials, settings.digest, workers)
            fitted = read_model(model)  # while workers prepare the trials
            refuse_other_scale(cohort.scale, fitted.scale)
            described = assess_session(found, fitted, level=level, begun=begun).as_json()
        if report is not None:
            write_page(report, described, card=fitted.card, paper=paper, overwrite=overwrite)
    if as_json:
        print_json(described)
    else:
        print_table(f"Assessment of {described['subject']}", as_rows_of_text(described))
    if report is not None:
        say(f"Written to {report}.", as_json=as_json)
