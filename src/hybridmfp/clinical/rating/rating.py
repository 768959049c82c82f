"""A rating of the FMA-UE by a person: 33 items on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.rating.check import check_rating, section_sums
from hybridmfp.clinical.rating.items import FMA_ITEMS
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import Side

__all__ = ["FORMAT", "Rating", "visit_from_rating"]

FORMAT = "hybridmfp-rating/1"
"""Changes whenever a reader of the JSON would misread it."""

_FINGER_TO_NOSE = ("D1", "D2", "D3")


@dataclass(frozen=True)
class Rating:
    """Hold the 33 items that a person rated.

    Attributes
    ----------
    subject, session : str
        Who, as a pseudonym, and which visit.
    days_post_stroke : float
        Days since the stroke, 0 or more.
    side : {"left", "right"} or None
        The arm that was rated.
    items : mapping of str to int
        Points of all 33 items by identifier, in the order of the scale.
    rater : str or None
        Who rated.
    synthetic : bool, default False
        Whether the patient is simulated.

    Raises
    ------
    ClinicalError
        ``impossible_items`` or ``missing_items``, see `check_rating`; ``impossible_value`` for
        days or a side that cannot be; ``missing_input`` without subject or session.

    Examples
    --------
    >>> items = {item.identifier: 0 for item in FMA_UE.items} | {"A1a": 2, "A2e": 1}
    >>> rating = Rating("P01", "week 2", 14, side="left", items=items)
    >>> rating.total, rating.sections
    (3, {'A': 3, 'B': 0, 'C': 0, 'D': 0})
    """

    subject: str
    session: str
    days_post_stroke: float
    side: Side | None
    items: Mapping[str, int]
    rater: str | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name in ("subject", "session"):
            if not getattr(self, name):
                raise ClinicalError(
                    f"a rating must have a {name}; got none. Write it beside the items.",
                    refusal="missing_input",
                )
        if self.side is not None and self.side not in get_args(Side):
            raise ClinicalError(
                f"side of {self.subject} must be left or right; got {self.side!r}.",
                refusal="impossible_value",
            )
        object.__setattr__(self, "items", check_rating(self.items, whose=self.subject))
        visit_from_rating(self)

    @property
    def total(self) -> int:
        """FMA-UE, 0 to 66 points."""
        return sum(self.items.values())

    @property
    def sections(self) -> dict[str, int]:
        """The sums of the sections A (of 36), B (10), C (14) and D (6)."""
        return section_sums(self.items)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to mind about these points; conventions are marked with their status."""
        if any(self.items[name] for name in _FINGER_TO_NOSE):
            return ()
        facts = FMA_ITEMS[_FINGER_TO_NOSE[0]]
        zero = f"{', '.join(_FINGER_TO_NOSE)} are all 0."
        return (f"{zero} {facts.note} [{facts.sources['note'].status}]",)

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; `read_rating` reads it back."""
        return {
            "format": FORMAT,
            "scale": FMA_UE.name,
            "subject": self.subject,
            "session": self.session,
            "days_post_stroke": self.days_post_stroke,
            "side": self.side,
            "rater": self.rater,
            "synthetic": self.synthetic,
            "items": dict(self.items),
            "sections": self.sections,
            "total": self.total,
            "notes": list(self.notes),
        }


def visit_from_rating(rating: Rating) -> Visit:
    """Turn a rating into a visit of a course.

    Examples
    --------
    >>> items = {item.identifier: item.levels[-1] for item in FMA_UE.items}
    >>> visit_from_rating(Rating("P01", "1", 30, "right", items)).score
    66.0
    """
    return Visit(
        session=rating.session,
        days_post_stroke=rating.days_post_stroke,
        source="rated",
        score=float(rating.total),
        side=rating.side,
        items=dict(rating.items),
        synthetic=rating.synthetic,
    )
