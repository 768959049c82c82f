"""What-ifs change what they are asked to change, say that they simulate, and refuse nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hybridmfp.clinical.twin import MUSCLE_ACTIONS, TwinPosterior, WhatIf, WhatIfResult, what_if
from hybridmfp.clinical.twin.parameters import impairment_row
from hybridmfp.clinical.twin.person_prior import PersonPrior
from hybridmfp.clinical.twin.resimulation import draw_body, simulate_movements
from hybridmfp.clinical.twin.score_curve import ScoreCurve
from hybridmfp.errors import ClinicalError
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import digest_trial
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.impairment import HEALTHY
from hybridmfp.simulation.therapy import TherapyCourse, delta_theta
from hybridmfp.simulation.virtual_visit import follow_person

# One logistic curve: 66 expit(mean ability / 2).
CURVE = ScoreCurve(
    weights=np.full((6, 1), 2 / 6),
    offsets=np.zeros(1),
    heights=np.array([66 / 20]),
    base=0.0,
    knots=np.array([0.0, 66.0]),
    sd_person=np.array([1.0, 1.0]),
    sd_visit=np.array([2.0, 2.0]),
)


def make_twin(*, n_draws: int = 200, theta: float = 0.0, certain: bool = False) -> TwinPosterior:
    prior = PersonPrior((0.0,))
    numbers = np.random.default_rng(0).standard_normal((n_draws, prior.n_numbers))
    numbers[:, 0] = (theta - 0.7) / 3.24 + 0.05 * numbers[:, 0]
    if certain:
        numbers[:] = 0.0
        numbers[:, 0] = (theta - 0.7) / np.hypot(3.2, 0.5)
    return TwinPosterior(
        numbers=numbers,
        prior=prior,
        curve=CURVE,
        first_week=52.0,
        tasks=("reach_forward",),
        n_sessions=1,
        n_ratings=0,
        strangeness=(0.5,),
        fit=0.5,
        rhat=1.0,
        provenance={"simulation": True},
    )


@pytest.fixture(scope="module")
def stronger() -> WhatIfResult:
    """Triceps 50 % stronger in a rather weak arm."""
    return make_twin(theta=-1.0).what_if(WhatIf(muscle_drive={"triceps": 1.5}))


def test_more_triceps_drive_extends_the_elbow_more(stronger: WhatIfResult) -> None:
    by = {one.name: one for one in stronger.biomarkers}

    assert by["kin.range.elbow_flexion"].by.mean() > 0.02  # rad
    assert np.mean(by["kin.range.elbow_flexion"].by > 0) > 0.8


def test_an_unchanged_drive_changes_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "_N_MOVED", 20)

    result = make_twin().what_if(WhatIf(muscle_drive={"triceps": 1.0}))

    assert all(np.array_equal(one.by, np.zeros_like(one.by)) for one in result.biomarkers)


def test_less_drive_works_the_other_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "_N_MOVED", 24)

    less = make_twin(theta=1.0).what_if(WhatIf(muscle_drive={"elbow_extension": 0.6}))

    by = {one.name: one for one in less.biomarkers}
    assert by["kin.range.elbow_flexion"].by.mean() < 0


def test_a_muscle_stands_for_its_action() -> None:
    for muscle, action in MUSCLE_ACTIONS.items():
        assert WhatIf(muscle_drive={muscle: 1.2}).drives == {action: 1.2}
        assert WhatIf(muscle_drive={action: 1.2}).drives == {action: 1.2}


def test_no_score_is_claimed_for_a_muscle_and_the_reason_is_said(stronger: WhatIfResult) -> None:
    told = stronger.as_json()

    json.dumps(told, allow_nan=False)
    assert told["simulation"] is True
    assert told["score"] is None
    assert any("No change of the score is given" in note for note in told["notes"])
    assert "+50 % drive of triceps" in told["sentence"]
    assert "kin." not in told["sentence"]
    assert "_" not in told["sentence"]


def test_practice_adds_the_ability_that_the_simulator_adds() -> None:
    twin = make_twin(certain=True, theta=0.0, n_draws=4000)
    result = twin.what_if(WhatIf(task_practice_h=60.0, weeks=12.0), random_state=1)

    assert result.score is not None
    # By hand: mean ability -0.7/6, effect at average response; curve 66 expit(x / 2).
    now = -0.7 / 6
    score = 66 / (1 + np.exp(-now / 2))
    average = TherapyCourse("none", 0.0, 52.0, 0.0, 0.0, reserve=_mean_reserve(score / 66))
    added = float(delta_theta(average, 64.0, hours=60.0))
    expected = 66 / (1 + np.exp(-(now + added) / 2)) - score
    assert result.score.by.mean() == pytest.approx(expected, rel=0.08)
    assert result.score.by.std() > 0  # reserve and response are not known


def _mean_reserve(recovered: float) -> float:
    away = np.random.default_rng(9).normal(0, 0.7, 20_000)
    return float(np.mean(1 / (1 + np.exp(-(4 * (recovered - 0.5) + away)))))


@pytest.mark.parametrize("weeks", [12.0, 52.0])
def test_no_practice_gains_nothing(weeks: float) -> None:
    result = make_twin().what_if(WhatIf(task_practice_h=0.0, weeks=weeks))

    assert result.score is not None
    assert np.array_equal(result.score.by, np.zeros(200))


def test_more_practice_never_gains_less() -> None:
    twin = make_twin()
    gains = [
        twin.what_if(WhatIf(task_practice_h=hours)).score.by  # type: ignore[union-attr]
        for hours in (10.0, 60.0, 200.0)
    ]

    assert np.all(gains[0] <= gains[1])
    assert np.all(gains[1] <= gains[2])


def test_what_is_said_is_json_and_calls_itself_a_simulation() -> None:
    told = make_twin().what_if(WhatIf(task_practice_h=60.0)).as_json(0.8)

    json.dumps(told, allow_nan=False)
    assert told["simulation"] is True
    assert told["score"]["level"] == 0.8
    assert told["sentence"].startswith("In the simulator,")
    assert any("neither a prognosis nor a promise" in note for note in told["notes"])
    assert any("assumptions" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("asked", "refusal", "match"),
    [
        ({}, "contradictory_inputs", "got neither"),
        ({"muscle_drive": {"biceps": 1.1}, "task_practice_h": 5.0}, "contradictory_inputs", "both"),
        ({"muscle_drive": {"tricep": 1.1}}, "impossible_value", "got 'tricep'"),
        ({"muscle_drive": {"triceps": 0.49}}, "impossible_value", "between 0.5 and 2"),
        ({"muscle_drive": {"triceps": 20.0}}, "unit_mix_up", r"\+20 % is 1.2"),
        ({"muscle_drive": {"triceps": float("nan")}}, "impossible_value", "got nan"),
        ({"task_practice_h": -1.0}, "impossible_value", "0 and 300 hours"),
        ({"task_practice_h": 301.0}, "impossible_value", "0 and 300 hours"),
        ({"task_practice_h": 60.0, "weeks": 53.0}, "outside_window", "0 and 52"),
        ({"task_practice_h": 60.0, "weeks": float("nan")}, "outside_window", "0 and 52"),
    ],
)
def test_impossible_questions_are_refused_by_name(asked, refusal: str, match: str) -> None:
    with pytest.raises(ClinicalError, match=match) as refused:
        WhatIf(**asked)

    assert refused.value.refusal == refusal


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_ends_of_the_range_of_drives_can_be_asked_for(factor: float) -> None:
    assert WhatIf(muscle_drive={"triceps": factor}).drives == {"elbow_extension": factor}


def test_movements_are_the_same_for_the_same_seed_and_differ_for_another() -> None:
    body = draw_body(0, 1)
    first, same, other = (
        simulate_movements(HEALTHY, body, tasks=["reach_forward"], seed=seed) for seed in (1, 1, 2)
    )

    assert first == same
    assert first != other


def test_movements_are_like_those_of_the_simulators_own_patients() -> None:
    n = 40
    settings = VirtualCohortSettings(
        n_patients=n,
        n_controls=0,
        n_repetitions=1,
        tasks=("reach_forward",),
        seed=6403,
        emg="none",
    )
    trials = virtual_cohort(settings).trials
    theirs = [digest_trial(one.load(), DigestSettings()).values for one in trials]
    visits = [follow_person(settings, "patient", number)[0] for number in range(1, n + 1)]
    ours = [
        simulate_movements(
            one.impairment, one.person.body, tasks=["reach_forward"], seed=one.number
        )["reach_forward"]
        for one in visits
    ]

    assert impairment_row(visits[0].impairment).shape == (21,)
    for name in ("kin.range.elbow_flexion", "kin.trunk_displacement", "kin.movement_time"):
        seen, made = (np.array([one[name] for one in some]) for some in (theirs, ours))
        assert np.corrcoef(seen, made)[0, 1] > 0.8
        assert abs(np.mean(seen - made)) < 0.3 * seen.std()


def test_every_biomarker_that_is_told_has_words_and_a_unit_for_people() -> None:
    assert set(what_if._IN_WORDS) == set(what_if.WATCHED)
    for name, unit in what_if.WATCHED.items():
        words, shown, factor = what_if._IN_WORDS[name]
        assert words
        assert (shown, factor) == {
            "rad": ("degrees", pytest.approx(57.29578)), "m": ("mm", 1000.0),
            "m/s": ("mm/s", 1000.0), "s": ("s", 1.0), "1": ("", 1.0),
        }[unit]  # fmt: skip
