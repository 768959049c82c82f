"""Heart beats in EMG: the same wave again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import find_peaks

__all__ = ["find_heart"]

_Floats = NDArray[np.float32]

_BAND_HZ = (12.0, 40.0)
_STEP_HZ = 250.0
_SOONEST_S = 0.4  # 150 beats a minute
_SLOWEST_S = 1.5  # 40 beats a minute
_HALF_S = 0.08
_FEWEST = 3
_ALIKE = 0.7  # correlation of a beat with the mean of the others
_HIGH = 0.4  # of the highest beats


def find_heart(emg: _Floats, *, rate_hz: float) -> tuple[_Floats, _Floats]:
    """Look for heart beats.

    The highest waves from 12 to 40 Hz, at least 0.4 s apart, are heart beats if they are all
    alike (each correlates with the mean of the others by 0.7, in the median) and none comes later
    than 1.5 s after the last. Bursts of a muscle are noise and not alike.

    Parameters
    ----------
    emg : array of float32, shape (n_channels, n_samples)
        In volts, without gaps, of zero mean.
    rate_hz : float
        Samples per second.

    Returns
    -------
    share : array of float32, shape (n_channels,)
        Of the power from 12 to 40 Hz, the share that these waves explain; 0 without a heart.
    height : array of float32, shape (n_channels,)
        Of the wave from its top to its bottom, in volts, in that band; 0 without a heart.
    """
    slowed, step_hz = _band(emg, rate_hz=rate_hz)
    found = [_beats(row, step_hz=step_hz) for row in slowed]
    share, height = np.array(found, dtype=np.float32).reshape(len(emg), 2).T
    return share, height


def _band(emg: _Floats, *, rate_hz: float) -> tuple[_Floats, float]:
    """Keep the band, at about 250 steps per second."""
    n_samples = emg.shape[1]
    length = next_fast_len(n_samples, real=True)
    n_steps = max(2, round(length * min(1.0, _STEP_HZ / rate_hz)))
    spectrum = rfft(emg, length, axis=-1)[:, : n_steps // 2 + 1]
    hertz = np.arange(spectrum.shape[1]) * rate_hz / length
    spectrum[:, (hertz < _BAND_HZ[0]) | (hertz > _BAND_HZ[1])] = 0
    step_hz = rate_hz * n_steps / length
    slowed = irfft(spectrum, n_steps, axis=-1) * np.float32(n_steps / length)
    return slowed[:, : int(n_samples * n_steps / length)], step_hz


def _beats(row: _Floats, *, step_hz: float) -> tuple[float, float]:
    half = round(_HALF_S * step_hz)
    inner = np.abs(row[half:-half])
    if inner.size < _FEWEST * _SOONEST_S * step_hz or not inner.any():
        return 0.0, 0.0
    apart = round(_SOONEST_S * step_hz)
    at, _ = find_peaks(inner, height=_HIGH * float(inner.max()), distance=apart)
    if at.size < max(_FEWEST, row.size / (_SLOWEST_S * step_hz)):
        return 0.0, 0.0
    signs = np.sign(row[at + half])
    agreeing = at[signs == (1 if signs.sum() >= 0 else -1)]
    if agreeing.size < _FEWEST:
        return 0.0, 0.0
    beats = row[agreeing[:, np.newaxis] + np.arange(2 * half + 1)]
    others = (beats.sum(axis=0) - beats) / (len(beats) - 1)
    norms = np.linalg.norm(beats, axis=1) * np.linalg.norm(others, axis=1)
    alike = float(np.median((beats * others).sum(axis=1) / norms))
    if alike < _ALIKE or np.diff(agreeing).max() > _SLOWEST_S * step_hz:
        return 0.0, 0.0
    wave = beats.mean(axis=0)
    explained = len(beats) * float(wave @ wave) / float(row @ row)
    return min(1.0, explained), float(np.ptp(wave))
