"""Whether intervals hold what they promise: overall, by group, and over their whole width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.conformal import ConformalCalibration

__all__ = ["Coverage", "coverage_by_group", "probability_transform", "severity_terciles"]

_TERCILES = ("lowest third of scores", "middle third of scores", "highest third of scores")


@dataclass(frozen=True)
class Coverage:
    """Say how often intervals held the rated score.

    Attributes
    ----------
    group : str
    n : int
        Rows.
    coverage : float
        Share of rows whose interval holds the score.
    width : float
        Mean width, in points.
    mae : float
        Mean absolute error, in points.
    """

    group: str
    n: int
    coverage: float
    width: float
    mae: float


def coverage_by_group(
    rated: NDArray[np.float64],
    estimate: NDArray[np.float64],
    interval: NDArray[np.float64],
    *,
    groups: Mapping[str, NDArray[np.bool_]],
) -> tuple[Coverage, ...]:
    """Count how often intervals hold the score, over all and in each group.

    Parameters
    ----------
    rated, estimate : array of float, shape (n_rows,)
    interval : array of float, shape (n_rows, 2)
    groups : mapping of str to array of bool, shape (n_rows,)
        Which rows belong to a group, by its name; groups may overlap.

    Returns
    -------
    tuple of Coverage
        ``"all"`` first, then the groups that have a row, in order.

    Raises
    ------
    EvaluationError
        If lengths differ.
    """
    if interval.shape != (len(rated), 2) or estimate.shape != rated.shape:
        raise EvaluationError(
            f"interval must have two ends for each of {len(rated)} rows; got {interval.shape}."
        )
    everybody = {"all": np.ones(len(rated), dtype=bool)}
    return tuple(
        _coverage(name, own, rated, estimate, interval)
        for name, own in {**everybody, **groups}.items()
        if own.any()
    )


def severity_terciles(rated: ArrayLike) -> dict[str, NDArray[np.bool_]]:
    """Divide rows by thirds of their rated scores, the most impaired first.

    Parameters
    ----------
    rated : array of float, shape (n_rows,)

    Returns
    -------
    dict of str to array of bool, shape (n_rows,)
        Equal scores stay together, so the thirds need not be equally large.
    """
    scores = np.asarray(rated, dtype=np.float64)
    third = np.searchsorted(np.quantile(scores, [1 / 3, 2 / 3]), scores, side="left")
    return {name: third == at for at, name in enumerate(_TERCILES)}


def probability_transform(
    calibration: ConformalCalibration, error: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Say where in its predictive distribution each rated score lies, 0 to 1.

    The distribution of a row is its estimate plus the scaled errors of all rows in other folds
    (with both signs kept). Uniform values mean that intervals of every level hold what they
    promise; a hump in the middle means too wide ones.

    Parameters
    ----------
    calibration : ConformalCalibration
    error, spread : array of float, shape (n_rows,)
        As in `calibrate`.

    Returns
    -------
    array of float, shape (n_rows,)

    References
    ----------
    Gneiting, T., Balabdaoui, F., & Raftery, A. E. (2007). Probabilistic forecasts, calibration
    and sharpness. J R Stat Soc B 69(2). doi:10.1111/j.1467-9868.2007.00587.x
    """
    scaled = error / spread
    elsewhere = calibration.fold[:, np.newaxis] != calibration.fold
    weight = np.where(elsewhere, calibration.weight, 0.0)
    below = (scaled[np.newaxis] < scaled[:, np.newaxis]) + 0.5 * (
        scaled[np.newaxis] == scaled[:, np.newaxis]
    )
    place: NDArray[np.float64] = (weight * below).sum(axis=1) / weight.sum(axis=1)
    return place


def _coverage(
    group: str,
    own: NDArray[np.bool_],
    rated: NDArray[np.float64],
    estimate: NDArray[np.float64],
    interval: NDArray[np.float64],
) -> Coverage:
    low, high = interval[own].T
    return Coverage(
        group=group,
        n=int(own.sum()),
        coverage=float(np.mean((low <= rated[own]) & (rated[own] <= high))),
        width=float(np.mean(high - low)),
        mae=float(np.mean(np.abs(rated[own] - estimate[own]))),
    )
