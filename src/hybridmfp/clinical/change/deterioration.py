"""A real fall from the best level that was kept up, which one bad day cannot feign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fall", "find_falls"]


@dataclass(frozen=True)
class Fall:
    """Hold how far the level lies below the best one that was kept up.

    Attributes
    ----------
    visit : int
        Index of the visit at which it is told.
    points : float
        From the best level to that of the late visits.
    late_visits : int
        How many visits the late level is made of.
    sds : float
        The same in standard deviations of what unchanged visits would do.
    """

    visit: int
    points: float
    late_visits: int
    sds: float


def find_falls(
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    baseline_visits: int,
    late_visits: Sequence[int],
) -> tuple[Fall | None, ...]:
    """Find at each visit the clearest fall from the best level to that of the last visits.

    A level is the mean of consecutive visits. Of the early ones the highest is left out, of the
    late ones the lowest, so that no single visit makes a fall. Each visit is judged by what was
    known then.

    Parameters
    ----------
    scores : array of float, shape (n_visits,)
        Points.
    covariance : array of float, shape (n_visits, n_visits)
        Of unchanged visits; see `visit_covariance`.
    baseline_visits : int
        How many consecutive visits make a level that was kept up; 2 or more.
    late_visits : sequence of int
        How many of the last visits may make the late level; each 2 or more.

    Returns
    -------
    tuple of Fall or None, one per visit
        None while there are too few visits.
    """
    sums = np.zeros((len(scores) + 1, len(scores) + 1))
    sums[1:, 1:] = covariance.cumsum(axis=0).cumsum(axis=1)
    early = _means_without(scores, baseline_visits, np.max)
    found: list[Fall | None] = [None] * len(scores)
    for late in late_visits:
        level = _means_without(scores, late, np.min)
        for visit in range(baseline_visits + late - 1, len(scores)):
            start = visit - late + 1
            one = _clearest(early[: start - baseline_visits + 1], level[start], sums, start, late)
            best = found[visit]
            if best is None or one.sds > best.sds:
                found[visit] = one
    return tuple(found)


def _means_without(
    scores: NDArray[np.float64], length: int, extreme: np.ufunc | object
) -> NDArray[np.float64]:
    """Give the mean of each `length` consecutive visits without their extreme one."""
    if len(scores) < length:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(scores, length)
    means: NDArray[np.float64] = (windows.sum(axis=1) - extreme(windows, axis=1)) / (length - 1)  # type: ignore[operator]
    return means


def _clearest(
    early: NDArray[np.float64],
    level: float,
    sums: NDArray[np.float64],
    start: int,
    late: int,
) -> Fall:
    first = np.arange(len(early))
    length = start - (len(early) - 1)
    last = first + length
    end = start + late
    own = sums[last, last] - sums[first, last] - sums[last, first] + sums[first, first]
    other = sums[end, end] - 2 * sums[start, end] + sums[start, start]
    both = sums[last, end] - sums[first, end] - sums[last, start] + sums[first, start]
    sd = np.sqrt(own / length**2 + other / late**2 - 2 * both / (length * late))
    sds = (early - level) / sd
    best = int(np.argmax(sds))
    return Fall(start + late - 1, float(early[best] - level), late, float(sds[best]))
