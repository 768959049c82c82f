"""Keep the band in which muscles speak: a filter without delay that respects gaps."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import sosfiltfilt

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.butterworth import band_pass_sections
from hybridmfp.preprocessing.resample import around_gaps, bridge_gaps

__all__ = [
    "MINIMUM_VALID_S",
    "band_pass",
    "enough_valid",
    "filter_both_ways",
    "restore_gaps",
]

MINIMUM_VALID_S = 0.25
"""Seconds of valid samples below which a channel says nothing: it becomes NaN."""


def band_pass(
    emg: ArrayLike,
    *,
    rate_hz: float,
    low_hz: float = 20.0,
    high_hz: float = 450.0,
    order: int = 4,
) -> NDArray[np.float64]:
    """Keep what muscles emit, drop movement artefacts below and noise above.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Raw EMG, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.
    low_hz, high_hz : float, default 20.0 and 450.0
        Where the *finished* signal is 3 dB down. Filtering twice would narrow the band;
        that is compensated for, so 20 means 20.
    order : int, default 4
        Butterworth order of one pass at each edge.

    Returns
    -------
    array of float, shape (..., n_channels, n_samples)
        In volts, without delay. A gap is bridged by a straight line for the filter and
        masked again afterwards together with ``1 / low_hz`` (50 ms) on both sides. A channel
        with less than `MINIMUM_VALID_S` left is NaN throughout.

    Raises
    ------
    SignalError
        If the edges do not satisfy ``0 < low_hz < high_hz < rate_hz / 2``, the order is not
        positive, or there are no samples.

    References
    ----------
    De Luca, C. J. et al. (2010). Filtering the surface EMG signal. *J Biomech* 43:1573-1579.
    doi:10.1016/j.jbiomech.2010.01.027

    Examples
    --------
    >>> import numpy as np
    >>> seconds = np.arange(4000) / 2000
    >>> emg = 1.0 + np.sin(2 * np.pi * 100 * seconds)  # an offset, and a tone within the band
    >>> clean = band_pass(emg[np.newaxis], rate_hz=2000)
    >>> round(float(clean[0].mean()), 2), round(float(clean[0, 500:-500].max()), 3)
    (0.0, 1.0)
    """
    _check_band(low_hz, high_hz, order=order, rate_hz=rate_hz)
    sections = band_pass_sections(low_hz, high_hz, rate_hz=rate_hz, order=order)
    return filter_both_ways(emg, sections, rate_hz=rate_hz, settle_s=1 / low_hz)


def filter_both_ways(
    samples: ArrayLike, sections: NDArray[np.float64], *, rate_hz: float, settle_s: float
) -> NDArray[np.float64]:
    """Run a filter forwards and backwards, so that nothing is delayed, and respect gaps.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        Samples in any unit; NaN is a gap.
    sections : array of float, shape (n_sections, 6)
        Second-order sections, as scipy designs them.
    rate_hz : float
        Samples per second.
    settle_s : float
        How long the filter rings, in seconds. So far the signal is continued by odd
        reflection at both ends, and so much is masked on both sides of a gap.

    Returns
    -------
    array of float, shape (..., n_channels, n_samples)
        Filtered, with gaps as `restore_gaps` leaves them.

    Raises
    ------
    SignalError
        If there are no samples.

    Examples
    --------
    >>> import numpy as np
    >>> halve = np.array([[0.5, 0, 0, 1, 0, 0]])
    >>> filter_both_ways([[4.0, 4.0, 4.0, 4.0]], halve, rate_hz=10, settle_s=0.1).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    measured = np.asarray(samples, dtype=np.float64)
    if measured.ndim == 0 or measured.size == 0:
        raise SignalError(
            "samples must be (..., n_channels, n_samples) with at least one of each; "
            f"got shape {measured.shape}. Drop empty trials first."
        )
    padding = min(math.ceil(settle_s * rate_hz), measured.shape[-1] - 1)
    filtered = sosfiltfilt(sections, bridge_gaps(measured), axis=-1, padlen=padding)
    return restore_gaps(filtered, measured=measured, rate_hz=rate_hz, guard_s=settle_s)


def restore_gaps(
    filtered: NDArray[np.float64],
    *,
    measured: NDArray[np.float64],
    rate_hz: float,
    guard_s: float,
) -> NDArray[np.float64]:
    """Mask what a filter made up: each gap, its surroundings, and channels with little else.

    Parameters
    ----------
    filtered, measured : array of float, shape (..., n_channels, n_samples)
        After the filter, and before it with NaN as gap.
    rate_hz : float
        Samples per second.
    guard_s : float
        Seconds masked on both sides of a gap, in which the bridge still shows.

    Returns
    -------
    array of float, shape (..., n_channels, n_samples)
        `filtered` with NaN there, and throughout a channel that has less than
        `MINIMUM_VALID_S` left.

    Examples
    --------
    >>> import numpy as np
    >>> measured = np.array([1.0, np.nan, 1.0, 1.0])
    >>> restore_gaps(np.ones(4), measured=measured, rate_hz=4, guard_s=0.25).tolist()
    [nan, nan, nan, 1.0]
    """
    lost = around_gaps(measured, margin=math.ceil(guard_s * rate_hz))
    kept = np.where(lost, np.nan, filtered)
    kept[~enough_valid(kept, rate_hz=rate_hz)] = np.nan
    return kept


def enough_valid(
    samples: NDArray[np.float64], *, rate_hz: float, minimum_s: float = MINIMUM_VALID_S
) -> NDArray[np.bool_]:
    """Tell which channels hold enough valid samples to say anything.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        NaN is a gap.
    rate_hz : float
        Samples per second.
    minimum_s : float, default `MINIMUM_VALID_S`
        Seconds of valid samples that are enough, wherever they lie.

    Returns
    -------
    array of bool, shape (..., n_channels)

    Examples
    --------
    >>> import numpy as np
    >>> enough_valid(np.array([[1.0, np.nan], [1.0, 2.0]]), rate_hz=8).tolist()
    [False, True]
    """
    counts = np.count_nonzero(np.isfinite(samples), axis=-1)
    enough: NDArray[np.bool_] = np.asarray(counts >= minimum_s * rate_hz)
    return enough


def _check_band(low_hz: float, high_hz: float, *, order: int, rate_hz: float) -> None:
    if not 0 < low_hz < high_hz:
        raise SignalError(
            f"low_hz must lie between 0 and high_hz={high_hz:g}; got {low_hz:g}. "
            "Surface EMG lies between 20 and 450 Hz."
        )
    if not high_hz < rate_hz / 2:
        raise SignalError(
            f"high_hz must lie below {rate_hz / 2:g} Hz, half of rate_hz={rate_hz:g}; "
            f"got {high_hz:g}. Lower high_hz to {0.45 * rate_hz:g} for this recording, "
            "and do not compare its spectra with those of faster ones."
        )
    if order < 1:
        raise SignalError(f"order must be 1 or more; got {order}. 4 is usual.")
