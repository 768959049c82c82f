"""Virtual stroke patients: cohorts that contain nobody, for tests, examples and development."""

from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.ground_truth import ground_truth
from hybridmfp.simulation.oracle import OracleEstimate, oracle_score
from hybridmfp.simulation.person import SETTINGS
from hybridmfp.simulation.tasks import TASKS
from hybridmfp.simulation.virtual_cohort import virtual_cohort

__all__ = [
    "SETTINGS",
    "TASKS",
    "OracleEstimate",
    "VirtualCohortSettings",
    "ground_truth",
    "oracle_score",
    "virtual_cohort",
]
