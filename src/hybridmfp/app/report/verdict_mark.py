"""A verdict on a channel: the word for it, and a mark that can be read without its colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hybridmfp.app.report.drawing import ORANGE, VERMILLION
from hybridmfp.app.report.svg import GREEN, INK, Point, path_of, svg, tag

__all__ = ["MARK", "VERDICT_WORDS", "verdict_mark", "verdict_marks"]

VERDICT_WORDS: Mapping[str, str] = MappingProxyType(
    {"green": "good", "amber": "doubtful", "red": "not usable", "absent": "not recorded"}
)
"""What a verdict is called wherever its colour cannot be seen."""

MARK = 8.5
"""Half the width of a mark, in units of a drawing."""


def verdict_mark(verdict: str, at: Point, *, half: float = MARK) -> str:
    """Draw a verdict as a shape with a sign: tick in a circle, ! in a triangle, cross in a square.

    Parameters
    ----------
    verdict : {"green", "amber", "red", "absent"}
    at : tuple of float
        The middle of the mark.
    half : float
        Half its width.
    """
    x, y = at
    edge: dict[str, str | float] = {"stroke": INK, "stroke_width": 1.1}
    sign: dict[str, str | float] = {"fill": "none", "stroke": "#fff", "stroke_width": 2.2}
    reach = 0.45 * half
    if verdict == "green":
        tick = [(x - reach, y), (x - 0.1 * half, y + reach), (x + 0.5 * half, y - reach)]
        circle = tag("circle", cx=x, cy=y, r=half, fill=GREEN, **edge)
        return circle + tag("polyline", points=path_of(tick), **sign)
    if verdict == "amber":
        corners = [(x, y - 1.15 * half), (x + 1.15 * half, y + half), (x - 1.15 * half, y + half)]
        triangle = tag("polygon", points=path_of(corners), fill=ORANGE, **edge)
        dark = {**sign, "stroke": INK}
        stroke = tag("line", x1=x, y1=y - reach, x2=x, y2=y + 0.3 * half, **dark)
        return triangle + stroke + tag("circle", cx=x, cy=y + 0.68 * half, r=1.3, fill=INK)
    if verdict == "red":
        box = tag(
            "rect", x=x - half, y=y - half, width=2 * half, height=2 * half, fill=VERMILLION, **edge
        )
        cross = f"M{x - reach:.1f} {y - reach:.1f}l{2 * reach:.1f} {2 * reach:.1f}"
        cross += f"m0 {-2 * reach:.1f}l{-2 * reach:.1f} {2 * reach:.1f}"
        return box + tag("path", d=cross, **sign)
    return tag("circle", cx=x, cy=y, r=half, fill="#fff", stroke_dasharray="3 2", **edge)


def verdict_marks() -> dict[str, tuple[str, str]]:
    """Give the word and a small picture of the mark for each verdict, for tables and legends."""
    return {
        verdict: (word, svg(verdict_mark(verdict, (10, 10)), size=(20, 20)))
        for verdict, word in VERDICT_WORDS.items()
    }
