"""Whether rated items are possible, complete, and agree with the sums that were told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

from hybridmfp.clinical.fma_ue import FMA_UE, check_score
from hybridmfp.errors import ClinicalError, ScaleError

__all__ = ["check_rating", "checked_items", "section_sums"]

_NAMES = frozenset(item.identifier for item in FMA_UE.items)


def check_rating(
    items: Mapping[str, float | None],
    *,
    whose: str,
    total: float | None = None,
    sections: Mapping[str, float] | None = None,
) -> dict[str, int]:
    """Check that all 33 items were rated, possibly, and as the sums beside them say.

    Parameters
    ----------
    items : mapping of str to number or None
        Points by identifier; None for an item that was not rated.
    whose : str
        Whose items they are, for the message.
    total : float or None
        The total that was told beside the items, in points; None if none was.
    sections : mapping of str to float, optional
        The sums of sections ``"A"`` to ``"D"`` that were told beside the items, in points.

    Returns
    -------
    dict of str to int
        The points of the 33 items, in the order of the scale.

    Raises
    ------
    ClinicalError
        ``impossible_items``, if an item is not one of the FMA-UE, has points that cannot be given
        (reflexes have 0 or 2), A5 has points while A4a, A4b and A4c are not full, or the items
        contradict a total or section; ``missing_items``, with their names;
        ``impossible_value`` for a total outside 0 to 66.

    Examples
    --------
    >>> items = {item.identifier: item.levels[-1] for item in FMA_UE.items}
    >>> sum(check_rating(items, whose="P01", total=66, sections={"B": 10}).values())
    66
    >>> check_rating(items | {"C3": None}, whose="P01")
    Traceback (most recent call last):
    hybridmfp.errors.ClinicalError: a rating of P01 must have all 33 items of fma-ue; C3 missing...
    """
    rated = checked_items(items, whose=whose)
    missing = [item.identifier for item in FMA_UE.items if item.identifier not in rated]
    if missing:
        raise ClinicalError(
            f"a rating of {whose} must have all {len(FMA_UE.items)} items of {FMA_UE.name}; "
            f"{', '.join(missing)} missing. Rate them; a total of fewer items is another scale.",
            refusal="missing_items",
        )
    _check_sections(rated, sections or {}, whose=whose)
    return checked_items(rated, whose=whose, total=total)


def checked_items(
    items: Mapping[str, float | None], *, whose: str, total: float | None = None
) -> dict[str, int]:
    """Check items of which some may not have been rated.

    Parameters
    ----------
    items : mapping of str to number or None
    whose : str
    total : float or None

    Returns
    -------
    dict of str to int
        The items that were rated, in the order of the scale.

    Raises
    ------
    ClinicalError
        ``impossible_items`` or ``impossible_value``, as `check_rating`.
    """
    rated = {name: points for name, points in items.items() if points is not None}
    for name, points in rated.items():
        if name in _NAMES and not _is_number(points):
            raise ClinicalError(
                f"item {name} of {whose} must have a number of points; got {points!r}.",
                refusal="impossible_items",
            )
    score = None if total is None else check_score(total, whose=whose)
    try:
        FMA_UE.check_items(rated, score=score, whose=whose)
    except ScaleError as error:
        raise ClinicalError(str(error), refusal="impossible_items") from error
    return {
        item.identifier: int(rated[item.identifier])
        for item in FMA_UE.items
        if item.identifier in rated
    }


def section_sums(items: Mapping[str, int]) -> dict[str, int]:
    """Give the sums of the sections A, B, C and D, in points.

    Parameters
    ----------
    items : mapping of str to int
        All items.
    """
    return {
        name: sum(items[item.identifier] for item in members)
        for name, members in FMA_UE.sections.items()
    }


def _is_number(points: object) -> bool:
    try:
        return isinstance(points, Real) and not isinstance(points, bool) and math.isfinite(points)
    except OverflowError:  # a whole number with hundreds of digits
        return False


def _check_sections(items: Mapping[str, int], told: Mapping[str, float], *, whose: str) -> None:
    sums = section_sums(items)
    for name, points in told.items():
        if name not in sums:
            raise ClinicalError(
                f"sections of {whose} must be {', '.join(sums)}; got {name!r}.",
                refusal="impossible_items",
            )
        if points != sums[name]:
            raise ClinicalError(
                f"section {name} of {whose} must be the sum of its items, {sums[name]}; "
                f"got {points:g}. Correct the section or the items.",
                refusal="impossible_items",
            )
