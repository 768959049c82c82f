"""Therapy of virtual patients has true effects that are known, and doses that mislead."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.simulation.fma_response import draw_items, expected_score, reflex_absence
from hybridmfp.simulation.person import draw_person, find_setting
from hybridmfp.simulation.recovery import StableCourse, draw_course, natural_score
from hybridmfp.simulation.routine_care import longer_programme_probability
from hybridmfp.simulation.site import REFERENCE_SITE
from hybridmfp.simulation.streams import Stream, stream_rng
from hybridmfp.simulation.therapy import (
    THERAPY_ARMS,
    TherapyArm,
    TherapyCandidate,
    TherapyCourse,
    delta_theta,
    draw_motivation,
    draw_reserve,
    draw_therapy,
    find_therapy_arm,
    potential_outcomes,
)

Array = NDArray[np.float64]

AVERAGE = TherapyCandidate(
    age_years=65.0, score_at_start=30.0, start_week=6.0, motivation=0.0, reserve=0.5
)
THERAPY = TherapyCourse(
    "observational", 40.0, start_week=6.0, responsiveness=0.4, motivation=-0.8, reserve=0.6
)


def mean_dose(candidate: TherapyCandidate, arm: TherapyArm = "observational") -> float:
    """Average many doses; the same random numbers for every candidate."""
    rng = np.random.default_rng(7)
    return float(np.mean([draw_therapy(candidate, arm=arm, rng=rng).dose_h for _ in range(300)]))


def saturation(hours: float | Array) -> Array:
    return 1 - np.exp(-np.asarray(hours) / 60)


# ---------------------------------------------------------------------------- arms and doses


@pytest.mark.parametrize("name", THERAPY_ARMS)
def test_known_arms_are_found(name: TherapyArm) -> None:
    assert find_therapy_arm(name) == name


def test_an_unknown_arm_is_answered_with_the_known_ones() -> None:
    known = "therapy must be one of none, .*, observational_two_doses; got 'randomized'"

    with pytest.raises(SettingsError, match=f"{known}.* Did you mean 'randomised'"):
        find_therapy_arm("randomized")
    with pytest.raises(SettingsError, match=known):
        draw_therapy(AVERAGE, arm="randomized", rng=np.random.default_rng(0))  # type: ignore[arg-type]


def test_nobody_gets_therapy_in_the_arm_without_it() -> None:
    assert mean_dose(AVERAGE, "none") == 0


def test_a_lot_decides_between_20_and_90_hours() -> None:
    rng = np.random.default_rng(8)
    doses = [draw_therapy(AVERAGE, arm="randomised", rng=rng).dose_h for _ in range(1000)]

    assert set(doses) == {20.0, 90.0}
    assert 0.44 < np.mean(np.array(doses) == 90) < 0.56


def test_the_lot_does_not_look_at_the_person() -> None:
    other = TherapyCandidate(
        age_years=30.0, score_at_start=60.0, start_week=2.0, motivation=3.0, reserve=1.0, case_mix=2
    )

    for seed in range(50):
        doses = {
            draw_therapy(person, arm="randomised", rng=np.random.default_rng(seed)).dose_h
            for person in (AVERAGE, other)
        }
        assert len(doses) == 1


@pytest.mark.parametrize(
    ("change", "hours"),
    [
        ({"motivation": 1.0}, 12.0),
        ({"age_years": 85.0}, -7.0),
        ({"case_mix": 0.5}, 9.0),
        ({"score_at_start": 39.0}, 22 * 9 / 45),
        ({"score_at_start": 21.0}, -22 * 9 / 45),
        ({"score_at_start": 66.0}, -(-12 + 22 * 30 / 45)),
    ],
)
def test_routine_care_looks_at_motivation_age_site_and_score(
    change: dict[str, float], hours: float
) -> None:
    # Doses near 42 hours with a spread of 14 hardly ever meet the bounds at 0 and 120.
    assert mean_dose(replace(AVERAGE, **change)) - mean_dose(AVERAGE) == pytest.approx(
        hours, abs=0.5
    )


def test_two_programmes_are_given_as_often_as_stated() -> None:
    rng = np.random.default_rng(10)
    for person in (AVERAGE, replace(AVERAGE, motivation=1.5), replace(AVERAGE, score_at_start=4.0)):
        doses = [
            draw_therapy(person, arm="observational_two_doses", rng=rng).dose_h for _ in range(3000)
        ]

        assert set(doses) == {20.0, 90.0}
        assert np.mean(np.array(doses) == 90) == pytest.approx(
            longer_programme_probability(person), abs=0.03
        )


@pytest.mark.parametrize(
    ("change", "hours"),
    [
        ({}, 40 - 12 + 22 * 30 / 45),
        ({"motivation": 1.0}, 52 - 12 + 22 * 30 / 45),
        ({"age_years": 85.0}, 33 - 12 + 22 * 30 / 45),
        ({"case_mix": -0.5}, 31 - 12 + 22 * 30 / 45),
        ({"reserve": 0.99, "start_week": 20.0}, 40 - 12 + 22 * 30 / 45),
    ],
)
def test_the_longer_programme_follows_the_hours_of_routine_care(
    change: dict[str, float], hours: float
) -> None:
    chosen = longer_programme_probability(replace(AVERAGE, **change))

    assert chosen == pytest.approx(1 / (1 + math.exp(-(hours - 42) / 15)), rel=1e-12)


def test_a_further_arm_leaves_the_draws_of_the_others_as_they_were() -> None:
    # Drawn before there were two programmes of routine care.
    course = draw_therapy(AVERAGE, arm="observational", rng=np.random.default_rng(2026))

    assert course.dose_h == pytest.approx(46.034664636202514, rel=1e-12)
    assert course.responsiveness == pytest.approx(-0.7931224751578991, rel=1e-12)


def test_routine_care_is_blind_to_what_nobody_can_see() -> None:
    hidden = replace(AVERAGE, reserve=0.99, start_week=20.0)

    assert mean_dose(hidden) == mean_dose(AVERAGE)


def test_routine_doses_vary_by_chance_and_stay_between_0_and_120_hours() -> None:
    rng = np.random.default_rng(9)
    doses = [draw_therapy(AVERAGE, arm="observational", rng=rng).dose_h for _ in range(2000)]
    worst = replace(AVERAGE, motivation=-4.0, age_years=95.0, score_at_start=0.0)
    best = replace(AVERAGE, motivation=4.0, age_years=20.0, score_at_start=45.0, case_mix=3.0)

    assert np.std(doses) == pytest.approx(14, abs=1)
    assert 0 <= mean_dose(worst) < 1
    assert 119 < mean_dose(best) <= 120


def test_a_person_responds_alike_in_every_arm() -> None:
    for seed in range(20):
        courses = [
            draw_therapy(AVERAGE, arm=arm, rng=np.random.default_rng(seed)) for arm in THERAPY_ARMS
        ]
        assert len({course.responsiveness for course in courses}) == 1
        assert [course.arm for course in courses] == list(THERAPY_ARMS)


def test_the_therapy_keeps_what_was_known_of_the_person() -> None:
    course = draw_therapy(AVERAGE, arm="observational", rng=np.random.default_rng(3))

    assert (course.start_week, course.motivation, course.reserve) == (6.0, 0.0, 0.5)


# ---------------------------------------------------------------------------- the persons


def test_motivation_and_reserve_come_from_their_own_random_numbers() -> None:
    first, second = np.random.default_rng(4), np.random.default_rng(4)

    assert draw_motivation(rng=first) == draw_motivation(rng=second)
    assert draw_reserve(0.3, rng=first) == draw_reserve(0.3, rng=second)


def test_motivation_is_in_standard_deviations() -> None:
    rng = np.random.default_rng(5)
    drawn = [draw_motivation(rng=rng) for _ in range(4000)]

    assert np.mean(drawn) == pytest.approx(0, abs=0.07)
    assert np.std(drawn) == pytest.approx(1, abs=0.05)


def test_reserve_is_larger_in_those_who_recover_and_differs_among_them() -> None:
    rng = np.random.default_rng(6)
    logits = {
        recovered: np.array(
            [math.log(x / (1 - x)) for x in (draw_reserve(recovered, rng=rng) for _ in range(2000))]
        )
        for recovered in (0.0, 0.5, 1.0)
    }

    for recovered, values in logits.items():
        assert np.mean(values) == pytest.approx(4 * (recovered - 0.5), abs=0.07)
        assert np.std(values) == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age_years": -1.0}, "age_years must be between 0 and 130; got -1"),
        ({"score_at_start": 70.0}, "score_at_start must be between 0 and 66; got 70"),
        ({"start_week": -3.0}, "start_week must be 0 or more; got -3"),
        ({"start_week": math.inf}, "start_week must be 0 or more; got inf"),
        ({"motivation": 5.0}, "motivation must be between -4 and 4; got 5"),
        ({"reserve": math.nan}, "reserve must be between 0 and 1; got nan"),
        ({"case_mix": math.inf}, "case_mix must be a finite number; got inf"),
    ],
)
def test_impossible_persons_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        replace(AVERAGE, **change)


def test_a_share_that_recovers_lies_between_0_and_1() -> None:
    with pytest.raises(SettingsError, match="recovered must be between 0 and 1; got 60"):
        draw_reserve(60.0, rng=np.random.default_rng(0))


# ---------------------------------------------------------------------------- the effect


def test_the_effect_is_the_stated_product() -> None:
    whole = (
        2.0
        * (1.55 * 0.6 + 0.25)
        * (1 - math.exp(-90 / 60))
        * (0.65 + 0.6 * math.exp(-6 / 10))
        * math.exp(0.25 * 0.4)
        * (1 - 0.15 * 0.8)
    )

    added = delta_theta(THERAPY, [0.0, 6.0, 9.0, 12.0, 18.0, 100.0], hours=90.0)

    np.testing.assert_allclose(added, whole * np.array([0, 0, 0.25, 0.5, 1, 1]), rtol=1e-12)


@settings(deadline=None)
@given(
    fewer=st.floats(0, 150),
    more=st.floats(0.5, 150),
    motivation=st.floats(-4, 4),
    reserve=st.floats(0, 1),
    start_week=st.floats(0, 300),
)
def test_more_hours_never_add_less(
    fewer: float, more: float, motivation: float, reserve: float, start_week: float
) -> None:
    therapy = replace(THERAPY, motivation=motivation, reserve=reserve, start_week=start_week)
    weeks = start_week + np.array([-1.0, 0.0, 5.0, 12.0, 40.0])

    less = delta_theta(therapy, weeks, hours=fewer)
    most = delta_theta(therapy, weeks, hours=fewer + more)

    assert np.all(most[2:] > less[2:])
    assert np.all(most[:2] == 0)
    assert np.all(np.diff(less) >= 0)


@pytest.mark.parametrize(
    "better", [{"reserve": 0.9}, {"start_week": 2.0}, {"responsiveness": 1.0}, {"motivation": 1.0}]
)
def test_therapy_works_better_with_reserve_early_and_in_the_motivated(
    better: dict[str, Any],
) -> None:
    improved = delta_theta(replace(THERAPY, **better), 52.0, hours=60.0)

    assert improved > delta_theta(THERAPY, 52.0, hours=60.0)


@pytest.mark.parametrize("hours", [-1.0, math.nan, math.inf])
def test_impossible_hours_are_refused(hours: float) -> None:
    with pytest.raises(SettingsError, match="hours must be a number of 0 or more; got"):
        delta_theta(THERAPY, 20.0, hours=hours)


# ---------------------------------------------------------------------------- potential outcomes


def test_no_hours_leave_the_natural_course_exactly_as_it_is() -> None:
    course = draw_course(rng=np.random.default_rng(11))
    deviations = np.array([0.5, -1.0, 0.3, 0.9, -0.2, 0.0])
    weeks = np.array([1.0, 6.0, 12.0, 26.0, 52.0])

    scores = potential_outcomes(course, THERAPY, deviations, weeks=weeks)

    natural = expected_score(course.theta(weeks)[:, np.newaxis] + deviations)
    assert np.array_equal(scores[0], natural)
    assert np.array_equal(scores[:, :2], np.tile(natural[:2], (4, 1)))


def test_every_dose_adds_its_own_ability() -> None:
    course = StableCourse(first_theta=-0.4, first_week=6.0, drift_per_year=0.1)
    deviations = np.array([0.2, 0.1, -0.6, -1.0, 0.4, 0.7])

    scores = potential_outcomes(course, THERAPY, deviations, weeks=[10.0, 30.0], doses_h=(5.0, 80))

    for row, hours in enumerate((5.0, 80.0)):
        for column, week in enumerate((10.0, 30.0)):
            theta = float(course.theta(week) + delta_theta(THERAPY, week, hours=hours))
            assert scores[row, column] == pytest.approx(
                float(expected_score(theta + deviations)), rel=1e-12
            )


@settings(max_examples=40, deadline=None)
@given(first_theta=st.floats(-6, 8), reserve=st.floats(0, 1))
def test_more_hours_never_lower_the_expected_score(first_theta: float, reserve: float) -> None:
    course = StableCourse(first_theta=first_theta, first_week=6.0)

    scores = potential_outcomes(
        course, replace(THERAPY, reserve=reserve), np.zeros(6), weeks=[12.0, 26.0]
    )

    assert np.all(np.diff(scores, axis=0) > 0)
    assert np.all((scores > 0) & (scores <= 66))


def test_the_dose_that_was_given_changes_no_potential_outcome() -> None:
    course = StableCourse(first_theta=0.0, first_week=6.0)

    first, second = (
        potential_outcomes(course, replace(THERAPY, dose_h=dose), np.zeros(6), weeks=[30.0])
        for dose in (0.0, 120.0)
    )

    assert np.array_equal(first, second)


@pytest.mark.parametrize(("deviations", "weeks"), [(np.zeros(5), [3.0]), (np.zeros(6), 3.0)])
def test_potential_outcomes_are_for_one_person_and_a_list_of_weeks(
    deviations: Array, weeks: float | list[float]
) -> None:
    with pytest.raises(SignalError, match=r"deviations must be \(6,\) and weeks \(n_weeks,\)"):
        potential_outcomes(StableCourse(0.0, 6.0), THERAPY, deviations, weeks=weeks)


# ---------------------------------------------------------------------------- known causal truth


@dataclass(frozen=True)
class Study:
    """1500 persons in routine care and in a trial, rated a year after the stroke."""

    facts: Array
    effects: Array
    routine_h: Array
    routine_score: Array
    routine_surprise: Array
    trial_h: Array
    trial_score: Array


@dataclass(frozen=True)
class Follow:
    """One person of the study; doses are 20, 90, the routine one and that of the trial."""

    facts: tuple[float, ...]
    doses_h: tuple[float, ...]
    abilities: Array
    ratings: tuple[float, ...]


SEED = 300


def follow(number: int) -> Follow:
    person = draw_person(
        SEED, number, "patient", site=REFERENCE_SITE, setting=find_setting("early")
    )
    rng = stream_rng(SEED, Stream.COURSE, person=number)
    course = draw_course(rng=rng)
    reserve = draw_reserve(course.r, rng=rng)
    start = float(rng.choice([2.0, 6.0, 12.0, 26.0]))
    candidate = TherapyCandidate(
        age_years=person.body.age_years,
        score_at_start=float(natural_score(course, start)),
        start_week=start,
        motivation=draw_motivation(rng=rng),
        reserve=reserve,
    )
    arms: tuple[TherapyArm, ...] = ("observational", "randomised")
    drawn = [
        draw_therapy(candidate, arm=arm, rng=stream_rng(SEED, Stream.THERAPY, person=number))
        for arm in arms
    ]
    doses_h = (20.0, 90.0, *(therapy.dose_h for therapy in drawn))
    added = np.array([delta_theta(drawn[0], 52.0, hours=hours) for hours in doses_h])
    abilities = (course.theta(52.0) + added)[:, np.newaxis] + person.deviations
    facts = (candidate.score_at_start, candidate.age_years, candidate.motivation, start)
    rater = stream_rng(SEED, Stream.RATING, person=number)
    ratings = tuple(rate(received, person.hidden, rater) for received in abilities[2:])
    return Follow(facts, doses_h, abilities, ratings)


def rate(abilities: Array, hidden: Array, rng: np.random.Generator) -> float:
    items = draw_items(
        abilities,
        hidden=hidden,
        leniency=0.0,
        occasion=float(rng.normal(0, 0.15)),
        reflex_absent=float(reflex_absence(abilities)),
        rng=rng,
    )
    return float(items.sum())


@pytest.fixture(scope="module")
def study() -> Study:
    people = [follow(number) for number in range(1, 1501)]
    doses_h = np.array([person.doses_h for person in people])
    ratings = np.array([person.ratings for person in people])
    # What `potential_outcomes` gives one by one, in one go.
    expected = expected_score(np.array([person.abilities[:3] for person in people]))
    return Study(
        facts=np.array([person.facts for person in people]),
        effects=expected[:, 1] - expected[:, 0],
        routine_h=doses_h[:, 2],
        routine_score=ratings[:, 0],
        routine_surprise=ratings[:, 0] - expected[:, 2],
        trial_h=doses_h[:, 3],
        trial_score=ratings[:, 1],
    )


def test_true_effects_have_a_plausible_size_and_differ_between_persons(study: Study) -> None:
    # 2.4 and 2.2 on six other seeds; the standard error of the mean is 0.06.
    assert 2.0 < np.mean(study.effects) < 2.8
    assert 1.8 < np.std(study.effects) < 2.6
    assert np.all(study.effects > 0)


def test_comparing_those_who_got_more_with_the_others_misleads(study: Study) -> None:
    more = study.routine_h >= 60

    naive = np.mean(study.routine_score[more]) - np.mean(study.routine_score[~more])

    assert naive > 3 * np.mean(study.effects)


def test_adjusting_for_what_decided_the_dose_finds_the_effect(study: Study) -> None:
    score, age, motivation, start = study.facts.T
    known = [np.ones(score.size), score, score**2, np.maximum(score - 45, 0), age, motivation]
    design = np.column_stack([*known, start, score * start, saturation(study.routine_h)])

    slopes, *_ = np.linalg.lstsq(design, study.routine_score)

    left = study.routine_score - design @ slopes
    variance = left @ left / (len(left) - slopes.size) * np.linalg.inv(design.T @ design)[-1, -1]
    contrast = float(saturation(90.0) - saturation(20.0))
    adjusted, error = contrast * slopes[-1], contrast * np.sqrt(variance)
    assert abs(adjusted - np.mean(study.effects)) < 2 * error
    assert error < 1


def test_a_trial_finds_the_effect(study: Study) -> None:
    high = study.trial_score[study.trial_h == 90]
    low = study.trial_score[study.trial_h == 20]

    error = np.sqrt(np.var(high) / high.size + np.var(low) / low.size)

    assert abs(np.mean(high) - np.mean(low) - np.mean(study.effects)) < 2 * error


def test_the_dose_knows_nothing_of_the_chance_in_the_rating(study: Study) -> None:
    linked = np.corrcoef(study.routine_h, study.routine_surprise)[0, 1]

    assert abs(linked) < 3 / np.sqrt(study.routine_h.size)
