"""Figures that say how far estimated scores lie from rated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.agreement import (
    BlandAltman,
    bland_altman,
    concordance,
    intraclass_correlation,
    is_constant,
)
from hybridmfp.evaluation.design import check_estimates, number_subjects

__all__ = ["Metrics", "mean_absolute_error", "measure", "share_within"]

_ROUNDING_POINTS = 1e-9  # so that 16.1 counts as within one point of 15.1


@dataclass(frozen=True)
class Metrics:
    """Hold every figure of one comparison; e is estimated - rated, in points.

    Attributes
    ----------
    mae : float
        Mean of abs(e), in points.
    rmse : float
        Root of the mean of e², in points.
    r2 : float or None
        1 - sum e² / sum (rated - mean rated)²: 1 is perfect, 0 is no better than knowing the
        mean of the very scores that are judged. None if all rated scores are equal.
    pearson, spearman : float or None
        Linear and rank correlation; None if either side is constant. They forgive any bias.
    ccc : float or None
        Lin's concordance correlation coefficient; see `concordance`.
    icc : float or None
        ICC(2,1), absolute agreement; see `intraclass_correlation`.
    bland_altman : BlandAltman
        Bias and limits of agreement, in points.
    share_within_one_point : float
        Share of rows with abs(e) <= 1, between 0 and 1.
    share_within_mdc : float or None
        Share of rows with abs(e) <= the minimal detectable change; None if that is unknown.
    """

    mae: float
    rmse: float
    r2: float | None
    pearson: float | None
    spearman: float | None
    ccc: float | None
    icc: float | None
    bland_altman: BlandAltman
    share_within_one_point: float
    share_within_mdc: float | None


def measure(
    rated: ArrayLike,
    estimated: ArrayLike,
    *,
    subject: ArrayLike | None = None,
    mdc_points: float | None = None,
) -> Metrics:
    """Compare estimated scores with the rater's.

    Every row counts the same, also where one person has several.

    Parameters
    ----------
    rated, estimated : array-like, shape (n_rows,)
        Scores, in points.
    subject : array-like, shape (n_rows,), optional
        Whose row it is, to name in messages; row numbers by default.
    mdc_points : float, optional
        Minimal detectable change of the rating, in points, such as `Scale.mdc_points`.

    Returns
    -------
    Metrics
        All figures.

    Raises
    ------
    EvaluationError
        If the lengths differ, a value is not finite, there are fewer than two rows, or
        `mdc_points` is not positive.

    Examples
    --------
    >>> found = measure([10, 12, 20], [11, 12, 17], mdc_points=3)
    >>> round(found.mae, 4), round(found.share_within_one_point, 4), found.share_within_mdc
    (1.3333, 0.6667, 1.0)
    """
    if mdc_points is not None and not mdc_points > 0:
        raise EvaluationError(f"mdc_points must be positive, or None; got {mdc_points:g}.")
    whose = number_subjects(
        [f"row {row}" for row in range(np.size(rated))] if subject is None else subject
    )
    given = check_estimates(rated, subject=whose, name="rated")
    guessed = check_estimates(estimated, subject=whose, name="estimated")
    agreement = bland_altman(given, guessed)
    error = guessed - given
    return Metrics(
        mae=mean_absolute_error(given, guessed),
        rmse=float(np.sqrt(np.mean(error**2))),
        r2=_r2(given, error),
        pearson=_correlation(given, guessed),
        spearman=_correlation(rankdata(given), rankdata(guessed)),
        ccc=concordance(given, guessed),
        icc=intraclass_correlation(np.column_stack([given, guessed])),
        bland_altman=agreement,
        share_within_one_point=share_within(given, guessed, points=1.0),
        share_within_mdc=None
        if mdc_points is None
        else share_within(given, guessed, points=mdc_points),
    )


def mean_absolute_error(rated: NDArray[np.float64], estimated: NDArray[np.float64]) -> float:
    """Give the mean distance between two lists of scores, in points."""
    return float(np.mean(np.abs(estimated - rated)))


def share_within(
    rated: NDArray[np.float64], estimated: NDArray[np.float64], *, points: float
) -> float:
    """Give the share of estimates that lie at most so many points from the rating."""
    return float(np.mean(np.abs(estimated - rated) <= points + _ROUNDING_POINTS))


def _r2(rated: NDArray[np.float64], error: NDArray[np.float64]) -> float | None:
    if is_constant(rated):
        return None
    return float(1 - np.sum(error**2) / np.sum((rated - rated.mean()) ** 2))


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    if is_constant(one) or is_constant(other):
        return None
    one, other = one - one.mean(), other - other.mean()
    correlation = one @ other / np.sqrt((one @ one) * (other @ other))
    return float(np.clip(correlation, -1, 1))
