"""What the line of a patient promises: a closed form, checked against independent ones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from hybridmfp.clinical.change import TrendPrior
from hybridmfp.clinical.change.trend_prior import trend_time
from hybridmfp.clinical.change.visit_noise import visit_covariance, visit_noise
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError

NONE = Source("test", "assumption")


def _prior(sd: float = 2.0, time_scale: str = "weeks") -> TrendPrior:
    return TrendPrior(
        np.array([30.0, 0.5]),
        np.array([[90.0, -3.0], [-3.0, 1.5]]),
        sd,
        time_scale,
        NONE,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("time_scale", ["weeks", "log"])
def test_the_line_is_that_of_the_joint_normal_distribution(time_scale: str) -> None:
    rng = np.random.default_rng(6101)
    weeks = np.array([3.0, 4.0, 6.0, 10.0, 11.0])
    scores = rng.normal(33, 5, 5)
    prior = _prior(time_scale=time_scale)
    noise = visit_covariance(weeks * 7, np.array([2.0, 3.0, 2.0, 2.0, 4.0]))

    line = prior.given(weeks, scores, covariance=noise)

    # whitened least squares on data and prior together: another road to the same mean
    times = trend_time(weeks, first_week=3.0, time_scale=time_scale)  # type: ignore[arg-type]
    design = np.column_stack([np.ones(5), times])
    data, held = (
        np.linalg.cholesky(np.linalg.inv(noise)).T,
        np.linalg.cholesky(np.linalg.inv(prior.covariance)).T,
    )
    rows = np.vstack([data @ design, held])
    found = lsq_linear(rows, np.concatenate([data @ scores, held @ prior.mean]), tol=1e-14).x
    np.testing.assert_allclose(line.coefficients, found, rtol=1e-8)
    np.testing.assert_allclose(line.covariance, np.linalg.inv(rows.T @ rows), rtol=1e-8)


def test_with_a_wide_prior_the_line_is_that_of_least_squares() -> None:
    weeks, scores = np.arange(6.0), np.array([30.0, 32, 31, 35, 34, 38])
    prior = TrendPrior(np.zeros(2), np.diag([1e9, 1e9]), 2.0, "weeks", NONE)

    line = prior.given(weeks, scores)

    slope, level = np.polyfit(weeks, scores, 1)
    np.testing.assert_allclose(line.coefficients, [level, slope], rtol=1e-6)


def test_without_scatter_left_the_prior_is_kept() -> None:
    line = _prior(sd=1e6).given(np.arange(5.0), np.full(5, 60.0))

    np.testing.assert_allclose(line.coefficients, [30.0, 0.5], atol=1e-3)


@given(st.integers(2, 20), st.floats(0.5, 10))
def test_a_visit_more_never_makes_the_line_less_certain(n: int, sd: float) -> None:
    weeks = np.arange(n + 1.0)
    fewer = _prior(sd).given(weeks[:-1], np.full(n, 30.0))
    more = _prior(sd).given(weeks, np.full(n + 1, 30.0))

    smallest = np.linalg.eigvalsh(fewer.covariance - more.covariance).min()
    assert smallest >= -1e-9


def test_the_slope_of_a_log_scale_falls_with_the_weeks() -> None:
    line = _prior(time_scale="log").given(np.array([1.0, 3.0, 7.0]), np.array([20.0, 28, 36]))

    early, _ = line.slope_at(1.0)
    late, _ = line.slope_at(7.0)
    assert early == pytest.approx(4 * late)
    step = 1e-5
    level, _ = line.at(np.array([7.0 - step, 7.0 + step]))
    assert late == pytest.approx((level[1] - level[0]) / (2 * step), rel=1e-6)


def test_the_time_of_a_trend_begins_at_the_first_visit() -> None:
    weeks = np.array([2.0, 8.0])

    assert trend_time(weeks, first_week=2.0, time_scale="weeks").tolist() == [0.0, 6.0]
    assert trend_time(weeks, first_week=2.0, time_scale="log") == pytest.approx([0, np.log(3)])


@pytest.mark.parametrize(("day", "scale"), [(0, "log"), (91, "log"), (91.1, "weeks")])
def test_courses_that_begin_in_3_months_are_told_on_a_log_scale(day: float, scale: str) -> None:
    prior = TrendPrior.for_first_visit(day)

    assert prior.time_scale == scale
    assert prior.source.status == "assumption"
    assert prior.mean[1] == 0.0


def test_an_unknown_time_scale_is_refused() -> None:
    with pytest.raises(ClinicalError, match="log or weeks") as caught:
        TrendPrior.assumed("days")  # type: ignore[arg-type]
    assert caught.value.refusal == "impossible_value"


def test_days_in_a_row_have_noise_in_common_and_weeks_hardly() -> None:
    covariance = visit_covariance(np.array([0.0, 1.0, 28.0]), np.array([2.0, 2.0, 4.0]))

    assert np.diag(covariance).tolist() == [4.0, 4.0, 16.0]
    assert covariance[0, 1] == pytest.approx(4 * 0.5 * np.exp(-1 / 3))
    assert covariance[0, 2] < 1e-3
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_two_visits_on_one_day_still_have_noise_of_their_own() -> None:
    covariance = visit_covariance(np.zeros(2), np.ones(2))

    assert covariance.tolist() == [[1.0, 0.5], [0.5, 1.0]]


def test_the_noise_of_visits_follows_source_quality_and_repeat_error() -> None:
    rated = Visit("r", 1, "rated", 30.0)
    green = Visit("g", 1, "estimated", 30.0, (20, 40), 0.9, quality="green")
    amber = Visit("a", 1, "estimated", 30.0, (10, 50), 0.9, quality="amber")

    assert visit_noise([rated], repeat_sd=None).tolist() == [2.46]
    assert visit_noise([green, amber], repeat_sd=None) == pytest.approx([6.08, 12.16], abs=0.01)
    assert visit_noise([green, amber], repeat_sd=4.0).tolist() == [4.0, 6.0]
    assert visit_noise([green, amber], repeat_sd=1.0) == pytest.approx([2.46, 3.69])


def test_a_single_trend_needs_neither_statsmodels_nor_scikit_learn() -> None:
    code = (
        "import sys; from hybridmfp.clinical.course import Visit; "
        "from hybridmfp.clinical.change import session_trend; "
        "session_trend([Visit(str(k), 7 * k, 'rated', 30.0 + k) for k in range(12)]); "
        "heavy = ('statsmodels', 'sklearn', 'pandas', 'torch'); "
        "print([one for one in heavy if one in sys.modules])"
    )

    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"
