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

    ``z = (x - median) / (IQR / 1.349)``, both learned per task and feature; a feature whose
    quartiles coincide is only centred. Values are limited to ±10 so that one failed trial cannot
    rule a row.

    Attributes
    ----------
    location_, scale_ : dict of str to array of float, shape (n_features,)
        Per task; a feature never seen in it has no location, NaN, and so no norm.
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
            quartiles = nan_quantiles(features[task == name], (0.25, 0.5, 0.75))
            spread = (quartiles[2] - quartiles[0]) / _NORMAL_IQR
            self.location_[str(name)] = quartiles[1]
            self.scale_[str(name)] = np.where(spread > 0, spread, 1.0)
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
