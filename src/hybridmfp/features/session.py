"""One session of one subject, digested: the row an estimator sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.trial_bag import TrialBag

__all__ = ["SessionDigest", "as_rows"]


@dataclass(frozen=True, eq=False)
class SessionDigest:
    """Hold what is left of a session once its signals have been digested.

    Nothing in here was learned from anybody else.

    Attributes
    ----------
    subject, session : str
        Who and which visit.
    task : array of str, shape (n_trials,)
        The task of each trial.
    columns : tuple of str
        Names of the trial features; the same for every session of a cohort.
    features : array of float, shape (n_trials, n_columns)
        Trial features; NaN where a signal is missing.
    session_columns : tuple of str
        Names of the session features; the same for every session of a cohort.
    session_features : array of float, shape (n_session_columns,)
    movement : array of float, shape (n_trials, n_movement_channels, n_points)
        Phase profiles of the movement; NaN throughout for a trial without kinematics.
    envelopes : array of float, shape (n_trials, n_muscles, n_points)
        Phase profiles of the EMG envelopes, each muscle in shares of its session peak; NaN
        throughout for a trial without EMG.
    bag : TrialBag or None, default None
        The signals themselves on one time base, for networks; None where only features are
        known.
    """

    subject: str
    session: str
    task: NDArray[np.str_]
    columns: tuple[str, ...]
    features: NDArray[np.float64]
    session_columns: tuple[str, ...]
    session_features: NDArray[np.float64]
    movement: NDArray[np.float32]
    envelopes: NDArray[np.float32]
    bag: TrialBag | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> SessionDigest:
        """Give itself: nothing in it ever changes, and estimators copy their parameters often."""
        return self


def as_rows(sessions: Sequence[SessionDigest]) -> NDArray[np.object_]:
    """Put sessions into an array that scikit-learn can index, shape (n_sessions,)."""
    rows = np.empty(len(sessions), dtype=object)
    rows[:] = list(sessions)
    return rows
