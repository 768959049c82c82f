"""What an assessment promises, whoever is assessed."""

from __future__ import annotations

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
    assert any("alone" in note for note in said.notes)


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
