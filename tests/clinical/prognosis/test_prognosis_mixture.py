"""What the recovery mixture promises: closed forms, laws, calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import kstest, norm

from hybridmfp.clinical.prognosis import MixtureModel
from hybridmfp.errors import ClinicalError
from hybridmfp.simulation.recovery import RECOVERY_GROUPS

MODEL = MixtureModel.published()


def _one_group(number: int) -> MixtureModel:
    return replace(MODEL, groups=(RECOVERY_GROUPS[number - 1],), labels=("alone",))


def _simulated(
    n: int, weeks: list[float], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw persons straight from the published equation; scores (n, n_weeks) and groups."""
    shares = np.array([one.share for one in RECOVERY_GROUPS])
    group = rng.choice(5, p=shares / shares.sum(), size=n)
    mean, precision, r, tau = (
        np.array([getattr(one, name) for one in RECOVERY_GROUPS])[group]
        for name in ("initial_mean", "initial_precision", "r", "tau_weeks")
    )
    start = 66 * expit(mean + rng.standard_normal(n) / np.sqrt(precision))
    gain = (r * (66 - start))[:, np.newaxis] * (1 - np.exp(-np.array(weeks) / tau[:, np.newaxis]))
    noise = 1 / np.sqrt(0.0673) * rng.standard_normal((n, len(weeks)))
    return np.clip(start[:, np.newaxis] + gain + noise, 0, 66), group


def test_the_residual_has_the_published_sd() -> None:
    assert MODEL.residual_sd == pytest.approx(3.8547167224584986, rel=1e-12)


@pytest.mark.parametrize(
    ("number", "plateau"), [(1, 24.1), (2, 41.2), (3, 59.6), (4, 60.9), (5, 62.8)]
)
def test_from_20_points_the_groups_end_where_they_should(number: int, plateau: float) -> None:
    end = MODEL.means(np.array([number - 1]), np.array([20.0]), np.array([1e6]))

    assert end[0, 0] == pytest.approx(plateau, abs=0.15)  # the reference rounds r to 2 digits


def test_without_scores_the_groups_have_their_shares() -> None:
    shares = np.array([one.share for one in RECOVERY_GROUPS])

    told = MODEL.posterior([], [])

    assert told.n_observations == 0
    assert [one.probability for one in told.groups] == pytest.approx(
        shares / shares.sum(), rel=1e-9
    )
    merged = {one.name: one.probability for one in told.merged_groups}
    assert list(merged) == ["1", "2+3", "4+5"]
    assert merged["2+3"] == pytest.approx((0.1395 + 0.1118) / shares.sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("days", "scores", "sd"),
    [
        ([3.0], [30.0], None),
        ([3.0, 10.0, 40.0], [8.0, 15.0, 33.0], None),
        ([10.0, 40.0], [66.0, 66.0], None),
        ([5.0, 20.0], [0.0, 3.0], None),
        ([10.0, 20.0], [25.0, 30.0], [6.0, 0.0]),
    ],
)
def test_group_probabilities_are_those_of_numerical_integration(
    days: list[float], scores: list[float], sd: list[float] | None
) -> None:
    spread = np.hypot(MODEL.residual_sd, sd or [0.0] * len(days))

    def evidence(one: object) -> float:
        def integrand(z: float) -> float:
            start = 66 * expit(one.initial_mean + z / np.sqrt(one.initial_precision))  # type: ignore[attr-defined]
            value = norm.pdf(z)
            for day, score, width in zip(days, scores, spread, strict=True):
                middle = start + one.r * (66 - start) * (1 - np.exp(-day / 7 / one.tau_weeks))  # type: ignore[attr-defined]
                if score == 66:
                    value *= norm.sf(66, middle, width)
                elif score == 0:
                    value *= norm.cdf(0, middle, width)
                else:
                    value *= norm.pdf(score, middle, width)
            return float(value)

        return one.share * quad(integrand, -8, 8, epsabs=0, epsrel=1e-9, limit=500)[0]  # type: ignore[attr-defined]

    expected = np.array([evidence(one) for one in RECOVERY_GROUPS])

    told = MODEL.posterior(days, scores, sd=sd)

    assert [one.probability for one in told.groups] == pytest.approx(
        expected / expected.sum(), rel=1e-5, abs=1e-8
    )


def test_in_one_group_the_forecast_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(6300)
    group = RECOVERY_GROUPS[1]
    start = 66 * expit(
        group.initial_mean + rng.standard_normal(2_000_000) / np.sqrt(group.initial_precision)
    )
    seen, ahead = (
        start + group.r * (66 - start) * (1 - np.exp(-week / group.tau_weeks)) for week in (2, 12)
    )
    weight = norm.pdf(20, seen, MODEL.residual_sd)

    told = _one_group(2).posterior([14], [20])

    for points in (15.0, 25.0, 35.0):
        expected = np.average(norm.cdf(points, ahead, MODEL.residual_sd), weights=weight)
        assert told.cdf([12], [points])[0, 0] == pytest.approx(expected, abs=2e-3)  # Monte Carlo


def test_a_known_start_leaves_the_residual_alone() -> None:
    known = replace(RECOVERY_GROUPS[3], initial_mean=0.0, initial_precision=1e12)
    model = replace(MODEL, groups=(known,), labels=("alone",))

    low, middle, high = model.posterior([], []).quantiles([2.0], [0.1, 0.5, 0.9])[0]

    mean = 33 + known.r * 33 * (1 - np.exp(-2 / known.tau_weeks))
    assert [low, middle, high] == pytest.approx(
        norm.ppf([0.1, 0.5, 0.9], mean, MODEL.residual_sd), abs=2e-5
    )


