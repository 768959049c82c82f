from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest

from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort
from hybridmfp.signals import Cohort, Recording
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort


def given(recording: Recording) -> Recording:
    return recording


def performed_once(cohort: Cohort) -> Cohort:
    """The same cohort with its trials in memory, because they are digested again and again."""
    return Cohort(
        cohort.name,
        scale=cohort.scale,
        sessions=cohort.sessions,
        trials=[
            dataclasses.replace(trial, load=partial(given, trial.load())) for trial in cohort.trials
        ],
        synthetic=cohort.synthetic,
        oracle=cohort.oracle,
    )


@pytest.fixture(scope="session")
def small_cohort() -> Cohort:
    settings = VirtualCohortSettings(
        n_patients=7,
        n_controls=2,
        tasks=("reach_forward", "hand_to_mouth"),
        n_repetitions=2,
        emg="amplitude_noise",
        seed=3,
    )
    return performed_once(virtual_cohort(settings))


@pytest.fixture(scope="session")
def small_digest(small_cohort: Cohort) -> CohortDigest:
    return digest_cohort(small_cohort, Settings().digest, n_jobs=1)


@pytest.fixture(scope="session")
def networks_digest() -> CohortDigest:
    """Patients just enough for networks: in three folds, 8 are left to learn from."""
    settings = VirtualCohortSettings(
        n_patients=12,
        n_controls=2,
        tasks=("reach_forward", "hand_to_mouth"),
        n_repetitions=1,
        emg="amplitude_noise",
        seed=3,
    )
    return digest_cohort(virtual_cohort(settings), Settings().digest, n_jobs=1)


@pytest.fixture(scope="session")
def moving_digest() -> CohortDigest:
    """Patients enough to learn from, seen by markers alone."""
    settings = VirtualCohortSettings(
        n_patients=60,
        n_controls=4,
        tasks=("reach_forward", "grasp_release"),
        n_repetitions=1,
        emg="none",
        seed=8,
    )
    return digest_cohort(virtual_cohort(settings), Settings().digest, n_jobs=1)


@pytest.fixture(scope="session")
def unrelated_digest(moving_digest: CohortDigest) -> CohortDigest:
    """The same signals and the same scores, but everybody has the score of somebody else."""
    order = np.random.default_rng(0).permutation(len(moving_digest.rows))
    rows = [
        dataclasses.replace(row, score=other.score, items=other.items)
        for row, other in zip(
            moving_digest.rows, (moving_digest.rows[at] for at in order), strict=True
        )
    ]
    return dataclasses.replace(moving_digest, rows=tuple(rows), oracle={})
