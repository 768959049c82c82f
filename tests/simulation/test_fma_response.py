from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from hybridmfp.errors import ScaleError, SignalError
from hybridmfp.signals import find_scale
from hybridmfp.simulation.fma_response import (
    AVERAGE_PROFILE,
    DAY_SD,
    DOMAINS,
    HIDDEN_SD,
    OCCASION_SD,
    RATER_SD,
    ability_of_score,
    draw_items,
    expected_score,
    reflex_absence,
    score_distribution,
)
from hybridmfp.simulation.person import abilities_at, draw_person, find_setting
from hybridmfp.simulation.site import REFERENCE_SITE

Array = NDArray[np.float64]

NAMES = [item.identifier for item in find_scale("fma-ue").items]
POINTS = np.arange(67)
PROFILES = {
    "flaccid": np.full(6, -7.0),
    "moderate": np.array([1.0, 2.0, 0.0, -1.5, 1.5, 0.5]),
    "mild": np.array([5.0, 6.0, 4.0, 5.5, 4.5, 3.0]),
}


def rate_often(
    abilities: Array, *, times: int, seed: int, hidden_sd: float = HIDDEN_SD, leniency: float = 0.0
) -> NDArray[np.int64]:
    """Rate as many persons of the same abilities; shape (times, 33)."""
    rng = np.random.default_rng(seed)
    day_sd = DAY_SD if hidden_sd else 0.0
    return np.array(
        [
            draw_items(
                abilities,
                hidden=rng.normal(0, hidden_sd, 33),
                leniency=leniency,
                occasion=rng.normal(0, day_sd),
                reflex_absent=float(reflex_absence(abilities)),
                rng=rng,
            )
            for _ in range(times)
        ]
    )


def test_the_domain_and_item_order_is_the_one_of_the_scale() -> None:
    items = rate_often(np.full(6, 20.0), times=1, seed=0)[0]

    assert DOMAINS == ("shoulder", "elbow", "wrist", "hand", "individuation", "coordination")
    assert items.tolist() == [item.levels[-1] for item in find_scale("fma-ue").items]


@pytest.mark.parametrize(
    ("name", "domain", "rank"),
    [("A2e", "elbow", -2.5), ("B1", "wrist", 1.2), ("C1", "hand", -1.8), ("A2b", "shoulder", -2.4)],
)
def test_an_item_of_one_domain_follows_its_graded_response_curve(
    name: str, domain: str, rank: float
) -> None:
    difficulty = 1.87 * rank - 1.11
    abilities = np.full(6, -9.0)
    abilities[DOMAINS.index(domain)] = difficulty + 0.4

    points = rate_often(abilities, times=3000, seed=1, hidden_sd=0.0)[:, NAMES.index(name)]

    # 4 standard errors of a share among 3000
    assert np.mean(points >= 1) == pytest.approx(expit(1.5 * (0.4 + 0.85)), abs=0.037)
    assert np.mean(points == 2) == pytest.approx(expit(1.5 * (0.4 - 0.85)), abs=0.037)


def test_hidden_effects_leniency_and_occasion_all_make_an_item_easier_by_a_logit() -> None:
    def points(hidden: float, leniency: float, occasion: float) -> list[int]:
        effects = np.full(33, hidden)
        rng = np.random.default_rng(5)
        drawn = draw_items(
            np.zeros(6),
            hidden=effects,
            leniency=leniency,
            occasion=occasion,
            reflex_absent=0.0,
            rng=rng,
        )
        return [int(item) for item in drawn]

    assert points(1.0, 0.0, 0.0) == points(0.0, 1.0, 0.0) == points(0.0, 0.0, 1.0)
    assert sum(points(1.0, 0.0, 0.0)) > sum(points(0.0, 0.0, 0.0))


def test_a_hidden_effect_changes_its_own_item_alone() -> None:
    def points(hidden: Array) -> Array:
        rng = np.random.default_rng(2)
        drawn = draw_items(
            np.full(6, -1.0), hidden=hidden, leniency=0, occasion=0, reflex_absent=0.1, rng=rng
        )
        return drawn.astype(float)

    for at in [NAMES.index(name) for name in ("A2a", "B5", "C3", "D3")]:
        changed = np.flatnonzero(points(60.0 * np.eye(33)[at]) != points(-60.0 * np.eye(33)[at]))
        assert changed.tolist() == [at]
    reflex = 60.0 * np.eye(33)[0]
    assert np.array_equal(points(reflex), points(-reflex))


