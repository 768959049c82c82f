"""What `Signal` promises."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.signals import UNITS, Signal


def signal(samples=((0.0, 1.0, 2.0), (3.0, np.nan, 5.0)), **changes) -> Signal:
    arguments = {"rate_hz": 100, "channels": ["a", "b"], "units": "m", **changes}
    return Signal(samples, **arguments)


def test_a_signal_knows_its_size_and_its_gaps() -> None:
    held = signal()

    assert (held.n_channels, held.n_samples, held.duration_s) == (2, 3, 0.03)
    assert held.valid.tolist() == [[True, True, True], [True, False, True]]
    assert held.units == ("m", "m")
    assert held.samples.dtype == np.float32


def test_samples_cannot_be_written_and_the_callers_array_still_can() -> None:
    own = np.zeros((2, 3), dtype=np.float32)

    held = signal(own)

    with pytest.raises(ValueError, match="read-only"):
        held.samples[0, 0] = 1.0
    own[0, 0] = 1.0


def test_picking_keeps_the_order_asked_for_and_each_unit() -> None:
    held = signal(units=["m", "rad"])

    picked = held.pick(["b", "a"])

    assert picked.channels == ("b", "a")
    assert picked.units == ("rad", "m")
    assert picked.rate_hz == held.rate_hz
    np.testing.assert_array_equal(picked.samples, held.samples[::-1])


@pytest.mark.parametrize("unit", UNITS)
def test_every_si_unit_listed_is_accepted(unit: str) -> None:
    assert signal(units=unit).units == (unit, unit)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": [1.0, 2.0]}, r"samples must be \(n_channels, n_samples\).*shape \(2,\)"),
        ({"samples": np.zeros((1, 2, 3))}, r"got shape \(1, 2, 3\)\. Pass one trial at a time"),
        ({"samples": np.zeros((2, 0))}, r"at least one of each; got shape \(2, 0\)"),
        ({"samples": np.zeros((0, 3)), "channels": []}, r"at least one of each"),
        ({"channels": ["a"]}, "channels must name each of the 2 rows of samples once; got 1 names"),
        ({"channels": ["a", "a"]}, "channels must be unique; got a more than once"),
        ({"samples": [[0.0, 1.0], [np.inf, 1.0]]}, "NaN for a gap; got infinite values in b"),
        ({"units": "mm"}, "units must be SI, one of V, m, .*; got 'mm'.*millimetres to metres"),
        ({"units": ["m"]}, r"units must be one unit or one per channel \(2\); got 1"),
        ({"rate_hz": 0}, "rate_hz must be a positive number of samples per second; got 0"),
        ({"rate_hz": -5}, "rate_hz must be a positive number of samples per second; got -5"),
        ({"rate_hz": float("nan")}, "rate_hz must be a positive number .*; got nan"),
        ({"rate_hz": float("inf")}, "rate_hz must be a positive number .*; got inf"),
    ],
)
def test_a_broken_rule_is_named_with_its_value(changes: dict, message: str) -> None:
    with pytest.raises(SignalError, match=message):
        signal(**changes)


def test_a_channel_that_is_not_there_is_named() -> None:
    with pytest.raises(SignalError, match="channels must be among a, b; got c"):
        signal().pick(["a", "c"])


def test_long_lists_of_names_are_shortened_in_messages() -> None:
    wide = Signal(np.zeros((12, 2)), rate_hz=1, channels=[f"c{at}" for at in range(12)], units="V")

    with pytest.raises(SignalError, match="c7 and 4 more; got nothing"):
        wide.pick(["nothing"])
