"""What evaluate, audit and demo have in common: digest, judge, print, write."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hybridmfp.app.console import Step
from hybridmfp.app.run_folder import write_run
from hybridmfp.evaluation import AuditPlan
from hybridmfp.io.cache import ContentCache
from hybridmfp.pipelines.audit import audit_model
from hybridmfp.pipelines.cohort_digest import CohortDigest, digest_cohort
from hybridmfp.pipelines.evaluate import evaluate
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
from hybridmfp.pipelines.provenance import provenance
from hybridmfp.pipelines.settings import Settings
from hybridmfp.pipelines.summary import predictions_table, summarise_audit, summarise_evaluation
from hybridmfp.signals import Cohort

__all__ = [
    "Judged",
    "as_rows_of_text",
    "audit_as_rows_of_text",
    "digest_stepwise",
    "judge",
    "provenance_of",
    "title_of",
]


@dataclass(frozen=True, eq=False)
class Judged:
    """Hold the figures of a run and what is needed to write them down."""

    digest: CohortDigest
    settings: Settings
    summary: dict[str, Any] | None
    audit: dict[str, Any] | None
    tables: dict[str, pd.DataFrame]
    data: str
    seed: int

    def write(self, folder: Path, *, measured: Mapping[str, float], overwrite: bool) -> None:
        """Write the run folder."""
        write_run(
            folder,
            title=title_of(self.digest),
            settings=self.settings,
            provenance=provenance_of(self.digest, data=self.data, seed=self.seed),
            problems=self.digest.problems,
            summary=None if self.summary is None else {**self.summary, **measured},
            audit=None if self.audit is None else {**self.audit, **measured},
            tables=self.tables,
            overwrite=overwrite,
        )


def judge(
    cohort: Cohort,
    settings: Settings,
    plan: EvaluationPlan,
    *,
    evaluated: bool = True,
    audit_draws: int = 0,
    audited: str | None = None,
    cache: ContentCache | None = None,
    step: Step | None = None,
) -> Judged:
    """Digest a cohort, and evaluate or audit a model on it.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    plan : EvaluationPlan
    evaluated : bool, default True
        Whether to evaluate with the true scores.
    audit_draws : int, default 0
        Draws of the audit; 0 means no audit.
    audited : str, optional
        Model of the audit, where it is another one than the plan's.
    cache : ContentCache, optional
    step : callable, optional
        Told how far things are.
    """
    digest = digest_stepwise(cohort, settings, cache=cache, n_jobs=plan.n_jobs, step=step)
    tables: dict[str, pd.DataFrame] = {"features": digest.feature_table()}
    summary = audit = None
    if evaluated:
        run = evaluate(digest, settings, plan, progress=step)
        summary = summarise_evaluation(digest, run)
        tables["predictions"] = predictions_table(digest, run)
        if run.selection is not None:
            tables["selection"] = run.selection
    if audit_draws:
        thorough = AuditPlan(n_draws=audit_draws, seed=plan.seed, n_jobs=plan.n_jobs)
        on_trial = plan if audited is None else dataclasses.replace(plan, model=audited)
        if audited is not None and summary is not None:
            summary["remarks"].append(f"The audit is of the model {audited}, not of this one.")
        audit = summarise_audit(audit_model(digest, settings, on_trial, thorough, progress=step))
    marked = {
        name: table.assign(synthetic=digest.synthetic) if name != "selection" else table
        for name, table in tables.items()
    }
    return Judged(digest, settings, summary, audit, marked, cohort.name, plan.seed)


def digest_stepwise(
    cohort: Cohort,
    settings: Settings,
    *,
    cache: ContentCache | None,
    n_jobs: int | None,
    step: Step | None,
) -> CohortDigest:
    """Digest a cohort, and tell how far it is."""
    return digest_cohort(
        cohort,
        settings.digest,
        cache=cache,
        n_jobs=n_jobs,
        progress=None if step is None else lambda done, n: step("digesting sessions", done, n),
    )


def title_of(digest: CohortDigest) -> str:
    """Give the heading of a report on a cohort."""
    return f"{'Synthetic data: ' if digest.synthetic else ''}{digest.name}"


def provenance_of(digest: CohortDigest, *, data: str, seed: int) -> dict[str, Any]:
    """Describe what made a result on a cohort, its settings aside."""
    return {
        "synthetic": digest.synthetic,
        **provenance(data=data, data_hash=digest.content, seed=seed),
        "settings": "settings.toml",
    }


def as_rows_of_text(summary: Mapping[str, Any]) -> dict[str, str]:
    """Put the figures of an evaluation in words."""
    low, high = summary["mae_interval"]
    least, most = summary["observed_range"]
    rows = {
        "data": "SYNTHETIC, says nothing about patients" if summary["synthetic"] else "recorded",
        "model, protocol": f"{summary['model']}, {summary['protocol']}",
        "subjects": f"{summary['n_subjects']} rated, {summary['n_controls']} healthy sessions",
        "scale": f"{summary['scale']}, observed {least:g} to {most:g}",
        "MAE": f"{summary['mae']:.2f} points ({low:.2f} to {high:.2f})",
        **_oracle_row(summary["oracle_mae"]),
        "MAE of the training mean": f"{summary['baseline_mean_mae']:.2f}",
        "MAE of the training median": f"{summary['baseline_median_mae']:.2f}",
        "MAE of demographics": _figure(summary["baseline_demographics_mae"]),
        "RMSE, R²": f"{summary['rmse']:.2f}, {_figure(summary['r2'])}",
        "CCC, ICC(2,1)": f"{_figure(summary['ccc'])}, {_figure(summary['icc'])}",
        "within one point": f"{summary['share_within_one_point']:.0%}",
        "permutation p": _figure(summary["permutation_p"], places=4, missing="not asked for"),
        "problems in the data": str(summary["n_problems"]),
    }
    return rows | {f"note {at}": text for at, text in enumerate(summary["remarks"], start=1)}


def audit_as_rows_of_text(audit: Mapping[str, Any]) -> dict[str, str]:
    """Put the figures of an audit in words."""
    low, high = audit["baseline_interval"]
    return {
        "training mean": f"MAE {audit['baseline_mae']:.2f} ({low:.2f} to {high:.2f})",
        "permuted scores, nested": _draws(audit["nested_mae"]),
        "permuted scores, published order": _draws(audit["published_mae"]),
        "noise features, nested": _draws(audit["nested_noise_mae"]),
        "noise features, published order": _draws(audit["published_noise_mae"]),
        "nested engine is honest": "yes" if audit["nested_is_honest"] else "NO: do not trust it",
    }


def _oracle_row(mae: float | None) -> dict[str, str]:
    return {} if mae is None else {"MAE of the oracle (knows the true abilities)": f"{mae:.2f}"}


def _draws(maes: list[float]) -> str:
    return (
        f"MAE median {statistics.median(maes):.2f}, {min(maes):.2f} to {max(maes):.2f} "
        f"in {len(maes)} draws"
    )


def _figure(value: float | None, *, places: int = 2, missing: str = "not defined") -> str:
    return missing if value is None else f"{value:.{places}f}"
