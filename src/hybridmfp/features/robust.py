"""Quantiles that skip gaps, for many columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["nan_quantiles"]


def nan_quantiles(table: NDArray[np.float64], quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Give quantiles of every column over what was seen of it.

    Parameters
    ----------
    table : array of float, shape (n_rows, n_columns)
        NaN where missing.
    quantiles : sequence of float
        Between 0 and 1; linear interpolation between order statistics.

    Returns
    -------
    array of float, shape (n_quantiles, n_columns)
        NaN for a column without any value.

    Examples
    --------
    >>> import numpy as np
    >>> nan_quantiles(np.array([[1.0], [np.nan], [3.0]]), [0.5]).tolist()
    [[2.0]]
    """
    n_rows, n_columns = table.shape
    if n_rows == 0:
        return np.full((len(quantiles), n_columns), np.nan)
    ordered = np.sort(table, axis=0)  # NaN last
    last = np.isfinite(table).sum(axis=0) - 1
    columns = np.arange(n_columns)
    found = np.empty((len(quantiles), n_columns))
    for at, quantile in enumerate(quantiles):
        place = quantile * np.maximum(last, 0)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(last, 0))
        lower, upper = ordered[below, columns], ordered[above, columns]
        found[at] = lower + (place - below) * (upper - lower)
    return found
