"""What the muscles of a session do in each task, on a common phase axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.coupling import log_envelopes
from hybridmfp.preprocessing.quality.effort import CLUE_HZ
from hybridmfp.preprocessing.quality.verdicts import TrialClues, TrialQuality

__all__ = ["N_PHASES", "session_profile"]

N_PHASES = 9
"""Points from onset to offset of the movement."""


def session_profile(
    trials: Sequence[TrialQuality], *, muscles: Sequence[str], tasks: Sequence[str]
) -> NDArray[np.float64]:
    """Average the logarithm of the envelopes over the trials of each task.

    Parameters
    ----------
    trials : sequence of TrialQuality
    muscles, tasks : sequence of str
        Rows and columns.

    Returns
    -------
    array of float, shape (n_muscles, n_tasks, 9)
        About zero for each muscle, because a gain says nothing about which muscle it is; NaN for
        a muscle or a task that is not there, and where a channel is red.
    """
    profile = np.full((len(muscles), len(tasks), N_PHASES), np.nan)
    for at, task in enumerate(tasks):
        sums = np.zeros((len(muscles), N_PHASES))
        counts = np.zeros((len(muscles), 1))
        for trial in trials:
            if trial.key.task != task or trial.clues.envelopes.shape[-1] < N_PHASES:
                continue
            phases = _phases(trial.clues)
            for row, muscle in enumerate(trial.clues.muscles):
                if muscle in muscles and trial.muscles[muscle] != "red":
                    sums[muscles.index(muscle)] += phases[row]
                    counts[muscles.index(muscle)] += 1
        there = counts[:, 0] > 0
        profile[there, at] = sums[there] / counts[there]
    known = np.isfinite(profile)
    totals = np.where(known, profile, 0).sum(axis=(1, 2), keepdims=True)
    centred: NDArray[np.float64] = profile - totals / np.maximum(
        known.sum(axis=(1, 2), keepdims=True), 1
    )
    return centred


def _phases(clues: TrialClues) -> NDArray[np.float64]:
    """Read the envelopes at nine points of the movement, or of the trial without kinematics."""
    logs = log_envelopes(clues)
    n_steps = logs.shape[1]
    start_s, stop_s = clues.span_s or (0.0, n_steps / CLUE_HZ)
    at = np.linspace(start_s, stop_s, N_PHASES) * CLUE_HZ - 0.5
    return np.array([np.interp(at, np.arange(n_steps), row) for row in logs])
