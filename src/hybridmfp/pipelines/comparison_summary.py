"""The figures of a comparison as plain numbers and tables, for JSON, CSV and reports."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hybridmfp.evaluation import Comparison, mean_absolute_error
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.compare import ComparisonRun, JudgedModel
from hybridmfp.pipelines.summary import oracle_estimates, rows_table, without_nan

__all__ = ["compared_predictions", "comparison_table", "summarise_comparison"]

_BASELINES = ("training mean", "training median", "demographics")


def summarise_comparison(digest: CohortDigest, run: ComparisonRun) -> dict[str, Any]:
    """Give every figure of a comparison under a stable name.

    Returns
    -------
    dict
        JSON-ready; a figure that is not defined is None. Errors are in points of the scale.
        ``models`` holds one entry per model, smallest MAE first, the wrong one included;
        ``best`` is never the wrong one. Differences are a model's error minus the reference's,
        mean over subjects: below zero the model is better. The reference differs from itself by
        zero and has no p-value; the wrong one has neither.
    """
    plan, scores = run.plan, digest.scores
    compared = {one.model: one for one in run.comparisons}
    maes = {name: mean_absolute_error(scores, guess) for name, guess in run.baselines.items()}
    summary = {
        "n_subjects": len(set(digest.subjects.tolist())),
        "n_rows": len(scores),
        "scale": digest.scale.name,
        "observed_range": [float(scores.min()), float(scores.max())],
        "protocol": plan.protocol,
        "n_folds": len(set(run.fold.tolist())),
        "seed": plan.seed,
        "synthetic": digest.synthetic,
        "reference": plan.reference,
        "best": run.best,
        "interval_level": run.judged[0].mae_interval.level,
        "oracle_mae": mean_absolute_error(scores, oracle_estimates(digest)),
        "models": [
            {
                "model": one.model,
                "mae": one.metrics.mae,
                "mae_interval": [one.mae_interval.low, one.mae_interval.high],
                "rmse": one.metrics.rmse,
                "r2": one.metrics.r2,
                "spearman": one.metrics.spearman,
                **_difference(one, compared.get(one.model), plan.reference),
                "seconds": round(one.seconds, 3),
                "wrong": one.wrong,
            }
            for one in run.judged
        ],
        "baselines": {name.replace(" ", "_"): maes.get(name) for name in _BASELINES},
        "remarks": list(run.remarks),
    }
    plain: dict[str, Any] = without_nan(summary)
    return plain


def comparison_table(summary: dict[str, Any]) -> pd.DataFrame:
    """Give one row per model, in the order of the summary; intervals as ``_low`` and ``_high``.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    """
    rows = [_ends_apart(entry) for entry in summary["models"]]
    return pd.DataFrame(rows).assign(reference=summary["reference"], synthetic=summary["synthetic"])


def compared_predictions(digest: CohortDigest, run: ComparisonRun) -> pd.DataFrame:
    """Give one row per rated session: who, rated, fold, oracle, and one column per model."""
    frame = rows_table(digest).assign(fold=run.fold)
    if digest.oracle:
        frame["oracle"] = oracle_estimates(digest)
    for one in run.judged:
        frame[one.model] = one.predicted
    return frame.assign(synthetic=digest.synthetic)


def _difference(one: JudgedModel, found: Comparison | None, reference: str) -> dict[str, Any]:
    if found is None:
        zero = 0.0 if one.model == reference else None
        return {
            "difference_points": zero,
            "difference_interval": None if zero is None else [zero, zero],
            "p_value": None,
            "p_adjusted": None,
        }
    return {
        "difference_points": found.difference_points,
        "difference_interval": [found.interval.low, found.interval.high],
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
    }


def _ends_apart(entry: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        if name.endswith("_interval"):
            flat[f"{name}_low"], flat[f"{name}_high"] = value or (None, None)
        else:
            flat[name] = value
    return flat
