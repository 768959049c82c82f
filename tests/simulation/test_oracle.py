from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.simulation.fma_response import (
    DAY_SD,
    draw_items,
    reflex_absence,
    score_distribution,
)
from hybridmfp.simulation.oracle import oracle_score
from hybridmfp.simulation.person import abilities_at, draw_person, find_setting
from hybridmfp.simulation.site import REFERENCE_SITE

Array = NDArray[np.float64]

LENIENCY = 0.4
POINTS = np.arange(67)


@pytest.fixture(scope="module")
def cohort() -> tuple[Array, Array]:
    """Abilities and rated totals of 500 patients of a lenient rater."""
    setting = find_setting("rehabilitation")
    rng = np.random.default_rng(0)
    abilities, totals = [], []
    for number in range(1, 501):
        person = draw_person(11, number, "patient", site=REFERENCE_SITE, setting=setting)
        now = abilities_at(person, person.theta, rng=rng)
        items = draw_items(
            now,
            hidden=person.hidden,
            leniency=LENIENCY,
            occasion=rng.normal(0, DAY_SD),
            reflex_absent=float(reflex_absence(now)),
            rng=rng,
        )
        abilities.append(now)
        totals.append(items.sum())
    return np.array(abilities), np.array(totals, dtype=float)


def test_the_oracle_errs_as_much_as_it_says(cohort: tuple[Array, Array]) -> None:
    abilities, totals = cohort
    oracle = oracle_score(abilities, leniency=LENIENCY)

    missed = np.abs(totals - oracle.median)
    squared = (totals - oracle.mean) ** 2

    assert 1.7 <= np.mean(missed) <= 2.4
    assert np.mean(missed) == pytest.approx(np.mean(oracle.absolute_error), abs=0.3)  # 4 SE
    assert np.mean(squared) == pytest.approx(np.mean(oracle.sd**2), rel=0.25)  # 4 SE
    assert np.mean(totals - oracle.mean) == pytest.approx(0, abs=0.45)  # 4 SE


@pytest.mark.parametrize("shift", [-2.0, -1.0, 1.0, 2.0])
def test_no_shifted_oracle_is_better(cohort: tuple[Array, Array], shift: float) -> None:
    abilities, totals = cohort
    oracle = oracle_score(abilities, leniency=LENIENCY)

    best = np.mean(np.abs(totals - oracle.median))

    assert np.mean(np.abs(totals - oracle.median - shift)) > best
    assert np.mean((totals - oracle.mean - shift) ** 2) > np.mean((totals - oracle.mean) ** 2)


def test_no_oracle_that_knows_less_is_better(cohort: tuple[Array, Array]) -> None:
    abilities, totals = cohort
    rng = np.random.default_rng(1)
    oracle = oracle_score(abilities, leniency=LENIENCY)
    noisy = oracle_score(abilities + rng.normal(0, 0.5, abilities.shape), leniency=LENIENCY)
    coarse = oracle_score(abilities[:, :1] + np.zeros(6), leniency=LENIENCY)
    stranger = oracle_score(abilities)

    for other in (noisy, coarse, stranger):
        assert np.mean(np.abs(totals - other.median)) > np.mean(np.abs(totals - oracle.median))
        assert np.mean((totals - other.mean) ** 2) > np.mean((totals - oracle.mean) ** 2)


def test_the_median_beats_every_other_number_of_points(cohort: tuple[Array, Array]) -> None:
    abilities = cohort[0][:50]
    oracle = oracle_score(abilities, leniency=LENIENCY)
    chances = score_distribution(abilities, leniency=LENIENCY)

    losses = chances @ np.abs(POINTS[:, np.newaxis] - POINTS)  # one column for each estimate

    np.testing.assert_array_equal(oracle.median, np.argmin(losses, axis=1))
    np.testing.assert_allclose(oracle.absolute_error, losses.min(axis=1))


def test_mean_and_spread_are_those_of_the_distribution() -> None:
    abilities = np.random.default_rng(2).normal(1, 4, (3, 4, 6))
    chances = score_distribution(abilities)

    oracle = oracle_score(abilities)

    np.testing.assert_allclose(oracle.mean, chances @ POINTS)
    variance = chances @ POINTS**2 - oracle.mean**2
    np.testing.assert_allclose(oracle.sd, np.sqrt(variance), rtol=1e-9)  # cancellation
    assert oracle.median.shape == oracle.absolute_error.shape == (3, 4)
