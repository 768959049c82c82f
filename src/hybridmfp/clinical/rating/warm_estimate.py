"""Warm's weighted likelihood estimate of ability: little bias, finite at both ends of a scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.rating.rasch_steps import log_level_chances, moments

__all__ = ["warm_estimate"]

Array = NDArray[np.float64]

_BEYOND = 10.0  # logits beyond the lowest and highest threshold
_STEP = 0.1
_HALVINGS = 45  # of 0.2 logits: to the last bits


def warm_estimate(taken: Array, thresholds: Array) -> tuple[Array, Array]:
    """Estimate abilities from steps taken.

    The estimate is where the log-likelihood plus half the log of the information is highest.

    Parameters
    ----------
    taken : array of float, shape (n_persons, n_items)
        Steps taken; NaN where there is no rating. Each person needs one at least.
    thresholds : array of float, shape (n_items, n_steps)
        In logits; ``inf`` for steps that an item lacks.

    Returns
    -------
    theta, se : array of float, shape (n_persons,)
        In logits.

    References
    ----------
    Warm, T. A. (1989). *Psychometrika* 54, 427-450. doi:10.1007/BF02294627

    Examples
    --------
    >>> theta, _ = warm_estimate(np.array([[1.0]]), np.array([[0.0]]))
    >>> round(float(1 / (1 + np.exp(-theta[0]))), 6)  # one item, solved: chance 3 / 4
    0.75
    """
    rated = np.isfinite(taken)
    lowest, highest = _around(thresholds)
    grid = np.arange(lowest, highest + _STEP, _STEP)
    logged = log_level_chances(grid, thresholds)
    levels = np.arange(logged.shape[-1])
    did = (taken[..., np.newaxis] == levels).reshape(len(taken), -1).astype(np.float64)
    likely = did @ np.where(np.isfinite(logged), logged, 0.0).reshape(len(grid), -1).T
    information = rated @ moments(grid, thresholds).variance.T
    best = grid[np.argmax(likely + 0.5 * np.log(information), axis=1)]
    low, high = best - _STEP, best + _STEP
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rises = _slope(middle, taken, rated, thresholds) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    theta = (low + high) / 2
    variance = moments(theta, thresholds).variance
    return theta, 1 / np.sqrt(np.sum(variance * rated, axis=1))


def _around(thresholds: Array) -> tuple[float, float]:
    known = thresholds[np.isfinite(thresholds)]
    return float(known.min()) - _BEYOND, float(known.max()) + _BEYOND


def _slope(theta: Array, taken: Array, rated: NDArray[np.bool_], thresholds: Array) -> Array:
    at = moments(theta, thresholds)
    residual = np.sum(np.where(rated, taken - at.mean, 0.0), axis=1)
    correction = np.sum(at.third * rated, axis=1) / np.sum(at.variance * rated, axis=1)
    slope: Array = residual + correction / 2
    return slope
