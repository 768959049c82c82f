"""Virtual patients are ordinary recordings, the same in any order and any process."""

from __future__ import annotations

import hashlib
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.signals import Recording, Signal, TrialSource, find_montage, find_scale
from hybridmfp.simulation import VirtualCohortSettings, ground_truth, virtual_cohort
from hybridmfp.simulation.cohort import GENERATOR
from hybridmfp.simulation.cohort_settings import EmgSource, Kinematics
from hybridmfp.simulation.site import draw_site
from hybridmfp.simulation.tasks import TASKS
from hybridmfp.simulation.virtual_visit import follow_person

SMALL = VirtualCohortSettings(
    n_patients=2, n_controls=1, tasks=("reach_forward", "grasp_release"), n_repetitions=2
)
RATINGS = replace(SMALL, n_patients=60, n_controls=0, tasks=("reach_forward",), n_repetitions=1)


def fingerprint(recording: Recording) -> str:
    digest = hashlib.sha256(f"{recording.key} {recording.side}".encode())
    for signal in (recording.emg, recording.kinematics):
        digest.update(b"none" if signal is None else signal.samples.tobytes())
    return digest.hexdigest()


def load_fingerprint(trial: TrialSource) -> str:
    return fingerprint(trial.load())


def signal_of(recording: Recording, kind: str) -> Signal:
    signal = getattr(recording, kind)
    assert isinstance(signal, Signal)
    return signal


def test_a_cohort_holds_what_was_asked_for() -> None:
    cohort = virtual_cohort(replace(SMALL, visit_weeks=(0.0, 6.0)))
    assert cohort.subjects == ("H1", "S1", "S2")
    assert cohort.tasks == ("grasp_release", "reach_forward")
    assert len(cohort.sessions) == 3 * 2
    assert len(cohort) == 3 * 2 * 2 * 2
    assert cohort.synthetic
    assert "synthetic" in cohort.name
    assert cohort.scale == find_scale("fma-ue")


def test_patients_are_rated_item_by_item_and_controls_are_not() -> None:
    for row in virtual_cohort(SMALL).sessions:
        if row.group == "control":
            assert row.score is None
            assert not row.items
            assert row.affected_side is None
            assert row.chronicity_weeks is None
        else:
            assert row.score == sum(row.items.values())
            assert len(row.items) == len(find_scale("fma-ue").items)
            assert row.affected_side == row.tested_side


def test_recordings_have_the_montages_units_and_rates_of_their_site() -> None:
    for recording in virtual_cohort(SMALL):
        emg, markers = signal_of(recording, "emg"), signal_of(recording, "kinematics")
        assert emg.channels == find_montage("mhh-emg").channels
        assert markers.channels == find_montage("mhh-markers").channels
        assert (emg.units[0], markers.units[0]) == ("V", "m")
        assert (emg.rate_hz, markers.rate_hz) == (2000.0, 200.0)
        assert emg.duration_s == pytest.approx(markers.duration_s, abs=0.02)
        assert recording.device == "synthetic"
        assert recording.provenance[0].path.startswith("synthetic/")
        assert 1e-6 < float(np.std(emg.samples)) < 1e-3


def test_the_provenance_names_the_trial_the_generator_and_its_settings() -> None:
    trials = virtual_cohort(SMALL).trials
    (origin,) = trials[0].load().provenance
    assert trials[0].files == ()
    assert origin.path == f"synthetic/{trials[0].key}"
    assert origin.reader == trials[0].decoder
    assert origin.reader.startswith(f"{GENERATOR} n_patients=2 ")
    assert origin.sha256 == hashlib.sha256(trials[0].decoder.encode()).hexdigest()
    assert len({trial.decoder for trial in trials}) == len(trials)


def test_a_trial_is_the_same_in_any_order_and_any_process() -> None:
    trials = virtual_cohort(SMALL).trials
    expected = [load_fingerprint(trial) for trial in trials]
    assert [load_fingerprint(trial) for trial in reversed(trials)] == expected[::-1]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(load_fingerprint, trials)) == expected
    assert len(set(expected)) == len(expected)


