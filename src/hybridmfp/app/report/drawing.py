"""Drawing for a page: SVG that needs no font, script, file or network."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREY",
    "ORANGE",
    "SKY",
    "VERMILLION",
    "Plot",
    "as_svg",
    "draw_discs",
    "limits_around",
    "shortened",
]

# Okabe and Ito (2008): told apart with every common kind of colour vision
BLUE, SKY, ORANGE, VERMILLION, GREY = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#555555"

_STYLE: dict[str, object] = {
    "axes.axisbelow": True, "axes.edgecolor": GREY, "axes.grid": True,
    "axes.spines.right": False, "axes.spines.top": False, "font.size": 8.5,
    "grid.color": "#E4E4E4", "grid.linewidth": 0.6, "legend.fontsize": 8, "legend.frameon": False,
    "svg.fonttype": "none", "text.parse_math": False,
}  # fmt: skip
_METADATA = ("Date", "Creator", "Format", "Type")
_LARGEST_DISC, _SMALLEST_DISC, _DISC = 300.0, 6.0, 26.0  # square points
_WRITABLE_DISC = 45.0  # square points from which a number fits in
_MOST_NUMBERED = 300  # points above which numbers and large discs only hide each other


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


def draw_discs(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], *, grid: float) -> None:
    """Draw points so that none hides another: those in one cell are a larger, numbered disc.

    Above 300 points discs are small and transparent instead, and carry no number.

    Parameters
    ----------
    axes : matplotlib Axes
    x, y : array of float, shape (n_points,)
    grid : float
        Width of a cell, in the unit of the axes.
    """
    cells = np.round(np.column_stack([x, y]) / grid)
    _, cell, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    cell = cell.ravel()
    middle_x, middle_y = np.bincount(cell, x) / counts, np.bincount(cell, y) / counts
    crowded = len(x) > _MOST_NUMBERED
    largest = _LARGEST_DISC / 4 if crowded else _LARGEST_DISC
    shrink = min(1.0, largest / (_DISC * counts.max()))
    areas = np.maximum(_DISC * counts * shrink, _SMALLEST_DISC)
    axes.scatter(
        middle_x, middle_y, s=areas, color=BLUE, alpha=0.4 if crowded else 0.85,
        edgecolor="white", linewidth=0.2 if crowded else 0.5, zorder=3,
    )  # fmt: skip
    for at in np.flatnonzero((areas >= _WRITABLE_DISC) & (not crowded)):
        axes.text(
            middle_x[at], middle_y[at], str(counts[at]), color="white", fontsize=6,
            ha="center", va="center_baseline", zorder=4,
        )  # fmt: skip


def as_svg(draw: Callable[[Figure], None], *, size: tuple[float, float], salt: str) -> str:
    """Draw a figure as one ``<svg>`` element, whatever the reader's settings of matplotlib are.

    Parameters
    ----------
    draw : callable
        Draws on the figure it is given.
    size : tuple of float
        Width and height, in inches.
    salt : str
        Makes the ids of this figure differ from those of every other one on the page.

    Returns
    -------
    str
        The same text for the same drawing; names in it are escaped.
    """
    import matplotlib as mpl  # noqa: PLC0415 - slow, and needed for reports alone
    from matplotlib.figure import Figure  # noqa: PLC0415

    style: Any = {**_STYLE, "svg.hashsalt": salt}
    written = io.StringIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # The page is shown with the reader's fonts, which have more signs than matplotlib's own.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(style)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(written, format="svg", metadata=dict.fromkeys(_METADATA))
    return _for_a_page(written.getvalue())


def limits_around(values: NDArray[np.float64]) -> tuple[float, float]:
    """Give axis limits with some room around values, also where they are all the same.

    Examples
    --------
    >>> import numpy as np
    >>> limits_around(np.array([3.0, 3.0]))
    (2.0, 4.0)
    """
    low, high = float(values.min()), float(values.max())
    margin = 0.07 * (high - low) or 1.0
    return low - margin, high + margin


def shortened(name: str, n_signs: int) -> str:
    """Cut the middle out of a name longer than so many signs.

    Examples
    --------
    >>> shortened("emg_biceps_median_frequency", 11)
    'emg_b…uency'
    """
    if len(name) <= n_signs:
        return name
    half = (n_signs - 1) // 2
    return f"{name[:half]}\u2026{name[-half:]}"


def _for_a_page(document: str) -> str:
    """Keep the element alone: what pages say once, name twice, or do not need is left out."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg, count=2)
    svg = re.sub(r"<!--.*?-->|<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    return re.sub(r'<g id="[^"]*"', "<g", svg).strip()
