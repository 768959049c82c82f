"""What a report plots: agreement, errors, baselines, selection, chance and the audit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hybridmfp.app.report.drawing import (
    BLUE,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    Plot,
    as_svg,
    draw_discs,
    limits_around,
    shortened,
)
from hybridmfp.app.report.wording import as_number, as_p, as_span

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "agreement_plot",
    "audit_plot",
    "baseline_plot",
    "bland_altman_plot",
    "permutation_plot",
    "selection_plot",
    "subject_error_plot",
]

_HALF, _WIDE_IN = (4.7, 4.9), 9.6  # inches; the page shows an inch as about 95 pixels
_MOST_NAMED = 60  # persons whose names fit below an axis
_MOST_FEATURES = 20
_GOLDEN = 0.6180339887498949  # its multiples spread evenly over [0, 1) in any number


def agreement_plot(predictions: pd.DataFrame, summary: dict[str, Any]) -> Plot:
    """Plot estimated against rated scores; rows that coincide are one larger disc.

    Parameters
    ----------
    predictions : DataFrame
        Columns ``rated`` and ``estimated``, in points.
    summary : dict
        From `summarise_evaluation`.
    """
    rated, estimated = _column(predictions, "rated"), _column(predictions, "estimated")
    alt = (
        f"Scatter of {len(rated)} estimated scores from {as_span(_ends(estimated), 1)} points "
        f"against rated scores from {as_span(_ends(rated), 1)} points; mean absolute error "
        f"{as_number(summary['mae'])} points."
    )
    draw = partial(
        _draw_agreement, rated, estimated, mdc=summary["mdc_points"], scale=summary["scale"]
    )
    return Plot("Estimated and rated scores", alt, as_svg(draw, size=_HALF, salt="agreement"))


def _draw_agreement(
    rated: NDArray[np.float64],
    estimated: NDArray[np.float64],
    figure: Figure,
    *,
    mdc: float | None,
    scale: str,
) -> None:
    axes = figure.add_subplot()
    low, high = limits_around(np.concatenate([rated, estimated]))
    ends = np.array([low, high])
    if mdc is not None:
        axes.fill_between(
            ends, ends - mdc, ends + mdc, color=SKY, alpha=0.22, linewidth=0,
            label=f"within the MDC of {mdc:g} points",
        )  # fmt: skip
    axes.plot(
        ends, ends, color=GREY, linewidth=1, linestyle="--", zorder=3.5, label="estimated = rated"
    )
    draw_discs(axes, rated, estimated, grid=(high - low) / 100)
    axes.set(
        xlim=ends, ylim=ends, aspect="equal",
        xlabel=f"Rated score (points, {shortened(scale, 30)})", ylabel="Estimated score (points)",
    )  # fmt: skip
    figure.legend(loc="outside lower center", ncols=2)


def bland_altman_plot(predictions: pd.DataFrame, summary: dict[str, Any]) -> Plot:
    """Plot the difference of each estimate from its rating over the mean of both.

    Parameters
    ----------
    predictions : DataFrame
        Columns ``rated`` and ``estimated``, in points.
    summary : dict
        From `summarise_evaluation`.
    """
    rated, estimated = _column(predictions, "rated"), _column(predictions, "estimated")
    found = summary["bland_altman"]
    limits = (found["lower_limit"], found["upper_limit"])
    alt = (
        f"Differences of {len(rated)} estimates from their ratings; bias "
        f"{as_number(found['bias'])} points, limits of agreement {as_span(limits)} points."
    )
    draw = partial(_draw_bland_altman, (rated + estimated) / 2, estimated - rated, found)
    return Plot("Bland\u2013Altman", alt, as_svg(draw, size=_HALF, salt="bland-altman"))


def _draw_bland_altman(
    middle: NDArray[np.float64],
    difference: NDArray[np.float64],
    found: dict[str, float],
    figure: Figure,
) -> None:
    axes = figure.add_subplot()
    bias, lower, upper = (found[name] for name in ("bias", "lower_limit", "upper_limit"))
    own, outer = found["bias_half_width"], found["limit_half_width"]
    bias_text = f"bias {as_number(bias)} [{as_span((bias - own, bias + own))}]"
    limit_text = f"limits {as_number(lower)} and {as_number(upper)}, each \u00b1 {outer:.2f}"
    for at, half, colour, dashes, text in (
        (bias, own, BLUE, "-", bias_text),
        (lower, outer, VERMILLION, "--", limit_text),
        (upper, outer, VERMILLION, "--", None),
    ):
        axes.axhspan(at - half, at + half, color=colour, alpha=0.12, linewidth=0)
        axes.axhline(at, color=colour, linewidth=1.2, linestyle=dashes, zorder=3.5, label=text)
    axes.axhline(0, color=GREY, linewidth=0.7)
    low, high = limits_around(middle)
    draw_discs(axes, middle, difference, grid=(high - low) / 100)
    reach = np.array([lower - outer, upper + outer])
    axes.set(
        xlim=(low, high), ylim=limits_around(np.concatenate([difference, reach])),
        xlabel="Mean of estimate and rating (points)", ylabel="Estimated \u2212 rated (points)",
    )  # fmt: skip
    figure.legend(loc="outside lower center", ncols=1)


def subject_error_plot(predictions: pd.DataFrame, summary: dict[str, Any]) -> Plot:
    """Plot the mean absolute error of each person, largest first.

    Parameters
    ----------
    predictions : DataFrame
        Columns ``subject``, ``rated``, ``estimated`` and ``training_mean``.
    summary : dict
        From `summarise_evaluation`.
    """
    rated = predictions["rated"]
    errors = pd.DataFrame(
        {
            "model": (predictions["estimated"] - rated).abs(),
            "mean": (predictions["training_mean"] - rated).abs(),
        }
    )
    means = errors.groupby(predictions["subject"].astype(str), sort=True).mean()
    means = means.sort_values("model", ascending=False, kind="stable")
    worst = means.index[0]
    n_better = int((means["model"] < means["mean"]).sum())
    alt = (
        f"Absolute error of {len(means)} persons, largest first, from "
        f"{as_number(means['model'].iloc[0])} points ({worst}) to "
        f"{as_number(means['model'].iloc[-1])}; for {n_better} of them the model is closer than "
        "the training mean."
    )
    lines = {"training mean": (summary["baseline_mean_mae"], VERMILLION, "--")}
    if summary["oracle_mae"] is not None:
        lines["oracle"] = (summary["oracle_mae"], ORANGE, "-.")
    svg = as_svg(partial(_draw_subject_errors, means, lines), size=(_WIDE_IN, 3.4), salt="subjects")
    return Plot("Absolute error of each person", alt, svg)


def _draw_subject_errors(
    means: pd.DataFrame, lines: dict[str, tuple[float, str, str]], figure: Figure
) -> None:
    axes = figure.add_subplot()
    at = np.arange(1, len(means) + 1)
    axes.vlines(at, 0, means["model"], color=SKY, linewidth=1)
    size = 22 if len(means) <= _MOST_NAMED else 5
    axes.scatter(at, means["model"], s=size, color=BLUE, zorder=3, label="model")
    axes.scatter(
        at, means["mean"], s=size, facecolor="none", edgecolor=VERMILLION, linewidth=0.9,
        label="training mean, same person",
    )  # fmt: skip
    for name, (mae, colour, dashes) in lines.items():
        axes.axhline(
            mae, color=colour, linestyle=dashes, linewidth=1, label=f"{name}, MAE {as_number(mae)}"
        )
    if len(means) <= _MOST_NAMED:
        axes.set_xticks(at, [shortened(str(name), 14) for name in means.index], rotation=90)
        axes.set_xlabel("Subject")
    else:
        axes.set_xlabel(f"{len(means)} subjects, by the model's error (rank)")
    axes.set(ylabel="Absolute error (points)", xlim=(0.2, len(means) + 0.8))
    axes.set_ylim(bottom=0, top=limits_around(means.to_numpy(dtype=np.float64).ravel())[1])
    axes.grid(visible=False, axis="x")
    figure.legend(loc="outside lower center", ncols=2 + len(lines))


def baseline_plot(summary: dict[str, Any]) -> Plot:
    """Plot the model's error beside those of an oracle and of simple guesses, paired with these.

    Parameters
    ----------
    summary : dict
        From `summarise_evaluation`.
    """
    maes = {
        "oracle": summary["oracle_mae"],
        "training mean": summary["baseline_mean_mae"],
        "training median": summary["baseline_median_mae"],
        "demographics": summary["baseline_demographics_mae"],
    }
    known = {name: mae for name, mae in maes.items() if mae is not None}
    told = ", ".join(f"{name} {as_number(mae)}" for name, mae in known.items())
    alt = f"Mean absolute error in points: model {as_number(summary['mae'])}, {told}."
    height = 1.3 + 0.42 * (1 + len(known))
    draw = partial(_draw_baselines, summary, known)
    return Plot("Model and baselines", alt, as_svg(draw, size=(_WIDE_IN, height), salt="baselines"))


def _draw_baselines(summary: dict[str, Any], known: dict[str, float], figure: Figure) -> None:
    errors, gains = figure.subplots(1, 2, sharey=True)
    low, high = summary["mae_interval"]
    names = ["model", *known]
    errors.hlines(0, low, high, color=BLUE, linewidth=2.5)
    errors.plot(summary["mae"], 0, "o", color=BLUE)
    errors.plot(list(known.values()), range(1, len(names)), "D", color=VERMILLION)
    for at, mae in enumerate([summary["mae"], *known.values()]):
        errors.annotate(
            as_number(mae), (mae, at), xytext=(0, 6), textcoords="offset points", ha="center"
        )
    gains.axvline(0, color=GREY, linewidth=0.9)
    for one in summary["comparisons"]:
        at, interval = names.index(one["model"]), one["interval"]
        gains.hlines(at, interval["low"], interval["high"], color=GREY, linewidth=2.5)
        gains.plot(one["difference_points"], at, "s", color="black")
        gains.annotate(
            f"{as_number(one['difference_points'])}, {as_p(one['p_adjusted'])}",
            (one["difference_points"], at),
            xytext=(0, 6), textcoords="offset points", ha="center",
        )  # fmt: skip
    errors.set(xlabel="Mean absolute error (points)", ylim=(len(names) - 0.5, -0.7))
    errors.set_yticks(range(len(names)), names)
    errors.set_xlim(0, 1.15 * max(high, *known.values(), 1e-9))
    gains.set_xlabel("Baseline's error \u2212 model's (points); right of 0 the model is better")
    gains.margins(x=0.25)


def selection_plot(selection: pd.DataFrame) -> Plot | None:
    """Plot which features were selected most often; None if none ever was.

    Parameters
    ----------
    selection : DataFrame
        From `selection_table`.
    """
    chosen = selection[selection["share"] > 0]
    if chosen.empty:
        return None
    top = chosen.head(_MOST_FEATURES)
    told = ", ".join(f"{row.feature} ({row.share:.0%})" for row in top.head(5).itertuples())
    alt = f"Share of the folds that selected a feature; {len(chosen)} were ever selected: {told}."
    size = (_WIDE_IN, 1.1 + 0.24 * len(top))
    return Plot(
        "Features that were selected most often",
        alt,
        as_svg(partial(_draw_selection, top), size=size, salt="selection"),
    )


def _draw_selection(top: pd.DataFrame, figure: Figure) -> None:
    shares, sizes = figure.subplots(1, 2, sharey=True)
    at = np.arange(len(top))
    coefficient, steady = _column(top, "coefficient"), _column(top, "same_sign") >= 1
    shares.barh(at, 100 * _column(top, "share"), height=0.62, color=SKY)
    shares.set(xlim=(0, 100), xlabel="Selected in (% of the folds)", ylim=(len(top) - 0.4, -0.6))
    shares.set_yticks(at, [shortened(str(name), 50) for name in top["feature"]])
    sizes.axvline(0, color=GREY, linewidth=0.9)
    sizes.hlines(at, 0, coefficient, color=GREY, linewidth=0.8)
    for marker, colour, text, wanted in (
        (">", BLUE, "raises the estimate", coefficient >= 0),
        ("<", VERMILLION, "lowers it", coefficient < 0),
    ):
        filled = [colour if one else "white" for one in steady[wanted]]
        sizes.scatter(
            coefficient[wanted], at[wanted], marker=marker, color=filled, edgecolor=colour, s=30,
            zorder=3,
        )  # fmt: skip
        sizes.scatter([], [], marker=marker, color=colour, s=30, label=text)
    sizes.scatter(
        [], [], marker="o", facecolor="white", edgecolor=GREY, label="sign differs between folds"
    )
    sizes.set_xlabel("Mean coefficient (points per SD)")
    for axes in (shares, sizes):
        axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=3)


def permutation_plot(summary: dict[str, Any]) -> Plot:
    """Plot the errors under permuted scores and the observed one.

    Parameters
    ----------
    summary : dict
        From `summarise_evaluation`, with at least one permutation.
    """
    maes = np.asarray(summary["permuted_mae"], dtype=np.float64)
    n_as_good = int((maes <= summary["mae"]).sum())
    alt = (
        f"Histogram of {len(maes)} errors with permuted scores, {as_span(_ends(maes))} points; "
        f"{n_as_good} are at or below the observed {as_number(summary['mae'])} points."
    )
    draw = partial(_draw_permutations, maes, summary["mae"])
    return Plot(
        "Error with permuted scores", alt, as_svg(draw, size=(_WIDE_IN, 2.9), salt="permutation")
    )


def _draw_permutations(maes: NDArray[np.float64], observed: float, figure: Figure) -> None:
    axes = figure.add_subplot()
    n_bins = int(np.clip(np.sqrt(len(maes)), 5, 40))
    axes.hist(maes, bins=n_bins, color=SKY, edgecolor="white", label="permuted scores")
    axes.axvline(
        observed, color=VERMILLION, linewidth=2, label=f"observed, {as_number(observed)} points"
    )
    axes.set(xlabel="Mean absolute error (points)", ylabel="Permutations")
    figure.legend(loc="outside lower center", ncols=2)


def audit_plot(audit: dict[str, Any]) -> Plot:
    """Plot every draw of an audit beside the error of the training mean.

    Parameters
    ----------
    audit : dict
        From `summarise_audit`.
    """
    arms = (
        ("permuted labels,\nnested engine", audit["nested_mae"], None, BLUE),
        (
            "permuted labels,\npublished order", audit["published_mae"],
            audit["published_fell_back"], VERMILLION,
        ),
        ("noise features,\nnested engine", audit["nested_noise_mae"], None, BLUE),
        (
            "noise features,\npublished order", audit["published_noise_mae"],
            audit["published_noise_fell_back"], VERMILLION,
        ),
    )  # fmt: skip
    told = "; ".join(
        f"{name.replace(chr(10), ' ')} median {as_number(float(np.median(maes)))}"
        for name, maes, _, _ in arms
    )
    alt = (
        "Errors where nothing can be estimated, in points, against "
        f"{as_number(audit['baseline_mae'])} of the training mean: {told}."
    )
    svg = as_svg(partial(_draw_audit, audit, arms), size=(_WIDE_IN, 3.7), salt="audit")
    return Plot("Every draw of the audit", alt, svg)


def _draw_audit(audit: dict[str, Any], arms: Sequence[Any], figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.axvspan(*audit["baseline_interval"], color=ORANGE, alpha=0.2, linewidth=0)
    axes.axvline(
        audit["baseline_mae"], color=ORANGE, linewidth=1.5,
        label=f"training mean, {as_number(audit['baseline_mae'])} points, with its interval",
    )  # fmt: skip
    for at, (_, maes, fell_back, colour) in enumerate(arms):
        offsets = (np.arange(1, len(maes) + 1) * _GOLDEN % 1 - 0.5) * 0.5
        hollow = np.zeros(len(maes), dtype=bool) if fell_back is None else np.array(fell_back)
        axes.scatter(
            maes, at + offsets, s=16, edgecolor=colour, linewidth=0.8, alpha=0.8, zorder=3,
            color=["white" if one else colour for one in hollow],
        )  # fmt: skip
        axes.vlines(float(np.median(maes)), at - 0.36, at + 0.36, color="black", linewidth=2)
    axes.plot([], [], color="black", linewidth=2, label="median")
    axes.scatter(
        [], [], s=16, facecolor="white", edgecolor=VERMILLION, label="selected nothing, used all"
    )
    axes.set(xlabel="Mean absolute error (points)", ylim=(len(arms) - 0.5, -0.5))
    axes.set_yticks(range(len(arms)), [name for name, *_ in arms])
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=3)


def _column(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return table[name].to_numpy(dtype=np.float64)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())
