"""InceptionTime for sessions: convolutions of several lengths, learned trial by trial."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hybridmfp.errors import MissingDependencyError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.trial_series import mean_over_trials, trial_counts
from hybridmfp.models.trialwise import TrialwiseRegressor, import_for_comparison

__all__ = ["InceptionTimeRegressor"]

_KERNEL = 39  # branches of 39, 19 and 9 points: odd, so that torch pads both sides alike


class InceptionTimeRegressor(TrialwiseRegressor):
    """Estimate a score by InceptionTime, the usual network for time series.

    Each trial becomes a series as described at `TrialSeries`. One network (sktime's
    `InceptionTimeRegressorTorch`) learns the standardised score of the session from every single
    trial, by the mean squared error; the estimate of a session is the mean over its trials. Adam
    starts at a rate of 0.001, which falls to 0 along a cosine.

    The defaults are there to keep a fit short: 54 sessions of 30 trials (56 channels, 64 points)
    take about 35 s of one core. The published model is an ensemble of five such networks of 6
    modules with 32 filters, trained for 1500 epochs; it would take half a day.

    Parameters
    ----------
    minimum, maximum : float or None, default None
        Bounds of the scale, in points; estimates are clipped to them.
    n_epochs : int, default 20
        How often every trial is seen.
    n_filters : int, default 16
        Of each of the four branches of a module.
    depth : int, default 3
        Inception modules; every third is bridged by a residual connection.
    random_state : int, default 0
        Seed of the weights and of the batches.

    Attributes
    ----------
    series_ : TrialSeries
        From sessions to complete series.

    References
    ----------
    Ismail Fawaz, H., et al. (2020). InceptionTime: finding AlexNet for time series
    classification. Data Min Knowl Discov 34, 1936-1962. doi:10.1007/s10618-020-00710-y
    """

    def __init__(
        self,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        n_epochs: int = 20,
        n_filters: int = 16,
        depth: int = 3,
        random_state: int = 0,
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.n_epochs = n_epochs
        self.n_filters = n_filters
        self.depth = depth
        self.random_state = random_state

    def _learn(
        self,
        series: NDArray[np.float32],
        sessions: Sequence[SessionDigest],
        scores: NDArray[np.float64],
    ) -> None:
        inception = import_for_comparison(
            "sktime.regression.deep_learning.inceptiontime", model="InceptionTimeRegressor"
        )
        if sys.modules.get("torch") is None:  # sktime imports without it, and fails later
            raise MissingDependencyError(
                "torch must be installed to fit InceptionTimeRegressor; it is not. Install it "
                'with: pip install "hybridmfp[compare]" torch'
            )
        label = np.repeat(scores, trial_counts(sessions))
        # sktime cuts batches in the order given; unmixed, a batch would hold two people.
        mixed = np.random.default_rng(self.random_state).permutation(len(series))
        with _alone():
            network = inception.InceptionTimeRegressorTorch(
                num_epochs=self.n_epochs,
                n_filters=self.n_filters,
                bottleneck_size=self.n_filters,
                depth=self.depth,
                kernel_size=_KERNEL,
                callbacks="CosineAnnealingLR",
                callback_kwargs={"T_max": self.n_epochs},
                random_state=self.random_state,
            )
            self._network = network.fit(series[mixed], label[mixed])

    def _estimate(
        self, series: NDArray[np.float32], sessions: Sequence[SessionDigest]
    ) -> NDArray[np.float64]:
        with _alone():
            return mean_over_trials(self._network.predict(series), sessions)


@contextmanager
def _alone() -> Iterator[None]:
    """Compute in one thread, and leave torch's global generator, which sktime seeds, as it was."""
    torch = sys.modules["torch"]
    with torch.random.fork_rng(devices=()), threadpool_limits(limits=1), catch_warnings():
        filterwarnings("ignore", message="only single label seen in y")  # equal scores are fine
        yield
