"""How points add up: distributions of sums of independent ratings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["distribution_of_sum", "distribution_of_two"]

Array = NDArray[np.float64]


def distribution_of_sum(shares: Array) -> Array:
    """Give the distribution of the sum of independent items.

    Parameters
    ----------
    shares : array of float, shape (..., n_items, 3)
        Probability of 0, 1 and 2 points in each item.

    Returns
    -------
    array of float, shape (..., 2 * n_items + 1)

    Examples
    --------
    >>> distribution_of_sum(np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]])).tolist()
    [0.25, 0.25, 0.25, 0.25, 0.0]
    """
    total = shares[..., 0, :]
    for item in range(1, shares.shape[-2]):
        total = distribution_of_two(total, shares[..., item, :])
    return total


def distribution_of_two(first: Array, second: Array) -> Array:
    """Give the distribution of the sum of two independent numbers of points.

    Parameters
    ----------
    first, second : array of float, shape (..., n_first) and (..., n_second)
        Probability of 0, 1, ... points.

    Returns
    -------
    array of float, shape (..., n_first + n_second - 1)
    """
    length = first.shape[-1]
    total = np.zeros((*first.shape[:-1], length + second.shape[-1] - 1))
    for points in range(second.shape[-1]):
        total[..., points : points + length] += first * second[..., points, np.newaxis]
    return total
