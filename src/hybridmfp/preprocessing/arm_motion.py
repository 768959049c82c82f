"""The arm seen from the trunk: landmarks in a thorax frame, left arms mirrored to the right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hybridmfp.errors import MontageError, SignalError
from hybridmfp.preprocessing.gaps import fill_short_gaps
from hybridmfp.preprocessing.rigid_body import cluster_shape, rebuild_cluster, rigid_motion
from hybridmfp.preprocessing.zero_phase import low_pass
from hybridmfp.signals import Montage, Side, Signal

__all__ = [
    "ArmMotion",
    "MotionSettings",
    "arm_motion",
    "clean_points",
    "landmark_centre",
    "landmark_members",
]

_AXES = {"x": 0, "y": 1, "z": 2}
_MOSTLY = 0.9  # share of samples in which a point must be seen to stand for a landmark


@dataclass(frozen=True)
class MotionSettings:
    """Say how marker positions are cleaned.

    Attributes
    ----------
    longest_gap_s : float
        Gaps up to this long are closed by a spline, in seconds.
    cutoff_hz : float
        Zero-phase low-pass, in hertz.
    start_s : float
        How much of the start of the trial defines the reference posture, in seconds.
    rate_hz : float
        Every n-th sample of the smoothed positions is kept, with n the largest that leaves at
        least this many a second; must be at least four times `cutoff_hz`, so that nothing folds
        back.
    """

    longest_gap_s: float = 0.2
    cutoff_hz: float = 6.0
    start_s: float = 0.25
    rate_hz: float = 100.0


@dataclass(frozen=True, eq=False)
class ArmMotion:
    """Describe how an arm moved, as if it were a right one.

    Axes follow the ISB: x forward, y up, z to the right (towards the moving arm). The frame is
    fixed by gravity and by the line from thorax to shoulder in the reference posture, so
    neither where the chair stood nor how it was turned matters. Trunk angles and displacements
    are relative to the reference posture.

    Attributes
    ----------
    wrist, elbow, shoulder : array of float, shape (3, n_samples)
        In the frame that moves with the thorax, in metres; NaN in gaps.
    wrist_axis : array of float or None, shape (3, n_samples)
        From the thumb side of the wrist to the little-finger side; None without two markers.
    hand : array of float, shape (3, n_samples)
        The wrist in the frame of the reference posture: arm and trunk movement together.
    trunk : array of float, shape (3, n_samples)
        Displacement of the thorax since the reference posture, in metres.
    trunk_rotation : array of float, shape (n_samples, 3, 3)
        Rotation of the thorax since the reference posture; NaN throughout if no frame shows all
        of its markers together, or these are fewer than three or lie on one line, in which case
        the frame follows the thorax unturned. A marker hidden throughout does not count.
    side : {"left", "right"}
        The arm that moved.
    side_inferred : bool
        Whether the side was read from the markers because nobody had noted it.
    rate_hz : float
        Samples per second.

    References
    ----------
    Wu, G., et al. (2005). ISB recommendation on definitions of joint coordinate systems.
    J Biomech 38(5). doi:10.1016/j.jbiomech.2004.05.042
    """

    wrist: NDArray[np.float64]
    elbow: NDArray[np.float64]
    shoulder: NDArray[np.float64]
    wrist_axis: NDArray[np.float64] | None
    hand: NDArray[np.float64]
    trunk: NDArray[np.float64]
    trunk_rotation: NDArray[np.float64]
    side: Side
    side_inferred: bool
    rate_hz: float


def clean_points(
    kinematics: Signal, montage: Montage, settings: MotionSettings | None = None
) -> NDArray[np.float64]:
    """Close short gaps, rebuild rigid clusters, and smooth.

    Parameters
    ----------
    kinematics : Signal
        Positions with the channels of `montage`, in metres.
    montage : Montage
        A kinematic montage.
    settings : MotionSettings, optional

    Returns
    -------
    array of float, shape (n_points, 3, n_samples)
        In the order of ``montage.points``, in metres; NaN in what gaps remain.

    Raises
    ------
    SignalError
        If a channel of the montage is missing or not in metres.
    """
    settings = settings or MotionSettings()
    positions = kinematics.pick(montage.channels)
    if set(positions.units) != {"m"}:
        raise SignalError(
            f"kinematics must be in metres; got {', '.join(sorted(set(positions.units)))}."
        )
    rate_hz = positions.rate_hz
    points = positions.samples.astype(np.float64).reshape(len(montage.points), 3, -1)
    points = fill_short_gaps(points, rate_hz=rate_hz, longest_s=settings.longest_gap_s)
    for members in montage.clusters.values():
        rows = [montage.points.index(member) for member in members]
        points[rows] = rebuild_cluster(points[rows])
    return low_pass(points, rate_hz=rate_hz, cutoff_hz=settings.cutoff_hz)


def arm_motion(
    kinematics: Signal,
    montage: Montage,
    *,
    side: Side | None = None,
    settings: MotionSettings | None = None,
) -> ArmMotion:
    """See the arm from the trunk.

    Parameters
    ----------
    kinematics : Signal
        Positions with the channels of `montage`, in metres.
    montage : Montage
        Must define the landmarks wrist, elbow, shoulder and thorax.
    side : {"left", "right"}, optional
        The arm that moved. Without it the side is inferred from where the hand is: in front of
        the chest, seen from the shoulder that carries the markers. Needs landmarks that do not
        depend on the side.
    settings : MotionSettings, optional

    Returns
    -------
    ArmMotion

    Raises
    ------
    MontageError
        If a landmark is not defined, or depends on a side that is not known.
    SignalError
        If thorax or shoulder are not seen at the start of the trial.
    """
    settings = settings or MotionSettings()
    _check_landmarks(montage, side)
    step = max(1, int(kinematics.rate_hz // settings.rate_hz))
    points = clean_points(kinematics, montage, settings)[..., ::step]
    rate_hz = kinematics.rate_hz / step
    places = landmark_members(points, montage, side=side)
    wrist, elbow, shoulder = (
        landmark_centre(places[name]) for name in ("wrist", "elbow", "shoulder")
    )
    n_start = max(1, round(settings.start_s * rate_hz))
    pose, centre, start = _thorax_pose(places["thorax"], n_start=n_start)
    rotation = pose if np.isfinite(pose).any() else np.broadcast_to(np.eye(3), pose.shape)
    shoulder_start = _start_of(shoulder, n_start, what="the shoulder")
    axes, found = _frame(
        towards_arm=shoulder_start - start,
        towards_hand=_start_of(wrist, n_start, what="the wrist") - start,
        vertical=_AXES[montage.vertical],
        side=side,
    )
    seen = [_from_thorax(point, rotation, centre, axes) for point in (wrist, elbow, shoulder)]
    return ArmMotion(
        wrist=seen[0],
        elbow=seen[1],
        shoulder=seen[2],
        wrist_axis=_wrist_axis(places["wrist"], rotation, axes),
        hand=axes @ (wrist - start[:, np.newaxis]),
        trunk=axes @ (centre - start[:, np.newaxis]),
        trunk_rotation=axes @ pose @ axes.T,
        side=found,
        side_inferred=side is None,
        rate_hz=rate_hz,
    )


def landmark_members(
    points: NDArray[np.float64], montage: Montage, *, side: Side | None = None
) -> dict[str, NDArray[np.float64]]:
    """Find the points that stand for each landmark.

    Parameters
    ----------
    points : array of float, shape (n_points, 3, n_samples)
        In the order of ``montage.points``.
    montage : Montage
    side : {"left", "right"}, optional
        The arm that moved.

    Returns
    -------
    dict of str to array of float, shape (n_members, 3, n_samples)
        By landmark.

    Raises
    ------
    MontageError
        If a landmark is not defined, or depends on a side that is not known.
    """
    _check_landmarks(montage, side)
    word = (side or "").capitalize()
    return {
        landmark: points[[montage.points.index(name.replace("{side}", word)) for name in names]]
        for landmark, names in montage.landmarks.items()
    }


def landmark_centre(members: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average the members that are seen most of the time, so that none jumps in or out.

    Parameters
    ----------
    members : array of float, shape (n_members, 3, n_samples)
        NaN where hidden.

    Returns
    -------
    array of float, shape (3, n_samples)
    """
    seen = np.all(np.isfinite(members), axis=1).mean(axis=1)
    steady = members[seen >= min(_MOSTLY, seen.max())]
    centre: NDArray[np.float64] = steady.mean(axis=0)
    return centre


