"""What `zero_phase` promises."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.zero_phase import low_pass

RATE_HZ = 200.0
SECONDS = np.arange(4000) / RATE_HZ
INNER = slice(1000, 3000)  # whole periods of every tone below, far from the ends


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("cutoff_hz", [3.0, 6.0, 20.0])
def test_the_stated_cutoff_is_halved_in_power(cutoff_hz: float, order: int) -> None:
    tone = np.sin(2 * np.pi * cutoff_hz * SECONDS)

    smooth = low_pass(tone, rate_hz=RATE_HZ, cutoff_hz=cutoff_hz, order=order)

    assert np.std(smooth[INNER]) == pytest.approx(np.std(tone[INNER]) / np.sqrt(2), rel=1e-6)


@pytest.mark.parametrize("tone_hz", [1.0, 4.0, 6.0, 10.0])
def test_no_tone_is_delayed(tone_hz: float) -> None:
    tone = np.sin(2 * np.pi * tone_hz * SECONDS)
    quarter_later = np.cos(2 * np.pi * tone_hz * SECONDS)

    smooth = low_pass(tone, rate_hz=RATE_HZ)

    assert abs(np.mean(smooth[INNER] * quarter_later[INNER])) < 1e-9


def test_a_constant_stays_as_it_is() -> None:
    np.testing.assert_allclose(low_pass(np.full(200, 3.0), rate_hz=RATE_HZ), 3.0, atol=1e-12)


def test_gaps_are_gaps_again_and_nothing_else_is() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2, 3, 400)).cumsum(axis=-1)
    samples[0, 1, 100:150] = np.nan
    samples[1, :, :20] = np.nan
    samples[1, 2] = np.nan
    before = samples.copy()

    smooth = low_pass(samples, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(np.isnan(smooth), np.isnan(before))
    np.testing.assert_array_equal(samples, before)


def test_a_gap_in_one_row_does_not_touch_the_others() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(2, 400))
    holed = samples.copy()
    holed[0, 100:200] = np.nan

    smooth = low_pass(holed, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(smooth[1], low_pass(samples, rate_hz=RATE_HZ)[1])


def test_a_straight_movement_with_a_gap_stays_straight() -> None:
    line = 0.2 * SECONDS
    holed = line.copy()
    holed[1000:1300] = np.nan

    smooth = low_pass(holed, rate_hz=RATE_HZ)

    np.testing.assert_allclose(smooth[INNER][400:], line[INNER][400:], atol=1e-9)


@pytest.mark.parametrize("cutoff_hz", [0.0, 100.0, -1.0])
def test_a_cutoff_outside_the_band_is_refused(cutoff_hz: float) -> None:
    with pytest.raises(SignalError, match="cutoff_hz must lie between 0 and 100 Hz, half of"):
        low_pass(np.zeros(500), rate_hz=RATE_HZ, cutoff_hz=cutoff_hz)


def test_a_trial_too_short_to_be_filtered_is_refused() -> None:
    with pytest.raises(SignalError, match=r"more than 9 long to be filtered; got 9\."):
        low_pass(np.zeros(9), rate_hz=RATE_HZ)

    assert low_pass(np.zeros(10), rate_hz=RATE_HZ).shape == (10,)
