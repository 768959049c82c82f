"""The plots of a report, as SVG that stands inside a page and needs nothing else."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Plot",
    "agreement_plot",
    "as_number",
    "as_span",
    "audit_plot",
    "baseline_plot",
    "bland_altman_plot",
    "permutation_plot",
    "selection_plot",
    "subject_error_plot",
]

# Okabe & Ito (2008): told apart with every common kind of colour vision
_BLUE, _SKY, _ORANGE, _VERMILLION, _GREY = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#555555"
_STYLE: dict[str, Any] = {
    "axes.axisbelow": True, "axes.edgecolor": _GREY, "axes.grid": True,
    "axes.spines.right": False, "axes.spines.top": False, "font.size": 8.5,
    "grid.color": "#E4E4E4", "grid.linewidth": 0.6, "legend.fontsize": 8, "legend.frameon": False,
    "svg.fonttype": "none", "text.parse_math": False,
}  # fmt: skip
_HALF, _WIDE_IN = (4.7, 4.9), 9.6  # inches; the page shows an inch as about 95 pixels
_MOST_NAMED = 60  # persons whose names fit below an axis
_MOST_FEATURES = 20
_LARGEST_DISC, _SMALLEST_DISC, _DISC = 300.0, 6.0, 26.0  # square points
_WRITABLE_DISC = 45.0  # square points from which a number fits in
_GOLDEN = 0.6180339887498949  # its multiples spread evenly over [0, 1) in any number


@dataclass(frozen=True)
class Plot:
    """Hold a plot and what it shows in words.

    Attributes
    ----------
    title, alt : str
        Heading, and what somebody who cannot see the plot must know.
    svg : str
        One ``<svg>`` element; names in it are escaped.
    """

    title: str
    alt: str
    svg: str


def as_number(value: float | None, digits: int = 2) -> str:
    """Write a number for reading.

    Examples
    --------
    >>> as_number(-1.234), as_number(-0.001), as_number(None)
    ('−1.23', '0.00', 'not defined')
    """
    return "not defined" if value is None else f"{value:z.{digits}f}".replace("-", "\u2212")


def as_span(ends: Sequence[float | None], digits: int = 2) -> str:
    """Write two numbers as a range, such as ``0.90 to 1.66``."""
    return f"{as_number(ends[0], digits)} to {as_number(ends[1], digits)}"


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
    return Plot("Estimated and rated scores", alt, _as_svg(draw, size=_HALF, salt="agreement"))


def _draw_agreement(
    rated: NDArray[np.float64],
    estimated: NDArray[np.float64],
    figure: Figure,
    *,
    mdc: float | None,
    scale: str,
) -> None:
    axes = figure.add_subplot()
    low, high = _limits(np.concatenate([rated, estimated]))
    ends = np.array([low, high])
    if mdc is not None:
        axes.fill_between(
            ends, ends - mdc, ends + mdc, color=_SKY, alpha=0.22, linewidth=0,
            label=f"within the MDC of {mdc:g} points",
        )  # fmt: skip
    axes.plot(ends, ends, color=_GREY, linewidth=1, linestyle="--", label="estimated = rated")
    _draw_discs(axes, rated, estimated, grid=(high - low) / 100)
    axes.set(
        xlim=ends, ylim=ends, aspect="equal",
        xlabel=f"Rated score (points, {_shortened(scale, 30)})", ylabel="Estimated score (points)",
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
    return Plot("Bland\u2013Altman", alt, _as_svg(draw, size=_HALF, salt="bland-altman"))


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
        (bias, own, _BLUE, "-", bias_text),
        (lower, outer, _VERMILLION, "--", limit_text),
        (upper, outer, _VERMILLION, "--", None),
    ):
        axes.axhspan(at - half, at + half, color=colour, alpha=0.12, linewidth=0)
        axes.axhline(at, color=colour, linewidth=1.2, linestyle=dashes, label=text)
    axes.axhline(0, color=_GREY, linewidth=0.7)
    low, high = _limits(middle)
    _draw_discs(axes, middle, difference, grid=(high - low) / 100)
    reach = np.array([lower - outer, upper + outer])
    axes.set(
        xlim=(low, high), ylim=_limits(np.concatenate([difference, reach])),
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
    svg = _as_svg(
        partial(_draw_subject_errors, means, summary["baseline_mean_mae"]),
        size=(_WIDE_IN, 3.4), salt="subjects",
    )  # fmt: skip
    return Plot("Absolute error of each person", alt, svg)


def _draw_subject_errors(means: pd.DataFrame, baseline_mae: float, figure: Figure) -> None:
    axes = figure.add_subplot()
    at = np.arange(len(means))
    axes.vlines(at, 0, means["model"], color=_SKY, linewidth=1)
    size = 22 if len(means) <= _MOST_NAMED else 5
    axes.scatter(at, means["model"], s=size, color=_BLUE, zorder=3, label="model")
    axes.scatter(
        at, means["mean"], s=size, facecolor="none", edgecolor=_VERMILLION, linewidth=0.9,
        label="training mean, same person",
    )  # fmt: skip
    axes.axhline(
        baseline_mae, color=_VERMILLION, linestyle="--", linewidth=1,
        label=f"training mean, MAE {as_number(baseline_mae)}",
    )  # fmt: skip
    if len(means) <= _MOST_NAMED:
        axes.set_xticks(at, [_shortened(str(name), 14) for name in means.index], rotation=90)
        axes.set_xlabel("Subject")
    else:
        axes.set_xlabel(f"{len(means)} subjects, by the model's error (rank)")
    axes.set(ylabel="Absolute error (points)", xlim=(-0.8, len(means) - 0.2))
    axes.set_ylim(bottom=0, top=_limits(means.to_numpy(dtype=np.float64).ravel())[1])
    axes.grid(visible=False, axis="x")
    figure.legend(loc="outside lower center", ncols=3)


def baseline_plot(summary: dict[str, Any]) -> Plot:
    """Plot the model's error beside those of simple guesses, and the paired differences.

    Parameters
    ----------
    summary : dict
        From `summarise_evaluation`.
    """
    maes = {
        "training mean": summary["baseline_mean_mae"],
        "training median": summary["baseline_median_mae"],
        "demographics": summary["baseline_demographics_mae"],
    }
    known = {name: mae for name, mae in maes.items() if mae is not None}
    told = ", ".join(f"{name} {as_number(mae)}" for name, mae in known.items())
    alt = f"Mean absolute error in points: model {as_number(summary['mae'])}, {told}."
    height = 1.3 + 0.42 * (1 + len(known))
    draw = partial(_draw_baselines, summary, known)
    return Plot(
        "Model and baselines", alt, _as_svg(draw, size=(_WIDE_IN, height), salt="baselines")
    )


def _draw_baselines(summary: dict[str, Any], known: dict[str, float], figure: Figure) -> None:
    errors, gains = figure.subplots(1, 2, sharey=True)
    low, high = summary["mae_interval"]
    names = ["model", *known]
    errors.hlines(0, low, high, color=_BLUE, linewidth=2.5)
    errors.plot(summary["mae"], 0, "o", color=_BLUE)
    errors.plot(list(known.values()), range(1, len(names)), "D", color=_VERMILLION)
    for at, mae in enumerate([summary["mae"], *known.values()]):
        errors.annotate(
            as_number(mae), (mae, at), xytext=(0, 6), textcoords="offset points", ha="center"
        )
    gains.axvline(0, color=_GREY, linewidth=0.9)
    for one in summary["comparisons"]:
        at, interval = names.index(one["model"]), one["interval"]
        gains.hlines(at, interval["low"], interval["high"], color=_GREY, linewidth=2.5)
        gains.plot(one["difference_points"], at, "s", color="black")
        gains.annotate(
            f"{as_number(one['difference_points'])}, p = {one['p_adjusted']:.3f}",
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
        _as_svg(partial(_draw_selection, top), size=size, salt="selection"),
    )


def _draw_selection(top: pd.DataFrame, figure: Figure) -> None:
    shares, sizes = figure.subplots(1, 2, sharey=True)
    at = np.arange(len(top))
    coefficient, steady = _column(top, "coefficient"), _column(top, "same_sign") >= 1
    shares.barh(at, 100 * _column(top, "share"), height=0.62, color=_SKY)
    shares.set(xlim=(0, 100), xlabel="Selected in (% of the folds)", ylim=(len(top) - 0.4, -0.6))
    shares.set_yticks(at, [_shortened(str(name), 44) for name in top["feature"]])
    sizes.axvline(0, color=_GREY, linewidth=0.9)
    sizes.hlines(at, 0, coefficient, color=_GREY, linewidth=0.8)
    for marker, colour, text, wanted in (
        (">", _BLUE, "raises the estimate", coefficient >= 0),
        ("<", _VERMILLION, "lowers it", coefficient < 0),
    ):
        filled = [colour if one else "white" for one in steady[wanted]]
        sizes.scatter(
            coefficient[wanted], at[wanted], marker=marker, color=filled, edgecolor=colour, s=30,
            zorder=3,
        )  # fmt: skip
        sizes.scatter([], [], marker=marker, color=colour, s=30, label=text)
    sizes.scatter(
        [], [], marker="o", facecolor="white", edgecolor=_GREY, label="sign differs between folds"
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
        "Error with permuted scores", alt, _as_svg(draw, size=(_WIDE_IN, 2.9), salt="permutation")
    )


def _draw_permutations(maes: NDArray[np.float64], observed: float, figure: Figure) -> None:
    axes = figure.add_subplot()
    n_bins = int(np.clip(np.sqrt(len(maes)), 5, 40))
    axes.hist(maes, bins=n_bins, color=_SKY, edgecolor="white", label="permuted scores")
    axes.axvline(
        observed, color=_VERMILLION, linewidth=2, label=f"observed, {as_number(observed)} points"
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
        ("permuted labels,\nnested engine", audit["nested_mae"], None, _BLUE),
        (
            "permuted labels,\npublished order", audit["published_mae"],
            audit["published_fell_back"], _VERMILLION,
        ),
        ("noise features,\nnested engine", audit["nested_noise_mae"], None, _BLUE),
        (
            "noise features,\npublished order", audit["published_noise_mae"],
            audit["published_noise_fell_back"], _VERMILLION,
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
    svg = _as_svg(partial(_draw_audit, audit, arms), size=(_WIDE_IN, 3.7), salt="audit")
    return Plot("Every draw of the audit", alt, svg)


def _draw_audit(audit: dict[str, Any], arms: Sequence[Any], figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.axvspan(*audit["baseline_interval"], color=_ORANGE, alpha=0.2, linewidth=0)
    axes.axvline(
        audit["baseline_mae"], color=_ORANGE, linewidth=1.5,
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
        [], [], s=16, facecolor="white", edgecolor=_VERMILLION, label="selected nothing, used all"
    )
    axes.set(xlabel="Mean absolute error (points)", ylim=(len(arms) - 0.5, -0.5))
    axes.set_yticks(range(len(arms)), [name for name, *_ in arms])
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=3)


def _draw_discs(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], *, grid: float
) -> None:
    """Draw rows no further apart than the grid as one disc with their number on it."""
    cells = np.round(np.column_stack([x, y]) / grid)
    _, cell, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    cell = cell.ravel()
    middle_x, middle_y = np.bincount(cell, x) / counts, np.bincount(cell, y) / counts
    shrink = min(1.0, _LARGEST_DISC / (_DISC * counts.max()))
    areas = np.maximum(_DISC * counts * shrink, _SMALLEST_DISC)
    axes.scatter(
        middle_x, middle_y, s=areas, color=_BLUE, alpha=0.85, edgecolor="white", linewidth=0.5,
        zorder=3,
    )  # fmt: skip
    for at in np.flatnonzero((counts > 1) & (areas >= _WRITABLE_DISC)):
        axes.text(
            middle_x[at], middle_y[at], str(counts[at]), color="white", fontsize=6,
            ha="center", va="center_baseline", zorder=4,
        )  # fmt: skip


def _as_svg(draw: Callable[[Figure], None], *, size: tuple[float, float], salt: str) -> str:
    """Draw on a figure of so many inches, whatever the reader's settings of matplotlib are."""
    import matplotlib as mpl  # noqa: PLC0415 - slow, and needed for reports alone
    from matplotlib.figure import Figure  # noqa: PLC0415

    written = io.StringIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # The page is drawn with the reader's fonts, which have more signs than matplotlib's own.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update({**_STYLE, "svg.hashsalt": salt})
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
        figure.savefig(written, format="svg", metadata=nothing)
    svg = written.getvalue()
    svg = re.sub(r"<(metadata|style)\b.*?</\1>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg)
    return re.sub(r'<g id="[^"]*"', "<g", svg).strip()


def _column(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return table[name].to_numpy(dtype=np.float64)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    """Give axis limits around values, also where they are all the same."""
    low, high = _ends(values)
    margin = 0.07 * (high - low) or 1.0
    return low - margin, high + margin


def _shortened(name: str, n_signs: int) -> str:
    """Cut the middle out of a long name; its ends tell it apart."""
    if len(name) <= n_signs:
        return name
    half = (n_signs - 1) // 2
    return f"{name[:half]}\u2026{name[-half:]}"
