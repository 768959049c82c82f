"""The keyform: items from easy to hard, what was given, the patient's ability, the next targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.drawing import BLUE, Plot
from hybridmfp.app.report.svg import INK, LINE, path_of, svg, tag, text

__all__ = ["keyform_plot"]

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 920.0, 390.0, 96.0, 40.0, 20.0
_LETTERS, _SOFT, _TARGET = 12.5, "#4b545d", "#fff4d9"
_BESIDE = 0.9  # logits from an outer threshold to where its points are written


def keyform_plot(keyform: Mapping[str, Any], words: CourseWords) -> Plot:
    """Draw a keyform.

    Each item is a row; its points stand where they are the most likely ones. What was given is
    a filled disc, the ability a line with its uncertainty, a target a marked row.

    Parameters
    ----------
    keyform : mapping
        Of a review, not refused.
    words : CourseWords
        The language.
    """
    rows = sorted(keyform["rows"], key=lambda one: sum(one["thresholds"]) / len(one["thresholds"]))
    left, right = _ends(rows, keyform["theta"])

    def x(logit: float) -> float:
        share = (logit - left) / (right - left)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    height = _TOP + _ROW * len(rows) + 34
    drawn = _ability(keyform, x, height)
    for at, row in enumerate(rows):
        drawn += _draw_row(row, x, _TOP + _ROW * (at + 0.5), words)
    drawn.append(
        text(
            words.say("keyform.axis"),
            ((x(left) + x(right)) / 2, height - 8),
            font_size=_LETTERS,
            fill=_SOFT,
            text_anchor="middle",
        )
    )
    drawn.append(
        text(
            words.say("keyform.ability"),
            (x(keyform["theta"]), 14),
            font_size=_LETTERS,
            fill=BLUE,
            font_weight="700",
            text_anchor="middle",
        )
    )
    return Plot(
        title=words.say("keyform.title"),
        alt=words.say(
            "keyform.alt",
            n=len(rows),
            theta=f"{keyform['theta']:.1f}",
            targets=words.say("comma").join(keyform["targets"]) or words.say("keyform.none"),
        ),
        svg=svg(*drawn, size=(_WIDTH, height)),
    )


def _ends(rows: Sequence[Mapping[str, Any]], theta: float) -> tuple[float, float]:
    places = [logit for row in rows for logit in row["thresholds"]] + [theta]
    return min(places) - 1.4 * _BESIDE, max(places) + 1.4 * _BESIDE


def _ability(keyform: Mapping[str, Any], x: Any, height: float) -> list[str]:
    theta, error = keyform["theta"], keyform["se"]
    bottom = height - 26
    left, right = x(theta - 1.96 * error), x(theta + 1.96 * error)
    return [
        tag("rect", x=left, y=20, width=right - left, height=bottom - 20, fill="#dcecf6"),
        tag("line", x1=x(theta), y1=20, x2=x(theta), y2=bottom, stroke=BLUE, stroke_width=2.5),
    ]


def _places(thresholds: Sequence[float]) -> list[float]:
    """Say where each number of points is written: beside and between the thresholds."""
    edges = sorted(thresholds)
    between = [(low + high) / 2 for low, high in pairwise(edges)]
    return [edges[0] - _BESIDE, *between, edges[-1] + _BESIDE]


def _draw_row(row: Mapping[str, Any], x: Any, y: float, words: CourseWords) -> list[str]:
    drawn = []
    if row["target"]:
        box = {"x": 4.0, "y": y - _ROW / 2 + 1, "width": _WIDTH - 8.0, "height": _ROW - 2}
        drawn.append(
            tag("rect", **box, fill=_TARGET, fill_opacity=0.75, stroke="#8a5a00", stroke_width=1.2)
        )
        drawn.append(tag("polygon", points=path_of(_arrow(y)), fill=INK))
        drawn.append(
            text(words.say("keyform.next"), (_WIDTH - 76, y + 4.5), font_size=_LETTERS, fill=INK)
        )
    title = words.plain(row["title"])
    name = f"{row['item']} {title}"
    weight = "700" if row["target"] else None
    drawn.append(
        text(_short(name, words), (10, y + 4.5), font_size=_LETTERS, fill=INK, font_weight=weight)
    )
    ends = _places(row["thresholds"])
    drawn.append(tag("line", x1=x(ends[0]), y1=y, x2=x(ends[-1]), y2=y, stroke=LINE))
    drawn += [
        tag("line", x1=x(edge), y1=y - 5, x2=x(edge), y2=y + 5, stroke=_SOFT)
        for edge in row["thresholds"]
    ]
    return drawn + _points(row, ends, x, y)


def _points(row: Mapping[str, Any], ends: Sequence[float], x: Any, y: float) -> list[str]:
    # an item that skips a number of points, such as a reflex, has fewer places than points
    levels = [0, 2] if len(ends) == 2 else list(range(len(ends)))
    drawn = []
    for points, place in zip(levels, ends, strict=True):
        given = row["given"] == points
        if given:
            drawn.append(tag("circle", cx=x(place), cy=y, r=8.5, fill=INK))
        colour = "#fff" if given else _SOFT
        drawn.append(
            text(
                str(points),
                (x(place), y + 4.2),
                font_size=12,
                fill=colour,
                text_anchor="middle",
                font_weight="700" if given else None,
            )
        )
    return drawn


def _arrow(y: float) -> list[tuple[float, float]]:
    left = _WIDTH - 90
    return [(left, y), (left + 9, y - 5), (left + 9, y + 5)]


def _short(name: str, words: CourseWords) -> str:
    most = 54 if words.language == "en" else 28
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}\u2026"
