"""Visits, ratings, items and biomarkers of a course as rows of tables."""

from __future__ import annotations

from collections.abc import Iterator

from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.exchange.columns import Row
from hybridmfp.clinical.fma_ue import FMA_UE

__all__ = ["biomarker_rows", "item_rows", "rating_rows", "visit_rows"]


def visit_rows(course: PatientCourse) -> Iterator[Row]:
    """Give one row for each visit."""
    for one in course.visits:
        low, high = (None, None) if one.interval is None else one.interval
        yield {
            "subject": course.subject,
            "session": one.session,
            "source": one.source,
            "time_days": one.days_post_stroke,
            "time_weeks": one.weeks,
            "side": one.side or course.affected_side,
            "score_points": one.score,
            "interval_low_points": low,
            "interval_high_points": high,
            "interval_level_fraction": one.level,
            "quality": one.quality,
            "refused": one.score is None,
            "reasons": "; ".join(one.reasons) or None,
            "model": one.model,
            "synthetic": one.synthetic,
        }


def rating_rows(course: PatientCourse) -> Iterator[Row]:
    """Give one row for each rating, with the column names of a rating file."""
    for one in course.scored("rated"):
        yield {
            "subject": course.subject,
            "session": one.session,
            "days_post_stroke": one.days_post_stroke,
            "side": one.side or course.affected_side,
            "synthetic": one.synthetic,
            "total": one.score,
            **(one.items or {}),
        }


def item_rows(course: PatientCourse) -> Iterator[Row]:
    """Give one row for each item of each visit that has items."""
    for one in course.visits:
        told = one.items or {}
        for item in FMA_UE.items:
            if item.identifier in told:
                yield {
                    "subject": course.subject,
                    "session": one.session,
                    "source": one.source,
                    "item": item.identifier,
                    "section": item.section,
                    "title": item.title,
                    "value_points": told[item.identifier],
                }


def biomarker_rows(course: PatientCourse) -> Iterator[Row]:
    """Give one row for each biomarker of each visit, by name."""
    units = _units()
    for one in course.visits:
        for name, value in sorted(one.biomarkers.items()):
            low, high = one.healthy.get(name, (None, None))
            yield {
                "subject": course.subject,
                "session": one.session,
                "source": one.source,
                "time_days": one.days_post_stroke,
                "biomarker": name,
                "value": value,
                "healthy_low": low,
                "healthy_high": high,
                "unit": _unit(name, units),
            }


def _units() -> dict[str, str]:
    from hybridmfp.features import FEATURES  # noqa: PLC0415 - slow to import

    return {one.name: one.unit for one in FEATURES}


def _unit(name: str, units: dict[str, str]) -> str | None:
    """Find the unit of a feature, or of the feature that it is one muscle, pair or joint of."""
    parts = name.split(".")
    tries = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((units[one] for one in tries if one in units), None)
