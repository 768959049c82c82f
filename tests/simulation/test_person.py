from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.signals import Group
from hybridmfp.simulation.fma_response import AVERAGE_PROFILE, expected_score
from hybridmfp.simulation.person import (
    SETTINGS,
    Person,
    abilities_at,
    draw_person,
    find_setting,
    person_counter,
)
from hybridmfp.simulation.site import REFERENCE_SITE

USUAL = find_setting("rehabilitation")


def people(
    number: int, group: Group = "patient", *, setting: str = "rehabilitation"
) -> list[Person]:
    return [
        draw_person(5, one, group, site=REFERENCE_SITE, setting=find_setting(setting))
        for one in range(1, number + 1)
    ]


def brought(person: Person) -> tuple[object, ...]:
    """Everything that setting and site leave as it is."""
    return (
        *(person.number, person.group, person.name, person.body),
        *(person.affected_side, person.dominant_side, person.tested_side),
        *(person.deviations.tolist(), person.hidden.tolist()),
    )


def test_a_person_is_the_same_whoever_else_takes_part() -> None:
    few = people(3)
    people(4, "control")

    many = people(20)

    for one, other in zip(few, many, strict=False):
        assert brought(one) == brought(other)
        assert (one.theta, one.chronicity_weeks) == (other.theta, other.chronicity_weeks)


def test_no_two_people_share_a_counter_or_a_body() -> None:
    counters = [person_counter(one, group) for one in range(50) for group in ("patient", "control")]
    bodies = [person.body for person in (*people(50), *people(50, "control"))]

    assert len(set(counters)) == 100
    assert len(set(bodies)) == 100


def test_another_seed_gives_another_person() -> None:
    one, other = (
        draw_person(seed, 1, "patient", site=REFERENCE_SITE, setting=USUAL) for seed in (0, 1)
    )

    assert one.body != other.body
    assert one.theta != other.theta
    assert not np.any(one.hidden == other.hidden)
    assert not np.any(one.deviations == other.deviations)


@pytest.mark.parametrize("name", SETTINGS)
def test_another_setting_moves_ability_and_chronicity_alone(name: str) -> None:
    setting = find_setting(name)
    usual, moved = people(60), people(60, setting=name)

    for one, other in zip(usual, moved, strict=True):
        assert brought(one) == brought(other)
        assert other.chronicity_weeks is not None
        assert setting.least_weeks <= other.chronicity_weeks <= setting.most_weeks
        if max(one.theta, other.theta) < 9:
            drawn = (one.theta - USUAL.theta_mean) / USUAL.theta_sd
            assert other.theta == pytest.approx(setting.theta_mean + setting.theta_sd * drawn)


def test_the_case_mix_of_the_site_is_added_to_the_ability() -> None:
    better = replace(REFERENCE_SITE, case_mix=0.8)
    one = people(1)[0]

    other = draw_person(5, 1, "patient", site=better, setting=USUAL)

    assert other.theta == pytest.approx(one.theta + 0.8)
    assert brought(other) == brought(one)


def test_the_usual_abilities_spread_as_stated() -> None:
    drawn = people(1500)
    theta = np.array([person.theta for person in drawn])
    deviations = np.array([person.deviations for person in drawn])
    hidden = np.array([person.hidden for person in drawn])

    assert np.mean(theta) == pytest.approx(0.7, abs=0.33)  # 4 SE; the cap takes 0.01
    assert np.std(theta) == pytest.approx(3.2, rel=0.08)
    np.testing.assert_allclose(deviations.mean(axis=0), AVERAGE_PROFILE, atol=0.15)
    np.testing.assert_allclose(deviations.std(axis=0), [0.9, 0.9, 1.2, 1.4, 1.0, 1.2], rtol=0.08)
    assert np.std(hidden) == pytest.approx(0.8, rel=0.02)
    assert hidden.shape[1] == 33
    # one effect for all items, or one for all persons, would not be a person x item effect
    assert np.abs(np.corrcoef(hidden.T) - np.eye(33)).max() < 0.15
    apart = np.corrcoef(np.vstack([theta, deviations.T])) - np.eye(7)
    assert np.abs(apart).max() < 0.11  # 4 SE


