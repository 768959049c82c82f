"""What intervals promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    ConformalCalibration,
    calibrate,
    cv_plus_interval,
    left_out_interval,
)


def calibrated(rng: np.random.Generator, *, n_rows: int, n_folds: int = 5) -> ConformalCalibration:
    return calibrate(
        rng.normal(size=n_rows),
        rng.uniform(0.5, 2, n_rows),
        fold=np.arange(n_rows) % n_folds,
        subject=np.arange(n_rows),
    )


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_with_one_fold_and_one_row_each_it_is_split_conformal(level: float) -> None:
    rng = np.random.default_rng(0)
    error, n = rng.normal(size=40), 40
    known = calibrate(error, np.ones(n), fold=np.zeros(n), subject=np.arange(n))

    ((low, high),) = cv_plus_interval(known, np.array([[10.0]]), spread=np.ones(1), level=level)

    rank = int(np.ceil(level * (n + 1)))  # Vovk et al. 2005; Lei et al. 2018
    reach = np.sort(np.abs(error))[rank - 1]
    assert (low, high) == pytest.approx((10 - reach, 10 + reach), rel=1e-12)


@given(seed=st.integers(0, 10_000), n=st.integers(12, 40), level=st.sampled_from([0.7, 0.9]))
@settings(max_examples=40, deadline=None)
def test_cv_plus_is_what_barber_2021_writes_down(seed: int, n: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    fold, error = rng.integers(0, 4, n), rng.normal(size=n)
    estimates = rng.normal(30, 2, size=(4, 1))
    known = calibrate(error, np.ones(n), fold=fold, subject=np.arange(n))

    ((low, high),) = cv_plus_interval(known, estimates, spread=np.ones(1), level=level)

    alpha = 1 - level
    lows = np.sort(estimates[fold, 0] - np.abs(error))
    highs = np.sort(estimates[fold, 0] + np.abs(error))
    at_low = int(np.floor(alpha * (n + 1) + 1e-9))  # the ⌊α(n+1)⌋-th smallest
    at_high = int(np.ceil((1 - alpha) * (n + 1) - 1e-9))  # the ⌈(1-α)(n+1)⌉-th smallest
    assert low == pytest.approx(lows[at_low - 1] if at_low >= 1 else -np.inf)
    assert high == pytest.approx(highs[at_high - 1] if at_high <= n else np.inf)


def test_too_few_persons_promise_nothing() -> None:
    known = calibrate([1.0] * 8, [1.0] * 8, fold=[0] * 8, subject=list("abcdefgh"))

    ((low, high),) = cv_plus_interval(known, np.zeros((1, 1)), spread=np.ones(1), level=0.9)

    assert (low, high) == (-np.inf, np.inf)
    ((low, high),) = cv_plus_interval(known, np.zeros((1, 1)), spread=np.ones(1), level=0.8)
    assert (low, high) == (-1, 1)


@given(n=st.integers(2, 400), n_rows=st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_the_highest_level_is_the_last_one_with_finite_ends(n: int, n_rows: int) -> None:
    subject = np.repeat(np.arange(n), n_rows)
    ones = np.ones(len(subject))
    known = calibrate(ones, ones, fold=0 * ones, subject=subject)

    assert known.n_subjects == n
    for level, finite in ((known.highest_level, True), (known.highest_level + 1e-6, False)):
        ends = cv_plus_interval(known, np.zeros((1, 1)), spread=np.ones(1), level=level)
        assert np.isfinite(ends).all() == finite


def test_a_person_with_many_rows_counts_once() -> None:
    error = np.concatenate([np.ones(50), np.arange(2.0, 21.0)])
    subject = np.concatenate([np.zeros(50), np.arange(1, 20)])

    known = calibrate(error, np.ones(69), fold=np.zeros(69), subject=subject)
    once = calibrate(error[49:], np.ones(20), fold=np.zeros(20), subject=subject[49:])

    for level in (0.5, 0.8, 0.9, 0.95):
        said = [
            cv_plus_interval(one, np.zeros((1, 1)), spread=np.ones(1), level=level)
            for one in (known, once)
        ]
        assert np.array_equal(*said)


@given(seed=st.integers(0, 10_000), factor=st.floats(1.01, 5))
@settings(max_examples=30, deadline=None)
def test_a_larger_spread_or_level_never_narrows_an_interval(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    known = calibrated(rng, n_rows=30)
    estimates = rng.normal(size=(5, 1))

    def width(*, spread: float, level: float) -> float:
        ((low, high),) = cv_plus_interval(known, estimates, spread=np.array([spread]), level=level)
        return float(high - low)

    assert width(spread=factor, level=0.8) >= width(spread=1.0, level=0.8)
    assert width(spread=1.0, level=0.9) >= width(spread=1.0, level=0.8)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_intervals_follow_shift_and_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, error = 25, rng.normal(size=25)
    fold, estimates = np.arange(n) % 5, rng.normal(size=(5, 3))
    ones = np.ones(3)

    plain = calibrate(error, np.ones(n), fold=fold, subject=np.arange(n))
    scaled = calibrate(3 * error, np.ones(n), fold=fold, subject=np.arange(n))

    first = cv_plus_interval(plain, estimates, spread=ones)
    assert cv_plus_interval(scaled, 3 * estimates, spread=ones) == pytest.approx(3 * first)
    assert cv_plus_interval(plain, estimates + 7, spread=ones) == pytest.approx(first + 7)
    spread_out = calibrate(error, np.full(n, 4.0), fold=fold, subject=np.arange(n))
    assert cv_plus_interval(spread_out, estimates, spread=4 * ones) == pytest.approx(first)


def test_new_persons_are_held_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        truth = rng.normal(size=31)  # the estimates of all folds are 0
        known = calibrate(truth[:30], np.ones(30), fold=np.zeros(30), subject=np.arange(30))
        ((low, high),) = cv_plus_interval(known, np.zeros((1, 1)), spread=np.ones(1), level=0.9)
        held.append(low <= truth[30] <= high)

    assert np.mean(held) == pytest.approx(0.9, abs=4 * np.sqrt(0.9 * 0.1 / 400))


def test_a_left_out_row_is_not_judged_by_its_own_fold() -> None:
    rng = np.random.default_rng(2)
    n = 40
    error, fold = rng.normal(size=n), np.arange(n) % 4
    wild = np.where(fold == 0, 1000.0, error)
    known, other = (
        calibrate(one, np.ones(n), fold=fold, subject=np.arange(n)) for one in (error, wild)
    )

    before = left_out_interval(known, np.zeros(n), spread=np.ones(n), level=0.8)
    after = left_out_interval(other, np.zeros(n), spread=np.ones(n), level=0.8)

    assert np.array_equal(before[fold == 0], after[fold == 0])
    assert (after[fold == 1, 1] > before[fold == 1, 1]).all()


def test_a_left_out_interval_is_that_of_split_conformal_on_the_other_folds() -> None:
    error, fold = np.arange(1.0, 21.0), np.arange(20) % 2
    known = calibrate(error, np.ones(20), fold=fold, subject=np.arange(20))

    ends = left_out_interval(known, np.full(20, 50.0), spread=np.ones(20), level=0.8)

    others = np.sort(error[fold == 1])
    reach = others[int(np.ceil(0.8 * 11)) - 1]
    assert ends[0] == pytest.approx([50 - reach, 50 + reach])


def test_a_left_out_interval_is_as_wide_as_its_own_spread_says() -> None:
    fold = np.arange(20) % 2
    known = calibrate(np.arange(1.0, 21.0), np.ones(20), fold=fold, subject=np.arange(20))
    spread = np.where(np.arange(20) == 6, 3.0, 1.0)

    low, high = left_out_interval(known, np.zeros(20), spread=spread, level=0.8).T

    width = high - low
    assert width[6] == pytest.approx(3 * width[8], rel=1e-12)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"spread": [1.0, 0.0, 1.0]}, "spread must be above 0"),
        ({"error": [1.0, np.nan, 1.0]}, "error must be finite"),
        ({"fold": [0, 1]}, "fold must have one value for each of the 3 rows"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(
    changed: dict[str, list[float]], message: str
) -> None:
    given_ = {"error": [1.0, 2.0, 3.0], "spread": [1.0] * 3, "fold": [0, 1, 2]} | changed

    with pytest.raises(EvaluationError, match=message):
        calibrate(given_["error"], given_["spread"], fold=given_["fold"], subject=["a", "b", "c"])


def test_a_level_beyond_0_and_1_or_a_fold_without_estimate_is_refused() -> None:
    known = calibrated(np.random.default_rng(0), n_rows=10)

    with pytest.raises(EvaluationError, match=r"level must lie between 0 and 1.*got 90"):
        cv_plus_interval(known, np.zeros((5, 1)), spread=np.ones(1), level=90)
    with pytest.raises(EvaluationError, match=r"a row for each of the 5 folds .* got 4"):
        cv_plus_interval(known, np.zeros((4, 1)), spread=np.ones(1))
