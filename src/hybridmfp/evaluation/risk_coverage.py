"""What an error becomes when the most doubtful estimates are withheld."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import EvaluationError

__all__ = ["risk_coverage"]


def risk_coverage(
    error: NDArray[np.float64], doubt: NDArray[np.float64], *, n_points: int = 20
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the mean absolute error of the least doubtful estimates, share by share.

    Parameters
    ----------
    error : array of float, shape (n_rows,)
        In points.
    doubt : array of float, shape (n_rows,)
        What estimates are withheld by, the largest first. Where it says something about the
        error, the curve rises with the share.
    n_points : int, default 20
        At most so many shares, from few to all.

    Returns
    -------
    share, mae : array of float, shape (n_points,)
        Share of rows that get an estimate, ascending to 1, and their error in points.

    Raises
    ------
    EvaluationError
        If lengths differ, or there is no row.

    References
    ----------
    El-Yaniv, R., & Wiener, Y. (2010). On the foundations of noise-free selective classification.
    JMLR 11. https://jmlr.org/papers/v11/el-yaniv10a.html

    Examples
    --------
    >>> import numpy as np
    >>> share, mae = risk_coverage(np.array([1.0, 3.0]), np.array([0.1, 0.9]))
    >>> share.tolist(), mae.tolist()
    ([0.5, 1.0], [1.0, 2.0])
    """
    if error.shape != doubt.shape or error.ndim != 1 or not len(error):
        raise EvaluationError(
            f"error and doubt must have one value for each row; got {error.shape} and "
            f"{doubt.shape}."
        )
    ordered = np.abs(error)[np.argsort(doubt, kind="stable")]
    running = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    counts = np.unique(np.round(np.linspace(1, len(ordered), min(n_points, len(ordered)))))
    kept = counts.astype(np.intp)
    return kept / len(ordered), running[kept - 1]
