"""What can be measured of EMG that may be faulty, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.gaps import gap_runs
from hybridmfp.preprocessing.quality.emg_frames import EmgFrames, cut_frames, find_hum
from hybridmfp.preprocessing.quality.heart import find_heart
from hybridmfp.preprocessing.quality.ranks import at_rank, worse_share

__all__ = ["EmgMeasures", "measure_emg"]

_Floats = NDArray[np.float64]
_Samples = NDArray[np.float32]
Window = tuple[int, int]

_STILL_S = 0.02
_RAIL = 1e-3  # of the range
_STRONG = 0.9  # quantile of the frames that count as the muscle at work
_LOUD, _QUIET = 0.95, 0.1
_LARGE_STEP = 0.99  # quantile of steps from sample to sample
_EPISODE_S = 0.5  # steps closer than this belong to one episode
_AROUND_S = 0.005
_SAMPLED = 4000  # changes are plenty to learn a quantile from


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
        RMS below 15 Hz of the worst frame, in volts, and relative to the EMG of the strongest
        tenth.
    white_v, white_share : array of float
        RMS of white noise in quiet frames, in volts; relative to the strongest tenth. 0 where the
        quiet frames are not white, which is muscle.
    steps : array of float
        Share of the trial between sudden steps of the voltage.
    silence : array of float
        Strongest muscle power over noise power; near 1 where no muscle is heard at all.
    modulation : array of float
        Power of the strongest frames over that of the quietest (95th over 10th percentile); near
        1.5 where nothing changes.
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
    modulation: _Floats
    rms_v: _Floats


def measure_emg(
    emg: _Samples, *, rate_hz: float, window: Window | None = None, step_ratio: float = 60.0
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
    step_ratio : float, default 60.0
        How many times the changes before or after it a sudden step is.

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
    strong = at_rank(frames.band, _STRONG)
    slow = frames.slow.max(axis=1).astype(np.float64)
    white = _white_power(frames)
    still = _still(emg, rate_hz=rate_hz)
    return EmgMeasures(
        gap=worse_share(~known, window),
        flat=worse_share(still, window),
        clipped=_clipped(emg, still, frames, rate_hz=rate_hz),
        hum_share=_ratio(hum, band),
        hum_v=np.sqrt(hum),
        mains_hz=mains_hz,
        heart_share=heart_share.astype(np.float64),
        heart_v=heart_v.astype(np.float64),
        slow_v=np.sqrt(slow),
        slow_ratio=np.sqrt(_ratio(slow, strong)),
        white_v=np.sqrt(white),
        white_share=np.sqrt(_ratio(white, strong)),
        steps=_between_steps(filled, known, rate_hz=rate_hz, ratio=step_ratio),
        silence=_over_quantile(frames.muscle, frames.noise),
        modulation=_over_quantile(frames.band, frames.band),
        rms_v=np.sqrt((filled.astype(np.float64) ** 2).sum(axis=1) / counts),
    )


def _ratio(above: NDArray[np.floating], below: NDArray[np.floating]) -> _Floats:
    ratio: _Floats = np.divide(above, below, out=np.zeros(len(below)), where=np.asarray(below) > 0)
    return ratio


def _still(emg: _Samples, *, rate_hz: float) -> NDArray[np.bool_]:
    """Tell which samples belong to 20 ms or more without any change."""
    same = emg[:, 1:] == emg[:, :-1]
    shortest = max(2, round(_STILL_S * rate_hz))
    still = np.zeros(emg.shape, dtype=bool)
    # A stretch that long fills at least one block of half its length.
    block = max(1, shortest // 2)
    blocks = same[:, : same.shape[1] // block * block].reshape(len(emg), -1, block)
    for channel in np.flatnonzero(blocks.all(axis=2).any(axis=1)):
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
        strong = frames.band[channel] >= at_rank(frames.band[channel], _STRONG)
        seconds = (np.flatnonzero(held[channel]) / rate_hz)[:, np.newaxis]
        inside = np.any(np.abs(seconds - centres[strong]) <= frames.hop_s / 2, axis=1)
        shares[channel] = inside.sum() / max(1.0, strong.sum() * frames.hop_s * rate_hz)
    return np.minimum(shares, 1.0)


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


def _over_quantile(loud: _Samples, quiet: _Samples) -> _Floats:
    """Compare the 95th percentile of one with the 10th of the other."""
    above = at_rank(loud, _LOUD).astype(np.float64)
    floor = at_rank(quiet, _QUIET)
    ratio: _Floats = np.divide(above, floor, out=np.full(len(above), np.inf), where=floor > 0)
    return ratio


def _between_steps(
    filled: _Samples, known: NDArray[np.bool_], *, rate_hz: float, ratio: float
) -> _Floats:
    """Give the share of the trial that lies between steps no muscle makes.

    A step is one large change from sample to sample that its surroundings do not prepare: on one
    side at least, all changes of the next 5 ms are many times smaller.
    """
    change = np.abs(np.diff(filled, axis=1))
    change[~(known[:, 1:] & known[:, :-1])] = 0
    stride = max(1, change.shape[1] // _SAMPLED)
    usual = at_rank(change[:, ::stride], _LARGE_STEP)
    reach = max(3, round(_AROUND_S * rate_hz))
    shares = np.zeros(len(filled))
    for channel, row in enumerate(change):
        large = np.flatnonzero(row[reach:-reach] > usual[channel]) + reach
        beside = large[:, np.newaxis] + np.arange(1, reach + 1)
        calmest = np.minimum(
            row[beside].max(axis=1), row[2 * large[:, np.newaxis] - beside].max(axis=1)
        )
        at = large[(row[large] > ratio * calmest) & (calmest > 0)]
        if at.size:
            apart = np.diff(at) / rate_hz
            shares[channel] = 1 / row.size + apart[apart < _EPISODE_S].sum() * rate_hz / row.size
    return shares
