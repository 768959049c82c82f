"""The band-pass: its edges, its zero delay, its gaps."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.emg_filter import (
    band_pass,
    enough_valid,
    filter_both_ways,
    restore_gaps,
)

RATE_HZ = 2000.0
SECONDS = np.arange(20000) / RATE_HZ
INNER = slice(6000, 14000)


def tone(frequency_hz: float) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * SECONDS)


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize(("low_hz", "high_hz"), [(20.0, 450.0), (30.0, 200.0), (10.0, 900.0)])
def test_power_is_halved_at_both_stated_edges(order: int, low_hz: float, high_hz: float) -> None:
    tones = np.stack([tone(low_hz), tone(high_hz)])

    passed = band_pass(tones, rate_hz=RATE_HZ, low_hz=low_hz, high_hz=high_hz, order=order)

    power = np.mean(passed[:, INNER] ** 2, axis=-1)  # 4 s hold whole periods of every edge
    assert power == pytest.approx([0.25, 0.25], rel=1e-6)


def test_a_tone_within_the_band_passes_without_delay() -> None:
    passed = band_pass(tone(100), rate_hz=RATE_HZ)

    # order 4, both ways: the loss at 100 Hz is 1 - 1 / (1 + 0.414 * (f^2 - lo hi / f / B)^8) < 1e-3
    np.testing.assert_allclose(passed[INNER], tone(100)[INNER], atol=1e-3)


@pytest.mark.parametrize("frequency_hz", [0.0, 2.0, 900.0])
def test_what_lies_far_outside_is_gone(frequency_hz: float) -> None:
    outside = 1.0 + tone(frequency_hz)

    passed = band_pass(outside, rate_hz=RATE_HZ)

    assert np.max(np.abs(passed[INNER])) < 1e-4


def test_the_band_fits_a_recording_at_1000_hz() -> None:
    at_edge = np.sin(2 * np.pi * 450 * np.arange(10000) / 1000)

    passed = band_pass(at_edge, rate_hz=1000)

    assert np.mean(passed[3000:7000] ** 2) == pytest.approx(0.25, rel=1e-6)


def test_leading_trial_axes_change_nothing() -> None:
    trials = np.random.default_rng(0).normal(size=(2, 3, 800))

    together = band_pass(trials, rate_hz=RATE_HZ)

    for trial, expected in zip(together, trials, strict=True):
        np.testing.assert_array_equal(trial, band_pass(expected, rate_hz=RATE_HZ))


def test_a_gap_is_masked_with_50_ms_beside_it_and_nothing_else_is() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 4000))
    emg[0, 2000:2020] = np.nan

    filtered = band_pass(emg, rate_hz=RATE_HZ)

    assert np.flatnonzero(np.isnan(filtered[0])).tolist() == list(range(1900, 2120))
    assert np.isfinite(filtered[1]).all()


def test_outside_the_guard_a_gap_leaves_little_trace() -> None:
    whole = np.random.default_rng(0).normal(size=4000)
    whole = band_pass(whole, rate_hz=RATE_HZ)
    gapped = whole.copy()
    gapped[2000:2020] = np.nan

    difference = band_pass(gapped, rate_hz=RATE_HZ) - band_pass(whole, rate_hz=RATE_HZ)

    assert np.nanstd(difference) < 0.02 * np.std(whole)  # the high-pass still rings at 20 Hz
    assert np.nanmax(np.abs(difference[:1500])) < 1e-4


def test_a_masked_channel_stays_masked_and_spares_the_others() -> None:
    emg = np.random.default_rng(0).normal(size=(3, 4000))
    alone = band_pass(emg[[0, 2]], rate_hz=RATE_HZ)
    emg[1] = np.nan

    filtered = band_pass(emg, rate_hz=RATE_HZ)

    assert np.isnan(filtered[1]).all()
    np.testing.assert_array_equal(filtered[[0, 2]], alone)


def test_a_channel_with_less_than_a_quarter_second_left_becomes_nan() -> None:
    emg = np.full((2, 4000), np.nan)
    emg[0, :599] = 1.0  # 50 ms guard: 499 samples stay
    emg[1, :600] = 1.0

    filtered = band_pass(emg, rate_hz=RATE_HZ)

    assert np.isnan(filtered[0]).all()
    assert np.isfinite(filtered[1, :500]).all()


def test_the_input_is_left_alone() -> None:
    emg = np.random.default_rng(0).normal(size=(1, 1000))
    emg[0, 100] = np.nan
    before = emg.copy()

    band_pass(emg, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(emg, before)


def test_a_rate_too_low_for_the_band_is_refused_with_the_remedy() -> None:
    with pytest.raises(SignalError, match=r"below 250 Hz.*got 450.*Lower high_hz to 225"):
        band_pass(np.zeros(500), rate_hz=500)


def test_half_of_the_rate_itself_is_refused() -> None:
    with pytest.raises(SignalError, match="high_hz must lie below 450"):
        band_pass(np.zeros(500), rate_hz=900)


@pytest.mark.parametrize("low_hz", [0.0, 450.0, 500.0])
def test_edges_in_the_wrong_order_are_refused(low_hz: float) -> None:
    with pytest.raises(SignalError, match="low_hz must lie between 0 and high_hz=450"):
        band_pass(np.zeros(500), rate_hz=RATE_HZ, low_hz=low_hz)


def test_an_order_of_nothing_is_refused() -> None:
    with pytest.raises(SignalError, match="order must be 1 or more; got 0"):
        band_pass(np.zeros(500), rate_hz=RATE_HZ, order=0)


def test_a_trial_without_samples_is_refused() -> None:
    with pytest.raises(SignalError, match=r"got shape \(12, 0\)"):
        band_pass(np.zeros((12, 0)), rate_hz=RATE_HZ)


def test_a_trial_shorter_than_the_padding_is_filtered_all_the_same() -> None:
    plain = np.array([[1.0, 0, 0, 1, 0, 0]])

    filtered = filter_both_ways(np.arange(5.0), plain, rate_hz=10, settle_s=10)

    np.testing.assert_array_equal(filtered, np.arange(5.0))


def test_restoring_does_not_edit_the_filtered_samples() -> None:
    filtered = np.ones(10)

    restore_gaps(filtered, measured=np.full(10, np.nan), rate_hz=10, guard_s=0)

    assert np.all(filtered == 1)


def test_enough_is_counted_wherever_the_samples_lie() -> None:
    scattered = np.where(np.arange(100) % 2, 1.0, np.nan)

    assert enough_valid(scattered, rate_hz=200)
    assert not enough_valid(scattered, rate_hz=201)