def test_a_trial_can_be_pickled_without_its_signals() -> None:
    trial = virtual_cohort(SMALL).trials[0]
    packed = pickle.dumps(trial)
    assert len(packed) < 5_000
    unpacked = pickle.loads(packed)  # noqa: S301 - our own bytes
    assert load_fingerprint(unpacked) == load_fingerprint(trial)


def test_more_persons_tasks_and_repetitions_change_nobody() -> None:
    few = {str(trial.key): load_fingerprint(trial) for trial in virtual_cohort(SMALL).trials}
    larger = replace(SMALL, n_patients=4, n_controls=2, tasks=tuple(TASKS)[::-1], n_repetitions=3)
    kept = {
        str(trial.key): load_fingerprint(trial)
        for trial in virtual_cohort(larger).trials
        if str(trial.key) in few
    }
    assert kept == few
    before = {row.subject: row for row in virtual_cohort(SMALL).sessions}
    after = {row.subject: row for row in virtual_cohort(larger).sessions}
    assert all(after[subject] == row for subject, row in before.items())


def test_later_visits_and_recordings_of_the_other_arm_change_no_first_visit() -> None:
    first = virtual_cohort(SMALL).trials[-1]
    more = virtual_cohort(
        replace(SMALL, visit_weeks=(0.0, 12.0), unaffected_side=True, calibration=True)
    )
    same = next(trial for trial in more.trials if trial.key == first.key)
    assert load_fingerprint(same) == load_fingerprint(first)


def test_another_seed_gives_other_persons() -> None:
    one, other = virtual_cohort(SMALL), virtual_cohort(replace(SMALL, seed=1))
    assert load_fingerprint(one.trials[0]) != load_fingerprint(other.trials[0])
    assert [row.age_years for row in one.sessions] != [row.age_years for row in other.sessions]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"setting": "chronic"},
        {"n_sites": 2},
        {"site_severity": 2.0},
        {"emg": "amplitude_noise"},
        {"kinematics": "joint_angles"},
        {"therapy": "randomised", "visit_weeks": (0.0, 1.0)},
        {"visit_weeks": (0.0, 1.0)},
    ],
)
def test_caches_can_tell_cohorts_apart(changed: dict[str, object]) -> None:
    before = {trial.decoder for trial in virtual_cohort(SMALL).trials}
    after = {trial.decoder for trial in virtual_cohort(replace(SMALL, **changed)).trials}
    assert before.isdisjoint(after)


def test_the_other_arm_is_recorded_on_the_other_side_and_moves_better() -> None:
    cohort = virtual_cohort(
        replace(SMALL, n_patients=6, n_controls=0, tasks=("reach_forward",), unaffected_side=True)
    )
    worst = min(cohort.sessions, key=lambda row: row.score or 0.0)
    by_task = {trial.key.task: trial.load() for trial in cohort.trials_of(worst)}
    affected, other = by_task["reach_forward"], by_task["reach_forward_unaffected"]
    assert {affected.side, other.side} == {"left", "right"}
    assert affected.side == worst.affected_side
    lasts = [signal_of(one, "kinematics").duration_s for one in (affected, other)]
    assert lasts[0] > lasts[1]


def test_calibration_adds_rest_and_a_maximal_contraction_of_every_muscle() -> None:
    cohort = virtual_cohort(
        replace(SMALL, n_patients=1, tasks=("reach_forward",), calibration=True)
    )
    recordings = {
        trial.key.task: trial.load() for trial in cohort.trials if trial.key.subject == "H1"
    }
    muscles = find_montage("mhh-emg").channels
    assert {f"mvc_{muscle}" for muscle in muscles} | {"rest", "reach_forward"} == set(recordings)
    quiet = signal_of(recordings["rest"], "emg")
    for at, muscle in enumerate(muscles):
        strong = recordings[f"mvc_{muscle}"]
        assert strong.kinematics is None
        ratio = np.std(signal_of(strong, "emg").samples[at]) / np.std(quiet.samples[at])
        assert ratio > 3, muscle


