"""What a comparison plots: the error of every model, with its interval."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hybridmfp.app.report.comparison_wording import best_first, model_rows
from hybridmfp.app.report.drawing import BLUE, GREY, ORANGE, VERMILLION, Plot, as_svg, shortened
from hybridmfp.app.report.wording import as_number, as_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["comparison_plot"]

_WIDE_IN = 9.6
_LONGEST_NAME = 40


def comparison_plot(summary: dict[str, Any]) -> Plot:
    """Plot the error of every model with its interval, and its paired difference beside it.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    """
    models = best_first(summary)
    told = "; ".join(
        f"{one['model']} {as_number(one['mae'])} [{as_span(one['mae_interval'])}]"
        + (" (wrong on purpose)" if one["wrong"] else "")
        for one in models
    )
    alt = f"Mean absolute error of {len(models)} models in points, with intervals: {told}."
    size = (_WIDE_IN, 1.5 + 0.34 * len(models))
    svg = as_svg(partial(_draw, summary), size=size, salt="comparison")
    return Plot("Error of every model", alt, svg)


def _draw(summary: dict[str, Any], figure: Figure) -> None:
    axes = figure.add_subplot()
    models = best_first(summary)
    _draw_lines(axes, summary)
    for at, one in enumerate(models):
        colour = VERMILLION if one["wrong"] else BLUE
        is_reference = one["model"] == summary["reference"]
        axes.hlines(at, *one["mae_interval"], color=colour, linewidth=2)
        axes.plot(
            one["mae"], at, "D" if is_reference else "o", color=colour, zorder=3,
            markersize=8 if is_reference else 6, markerfacecolor="white" if one["wrong"] else None,
        )  # fmt: skip
    _write_differences(axes, summary)
    axes.plot([], [], "D", color=BLUE, label="the reference")
    if any(one["wrong"] for one in models):
        axes.plot([], [], "o", color=VERMILLION, markerfacecolor="white", label="WRONG on purpose")
    axes.set_yticks(range(len(models)), [shortened(one["model"], _LONGEST_NAME) for one in models])
    axes.set(xlabel="Mean absolute error (points)", ylim=(len(models) - 0.5, -0.5))
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=4)


def _draw_lines(axes: Axes, summary: dict[str, Any]) -> None:
    mean, oracle = summary["baselines"]["training_mean"], summary["oracle_mae"]
    lines = [("training mean", mean, GREY, "--"), ("oracle", oracle, ORANGE, "-.")]
    for name, mae, colour, dashes in lines:
        if mae is not None:
            axes.axvline(
                mae, color=colour, linestyle=dashes, linewidth=1.3,
                label=f"{name}, {as_number(mae)}",
            )  # fmt: skip


def _write_differences(axes: Axes, summary: dict[str, Any]) -> None:
    beside = axes.get_yaxis_transform()  # x in shares of the axes' width, y in rows
    title = f"minus {shortened(summary['reference'], _LONGEST_NAME)} (points)"
    axes.text(1.02, 1.0, title, transform=axes.transAxes, va="bottom", color=GREY)
    for at, row in enumerate(model_rows(summary)):
        axes.text(1.02, at, f"{row.difference}  {row.p}".rstrip(), transform=beside, va="center")
