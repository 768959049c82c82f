"""Courses and reviews to hand over, fixed ones and random ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.change import follow
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange import fhir_bundle
from hybridmfp.clinical.plan import make_plan, sign_plan
from hybridmfp.clinical.prognosis import prognose
from hybridmfp.clinical.strata import stratify
from hybridmfp.signals import SCALES

WHEN = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
STROKE = date(2026, 9, 1)
SIGNER = "Dr Maria Musterfrau"
MODEL = "ab" * 32
ITEMS = SCALES["fma-ue"].items
FULL = {item.identifier: float(item.levels[-1]) for item in ITEMS}
HALF = {item.identifier: 0.0 if item.section in "BCD" else FULL[item.identifier] for item in ITEMS}

RATED = Visit("S1", 5, "rated", 36, items=HALF, side="left")
BARE = Visit("S4", 40, "rated", 41.5)
ESTIMATED = Visit(
    "S1",
    5.25,
    "estimated",
    34.25,
    interval=(25.125, 43.5),
    level=0.9,
    side="left",
    items={name: None if name in ("A1a", "A1b", "A5") else 1.25 for name in FULL},
    biomarkers={"kin.peak_speed": 0.61, "emg.rms.biceps_brachii": 0.125, "of_ours": 3.0},
    healthy={"kin.peak_speed": (0.8, 1.2)},
    quality="amber",
    model=MODEL,
)
REFUSED = Visit(
    "S2", 12, "estimated", None, level=0.9, quality="red", model=MODEL,
    reasons=("half of the EMG is missing",),
)  # fmt: skip
SIMULATED = Visit(
    "S3", 20, "estimated", 40.0, interval=(30.0, 50.0), level=0.9, model="cd" * 32, synthetic=True
)
FINDINGS = BedsideFindings(
    39,
    "left",
    wrist_extension_deg=25,
    finger_extension_deg=15,
    shoulder_flexion_deg=90,
    elbow_extension_deg=120,
    spasticity_mas="1",
    follows_instructions=True,
    shoulder_pain=2,
    contraindications=frozenset(),
)
COURSE = PatientCourse(
    "P01",
    (RATED, ESTIMATED, REFUSED, SIMULATED, BARE),
    affected_side="left",
    age_years=61,
    bedside=(FINDINGS,),
)


@cache
def review(*, signed: bool = False) -> dict[str, Any]:
    """Say what the course means, as a review does, with a draft or a signed plan."""
    ratings = PatientCourse("P01", (RATED, BARE), bedside=(FINDINGS,))
    plan = make_plan(ratings, stratification=stratify(BARE))
    if signed:
        plan = sign_plan(plan, by=SIGNER, at="2026-11-29T09:00:00+01:00")
    change = follow(COURSE, "rated").as_json()
    return {
        "format": "hybridmfp-review/1",
        "subject": "P01",
        "visits": [{"session": "S1"}],
        "stratum": stratify(BARE).as_json(),
        "trend": change.pop("trend"),
        "change": change,
        "plan": plan.as_json(),
        "prognosis": prognose(COURSE).as_json(),
        "keyform": None,
    }


def bundle(course: PatientCourse = COURSE, told: Any = None, **more: Any) -> dict[str, Any]:
    """Make a bundle at one moment."""
    return fhir_bundle(course, told, generated_at=WHEN, software_version="0.1.0", **more)


def of_kind(made: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """Give the resources of a kind."""
    resources = [entry["resource"] for entry in made["entry"]]
    return [one for one in resources if one["resourceType"] == kind]


def local_code(resource: Mapping[str, Any]) -> str:
    """Give our code of a resource or component."""
    code: str = resource["code"]["coding"][0]["code"]
    return code


def total_of(made: Mapping[str, Any], session: str, source: str) -> dict[str, Any]:
    """Give the total of a visit."""
    named = f"{session}:{source}:total"
    (found,) = (
        one for one in of_kind(made, "Observation") if one["identifier"][0]["value"] == named
    )
    return found


@st.composite
def item_points(draw: st.DrawFn) -> dict[str, float | None]:
    """Draw possible points of all items; A5 stays 0, some were not rated."""
    points = {item.identifier: float(draw(st.sampled_from(item.levels))) for item in ITEMS} | {
        "A5": 0.0
    }
    unrated = draw(st.sets(st.sampled_from(sorted(points)), max_size=3))
    return {name: None if name in unrated else value for name, value in points.items()}


@st.composite
def visits(draw: st.DrawFn, number: int, day: float, side: Any) -> Visit:
    """Draw one visit of any kind."""
    synthetic = draw(st.booleans())
    session = draw(st.sampled_from(["S", "session ", "第", "a:b", "="])) + str(number)
    kind = draw(st.sampled_from(["items", "bare", "estimated", "refused"]))
    if kind == "items":
        items = draw(item_points())
        score = sum(one for one in items.values() if one is not None)
        return Visit(session, day, "rated", score, items=items, side=side, synthetic=synthetic)
    if kind == "bare":
        score = draw(st.floats(0, 66))
        return Visit(session, day, "rated", score, side=side, synthetic=synthetic)
    model = draw(st.sampled_from([None, MODEL, "cd" * 32]))
    if kind == "refused":
        reasons = draw(st.lists(st.text(min_size=1), max_size=2))
        return Visit(
            session,
            day,
            "estimated",
            None,
            reasons=tuple(reasons),
            model=model,
            synthetic=synthetic,
        )
    low, score, high = sorted(draw(st.tuples(*[st.floats(0, 66)] * 3)))
    expected = draw(st.floats(0, 2))
    items = draw(st.sampled_from([None, dict.fromkeys(FULL, expected) | {"A5": None}]))
    return Visit(
        session, day, "estimated", score, interval=(low, high), level=draw(st.floats(0.01, 0.99)),
        side=side, items=items, quality=draw(st.sampled_from([None, "green", "amber"])),
        model=model, synthetic=synthetic,
    )  # fmt: skip


@st.composite
def courses(draw: st.DrawFn) -> PatientCourse:
    """Draw a course of up to four visits."""
    side = draw(st.sampled_from([None, "left", "right"]))
    days = sorted(draw(st.lists(st.floats(0, 1000), max_size=4)))
    made = tuple(draw(visits(number, day, side)) for number, day in enumerate(days))
    return PatientCourse(draw(st.sampled_from(["P01", "患者7", "x-2.b"])), made, affected_side=side)
