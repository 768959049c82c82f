"""Keep the features that an elastic net keeps, and say so when it keeps none."""

from __future__ import annotations

import warnings
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectorMixin
from sklearn.linear_model import ElasticNetCV
from sklearn.utils.validation import check_is_fitted, validate_data

from hybridmfp.models.inner_folds import inner_folds

__all__ = ["ElasticNetSelector"]

_SMALLEST_SHARE = 0.02  # of the penalty that keeps nothing; below it few people are fitted exactly


class ElasticNetSelector(SelectorMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Select features by a cross-validated elastic net.

    The penalty is chosen in inner folds grouped by subject. Where the best penalty keeps
    nothing, nothing is selected: `transform` then gives no columns, with scikit-learn's warning,
    and `n_selected_` is 0.

    Parameters
    ----------
    l1_ratio : float, default 0.5
        Share of the L1 penalty; 1 is the lasso.
    n_alphas : int, default 20
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

    def __init__(self, *, l1_ratio: float = 0.5, n_alphas: int = 20, n_folds: int = 5) -> None:
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
        X, y = validate_data(self, X, y, y_numeric=True, ensure_min_samples=2)
        rows = np.asarray(X)
        net = ElasticNetCV(
            l1_ratio=self.l1_ratio,
            alphas=self.n_alphas,
            eps=_SMALLEST_SHARE,
            cv=inner_folds(len(rows), groups, n_folds=self.n_folds),
            max_iter=5000,
            tol=1e-4,
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            net.fit(rows, y)
        self.converged_ = True
        for warning in caught:
            if issubclass(warning.category, ConvergenceWarning):
                self.converged_ = False
            else:
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )
        self.coef_: NDArray[np.float64] = net.coef_
        self.alpha_ = float(net.alpha_)
        self.at_edge_ = self.alpha_ <= float(np.min(net.alphas_)) * (1 + 1e-9)
        self.n_selected_ = int(np.count_nonzero(self.coef_))
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        mask: NDArray[np.bool_] = self.coef_ != 0
        return mask
