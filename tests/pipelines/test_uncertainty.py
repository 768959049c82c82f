"""What intervals of an assessment promise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.pipelines.uncertainty import InputLoss, Missing, Uncertainty, measured_loss
from hybridmfp.signals import SCALES, Scale

SCALE = SCALES["fma-ue"]
LOSS = InputLoss(without_emg=1.5, without_kinematics=2.0, one_trial=1.8, usual_trials=30)
SHARES = st.floats(0, 1)


def learned(*, n: int = 60, loss: InputLoss | None = None) -> Uncertainty:
    rng = np.random.default_rng(0)
    rated = rng.uniform(5, 60, n)
    estimate = np.clip(rated + rng.normal(0, 5, n), 0, 66)
    return Uncertainty.learn(
        rated, estimate, fold=np.arange(n) % 5, subject=np.arange(n), scale=SCALE, loss=loss
    )


@given(emg=SHARES, kinematics=SHARES, more=SHARES, n_trials=st.integers(1, 40))
def test_missing_more_never_makes_an_interval_narrower(
    emg: float, kinematics: float, more: float, n_trials: int
) -> None:
    here = LOSS.factor(Missing(emg, kinematics, n_trials))

    assert here >= 1
    assert LOSS.factor(Missing(min(1, emg + more), kinematics, n_trials)) >= here
    assert LOSS.factor(Missing(emg, min(1, kinematics + more), n_trials)) >= here
    assert LOSS.factor(Missing(emg, kinematics, n_trials + 1)) <= here


def test_what_was_measured_is_what_is_said_where_it_was_measured() -> None:
    assert LOSS.factor(Missing(0, 0, 30)) == 1
    assert LOSS.factor(Missing(1, 0, 30)) == 1.5
    assert LOSS.factor(Missing(0, 1, 30)) == 2
    assert LOSS.factor(Missing(0, 0, 1)) == pytest.approx(1.8)
    assert LOSS.factor(Missing(0, 0, 99)) == 1


def test_an_interval_lies_on_the_scale_holds_the_estimate_and_widens_with_the_level() -> None:
    doubt = learned()

    for estimate in (0.0, 3.0, 33.0, 65.0, 66.0):
        said = [
            doubt.interval(estimate, np.full(5, estimate), missing=Missing(n_trials=1), level=level)
            for level in (0.5, 0.8, 0.9)
        ]
        assert all(0 <= low <= estimate <= high <= 66 for low, high in said)
        assert np.diff([high - low for low, high in said]).min() >= 0


def test_an_interval_holds_the_estimate_even_if_all_folds_disagree_with_it() -> None:
    low, high = learned().interval(60.0, np.full(5, 10.0), missing=Missing())

    assert low < 20
    assert high == 60


def test_missing_inputs_widen_the_interval_itself() -> None:
    doubt = learned(loss=LOSS)
    folds = np.full(5, 33.0)

    whole, without = (
        doubt.interval(33.0, folds, missing=missing)
        for missing in (Missing(0, 0, 30), Missing(1, 0, 30))
    )

    assert without[1] - without[0] == pytest.approx(1.5 * (whole[1] - whole[0]), rel=1e-9)


def test_folds_that_disagree_widen_the_interval() -> None:
    doubt = learned()

    same, apart = (
        doubt.interval(33.0, np.array(folds), missing=Missing())
        for folds in ([33.0] * 5, [23.0, 28.0, 33.0, 38.0, 43.0])
    )

    assert apart[1] - apart[0] > same[1] - same[0]


def pulled(ratio: float, *, n: int = 40, believed: float = 1.4) -> float:
    """What n persons show, as 20 more who showed what is believed would change it."""
    return (n * ratio + 20 * believed) / (n + 20)


def test_the_cost_of_missing_inputs_is_the_ratio_of_large_errors() -> None:
    rated = np.linspace(10, 50, 40)
    complete = rated + 2
    loss = measured_loss(
        rated,
        {"kinematics-only": rated - 3, "emg-only": rated + 1, "one-trial": rated + 8},
        complete=complete,
        n_trials=np.full(40, 12),
        subject=np.arange(40),
    )

    assert dataclasses.astuple(loss) == pytest.approx((pulled(1.5), pulled(1), pulled(4), 12))


def test_missing_inputs_cost_something_even_where_few_persons_show_no_cost() -> None:
    rated = np.linspace(10, 50, 12)
    nothing_lost = dict.fromkeys(("kinematics-only", "emg-only", "one-trial"), rated + 2)

    few, many = (
        measured_loss(
            np.tile(rated, times),
            {name: np.tile(one, times) for name, one in nothing_lost.items()},
            complete=np.tile(rated + 2, times),
            n_trials=np.full(12 * times, 6),
            subject=np.arange(12 * times),
        )
        for times in (1, 50)
    )

    for name in ("without_emg", "without_kinematics", "one_trial"):
        assert 1.2 < getattr(few, name) < 1.4
        assert 1 < getattr(many, name) < 1.02


def test_visits_of_the_same_persons_do_not_count_as_more_persons() -> None:
    rated = np.linspace(10, 50, 40)

    loss = measured_loss(
        rated, {"emg-only": rated + 3}, complete=rated + 2, n_trials=np.full(40, 1),
        subject=np.arange(40) % 5,
    )  # fmt: skip

    assert loss.without_kinematics == 4


def test_with_one_modality_half_of_its_channels_say_what_all_would_cost() -> None:
    rated = np.linspace(10, 50, 40)

    loss = measured_loss(
        rated, {"half-channels": rated + 3}, complete=rated + 2, n_trials=np.full(40, 1),
        subject=np.arange(40),
    )  # fmt: skip

    assert loss.without_kinematics == pytest.approx(2 * pulled(1.5, believed=1.2) - 1)
    assert loss.one_trial == 4


def test_a_scenario_is_compared_on_the_persons_it_was_seen_in() -> None:
    rated = np.linspace(10, 50, 40)
    complete = rated + np.where(np.arange(40) < 20, 2.0, 20.0)
    seen = np.where(np.arange(40) < 20, rated + 3, np.nan)

    loss = measured_loss(
        rated, {"emg-only": seen}, complete=complete, n_trials=np.full(40, 3), subject=np.arange(40)
    )

    assert loss.without_kinematics == pytest.approx(pulled(1.5, n=20))


def test_on_a_scale_below_zero_intervals_are_where_they_would_be_above() -> None:
    rng = np.random.default_rng(3)
    rated = rng.uniform(0, 40, 40)
    estimate = np.clip(rated + rng.normal(0, 6, 40), 0, 40)
    here, there = (
        Uncertainty.learn(
            rated + least, estimate + least, fold=np.arange(40) % 5, subject=np.arange(40),
            scale=Scale(name="mine", minimum=least, maximum=least + 40),
        )
        for least in (0, -40)
    )  # fmt: skip

    for at in (1.0, 20.0, 39.0):
        low, high = here.interval(at, np.full(5, at), missing=Missing())
        moved = there.interval(at - 40, np.full(5, at - 40), missing=Missing())
        assert moved == pytest.approx((low - 40, high - 40), rel=1e-9)
    assert there.left_out(estimate - 40) == pytest.approx(here.left_out(estimate) - 40, rel=1e-9)


def test_left_out_intervals_lie_on_the_scale() -> None:
    ends = learned().left_out(np.linspace(0, 66, 60), level=0.9)

    assert (ends.min(), ends.max()) == (0, 66)


def test_a_persons_own_error_does_not_excuse_it() -> None:
    rated = np.full(20, 30.0)
    estimate = rated + np.where(np.arange(20) == 0, 20.0, 2.0)

    doubt = Uncertainty.learn(
        rated, estimate, fold=np.arange(20) % 4, subject=np.arange(20), scale=SCALE
    )

    assert doubt.calibration.score[0] == pytest.approx(10)  # 20 points where 2 were usual


def test_what_few_persons_show_is_not_known() -> None:
    rated = np.linspace(10, 50, 40)
    seen_by_few = np.where(np.arange(40) < 9, rated + 2, np.nan)

    loss = measured_loss(
        rated, {"emg-only": seen_by_few}, complete=rated + 2, n_trials=np.full(40, 3),
        subject=np.arange(40),
    )  # fmt: skip

    assert loss.without_kinematics == 4


def test_a_guess_is_as_wide_as_the_middle_of_the_ratings() -> None:
    doubt = learned(n=200)

    assert doubt.guess_width == pytest.approx(0.9 * 55, rel=0.1)
