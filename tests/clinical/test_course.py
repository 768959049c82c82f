"""What `PatientCourse`, `Visit` and `BedsideFindings` promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.fma_ue import require_fma_ue
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import SCALES


def _rated(day: float, score: float = 30.0, **more: Any) -> Visit:
    return Visit(f"d{day:g}", day, "rated", score, **more)


def _refusal(make: Any, match: str) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        make()
    return caught.value.refusal


def test_only_the_0_to_66_scale_has_a_clinical_meaning() -> None:
    require_fma_ue(SCALES["fma-ue"], whose="P01")

    refusal = _refusal(
        lambda: require_fma_ue(SCALES["fma-ue-mhh20"], whose="P01"), "score of P01 must be on fma"
    )
    assert refusal == "other_scale"
    assert (
        _refusal(lambda: PatientCourse("P01", (), scale="fma-ue-mhh20"), "got fma-ue-mhh20")
        == "other_scale"
    )


def test_a_scale_that_only_borrows_the_name_is_another_scale() -> None:
    short = replace(SCALES["fma-ue"], items=(), maximum=60)

    assert _refusal(lambda: require_fma_ue(short, whose="P01"), "fma-ue") == "other_scale"


@pytest.mark.parametrize("score", [-0.1, 66.1, float("nan")])
def test_a_score_beyond_the_scale_is_refused(score: float) -> None:
    assert _refusal(lambda: _rated(3, score), "between 0 and 66") == "impossible_value"


@pytest.mark.parametrize("day", [-1.0, float("nan"), float("inf")])
def test_days_count_from_the_stroke(day: float) -> None:
    assert _refusal(lambda: _rated(day), "days_post_stroke") == "impossible_value"


def test_an_estimate_comes_with_its_interval_or_as_a_refusal() -> None:
    assert (
        _refusal(lambda: Visit("s", 3, "estimated", 30.0), "interval and level") == "missing_input"
    )
    assert _refusal(lambda: Visit("s", 3, "rated", None), "must have a score") == "missing_input"
    assert Visit("s", 3, "estimated", None, reasons=("too little signal",)).score is None


def test_items_that_do_not_sum_to_the_score_are_impossible() -> None:
    items = {item.identifier: 2.0 for item in SCALES["fma-ue"].items}

    assert _rated(3, 66.0, items=items).items == items
    assert _refusal(lambda: _rated(3, 65.0, items=items), "which sum to 66") == "impossible_items"


def test_visits_stand_in_the_order_of_time() -> None:
    course = PatientCourse("P01", (_rated(3), _rated(10)))

    assert [one.weeks for one in course.visits] == [3 / 7, 10 / 7]
    assert (
        _refusal(lambda: PatientCourse("P01", (_rated(10), _rated(3))), "day 3 follows day 10")
        == "dates_out_of_order"
    )
    findings = (BedsideFindings(9), BedsideFindings(2))
    assert (
        _refusal(lambda: PatientCourse("P01", (), bedside=findings), "bedside findings of P01")
        == "dates_out_of_order"
    )


def test_a_day_may_hold_a_rating_and_an_estimate_but_none_twice() -> None:
    estimate = Visit("d3", 3, "estimated", 28.0, interval=(20, 36), level=0.9)

    course = PatientCourse("P01", (_rated(3), estimate))

    assert [one.source for one in course.visits] == ["rated", "estimated"]
    assert [one.score for one in course.scored("estimated")] == [28.0]
    assert (
        _refusal(lambda: PatientCourse("P01", (_rated(3), _rated(3))), "d3 more than once")
        == "contradictory_inputs"
    )


def test_one_course_is_of_one_arm() -> None:
    visits = (_rated(3, side="left"), _rated(10, side="right"))

    assert (
        _refusal(lambda: PatientCourse("P01", visits), "both left and right")
        == "contradictory_sides"
    )
    assert (
        _refusal(
            lambda: PatientCourse(
                "P01", (_rated(3, side="left"),), bedside=(BedsideFindings(3, "right"),)
            ),
            "both left and right",
        )
        == "contradictory_sides"
    )


def test_the_latest_examined_finding_counts_and_what_was_not_examined_stays_unknown() -> None:
    course = PatientCourse(
        "P01",
        (),
        bedside=(
            BedsideFindings(3, nihss=9, mep_present=False),
            BedsideFindings(8, nihss=5),
        ),
    )

    assert course.finding("nihss") == 5
    assert course.finding("nihss", until_day=7) == 9
    assert course.finding("mep_present") is False
    assert course.finding("shoulder_pain") is None
    assert course.bedside[0].examined == ("mep_present", "nihss")


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("wrist_extension_deg", 91, "impossible_value"),
        ("wrist_extension_deg", 0.35, "unit_mix_up"),
        ("shoulder_flexion_deg", 1.57, "unit_mix_up"),
        ("mrc_finger_extension", 6, "impossible_value"),
        ("mrc_finger_extension", 2.5, "impossible_value"),
        ("nihss", 43, "impossible_value"),
        ("spasticity_mas", "1.5", "impossible_value"),
        ("contraindications", frozenset({"hiccups"}), "impossible_value"),
        ("days_post_stroke", -1, "impossible_value"),
    ],
)
def test_impossible_findings_and_mixed_up_units_are_named(
    name: str, value: Any, refusal: str
) -> None:
    given: dict[str, Any] = {"days_post_stroke": 3.0} | {name: value}

    assert _refusal(lambda: BedsideFindings(**given), name) == refusal


@pytest.mark.parametrize("value", [0, 1, 2, 3.5, 20, 90])
def test_whole_degrees_and_angles_above_pi_are_degrees(value: float) -> None:
    assert BedsideFindings(3, wrist_extension_deg=value).wrist_extension_deg == value


@pytest.mark.parametrize("score", [29.9, 40.1])
def test_an_interval_holds_its_score(score: float) -> None:
    told: dict[str, Any] = {"interval": (30.0, 40.0), "level": 0.9}
    for kept in (30.0, 40.0):
        assert Visit("S1", 12, "estimated", kept, **told).score == kept

    with pytest.raises(ClinicalError, match="interval of S1 must hold its score") as caught:
        Visit("S1", 12, "estimated", score, **told)
    assert caught.value.refusal == "impossible_value"


@pytest.mark.parametrize("days", [36526.0, 20260115.0])
def test_dates_hours_and_seconds_are_no_days(days: float) -> None:
    assert Visit("S1", 36525, "rated", 20).weeks > 5000
    for make in (lambda: Visit("S1", days, "rated", 20), lambda: BedsideFindings(days, nihss=3)):
        with pytest.raises(ClinicalError, match="looks like a date, hours or seconds") as caught:
            make()
        assert caught.value.refusal == "unit_mix_up"


def test_two_different_findings_of_one_day_contradict_each_other() -> None:
    first = BedsideFindings(12, wrist_extension_deg=25, nihss=7)
    same = BedsideFindings(12, wrist_extension_deg=25, contraindications=frozenset({"pacemaker"}))
    assert PatientCourse("P", (), bedside=(first, same)).finding("nihss") == 7
    later = BedsideFindings(12.5, wrist_extension_deg=5)
    assert PatientCourse("P", (), bedside=(first, later)).finding("wrist_extension_deg") == 5

    for other, told in (
        (
            BedsideFindings(12, wrist_extension_deg=5),
            "wrist_extension_deg of P on day 12.*25 and 5",
        ),
        (BedsideFindings(12, contraindications=frozenset()), "got pacemaker and none"),
    ):
        with pytest.raises(ClinicalError, match=told) as caught:
            PatientCourse("P", (), bedside=(first, same, other))
        assert caught.value.refusal == "contradictory_inputs"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interval", (30.0, 50.0)), ("level", 0.9), ("quality", "red"), ("model", "m"),
        ("reasons", ("noise",)), ("drivers", ({"name": "kin.sparc"},)),
    ],
)  # fmt: skip
def test_a_rating_has_nothing_of_an_estimate(name: str, value: Any) -> None:
    told: dict[str, Any] = {name: value}
    with pytest.raises(ClinicalError, match=f"rating of S1 must have no {name}") as caught:
        Visit("S1", 12, "rated", 40, **told)
    assert caught.value.refusal == "contradictory_inputs"


@pytest.mark.parametrize("subject", ["", "Anna M", "a/b", "a@b.c", "P01\n"])
def test_a_subject_that_looks_like_a_name_an_address_or_a_path_is_refused(subject: str) -> None:
    assert _refusal(lambda: PatientCourse(subject, ()), "must be a pseudonym") == "impossible_value"
    assert PatientCourse("P-01.b_2", ()).subject == "P-01.b_2"


@pytest.mark.parametrize("interval", [(-0.1, 40.0), (20.0, 66.1), (40.0, 20.0)])
def test_an_interval_stays_on_the_scale(interval: tuple[float, float]) -> None:
    def visit() -> Visit:
        return Visit("s", 3, "estimated", 30.0, interval=interval, level=0.9)

    assert _refusal(visit, "must ascend within 0 to 66") == "impossible_value"
