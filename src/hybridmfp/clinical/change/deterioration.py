"""A real fall from the best level that was kept up, which single bad visits cannot feign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fall", "Stretch", "find_falls"]


@dataclass(frozen=True)
class Stretch:
    """Say how many visits, over how many days, make a level.

    Attributes
    ----------
    visits : int
        At least.
    days : float
        At least, from the first visit of it to the last: days in a row have noise in common.
    """

    visits: int
    days: float

    def starts(self, days: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give for each visit where the shortest stretch that ends there begins; -1 for none.

        Examples
        --------
        >>> Stretch(2, 3.0).starts(np.array([0.0, 1.0, 4.0, 5.0])).tolist()
        [-1, -1, 1, 1]
        """
        by_days = np.searchsorted(days, days - self.days + 1e-9, side="right") - 1
        by_visits = np.arange(len(days)) - self.visits + 1
        return np.maximum(np.minimum(by_days, by_visits), -1)


@dataclass(frozen=True)
class Fall:
    """Hold how far the level lies below the best one that was kept up.

    Attributes
    ----------
    points : float
        From the best level to that of the late visits.
    late_visits : int
        How many visits the late level is made of.
    sds : float
        The same in standard deviations of what unchanged visits would do.
    """

    points: float
    late_visits: int
    sds: float


@dataclass(frozen=True)
class _Levels:
    """Levels of stretches, by row: [first, end) with mean and median."""

    first: NDArray[np.int64]
    end: NDArray[np.int64]
    mean: NDArray[np.float64]
    median: NDArray[np.float64]


def find_falls(
    days: NDArray[np.float64],
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    best: Stretch,
    late: Sequence[Stretch],
    median_factor: float,
) -> tuple[Fall | None, ...]:
    """Find at each visit the clearest fall from the best level to that of the last visits.

    A level is the mean of consecutive visits. The medians must have fallen as well, so that no
    single visit makes a fall: a fall counts as no more than `median_factor` times that of the
    medians. Each visit is judged by what was known then.

    Parameters
    ----------
    days : array of float, shape (n_visits,)
        Ascending.
    scores : array of float, shape (n_visits,)
        Points.
    covariance : array of float, shape (n_visits, n_visits)
        Of unchanged visits; see `visit_covariance`.
    best : Stretch
        What makes a level that was kept up.
    late : sequence of Stretch
        What may make the late level.
    median_factor : float
        1 or more.

    Returns
    -------
    tuple of Fall or None, one per visit
        None while there are too few visits.
    """
    sums = np.zeros((len(scores) + 1, len(scores) + 1))
    sums[1:, 1:] = covariance.cumsum(axis=0).cumsum(axis=1)
    early = _levels(best.starts(days), scores)
    found: list[Fall | None] = [None] * len(scores)
    for stretch in late:
        last = _levels(stretch.starts(days), scores)
        for row, end in enumerate(last.end):
            before = int(np.searchsorted(early.end, last.first[row], side="right"))
            if before == 0:
                continue
            fall = _clearest(early, before, last, row, sums, median_factor)
            known = found[end - 1]
            if known is None or fall.sds > known.sds:
                found[end - 1] = fall
    return tuple(found)


def _levels(starts: NDArray[np.int64], scores: NDArray[np.float64]) -> _Levels:
    end = np.flatnonzero(starts >= 0) + 1
    first = starts[end - 1]
    stretches = [scores[a:b] for a, b in zip(first, end, strict=True)]
    return _Levels(
        first,
        end,
        np.array([one.mean() for one in stretches]),
        np.array([np.median(one) for one in stretches]),
    )


def _clearest(
    early: _Levels,
    before: int,
    late: _Levels,
    row: int,
    sums: NDArray[np.float64],
    median_factor: float,
) -> Fall:
    a, b = early.first[:before], early.end[:before]
    c, d = int(late.first[row]), int(late.end[row])
    own = _block(sums, a, b, a, b) / (b - a) ** 2
    other = _block(sums, c, d, c, d) / (d - c) ** 2
    both = _block(sums, a, b, c, d) / ((b - a) * (d - c))
    points = early.mean[:before] - late.mean[row]
    medians = median_factor * (early.median[:before] - late.median[row])
    sds = np.minimum(points, medians) / np.sqrt(own + other - 2 * both)
    best = int(np.argmax(sds))
    return Fall(float(points[best]), d - c, float(sds[best]))


def _block(
    sums: NDArray[np.float64],
    first: NDArray[np.int64] | int,
    end: NDArray[np.int64] | int,
    other_first: NDArray[np.int64] | int,
    other_end: NDArray[np.int64] | int,
) -> NDArray[np.float64]:
    """Sum a covariance over rows [first, end) and columns [other_first, other_end)."""
    block: NDArray[np.float64] = (
        sums[end, other_end]
        - sums[first, other_end]
        - sums[end, other_first]
        + sums[first, other_first]
    )
    return block