@pytest.mark.parametrize(("logits", "published"), [(-1.59, 19.0), (2.44, 47.0)])
def test_thirty_items_without_reflexes_meet_the_published_anchors(
    logits: float, published: float
) -> None:
    # Woodbury 2013, PMID 23529144: 19 +/- 2 and 47 +/- 2 of 60 points
    thirty = [at for at, name in enumerate(NAMES) if name not in ("A1a", "A1b", "A5")]

    calibrated = rate_often(np.full(6, logits), times=2500, seed=3, hidden_sd=0.0)[:, thirty]
    people = rate_often(np.full(6, logits), times=2500, seed=4)[:, thirty]

    assert np.mean(calibrated.sum(axis=1)) == pytest.approx(published, abs=0.2)  # 4 SE
    assert np.mean(people.sum(axis=1)) == pytest.approx(published, abs=1.0)


def test_the_easiest_and_the_hardest_items_are_the_published_ones() -> None:
    # Hijikata 2020: elbow flexion and scapular elevation first; reflex, hook grasp, time last
    means = rate_often(np.full(6, 1.0), times=2500, seed=5, hidden_sd=0.0).mean(axis=0)
    ordered = [NAMES[at] for at in np.argsort(-means) if at > 1]

    assert set(ordered[:2]) == {"A2e", "A2b"}
    assert set(ordered[-3:]) == {"A5", "C3", "D3"}


def test_thousands_of_ratings_obey_the_rules_of_the_scale() -> None:
    rng = np.random.default_rng(6)
    items = np.concatenate(
        [rate_often(rng.normal(1, 5, 6), times=1, seed=seed) for seed in range(3000)]
    )
    full = np.all(items[:, [NAMES.index(name) for name in ("A4a", "A4b", "A4c")]] == 2, axis=1)
    normal_reflex = items[:, NAMES.index("A5")]

    assert set(np.unique(items[:, :2])) == {0, 2}
    assert set(np.unique(items[:, 2:])) == {0, 1, 2}
    assert np.all(normal_reflex[~full] == 0)
    assert set(normal_reflex[full]) == {0, 1, 2}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("leniency", [0.0, -0.6])
def test_the_distribution_is_the_one_of_many_ratings(profile: str, leniency: float) -> None:
    times = 5000
    totals = rate_often(PROFILES[profile], times=times, seed=7, leniency=leniency).sum(axis=1)

    chances = score_distribution(PROFILES[profile], leniency=leniency)

    mean = chances @ POINTS
    sd = np.sqrt(chances @ (POINTS - mean) ** 2)
    assert np.mean(totals) == pytest.approx(mean, abs=4 * sd / np.sqrt(times))
    assert np.std(totals) == pytest.approx(sd, rel=0.05)  # 5 standard errors
    observed = np.bincount(totals, minlength=67) / times
    # expected total variation of a sample: half the sum of sqrt(2 p / (pi n)); with some room
    sampling = 0.5 * np.sum(np.sqrt(2 * chances / (np.pi * times)))
    assert 0.5 * np.sum(np.abs(observed - chances)) < 1.5 * sampling


def test_the_probabilities_of_all_scores_sum_to_one() -> None:
    abilities = np.random.default_rng(8).normal(1, 6, (200, 6))
    abilities[0], abilities[1] = 60.0, -60.0

    chances = score_distribution(abilities)

    assert chances.shape == (200, 67)
    assert np.all(chances >= 0)
    np.testing.assert_allclose(chances.sum(axis=-1), 1, rtol=1e-12)


def test_the_expected_score_is_the_mean_of_the_distribution() -> None:
    abilities = np.random.default_rng(9).normal(1, 5, (4, 10, 6))

    expected = expected_score(abilities, leniency=0.3)

    np.testing.assert_allclose(
        expected, score_distribution(abilities, leniency=0.3) @ POINTS, rtol=1e-12
    )
    assert expected.shape == (4, 10)


