"""``hybridmfp demo``: the main job on virtual patients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import open_cache, print_json, print_table, progress_bars, say

__all__ = ["demo"]

_AUDITED = "ensemble"  # the networks would take minutes for each draw
_CONTROLS = 6
_FOLDS = 6
_REPETITIONS = 2
_TASKS = (
    "reach_forward",
    "reach_lateral",
    "hand_to_mouth",
    "pronation_supination",
    "wrist_flexion_extension",
    "grasp_release",
)


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the report to.")] = Path(
        "hybridmfp-demo"
    ),
    patients: Annotated[int, typer.Option(help="Virtual patients.", min=3)] = 24,
    permutations: Annotated[int, typer.Option(help="Permutations for the p-value.")] = 0,
    audit: Annotated[
        int, typer.Option(help="Draws of the ensemble's audit; 0 means none.", min=0)
    ] = 3,
    seed: options.Seed = 0,
    jobs: options.Jobs = 0,
    overwrite: options.Overwrite = False,
    as_json: options.AsJson = False,
) -> None:
    """Make a small cohort of virtual patients, evaluate it honestly, and write a report."""
    from hybridmfp.app.judging import as_rows_of_text, judge
    from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
    from hybridmfp.pipelines.resources import ResourceMeter
    from hybridmfp.pipelines.settings import Settings
    from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

    with ResourceMeter() as meter, progress_bars() as step:
        overwrite = overwrite or _is_demo(out)
        options.check_out(out, overwrite=overwrite)
        judged = judge(
            virtual_cohort(
                VirtualCohortSettings(
                    n_patients=patients,
                    n_controls=_CONTROLS,
                    tasks=_TASKS,
                    n_repetitions=_REPETITIONS,
                    seed=seed,
                )
            ),
            Settings(),
            EvaluationPlan(
                protocol="group-kfold",
                n_folds=min(_FOLDS, patients),
                n_permutations=permutations,
                seed=seed,
                n_jobs=options.n_workers(jobs),
            ),
            audit_draws=audit,
            audited=_AUDITED,
            cache=open_cache(wanted=True),
            step=step,
        )
        judged.write(out, measured=meter.figures(), overwrite=overwrite)
    described = {**(judged.summary or {}), **meter.figures(), "audit": judged.audit}
    if as_json:
        print_json(described)
    else:
        print_table("Demo on SYNTHETIC patients", as_rows_of_text(described))
    say(f"Written to {out}; open {out / 'report.html'}.", as_json=as_json)


def _is_demo(folder: Path) -> bool:
    """Tell whether a folder holds an earlier demo, which may be replaced."""
    try:
        made = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        return made["synthetic"] is True and str(made["data"]).startswith("synthetic cohort")
    except (OSError, ValueError, KeyError, TypeError):
        return False
