"""The sections of a review, each of which may be missing or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.clinical.sourced import source_of
from hybridmfp.errors import ClinicalError

__all__ = [
    "REVIEW_FORMAT",
    "answered",
    "check_review",
    "refusal_of",
    "section",
    "source_text",
    "told",
]

REVIEW_FORMAT = "hybridmfp-review/1"

Review = Mapping[str, Any] | None


def check_review(review: Review, *, subject: str) -> None:
    """Refuse what is no review, or the review of somebody else.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for another format; ``contradictory_inputs`` for another subject.
    """
    if review is None:
        return
    if review.get("format") != REVIEW_FORMAT:
        raise ClinicalError(
            f"a review must be of the format {REVIEW_FORMAT}; got {review.get('format')!r}. "
            "Make it from the course.",
            refusal="impossible_value",
        )
    if review.get("subject", subject) != subject:
        raise ClinicalError(
            f"course and review must be of the same subject; got {subject} and "
            f"{review['subject']}. Review this course.",
            refusal="contradictory_inputs",
        )


def section(review: Review, name: str) -> Mapping[str, Any] | None:
    """Give a section with its refusal, if it has one; None if the review lacks it.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if it is no mapping.
    """
    found = None if review is None else review.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise ClinicalError(
            f"section {name} of a review must be a mapping; got {type(found).__name__}. "
            "Make the review from the course.",
            refusal="impossible_value",
        )
    return found


def answered(found: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Give a section back if it says something."""
    return None if found is None or refusal_of(found) is not None else found


def refusal_of(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the refusal of a section; None if it says something."""
    refused: Mapping[str, Any] | None = found.get("refused")
    return refused


def told(found: Mapping[str, Any] | None, name: str) -> Sequence[Mapping[str, Any]]:
    """Give a list of a section, empty where it has none."""
    return () if found is None else tuple(found.get(name) or ())


def source_text(source: Mapping[str, Any]) -> str:
    """Write a source as people see it: what is not verified is marked."""
    return source_of(source).text
