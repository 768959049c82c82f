"""What the prognosis of a course promises."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.prognosis import MixtureModel, prognose


def _rated(day: float, score: float) -> Visit:
    return Visit(f"r{day:g}", day, "rated", score)


def _estimated(day: float, score: float, half: float = 8.0, **more: Any) -> Visit:
    interval = (max(0.0, score - half), min(66.0, score + half))
    return Visit(f"e{day:g}", day, "estimated", score, interval=interval, level=0.9, **more)


def _course(*visits: Visit, **more: Any) -> PatientCourse:
    return PatientCourse("P01", visits, **more)


EARLY = _course(_rated(5, 12), _rated(12, 25))


def _refused(course: PatientCourse, **asked: Any) -> tuple[str, str]:
    told = prognose(course, **asked).as_json()
    assert told["fan"] == []
    assert told["at"] == []
    return told["refused"]["refusal"], told["refused"]["message"]


def test_the_fan_is_that_of_the_mixture() -> None:
    told = prognose(EARLY).as_json()

    expected = MixtureModel.published().posterior([5, 12], [12, 25])
    assert told["refused"] is None
    assert told["n_observations"] == 2
    assert told["score_source"] == "rated"
    assert [one["week"] for one in told["fan"]] == list(range(27))
    assert told["at"] == list(expected.fan([12.0, 26.0]))
    assert told["groups"] == [one.as_json() for one in expected.groups]
    assert told["source"]["source_status"] == "verified"
    assert "4.8 points" in told["external"][0]["text"]


def test_what_is_told_is_plain_json() -> None:
    strong = BedsideFindings(2, mrc_shoulder_abduction=3, mrc_finger_extension=3)
    course = replace(EARLY, age_years=70, bedside=(strong,))

    text = json.dumps(prognose(course).as_json(), allow_nan=False)

    assert [one["category"] for one in json.loads(text)["rules"]] == ["excellent", "both_present"]


def test_estimates_never_mix_with_ratings() -> None:
    mixed = _course(_rated(5, 12), _estimated(10, 60), _rated(12, 25))

    told = prognose(mixed).as_json()

    assert told["fan"] == prognose(EARLY).as_json()["fan"]
    assert [one["session"] for one in told["left_out"]] == ["e10"]
    assert "never mixed" in told["left_out"][0]["because"]


def test_estimates_alone_count_with_their_uncertainty() -> None:
    rated = prognose(_course(_rated(14, 30))).as_json()
    told = prognose(_course(_estimated(14, 30))).as_json()

    assert told["score_source"] == "estimated"
    assert told["used"][0]["sd"] == pytest.approx(8 / 1.6448536269514722, rel=1e-9)
    width = [one["at"][1]["q95"] - one["at"][1]["q05"] for one in (rated, told)]
    assert width[1] > width[0]


@pytest.mark.parametrize("score", [63.0, 3.0])
def test_an_interval_cut_off_by_the_scale_does_not_pass_for_certain(score: float) -> None:
    told = prognose(_course(_estimated(14, score))).as_json()

    assert told["used"][0]["sd"] == pytest.approx(8 / 1.6448536269514722, rel=1e-9)


def test_estimates_of_poor_quality_and_refused_ones_are_left_out_by_name() -> None:
    refused = Visit("e9", 9, "estimated", None, reasons=("flat",))
    course = _course(refused, _estimated(14, 30), _estimated(20, 60, quality="red"))

    told = prognose(course).as_json()

    assert [one["session"] for one in told["used"]] == ["e14"]
    assert [one["because"] for one in told["left_out"]] == [
        "it has no score",
        "the signals were of poor quality",
    ]


def test_synthetic_scores_stay_marked() -> None:
    assert prognose(_course(_estimated(14, 30, synthetic=True))).as_json()["synthetic"] is True
    assert prognose(EARLY).as_json()["synthetic"] is False


def test_a_course_without_scores_has_no_fan() -> None:
    assert _refused(_course())[0] == "missing_input"
    assert _refused(_course(_estimated(14, 30, quality="red")))[0] == "missing_input"


@pytest.mark.parametrize(("day", "allowed"), [(181.9, True), (182, False), (900, False)])
def test_from_week_26_on_the_mixture_knows_nothing(day: float, allowed: bool) -> None:
    course = _course(_rated(5, 12), _rated(day, 40))

    if allowed:
        assert [one["week"] for one in prognose(course).as_json()["at"]] == [26.0]
    else:
        refusal, message = _refused(course)
        assert refusal == "outside_window"
        assert "before week 26" in message


def test_a_late_estimate_ends_the_window_too() -> None:
    assert _refused(_course(_rated(5, 12), _estimated(300, 40)))[0] == "outside_window"


def test_weeks_before_a_later_estimate_are_no_longer_to_come() -> None:
    course = _course(_rated(5, 12), _estimated(140, 40))

    assert [one["week"] for one in prognose(course).as_json()["at"]] == [26.0]
    assert _refused(course, weeks=[12])[0] == "outside_window"


@pytest.mark.parametrize(
    "scores", [[(5, 66), (5.5, 0)], [(5, 12), (40, 50), (90, 8)], [(100, 60), (130, 20)]]
)
def test_scores_that_no_recovery_brings_are_refused(scores: list[tuple[float, float]]) -> None:
    refusal, message = _refused(_course(*(_rated(*one) for one in scores)))

    assert refusal == "contradictory_inputs"
    assert "the mixture knows no relapse" in message


def test_a_score_may_lie_four_residuals_from_the_course_and_no_farther() -> None:
    def off(last: float) -> float:
        told = MixtureModel.published().posterior([60, 90, 120, 150], [30, 30, 30, last])
        return float((told.mean_scores([150 / 7])[0] - last) / told.model.residual_sd)

    def refused(last: float) -> bool:
        visits = (_rated(60, 30), _rated(90, 30), _rated(120, 30), _rated(150, last))
        return prognose(_course(*visits)).refusal == "contradictory_inputs"

    farthest = min((last for last in range(30) if off(last) <= 4), default=30)
    assert 0 < farthest < 20
    assert not refused(farthest)
    assert refused(farthest - 1)


def test_wide_estimates_may_differ_more_than_ratings() -> None:
    apart = [(60, 45), (90, 15)]

    assert _refused(_course(*(_rated(*one) for one in apart)))[0] == "contradictory_inputs"
    estimates = (_estimated(day, score, half=15.0) for day, score in apart)
    assert prognose(_course(*estimates)).refusal is None


@pytest.mark.parametrize(
    ("week", "allowed"),
    [(12 / 7, False), (1.8, True), (26.0, True), (26.1, False), (float("nan"), False)],
)
def test_only_weeks_to_come_up_to_26_are_foretold(week: float, allowed: bool) -> None:
    if allowed:
        assert prognose(EARLY, weeks=[week]).as_json()["at"][0]["week"] == week
    else:
        assert _refused(EARLY, weeks=[week])[0] == "outside_window"


def test_rules_answer_where_the_mixture_refuses() -> None:
    course = _course(
        _rated(5, 66),
        _rated(12, 0),  # no recovery brings that
        age_years=70,
        bedside=(BedsideFindings(2, mrc_shoulder_abduction=0, mrc_finger_extension=0),),
    )

    told = prognose(course).as_json()

    assert told["refused"]["refusal"] == "contradictory_inputs"
    by_name = {one["name"]: one for one in told["rules"]}
    assert by_name["EPOS"]["probability"] == 0.25
    assert by_name["EPOS"]["refused"] is None
    assert by_name["PREP2"]["category"] is None
    assert by_name["PREP2"]["refused"]["refusal"] == "missing_input"
    assert by_name["PREP2"]["external"]  # beside a refusal too
    assert "not offered" in told["proportional_recovery"]


def test_a_refitted_mixture_can_stand_in_and_is_named() -> None:
    model = replace(MixtureModel.published(), title="ours", residual_sd=8.0)

    told = prognose(EARLY, model=model).as_json()

    assert told["model"] == "ours"
    assert told["external"] == []  # the published accuracy is not that of another model


def test_estimates_of_two_models_are_not_foretold_from_together() -> None:
    course = _course(_estimated(5, 20.0, model="a"), _estimated(12, 25.0, model="b"))

    refusal, message = _refused(course)

    assert refusal == "contradictory_inputs"
    assert "must be of one model" in message
    rated = replace(course, visits=(*course.visits, _rated(14, 25)))
    assert prognose(rated).as_json()["refused"] is None


@pytest.mark.parametrize(
    ("day", "answers"),
    [(90, [True, True]), (91, [False, True]), (181, [False, True]), (182, [False, False])],
)
def test_no_rule_foretells_what_is_over(day: float, answers: list[bool]) -> None:
    found = BedsideFindings(2, mrc_finger_extension=3, mrc_shoulder_abduction=3)
    course = PatientCourse(
        "P01",
        (Visit("a", 5, "rated", 40.0), Visit("b", day, "rated", 60.0)),
        age_years=60,
        bedside=(found,),
    )

    rules = prognose(course).as_json()["rules"]

    assert [one["refused"] is None for one in rules] == answers
    assert all("is over" in one["refused"]["message"] for one in rules if one["refused"])
