"""A plateau: no slope to be seen, and none left that would matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.change.trend_prior import TrendPrior
from hybridmfp.clinical.sourced import Source

__all__ = ["Plateau", "PlateauRule", "find_plateau"]

# so wide that the data alone decide: generalised least squares
_FLAT = TrendPrior(
    mean=np.array([33.0, 0.0]),
    covariance=np.diag([1e6, 1e4]),
    residual_sd=0.0,
    time_scale="weeks",
    source=Source("no prior", "assumption"),
)


@dataclass(frozen=True)
class PlateauRule:
    """Say what makes a plateau.

    Attributes
    ----------
    windows_weeks : sequence of float
        Lengths of stretches to look at. Each is prolonged back to the visit that completes it,
        and to `fewest_visits`.
    fewest_visits : int
    ruled_out_per_week : float
        Gain that the interval of the slope must lie below, in points per week.
    z : float
        Half-width of that interval, in standard deviations.
    """

    windows_weeks: Sequence[float]
    fewest_visits: int
    ruled_out_per_week: float
    z: float


@dataclass(frozen=True)
class Plateau:
    """Hold a stretch without noticeable gain.

    Attributes
    ----------
    first_visit : int
        Index of the first visit of the stretch; the last is the last one given.
    weeks : float
        How long it is.
    slope_interval : tuple of float
        Points per week.
    """

    first_visit: int
    weeks: float
    slope_interval: tuple[float, float]


def find_plateau(
    weeks: NDArray[np.float64],
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
    rule: PlateauRule,
) -> Plateau | None:
    """Find the longest stretch up to the last visit whose slope is a plateau's.

    That is a slope whose interval holds 0 and lies below what would matter. The slope is that of
    a straight line by generalised least squares: a prior that expects no change would make
    plateaus out of little data.

    Parameters
    ----------
    weeks : array of float, shape (n_visits,)
        Since the stroke, ascending.
    scores : array of float, shape (n_visits,)
        Points.
    covariance : array of float, shape (n_visits, n_visits)
        Of unchanged visits.
    rule : PlateauRule

    Returns
    -------
    Plateau or None
    """
    for first in sorted(_starts(weeks, rule.windows_weeks, rule.fewest_visits)):
        line = _FLAT.given(weeks[first:], scores[first:], covariance=covariance[first:, first:])
        slope, sd = line.slope_at(float(weeks[-1]))
        low, high = slope - rule.z * sd, slope + rule.z * sd
        if low <= 0 <= high < rule.ruled_out_per_week:
            return Plateau(first, float(weeks[-1] - weeks[first]), (low, high))
    return None


def _starts(
    weeks: NDArray[np.float64], windows_weeks: Sequence[float], fewest_visits: int
) -> set[int]:
    if len(weeks) < fewest_visits:
        return set()
    latest = len(weeks) - fewest_visits
    starts = set()
    for window in windows_weeks:
        long_enough = np.flatnonzero(weeks[-1] - weeks >= window - 1e-9)
        if len(long_enough):
            starts.add(min(int(long_enough[-1]), latest))
    return starts
