"""How much each member of an ensemble is believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

__all__ = ["stacking_weights"]

_SUM_TO_ONE = 1e3  # how hard the weights are held to a sum of 1


def stacking_weights(
    predicted: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    shrinkage: float = 0.1,
    towards: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Weigh members by how well they predict people they have not met.

    Minimises ``‖y − P w‖² / n + s · var(y) · ‖w − u‖²`` over weights ``w ≥ 0`` that sum to 1.

    Parameters
    ----------
    predicted : array of float, shape (n_rows, n_members)
        Out-of-fold predictions.
    y : array of float, shape (n_rows,)
        Scores.
    shrinkage : float, default 0.1
        How strongly few rows pull the weights to `towards`.
    towards : array of float, shape (n_members,), optional
        The weights u believed in before any row was seen, summing to 1; equal ones by default.

    Returns
    -------
    array of float, shape (n_members,)
        Non-negative, summing to 1.

    References
    ----------
    Breiman, L. (1996). Stacked regressions. Machine Learning 24. doi:10.1007/BF00117832

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> stacking_weights(np.column_stack([y, -y]), y, shrinkage=0).round(6).tolist()
    [1.0, 0.0]
    """
    n_rows, n_members = predicted.shape
    spread = float(np.std(y)) or 1.0
    pull = np.sqrt(shrinkage)
    believed = np.full(n_members, 1 / n_members) if towards is None else towards
    system = np.vstack(
        [
            (predicted - y.mean()) / spread / np.sqrt(n_rows),
            pull * np.eye(n_members),
            np.full((1, n_members), _SUM_TO_ONE),
        ]
    )
    target = np.concatenate(
        [
            (y - y.mean()) / spread / np.sqrt(n_rows),
            pull * believed,
            [_SUM_TO_ONE],
        ]
    )
    weights, _ = nnls(system, target)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
