"""Virtual stroke patients: cohorts that contain nobody, for tests, examples and development."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridmfp.simulation.cohort import virtual_cohort
    from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
    from hybridmfp.simulation.oracle import OracleEstimate, oracle_score
    from hybridmfp.simulation.person import SETTINGS
    from hybridmfp.simulation.tasks import TASKS
    from hybridmfp.simulation.truth import ground_truth

__all__ = [
    "SETTINGS",
    "TASKS",
    "OracleEstimate",
    "VirtualCohortSettings",
    "ground_truth",
    "oracle_score",
    "virtual_cohort",
]

# Imported when asked for: who needs one part does not wait for all the others.
_HOMES = {
    "OracleEstimate": "hybridmfp.simulation.oracle",
    "SETTINGS": "hybridmfp.simulation.person",
    "TASKS": "hybridmfp.simulation.tasks",
    "VirtualCohortSettings": "hybridmfp.simulation.cohort_settings",
    "ground_truth": "hybridmfp.simulation.truth",
    "oracle_score": "hybridmfp.simulation.oracle",
    "virtual_cohort": "hybridmfp.simulation.cohort",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
