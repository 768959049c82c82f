"""A course and its review as tidy tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.exchange.columns import Row, frame_of, table_columns
from hybridmfp.clinical.exchange.context import check_pseudonyms
from hybridmfp.clinical.exchange.review_rows import (
    alarm_rows,
    change_rows,
    group_rows,
    plan_rows,
    prognosis_rows,
    refusal_rows,
    rule_rows,
    stratum_rows,
    trend_rows,
)
from hybridmfp.clinical.exchange.sections import check_review
from hybridmfp.clinical.exchange.visit_rows import (
    biomarker_rows,
    item_rows,
    rating_rows,
    visit_rows,
)
from hybridmfp.clinical.fma_ue import require_fma_ue

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CourseTables", "course_tables"]

_OF_COURSE = {
    "visits": visit_rows,
    "ratings": rating_rows,
    "items": item_rows,
    "biomarkers": biomarker_rows,
}
_OF_REVIEW = {
    "strata": stratum_rows,
    "changes": change_rows,
    "trend": trend_rows,
    "alarms": alarm_rows,
    "prognosis": prognosis_rows,
    "recovery_groups": group_rows,
    "rules": rule_rows,
    "plan": plan_rows,
    "refusals": refusal_rows,
}


@dataclass(frozen=True, eq=False)
class CourseTables:
    """Hold tidy tables: one row a thing, one column a property, units in the names.

    Attributes
    ----------
    subject : str
    frames : mapping of str to DataFrame
        By name, in order: visits, ratings, items, biomarkers, strata, changes, trend, alarms,
        prognosis, recovery_groups, rules, plan, refusals, and last the dictionary, which explains
        every column. A table may be empty.
    """

    subject: str
    frames: Mapping[str, pd.DataFrame]


def course_tables(course: PatientCourse, review: Mapping[str, Any] | None = None) -> CourseTables:
    """Turn a course, and what was said about it, into tables.

    Parameters
    ----------
    course : PatientCourse
    review : mapping, optional
        What ``CourseReview.as_json`` gives. A section that is missing leaves its tables empty; one
        that was refused stands in ``refusals``.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for a subject or session that looks like a name, a path or an
        address; ``other_scale``; ``contradictory_inputs`` for a review of somebody else.

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> tables = course_tables(PatientCourse("P01", (Visit("S1", 10, "rated", 30.0),)))
    >>> tables.frames["visits"][["session", "time_days", "score_points"]].values.tolist()
    [['S1', 10.0, 30.0]]
    """
    require_fma_ue(course.scale, whose=course.subject)
    check_pseudonyms(course)
    check_review(review, subject=course.subject)
    frames = {name: frame_of(name, rows(course)) for name, rows in _OF_COURSE.items()}
    for name, make in _OF_REVIEW.items():
        rows = ({"subject": course.subject, **row} for row in make(review))
        frames[name] = frame_of(name, rows)
    frames["dictionary"] = frame_of("dictionary", _explained())
    return CourseTables(course.subject, MappingProxyType(frames))


def _explained() -> Iterator[Row]:
    for table, columns in table_columns().items():
        for column, facts in columns.items():
            yield {"table": table, "column": column, **facts}
