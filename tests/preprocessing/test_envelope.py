"""The linear envelope: its cutoff, its level, its gaps."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.envelope import linear_envelope

RATE_HZ = 1000.0
SECONDS = np.arange(12000) / RATE_HZ
INNER = slice(4000, 8000)


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("cutoff_hz", [3.0, 6.0, 20.0])
def test_the_stated_cutoff_is_halved_in_power(cutoff_hz: float, order: int) -> None:
    swing = np.sin(2 * np.pi * cutoff_hz * SECONDS)
    emg = (2 + swing)[np.newaxis]  # never negative, so rectifying keeps it as it is

    envelope = linear_envelope(emg, rate_hz=RATE_HZ, cutoff_hz=cutoff_hz, order=order)

    halved = np.std(swing[INNER]) / np.sqrt(2)
    assert np.std(envelope[0, INNER]) == pytest.approx(halved, rel=1e-6)


def test_a_rectified_tone_averages_two_over_pi() -> None:
    emg = 3e-4 * np.sin(2 * np.pi * 80 * SECONDS)

    envelope = linear_envelope(emg, rate_hz=RATE_HZ)

    # 80 Hz at 1000 Hz: 25 sample phases approximate the mean of |sin| to 0.2 %
    assert np.mean(envelope[INNER]) == pytest.approx(3e-4 * 2 / np.pi, rel=3e-3)


def test_the_sign_of_the_emg_does_not_matter() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 3000))

    upright, inverted = (linear_envelope(sign * emg, rate_hz=RATE_HZ) for sign in (1, -1))

    np.testing.assert_array_equal(upright, inverted)


def test_the_envelope_scales_with_the_emg() -> None:
    emg = np.random.default_rng(0).normal(size=(2, 3000))

    quiet, loud = (linear_envelope(gain * emg, rate_hz=RATE_HZ) for gain in (1e-5, 1.0))

    np.testing.assert_allclose(quiet, 1e-5 * loud, rtol=1e-9, atol=1e-18)


def test_time_reversed_emg_has_the_time_reversed_envelope() -> None:
    emg = np.random.default_rng(0).normal(size=3000)

    envelope, mirrored = (linear_envelope(way, rate_hz=RATE_HZ) for way in (emg, emg[::-1]))

    # forwards-backwards equals backwards-forwards but for the ends
    np.testing.assert_allclose(envelope[1000:2000], mirrored[::-1][1000:2000], atol=1e-6)


def test_no_activity_is_negative_after_a_sudden_stop() -> None:
    emg = np.where(SECONDS < 6, 1.0, 0.0)

    envelope = linear_envelope(emg, rate_hz=RATE_HZ)

    assert envelope.min() == 0.0
    assert np.all(envelope[:5000] > 0.9)


def test_a_gap_is_masked_with_its_guard_and_leaves_little_trace_beyond() -> None:
    rng = np.random.default_rng(0)
    whole = rng.normal(size=4000)
    gapped = whole.copy()
    gapped[2000:2020] = np.nan

    expected = linear_envelope(whole, rate_hz=RATE_HZ)
    envelope = linear_envelope(gapped, rate_hz=RATE_HZ)

    assert np.flatnonzero(np.isnan(envelope)).tolist() == list(range(1916, 2104))
    # 20 ms of the wrong level under a kernel whose tail beyond 83 ms weighs 6 %
    assert np.nanmax(np.abs(envelope - expected)) < 0.06 * expected.mean()


def test_a_masked_channel_stays_masked() -> None:
    emg = np.ones((2, 2, 1000))
    emg[1, 0] = np.nan

    envelope = linear_envelope(emg, rate_hz=RATE_HZ)

    assert np.isnan(envelope[1, 0]).all()
    assert np.isfinite(envelope[1, 1]).all()
    assert envelope.shape == emg.shape


def test_a_cutoff_at_half_the_rate_is_refused() -> None:
    with pytest.raises(SignalError, match="between 0 and 500 Hz, half of rate_hz=1000; got 500"):
        linear_envelope(np.ones(1000), rate_hz=RATE_HZ, cutoff_hz=500)


def test_an_order_of_nothing_is_refused() -> None:
    with pytest.raises(SignalError, match="order must be 1 or more; got 0"):
        linear_envelope(np.ones(1000), rate_hz=RATE_HZ, order=0)
