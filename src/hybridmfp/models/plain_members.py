"""The fitted members of the ensemble as plain arrays and formulas.

Each says what scikit-learn's estimator of that kind says, from arrays that can be written to a
file and checked when they are read: no object of another library lives in a fitted model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR

from hybridmfp.errors import ReadError
from hybridmfp.models.array_rules import checked_array, checked_number
from hybridmfp.models.boosted_trees import boosted_trees

__all__ = [
    "Line",
    "Member",
    "NearestNeighbours",
    "SupportVectors",
    "TrainingMean",
    "plain_member",
]


class Member(Protocol):
    """Estimates standardised scores from principal components."""

    @property
    def n_columns(self) -> int | None:
        """How many components it looks at; None if it looks at none of them."""
        ...

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give scores, shape (n_rows,), of rows, shape (n_rows, n_columns)."""
        ...


@dataclass(frozen=True, eq=False)
class TrainingMean:
    """Say the same of everybody.

    Attributes
    ----------
    value : float
    """

    value: float

    def __post_init__(self) -> None:
        checked_number(self.value, "the training mean")

    @property
    def n_columns(self) -> None:
        """None: it looks at nothing."""
        return

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the value for every row."""
        return np.full(len(rows), self.value)


@dataclass(frozen=True, eq=False)
class Line:
    """Weigh the components and add them up: ``x · w + b``.

    Attributes
    ----------
    coefficients : array of float, shape (n_columns,)
    intercept : float
    """

    coefficients: NDArray[np.float64]
    intercept: float

    def __post_init__(self) -> None:
        _hold(self, coefficients=checked_array(self.coefficients, "coefficients", shape=[None]))
        checked_number(self.intercept, "the intercept")

    @property
    def n_columns(self) -> int:
        """How many components it weighs."""
        return len(self.coefficients)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give scores, shape (n_rows,)."""
        scores: NDArray[np.float64] = rows @ self.coefficients + self.intercept
        return scores


@dataclass(frozen=True, eq=False)
class SupportVectors:
    """Compare with the training rows that matter: ``Σ w_i exp(-γ ‖x - v_i‖²) + b``.

    Attributes
    ----------
    vectors : array of float, shape (n_vectors, n_columns)
        Rows of training persons.
    weights : array of float, shape (n_vectors,)
    intercept, gamma : float
    """

    vectors: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    gamma: float

    def __post_init__(self) -> None:
        vectors = checked_array(self.vectors, "support vectors", shape=[None, None])
        weights = checked_array(self.weights, "weights of vectors", shape=[len(vectors)])
        _hold(self, vectors=vectors, weights=weights)
        checked_number(self.intercept, "the intercept")
        checked_number(self.gamma, "gamma", above=0)

    @property
    def n_columns(self) -> int:
        """How many components the vectors have."""
        return int(self.vectors.shape[1])

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give scores, shape (n_rows,)."""
        alike = np.exp(-self.gamma * _squared_distances(rows, self.vectors))
        scores: NDArray[np.float64] = alike @ self.weights + self.intercept
        return scores


@dataclass(frozen=True, eq=False)
class NearestNeighbours:
    """Give the mean score of the training rows that are nearest; of equally near ones the first.

    Attributes
    ----------
    rows : array of float, shape (n_training, n_columns)
        Rows of all training persons.
    scores : array of float, shape (n_training,)
        Their standardised scores.
    n_nearest : int
    """

    rows: NDArray[np.float64]
    scores: NDArray[np.float64]
    n_nearest: int

    def __post_init__(self) -> None:
        rows = checked_array(self.rows, "rows of neighbours", shape=[None, None])
        scores = checked_array(self.scores, "scores of neighbours", shape=[len(rows)])
        _hold(self, rows=rows, scores=scores)
        if type(self.n_nearest) is not int or not 1 <= self.n_nearest <= len(rows):
            raise ReadError(
                f"n_nearest of a fitted model must be a whole number from 1 to {len(rows)}, its "
                f"training rows; got {self.n_nearest!r}. The model is damaged: fit it anew."
            )

    @property
    def n_columns(self) -> int:
        """How many components the rows have."""
        return int(self.rows.shape[1])

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give scores, shape (n_rows,)."""
        away = _squared_distances(rows, self.rows)
        nearest = np.argsort(away, axis=1, kind="stable")[:, : self.n_nearest]
        scores: NDArray[np.float64] = self.scores[nearest].mean(axis=1)
        return scores


def plain_member(member: Any, rows: NDArray[np.float64], scores: NDArray[np.float64]) -> Member:
    """Take the arrays out of a fitted estimator.

    Parameters
    ----------
    member : DummyRegressor, Ridge, SVR, KNeighborsRegressor or GradientBoostingRegressor
        Fitted; support vectors with the radial kernel and ``gamma="scale"``, neighbours with
        equal weights and Euclidean distance, trees with the squared error.
    rows : array of float, shape (n_rows, n_columns)
        What it was fitted on.
    scores : array of float, shape (n_rows,)
        The same.

    Raises
    ------
    TypeError
        If it is of another kind.
    """
    if isinstance(member, DummyRegressor):
        return TrainingMean(float(np.ravel(member.constant_)[0]))
    if isinstance(member, Ridge):
        return Line(np.array(member.coef_, dtype=np.float64), float(member.intercept_))
    if isinstance(member, SVR):
        return SupportVectors(
            vectors=np.array(member.support_vectors_, dtype=np.float64),
            weights=np.array(member.dual_coef_[0], dtype=np.float64),
            intercept=float(member.intercept_[0]),
            gamma=_gamma(rows),
        )
    if isinstance(member, KNeighborsRegressor):
        return NearestNeighbours(rows.copy(), scores.copy(), int(member.n_neighbors))
    if isinstance(member, GradientBoostingRegressor):
        return boosted_trees(member)
    raise TypeError(f"member must be of a kind that the ensemble stacks; got {member!r}.")


def _gamma(rows: NDArray[np.float64]) -> float:
    """Give what scikit-learn calls ``gamma="scale"``."""
    variance = float(rows.var())
    return 1.0 / (rows.shape[1] * variance) if variance != 0 else 1.0


def _squared_distances(
    rows: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the squared distance of each row to each other one, column by column.

    Differences, not ``a² - 2ab + b²``: that loses all digits between rows that are nearly equal.
    """
    away = np.zeros((len(rows), len(others)))
    for mine, theirs in zip(rows.T, others.T, strict=True):
        away += (mine[:, np.newaxis] - theirs) ** 2
    return away


def _hold(member: object, **arrays: NDArray[Any]) -> None:
    for name, array in arrays.items():
        object.__setattr__(member, name, array)