def test_quantiles_turn_the_distribution_around() -> None:
    told = MODEL.posterior([4], [14])
    levels = [0.05, 0.3, 0.5, 0.8]

    points = told.quantiles([6.0], levels)[0]

    assert told.cdf([6.0], points)[0] == pytest.approx(levels, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    days=st.lists(st.floats(0, 180), min_size=0, max_size=5),
    score=st.floats(0, 66),
    week=st.floats(0, 60),
)
def test_every_fan_ascends_and_stays_on_the_scale(
    days: list[float], score: float, week: float
) -> None:
    told = MODEL.posterior(days, [score] * len(days))

    row = np.array(list(told.fan([week])[0].values())[1:])

    assert (np.diff(row) >= 0).all()
    assert row.min() >= 0
    assert row.max() <= 66
    assert sum(one.probability for one in told.groups) == pytest.approx(1, abs=1e-9)


def test_the_order_of_scores_does_not_matter() -> None:
    forwards = MODEL.posterior([3, 10, 30], [8, 20, 35], sd=[0, 4, 1])
    backwards = MODEL.posterior([30, 10, 3], [35, 20, 8], sd=[1, 4, 0])

    assert forwards.weight == pytest.approx(backwards.weight, rel=1e-9)


def test_on_average_the_fan_narrows_with_each_score() -> None:
    days = [3, 10, 20, 40, 80]
    people, _ = _simulated(25, [day / 7 for day in days], np.random.default_rng(6303))

    widths = [
        np.mean(
            [
                np.diff(MODEL.posterior(days[:n], row[:n]).quantiles([26], [0.05, 0.95]))
                for row in people
            ]
        )
        for n in (0, 1, 2, 5)
    ]

    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 3


def test_an_uncertain_estimate_tells_less_and_in_the_limit_nothing() -> None:
    prior = MODEL.posterior([], [])
    widths = [
        float(np.diff(MODEL.posterior([14], [30], sd=[sd]).quantiles([26], [0.25, 0.75]))[0, 0])
        for sd in (0.0, 5.0, 20.0)
    ]

    assert widths == sorted(widths)
    blind = MODEL.posterior([14], [30], sd=[1e7])
    assert [one.probability for one in blind.groups] == pytest.approx(
        [one.probability for one in prior.groups], abs=1e-6
    )


def test_weeks_before_the_score_are_foretold_too() -> None:
    told = MODEL.posterior([70], [40])

    before, at, after = (float(told.quantiles([week], [0.5])[0, 0]) for week in (0.5, 10, 26))

    assert before < at < after
    assert at == pytest.approx(40, abs=3)


def test_forecasts_are_calibrated_on_persons_of_the_model() -> None:
    rng = np.random.default_rng(6301)
    scores, _ = _simulated(400, [1.0, 2.0, 0.5, 26.0], rng)
    pit = []
    for row in scores:
        told = MODEL.posterior([7, 14], row[:2])
        for week, score in ((0.5, row[2]), (26.0, row[3])):
            low, high = told.cdf([week], [score - 1e-9, score])[0]
            pit.append(low + rng.uniform() * (high - low))  # spread over the ends of the scale
    before, after = np.array(pit).reshape(-1, 2).T

    assert kstest(before, "uniform").pvalue > 0.01
    assert kstest(after, "uniform").pvalue > 0.01


def test_group_probabilities_are_as_often_right_as_they_say() -> None:
    scores, group = _simulated(600, [1.0, 4.0, 12.0], np.random.default_rng(6302))

    told = np.array(
        [[one.probability for one in MODEL.posterior([7, 28, 84], row).groups] for row in scores]
    )

    of_truth = np.eye(5)[group]
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.0)):
        within = (told >= low) & (told <= high)
        noise = np.sqrt((told * (1 - told))[within].sum()) / within.sum()
        assert abs(of_truth[within].mean() - told[within].mean()) < 3 * noise


@pytest.mark.parametrize(
    ("days", "scores", "sd", "match", "refusal"),
    [
        ([3], [67], None, "from 0 to 66; got 67", "impossible_value"),
        ([3], [-0.1], None, "got -0.1", "impossible_value"),
        ([-1], [30], None, "days since the stroke must be", "impossible_value"),
        ([float("nan")], [30], None, "got nan", "impossible_value"),
        ([3], [30], [-1], "SDs of scores must be", "impossible_value"),
        ([3, 4], [30], None, "one value per score; got 2, 1 and 1", "missing_input"),
        ([[3]], [30], None, "one row of numbers", "impossible_value"),
    ],
)  # fmt: skip
def test_scores_that_cannot_be_are_refused(
    days: list[float], scores: list[float], sd: list[float] | None, match: str, refusal: str
) -> None:
    with pytest.raises(ClinicalError, match=match) as caught:
        MODEL.posterior(days, scores, sd=sd)

    assert caught.value.refusal == refusal


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_levels_lie_between_0_and_1(level: float) -> None:
    with pytest.raises(ClinicalError, match="levels must lie between 0 and 1"):
        MODEL.posterior([], []).quantiles([3], [level])


@pytest.mark.parametrize("week", [-0.1, float("inf")])
def test_no_week_lies_before_the_stroke(week: float) -> None:
    with pytest.raises(ClinicalError, match="time counts from the stroke"):
        MODEL.posterior([], []).fan([week])
