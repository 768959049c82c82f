"""SVG written by hand: a plot of a dozen marks needs no plotting library, and is there at once."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["GREEN", "INK", "LINE", "Point", "path_of", "rounded", "svg", "tag", "text"]

# With the colours of `drawing`: Okabe and Ito (2008), doi:10.1038/nmeth.1618
GREEN = "#009E73"
INK, LINE = "#1b1f24", "#d8dde3"

Point = tuple[float, float]

# Pages have the same; a picture in a PDF does not inherit it.
_FONTS = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'PingFang SC', "
    "'Microsoft YaHei', sans-serif"
)


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """Write one element; attribute values are escaped, children are SVG already.

    Parameters
    ----------
    name : str
        Of the element.
    *children : str
        What stands in it, as SVG.
    **attributes : str, float or None
        ``stroke_width`` becomes ``stroke-width``, ``class_`` becomes ``class``; None is left out.

    Examples
    --------
    >>> tag("line", x1=0, stroke_width=1.5, id=None)
    '<line x1="0" stroke-width="1.5"/>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def text(said: str, at: Point, **attributes: str | float | None) -> str:
    """Write words at a place; they are escaped.

    Examples
    --------
    >>> text("a < b", (1, 2))
    '<text x="1" y="2">a &lt; b</text>'
    """
    return tag("text", escape(said), x=at[0], y=at[1], **attributes)


def svg(*children: str, size: Point) -> str:
    """Put drawings on one canvas that grows and shrinks with the page.

    Parameters
    ----------
    *children : str
        As SVG.
    size : tuple of float
        Width and height, in units of the drawing.
    """
    box = f"0 0 {rounded(size[0])} {rounded(size[1])}"
    return tag("svg", *children, viewBox=box, font_family=_FONTS)


def path_of(points: Sequence[Point]) -> str:
    """Write places as the list that a polyline wants.

    Examples
    --------
    >>> path_of([(0, 1.5), (2.04, 3)])
    '0,1.5 2,3'
    """
    return " ".join(f"{rounded(x)},{rounded(y)}" for x, y in points)


def rounded(value: float) -> str:
    """Write a length to a tenth of a unit, which nobody can see.

    Examples
    --------
    >>> rounded(2.04), rounded(-0.01)
    ('2', '0')
    """
    return f"{value:z.1f}".removesuffix(".0")


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.4g}"
