"""``hybridmfp audit``: whether the evaluation finds something where there is nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import open_cache, print_json, print_table, progress_bars, say

__all__ = ["audit"]


def audit(
    data: options.Data,
    model: Annotated[str, typer.Option(help="Model to audit; networks take long.")] = "ensemble",
    protocol: Annotated[str, typer.Option(help="loso or group-kfold.")] = "loso",
    folds: Annotated[int, typer.Option(help="Folds of group-kfold.")] = 10,
    draws: Annotated[int, typer.Option(help="Permutations, and tables of noise.", min=1)] = 20,
    seed: options.Seed = 0,
    jobs: options.Jobs = 0,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    scale: options.ScaleName = None,
    settings: options.SettingsFile = None,
    emg_rate: options.EmgRate = None,
    kinematics_rate: options.KinematicsRate = None,
    no_cache: options.NoCache = False,
    as_json: options.AsJson = False,
) -> None:
    """Try the evaluation where it must fail, beside the published order of steps."""
    from hybridmfp.app.judging import audit_as_rows_of_text, judge
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.pipelines.settings import Settings, read_settings

    with ResourceMeter() as meter, progress_bars() as step:
        plan = EvaluationPlan(
            model=model,
            protocol=protocol,
            n_folds=folds,
            seed=seed,
            n_jobs=options.n_workers(jobs),
        )
        options.check_out(out, overwrite=overwrite)
        judged = judge(
            open_cohort(
                data, scale=scale, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate
            ),
            Settings() if settings is None else read_settings(settings),
            plan,
            evaluated=False,
            audit_draws=draws,
            cache=open_cache(wanted=not no_cache),
            step=step,
        )
        if out is not None:
            judged.write(out, measured=meter.figures(), overwrite=overwrite)
    described = {**(judged.audit or {}), **meter.figures()}
    if as_json:
        print_json(described)
    else:
        print_table(f"Audit of {judged.digest.name}", audit_as_rows_of_text(described))
    if out is not None:
        say(f"Written to {out}; open {out / 'report.html'}.", as_json=as_json)
