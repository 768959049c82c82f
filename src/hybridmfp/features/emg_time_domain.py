"""How busily the EMG of a muscle moves: length, crossings and turns per second.

All are rates, so that how long a movement took does not enter, and count only pairs or triples
of samples without a gap between them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.preprocessing.emg_filter import enough_valid

__all__ = ["slope_sign_change_rate", "waveform_length_rate", "zero_crossing_rate"]

_NOISE_SHARE = 0.01


def waveform_length_rate(emg: ArrayLike, *, rate_hz: float) -> NDArray[np.float64]:
    """Give how far the EMG of each channel travels up and down in a second.

    ``sum |x[i+1] - x[i]| / duration``, over neighbours that are both valid.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.

    Returns
    -------
    array of float, shape (..., n_channels)
        In volts per second; NaN with less than 0.25 s of valid samples.

    References
    ----------
    Hudgins, B., Parker, P. & Scott, R. N. (1993). A new strategy for multifunction
    myoelectric control. *IEEE Trans Biomed Eng* 40:82-94. doi:10.1109/10.204774

    Examples
    --------
    >>> waveform_length_rate([[0.0, 1.0, 0.0, 1.0, 0.0]], rate_hz=4).tolist()
    [4.0]
    """
    measured = np.asarray(emg, dtype=np.float64)
    steps = np.abs(np.diff(measured, axis=-1))
    known = np.isfinite(steps)
    travelled = np.sum(steps, axis=-1, where=known)
    return _per_second(travelled, known, measured=measured, rate_hz=rate_hz)


def zero_crossing_rate(
    emg: ArrayLike, *, rate_hz: float, noise_share: float = _NOISE_SHARE
) -> NDArray[np.float64]:
    """Give how often the EMG of each channel changes its sign in a second.

    A crossing counts if it steps over at least `noise_share` of the channel's RMS.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG in any unit; NaN is a gap.
    rate_hz : float
        Samples per second.
    noise_share : float, default 0.01
        Share of the channel's RMS below which a step is noise. It has no unit, so the rate
        does not depend on the gain. A sine of 20 Hz at 4000 Hz steps over 4 %.

    Returns
    -------
    array of float, shape (..., n_channels)
        Per second; NaN with less than 0.25 s of valid samples.

    References
    ----------
    Hudgins, B., Parker, P. & Scott, R. N. (1993). A new strategy for multifunction
    myoelectric control. *IEEE Trans Biomed Eng* 40:82-94. doi:10.1109/10.204774

    Examples
    --------
    >>> import numpy as np
    >>> emg = np.sin(2 * np.pi * 80 * (np.arange(2001) + 0.5) / 2000)
    >>> round(float(zero_crossing_rate(emg, rate_hz=2000)))  # two per period
    160
    """
    measured = np.asarray(emg, dtype=np.float64)
    steps = np.diff(measured, axis=-1)
    known = np.isfinite(steps)
    negative = measured < 0
    crossed = negative[..., 1:] != negative[..., :-1]
    loud = np.abs(steps) >= noise_share * _root_mean_square(measured)
    counts = np.count_nonzero(crossed & loud & known, axis=-1)
    return _per_second(counts, known, measured=measured, rate_hz=rate_hz)


def slope_sign_change_rate(
    emg: ArrayLike, *, rate_hz: float, noise_share: float = _NOISE_SHARE
) -> NDArray[np.float64]:
    """Give how often the EMG of each channel turns in a second.

    A turn counts if the larger of the steps before and after it is at least `noise_share` of
    the RMS of the channel's steps.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG in any unit; NaN is a gap.
    rate_hz : float
        Samples per second.
    noise_share : float, default 0.01
        Share of the RMS of the steps, without unit, below which a turn is noise. A sine of
        20 Hz at 4000 Hz makes 2 %.

    Returns
    -------
    array of float, shape (..., n_channels)
        Per second; NaN with less than 0.25 s of valid samples.

    References
    ----------
    Hudgins, B., Parker, P. & Scott, R. N. (1993). A new strategy for multifunction
    myoelectric control. *IEEE Trans Biomed Eng* 40:82-94. doi:10.1109/10.204774

    Examples
    --------
    >>> import numpy as np
    >>> emg = np.sin(2 * np.pi * 80 * (np.arange(2001) + 0.5) / 2000)
    >>> round(float(slope_sign_change_rate(emg, rate_hz=2000)))  # two per period
    160
    """
    measured = np.asarray(emg, dtype=np.float64)
    steps = np.diff(measured, axis=-1)
    finite, falling = np.isfinite(steps), steps < 0
    known = finite[..., 1:] & finite[..., :-1]
    turned = falling[..., 1:] != falling[..., :-1]
    large = np.abs(steps) >= noise_share * _root_mean_square(steps)
    loud = large[..., 1:] | large[..., :-1]
    counts = np.count_nonzero(turned & loud & known, axis=-1)
    return _per_second(counts, known, measured=measured, rate_hz=rate_hz)


def _root_mean_square(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (..., n_channels, 1); 0 where nothing is valid. Positive, so that 0 is never loud."""
    valid = np.isfinite(samples)
    counts = np.count_nonzero(valid, axis=-1, keepdims=True)
    squares = np.sum(np.square(samples), axis=-1, keepdims=True, where=valid)
    size: NDArray[np.float64] = np.sqrt(squares / np.maximum(counts, 1))
    return np.maximum(size, np.finfo(np.float64).tiny)


def _per_second(
    amount: NDArray[np.float64] | NDArray[np.intp],
    known: NDArray[np.bool_],
    *,
    measured: NDArray[np.float64],
    rate_hz: float,
) -> NDArray[np.float64]:
    """Divide by the time that the known pairs or triples cover, one sample each."""
    duration_s = np.count_nonzero(known, axis=-1) / rate_hz
    usable = enough_valid(measured, rate_hz=rate_hz) & (duration_s > 0)
    rate: NDArray[np.float64] = np.full(np.shape(amount), np.nan)
    np.divide(amount, duration_s, out=rate, where=usable)
    return rate
