"""Quantiles without interpolation: the value at a rank, found without sorting all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["at_rank", "worse_share"]


def at_rank(values: NDArray[np.floating], share: float) -> NDArray[np.floating]:
    """Give the value below which a share of the values lies.

    Parameters
    ----------
    values : array of float, shape (..., n)
        Without NaN.
    share : float
        From 0 to 1.

    Returns
    -------
    array of float, shape (...)
        One of the values, the nearest in rank.

    Examples
    --------
    >>> import numpy as np
    >>> float(at_rank(np.array([4.0, 0.0, 3.0, 1.0, 2.0]), 0.75))
    3.0
    """
    at = round(share * (values.shape[-1] - 1))
    ranked: NDArray[np.floating] = np.partition(values, at, axis=-1)[..., at]
    return ranked


def worse_share(wrong: NDArray[np.bool_], window: tuple[int, int] | None) -> NDArray[np.float64]:
    """Give the share of samples that are wrong: of all, or of those in a window if larger.

    Parameters
    ----------
    wrong : array of bool, shape (n_channels, n_samples)
    window : tuple of int or None
        First sample, and the first after the last; an empty one does not count.

    Returns
    -------
    array of float, shape (n_channels,)

    Examples
    --------
    >>> import numpy as np
    >>> worse_share(np.array([[False, False, True, False]]), (2, 4)).tolist()
    [0.5]
    """
    share: NDArray[np.float64] = wrong.mean(axis=1)
    if window is None or window[1] <= window[0]:
        return share
    within: NDArray[np.float64] = wrong[:, window[0] : window[1]].mean(axis=1)
    return np.maximum(share, within)
