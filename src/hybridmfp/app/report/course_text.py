"""Scores, changes and sources of a course, as they are written on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from hybridmfp.app.report.assessment_tables import signed
from hybridmfp.app.report.assessment_wording import in_whole_points
from hybridmfp.app.report.course_words import CourseWords

__all__ = [
    "alarm_mark",
    "change_mark",
    "limit_text",
    "percent_text",
    "points_text",
    "score_text",
    "signed_points",
    "source_text",
]

_MARKS = {
    ("important", "better"): "\u25b2",
    ("important", "worse"): "\u25bc",
    ("real", "better"): "\u25b3",
    ("real", "worse"): "\u25bd",
}


def points_text(points: float) -> str:
    """Write points without a needless decimal.

    Examples
    --------
    >>> points_text(39.0), points_text(6.82)
    ('39', '6.8')
    """
    return f"{points:.1f}".removesuffix(".0")


def limit_text(points: float) -> str:
    """Write a limit as its source does: 5.25 points are not 5.2.

    Examples
    --------
    >>> limit_text(5.25), limit_text(6.82), limit_text(12.4), limit_text(13.0)
    ('5.25', '6.82', '12.4', '13')
    """
    return f"{points:.2f}".rstrip("0").removesuffix(".")


def signed_points(points: float) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> signed_points(4.0), signed_points(-2.25), signed_points(0.0)
    ('+4', '\u22122.2', '0')
    """
    return signed(points, 1).removesuffix(".0")


def score_text(visit: Mapping[str, Any], words: CourseWords) -> str:
    """Write a score: a rating as it is, an estimate as a range rounded outwards beside it."""
    if visit["score"] is None:
        return words.say("score.none")
    if visit["interval"] is None:
        return words.say("score.rated", score=points_text(visit["score"]))
    low, high = in_whole_points(visit["interval"])
    return words.say(
        "score.estimated",
        score=f"{visit['score']:.0f}",
        level=f"{100 * visit['level']:.0f}",
        low=low,
        high=high,
    )


def alarm_mark(kind: str) -> str:
    """Give the sign of an alarm: an improvement is told, and nobody needs to be warned of it."""
    return "\u2713" if kind == "improvement" else "\u26a0"


def percent_text(probability: float) -> str:
    r"""Write a probability; none becomes 0 or 100 through rounding alone.

    Examples
    --------
    >>> percent_text(0.004), percent_text(0.27), percent_text(1.0)
    ('<\xa01\xa0%', '27\xa0%', '100\xa0%')
    """
    if 0 < probability < 0.01:
        return "<\u00a01\u00a0%"
    if 0.99 < probability < 1:
        return ">\u00a099\u00a0%"
    return f"{100 * probability:.0f}\u00a0%"


def change_mark(kind: str, direction: str) -> str:
    """Give the sign of a change: full arrows matter, hollow ones are real, = may be noise."""
    return _MARKS.get((kind, direction), "=")


def source_text(source: Mapping[str, Any] | None, words: CourseWords) -> Markup:
    """Write a source as it is cited, with its mark unless it was verified."""
    if source is None:
        return Markup("")
    doi = f", doi:{source['doi']}" if source.get("doi") else ""
    cited = Markup('<span lang="en">{}</span>').format(source["citation"] + doi)
    if words.language == "en":
        cited = Markup("{}").format(source["citation"] + doi)
    status = source["source_status"]
    if status == "verified":
        return cited
    mark = words.of_kind("status", status)
    return cited + Markup(' <span class="mark">[{}]</span>').format(mark)
