"""One session of one subject, digested: the row an estimator sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import CohortError
from hybridmfp.features.trial_bag import TrialBag

__all__ = ["SessionDigest", "as_rows", "in_columns_of"]


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


def in_columns_of(session: SessionDigest, like: SessionDigest) -> SessionDigest:
    """Put a session into the columns of another one, whose cohort recorded more.

    A model that was fitted on the other's cohort can then be asked about it.

    Parameters
    ----------
    session : SessionDigest
        Of a cohort of its own, with fewer features or muscles.
    like : SessionDigest
        Whose columns and muscles are wanted.

    Returns
    -------
    SessionDigest
        NaN in every column, and for every muscle, that `session` does not have. It has a bag
        only if both have one. Muscles are told apart by the names in the bags; without these,
        equally many are taken to be the same ones.

    Raises
    ------
    CohortError
        If `session` has a column or a muscle that `like` lacks, or muscles without names.
    """
    muscles, wanted = _muscles(session, like), _muscles(like, session)
    bag = None
    if session.bag is not None and like.bag is not None:
        bag = replace(
            session.bag,
            muscles=like.bag.muscles,
            emg=_placed(session.bag.emg, muscles, wanted, axis=1, what="muscles"),
        )
    own, theirs = session.session_columns, like.session_columns
    return replace(
        session,
        columns=like.columns,
        features=_placed(session.features, session.columns, like.columns, axis=1, what="columns"),
        session_columns=theirs,
        session_features=_placed(
            session.session_features, own, theirs, axis=0, what="session columns"
        ),
        envelopes=_placed(session.envelopes, muscles, wanted, axis=1, what="muscles"),
        bag=bag,
    )


def _muscles(session: SessionDigest, other: SessionDigest) -> tuple[str, ...]:
    """Name the rows of the envelopes; by number where names are not known and not needed."""
    n_own, n_others = session.envelopes.shape[1], other.envelopes.shape[1]
    if session.bag is not None and other.bag is not None:
        return session.bag.muscles
    if n_own and n_others and n_own != n_others:
        raise CohortError(
            f"sessions with {n_own} and {n_others} muscles must both have a bag, which names "
            f"them; that of {session.subject} or the other one is missing. Digest them again."
        )
    return tuple(str(number) for number in range(n_own))


def _placed(
    values: NDArray[Any], own: Sequence[str], wanted: Sequence[str], *, axis: int, what: str
) -> NDArray[Any]:
    """Spread `values`, named `own` along an axis, over the wanted names; NaN elsewhere."""
    place = {name: at for at, name in enumerate(wanted)}
    strange = [name for name in own if name not in place]
    if strange:
        raise CohortError(
            f"{what} of a session must be among those of the session it is put beside; it has "
            f"{len(strange)} more, such as {strange[0]!r}. Digest both with the same settings."
        )
    shape = (*values.shape[:axis], len(wanted), *values.shape[axis + 1 :])
    placed = np.full(shape, np.nan, dtype=values.dtype)
    placed[(slice(None),) * axis + ([place[name] for name in own],)] = values
    return placed
