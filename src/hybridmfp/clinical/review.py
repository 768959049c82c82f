"""All that can be said of one patient's course, each part told or refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hybridmfp.clinical.change import FollowUp, RepeatError, TrendPrior, follow
from hybridmfp.clinical.course import PatientCourse, ScoreSource, Visit
from hybridmfp.clinical.plan import (
    DISCLAIMER,
    Plan,
    Rules,
    check_plan_fits,
    make_plan,
    pain_before_and_now,
    progression,
    refuse_forbidden,
)
from hybridmfp.clinical.prognosis import MixtureModel, prognose
from hybridmfp.clinical.rating import Keyform, view_keyform
from hybridmfp.clinical.review_notes import SAME_TIME_DAYS, review_notes
from hybridmfp.clinical.strata import Stratification, stratify
from hybridmfp.clinical.strata.scheme import find_scheme
from hybridmfp.errors import ClinicalError

__all__ = ["FORMAT", "CourseReview", "ReviewSettings", "propose_plan", "review_course"]

FORMAT = "hybridmfp-review/1"
"""Changes whenever a reader of the JSON would misread it."""


@dataclass(frozen=True)
class ReviewSettings:
    """Hold what a review is made with.

    Attributes
    ----------
    source : {"rated", "estimated"} or None
        Which scores it is about; None for ratings, or estimates where nothing was rated.
    scheme : str, default "hoonhorst"
        How strata are cut; the plan always uses Hoonhorst.
    keyform : Keyform or None
        Of a cohort, for the next targets.
    repeat_error : RepeatError or None
        How estimates scatter in persons who do not change.
    trend_prior : TrendPrior or None
        Learned from a cohort; None for the one that ships.
    mixture : MixtureModel or None
        Learned from a cohort; None for the published one.
    rules : Rules or None
        Of a clinic's own; None for those that ship.
    """

    source: ScoreSource | None = None
    scheme: str = "hoonhorst"
    keyform: Keyform | None = None
    repeat_error: RepeatError | None = None
    trend_prior: TrendPrior | None = None
    mixture: MixtureModel | None = None
    rules: Rules | None = None


@dataclass(frozen=True)
class CourseReview:
    """Hold a course with all that can be said of it.

    Attributes
    ----------
    course : PatientCourse
    source : {"rated", "estimated"}
        Which scores the sections are about.
    latest : Visit or None
        The last visit with a score of that source.
    sections : mapping of str to mapping or None
        JSON-ready: ``stratum``, ``change``, ``trend``, ``plan``, ``progression``, ``prognosis``,
        ``keyform``; ``refused`` in each is None or holds the reason.
    drivers : tuple of mapping
        Of the latest estimate, at most 14 days from `latest`.
    notes : tuple of str
        What the reader must know.
    """

    course: PatientCourse
    source: ScoreSource
    latest: Visit | None
    sections: Mapping[str, Mapping[str, Any] | None]
    drivers: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def refusals(self) -> dict[str, str]:
        """The name of the refusal of each section that was refused."""
        return {
            name: told["refused"]["refusal"]
            for name, told in self.sections.items()
            if told is not None and told["refused"] is not None
        }

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; ``docs/course-report.md`` is the contract."""
        return {
            "format": FORMAT,
            "subject": self.course.subject,
            "scale": self.course.scale,
            "affected_side": self.course.affected_side,
            "age_years": self.course.age_years,
            "synthetic": self.course.synthetic,
            "source": self.source,
            "visits": [_visit(one) for one in self.course.visits],
            "latest": None if self.latest is None else _visit(self.latest),
            **{name: None if told is None else dict(told) for name, told in self.sections.items()},
            "drivers": [dict(one) for one in self.drivers],
            "notes": list(self.notes),
            "disclaimer": DISCLAIMER,
        }


