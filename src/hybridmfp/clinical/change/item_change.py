"""Which rated items rose and which fell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.change.same_measure import check_same_measure
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

__all__ = ["ItemChange", "ItemChanges", "item_changes"]


@dataclass(frozen=True)
class ItemChange:
    """Hold how one item changed.

    Attributes
    ----------
    item, title, section : str
    before, after : float
        Points.
    """

    item: str
    title: str
    section: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """After minus before."""
        return self.after - self.before

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "item": self.item,
            "title": self.title,
            "section": self.section,
            "from": self.before,
            "to": self.after,
            "points": self.points,
        }


@dataclass(frozen=True)
class ItemChanges:
    """Hold which items rose and fell between two ratings.

    Attributes
    ----------
    before, after : str
        Sessions.
    rose, fell : tuple of ItemChange
        In the order of the scale.
    unchanged : int
        How many kept their points.
    """

    before: str
    after: str
    rose: tuple[ItemChange, ...]
    fell: tuple[ItemChange, ...]
    unchanged: int

    @property
    def points(self) -> float:
        """The sum over all items: the change of the total."""
        return float(sum(one.points for one in (*self.rose, *self.fell)))

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "from": self.before,
            "to": self.after,
            "rose": [one.as_json() for one in self.rose],
            "fell": [one.as_json() for one in self.fell],
            "unchanged": self.unchanged,
            "points": self.points,
            "refused": None,
        }


def item_changes(before: Visit, after: Visit) -> ItemChanges:
    """Say which items rose and which fell between two ratings.

    A single item has no detectable change of its own: its steps are told, not judged.

    Parameters
    ----------
    before, after : Visit
        Ratings of all 33 items.

    Returns
    -------
    ItemChanges

    Raises
    ------
    ClinicalError
        ``missing_items``, if a visit is estimated or an item is not rated; otherwise as
        `classify_change`.
    """
    check_same_measure((before, after))
    first, second = _rated(before), _rated(after)
    changes = [
        ItemChange(
            one.identifier, one.title, one.section, first[one.identifier], second[one.identifier]
        )
        for one in FMA_UE.items
    ]
    return ItemChanges(
        before=before.session,
        after=after.session,
        rose=tuple(one for one in changes if one.points > 0),
        fell=tuple(one for one in changes if one.points < 0),
        unchanged=sum(one.points == 0 for one in changes),
    )


def _rated(visit: Visit) -> dict[str, float]:
    given = (visit.items or {}) if visit.source == "rated" else {}
    rated = {name: float(points) for name, points in given.items() if points is not None}
    missing = [one.identifier for one in FMA_UE.items if one.identifier not in rated]
    if missing:
        raise ClinicalError(
            f"all {len(FMA_UE.items)} items of {visit.session} must be rated to compare items; "
            f"{len(missing)} are not: {', '.join(missing)}. Rate them, or compare totals.",
            refusal="missing_items",
        )
    return rated
