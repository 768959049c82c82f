"""Mains hum: found where it is, not where it is not, and gone afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.emg_filter import band_pass
from hybridmfp.preprocessing.mains import (
    EmgFilterSettings,
    clean_emg,
    detect_harmonics,
    detect_mains,
    remove_mains,
)

RATE_HZ = 2000.0
SECONDS = np.arange(8000) / RATE_HZ


def hum(frequency_hz: float, *, phase: float = 0.3, seconds: np.ndarray = SECONDS) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * seconds + phase)


def muscle_noise(rng: np.random.Generator, *, n_samples: int, width: float = 0.15) -> np.ndarray:
    """A burst of noise with the band of EMG over a quiet background, 12 channels."""
    shape = butter(2, [30, 120], btype="bandpass", fs=RATE_HZ, output="sos")
    noise = sosfiltfilt(shape, rng.normal(size=(12, n_samples)))
    phase = np.linspace(0, 1, n_samples)
    return noise * (0.05 + np.exp(-(((phase - 0.5) / width) ** 2)))


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("rate_hz", [1000.0, 1925.93, 2000.0])
def test_hum_is_named_at_any_rate(mains_hz: float, rate_hz: float) -> None:
    seconds = np.arange(round(3 * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).normal(size=(3, len(seconds)))

    found = detect_mains(noise + 0.3 * hum(mains_hz, seconds=seconds), rate_hz=rate_hz)

    assert found == mains_hz


@pytest.mark.parametrize("drift_hz", [-0.4, 0.4])
def test_hum_is_found_although_the_grid_drifts(drift_hz: float) -> None:
    seconds = np.arange(20000) / RATE_HZ  # a resolution of 0.1 Hz: the peak is 4 bins off
    noise = np.random.default_rng(0).normal(size=20000)

    drifted = hum(50 + drift_hz, seconds=seconds)
    assert detect_mains(noise + 0.5 * drifted, rate_hz=RATE_HZ) == 50


def test_noise_does_not_hum() -> None:
    rng = np.random.default_rng(1)

    alarms = [detect_mains(rng.normal(size=(12, 4000)), rate_hz=RATE_HZ) for _ in range(100)]

    assert alarms == [None] * 100


def test_bursts_do_not_hum() -> None:
    rng = np.random.default_rng(2)

    alarms = [detect_mains(muscle_noise(rng, n_samples=8000), rate_hz=RATE_HZ) for _ in range(60)]

    assert alarms == [None] * 60


def test_a_broad_peak_at_50_hz_is_muscle_and_not_hum() -> None:
    narrow = butter(1, [35, 70], btype="bandpass", fs=RATE_HZ, output="sos")
    muscle = sosfiltfilt(narrow, np.random.default_rng(3).normal(size=(12, 8000)))

    assert detect_mains(muscle, rate_hz=RATE_HZ) is None


def test_one_bad_electrode_among_twelve_is_enough() -> None:
    emg = np.random.default_rng(0).normal(size=(12, 8000))
    emg[7] += 0.3 * hum(50)

    assert detect_mains(emg, rate_hz=RATE_HZ) == 50


def test_hum_under_bursts_is_found_in_the_rest() -> None:
    emg = muscle_noise(np.random.default_rng(0), n_samples=8000, width=0.03)

    assert detect_mains(emg + 0.02 * hum(60), rate_hz=RATE_HZ) == 60


def test_the_stronger_of_two_grids_is_named() -> None:
    noise = np.random.default_rng(0).normal(size=8000)

    assert detect_mains(noise + hum(50) + 2 * hum(60), rate_hz=RATE_HZ) == 60
    assert detect_mains(noise + 2 * hum(50) + hum(60), rate_hz=RATE_HZ) == 50


def test_gain_and_offset_do_not_matter() -> None:
    emg = np.random.default_rng(0).normal(size=8000) + hum(50)

    assert detect_mains(1e-5 * emg + 3, rate_hz=RATE_HZ) == 50


def test_gaps_and_masked_channels_do_not_hinder() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 8000)) + hum(50)
    emg[0, 3000:3500] = np.nan
    emg[1] = np.nan

    assert detect_mains(emg, rate_hz=RATE_HZ) == 50


@pytest.mark.parametrize(
    "silent", [np.full((2, 4000), np.nan), np.zeros((2, 4000)), np.ones((2, 1999))]
)
def test_nothing_is_found_where_nothing_can_be_told(silent: np.ndarray) -> None:
    assert detect_mains(silent, rate_hz=RATE_HZ) is None


def test_only_harmonics_that_stand_out_are_listed() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 8000))
    emg = noise + hum(50) + 0.5 * hum(150) + 0.5 * hum(450) + hum(500) + hum(180)

    assert detect_harmonics(emg, rate_hz=RATE_HZ, mains_hz=50) == (50, 150, 450)
    assert detect_harmonics(emg, rate_hz=RATE_HZ, mains_hz=60) == (180,)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("phase", [0.0, 0.8, np.pi / 2])
def test_hum_and_its_harmonics_vanish_from_the_first_sample_on(
    mains_hz: float, phase: float
) -> None:
    lines = sum(hum(mains_hz * k, phase=phase * k) for k in range(1, 8))

    left = remove_mains(lines, rate_hz=RATE_HZ, mains_hz=mains_hz)

    assert np.max(np.abs(left)) < 0.1  # 2 % of each of the seven
    assert np.max(np.abs(left[2000:6000])) < 1e-3


@pytest.mark.parametrize("offset_hz", [-1.0, 1.0])
def test_a_notch_is_two_hertz_wide(offset_hz: float) -> None:
    seconds = np.arange(40000) / RATE_HZ
    beside = hum(50 + offset_hz, seconds=seconds)

    left = remove_mains(beside, rate_hz=RATE_HZ, mains_hz=50, highest_hz=50)

    # 2 s hold whole periods; the bilinear transform bends the notch by 1 % of its offset
    assert np.mean(left[18000:22000] ** 2) == pytest.approx(0.25, rel=0.02)


def test_a_tone_between_the_harmonics_passes_without_delay() -> None:
    between = hum(75)

    left = remove_mains(between, rate_hz=RATE_HZ, mains_hz=50)

    np.testing.assert_allclose(left[2000:6000], between[2000:6000], atol=0.01)  # eight skirts


def test_harmonics_above_the_highest_stay() -> None:
    left = remove_mains(hum(150), rate_hz=RATE_HZ, mains_hz=50, highest_hz=100)

    assert np.std(left) == pytest.approx(np.std(hum(150)), rel=0.01)


def test_gaps_stay_gaps_and_hum_beside_them_is_small() -> None:
    emg = hum(50)
    emg[4000:4100] = np.nan

    left = remove_mains(emg, rate_hz=RATE_HZ, mains_hz=50)

    assert np.flatnonzero(np.isnan(left)).tolist() == list(range(4000, 4100))
    assert np.nanmax(np.abs(left)) < 0.1


def test_cleaning_is_the_band_pass_where_nothing_hums() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 4000))
    emg[0, 1000:1010] = np.nan

    clean = clean_emg(emg, rate_hz=RATE_HZ)

    assert clean.mains_hz is None
    assert clean.lines_hz == ()
    np.testing.assert_array_equal(clean.emg, band_pass(emg, rate_hz=RATE_HZ))


def test_cleaning_takes_hum_out_and_leaves_the_muscle() -> None:
    muscle = np.random.default_rng(0).normal(size=(2, 8000))
    emg = 5.0 + muscle + 3 * hum(50) + hum(250)

    clean = clean_emg(emg, rate_hz=RATE_HZ)

    assert clean.mains_hz == 50
    assert clean.lines_hz == (50, 250)
    error = clean.emg - band_pass(muscle, rate_hz=RATE_HZ)
    assert np.std(error) < 0.1 * np.std(muscle)  # two notches of 2 Hz of 1000 Hz: 0.4 % of power


def test_cleaning_with_a_gap_masks_50_ms_beside_it() -> None:
    emg = np.random.default_rng(0).normal(size=8000) + 3 * hum(50)
    emg[4000:4010] = np.nan

    clean = clean_emg(emg, rate_hz=RATE_HZ)

    assert clean.lines_hz == (50,)
    assert np.flatnonzero(np.isnan(clean.emg)).tolist() == list(range(3900, 4110))


def test_cleaning_scales_with_the_gain() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 4000)) + hum(50, seconds=SECONDS[:4000])

    plain, amplified = (clean_emg(gain * emg, rate_hz=RATE_HZ) for gain in (1.0, 1e-4))

    assert amplified.lines_hz == plain.lines_hz
    np.testing.assert_allclose(amplified.emg, 1e-4 * plain.emg, rtol=1e-9, atol=1e-15)


def test_settings_reach_the_filter() -> None:
    emg = np.random.default_rng(0).normal(size=4000)
    settings = EmgFilterSettings(low_hz=30, high_hz=200, order=2)

    clean = clean_emg(emg, rate_hz=500, settings=settings)

    expected = band_pass(emg, rate_hz=500, low_hz=30, high_hz=200, order=2)
    np.testing.assert_array_equal(clean.emg, expected)


def test_lines_above_the_band_are_left_to_the_band_pass() -> None:
    emg = np.random.default_rng(0).normal(size=8000) + hum(50) + hum(150)

    clean = clean_emg(emg, rate_hz=RATE_HZ, settings=EmgFilterSettings(high_hz=100))

    assert clean.lines_hz == (50,)


def test_another_grid_is_refused() -> None:
    with pytest.raises(SignalError, match=r"mains_hz must be 50 or 60.*got 55"):
        remove_mains(hum(55), rate_hz=RATE_HZ, mains_hz=55)


def test_a_trial_of_a_few_samples_is_refused() -> None:
    with pytest.raises(SignalError, match=r"from 0.1 s or more; got 0.05 s"):
        remove_mains(np.zeros(100), rate_hz=RATE_HZ, mains_hz=50)