def review_course(
    course: PatientCourse, settings: ReviewSettings | None = None, *, plan: Plan | None = None
) -> CourseReview:
    """Say what a course means: stratum, change, trend, plan, prognosis, next targets.

    Parameters
    ----------
    course : PatientCourse
    settings : ReviewSettings or None
    plan : Plan or None
        A plan that a therapist has edited or signed; None to propose one.

    Returns
    -------
    CourseReview
        A section that cannot be told is refused by name; the others are told all the same.

    Raises
    ------
    ClinicalError
        ``contradictory_inputs`` for a plan of another patient, or of a visit that the course does
        not hold, or holds with another score or day;
        ``impossible_value`` for settings that do not exist.

    Examples
    --------
    >>> visits = tuple(Visit(f"S{k}", 14 + 14 * k, "rated", 20 + 6 * k) for k in range(4))
    >>> told = review_course(PatientCourse("P01", visits))
    >>> told.sections["stratum"]["most_likely"], told.sections["change"]["since_first"]["kind"]
    ('limited', 'important')
    >>> told.refusals
    {'plan': 'missing_input', 'progression': 'missing_input'}
    """
    how = settings or ReviewSettings()
    find_scheme(how.scheme)
    source = _source(course, how)
    latest = _latest(course, source)
    estimate = _latest_estimate(course, latest)
    drivers = () if estimate is None else estimate.drivers
    followed = follow(course, source, repeat_error=how.repeat_error, prior=how.trend_prior)
    change = followed.as_json()
    trend = change.pop("trend")
    if source == "rated" and course.scored("estimated"):  # ratings have no biomarkers
        by_model = follow(course, "estimated", repeat_error=how.repeat_error)
        change["biomarkers"] = by_model.as_json()["biomarkers"]
    if plan is not None:
        check_plan_fits(plan, course)

    def planned() -> Plan:
        if plan is not None:
            refuse_forbidden(plan, course, rules=how.rules)
        return plan or _proposed(course, latest, estimate, how.rules)

    sections: dict[str, Mapping[str, Any] | None] = {
        "stratum": _told(lambda: _stratum(course, latest, how.scheme).as_json()),
        "change": change,
        "trend": trend,
        "plan": _told(lambda: planned().as_json()),
        "progression": _told(lambda: _progression(planned(), course, followed, how.rules)),
        # of the ratings, or of the estimates where these were asked for: `prognose` prefers ratings
        "prognosis": prognose(
            course if source == "rated" else course.of_source(source), model=how.mixture
        ).as_json(),
        "keyform": None if how.keyform is None else _keyform(how.keyform, course),
    }
    notes = review_notes(course, source, latest, plan=plan, prognosis=sections["prognosis"])
    return CourseReview(course, source, latest, sections, drivers=drivers, notes=notes)


def propose_plan(course: PatientCourse, settings: ReviewSettings | None = None) -> Plan:
    """Propose a plan as `review_course` does, or refuse.

    Raises
    ------
    ClinicalError
        See `make_plan`.
    """
    how = settings or ReviewSettings()
    latest = _latest(course, _source(course, how))
    return _proposed(course, latest, _latest_estimate(course, latest), how.rules)


def _told(part: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give a section, or the refusal that stands in its place and is shown there."""
    try:
        return part()
    except ClinicalError as refusal:
        return {"refused": {"refusal": refusal.refusal, "message": str(refusal)}}


def _source(course: PatientCourse, how: ReviewSettings) -> ScoreSource:
    return how.source or ("rated" if course.scored("rated") else "estimated")


def _latest(course: PatientCourse, source: ScoreSource) -> Visit | None:
    scored = course.scored(source)
    return scored[-1] if scored else None


def _stratum(course: PatientCourse, latest: Visit | None, scheme: str) -> Stratification:
    if latest is None:
        raise ClinicalError(
            f"the course of {course.subject} must hold a visit with a score; got none. "
            "Rate the arm, or record again.",
            refusal="missing_input",
        )
    return stratify(latest, scheme=scheme)


def _proposed(
    course: PatientCourse, latest: Visit | None, estimate: Visit | None, rules: Rules | None
) -> Plan:
    return make_plan(
        course if latest is None else course.of_source(latest.source),
        stratification=None if latest is None else stratify(latest),
        drivers=() if estimate is None else estimate.drivers,
        quality=None if estimate is None else estimate.quality,
        answers=course.answers,
        rules=rules,
    )


def _progression(
    plan: Plan, course: PatientCourse, followed: FollowUp, rules: Rules | None
) -> Mapping[str, Any]:
    change = followed.since_previous
    if isinstance(change, ClinicalError):
        raise change
    trend = followed.trend
    alarms = [] if isinstance(trend, ClinicalError) else [one.as_json() for one in trend.alarms]
    at = next(one for one in course.scored(followed.source) if one.session == change.after)
    pain = pain_before_and_now(course, at=at, rules=rules)
    return progression(plan, change, alarms=alarms, pain=pain, rules=rules).as_json()


def _keyform(keyform: Keyform, course: PatientCourse) -> Mapping[str, Any]:
    rated = [one for one in course.scored("rated") if one.items]

    def view() -> Mapping[str, Any]:
        if not rated:
            raise ClinicalError(
                f"the keyform of {course.subject} must have a rating with items; got none. "
                "Rate the 33 items; estimated items are no ratings.",
                refusal="missing_items",
            )
        told = view_keyform(keyform, rated[-1].items or {}).as_json()
        return {**told, "session": rated[-1].session}

    return _told(view)


def _latest_estimate(course: PatientCourse, latest: Visit | None) -> Visit | None:
    """Give the estimate whose drivers speak for the latest visit, if there is one."""
    estimates = course.scored("estimated")
    if latest is not None and latest.source == "rated":
        estimates = tuple(one for one in estimates if one.quality != "red")
    if latest is None or not estimates:
        return None
    apart = abs(estimates[-1].days_post_stroke - latest.days_post_stroke)
    return estimates[-1] if apart <= SAME_TIME_DAYS else None


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "session": visit.session,
        "days_post_stroke": visit.days_post_stroke,
        "weeks": visit.weeks,
        "source": visit.source,
        "score": visit.score,
        "interval": None if visit.interval is None else list(visit.interval),
        "level": visit.level,
        "quality": visit.quality,
        "reasons": list(visit.reasons),
        "model": visit.model,
        "synthetic": visit.synthetic,
    }
