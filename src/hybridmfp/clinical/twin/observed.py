"""What was seen of one patient: recorded sessions and rated scores, on days since the stroke."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.fma_ue import check_score
from hybridmfp.errors import ClinicalError
from hybridmfp.features import SessionDigest

__all__ = ["TwinVisit", "check_visits", "visits_of_course"]

_FIRST_DAY = 28.0  # before, patients recover by themselves, and the case mix does not hold
_MOST_DAYS = 366.0  # between first and last


@dataclass(frozen=True, eq=False)
class TwinVisit:
    """Hold what was seen on one day.

    Attributes
    ----------
    days_post_stroke : float
    session : SessionDigest or None
        The recordings, digested with the usual settings.
    score : float or None
        FMA-UE that a person rated, 0 to 66 points; never an estimate of a model, because that
        comes from the same recordings.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for an impossible day or score; ``missing_input`` if nothing was
        seen.

    Examples
    --------
    >>> TwinVisit(90.0, score=31.0).session is None
    True
    """

    days_post_stroke: float
    session: SessionDigest | None = None
    score: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.days_post_stroke) and self.days_post_stroke >= 0):
            raise ClinicalError(
                "days_post_stroke of a visit must be a number of 0 or more; "
                f"got {self.days_post_stroke!r}. Count from the day of the stroke.",
                refusal="impossible_value",
            )
        if self.session is None and self.score is None:
            raise ClinicalError(
                f"the visit of day {self.days_post_stroke:g} must have a recorded session or a "
                "rated score; got neither. Leave it out.",
                refusal="missing_input",
            )
        if self.score is not None:
            check_score(self.score, whose=f"the visit of day {self.days_post_stroke:g}")

    @property
    def weeks(self) -> float:
        """Weeks since the stroke."""
        return self.days_post_stroke / 7


def check_visits(visits: Sequence[TwinVisit]) -> None:
    """Refuse visits that no twin can be fitted to.

    Raises
    ------
    ClinicalError
        ``too_few`` without a recorded session; ``dates_out_of_order``; ``outside_window`` before
        day 28 or for more than a year.
    """
    if not any(visit.session is not None for visit in visits):
        raise ClinicalError(
            f"a twin must be fitted to at least one recorded session; got {len(visits)} visits "
            "without any. A rated score alone says little of how an arm moves; record a session.",
            refusal="too_few",
        )
    days = [visit.days_post_stroke for visit in visits]
    for before, after in pairwise(days):
        if after < before:
            raise ClinicalError(
                f"visits of a twin must be in the order of time; day {after:g} follows day "
                f"{before:g}. Correct the days since the stroke, or sort them.",
                refusal="dates_out_of_order",
            )
    if days[0] < _FIRST_DAY or days[-1] - days[0] > _MOST_DAYS:
        raise ClinicalError(
            f"visits of a twin must lie on day {_FIRST_DAY:g} after the stroke or later, and "
            f"within a year of each other; got days {days[0]:g} to {days[-1]:g}. Its simulated "
            "persons no longer recover by themselves; use a prognosis for earlier days.",
            refusal="outside_window",
        )


def visits_of_course(
    course: PatientCourse, sessions: Mapping[str, SessionDigest]
) -> tuple[TwinVisit, ...]:
    """Put the rated scores of a course and recorded sessions together.

    Estimated scores are not used: they come from the recordings.

    Parameters
    ----------
    course : PatientCourse
    sessions : mapping of str to SessionDigest
        Recordings by the name of the session in the course.

    Raises
    ------
    ClinicalError
        ``missing_input`` if a recording belongs to no visit of the course.
    """
    known = {visit.session: visit for visit in course.visits}
    strange = sorted(set(sessions) - set(known))
    if strange:
        raise ClinicalError(
            f"every recording must belong to a visit of {course.subject}; {', '.join(strange)} "
            "does not. Add the visit, which tells its day.",
            refusal="missing_input",
        )
    rated = {visit.session: visit.score for visit in course.scored("rated")}
    return tuple(
        TwinVisit(visit.days_post_stroke, sessions.get(name), rated.get(name))
        for name, visit in known.items()
        if name in sessions or name in rated
    )
