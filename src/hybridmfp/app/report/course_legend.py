"""What the marks, bands and lines of a course's picture mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.app.report.course_chart import (
    FAN_COLOURS,
    LIMIT_COLOUR,
    STRATUM_COLOUR,
    TREND_COLOUR,
    visit_mark,
)
from hybridmfp.app.report.course_sections import given
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.drawing import BLUE
from hybridmfp.app.report.svg import svg, tag
from hybridmfp.app.report.verdict_mark import verdict_mark

__all__ = ["chart_legend", "small_mark"]


def chart_legend(review: Mapping[str, Any], words: CourseWords) -> list[tuple[str, str]]:
    """Give a small picture and its meaning for all that is in the chart, and nothing else."""
    visits, trend = review["visits"], given(review, "trend")
    scored = {
        "red" if one["quality"] == "red" else one["source"]
        for one in visits
        if one["score"] is not None
    }
    kinds = {one["kind"] for one in trend["alarms"]} if trend is not None else set()
    pictures: list[tuple[str, bool, str]] = [
        ("rated", "rated" in scored, small_mark("rated")),
        ("estimated", "estimated" in scored, small_mark("estimated")),
        ("red", "red" in scored, small_mark("red")),
        ("refused", any(one["score"] is None for one in visits), small_mark("refused")),
        ("trend", trend is not None, _patch(TREND_COLOUR)),
        ("limits", bool(trend and trend.get("limits")), _line(LIMIT_COLOUR, "2 4")),
        ("alarm", bool(kinds - {"improvement"}), _alarm("amber")),
        ("improvement", "improvement" in kinds, _alarm("green")),
    ]
    ahead = given(review, "prognosis") is not None and review["latest"] is not None
    pictures += [
        ("middle", ahead, _line(BLUE, "7 4")),
        ("half", ahead, _patch(FAN_COLOURS[1])),
        ("most", ahead, _patch(FAN_COLOURS[0])),
        ("strata", given(review, "stratum") is not None, _line(STRATUM_COLOUR, None)),
    ]
    return [(mark, words.say(f"legend.{name}")) for name, shown, mark in pictures if shown]


def small_mark(source: str) -> str:
    """Draw the mark of a visit for a legend or a table."""
    return svg(visit_mark(source, (10, 10)), size=(20, 20))


def _alarm(verdict: str) -> str:
    return svg(verdict_mark(verdict, (10, 10)), size=(20, 20))


def _patch(colour: str) -> str:
    edge: dict[str, Any] = {"stroke": "#8a949e", "stroke_width": 0.8}
    return svg(tag("rect", x=1, y=4, width=18, height=12, fill=colour, **edge), size=(20, 20))


def _line(colour: str, dashes: str | None) -> str:
    line: dict[str, Any] = {"stroke": colour, "stroke_dasharray": dashes, "stroke_width": 2}
    return svg(tag("line", x1=0, y1=10, x2=20, y2=10, **line), size=(20, 20))
