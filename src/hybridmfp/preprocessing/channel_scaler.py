"""Channels on one scale: z-scores per channel, gaps left alone."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.dtw import checked_trials

__all__ = ["ChannelScaler"]


class ChannelScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Express each channel in standard deviations from its mean.

    Mean and population standard deviation are those over all valid samples of all trials met in
    `fit`. Who wants a healthy reference fits it on healthy trials; there is no option for that.

    Attributes
    ----------
    mean_ : array of float64, shape (n_channels,)
        Mean of each channel, in its unit; NaN for a channel that was never valid.
    scale_ : array of float64, shape (n_channels,)
        Population standard deviation, in its unit; 1 for a constant channel, which is centred
        only, and NaN for one that was never valid, which becomes a gap.
    unscaled_ : array of intp
        Channels that were constant or never valid.

    Examples
    --------
    >>> scaler = ChannelScaler().fit([[[1.0, 3.0], [5.0, 5.0]]])
    >>> scaler.transform([[[5.0, float("nan")], [6.0, 5.0]]]).tolist()
    [[[3.0, nan], [1.0, 0.0]]]
    >>> scaler.unscaled_.tolist()
    [1]
    """

    mean_: NDArray[np.float64]
    scale_: NDArray[np.float64]
    unscaled_: NDArray[np.intp]

    def fit(self, trials: ArrayLike, y: object = None) -> Self:  # noqa: ARG002
        """Learn mean and standard deviation of each channel.

        Parameters
        ----------
        trials : array of float, shape (n_trials, n_channels, n_points)
            Any units; NaN marks a gap.
        y : ignored
            Here for scikit-learn.

        Raises
        ------
        SignalError
            If `trials` has another shape, or a sample is infinite.
        """
        block = checked_trials(trials)
        spread = np.array([_mean_and_sd(block[:, at]) for at in range(block.shape[1])])
        self.mean_, deviation = spread[:, 0], spread[:, 1]
        self.unscaled_ = np.flatnonzero(~(deviation > 0))
        self.scale_ = np.where(deviation == 0, 1.0, deviation)
        return self

    def transform(self, trials: ArrayLike) -> NDArray[np.floating]:
        """Give z-scores, in the floating type of `trials` and of the same shape.

        Raises
        ------
        SignalError
            If `trials` has another shape or other channels than in `fit`, or infinite samples.
        """
        block = self._checked(trials)
        scores: NDArray[np.floating] = (block - self.mean_[:, np.newaxis]) / self.scale_[
            :, np.newaxis
        ]
        return scores.astype(block.dtype, copy=False)

    def inverse_transform(self, trials: ArrayLike) -> NDArray[np.floating]:
        """Give z-scores back in the units met in `fit`.

        Raises
        ------
        SignalError
            If `trials` has another shape or other channels than in `fit`, or infinite samples.
        """
        block = self._checked(trials)
        values: NDArray[np.floating] = (
            block * self.scale_[:, np.newaxis] + self.mean_[:, np.newaxis]
        )
        return values.astype(block.dtype, copy=False)

    def _checked(self, trials: ArrayLike) -> NDArray[np.floating]:
        check_is_fitted(self)
        block = checked_trials(trials)
        if block.shape[1] != self.mean_.size:
            raise SignalError(
                f"trials must have the {self.mean_.size} channels the scaler was fitted on; "
                f"got {block.shape[1]}."
            )
        return block


def _mean_and_sd(channel: NDArray[np.floating]) -> tuple[float, float]:
    valid = channel[np.isfinite(channel)].astype(np.float64)
    if valid.size == 0:
        return np.nan, np.nan
    if valid.min() == valid.max():  # the computed deviation of a constant need not be 0
        return float(valid[0]), 0.0
    return float(valid.mean()), float(valid.std())
