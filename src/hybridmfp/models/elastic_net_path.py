"""The elastic net over a range of penalties, fast where features outnumber people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["ElasticNetPath", "elastic_net_path", "penalties"]

_Loop = TypeVar("_Loop", bound=Callable[..., object])


def _compiled(loop: _Loop) -> _Loop:
    return cast("_Loop", njit(cache=True, nogil=True)(loop))


@dataclass(frozen=True, eq=False)
class ElasticNetPath:
    """Hold the solutions for several penalties.

    Attributes
    ----------
    coefficients : array of float, shape (n_penalties, n_features)
    intercepts : array of float, shape (n_penalties,)
    converged : bool
        Whether every solution met the tolerance.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    converged: bool

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict rows with every solution, shape (n_rows, n_penalties)."""
        predicted: NDArray[np.float64] = X @ self.coefficients.T + self.intercepts
        return predicted


def penalties(
    X: NDArray[np.float64], y: NDArray[np.float64], *, l1_ratio: float, smallest: float, count: int
) -> NDArray[np.float64]:
    """Give penalties in equal ratios, from the smallest that keeps nothing downwards.

    Parameters
    ----------
    X : array of float, shape (n_rows, n_features)
    y : array of float, shape (n_rows,)
    l1_ratio : float
        Share of the L1 penalty, above 0 and at most 1.
    smallest : float
        The last penalty, as a share of the first.
    count : int
        How many, at least 2.

    Returns
    -------
    array of float, shape (count,)
        Descending; all zeros if no feature is related to y at all.
    """
    related = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())) / len(y)
    largest = float(related.max()) / l1_ratio * (1 + 1e-12)  # rounding keeps nothing in either
    return largest * np.geomspace(1.0, smallest, count)


def elastic_net_path(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    l1_ratio: float,
    alphas: NDArray[np.float64],
    tolerance: float = 1e-5,
    max_passes: int = 20_000,
) -> ElasticNetPath:
    """Solve the elastic net for descending penalties, each from the last solution.

    Minimises ``‖y − b − X w‖² / (2 n) + α r ‖w‖₁ + α (1 − r) ‖w‖² / 2`` by cyclic coordinate
    descent over the features that are not 0, with full passes until none wants to join.

    Parameters
    ----------
    X : array of float, shape (n_rows, n_features)
    y : array of float, shape (n_rows,)
    l1_ratio : float
        r above.
    alphas : array of float, shape (n_penalties,)
        Descending.
    tolerance : float, default 1e-5
        A solution is found when no coefficient moves its feature's contribution by more than
        this share of the standard deviation of y.
    max_passes : int, default 20000
        Passes per penalty after which a solution counts as not converged.

    Returns
    -------
    ElasticNetPath

    References
    ----------
    Friedman, J., Hastie, T., & Tibshirani, R. (2010). Regularization paths for generalized
    linear models via coordinate descent. J Stat Softw 33(1). doi:10.18637/jss.v033.i01

    Examples
    --------
    >>> X, y = np.array([[-1.0], [0.0], [1.0]]), np.array([-2.0, 0.0, 2.0])
    >>> path = elastic_net_path(X, y, l1_ratio=1.0, alphas=np.array([4 / 3, 2 / 3, 0.0]))
    >>> path.coefficients[:, 0].round(6).tolist()
    [0.0, 1.0, 2.0]
    """
    middle, level = X.mean(axis=0), float(y.mean())
    columns = np.ascontiguousarray((X - middle).T)
    coefficients, converged = _descend(
        columns, y - level, l1_ratio, alphas, tolerance * float(np.std(y)), max_passes
    )
    return ElasticNetPath(coefficients, level - coefficients @ middle, converged)


@_compiled
def _descend(
    columns: NDArray[np.float64],
    target: NDArray[np.float64],
    l1_ratio: float,
    alphas: NDArray[np.float64],
    tolerance: float,
    max_passes: int,
) -> tuple[NDArray[np.float64], bool]:
    n_features, n_rows = columns.shape
    sizes = np.empty(n_features)
    for feature in range(n_features):
        sizes[feature] = np.sum(columns[feature] ** 2) / n_rows
    weights = np.zeros(n_features)
    residual = target.copy()
    found = np.zeros((alphas.size, n_features))
    converged = True
    for at in range(alphas.size):
        sparse, ridge = alphas[at] * l1_ratio, alphas[at] * (1 - l1_ratio)
        everything = True  # a full pass; in between, only features that are not 0 take part
        settled = False
        for _ in range(max_passes):
            moved = _one_pass(columns, sizes, residual, weights, sparse, ridge, everything)
            settled = everything and moved <= tolerance
            if settled:
                break
            everything = moved <= tolerance
        converged = converged and settled
        found[at] = weights
    return found, converged


@_compiled
def _one_pass(
    columns: NDArray[np.float64],
    sizes: NDArray[np.float64],
    residual: NDArray[np.float64],
    weights: NDArray[np.float64],
    sparse: float,
    ridge: float,
    everything: bool,
) -> float:
    """Update weights and residual in place; give the largest move of a contribution."""
    n_features, n_rows = columns.shape
    moved = 0.0
    for feature in range(n_features):
        old = weights[feature]
        if sizes[feature] == 0.0 or (not everything and old == 0.0):
            continue
        related = 0.0
        for row in range(n_rows):
            related += columns[feature, row] * residual[row]
        pull = sizes[feature] * old + related / n_rows
        new = np.sign(pull) * max(abs(pull) - sparse, 0.0) / (sizes[feature] + ridge)
        if new != old:
            for row in range(n_rows):
                residual[row] -= (new - old) * columns[feature, row]
            weights[feature] = new
            moved = max(moved, abs(new - old) * np.sqrt(sizes[feature]))
    return moved
