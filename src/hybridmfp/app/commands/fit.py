"""``hybridmfp fit``: a model that can be kept and asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import open_cache, print_json, print_table, progress_bars, say

__all__ = ["fit"]


def fit(
    data: options.Data,
    out: Annotated[Path, typer.Option(help="File to write, such as model.hmfp.")],
    model: Annotated[
        str | None,
        typer.Option(help="hybrid, ensemble or fusion. By default hybrid on the FMA-UE."),
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds that judge it and calibrate intervals.")] = 5,
    audit: Annotated[int, typer.Option(help="Draws of the audit; 0 means none.", min=0)] = 5,
    seed: options.Seed = 0,
    jobs: options.Jobs = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    scale: options.ScaleName = None,
    settings: options.SettingsFile = None,
    emg_rate: options.EmgRate = None,
    kinematics_rate: options.KinematicsRate = None,
    no_cache: options.NoCache = False,
    as_json: options.AsJson = False,
) -> None:
    """Fit a model on everybody, judge it once, calibrate its intervals, and write it to a file."""
    from hybridmfp.app.fitting import as_rows_of_text, summarise_fit
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines.fit import FitPlan, fit_model
    from hybridmfp.pipelines.model_file import write_model
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.pipelines.settings import Settings, read_settings

    with ResourceMeter() as meter, progress_bars() as step:
        options.check_file(out, overwrite=overwrite)
        plan = FitPlan(
            model=model,
            n_folds=folds,
            n_audit_draws=audit,
            seed=seed,
            n_jobs=options.n_workers(jobs),
        )
        fitted = fit_model(
            open_cohort(
                data, scale=scale, emg_rate_hz=emg_rate, kinematics_rate_hz=kinematics_rate
            ),
            Settings() if settings is None else read_settings(settings),
            plan,
            cache=open_cache(wanted=not no_cache),
            progress=step,
        )
        fitted = write_model(out, fitted, overwrite=overwrite)
    described = {**summarise_fit(fitted, out), **meter.figures()}
    if as_json:
        print_json(described)
    else:
        print_table(f"Model fitted on {data}", as_rows_of_text(described))
    say(
        f"Written to {out}; ask it with: hybridmfp assess RECORDINGS --model {out}",
        as_json=as_json,
    )
