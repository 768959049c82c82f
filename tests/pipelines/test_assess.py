"""What an assessment promises, whoever is assessed."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import (
    CohortError,
    EvaluationError,
    MontageError,
    ReadError,
    ScaleError,
    SettingsError,
)
from hybridmfp.pipelines import Settings
from hybridmfp.pipelines.assess import assess, assess_recordings
from hybridmfp.pipelines.assessment import Assessment
from hybridmfp.pipelines.fit import FitPlan, fit_model
from hybridmfp.pipelines.fitted_model import FittedModel
from hybridmfp.pipelines.lessen import SCENARIOS, lessen
from hybridmfp.pipelines.model_file import read_model, write_model
from hybridmfp.pipelines.one_session import pick_session, refuse_other_scale
from hybridmfp.pipelines.settings import settings_from_toml
from hybridmfp.pipelines.tripod_ai import tripod_ai
from hybridmfp.signals import SCALES, Cohort, Recording, Signal, SubjectSession
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

CONTRACT = {
    *("estimate", "interval", "level", "scale", "verdict", "reasons", "items", "drivers"),
    *("quality", "model", "synthetic"),
}
TASKS = ("reach_forward", "hand_to_mouth")

Change = Callable[[Recording], Recording]


def simulated(**settings: object) -> Cohort:
    given = {"n_controls": 0, "tasks": TASKS, "n_repetitions": 2, "emg": "amplitude_noise"}
    return virtual_cohort(VirtualCohortSettings(**(given | settings)))


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated(n_patients=24, n_controls=3, n_sites=2, n_repetitions=1, seed=340)


@pytest.fixture(scope="module")
def model(cohort: Cohort) -> FittedModel:
    plan = FitPlan(model="ensemble", n_folds=4, n_audit_draws=0, n_jobs=1)
    return fit_model(cohort, Settings(), plan)


@pytest.fixture(scope="module")
def somebody() -> Cohort:
    return simulated(n_patients=2, n_repetitions=3, seed=341)


@pytest.fixture(scope="module")
def recordings(somebody: Cohort) -> tuple[Recording, ...]:
    return tuple(trial.load() for trial in pick_session(somebody, subject="S1").trials)


@pytest.fixture(scope="module")
def row(somebody: Cohort) -> SubjectSession:
    return pick_session(somebody, subject="S1").row


@pytest.fixture(scope="module")
def assessed(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> Assessment:
    return assess_recordings(recordings, model, row=row, synthetic=True)


def asked(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, change: Change
) -> Assessment:
    return assess_recordings([change(one) for one in recordings], model, row=row, synthetic=True)


def without_origin(described: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in described.items() if name != "provenance"}


def test_an_estimate_keeps_the_contract_for_scripts(assessed: Assessment) -> None:
    described = json.loads(json.dumps(assessed.as_json(), allow_nan=False))

    assert set(described) >= CONTRACT
    assert described["verdict"] == "estimated"
    low, high = described["interval"]
    assert 0 <= low <= described["estimate"] <= high <= 66
    assert (described["level"], described["scale"], described["reasons"]) == (0.9, "fma-ue", [])
    assert all({"name", "direction", "share"} <= set(one) for one in described["drivers"])
    assert {"hash", "name", "trained_on"} <= set(described["model"])
    channels = {(one["modality"], one["channel"]) for one in described["quality"]["channels"]}
    assert len(channels) >= 12 + 21
    assert described["synthetic"] is True


def test_the_same_recordings_give_the_same_numbers_to_the_last_bit(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, assessed: Assessment
) -> None:
    again = assess_recordings(recordings[::-1], model, row=row, synthetic=True)
    once_more = assess_recordings(recordings, model, row=row, synthetic=True)

    assert once_more.as_json() == assessed.as_json()
    assert again.estimate == pytest.approx(assessed.estimate, abs=1e-9)


def test_a_model_read_from_its_file_says_the_same(
    recordings: tuple[Recording, ...],
    row: SubjectSession,
    model: FittedModel,
    assessed: Assessment,
    tmp_path: Path,
) -> None:
    written = write_model(tmp_path / "model.hmfp", model)
    read = read_model(tmp_path / "model.hmfp")

    said = assess_recordings(recordings, read, row=row, synthetic=True).as_json()

    assert said["model"]["hash"] == read.hash == written.hash
    expected = assessed.as_json()
    expected["model"]["hash"] = written.hash
    assert said == expected


def test_a_model_is_written_with_the_same_bytes_twice(model: FittedModel, tmp_path: Path) -> None:
    write_model(tmp_path / "a.hmfp", model)
    write_model(tmp_path / "b.hmfp", read_model(tmp_path / "a.hmfp"))

    assert (tmp_path / "a.hmfp").read_bytes() == (tmp_path / "b.hmfp").read_bytes()


def test_the_persons_score_is_never_looked_at(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, assessed: Assessment
) -> None:
    other = dataclasses.replace(row, score=3.0, items={})

    said = assess_recordings(recordings, model, row=other, synthetic=True)

    assert without_origin(said.as_json()) == without_origin(assessed.as_json())


@pytest.mark.parametrize("scenario", ["kinematics-only", "emg-only"])
def test_a_missing_modality_widens_the_interval_and_is_said(
    recordings: tuple[Recording, ...],
    row: SubjectSession,
    model: FittedModel,
    assessed: Assessment,
    scenario: str,
) -> None:
    said = asked(recordings, row, model, lambda one: lessen(one, SCENARIOS[scenario]))

    assert said.doubt.width_factor >= assessed.doubt.width_factor
    lost = said.doubt.missing
    assert (lost.emg, lost.kinematics) == ((1, 0) if scenario == "kinematics-only" else (0, 1))
    what = "EMG" if scenario == "kinematics-only" else "kinematics"
    if said.verdict == "estimated":
        assert any(f"Without {what}: the estimate is from" in note for note in said.notes)
    else:
        assert f"No {what} to look at." in said.notes


def test_one_trial_is_assessed_with_a_wider_interval_that_is_said(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, assessed: Assessment
) -> None:
    said = assess_recordings(recordings[:1], model, row=row, synthetic=True)

    assert said.doubt.missing.n_trials == 1
    assert said.doubt.width_factor > assessed.doubt.width_factor
    if said.verdict == "estimated":
        assert any("One trial only" in note for note in said.notes)
    else:
        assert "no narrower than a guess" in said.reasons[0]


def renamed(one: Recording, **names: str) -> Recording:
    return dataclasses.replace(one, key=dataclasses.replace(one.key, **names))


def test_one_trial_given_many_times_is_one_trial(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    copies = [renamed(recordings[0], repetition=f"copy{at}") for at in range(5)]

    once, often = (
        assess_recordings(given, model, row=row, synthetic=True).as_json()
        for given in (recordings[:1], [recordings[0], *copies])
    )

    assert (often["n_trials"], often["n_used"]) == (6, 1)
    assert "and 4 more: a trial must be a recording of its own" in often["notes"][-1]
    for name in ("estimate", "interval", "verdict", "uncertainty"):
        assert often[name] == once[name]


def test_trials_of_tasks_never_learned_make_no_interval_narrower(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    loose = dataclasses.replace(model.uncertainty, guess=np.array([-100.0, 200.0]))
    trusting = dataclasses.replace(model, uncertainty=loose)
    other = [
        renamed(one, task="juggling", repetition=f"{at}") for at, one in enumerate(recordings[1:])
    ]

    said = assess_recordings([recordings[0], *other], trusting, row=row, synthetic=True)

    assert said.doubt.missing.n_trials == 1
    assert said.verdict == "estimated"
    assert any("not met the task of 5 recordings, juggling" in note for note in said.notes)


def test_what_is_refused_does_not_hang_on_the_level_asked_for(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    usual = assess_recordings(recordings, model, row=row, synthetic=True)
    assert usual.interval is not None
    width = usual.interval[1] - usual.interval[0]

    for guess, verdict in ((0.99 * width, "refused"), (1.01 * width, "estimated")):
        doubt = dataclasses.replace(model.uncertainty, guess=np.array([0.0, guess]))
        asked_ = dataclasses.replace(model, uncertainty=doubt)
        for level in (0.3, 0.9, 0.96):
            said = assess_recordings(recordings, asked_, row=row, synthetic=True, level=level)
            assert (said.verdict, said.level) == (verdict, level)


def test_a_level_that_so_few_persons_cannot_promise_is_refused(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    with pytest.raises(SettingsError, match=r"at most 0.96 .* calibrated on 24 persons; got 0.97"):
        assess_recordings(recordings, model, row=row, synthetic=True, level=0.97)
    with pytest.raises(SettingsError, match=r"between 0 and 1.*got 0"):
        assess_recordings(recordings, model, row=row, synthetic=True, level=0)


@pytest.mark.parametrize("model_of", ["emg", "kinematics"])
def test_what_a_model_does_not_look_at_is_neither_missed_nor_enough(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, model_of: str
) -> None:
    blind = {"emg": "kinematics", "kinematics": "emg"}
    known = dataclasses.replace(model.vocabulary, **{f"{blind[model_of]}_seen": 0.0})
    one_eyed = dataclasses.replace(model, vocabulary=known)

    without, alone = (
        asked(recordings, row, one_eyed, lambda one, left=left: lessen(one, SCENARIOS[left]))
        for left in (f"{model_of}-only", f"{blind[model_of]}-only")
    )

    assert (without.doubt.missing.emg, without.doubt.missing.kinematics) == (0, 0)
    assert not any("Without" in note for note in without.notes)
    assert alone.verdict == "refused"
    assert "Only 0% of the signals that the model needs" in alone.reasons[0]
    assert "alone" in alone.notes[0]


def test_kinematics_change_nothing_where_the_model_knows_none(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    known = dataclasses.replace(model.vocabulary, montages=(), kinematics_seen=0.0)
    emg_model = dataclasses.replace(model, vocabulary=known)

    both = assess_recordings(recordings, emg_model, row=row, synthetic=True)
    alone = asked(recordings, row, emg_model, lambda one: lessen(one, SCENARIOS["emg-only"]))

    assert "kinematics were not used" in both.notes[0]
    assert (both.estimate, both.interval) == (alone.estimate, alone.interval)
    assert both.doubt == alone.doubt


def noise(one: Recording) -> Recording:
    rng = np.random.default_rng(0)
    assert one.kinematics is not None
    kinematics = Signal(
        one.kinematics.samples + rng.normal(0, 0.05, one.kinematics.samples.shape),
        rate_hz=one.kinematics.rate_hz,
        channels=one.kinematics.channels,
        units=one.kinematics.units,
    )
    return dataclasses.replace(one, kinematics=kinematics, emg=None)


def test_signals_unlike_any_that_were_learned_from_get_no_number(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    said = asked(recordings, row, model, noise)

    assert (said.verdict, said.estimate, said.interval) == ("refused", None, None)
    assert said.reasons
    assert said.remedies
    assert said.explanation is None
    assert said.as_json()["drivers"] == []


def test_a_session_beyond_the_limit_of_novelty_gets_no_number_but_names(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel, assessed: Assessment
) -> None:
    for factor, verdict in ((0.99, "refused"), (1.01, "estimated")):
        novelty = copy.copy(model.novelty)
        novelty.limit_ = factor * assessed.doubt.novelty
        strict = dataclasses.replace(model, novelty=novelty)
        said = assess_recordings(recordings, strict, row=row, synthetic=True)
        assert said.verdict == verdict
        if said.reasons:
            assert "unlike everything the model has learned from" in said.reasons[0]
            assert "standard deviations" in said.reasons[0]


@pytest.mark.parametrize(("n_left", "too_few"), [(5, True), (7, False)])
def test_less_than_half_of_the_muscles_alone_get_no_number(
    recordings: tuple[Recording, ...],
    row: SubjectSession,
    model: FittedModel,
    n_left: int,
    *,
    too_few: bool,
) -> None:
    def fewer(one: Recording) -> Recording:
        assert one.emg is not None
        emg = one.emg.pick(one.emg.channels[:n_left])
        return dataclasses.replace(one, emg=emg, kinematics=None, montage=None)

    said = asked(recordings, row, model, fewer)

    assert any("of the signals that the model needs" in one for one in said.reasons) == too_few


def late(one: Recording) -> Recording:
    assert one.emg is not None
    n_late = round(0.2 * one.emg.rate_hz)
    samples = np.roll(one.emg.samples, n_late, axis=1)
    samples[:, :n_late] = one.emg.samples[:, :1]
    emg = Signal(samples, rate_hz=one.emg.rate_hz, channels=one.emg.channels, units="V")
    return dataclasses.replace(one, emg=emg)


def test_emg_that_comes_late_is_noticed_by_what_muscles_usually_do(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    assert model.pattern is not None

    said = asked(recordings, row, model, late)
    blind = asked(recordings, row, dataclasses.replace(model, pattern=None), late)

    assert said.quality.lag_s == pytest.approx(0.2, abs=0.06)
    assert blind.quality.lag_s is None
    assert said.doubt.novelty != blind.doubt.novelty  # what is asked is what was put right


def test_a_model_of_simulated_persons_says_nothing_about_patients(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    said = assess_recordings(recordings, model, row=row, synthetic=False)

    assert model.card["synthetic"] is True
    assert said.as_json()["synthetic"] is True


def flat(one: Recording) -> Recording:
    assert one.emg is not None
    emg = Signal(
        np.zeros_like(one.emg.samples),
        rate_hz=one.emg.rate_hz,
        channels=one.emg.channels,
        units="V",
    )
    return dataclasses.replace(one, emg=emg, kinematics=None, montage=None)


def test_dead_electrodes_alone_get_no_number_but_a_remedy(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    said = asked(recordings, row, model, flat)

    assert said.verdict == "refused"
    assert said.quality.verdict == "red"
    assert said.as_json()["estimate"] is None


def test_tasks_that_were_never_learned_get_no_number(model: FittedModel) -> None:
    other = simulated(n_patients=1, tasks=("finger_to_nose",), seed=342)

    said = assess(pick_session(other), model)

    assert said.verdict == "refused"
    assert "none of these tasks: finger_to_nose" in " ".join(said.reasons)
    assert "reach_forward" in " ".join(said.remedies)


def test_recordings_of_two_persons_are_refused_with_the_way_out(somebody: Cohort) -> None:
    with pytest.raises(CohortError, match=r"2 sessions of 2 persons: S1/1, S2/1.*--subject"):
        pick_session(somebody)
    with pytest.raises(CohortError, match=r"none of those .* fits --subject S9.*S1/1, S2/1"):
        pick_session(somebody, subject="S9")


def test_recordings_of_another_person_do_not_slip_in(
    somebody: Cohort, recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    other = pick_session(somebody, subject="S2").trials[0].load()

    with pytest.raises(CohortError, match=r"of one session of one person, S1/1; S2/1/.* is not"):
        assess_recordings([*recordings, other], model, row=row, synthetic=True)
    with pytest.raises(CohortError, match="at least one; got none"):
        assess_recordings([], model, row=row, synthetic=True)


def test_recordings_of_both_arms_are_refused(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    other = "left" if recordings[0].side == "right" else "right"
    mixed = [dataclasses.replace(recordings[0], side=other), *recordings[1:]]

    with pytest.raises(CohortError, match=r"must be of one arm; .* is of the (left|right) one"):
        assess_recordings(mixed, model, row=row, synthetic=True)


def test_another_montage_is_refused_and_an_unknown_muscle_is_not_used(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    def renamed(one: Recording, names: list[str]) -> Recording:
        assert one.emg is not None
        emg = Signal(one.emg.samples, rate_hz=one.emg.rate_hz, channels=names, units="V")
        return dataclasses.replace(one, emg=emg)

    assert recordings[0].emg is not None
    strange = [f"muscle_{at}" for at in range(12)]
    with pytest.raises(MontageError, match=r"muscles must be among .* got muscle_0"):
        asked(recordings, row, model, lambda one: renamed(one, strange))
    one_strange = ["muscle_0", *recordings[0].emg.channels[1:]]
    said = asked(recordings, row, model, lambda one: renamed(one, one_strange))
    assert any("Not known to the model and not used: muscle_0" in note for note in said.notes)
    assert said.doubt.missing.emg == pytest.approx(1 / 12, abs=0.05)
    with pytest.raises(MontageError, match="montage that the model learned from, mhh-markers"):
        asked(recordings, row, model, lambda one: lessen(one, SCENARIOS["webcam-points"]))


def test_another_scale_is_refused() -> None:
    with pytest.raises(ScaleError, match=r"scale of the model, fma-ue, .* fma-ue-mhh20"):
        refuse_other_scale(SCALES["fma-ue-mhh20"], SCALES["fma-ue"])
    refuse_other_scale(None, SCALES["fma-ue"])


def test_a_card_says_what_was_measured_and_leaves_open_what_nobody_knows(
    model: FittedModel, cohort: Cohort
) -> None:
    card = json.loads(json.dumps(dict(model.card), allow_nan=False))

    assert card["first_line"].startswith("SYNTHETIC training data")
    assert card["data"]["n_subjects"] == 24
    assert card["performance"]["mae"] == card["performance"]["evaluation"]["mae"]
    groups = [one["group"] for one in card["performance"]["coverage"]]
    assert groups[0] == "all"
    assert len(groups) == 1 + 3 + 2
    assert sum(card["performance"]["pit"]) == 24
    answers = {one["item"]: one["answer"] for one in card["tripod_ai"]}
    assert len(answers) == len(card["tripod_ai"]) == 52
    assert "24" in answers["20a"]
    for nobody_knows in ("2", "3a", "18a", "19", "25"):
        assert answers[nobody_knows] is None


def test_a_fit_needs_ten_persons_and_a_model_that_can_be_kept(cohort: Cohort) -> None:
    few = cohort.select(subjects=[f"S{at}" for at in range(1, 10)], tasks=["reach_forward"])

    with pytest.raises(EvaluationError, match=r"at least 10 rated subjects.*got 9"):
        fit_model(few, Settings(), FitPlan(model="ensemble", n_audit_draws=0, n_jobs=1))
    with pytest.raises(SettingsError, match=r"one that can be kept, hybrid, .* got 'ridge'"):
        FitPlan(model="ridge")


@pytest.mark.slow
def test_a_hybrid_is_not_calibrated_by_ensembles_that_stood_in_for_it() -> None:
    few = simulated(n_patients=10, tasks=("hand_to_mouth",), n_repetitions=1, seed=343)
    quick = settings_from_toml(
        "hybrid.n_folds = 2\nfusion.training.tuning_epochs = 1", source="here"
    )
    plan = FitPlan(model="hybrid", n_folds=2, n_audit_draws=0, n_jobs=1)

    with pytest.raises(EvaluationError, match=r"in 2 of 2 folds the model was the ensemble .*more"):
        fit_model(few, quick, plan)


@pytest.mark.parametrize(
    ("name", "named", "signals"),
    [("ensemble", True, False), ("hybrid", True, True), ("fusion-emg", False, True)],
)
def test_the_checklist_speaks_of_what_the_model_looks_at(
    model: FittedModel, name: str, *, named: bool, signals: bool
) -> None:
    card = {**model.card, "model": {**model.card["model"], "name": name}}
    answers = {one["item"]: str(one["answer"]) for one in tripod_ai(card)}

    for item in ("9a", "9b", "11", "12b"):
        assert ("eature" in answers[item]) == named
    assert ("elastic net" in answers["9a"]) == named
    assert ("trained with channels hidden" in answers["11"]) == signals
    assert ("network looks at" in answers["9a"]) == signals


def test_the_checklist_answers_for_centres_only_where_there_were_several(
    model: FittedModel,
) -> None:
    performance = model.card["performance"]
    alone = {**performance, "coverage": performance["coverage"][:4]}

    several, one = (
        {entry["item"]: entry["answer"] for entry in tripod_ai(card)}
        for card in (model.card, {**model.card, "performance": alone})
    )

    assert several["12d"] == "Error and coverage by site, below."
    assert several["23b"].startswith("site ")
    assert (one["12d"], one["23b"]) == (None, None)


def test_stick_figures_have_the_length_of_an_arm(assessed: Assessment) -> None:
    shown = assessed.replay

    assert shown is not None
    frames = {
        name: np.array([one or [np.nan] * 3 for one in places])
        for name, places in shown["points"].items()
    }
    upper = np.linalg.norm(frames["elbow"] - frames["shoulder"], axis=1)
    lower = np.linalg.norm(frames["wrist"] - frames["elbow"], axis=1)
    assert 0.15 < np.nanmin(upper) <= np.nanmax(upper) < 0.45
    assert 0.15 < np.nanmin(lower) <= np.nanmax(lower) < 0.45


def test_numbers_that_no_fit_gives_are_not_passed_on(
    recordings: tuple[Recording, ...], row: SubjectSession, model: FittedModel
) -> None:
    class Broken:
        def predict(self, rows: object) -> np.ndarray:
            return np.array([np.nan])

    broken = dataclasses.replace(model, fold_estimators=(Broken(), *model.fold_estimators[1:]))

    with pytest.raises(ReadError, match="must give finite estimates"):
        assess_recordings(recordings, broken, row=row, synthetic=True)