def _check_landmarks(montage: Montage, side: Side | None) -> None:
    missing = [
        name for name in ("wrist", "elbow", "shoulder", "thorax") if name not in montage.landmarks
    ]
    if missing:
        raise MontageError(
            f"montage {montage.name!r} must define the landmarks wrist, elbow, shoulder and "
            f"thorax; {', '.join(missing)} is missing. Add it to the montage file."
        )
    sided = any("{side}" in point for names in montage.landmarks.values() for point in names)
    if sided and side is None:
        raise MontageError(
            f"side must be known for montage {montage.name!r}, which has both arms; got None. "
            "Name the arm that moved in the data set's tables or file names."
        )


def _wrist_axis(
    members: NDArray[np.float64], rotation: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    if len(members) != 2:
        return None
    return _turned_into(members[1] - members[0], rotation, axes)


def _thorax_pose(
    members: NDArray[np.float64], *, n_start: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give rotation (n_samples, 3, 3), centre (3, n_samples) and centre at the start (3,).

    Without a cluster shape there is no rotation: it is NaN throughout, and the frame then only
    moves along with the thorax.
    """
    present = members[~np.all(np.isnan(members), axis=(1, 2))]
    shape = cluster_shape(present) if len(present) >= 3 else None
    if shape is None:
        centre = landmark_centre(members)
        unknown = np.full((centre.shape[1], 3, 3), np.nan)
        return unknown, centre, _start_of(centre, n_start, what="the thorax")
    motion = rigid_motion(shape, present)
    centre = motion.carry(shape.mean(axis=0, keepdims=True))[0]
    start = _start_of(centre, n_start, what="the thorax")
    beginning = motion.rotation[:n_start]
    posed = np.isfinite(beginning[:, 0, 0])
    reference = Rotation.from_matrix(beginning[posed]).mean().as_matrix()
    return motion.rotation @ reference.T, centre, start


def _start_of(point: NDArray[np.float64], n_start: int, *, what: str) -> NDArray[np.float64]:
    beginning = point[:, :n_start]
    seen = np.all(np.isfinite(beginning), axis=0)
    if not seen.any():
        raise SignalError(
            f"{what} must be seen at the start of the trial to fix the thorax frame; its markers "
            f"are hidden in the first {n_start} samples. Cut the trial or repeat it."
        )
    middle: NDArray[np.float64] = np.median(beginning[:, seen], axis=1)
    return middle


def _frame(
    *,
    towards_arm: NDArray[np.float64],
    towards_hand: NDArray[np.float64],
    vertical: int,
    side: Side | None,
) -> tuple[NDArray[np.float64], Side]:
    """Give the rows forward, up and towards the arm, and the side."""
    up = np.eye(3)[vertical]
    outwards = towards_arm - (towards_arm @ up) * up
    length = np.linalg.norm(outwards)
    if not length > 0:
        raise SignalError(
            "shoulder and thorax must not lie on one vertical line; they do. "
            "Check which markers stand for them in the montage."
        )
    outwards = outwards / length
    forward = np.cross(up, outwards)  # for a right arm
    found: Side = side or ("right" if towards_hand @ forward > 0 else "left")
    if found == "left":
        forward = -forward
    return np.stack([forward, up, outwards]), found


def _from_thorax(
    point: NDArray[np.float64],
    rotation: NDArray[np.float64],
    centre: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> NDArray[np.float64]:
    return _turned_into(point - centre, rotation, axes)


def _turned_into(
    vector: NDArray[np.float64], rotation: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    turned: NDArray[np.float64] = axes @ np.einsum("nji,jn->in", rotation, vector)
    return turned
