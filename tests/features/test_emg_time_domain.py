"""Length, crossings and turns: rates that know neither duration nor gain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hybridmfp.features.emg_time_domain import (
    slope_sign_change_rate,
    waveform_length_rate,
    zero_crossing_rate,
)

COUNTS = [zero_crossing_rate, slope_sign_change_rate]
FEATURES = [*COUNTS, waveform_length_rate]


def sine(frequency_hz: float, *, rate_hz: float, duration_s: float = 4.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * (np.arange(duration_s * rate_hz) + 0.3) / rate_hz)


@pytest.mark.parametrize("feature", COUNTS)
@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0, 4000.0])
@pytest.mark.parametrize("frequency_hz", [20.0, 83.0, 450.0])
@pytest.mark.parametrize("duration_s", [2.0, 5.0])
def test_a_sine_crosses_and_turns_twice_per_period(
    feature: Callable[..., np.ndarray], rate_hz: float, frequency_hz: float, duration_s: float
) -> None:
    emg = sine(frequency_hz, rate_hz=rate_hz, duration_s=duration_s)

    # whole events in a window: at most one too many or too few
    assert feature(emg, rate_hz=rate_hz) == pytest.approx(2 * frequency_hz, abs=1.2 / duration_s)


@pytest.mark.parametrize("rate_hz", [2000.0, 4000.0])
def test_a_sine_travels_four_amplitudes_per_period(rate_hz: float) -> None:
    emg = 2e-4 * sine(50, rate_hz=rate_hz)

    # samples miss the peaks by up to 1 - cos(pi 50 / 2000) = 0.3 %; ends miss part of a period
    assert waveform_length_rate(emg, rate_hz=rate_hz) == pytest.approx(4 * 2e-4 * 50, rel=5e-3)


def test_white_noise_crosses_at_half_and_turns_at_two_thirds_of_the_rate() -> None:
    noise = np.random.default_rng(0).normal(size=200_000)

    # probability 1/2 per pair and 2/3 per triple; the 1 % threshold takes under 0.5 % of them
    assert zero_crossing_rate(noise, rate_hz=2000) == pytest.approx(1000, rel=0.01)
    assert slope_sign_change_rate(noise, rate_hz=2000) == pytest.approx(2000 * 2 / 3, rel=0.01)
    # the mean of |difference of two normal numbers| is 2 / sqrt(pi)
    length = waveform_length_rate(noise, rate_hz=2000)
    assert length == pytest.approx(2000 * 2 / np.sqrt(np.pi), rel=0.01)


@pytest.mark.parametrize("feature", COUNTS)
def test_the_gain_does_not_matter_to_counts(feature: Callable[..., np.ndarray]) -> None:
    emg = np.random.default_rng(0).normal(size=(2, 3, 1000))

    counts = feature(emg, rate_hz=2000)

    assert counts.shape == (2, 3)
    np.testing.assert_array_equal(feature(1e-5 * emg, rate_hz=2000), counts)


def test_length_scales_with_the_gain() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 1000))

    np.testing.assert_allclose(
        waveform_length_rate(-1e-5 * emg, rate_hz=2000),
        1e-5 * waveform_length_rate(emg, rate_hz=2000),
        rtol=1e-12,
    )


def test_noise_under_the_threshold_neither_crosses_nor_turns() -> None:
    loud_then_quiet = np.concatenate([sine(50, rate_hz=2000), np.zeros(8000)])
    whisper = 1e-5 * np.random.default_rng(0).normal(size=16000)

    crossings, turns = (feature(loud_then_quiet + whisper, rate_hz=2000) for feature in (COUNTS))

    assert crossings == pytest.approx(50, abs=0.5)  # 100 per second in half of the time
    assert turns == pytest.approx(50, abs=0.5)


def test_a_larger_threshold_counts_less() -> None:
    noise = np.random.default_rng(0).normal(size=4000)

    for feature in COUNTS:
        counts = [feature(noise, rate_hz=2000, noise_share=share) for share in (0.01, 1.0, 50.0)]
        assert counts[0] > counts[1] > counts[2] == 0


@pytest.mark.parametrize("feature", FEATURES)
def test_nothing_is_counted_across_a_gap(feature: Callable[..., np.ndarray]) -> None:
    up_and_down = np.where(np.arange(2000) < 1000, 1.0, -1.0)
    up_and_down[1000] = np.nan

    assert feature(up_and_down, rate_hz=2000) == 0.0


@pytest.mark.parametrize("feature", FEATURES)
def test_time_in_a_gap_does_not_count(feature: Callable[..., np.ndarray]) -> None:
    emg = np.random.default_rng(0).normal(size=4000)
    gapped = np.concatenate([emg, np.full(4000, np.nan)])

    np.testing.assert_allclose(
        feature(gapped, rate_hz=2000), feature(emg, rate_hz=2000), rtol=1e-12
    )


@pytest.mark.parametrize("feature", FEATURES)
def test_a_masked_channel_is_unknown_and_a_silent_one_is_zero(
    feature: Callable[..., np.ndarray],
) -> None:
    emg = np.zeros((2, 1000))
    emg[0] = np.nan

    values = feature(emg, rate_hz=2000)

    assert np.isnan(values[0])
    assert values[1] == 0.0


@pytest.mark.parametrize("feature", FEATURES)
def test_too_few_samples_say_nothing(feature: Callable[..., np.ndarray]) -> None:
    emg = np.random.default_rng(0).normal(size=500)

    assert np.isfinite(feature(emg, rate_hz=2000))
    assert np.isnan(feature(emg[:499], rate_hz=2000))
    assert np.isnan(feature(emg[:1], rate_hz=2000))


@pytest.mark.parametrize("feature", FEATURES)
def test_valid_samples_without_neighbours_say_nothing(feature: Callable[..., np.ndarray]) -> None:
    scattered = np.where(np.arange(2000) % 2, 1.0, np.nan)

    assert np.isnan(feature(scattered, rate_hz=2000))