def test_many_persons_at_once_get_what_each_gets_alone() -> None:
    abilities = np.random.default_rng(10).normal(1, 4, (5, 6))

    together = score_distribution(abilities)

    alone = np.stack([score_distribution(one) for one in abilities])
    np.testing.assert_allclose(together, alone, atol=1e-14)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_better_ability_shifts_all_scores_up(domain: str) -> None:
    steps = np.linspace(-8, 9, 35)
    abilities = np.zeros((35, 6))
    abilities[:, DOMAINS.index(domain)] = steps

    cumulated = np.cumsum(score_distribution(abilities), axis=-1)

    assert np.all(np.diff(expected_score(abilities)) > 0)
    assert np.all(np.diff(cumulated, axis=0) < 1e-12)


def test_a_lenient_rater_is_worth_as_much_ability() -> None:
    able = PROFILES["mild"]  # whose reflexes are there anyway, to 1e-7

    np.testing.assert_allclose(
        score_distribution(able, leniency=0.5), score_distribution(able + 0.5), atol=1e-6
    )


def test_reflexes_are_absent_only_in_flaccid_arms() -> None:
    absence = reflex_absence(np.outer([-40.0, -6.0, 0.0], np.ones(6)))

    np.testing.assert_allclose(absence, [0.25, 0.125, 0.0], atol=1e-4)
    reflexes = rate_often(np.full(6, -6.0), times=3000, seed=11)[:, :2]
    np.testing.assert_allclose(np.mean(reflexes == 0, axis=0), 0.125, atol=0.025)  # 4 SE


def test_ability_of_score_undoes_the_expected_score_of_the_average_profile() -> None:
    theta = np.linspace(-8.9, 9.9, 173)
    scores = expected_score(theta[:, np.newaxis] + np.array(AVERAGE_PROFILE))

    assert np.all(np.diff(scores) > 0)
    np.testing.assert_allclose(ability_of_score(scores), theta, atol=1e-4)  # table of 0.05 logits
    wanted = np.linspace(4, 65.5, 124).reshape(2, 62)
    found = ability_of_score(wanted)
    np.testing.assert_allclose(
        expected_score(found[..., np.newaxis] + np.array(AVERAGE_PROFILE)), wanted, atol=1e-5
    )


def test_scores_that_nobody_is_expected_to_get_have_the_abilities_at_the_ends() -> None:
    np.testing.assert_allclose(ability_of_score([0.0, 66.0]), [-9.0, 10.0], rtol=1e-12)


@pytest.mark.parametrize("score", [-0.1, 66.5, float("nan"), [20.0, 70.0]])
def test_a_score_outside_the_scale_is_refused(score: object) -> None:
    with pytest.raises(ScaleError, match="score must lie on fma-ue, 0 to 66 points; got"):
        ability_of_score(score)  # type: ignore[arg-type]


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(SignalError, match=r"must end in an axis of 6.*got shape \(5,\)"):
        score_distribution(np.zeros(5))
    with pytest.raises(SignalError, match="must end in an axis of 6"):
        expected_score(np.array(3.0))
    with pytest.raises(SignalError, match="must end in an axis of 6"):
        reflex_absence(np.zeros((6, 2)))
    with pytest.raises(SignalError, match=r"hidden \(33,\), one person at a time; .*\(31,\)"):
        draw_items(
            np.zeros(6),
            hidden=np.zeros(31),
            leniency=0,
            occasion=0,
            reflex_absent=0,
            rng=np.random.default_rng(0),
        )


def test_measurement_error_and_consistency_are_like_the_published_ones() -> None:
    setting = find_setting("rehabilitation")
    rng = np.random.default_rng(12)
    ratings = np.empty((2, 500, 33))
    for row in range(500):
        person = draw_person(77, row + 1, "patient", site=REFERENCE_SITE, setting=setting)
        abilities = abilities_at(person, person.theta, rng=rng)
        for occasion in range(2):
            ratings[occasion, row] = draw_items(
                abilities,
                hidden=person.hidden,
                leniency=rng.normal(0, RATER_SD),
                occasion=rng.normal(0, OCCASION_SD),
                reflex_absent=float(reflex_absence(abilities)),
                rng=rng,
            )

    totals = ratings.sum(axis=-1)
    sem = np.std(totals[1] - totals[0]) / np.sqrt(2)
    item_variance = np.sum(np.var(ratings[0], axis=0))
    alpha = 33 / 32 * (1 - item_variance / np.var(totals[0]))

    # SEM 2.46 in 51 patients, doi:10.1177/15459683231186985
    assert 2.0 <= sem <= 3.0
    assert alpha > 0.93
