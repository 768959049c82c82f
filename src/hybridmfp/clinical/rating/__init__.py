"""The FMA-UE in the hands of a therapist: items, ratings, a keyform, the next targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.rating.check import check_rating, checked_items, section_sums
from hybridmfp.clinical.rating.choices import Hierarchy, ordinal_hierarchy, voluntary_items
from hybridmfp.clinical.rating.items import FMA_ITEMS, RTS_IG_TOTAL, ItemFacts
from hybridmfp.clinical.rating.keyform import CalibratedItem, Keyform, fit_keyform
from hybridmfp.clinical.rating.keyform_view import (
    KeyformRow,
    KeyformView,
    keyform_rows,
    next_targets,
    view_keyform,
)
from hybridmfp.clinical.rating.rating import Rating, visit_from_rating
from hybridmfp.clinical.rating.rating_file import rating_template, read_rating
from hybridmfp.clinical.rating.rts_ig import from_rts_ig, to_rts_ig

if TYPE_CHECKING:
    from hybridmfp.clinical.rating.partial_credit import FitStatistics, PartialCreditModel

__all__ = [
    "FMA_ITEMS",
    "RTS_IG_TOTAL",
    "CalibratedItem",
    "FitStatistics",
    "Hierarchy",
    "ItemFacts",
    "Keyform",
    "KeyformRow",
    "KeyformView",
    "PartialCreditModel",
    "Rating",
    "check_rating",
    "checked_items",
    "fit_keyform",
    "from_rts_ig",
    "keyform_rows",
    "next_targets",
    "ordinal_hierarchy",
    "rating_template",
    "read_rating",
    "section_sums",
    "to_rts_ig",
    "view_keyform",
    "visit_from_rating",
    "voluntary_items",
]


def __getattr__(name: str) -> Any:
    if name in ("FitStatistics", "PartialCreditModel"):  # bring scikit-learn, which is slow
        from hybridmfp.clinical.rating import partial_credit  # noqa: PLC0415

        return getattr(partial_credit, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
