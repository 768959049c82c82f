"""From the trials of a session to one row of numbers, learning only from the people given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.alignment import ALIGNMENT_FEATURES
from hybridmfp.features.robust import nan_quantiles
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.not_kept import check_complete
from hybridmfp.models.task_norms import TaskNorms
from hybridmfp.preprocessing.dtw import apply_warp
from hybridmfp.preprocessing.template_aligner import Alignment, TemplateAligner

__all__ = ["SessionRows"]

_STRIDE = 2  # every second point of a profile is aligned: 51 of 101, a quarter of the work


class SessionRows(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn session digests into rows of one table.

    Learns, from the sessions it is fitted on and nobody else: the DTW template of each task (from
    the first usable trial of each person, so that everybody counts once), the mean aligned
    envelopes of each task, and what is usual in each task. Every trial feature
    is then expressed in robust standard deviations from what is usual in its task, so that
    people who did different tasks can be compared, and the median over the trials is taken.

    Parameters
    ----------
    controls : sequence of SessionDigest, default ()
        Healthy sessions. They are never judged; where given, templates and norms are learned
        from the training sessions and them together.
    band : float, default 0.1
        Sakoe-Chiba band of the alignment, as a share of the length.
    max_iterations : int, default 3
        Of the template averaging.

    Attributes
    ----------
    feature_names_ : tuple of str
        Names of the columns.
    columns_, session_columns_ : tuple of str
        Those of the sessions, which later sessions must share.
    movement_aligner_, envelope_aligner_ : TemplateAligner or None
        None where no session moved, and where none lacked kinematics.
    envelope_means_ : dict of str to array of float, shape (n_muscles, n_points)
        The mean aligned envelopes of each task.
    norms_ : TaskNorms
        What is usual in each task.
    """

    def __init__(
        self,
        *,
        controls: tuple[SessionDigest, ...] = (),
        band: float = 0.1,
        max_iterations: int = 3,
    ) -> None:
        self.controls = controls
        self.band = band
        self.max_iterations = max_iterations

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn templates and norms from sessions; scores are not looked at.

        Parameters
        ----------
        X : sequence of SessionDigest
        y : ignored

        Raises
        ------
        CohortError
            If the sessions do not share their columns.
        """
        self._learn(list(X))
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float64]:  # noqa: ARG002
        """Learn from sessions and give their rows; aligns every trial once."""
        sessions = list(X)
        trials, table = self._learn(sessions)
        own = trials.owner < len(sessions)
        return self._rows(sessions, trials.owner[own], trials.task[own], table[own])

    def _learn(self, sessions: list[SessionDigest]) -> tuple[_Trials, NDArray[np.float64]]:
        """Learn everything; give the trials of sessions and controls, and their features."""
        check_complete(self)
        together = [*sessions, *self.controls]
        _check_columns(together)
        trials = _Trials(together)
        self.movement_aligner_ = self._aligner(trials.movement, trials)
        # Only trials without kinematics are aligned by their envelopes.
        blind = ~trials.moved
        self.envelope_aligner_ = self._aligner(trials.envelopes, trials) if blind.any() else None
        alignment, envelopes = self._align(trials)
        self.envelope_means_ = {
            task: _mean_profile(envelopes[trials.task == task]) for task in np.unique(trials.task)
        }
        table = np.column_stack([trials.features, self._aligned(trials, alignment, envelopes)])
        self.norms_ = TaskNorms().fit(table, task=trials.task)
        self.columns_, self.session_columns_ = together[0].columns, together[0].session_columns
        return trials, table

    @property
    def feature_names_(self) -> tuple[str, ...]:
        """Names of the columns of `transform`."""
        check_is_fitted(self, "norms_")
        aligned = (definition.name for definition in ALIGNMENT_FEATURES)
        return (*self.columns_, *aligned, *self.session_columns_)

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Give one row per session.

        Parameters
        ----------
        X : sequence of SessionDigest

        Returns
        -------
        array of float, shape (n_sessions, n_columns)
            NaN where a session has no such signal, or did no task that was learned.

        Raises
        ------
        CohortError
            If the sessions have other columns or muscles than those that were learned from.
        """
        sessions = list(X)
        trials, table = self._measured(sessions)
        return self._rows(sessions, trials.owner, trials.task, table)

    def with_alignment(self, X: Any) -> list[SessionDigest]:
        """Give the sessions with the trial features of the alignment beside the others.

        They are in natural units, as the other features are.

        Parameters
        ----------
        X : sequence of SessionDigest

        Raises
        ------
        CohortError
            As in `transform`.
        """
        sessions = list(X)
        trials, table = self._measured(sessions)
        aligned = tuple(definition.name for definition in ALIGNMENT_FEATURES)
        return [
            replace(one, columns=(*one.columns, *aligned), features=table[trials.owner == at])
            for at, one in enumerate(sessions)
        ]

    def _measured(self, sessions: list[SessionDigest]) -> tuple[_Trials, NDArray[np.float64]]:
        """Give the trials of sessions, and their features with those of the alignment."""
        check_is_fitted(self, "norms_")
        _check_columns(sessions)
        trials = _Trials(sessions)
        self._check_known(sessions[0], trials)
        alignment, envelopes = self._align(trials)
        return trials, np.column_stack(
            [trials.features, self._aligned(trials, alignment, envelopes)]
        )

    def _check_known(self, session: SessionDigest, trials: _Trials) -> None:
        """Refuse sessions that could be mistaken column by column for others."""
        given = (*session.columns, *session.session_columns)
        known = (*self.columns_, *self.session_columns_)
        if (session.columns, session.session_columns) != (self.columns_, self.session_columns_):
            differing = sorted({*given} ^ {*known})
            named = f"such as {differing[0]}" if differing else "all of them in another order"
            raise CohortError(
                f"sessions must have the {len(known)} feature columns that were learned from; "
                f"they have {len(given)}, and {len(differing)} differ, {named}. Digest them with "
                "the same settings, or put them into these columns with in_columns_of."
            )
        learned = {mean.shape for mean in self.envelope_means_.values()}
        if trials.contracted.any() and learned and trials.envelopes.shape[1:] not in learned:
            raise CohortError(
                f"envelopes must have the muscles and points that were learned from, "
                f"{learned.pop()}; got {trials.envelopes.shape[1:]}. Digest them with the same "
                "montage and settings."
            )

    def _rows(
        self,
        sessions: list[SessionDigest],
        owner: NDArray[np.intp],
        task: NDArray[np.str_],
        table: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        usual = self.norms_.transform(table, task=task)
        rows = [
            np.concatenate([nan_quantiles(usual[owner == at], [0.5])[0], session.session_features])
            for at, session in enumerate(sessions)
        ]
        return np.stack(rows)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Name the columns of `transform`."""
        return np.asarray(self.feature_names_, dtype=object)

    def _aligner(self, profiles: NDArray[np.float32], trials: _Trials) -> TemplateAligner | None:
        """Learn templates from the first usable trial of each person in each task."""
        seen = np.any(np.isfinite(profiles), axis=(1, 2))
        first = {(trials.subject[at], trials.task[at]): at for at in np.flatnonzero(seen)[::-1]}
        if not first:
            return None
        rows = sorted(first.values())
        aligner = TemplateAligner(band=self.band, max_iterations=self.max_iterations)
        return aligner.fit(profiles[rows], task=trials.task[rows].tolist())

    def _align(self, trials: _Trials) -> tuple[Alignment, NDArray[np.floating]]:
        """Align each trial by its movement, or by its envelopes if it has no kinematics."""
        n_trials, _, n_points = trials.movement.shape
        alignment = Alignment(
            warp=np.tile(np.arange(n_points, dtype=np.float64), (n_trials, 1)),
            effort=np.full(n_trials, np.nan),
            distance=np.full(n_trials, np.nan),
            matched=np.zeros(n_trials, dtype=bool),
        )
        for aligner, profiles, which in (
            (self.movement_aligner_, trials.movement, trials.moved),
            (self.envelope_aligner_, trials.envelopes, ~trials.moved & trials.contracted),
        ):
            if aligner is not None and which.any():
                part = aligner.align(profiles[which], task=trials.task[which].tolist())
                for name in ("warp", "effort", "distance", "matched"):
                    getattr(alignment, name)[which] = getattr(part, name)
        if not trials.contracted.any():
            return alignment, trials.envelopes
        return alignment, apply_warp(trials.envelopes, alignment.warp)

    def _aligned(
        self, trials: _Trials, alignment: Alignment, envelopes: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Give the columns of `ALIGNMENT_FEATURES`, shape (n_trials, 3)."""
        away = np.full(len(trials.task), np.nan)
        for task, mean in self.envelope_means_.items():
            own = (trials.task == task) & trials.contracted
            if own.any():
                away[own] = _root_mean_square(envelopes[own] - mean)
        return np.column_stack([alignment.effort, alignment.distance, away])


class _Trials:
    """All trials of some sessions, stacked."""

    def __init__(self, sessions: list[SessionDigest]) -> None:
        self.owner = np.repeat(np.arange(len(sessions)), [len(one.task) for one in sessions])
        self.subject = np.repeat(
            [one.subject for one in sessions], [len(one.task) for one in sessions]
        )
        self.task = np.concatenate([one.task for one in sessions])
        self.features = np.concatenate([one.features for one in sessions])
        self.movement = np.concatenate([one.movement[..., ::_STRIDE] for one in sessions])
        self.envelopes = np.concatenate([one.envelopes[..., ::_STRIDE] for one in sessions])
        self.moved = np.any(np.isfinite(self.movement), axis=(1, 2))
        self.contracted = np.any(np.isfinite(self.envelopes), axis=(1, 2))


def _check_columns(sessions: list[SessionDigest]) -> None:
    shared = {(one.columns, one.session_columns) for one in sessions}
    if len(shared) != 1:
        raise CohortError(
            "sessions must share their feature columns; got "
            f"{len(shared)} different sets. Digest them together, as one cohort."
        )


def _mean_profile(profiles: NDArray[np.floating]) -> NDArray[np.float64]:
    seen = np.isfinite(profiles)
    count = seen.sum(axis=0)
    total = np.where(seen, profiles, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _root_mean_square(difference: NDArray[np.floating]) -> NDArray[np.float64]:
    """Root mean square over channels and points of what was seen, shape (n_trials,)."""
    seen = np.isfinite(difference)
    count = seen.sum(axis=(1, 2))
    total = np.where(seen, difference, 0.0) ** 2
    return np.where(count > 0, np.sqrt(total.sum(axis=(1, 2)) / np.maximum(count, 1)), np.nan)
