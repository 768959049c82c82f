"""The page about a course that a patient takes home: what changed, and small next steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.app.report.assessment_wording import in_whole_points
from hybridmfp.app.report.course_patient_words_en import ENGLISH_COURSE
from hybridmfp.app.report.course_sections import given, visits_of
from hybridmfp.app.report.course_text import points_text
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.page import fill_template

__all__ = ["render_course_patient_page"]

_MOST = 66.0
_ENTRIES = 3  # of each list; more do not fit the sheet or anybody's memory


def render_course_patient_page(
    review: Mapping[str, Any], *, words: CourseWords = ENGLISH_COURSE, n_entries: int = _ENTRIES
) -> str:
    """Write the patient's page of a course.

    Parameters
    ----------
    review : mapping
        ``hybridmfp-review/1``, as `CourseReview.as_json` gives it.
    words : CourseWords, default ENGLISH_COURSE
        The language; CHINESE_COURSE is the other one.
    n_entries : int, default 3
        How many next steps, and how much of a signed plan, are named at most; with 0 there are no
        such lists.

    Returns
    -------
    str
        HTML without scripts or references, for one sheet of paper; the same for the same input.
        An estimate is a range, a plan is told only if it is signed, and nothing is foretold.
    """
    return fill_template(
        "course_patient.html",
        w=words.say,
        language=words.language,
        warning=words.say("synthetic") if review["synthetic"] else "",
        whose=words.say("whose", subject=review["subject"]),
        looked=_looked(review, words),
        bars=_bars(review, words),
        changes=_changes(review, words),
        goals=_goals(review, words)[:n_entries],
        plan=_signed_plan(review, words)[:n_entries],
    )


def _scored(review: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the visits of the source that the review is about, in the order of time."""
    return [
        one
        for one in visits_of(review)
        if one["source"] == review["source"] and one["score"] is not None
    ]


def _looked(review: Mapping[str, Any], words: CourseWords) -> str:
    arm = words.say(f"arm.{review['affected_side'] or 'unknown'}")
    n_visits = len(_scored(review))
    if not n_visits:
        return words.say("points.none")
    told = words.say("looked" if n_visits > 1 else "looked_once", arm=arm, n=n_visits)
    return words.say("between").join([told, words.say(f"looked.{review['source']}")])


def _bars(review: Mapping[str, Any], words: CourseWords) -> list[dict[str, Any]]:
    """Lay out the first and the last points, as a range where they are estimated."""
    scored = _scored(review)
    shown = {"points.now": scored[-1]} if scored else {}
    if len(scored) > 1:
        shown = {"points.first": scored[0], **shown}
    return [_bar(words.say(name), one, words) for name, one in shown.items()]


def _bar(name: str, visit: Mapping[str, Any], words: CourseWords) -> dict[str, Any]:
    if visit["interval"] is None:
        low, high = 0.0, float(visit["score"])
        told = words.say("points.one", points=points_text(high))
    else:
        low, high = (float(end) for end in in_whole_points(visit["interval"]))
        told = words.say("points.range", low=f"{low:.0f}", high=f"{high:.0f}")
    left, right = (round(100 * min(max(end, 0.0), _MOST) / _MOST, 1) for end in (low, high))
    return {
        "name": name,
        "points": told,
        "label": words.say("points.label", points=told),
        "left": left,
        "width": round(right - left, 1),
    }


def _changes(review: Mapping[str, Any], words: CourseWords) -> list[tuple[str, str]]:
    if not _scored(review):
        return []
    change = given(review, "change")
    spans = ["since_first", "since_previous"] if len(_scored(review)) > 2 else ["since_first"]
    return [
        (words.say(f"change.{span}"), words.say(_verdict(change[span] if change else None)))
        for span in spans
    ]


def _verdict(one: Mapping[str, Any] | None) -> str:
    if one is None or one.get("refused") is not None:
        return "change.unknown"
    if one["kind"] == "noise":
        return "change.noise"
    if one["direction"] == "worse":
        return "change.worse"
    return f"change.{one['kind']}.better"


def _goals(review: Mapping[str, Any], words: CourseWords) -> list[str]:
    """Name the next targets that have plain words, the likeliest step first."""
    keyform = given(review, "keyform")
    names = [] if keyform is None else keyform["targets"]
    return [words.say(f"item.{name}") for name in names if f"item.{name}" in words.texts]


def _signed_plan(review: Mapping[str, Any], words: CourseWords) -> list[str]:
    """Name what is in the plan if a therapist has signed it; a draft is nobody's plan."""
    plan = given(review, "plan")
    if plan is None or plan["status"] != "signed" or plan["signed"] is None:
        return []
    return [words.texts.get(f"module.{one['id']}", one["title"]) for one in plan["modules"]]
