"""Where marker points move further from one sample to the next than a body does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.ranks import at_rank
from hybridmfp.preprocessing.quality.settings import QualitySettings

__all__ = ["Jump", "find_jumps", "share_between"]

_Points = NDArray[np.float32]

_FEWEST_SEEN = 4
_FASTEST_M_S = 6.0  # across a gap


@dataclass(frozen=True, eq=False)
class Jump:
    """From one seen sample to the next, further than a body moves.

    Attributes
    ----------
    before, after : int
        The samples.
    size_m : float
        Beyond what the movement around it explains, in metres.
    """

    before: int
    after: int
    size_m: float


def find_jumps(
    points: _Points, missing: NDArray[np.bool_], *, rate_hz: float, settings: QualitySettings
) -> list[list[Jump]]:
    """List the jumps of each point, across gaps too.

    Parameters
    ----------
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    missing : array of bool, shape (n_points, n_samples)
    rate_hz : float
        Samples per second.
    settings : QualitySettings
    """
    found: list[list[Jump]] = [[] for _ in points]
    bends = np.linalg.norm(np.diff(points, n=2, axis=-1), axis=1)
    usual = at_rank(np.nan_to_num(bends), 0.5)
    limit = settings.jump_m + settings.jump_m_s2 / rate_hz**2
    limits = np.maximum(limit, settings.jump_noise * usual)
    with np.errstate(invalid="ignore"):
        bent = bends > limits[:, np.newaxis]
    for point in np.flatnonzero(bent.any(axis=1) | missing.any(axis=1)):
        seen = np.flatnonzero(~missing[point])
        if seen.size >= _FEWEST_SEEN:
            places = points[point][:, seen]
            found[point] = _jumps_of(places, seen, limit_m=float(limits[point]), rate_hz=rate_hz)
    return found


def _jumps_of(
    places: _Points, seen: NDArray[np.intp], *, limit_m: float, rate_hz: float
) -> list[Jump]:
    """Compare each step with the calmer of the steps before and after it."""
    apart = np.diff(seen)
    steps = np.diff(places, axis=1)
    pace = steps / apart
    before = np.concatenate([pace[:, :1], pace[:, :-1]], axis=1)
    after = np.concatenate([pace[:, 1:], pace[:, -1:]], axis=1)
    # A lone jump leaves the pace before and after it as it was.
    calmer = np.linalg.norm(before, axis=0) < np.linalg.norm(after, axis=0)
    expected = np.where(calmer, before, after) * apart
    surprise = np.linalg.norm(steps - expected, axis=0)
    across = np.minimum(limit_m * apart, _FASTEST_M_S * apart / rate_hz + limit_m)
    at = np.flatnonzero(surprise > np.where(apart > 1, across, limit_m))
    return [Jump(int(seen[one]), int(seen[one + 1]), float(surprise[one])) for one in at]


def share_between(jumps: Sequence[Jump], n_samples: int) -> float:
    """Give the share of the samples between jumps there and back; one sample for a lone jump."""
    if not jumps:
        return 0.0
    edges = [jump.after for jump in jumps]
    if len(edges) % 2:
        edges.append(edges[-1] + 1)
    length = sum(stop - start for start, stop in zip(edges[::2], edges[1::2], strict=True))
    return length / n_samples
