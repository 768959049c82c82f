"""What a plan rests on: one visit, its strata, findings that are fresh enough, and deficits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan.conditions import FINDINGS, Facts
from hybridmfp.clinical.plan.possible_strata import Described, possible_strata
from hybridmfp.clinical.plan.rules import Rules
from hybridmfp.clinical.plan.therapy_plan import FoundDeficit
from hybridmfp.errors import ClinicalError

__all__ = ["Basis", "Given", "gather_basis"]

_QUALITIES = ("green", "amber", "red")


@dataclass(frozen=True)
class Given:
    """Hold what was given beside the course; see `make_plan`."""

    stratification: Described | Mapping[str, Any] | None
    drivers: tuple[str | Mapping[str, Any], ...] = ()
    quality: str | None = None
    answers: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis:
    """Hold what a plan rests on.

    Attributes
    ----------
    visit : Visit
        The latest one; a rating goes before an estimate of the same day.
    score : float
    facts : Facts
    deficits : tuple of FoundDeficit
    unmatched_drivers : tuple of str
        Drivers that tell of no deficit of the rules.
    """

    visit: Visit
    score: float
    facts: Facts
    deficits: tuple[FoundDeficit, ...]
    unmatched_drivers: tuple[str, ...]


def gather_basis(course: PatientCourse, given: Given, rules: Rules) -> Basis:
    """Gather what a plan rests on, or refuse.

    Raises
    ------
    ClinicalError
        As `make_plan`.
    """
    visit = _latest_visit(course)
    _refuse_poor(course, visit, given)
    examined = _examined(course)
    _refuse_missing(course, visit, given, [x for x in rules.inputs.findings if x not in examined])
    if visit is None or visit.score is None or given.stratification is None:
        raise ClinicalError(
            f"the latest visit of {course.subject} must have a score; its estimate was refused. "
            "Rate the arm, or record again.",
            refusal="too_uncertain",
        )
    fresh = _fresh(examined, visit, rules)
    _check_answers(given.answers, rules)
    lowering = _lowering(given.drivers)
    deficits = _deficits(lowering, rules)
    told = {driver for one in deficits for driver in one.drivers}
    facts = Facts(
        days=visit.days_post_stroke,
        score=visit.score,
        interval=visit.interval if visit.source == "estimated" else None,
        strata=possible_strata(given.stratification, rules, visit=visit),
        findings=fresh,
        contraindications=fresh.get("contraindications"),
        answers=given.answers,
        deficits=frozenset(one.identifier for one in deficits) if given.drivers else None,
        questions={one.identifier: one.text for one in rules.questions},
        deficit_titles={one.identifier: one.title for one in rules.deficits},
    )
    unmatched = tuple(one for one in lowering if one not in told)
    return Basis(visit, visit.score, facts, deficits, unmatched)


def _latest_visit(course: PatientCourse) -> Visit | None:
    """Give the latest visit; of those of one day a scored one, and a rating, goes first."""
    if not course.visits:
        return None
    day = course.visits[-1].days_post_stroke
    latest = [one for one in course.visits if one.days_post_stroke == day]
    return max(latest, key=lambda one: (one.score is not None, one.source == "rated"))


def _refuse_poor(course: PatientCourse, visit: Visit | None, given: Given) -> None:
    quality = given.quality
    if quality is not None and quality not in _QUALITIES:
        raise ClinicalError(
            f"quality must be green, amber or red; got {quality!r}.", refusal="impossible_value"
        )
    estimated = visit is not None and visit.source == "estimated"
    if quality == "red" or (estimated and visit is not None and visit.quality == "red"):
        raise ClinicalError(
            f"the recording that a plan for {course.subject} rests on must not be of red quality; "
            "it is. Record again, or rate the arm by hand.",
            refusal="poor_quality",
        )


def _refuse_missing(
    course: PatientCourse, visit: Visit | None, given: Given, findings: Sequence[str]
) -> None:
    missing = [] if visit is not None else ["FMA-UE score and days since the stroke"]
    if given.stratification is None:
        missing.append("stratum")
    unjudged = visit is not None and visit.source == "estimated" and visit.quality is None
    if unjudged and given.quality is None:
        missing.append("quality of the recording")
    missing += [FINDINGS[one][0] if one in FINDINGS else one for one in findings]
    if missing:
        raise ClinicalError(
            f"a plan for {course.subject} must rest on a full examination; missing: "
            f"{', '.join(missing)}. Examine these first; nothing is assumed.",
            refusal="missing_input",
        )


def _examined(course: PatientCourse) -> dict[str, tuple[Any, float]]:
    """Give the latest of each finding with the day it was examined on."""
    found: dict[str, tuple[Any, float]] = {}
    for one in course.bedside:
        for name in one.examined:
            found[name] = (getattr(one, name), one.days_post_stroke)
    return found


def _fresh(examined: Mapping[str, tuple[Any, float]], visit: Visit, rules: Rules) -> dict[str, Any]:
    """Keep findings near the visit; refuse if a required one is not."""
    most = rules.inputs.max_age_days
    far = {
        name: abs(day - visit.days_post_stroke)
        for name, (_, day) in examined.items()
        if abs(day - visit.days_post_stroke) > most
    }
    old = [f"{name} ({far[name]:g} days)" for name in rules.inputs.findings if name in far]
    if old:
        raise ClinicalError(
            f"findings must be of within {most:g} days of the latest visit, {visit.session}; "
            f"got {', '.join(old)}. Examine, or rate, again. "
            f"The limit is our {rules.inputs.source.status}.",
            refusal="outside_window",
        )
    return {name: value for name, (value, _) in examined.items() if name not in far}


def _check_answers(answers: Mapping[str, bool], rules: Rules) -> None:
    known = [one.identifier for one in rules.questions]
    for name, answer in answers.items():
        if name not in known or not isinstance(answer, bool):
            raise ClinicalError(
                f"answers must be true or false to questions of the rules, {', '.join(known)}; "
                f"got {name}: {answer!r}.",
                refusal="impossible_value",
            )


def _lowering(drivers: Sequence[str | Mapping[str, Any]]) -> tuple[str, ...]:
    """Name the drivers that lower a score, each once; a plain name counts as one."""
    names = []
    for one in drivers:
        if isinstance(one, str):
            names.append(one)
        elif isinstance(one.get("name"), str) and one.get("direction") in ("raises", "lowers"):
            names += [one["name"]] if one["direction"] == "lowers" else []
        else:
            raise ClinicalError(
                "a driver must be a name, or have a name and a direction of raises or lowers; "
                f"got {one!r}. Take it from `hybridmfp assess --json`.",
                refusal="impossible_value",
            )
    return tuple(dict.fromkeys(names))


def _deficits(lowering: Sequence[str], rules: Rules) -> tuple[FoundDeficit, ...]:
    found = []
    for deficit in rules.deficits:
        telling = tuple(one for one in lowering if deficit.told_by(one))
        if telling:
            found.append(FoundDeficit(deficit.identifier, deficit.title, telling))
    return tuple(found)
