"""What the muscles of the arm can do in a posture: torques at full activation and moment arms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES

__all__ = [
    "ARM_ANGLES",
    "MUSCLE_GROUPS",
    "MuscleGeometry",
    "muscle_geometry",
    "posture_terms",
]

ARM_ANGLES = CHAIN_ANGLES[5:12]
"""The seven angles that the muscles act on, rows of a posture."""

MUSCLE_GROUPS = (
    "deltoid_anterior",
    "biceps_brachii",
    "triceps_lateral_medial",
    "triceps_long",
    "flexor_digitorum_superficialis",
    "extensor_digitorum",
    "brachioradialis",
    "flexor_carpi_ulnaris",
    "extensor_carpi_ulnaris",
    "pronator_teres",
    "flexor_carpi_radialis",
    "deltoid_medial",
    "deltoid_posterior",
    "pectoralis_clavicular",
    "pectoralis_sternal",
    "latissimus_teres_major",
    "infraspinatus_teres_minor",
    "subscapularis",
    "supraspinatus_coracobrachialis",
    "brachialis",
    "supinator",
    "extensor_carpi_radialis",
)
"""Muscles that are driven as one, in the order of all arrays over groups."""

_FILE = "muscle_geometry.npz"
_DEGREE = 3  # of the polynomial in sines and cosines, and in the angles of the wrist


@dataclass(frozen=True, eq=False)
class MuscleGeometry:
    """Hold what every muscle group does to every joint.

    Attributes
    ----------
    capacity : array of float, shape (n_frames, n_groups, 7)
        Torque of the fully active group about each of `ARM_ANGLES` at rest, in N m, of a young
        man of average strength; positive where it raises the angle.
    moment_arm : array of float, shape (n_frames, n_groups, 7)
        Shortening per radian, in metres, averaged over the muscles of the group by strength;
        positive where the group raises the angle.
    """

    capacity: NDArray[np.float64]
    moment_arm: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Coefficients:
    """Hold the polynomials of those group and angle pairs where there is anything to say."""

    weights: NDArray[np.float64]
    places: NDArray[np.intp]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]


def muscle_geometry(posture: NDArray[np.float64]) -> MuscleGeometry:
    """Say what the muscles of the arm can do in each posture.

    Polynomials fitted to 10 000 postures of the model myoArm; how well they reproduce it is
    written in ``MUSCLE_GEOMETRY_NOTICE.txt`` beside this module. Outside the postures that were
    sampled the nearest sampled angle is taken.

    Parameters
    ----------
    posture : array of float, shape (7, n_frames)
        The `ARM_ANGLES`, in radians.

    Returns
    -------
    MuscleGeometry

    Raises
    ------
    SignalError
        If `posture` does not have one row for each of `ARM_ANGLES`.

    References
    ----------
    Caggiano, V. et al. (2022). MyoSuite: a contact-rich simulation suite for musculoskeletal
    motor control. arXiv:2205.13600

    Holzbaur, K. R. S., Murray, W. M. & Delp, S. L. (2005). A model of the upper extremity for
    simulating musculoskeletal surgery and analyzing neuromuscular control. *Ann Biomed Eng*
    33:829-840. doi:10.1007/s10439-005-3320-7

    Examples
    --------
    >>> import numpy as np
    >>> bent = np.zeros((7, 1))
    >>> bent[ARM_ANGLES.index("elbow_flexion")] = np.pi / 2
    >>> geometry = muscle_geometry(bent)
    >>> biceps, elbow = MUSCLE_GROUPS.index("biceps_brachii"), ARM_ANGLES.index("elbow_flexion")
    >>> round(float(geometry.moment_arm[0, biceps, elbow]), 2)  # metres
    0.04
    """
    if posture.ndim != 2 or len(posture) != len(ARM_ANGLES):
        raise SignalError(
            f"posture must be (7, n_frames), one row for each of ARM_ANGLES; got shape "
            f"{posture.shape}. Take rows 5 to 11 of an array of joint angles."
        )
    known = _coefficients()
    within = np.clip(posture, known.lowest[:, np.newaxis], known.highest[:, np.newaxis])
    fitted = np.zeros((posture.shape[1], 2 * len(MUSCLE_GROUPS) * len(ARM_ANGLES)))
    fitted[:, known.places] = posture_terms(within).T @ known.weights
    capacity, moment_arm = np.split(
        fitted.reshape(-1, 2 * len(MUSCLE_GROUPS), len(ARM_ANGLES)), 2, axis=1
    )
    return MuscleGeometry(capacity=capacity, moment_arm=moment_arm)


def posture_terms(posture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the terms of the polynomials of muscle geometry.

    Products of total degree 3 at most, among shoulder and elbow and among elbow, forearm and
    wrist; the sine and cosine of k times an angle count as degree k.

    Parameters
    ----------
    posture : array of float, shape (7, n_frames)
        The `ARM_ANGLES`, in radians.

    Returns
    -------
    array of float, shape (n_terms, n_frames)
    """
    plane, elevation, rotation, elbow, pronation, deviation, flexion = posture
    bases = [np.ones_like(plane)]
    for angle in (plane, elevation, rotation, elbow, pronation):
        for multiple in range(1, _DEGREE + 1):
            bases += [np.sin(multiple * angle), np.cos(multiple * angle)]
    for angle in (deviation, flexion):
        bases += [angle**power for power in range(1, _DEGREE + 1)]
    first, second, third = np.array(bases)[_factors()]
    terms: NDArray[np.float64] = first * second * third
    return terms


@cache
def _factors() -> NDArray[np.intp]:
    """Say which base functions every term is the product of, shape (3, n_terms)."""
    n_waves = 2 * _DEGREE
    degrees = {0: 0}
    choices = []
    for start in range(1, 1 + 5 * n_waves, n_waves):
        choices.append([0, *range(start, start + n_waves)])
        degrees |= {start + row: 1 + row // 2 for row in range(n_waves)}
    for start in (1 + 5 * n_waves, 1 + 5 * n_waves + _DEGREE):
        choices.append([0, *range(start, start + _DEGREE)])
        degrees |= {start + row: 1 + row for row in range(_DEGREE)}
    terms: dict[tuple[int, ...], None] = {}  # a set that keeps its order
    for chained in (choices[:4], choices[3:]):
        for rows in product(*chained):
            if sum(degrees[row] for row in rows) <= _DEGREE:
                chosen = sorted(row for row in rows if row)
                terms[(*chosen, *[0] * (_DEGREE - len(chosen)))] = None
    return np.array(list(terms), dtype=np.intp).T


@cache
def _coefficients() -> _Coefficients:
    """Read the coefficients that come with the package."""
    source = resources.files("hybridmfp.simulation") / _FILE
    with source.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        both = np.concatenate([stored["capacity"], stored["moment_arm"]], axis=1)
        lowest, highest = stored["lowest"], stored["highest"]
    weights = both.reshape(len(both), -1).astype(np.float64)
    places = np.flatnonzero(weights.any(axis=0))
    return _Coefficients(
        weights=np.ascontiguousarray(weights[:, places]),
        places=places,
        lowest=lowest.astype(np.float64),
        highest=highest.astype(np.float64),
    )
