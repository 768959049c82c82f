"""What `PredictiveScore` promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.strata import PredictiveScore, noise_sd, rater_sem
from hybridmfp.errors import ClinicalError


def _estimate(score: float | None, low: float, high: float, level: float = 0.9) -> Visit:
    return Visit("S1", 40, "estimated", score, interval=(low, high), level=level)


SCORES = st.floats(0, 66)
WIDTHS = st.floats(0.05, 40)


def test_the_error_of_raters_is_the_verified_one() -> None:
    sem, source = rater_sem()

    assert sem == 2.46
    assert source.status == "verified"
    assert source.doi == "10.1177/15459683231186985"


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_distribution_passes_through_both_ends_and_the_score(level: float) -> None:
    one = PredictiveScore.of_visit(_estimate(30.0, 24.0, 41.0, level))

    assert one.cdf(24.0) == pytest.approx((1 - level) / 2, abs=1e-12)
    assert one.cdf(30.0) == pytest.approx(0.5, abs=1e-12)
    assert one.cdf(41.0) == pytest.approx((1 + level) / 2, abs=1e-12)


def test_a_rating_is_normal_with_the_error_of_raters() -> None:
    one = PredictiveScore.of_visit(Visit("S1", 40, "rated", 33.0))

    for points in (25.0, 31.5, 33.0, 40.2):
        assert one.cdf(points) == pytest.approx(norm.cdf(points, 33.0, 2.46), abs=1e-12)


@given(SCORES, WIDTHS, WIDTHS)
def test_the_mean_is_that_of_numerical_integration(
    score: float, below: float, above: float
) -> None:
    one = PredictiveScore(score, below, above)

    survival, _ = quad(lambda x: 1 - one.cdf(x), 0, 66, points=[score], limit=200)

    assert one.mean == pytest.approx(survival, abs=1e-4)
    assert 0 <= one.mean <= 66


@given(SCORES, WIDTHS, WIDTHS, st.floats(0.001, 0.999))
def test_quantile_and_cdf_are_inverse_inside_the_scale(
    score: float, below: float, above: float, probability: float
) -> None:
    one = PredictiveScore(score, below, above)

    points = one.quantile(probability)

    if 0 < points < 66:
        assert one.cdf(points) == pytest.approx(probability, abs=1e-6)
    elif points == 0:
        assert one.cdf(0) >= probability - 1e-9
    else:
        assert one.below(66) <= probability + 1e-9


@given(SCORES, st.floats(0, 40), st.floats(0, 40), st.lists(st.floats(-5, 70), min_size=2))
def test_the_cdf_never_falls_and_stays_between_0_and_1(
    score: float, below: float, above: float, points: list[float]
) -> None:
    one = PredictiveScore(score, below, above)

    values = [one.cdf(x) for x in sorted(points)]

    assert all(0 <= value <= 1 for value in values)
    assert values == sorted(values)


def test_mass_beyond_the_scale_counts_at_its_bounds() -> None:
    one = PredictiveScore(65.0, 3.0, 3.0)

    assert one.probability(66, 66) == pytest.approx(norm.sf(66, 65, 3), abs=1e-12)
    assert one.probability(0, 66) == 1.0
    assert PredictiveScore(1.0, 3.0, 3.0).probability(0, 0) == pytest.approx(norm.cdf(0, 1, 3))


def test_neighbouring_ranges_add_up() -> None:
    one = PredictiveScore(30.0, 4.0, 7.0)

    whole = one.probability(20, 50)

    assert one.probability(20, 31) + one.probability(31, 50) == pytest.approx(whole, abs=1e-12)


def test_a_width_of_0_leaves_half_of_the_mass_at_the_score() -> None:
    one = PredictiveScore(30.0, 0.0, 4.0)

    assert one.below(30.0) == 0.0
    assert one.cdf(30.0) == 0.5
    assert one.probability(30, 30) == 0.5
    assert one.quantile(0.2) == 30.0
    assert PredictiveScore(30.0, 0.0, 0.0).probability(30, 30) == 1.0


def test_the_ends_of_the_quantiles_are_the_ends_of_the_scale() -> None:
    one = PredictiveScore(30.0, 2.0, 2.0)

    assert (one.quantile(0), one.quantile(1)) == (0, 66)


def test_an_interval_cut_at_a_bound_is_at_least_as_wide_there_as_on_the_other_side() -> None:
    cut = PredictiveScore.of_visit(_estimate(60.0, 48.0, 66.0))
    whole = PredictiveScore.of_visit(_estimate(50.0, 38.0, 56.0))
    low = PredictiveScore.of_visit(_estimate(4.0, 0.0, 20.0))

    assert cut.sd_above == cut.sd_below == pytest.approx(12 / norm.ppf(0.95))
    assert whole.sd_above == pytest.approx(6 / norm.ppf(0.95))
    assert low.sd_below == low.sd_above == pytest.approx(16 / norm.ppf(0.95))


def test_the_noise_of_a_visit_is_its_wider_side() -> None:
    assert noise_sd(_estimate(30.0, 24.0, 41.0)) == pytest.approx(11 / norm.ppf(0.95))
    assert noise_sd(Visit("S1", 40, "rated", 33.0)) == 2.46


def test_an_interval_that_does_not_hold_its_score_is_refused() -> None:
    with pytest.raises(ClinicalError, match="must hold its score; got 30 and 31 to 40") as caught:
        PredictiveScore.of_visit(_estimate(30.0, 31.0, 40.0))
    assert caught.value.refusal == "impossible_value"


@pytest.mark.parametrize("width", [-1.0, float("nan"), float("inf")])
def test_impossible_widths_are_refused(width: float) -> None:
    with pytest.raises(ClinicalError, match="widths of a predictive") as caught:
        PredictiveScore(30.0, width, 1.0)
    assert caught.value.refusal == "impossible_value"


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_impossible_probabilities_are_refused(probability: float) -> None:
    with pytest.raises(ClinicalError, match="between 0 and 1"):
        PredictiveScore(30.0, 1.0, 1.0).quantile(probability)


def test_a_range_that_descends_is_refused() -> None:
    with pytest.raises(ClinicalError, match="low must not exceed high"):
        PredictiveScore(30.0, 1.0, 1.0).probability(10, 9)


def test_draws_of_the_split_normal_agree() -> None:
    one = PredictiveScore(60.0, 8.0, 5.0)
    z = np.random.default_rng(6100).standard_normal(400_000)
    draws = np.clip(60 + np.where(z < 0, 8, 5) * z, 0, 66)

    assert one.mean == pytest.approx(draws.mean(), abs=0.05)  # 400 000 draws: SE 0.01
    assert one.probability(53, 66) == pytest.approx(
        ((draws >= 53) & (draws <= 66)).mean(), abs=5e-3
    )
