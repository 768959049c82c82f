"""The scores of a course over the weeks, with what is fitted to them and what is foretold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.app.report.course_sections import given, visits_of
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.drawing import BLUE, Plot
from hybridmfp.app.report.svg import INK, LINE, Point, path_of, svg, tag, text
from hybridmfp.app.report.verdict_mark import verdict_mark

__all__ = [
    "FAN_COLOURS",
    "LIMIT_COLOUR",
    "STRATUM_COLOUR",
    "TREND_COLOUR",
    "course_chart",
    "visit_mark",
]

FAN_COLOURS = ("#cfe6f4", "#93c7e6")
"""Of the 90 % and the 50 % band."""

TREND_COLOUR, LIMIT_COLOUR, STRATUM_COLOUR = "#dfe3e7", "#7a4b00", "#87919b"

_WIDTH, _HEIGHT = 920.0, 420.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 150.0, 34.0, 48.0
_SOFT = "#4b545d"
_MOST = 66.0
_STEPS = (1, 2, 4, 8, 13, 26, 52, 104, 208, 520)
_MOST_TICKS = 12
_LETTERS = 13.0
_EARLY_WEEKS = 26.0  # a course that begins before is drawn from the stroke on


class _Frame:
    """Places of weeks and points on the canvas."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, max(last, first + 1.0)

    def x(self, week: float) -> float:
        share = (week - self.first) / (self.last - self.first)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, points: float) -> float:
        share = min(max(points, 0.0), _MOST) / _MOST
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def at(self, week: float, points: float) -> Point:
        return self.x(week), self.y(points)


def course_chart(review: Mapping[str, Any], words: CourseWords) -> Plot:
    """Draw the scores over the weeks; what was refused is not drawn.

    Parameters
    ----------
    review : mapping
        ``hybridmfp-review/1``.
    words : CourseWords
        The language.
    """
    visits, fan = visits_of(review), _fan(review)
    frame = _frame([one["weeks"] for one in visits], [one["week"] for one in fan])
    drawn = [
        *_strata(frame, review, words),
        *_axes(frame, words),
        *_draw_fan(frame, fan),
        *_trend(frame, given(review, "trend")),
        *_visits(frame, visits),
        *_alarms(frame, given(review, "trend")),
    ]
    return Plot(
        title=words.say("chart.title"),
        alt=_alt(visits, fan, words),
        svg=svg(*drawn, size=(_WIDTH, _HEIGHT)),
    )


def visit_mark(source: str, at: Point, *, half: float = 6.0) -> str:
    """Draw one visit: a disc if rated, a diamond if estimated, a cross if refused, both if red."""
    x, y = at
    if source == "red":
        return visit_mark("estimated", at, half=half) + visit_mark("refused", at, half=half)
    if source == "rated":
        return tag("circle", cx=x, cy=y, r=half, fill=INK, stroke="#fff", stroke_width=1.2)
    if source == "estimated":
        reach = 1.25 * half
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
        return tag("polygon", points=path_of(corners), fill="#fff", stroke=BLUE, stroke_width=2.2)
    reach = 0.8 * half
    lines = [[(x - reach, y - reach), (x + reach, y + reach)]]
    lines += [[(x - reach, y + reach), (x + reach, y - reach)]]
    return "".join(
        tag("polyline", points=path_of(line), stroke=INK, stroke_width=2.2, fill="none")
        for line in lines
    )


def _frame(weeks: Sequence[float], ahead: Sequence[float]) -> _Frame:
    first, last = min(weeks, default=0.0), max([*weeks, *ahead], default=1.0)
    if first <= _EARLY_WEEKS:
        return _Frame(0.0, last)
    margin = max(1.0, 0.06 * (last - first))
    return _Frame(first - margin, last + margin / 2)


def _fan(review: Mapping[str, Any]) -> list[Mapping[str, float]]:
    """Give what is foretold from the last score on."""
    prognosis = given(review, "prognosis")
    if prognosis is None or review.get("latest") is None:
        return []
    return [one for one in prognosis["fan"] if one["week"] >= review["latest"]["weeks"]]


def _axes(frame: _Frame, words: CourseWords) -> list[str]:
    bottom, right = frame.y(0), frame.x(frame.last)
    letters: dict[str, Any] = {"font_size": _LETTERS, "fill": _SOFT}
    drawn = [
        tag("line", x1=_LEFT, y1=bottom, x2=right, y2=bottom, stroke=INK),
        tag("line", x1=_LEFT, y1=bottom, x2=_LEFT, y2=frame.y(_MOST), stroke=INK),
    ]
    for points in (0, 11, 22, 33, 44, 55, 66):
        y = frame.y(points)
        drawn.append(tag("line", x1=_LEFT - 5, y1=y, x2=_LEFT, y2=y, stroke=INK))
        drawn.append(text(str(points), (_LEFT - 9, y + 4.5), text_anchor="end", **letters))
    for week in _ticks(frame):
        x = frame.x(week)
        drawn.append(tag("line", x1=x, y1=bottom, x2=x, y2=bottom + 5, stroke=INK))
        drawn.append(text(f"{week:g}", (x, bottom + 19), text_anchor="middle", **letters))
    middle = (_LEFT + right) / 2
    drawn.append(
        text(words.say("chart.weeks"), (middle, _HEIGHT - 8), text_anchor="middle", **letters)
    )
    drawn.append(text(words.say("chart.points"), (8, 16), **letters))
    return drawn


