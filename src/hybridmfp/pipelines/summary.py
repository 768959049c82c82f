"""The figures of an evaluation or an audit as plain numbers, for JSON and reports."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hybridmfp.evaluation import AuditResult, mean_absolute_error
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import EvaluationRun

__all__ = [
    "oracle_estimates",
    "predictions_table",
    "rows_table",
    "summarise_audit",
    "summarise_evaluation",
    "without_nan",
]


def summarise_evaluation(digest: CohortDigest, run: EvaluationRun) -> dict[str, Any]:
    """Give every figure of an evaluation under a stable name.

    Returns
    -------
    dict
        JSON-ready; a figure that is not defined is None. Errors are in points of the scale.
        ``oracle_mae`` is None unless every session was simulated with an oracle.
    """
    scores, figures = digest.scores, run.metrics
    baseline_maes = {
        name: mean_absolute_error(scores, guess) for name, guess in run.baselines.items()
    }
    summary = {
        "n_subjects": len(set(digest.subjects.tolist())),
        "n_rows": len(scores),
        "n_controls": len(digest.controls),
        "scale": digest.scale.name,
        "scale_range": [digest.scale.minimum, digest.scale.maximum],
        "observed_range": [float(scores.min()), float(scores.max())],
        "observed_sd": float(scores.std(ddof=1)),
        "model": run.plan.model if run.plan.protocol != "published" else "published",
        "protocol": run.plan.protocol,
        "mae": figures.mae,
        "mae_interval": [run.mae_interval.low, run.mae_interval.high],
        "mae_interval_level": run.mae_interval.level,
        "rmse": figures.rmse,
        "r2": figures.r2,
        "pearson": figures.pearson,
        "spearman": figures.spearman,
        "ccc": figures.ccc,
        "icc": figures.icc,
        "bland_altman": dataclasses.asdict(figures.bland_altman),
        "share_within_one_point": figures.share_within_one_point,
        "share_within_mdc": figures.share_within_mdc,
        "mdc_points": digest.scale.mdc_points,
        "oracle_mae": mean_absolute_error(scores, oracle_estimates(digest)),
        "baseline_mean_mae": baseline_maes["training mean"],
        "baseline_median_mae": baseline_maes["training median"],
        "baseline_demographics_mae": baseline_maes.get("demographics"),
        "comparisons": [dataclasses.asdict(one) for one in run.comparisons],
        "permutation_p": run.permutation_p,
        "n_permutations": len(run.permuted_maes),
        "permuted_mae": list(run.permuted_maes),
        "stack": _mean_weights(run),
        "remarks": list(run.remarks),
        "n_problems": len(digest.problems),
        "synthetic": digest.synthetic,
    }
    plain: dict[str, Any] = without_nan(summary)
    return plain


def summarise_audit(result: AuditResult) -> dict[str, Any]:
    """Give every figure of an audit under a stable name, JSON-ready, in points."""
    summary = dataclasses.asdict(result)
    interval = result.baseline_interval
    summary["baseline_interval"] = [interval.low, interval.high]
    summary["nested_is_honest"] = result.nested_is_honest
    plain: dict[str, Any] = without_nan(summary)
    return plain


def predictions_table(digest: CohortDigest, run: EvaluationRun) -> pd.DataFrame:
    """Give one row per rated session: who, rated, estimated, error, fold, oracle, baselines."""
    frame = rows_table(digest).assign(
        estimated=run.predicted, error=run.predicted - digest.scores, fold=run.fold
    )
    if digest.oracle:
        frame["oracle"] = oracle_estimates(digest)
    for name, guess in run.baselines.items():
        frame[name.replace(" ", "_")] = guess
    return frame


def rows_table(digest: CohortDigest) -> pd.DataFrame:
    """Give one row per rated session: who, where, from how many trials, rated."""
    return pd.DataFrame(
        {
            "subject": [row.subject for row in digest.rows],
            "session": [row.session for row in digest.rows],
            "site": [row.site for row in digest.rows],
            "n_trials": [len(session.task) for session in digest.sessions],
            "rated": digest.scores,
        }
    )


def oracle_estimates(digest: CohortDigest) -> NDArray[np.float64]:
    """Give the best possible estimate of each row, in points; NaN where it is not known."""
    return np.array([digest.oracle.get((row.subject, row.session), np.nan) for row in digest.rows])


def _mean_weights(run: EvaluationRun) -> dict[str, float]:
    """Average over folds; a member that a fold's stack lacks weighs nothing there."""
    kinds = dict.fromkeys(kind for look in run.looks for kind in look.weights)
    return {
        kind: float(np.mean([look.weights.get(kind, 0.0) for look in run.looks])) for kind in kinds
    }


def without_nan(value: Any) -> Any:
    """Turn NaN into None and NumPy numbers into Python's, at any depth."""
    if isinstance(value, dict):
        return {name: without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
