"""What is known of the sessions a network learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Scale

__all__ = ["Labels", "Ratings", "labels_of"]

Ratings = Mapping[tuple[str, str], Mapping[str, float]]
"""Points of rated items by (subject, session)."""

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Labels:
    """Hold what was rated; NaN is not rated.

    Attributes
    ----------
    total : array of float32, shape (n_sessions,)
        In points.
    items : array of float32, shape (n_sessions, n_items)
        In points; no column where the scale has no items or none was rated.
    """

    total: NDArray[np.float32]
    items: NDArray[np.float32]


def labels_of(
    keys: Sequence[tuple[str, str]], total: NDArray[np.float64], scale: Scale, ratings: Ratings
) -> Labels:
    """Put totals and items side by side.

    Items count only where they are possible with the total that is given. Where every item was
    rated, a score that was permuted for a test therefore meets no items but those of persons
    with the same score; partly rated items may remain possible with it.

    Parameters
    ----------
    keys : sequence of (str, str)
        Subject and session of each row.
    total : array of float, shape (n_sessions,)
    scale : Scale
    ratings : mapping
    """
    items = np.full((len(keys), len(scale.items)), np.nan, dtype=np.float32)
    for row, key in enumerate(keys):
        rated = ratings.get(key, {})
        points = np.array([rated.get(item.identifier, np.nan) for item in scale.items])
        if rated and _possible(points, scale, float(total[row])):
            items[row] = points
    if not np.isfinite(items).any():
        items = items[:, :0]
    return Labels(total=total.astype(np.float32), items=items)


def _possible(points: NDArray[np.float64], scale: Scale, total: float) -> bool:
    lowest = np.where(np.isfinite(points), points, [item.levels[0] for item in scale.items])
    highest = np.where(np.isfinite(points), points, [item.levels[-1] for item in scale.items])
    return bool(lowest.sum() - _SAME <= total <= highest.sum() + _SAME)
