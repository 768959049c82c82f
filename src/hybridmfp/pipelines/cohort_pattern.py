"""What the muscles of a cohort usually do, learned from its recordings."""

from __future__ import annotations

from collections.abc import Sequence

from joblib import Parallel, delayed

from hybridmfp.errors import HybridMfpError
from hybridmfp.pipelines.evaluation_plan import Progress
from hybridmfp.preprocessing.quality import (
    MusclePattern,
    QualitySettings,
    TrialQuality,
    check_trial,
)
from hybridmfp.signals import Cohort, TrialSource

__all__ = ["learn_pattern"]

_FEWEST = 8  # sessions with EMG, see `MusclePattern`


def learn_pattern(
    cohort: Cohort,
    settings: QualitySettings,
    *,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> MusclePattern | None:
    """Learn from the rated patients of a cohort what tells swapped electrodes and late clocks.

    Parameters
    ----------
    cohort : Cohort
    settings : QualitySettings
    n_jobs : int, optional
        Worker processes.
    progress : callable, optional

    Returns
    -------
    MusclePattern or None
        None with fewer than 8 sessions with EMG; then neither is looked for.
    """
    rated = [row for row in cohort.sessions if row.group == "patient" and row.score is not None]
    finished = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_checked)(cohort.trials_of(row), settings) for row in rated
    )
    sessions: list[list[TrialQuality]] = []
    for one in finished:
        sessions.append(one)
        if progress is not None:
            progress("learning what muscles do", len(sessions), len(rated))
    with_emg = [one for one in sessions if any(trial.muscles for trial in one)]
    return MusclePattern().fit(with_emg) if len(with_emg) >= _FEWEST else None


def _checked(trials: Sequence[TrialSource], settings: QualitySettings) -> list[TrialQuality]:
    """Check what can be read; the rest is reported where the session is digested."""
    found = []
    for trial in trials:
        try:
            recording = trial.load()
        except HybridMfpError:
            continue
        found.append(check_trial(recording, settings))
    return found
