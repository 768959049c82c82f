"""Generate cohorts that contain no patient."""

from hybridmfp.simulation.reach_cohort import ReachCohortSettings, reach_cohort

__all__ = ["ReachCohortSettings", "reach_cohort"]
