"""A geometric arm: joint angles go in, marker positions in a laboratory come out.

Body axes are those of `ArmMotion` for a right arm: x forward, y up, z to the right. In the
laboratory z points up and the person looks along x.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.arm_motion import ArmMotion
from hybridmfp.signals import Signal, find_montage

Array = NDArray[np.float64]

MARKERS = find_montage("mhh-markers")
RATE_HZ = 100.0
UPPER_ARM_M, FOREARM_M = 0.30, 0.25
SHOULDER_M = np.array([0.0, 0.50, 0.20])  # seen from the hip, like all fixed points below
STERNUM_M = np.array(
    [[0.0, 0.44, 0.03], [0.0, 0.44, -0.03], [0.01, 0.36, 0.02], [-0.01, 0.36, -0.02]]
)
TO_LABORATORY = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
GRID_M = 5 * 2.0**-18  # float32 keeps these exactly, also turned by the 3-4-5 triangle


@dataclass(frozen=True, eq=False)
class Posture:
    """Angles over time in radians, each of shape (n_samples,); trunk (n_samples, 3, 3)."""

    plane: Array
    elevation: Array
    elbow: Array
    supination: Array
    trunk: Array


def minimum_jerk(share: Array) -> Array:
    """Go from 0 to 1 and stay."""
    u = np.clip(share, 0, 1)
    return 10 * u**3 - 15 * u**4 + 6 * u**5


def ramp(*, n_samples: int = 300, rest: int = 60) -> Array:
    """Rest, move for the time between, rest."""
    return minimum_jerk((np.arange(n_samples) - rest) / (n_samples - 2 * rest))


def still(degrees: float, *, n_samples: int = 300) -> Array:
    return np.full(n_samples, np.deg2rad(degrees))


def upright(n_samples: int = 300) -> Array:
    return np.tile(np.eye(3), (n_samples, 1, 1))


def reach(**changes: Array) -> Posture:
    """A hand that rests in front of the body reaches forward."""
    go = ramp()
    posture = Posture(
        plane=np.deg2rad(70 + 15 * go),
        elevation=np.deg2rad(25 + 45 * go),
        elbow=np.deg2rad(95 - 60 * go),
        supination=np.deg2rad(-30 + 50 * go),
        trunk=upright(),
    )
    return replace(posture, **changes)


def bones(posture: Posture) -> tuple[Array, Array, Array, Array]:
    """Directions of upper arm, forearm, elbow axis and thumb-to-little-finger, each (3, n)."""
    sin_e, cos_e = np.sin(posture.elevation), np.cos(posture.elevation)
    sin_p, cos_p = np.sin(posture.plane), np.cos(posture.plane)
    upper = np.stack([sin_e * sin_p, -cos_e, sin_e * cos_p])
    ahead = np.stack([cos_e * sin_p, sin_e, cos_e * cos_p])  # where raising the arm would go
    fore = np.cos(posture.elbow) * upper + np.sin(posture.elbow) * ahead
    axis = np.cross(upper, ahead, axis=0)
    away = np.cross(fore, axis, axis=0)  # in the plane of the arm, away from the upper arm
    ulnar = np.cos(posture.supination) * away - np.sin(posture.supination) * axis
    return upper, fore, axis, ulnar


def arm_in_thorax(posture: Posture) -> ArmMotion:
    """The motion itself, without markers, filters or rounding."""
    upper, fore, _, ulnar = bones(posture)
    shoulder = np.repeat((SHOULDER_M - STERNUM_M.mean(axis=0))[:, np.newaxis], upper.shape[1], 1)
    elbow = shoulder + UPPER_ARM_M * upper
    wrist = elbow + FOREARM_M * fore
    centre = STERNUM_M.mean(axis=0)
    moved = posture.trunk @ centre
    hand = np.einsum("nij,jn->in", posture.trunk, wrist) + moved.T
    return ArmMotion(
        wrist=wrist,
        elbow=elbow,
        shoulder=shoulder,
        wrist_axis=ulnar,
        hand=hand - moved[0][:, np.newaxis],
        trunk=(moved - moved[0]).T,
        trunk_rotation=posture.trunk,
        side="right",
        side_inferred=False,
        rate_hz=RATE_HZ,
    )


def markers(posture: Posture) -> Array:
    """Marker positions in the laboratory, shape (21, 3, n_samples), on the grid of `GRID_M`."""
    upper, fore, axis, ulnar = bones(posture)
    n_samples = upper.shape[1]
    fixed = {"SA_3": SHOULDER_M, "SA_1": SHOULDER_M + np.array([0.04, 0.0, -0.02])}
    fixed["SA_2"] = SHOULDER_M + np.array([-0.04, 0.01, -0.02])
    fixed.update({f"CS_{at + 1}": point for at, point in enumerate(STERNUM_M)})
    body = {name: np.repeat(point[:, np.newaxis], n_samples, 1) for name, point in fixed.items()}
    elbow = body["SA_3"] + UPPER_ARM_M * upper
    wrist = elbow + FOREARM_M * fore
    body |= {"ELB_L": elbow, "ELB_M": elbow - 0.07 * axis}
    body |= {"WRA": wrist - 0.03 * ulnar, "WRB": wrist + 0.03 * ulnar}
    beside = np.cross(upper, axis, axis=0)
    for at in range(6):
        body[f"H_{at + 1}"] = (
            elbow - (0.06 + 0.02 * at) * upper + 0.05 * axis + 0.03 * (-1) ** at * beside
        )
    for at in range(4):
        out = np.cross(fore, axis, axis=0)
        body[f"RU_{at + 1}"] = (
            elbow + (0.10 + 0.03 * at) * fore + 0.04 * out + 0.02 * (-1) ** at * axis
        )
    stacked = np.stack([body[name] for name in MARKERS.points])
    leaned = np.einsum("nij,pjn->pin", posture.trunk, stacked)
    laboratory = np.einsum("ij,pjn->pin", TO_LABORATORY, leaned)
    return np.round(laboratory / GRID_M) * GRID_M


def as_signal(positions: Array) -> Signal:
    return Signal(
        positions.reshape(-1, positions.shape[2]),
        rate_hz=RATE_HZ,
        channels=MARKERS.channels,
        units="m",
    )
