"""What the landmarks of an arm show: whether it is the noted one, and of a possible size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MontageError
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding
from hybridmfp.signals import Montage, Recording, Side, find_montage

__all__ = ["check_landmarks", "moving_side"]

_START_S = 0.25
_CLEAR_M = 0.10  # that the hand must be in front of the line through both shoulders
_CLEAR_RATIO = 3.0  # that one hand must travel further than the other
_LEAST_PATH_M = 0.2
_UPPER_ARM_M = (0.12, 0.55)  # from shoulder to elbow markers, from a child to the tallest


def check_landmarks(
    recording: Recording, names: Sequence[str], points: NDArray[np.float32]
) -> list[Finding]:
    """Report a noted side that the markers contradict clearly, and arms of impossible length.

    Nothing is said in doubt, nor of a recording whose montage is not known here.
    """
    if recording.montage is None or recording.kinematics is None:
        return []
    try:
        montage = find_montage(recording.montage)
    except MontageError:
        return []
    found = _check_upper_arm(montage, names, points, side=recording.side or "right")
    seen = moving_side(montage, names, points, rate_hz=recording.kinematics.rate_hz)
    if recording.side is None or seen is None or seen == recording.side:
        return found
    return [
        *found,
        Finding(
            modality="kinematics",
            channel=ALL,
            fault="side",
            verdict="red",
            value=1.0,
            unit="1",
            reason=f"The {recording.side} arm is noted, but the markers show the {seen} arm.",
            remedy="Correct the side in the table of this recording.",
        ),
    ]


def _check_upper_arm(
    montage: Montage, names: Sequence[str], points: NDArray[np.float32], *, side: Side
) -> list[Finding]:
    rows = {name: row for row, name in enumerate(names)}
    ends = [
        _start(_members(montage, landmark, rows, points, side), points.shape[-1])
        for landmark in ("shoulder", "elbow")
    ]
    if ends[0] is None or ends[1] is None:
        return []
    length_m = float(np.linalg.norm(ends[0] - ends[1]))
    if _UPPER_ARM_M[0] <= length_m <= _UPPER_ARM_M[1]:
        return []
    return [
        Finding(
            modality="kinematics",
            channel=ALL,
            fault="unit",
            verdict="red",
            value=length_m,
            unit="m",
            reason=f"The upper arm is {length_m:.2g} m long, which no arm is.",
            remedy="Set the right unit of the markers (m or mm), or check their names.",
        )
    ]


def moving_side(
    montage: Montage, names: Sequence[str], points: NDArray[np.float32], *, rate_hz: float
) -> Side | None:
    """Tell which arm the markers show moving; None where that is not clear.

    With markers on one arm: the hand starts in front of the body, so the side follows from where
    the front is. With markers on both: the arm whose hand travels three times further.

    Parameters
    ----------
    montage : Montage
    names : sequence of str
        Of the points.
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    rate_hz : float
        Samples per second.
    """
    rows = {name: row for row, name in enumerate(names)}
    sides: tuple[Side, Side] = ("left", "right")
    both = any("{side}" in name for name in montage.landmarks.get("wrist", ()))
    if both:
        paths = [_path(_members(montage, "wrist", rows, points, side)) for side in sides]
        longer = int(np.argmax(paths))
        clear = paths[longer] > max(_LEAST_PATH_M, _CLEAR_RATIO * paths[1 - longer])
        return sides[longer] if clear else None
    n_start = max(1, round(_START_S * rate_hz))
    places = [
        _start(_members(montage, landmark, rows, points, "right"), n_start)
        for landmark in ("thorax", "shoulder", "wrist")
    ]
    if any(place is None for place in places):
        return None
    thorax, shoulder, wrist = (place for place in places if place is not None)
    up = np.eye(3)["xyz".index(montage.vertical)]
    outwards = shoulder - thorax - ((shoulder - thorax) @ up) * up
    length = float(np.linalg.norm(outwards))
    if length == 0:
        return None
    ahead = float((wrist - thorax) @ np.cross(up, outwards / length))
    if abs(ahead) < _CLEAR_M:
        return None
    return "right" if ahead > 0 else "left"


def _members(
    montage: Montage,
    landmark: str,
    rows: dict[str, int],
    points: NDArray[np.float32],
    side: Side,
) -> NDArray[np.float32]:
    named = [
        one.replace("{side}", side.capitalize()) for one in montage.landmarks.get(landmark, ())
    ]
    return points[[rows[name] for name in named if name in rows]]


def _path(members: NDArray[np.float32]) -> float:
    if len(members) == 0:
        return 0.0
    steps = np.linalg.norm(np.diff(members[..., ::5], axis=-1), axis=1)
    return float(np.nansum(steps, axis=1).mean())


def _start(members: NDArray[np.float32], n_start: int) -> NDArray[np.float64] | None:
    beginning = members[..., :n_start].astype(np.float64)
    seen = np.any(np.all(np.isfinite(beginning), axis=1), axis=1)
    if not seen.any():
        return None
    middle: NDArray[np.float64] = np.nanmean(beginning[seen], axis=-1).mean(axis=0)
    return middle
