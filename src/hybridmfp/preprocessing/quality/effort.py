"""What a moving hand asks of muscles: speed, acceleration, height, on a common time base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from hybridmfp.errors import MontageError
from hybridmfp.preprocessing.quality.ranks import at_rank
from hybridmfp.signals import Montage, Recording, find_montage

__all__ = ["CLUE_HZ", "EFFORTS", "hand_effort"]

CLUE_HZ = 100.0
"""Steps per second of what a trial leaves behind."""

EFFORTS = (
    *("speed", "acceleration", "speeding_up", "distance"),
    *("height", "vertical_acceleration", "vertical_velocity"),
)
"""Rows of `hand_effort`, in m/s, m/s², m/s², m, m, m/s², m/s."""

_SMOOTH_S = 0.03
_FAST = 0.75  # quantile over points
_SEEN = 0.5
_FEWEST_STEPS = 4


def hand_effort(
    recording: Recording, names: Sequence[str], points: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Describe how the hand moves, in steps of 10 ms.

    The hand is the montage's wrist; without a montage, the middle of the quarter of the points
    that travel furthest, and z points up.

    Parameters
    ----------
    recording : Recording
    names : sequence of str
        Of the points.
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.

    Returns
    -------
    array of float32, shape (7, n_steps)
        `EFFORTS`; no step where no hand is seen for half of the time.
    """
    nothing = np.empty((len(EFFORTS), 0), dtype=np.float32)
    if recording.kinematics is None or len(points) == 0:
        return nothing
    montage = _montage_of(recording)
    hand = _middle(_hand_points(montage, recording, names, points))
    rate_hz = recording.kinematics.rate_hz
    n_steps = int(recording.kinematics.duration_s * CLUE_HZ)
    if hand is None or n_steps < _FEWEST_STEPS:
        return nothing
    place = _in_steps(hand, rate_hz=rate_hz, n_steps=n_steps)
    velocity = np.gradient(place, 1 / CLUE_HZ, axis=1)
    acceleration = np.gradient(velocity, 1 / CLUE_HZ, axis=1)
    speed = np.linalg.norm(velocity, axis=0)
    up = "xyz".index(montage.vertical) if montage is not None else 2
    rows = [
        speed,
        np.linalg.norm(acceleration, axis=0),
        np.gradient(speed, 1 / CLUE_HZ),
        np.linalg.norm(place - place[:, :1], axis=0),
        place[up] - place[up, 0],
        acceleration[up],
        velocity[up],
    ]
    effort: NDArray[np.float32] = np.array(rows).astype(np.float32)
    return effort


def _montage_of(recording: Recording) -> Montage | None:
    """Give the montage where one is named and says where the wrist is."""
    if recording.montage is None:
        return None
    try:
        montage = find_montage(recording.montage)
    except MontageError:
        return None
    return montage if "wrist" in montage.landmarks else None


def _hand_points(
    montage: Montage | None,
    recording: Recording,
    names: Sequence[str],
    points: NDArray[np.float32],
) -> NDArray[np.float32]:
    if montage is not None:
        side = (recording.side or "").capitalize()
        wanted = [one.replace("{side}", side) for one in montage.landmarks["wrist"]]
        rows = [names.index(one) for one in wanted if one in names]
        if rows:
            return points[rows]
    step = max(1, points.shape[-1] // 200)
    moved = np.linalg.norm(np.diff(points[..., ::step], axis=-1), axis=1)
    paths = np.nansum(moved, axis=1)
    farthest: NDArray[np.float32] = points[paths >= at_rank(paths, _FAST)]
    return farthest


def _middle(members: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Average those members that are seen for most of the time; None where there are none."""
    seen = np.all(np.isfinite(members), axis=1)
    kept = np.asarray(seen.mean(axis=1) > _SEEN)
    together = np.all(seen[kept], axis=0) if kept.any() else np.zeros(1, dtype=bool)
    if together.mean() <= _SEEN:
        return None
    middle = members[kept].astype(np.float64).mean(axis=0)
    instants = np.arange(middle.shape[1])
    return np.array([np.interp(instants, instants[together], row[together]) for row in middle])


def _in_steps(place: NDArray[np.float64], *, rate_hz: float, n_steps: int) -> NDArray[np.float64]:
    times_s = np.arange(place.shape[1]) / rate_hz
    centres_s = (np.arange(n_steps) + 0.5) / CLUE_HZ
    stepped = np.array([np.interp(centres_s, times_s, row) for row in place])
    return np.asarray(gaussian_filter1d(stepped, _SMOOTH_S * CLUE_HZ, axis=1), dtype=np.float64)
