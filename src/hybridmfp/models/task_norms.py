"""What is usual in a task, learned from the people given."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.features.robust import nan_quantiles

__all__ = ["TaskNorms"]

_NORMAL_IQR = 1.3489795003921634  # interquartile range of a standard normal variable
_LIMIT = 10.0  # robust standard deviations beyond which a trial is no more extreme


class TaskNorms(BaseEstimator):  # type: ignore[misc]
    """Express trial features in robust standard deviations from what is usual in their task.

    ``z = (x - median) / (IQR / 1.349)``, both learned per task and feature. Where the quartiles
    coincide, as for counts that are mostly 1, the standard deviation stands in; a feature that
    never varied in the task has no norm, and its values become NaN. Values are limited to ±10 so
    that one failed trial cannot rule a row.

    Attributes
    ----------
    location_, scale_ : dict of str to array of float, shape (n_features,)
        Per task; NaN for a feature without a norm.
    """

    def fit(self, features: NDArray[np.float64], *, task: NDArray[np.str_]) -> Self:
        """Learn location and scale.

        Parameters
        ----------
        features : array of float, shape (n_trials, n_features)
            NaN where missing.
        task : array of str, shape (n_trials,)
        """
        self.location_: dict[str, NDArray[np.float64]] = {}
        self.scale_: dict[str, NDArray[np.float64]] = {}
        for name in np.unique(task):
            own = features[task == name]
            low, middle, high = nan_quantiles(own, (0.25, 0.5, 0.75))
            spread = (high - low) / _NORMAL_IQR
            flat = ~(spread > 0)
            spread[flat] = _standard_deviation(own[:, flat])
            self.location_[str(name)] = middle
            self.scale_[str(name)] = np.where(spread > 0, spread, np.nan)
        return self

    def transform(
        self, features: NDArray[np.float64], *, task: NDArray[np.str_]
    ) -> NDArray[np.float64]:
        """Express features against their task; NaN for a task that was not learned."""
        check_is_fitted(self, "location_")
        usual = np.full(features.shape, np.nan)
        for name in np.unique(task):
            if str(name) in self.location_:
                own = task == name
                centred = features[own] - self.location_[str(name)]
                usual[own] = np.clip(centred / self.scale_[str(name)], -_LIMIT, _LIMIT)
        return usual


def _standard_deviation(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the standard deviation of each column over what was seen; 0 without any."""
    seen = np.isfinite(table)
    count = np.maximum(seen.sum(axis=0), 1)
    known = np.where(seen, table, 0.0)
    away = np.where(seen, table - known.sum(axis=0) / count, 0.0)
    deviation: NDArray[np.float64] = np.sqrt((away**2).sum(axis=0) / count)
    return deviation
