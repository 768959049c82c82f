"""The WRONG order of steps of the published system, kept to show what it would have claimed.

Features are filled in, scaled, *selected by their relation to the scores* and reduced on all
persons, and only then is one person left out. The left-out person's score has already chosen
the features, so the error that results is no estimate of anything. Never report it as one.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor, VotingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.cross_prediction import cross_predict
from hybridmfp.evaluation.design import check_scores, number_subjects
from hybridmfp.evaluation.folds import leave_one_subject_out

__all__ = ["PublishedResult", "PublishedSelection", "published_protocol", "published_stack"]

_INNER_FOLDS = 5
_COMPONENTS = 7


class PublishedSelection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Reduce features as the published system did; leaky unless fitted inside the fold.

    Fill gaps with the column mean, standardise, keep what an elastic net (l1_ratio 0.4, 100
    penalties, 5 unshuffled folds) gives a weight - *everything* if it gives none - and project
    on 7 principal components.

    Attributes
    ----------
    n_selected_ : int
        Features the elastic net kept; 0 means that all are used instead.
    fell_back_ : bool
        Whether all features are used because none was selected.
    n_not_converged_ : int
        Fits of the elastic net that stopped before they converged.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn fill values, scale, selection and components.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
            Features; NaN where unknown.
        y : array-like, shape (n_rows,)
            Scores, in points.

        Raises
        ------
        EvaluationError
            If there are fewer rows than the 5 inner folds need.
        """
        table = np.asarray(X, dtype=np.float64)
        if len(table) < _INNER_FOLDS:
            raise EvaluationError(
                f"the published selection needs at least {_INNER_FOLDS} rows for its inner "
                f"folds; got {len(table)}."
            )
        known = np.isfinite(table)
        sums = np.sum(table, axis=0, where=known)
        self.fill_ = sums / np.maximum(known.sum(axis=0), 1)
        self.scaler_ = StandardScaler().fit(self._filled(table))
        scaled = self.scaler_.transform(self._filled(table))
        selected = self._select(scaled, np.asarray(y, dtype=np.float64))
        self.n_selected_ = int(selected.sum())
        self.fell_back_ = self.n_selected_ == 0
        self.kept_ = np.ones_like(selected) if self.fell_back_ else selected
        n_components = min(_COMPONENTS, int(self.kept_.sum()), len(table))
        self.pca_ = PCA(n_components, svd_solver="full").fit(scaled[:, self.kept_])
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Give the principal components of the kept features.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
            Features; NaN where unknown.

        Returns
        -------
        array of float, shape (n_rows, at most 7)
            Components.
        """
        check_is_fitted(self)
        table = np.asarray(X, dtype=np.float64)
        scaled = self.scaler_.transform(self._filled(table))
        components: NDArray[np.float64] = self.pca_.transform(scaled[:, self.kept_])
        return components

    def _filled(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.isfinite(table), table, self.fill_)

    def _select(self, scaled: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            net = ElasticNetCV(l1_ratio=0.4, cv=_INNER_FOLDS, max_iter=1000, tol=1e-3)
            net.fit(scaled, y)
        unconverged = [one for one in caught if issubclass(one.category, ConvergenceWarning)]
        self.n_not_converged_ = len(unconverged)
        for one in caught:
            if not issubclass(one.category, ConvergenceWarning):
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        weighted: NDArray[np.bool_] = net.coef_ != 0
        return weighted


def published_stack(*, seed: int = 0) -> VotingRegressor:
    """Give the published mixture of three regressors, with its fixed weights.

    Parameters
    ----------
    seed : int, default 0
        Decides ties in the trees.

    Returns
    -------
    VotingRegressor
        Support vectors (0.24), 3 nearest neighbours (0.22), gradient boosting (0.54); unfitted.
    """
    return VotingRegressor(
        [
            ("svr", SVR(C=3, epsilon=0.05)),
            ("knn", KNeighborsRegressor(n_neighbors=3)),
            (
                "boosting",
                GradientBoostingRegressor(n_estimators=50, max_depth=2, random_state=seed),
            ),
        ],
        weights=[0.24, 0.22, 0.54],
    )


@dataclass(frozen=True, eq=False)
class PublishedResult:
    """Hold what the published order of steps claims; it is no estimate of an error.

    Attributes
    ----------
    predicted : array of float, shape (n_rows,)
        "Estimated" scores, in points, by models whose features the scores themselves chose.
    n_selected : int
        Features the elastic net kept.
    fell_back : bool
        Whether all features were used because none was kept: another method, same name.
    n_not_converged : int
        Fits of the elastic net that stopped before they converged.
    """

    predicted: NDArray[np.float64]
    n_selected: int
    fell_back: bool
    n_not_converged: int


def published_protocol(
    X: ArrayLike, y: ArrayLike, *, subject: ArrayLike, seed: int = 0
) -> PublishedResult:
    """Repeat the WRONG, leaky order of steps of the published system, for comparison only.

    `PublishedSelection` is fitted on all rows, the judged ones included; then `published_stack`
    is judged by leave-one-subject-out. For the same steps in the right order judge
    ``make_pipeline(PublishedSelection(), published_stack())`` with `cross_predict`.

    Principal components are computed exactly; the published code let a randomised solver draw
    them, which made its result depend on chance.

    Parameters
    ----------
    X : array-like of float, shape (n_rows, n_features)
        Features; NaN where unknown.
    y : array-like, shape (n_rows,)
        Rated scores, in points.
    subject : array-like, shape (n_rows,)
        Whose row it is.
    seed : int, default 0
        Decides ties in the trees.

    Returns
    -------
    PublishedResult
        What it would have claimed.

    Raises
    ------
    EvaluationError
        If lengths differ, a score is missing, or there are too few rows or subjects.
    """
    whose = number_subjects(subject)
    scores = check_scores(y, subject=whose)
    table = np.asarray(X, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(scores):
        raise EvaluationError(
            f"X must be (n_rows, n_features) with {len(scores)} rows, as many as y; "
            f"got shape {table.shape}."
        )
    selection = PublishedSelection().fit(table, scores)
    judged = cross_predict(
        published_stack(seed=seed),
        selection.transform(table),
        scores,
        subject=subject,
        folds=leave_one_subject_out(subject),
        n_jobs=1,
    )
    return PublishedResult(
        predicted=judged.predicted,
        n_selected=selection.n_selected_,
        fell_back=selection.fell_back_,
        n_not_converged=selection.n_not_converged_,
    )
