"""Persons made of standard normal numbers are those of the simulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.clinical.twin.parameters import (
    HABITS,
    IMPAIRMENT_NAMES,
    LEVELS,
    PARAMETERS,
    impairment_from_row,
    impairment_row,
)
from hybridmfp.clinical.twin.person_prior import PersonPrior
from hybridmfp.simulation import VirtualCohortSettings
from hybridmfp.simulation.impairment_links import LINKS, draw_impairment
from hybridmfp.simulation.person import draw_person, find_setting
from hybridmfp.simulation.site import REFERENCE_SITE
from hybridmfp.simulation.virtual_visit import follow_person

N_VIRTUAL = 800


@pytest.fixture(scope="module")
def virtual() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Theta, abilities and impairments of the simulator's own patients at two visits."""
    settings = VirtualCohortSettings(
        n_patients=N_VIRTUAL, n_controls=0, n_sites=N_VIRTUAL, seed=6402, visit_weeks=(0, 26)
    )
    visits = [follow_person(settings, "patient", number) for number in range(1, N_VIRTUAL + 1)]
    return (
        np.array([[one.theta for one in own] for own in visits]),
        np.array([[one.abilities for one in own] for own in visits]),
        np.array([[impairment_row(one.impairment) for one in own] for own in visits]),
    )


@pytest.fixture(scope="module")
def drawn():
    prior = PersonPrior((0.0, 26.0))
    return prior.states(np.random.default_rng(0).standard_normal((20_000, prior.n_numbers)))


def test_levels_follow_abilities_exactly_as_in_the_simulator() -> None:
    gains = replace(LINKS, **{name: replace(getattr(LINKS, name), scatter=0.0) for name in LEVELS})
    setting = find_setting("rehabilitation")
    person = draw_person(6400, 1, "patient", site=REFERENCE_SITE, setting=setting)
    prior = PersonPrior((0.0,), age_years=person.body.age_years)
    numbers = np.random.default_rng(2).standard_normal((5, prior.n_numbers))
    numbers[:, 7:23] = 0.0  # the scatter of the person

    states = prior.states(numbers)

    for abilities, row in zip(states.abilities[:, 0], states.impairments[:, 0], strict=True):
        same = impairment_row(draw_impairment(abilities, person=person, seed=6400, gains=gains))
        np.testing.assert_allclose(row[: len(LEVELS)], same[: len(LEVELS)], rtol=1e-12)


def test_abilities_spread_as_in_the_simulator(virtual, drawn) -> None:
    theta, abilities, _ = virtual

    # 800 persons: a mean is known to 0.035 SD, an SD to 2.5 %; four times that is allowed.
    assert drawn.theta.mean() == pytest.approx(theta.mean(), abs=0.14 * theta.std())
    assert drawn.theta.std() == pytest.approx(theta.std(), rel=0.1)
    np.testing.assert_allclose(
        drawn.abilities.std(axis=(0, 1)), abilities.std(axis=(0, 1)), rtol=0.1
    )


def test_visits_of_a_person_differ_as_in_the_simulator(virtual, drawn) -> None:
    apart = np.diff(virtual[1], axis=1)

    assert np.diff(drawn.abilities, axis=1).std() == pytest.approx(apart.std(), rel=0.1)


@pytest.mark.parametrize("name", IMPAIRMENT_NAMES)
def test_impairments_spread_as_in_the_simulator(name: str, virtual, drawn) -> None:
    at = IMPAIRMENT_NAMES.index(name)
    theirs, ours = virtual[2][:, 0, at], drawn.impairments[:, 0, at]

    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.14 * theirs.std())
    assert ours.std() == pytest.approx(theirs.std(), rel=0.15)
    together = np.corrcoef(ours, drawn.theta[:, 0])[0, 1]
    assert together == pytest.approx(np.corrcoef(theirs, virtual[0][:, 0])[0, 1], abs=0.12)


def test_habits_of_a_person_stay_from_visit_to_visit(drawn) -> None:
    for name in ("compensation", "own_pace", "conduction"):
        at = IMPAIRMENT_NAMES.index(name)
        assert np.array_equal(drawn.impairments[:, 0, at], drawn.impairments[:, 1, at])
    assert set(HABITS) < set(IMPAIRMENT_NAMES)


def test_a_known_age_makes_slower_by_its_years_and_changes_nothing_else() -> None:
    numbers = np.random.default_rng(1).standard_normal((50, PersonPrior((0.0,)).n_numbers))
    younger = PersonPrior((0.0,), age_years=50.0).states(numbers).impairments
    older = PersonPrior((0.0,), age_years=80.0).states(numbers).impairments
    slowness = IMPAIRMENT_NAMES.index("slowness")

    rise = older[..., slowness] - younger[..., slowness]

    np.testing.assert_allclose(rise[younger[..., slowness] < 0.9], 30 * 0.002, rtol=1e-9)
    assert np.array_equal(np.delete(older, slowness, -1), np.delete(younger, slowness, -1))


def test_later_abilities_drift_and_vary_from_day_to_day() -> None:
    prior = PersonPrior((0.0,))
    numbers = np.zeros((5000, prior.n_numbers))
    numbers[:, 28] = 1.0  # drift: one SD, 0.5 logits a year

    later = prior.later(numbers, 26.0, rng=np.random.default_rng(0))
    away = later - prior.states(numbers).abilities[:, -1]

    assert away.mean() == pytest.approx(0.25, abs=0.01)
    assert away.std() == pytest.approx(0.25, rel=0.05)


def test_an_impairment_survives_being_a_row() -> None:
    prior = PersonPrior((0.0,))
    row = prior.states(np.random.default_rng(4).standard_normal((1, prior.n_numbers))).impairments

    assert np.array_equal(impairment_row(impairment_from_row(row[0, 0])), row[0, 0])


def test_every_parameter_has_a_unit_and_a_meaning() -> None:
    assert len(PARAMETERS) == 1 + 6 + len(IMPAIRMENT_NAMES) + 1
    assert all(one.unit and one.meaning for one in PARAMETERS.values())
