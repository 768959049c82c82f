"""The rows and sentences of a comparison of models, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hybridmfp.app.report.wording import as_number, as_p, as_percent, as_span

__all__ = ["COLUMNS", "ModelRow", "best_first", "comparison_verdict", "context_of", "model_rows"]

COLUMNS = (
    "Model", "MAE [interval] (points)", "RMSE (points)", "R²", "Spearman",
    "MAE \u2212 reference's [interval] (points)", "Wilcoxon, Holm", "Time (s)",
)  # fmt: skip
"""Headings of the table of models."""

_BASELINES = {
    "training_mean": "training mean",
    "training_median": "training median",
    "demographics": "demographics",
}


@dataclass(frozen=True)
class ModelRow:
    """Hold what is told of one model, as text.

    Attributes
    ----------
    model : str
    mark : str
        ``reference``, ``WRONG``, or nothing.
    mae, rmse, r2, spearman, difference, p, seconds : str
    """

    model: str
    mark: str
    mae: str
    rmse: str
    r2: str
    spearman: str
    difference: str
    p: str
    seconds: str


def best_first(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the models as people read them: honest ones by their error, then the wrong one.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    """
    return sorted(summary["models"], key=lambda one: (one["wrong"], one["mae"]))


def model_rows(summary: dict[str, Any]) -> list[ModelRow]:
    """Put the figures of each model in words, best first.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    """
    return [
        ModelRow(
            model=one["model"],
            mark=_mark(one, summary["reference"]),
            mae=f"{as_number(one['mae'])} [{as_span(one['mae_interval'])}]",
            rmse=as_number(one["rmse"]),
            r2=as_number(one["r2"]),
            spearman=as_number(one["spearman"]),
            difference=_difference(one, summary["reference"]),
            p="" if one["p_adjusted"] is None else as_p(one["p_adjusted"]),
            seconds=as_number(one["seconds"], 1),
        )
        for one in best_first(summary)
    ]


def comparison_verdict(summary: dict[str, Any]) -> list[str]:
    """Say in plain words what a comparison found.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.

    Returns
    -------
    list of str
        Which model errs least, beside what is known without one; what the choice itself does.
    """
    honest = [one for one in best_first(summary) if not one["wrong"]]
    least, level = honest[0], as_percent(summary["interval_level"])
    known = [f"the training mean's {as_number(summary['baselines']['training_mean'])}"]
    if summary["oracle_mae"] is not None:
        known.insert(0, f"the oracle's {as_number(summary['oracle_mae'])}")
    found = (
        f"Of {len(honest)} models judged on the same folds of {summary['n_subjects']} subjects, "
        f"{least['model']} errs least: {as_number(least['mae'])} points "
        f"[{level} interval {as_span(least['mae_interval'])}], {', '.join(known)}."
    )
    chosen = (
        "The smallest of several errors is too small by the choice itself; what holds is the "
        f"paired difference from {summary['reference']}, the reference."
    )
    return [found, chosen]


def context_of(summary: dict[str, Any]) -> dict[str, str]:
    """Put in words what the errors of the models stand beside.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    """
    least, most = summary["observed_range"]
    baselines = {
        f"MAE of {'' if name == 'demographics' else 'the '}{title}": _points(
            summary["baselines"][name]
        )
        for name, title in _BASELINES.items()
    }
    oracle = summary["oracle_mae"]
    known = {} if oracle is None else {"MAE of the oracle": _points(oracle)}
    protocol = {"loso": "leave one subject out", "group-kfold": "folds of whole subjects"}
    return {
        "data": "SYNTHETIC, says nothing about patients" if summary["synthetic"] else "recorded",
        "subjects": f"{summary['n_subjects']}, {summary['n_rows']} rated sessions",
        "protocol": f"{protocol[summary['protocol']]}, {summary['n_folds']} folds, the same for "
        "all models",
        "scale": f"{summary['scale']}, observed {least:g} to {most:g}",
        **known,
        **baselines,
    }


def _points(mae: float | None) -> str:
    return "not available" if mae is None else f"{as_number(mae)} points"


def _mark(one: dict[str, Any], reference: str) -> str:
    if one["wrong"]:
        return "WRONG"
    return "reference" if one["model"] == reference else ""


def _difference(one: dict[str, Any], reference: str) -> str:
    if one["wrong"]:
        return "WRONG: not compared"
    if one["model"] == reference:
        return f"{as_number(0.0)} (reference)"
    return f"{as_number(one['difference_points'])} [{as_span(one['difference_interval'])}]"
