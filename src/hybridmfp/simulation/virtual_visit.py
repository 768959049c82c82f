"""The visits of a virtual person: abilities, impairment and rating at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Group, find_scale
from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.fma_response import (
    DAY_SD,
    draw_items,
    expected_score,
    reflex_absence,
)
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.impairment_links import draw_impairment
from hybridmfp.simulation.oracle import oracle_score
from hybridmfp.simulation.person import (
    Person,
    abilities_at,
    draw_person,
    find_setting,
    person_counter,
)
from hybridmfp.simulation.recovery import (
    RecoveryCourse,
    StableCourse,
    draw_course,
    draw_stable_course,
)
from hybridmfp.simulation.site import REFERENCE_SITE, Site, draw_site
from hybridmfp.simulation.streams import Stream, stream_rng
from hybridmfp.simulation.therapy import (
    TherapyCandidate,
    TherapyCourse,
    delta_theta,
    draw_motivation,
    draw_reserve,
    draw_therapy,
)

__all__ = ["Course", "Rating", "Visit", "follow_person", "oracle_scores", "rate_visit"]


@dataclass(frozen=True, eq=False)
class Course:
    """Hold what is true about a patient over all visits.

    Attributes
    ----------
    natural : RecoveryCourse or StableCourse
        Ability without therapy.
    therapy : TherapyCourse
        What is given, from the first visit on, and how it works.
    ahead : float
        How far the ability lies above the natural course throughout, in logits: the site's case
        mix, where patients recover.
    """

    natural: RecoveryCourse | StableCourse
    therapy: TherapyCourse
    ahead: float

    def theta(self, weeks: float) -> float:
        """Overall ability some weeks after the first visit, therapy included, in logits."""
        since_stroke = self.therapy.start_week + weeks
        added = delta_theta(self.therapy, since_stroke, hours=self.therapy.dose_h)
        return float(self.natural.theta(since_stroke) + self.ahead + added)


@dataclass(frozen=True, eq=False)
class Visit:
    """Hold what is true about a person at a visit.

    Attributes
    ----------
    person : Person
    site : Site
    at : int
        Which visit, from 0.
    weeks : float
        Since the first visit.
    course : Course or None
        None for controls.
    theta : float
        Overall ability, in logits.
    abilities : array of float, shape (6,)
        In logits.
    impairment : Impairment
        Of the tested arm.
    """

    person: Person
    site: Site
    at: int
    weeks: float
    course: Course | None
    theta: float
    abilities: NDArray[np.float64]
    impairment: Impairment

    @property
    def group(self) -> Group:
        """Patient or control."""
        return self.person.group

    @property
    def number(self) -> int:
        """Of the person, within the group."""
        return self.person.number


@dataclass(frozen=True)
class Rating:
    """Hold what a rater gave at a visit.

    Attributes
    ----------
    items : dict of str to float
        Points of the 33 items of ``fma-ue``.
    score : float
        Their sum.
    """

    items: dict[str, float]
    score: float


@lru_cache(maxsize=512)
def follow_person(settings: VirtualCohortSettings, group: Group, number: int) -> tuple[Visit, ...]:
    """Give all visits of a person, the same whatever other persons there are."""
    site = _site_of(settings, number)
    person = draw_person(
        settings.seed, number, group, site=site, setting=find_setting(settings.setting)
    )
    course = _draw_course(settings, person, site)
    visits = []
    for at, weeks in enumerate(settings.visit_weeks):
        theta = person.theta if course is None else course.theta(weeks)
        rng = stream_rng(settings.seed, Stream.VISIT, person=_counter(person), visit=at)
        abilities = abilities_at(person, theta, rng=rng)
        impairment = draw_impairment(abilities, person=person, seed=settings.seed)
        visits.append(Visit(person, site, at, weeks, course, theta, abilities, impairment))
    return tuple(visits)


def rate_visit(settings: VirtualCohortSettings, visit: Visit) -> Rating:
    """Rate a person at a visit, as one of the site's raters would."""
    rng = stream_rng(settings.seed, Stream.RATING, person=_counter(visit.person), visit=visit.at)
    points = draw_items(
        visit.abilities,
        hidden=visit.person.hidden,
        leniency=visit.site.leniency,
        occasion=float(rng.normal(0, DAY_SD)),
        reflex_absent=float(reflex_absence(visit.abilities)),
        rng=rng,
    )
    names = [item.identifier for item in find_scale("fma-ue").items]
    return Rating(
        items=dict(zip(names, points.astype(float).tolist(), strict=True)),
        score=float(points.sum()),
    )


def oracle_scores(visits: Sequence[Visit]) -> NDArray[np.float64]:
    """Estimate the scores of visits as well as anybody could.

    Returns
    -------
    array of float, shape (n_visits,)
        The estimates of `oracle_score` with the smallest expected absolute error.
    """
    leniency = np.array([visit.site.leniency for visit in visits])
    abilities = np.array([visit.abilities for visit in visits])
    scores = np.full(len(visits), np.nan)
    for rater in np.unique(leniency):
        rated = leniency == rater
        scores[rated] = oracle_score(abilities[rated], leniency=float(rater)).median
    return scores


def _draw_course(settings: VirtualCohortSettings, person: Person, site: Site) -> Course | None:
    """Draw recovery, or what is left of it, and therapy; controls have neither."""
    start = person.chronicity_weeks
    if start is None:
        return None
    rng = stream_rng(settings.seed, Stream.COURSE, person=_counter(person))
    natural: RecoveryCourse | StableCourse
    ahead = 0.0
    if find_setting(settings.setting).recovering:
        natural, ahead = draw_course(rng=rng), person.theta
    else:
        natural = draw_stable_course(person.theta, first_week=start, rng=rng)
    score = _score_at(natural.theta(start) + ahead, person)
    recovered = score / find_scale("fma-ue").maximum
    rng = stream_rng(settings.seed, Stream.THERAPY, person=_counter(person))
    candidate = TherapyCandidate(
        age_years=person.body.age_years,
        score_at_start=score,
        start_week=start,
        motivation=draw_motivation(rng=rng),
        reserve=draw_reserve(
            natural.r if isinstance(natural, RecoveryCourse) else recovered, rng=rng
        ),
        case_mix=site.case_mix,
    )
    return Course(natural, draw_therapy(candidate, arm=settings.therapy, rng=rng), ahead)


def _score_at(theta: NDArray[np.float64], person: Person) -> float:
    """Give the score that such a person can expect, without the differences between visits."""
    return float(expected_score(theta + person.deviations))


def _counter(person: Person) -> int:
    return person_counter(person.number, person.group)


def _site_of(settings: VirtualCohortSettings, number: int) -> Site:
    if settings.n_sites == 1:
        return REFERENCE_SITE
    at = (number - 1) % settings.n_sites + 1
    return draw_site(settings.seed, at, severity=settings.site_severity)
