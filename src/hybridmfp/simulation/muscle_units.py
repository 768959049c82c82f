"""The muscles that are driven one by one, and how drive passes from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import find_montage
from hybridmfp.simulation.impairment import Drive

__all__ = [
    "LITTLE_TONE",
    "UNITS",
    "UNIT_ROWS",
    "agonists",
    "ceilings",
    "coupling",
    "electrodes",
    "merging_rows",
    "opposition",
    "spastic",
]

Array = NDArray[np.float64]

# What is driven on its own, and the ceiling of `Drive` that holds for it.
_CEILINGS: Mapping[str, str] = MappingProxyType(
    {
        "deltoid_anterior": "shoulder",
        "biceps_brachii": "elbow_flexion",
        "triceps_lateral_medial": "elbow_extension",
        "triceps_long": "elbow_extension",
        "flexor_digitorum_superficialis": "finger_flexion",
        "extensor_digitorum": "finger_extension",
        "brachioradialis": "elbow_flexion",
        "flexor_carpi_ulnaris": "wrist_flexion",
        "extensor_carpi_ulnaris": "wrist_extension",
        "pronator_teres": "pronation",
        "flexor_carpi_radialis": "wrist_flexion",
        "deltoid_medial": "shoulder",
        "deltoid_posterior": "shoulder",
        "pectoralis_clavicular": "shoulder",
        "pectoralis_sternal": "shoulder",
        "latissimus_teres_major": "shoulder",
        "infraspinatus_teres_minor": "external_rotation",
        "subscapularis": "shoulder",
        "supraspinatus_coracobrachialis": "shoulder",
        "brachialis": "elbow_flexion",
        "supinator": "supination",
        "extensor_carpi_radialis": "wrist_extension",
        "abductor_pollicis_brevis": "thumb",
        "abductor_digiti_minimi": "thumb",
    }
)
UNITS = tuple(_CEILINGS)
"""The `MUSCLE_GROUPS`, then two muscles of the hand."""

UNIT_ROWS: Mapping[str, int] = MappingProxyType({unit: row for row, unit in enumerate(UNITS)})
"""The row of each unit in arrays over units."""

# What an electrode sees where it is not one unit; an assumption.
_MIXED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {"triceps_brachii": {"triceps_lateral_medial": 0.6, "triceps_long": 0.4}}
)

# Abnormal coupling: effort of the first also drives the second, with this weight. Flexor synergy
# first, extensor synergy last. Which muscles are coupled follows the synergies that Brunnstrom
# described; weights are assumptions.
_COUPLINGS = (
    ("deltoid_anterior", "biceps_brachii", 0.55),
    ("deltoid_anterior", "brachioradialis", 0.35),
    ("deltoid_anterior", "deltoid_medial", 0.50),
    ("deltoid_medial", "biceps_brachii", 0.55),
    ("deltoid_medial", "brachioradialis", 0.45),
    ("deltoid_medial", "flexor_carpi_radialis", 0.35),
    ("deltoid_medial", "flexor_digitorum_superficialis", 0.45),
    ("biceps_brachii", "deltoid_medial", 0.30),
    ("biceps_brachii", "flexor_carpi_ulnaris", 0.30),
    ("biceps_brachii", "flexor_digitorum_superficialis", 0.40),
    ("brachioradialis", "biceps_brachii", 0.20),
    ("pectoralis_clavicular", "triceps_lateral_medial", 0.30),
    ("pectoralis_clavicular", "pronator_teres", 0.35),
    ("triceps_lateral_medial", "pectoralis_clavicular", 0.45),
    ("triceps_long", "pronator_teres", 0.20),
    ("latissimus_teres_major", "triceps_long", 0.25),
)

# Muscles that merge: those below the mean of their set are drawn up to it.
_MERGING = (
    (
        "deltoid_anterior",
        "deltoid_medial",
        "biceps_brachii",
        "brachioradialis",
        "brachialis",
        "flexor_digitorum_superficialis",
        "flexor_carpi_radialis",
        "flexor_carpi_ulnaris",
        "supinator",
    ),
    (
        "pectoralis_clavicular",
        "pectoralis_sternal",
        "latissimus_teres_major",
        "triceps_lateral_medial",
        "triceps_long",
        "pronator_teres",
    ),
)

# Muscles that pull against each other.
_OPPOSED = (
    (
        ("biceps_brachii", "brachioradialis", "brachialis"),
        ("triceps_lateral_medial", "triceps_long"),
    ),
    (
        ("flexor_carpi_radialis", "flexor_carpi_ulnaris"),
        ("extensor_carpi_ulnaris", "extensor_carpi_radialis"),
    ),
    (("flexor_digitorum_superficialis",), ("extensor_digitorum",)),
    (("pronator_teres",), ("biceps_brachii", "supinator")),
    (("deltoid_anterior", "pectoralis_clavicular"), ("deltoid_posterior",)),
)

LITTLE_TONE = 0.25
"""Tone of muscles that do not become spastic, as a share; an assumption."""

# Antigravity muscles and flexors become spastic. Assumptions.
_SPASTIC: Mapping[str, float] = MappingProxyType(
    {
        "biceps_brachii": 1.0,
        "brachioradialis": 1.0,
        "brachialis": 1.0,
        "flexor_digitorum_superficialis": 1.0,
        "flexor_carpi_ulnaris": 1.0,
        "flexor_carpi_radialis": 1.0,
        "pronator_teres": 0.6,
        "pectoralis_clavicular": 0.5,
        "pectoralis_sternal": 0.5,
    }
)


def agonists(muscle: int) -> NDArray[np.bool_]:
    """Tell which units serve the action of a recorded muscle.

    Parameters
    ----------
    muscle : int
        Row of the muscle in the montage ``mhh-emg``.

    Returns
    -------
    array of bool, shape (n_units,)
        The muscle's own units, and those with the same ceiling of drive.
    """
    actions = np.array(list(_CEILINGS.values()))
    serving: NDArray[np.bool_] = np.isin(actions, actions[electrodes()[muscle] > 0])
    return serving


def ceilings(drive: Drive) -> Array:
    """Give the strongest voluntary drive of every unit, shape (n_units, 1)."""
    return np.array([[getattr(drive, ceiling)] for ceiling in _CEILINGS.values()])


@cache
def coupling() -> Array:
    """Say how much abnormal drive every unit (row) receives from the effort of every other one.

    Returns
    -------
    array of float, shape (n_units, n_units)
        At full synergy; read-only.

    References
    ----------
    Dewald, J. P. A., et al. (1995). Abnormal muscle coactivation patterns during isometric
    torque generation at the elbow and shoulder in hemiparetic subjects. *Brain* 118:495-510.
    doi:10.1093/brain/118.2.495
    """
    matrix = np.zeros((len(UNITS), len(UNITS)))
    for source, target, weight in _COUPLINGS:
        matrix[UNIT_ROWS[target], UNIT_ROWS[source]] = weight
    return _locked(matrix)


@cache
def merging_rows() -> tuple[tuple[int, ...], ...]:
    """Give the rows of the units that merge, for the flexor and for the extensor synergy."""
    return tuple(tuple(UNIT_ROWS[unit] for unit in units) for units in _MERGING)


@cache
def opposition() -> Array:
    """Average for every unit (row) those that oppose it.

    Returns
    -------
    array of float, shape (n_units, n_units)
        The rows of opposed units sum to 1 per pair of opposed sets; read-only.
    """
    matrix = np.zeros((len(UNITS), len(UNITS)))
    for one, other in _OPPOSED:
        for targets, sources in ((one, other), (other, one)):
            rows = [UNIT_ROWS[unit] for unit in targets]
            columns = [UNIT_ROWS[unit] for unit in sources]
            matrix[np.ix_(rows, columns)] = 1 / len(sources)
    return _locked(matrix)


@cache
def electrodes() -> Array:
    """Say what the electrodes see.

    Returns
    -------
    array of float, shape (12, n_units)
        A row for each muscle of the montage ``mhh-emg``; rows sum to 1; read-only.
    """
    muscles = find_montage("mhh-emg").points
    matrix = np.zeros((len(muscles), len(UNITS)))
    for row, muscle in enumerate(muscles):
        for unit, weight in _MIXED.get(muscle, {muscle: 1.0}).items():
            matrix[row, UNIT_ROWS[unit]] = weight
    return _locked(matrix)


@cache
def spastic(least: float) -> Array:
    """Say how spastic units become, shape (n_units, 1); `least` for those that hardly do."""
    return _locked(np.array([[_SPASTIC.get(unit, least)] for unit in UNITS]))


def _locked(matrix: Array) -> Array:
    matrix.flags.writeable = False
    return matrix
