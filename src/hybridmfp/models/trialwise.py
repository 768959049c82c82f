"""What outside regressors of trials have in common: sessions in, points out."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError, MissingDependencyError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.trial_series import TrialSeries

__all__ = ["TrialwiseRegressor", "import_for_comparison"]


class TrialwiseRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Take care of all that two regressors of time series share.

    Sessions are checked and laid out by `TrialSeries`, which is fitted on the training sessions;
    scores are standardised. A subclass has the parameters `minimum` and `maximum`, and implements
    `_learn` and `_estimate`.

    Attributes
    ----------
    series_ : TrialSeries
        From sessions to complete series.
    """

    minimum: float | None
    maximum: float | None
    series_: TrialSeries

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:  # noqa: ARG002
        """Learn from rated sessions.

        The order of the sessions does not matter: they are sorted by subject and session first.

        Parameters
        ----------
        X : sequence of SessionDigest, length n_sessions
            With their signals, see `SessionDigest.bag`.
        y : array of float, shape (n_sessions,)
            Scores, in points.
        groups : ignored
            Here so that all models are called alike.

        Raises
        ------
        CohortError
            If there are fewer than two sessions, one has no signals or no trial, or they differ
            in muscles, bands, kinematic channels or points.
        MissingDependencyError
            If the library behind the model is not installed.
        """
        check_consistent_length(X, y)
        scores = column_or_1d(y, dtype=np.float64)
        assert_all_finite(scores, input_name="y")
        if len(scores) < 2:
            raise CohortError(f"X must hold at least 2 sessions to learn from; got {len(scores)}.")
        self.series_ = TrialSeries()
        self.series_.fit(X)
        order = sorted(range(len(scores)), key=lambda at: (X[at].subject, X[at].session))
        sessions, scores = [X[at] for at in order], scores[order]
        self._centre, self._spread = float(scores.mean()), float(scores.std()) or 1.0
        self._learn(
            self.series_.transform(sessions), sessions, (scores - self._centre) / self._spread
        )
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Estimate scores.

        Parameters
        ----------
        X : sequence of SessionDigest, length n_sessions

        Returns
        -------
        array of float, shape (n_sessions,)
            Points, clipped to the scale.

        Raises
        ------
        CohortError
            If a session has no signals or no trial, or other muscles, bands, channels or points
            than in `fit`.
        """
        check_is_fitted(self, "series_")
        sessions = list(X)
        standard = self._estimate(self.series_.transform(sessions), sessions)
        points: NDArray[np.float64] = np.clip(
            self._centre + self._spread * standard,
            -np.inf if self.minimum is None else self.minimum,
            np.inf if self.maximum is None else self.maximum,
        )
        return points

    def _learn(
        self,
        series: NDArray[np.float32],
        sessions: Sequence[SessionDigest],
        scores: NDArray[np.float64],
    ) -> None:
        """Learn from trials, shape (n_trials, n_channels, n_points), and standardised scores."""
        raise NotImplementedError

    def _estimate(
        self, series: NDArray[np.float32], sessions: Sequence[SessionDigest]
    ) -> NDArray[np.float64]:
        """Give standardised scores, shape (n_sessions,)."""
        raise NotImplementedError


def import_for_comparison(module: str, *, model: str) -> Any:
    """Import a module of an optional library when a model is fitted, not before.

    Parameters
    ----------
    module : str
        Such as ``"sktime.transformations.rocket"``.
    model : str
        Who needs it; for the message.

    Raises
    ------
    MissingDependencyError
        If it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            f"{module.partition('.')[0]} must be installed to fit {model}; importing {module} "
            f'says: {error}. Install it with: pip install "hybridmfp[compare]"'
        ) from error
