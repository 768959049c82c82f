"""Amplitude features: closed forms, scale, gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hybridmfp.features.emg_amplitude import mean_absolute_value, rms

FEATURES = [rms, mean_absolute_value]
RATE_HZ = 2000.0


def test_a_sine_has_its_textbook_amplitudes() -> None:
    sine = 3e-4 * np.sin(2 * np.pi * 50 * np.arange(4000) / RATE_HZ)

    assert rms(sine, rate_hz=RATE_HZ) == pytest.approx(3e-4 / np.sqrt(2), rel=1e-12)
    # 40 samples per period approximate the mean of |sin| to 0.2 %
    assert mean_absolute_value(sine, rate_hz=RATE_HZ) == pytest.approx(6e-4 / np.pi, rel=3e-3)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_value_does_not_depend_on_duration(feature: Callable[..., np.ndarray]) -> None:
    emg = np.random.default_rng(0).normal(size=(3, 1000))

    twice = feature(np.tile(emg, 2), rate_hz=RATE_HZ)

    np.testing.assert_allclose(twice, feature(emg, rate_hz=RATE_HZ), rtol=1e-12)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_value_scales_with_the_gain_whatever_its_sign(
    feature: Callable[..., np.ndarray],
) -> None:
    emg = np.random.default_rng(0).normal(size=(2, 3, 1000))

    scaled = feature(-1e-5 * emg, rate_hz=RATE_HZ)

    assert scaled.shape == (2, 3)
    np.testing.assert_allclose(scaled, 1e-5 * feature(emg, rate_hz=RATE_HZ), rtol=1e-12)


@pytest.mark.parametrize("feature", FEATURES)
def test_gaps_do_not_count(feature: Callable[..., np.ndarray]) -> None:
    emg = np.random.default_rng(0).normal(size=(2, 1000))
    gapped = np.insert(emg, 300, np.full((5, 1), np.nan), axis=1)

    np.testing.assert_allclose(
        feature(gapped, rate_hz=RATE_HZ), feature(emg, rate_hz=RATE_HZ), rtol=1e-12
    )


@pytest.mark.parametrize("feature", FEATURES)
def test_a_masked_channel_is_unknown_and_a_silent_one_is_zero(
    feature: Callable[..., np.ndarray],
) -> None:
    emg = np.zeros((2, 1000))
    emg[0] = np.nan

    values = feature(emg, rate_hz=RATE_HZ)

    assert np.isnan(values[0])
    assert values[1] == 0.0


@pytest.mark.parametrize("feature", FEATURES)
def test_a_quarter_of_a_second_is_enough_and_less_is_not(
    feature: Callable[..., np.ndarray],
) -> None:
    assert feature(np.ones(500), rate_hz=RATE_HZ) == 1.0
    assert np.isnan(feature(np.ones(499), rate_hz=RATE_HZ))
