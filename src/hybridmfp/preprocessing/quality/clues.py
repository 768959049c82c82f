"""What a trial leaves behind for judging it together with others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.verdicts import TrialClues
from hybridmfp.signals import Recording

__all__ = ["CLUE_HZ", "collect_clues", "points_of"]

CLUE_HZ = 100.0
"""Steps per second of envelopes and effort in `TrialClues`."""

_AXES = ("_x", "_y", "_z")
_SMOOTH_S = 0.05


def points_of(recording: Recording) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Find the points among the kinematic channels: those with three axes in metres.

    Returns
    -------
    names : tuple of str
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    """
    kinematics = recording.kinematics
    if kinematics is None:
        return (), np.empty((0, 3, 0), dtype=np.float32)
    rows = {
        channel: row
        for row, (channel, unit) in enumerate(
            zip(kinematics.channels, kinematics.units, strict=True)
        )
        if unit == "m"
    }
    named = [channel[:-2] for channel in rows if channel.endswith("_x")]
    names = tuple(name for name in named if all(name + axis in rows for axis in _AXES))
    order = [rows[name + axis] for name in names for axis in _AXES]
    return names, kinematics.samples[order].reshape(len(names), 3, kinematics.n_samples)


def collect_clues(
    recording: Recording,
    points: NDArray[np.float32],
    *,
    span_s: tuple[float, float] | None,
) -> TrialClues:
    """Keep the outline of both modalities on one time base.

    Parameters
    ----------
    recording : Recording
    points : array of float32, shape (n_points, 3, n_samples)
        From `points_of`.
    span_s : tuple of float or None
        Start and end of the movement, in seconds.

    Returns
    -------
    TrialClues
    """
    emg, kinematics = recording.emg, recording.kinematics
    return TrialClues(
        muscles=() if emg is None else emg.channels,
        envelopes=_envelopes(recording),
        effort=_effort(recording, points),
        rate_hz=CLUE_HZ,
        emg_s=None if emg is None else emg.duration_s,
        kinematics_s=None if kinematics is None else kinematics.duration_s,
        span_s=span_s,
        latency_s=recording.latency_s,
    )


def _envelopes(recording: Recording) -> NDArray[np.float32]:
    """Average the size of changes of the EMG in steps of 10 ms, on the kinematic clock.

    Differences stand for a high-pass: what moves slowly does not count.
    """
    emg = recording.emg
    if emg is None or emg.n_samples < 3:
        return np.empty((0, 0), dtype=np.float32)
    step = max(1, round(emg.rate_hz * 0.005))
    change = np.abs(emg.samples[:, step:] - emg.samples[:, :-step])
    totals = np.cumsum(np.nan_to_num(change), axis=1, dtype=np.float64)
    middle_s = (np.arange(change.shape[1]) + step / 2) / emg.rate_hz - recording.latency_s
    n_steps = int(emg.duration_s * CLUE_HZ)
    centres_s = (np.arange(n_steps) + 0.5) / CLUE_HZ
    edges = [
        np.searchsorted(middle_s, centres_s + side * _SMOOTH_S / 2).clip(0, change.shape[1] - 1)
        for side in (-1, 1)
    ]
    width = np.maximum(edges[1] - edges[0], 1)
    envelopes: NDArray[np.float32] = ((totals[:, edges[1]] - totals[:, edges[0]]) / width).astype(
        np.float32
    )
    return envelopes


def _effort(recording: Recording, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the speed of the fastest quarter of the points, in steps of 10 ms."""
    kinematics = recording.kinematics
    if kinematics is None or len(points) == 0 or kinematics.n_samples < 3:
        return np.empty(0, dtype=np.float32)
    rate_hz = kinematics.rate_hz
    half = max(1, round(0.02 * rate_hz))
    if points.shape[-1] <= 2 * half:
        return np.empty(0, dtype=np.float32)
    speed = np.linalg.norm(points[..., 2 * half :] - points[..., : -2 * half], axis=1)
    speed *= np.float32(rate_hz / (2 * half))
    seen = np.isfinite(speed)
    fast = np.quantile(np.where(seen, speed, 0), 0.75, axis=0)
    times_s = (np.arange(fast.size) + half) / rate_hz
    centres_s = (np.arange(int(kinematics.duration_s * CLUE_HZ)) + 0.5) / CLUE_HZ
    effort: NDArray[np.float32] = np.interp(centres_s, times_s, fast).astype(np.float32)
    return effort
