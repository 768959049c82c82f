"""Laws of plans, for any patient: nothing forbidden is planned, and more danger never adds."""

from __future__ import annotations

import operator
from dataclasses import replace
from importlib import resources
from typing import Any, get_args

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_patients import YES, certain

from hybridmfp.clinical.bedside import BedsideFindings, Contraindication, Mas
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan import Plan, make_plan, plan_from_json
from hybridmfp.clinical.plan.conditions import AllOf, AnyOf, Facts, Not, QuestionAnswered

_FOUND = frozenset(get_args(Contraindication))
_DEGREES = st.integers(0, 90)
_FINDINGS = st.fixed_dictionaries(
    {
        "wrist_extension_deg": _DEGREES,
        "finger_extension_deg": _DEGREES,
        "shoulder_flexion_deg": st.integers(0, 180),
        "elbow_extension_deg": st.integers(0, 160),
        "spasticity_mas": st.sampled_from(get_args(Mas)),
        "follows_instructions": st.booleans(),
        "shoulder_pain": st.integers(0, 10),
        "contraindications": st.frozensets(st.sampled_from(sorted(_FOUND))),
    }
)
_DAYS = st.floats(0, 2000)
_SCORES = st.integers(0, 66)
_ANSWERS = st.dictionaries(st.sampled_from(sorted(YES)), st.booleans())
_DRIVERS = st.lists(
    st.sampled_from(["kin.sparc", "trunk_flexion", "emg.cocontraction_share.a-b", "new"]),
    unique=True,
)


def _raw() -> Any:
    text = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
    return yaml.safe_load(text)


_RAW = _raw()


def _plan(
    score: float,
    day: float,
    findings: dict[str, Any],
    answers: dict[str, bool],
    drivers: list[str] | tuple[str, ...] = (),
) -> Plan:
    course = PatientCourse(
        "P01", (Visit("S1", day, "rated", score),), bedside=(BedsideFindings(day, **findings),)
    )
    return make_plan(course, stratification=certain(score), answers=answers, drivers=drivers)


def _ids(plan: Plan) -> set[str]:
    return {one.identifier for one in plan.modules}


_GRADES = list(get_args(Mas))
_COMPARE = {
    "at_least": operator.ge,
    "from": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "to": operator.le,
    "below": operator.lt,
}
_DAYS_PER = {"days": 1, "weeks": 7, "months": 30.4375}


def _holds(when: dict[str, Any], case: dict[str, Any]) -> bool:
    """Evaluate a condition a second time, on complete cases, without the code under test."""
    if "all_of" in when:
        return all(_holds(one, case) for one in when["all_of"])
    if "any_of" in when:
        return any(_holds(one, case) for one in when["any_of"])
    if "not" in when:
        return not _holds(when["not"], case)
    if "contraindication" in when:
        return when["contraindication"] in case["contraindications"]
    if "question" in when:
        return bool(case["answers"].get(when["question"], False))
    return _keeps(when, case)


def _keeps(when: dict[str, Any], case: dict[str, Any]) -> bool:
    if "is" in when:
        return bool(case[when["finding"]] is when["is"])
    if "finding" in when:
        value = case[when["finding"]]
        limits = {name: one for name, one in when.items() if name != "finding"}
    else:
        ((unit, limits),) = when.items()
        value = case["score"] if unit == "score" else case["day"] / _DAYS_PER[unit]
    if isinstance(value, str):
        value = _GRADES.index(value)
        limits = {name: _GRADES.index(one) for name, one in limits.items()}
    return all(_COMPARE[name](value, limit) for name, limit in limits.items())


def _expected(case: dict[str, Any]) -> set[str]:
    stratum = next(
        one["name"] for one in _RAW["strata"] if one["low"] <= case["score"] <= one["high"]
    )
    shut = [one for one in _RAW["gates"] if _holds(one["when"], case)]
    blocked = {trait for one in shut for trait in one["blocks"]}
    return {
        one["id"]
        for one in _RAW["modules"]
        if stratum in one["strata"].get("candidate", []) + one["strata"].get("allowed", [])
        and not blocked & set(one["traits"])
        and all(_holds(entry["when"], case) for entry in one.get("eligibility", []))
        and not any(_holds(entry["when"], case) for entry in one.get("exclusion", []))
    }


