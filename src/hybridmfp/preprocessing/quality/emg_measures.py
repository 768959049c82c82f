"""What can be measured of EMG that may be faulty, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.gaps import gap_runs
from hybridmfp.preprocessing.quality.emg_frames import EmgFrames, cut_frames, find_hum
from hybridmfp.preprocessing.quality.heart import find_heart

__all__ = ["EmgMeasures", "measure_emg"]

_Floats = NDArray[np.float64]
_Samples = NDArray[np.float32]
Window = tuple[int, int]

_STILL_S = 0.02
_RAIL = 1e-3  # of the range
_STRONG = 0.9  # quantile of the frames that count as the muscle at work
_QUIET = 0.1
_LARGE_STEP = 0.99  # quantile of steps from sample to sample
_EPISODE_S = 0.5  # steps closer than this belong to one episode


@dataclass(frozen=True, eq=False)
class EmgMeasures:
    """Hold one figure per channel, each of shape (n_channels,).

    Attributes
    ----------
    gap, flat, clipped : array of float
        Shares, from 0 to 1; of the trial, or of the movement if larger. Clipped: of the samples
        of the strongest tenth.
    hum_share, hum_v : array of float
        Of the power from 20 to 450 Hz; RMS in volts.
    mains_hz : float
        50 or 60, whichever hums more.
    heart_share, heart_v : array of float
        Of the power from 12 to 40 Hz; height of the wave in volts.
    slow_v, slow_ratio : array of float
        RMS below 15 Hz of the worst frame, in volts, and relative to the EMG in that frame.
    white_v, white_share : array of float
        RMS of white noise in quiet frames, in volts; relative to the strongest tenth. 0 where the
        quiet frames are not white, which is muscle.
    steps : array of float
        Share of the trial between sudden steps of the voltage.
    silence : array of float
        Strongest muscle power over noise power; near 1 where no muscle is heard at all.
    rms_v : array of float
        Of everything, in volts.
    """

    gap: _Floats
    flat: _Floats
    clipped: _Floats
    hum_share: _Floats
    hum_v: _Floats
    mains_hz: float
    heart_share: _Floats
    heart_v: _Floats
    slow_v: _Floats
    slow_ratio: _Floats
    white_v: _Floats
    white_share: _Floats
    steps: _Floats
    silence: _Floats
    rms_v: _Floats


def measure_emg(
    emg: _Samples, *, rate_hz: float, window: Window | None = None, step_ratio: float = 10.0
) -> EmgMeasures:
    """Measure what may be wrong with EMG, channel by channel.

    Parameters
    ----------
    emg : array of float32, shape (n_channels, n_samples)
        Raw EMG in volts; NaN is a gap. A trial, or the last seconds of a stream.
    rate_hz : float
        Samples per second.
    window : tuple of int, optional
        First sample of the movement, and the first after it.
    step_ratio : float, default 10.0
        How many times the 99th percentile of the changes from sample to sample a sudden step is.

    Returns
    -------
    EmgMeasures
    """
    known = np.isfinite(emg)
    counts = np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, emg, np.float32(0))
    filled -= (filled.sum(axis=1) / counts).astype(np.float32)[:, np.newaxis]
    filled[~known] = 0
    mains_hz, hummed = find_hum(filled, rate_hz=rate_hz)
    frames = cut_frames(filled, rate_hz=rate_hz, mains_hz=mains_hz)
    heart_share, heart_v = find_heart(filled, rate_hz=rate_hz)
    hum = hummed.astype(np.float64)
    band = frames.band.mean(axis=1) + hum
    strong = np.quantile(frames.band, _STRONG, axis=1)
    white = _white_power(frames)
    still = _still(emg, rate_hz=rate_hz)
    return EmgMeasures(
        gap=_worse_share(~known, window),
        flat=_worse_share(still, window),
        clipped=_clipped(emg, still, frames, rate_hz=rate_hz),
        hum_share=_ratio(hum, band),
        hum_v=np.sqrt(hum),
        mains_hz=mains_hz,
        heart_share=heart_share.astype(np.float64),
        heart_v=heart_v.astype(np.float64),
        **_slow(frames),
        white_v=np.sqrt(white),
        white_share=np.sqrt(_ratio(white, strong)),
        steps=_between_steps(filled, known, rate_hz=rate_hz, ratio=step_ratio),
        silence=_silence(frames),
        rms_v=np.sqrt((filled.astype(np.float64) ** 2).sum(axis=1) / counts),
    )


def _ratio(above: NDArray[np.floating], below: NDArray[np.floating]) -> _Floats:
    ratio: _Floats = np.divide(above, below, out=np.zeros(len(below)), where=np.asarray(below) > 0)
    return ratio


def _worse_share(wrong: NDArray[np.bool_], window: Window | None) -> _Floats:
    share: _Floats = wrong.mean(axis=1)
    if window is None or window[1] <= window[0]:
        return share
    within: _Floats = wrong[:, window[0] : window[1]].mean(axis=1)
    return np.maximum(share, within)


def _still(emg: _Samples, *, rate_hz: float) -> NDArray[np.bool_]:
    """Tell which samples belong to 20 ms or more without any change."""
    same = emg[:, 1:] == emg[:, :-1]
    shortest = max(2, round(_STILL_S * rate_hz))
    still = np.zeros(emg.shape, dtype=bool)
    for channel in np.flatnonzero(same.sum(axis=1) >= shortest):
        for start, stop in gap_runs(same[channel]):
            if stop - start >= shortest:
                still[channel, start : stop + 1] = True
    return still


def _clipped(
    emg: _Samples, still: NDArray[np.bool_], frames: EmgFrames, *, rate_hz: float
) -> _Floats:
    """Count samples that stand at the highest or lowest value, among those of strong frames."""
    highest = np.fmax.reduce(emg, axis=1, keepdims=True)
    lowest = np.fmin.reduce(emg, axis=1, keepdims=True)
    tolerance = np.float32(_RAIL / 2) * (highest - lowest)
    at_rail = (emg >= highest - tolerance) | (emg <= lowest + tolerance)
    held = at_rail[:, 1:] & at_rail[:, :-1]
    held &= highest > lowest
    shares = np.zeros(len(emg))
    for channel in np.flatnonzero(held.sum(axis=1) > 1):
        if still[channel].mean() > 0.5:
            continue
        centres = np.arange(frames.band.shape[1]) * frames.hop_s + frames.hop_s
        strong = frames.band[channel] >= np.quantile(frames.band[channel], _STRONG)
        seconds = (np.flatnonzero(held[channel]) / rate_hz)[:, np.newaxis]
        inside = np.any(np.abs(seconds - centres[strong]) <= frames.hop_s / 2, axis=1)
        shares[channel] = inside.sum() / max(1.0, strong.sum() * frames.hop_s * rate_hz)
    return np.minimum(shares, 1.0)


def _slow(frames: EmgFrames) -> dict[str, _Floats]:
    worst = np.argmax(frames.slow, axis=1)[:, np.newaxis]
    slow = np.take_along_axis(frames.slow, worst, axis=1)[:, 0].astype(np.float64)
    beside = np.take_along_axis(frames.band, worst, axis=1)[:, 0].astype(np.float64)
    return {"slow_v": np.sqrt(slow), "slow_ratio": np.sqrt(_ratio(slow, beside))}


_COLOURED = 2.5  # muscle over noise density from where quiet frames are muscle, not white noise


def _white_power(frames: EmgFrames) -> _Floats:
    """Give the power of white noise in the quietest frames, in V²."""
    order = np.argsort(frames.band, axis=1)
    n_quiet = max(1, round(_QUIET * order.shape[1]))
    quiet = order[:, :n_quiet]
    noise = np.take_along_axis(frames.noise, quiet, axis=1).mean(axis=1)
    muscle = np.take_along_axis(frames.muscle, quiet, axis=1).mean(axis=1)
    white: _Floats = np.where(muscle < _COLOURED * noise, noise, 0) * frames.band_hz
    return white


def _silence(frames: EmgFrames) -> _Floats:
    loud = np.quantile(frames.muscle, 0.95, axis=1)
    floor = np.quantile(frames.noise, _QUIET, axis=1)
    ratio: _Floats = np.divide(loud, floor, out=np.full(len(loud), np.inf), where=floor > 0)
    return ratio


def _between_steps(
    filled: _Samples, known: NDArray[np.bool_], *, rate_hz: float, ratio: float
) -> _Floats:
    """Give the share of the trial that lies between steps no muscle makes."""
    change = np.abs(np.diff(filled, axis=1))
    change[~(known[:, 1:] & known[:, :-1])] = 0
    stride = max(1, change.shape[1] // 4000)
    usual = np.quantile(change[:, ::stride], _LARGE_STEP, axis=1)
    sudden = change > (ratio * usual)[:, np.newaxis]
    shares = np.zeros(len(filled))
    for channel in np.flatnonzero(sudden.any(axis=1)):
        at = np.flatnonzero(sudden[channel])
        apart = np.diff(at) / rate_hz
        shares[channel] = (1 / rate_hz + apart[apart < _EPISODE_S].sum()) * rate_hz / known.shape[1]
    return shares
