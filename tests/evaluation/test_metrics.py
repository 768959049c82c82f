"""Laws and closed forms of the metrics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as reference

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import Metrics, concordance, intraclass_correlation, measure

seeds = st.integers(0, 10**6)


def pair(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    rated = rng.integers(0, 67, 15).astype(float)
    rated[:2] = [3, 40]
    return rated, rated + rng.normal(1, 4, 15)


@given(seeds)
def test_every_figure_agrees_with_an_independent_one(seed: int) -> None:
    rated, estimated = pair(seed)

    found = measure(rated, estimated, mdc_points=5.2)

    assert found.mae == pytest.approx(reference.mean_absolute_error(rated, estimated))
    assert found.rmse == pytest.approx(reference.root_mean_squared_error(rated, estimated))
    assert found.r2 == pytest.approx(reference.r2_score(rated, estimated))
    assert found.pearson == pytest.approx(stats.pearsonr(rated, estimated).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(rated, estimated).statistic)
    error = np.abs(rated - estimated)
    assert found.share_within_one_point == sum(error <= 1) / 15
    assert found.share_within_mdc == sum(error <= 5.2) / 15
    assert found.ccc == concordance(rated, estimated)
    assert found.icc == intraclass_correlation(np.column_stack([rated, estimated]))


def flat(found: Metrics) -> NDArray[np.float64]:
    values = dataclasses.asdict(found)
    agreement = values.pop("bland_altman")
    limits = {"bias", "lower_limit", "upper_limit"}
    unmoved = [value for name, value in agreement.items() if name not in limits]
    return np.array([*values.values(), *unmoved], dtype=float)


@given(seeds, st.floats(-30, 30))
def test_moving_both_sides_changes_nothing(seed: int, points: float) -> None:
    rated, estimated = pair(seed)

    moved = measure(rated + points, estimated + points, mdc_points=3)

    assert flat(moved) == pytest.approx(flat(measure(rated, estimated, mdc_points=3)), abs=1e-8)


@given(seeds)
def test_stretching_both_sides_stretches_errors_and_keeps_coefficients(seed: int) -> None:
    rated, estimated = pair(seed)

    once, tripled = measure(rated, estimated), measure(3 * rated, 3 * estimated)

    for name in ("mae", "rmse"):
        assert getattr(tripled, name) == pytest.approx(3 * getattr(once, name))
    for name in ("r2", "pearson", "spearman", "ccc", "icc"):
        assert getattr(tripled, name) == pytest.approx(getattr(once, name))
    assert tripled.bland_altman.sd == pytest.approx(3 * once.bland_altman.sd)


def test_identity_is_perfect() -> None:
    rated, _ = pair(0)

    found = measure(rated, rated, mdc_points=1)

    assert (found.mae, found.rmse, found.r2) == (0, 0, 1)
    assert [found.pearson, found.spearman, found.ccc, found.icc] == pytest.approx([1] * 4)
    assert found.share_within_one_point == found.share_within_mdc == 1


def test_a_constant_bias_is_seen_by_every_figure_but_correlation() -> None:
    rated, _ = pair(0)

    found = measure(rated, rated + 3)

    assert found.mae == found.rmse == found.bland_altman.bias == pytest.approx(3)
    assert [found.pearson, found.spearman] == pytest.approx([1, 1])
    assert found.r2 == pytest.approx(1 - 9 / rated.var())
    assert found.ccc is not None
    assert found.ccc < 1
    assert found.icc is not None
    assert found.icc < 1


def test_guessing_the_mean_has_no_r2_and_no_correlation() -> None:
    found = measure([10, 20, 30], [20, 20, 20])

    assert found.r2 == pytest.approx(0)
    assert found.pearson is None
    assert found.spearman is None
    assert found.ccc == 0


def test_equal_ratings_leave_r2_and_correlation_undefined() -> None:
    found = measure([20, 20, 20], [10, 20, 30])

    assert found.r2 is found.pearson is found.spearman is None
    assert found.mae == pytest.approx(20 / 3)


def test_exactly_one_point_is_within_one_point_in_spite_of_rounding() -> None:
    assert 16.1 - 15.1 > 1

    assert measure([15.1, 15.1], [16.1, 16.11]).share_within_one_point == 0.5


def test_the_share_within_the_mdc_is_unknown_where_the_mdc_is() -> None:
    assert measure([1, 2], [2, 3]).share_within_mdc is None


def test_a_missing_estimate_is_refused_by_name() -> None:
    with pytest.raises(EvaluationError, match="estimated must be finite; it is not for S7, S9"):
        measure([1, 2, 3], [np.nan, 2, np.inf], subject=["S7", "S8", "S9"])
    with pytest.raises(EvaluationError, match="rated must be finite; it is not for row 1"):
        measure([1, np.nan, 3], [1, 2, 3])


def test_many_missing_estimates_are_counted_rather_than_listed() -> None:
    with pytest.raises(EvaluationError, match="S7 and 12 more"):
        measure(range(20), [np.nan] * 20, subject=[f"S{row}" for row in range(20)])


@pytest.mark.parametrize("mdc_points", [0.0, -1.0, float("nan")])
def test_an_mdc_is_positive(mdc_points: float) -> None:
    with pytest.raises(EvaluationError, match="mdc_points must be positive"):
        measure([1, 2], [1, 2], mdc_points=mdc_points)


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(EvaluationError, match="estimated must have one value for each of the 2"):
        measure([1, 2], [1, 2, 3])
