"""Butterworth filters that do not delay, with a cutoff that means what it says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfiltfilt

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.butterworth import low_pass_sections
from hybridmfp.preprocessing.resample import bridge_gaps

__all__ = ["low_pass"]


def low_pass(
    samples: NDArray[np.float64], *, rate_hz: float, cutoff_hz: float = 6.0, order: int = 2
) -> NDArray[np.float64]:
    """Smooth a movement without shifting it in time.

    A zero-phase Butterworth filter. Gaps are bridged by straight lines while filtering and
    are gaps again afterwards.

    Parameters
    ----------
    samples : array of float, shape (..., n_samples)
        NaN marks a gap; a row without any valid sample stays NaN.
    rate_hz : float
        Samples per second.
    cutoff_hz : float, default 6.0
        Where the *finished* signal is 3 dB down; filtering twice is compensated for.
    order : int, default 2
        Butterworth order of one pass.

    Returns
    -------
    array of float, shape (..., n_samples)

    Raises
    ------
    SignalError
        If `cutoff_hz` does not lie below half of `rate_hz`, or there are too few samples.

    References
    ----------
    Winter, D. A. (2009). *Biomechanics and Motor Control of Human Movement*, 4th ed.,
    chapter 3. doi:10.1002/9780470549148

    Examples
    --------
    >>> import numpy as np
    >>> slow = np.sin(2 * np.pi * 0.5 * np.arange(400) / 100)
    >>> bool(np.abs(low_pass(slow, rate_hz=100) - slow)[50:-50].max() < 1e-3)
    True
    """
    smoother = low_pass_sections(cutoff_hz, rate_hz=rate_hz, order=order)
    rows = np.asarray(samples, dtype=np.float64).reshape(-1, samples.shape[-1])
    missing = np.isnan(rows)
    usable = ~np.all(missing, axis=1)
    rows = bridge_gaps(rows)
    padding = 3 * (2 * len(smoother) + 1)
    if rows.shape[1] <= padding:
        raise SignalError(
            f"samples must be more than {padding} long to be filtered; got {rows.shape[1]}. "
            "The trial is too short."
        )
    if usable.any():
        rows[usable] = sosfiltfilt(smoother, rows[usable], axis=-1)
    rows[missing] = np.nan
    smoothed: NDArray[np.float64] = rows.reshape(samples.shape)
    return smoothed
