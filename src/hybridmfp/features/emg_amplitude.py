"""How strongly a muscle is active: the amplitude of its EMG."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.preprocessing.emg_filter import enough_valid

__all__ = ["mean_absolute_value", "rms"]


def rms(emg: ArrayLike, *, rate_hz: float) -> NDArray[np.float64]:
    """Give the root of the mean square of each channel: the size of its activity.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.

    Returns
    -------
    array of float, shape (..., n_channels)
        In volts, over the valid samples; NaN with less than 0.25 s of them.

    References
    ----------
    Merletti, R. & Farina, D. (2016). *Surface Electromyography*. doi:10.1002/9781119082934

    Examples
    --------
    >>> rms([[3.0, -3.0, 3.0, -3.0]], rate_hz=8).tolist()
    [3.0]
    """
    measured = np.asarray(emg, dtype=np.float64)
    return np.sqrt(_mean_over_valid(measured * measured, rate_hz=rate_hz))


def mean_absolute_value(emg: ArrayLike, *, rate_hz: float) -> NDArray[np.float64]:
    """Give the mean of the rectified EMG of each channel; peaks weigh less than in `rms`.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.

    Returns
    -------
    array of float, shape (..., n_channels)
        In volts, over the valid samples; NaN with less than 0.25 s of them.

    References
    ----------
    Hudgins, B., Parker, P. & Scott, R. N. (1993). A new strategy for multifunction
    myoelectric control. *IEEE Trans Biomed Eng* 40:82-94. doi:10.1109/10.204774

    Examples
    --------
    >>> mean_absolute_value([[1.0, -3.0]], rate_hz=8).tolist()
    [2.0]
    """
    return _mean_over_valid(np.abs(np.asarray(emg, dtype=np.float64)), rate_hz=rate_hz)


def _mean_over_valid(samples: NDArray[np.float64], *, rate_hz: float) -> NDArray[np.float64]:
    valid = np.isfinite(samples)
    enough = enough_valid(samples, rate_hz=rate_hz)
    totals = np.sum(samples, axis=-1, where=valid)
    counts = np.count_nonzero(valid, axis=-1)
    means: NDArray[np.float64] = np.full(np.shape(totals), np.nan)
    np.divide(totals, counts, out=means, where=enough)
    return means
