"""Butterworth designs whose cutoff holds after the filter has run both ways."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter

from hybridmfp.errors import SignalError

__all__ = ["PASSES", "band_pass_sections", "low_pass_sections"]

PASSES = 2
"""`scipy.signal.sosfiltfilt` runs a filter forwards, then backwards."""


def low_pass_sections(cutoff_hz: float, *, rate_hz: float, order: int) -> NDArray[np.float64]:
    """Design a low-pass that is 3 dB down at the cutoff after both passes.

    Parameters
    ----------
    cutoff_hz : float
        Between 0 and half of `rate_hz`.
    rate_hz : float
        Samples per second.
    order : int
        Butterworth order of one pass, at least 1.

    Returns
    -------
    array of float, shape (n_sections, 6)
        Second-order sections.

    Raises
    ------
    SignalError
        If the cutoff or the order is out of range.

    References
    ----------
    Winter, D. A. (2009). *Biomechanics and Motor Control of Human Movement*, 4th ed.,
    chapter 3. doi:10.1002/9780470549148
    """
    if not 0 < cutoff_hz < rate_hz / 2:
        raise SignalError(
            f"cutoff_hz must lie between 0 and {rate_hz / 2:g} Hz, half of "
            f"rate_hz={rate_hz:g}; got {cutoff_hz:g}."
        )
    if order < 1:
        raise SignalError(f"order must be 1 or more; got {order}. 2 is usual.")
    warped = math.tan(math.pi * cutoff_hz / rate_hz) / _narrowing(order)
    design_hz = rate_hz / math.pi * math.atan(warped)
    return _design(order, (design_hz,), "lowpass", rate_hz).copy()


def band_pass_sections(
    low_hz: float, high_hz: float, *, rate_hz: float, order: int
) -> NDArray[np.float64]:
    """Design a band-pass that is 3 dB down at both edges after both passes.

    A Butterworth band-pass is the low-pass in ``(w - low high / w) / width``: wider by the
    low-pass's factor, and with the same centre, it passes through the wanted points. The edges
    are trusted: ``0 < low_hz < high_hz < rate_hz / 2``.

    Returns
    -------
    array of float, shape (n_sections, 6)
        Second-order sections.
    """
    low, high = (math.tan(math.pi * edge / rate_hz) for edge in (low_hz, high_hz))
    half_width = (high - low) / _narrowing(order) / 2
    middle = math.hypot(half_width, math.sqrt(low * high))
    lower_hz = rate_hz / math.pi * math.atan(middle - half_width)
    upper_hz = rate_hz / math.pi * math.atan(middle + half_width)
    return _design(order, (lower_hz, upper_hz), "bandpass", rate_hz).copy()


def _narrowing(order: int) -> float:
    """How much narrower two passes are than one."""
    return float((2 ** (1 / PASSES) - 1) ** (1 / (2 * order)))


@lru_cache(maxsize=32)  # a design takes longer than filtering a trial with it
def _design(
    order: int, edges_hz: tuple[float, ...], kind: Literal["lowpass", "bandpass"], rate_hz: float
) -> NDArray[np.float64]:
    edges = edges_hz[0] if len(edges_hz) == 1 else edges_hz
    sections: NDArray[np.float64] = butter(order, edges, btype=kind, fs=rate_hz, output="sos")
    return sections
