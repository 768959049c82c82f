"""An EWMA control chart, which shows whether the level has left that of the first visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ControlChart", "control_chart", "ewma"]


def ewma(values: NDArray[np.float64], *, weight: float, start: float) -> NDArray[np.float64]:
    """Smooth values by an exponentially weighted moving average.

    Parameters
    ----------
    values : array of float, shape (n,)
    weight : float
        Of the newest value, above 0 and up to 1.
    start : float
        Where the average begins.

    Returns
    -------
    array of float, shape (n,)
        z_i = weight * x_i + (1 - weight) * z_(i-1).

    References
    ----------
    Roberts, S. W. (1959). Control chart tests based on geometric moving averages.
    *Technometrics* 1, 239-250. doi:10.1080/00401706.1959.10489860

    Examples
    --------
    >>> ewma(np.array([4.0, 4.0]), weight=0.5, start=0.0).tolist()
    [2.0, 3.0]
    """
    smoothed = np.empty(len(values))
    level = start
    for index, value in enumerate(values):
        level = weight * value + (1 - weight) * level
        smoothed[index] = level
    return smoothed


@dataclass(frozen=True)
class ControlChart:
    """Hold an EWMA chart of a course.

    Attributes
    ----------
    centre : float
        Mean of the first visits, in points.
    first : int
        Index of the first visit that is charted: the one after those of the centre.
    smoothed, low, high : array of float, shape (n_visits - first,)
        The average and its limits at each charted visit, in points.
    """

    centre: float
    first: int
    smoothed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready: the limits at the last visit, and the average at each."""
        return {
            "centre": self.centre,
            "low": float(self.low[-1]),
            "high": float(self.high[-1]),
            "statistic": "ewma",
            "first_charted": self.first,
            "values": [float(one) for one in self.smoothed],
        }


def control_chart(
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    baseline_visits: int,
    weight: float,
    width_sd: float,
    clip_sd: float,
) -> ControlChart | None:
    """Chart whether the level has left where it was at the first visits.

    The limits lie `width_sd` standard deviations of *average minus centre* from the centre: the
    error of the centre and the correlation of visits in time are in it.

    Parameters
    ----------
    scores : array of float, shape (n_visits,)
        Points.
    covariance : array of float, shape (n_visits, n_visits)
        Of unchanged visits; see `visit_covariance`.
    baseline_visits : int
        How many first visits make the centre.
    weight : float
        Of the newest visit, above 0 and up to 1.
    width_sd : float
        How wide the limits are.
    clip_sd : float
        No visit counts as further than so many of its standard deviations from the median of the
        first visits, so that one outlier moves nothing much.

    Returns
    -------
    ControlChart or None
        None, if there is no visit after those of the centre.
    """
    first = baseline_visits
    if len(scores) <= first:
        return None
    reach = clip_sd * np.sqrt(np.diag(covariance))
    middle = np.median(scores[:first])
    kept = np.clip(scores, middle - reach, middle + reach)
    centre = float(kept[:first].mean())
    weights = _weights(len(scores), first, weight)
    sd = np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))
    return ControlChart(
        centre=centre,
        first=first,
        smoothed=ewma(kept[first:], weight=weight, start=centre),
        low=centre - width_sd * sd,
        high=centre + width_sd * sd,
    )


def _weights(n_visits: int, first: int, weight: float) -> NDArray[np.float64]:
    """Give the weight of each visit in *average minus centre*, one row per charted visit."""
    rows = np.zeros((n_visits - first, n_visits))
    row = np.zeros(n_visits)
    for index in range(n_visits - first):
        row = (1 - weight) * row
        row[first + index] += weight
        rows[index] = row
    # what is not yet in the average still stands on the centre
    rows[:, :first] = -rows[:, first:].sum(axis=1, keepdims=True) / first
    return rows