def _ticks(frame: _Frame) -> list[int]:
    long = frame.last - frame.first
    step = next((one for one in _STEPS if long / one <= _MOST_TICKS), _STEPS[-1])
    start = -(-int(frame.first) // step) * step
    return [week for week in range(start, int(frame.last) + 1, step) if week >= frame.first]


def _strata(frame: _Frame, review: Mapping[str, Any], words: CourseWords) -> list[str]:
    """Draw where one stratum gives way to the next, and their names on the right."""
    stratum, right = given(review, "stratum"), frame.x(frame.last)
    if stratum is None or stratum["strata"][-1]["high"] != _MOST:
        return []  # a scheme on fewer points has no place on this axis
    drawn = []
    for one in stratum["strata"]:
        likely = one["name"] == stratum["most_likely"]
        middle = frame.y((one["low"] + one["high"]) / 2)
        drawn.append(
            text(
                words.plain(one["label"]),
                (right + 10, middle + 4.5),
                font_size=_LETTERS,
                fill=INK if likely else _SOFT,
                font_weight="700" if likely else None,
            )
        )
        if one["high"] < _MOST:
            y = frame.y(one["high"] + 0.5)
            drawn.append(
                tag(
                    "line",
                    x1=_LEFT,
                    y1=y,
                    x2=_WIDTH - 4,
                    y2=y,
                    stroke=STRATUM_COLOUR,
                    stroke_width=1,
                )
            )
    return drawn


def _draw_fan(frame: _Frame, fan: Sequence[Mapping[str, float]]) -> list[str]:
    if not fan:
        return []
    drawn = []
    for (low, high), colour in zip((("q05", "q95"), ("q25", "q75")), FAN_COLOURS, strict=True):
        edge = [frame.at(one["week"], one[high]) for one in fan]
        edge += [frame.at(one["week"], one[low]) for one in reversed(fan)]
        drawn.append(
            tag("polygon", points=path_of(edge), fill=colour, stroke=BLUE, stroke_width=0.8)
        )
    middle = [frame.at(one["week"], one["q50"]) for one in fan]
    drawn.append(
        tag(
            "polyline",
            points=path_of(middle),
            fill="none",
            stroke=BLUE,
            stroke_width=2,
            stroke_dasharray="7 4",
        )
    )
    return drawn


def _trend(frame: _Frame, trend: Mapping[str, Any] | None) -> list[str]:
    if trend is None:
        return []
    fitted, drawn = trend["fitted"], []
    if fitted:
        edge = [frame.at(one["week"], one["high"]) for one in fitted]
        edge += [frame.at(one["week"], one["low"]) for one in reversed(fitted)]
        drawn.append(
            tag("polygon", points=path_of(edge), fill=TREND_COLOUR, stroke=_SOFT, stroke_width=0.8)
        )
        middle = path_of([frame.at(one["week"], one["mean"]) for one in fitted])
        drawn.append(tag("polyline", points=middle, fill="none", stroke=_SOFT, stroke_width=1.6))
    limits = trend.get("limits")
    if limits and fitted:
        left, right = frame.x(fitted[0]["week"]), frame.x(fitted[-1]["week"])
        for end in ("low", "high"):
            y = frame.y(limits[end])
            line: dict[str, Any] = {
                "stroke": LIMIT_COLOUR,
                "stroke_dasharray": "2 4",
                "stroke_width": 2,
            }
            drawn.append(tag("line", x1=left, y1=y, x2=right, y2=y, **line))
    return drawn


def _visits(frame: _Frame, visits: Sequence[Mapping[str, Any]]) -> list[str]:
    drawn = []
    for one in visits:
        if one["score"] is None:
            drawn.append(visit_mark("refused", (frame.x(one["weeks"]), frame.y(0) - 10)))
            continue
        x, y = frame.at(one["weeks"], one["score"])
        red = one["quality"] == "red"
        if one["interval"] is not None and not red:
            low, high = (frame.y(end) for end in one["interval"])
            drawn.append(tag("line", x1=x, y1=low, x2=x, y2=high, stroke=BLUE, stroke_width=2))
            drawn += [
                tag("line", x1=x - 4, y1=end, x2=x + 4, y2=end, stroke=BLUE, stroke_width=2)
                for end in (low, high)
            ]
        drawn.append(visit_mark("red" if red else one["source"], (x, y)))
    return drawn


def _alarms(frame: _Frame, trend: Mapping[str, Any] | None) -> list[str]:
    drawn = []
    for number, alarm in enumerate([] if trend is None else trend["alarms"], start=1):
        x = frame.x(alarm["week"])
        drawn.append(
            tag("line", x1=x, y1=_TOP - 6, x2=x, y2=frame.y(0), stroke=LINE, stroke_width=1.5)
        )
        verdict = "green" if alarm["kind"] == "improvement" else "amber"
        drawn.append(verdict_mark(verdict, (x, _TOP - 14)))
        drawn.append(text(str(number), (x + 12, _TOP - 9), font_size=_LETTERS, fill=INK))
    return drawn


def _alt(
    visits: Sequence[Mapping[str, Any]],
    fan: Sequence[Mapping[str, float]],
    words: CourseWords,
) -> str:
    scores = [one["score"] for one in visits if one["score"] is not None]
    if not scores:
        return words.say("chart.alt_empty", n=len(visits))
    told = words.say(
        "chart.alt",
        n=len(visits),
        first=f"{visits[0]['weeks']:.0f}",
        last=f"{visits[-1]['weeks']:.0f}",
        low=f"{min(scores):.0f}",
        high=f"{max(scores):.0f}",
    )
    if not fan:
        return told
    end = fan[-1]
    ahead = words.say(
        "chart.alt_fan",
        week=f"{end['week']:g}",
        low=f"{end['q05']:.0f}",
        high=f"{end['q95']:.0f}",
    )
    return f"{told} {ahead}"
