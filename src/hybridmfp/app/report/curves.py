"""The curves of a model's card: error against how much is answered, and the PIT histogram."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hybridmfp.app.report.drawing import BLUE, GREY, VERMILLION, Plot
from hybridmfp.app.report.svg import INK, LINE, Point, path_of, svg, tag, text
from hybridmfp.app.report.wording import as_number, as_percent

__all__ = ["RISK_COVERAGE_CAPTION", "pit_plot", "risk_coverage_plot"]

RISK_COVERAGE_CAPTION = (
    "Persons the model had not met. Where the curve rises to the right, refusing the least sure "
    "leaves a smaller error; where it is flat, refusing gains nothing."
)
"""How to read the curve."""

_SIZE = (360.0, 240.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 332.0, 14.0, 196.0
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_WORDS: dict[str, str | float] = {"font_size": 12, "fill": INK}


def risk_coverage_plot(points: Sequence[Mapping[str, float]]) -> Plot:
    """Draw the error that is left when only the surest share of assessments is answered.

    Parameters
    ----------
    points : sequence of mapping
        ``coverage`` (share answered, 0-1) and ``mae`` (points) of a card.
    """
    errors = [point["mae"] for point in points]
    top = _round_above(max(errors))
    places = [(_x(point["coverage"]), _y(point["mae"] / top)) for point in points]
    drawn = [
        *_grid([(_y(share), as_number(share * top, 1)) for share in (0.0, 0.5, 1.0)]),
        *_bottom([(_x(share), as_percent(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]),
        tag("polyline", points=path_of(places), fill="none", stroke=BLUE, stroke_width=2),
        *(tag("circle", cx=x, cy=y, r=3.5, fill=BLUE) for x, y in places),
        text("mean error (points)", (_LEFT, _TOP - 3), **_WORDS),
        _caption("share of patients answered, the surest first"),
    ]
    first, last = points[0], points[-1]
    alt = (
        f"Risk and coverage: answering the surest {as_percent(first['coverage'])} of patients the "
        f"mean error is {as_number(first['mae'], 1)} points; answering "
        f"{as_percent(last['coverage'])}, {as_number(last['mae'], 1)} points."
    )
    return Plot("Error against the share answered", alt, svg(*drawn, size=_SIZE))


def pit_plot(counts: Sequence[int]) -> Plot:
    """Draw where rated scores fell in their predicted distributions.

    Parameters
    ----------
    counts : sequence of int
        Persons in each of equally wide bins of the probability integral transform.
    """
    n_persons, top = sum(counts), max(*counts, 1)
    even, width = n_persons / len(counts), (_RIGHT - _LEFT) / len(counts)
    bars = [
        tag(
            "rect",
            x=_LEFT + at * width + 1,
            y=_y(count / top),
            width=width - 2,
            height=_BOTTOM - _y(count / top),
            fill=BLUE,
        )
        for at, count in enumerate(counts)
    ]
    level = _y(even / top)
    drawn = [
        *_grid([(_y(0), "0"), (_y(1), str(top))]),
        *bars,
        tag(
            "line", x1=_LEFT, x2=_RIGHT, y1=level, y2=level, stroke=VERMILLION,
            stroke_width=2, stroke_dasharray="6 4",
        ),
        *_bottom([(_x(0), "0"), (_x(0.5), "0.5"), (_x(1), "1")]),
        text("persons", (_LEFT, _TOP - 3), **_WORDS),
        _caption("rated score in its predicted distribution"),
    ]  # fmt: skip
    alt = (
        f"PIT histogram of {n_persons} persons, counts {', '.join(map(str, counts))}; honest "
        f"uncertainty gives {as_number(even, 1)} in each bin, the dashed line."
    )
    return Plot("Calibration (PIT histogram)", alt, svg(*drawn, size=_SIZE))


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP - 8)


def _grid(lines: Sequence[tuple[float, str]]) -> list[str]:
    drawn = []
    for y, words in lines:
        drawn.append(tag("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, stroke=LINE))
        drawn.append(text(words, (_LEFT - 6, y + 4), text_anchor="end", **_WORDS))
    return drawn


def _bottom(marks: Sequence[tuple[float, str]]) -> list[str]:
    axis = tag("line", x1=_LEFT, x2=_RIGHT, y1=_BOTTOM, y2=_BOTTOM, stroke=GREY)
    return [axis, *(text(w, (x, _BOTTOM + 16), text_anchor="middle", **_WORDS) for x, w in marks)]


def _caption(words: str) -> str:
    middle: Point = ((_LEFT + _RIGHT) / 2, _BOTTOM + 36)
    return text(words, middle, text_anchor="middle", **_WORDS)


def _round_above(value: float) -> float:
    """Give the next larger round number, so that a curve fills its plot.

    Examples
    --------
    >>> _round_above(5.1), _round_above(0.21)
    (6.0, 0.3)
    """
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(round(step * power, 9) for step in _ROUND if step * power >= value)