@settings(max_examples=100, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, _DRIVERS)
def test_a_plan_holds_exactly_what_a_second_reading_of_the_rules_lets_through(
    score: int,
    day: float,
    findings: dict[str, Any],
    answers: dict[str, bool],
    drivers: list[str],
) -> None:
    plan = _plan(score, day, findings, answers, drivers)

    assert _ids(plan) == _expected({"score": score, "day": day, "answers": answers, **findings})


@settings(max_examples=30, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, st.sampled_from(sorted(_FOUND)))
def test_one_more_contraindication_never_adds_a_module(
    score: int, day: float, findings: dict[str, Any], answers: dict[str, bool], more: str
) -> None:
    before = _plan(score, day, findings, answers)
    worse = {**findings, "contraindications": findings["contraindications"] | {more}}

    assert _ids(_plan(score, day, worse, answers)) <= _ids(before)


@settings(max_examples=30, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, st.sampled_from(sorted(YES)))
def test_one_answer_less_never_adds_a_module(
    score: int, day: float, findings: dict[str, Any], answers: dict[str, bool], question: str
) -> None:
    fewer = {name: one for name, one in answers.items() if name != question}

    assert _ids(_plan(score, day, findings, fewer)) <= _ids(_plan(score, day, findings, answers))


@settings(max_examples=30, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, _DRIVERS)
def test_drivers_change_the_order_alone(
    score: int,
    day: float,
    findings: dict[str, Any],
    answers: dict[str, bool],
    drivers: list[str],
) -> None:
    told = _plan(score, day, findings, answers, drivers)

    assert _ids(told) == _ids(_plan(score, day, findings, answers))


@settings(max_examples=25, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, st.integers(1, 5))
def test_a_wider_interval_never_adds_a_module(
    score: int, day: float, findings: dict[str, Any], answers: dict[str, bool], width: int
) -> None:
    def estimated(spread: float) -> set[str]:
        interval = (max(score - spread, 0), min(score + spread, 66))
        visit = Visit("E1", day, "estimated", score, interval, 0.9, quality="green")
        course = PatientCourse("P01", (visit,), bedside=(BedsideFindings(day, **findings),))
        return _ids(make_plan(course, stratification=certain(score), answers=answers))

    assert estimated(width) <= estimated(0)


@settings(max_examples=25, deadline=None)
@given(_SCORES, _DAYS, _FINDINGS, _ANSWERS, _DRIVERS)
def test_a_plan_comes_back_from_its_json_unchanged(
    score: int,
    day: float,
    findings: dict[str, Any],
    answers: dict[str, bool],
    drivers: list[str],
) -> None:
    plan = _plan(score, day, findings, answers, drivers)

    assert plan_from_json(plan.as_json()) == plan


_THREE = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4)


@given(_THREE)
def test_unknown_follows_the_logic_of_three_values(truth: list[bool | None]) -> None:
    names = [f"q{number}" for number in range(len(truth))]
    answers = {name: one for name, one in zip(names, truth, strict=True) if one is not None}
    facts = Facts(1, 30, answers=answers)
    parts = tuple(QuestionAnswered(name) for name in names)
    least = False if False in truth else None if None in truth else True
    most = True if True in truth else None if None in truth else False
    words = {True: "met", False: "not_met", None: "unknown"}

    assert AllOf(parts).check(facts).state == words[least]
    assert AnyOf(parts).check(facts).state == words[most]
    assert Not(AllOf(parts)).check(facts).state == words[None if least is None else not least]
    # De Morgan
    turned = AnyOf(tuple(Not(one) for one in parts))
    assert Not(AllOf(parts)).check(facts).state == turned.check(facts).state


@given(_THREE)
def test_what_is_unknown_says_what_to_examine(truth: list[bool | None]) -> None:
    names = [f"q{number}" for number in range(len(truth))]
    answers = {name: one for name, one in zip(names, truth, strict=True) if one is not None}
    outcome = AllOf(tuple(QuestionAnswered(name) for name in names)).check(
        replace(Facts(1, 30), answers=answers)
    )

    assert bool(outcome.ask) == (outcome.state == "unknown")
