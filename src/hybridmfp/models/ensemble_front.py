"""The steps of the ensemble from rows to principal components, fitted together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from hybridmfp.models.elastic_net_selector import ElasticNetSelector
from hybridmfp.models.reduction import Reduction

__all__ = ["FrontPlan", "FrontSteps", "fit_front"]


@dataclass(frozen=True)
class FrontPlan:
    """Say how rows are reduced.

    Attributes
    ----------
    prepare : transformer or None
        Unfitted; it is cloned before it learns.
    estimates : tuple of str
        Names of prepared columns that are estimates already.
    l1_ratio : float
        Of the elastic net.
    explained : float
        Share of the variance that the principal components keep.
    n_folds : int
        In which the penalty is chosen.
    """

    prepare: Any
    estimates: tuple[str, ...]
    l1_ratio: float
    explained: float
    n_folds: int


@dataclass(frozen=True, eq=False)
class FrontSteps:
    """Turn rows into principal components as learned.

    Attributes
    ----------
    prepare : transformer or None
        Fitted.
    names : array of str, shape (n_features,)
        Of the features after `prepare`.
    estimates : tuple of str
        Which of them are estimates already.
    reduction : Reduction
    converged : bool
        Whether the elastic net converged.
    """

    prepare: Any
    names: NDArray[Any]
    estimates: tuple[str, ...]
    reduction: Reduction
    converged: bool

    def transform(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the principal components, and the columns that are estimates already.

        Parameters
        ----------
        X : rows that `prepare` understands, or array of shape (n_rows, n_features)

        Returns
        -------
        reduced : array of float, shape (n_rows, n_components)
        given : array of float, shape (n_rows, n_estimates)
        """
        if self.reduction.n_components == 0 and not self.estimates:
            return np.empty((len(X), 0)), np.empty((len(X), 0))
        table = _prepared(X if self.prepare is None else self.prepare.transform(X))
        given = table[:, [list(self.names).index(name) for name in self.estimates]]
        if self.reduction.n_components == 0:
            return np.empty((len(X), 0)), given
        return self.reduction.apply(table), given


def fit_front(
    plan: FrontPlan, X: Any, scores: NDArray[np.float64], groups: ArrayLike | None
) -> tuple[FrontSteps, NDArray[np.float64]]:
    """Learn every step from rated rows.

    Parameters
    ----------
    plan : FrontPlan
    X : rows
    scores : array of float, shape (n_rows,)
    groups : array, shape (n_rows,), or None
        The subject of each row; None is a subject for each.

    Returns
    -------
    steps : FrontSteps
    reduced : array of float, shape (n_rows, n_components)
        The principal components of X.
    """
    prepare = None if plan.prepare is None else clone(plan.prepare)
    table = _prepared(X if prepare is None else prepare.fit_transform(X))
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    scaler = StandardScaler()
    scaled = scaler.fit_transform(imputer.fit_transform(table))
    selector = ElasticNetSelector(l1_ratio=plan.l1_ratio, n_folds=plan.n_folds)
    coefficients, converged = np.zeros(scaled.shape[1]), True
    if _n_subjects(groups, len(scaled)) >= 2:
        selector.fit(scaled, scores, groups)
        coefficients, converged = selector.coef_, selector.converged_
    reduced: NDArray[np.float64] = scaled[:, coefficients != 0]
    centre, components = np.empty(0), np.empty((0, 0))
    if reduced.shape[1]:
        projection = PCA(n_components=plan.explained, svd_solver="full")
        reduced = projection.fit_transform(reduced)
        centre, components = projection.mean_, projection.components_
    steps = FrontSteps(
        prepare=prepare,
        names=_names(prepare, table.shape[1]),
        estimates=plan.estimates,
        reduction=Reduction(
            medians=imputer.statistics_,
            means=scaler.mean_,
            spreads=scaler.scale_,
            coefficients=coefficients,
            centre=centre,
            components=components,
        ),
        converged=converged,
    )
    return steps, reduced


def _prepared(table: Any) -> NDArray[np.float64]:
    return np.asarray(table, dtype=np.float64)


def _names(prepare: Any, n_columns: int) -> NDArray[Any]:
    if prepare is None:
        return np.array([f"x{column}" for column in range(n_columns)])
    return np.asarray(prepare.get_feature_names_out())


def _n_subjects(groups: ArrayLike | None, n_rows: int) -> int:
    return n_rows if groups is None else len(np.unique(np.asarray(groups)))
