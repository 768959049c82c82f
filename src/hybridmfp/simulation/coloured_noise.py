"""Gaussian noise with a spectrum of one's choice, and the passband of an EMG amplifier."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft
from numpy.typing import NDArray

__all__ = ["BAND_END_HZ", "coloured_noise", "passband"]

BAND_END_HZ = 500.0
"""Where the amplifier lets nothing through; a rate of twice that loses nothing."""

_FLAT_TO_HZ = 400.0  # from here to BAND_END_HZ the amplifier falls off as half a cosine

_Floats = NDArray[np.float64]


def passband(frequency_hz: _Floats) -> _Floats:
    """Say how much of each frequency an EMG amplifier lets through.

    Parameters
    ----------
    frequency_hz : array of float, any shape
        Frequencies, in hertz.

    Returns
    -------
    array of float, same shape
        Gain of the amplitude, from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> passband(np.array([100.0, 450.0, 500.0, 700.0])).round(3).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    fallen = np.clip((frequency_hz - _FLAT_TO_HZ) / (BAND_END_HZ - _FLAT_TO_HZ), 0, 1)
    gain: _Floats = 0.5 + 0.5 * np.cos(np.pi * fallen)
    return gain


def coloured_noise(
    n_samples: int,
    *,
    rate_hz: float,
    amplitudes: Callable[[_Floats], _Floats],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw independent Gaussian noises of unit variance with given spectra.

    Parameters
    ----------
    n_samples : int
        Length of each noise.
    rate_hz : float
        Samples per second.
    amplitudes : callable
        Gives the amplitude spectra, shape (n_channels, n_frequencies), up to a factor per
        channel, at frequencies in hertz that it is handed, shape (n_frequencies,).
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float32, shape (n_channels, n_samples)
        The noises.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> white = coloured_noise(
    ...     4000, rate_hz=1000.0, amplitudes=lambda hertz: np.ones((2, hertz.size)), rng=rng
    ... )
    >>> white.shape, white.std(axis=1).round(1).tolist()
    ((2, 4000), [1.0, 1.0])
    """
    padded = int(scipy.fft.next_fast_len(n_samples, real=True))
    shape = amplitudes(scipy.fft.rfftfreq(padded, 1 / rate_hz))
    shape[:, 0] = 0
    # Twice: the other half of a real signal's spectrum. Twice again: two parts of each number.
    shape *= padded / (2 * np.sqrt(np.sum(shape**2, axis=1, keepdims=True)))
    used = int(np.flatnonzero(shape.any(axis=0))[-1]) + 1
    drawn = rng.standard_normal((shape.shape[0], 2 * used), dtype=np.float32).view(np.complex64)
    drawn *= shape[:, :used].astype(np.float32)
    noise: NDArray[np.float32] = scipy.fft.irfft(drawn, padded, axis=1)[:, :n_samples]
    return noise