@pytest.mark.parametrize(("emg", "kinematics"), [("none", "markers"), ("motor_units", "none")])
def test_either_modality_can_be_left_out_without_changing_the_other(
    emg: EmgSource, kinematics: Kinematics
) -> None:
    both = virtual_cohort(SMALL).trials[0].load()
    one = virtual_cohort(replace(SMALL, emg=emg, kinematics=kinematics)).trials[0].load()
    left = "emg" if kinematics == "none" else "kinematics"
    assert one.modalities == (left,)
    assert np.array_equal(
        signal_of(one, left).samples, signal_of(both, left).samples, equal_nan=True
    )


def test_joint_angles_are_those_of_the_whole_chain_each_in_its_unit() -> None:
    trial = virtual_cohort(replace(SMALL, kinematics="joint_angles")).trials[0]
    angles = signal_of(trial.load(), "kinematics")
    units = dict(zip(angles.channels, angles.units, strict=True))
    assert len(units) == 14
    assert (units["elbow_flexion"], units["scapula_elevation"], units["hand_closing"]) == (
        "rad",
        "m",
        "1",
    )
    shrugging = angles.pick(["scapula_elevation"]).samples
    assert float(np.abs(shrugging).max()) < 0.1  # metres, not tenths of one


def test_settings_are_the_same_however_they_are_written() -> None:
    spelled = replace(SMALL, tasks=["Reach forward", "grasp-release"], visit_weeks=[0, 4])
    assert spelled == replace(SMALL, visit_weeks=(0.0, 4.0))
    assert virtual_cohort(spelled).trials[0].load().key.task in SMALL.tasks


def test_patients_of_better_sites_are_better_in_every_setting() -> None:
    for setting in ("early", "rehabilitation", "chronic"):
        settings = replace(RATINGS, setting=setting, n_patients=200, n_sites=4, site_severity=3.0)
        mixes, thetas = [], []
        for number in range(1, 201):
            visit = follow_person(settings, "patient", number)[0]
            mixes.append(visit.site.case_mix)
            thetas.append(visit.theta)
        assert np.polyfit(mixes, thetas, 1)[0] == pytest.approx(1.0, abs=0.6), setting


def test_noise_without_motor_units_is_a_generator_as_well() -> None:
    units, noise = (
        signal_of(virtual_cohort(replace(SMALL, emg=emg)).trials[0].load(), "emg").samples
        for emg in ("motor_units", "amplitude_noise")
    )
    assert units.shape == noise.shape
    assert np.std(noise) == pytest.approx(np.std(units), rel=0.4)


def test_sites_take_turns_and_leave_their_mark_on_recordings() -> None:
    settings = replace(SMALL, n_patients=4, n_sites=2, site_severity=2.0)
    cohort = virtual_cohort(settings)
    sites = {row.subject: row.site for row in cohort.sessions}
    assert [sites[f"S{number}"] for number in range(1, 5)] == ["site-1", "site-2"] * 2
    for trial in cohort.trials:
        site = draw_site(0, int(str(sites[trial.key.subject])[-1]), severity=2.0)
        assert signal_of(trial.load(), "emg").rate_hz == site.emg_rate_hz


def test_the_oracle_is_told_for_every_rated_session_and_only_these() -> None:
    cohort = virtual_cohort(RATINGS)
    rated = {(row.subject, row.session): row.score for row in cohort.sessions}
    assert set(cohort.oracle) == set(rated)
    errors = [abs(cohort.oracle[who] - float(score or 0)) for who, score in rated.items()]
    assert 1.2 < float(np.mean(errors)) < 3.0


def test_early_patients_recover_and_chronic_ones_hardly_change() -> None:
    gains = {}
    for setting in ("early", "chronic"):
        settings = replace(RATINGS, setting=setting, visit_weeks=(0.0, 25.0))
        rows = virtual_cohort(settings).sessions
        scores = np.array([row.score for row in rows], dtype=float).reshape(-1, 2)
        gains[setting] = float(np.mean(scores[:, 1] - scores[:, 0]))
    assert gains["early"] > 8
    assert abs(gains["chronic"]) < 2


