"""The FMA-UE in the hands of a therapist: items, ratings, a keyform, the next targets."""

from hybridmfp.clinical.rating.check import check_rating, checked_items, section_sums
from hybridmfp.clinical.rating.items import FMA_ITEMS, RTS_IG_TOTAL, ItemFacts
from hybridmfp.clinical.rating.rating import Rating, visit_from_rating
from hybridmfp.clinical.rating.rating_file import rating_template, read_rating
from hybridmfp.clinical.rating.rts_ig import from_rts_ig, to_rts_ig

__all__ = [
    "FMA_ITEMS",
    "RTS_IG_TOTAL",
    "ItemFacts",
    "Rating",
    "check_rating",
    "checked_items",
    "from_rts_ig",
    "rating_template",
    "read_rating",
    "section_sums",
    "to_rts_ig",
    "visit_from_rating",
]
