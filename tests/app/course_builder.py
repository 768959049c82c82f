"""Courses made by hand and reviewed by the library, as `review_course` gives them."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from assessment_builder import drivers_of

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan import make_plan, sign_plan
from hybridmfp.clinical.rating import Keyform, voluntary_items
from hybridmfp.clinical.rating.keyform import CalibratedItem
from hybridmfp.clinical.review import ReviewSettings, review_course
from hybridmfp.clinical.strata import stratify
from hybridmfp.signals import SCALES

NASTY = '<b>O\'Neil</b> & "Söhne"'
SCORES = (18, 21, 20, 24, 27, 29, 28, 33, 35, 36, 37, 39)
SECTIONS = ("stratum", "change", "trend", "plan", "progression", "prognosis", "keyform")
# From easy to hard, as in the literature told; the numbers are made up.
_ORDER = (
    "A2e", "A2b", "A2a", "C1", "A2g", "A2h", "A2i", "A2c", "A2f", "A3a", "A3b", "C2", "B1", "C6",
    "C7", "C5", "A3c", "A4a", "B2", "A4b", "A4c", "A2d", "B3", "B4", "C4", "C3", "B5", "D2", "D1",
    "D3",
)  # fmt: skip


def difficulty(item: str) -> float:
    """Give a made-up difficulty in logits."""
    return -3.0 + 6.0 * _ORDER.index(item) / (len(_ORDER) - 1)


@cache
def keyform() -> Keyform:
    """Give a keyform whose steps are made up."""
    return Keyform(
        items={
            name: CalibratedItem(
                (difficulty(name) - 0.7, difficulty(name) + 0.7), (0.1, 0.1), infit=1.0, outfit=1.0
            )
            for name in voluntary_items()
        },
        cohort="made-up persons",
        n_fitted=240,
        mean=0.0,
        sd=2.0,
        reliability=0.95,
        synthetic=True,
    )


def items_of(total: int) -> dict[str, float | None]:
    """Give items of that sum, the easy ones first."""
    points = {item.identifier: 0 for item in SCALES["fma-ue"].items}
    if total >= 4:
        points |= {"A1a": 2, "A1b": 2}
    while sum(points.values()) < total:
        open_items = [name for name in _ORDER if points[name] < 2]
        easiest = min(open_items, key=lambda name: difficulty(name) + 1.4 * points[name])
        points[easiest] += 1
    return {name: float(value) for name, value in points.items()}


def rated(number: int, day: float, score: int) -> Visit:
    return Visit(f"S{number:02d}", day, "rated", float(score), side="right", items=items_of(score))


def estimated(number: int, day: float, score: float, **changes: Any) -> Visit:
    told: dict[str, Any] = {
        "interval": (score - 7.4, score + 8.1), "level": 0.9, "side": "right", "quality": "green",
        "model": "4f7a" * 16, "drivers": tuple(drivers_of()),
        "biomarkers": {
            "kin.trunk_displacement": 0.16 - 0.007 * number, "kin.sparc": -2.9 + 0.06 * number,
            "kin.range.elbow_flexion": 0.8 + 0.03 * number,
            "emg.cocontraction_share.biceps_brachii-triceps_brachii": 0.5 - 0.01 * number,
        },
        "healthy": {"kin.trunk_displacement": (0.01, 0.04), "kin.sparc": (-1.8, -1.5)},
    }  # fmt: skip
    return Visit(f"S{number:02d}", day, "estimated", score, **{**told, **changes})


def refused_visit(number: int, day: float) -> Visit:
    why = ("Mains hum drowned triceps brachii in 12 of 12 trials.",)
    return Visit(f"S{number:02d}", day, "estimated", None, quality="red", reasons=why)


def findings(day: float, **changes: Any) -> BedsideFindings:
    told: dict[str, Any] = {
        "wrist_extension_deg": 25.0, "finger_extension_deg": 15.0, "shoulder_flexion_deg": 80.0,
        "elbow_extension_deg": 90.0, "spasticity_mas": "1", "follows_instructions": True,
        "shoulder_pain": 1.0, "contraindications": frozenset(),
    }  # fmt: skip
    return BedsideFindings(day, side="right", **{**told, **changes})


def course_of(**changes: Any) -> PatientCourse:
    """Give a course of 12 weekly ratings, with estimates and one refused estimate beside."""
    visits = [rated(at, 10 + 7 * at, score) for at, score in enumerate(SCORES, start=1)]
    visits += [estimated(at, 11 + 7 * at, SCORES[at - 1] + 1.3) for at in (2, 4, 6, 10, 12)]
    visits.append(refused_visit(8, 67))
    told: dict[str, Any] = {
        "subject": "P07",
        "visits": tuple(sorted(visits, key=lambda one: one.days_post_stroke)),
        "affected_side": "right",
        "age_years": 63,
        "bedside": (
            findings(2, mrc_shoulder_abduction=2, mrc_finger_extension=1, mep_present=None),
            findings(5, mep_present=True),
            findings(85),
            findings(94),
        ),
        "answers": {"balance_is_safe": True, "ischaemic_stroke": True},
    }
    return PatientCourse(**{**told, **changes})


def review_of(course: PatientCourse | None = None, **settings: Any) -> dict[str, Any]:
    """Give the review of a course, JSON-ready; of 12 ratings if none is told."""
    made = ReviewSettings(**{"keyform": keyform(), **settings})
    return review_course(course or course_of(), made).as_json()


@cache
def _usual() -> dict[str, Any]:
    return review_of()


def usual_review(**changes: Any) -> dict[str, Any]:
    """Give the review of 12 ratings, with some of its values changed."""
    return {**copy.deepcopy(_usual()), **copy.deepcopy(changes)}


@cache
def _signed() -> dict[str, Any]:
    course = course_of()
    visits = tuple(one for one in course.visits if one.source == "rated")
    rated_alone = course_of(visits=visits)
    plan = make_plan(
        rated_alone, stratification=stratify(visits[-1]), drivers=drivers_of(),
        answers=course.answers,
    )  # fmt: skip
    signed = sign_plan(plan, by="M. Curie", at="2026-11-30T09:00:00+01:00")
    return review_course(course, ReviewSettings(keyform=keyform()), plan=signed).as_json()


def signed_review() -> dict[str, Any]:
    """Give the same review with a signed plan."""
    return copy.deepcopy(_signed())


@cache
def _estimated() -> dict[str, Any]:
    visits = tuple(
        estimated(at, 10 + 7 * at, float(score), synthetic=True)
        for at, score in enumerate(SCORES, start=1)
    )
    return review_of(course_of(visits=visits))


def estimated_review() -> dict[str, Any]:
    """Give the review of 12 estimates, from simulated recordings."""
    return copy.deepcopy(_estimated())


@cache
def _refused() -> dict[str, Any]:
    return review_of(course_of(visits=(refused_visit(1, 200),), bedside=(), age_years=None))


def refused_review() -> dict[str, Any]:
    """Give a review in which every section was refused."""
    return copy.deepcopy(_refused())


def leaking_review(review: dict[str, Any]) -> dict[str, Any]:
    """Refuse every section of a review without taking out what it holds."""
    made = copy.deepcopy(review)
    for name in SECTIONS:
        message = "it must be known; got none. Examine it."
        made[name]["refused"] = {"refusal": "missing_input", "message": message}
    return made
