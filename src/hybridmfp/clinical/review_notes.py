"""What the reader of a review must know: what is beside it, newer than it, or contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.clinical.course import PatientCourse, ScoreSource, Visit
from hybridmfp.clinical.plan import Plan

__all__ = ["SAME_TIME_DAYS", "review_notes"]

SAME_TIME_DAYS = 14.0
"""Visits at most so far apart speak for each other; an assumption."""


def review_notes(
    course: PatientCourse,
    source: ScoreSource,
    latest: Visit | None,
    *,
    plan: Plan | None,
    prognosis: Mapping[str, Any] | None,
) -> tuple[str, ...]:
    """Say what the reader of a review must know beside its sections.

    Parameters
    ----------
    course : PatientCourse
    source : {"rated", "estimated"}
        Which scores the review is about.
    latest : Visit or None
        The last of them.
    plan : Plan or None
        One that was made before.
    prognosis : mapping or None
        The section.
    """
    return (
        *_notes(course, source, latest),
        *_note_on_plan(plan, latest),
        *_note_on_fan(prognosis, latest),
        *_note_on_disagreement(course),
    )


def _notes(course: PatientCourse, source: ScoreSource, latest: Visit | None) -> tuple[str, ...]:
    notes = []
    if course.synthetic:
        notes.append("Parts of this course are simulated; it says nothing about a patient.")
    other = course.scored("estimated" if source == "rated" else "rated")
    if other:
        kind = "estimate" if source == "rated" else "rating"
        shown = f"1 {kind} is" if len(other) == 1 else f"{len(other)} {kind}s are"
        notes.append(f"{shown} shown beside; nothing here is made of both.")
    notes += _later(course, latest)
    models = {one.model for one in course.scored("estimated")}
    if len(models) > 1:
        notes.append(
            f"Estimates come from {len(models)} models; scores of different models do not compare."
        )
    return tuple(notes)


def _later(course: PatientCourse, latest: Visit | None) -> list[str]:
    """Name what is newer than the visit that the sections are about."""
    if latest is None:
        return []
    told = []
    for one in course.visits:
        if one.days_post_stroke > latest.days_post_stroke:
            kind = "refused estimate" if one.score is None else f"{one.source} score"
            told.append(f"{one.session} (day {one.days_post_stroke:g}, {kind})")
    if not told:
        return []
    note = (
        f"What is said here is of {latest.session}, day {latest.days_post_stroke:g}; "
        f"later, and not part of it: {', '.join(told[-3:])}."
    )
    return [note]


def _note_on_plan(plan: Plan | None, latest: Visit | None) -> tuple[str, ...]:
    if plan is None or latest is None:
        return ()
    made_for = (plan.session, plan.days_post_stroke, plan.score)
    if made_for == (latest.session, latest.days_post_stroke, latest.score):
        return ()
    note = (
        f"The plan was made for {plan.session}, day {plan.days_post_stroke:g}, "
        f"{plan.score:g} points; the other sections are about {latest.session}, day "
        f"{latest.days_post_stroke:g}, {latest.score:g} points."
    )
    return (note,)


def _note_on_disagreement(course: PatientCourse) -> tuple[str, ...]:
    """Name the latest rating that the interval of the nearest estimate does not hold."""
    rated = course.scored("rated")
    estimated = [one for one in course.scored("estimated") if one.quality != "red"]
    for rating in reversed(rated):
        near = [
            one
            for one in estimated
            if abs(one.days_post_stroke - rating.days_post_stroke) <= SAME_TIME_DAYS
        ]
        if not near or rating.score is None:
            continue
        one = min(near, key=lambda each: abs(each.days_post_stroke - rating.days_post_stroke))
        if one.interval is None or one.interval[0] <= rating.score <= one.interval[1]:
            return ()
        note = (
            f"The rating of {rating.session}, day {rating.days_post_stroke:g}, {rating.score:g} "
            f"points, lies outside the interval of the estimate of day {one.days_post_stroke:g}, "
            f"{one.interval[0]:.0f} to {one.interval[1]:.0f}: one of the two is wrong, or the arm "
            "changed between them. Check both before relying on the estimates."
        )
        return (note,)
    return ()


def _note_on_fan(prognosis: Mapping[str, Any] | None, latest: Visit | None) -> tuple[str, ...]:
    """Name a latest score that lies outside what the mixture says of its own week."""
    if prognosis is None or latest is None or latest.score is None:
        return ()
    for one in prognosis["fan"]:
        if one["week"] != round(latest.weeks) or one["q05"] <= latest.score <= one["q95"]:
            continue
        note = (
            f"The latest score, {latest.score:g}, lies outside the {one['q05']:.0f} to "
            f"{one['q95']:.0f} points that the prognosis holds for its week: the mixture knows "
            "groups of recovery and draws this person towards them. Trust the trend more."
        )
        return (note,)
    return ()
