"""``hybridmfp inspect``: what a folder holds, and what is wrong with it."""

from __future__ import annotations

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_problems, print_table, progress_bars

__all__ = ["inspect"]


def inspect(
    data: options.Data,
    scale: options.ScaleName = None,
    emg_rate: options.EmgRate = None,
    kinematics_rate: options.KinematicsRate = None,
    jobs: options.Jobs = 0,
    as_json: options.AsJson = False,
) -> None:
    """Read every trial once and show what is there, problems included."""
    from hybridmfp.app.inspecting import as_rows_of_text
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines.inspect import inspect_cohort

    with progress_bars() as step:
        described = inspect_cohort(
            open_cohort(
                data, scale=scale, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate
            ),
            n_jobs=options.n_workers(jobs),
            progress=lambda done, n_steps: step("reading trials", done, n_steps),
        )
    if as_json:
        print_json(described)
    else:
        print_table(f"Cohort {described['name']}", as_rows_of_text(described))
        print_problems(described["problems"])
