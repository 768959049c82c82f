"""How much two muscles that pull a joint in opposite directions work at the same time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["falconer_winter", "rudolph"]


def falconer_winter(agonist: ArrayLike, antagonist: ArrayLike) -> NDArray[np.float64]:
    """Give the share of the activity of a pair of muscles that they have in common.

    ``2 sum(min(a, b)) / sum(a + b)``: 0 if they take turns, 1 if they do the same.

    Parameters
    ----------
    agonist, antagonist : array of float, shape (..., n_samples)
        Envelopes, each as a share of its peak (without unit); NaN is a gap.

    Returns
    -------
    array of float, shape (...)
        Between 0 and 1, over the instants at which both are valid; NaN if there is none, or
        if neither muscle is ever active.

    References
    ----------
    Falconer, K. & Winter, D. A. (1985). Quantitative assessment of co-contraction at the ankle
    joint in walking. *Electromyogr Clin Neurophysiol* 25:135-149. PMID 3987606 (there is no
    DOI; the formula is given as later papers quote it)

    Examples
    --------
    >>> float(falconer_winter([1.0, 1.0], [1.0, 0.0]))
    0.6666666666666666
    """
    first, second, both = _paired(agonist, antagonist)
    common = np.sum(np.minimum(first, second), axis=-1, where=both)
    total = np.sum(first + second, axis=-1, where=both)
    share: NDArray[np.float64] = np.full(np.shape(total), np.nan)
    np.divide(2 * common, total, out=share, where=total > 0)
    return share


def rudolph(agonist: ArrayLike, antagonist: ArrayLike) -> NDArray[np.float64]:
    """Give how strongly a pair of muscles works at the same time, on average.

    The mean of ``(low / high) (low + high)``, where `low` and `high` are the smaller and the
    larger of both at one instant: 0 if they take turns, 2 if both are at their peak. Unlike
    `falconer_winter` it grows with the level of activity.

    Parameters
    ----------
    agonist, antagonist : array of float, shape (..., n_samples)
        Envelopes, each as a share of its peak (without unit); NaN is a gap.

    Returns
    -------
    array of float, shape (...)
        Over the instants at which both are valid; NaN if there is none. An instant at which
        neither is active counts as 0.

    References
    ----------
    Rudolph, K. S. et al. (2001). Dynamic stability in the anterior cruciate ligament deficient
    knee. *Knee Surg Sports Traumatol Arthrosc* 9:62-71. doi:10.1007/s001670000166 (the formula
    is given as later papers quote it)

    Examples
    --------
    >>> float(rudolph([1.0, 1.0], [0.5, 0.0]))
    0.375
    """
    first, second, both = _paired(agonist, antagonist)
    low, high = np.minimum(first, second), np.maximum(first, second)
    balance = np.divide(low, high, out=np.zeros_like(low), where=both & (high > 0))
    total = np.sum(balance * (low + high), axis=-1, where=both)
    counts = np.count_nonzero(both, axis=-1)
    mean: NDArray[np.float64] = np.full(np.shape(total), np.nan)
    np.divide(total, counts, out=mean, where=counts > 0)
    return mean


def _paired(
    agonist: ArrayLike, antagonist: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    first, second = np.broadcast_arrays(
        np.asarray(agonist, dtype=np.float64), np.asarray(antagonist, dtype=np.float64)
    )
    return first, second, np.isfinite(first) & np.isfinite(second)
