"""MiniRocket for sessions: thousands of fixed convolutions, then ridge regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from hybridmfp.errors import SettingsError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.trial_series import mean_over_trials
from hybridmfp.models.trialwise import TrialwiseRegressor, import_for_comparison

__all__ = ["MiniRocketRegressor"]

_FEWEST = 84  # kernels of length 9 with three large weights
_ALPHAS = np.logspace(-1, 5, 13)


class MiniRocketRegressor(TrialwiseRegressor):
    """Estimate a score by MiniRocket, the usual first choice among time-series regressors.

    Each trial becomes a series as described at `TrialSeries`, and each series `n_kernels`
    proportions of positive values (sktime's `MiniRocketMultivariate`). These are standardised over
    the training trials and averaged over the trials of a session. Ridge regression of the scores
    on the averages follows; its penalty is the best of 13 from 0.1 to 100 000 in leaving out
    one training session at a time. That choice alone does not know whose session it is: where
    people come several times, it favours too small a penalty.

    Parameters
    ----------
    minimum, maximum : float or None, default None
        Bounds of the scale, in points; estimates are clipped to them.
    n_kernels : int, default 9996
        Features of a trial, at least 84; a multiple of 84, else rounded down to one.
    n_jobs : int, default 1
        Threads of the transform; -1 for all. The estimates do not depend on it.
    random_state : int or None, default 0
        Seed of the channels and biases of the kernels.

    Attributes
    ----------
    series_ : TrialSeries
        From sessions to complete series.
    alpha_ : float
        The chosen penalty.

    References
    ----------
    Dempster, A., Schmidt, D. F., & Webb, G. I. (2021). MiniRocket: a very fast (almost)
    deterministic transform for time series classification. KDD '21.
    doi:10.1145/3447548.3467231
    """

    alpha_: float

    def __init__(
        self,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        n_kernels: int = 9996,
        n_jobs: int = 1,
        random_state: int | None = 0,
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.n_kernels = n_kernels
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _learn(
        self,
        series: NDArray[np.float32],
        sessions: Sequence[SessionDigest],
        scores: NDArray[np.float64],
    ) -> None:
        if self.n_kernels < _FEWEST:
            raise SettingsError(f"n_kernels must be at least {_FEWEST}; got {self.n_kernels}.")
        rocket = import_for_comparison("sktime.transformations.rocket", model="MiniRocketRegressor")
        self._kernels = rocket.MiniRocketMultivariate(
            num_kernels=self.n_kernels, n_jobs=self.n_jobs, random_state=self.random_state
        ).fit(series)
        shares = self._kernels.transform(series).to_numpy()
        self._scaler = StandardScaler().fit(shares)
        rows = mean_over_trials(self._scaler.transform(shares), sessions)
        self._ridge = RidgeCV(alphas=_ALPHAS).fit(rows, scores)
        self.alpha_ = float(self._ridge.alpha_)

    def _estimate(
        self, series: NDArray[np.float32], sessions: Sequence[SessionDigest]
    ) -> NDArray[np.float64]:
        shares = self._kernels.transform(series).to_numpy()
        rows = mean_over_trials(self._scaler.transform(shares), sessions)
        estimated: NDArray[np.float64] = self._ridge.predict(rows)
        return estimated
