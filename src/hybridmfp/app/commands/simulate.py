"""``hybridmfp simulate``: write a cohort of virtual patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table, progress_bars, say

__all__ = ["simulate"]


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write; must be new or empty.")],
    patients: Annotated[int, typer.Option(help="Patients, with a rated score.")] = 60,
    controls: Annotated[int, typer.Option(help="Healthy persons, without one.")] = 12,
    tasks: Annotated[
        str | None, typer.Option(help="Names of tasks, separated by commas; all ten by default.")
    ] = None,
    repetitions: Annotated[int, typer.Option(help="How often each task is done.")] = 3,
    setting: Annotated[
        str, typer.Option(help="Case mix: rehabilitation, early or chronic.")
    ] = "rehabilitation",
    sites: Annotated[int, typer.Option(help="Sites that the persons come from.")] = 1,
    site_severity: Annotated[float, typer.Option(help="Factor on what sites differ in.")] = 1.0,
    visits: Annotated[
        str, typer.Option(help="Weeks of the visits after the first, such as 0,4,12.")
    ] = "0",
    therapy: Annotated[
        str,
        typer.Option(
            help="Training between visits: none, observational, randomised or "
            "observational_two_doses."
        ),
    ] = "none",
    unaffected_side: Annotated[
        bool, typer.Option("--unaffected-side", help="Record the other arm as well.")
    ] = False,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Record rest and maximal contractions as well.")
    ] = False,
    emg: Annotated[str, typer.Option(help="motor_units, amplitude_noise or none.")] = "motor_units",
    kinematics: Annotated[str, typer.Option(help="markers, joint_angles or none.")] = "markers",
    layout: Annotated[str, typer.Option(help="generic, or ulimb (the original CSV).")] = "generic",
    seed: options.Seed = 0,
    jobs: options.Jobs = 0,
    overwrite: options.Overwrite = False,
    as_json: options.AsJson = False,
) -> None:
    """Write a cohort of virtual patients as ordinary recordings, marked as synthetic."""
    from hybridmfp.app.simulating import as_rows_of_text, listed_numbers, listed_words, write
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.simulation import TASKS, VirtualCohortSettings

    settings = VirtualCohortSettings(
        n_patients=patients,
        n_controls=controls,
        tasks=tuple(TASKS) if tasks is None else listed_words(tasks),
        n_repetitions=repetitions,
        seed=seed,
        n_sites=sites,
        site_severity=site_severity,
        setting=setting,
        visit_weeks=listed_numbers(visits, option="--visits"),
        therapy=therapy,  # type: ignore[arg-type]  # checked by the settings
        unaffected_side=unaffected_side,
        calibration=calibration,
        emg=emg,  # type: ignore[arg-type]
        kinematics=kinematics,  # type: ignore[arg-type]
    )
    with ResourceMeter() as meter, progress_bars() as step:
        described = write(
            settings,
            out,
            layout=layout,
            overwrite=overwrite,
            n_jobs=options.n_workers(jobs),
            progress=lambda done, n_steps: step("writing trials", done, n_steps),
        )
    described |= meter.figures()
    if as_json:
        print_json(described)
    else:
        print_table("SYNTHETIC cohort", as_rows_of_text(described))
    say(f"Written to {out}; try: hybridmfp inspect {out}", as_json=as_json)
