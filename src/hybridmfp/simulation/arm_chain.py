"""Trunk and arm as a chain of rigid segments: joint angles in, postures in space out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.simulation.body import Body

__all__ = [
    "CHAIN_ANGLES",
    "FRAME_RATE_HZ",
    "SCAPULA_REACH_M",
    "ChainPose",
    "SegmentLengths",
    "pose_chain",
    "segment_lengths",
]

CHAIN_ANGLES = (
    "trunk_flexion",
    "trunk_lateral",
    "trunk_rotation",
    "scapula_elevation",
    "scapula_protraction",
    "elevation_plane",
    "elevation",
    "humeral_rotation",
    "elbow_flexion",
    "pronation",
    "wrist_deviation",
    "wrist_flexion",
    "hand_closing",
    "thumb_closing",
)
"""Rows of an array of joint angles.

In radians, except that the scapula is in tenths of a metre of shoulder displacement and hand
and thumb go from 0, open, to 1, closed. Positive are: leaning forwards, leaning towards the
arm, bringing the arm's shoulder forwards; shrugging and bringing the shoulder forwards; the plane
of elevation from 0, sideways, to π/2, forwards; elevation from 0, hanging; inward rotation;
flexion of the elbow; pronation; radial deviation; flexion of the wrist.
"""

FRAME_RATE_HZ = 100.0
"""Frames per second of joint angles and muscle drives."""

# Where the shoulder lies in the thorax frame beyond the lengths below, in metres, and how far a
# unit of scapula movement carries it. Assumptions.
_SHOULDER_AHEAD_M = 0.02
_SHOULDER_BELOW_NECK_M = 0.05
SCAPULA_REACH_M = 0.10
"""How far a unit of scapula movement carries the shoulder, in metres."""


@dataclass(frozen=True)
class SegmentLengths:
    """Hold the lengths of the segments, in metres.

    Attributes
    ----------
    trunk : float
        From the hips to the base of the neck.
    half_shoulders : float
        From the midline to the centre of the shoulder.
    upper_arm, forearm : float
        From shoulder to elbow, and from elbow to wrist.
    hand : float
        From the wrist to the middle of the knuckles.
    """

    trunk: float
    half_shoulders: float
    upper_arm: float
    forearm: float
    hand: float


@dataclass(frozen=True, eq=False)
class ChainPose:
    """Hold where the segments are, for a right arm.

    Axes are those of the ISB: x forwards, y up, z to the right; the origin is at the hips. The
    columns of a rotation are the axes of the segment: an arm points along its own -y, and a hand
    has its palm towards x and its thumb towards z.

    Attributes
    ----------
    thorax, upper_arm, forearm, hand : array of float, shape (n_frames, 3, 3)
        Rotations from the segment to the room; the forearm includes pronation.
    shoulder, elbow, wrist, knuckles : array of float, shape (n_frames, 3)
        Joint centres and the middle of the knuckles, in metres.

    References
    ----------
    Wu, G., et al. (2005). ISB recommendation on definitions of joint coordinate systems.
    J Biomech 38(5). doi:10.1016/j.jbiomech.2004.05.042
    """

    thorax: NDArray[np.float64]
    upper_arm: NDArray[np.float64]
    forearm: NDArray[np.float64]
    hand: NDArray[np.float64]
    shoulder: NDArray[np.float64]
    elbow: NDArray[np.float64]
    wrist: NDArray[np.float64]
    knuckles: NDArray[np.float64]


def segment_lengths(body: Body) -> SegmentLengths:
    """Give the segment lengths of a person from the stature.

    The forearm is close to the 0.146 of stature of Drillis and Contini, as cited by Winter; the
    others are measured between joint centres, which lie within the bony landmarks of the tables,
    and are therefore shorter than there. They are assumptions.

    Parameters
    ----------
    body : Body

    References
    ----------
    Winter, D. A. (2009). *Biomechanics and Motor Control of Human Movement*, 4th ed.,
    chapter 4. doi:10.1002/9780470549148

    Examples
    --------
    >>> from hybridmfp.simulation.body import Body
    >>> tall = Body("male", 60.0, stature_m=2.0, mass_kg=90.0, strength=1.0, fat_mm=5.0)
    >>> round(segment_lengths(tall).forearm, 3)
    0.3
    """
    stature = body.stature_m
    return SegmentLengths(
        trunk=0.300 * stature,
        half_shoulders=0.105 * stature,
        upper_arm=0.172 * stature,
        forearm=0.150 * stature,
        hand=0.055 * stature,
    )


def pose_chain(angles: NDArray[np.float64], body: Body) -> ChainPose:
    """Say where trunk, arm and hand are.

    Parameters
    ----------
    angles : array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`.
    body : Body

    Returns
    -------
    ChainPose

    Raises
    ------
    SignalError
        If `angles` does not have one row for each of `CHAIN_ANGLES`.

    Examples
    --------
    An arm that hangs straight has its knuckles right below the shoulder:

    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> tall = Body("male", 60.0, stature_m=2.0, mass_kg=90.0, strength=1.0, fat_mm=5.0)
    >>> hanging = pose_chain(np.zeros((14, 1)), tall)
    >>> (hanging.knuckles - hanging.shoulder).round(3).tolist()
    [[0.0, -0.754, 0.0]]
    """
    if angles.ndim != 2 or len(angles) != len(CHAIN_ANGLES):
        raise SignalError(
            f"angles must be (14, n_frames), one row for each of CHAIN_ANGLES; got shape "
            f"{angles.shape}. Use angles[:, np.newaxis] for a single posture."
        )
    lengths = segment_lengths(body)
    flexion, bending, turning, shrug, protraction, plane, elevation, inward = angles[:8]
    elbow_flexion, pronation, deviation, wrist_flexion = angles[8:12]
    thorax = _turned(_upright(angles.shape[1]), turning, "zx")
    thorax = _turned(_turned(thorax, -flexion, "xy"), bending, "yz")
    upper_arm = _turned(_turned(thorax, plane, "zx"), -elevation, "yz")
    upper_arm = _turned(upper_arm, inward - plane, "zx")
    forearm = _turned(_turned(upper_arm, elbow_flexion, "xy"), pronation + np.pi / 2, "zx")
    hand = _turned(_turned(forearm, wrist_flexion, "xy"), -deviation, "yz")
    shoulder = (
        (_SHOULDER_AHEAD_M + SCAPULA_REACH_M * protraction) * thorax[0]
        + (lengths.trunk - _SHOULDER_BELOW_NECK_M + SCAPULA_REACH_M * shrug) * thorax[1]
        + lengths.half_shoulders * thorax[2]
    )
    elbow = shoulder - lengths.upper_arm * upper_arm[1]
    wrist = elbow - lengths.forearm * forearm[1]
    knuckles = wrist - lengths.hand * hand[1]
    return ChainPose(
        thorax=thorax.transpose(2, 1, 0),
        upper_arm=upper_arm.transpose(2, 1, 0),
        forearm=forearm.transpose(2, 1, 0),
        hand=hand.transpose(2, 1, 0),
        shoulder=shoulder.T,
        elbow=elbow.T,
        wrist=wrist.T,
        knuckles=knuckles.T,
    )


def _upright(n_frames: int) -> NDArray[np.float64]:
    """Start from segments aligned with the room; shape (axis of segment, axis of room, frame)."""
    axes = np.zeros((3, 3, n_frames))
    axes[[0, 1, 2], [0, 1, 2]] = 1.0
    return axes


def _turned(
    axes: NDArray[np.float64], angle: NDArray[np.float64], way: Literal["xy", "yz", "zx"]
) -> NDArray[np.float64]:
    """Turn a segment about one of its own axes, the first named axis towards the second."""
    first, second = ("xyz".index(letter) for letter in way)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = axes.copy()
    turned[first] = cosine * axes[first] + sine * axes[second]
    turned[second] = cosine * axes[second] - sine * axes[first]
    return turned
