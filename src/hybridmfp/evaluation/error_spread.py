"""How large an error is to be expected where on the scale."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import check_estimates, number_subjects

__all__ = ["ErrorSpread"]

_N_GRID = 101
_LEAST = 1e-6  # of the range of the scale


class ErrorSpread(BaseEstimator):  # type: ignore[misc]
    """Learn the usual absolute error around each estimate, from persons left out.

    A kernel mean of absolute errors, pulled to the mean over all as if `shrinkage` further
    persons with that error had been met everywhere: what few persons say of one region of the
    scale counts little.

    Parameters
    ----------
    minimum, maximum : float
        The scale, in points.
    width : float, default 0.15
        Standard deviation of the Gaussian kernel, as a share of the scale.
    shrinkage : float, default 20
        In persons.

    Attributes
    ----------
    grid_, spread_ : array of float, shape (101,)
        Estimates, and the error to be expected there, in points.
    left_out_ : array of float, shape (n_rows,)
        What the other persons' errors said of each row: the spread to calibrate with.
    """

    def __init__(
        self, *, minimum: float, maximum: float, width: float = 0.15, shrinkage: float = 20.0
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.width = width
        self.shrinkage = shrinkage

    def fit(self, estimate: ArrayLike, error: ArrayLike, *, subject: ArrayLike) -> Self:
        """Learn from honest estimates.

        Parameters
        ----------
        estimate, error : array of float, shape (n_rows,)
            Of models that had not met the row's person, in points.
        subject : array, shape (n_rows,)
            Whose row it is; each person counts once.

        Raises
        ------
        EvaluationError
            If lengths differ, a value is not finite, or there are fewer than 2 persons.
        """
        numbered = number_subjects(subject)
        if len(numbered.names) < 2:
            raise EvaluationError(
                f"the error to be expected needs at least 2 subjects; got {len(numbered.names)}."
            )
        at = check_estimates(estimate, subject=numbered, name="estimate")
        size = np.abs(check_estimates(error, subject=numbered, name="error"))
        counts = 1 / np.bincount(numbered.number)[numbered.number]
        self.grid_ = np.linspace(self.minimum, self.maximum, _N_GRID)
        self.spread_ = self._around(self.grid_, at, size, np.tile(counts, (_N_GRID, 1)))
        others = numbered.number[:, np.newaxis] != numbered.number
        self.left_out_ = self._around(at, at, size, np.where(others, counts, 0.0))
        return self

    def predict(self, estimate: ArrayLike) -> NDArray[np.float64]:
        """Give the error to be expected around estimates, in points, shape (n_rows,)."""
        check_is_fitted(self, "spread_")
        places = np.asarray(estimate, dtype=np.float64)
        return np.asarray(np.interp(places, self.grid_, self.spread_), dtype=np.float64)

    def _around(
        self,
        places: NDArray[np.float64],
        estimate: NDArray[np.float64],
        size: NDArray[np.float64],
        counts: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Average the errors near each place; `counts` has shape (n_places, n_rows)."""
        reach = self.width * (self.maximum - self.minimum)
        near = np.exp(-0.5 * ((places[:, np.newaxis] - estimate) / reach) ** 2) * counts
        overall = counts @ size / counts.sum(axis=1)
        pulled = near @ size + self.shrinkage * overall
        spread = pulled / (near.sum(axis=1) + self.shrinkage)
        least = _LEAST * (self.maximum - self.minimum)
        return np.asarray(np.maximum(spread, least), dtype=np.float64)
