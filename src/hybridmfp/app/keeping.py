"""A course on disk: what a visit adds to it, told on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from hybridmfp.app.assessing import read_assessment
from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.course_file import (
    read_course,
    visit_from_assessment,
    with_findings,
    with_visit,
    write_course,
)
from hybridmfp.clinical.plan.rules import Question
from hybridmfp.errors import ClinicalError, SettingsError
from hybridmfp.signals import Side

__all__ = ["Addition", "add_to_course", "course_in_words", "day_of", "findings_of", "with_answers"]

_YES = {"yes": True, "true": True, "no": False, "false": False}
_NONE = "none"
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Addition:
    """Hold what one call of ``hybridmfp visit`` adds.

    Attributes
    ----------
    rating, assessment : Path or None
        Files.
    day : float or None
        Days since the stroke; a rating brings its own.
    found, answered : tuple of str
        ``NAME=VALUE``.
    subject : str or None
        Whose a new course is, where no file tells.
    side : {"left", "right"} or None
        The affected arm.
    age_years : float or None
    rules : Path or None
        Of a clinic, for its own questions.
    """

    rating: Path | None = None
    assessment: Path | None = None
    day: float | None = None
    found: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    subject: str | None = None
    side: Side | None = None
    age_years: float | None = None
    rules: Path | None = None


def day_of(days: float | None, *, on: str | None, stroke_date: str | None) -> float | None:
    """Give the days since the stroke, from themselves or from two dates.

    Parameters
    ----------
    days : float or None
    on, stroke_date : str or None
        Dates such as ``2026-01-15``; both or neither.

    Raises
    ------
    ClinicalError
        ``contradictory_inputs`` if days and dates disagree; ``dates_out_of_order`` for a visit
        before the stroke.
    SettingsError
        If one date is missing, or is none.

    Examples
    --------
    >>> day_of(None, on="2026-01-15", stroke_date="2026-01-03")
    12.0
    """
    if (on is None) != (stroke_date is None):
        raise SettingsError("--date and --stroke-date must be given together; got one of them.")
    if on is None or stroke_date is None:
        return days
    counted = float((_date(on, "--date") - _date(stroke_date, "--stroke-date")).days)
    if counted < 0:
        raise ClinicalError(
            f"--date must not be before --stroke-date; got {on} and {stroke_date}. Correct one.",
            refusal="dates_out_of_order",
        )
    if days is not None and days != counted:
        raise ClinicalError(
            f"--days must agree with the dates, {counted:g}; got {days:g}. Give one of them.",
            refusal="contradictory_inputs",
        )
    return counted


def findings_of(day: float, found: Sequence[str], *, side: Side | None) -> BedsideFindings:
    """Read bedside findings such as ``wrist_extension_deg=25`` or ``contraindications=none``.

    Raises
    ------
    SettingsError
        If a name is unknown, stands twice, or its value cannot be read.
    ClinicalError
        If a value cannot be.

    Examples
    --------
    >>> findings_of(12, ["mep_present=yes", "nihss=7"], side="left").examined
    ('mep_present', 'nihss')
    """
    told: dict[str, Any] = {}
    for name, word in _pairs(found, "--found").items():
        if name not in _READERS:
            raise SettingsError(
                f"--found must name one of {', '.join(_READERS)}; got {name!r}. "
                "docs/course.md explains them."
            )
        told[name] = _READERS[name](word, name)
    return BedsideFindings(day, side, **told)


def with_answers(
    answers: Mapping[str, bool], answered: Sequence[str], *, rules: Path | None = None
) -> dict[str, bool]:
    """Add answers such as ``ischaemic_stroke=yes``; ``=unknown`` takes one back.

    Parameters
    ----------
    answers : mapping of str to bool
        Those the course holds.
    answered : sequence of str
        ``NAME=yes``, ``NAME=no`` or ``NAME=unknown``.
    rules : Path or None
        Of a clinic, whose questions they are; None for those that ship.

    Raises
    ------
    SettingsError
        If a question is unknown or stands twice, or an answer is none of the three.
    ClinicalError
        ``contradictory_inputs`` for another answer than the course holds.

    Examples
    --------
    >>> with_answers({"focal_spasticity": True}, ["focal_spasticity=unknown"])
    {}
    """
    told = _pairs(answered, "--answer")
    kept = dict(answers)
    questions = {one.identifier: one.text for one in _questions(rules)} if told else {}
    for name, word in told.items():
        if name not in questions:
            asked = "; ".join(f"{one} ({text})" for one, text in questions.items())
            raise SettingsError(
                f"--answer must be to a question of the plan: {asked}. Got {name!r}. A clinic's "
                "own questions come with --rules."
            )
        if word.lower() == _UNKNOWN:
            kept.pop(name, None)
            continue
        if kept.setdefault(name, _flag(word, name)) != _flag(word, name):
            raise ClinicalError(
                f"{name} must be answered once; the course says {_say(kept[name])}, got {word}. "
                f"Take the answer back first: --answer {name}=unknown.",
                refusal="contradictory_inputs",
            )
    return kept


def add_to_course(path: Path, addition: Addition) -> PatientCourse:
    """Add to the course in a file, or begin one; the file changes whole or not at all.

    Parameters
    ----------
    path : Path
    addition : Addition

    Returns
    -------
    PatientCourse
        As it is now in the file.

    Raises
    ------
    SettingsError
        If nothing is added, or the day is missing.
    ClinicalError
        If what is added breaks a rule of the course; the file stays as it was.
    """
    if not (addition.rating or addition.assessment or addition.found or addition.answered):
        raise SettingsError(
            "a visit must add something; give --rating, --assessment, --found or --answer."
        )
    before = read_course(path) if path.exists() else None
    course = _added(before, addition)
    write_course(path, course, overwrite=before is not None)
    return course


def course_in_words(course: PatientCourse) -> dict[str, str]:
    """Put a course in words: each day, what was scored, found and answered."""
    told: dict[str, list[str]] = {}
    for one in course.visits:
        row = told.setdefault(f"day {one.days_post_stroke:g}", [])
        row.append(f"{one.session}, {one.source}: {_score_in_words(one)}")
    for found in course.bedside:
        told.setdefault(f"bedside {found.days_post_stroke:g}", []).extend(found.examined)
    rows = {
        name: (", " if name.startswith("bedside") else "; ").join(words)
        for name, words in told.items()
    }
    answers = (f"{name}: {'yes' if yes else 'no'}" for name, yes in course.answers.items())
    return rows | ({"answers": ", ".join(answers)} if course.answers else {})


def _score_in_words(visit: Visit) -> str:
    if visit.score is None:
        return "refused"
    if visit.interval is None or visit.level is None:
        return f"{visit.score:g} points"
    low, high = visit.interval
    return f"{visit.score:.1f} points, {visit.level:.0%} interval {low:.1f} to {high:.1f}"


def _added(before: PatientCourse | None, addition: Addition) -> PatientCourse:
    course = before
    if addition.rating is not None:
        from hybridmfp.clinical.rating import read_rating, visit_from_rating  # noqa: PLC0415

        rating = read_rating(addition.rating)
        _check_day(addition.day, rating.days_post_stroke, addition.rating)
        course = with_visit(_of(course, rating.subject, addition), visit_from_rating(rating))
    if addition.assessment is not None:
        described = read_assessment(addition.assessment)
        visit = visit_from_assessment(described, days_post_stroke=_day(addition))
        course = with_visit(_of(course, described["subject"], addition), visit)
    if course is None:
        if addition.subject is None:
            raise SettingsError("a new course must have a --subject, a pseudonym; got none.")
        course = _of(course, addition.subject, addition)
    course = _of(course, addition.subject or course.subject, addition)
    if addition.found:
        findings = findings_of(_day(addition), addition.found, side=course.affected_side)
        course = with_findings(course, findings)
    answers = with_answers(course.answers, addition.answered, rules=addition.rules)
    return replace(course, answers=answers)


def _of(course: PatientCourse | None, subject: str, addition: Addition) -> PatientCourse:
    """Give the course of that subject, begun or completed by what is told of the person."""
    known = course or PatientCourse(subject, ())
    if known.subject != subject:
        raise ClinicalError(
            f"what is added must be of {known.subject}, whose course this is; got {subject}. "
            "Keep a file for each patient.",
            refusal="contradictory_inputs",
        )
    told = {"affected_side": addition.side, "age_years": addition.age_years}
    for name, value in told.items():
        earlier = getattr(known, name)
        if value is not None and earlier is not None and value != earlier:
            sides = name == "affected_side"
            raise ClinicalError(
                f"{name} of {subject} must be told once; the course says {earlier}, got {value}. "
                "Correct one of them.",
                refusal="contradictory_sides" if sides else "contradictory_inputs",
            )
    new = {name: value for name, value in told.items() if value is not None}
    return replace(known, **cast("Mapping[str, Any]", new))


def _questions(rules: Path | None) -> tuple[Question, ...]:
    from hybridmfp.clinical.plan import read_rules  # noqa: PLC0415 - only answers need the rules

    return read_rules(rules).questions


def _say(answer: bool) -> str:
    return "yes" if answer else "no"


def _day(addition: Addition) -> float:
    if addition.day is None:
        raise ClinicalError(
            "the day of the visit must be known; got none. Give --days since the stroke, or "
            "--date with --stroke-date.",
            refusal="missing_input",
        )
    return addition.day


def _check_day(given: float | None, told: float, path: Path) -> None:
    if given is not None and given != told:
        raise ClinicalError(
            f"the day must agree with {path.name}, which says {told:g} days since the stroke; "
            f"got {given:g}. Correct one of them.",
            refusal="contradictory_inputs",
        )


def _pairs(words: Sequence[str], option: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark or not name or not value:
            raise SettingsError(f"{option} must be NAME=VALUE; got {word!r}.")
        if name in told:
            raise SettingsError(f"{option} must tell {name} once; got it more than once.")
        told[name] = value
    return told


def _date(word: str, option: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise SettingsError(f"{option} must be a date such as 2026-01-15; got {word!r}.") from error


def _number(word: str, name: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise SettingsError(f"{name} must be a number; got {word!r}.") from error


def _flag(word: str, name: str) -> bool:
    if word.lower() not in _YES:
        raise SettingsError(f"{name} must be yes or no; got {word!r}.")
    return _YES[word.lower()]


def _words(word: str, _: str) -> frozenset[str]:
    return frozenset() if word.lower() == _NONE else frozenset(word.split(","))


def _as_is(word: str, _: str) -> str:
    return word


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "wrist_extension_deg": _number,
    "finger_extension_deg": _number,
    "shoulder_flexion_deg": _number,
    "elbow_extension_deg": _number,
    "spasticity_mas": _as_is,
    "follows_instructions": _flag,
    "shoulder_pain": _number,
    "contraindications": _words,
    "mrc_shoulder_abduction": _number,
    "mrc_finger_extension": _number,
    "mep_present": _flag,
    "nihss": _number,
}
