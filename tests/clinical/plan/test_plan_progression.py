"""What `progression` promises: alarms and pain before change, and each limit on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from plan_patients import plan_of

from hybridmfp.clinical.change import classify_change
from hybridmfp.clinical.change.alarms import Alarm
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.plan import progression, read_rules
from hybridmfp.errors import ClinicalError

_PLAN = plan_of(40)


def _change(kind: str = "real", direction: str = "better") -> dict[str, str]:
    return {"kind": kind, "direction": direction}


def _decide(change: Any = None, pain: Any = (2, 2), **more: Any) -> str:
    change = _change() if change is None else change
    return progression(_PLAN, change, pain=pain, **more).decision


@pytest.mark.parametrize(
    ("kind", "direction", "decision"),
    [
        ("noise", "none", "hold"),
        ("noise", "better", "hold"),
        ("noise", "worse", "hold"),
        ("real", "better", "progress"),
        ("real", "worse", "regress"),
        ("real", "none", "hold"),
        ("important", "better", "progress"),
        ("important", "worse", "regress"),
    ],
)
def test_change_decides_where_nothing_else_does(kind: str, direction: str, decision: str) -> None:
    assert _decide(_change(kind, direction)) == decision


@pytest.mark.parametrize("kind", ["noise", "real", "important"])
def test_a_deterioration_alarm_regresses_whatever_changed(kind: str) -> None:
    assert _decide(_change(kind), alarms=["plateau", {"kind": "deterioration"}]) == "regress"


@pytest.mark.parametrize("alarm", ["plateau", "something new"])
def test_any_other_alarm_holds(alarm: str) -> None:
    told = progression(_PLAN, _change("important"), pain=(0, 0), alarms=[alarm])

    assert told.decision == "hold"
    assert told.reasons == (f"alarm: {alarm}",)


def test_an_alarm_that_is_over_no_longer_counts() -> None:
    fall = {"kind": "deterioration", "active": False}

    assert _decide(alarms=[fall]) == "progress"
    assert _decide(alarms=[fall | {"active": True}]) == "regress"


def test_news_of_improvement_hold_nothing_back_and_push_nothing_past_noise() -> None:
    assert _decide(alarms=["improvement"]) == "progress"
    assert _decide(_change("noise", "none"), alarms=["improvement"]) == "hold"


def test_the_alarms_of_this_package_are_understood() -> None:
    alarm = Alarm("deterioration", "S4", 12.0, "it fell", active=True)

    assert _decide(alarms=[alarm]) == "regress"


@pytest.mark.parametrize(
    ("before", "now", "decision"),
    [
        (2, 1, "progress"),
        (2, 2, "progress"),
        (2, 2.1, "hold"),
        (2, 3.9, "hold"),
        (2, 4, "regress"),
        (2, 4.1, "regress"),
    ],
)
def test_pain_that_rises_holds_and_from_two_points_regresses(
    before: float, now: float, decision: str
) -> None:
    assert _decide(pain=(before, now)) == decision


def test_the_limit_of_pain_is_our_own_and_says_so() -> None:
    rule = read_rules().progression

    assert (rule.pain_rise_points, rule.pain_source.status) == (2, "assumption")
    told = progression(_PLAN, _change(), pain=(0, 3))
    assert told.reasons == ("shoulder pain rose by 3 points (regress from 2) [assumption]",)


def test_repetitions_sessions_and_targets_are_those_of_woodbury() -> None:
    rule = read_rules().progression

    assert (rule.repetitions_per_session, rule.reset_targets_every_sessions) == (200, 3)
    assert rule.sessions == 9
    assert rule.source.status == "verified"
    assert rule.source.doi == "10.1016/j.apmr.2016.03.022"


@pytest.mark.parametrize(
    ("number", "reset"), [(1, False), (2, False), (3, True), (4, False), (6, True), (None, None)]
)
def test_targets_are_set_anew_each_third_session(number: int | None, reset: bool | None) -> None:
    told = progression(_PLAN, _change(), pain=(0, 0), session_number=number)

    assert told.reset_targets is reset
    assert told.repetitions_per_session == 200


def test_progress_in_the_first_two_weeks_stays_below_the_cap() -> None:
    told = progression(plan_of(40, 5), _change(), pain=(0, 0))

    assert told.decision == "progress"
    assert told.reasons[-1].startswith("below the cap: In the first 2 weeks")


def test_the_change_of_this_package_is_understood() -> None:
    before, after = Visit("S1", 60, "rated", 30), Visit("S2", 90, "rated", 45)

    assert _decide(classify_change(before, after)) == "progress"


def test_a_progression_is_told_in_json_with_its_sources() -> None:
    told = progression(_PLAN, _change(), pain=(0, 0), session_number=3).as_json()

    assert told["decision"] == "progress"
    assert told["reason"] == "real change of the score, direction better"
    assert told["disclaimer"] == "decision support only; clinician confirms"
    assert told["modules"] == [one.identifier for one in _PLAN.modules]
    assert [one["source_status"] for one in told["sources"]] == ["verified", "assumption"]


@pytest.mark.parametrize(
    ("given", "match", "refusal"),
    [
        ({"pain": None}, "shoulder pain of P01, before and now", "missing_input"),
        ({"pain": (0, 11)}, "between 0 and 10", "impossible_value"),
        ({"pain": (-1, 0)}, "between 0 and 10", "impossible_value"),
        ({"pain": (float("nan"), 0)}, "between 0 and 10", "impossible_value"),
        ({"change": {"kind": "huge", "direction": "better"}}, "kind of noise", "impossible_value"),
        (
            {"change": {"kind": "real", "direction": "up"}},
            "got 'real' and 'up'",
            "impossible_value",
        ),
        ({"change": {}}, "got None and None", "impossible_value"),
        ({"alarms": [{"session": "S1"}]}, "an alarm must have a kind", "impossible_value"),
        ({"session_number": 0}, "whole number of 1 or more", "impossible_value"),
        ({"session_number": 1.5}, "whole number of 1 or more", "impossible_value"),
        (
            {"change": {"refused": {"refusal": "contradictory_inputs", "message": "two models"}}},
            "two models",
            "contradictory_inputs",
        ),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], match: str, refusal: str) -> None:
    with pytest.raises(ClinicalError, match=match) as caught:
        _decide(**given)
    assert caught.value.refusal == refusal
