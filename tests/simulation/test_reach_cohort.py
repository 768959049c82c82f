"""What the toy cohort promises: the same trials always, and a relation only where planted."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from hybridmfp.errors import SettingsError
from hybridmfp.signals import Cohort, Recording
from hybridmfp.simulation import ReachCohortSettings, reach_cohort

SMALL = ReachCohortSettings(n_patients=2, n_controls=1, n_repetitions=2, duration_s=(1.5, 2.5))
FRUGAL = ReachCohortSettings(
    n_patients=200,
    n_controls=0,
    n_tasks=1,
    n_repetitions=1,
    kinematics_rate_hz=50.0,
    modalities=("kinematics",),
)


def fingerprint(recording: Recording) -> str:
    digest = hashlib.sha256()
    for signal in (recording.emg, recording.kinematics):
        if signal is not None:
            digest.update(np.ascontiguousarray(signal.samples).tobytes())
    return digest.hexdigest()


def fingerprints(cohort: Cohort) -> dict[str, str]:
    return {str(trial.key): fingerprint(trial.load()) for trial in cohort.trials}


def durations_and_scores(settings: ReachCohortSettings) -> tuple[list[float], list[float]]:
    cohort = reach_cohort(settings)
    durations = [r.kinematics.duration_s for r in cohort if r.kinematics is not None]
    scores = [row.score for row in cohort.sessions if row.score is not None]
    return durations, scores


def test_the_cohort_has_the_size_and_the_names_it_was_asked_for() -> None:
    cohort = reach_cohort(ReachCohortSettings(n_patients=3, n_controls=2, n_tasks=4))

    assert cohort.subjects == ("H1", "H2", "S1", "S2", "S3")
    assert cohort.tasks == ("1", "2", "3", "4")
    assert len(cohort) == 5 * 4 * 3
    assert cohort.synthetic
    assert "synthetic" in cohort.name
    assert cohort.scale is not None
    assert cohort.scale.name == "fma-ue"


def test_patients_have_whole_points_on_the_scale_and_controls_have_none() -> None:
    cohort = reach_cohort(ReachCohortSettings(n_patients=300, n_controls=2, n_tasks=1))
    rated = [row.score for row in cohort.sessions if row.group == "patient"]
    controls = [row for row in cohort.sessions if row.group == "control"]

    assert all(score is not None and 0 <= score <= 66 and score == int(score) for score in rated)
    assert len(set(rated)) > 40
    assert all(row.score is None and row.affected_side is None for row in controls)


def test_patients_and_controls_of_one_number_are_different_persons() -> None:
    cohort = reach_cohort(ReachCohortSettings(n_patients=20, n_controls=20, n_tasks=1))
    told = {row.subject: (row.age_years, row.sex, row.tested_side) for row in cohort.sessions}

    twins = sum(told[f"S{number}"] == told[f"H{number}"] for number in range(1, 21))

    assert twins < 3  # by chance one pair in two hundred


def test_a_recording_names_its_montage_its_side_and_its_rates() -> None:
    cohort = reach_cohort(SMALL)
    recording = cohort.trials[-1].load()
    row = next(row for row in cohort.sessions if row.subject == recording.key.subject)

    assert recording.emg is not None
    assert recording.kinematics is not None
    assert (recording.emg.n_channels, recording.emg.rate_hz) == (12, 2000.0)
    assert (recording.kinematics.n_channels, recording.kinematics.rate_hz) == (63, 200.0)
    assert set(recording.emg.units) == {"V"}
    assert set(recording.kinematics.units) == {"m"}
    assert recording.montage == "mhh-markers"
    assert recording.side == row.tested_side == row.affected_side
    assert recording.emg.duration_s == pytest.approx(
        recording.kinematics.duration_s, abs=1 / recording.kinematics.rate_hz
    )


def test_trials_are_the_same_whatever_was_read_before() -> None:
    trials = reach_cohort(SMALL).trials
    forwards = [fingerprint(trial.load()) for trial in trials]

    backwards = [fingerprint(trial.load()) for trial in reversed(reach_cohort(SMALL).trials)]

    assert backwards[::-1] == forwards
    assert len(set(forwards)) == len(forwards)


def test_trials_are_the_same_in_another_process() -> None:
    trial = reach_cohort(SMALL).trials[3]
    script = (
        "import hashlib, pickle, sys\n"
        "trial = pickle.loads(sys.stdin.buffer.read())\n"
        "r = trial.load()\n"
        "b = [s.samples.tobytes() for s in (r.emg, r.kinematics)]\n"
        "print(hashlib.sha256(b''.join(b)).hexdigest())\n"
    )

    told = subprocess.run(  # noqa: S603 (our own script in our own interpreter)
        [sys.executable, "-c", script],
        input=pickle.dumps(trial),
        capture_output=True,
        check=True,
    )

    assert told.stdout.decode().strip() == fingerprint(trial.load())


def test_other_persons_and_other_trials_change_no_trial() -> None:
    few = fingerprints(reach_cohort(SMALL))

    many = fingerprints(
        reach_cohort(replace(SMALL, n_patients=4, n_controls=2, n_tasks=3, n_repetitions=3))
    )

    assert few.items() <= many.items()


def test_one_modality_alone_is_the_one_recorded_with_both() -> None:
    both = reach_cohort(SMALL).trials[0].load()
    emg = reach_cohort(replace(SMALL, modalities=("emg",))).trials[0].load()
    kinematics = reach_cohort(replace(SMALL, modalities=("kinematics",))).trials[0].load()

    assert emg.modalities == ("emg",)
    assert emg.montage is None
    assert kinematics.modalities == ("kinematics",)
    assert emg.emg is not None
    assert both.emg is not None
    assert kinematics.kinematics is not None
    assert both.kinematics is not None
    np.testing.assert_array_equal(emg.emg.samples, both.emg.samples)
    np.testing.assert_array_equal(kinematics.kinematics.samples, both.kinematics.samples)


def test_another_seed_gives_other_trials_and_other_scores() -> None:
    one, other = reach_cohort(SMALL), reach_cohort(replace(SMALL, seed=1))

    assert not set(fingerprints(one).values()) & set(fingerprints(other).values())
    assert [row.score for row in one.sessions] != [row.score for row in other.sessions]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"relation": "none"},
        {"emg_rate_hz": 1000.0},
        {"kinematics_rate_hz": 100.0},
        {"duration_s": (1.5, 3.0)},
        {"modalities": ("emg",)},
        {"n_patients": 3},
    ],
)
def test_each_setting_shows_in_the_decoder_so_that_caches_can_tell(changed: Any) -> None:
    before = {trial.decoder for trial in reach_cohort(SMALL).trials}
    after = {trial.decoder for trial in reach_cohort(replace(SMALL, **changed)).trials}

    assert len(before) == len(reach_cohort(SMALL))
    assert not before & after


def test_the_provenance_names_the_generator_and_its_settings() -> None:
    trial = reach_cohort(SMALL).trials[0]

    (origin,) = trial.load().provenance

    assert trial.files == ()
    assert origin.reader == trial.decoder
    assert origin.reader.startswith("reach-cohort/1 n_patients=2")
    assert origin.sha256 == hashlib.sha256(trial.decoder.encode()).hexdigest()
    assert origin.path == f"synthetic/{trial.key}"


def test_every_trial_lasts_as_long_as_the_range_allows() -> None:
    durations, _ = durations_and_scores(FRUGAL)

    assert 2.0 <= min(durations) < 3.0
    assert 6.0 < max(durations) <= 8.0


def test_planted_scores_follow_the_duration_of_the_trials_but_not_exactly() -> None:
    durations, scores = durations_and_scores(FRUGAL)

    # Were severity all there is to a duration, the correlation would be -0.96.
    assert -0.92 < spearmanr(durations, scores).statistic < -0.5


def test_unplanted_scores_know_nothing_of_the_signals() -> None:
    durations, scores = durations_and_scores(replace(FRUGAL, relation="none"))

    # Three standard errors of a rank correlation of 200 unrelated pairs.
    assert abs(spearmanr(durations, scores).statistic) < 3 / np.sqrt(199)


def test_the_relation_changes_the_scores_and_no_signal() -> None:
    planted, none = reach_cohort(SMALL), reach_cohort(replace(SMALL, relation="none"))

    assert fingerprints(planted) == fingerprints(none)
    assert [row.score for row in planted.sessions] != [row.score for row in none.sessions]


def test_planted_and_unplanted_scores_are_spread_alike() -> None:
    planted, none = (
        [row.score for row in reach_cohort(settings).sessions if row.score is not None]
        for settings in (FRUGAL, replace(FRUGAL, relation="none"))
    )

    # Uniform between 0 and 66: SD 19; 5 points are more than three standard errors.
    assert np.std(planted) == pytest.approx(19, abs=5)
    assert np.std(none) == pytest.approx(19, abs=5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_patients": 0}, "n_patients must be a whole number, 1 or more; got 0"),
        ({"n_controls": -1}, "n_controls must be a whole number, 0 or more; got -1"),
        ({"n_tasks": 0}, "n_tasks must be a whole number, 1 or more; got 0"),
        ({"n_repetitions": 1.5}, "n_repetitions must be a whole number, 1 or more; got 1.5"),
        ({"n_repetitions": True}, "n_repetitions must be a whole number"),
        ({"seed": -1}, "seed must be a whole number, 0 or more; got -1"),
        ({"relation": "some"}, "relation must be 'planted' or 'none'; got 'some'"),
        ({"emg_rate_hz": 900.0}, "emg_rate_hz must be .* 1000 or more; got 900"),
        ({"emg_rate_hz": float("nan")}, "emg_rate_hz must be .* got nan"),
        ({"kinematics_rate_hz": 0.0}, "kinematics_rate_hz must be .* 50 or more; got 0"),
        ({"duration_s": (8.0, 2.0)}, "duration_s must be .* ascending"),
        ({"duration_s": (1.0, 2.0)}, "duration_s must be .* 1.5 or more"),
        ({"duration_s": (2.0, float("inf"))}, "duration_s must be"),
        ({"duration_s": (2.0,)}, "duration_s must be"),
        ({"modalities": ()}, "modalities must be"),
        ({"modalities": ("emg", "eeg")}, "modalities must be .*'eeg'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: Any, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ReachCohortSettings(**wrong)
