"""One HTML page about what an estimate loses when signals are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hybridmfp.app.report.drawing import BLUE, GREY, VERMILLION, Plot, as_svg
from hybridmfp.app.report.page import render_page
from hybridmfp.app.report.wording import as_number, as_p, as_span
from hybridmfp.signals import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "LossRow", "loss_rows", "loss_verdict", "render_degradation"]

COLUMNS = (
    "Scenario", "MAE [interval] (points)", "Loss", "MAE \u2212 complete's [interval] (points)",
    "Wilcoxon, Holm", "Trials", "Sessions without estimate",
)  # fmt: skip
"""Headings of the table of scenarios."""

_WIDE_IN = 9.6
_NONE = "\u2013"


@dataclass(frozen=True)
class LossRow:
    """Hold what is told of one scenario, as text.

    Attributes
    ----------
    scenario, mae, loss, difference, p, n_trials, n_missing : str
        Under `COLUMNS`.
    meaning, note : str
        What is left of the recordings, and what the reader must know.
    """

    scenario: str
    mae: str
    loss: str
    difference: str
    p: str
    n_trials: str
    n_missing: str
    meaning: str
    note: str


def loss_rows(summary: dict[str, Any]) -> list[LossRow]:
    """Put the figures of each scenario in words, in the order they were asked for.

    Parameters
    ----------
    summary : dict
        Of a degradation curve.
    """
    return [
        LossRow(
            scenario=one["scenario"],
            mae=_with_interval(one, "mae", "mae"),
            loss=_NONE if one["difference_points"] is None else _loss(one["loss_percent"]),
            difference=_with_interval(one, "difference_points", "difference"),
            p=_NONE if one["p_adjusted"] is None else as_p(one["p_adjusted"]),
            n_trials=str(one["n_trials"]),
            n_missing=f"{one['n_missing']} of {summary['n_rows']}",
            meaning=one["meaning"],
            note=one["note"],
        )
        for one in summary["scenarios"]
    ]


def loss_verdict(summary: dict[str, Any]) -> list[str]:
    """Say in plain words what complete recordings give, and what costs most.

    Parameters
    ----------
    summary : dict
        Of a degradation curve.
    """
    complete, *others = summary["scenarios"]
    mean = summary["baseline_mean_mae"]
    found = (
        f"{summary['model']}, fitted on complete recordings, errs by "
        f"{_with_interval(complete, 'mae', 'mae')} points on complete recordings of "
        f"{summary['n_subjects']} persons it has not met; the training mean by {as_number(mean)}."
    )
    told = [found]
    judged = [one for one in others if one["difference_points"] is not None]
    if judged:
        worst = max(judged, key=lambda one: float(one["difference_points"]))
        told.append(
            f"{worst['scenario']} ({worst['meaning']}) costs most: "
            f"{_with_interval(worst, 'difference_points', 'difference')} points more."
        )
    useless = [one["scenario"] for one in judged if one["mae"] >= mean]
    if useless and complete["mae"] < mean:
        told.append(
            f"No better than guessing the training mean: {', '.join(useless)}. "
            "Do not use the model so; fit one on such recordings."
        )
    return told


def render_degradation(
    *,
    summary: dict[str, Any],
    problems: Sequence[Problem],
    provenance: dict[str, Any],
    title: str,
) -> str:
    """Write a page on a degradation curve that needs nothing else.

    Parameters
    ----------
    summary : dict
        Of a degradation curve.
    problems : sequence of Problem
        What was left out or repaired of the complete recordings; the first 200 are listed.
    provenance : dict
        What made the result.
    title : str
        Heading of the page.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input.
    """
    return render_page(
        "degradation.html",
        title=title,
        synthetic=summary["synthetic"],
        verdict=loss_verdict(summary),
        columns=COLUMNS,
        rows=loss_rows(summary),
        remarks=[],
        curve=_plot(summary),
        problems=problems,
        provenance=provenance,
    )


def _plot(summary: dict[str, Any]) -> Plot:
    """Plot the error in every scenario that is possible, with the loss beside it."""
    shown = [one for one in summary["scenarios"] if one["mae"] is not None]
    told = "; ".join(f"{one['scenario']} {_with_interval(one, 'mae', 'mae')}" for one in shown)
    alt = f"Mean absolute error in points of {len(shown)} scenarios, with intervals: {told}."
    draw = partial(_draw, shown, summary["baseline_mean_mae"])
    svg = as_svg(draw, size=(_WIDE_IN, 1.5 + 0.36 * len(shown)), salt="degradation")
    return Plot("Error when signals are missing", alt, svg)


def _draw(shown: Sequence[dict[str, Any]], mean_mae: float, figure: Figure) -> None:
    axes = figure.add_subplot()
    for at, one in enumerate(shown):
        axes.hlines(at, one["mae_low"], one["mae_high"], color=BLUE, linewidth=2)
        axes.plot(one["mae"], at, "o" if at else "D", color=BLUE, zorder=3)
        beside = _loss(one["loss_percent"]) if at else "loss"
        axes.text(1.02, at, beside, transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(shown[0]["mae"], color=GREY, linewidth=0.9, label="complete recordings")
    axes.axvline(
        mean_mae, color=VERMILLION, linestyle="--", linewidth=1.3,
        label=f"training mean, {as_number(mean_mae)}",
    )  # fmt: skip
    axes.set_yticks(range(len(shown)), [one["scenario"] for one in shown])
    axes.set(xlabel="Mean absolute error (points)", ylim=(len(shown) - 0.5, -0.5))
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=2)


def _with_interval(one: dict[str, Any], figure: str, ends: str) -> str:
    if one[figure] is None:
        return _NONE
    return f"{as_number(one[figure])} [{as_span([one[f'{ends}_low'], one[f'{ends}_high']])}]"


def _loss(percent: float | None) -> str:
    sign = "+" if percent is not None and percent >= 0.5 else ""
    return _NONE if percent is None else f"{sign}{as_number(percent, 0)}\u00a0%"