def test_therapy_adds_what_the_potential_outcomes_say() -> None:
    with_, without = (
        replace(RATINGS, therapy=therapy, setting="chronic", visit_weeks=(0.0, 12.0))
        for therapy in ("randomised", "none")
    )
    truth = ground_truth(with_)["therapy"].set_index("participant_id")
    assert set(truth["dose_h"]) == {20.0, 90.0}
    gained = []
    for one in (with_, without):
        rows = [row for row in virtual_cohort(one).sessions if row.session == "2"]
        gained.append(np.array([row.score for row in rows], dtype=float))
    subjects = [row.subject for row in virtual_cohort(with_).sessions if row.session == "2"]
    doses = truth.loc[subjects, "dose_h"].to_numpy()
    given = np.where(
        doses == 90,
        truth.loc[subjects, "expected_score_90h"],
        truth.loc[subjects, "expected_score_20h"],
    )
    expected = float(np.mean(given - truth.loc[subjects, "expected_score_0h"]))
    assert expected > 1
    assert float(np.mean(gained[0] - gained[1])) == pytest.approx(expected, abs=0.8)
    assert "therapy" not in ground_truth(without)


def test_ground_truth_is_what_the_recordings_were_made_from() -> None:
    tables = ground_truth(SMALL)
    visit = follow_person(SMALL, "patient", 2)[0]
    row = tables["impairments"].set_index("participant_id").loc["S2"]
    assert row["drive_shoulder"] == visit.impairment.drive.shoulder
    assert row["synergy"] == visit.impairment.synergy
    abilities = tables["abilities"].set_index("participant_id")
    assert abilities.loc["S2", "wrist"] == visit.abilities[2]
    assert np.isnan(abilities.loc["H1", "oracle_score"])
    assert list(tables["sites"]["name"]) == ["site-1"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"n_patients": 0}, "n_patients must be a whole number, 1 or more; got 0"),
        ({"n_patients": -3}, "n_patients must be a whole number"),
        ({"n_controls": -1}, "n_controls must be a whole number, 0 or more"),
        ({"n_repetitions": 0}, "n_repetitions must be a whole number"),
        ({"n_repetitions": 1.5}, "n_repetitions must be a whole number"),
        ({"n_sites": 0}, "n_sites must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"tasks": ()}, "tasks must be a tuple of at least one name"),
        ({"tasks": "reach_forward"}, "tasks must be a tuple"),
        ({"tasks": ("reach_forwards",)}, "Did you mean 'reach_forward'"),
        ({"tasks": ("grasp_release", "grasp_release")}, "tasks must be unique"),
        ({"setting": "cronic"}, "Did you mean 'chronic'"),
        ({"therapy": "lots"}, "therapy must be one of none, observational, randomised"),
        ({"emg": "motor_unit"}, "Did you mean 'motor_units'"),
        ({"kinematics": "video"}, "kinematics must be one of"),
        ({"emg": "none", "kinematics": "none"}, "a trial would hold nothing"),
        ({"emg": "none", "calibration": True}, "a trial would hold nothing"),
        ({"visit_weeks": ()}, "visit_weeks must ascend from 0"),
        ({"visit_weeks": (1.0,)}, "visit_weeks must ascend from 0"),
        ({"visit_weeks": (0.0, 4.0, 4.0)}, "visit_weeks must ascend from 0"),
        ({"visit_weeks": (0.0, float("nan"))}, "visit_weeks must ascend from 0"),
        ({"site_severity": -0.5}, "site_severity must lie between 0 and 3"),
        ({"site_severity": 10.0}, "site_severity must lie between 0 and 3"),
        ({"therapy": "randomised"}, "therapy must be followed by a visit"),
        ({"tasks": ("reach_forward", "Reach forward")}, "tasks must be unique"),
    ],
)
def test_settings_that_make_no_cohort_are_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        replace(SMALL, **wrong)
