"""Joint angles of arm and trunk, from landmarks in the thorax frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hybridmfp.preprocessing.arm_motion import ArmMotion

__all__ = ["JOINTS", "joint_angles"]

JOINTS = (
    "elbow_flexion",
    "shoulder_elevation",
    "shoulder_plane",
    "forearm_rotation",
    "trunk_flexion",
    "trunk_bending",
    "trunk_turning",
)
"""The joint angles, in the order in which `joint_angles` gives them."""

_HANGING = np.deg2rad(15)  # closer to the thorax vertical, the plane of elevation has no meaning
_STRAIGHT = np.deg2rad(15)  # less flexed, the plane of the arm has no meaning


def joint_angles(motion: ArmMotion) -> NDArray[np.float64]:
    """Measure the seven angles of `JOINTS`.

    - *elbow flexion*: π minus the angle at the elbow; 0 is straight.
    - *shoulder elevation*: between humerus and the downward axis of the thorax; 0 is hanging.
    - *shoulder plane*: plane of elevation, 0 is abduction, π/2 is forward flexion.
    - *forearm rotation*: of the line from the thumb side to the little-finger side of the wrist,
      around the forearm; 0 is neutral (the line lies in the plane shoulder-elbow-wrist, thumb
      towards the upper arm) and supination is positive.
    - *trunk flexion, bending, turning*: Cardan angles Z-X-Y of the thorax since the start;
      forward flexion, leaning to the arm's side and turning away from it are positive.

    Parameters
    ----------
    motion : ArmMotion
        Landmarks in the thorax frame.

    Returns
    -------
    array of float, shape (7, n_samples)
        In radians, plane and forearm unwrapped; NaN where landmarks are hidden, where the humerus
        points within 15 degrees of straight down or up (plane), the elbow is within 15 degrees of
        straight (forearm), or without two wrist markers (forearm) or a thorax cluster (trunk).

    References
    ----------
    Wu, G., et al. (2005). doi:10.1016/j.jbiomech.2004.05.042
    """
    humerus = motion.elbow - motion.shoulder
    forearm = motion.wrist - motion.elbow
    flexion = _angle_between(humerus, forearm)
    forward, up, right = humerus
    elevation = np.arctan2(np.hypot(forward, right), -up)
    plane = np.arctan2(forward, right)
    plane[(elevation < _HANGING) | (elevation > np.pi - _HANGING)] = np.nan
    return np.stack(
        [
            flexion,
            elevation,
            _unwrap(plane),
            _unwrap(_forearm_rotation(motion, humerus, forearm, flexion)),
            *_trunk_angles(motion.trunk_rotation),
        ]
    )


def _angle_between(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    across = np.linalg.norm(np.cross(first, second, axis=0), axis=0)
    angle: NDArray[np.float64] = np.arctan2(across, (first * second).sum(axis=0))
    return angle


def _forearm_rotation(
    motion: ArmMotion,
    humerus: NDArray[np.float64],
    forearm: NDArray[np.float64],
    flexion: NDArray[np.float64],
) -> NDArray[np.float64]:
    if motion.wrist_axis is None:
        return np.full(humerus.shape[1], np.nan)
    normal = np.cross(humerus, forearm, axis=0)
    beside = np.cross(forearm, normal, axis=0)
    normal = normal * np.linalg.norm(forearm, axis=0)  # as long as `beside`
    axis = motion.wrist_axis
    # Neutral is in the middle of what a forearm can do, so that ±π is out of its reach.
    rotation: NDArray[np.float64] = np.arctan2(
        -(axis * normal).sum(axis=0), (axis * beside).sum(axis=0)
    )
    rotation[flexion < _STRAIGHT] = np.nan
    return rotation


def _trunk_angles(rotation: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    angles = np.full((3, len(rotation)), np.nan)
    seen = np.all(np.isfinite(rotation), axis=(1, 2))
    if seen.any():
        cardan = Rotation.from_matrix(rotation[seen]).as_euler("ZXY")
        # Right-handed turns about z (to the right) raise the chest, so flexion is their opposite.
        angles[:, seen] = np.stack([-cardan[:, 0], cardan[:, 1], cardan[:, 2]])
    return list(angles)


def _unwrap(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    unwrapped = angle.copy()
    seen = np.isfinite(angle)
    unwrapped[seen] = np.unwrap(angle[seen])
    return unwrapped
