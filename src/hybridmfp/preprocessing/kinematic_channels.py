"""Everything a network may look at in a movement: positions, velocities, angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.arm_motion import ArmMotion
from hybridmfp.preprocessing.joint_angles import JOINTS
from hybridmfp.preprocessing.movement import time_derivative

__all__ = ["KINEMATIC_CHANNELS", "KINEMATIC_GROUPS", "POINT_CHANNELS", "kinematic_channels"]

_POINTS = ("wrist", "elbow", "shoulder", "hand", "trunk")
_DIRECTIONS = ("forward", "up", "right")
_MOVING = ("wrist", "elbow", "hand", "trunk")

POINT_CHANNELS = tuple(f"{point}_{direction}" for point in _POINTS for direction in _DIRECTIONS)
"""Places in metres: wrist, elbow and shoulder seen from the thorax; hand and trunk since onset."""

_POINT_VELOCITIES = tuple(
    f"{point}_velocity_{direction}" for point in _MOVING for direction in _DIRECTIONS
)
_HAND_SIZES = ("hand_speed", "hand_acceleration", "hand_jerk")

KINEMATIC_CHANNELS = (
    *POINT_CHANNELS,
    *_POINT_VELOCITIES,
    *JOINTS,
    *(f"{joint}_velocity" for joint in JOINTS),
    *_HAND_SIZES,
)
"""The 44 channels of `kinematic_channels`, in order; m, m/s, rad, rad/s, m/s, m/s², m/s³."""

KINEMATIC_GROUPS = tuple(
    name.split("_")[0] if name in (*POINT_CHANNELS, *_POINT_VELOCITIES, *_HAND_SIZES) else "angles"
    for name in KINEMATIC_CHANNELS
)
"""What each channel is about: a landmark that can be lost as a whole, or the angles."""


def kinematic_channels(motion: ArmMotion, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay out a movement for a network.

    Derivatives are taken in real time, so that slow and fast movements stay apart once all are
    brought to the same number of points.

    Parameters
    ----------
    motion : ArmMotion
    angles : array of float, shape (7, n_samples)
        From `joint_angles`, in radians.

    Returns
    -------
    array of float, shape (44, n_samples)
        `KINEMATIC_CHANNELS`; NaN in gaps.
    """
    rate_hz = motion.rate_hz
    velocity = {
        point: time_derivative(getattr(motion, point), rate_hz=rate_hz) for point in _MOVING
    }
    acceleration = time_derivative(velocity["hand"], rate_hz=rate_hz)
    jerk = time_derivative(acceleration, rate_hz=rate_hz)
    sizes = [np.linalg.norm(one, axis=0) for one in (velocity["hand"], acceleration, jerk)]
    return np.concatenate(
        [
            *(getattr(motion, point) for point in _POINTS),
            *(velocity[point] for point in _MOVING),
            angles,
            time_derivative(angles, rate_hz=rate_hz),
            np.stack(sizes),
        ]
    )
