"""Every line of the protocol is needed, and a treatment is one treatment."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from hybridmfp.clinical.cause import Criterion, Emulated, Strategy, TargetTrial
from hybridmfp.errors import ClinicalError

ARM = ("arm movement", "task practice")


def test_the_table_has_every_line_with_its_counterpart(trial: TargetTrial) -> None:
    rows = trial.rows()

    assert [row["element"] for row in rows] == [
        "eligibility",
        "treatment strategies",
        "assignment",
        "time zero",
        "follow-up",
        "outcome",
        "estimand",
        "analysis",
    ]
    assert all(row["target_trial"] and row["emulation"] for row in rows)
    strategies = rows[1]["target_trial"]
    assert "task practice, 85-95 h, to change arm movement" in strategies
    assert "18-22 h" in strategies


def test_no_line_may_be_left_out(trial: TargetTrial) -> None:
    needed = {
        "eligibility",
        "strategies",
        "assignment",
        "time_zero",
        "follow_up_days",
        "outcome",
        "estimand",
        "analysis",
        "columns",
    }
    told = {name: getattr(trial, name) for name in needed}

    for name in needed:
        with pytest.raises(TypeError, match=name):
            TargetTrial(**{key: value for key, value in told.items() if key != name})


@pytest.mark.parametrize(
    ("change", "refusal", "message"),
    [
        ({"eligibility": ()}, "missing_input", "must say who is eligible; got no criterion"),
        ({"follow_up_days": (0.0, 10.0)}, "impossible_value", "follow_up_days must ascend"),
        ({"follow_up_days": (20.0, 10.0)}, "impossible_value", "follow_up_days must ascend"),
        ({"follow_up_days": (1.0, math.inf)}, "impossible_value", "follow_up_days must ascend"),
        ({"estimand": "LATE"}, "impossible_value", "one of ATE, ATT; got 'LATE'"),
        ({"scale": "fma-ue-mhh20"}, "other_scale", "the target trial must be on fma-ue"),
        (
            {"strategies": (Strategy("a", *ARM, (20, 22)), Strategy("b", *ARM, (22, 24)))},
            "contradictory_inputs",
            r"doses of their own; got a \(20-22 h\) and b \(22-24 h\)",
        ),
        (
            {"strategies": (Strategy("a", *ARM, (20, 20)), Strategy("a", *ARM, (90, 90)))},
            "contradictory_inputs",
            "names and doses of their own",
        ),
    ],
)
def test_a_protocol_that_cannot_be_run_is_refused(
    trial: TargetTrial, change: dict[str, Any], refusal: str, message: str
) -> None:
    with pytest.raises(ClinicalError, match=message) as caught:
        replace(trial, **change)

    assert caught.value.refusal == refusal


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_strategy_names_target_ingredient_and_itself(at: int) -> None:
    words = ["name", "target", "ingredient"]
    words[at] = " "

    with pytest.raises(ClinicalError, match="of a strategy must be told in words") as caught:
        Strategy(*words, (20, 20))

    assert caught.value.refusal == "missing_input"


def test_lines_of_the_protocol_are_told_in_words() -> None:
    with pytest.raises(ClinicalError, match="a line of the target trial must be told"):
        Emulated("", "by routine care")
    with pytest.raises(ClinicalError, match="the emulation of a line"):
        Emulated("by lot", "")


@pytest.mark.parametrize("dose_h", [(-1.0, 5.0), (5.0, 4.0), (0.0, math.inf), (math.nan, 3.0)])
def test_impossible_doses_are_refused(dose_h: tuple[float, float]) -> None:
    with pytest.raises(ClinicalError, match="must ascend from 0 or more hours") as caught:
        Strategy("x", *ARM, dose_h)

    assert caught.value.refusal == "impossible_value"


def test_doses_may_differ_by_a_quarter_and_no_more() -> None:
    assert Strategy("x", *ARM, (75.0, 100.0)).holds(75.0)

    with pytest.raises(ClinicalError, match=r"must be one treatment.*at most 25%") as caught:
        Strategy("x", *ARM, (74.9, 100.0))

    assert caught.value.refusal == "not_identified"


def test_no_therapy_is_a_treatment_but_more_or_less_than_a_cut_off_is_none() -> None:
    assert Strategy("none", *ARM, (0.0, 0.0)).holds(0.0)

    with pytest.raises(ClinicalError, match="many treatments"):
        Strategy("less", *ARM, (0.0, 60.0))


def test_a_dose_at_either_end_belongs() -> None:
    strategy = Strategy("x", *ARM, (85.0, 95.0))

    assert [strategy.holds(dose) for dose in (84.9, 85.0, 95.0, 95.1)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        (Criterion("age", 18, 80), "age from 18 to 80"),
        (Criterion("age", low=18), "age at least 18"),
        (Criterion("age", high=80), "age at most 80"),
        (Criterion("site", among=("A", "B")), "site is A or B"),
    ],
)
def test_criteria_are_told_in_words(criterion: Criterion, text: str) -> None:
    assert criterion.text == text


@pytest.mark.parametrize(
    "told", [{"column": "age"}, {"column": "", "low": 3}, {"column": "a", "low": 3, "high": 2}]
)
def test_a_criterion_that_excludes_nobody_or_everybody_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ClinicalError, match="a criterion must name a column"):
        Criterion(**told)
