"""What can be measured of marker positions that may be faulty, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.gaps import gap_runs
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
_CLOSE = 0.35  # of the distance between two points, that each may miss the other's place by
_JUMP_NOISE_QUANTILE = 0.9


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
    jumping = _jumps(points, missing, rate_hz=rate_hz, settings=settings)
    swapped, partner, explained = _swaps(points, jumping)
    return PointMeasures(
        gap=worse_share(missing, window),
        gap_s=np.array(longest) / rate_hz,
        frozen=worse_share(frozen, window),
        jumps=_between(jumping, points.shape[-1], explained),
        jump_m=_largest(jumping),
        swapped=swapped,
        partner=partner,
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


@dataclass(frozen=True, eq=False)
class _Jump:
    """From one seen sample to the next, further than a body moves."""

    before: int
    after: int
    size_m: float


def _jumps(
    points: _Points,
    missing: NDArray[np.bool_],
    *,
    rate_hz: float,
    settings: QualitySettings,
) -> list[list[_Jump]]:
    """List the jumps of each point, across gaps too."""
    found: list[list[_Jump]] = [[] for _ in points]
    steps = np.diff(points, axis=-1)
    bends = np.linalg.norm(np.diff(steps, axis=-1), axis=1)
    limit = settings.jump_m + settings.jump_m_s2 / rate_hz**2
    usual = at_rank(np.nan_to_num(bends), 0.5)
    limits = np.maximum(limit, settings.jump_noise * usual)
    with np.errstate(invalid="ignore"):
        bent = bends > limits[:, np.newaxis]
    for point in np.flatnonzero(bent.any(axis=1) | missing.any(axis=1)):
        seen = np.flatnonzero(~missing[point])
        if seen.size < 4:
            continue
        found[point] = _jumps_of(
            points[point][:, seen], seen, limit_m=float(limits[point]), rate_hz=rate_hz
        )
    return found


_FASTEST_M_S = 6.0


def _jumps_of(
    places: _Points, seen: NDArray[np.intp], *, limit_m: float, rate_hz: float
) -> list[_Jump]:
    """Compare each step with the mean of the steps around it."""
    apart = np.diff(seen)
    steps = np.diff(places, axis=1)
    pace = steps / apart
    before = np.concatenate([pace[:, :1], pace[:, :-1]], axis=1)
    after = np.concatenate([pace[:, 1:], pace[:, -1:]], axis=1)
    # A lone jump leaves the pace before and after it as it was.
    calmer = np.linalg.norm(before, axis=0) < np.linalg.norm(after, axis=0)
    expected = np.where(calmer, before, after) * apart
    surprise = np.linalg.norm(steps - expected, axis=0)
    allowed = limit_m * np.where(apart > 1, apart, 1)
    allowed = np.where(
        apart > 1, np.minimum(allowed, _FASTEST_M_S * apart / rate_hz + limit_m), allowed
    )
    at = np.flatnonzero(surprise > allowed)
    return [_Jump(int(seen[one]), int(seen[one + 1]), float(surprise[one])) for one in at]


def _swaps(
    points: _Points, jumping: list[list[_Jump]]
) -> tuple[_Floats, NDArray[np.intp], list[set[int]]]:
    """Pair jumps of two points at one time that land in each other's place."""
    n_points, _, n_samples = points.shape
    partner = np.full(n_points, -1)
    swaps: dict[tuple[int, int], list[int]] = {}
    explained: list[set[int]] = [set() for _ in range(n_points)]
    for one in range(n_points):
        for jump in jumping[one]:
            for other in range(one + 1, n_points):
                match = _trades_places(points, jump, one, other, jumping[other])
                if match is not None:
                    swaps.setdefault((one, other), []).append(jump.after)
                    explained[one].add(jump.after)
                    explained[other].add(match)
    share = np.zeros(n_points)
    for (one, other), at in swaps.items():
        edges = [*sorted(at)] if len(at) % 2 == 0 else [*sorted(at), n_samples]
        length = sum(edges[k + 1] - edges[k] for k in range(0, len(edges), 2)) / n_samples
        length = min(length, 1 - length) or length
        for point, with_whom in ((one, other), (other, one)):
            if length > share[point]:
                share[point], partner[point] = length, with_whom
    return share, partner, explained


def _trades_places(
    points: _Points, jump: _Jump, one: int, other: int, jumps: list[_Jump]
) -> int | None:
    for answer in jumps:
        if answer.before > jump.after or jump.before > answer.after:
            continue
        old_one, new_one = points[one][:, jump.before], points[one][:, jump.after]
        old_other, new_other = points[other][:, answer.before], points[other][:, answer.after]
        apart = _CLOSE * float(np.linalg.norm(old_one - old_other))
        if (
            float(np.linalg.norm(new_one - old_other)) < apart
            and float(np.linalg.norm(new_other - old_one)) < apart
        ):
            return answer.after
    return None


def _between(jumping: list[list[_Jump]], n_samples: int, explained: list[set[int]]) -> _Floats:
    """Give the share of samples between jumps there and back, leaving out swaps."""
    shares = np.zeros(len(jumping))
    for point, jumps in enumerate(jumping):
        at = [jump.after for jump in jumps if jump.after not in explained[point]]
        if not at:
            continue
        edges = at if len(at) % 2 == 0 else [*at, at[-1] + 1]
        length = sum(edges[k + 1] - edges[k] for k in range(0, len(edges), 2))
        shares[point] = length / n_samples
    return shares


def _largest(jumping: list[list[_Jump]]) -> _Floats:
    return np.array([max((jump.size_m for jump in jumps), default=0.0) for jumps in jumping])


def _spread(points: _Points) -> float:
    places = points.astype(np.float64).reshape(len(points), 3, -1)
    seen = np.all(np.isfinite(places), axis=1)
    if not seen.any():
        return float("nan")
    counts = seen.sum(axis=1)
    rows = counts > 0
    means = np.where(seen[:, np.newaxis], places, 0).sum(axis=-1)[rows] / counts[rows, np.newaxis]
    return float(np.median(np.linalg.norm(means - means.mean(axis=0), axis=1)))
