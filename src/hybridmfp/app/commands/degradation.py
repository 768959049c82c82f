"""``hybridmfp degradation``: what an estimate loses when signals are missing."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import open_cache, print_json, progress_bars, say

__all__ = ["degradation"]


def degradation(
    data: options.Data,
    scenarios: Annotated[
        str | None, typer.Option(help="Scenarios, as a,b,c; by default all.")
    ] = None,
    model: options.Model = None,
    protocol: Annotated[str, typer.Option(help="loso or group-kfold.")] = "loso",
    folds: Annotated[int, typer.Option(help="Folds of group-kfold.")] = 10,
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
    """Ask a model that learned from complete recordings about incomplete ones."""
    from hybridmfp.app.degrading import degrade_cohort, print_degradation
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
    from hybridmfp.pipelines.lessen import SCENARIOS, find_scenarios
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.pipelines.settings import Settings, read_settings

    with ResourceMeter() as meter, progress_bars() as step:
        named = SCENARIOS if scenarios is None else [one.strip() for one in scenarios.split(",")]
        wanted = find_scenarios(named)
        plan = EvaluationPlan(
            model=model,
            protocol=protocol,
            n_folds=folds,
            seed=seed,
            n_jobs=options.n_workers(jobs),
        )
        options.check_out(out, overwrite=overwrite)
        degraded = degrade_cohort(
            open_cohort(
                data, scale=scale, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate
            ),
            Settings() if settings is None else read_settings(settings),
            plan,
            scenarios=[one.name for one in wanted],
            cache=open_cache(wanted=not no_cache),
            step=step,
        )
        if out is not None:
            degraded.write(out, measured=meter.figures(), overwrite=overwrite)
    if as_json:
        print_json({**degraded.summary, **meter.figures()})
    else:
        print_degradation(degraded)
    if out is not None:
        say(f"Written to {out}; open {out / 'report.html'}.", as_json=as_json)
