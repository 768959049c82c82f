"""The sections of a review, each of which may have been refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["given", "refusal_of", "visits_of"]


def given(review: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Give a section of a review; None if it was refused or not asked for.

    Examples
    --------
    >>> given({"trend": {"refused": {"refusal": "too_few", "message": "..."}, "slope": 3}}, "trend")
    """
    section: Mapping[str, Any] | None = review.get(name)
    if section is None or section.get("refused") is not None:
        return None
    return section


def refusal_of(review: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Give why a section was refused; None if it was given or not asked for."""
    section: Mapping[str, Any] | None = review.get(name)
    return None if section is None else section.get("refused")


def visits_of(review: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give all visits in the order of time."""
    return sorted(review["visits"], key=lambda one: one["days_post_stroke"])
