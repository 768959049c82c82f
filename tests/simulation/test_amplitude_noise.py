"""Laws of amplitude-modulated noise: its level, its spectrum, its statistics."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch
from scipy.stats import kurtosis

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.simulation.amplitude_noise import amplitude_noise_emg
from hybridmfp.simulation.coloured_noise import coloured_noise

MEDIANS_HZ = np.linspace(65, 95, 12)


def steady(
    drive: float, *, rate_hz: float = 2000.0, duration_s: float = 40.0, seed: int = 0
) -> NDArray[np.float64]:
    emg = amplitude_noise_emg(
        np.full((12, round(100 * duration_s)), drive),
        median_frequency_hz=MEDIANS_HZ,
        rate_hz=rate_hz,
        rng=np.random.default_rng(seed),
    )
    return emg.astype(np.float64)


def frequency_at(share: float, emg: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    hertz, power = welch(emg, fs=rate_hz, nperseg=int(rate_hz))
    up_to = np.cumsum(power, axis=1) / power.sum(axis=1, keepdims=True)
    return np.array([np.interp(share, row, hertz) for row in up_to])


@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2000.0, 2148.0])
def test_the_spectrum_has_the_wanted_median_at_every_rate(rate_hz: float) -> None:
    emg = steady(1.0, rate_hz=rate_hz)

    assert emg.shape == (12, round(40 * rate_hz))
    # The amplifier takes a little more from the higher ones.
    np.testing.assert_allclose(frequency_at(0.5, emg, rate_hz), MEDIANS_HZ, rtol=0.03)


def test_the_spectrum_reaches_as_far_as_surface_emg() -> None:
    emg = steady(1.0)
    hertz, power = welch(emg, fs=2000.0, nperseg=2000)

    within = power[:, (hertz >= 20) & (hertz <= 450)].sum(axis=1) / power.sum(axis=1)
    edges = frequency_at(0.95, emg, 2000.0)

    assert within.min() >= 0.945  # at the lowest median
    assert within.mean() >= 0.96
    assert 195 <= edges.min() <= edges.max() <= 290


def test_power_falls_as_shwedyks_formula_says() -> None:
    hertz, power = welch(steady(1.0, duration_s=200.0)[0], fs=2000.0, nperseg=2000)
    inside = (hertz >= 10) & (hertz <= 380)
    hertz, power = hertz[inside], power[inside]
    low, high = 0.50 * MEDIANS_HZ[0], 1.40 * MEDIANS_HZ[0]

    formula = hertz**2 / ((hertz**2 + low**2) * (hertz**2 + high**2) ** 2)
    ratio = power / formula

    np.testing.assert_allclose(ratio / ratio.mean(), 1.0, atol=0.4)  # 200 windows scatter by 7 %
    assert abs(np.corrcoef(hertz, ratio)[0, 1]) < 0.3


def test_the_amplitude_is_the_drive() -> None:
    for drive in (0.0, 0.02, 0.3, 1.0):
        # 40 s of a band of about 100 Hz hold some 8000 independent values.
        np.testing.assert_allclose(steady(drive).std(axis=1), drive, rtol=0.03)


def test_the_amplitude_follows_a_changing_drive() -> None:
    ramp = np.tile(np.linspace(0, 1, 4000), (12, 1))
    emg = amplitude_noise_emg(
        ramp, median_frequency_hz=MEDIANS_HZ, rate_hz=1000.0, rng=np.random.default_rng(0)
    )

    levels = emg.reshape(12, 10, -1).std(axis=(0, 2))

    np.testing.assert_allclose(levels, np.linspace(0.05, 0.95, 10), atol=0.02)


def test_it_is_gaussian_at_every_drive() -> None:
    for drive in (0.05, 0.5, 1.0):
        assert np.abs(kurtosis(steady(drive), axis=1)).max() < 0.1


def test_muscles_are_independent() -> None:
    assert np.abs(np.corrcoef(steady(1.0)) - np.eye(12)).max() < 0.05


def test_the_same_generator_gives_the_same_emg_to_the_last_bit() -> None:
    np.testing.assert_array_equal(steady(0.4, duration_s=2.0), steady(0.4, duration_s=2.0))
    assert not np.array_equal(steady(0.4, seed=1), steady(0.4, seed=2))


@pytest.mark.parametrize("medians", [np.full(11, 80.0), np.full((12, 1), 80.0)])
def test_a_median_for_each_muscle_is_needed(medians: NDArray[np.float64]) -> None:
    with pytest.raises(SettingsError, match="one frequency for each of the 12 muscles"):
        amplitude_noise_emg(
            np.zeros((12, 9)),
            median_frequency_hz=medians,
            rate_hz=2000.0,
            rng=np.random.default_rng(0),
        )


@pytest.mark.parametrize("median", [19.0, 201.0, np.nan])
def test_a_median_that_no_emg_has_is_refused(median: float) -> None:
    with pytest.raises(SettingsError, match="must lie between 20 and 200 Hz"):
        amplitude_noise_emg(
            np.zeros((12, 9)),
            median_frequency_hz=np.full(12, median),
            rate_hz=2000.0,
            rng=np.random.default_rng(0),
        )


def test_a_drive_of_another_shape_is_refused() -> None:
    with pytest.raises(SignalError, match=r"drive must be \(12, n_frames\)"):
        amplitude_noise_emg(
            np.zeros(12),
            median_frequency_hz=MEDIANS_HZ,
            rate_hz=2000.0,
            rng=np.random.default_rng(0),
        )


@pytest.mark.parametrize("n_samples", [1000, 1001, 997])
def test_coloured_noise_has_unit_variance_and_only_the_frequencies_it_was_given(
    n_samples: int,
) -> None:
    def band(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.tile((hertz > 100) & (hertz < 200), (300, 1)).astype(float)

    noise = coloured_noise(n_samples, rate_hz=1000.0, amplitudes=band, rng=np.random.default_rng(0))

    assert noise.shape == (300, n_samples)
    assert noise.dtype == np.float32
    # 300 times 200 independent values
    assert np.mean(noise**2) == pytest.approx(1, abs=0.03)
    hertz, power = welch(noise[:, :997], fs=1000.0, nperseg=997)
    outside = power[:, (hertz < 95) | (hertz > 205)].sum()
    assert outside / power.sum() < 0.01


def test_coloured_noise_has_no_mean() -> None:
    noise = coloured_noise(
        1000,
        rate_hz=1000.0,
        amplitudes=lambda hertz: np.ones((50, hertz.size)),
        rng=np.random.default_rng(0),
    )

    assert np.abs(noise.mean(axis=1)).max() < 1e-6
