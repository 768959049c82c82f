"""The linear envelope of surface EMG: rectify, then smooth without delay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.preprocessing.butterworth import low_pass_sections
from hybridmfp.preprocessing.emg_filter import filter_both_ways

__all__ = ["linear_envelope"]


def linear_envelope(
    emg: ArrayLike,
    *,
    rate_hz: float,
    cutoff_hz: float = 6.0,
    order: int = 2,
) -> NDArray[np.float64]:
    """Outline how strongly each muscle is active over time.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.
    cutoff_hz : float, default 6.0
        Where the *finished* envelope is 3 dB down. Filtering twice would pull this point
        lower; that is compensated for, so 6 means 6.
    order : int, default 2
        Butterworth order of one pass.

    Returns
    -------
    array of float, shape (..., n_channels, n_samples)
        The envelope, in volts, never negative: after a sudden stop a Butterworth filter
        swings a little below zero, which no activity can be, so that is cut off at 0.
        A gap is bridged for the filter and masked again with ``0.5 / cutoff_hz`` (83 ms) on
        both sides; a channel with less than 0.25 s left is NaN throughout.

    Raises
    ------
    SignalError
        If `cutoff_hz` does not lie below half of `rate_hz`, the order is not positive, or
        there are no samples.

    References
    ----------
    Winter, D. A. (2009). *Biomechanics and Motor Control of Human Movement*, 4th ed.,
    chapter 10. doi:10.1002/9780470549148

    Examples
    --------
    >>> import numpy as np
    >>> one_second = np.arange(2000) / 2000
    >>> emg = np.sin(2 * np.pi * 25 * one_second)[np.newaxis]
    >>> envelope = linear_envelope(emg, rate_hz=2000)
    >>> round(float(envelope[0, 1000]), 2)  # a rectified sine averages 2 / pi
    0.64
    """
    smoother = low_pass_sections(cutoff_hz, rate_hz=rate_hz, order=order)
    rectified = np.abs(np.asarray(emg, dtype=np.float64))
    smoothed = filter_both_ways(rectified, smoother, rate_hz=rate_hz, settle_s=0.5 / cutoff_hz)
    return np.maximum(smoothed, 0.0)
