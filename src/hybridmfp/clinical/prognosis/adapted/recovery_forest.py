"""The distribution of gains of similar persons: a quantile regression forest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

__all__ = ["GainForest"]

Array = NDArray[np.float64]


class GainForest:
    """Weigh known persons by how often they share a leaf with a new one.

    Parameters
    ----------
    n_trees : int
    least_in_leaf : int
        Rows that every leaf must hold.
    share_of_features : float
        Share of the columns that a split may choose from.
    random_state : int

    References
    ----------
    Meinshausen, N. (2006). Quantile regression forests. *JMLR*, 7, 983-999.
    """

    def __init__(
        self, *, n_trees: int, least_in_leaf: int, share_of_features: float, random_state: int
    ) -> None:
        self.n_trees = n_trees
        self.least_in_leaf = least_in_leaf
        self.share_of_features = share_of_features
        self.random_state = random_state

    def fit(self, X: Array, gain: Array) -> GainForest:
        """Grow the trees.

        Parameters
        ----------
        X : array of float, shape (n_rows, n_columns)
            Gaps as NaN; they get the column's median.
        gain : array of float, shape (n_rows,)
            In points.
        """
        self.filling_ = _medians(X)
        self.forest_: Any = ExtraTreesRegressor(
            self.n_trees,
            min_samples_leaf=self.least_in_leaf,
            max_features=self.share_of_features,
            random_state=self.random_state,
        )
        filled = self._filled(X)
        self.forest_.fit(filled, gain)
        self.leaf_ = self._leaves(filled)
        self.order_ = np.argsort(gain, kind="stable")
        self.gain_ = gain[self.order_]
        return self

    def quantiles(self, X: Array, levels: Array) -> Array:
        """Give quantiles of the gain.

        Parameters
        ----------
        X : array of float, shape (n_new, n_columns)
        levels : array of float, shape (n_levels,)

        Returns
        -------
        array of float, shape (n_new, n_levels)
            In points.
        """
        leaves = self._leaves(self._filled(X))
        found = np.empty((len(X), len(levels)))
        for row, leaf in enumerate(leaves):
            same = self.leaf_ == leaf
            weight = (same / same.sum(axis=0)).mean(axis=1)[self.order_]
            reached = np.searchsorted(np.cumsum(weight), levels - 1e-9)
            found[row] = self.gain_[np.minimum(reached, len(weight) - 1)]
        return found

    def _leaves(self, filled: Array) -> NDArray[np.intp]:
        """Give the leaf of each row in each tree; the forest's own `apply` is slow for few rows."""
        rows = filled.astype(np.float32)  # what the trees compare
        return np.column_stack([tree.tree_.apply(rows) for tree in self.forest_.estimators_])

    def _filled(self, X: Array) -> Array:
        filled: Array = np.where(np.isnan(X), self.filling_, X)
        return filled


def _medians(X: Array) -> Array:
    """Give the median of each column's known values, 0 where none is known."""
    known = ~np.isnan(X)
    return np.array(
        [np.median(X[known[:, at], at]) if known[:, at].any() else 0.0 for at in range(X.shape[1])]
    )
