"""The torques that the muscles of the arm must have produced for a movement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.simulation.arm_chain import (
    CHAIN_ANGLES,
    FRAME_RATE_HZ,
    ChainPose,
    pose_chain,
)
from hybridmfp.simulation.body import Body, Sex

__all__ = ["muscle_torques", "segment_masses"]

_ELEVATION = CHAIN_ANGLES.index("elevation")
_GRAVITY_M_S2 = 9.81
# From here on the arm bears its own weight in full: height of the hand over the table, and how far
# the upper arm is raised from where it rests, be it that the hand still drags along. Assumptions.
_LIFTED_M = 0.06
_RAISED_RAD = 0.8


@dataclass(frozen=True)
class _Segment:
    """Hold the inertia of a segment: mass as a share of the body's, the rest of its length."""

    mass: float
    centre: float
    gyration: float


# Upper arm, forearm and hand after de Leva, between joint centres and, for the hand, from the
# wrist to the third knuckle. Radii of gyration are the mean of the sagittal and the transverse.
_SEGMENTS: dict[Sex, tuple[_Segment, _Segment, _Segment]] = {
    "male": (
        _Segment(mass=0.0271, centre=0.5772, gyration=0.277),
        _Segment(mass=0.0162, centre=0.4574, gyration=0.2705),
        _Segment(mass=0.0061, centre=0.7900, gyration=0.5705),
    ),
    "female": (
        _Segment(mass=0.0255, centre=0.5754, gyration=0.269),
        _Segment(mass=0.0138, centre=0.4559, gyration=0.259),
        _Segment(mass=0.0056, centre=0.7474, gyration=0.4925),
    ),
}


def segment_masses(pose: ChainPose, body: Body) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Replace upper arm, forearm and hand by two point masses each.

    The two have the mass, the centre of mass and the moment of inertia across the segment of the
    segment they stand for; about its own long axis it has none.

    Parameters
    ----------
    pose : ChainPose
    body : Body

    Returns
    -------
    masses_kg : array of float, shape (6,)
        Upper arm, forearm, hand; of each the upper one first.
    places : array of float, shape (n_frames, 6, 3)
        In metres.

    References
    ----------
    de Leva, P. (1996). Adjustments to Zatsiorsky-Seluyanov's segment inertia parameters. *J
    Biomech* 29:1223-1230. doi:10.1016/0021-9290(95)00178-6
    """
    joints = (pose.shoulder, pose.elbow, pose.wrist, pose.knuckles)
    masses, places = [], []
    for segment, upper, lower in zip(_SEGMENTS[body.sex], joints, joints[1:], strict=False):
        for share in (segment.centre - segment.gyration, segment.centre + segment.gyration):
            masses.append(body.mass_kg * segment.mass / 2)
            places.append(upper + share * (lower - upper))
    return np.array(masses), np.stack(places, axis=1)


def muscle_torques(
    angles: NDArray[np.float64],
    body: Body,
    *,
    rate_hz: float = FRAME_RATE_HZ,
    supported: bool = False,
) -> NDArray[np.float64]:
    """Say with which torques the muscles bring about a movement against weight and inertia.

    Parameters
    ----------
    angles : array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`.
    body : Body
    rate_hz : float
        Frames per second.
    supported : bool, default False
        Whether wrist or knuckles rest on a table in the first frame. The table then bears the
        weight of the arm while the lower of the two is as high as that and the upper arm is not
        raised. From 6 cm above or below on, or from 0.8 rad of elevation on, it bears nothing:
        whoever raises the arm but drags the hand is trying to lift it.

    Returns
    -------
    array of float, shape (7, n_frames)
        About each of `ARM_ANGLES`, in N m; positive raises the angle. The first and the last
        frame are given the accelerations of their neighbours.

    Raises
    ------
    SignalError
        If there are fewer than three frames, or not one row for each of `CHAIN_ANGLES`.

    Examples
    --------
    A forearm held level under a hanging upper arm weighs on the elbow:

    >>> import numpy as np
    >>> from hybridmfp.simulation.arm_chain import CHAIN_ANGLES
    >>> held = np.zeros((14, 3))
    >>> held[CHAIN_ANGLES.index("elbow_flexion")] = np.pi / 2
    >>> body = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> round(float(muscle_torques(held, body)[3, 0]), 1)  # N m
    3.1
    """
    if angles.ndim != 2 or angles.shape[1] < 3:
        raise SignalError(
            f"angles must be (14, n_frames) with 3 frames or more, for accelerations; got shape "
            f"{angles.shape}."
        )
    pose = pose_chain(angles, body)
    masses, places = segment_masses(pose, body)
    push = _accelerations(places, rate_hz)
    borne = np.ones(angles.shape[1])
    if supported:
        borne = _own_weight(np.minimum(pose.wrist[:, 1], pose.knuckles[:, 1]), angles[_ELEVATION])
    push[:, :, 1] += _GRAVITY_M_S2 * borne[:, np.newaxis]
    push *= masses[:, np.newaxis]
    turning = np.cross(places, push)

    def moment(joint: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Give the moment at a joint of what hangs from it, from a point mass on."""
        whole = turning[:, first:].sum(axis=1)
        found: NDArray[np.float64] = whole - np.cross(joint, push[:, first:].sum(axis=1))
        return found

    shoulder, elbow = moment(pose.shoulder, 0), moment(pose.elbow, 2)
    wrist = moment(pose.wrist, 4)
    plane, thorax, upper_arm = angles[5], pose.thorax, pose.upper_arm
    across = np.cos(plane)[:, np.newaxis] * thorax[:, :, 0]
    across -= np.sin(plane)[:, np.newaxis] * thorax[:, :, 2]
    torques = (
        (thorax[:, :, 1] - upper_arm[:, :, 1], shoulder),
        (-across, shoulder),
        (upper_arm[:, :, 1], shoulder),
        (upper_arm[:, :, 2], elbow),
        (pose.forearm[:, :, 1], elbow),
        (-pose.hand[:, :, 0], wrist),
        (pose.forearm[:, :, 2], wrist),
    )
    return np.stack([np.sum(axis * joint, axis=1) for axis, joint in torques])


def _accelerations(places: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    inner = np.diff(places, n=2, axis=0) * rate_hz**2
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _own_weight(
    height_m: NDArray[np.float64], elevation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the share of its weight that the arm bears itself."""
    lifted = _smooth_step(np.abs(height_m - height_m[0]) / _LIFTED_M)
    raised = _smooth_step(np.abs(elevation - elevation[0]) / _RAISED_RAD)
    return 1 - (1 - lifted) * (1 - raised)


def _smooth_step(share: NDArray[np.float64]) -> NDArray[np.float64]:
    within = np.clip(share, 0, 1)
    risen: NDArray[np.float64] = within**2 * (3 - 2 * within)
    return risen
