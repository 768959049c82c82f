"""Spectral features: tones and noise with known answers, at the native rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt, welch

from hybridmfp.errors import SignalError
from hybridmfp.features.emg_spectrum import (
    EMG_BANDS_HZ,
    PowerSpectrum,
    band_powers,
    mean_frequency,
    median_frequency,
    power_spectrum,
)

RATE_HZ = 2000.0


def tone(frequency_hz: float, *, duration_s: float = 4.0, rate_hz: float = RATE_HZ) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(duration_s * rate_hz)) / rate_hz)


@pytest.mark.parametrize("duration_s", [0.8, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0])
@pytest.mark.parametrize("rate_hz", [1000.0, 1925.93, 2000.0])
def test_an_80_hz_tone_is_80_hz_whatever_the_duration(duration_s: float, rate_hz: float) -> None:
    spectrum = power_spectrum(tone(80, duration_s=duration_s, rate_hz=rate_hz), rate_hz=rate_hz)

    # at 1925.93 Hz no bin lies on 80 Hz; the window is symmetric about it to a tenth of a bin
    assert mean_frequency(spectrum) == pytest.approx(80, abs=0.02)
    assert median_frequency(spectrum) == pytest.approx(80, abs=0.02)


@pytest.mark.parametrize("frequency_hz", [60.0, 61.0, 80.7, 203.3])
def test_a_tone_between_two_bins_is_where_it_is(frequency_hz: float) -> None:
    spectrum = power_spectrum(tone(frequency_hz), rate_hz=RATE_HZ)

    assert mean_frequency(spectrum) == pytest.approx(frequency_hz, abs=0.05)
    assert median_frequency(spectrum) == pytest.approx(frequency_hz, abs=0.25)  # of bins of 2 Hz


def test_white_noise_is_spread_evenly() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 200_000))

    spectrum = power_spectrum(noise, rate_hz=RATE_HZ)

    # 400 windows: 430 Hz of white noise are known to about 0.5 Hz
    assert mean_frequency(spectrum) == pytest.approx([235, 235], abs=2)
    assert median_frequency(spectrum) == pytest.approx([235, 235], abs=3)
    widths = [(high - low) / 430 for low, high in EMG_BANDS_HZ]
    np.testing.assert_allclose(band_powers(spectrum), [widths, widths], rtol=0.02)


@pytest.mark.parametrize(("low_hz", "high_hz"), [(20, 150), (150, 450)])
def test_band_noise_has_its_median_in_the_middle_of_its_band(low_hz: int, high_hz: int) -> None:
    steep = butter(10, [low_hz, high_hz], btype="bandpass", fs=RATE_HZ, output="sos")
    noise = sosfiltfilt(steep, np.random.default_rng(0).normal(size=100_000))

    median_hz = median_frequency(power_spectrum(noise, rate_hz=RATE_HZ))

    assert median_hz == pytest.approx((low_hz + high_hz) / 2, abs=4)


def test_power_is_that_of_scipy() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 3, 5000))

    spectrum = power_spectrum(emg, rate_hz=RATE_HZ)

    _, expected = welch(emg, fs=RATE_HZ, nperseg=1000, noverlap=500, detrend=False)
    # scipy halves the outermost densities, we halve the width of their bins
    np.testing.assert_allclose(spectrum.density[..., 1:-1], expected[..., 1:-1], rtol=1e-10)
    np.testing.assert_allclose(
        spectrum.density[..., [0, -1]], 2 * expected[..., [0, -1]], rtol=1e-10
    )


def test_power_sums_to_the_variance_at_any_rate() -> None:
    noise = np.random.default_rng(0).normal(size=200_000)

    for rate_hz in (1000.0, 1925.93, 2000.0):
        spectrum = power_spectrum(noise, rate_hz=rate_hz)
        power = np.sum(spectrum.density * np.diff(spectrum.edges_hz))
        assert power == pytest.approx(1, rel=0.01)  # of 200 000 samples


def test_the_bin_at_half_the_rate_is_included() -> None:
    alternating = np.where(np.arange(3600) % 2, 1.0, -1.0)

    spectrum = power_spectrum(alternating, rate_hz=900)

    assert spectrum.edges_hz[-1] == 450
    np.testing.assert_allclose(band_powers(spectrum), [0, 0, 0, 1], atol=1e-9)
    assert median_frequency(spectrum) == pytest.approx(449, abs=0.7)


@pytest.mark.parametrize(("frequency_hz", "band"), [(50, 0), (100, 1), (200, 2), (400, 3)])
def test_a_tone_lies_in_its_band(frequency_hz: float, band: int) -> None:
    shares = band_powers(power_spectrum(tone(frequency_hz), rate_hz=RATE_HZ))

    np.testing.assert_allclose(shares, np.eye(4)[band], atol=1e-6)


def test_bands_share_everything() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 3, 4000))

    shares = band_powers(power_spectrum(noise, rate_hz=1925.93))

    assert shares.shape == (2, 3, 4)
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-12)


def test_what_lies_outside_20_to_450_hz_does_not_count() -> None:
    with_artefacts = tone(80) + 5 * tone(6) + 5 * tone(700)

    spectrum = power_spectrum(with_artefacts, rate_hz=RATE_HZ)

    # the Hann window's skirt of the 6 Hz artefact: 1e-6 of its power beyond 20 Hz
    assert mean_frequency(spectrum) == pytest.approx(80, abs=0.05)
    assert median_frequency(spectrum) == pytest.approx(80, abs=0.01)


def test_the_median_is_interpolated_within_a_bin() -> None:
    edges_hz = np.array([0.0, 20, 40, 60, 1000])
    spectrum = PowerSpectrum(density=np.array([9.0, 1, 3, 0]), edges_hz=edges_hz)

    assert median_frequency(spectrum) == pytest.approx(40 + 20 / 3)  # 40 of 80 units: 20, then 60
    assert mean_frequency(spectrum) == pytest.approx((30 * 20 + 50 * 60) / 80)


def test_gain_does_not_move_frequencies() -> None:
    noise = np.random.default_rng(0).normal(size=4000)
    plain, quiet = (power_spectrum(gain * noise, rate_hz=RATE_HZ) for gain in (1, 1e-6))

    for feature in (mean_frequency, median_frequency, band_powers):
        np.testing.assert_allclose(feature(quiet), feature(plain), rtol=1e-9)


def test_windows_that_touch_a_gap_are_left_out() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 4000))
    gapped = emg.copy()
    gapped[0, 1700] = np.nan  # in the windows that begin at 1000 and 1500

    density = power_spectrum(gapped, rate_hz=RATE_HZ).density

    kept = [0, 500, 2000, 2500, 3000]
    alone = [
        welch(emg[0, at : at + 1000], fs=RATE_HZ, nperseg=1000, detrend=False)[1] for at in kept
    ]
    np.testing.assert_allclose(density[0, 1:-1], np.mean(alone, axis=0)[1:-1], rtol=1e-10)
    np.testing.assert_array_equal(density[1], power_spectrum(emg, rate_hz=RATE_HZ).density[1])


def test_masked_short_and_silent_channels_have_no_frequency() -> None:
    masked = np.full((1, 4000), np.nan)
    short = np.random.default_rng(0).normal(size=(1, 1499))
    very_short, silent = short[:, :300], np.zeros((1, 4000))

    for emg in (masked, short, very_short, silent):
        spectrum = power_spectrum(emg, rate_hz=RATE_HZ)
        assert np.isnan(mean_frequency(spectrum)).all()
        assert np.isnan(median_frequency(spectrum)).all()
        assert np.isnan(band_powers(spectrum)).all()


def test_two_windows_are_enough() -> None:
    noise = np.random.default_rng(0).normal(size=1500)

    assert np.isfinite(median_frequency(power_spectrum(noise, rate_hz=RATE_HZ)))


def test_a_rate_that_cannot_hold_450_hz_is_refused() -> None:
    with pytest.raises(SignalError, match=r"rate_hz must be 900 or more.*got 500"):
        power_spectrum(np.zeros(2000), rate_hz=500)
