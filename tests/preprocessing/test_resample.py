"""Other rates and phase profiles: exact where they must be, without aliases, with gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.resample import (
    around_gaps,
    bridge_gaps,
    phase_profile,
    resample_rate,
)


@given(
    n_samples=st.integers(2, 700),
    n_points=st.integers(2, 300),
    slope=st.floats(-5, 5),
    offset=st.floats(-5, 5),
)
@settings(deadline=None, max_examples=150)
def test_a_straight_line_stays_that_line(
    n_samples: int, n_points: int, slope: float, offset: float
) -> None:
    line = offset + slope * np.linspace(0, 1, n_samples)

    profile = phase_profile(line, n_points=n_points)

    np.testing.assert_allclose(profile, offset + slope * np.linspace(0, 1, n_points), atol=1e-9)


def test_a_straight_line_with_gaps_stays_that_line() -> None:
    line = np.linspace(-1, 1, 5001)
    line[1000:1030] = np.nan
    line[3000:3300] = np.nan

    profile = phase_profile(line)

    known = np.isfinite(profile)
    np.testing.assert_allclose(profile[known], np.linspace(-1, 1, 101)[known], atol=1e-12)
    # 30 samples are less than half a weight; of 3000..3299 points 60-65 (step 50) are lost
    assert np.flatnonzero(~known).tolist() == [60, 61, 62, 63, 64, 65]


@pytest.mark.parametrize("n_samples", [2, 30, 101, 4321])
def test_both_ends_are_the_samples_themselves(n_samples: int) -> None:
    samples = np.random.default_rng(0).normal(size=(2, 3, n_samples))

    profile = phase_profile(samples)

    assert profile.shape == (2, 3, 101)
    np.testing.assert_array_equal(profile[..., 0], samples[..., 0])
    np.testing.assert_array_equal(profile[..., -1], samples[..., -1])


def test_as_many_points_as_samples_change_nothing() -> None:
    samples = np.random.default_rng(0).normal(size=(2, 101))

    np.testing.assert_allclose(phase_profile(samples), samples, atol=1e-12)


def test_stretching_is_linear_interpolation() -> None:
    samples = np.random.default_rng(0).normal(size=40)

    expected = np.interp(np.linspace(0, 39, 101), np.arange(40), samples)
    np.testing.assert_allclose(phase_profile(samples), expected, atol=1e-12)


def test_a_point_is_the_triangular_average_around_it() -> None:
    samples = np.random.default_rng(0).normal(size=1001)

    point = 37
    triangle = 1 - np.abs(np.arange(-10, 11)) / 10
    expected = np.sum(triangle * samples[370 - 10 : 370 + 11]) / np.sum(triangle)
    assert phase_profile(samples)[point] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_samples", [4000, 6000, 10007])
def test_an_80_hz_tone_does_not_fold_into_the_profile(n_samples: int) -> None:
    tone = np.sin(2 * np.pi * 80 * np.arange(n_samples) / 2000)

    profile = phase_profile(tone)

    assert np.std(profile[1:-1]) < 0.25 * np.std(tone)  # point sampling would leave all of it


def test_half_speed_gives_the_same_profile() -> None:
    def movement(n_samples: int) -> np.ndarray:
        return np.sin(np.pi * np.linspace(0, 1, n_samples)) ** 2

    fast, slow = phase_profile(movement(2000)), phase_profile(movement(4000))

    np.testing.assert_allclose(fast, slow, atol=1e-5)


def test_masked_channels_and_ends_stay_masked() -> None:
    samples = np.ones((2, 1000))
    samples[0] = np.nan
    samples[1, 0] = np.nan

    profile = phase_profile(samples)

    assert np.isnan(profile[0]).all()
    assert np.flatnonzero(np.isnan(profile[1])).tolist() == [0]


@pytest.mark.parametrize(("n_samples", "n_points"), [(1, 101), (100, 1)])
def test_a_profile_of_a_single_instant_is_refused(n_samples: int, n_points: int) -> None:
    with pytest.raises(SignalError, match=f"n_samples={n_samples}, n_points={n_points}"):
        phase_profile(np.ones(n_samples), n_points=n_points)


@pytest.mark.parametrize(("rate_hz", "new_rate_hz"), [(2000, 1000), (1000, 2000), (1500, 2000)])
def test_a_slow_tone_is_the_same_at_another_rate(rate_hz: int, new_rate_hz: int) -> None:
    def tone(at_hz: int) -> np.ndarray:
        return np.sin(2 * np.pi * 40 * np.arange(4 * at_hz) / at_hz)

    resampled = resample_rate(tone(rate_hz), rate_hz=rate_hz, new_rate_hz=new_rate_hz)

    assert resampled.shape == (4 * new_rate_hz,)
    inner = slice(new_rate_hz, 3 * new_rate_hz)
    # the Kaiser window of the polyphase filter ripples by 1e-3 in its pass band
    np.testing.assert_allclose(resampled[inner], tone(new_rate_hz)[inner], atol=2e-3)


def test_a_tone_above_the_new_half_rate_is_gone() -> None:
    tone = np.sin(2 * np.pi * 80 * np.arange(8000) / 2000)

    resampled = resample_rate(tone, rate_hz=2000, new_rate_hz=100)

    assert np.max(np.abs(resampled[50:-50])) < 2e-3  # stop band of the same window


def test_a_gap_is_masked_with_two_slow_samples_beside_it() -> None:
    samples = np.ones((2, 400))
    samples[0, 200:204] = np.nan

    down = resample_rate(samples, rate_hz=200, new_rate_hz=100)
    up = resample_rate(samples, rate_hz=100, new_rate_hz=200)

    assert np.flatnonzero(np.isnan(down[0])).tolist() == list(range(98, 104))
    assert np.flatnonzero(np.isnan(up[0])).tolist() == list(range(395, 412))
    assert np.isfinite(down[1]).all()


def test_a_masked_channel_stays_masked_at_another_rate() -> None:
    assert np.isnan(resample_rate(np.full(50, np.nan), rate_hz=200, new_rate_hz=100)).all()


def test_a_straight_line_goes_on_to_its_ends_at_another_rate() -> None:
    line = 3 + np.linspace(0, 1, 401)

    resampled = resample_rate(line, rate_hz=400, new_rate_hz=200)

    np.testing.assert_allclose(resampled, line[::2], atol=2e-3)  # the window's ripple


def test_the_same_rate_changes_nothing() -> None:
    samples = np.random.default_rng(0).normal(size=(2, 50))

    np.testing.assert_allclose(
        resample_rate(samples, rate_hz=200, new_rate_hz=200), samples, atol=1e-12
    )


@pytest.mark.parametrize("new_rate_hz", [0.026, 5e7])
def test_rates_too_far_apart_are_refused(new_rate_hz: float) -> None:
    with pytest.raises(SignalError, match="ratio of whole numbers up to 20000; got"):
        resample_rate(np.ones(10), rate_hz=1000, new_rate_hz=new_rate_hz)


def test_rates_without_a_common_measure_keep_time_to_a_millionth() -> None:
    seconds = np.arange(19259) / 1925.93

    resampled = resample_rate(np.sin(2 * np.pi * 20 * seconds), rate_hz=1925.93, new_rate_hz=1000)

    expected = np.sin(2 * np.pi * 20 * np.arange(len(resampled)) / 1000)
    np.testing.assert_allclose(resampled[500:-500], expected[500:-500], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate_hz: float) -> None:
    with pytest.raises(SignalError, match="new_rate_hz must be a positive number"):
        resample_rate(np.ones(10), rate_hz=100, new_rate_hz=rate_hz)


def test_bridges_are_straight_and_ends_go_on_level() -> None:
    nan = float("nan")
    samples = np.array([[nan, 1, nan, nan, 4, nan], [1, 2, 3, 4, 5, 6], [nan] * 6])
    before = samples.copy()

    bridged = bridge_gaps(samples)

    np.testing.assert_array_equal(bridged, [[1, 1, 2, 3, 4, 4], [1, 2, 3, 4, 5, 6], [nan] * 6])
    np.testing.assert_array_equal(samples, before)


def test_the_surroundings_of_gaps_do_not_leak_to_other_channels() -> None:
    samples = np.ones((2, 8))
    samples[0, 7] = np.nan

    assert np.flatnonzero(around_gaps(samples, margin=2)).tolist() == [5, 6, 7]
    assert np.flatnonzero(around_gaps(samples, margin=0)).tolist() == [7]
