"""What the partial-credit model promises, against other ways to the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rating_builder import answers, ladder
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.base import clone

from hybridmfp.clinical.rating import PartialCreditModel
from hybridmfp.clinical.rating.rasch_steps import chance_of_next, level_chances, moments
from hybridmfp.errors import ClinicalError

Array = NDArray[np.float64]
THRESHOLDS = ladder(8, reach=2.0)


def simulated(n_persons: int, *, seed: int, thresholds: Array = THRESHOLDS) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    theta = rng.normal(0.5, 1.5, n_persons)
    return theta, answers(theta, thresholds, rng)


@pytest.fixture(scope="module")
def large() -> tuple[Array, Array, PartialCreditModel]:
    theta, X = simulated(1000, seed=6020)
    return theta, X, PartialCreditModel().fit(X)


# The model ------------------------------------------------------------------------------------


def test_chances_are_those_of_the_definition() -> None:
    theta, steps = 0.7, np.array([-0.4, 1.1])
    weights = [1, np.exp(theta - steps[0]), np.exp(2 * theta - steps.sum())]

    chances = level_chances(np.array([theta]), steps[np.newaxis])[0, 0]

    np.testing.assert_allclose(chances, np.array(weights) / sum(weights), rtol=1e-12)


def test_chance_of_the_next_step_is_the_share_among_two_neighbours() -> None:
    chances = level_chances(np.array([0.3]), THRESHOLDS)[0]

    for item, steps in enumerate(THRESHOLDS):
        for k, threshold in enumerate(steps):
            pair = chances[item, k : k + 2]
            assert chance_of_next(0.3, threshold) == pytest.approx(pair[1] / pair.sum(), rel=1e-12)


def test_neighbouring_levels_are_equally_likely_at_their_threshold() -> None:
    for steps in THRESHOLDS:
        for k, threshold in enumerate(steps):
            chances = level_chances(np.array([threshold]), steps[np.newaxis])[0, 0]
            assert chances[k] == pytest.approx(chances[k + 1], rel=1e-12)


def test_variance_is_the_slope_of_the_expectation() -> None:
    at, step = np.array([-1.0, 0.2, 2.5]), 1e-5

    slope = (moments(at + step, THRESHOLDS).mean - moments(at - step, THRESHOLDS).mean) / 2e-5

    np.testing.assert_allclose(moments(at, THRESHOLDS).variance, slope, rtol=1e-8)


def test_third_moment_is_the_slope_of_the_variance() -> None:
    at, step = np.array([-1.0, 0.2, 2.5]), 1e-5

    above, below = moments(at + step, THRESHOLDS), moments(at - step, THRESHOLDS)

    slope = (above.variance - below.variance) / (2 * step)
    np.testing.assert_allclose(moments(at, THRESHOLDS).third, slope, rtol=1e-6, atol=1e-9)


def test_far_abilities_do_not_overflow() -> None:
    chances = level_chances(np.array([-1e4, 1e4]), THRESHOLDS)

    assert np.isfinite(chances).all()
    np.testing.assert_allclose(chances[1, :, -1], 1.0)


# Fitting --------------------------------------------------------------------------------------


def test_thresholds_and_spread_are_recovered_within_their_errors(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, _, model = large
    truth = THRESHOLDS - THRESHOLDS.mean()

    miss = np.concatenate(model.thresholds_) - truth.ravel()
    errors = np.concatenate(model.thresholds_se_)

    assert np.abs(miss / errors).max() < 3.5
    assert 0.6 < np.std(miss / errors) < 1.5
    assert model.sd_ == pytest.approx(1.5, abs=0.15)
    assert model.mean_ == pytest.approx(0.5 - THRESHOLDS.mean(), abs=0.15)


def test_items_sum_to_zero(large: tuple[Array, Array, PartialCreditModel]) -> None:
    _, _, model = large

    assert sum(steps.mean() for steps in model.thresholds_) == pytest.approx(0, abs=1e-12)


def slow_log_likelihood(X: Array, steps: list[Array], mean: float, sd: float) -> float:
    """Integrate over abilities by `quad`, pattern by pattern, from the definition."""

    def joint(theta: float, pattern: Array) -> float:
        product = norm.pdf(theta, loc=mean, scale=sd)
        for level, own in zip(pattern.astype(int), steps, strict=True):
            climbs = np.exp(np.concatenate([[0], np.cumsum(theta - own)]))
            product *= climbs[level] / climbs.sum()
        return float(product)

    patterns, counts = np.unique(X, axis=0, return_counts=True)
    ends = mean - 9 * sd, mean + 9 * sd
    chances = [quad(joint, *ends, args=(one,), epsabs=1e-13, limit=200)[0] for one in patterns]
    return float(counts @ np.log(chances))


def test_a_slow_obvious_likelihood_is_the_same_and_highest_there() -> None:
    rng = np.random.default_rng(6021)
    thresholds = np.array([[-1.0, 0.5], [0.3, np.inf]])
    X = answers(rng.normal(0.2, 1.3, 250), thresholds, rng)

    model = PartialCreditModel().fit(X)

    steps, cuts = np.concatenate(model.thresholds_), [2]
    best = slow_log_likelihood(X, np.split(steps, cuts), model.mean_, model.sd_)
    assert model.log_likelihood_ == pytest.approx(best, abs=1e-7)
    for at in range(len(steps)):
        wiggle = 0.02 * np.eye(len(steps))[at]
        above, below = (
            slow_log_likelihood(X, np.split(one, cuts), model.mean_, model.sd_)
            for one in (steps + wiggle, steps - wiggle)
        )
        assert max(above, below) < best
        assert (above - below) / 0.04 == pytest.approx(0, abs=0.02)  # cubic terms of the wiggle
    for sd in (model.sd_ * 1.02, model.sd_ / 1.02):
        assert slow_log_likelihood(X, np.split(steps, cuts), model.mean_, sd) < best


def test_two_dichotomous_items_differ_by_the_log_odds_of_who_solved_one_alone() -> None:
    """Closed form: with two items every sensible likelihood has the conditional estimate."""
    X = np.array([[1, 0]] * 60 + [[0, 1]] * 20 + [[1, 1]] * 50 + [[0, 0]] * 45, dtype=float)

    model = PartialCreditModel().fit(X)

    apart = model.thresholds_[1][0] - model.thresholds_[0][0]
    assert apart == pytest.approx(np.log(60 / 20), abs=1e-4)
    # Centred, each lies half of that from zero; so is its error, whatever the abilities are.
    error = np.sqrt(1 / 60 + 1 / 20) / 2
    np.testing.assert_allclose(np.concatenate(model.thresholds_se_), error, rtol=1e-3)


def test_statsmodels_agrees_on_conditional_odds() -> None:
    """Given their score, answers do not depend on abilities; the rest is error of sampling."""
    smd = pytest.importorskip("statsmodels.discrete.conditional_models")
    thresholds = np.array([[-1.0], [-0.2], [0.3], [1.0]])
    rng = np.random.default_rng(6023)
    X = answers(rng.normal(0, 1.0, 1200), thresholds, rng)
    mixed = X[(X.sum(axis=1) > 0) & (X.sum(axis=1) < 4)]
    design = np.tile(-np.eye(4)[:, 1:], (len(mixed), 1))

    fitted = smd.ConditionalLogit(
        mixed.ravel(), design, groups=np.repeat(np.arange(len(mixed)), 4)
    ).fit(disp=False)
    model = PartialCreditModel().fit(X)

    ours = np.concatenate(model.thresholds_)
    np.testing.assert_allclose(ours[1:] - ours[0], fitted.params, atol=0.03)


def test_standard_errors_shrink_with_the_root_of_persons() -> None:
    _, X = simulated(200, seed=6024)

    once = PartialCreditModel().fit(X)
    four_times = PartialCreditModel().fit(np.tile(X, (4, 1)))

    np.testing.assert_allclose(
        np.concatenate(four_times.thresholds_), np.concatenate(once.thresholds_), atol=1e-3
    )
    np.testing.assert_allclose(
        np.concatenate(once.thresholds_se_) / np.concatenate(four_times.thresholds_se_),
        2.0,
        rtol=1e-2,
    )


def test_more_nodes_change_nothing() -> None:
    _, X = simulated(60, seed=6025, thresholds=ladder(24))

    usual, many = (PartialCreditModel(n_nodes=n).fit(X) for n in (161, 401))

    np.testing.assert_allclose(
        np.concatenate(usual.thresholds_), np.concatenate(many.thresholds_), atol=1e-4
    )
    assert usual.log_likelihood_ == pytest.approx(many.log_likelihood_, abs=1e-6)


def test_items_left_out_at_random_do_not_move_thresholds() -> None:
    theta, X = simulated(600, seed=6026)
    holes = np.where(np.random.default_rng(6027).random(X.shape) < 0.3, np.nan, X)

    model = PartialCreditModel().fit(holes)

    miss = np.concatenate(model.thresholds_) - (THRESHOLDS - THRESHOLDS.mean()).ravel()
    assert np.abs(miss / np.concatenate(model.thresholds_se_)).max() < 3.5
    assert np.corrcoef(model.ability(holes)[0], theta)[0, 1] > 0.85


def test_zero_and_two_points_are_one_step() -> None:
    rng = np.random.default_rng(6028)
    steps = answers(rng.normal(0, 1, 300), np.array([[-0.5], [0.0], [0.5]]), rng)
    points = steps * np.array([1, 2, 1])

    by_steps, by_points = PartialCreditModel().fit(steps), PartialCreditModel().fit(points)

    assert by_points.levels_ == ((0, 1), (0, 2), (0, 1))
    np.testing.assert_array_equal(
        np.concatenate(by_points.thresholds_), np.concatenate(by_steps.thresholds_)
    )
    np.testing.assert_allclose(by_points.expected([0.3])[0, 1], 2 * by_steps.expected([0.3])[0, 1])


def test_the_order_of_persons_does_not_matter() -> None:
    _, X = simulated(120, seed=6029)

    there, back = PartialCreditModel().fit(X), PartialCreditModel().fit(X[::-1])

    np.testing.assert_allclose(
        np.concatenate(there.thresholds_), np.concatenate(back.thresholds_), atol=1e-5
    )


def test_it_is_an_estimator_like_others() -> None:
    _, X = simulated(60, seed=6030)
    model = PartialCreditModel(levels=[(0, 1, 2)] * 8, n_nodes=81)
    given = X.copy()

    twin = clone(model).set_params(n_nodes=161)
    assert model.get_params() == {"levels": [(0, 1, 2)] * 8, "n_nodes": 81}
    assert twin.fit(X) is twin
    np.testing.assert_array_equal(X, given)
    assert not hasattr(model, "thresholds_")


# Persons --------------------------------------------------------------------------------------


def test_warm_estimates_solve_their_equation(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, X, model = large
    thresholds = np.array(model.thresholds_)

    theta, se = model.ability(X[:20])

    for row, found, error in zip(X[:20], theta, se, strict=True):

        def equation(at: float, row: Array = row) -> float:
            m = moments(np.array([at]), thresholds)
            return float(row.sum() - m.mean.sum() + m.third.sum() / m.variance.sum() / 2)

        assert found == pytest.approx(brentq(equation, -15, 15, xtol=1e-12), abs=1e-9)
        information = moments(np.array([found]), thresholds).variance.sum()
        assert error == pytest.approx(information**-0.5, rel=1e-9)


@pytest.mark.parametrize(("solved", "chance"), [(1, 3 / 4), (0, 1 / 4)])
def test_one_item_alone_has_a_closed_form(solved: int, chance: float) -> None:
    X = np.array([[1, 0]] * 30 + [[0, 1]] * 30 + [[1, 1]] * 20 + [[0, 0]] * 20, dtype=float)
    model = PartialCreditModel().fit(X)

    theta, _ = model.ability(np.array([[solved, np.nan]]))

    assert theta[0] - model.thresholds_[0][0] == pytest.approx(logit(chance), abs=1e-9)


def test_abilities_are_nearly_unbiased_with_honest_errors(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    theta, X, model = large
    inside = (X.sum(axis=1) > 1) & (X.sum(axis=1) < 15)

    found, se = model.ability(X)

    miss = (found - (theta - THRESHOLDS.mean()))[inside]
    assert np.abs(miss.mean()) < 0.08
    assert 0.85 < np.std(miss / se[inside]) < 1.15


def test_abilities_rise_with_the_score_and_are_finite_at_both_ends(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, _, model = large
    staircase = np.array([[2.0] * n + [0.0] * (8 - n) for n in range(9)])

    for method in ("wle", "eap"):
        theta, se = model.ability(staircase, method=method)
        assert np.isfinite(theta).all()
        assert (np.diff(theta) > 0).all()
        assert (se > 0).all()


def test_the_posterior_is_drawn_towards_the_others(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, X, model = large

    by_likelihood, by_posterior = (model.ability(X, method=one)[0] for one in ("wle", "eap"))

    assert np.var(by_posterior) < np.var(by_likelihood)
    assert np.mean(by_posterior) == pytest.approx(model.mean_, abs=0.01)


def test_posterior_moments_are_those_of_adaptive_integration(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, X, model = large
    thresholds = np.array(model.thresholds_)

    def weight(theta: float, power: int, row: Array) -> float:
        chances = level_chances(np.array([theta]), thresholds)[0]
        did = chances[np.arange(8), row.astype(int)].prod()
        return float(theta**power * did * norm.pdf(theta, model.mean_, model.sd_))

    theta, se = model.ability(X[:3], method="eap")
    for row, mean, sd in zip(X[:3], theta, se, strict=True):
        zeroth, first, second = (quad(weight, -12, 12, args=(p, row))[0] for p in range(3))
        assert mean == pytest.approx(first / zeroth, abs=1e-6)
        assert sd == pytest.approx(np.sqrt(second / zeroth - (first / zeroth) ** 2), abs=1e-6)


def test_expected_points_rise_with_ability_between_the_levels(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, _, model = large

    expected = model.expected(np.linspace(-12, 12, 200))

    assert (np.diff(expected, axis=0) > 0).all()
    assert expected.min() > 0
    assert expected.max() < 2
    total = sum(chances.sum(axis=1) for chances in model.step_probabilities([0.0, 1.0]))
    np.testing.assert_allclose(total, 8.0)


def test_reliability_is_that_of_the_truth(large: tuple[Array, Array, PartialCreditModel]) -> None:
    theta, X, model = large

    found = model.ability(X, method="eap")[0]

    assert model.reliability_ == pytest.approx(np.corrcoef(found, theta)[0, 1] ** 2, abs=0.02)


# Fit ------------------------------------------------------------------------------------------


def test_answers_of_the_model_fit_it(large: tuple[Array, Array, PartialCreditModel]) -> None:
    theta, X, model = large
    centred = theta - THRESHOLDS.mean()

    items, persons = model.item_fit(X, theta=centred), model.person_fit(X, theta=centred)

    np.testing.assert_allclose(items.infit, 1.0, atol=0.15)
    np.testing.assert_allclose(items.outfit, 1.0, atol=0.3)
    assert persons.infit.mean() == pytest.approx(1.0, abs=0.05)
    assert items.infit.shape == (8,)
    assert persons.outfit.shape == (1000,)


def test_guessing_shows_in_the_item_and_in_the_person() -> None:
    rng = np.random.default_rng(6031)
    _, X = simulated(400, seed=6032)
    X[:, 3] = rng.integers(0, 3, 400)
    X[7] = [0, 0, 1, 0, 2, 2, 2, 2]

    model = PartialCreditModel().fit(X)

    assert np.argmax(model.item_fit(X).infit) == 3
    assert model.item_fit(X).infit[3] > 1.3
    assert model.person_fit(X).outfit[7] > 2


def test_mean_squares_are_those_of_the_definition(
    large: tuple[Array, Array, PartialCreditModel],
) -> None:
    _, X, model = large
    few = X[:40].copy()
    few[0, 0] = np.nan
    theta, _ = model.ability(few)
    at = moments(theta, np.array(model.thresholds_))
    rated = ~np.isnan(few[:, 0])
    squares = (few - at.mean)[rated, 0] ** 2

    fit, z = model.item_fit(few), model.standardised_residuals(few)

    assert fit.infit[0] == pytest.approx(squares.sum() / at.variance[rated, 0].sum(), rel=1e-12)
    assert fit.outfit[0] == pytest.approx((squares / at.variance[rated, 0]).mean(), rel=1e-12)
    assert np.isnan(z[0, 0])
    np.testing.assert_allclose(z[rated, 0] ** 2, squares / at.variance[rated, 0])


# Refusals -------------------------------------------------------------------------------------

FINE = simulated(40, seed=6033)[1]


def changed(at: tuple[Any, ...], value: float) -> Array:
    other = FINE.copy()
    other[at] = value
    return other


@pytest.mark.parametrize(
    ("act", "message", "named"),
    [
        (lambda: PartialCreditModel().fit(FINE[:2]), "at least 3 persons", "too_few"),
        (lambda: PartialCreditModel().fit(FINE[:, :1]), "2 items", "too_few"),
        (lambda: PartialCreditModel().fit(changed((slice(None), 1), 2)), "all have 2", "too_few"),
        (
            lambda: PartialCreditModel(levels=[(0, 1, 2, 3)] * 8).fit(FINE),
            "in column 0 of X nobody has 3",
            "too_few",
        ),
        (
            lambda: PartialCreditModel(levels=[(0, 1, 2)] * 7).fit(FINE),
            "each of 8 items; got 7",
            "missing_items",
        ),
        (lambda: PartialCreditModel(n_nodes=9).fit(FINE), "n_nodes must be 41", "impossible_value"),
        (lambda: PartialCreditModel().fit(FINE[0]), "got shape", "missing_items"),
        (lambda: PartialCreditModel().fit([["a"]]), "must hold points", "impossible_items"),
        (lambda: PartialCreditModel().fit(changed((0, 0), 0.5)), "got 0.5", "impossible_items"),
        (lambda: PartialCreditModel().fit(changed((0, 0), np.inf)), "got inf", "impossible_items"),
        (lambda: PartialCreditModel().fit(changed((4,), np.nan)), r"rows \[4\]", "missing_items"),
        (
            lambda: PartialCreditModel().fit(changed((slice(None), 2), np.nan)),
            r"columns \[2\]",
            "missing_items",
        ),
        (
            lambda: PartialCreditModel().fit(FINE).ability(FINE[:, :3]),
            "must have 8 items, as in fit; got 3",
            "missing_items",
        ),
        (
            lambda: PartialCreditModel().fit(FINE).ability(FINE + 1),
            "got 3",
            "impossible_items",
        ),
        (
            lambda: PartialCreditModel().fit(FINE).ability(FINE, method="mle"),
            "'wle' or 'eap'; got 'mle'",
            "impossible_value",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(
    act: Callable[[], object], message: str, named: str
) -> None:
    with pytest.raises(ClinicalError, match=message) as refused:
        act()

    assert refused.value.refusal == named


def test_warm_needs_no_cohort_to_place_a_person() -> None:
    """The chance of a solved item at the estimate of two equal items, one solved, is one half."""
    X = np.array([[1, 0]] * 30 + [[0, 1]] * 30 + [[1, 1]] * 5 + [[0, 0]] * 5, dtype=float)

    model = PartialCreditModel().fit(X)

    theta = model.ability([[1, 0]])[0][0]
    assert expit(theta - model.thresholds_[0][0]) == pytest.approx(0.5, abs=1e-6)
