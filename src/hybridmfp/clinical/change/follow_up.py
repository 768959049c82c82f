"""All that changed in a course: since the last visit, since the first, and over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from hybridmfp.clinical.change.biomarker_change import BiomarkerChange, biomarker_changes
from hybridmfp.clinical.change.item_change import ItemChanges, item_changes
from hybridmfp.clinical.change.score_change import Change, classify_change
from hybridmfp.clinical.change.session_trend import Trend, session_trend
from hybridmfp.clinical.change.trend_prior import TrendPrior
from hybridmfp.clinical.change.visit_noise import check_repeat_sd
from hybridmfp.clinical.course import PatientCourse, ScoreSource, Visit
from hybridmfp.errors import ClinicalError

__all__ = ["FollowUp", "LeftOut", "RepeatError", "follow"]

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class RepeatError:
    """Say how repeats scatter in persons who do not change.

    Attributes
    ----------
    points : float or None
        Of the score.
    biomarkers : mapping of str to float or None
        By feature name, in its unit.
    """

    points: float | None = None
    biomarkers: Mapping[str, float] | None = None


@dataclass(frozen=True)
class LeftOut:
    """Name a visit that the trend does not count.

    Attributes
    ----------
    session, reason : str
    """

    session: str
    reason: str


@dataclass(frozen=True)
class FollowUp:
    """Hold all that changed; each part is there, or is the refusal to tell it.

    Attributes
    ----------
    source : {"rated", "estimated"}
    n_visits : int
        That count; those left out are not among them.
    since_previous, since_first : Change or ClinicalError
        Of the last visit.
    items : ItemChanges or ClinicalError
        Since the first visit.
    biomarkers : tuple of BiomarkerChange, or ClinicalError
        Since the first visit.
    trend : Trend or ClinicalError
    left_out : tuple of LeftOut
    """

    source: ScoreSource
    n_visits: int
    since_previous: Change | ClinicalError
    since_first: Change | ClinicalError
    items: ItemChanges | ClinicalError
    biomarkers: tuple[BiomarkerChange, ...] | ClinicalError
    trend: Trend | ClinicalError
    left_out: tuple[LeftOut, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know when reading single pairs of a long series."""
        if isinstance(self.trend, ClinicalError) or self.trend.chart is None:
            return ()
        note = (
            "Of two visits without any true change 1 pair in 20 differs by the MDC: in a series "
            f"of {self.n_visits} visits the trend and its alarms decide, not single pairs."
        )
        return (note,)

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "source": self.source,
            "n_visits": self.n_visits,
            "since_previous": _section(self.since_previous),
            "since_first": _section(self.since_first),
            "items": _section(self.items),
            "biomarkers": (
                _refused(self.biomarkers)
                if isinstance(self.biomarkers, ClinicalError)
                else {"changes": [one.as_json() for one in self.biomarkers], "refused": None}
            ),
            "trend": _section(self.trend),
            "left_out": [{"session": one.session, "reason": one.reason} for one in self.left_out],
            "notes": list(self.notes),
            "refused": None,
        }


def follow(
    course: PatientCourse,
    source: ScoreSource,
    *,
    repeat_error: RepeatError | None = None,
    prior: TrendPrior | None = None,
) -> FollowUp:
    """Say what changed in a course, by ratings or by estimates.

    Parameters
    ----------
    course : PatientCourse
    source : {"rated", "estimated"}
        Which visits to follow; the two are never mixed.
    repeat_error : RepeatError or None
        How repeats scatter; see `classify_change`.
    prior : TrendPrior or None
        See `session_trend`.

    Returns
    -------
    FollowUp
        Visits that were refused or judged red are left out by name.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for another source or a repeat SD that is not above 0. What a part
        cannot tell, it says in its place.

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> visits = tuple(Visit(f"S{k}", 200 + 7 * k, "rated", 30 + 4 * k) for k in range(3))
    >>> told = follow(PatientCourse("P01", visits), "rated")
    >>> told.since_previous.kind, told.since_first.kind, told.items.refusal
    ('noise', 'important', 'missing_items')
    """
    if source not in ("rated", "estimated"):
        raise ClinicalError(
            f"source must be rated or estimated; got {source!r}.", refusal="impossible_value"
        )
    errors = repeat_error or RepeatError()
    check_repeat_sd(errors.points)
    usable, left_out = _usable(course, source)

    def between(index: int) -> tuple[Visit, Visit]:
        if len(usable) < 2:
            raise ClinicalError(
                f"a change must have two {source} visits; {course.subject} has {len(usable)} "
                "that count. Examine again.",
                refusal="too_few",
            )
        return usable[index], usable[-1]

    return FollowUp(
        source=source,
        n_visits=len(usable),
        since_previous=_told(lambda: classify_change(*between(-2), repeat_sd=errors.points)),
        since_first=_told(lambda: classify_change(*between(0), repeat_sd=errors.points)),
        items=_told(lambda: item_changes(*between(0))),
        biomarkers=_told(lambda: biomarker_changes(*between(0), repeat_sd=errors.biomarkers)),
        trend=_told(lambda: session_trend(usable, repeat_sd=errors.points, prior=prior)),
        left_out=left_out,
    )


def _usable(
    course: PatientCourse, source: ScoreSource
) -> tuple[tuple[Visit, ...], tuple[LeftOut, ...]]:
    usable, left_out = [], []
    for one in course.visits:
        if one.source != source:
            continue
        if one.score is None:
            told = "; ".join(one.reasons) or "no reason given"
            left_out.append(LeftOut(one.session, f"the estimate was refused: {told}"))
        elif one.source == "estimated" and one.quality == "red":
            left_out.append(LeftOut(one.session, "the signals were judged red"))
        else:
            usable.append(one)
    return tuple(usable), tuple(left_out)


def _told(part: Callable[[], _Part]) -> _Part | ClinicalError:
    """Give the part, or the refusal that stands in its place and is shown there."""
    try:
        return part()
    except ClinicalError as refusal:
        return refusal


def _section(part: Change | ItemChanges | Trend | ClinicalError) -> dict[str, Any]:
    return _refused(part) if isinstance(part, ClinicalError) else part.as_json()


def _refused(refusal: ClinicalError) -> dict[str, Any]:
    return {"refused": {"refusal": refusal.refusal, "message": str(refusal)}}
