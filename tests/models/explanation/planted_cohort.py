"""Visits in which every cell of the signals differs between people, and one of them is the score.

Every muscle and joint has an own, independent level in each third of the movement, and every
biomarker an own value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.models.fusion.attribution import PHASES, row_of_channel
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS

__all__ = ["BIOMARKERS", "MUSCLES", "PlantedCohort", "planted_cohort"]

N_POINTS, N_TRIALS = 24, 1
BANDS_HZ = ((20.0, 100.0), (100.0, 400.0))
MUSCLES = ("biceps_brachii", "triceps_brachii", "deltoid_anterior", "extensor_digitorum")
BIOMARKERS = ("kin.peak_speed", "kin.sparc", "kin.trunk_displacement", "emg.rms.biceps_brachii")
ROWS = tuple(dict.fromkeys(row_of_channel(name) for name in KINEMATIC_CHANNELS))
MIDDLE, PER_LEVEL, LARGEST = 33.0, 16.0, 1.8
OTHERS = 0.5  # standard deviation of the levels that decide nothing; that of the driver is 1.04


@dataclass(frozen=True, eq=False)
class PlantedCohort:
    """Sessions and the scores that one driver decides."""

    sessions: NDArray[np.object_]
    scores: NDArray[np.float64]


def planted_cohort(
    driver: tuple[str, str | None], *, n_people: int, seed: int, least: float = 0.0
) -> PlantedCohort:
    """Draw people; the score is the level of the driver, (row, phase) or (biomarker, None).

    The level of the driver is `least` or more away from that of the average person: who is like
    the average in what decides has nothing there to be explained by.
    """
    rng = np.random.default_rng(seed)
    found, scores = [], []
    for number in range(n_people):
        cells = [(row, phase) for row in (*MUSCLES, *ROWS) for phase in PHASES]
        cells += [(name, None) for name in BIOMARKERS]
        levels = dict(zip(cells, rng.normal(0, OTHERS, len(cells)), strict=True))
        levels[driver] = rng.choice([-1.0, 1.0]) * rng.uniform(least, LARGEST)
        found.append(_visit(f"s{seed}p{number}", levels, rng))
        scores.append(MIDDLE + PER_LEVEL * levels[driver])
    return PlantedCohort(as_rows(found), np.array(scores))


def _visit(
    subject: str, levels: dict[tuple[str, str | None], float], rng: np.random.Generator
) -> SessionDigest:
    thirds = np.array_split(np.arange(N_POINTS), len(PHASES))
    emg = np.empty((N_TRIALS, len(MUSCLES), len(BANDS_HZ), N_POINTS))
    kinematics = np.empty((N_TRIALS, len(KINEMATIC_CHANNELS), N_POINTS))
    for phase, points in zip(PHASES, thirds, strict=True):
        for at, muscle in enumerate(MUSCLES):
            emg[:, at, :, points] = 0.5 + 0.15 * levels[muscle, phase]
        for at, channel in enumerate(KINEMATIC_CHANNELS):
            kinematics[:, at, points] = 0.3 * levels[row_of_channel(channel), phase]
    emg += rng.normal(0, 0.01, emg.shape)
    kinematics += rng.normal(0, 0.02, kinematics.shape)
    profile = np.sin(np.pi * np.linspace(0, 1, N_POINTS)) * np.ones((N_TRIALS, 2, 1))
    features = np.array([levels[name, None] for name in BIOMARKERS]) + rng.normal(
        0, 0.05, (N_TRIALS, len(BIOMARKERS))
    )
    bag = TrialBag(
        muscles=MUSCLES,
        bands_hz=BANDS_HZ,
        emg=np.abs(emg).astype(np.float32),
        channels=KINEMATIC_CHANNELS,
        kinematics=kinematics.astype(np.float32),
        duration_s=rng.uniform(1.0, 2.0, N_TRIALS).astype(np.float32),
    )
    return SessionDigest(
        subject=subject,
        session="1",
        task=np.array(["reach"]),
        columns=BIOMARKERS,
        features=features,
        session_columns=(),
        session_features=np.empty(0),
        movement=(profile + rng.normal(0, 0.02, profile.shape)).astype(np.float32),
        envelopes=np.abs(emg[:, :, 0]).astype(np.float32),
        bag=bag,
    )
