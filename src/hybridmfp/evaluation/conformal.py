"""Intervals that hold a new person's score as often as they say, whatever the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import check_estimates, number_subjects

__all__ = ["ConformalCalibration", "calibrate", "cv_plus_interval", "left_out_interval"]

_ROUNDING = 1e-9  # of sums of weights


@dataclass(frozen=True, eq=False)
class ConformalCalibration:
    """Hold by how much estimates of persons whom the model had not met were wrong.

    Attributes
    ----------
    score : array of float, shape (n_rows,)
        Absolute error over the spread that was expected of it: 2 is twice as wrong as usual.
    fold : array of int, shape (n_rows,)
        Which fold's model had not met the row's person.
    weight : array of float, shape (n_rows,)
        What each row counts. The rows of one person weigh ``1 / (n_subjects + 1)`` together;
        the new person has the rest.
    """

    score: NDArray[np.float64]
    fold: NDArray[np.intp]
    weight: NDArray[np.float64]

    @property
    def n_subjects(self) -> int:
        """How many persons it was learned from."""
        return round(1 / (1 - float(self.weight.sum()))) - 1

    @property
    def highest_level(self) -> float:
        """The level beyond which intervals are infinite: all but the new person's weight."""
        return self.n_subjects / (self.n_subjects + 1)


def calibrate(
    error: ArrayLike, spread: ArrayLike, *, fold: ArrayLike, subject: ArrayLike
) -> ConformalCalibration:
    """Learn from errors on left-out persons how wide intervals must be.

    Parameters
    ----------
    error : array of float, shape (n_rows,)
        Rated minus estimated score of each row, by a model that had not met its person.
    spread : array of float, shape (n_rows,)
        How large an error was to be expected, above 0; known without the row's own error. Ones
        give intervals of one width for all.
    fold : array of int, shape (n_rows,)
        The fold that left the row out.
    subject : array, shape (n_rows,)
        Whose row it is.

    Returns
    -------
    ConformalCalibration

    Raises
    ------
    EvaluationError
        If lengths differ, a value is not finite, or a spread is not above 0.

    References
    ----------
    Lee, Y., Barber, R. F., & Willett, R. (2023). Distribution-free inference with hierarchical
    data. arXiv:2306.06342
    """
    numbered = number_subjects(subject)
    errors = check_estimates(error, subject=numbered, name="error")
    spreads = check_estimates(spread, subject=numbered, name="spread")
    folds = check_estimates(fold, subject=numbered, name="fold").astype(np.intp)
    if not (spreads > 0).all():
        raise EvaluationError(
            f"spread must be above 0 for every row; got {spreads.min():g}. "
            "Give the error that is to be expected, in points."
        )
    n_own = np.bincount(numbered.number)[numbered.number]
    return ConformalCalibration(
        score=np.abs(errors) / spreads,
        fold=folds,
        weight=1 / (n_own * (len(numbered.names) + 1)),
    )


def cv_plus_interval(
    calibration: ConformalCalibration,
    estimates: NDArray[np.float64],
    *,
    spread: NDArray[np.float64],
    level: float = 0.9,
) -> NDArray[np.float64]:
    """Give the intervals of new persons (CV+, each person counting once).

    Every calibration row says how far its own fold's model may be wrong about somebody new:
    ``estimate of that model ± score of the row × spread``. The interval reaches from the low to
    the high quantile of all these ends. If the new person is exchangeable with those of the
    calibration, it holds the score with a probability of at least ``2 × level - 1`` whatever the
    model does, and of about `level` for a model that one person hardly changes.

    Parameters
    ----------
    calibration : ConformalCalibration
    estimates : array of float, shape (n_folds, n_new)
        What the model of each fold says of each new row.
    spread : array of float, shape (n_new,)
        How large an error is to be expected.
    level : float, default 0.9

    Returns
    -------
    array of float, shape (n_new, 2)
        Low and high ends; infinite where there are too few persons for the level
        (``1 / (1 - level) - 1`` are needed). Not clipped to a scale.

    Raises
    ------
    EvaluationError
        If the level does not lie between 0 and 1, or a fold has no estimates.

    References
    ----------
    Barber, R. F., Candès, E. J., Ramdas, A., & Tibshirani, R. J. (2021). Predictive inference
    with the jackknife+. Ann Stat 49(1). doi:10.1214/20-AOS1965

    Examples
    --------
    >>> import numpy as np
    >>> error = np.arange(1.0, 20.0)
    >>> known = calibrate(error, np.ones(19), fold=np.zeros(19), subject=np.arange(19))
    >>> cv_plus_interval(known, np.array([[30.0]]), spread=np.ones(1), level=0.9)
    array([[12., 48.]])
    """
    _check_level(level)
    if calibration.fold.max() >= len(estimates):
        raise EvaluationError(
            f"estimates must have a row for each of the {calibration.fold.max() + 1} folds of "
            f"the calibration; got {len(estimates)}."
        )
    middle = estimates[calibration.fold]  # (n_rows, n_new)
    reach = np.outer(calibration.score, spread)
    low = -_upper_quantile(reach - middle, calibration.weight, level)
    high = _upper_quantile(reach + middle, calibration.weight, level)
    return np.column_stack([low, high])


def left_out_interval(
    calibration: ConformalCalibration,
    estimate: NDArray[np.float64],
    *,
    spread: NDArray[np.float64],
    level: float = 0.9,
) -> NDArray[np.float64]:
    """Give the interval of each calibration row, as the rows of the other folds know it.

    The honest way to ask how often intervals hold, on the cohort that calibrates them.

    Parameters
    ----------
    calibration : ConformalCalibration
    estimate : array of float, shape (n_rows,)
        Of the model that had not met the row's person.
    spread : array of float, shape (n_rows,)
    level : float, default 0.9

    Returns
    -------
    array of float, shape (n_rows, 2)
        Not clipped to a scale.
    """
    _check_level(level)
    reach = np.full(len(estimate), np.inf)
    for fold in np.unique(calibration.fold):
        own = calibration.fold == fold
        weight = calibration.weight[~own]
        one = 1 - calibration.weight.sum()  # what a person weighs
        weight = weight / (one + weight.sum())
        reach[own] = _upper_quantile(calibration.score[~own][:, np.newaxis], weight, level)
    return np.column_stack([estimate - reach * spread, estimate + reach * spread])


def _upper_quantile(
    values: NDArray[np.float64], weight: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Find for each column the least value at which the weights reach the level, or infinity."""
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(weight[order], axis=0) >= level - _ROUNDING
    first = np.argmax(reached, axis=0)
    found = np.take_along_axis(np.take_along_axis(values, order, 0), first[np.newaxis], 0)[0]
    quantile: NDArray[np.float64] = np.where(reached.any(axis=0), found, np.inf)
    return quantile


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise EvaluationError(f"level must lie between 0 and 1, such as 0.9; got {level:g}.")
