"""Promises of the bootstrap over subjects."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import Interval, bootstrap_interval, mean_absolute_error, measure

ROWS = range(12)
RATED = np.zeros(12)
ERROR = np.random.default_rng(0).exponential(2, 12)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    error = np.random.default_rng(3).uniform(1, 2, 400)

    found = bootstrap_interval(
        mean_absolute_error, np.zeros(400), error, subject=range(400), n_draws=4000
    )

    half_width = 1.96 * error.std() / 20
    # 4000 draws place the ends to a few percent of the half width
    assert found.low == pytest.approx(error.mean() - half_width, abs=0.1 * half_width)
    assert found.high == pytest.approx(error.mean() + half_width, abs=0.1 * half_width)


def test_rows_of_one_subject_count_once() -> None:
    once = bootstrap_interval(mean_absolute_error, RATED, ERROR, subject=ROWS)

    four_times = bootstrap_interval(
        mean_absolute_error, np.tile(RATED, 4), np.tile(ERROR, 4), subject=[*ROWS] * 4
    )

    assert (four_times.low, four_times.high) == pytest.approx((once.low, once.high), rel=1e-12)


def test_subjects_are_drawn_with_all_of_their_rows() -> None:
    subject = np.repeat(["a", "b", "c"], [1, 2, 4])
    seen = set()

    def remember(rated: NDArray[np.float64], _: NDArray[np.float64]) -> float:
        names, times = np.unique(rated, return_counts=True)
        seen.update(zip(names.tolist(), times.tolist(), strict=True))
        return 0.0

    bootstrap_interval(remember, np.repeat([1, 2, 4], [1, 2, 4]), np.zeros(7), subject=subject)

    assert seen == {(n, n * drawn) for n in (1, 2, 4) for drawn in (1, 2, 3)}


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for trial in range(150):
        error = np.abs(rng.standard_normal(30))
        found = bootstrap_interval(
            mean_absolute_error, error * 0, error, subject=range(30), level=0.8, n_draws=150,
            seed=trial,
        )  # fmt: skip
        covered += np.sqrt(2 / np.pi) in found

    # 0.8 less the known shortfall of percentiles at n = 30, +-3 standard errors of 150 trials
    assert 0.68 < covered / 150 < 0.88


def test_a_higher_level_gives_a_wider_interval() -> None:
    narrow, wide = (
        bootstrap_interval(mean_absolute_error, RATED, ERROR, subject=ROWS, level=level)
        for level in (0.5, 0.95)
    )

    assert wide.low < narrow.low < ERROR.mean() < narrow.high < wide.high
    assert wide.level == 0.95


def test_the_seed_decides_the_interval() -> None:
    first, again, other = (
        bootstrap_interval(mean_absolute_error, RATED, ERROR, subject=ROWS, n_draws=50, seed=seed)
        for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other


def test_resamples_without_a_value_are_counted() -> None:
    def r2(rated: NDArray[np.float64], estimated: NDArray[np.float64]) -> float | None:
        return measure(rated, estimated).r2

    found = bootstrap_interval(r2, [1, 2, 9], [1, 3, 8], subject=["a", "b", "c"], n_draws=900)

    assert found.n_undefined == pytest.approx(100, abs=30)  # 3 of 27 draws, 3 standard errors
    assert np.isfinite([found.low, found.high]).all()


def test_a_figure_without_a_value_in_most_resamples_is_refused() -> None:
    with pytest.raises(EvaluationError, match="undefined in 20 of 20"):
        bootstrap_interval(lambda *_: None, RATED, ERROR, subject=ROWS, n_draws=20)


def test_an_interval_holds_its_ends() -> None:
    interval = Interval(1.0, 2.0)

    assert 1.0 in interval
    assert 2.0 in interval
    assert 2.1 not in interval


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_the_level_is_a_share(level: float) -> None:
    with pytest.raises(EvaluationError, match="level must lie between 0 and 1"):
        bootstrap_interval(mean_absolute_error, RATED, ERROR, subject=ROWS, level=level)


def test_there_is_something_to_resample() -> None:
    with pytest.raises(EvaluationError, match="at least 2 subjects, got only p1"):
        bootstrap_interval(mean_absolute_error, [1, 2], [1, 2], subject=["p1", "p1"])
    with pytest.raises(EvaluationError, match="n_draws must be at least 1"):
        bootstrap_interval(mean_absolute_error, RATED, ERROR, subject=ROWS, n_draws=0)
    with pytest.raises(EvaluationError, match="estimated must be finite; it is not for 0"):
        bootstrap_interval(mean_absolute_error, RATED, ERROR * np.nan, subject=ROWS)
