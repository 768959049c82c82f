"""What is usual of each biomarker: in the cohort, and in healthy people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.robust import nan_quantiles
from hybridmfp.features.session import SessionDigest

__all__ = ["FEWEST_PEOPLE", "RANGE", "ReferenceRanges", "SessionBiomarkers"]

RANGE = (0.025, 0.975)
"""Quantiles over people that bound a range."""

FEWEST_PEOPLE = 5
"""People who must have done a task with a signal before its range is given."""

About = Callable[[SessionDigest], NDArray[np.float64]]

_PEOPLE = ("cohort", "healthy")
_NAMES = ("columns", "session_columns", "tasks")
_ARRAYS = ("cohort", "healthy", "cohort_sessions", "healthy_sessions", "n_people")


@dataclass(frozen=True, eq=False)
class SessionBiomarkers:
    """Hold the biomarkers of a session beside what is usual, in natural units.

    Attributes
    ----------
    columns : tuple of str
    value : array of float, shape (n_columns,)
        Mean over tasks of the median over the trials of a task; NaN where not measured.
    cohort, healthy : array of float, shape (n_columns, 2)
        Lower and upper bound in the same tasks; NaN where too few people did them.
    """

    columns: tuple[str, ...]
    value: NDArray[np.float64]
    cohort: NDArray[np.float64]
    healthy: NDArray[np.float64]


class ReferenceRanges(BaseEstimator):  # type: ignore[misc]
    """Learn the range of each biomarker in patients and in healthy people, task by task.

    A biomarker of a person in a task is the median over the trials (over several visits, the mean
    of them). The range of a task reaches from the 2.5 % to the 97.5 % quantile over people, at
    Weibull's plotting positions: a new person lies in it with a chance of 95 % where there were
    39 or more, and of ``(n - 1) / (n + 1)`` where there were fewer, because then it is the span
    of those seen. Below 5 people there is none.

    For a session, its value and the ranges are means over the tasks that it holds, so nobody is
    compared with what others did in other tasks. Where people are not alike in all tasks, a mean
    of ranges is a little too wide. Nothing of single people is kept.

    Attributes
    ----------
    columns_, session_columns_ : tuple of str
        Biomarkers of trials, and of whole sessions.
    tasks_ : tuple of str
    cohort_, healthy_ : array of float, shape (n_tasks, n_columns, 2)
        Bounds by task; NaN where too few people.
    cohort_sessions_, healthy_sessions_ : array of float, shape (n_session_columns, 2)
        Bounds of what belongs to a whole session.
    n_people_ : array of int, shape (2,)
        Patients, and healthy people.

    References
    ----------
    CLSI EP28-A3c (2010). Defining, establishing, and verifying reference intervals.
    Hyndman, R. J., & Fan, Y. (1996). Sample quantiles, definition 6. doi:10.2307/2684934
    """

    columns_: tuple[str, ...]
    session_columns_: tuple[str, ...]

    def fit(self, X: Any, y: Any = None, *, controls: Sequence[SessionDigest] = ()) -> Self:  # noqa: ARG002
        """Learn ranges.

        Parameters
        ----------
        X : sequence of SessionDigest
            Of patients.
        y : ignored
        controls : sequence of SessionDigest, default ()
            Of healthy people.

        Raises
        ------
        CohortError
            If there is no session, or they do not share their columns.
        """
        sessions = list(X)
        if not sessions:
            raise CohortError("sessions to learn ranges from must be at least one; got none.")
        self.columns_, self.session_columns_ = sessions[0].columns, sessions[0].session_columns
        for one in (*sessions, *controls):
            self._check(one)
        self.tasks_ = tuple(sorted({str(task) for one in sessions for task in one.task}))
        groups = (sessions, list(controls))
        self.n_people_ = np.array([len({one.subject for one in group}) for group in groups])
        for who, group in zip(_PEOPLE, groups, strict=True):
            bounds = [_bounds(_people(group, _median_in(task))) for task in self.tasks_]
            blank = np.full((len(self.columns_), 2), np.nan)
            setattr(self, f"{who}_", np.stack([blank if one is None else one for one in bounds]))
            whole = _bounds(_people(group, lambda one: one.session_features))
            blank = np.full((len(self.session_columns_), 2), np.nan)
            setattr(self, f"{who}_sessions_", blank if whole is None else whole)
        return self

    def of(self, session: SessionDigest) -> SessionBiomarkers:
        """Put the biomarkers of a session beside what is usual in its tasks.

        Raises
        ------
        CohortError
            If the session has other columns.
        """
        check_is_fitted(self, "tasks_")
        self._check(session)
        done = [str(task) for task in np.unique(session.task)]
        known = [task for task in done if task in self.tasks_] or done
        medians = np.stack([_median_in(task)(session) for task in known])
        measured = np.isfinite(medians)
        value = _mean_where(medians, measured)
        bounds = {
            who: _mean_where(
                np.stack([self._bounds_in(who, task) for task in known]), measured[..., np.newaxis]
            )
            for who in _PEOPLE
        }
        return SessionBiomarkers(
            columns=(*self.columns_, *self.session_columns_),
            value=np.concatenate([value, session.session_features]),
            cohort=np.concatenate([bounds["cohort"], self.cohort_sessions_]),
            healthy=np.concatenate([bounds["healthy"], self.healthy_sessions_]),
        )

    def as_arrays(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Give what was learned as names, which JSON can hold, and plain arrays."""
        check_is_fitted(self, "tasks_")
        names = {name: list(getattr(self, f"{name}_")) for name in _NAMES}
        return names, {name: getattr(self, f"{name}_") for name in _ARRAYS}

    @classmethod
    def from_arrays(cls, described: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read back what `as_arrays` gave."""
        ranges = cls()
        for name in _NAMES:
            setattr(ranges, f"{name}_", tuple(described[name]))
        for name in _ARRAYS:
            setattr(ranges, f"{name}_", arrays[name])
        return ranges

    def _bounds_in(self, who: str, task: str) -> NDArray[np.float64]:
        if task not in self.tasks_:
            return np.full((len(self.columns_), 2), np.nan)
        bounds: NDArray[np.float64] = getattr(self, f"{who}_")[self.tasks_.index(task)]
        return bounds

    def _check(self, session: SessionDigest) -> None:
        own = (session.columns, session.session_columns)
        if own != (self.columns_, self.session_columns_):
            raise CohortError(
                f"sessions must share their feature columns; those of {session.subject}, session "
                f"{session.session}, differ. Digest them together, or use in_columns_of."
            )


def _median_in(task: str) -> About:
    """Give a function from a session to its medians over the trials of a task."""

    def median(session: SessionDigest) -> NDArray[np.float64]:
        own = session.features[session.task == task]
        if len(own) == 0:
            return np.full(session.features.shape[1], np.nan)
        middle: NDArray[np.float64] = nan_quantiles(own, [0.5])[0]
        return middle

    return median


def _people(sessions: Sequence[SessionDigest], about: About) -> NDArray[np.float64]:
    """Give one row for each person: the mean over their visits, shape (n_people, n_columns)."""
    visits: dict[str, list[NDArray[np.float64]]] = {}
    for one in sessions:
        visits.setdefault(one.subject, []).append(about(one))
    rows = [np.stack(visits[subject]) for subject in sorted(visits)]
    means = [_mean_where(own, np.isfinite(own)) for own in rows]
    return np.stack(means) if means else np.empty((0, 0))


def _mean_where(values: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average over the first axis what is counted; NaN without any."""
    counted = np.broadcast_to(counted, values.shape)
    count = counted.sum(axis=0)
    total = np.where(counted, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _bounds(people: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Give the range of every column, shape (n_columns, 2); None without anybody."""
    if len(people) == 0:
        return None
    ordered = np.sort(people, axis=0)  # NaN comes last
    count = np.isfinite(people).sum(axis=0)
    bounds = []
    for quantile in RANGE:
        place = np.clip(quantile * (count + 1) - 1, 0, np.maximum(count - 1, 0))
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        low, high = (
            np.take_along_axis(ordered, at[np.newaxis], axis=0)[0] for at in (below, above)
        )
        bounds.append(low + (place - below) * (high - low))
    return np.where((count >= FEWEST_PEOPLE)[:, np.newaxis], np.stack(bounds, axis=1), np.nan)
