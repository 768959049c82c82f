"""Shapley values: what each column of a row adds to an estimate, fairly shared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_PERMUTATIONS", "ShapleyValues", "shapley_values"]

Value = Callable[[NDArray[np.float64]], NDArray[np.float64]]

N_PERMUTATIONS = 256
"""Orders in which columns join where there are too many for every coalition; half are mirrored."""


@dataclass(frozen=True, eq=False)
class ShapleyValues:
    """Hold what each column adds.

    Attributes
    ----------
    points : array of float, shape (n_columns,)
        They sum to the change of the estimate from the reference row to the row.
    standard_error : array of float, shape (n_columns,)
        Of sampling the orders; 0 where every coalition was asked.
    """

    points: NDArray[np.float64]
    standard_error: NDArray[np.float64]


def shapley_values(
    value: Value,
    row: NDArray[np.float64],
    reference: NDArray[np.float64],
    *,
    columns: Sequence[int] | NDArray[np.intp] | None = None,
    n_permutations: int = N_PERMUTATIONS,
    random_state: int = 0,
) -> ShapleyValues:
    """Share the change of an estimate among the columns that changed.

    A column that has not joined yet holds what the reference row holds. Columns that are alike
    in both rows, gaps included, get 0. Up to eleven columns, all coalitions are
    asked and the values are exact; otherwise columns join in random orders, each of which is
    also walked backwards. The sum is exact either way, and for a linear model so is every value.

    Parameters
    ----------
    value : callable
        Rows of shape (n_rows, n_columns) to estimates of shape (n_rows,).
    row, reference : array of float, shape (n_columns,)
    columns : sequence of int, optional
        Those that may matter; the others stay as in `row` and get 0. All by default.
    n_permutations : int, default 256
        Orders, an even number.
    random_state : int, default 0

    Returns
    -------
    ShapleyValues

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. doi:10.1515/9781400881970-018
    Mitchell, R., et al. (2022). Sampling permutations for Shapley value estimation.
    arXiv:2104.12199

    Examples
    --------
    >>> import numpy as np
    >>> product = lambda rows: rows[:, 0] * rows[:, 1] + 3 * rows[:, 2]
    >>> shapley_values(product, np.array([2.0, 5.0, 1.0]), np.zeros(3)).points.tolist()
    [5.0, 5.0, 3.0]
    """
    alike = (row == reference) | (np.isnan(row) & np.isnan(reference))
    may = np.arange(len(row)) if columns is None else np.asarray(columns, dtype=np.intp)
    players = may[~alike[may]]
    points, error = np.zeros(len(row)), np.zeros(len(row))
    if len(players) == 0:
        return ShapleyValues(points, error)
    game = _Game(value, row, reference, players)
    if 2 ** len(players) <= n_permutations * len(players):
        points[players] = _exact(game)
    else:
        rng = np.random.default_rng(random_state)
        gains = _sampled(game, n_permutations // 2, rng)
        points[players] = gains.mean(axis=0)
        error[players] = gains.std(axis=0, ddof=1) / math.sqrt(len(gains))
    return ShapleyValues(points, error)


@dataclass(frozen=True, eq=False)
class _Game:
    """An estimate as a game whose players are columns."""

    value: Value
    row: NDArray[np.float64]
    reference: NDArray[np.float64]
    players: NDArray[np.intp]

    def worth(self, joined: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Estimate coalitions, shape (..., n_players), all at once."""
        flat = joined.reshape(-1, len(self.players))
        rows = np.tile(self.row, (len(flat), 1))
        rows[:, self.players] = np.where(flat, self.row[self.players], self.reference[self.players])
        return self.value(rows).reshape(joined.shape[:-1])


def _exact(game: _Game) -> NDArray[np.float64]:
    """Ask every coalition: the mean gain of a player over all orders."""
    n = len(game.players)
    number = np.arange(2**n)
    joined = (number[:, np.newaxis] >> np.arange(n)) % 2 == 1
    worth = game.worth(joined)
    size = joined.sum(axis=1)
    weight = np.array([1 / (n * math.comb(n - 1, others)) for others in range(n)])
    points = np.empty(n)
    for player in range(n):
        without = number[~joined[:, player]]
        gain = worth[without + 2**player] - worth[without]
        points[player] = weight[size[without]] @ gain
    return points


def _sampled(game: _Game, n_pairs: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Let players join in random orders, forwards and backwards, shape (n_pairs, n_players)."""
    n = len(game.players)
    forwards = np.stack([rng.permutation(n) for _ in range(n_pairs)])
    orders = np.stack([forwards, forwards[:, ::-1]], axis=1)
    place = np.argsort(orders, axis=-1)
    joined = place[:, :, np.newaxis, :] < np.arange(n + 1)[:, np.newaxis]
    gains = np.diff(game.worth(joined), axis=-1)
    mean: NDArray[np.float64] = np.take_along_axis(gains, place, axis=-1).mean(axis=1)
    return mean
