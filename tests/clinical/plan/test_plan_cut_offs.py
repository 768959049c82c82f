"""Every number that decides in the rules: against its cited value, and on each side of it."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Any, NamedTuple

import pytest
import yaml
from plan_patients import ELIGIBLE, HOONHORST, YES, certain, course_of, plan_of, planned

from hybridmfp.clinical.plan import make_plan, read_rules
from hybridmfp.clinical.plan.conditions import days_of
from hybridmfp.errors import ClinicalError

_LIMITS = ("at_least", "above", "at_most", "below", "from", "to")


class Row(NamedTuple):
    """One numeric condition: whether the module is planned below, at and above the cited value."""

    module: str
    subject: str
    limit: str
    cited: float | str
    source: str
    status: str
    below: tuple[Any, bool] | None
    at: tuple[Any, bool]
    above: tuple[Any, bool] | None


_CIMT, _OWN = "CIMT", "put into a number by this project"
# written by hand from the literature and the proposal, not from rules.yaml
TABLE = (
    Row("bci_fes", "wrist_extension_deg", "at_most", 0, "BCI-FES", "verified",
        None, (0, True), (1, False)),
    Row("bci_fes", "finger_extension_deg", "at_most", 0, "BCI-FES", "verified",
        None, (0, True), (1, False)),
    Row("bilateral_training", "wrist_extension_deg", "at_most", 0, "AAPM&R", "verified",
        None, (0, True), (1, False)),
    Row("bilateral_training", "finger_extension_deg", "at_most", 0, "AAPM&R", "verified",
        None, (0, True), (1, False)),
    Row("task_practice", "wrist_extension_deg", "above", 0, "ICARE", "verified",
        None, (0, False), (1, True)),
    Row("task_practice", "finger_extension_deg", "above", 0, "ICARE", "verified",
        None, (0, False), (1, True)),
    Row("task_practice", "shoulder_flexion_deg", "above", 0, "ICARE", "verified",
        None, (0, False), (1, True)),
    Row("task_practice", "elbow_extension_deg", "above", 0, "ICARE", "verified",
        None, (0, False), (1, True)),
    Row("keyform_training", "shoulder_flexion_deg", "at_least", 30, "Woodbury 2016", "verified",
        (29, False), (30, True), (31, True)),
    Row("keyform_training", "elbow_extension_deg", "at_least", 20, "Woodbury 2016", "verified",
        (19, False), (20, True), (21, True)),
    Row("mcimt", "wrist_extension_deg", "at_least", 20, _CIMT, "verified",
        (19.9, False), (20, True), (20.1, True)),
    Row("mcimt", "finger_extension_deg", "at_least", 10, _CIMT, "verified",
        (9.9, False), (10, True), (10.1, True)),
    Row("mcimt", "spasticity_mas", "at_most", "2", _OWN, "assumption",
        ("1+", True), ("2", True), ("3", False)),
    Row("mcimt_lower_criterion", "wrist_extension_deg", "at_least", 10, _CIMT, "verified",
        (9.9, False), (10, True), (10.1, True)),
    Row("mcimt_lower_criterion", "finger_extension_deg", "at_least", 10, _CIMT, "verified",
        (9.9, False), (10, True), (10.1, True)),
    Row("mcimt_lower_criterion", "wrist_extension_deg", "below", 20, "usual criterion",
        "assumption", (19.9, True), (20, False), (20.1, False)),
    Row("mcimt_lower_criterion", "spasticity_mas", "at_most", "2", _OWN, "assumption",
        ("1+", True), ("2", True), ("3", False)),
    Row("expanded_cimt", "wrist_extension_deg", "at_least", 10, "Uswatte", "assumption",
        (9.9, True), (10, False), (10.1, False)),
    Row("expanded_cimt", "finger_extension_deg", "at_least", 10, "Uswatte", "assumption",
        (9.9, True), (10, False), (10.1, False)),
    Row("vns", "score", "from", 20, "VNS-REHAB", "verified",
        (19, False), (20, True), (21, True)),
    Row("vns", "score", "to", 50, "VNS-REHAB", "verified",
        (49, True), (50, True), (51, False)),
    Row("vns", "months", "at_least", 9, "VNS-REHAB", "verified",
        (273.9, False), (273.9375, True), (274, True)),
    Row("telerehabilitation", "score", "from", 22, "Cramer 2019", "verified",
        (21, False), (22, True), (23, True)),
    Row("telerehabilitation", "score", "to", 56, "Cramer 2019", "verified",
        (55, True), (56, True), (57, False)),
    Row("high_dose", "weeks", "at_least", 26, _OWN, "assumption",
        (181, False), (182, True), (183, True)),
    Row("botulinum_referral", "spasticity_mas", "at_least", "2", _OWN, "assumption",
        ("1+", False), ("2", True), ("3", True)),
)  # fmt: skip
# the same for the numbers of gates, cautions and the cap: owner, subject, limit, value
SAFETY = {
    ("shoulder_pain gate", "shoulder_pain", "at_least", 4),
    ("shoulder_pain caution", "shoulder_pain", "above", 0),
    ("dose_cap", "days", "below", 14),
}


def _raw() -> Any:
    text = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def _numbers(condition: Any) -> list[tuple[str, str, Any]]:
    """Find every limit in a condition, without the reader that the rules go through."""
    found = []
    for part in condition.get("all_of", []) + condition.get("any_of", []):
        found += _numbers(part)
    if "not" in condition:
        found += _numbers(condition["not"])
    for subject in ("score", "days", "weeks", "months"):
        found += [(subject, limit, value) for limit, value in condition.get(subject, {}).items()]
    found += [(condition["finding"], one, condition[one]) for one in _LIMITS if one in condition]
    return found


def _case_of(row: Row, value: Any) -> dict[str, Any]:
    case = dict(ELIGIBLE[row.module])
    if row.module == "expanded_cimt":  # the other joint must not decide
        case |= {"wrist_extension_deg": 30, "finger_extension_deg": 30}
    if row.module == "task_practice":
        case |= {"wrist_extension_deg": 0}
    if row.subject in ("days", "weeks", "months"):
        return case | {"day": value}
    return case | {row.subject: value}


_SIDES = [
    pytest.param(row, *side, id=f"{row.module}-{row.subject}-{row.limit}-{name}")
    for row in TABLE
    for name, side in (("below", row.below), ("at", row.at), ("above", row.above))
    if side is not None
]


@pytest.mark.parametrize(("row", "value", "expected"), _SIDES)
def test_a_module_is_planned_on_the_right_side_of_its_limit(
    row: Row, value: Any, expected: bool
) -> None:
    plan = plan_of(**_case_of(row, value))

    assert (row.module in planned(plan)) is expected


def test_every_number_that_decides_on_a_module_stands_in_the_table() -> None:
    told = {
        (module["id"], *number)
        for module in _raw()["modules"]
        for entry in module.get("eligibility", []) + module.get("exclusion", [])
        for number in _numbers(entry["when"])
    }

    assert told == {(row.module, row.subject, row.limit, row.cited) for row in TABLE}


def test_every_number_of_gates_cautions_and_the_cap_stands_in_the_table() -> None:
    raw = _raw()
    owners = {f"{one['id']} gate": one["when"] for one in raw["gates"]}
    owners |= {f"{one['id']} caution": one["when"] for one in raw["cautions"]}
    owners |= {"dose_cap": raw["dose_cap"]["when"]}

    assert {(owner, *one) for owner, when in owners.items() for one in _numbers(when)} == SAFETY


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.module}-{row.subject}-{row.limit}")
def test_a_limit_says_who_gave_it_and_whether_that_was_read(row: Row) -> None:
    module = next(one for one in _raw()["modules"] if one["id"] == row.module)
    entries = [
        one
        for one in module["eligibility"]
        if (row.subject, row.limit, row.cited) in _numbers(one["when"])
    ]

    assert [row.source in one["citation"] for one in entries] == [True]
    assert [one["source_status"] for one in entries] == [row.status]


@pytest.mark.parametrize(("name", "low", "high"), HOONHORST)
def test_strata_are_those_of_hoonhorst(name: str, low: int, high: int) -> None:
    stratum = next(one for one in read_rules().strata if one.name == name)

    assert (stratum.low, stratum.high) == (low, high)
    assert stratum.source.doi == "10.1016/j.apmr.2015.06.009"
    assert stratum.source.status == "verified"


@pytest.mark.parametrize(
    ("below", "above", "gained"),
    [
        (22, 23, "supported_task_practice"),
        (31, 32, "task_practice"),
        (47, 48, "bimanual_tasks"),
        (52, 53, "home_programme"),
    ],
)
def test_a_stratum_begins_one_point_above_the_one_before(
    below: int, above: int, gained: str
) -> None:
    assert gained not in planned(plan_of(below))
    assert gained in planned(plan_of(above))


@pytest.mark.parametrize(("pain", "expected"), [(3.9, True), (4, False), (4.1, False)])
def test_shoulder_pain_from_4_of_10_blocks_what_loads_the_shoulder(
    pain: float, expected: bool
) -> None:
    plan = plan_of(40, shoulder_pain=pain)

    assert ("task_practice" in planned(plan)) is expected


@pytest.mark.parametrize(("pain", "expected"), [(0, False), (0.1, True), (1, True)])
def test_any_shoulder_pain_is_a_caution(pain: float, expected: bool) -> None:
    plan = plan_of(40, shoulder_pain=pain)

    assert any("shoulder hurts" in note for note in plan.modules[0].safety) is expected


@pytest.mark.parametrize(("day", "capped"), [(13, True), (13.9, True), (14, False), (14.1, False)])
def test_the_dose_is_capped_in_the_first_two_weeks(day: float, capped: bool) -> None:
    plan = plan_of(40, day)

    assert (plan.dose_cap is not None) is capped
    assert plan.modules[0].capped is capped
    assert plan.modules[0].dose.startswith("CAPPED") is capped


def test_the_cap_is_what_was_worse_in_vectors() -> None:
    cap = plan_of(40, 5).dose_cap

    assert cap is not None
    assert cap.minutes_per_day_below == 3 * 60
    assert cap.restraint_share_below == 0.9
    assert cap.source.text == "VECTORS 2009, Neurology 73:195"


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("away", "fresh"), [(13.9, True), (14, True), (14.1, False)])
def test_findings_may_be_two_weeks_from_the_visit(away: float, fresh: bool, sign: int) -> None:
    course = course_of(40, 60)
    moved = replace(course.bedside[0], days_post_stroke=60 + sign * away)
    course = replace(course, bedside=(moved,))

    if fresh:
        assert make_plan(course, stratification=certain(40), answers=YES).modules
        return
    with pytest.raises(ClinicalError, match=r"within 14 days.*assumption") as caught:
        make_plan(course, stratification=certain(40), answers=YES)
    assert caught.value.refusal == "outside_window"


def test_nine_months_are_three_quarters_of_a_year() -> None:
    assert days_of("months", 9) == pytest.approx(365.25 * 0.75)