def test_half_of_the_usual_patients_come_within_the_geometric_mean_of_the_weeks() -> None:
    weeks = [person.chronicity_weeks for person in people(600) if person.chronicity_weeks]

    assert np.mean(np.array(weeks) < np.sqrt(4 * 104)) == pytest.approx(0.5, abs=0.082)  # 4 SE


def test_an_early_setting_leaves_ability_to_the_recovery_course() -> None:
    assert find_setting("early").recovering
    assert {person.theta for person in people(20, setting="early")} == {0.0}


def test_a_chronic_setting_is_moderate_and_narrow() -> None:
    abilities = np.array([abilities_at(one, one.theta) for one in people(600, setting="chronic")])
    scores = expected_score(abilities)

    # 31.1 +/- 12.8 points in 101 patients, doi:10.3389/fneur.2020.577855
    assert np.mean(scores) == pytest.approx(31.1, abs=2.0)
    assert np.std(scores) == pytest.approx(12.5, abs=1.2)


def test_no_patient_is_abler_than_a_healthy_person() -> None:
    usual = [person.theta for person in people(2000)]

    assert max(usual) == 9.0 == people(1, "control")[0].theta


def test_controls_score_full_and_have_no_stroke() -> None:
    controls = people(100, "control")
    scores = expected_score(np.array([abilities_at(one, one.theta) for one in controls]))

    assert np.all(scores > 65.5)
    assert {person.affected_side for person in controls} == {None}
    assert {person.chronicity_weeks for person in controls} == {None}
    assert {person.tested_side for person in controls} == {"left", "right"}
    assert controls[4].name == "H5"


def test_patients_are_tested_on_the_affected_side_which_is_either() -> None:
    patients = people(300)

    assert all(person.tested_side == person.affected_side for person in patients)
    left = np.mean([person.affected_side == "left" for person in patients])
    left_handed = np.mean([person.dominant_side == "left" for person in patients])
    assert left == pytest.approx(0.5, abs=0.12)  # 4 SE
    assert left_handed == pytest.approx(0.1, abs=0.07)
    assert patients[1].name == "S2"


def test_bodies_are_human_and_lose_strength_with_age() -> None:
    bodies = [person.body for person in people(1200)]
    age = np.array([body.age_years for body in bodies])
    male = np.array([body.sex == "male" for body in bodies])
    strength = np.array([body.strength for body in bodies])
    stature = np.array([body.stature_m for body in bodies])
    index = np.array([body.mass_kg for body in bodies]) / stature**2
    fat = np.array([body.fat_mm for body in bodies])

    assert 25 <= age.min() < age.max() <= 88
    assert np.mean(age) == pytest.approx(63, abs=1.4)
    assert np.mean(male) == pytest.approx(0.6, abs=0.057)
    assert np.mean(stature[male]) - np.mean(stature[~male]) == pytest.approx(0.13, abs=0.017)
    assert np.all((fat >= 1.5) & (fat <= 15))
    assert np.corrcoef(index, fat)[0, 1] > 0.2
    own = np.log(strength / np.where(male, 1.0, 0.62) / (1 - 0.006 * np.clip(age - 50, 0, None)))
    assert np.mean(own) == pytest.approx(0, abs=0.018)
    assert np.std(own) == pytest.approx(0.15, rel=0.09)


def test_abilities_are_theta_and_the_own_profile_but_for_the_day() -> None:
    person = people(1)[0]
    rng = np.random.default_rng(0)

    visits = np.array([abilities_at(person, 2.0, rng=rng) for _ in range(1000)])

    np.testing.assert_allclose(abilities_at(person, 2.0), 2.0 + person.deviations)
    np.testing.assert_allclose(visits.mean(axis=0), 2.0 + person.deviations, atol=0.032)  # 4 SE
    np.testing.assert_allclose(visits.std(axis=0), 0.25, rtol=0.1)


def test_what_a_person_brings_cannot_be_overwritten() -> None:
    person = people(1)[0]

    with pytest.raises(ValueError, match="read-only"):
        person.hidden[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        person.deviations[0] = 1.0


def test_an_unknown_setting_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError, match=r"one of rehabilitation, early, chronic.*'chronic'\?"):
        find_setting("cronic")
    with pytest.raises(SettingsError, match=r"got 'xyz'\.$"):
        find_setting("xyz")
