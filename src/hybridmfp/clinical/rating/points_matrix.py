"""Points of persons by items: what may be in them, and the steps that they mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import ClinicalError

__all__ = [
    "Levels",
    "as_matrix",
    "levels_given",
    "levels_occurring",
    "refuse_empty",
    "refuse_empty_rows",
    "refuse_unseen",
    "steps_taken",
]

Array = NDArray[np.float64]
Levels = tuple[tuple[int, ...], ...]
"""The points that each item can have, ascending."""

_FEWEST_PERSONS, _FEWEST_ITEMS = 3, 2


def as_matrix(X: ArrayLike) -> Array:
    """Give points as an array; refuse what is none."""
    try:
        points = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ClinicalError(
            f"X must hold points, NaN where there are none; it does not ({error}).",
            refusal="impossible_items",
        ) from error
    if points.ndim != 2:
        raise ClinicalError(
            f"X must be (n_persons, n_items); got shape {points.shape}. "
            "Pass one person as one row.",
            refusal="missing_items",
        )
    return points


def refuse_empty(points: Array) -> None:
    """Refuse too few persons or items to fit on, and blank ones."""
    n_persons, n_items = points.shape
    if n_persons < _FEWEST_PERSONS or n_items < _FEWEST_ITEMS:
        raise ClinicalError(
            f"a model must be fitted on at least {_FEWEST_PERSONS} persons and {_FEWEST_ITEMS} "
            f"items; got {n_persons} and {n_items}. Many more are needed to be of use.",
            refusal="too_few",
        )
    refuse_empty_rows(points)
    blank = np.flatnonzero(np.isnan(points).all(axis=0))
    if blank.size:
        raise ClinicalError(
            f"each item must have been rated; columns {blank.tolist()} of X were not. "
            "Leave them out.",
            refusal="missing_items",
        )


def refuse_empty_rows(points: Array) -> None:
    """Refuse persons without any rating."""
    blank = np.flatnonzero(np.isnan(points).all(axis=1))
    if blank.size:
        raise ClinicalError(
            f"each person must have a rated item; rows {blank.tolist()[:8]} of X have none. "
            "Leave them out.",
            refusal="missing_items",
        )


def levels_occurring(points: Array) -> Levels:
    """Give the points that occur in each item."""
    return tuple(
        tuple(int(one) for one in np.unique(column[np.isfinite(column)])) for column in points.T
    )


def levels_given(levels: Sequence[Sequence[int]], points: Array) -> Levels:
    """Give levels as they were told, one item after the other."""
    if len(levels) != points.shape[1]:
        raise ClinicalError(
            f"levels must be given for each of {points.shape[1]} items; got {len(levels)}.",
            refusal="missing_items",
        )
    return tuple(tuple(int(one) for one in item) for item in levels)


def steps_taken(points: Array, levels: Levels) -> Array:
    """Count the steps up to the points of each item; refuse points that are no level."""
    taken = np.full(points.shape, np.nan)
    for at, own in enumerate(levels):
        for steps, level in enumerate(own):
            taken[points[:, at] == level, at] = steps
        strange = points[np.isnan(taken[:, at]) & ~np.isnan(points[:, at]), at]
        if strange.size:
            raise ClinicalError(
                f"column {at} of X must have points of {', '.join(map(str, own))}; "
                f"got {strange[0]:g}. Correct the rating, or fit on persons who have it.",
                refusal="impossible_items",
            )
    return taken


def refuse_unseen(taken: Array, levels: Levels) -> None:
    """Refuse items with a level that nobody has."""
    for at, own in enumerate(levels):
        unseen = [level for steps, level in enumerate(own) if not np.any(taken[:, at] == steps)]
        if unseen or len(own) < 2:
            told = f"nobody has {', '.join(map(str, unseen))}" if unseen else f"all have {own[0]}"
            raise ClinicalError(
                f"every level of an item must occur, because its thresholds are infinite "
                f"otherwise; in column {at} of X {told} points. Rate more persons, of all "
                "abilities, or leave the item out.",
                refusal="too_few",
            )
