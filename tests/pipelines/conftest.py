from __future__ import annotations

import pytest

from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort
from hybridmfp.signals import Cohort
from hybridmfp.simulation import ReachCohortSettings, reach_cohort


@pytest.fixture(scope="session")
def small_cohort() -> Cohort:
    return reach_cohort(
        ReachCohortSettings(
            n_patients=7, n_controls=2, n_tasks=2, n_repetitions=2, duration_s=(2.0, 3.0), seed=3
        )
    )


@pytest.fixture(scope="session")
def small_digest(small_cohort: Cohort) -> CohortDigest:
    return digest_cohort(small_cohort, Settings().digest, n_jobs=1)
