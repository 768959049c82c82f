"""EMG cut into quarter seconds: how strong it is in each, and in which bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft, rfftfreq

from hybridmfp.preprocessing.mains import MAINS_HZ
from hybridmfp.preprocessing.quality.ranks import at_rank

__all__ = ["EmgFrames", "cut_frames", "find_hum"]

_Floats = NDArray[np.float32]

_FRAME_S = 0.25
_SLOW_HZ = (1.0, 15.0)
_MUSCLE_HZ = (60.0, 150.0)
_NOISE_HZ = (250.0, 420.0)
_BAND_HZ = (20.0, 450.0)
_HUM_S = 1.0
_HUM_BINS, _BESIDE_BINS = 2, 10  # of a Hann window: half of its main lobe; what is compared
_HARMONICS = 5
_HUM_TO_HZ = 320.0
_STEADY = 0.25  # quantile over windows
_AWAY_HZ = 14.0  # bins this close to a line are left out of the bands of short frames


@dataclass(frozen=True, eq=False)
class EmgFrames:
    """Hold the power of overlapping frames of a quarter second, in bands.

    Attributes
    ----------
    slow : array of float32, shape (n_channels, n_frames)
        From 1 to 15 Hz, in V².
    band : array of float32, shape (n_channels, n_frames)
        From 20 to 450 Hz without the hum's lines, in V².
    muscle, noise : array of float32, shape (n_channels, n_frames)
        Density from 60 to 150 Hz, where muscles are strong, and from 250 to 420 Hz, where they
        are weak, in V²/Hz.
    hop_s : float
        From one frame to the next, in seconds.
    band_hz : float
        Width of the band.
    """

    slow: _Floats
    band: _Floats
    muscle: _Floats
    noise: _Floats
    hop_s: float
    band_hz: float


def cut_frames(emg: _Floats, *, rate_hz: float, mains_hz: float) -> EmgFrames:
    """Take short-time spectra of EMG.

    Parameters
    ----------
    emg : array of float32, shape (n_channels, n_samples)
        In volts, without gaps, of zero mean.
    rate_hz : float
        Samples per second.
    mains_hz : {50.0, 60.0}
        Whose lines are left out.

    Returns
    -------
    EmgFrames
    """
    length = min(1 << round(np.log2(_FRAME_S * rate_hz)), emg.shape[1])
    hop = max(1, length // 2)
    power, hertz = _spectra(emg, length=length, hop=hop, rate_hz=rate_hz)
    away = np.abs((hertz + mains_hz / 2) % mains_hz - mains_hz / 2) > _AWAY_HZ
    highest = min(_BAND_HZ[1], 0.45 * rate_hz)

    def among(low: float, high: float) -> NDArray[np.bool_]:
        return (hertz >= low) & (hertz < min(high, highest)) & away

    width = highest - _BAND_HZ[0]
    slow = (hertz >= _SLOW_HZ[0]) & (hertz < _SLOW_HZ[1])
    return EmgFrames(
        slow=power[..., slow].sum(axis=-1) * np.float32(hertz[1]),
        band=power[..., among(*_BAND_HZ)].mean(axis=-1) * np.float32(width),
        muscle=power[..., among(*_MUSCLE_HZ)].mean(axis=-1),
        noise=power[..., among(*_NOISE_HZ)].mean(axis=-1),
        hop_s=hop / rate_hz,
        band_hz=width,
    )


def find_hum(emg: _Floats, *, rate_hz: float) -> tuple[float, _Floats]:
    """Tell how much of each channel is hum: the lines' excess over what lies beside them.

    Hum goes on through rest and bursts do not: the lower quartile over windows of a second counts.

    Parameters
    ----------
    emg : array of float32, shape (n_channels, n_samples)
        In volts, without gaps, of zero mean.
    rate_hz : float
        Samples per second.

    Returns
    -------
    mains_hz : float
        50 or 60, whichever hums more.
    hum : array of float32, shape (n_channels,)
        In V², of the line and its next harmonics.
    """
    length = min(round(_HUM_S * rate_hz), emg.shape[1])
    hop = max(1, length // 2)
    power, hertz = _spectra(emg, length=length, hop=hop, rate_hz=rate_hz, highest_hz=_HUM_TO_HZ)
    hums = [_excess(power, hertz, mains_hz) for mains_hz in MAINS_HZ]
    at = int(np.argmax([float(hum.sum()) for hum in hums]))
    return MAINS_HZ[at], hums[at]


def _excess(power: _Floats, hertz: NDArray[np.float64], mains_hz: float) -> _Floats:
    hum = np.zeros(len(power), dtype=np.float32)
    for line_hz in mains_hz * np.arange(1, _HARMONICS + 1):
        centre = round(line_hz / float(hertz[1]))
        if centre - _BESIDE_BINS < 1 or centre + _BESIDE_BINS >= hertz.size:
            continue
        near = power[..., centre - _BESIDE_BINS : centre + _BESIDE_BINS + 1]
        line = slice(_BESIDE_BINS - _HUM_BINS, _BESIDE_BINS + _HUM_BINS + 1)
        at_line = near[..., line].sum(axis=-1)
        beside = (near.sum(axis=-1) - at_line) / (2 * (_BESIDE_BINS - _HUM_BINS))
        excess = at_line - (2 * _HUM_BINS + 1) * beside
        hum += np.maximum(at_rank(excess, _STEADY), 0) * np.float32(hertz[1])
    return hum


def _spectra(
    emg: _Floats, *, length: int, hop: int, rate_hz: float, highest_hz: float = _BAND_HZ[1]
) -> tuple[_Floats, NDArray[np.float64]]:
    """Give one-sided densities, shape (n_channels, n_frames, n_bins), in V²/Hz."""
    frames = sliding_window_view(emg, length, axis=1)[:, ::hop]
    window = np.hanning(length + 1)[:-1].astype(np.float32)
    hertz = rfftfreq(length, 1 / rate_hz)
    hertz = hertz[hertz <= highest_hz + _AWAY_HZ]
    spectrum = rfft(frames * window, axis=-1)[..., : hertz.size]
    power = spectrum.real**2 + spectrum.imag**2
    power *= np.float32(2 / (rate_hz * float(window @ window)))
    return power, hertz
