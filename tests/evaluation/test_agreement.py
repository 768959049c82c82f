"""Agreement coefficients against closed forms, sums of squares and published examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import bland_altman, concordance, intraclass_correlation

SHROUT_AND_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def scores(seed: int = 0, n_rows: int = 9) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(0, 66, (n_rows, 2))


def test_icc_of_the_table_of_shrout_and_fleiss_is_as_printed() -> None:
    icc = intraclass_correlation(SHROUT_AND_FLEISS)

    assert icc == pytest.approx(0.2898, abs=5e-5)  # printed as .29


@pytest.mark.parametrize("seed", range(5))
def test_icc_follows_from_the_sums_of_squares_of_a_two_way_table(seed: int) -> None:
    table = scores(seed)
    n, k = table.shape
    total = sum((cell - table.mean()) ** 2 for cell in table.flat)
    rows = k * sum((row.mean() - table.mean()) ** 2 for row in table)
    raters = n * sum((rater.mean() - table.mean()) ** 2 for rater in table.T)
    msr, msc = rows / (n - 1), raters / (k - 1)
    mse = (total - rows - raters) / ((n - 1) * (k - 1))

    icc = intraclass_correlation(table)

    assert icc == pytest.approx(
        (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n), rel=1e-10
    )


@given(st.integers(0, 10**6))
def test_concordance_follows_from_moments_that_divide_by_n(seed: int) -> None:
    x, y = scores(seed).T
    shared = np.cov(x, y, ddof=0)[0, 1]

    population = 2 * shared / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)

    assert concordance(x, y) == pytest.approx(population, rel=1e-9)
    sample = 2 * np.cov(x, y)[0, 1] / (x.var(ddof=1) + y.var(ddof=1) + (x.mean() - y.mean()) ** 2)
    if abs(x.mean() - y.mean()) > 1 and abs(shared) > 1:
        assert abs(concordance(x, y) or 0) < abs(sample)


def test_a_bias_lowers_concordance_and_icc_by_the_closed_form() -> None:
    rated = np.array([1.0, 2, 3])  # variance 2/3; shifting by 1 adds 1 to the denominator

    assert concordance(rated, rated + 1) == pytest.approx(4 / 7, rel=1e-12)
    assert intraclass_correlation(np.column_stack([rated, rated + 1])) == pytest.approx(2 / 3)


def test_perfect_agreement_is_one_and_reversal_is_minus_one() -> None:
    rated = np.array([10.0, 12, 20, 22])

    assert concordance(rated, rated) == pytest.approx(1, rel=1e-12)
    assert concordance(rated, 32 - rated) == pytest.approx(-1, rel=1e-12)
    assert intraclass_correlation(np.column_stack([rated, rated])) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("coefficient", [concordance, lambda x, y: intraclass_correlation([x, y])])
def test_agreement_is_undefined_where_nothing_varies(coefficient: object) -> None:
    assert callable(coefficient)
    assert coefficient([0.1 + 0.2, 0.3], [0.3, 0.3]) is None


def test_limits_of_agreement_follow_their_closed_form() -> None:
    rated = np.array([10.0, 20, 30, 40])
    found = bland_altman(
        rated, rated + np.array([0, 2, 4, 6])
    )  # differences have mean 3, variance 20/3

    sd = np.sqrt(20 / 3)
    assert found.bias == pytest.approx(3, rel=1e-12)
    assert found.sd == pytest.approx(sd, rel=1e-12)
    assert found.lower_limit == pytest.approx(3 - 1.96 * sd, rel=1e-4)  # 1.96 is rounded
    assert found.upper_limit == pytest.approx(3 + 1.96 * sd, rel=1e-4)
    t_of_3 = 3.182446305
    assert found.bias_half_width == pytest.approx(t_of_3 * sd / 2, rel=1e-9)
    assert found.limit_half_width == pytest.approx(t_of_3 * sd * np.sqrt(3 / 4), rel=1e-9)
    assert found.slope == pytest.approx(2 / 11, rel=1e-12)  # per 10 points: 2 more, mean 11 more


def test_the_difference_is_estimated_minus_rated() -> None:
    assert bland_altman([10, 20], [11, 21]).bias == 1


@pytest.mark.parametrize(
    ("rated", "factor", "slope"), [([10, 20, 30], 1, 0), ([10, 20, 30], 0, -2)]
)
def test_the_slope_shows_how_much_the_range_is_pulled_together(
    rated: list[float], factor: float, slope: float
) -> None:
    estimated = 20 + factor * (np.array(rated) - 20)

    assert bland_altman(rated, estimated).slope == pytest.approx(slope, abs=1e-12)


def test_the_slope_is_undefined_where_all_means_are_equal() -> None:
    assert bland_altman([10, 20, 30], [30, 20, 10]).slope is None


@pytest.mark.parametrize(
    ("rated", "estimated"), [([1], [1]), ([1, 2], [1, 2, 3]), ([[1, 2]], [[1, 2]])]
)
def test_lists_that_cannot_be_paired_are_refused(rated: object, estimated: object) -> None:
    for compare in (bland_altman, concordance):
        with pytest.raises(EvaluationError, match="equally long lists of at least two"):
            compare(rated, estimated)  # type: ignore[arg-type]


def test_a_table_of_one_rater_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"at least two of each; got shape \(3, 1\)"):
        intraclass_correlation([[1], [2], [3]])
