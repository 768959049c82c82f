"""What a trial leaves behind for judging it together with others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.effort import CLUE_HZ, hand_effort
from hybridmfp.preprocessing.quality.verdicts import TrialClues
from hybridmfp.signals import Recording

__all__ = ["collect_clues", "points_of"]

_AXES = ("_x", "_y", "_z")
_CHANGE_S = 0.005


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
    names: tuple[str, ...],
    points: NDArray[np.float32],
    *,
    span_s: tuple[float, float] | None,
) -> TrialClues:
    """Keep the outline of both modalities on one time base.

    Parameters
    ----------
    recording : Recording
    names : tuple of str
    points : array of float32, shape (n_points, 3, n_samples)
        Both from `points_of`.
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
        effort=hand_effort(recording, names, points),
        rate_hz=CLUE_HZ,
        emg_s=None if emg is None else emg.duration_s,
        kinematics_s=None if kinematics is None else kinematics.duration_s,
        span_s=span_s,
        latency_s=recording.latency_s,
    )


def _envelopes(recording: Recording) -> NDArray[np.float32]:
    """Average the size of changes of the EMG in steps of 10 ms, on the kinematic clock.

    Changes over 5 ms stand for a high-pass: what moves slowly does not count. A step without EMG
    is NaN.
    """
    emg = recording.emg
    if emg is None:
        return np.empty((0, 0), dtype=np.float32)
    apart = max(1, round(emg.rate_hz * _CHANGE_S))
    n_changes = emg.n_samples - apart
    n_steps = int((emg.duration_s - recording.latency_s) * CLUE_HZ)
    if n_changes < 1 or n_steps < 1:
        return np.empty((emg.n_channels, 0), dtype=np.float32)
    change = np.abs(emg.samples[:, apart:] - emg.samples[:, :-apart])
    clock_s = np.arange(n_steps + 1) / CLUE_HZ + recording.latency_s - apart / 2 / emg.rate_hz
    edges = np.round(clock_s * emg.rate_hz).astype(np.intp)
    inside = (edges >= 0) & (edges < n_changes)
    envelopes = np.full((emg.n_channels, n_steps), np.nan, dtype=np.float32)
    known = np.flatnonzero(inside[:-1] & inside[1:])
    if known.size:
        bounds = edges[known[0] : known[-1] + 2]
        sums = np.add.reduceat(np.nan_to_num(change), bounds, axis=1)[:, :-1]
        envelopes[:, known] = sums / np.diff(bounds).astype(np.float32)
    return envelopes
