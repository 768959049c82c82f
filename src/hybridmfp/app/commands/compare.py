"""``hybridmfp compare``: many models on the same folds, compared person by person."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import open_cache, print_json, progress_bars, say

__all__ = ["compare"]


def compare(
    data: options.Data,
    models: Annotated[
        str | None, typer.Option(help="Models, as a,b,c; by default all that are installed.")
    ] = None,
    reference: Annotated[
        str, typer.Option(help="Model that all others are compared with.")
    ] = "hybrid",
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
    """Judge many models on the same people they have not met, and compare them."""
    from hybridmfp.app.comparing import compare_cohort, print_comparison
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines.compare import ComparisonPlan
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.pipelines.settings import Settings, read_settings

    with ResourceMeter() as meter, progress_bars() as step:
        plan = ComparisonPlan(
            models=None if models is None else tuple(one.strip() for one in models.split(",")),
            reference=reference,
            protocol=protocol,
            n_folds=folds,
            seed=seed,
            n_jobs=options.n_workers(jobs),
        )
        options.check_out(out, overwrite=overwrite)
        compared = compare_cohort(
            open_cohort(
                data, scale=scale, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate
            ),
            Settings() if settings is None else read_settings(settings),
            plan,
            cache=open_cache(wanted=not no_cache),
            step=step,
        )
        if out is not None:
            compared.write(out, measured=meter.figures(), overwrite=overwrite)
    if as_json:
        print_json({**compared.summary, **meter.figures()})
    else:
        print_comparison(compared)
    if out is not None:
        say(f"Written to {out}; open {out / 'report.html'}.", as_json=as_json)
