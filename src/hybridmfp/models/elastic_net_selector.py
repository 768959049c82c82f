"""Keep the features that an elastic net keeps, and say so when it keeps none."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hybridmfp.models.elastic_net_path import ElasticNetPath, elastic_net_path, penalties
from hybridmfp.models.inner_folds import inner_folds

__all__ = ["ElasticNetSelector"]

_SMALLEST_SHARE = 0.01  # of the penalty that keeps nothing; below it few people are fitted exactly


class ElasticNetSelector(SelectorMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Select features by a cross-validated elastic net.

    The penalty is chosen in inner folds grouped by subject. Where the best penalty keeps
    nothing, nothing is selected: `transform` then gives no columns, with scikit-learn's warning,
    and `n_selected_` is 0.

    Parameters
    ----------
    l1_ratio : float, default 0.5
        Share of the L1 penalty; 1 is the lasso.
    n_alphas : int, default 30
        Penalties tried.
    n_folds : int, default 5
        Inner folds.

    Attributes
    ----------
    coef_ : array of float, shape (n_features,)
        Coefficients; 0 means not selected.
    alpha_ : float
        The penalty chosen.
    at_edge_ : bool
        Whether it is the smallest penalty tried, so that a smaller one might do better.
    converged_ : bool
        Whether every fit of the path converged.
    n_selected_ : int
        How many features are kept.

    References
    ----------
    Zou, H., & Hastie, T. (2005). Regularization and variable selection via the elastic net.
    J R Stat Soc B 67(2). doi:10.1111/j.1467-9868.2005.00503.x
    """

    def __init__(self, *, l1_ratio: float = 0.5, n_alphas: int = 30, n_folds: int = 5) -> None:
        self.l1_ratio = l1_ratio
        self.n_alphas = n_alphas
        self.n_folds = n_folds

    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Choose the features.

        Parameters
        ----------
        X : array of float, shape (n_rows, n_features)
            Complete and on comparable scales.
        y : array of float, shape (n_rows,)
            Scores.
        groups : array, shape (n_rows,), optional
            The subject of each row.
        """
        X, y = validate_data(self, X, y, y_numeric=True, ensure_min_samples=2, dtype=np.float64)
        rows, scores = np.asarray(X), np.asarray(y, dtype=np.float64)
        folds = inner_folds(len(rows), groups, n_folds=self.n_folds)
        alphas = penalties(
            rows, scores, l1_ratio=self.l1_ratio, smallest=_SMALLEST_SHARE, count=self.n_alphas
        )
        errors = np.zeros(len(alphas))
        self.converged_ = True
        for train, test in folds:
            path = self._path(rows[train], scores[train], alphas)
            errors += ((path.predict(rows[test]) - scores[test, np.newaxis]) ** 2).mean(axis=0)
        best = int(np.argmin(errors))
        path = self._path(rows, scores, alphas[: best + 1])
        self.alpha_ = float(alphas[best])
        self.at_edge_ = best == len(alphas) - 1
        self.coef_: NDArray[np.float64] = path.coefficients[-1]
        self.n_selected_ = int(np.count_nonzero(self.coef_))
        return self

    def _path(
        self, X: NDArray[np.float64], y: NDArray[np.float64], alphas: NDArray[np.float64]
    ) -> ElasticNetPath:
        path = elastic_net_path(X, y, l1_ratio=self.l1_ratio, alphas=alphas)
        self.converged_ = self.converged_ and path.converged
        return path

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask: NDArray[np.bool_] = self.coef_ != 0
        return mask
