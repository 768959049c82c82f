"""What can be measured of marker positions that may be faulty, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.gaps import gap_runs
from hybridmfp.preprocessing.quality.point_jumps import find_jumps, share_between
from hybridmfp.preprocessing.quality.point_swaps import find_label_swaps
from hybridmfp.preprocessing.quality.ranks import at_rank, worse_share
from hybridmfp.preprocessing.quality.settings import QualitySettings

__all__ = ["PointMeasures", "measure_points", "movement_span"]

_Points = NDArray[np.float32]
_Floats = NDArray[np.float64]
Window = tuple[int, int]

_FAST = 0.75  # quantile over points
_PEAK = 0.95  # quantile over time
_MOVING = 0.10  # of the peak
_BLOCK_S = 0.1  # over which noise is averaged
_FEWEST_BLOCKS = 3


@dataclass(frozen=True, eq=False)
class PointMeasures:
    """Hold one figure per point, each of shape (n_points,).

    Attributes
    ----------
    gap, gap_s : array of float
        Share not seen, of the trial or of the movement if larger; longest gap in seconds.
    frozen : array of float
        Share in which the place repeats exactly.
    jumps : array of float
        Share of the samples between jumps there and back, at least one sample for each jump.
    jump_m : array of float
        Largest jump, in metres.
    swapped : array of float
        Share of the trial for which the point stood in the place of another.
    partner : array of int
        Which other one; -1 where none.
    spread_m : float
        Median distance of the points from their middle, in metres; NaN if none is seen.
    """

    gap: _Floats
    gap_s: _Floats
    frozen: _Floats
    jumps: _Floats
    jump_m: _Floats
    swapped: _Floats
    partner: NDArray[np.intp]
    spread_m: float


def movement_span(points: _Points, *, rate_hz: float) -> Window | None:
    """Find when the fastest points move: first and last sample above a tenth of the peak.

    Parameters
    ----------
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    rate_hz : float
        Samples per second.

    Returns
    -------
    tuple of int or None
        None where nothing moves or nothing is seen.
    """
    step = max(1, round(_BLOCK_S * rate_hz))
    n_blocks = points.shape[-1] // step
    if n_blocks < _FEWEST_BLOCKS:
        return None
    coarse = points[..., : n_blocks * step].reshape(*points.shape[:2], n_blocks, step).mean(axis=-1)
    moved = np.linalg.norm(np.diff(coarse, axis=-1), axis=1)
    seen = np.isfinite(moved).mean(axis=1) > 0.5
    if not seen.any():
        return None
    speed = at_rank(np.nan_to_num(moved[seen]).T, _FAST)
    if not speed.max() > 0:
        return None
    fast = np.flatnonzero(speed > _MOVING * at_rank(speed, _PEAK))
    return int(fast[0] * step), int(min(points.shape[-1], (fast[-1] + 2) * step))


def measure_points(
    points: _Points,
    *,
    rate_hz: float,
    window: Window | None = None,
    settings: QualitySettings | None = None,
) -> PointMeasures:
    """Measure what may be wrong with positions, point by point.

    Parameters
    ----------
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap. A sample with any axis missing counts as missing.
    rate_hz : float
        Samples per second.
    window : tuple of int, optional
        First sample of the movement, and the first after it.
    settings : QualitySettings, optional

    Returns
    -------
    PointMeasures
    """
    settings = settings or QualitySettings()
    missing = np.any(~np.isfinite(points), axis=1)
    gaps = [gap_runs(row) for row in missing]
    longest = [float((runs[:, 1] - runs[:, 0]).max()) if len(runs) else 0.0 for runs in gaps]
    frozen = _frozen(points, rate_hz=rate_hz, shortest_s=settings.frozen_s)
    jumps = find_jumps(points, missing, rate_hz=rate_hz, settings=settings)
    swaps = find_label_swaps(points, missing, jumps)
    return PointMeasures(
        gap=worse_share(missing, window),
        gap_s=np.array(longest) / rate_hz,
        frozen=worse_share(frozen, window),
        jumps=np.array([share_between(mine, points.shape[-1]) for mine in swaps.left_over]),
        jump_m=np.array([max((j.size_m for j in mine), default=0.0) for mine in jumps]),
        swapped=swaps.share,
        partner=swaps.partner,
        spread_m=_spread(points),
    )


def _frozen(points: _Points, *, rate_hz: float, shortest_s: float) -> NDArray[np.bool_]:
    same = (points[..., 1:] == points[..., :-1]).all(axis=1)
    shortest = max(2, round(shortest_s * rate_hz))
    frozen = np.zeros((len(points), points.shape[-1]), dtype=bool)
    for point in np.flatnonzero(same.sum(axis=1) >= shortest):
        for start, stop in gap_runs(same[point]):
            if stop - start >= shortest:
                frozen[point, start : stop + 1] = True
    return frozen


def _spread(points: _Points) -> float:
    places = points.astype(np.float64).reshape(len(points), 3, -1)
    seen = np.all(np.isfinite(places), axis=1)
    if not seen.any():
        return float("nan")
    counts = seen.sum(axis=1)
    rows = counts > 0
    means = np.where(seen[:, np.newaxis], places, 0).sum(axis=-1)[rows] / counts[rows, np.newaxis]
    return float(np.median(np.linalg.norm(means - means.mean(axis=0), axis=1)))
