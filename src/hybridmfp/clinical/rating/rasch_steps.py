"""The partial-credit model itself: chances of the levels of items at an ability.

Thresholds are arrays of shape (n_items, n_steps), in logits; ``inf`` stands for a step that an item
with fewer levels lacks. Level k of an item means that k steps were taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

__all__ = ["Moments", "chance_of_next", "level_chances", "log_level_chances", "moments"]

Array = NDArray[np.float64]


class Moments(NamedTuple):
    """Mean, variance and third central moment of the steps taken, each (n_persons, n_items)."""

    mean: Array
    variance: Array
    third: Array


def log_level_chances(theta: Array, thresholds: Array) -> Array:
    """Give the logarithm of the probability of each level of each item.

    Parameters
    ----------
    theta : array of float, shape (n_persons,)
        In logits.
    thresholds : array of float, shape (n_items, n_steps)

    Returns
    -------
    array of float, shape (n_persons, n_items, n_steps + 1)
        ``-inf`` for levels that an item lacks.
    """
    climbed = np.cumsum(thresholds, axis=1)
    start = np.zeros((len(thresholds), 1))
    levels = np.arange(thresholds.shape[1] + 1)
    logits = theta[:, np.newaxis, np.newaxis] * levels - np.hstack([start, climbed])
    logged: Array = logits - logsumexp(logits, axis=-1, keepdims=True)
    return logged


def level_chances(theta: Array, thresholds: Array) -> Array:
    """Give the probability of each level of each item, as `log_level_chances`.

    Examples
    --------
    >>> level_chances(np.array([0.0]), np.array([[0.0, np.inf]])).tolist()
    [[[0.5, 0.5, 0.0]]]
    """
    chances: Array = np.exp(log_level_chances(theta, thresholds))
    return chances


def moments(theta: Array, thresholds: Array) -> Moments:
    """Give the moments of the steps that are taken in each item."""
    chances = level_chances(theta, thresholds)
    levels = np.arange(chances.shape[-1])
    mean = chances @ levels
    away = levels - mean[..., np.newaxis]
    return Moments(mean, np.sum(chances * away**2, axis=-1), np.sum(chances * away**3, axis=-1))


def chance_of_next(theta: float, threshold: float) -> float:
    """Give the probability to take a step, for one who has taken those before it.

    Examples
    --------
    >>> chance_of_next(1.0, 1.0)
    0.5
    """
    return float(1 / (1 + np.exp(threshold - theta)))
