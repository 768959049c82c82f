"""Fitting a twin: what it is told, what it finds, what it refuses, and that it says simulation."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.clinical.twin import (
    PARAMETERS,
    TwinModel,
    TwinPosterior,
    TwinVisit,
    fit_twin,
    shipped_model,
)
from hybridmfp.clinical.twin.evidence import Evidence, approximate_posterior
from hybridmfp.clinical.twin.explanation_check import explanation_check
from hybridmfp.clinical.twin.parameters import IMPAIRMENT_NAMES
from hybridmfp.clinical.twin.person_prior import PersonPrior
from hybridmfp.clinical.twin.session_features import TWIN_FEATURES
from hybridmfp.errors import ClinicalError
from hybridmfp.features import SessionDigest


@pytest.fixture(scope="module")
def model() -> TwinModel:
    return shipped_model()


def make_session(model: TwinModel, person: int, visit: int = 0) -> SessionDigest:
    """Put what the bank kept of a simulated session back into a digest."""
    row = model.bank.features[person, visit]
    row = np.where(np.isfinite(row), row, model.measurement.centre)
    rows = row.reshape(len(model.bank.tasks), len(TWIN_FEATURES))
    logged = np.array(
        [
            name.startswith(("emg.", "kin.range.", "kin.joint_speed."))
            or name
            in (
                *("kin.movement_time", "kin.peak_speed", "kin.mean_speed", "kin.velocity_peaks"),
                *("kin.velocity_peak_rate", "kin.path_ratio", "kin.reach_distance"),
                *("kin.trunk_displacement", "kin.trunk_rotation"),
            )
            for name in TWIN_FEATURES
        ]
    )
    nothing = np.empty((len(rows), 0, 11), dtype=np.float32)
    return SessionDigest(
        subject=f"S{person}",
        session=str(visit + 1),
        task=np.array(model.bank.tasks),
        columns=TWIN_FEATURES,
        features=np.where(logged, np.exp(rows), rows),
        session_columns=(),
        session_features=np.empty(0),
        movement=nothing,
        envelopes=nothing,
    )


@pytest.fixture(scope="module")
def mild(model: TwinModel) -> int:
    return int(np.argmin(np.abs(model.bank.abilities[:, 0].mean(axis=1) - 4)))


@pytest.fixture(scope="module")
def twin(model: TwinModel, mild: int) -> TwinPosterior:
    return fit_twin([TwinVisit(90.0, make_session(model, mild))], model=model)


def test_a_session_tells_the_able_from_the_unable(model: TwinModel, twin: TwinPosterior) -> None:
    severe = int(np.argmin(np.abs(model.bank.abilities[:, 0].mean(axis=1) + 4)))
    weak = fit_twin([TwinVisit(90.0, make_session(model, severe))], model=model)

    assert twin.mean["theta"] - weak.mean["theta"] > 4
    assert twin.interval()["theta"][0] > weak.interval()["theta"][1]
    assert twin.predict_score().mean > weak.predict_score().mean + 20


def test_a_session_tells_more_of_what_shows_than_of_what_does_not(twin: TwinPosterior) -> None:
    informed = twin.informed()

    assert informed["theta"] > 0.7
    assert informed["ability.hand"] > 0.6
    assert informed["drift_per_year"] < 0.2  # one visit says nothing of change
    assert max(informed.values()) <= 1


def test_intervals_nest_and_hold_the_mean(twin: TwinPosterior) -> None:
    half, most = twin.interval(0.5), twin.interval(0.95)

    for name in PARAMETERS:
        assert most[name][0] <= half[name][0] <= half[name][1] <= most[name][1]
        assert most[name][0] <= twin.mean[name] <= most[name][1]


def test_a_rated_score_narrows_the_ability_and_moves_it_towards_itself(
    model: TwinModel, mild: int, twin: TwinPosterior
) -> None:
    session = make_session(model, mild)
    expected = twin.predict_score().mean
    lower, higher = (
        fit_twin([TwinVisit(90.0, session, score=round(expected + by))], model=model)
        for by in (-4, 4)
    )

    assert lower.mean["theta"] < twin.mean["theta"] < higher.mean["theta"]
    for rated in (lower, higher):
        assert rated.draws[:, 0].std() < twin.draws[:, 0].std()
        assert rated.n_ratings == 1


def test_two_sessions_tell_more_than_one(model: TwinModel, mild: int, twin: TwinPosterior) -> None:
    both = fit_twin(
        [TwinVisit(90.0 + 84 * at, make_session(model, mild, at)) for at in (0, 1)], model=model
    )

    assert both.n_sessions == 2
    narrower = both.draws.std(axis=0) / twin.draws.std(axis=0)
    assert np.median(narrower) < 1


def test_the_same_seed_gives_the_same_draws(model: TwinModel, mild: int, twin) -> None:
    again = fit_twin([TwinVisit(90.0, make_session(model, mild))], model=model)
    other = fit_twin([TwinVisit(90.0, make_session(model, mild))], model=model, random_state=1)

    assert np.array_equal(again.draws, twin.draws)
    # Another seed: means agree to a few standard errors of about 500 independent draws.
    assert abs(other.mean["theta"] - twin.mean["theta"]) < 0.3 * twin.draws[:, 0].std()


def test_the_chains_have_met(twin: TwinPosterior) -> None:
    assert twin.rhat < 1.05


def test_the_forecast_widens_and_keeps_its_mean_with_time(twin: TwinPosterior) -> None:
    now, later = twin.predict_score(0.0), twin.predict_score(52.0)

    assert np.isclose(now.chances.sum(), 1)
    assert abs(later.mean - now.mean) < 2
    assert np.diff(later.interval())[0] >= np.diff(now.interval())[0]


@pytest.mark.parametrize("weeks", [-0.1, 52.1, float("nan")])
def test_forecasts_beyond_a_year_are_refused(twin: TwinPosterior, weeks: float) -> None:
    with pytest.raises(ClinicalError, match="between 0 and 52") as refused:
        twin.predict_score(weeks)
    assert refused.value.refusal == "outside_window"


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0])
def test_levels_that_are_none_are_refused(twin: TwinPosterior, level: float) -> None:
    with pytest.raises(ClinicalError, match="between 0 and 1") as refused:
        twin.interval(level)
    assert refused.value.refusal == "impossible_value"


def test_everything_said_is_json_and_calls_itself_a_simulation(twin: TwinPosterior) -> None:
    told = twin.as_json()

    json.dumps(told, allow_nan=False)
    assert told["simulation"] is told["score"]["simulation"] is told["bank"]["simulation"] is True
    assert "neither a prognosis nor a promise" in told["note"]
    assert [one["name"] for one in told["parameters"]] == list(PARAMETERS)
    assert told["bank"]["seed"] == 64_000_000


def test_other_scales_are_refused(model: TwinModel, mild: int) -> None:
    with pytest.raises(ClinicalError, match="must be on fma-ue") as refused:
        fit_twin([TwinVisit(90.0, make_session(model, mild))], model=model, scale="fma-ue-mhh20")
    assert refused.value.refusal == "other_scale"


@pytest.mark.parametrize(
    ("told", "match"), [({"setting": "early"}, "setting"), ({"age_years": 131.0}, "age_years")]
)
def test_other_case_mixes_and_ages_are_refused(model, mild: int, told, match: str) -> None:
    with pytest.raises(ClinicalError, match=match) as refused:
        fit_twin([TwinVisit(90.0, make_session(model, mild))], model=model, **told)
    assert refused.value.refusal == "impossible_value"


def scaled(session: SessionDigest, factor: float, *starts: str) -> SessionDigest:
    chosen = [name.startswith(starts) for name in TWIN_FEATURES]
    return replace(session, features=np.where(chosen, factor, 1.0) * session.features)


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e-3])
def test_emg_that_is_not_in_volts_is_refused(model, mild: int, factor: float) -> None:
    strange = scaled(make_session(model, mild), factor, "emg.rms")

    with pytest.raises(ClinicalError, match="must be in volts") as refused:
        fit_twin([TwinVisit(90.0, strange)], model=model)
    assert refused.value.refusal == "unit_mix_up"


@pytest.mark.parametrize(
    ("factor", "starts"),
    [
        (1e3, ("kin.reach_distance", "kin.peak_speed", "kin.mean_speed", "kin.trunk_disp")),
        (57.3, ("kin.range", "kin.joint_speed", "kin.joint_mean")),
    ],
)
def test_millimetres_and_degrees_are_refused(model, mild: int, factor: float, starts) -> None:
    strange = scaled(make_session(model, mild), factor, *starts)

    with pytest.raises(ClinicalError, match="must be such as the simulator makes") as refused:
        fit_twin([TwinVisit(90.0, strange)], model=model)
    assert refused.value.refusal == "too_uncertain"


def test_few_sessions_of_the_bank_are_strange(model: TwinModel) -> None:
    rows = model.bank.features[:400, 0]

    strange = np.mean([model.measurement.strangeness(row) < 0.005 for row in rows])

    assert strange <= 0.015  # 0.5 % by construction; 400 sessions


def test_two_arms_that_cannot_be_one_persons_are_refused(model: TwinModel, mild: int) -> None:
    severe = int(np.argmin(np.abs(model.bank.abilities[:, 0].mean(axis=1) + 5)))
    visits = [
        TwinVisit(90.0, make_session(model, mild)),
        TwinVisit(91.0, make_session(model, severe)),
    ]

    with pytest.raises(ClinicalError, match="explain the sessions and scores together") as refused:
        fit_twin(visits, model=model)
    assert refused.value.refusal == "too_uncertain"


def test_the_approximation_is_near_the_posterior_that_is_drawn(model, mild: int, twin) -> None:
    prior = PersonPrior((0.0,))
    evidence = Evidence(
        measurement=model.measurement,
        curve=model.bank.score_curve,
        summaries=model.measurement.summarise(model.bank.features[mild, :1]),
        recorded=(0,),
        scores=np.array([np.nan]),
    )

    centre, root = approximate_posterior(evidence, prior, rng=np.random.default_rng(0))

    sd = twin.numbers[:, 0].std()
    assert abs(centre[0] - twin.numbers[:, 0].mean()) < sd
    assert np.linalg.norm(root[0]) == pytest.approx(1.2**0.5 * sd, rel=0.4)


def test_summaries_are_as_exact_for_persons_not_seen_as_was_measured(model: TwinModel) -> None:
    accuracy = model.measurement.accuracy

    assert set(accuracy) == set(IMPAIRMENT_NAMES)
    assert accuracy["roughness"] > 0.7
    assert accuracy["own_pace"] < 0.3  # hardly shows, and does not pretend to


def honest_drivers(model: TwinModel, person: int) -> list[dict[str, object]]:
    """Let points be distances from the mean times the slope of the score on each biomarker."""
    bank = model.bank
    standard = model.measurement.standardised(bank.features[:, 0])
    by_name = standard.reshape(len(standard), len(bank.tasks), -1).mean(axis=1)
    scores = bank.score_curve.mean(bank.abilities[:, 0])
    away = by_name - by_name.mean(axis=0)
    slopes = (scores - scores.mean()) @ away / (away**2).sum(axis=0)
    points = away[person] * slopes
    strongest = np.argsort(-np.abs(points))[:12]
    return [{"name": TWIN_FEATURES[at], "points": float(points[at])} for at in strongest]


def test_an_honest_explanation_agrees_and_its_opposite_does_not(model, mild: int, twin) -> None:
    drivers = honest_drivers(model, mild)
    opposite = [{"name": one["name"], "points": -one["points"]} for one in drivers]

    agrees = explanation_check(drivers, twin, model=model)
    denies = explanation_check(opposite, twin, model=model)

    assert agrees.sign_agreement >= 0.8
    assert denies.sign_agreement == pytest.approx(1 - agrees.sign_agreement)
    assert agrees.rank_correlation == pytest.approx(-denies.rank_correlation)
    told = agrees.as_json()
    json.dumps(told, allow_nan=False)
    assert told["simulation"] is True
    assert "Agreement does not prove" in told["sentence"]


def test_where_all_biomarkers_point_one_way_agreement_is_said_to_be_that_of_chance(
    model: TwinModel,
) -> None:
    severe = int(np.argmin(np.abs(model.bank.abilities[:, 0].mean(axis=1) + 5)))
    weak = fit_twin([TwinVisit(90.0, make_session(model, severe))], model=model)
    names = ("kin.elbow_sparc", "kin.mean_speed", "kin.velocity_peaks", "kin.trunk_displacement")
    drivers = [
        {"name": name, "points": by} for name, by in zip(names, (-2, -1, -1, 1), strict=True)
    ]

    check = explanation_check(drivers, weak, model=model)

    assert all(one.twin_points < 0 for one in check.drivers)
    assert check.sign_agreement == check.agreement_by_chance == pytest.approx(0.75)
    assert "3 of 4 biomarkers" in check.sentence
    assert "where 3.0 would by chance" in check.sentence


def test_chance_is_counted_from_how_often_each_side_says_raises(model, twin) -> None:
    names = ("kin.elbow_sparc", "kin.mean_speed", "kin.velocity_peaks", "kin.trunk_displacement")
    check = explanation_check(
        [{"name": name, "points": by} for name, by in zip(names, (1, 1, -1, -1), strict=True)],
        twin,
        model=model,
    )

    assert check.agreement_by_chance == pytest.approx(0.5)  # half raise, whatever the twin says
    assert check.as_json()["agreement_by_chance"] == check.agreement_by_chance


def test_drivers_that_a_twin_does_not_know_are_counted_and_too_few_refused(model, mild, twin):
    drivers = honest_drivers(model, mild)
    phase = {"name": "triceps_brachii", "points": -3.0}

    assert explanation_check([*drivers, phase], twin, model=model).n_unchecked == 1
    with pytest.raises(ClinicalError, match="at least 3 drivers") as refused:
        explanation_check([*drivers[:2], phase], twin, model=model)
    assert refused.value.refusal == "too_few"
