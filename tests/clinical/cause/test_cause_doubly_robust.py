"""The doubly robust estimate keeps its promises, and agrees with DoubleML."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.clinical.cause.doubly_robust import (
    Answer,
    Estimate,
    doubly_robust,
    median_of_repeats,
    with_interval,
)
from hybridmfp.clinical.cause.target_trial import Estimand


def doubleml_answer() -> Answer:
    """60 persons and made-up nuisances."""
    rng = np.random.default_rng(6390)
    x = rng.normal(size=(60, 2))
    chance = 1 / (1 + np.exp(-x[:, 0]))
    given = rng.random(60) < chance
    outcome = 30 + 4 * x[:, 0] - 2 * x[:, 1] + 3 * given + rng.normal(size=60) * 2
    second = 30 + 4 * x[:, 0] - x[:, 1]
    return Answer(outcome, given, chance, 33 + 4 * x[:, 0], second, np.arange(60))


@pytest.mark.parametrize(
    ("estimand", "value", "standard_error"),
    # DoubleMLIRM of DoubleML 0.11.4 with these external predictions, normalize_ipw=False.
    [
        ("ATE", 2.918081823630068, 0.7637499707033732),
        ("ATT", 2.637693817585545, 0.7534102297571607),
    ],
)
def test_value_and_standard_error_are_those_of_doubleml(
    estimand: Estimand, value: float, standard_error: float
) -> None:
    found = doubly_robust(doubleml_answer(), estimand)

    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.standard_error == pytest.approx(standard_error, rel=1e-12)


def population(seed: int = 6302, n: int = 40000) -> tuple[Answer, float, float]:
    """A large cohort with its true nuisances, and its true effects on all and on the treated."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    chance = 1 / (1 + np.exp(-1.5 * x))
    given = rng.random(n) < chance
    second, gain = 30 + 10 * x, 3 + 2 * x
    outcome = second + gain * given + rng.normal(0, 3, n)
    answer = Answer(outcome, given, chance, second + gain, second, np.arange(n))
    return answer, float(np.mean(gain)), float(np.mean(gain[given]))


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("wrong", ["nothing", "propensity", "outcome"])
def test_one_of_the_two_may_be_wrong(estimand: Estimand, wrong: str) -> None:
    answer, on_all, on_treated = population()
    if wrong == "propensity":
        answer = replace(answer, propensity=np.full(len(answer.outcome), 0.4))
    if wrong == "outcome":
        flat = np.full(len(answer.outcome), 30.0)
        answer = replace(answer, first=flat, second=flat)

    found = doubly_robust(answer, estimand)

    truth = on_all if estimand == "ATE" else on_treated
    assert abs(found.value - truth) < 3.5 * found.standard_error
    assert found.standard_error < 0.15


def test_with_both_wrong_the_estimate_is_wrong() -> None:
    answer, on_all, _ = population()
    flat = np.full(len(answer.outcome), 30.0)
    blind = replace(answer, first=flat, second=flat, propensity=np.full(len(flat), 0.5))

    found = doubly_robust(blind, "ATE")

    assert found.value - on_all > 20 * found.standard_error


def test_a_person_with_two_entries_counts_once() -> None:
    answer = doubleml_answer()
    fields = ("outcome", "treated", "propensity", "first", "second", "subject")
    doubled = Answer(*(np.tile(getattr(answer, name), 2) for name in fields))

    once, twice = doubly_robust(answer, "ATE"), doubly_robust(doubled, "ATE")

    assert twice.value == pytest.approx(once.value, rel=1e-12)
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-12)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_groups_weighted_by_size_make_the_whole(estimand: Estimand) -> None:
    answer = doubleml_answer()
    low = answer.propensity < 0.5
    size = np.ones(60) if estimand == "ATE" else answer.treated.astype(float)

    parts = [
        doubly_robust(answer, estimand, within=group).value * np.sum(size[group])
        for group in (low, ~low)
    ]

    whole = doubly_robust(answer, estimand).value
    assert sum(parts) / np.sum(size) == pytest.approx(whole, rel=1e-12)


def test_moving_and_stretching_the_outcome_moves_and_stretches_the_effect() -> None:
    answer = doubleml_answer()
    moved = replace(
        answer,
        outcome=7 - 2 * answer.outcome,
        first=7 - 2 * answer.first,
        second=7 - 2 * answer.second,
    )

    found, base = doubly_robust(moved, "ATE"), doubly_robust(answer, "ATE")

    assert found.value == pytest.approx(-2 * base.value, rel=1e-12)
    assert found.standard_error == pytest.approx(2 * base.standard_error, rel=1e-12)
    assert moved.g_computation("ATT") == pytest.approx(-2 * answer.g_computation("ATT"), rel=1e-12)


def test_swapping_the_strategies_turns_the_effect_round() -> None:
    answer = doubleml_answer()
    swapped = Answer(
        answer.outcome,
        ~answer.treated,
        1 - answer.propensity,
        answer.second,
        answer.first,
        answer.subject,
    )

    assert doubly_robust(swapped, "ATE").value == pytest.approx(
        -doubly_robust(answer, "ATE").value, rel=1e-12
    )


def test_g_computation_averages_over_those_whom_the_estimand_means() -> None:
    answer, on_all, on_treated = population()

    assert answer.g_computation("ATE") == pytest.approx(on_all, rel=1e-12)
    assert answer.g_computation("ATT") == pytest.approx(on_treated, rel=1e-12)


def test_disagreement_between_divisions_widens_the_standard_error() -> None:
    found = median_of_repeats([Estimate(1.0, 0.5), Estimate(2.0, 0.5), Estimate(4.0, 0.5)])

    assert found.value == 2.0
    assert found.standard_error == pytest.approx(np.sqrt(0.5**2 + 1.0), rel=1e-12)


def test_the_interval_is_that_of_the_normal_distribution() -> None:
    low, high = with_interval(Estimate(3.0, 2.0), 0.9)

    assert high - 3 == pytest.approx(2 * 1.6448536269514722, rel=1e-9)
    assert 3 - low == pytest.approx(high - 3, rel=1e-12)
