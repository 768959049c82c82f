"""What scenarios leave of recordings."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import MontageError, SettingsError, SignalError
from hybridmfp.io import open_cohort
from hybridmfp.pipelines import SCENARIOS, Settings, digest_trial, find_scenarios, lessen, lessened
from hybridmfp.preprocessing import arm_motion
from hybridmfp.signals import MONTAGES, Cohort, Montage, Recording, Signal, find_montage

CHANGING = [name for name, one in SCENARIOS.items() if name != "complete" and one.trials == "all"]
KINEMATIC = [montage for montage in MONTAGES.values() if montage.modality == "kinematics"]


@pytest.fixture(scope="module")
def recording(small_cohort: Cohort) -> Recording:
    return small_cohort.trials[0].load()


def samples_of(recording: Recording) -> list[np.ndarray]:
    return [
        signal.samples for signal in (recording.emg, recording.kinematics) if signal is not None
    ]


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_deterministic_and_edits_nothing(recording: Recording, name: str) -> None:
    before = [samples.copy() for samples in samples_of(recording)]

    first, second = (lessen(recording, SCENARIOS[name]) for _ in range(2))

    for one, other in zip(samples_of(first), samples_of(second), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(samples_of(recording), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.key == recording.key


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_left_of_a_virtual_trial_can_be_digested(recording: Recording, name: str) -> None:
    digest = digest_trial(lessen(recording, SCENARIOS[name]), Settings().digest)

    told = {column.split(".")[0] for column in digest.values}
    lost = {"emg-only": "kin", "kinematics-only": "emg", "webcam-points": "emg"}
    assert told == {"kin", "emg"} - {lost.get(name, "")}
    assert not [one for one in digest.problems if "left out" in one.done]
    assert np.isfinite(digest.duration_s)


@pytest.mark.parametrize("name", ["complete", "one-trial-per-task", "one-trial"])
def test_nothing_of_a_trial_is_missing_where_only_trials_are(
    recording: Recording, name: str
) -> None:
    assert lessen(recording, SCENARIOS[name]) is recording


def test_half_the_muscles_are_every_second_one(recording: Recording) -> None:
    left = lessen(recording, SCENARIOS["half-channels"])

    assert recording.emg is not None
    assert left.emg is not None
    assert left.emg.channels == recording.emg.channels[::2]


def test_thinned_markers_leave_joints_in_place_and_a_trunk_that_turns(recording: Recording) -> None:
    left = lessen(recording, SCENARIOS["half-channels"])

    assert recording.kinematics is not None
    assert left.kinematics is not None
    n_seen = np.isfinite(left.kinematics.samples).any(axis=1).sum() // 3
    assert 10 <= n_seen <= 13  # of 21
    motions = [
        arm_motion(one, find_montage("mhh-markers"), side=recording.side)
        for one in (recording.kinematics, left.kinematics)
    ]
    assert np.isfinite(motions[1].trunk_rotation).all()
    # Frame and origin follow the middle of the thorax markers, which moved by millimetres; seen
    # from the trunk itself the wrist may differ by centimetres, as three markers turn with noise.
    assert np.ptp(motions[1].hand - motions[0].hand, axis=1).max() < 0.03
    assert motions[1].wrist_axis is not None


def test_a_band_and_two_electrodes_leave_two_pairs_of_antagonists(recording: Recording) -> None:
    left = lessen(recording, SCENARIOS["4-of-12-muscles"])

    assert left.emg is not None
    assert len(left.emg.channels) == 4
    assert left.kinematics is recording.kinematics


def test_muscles_of_which_none_is_below_the_electrodes_leave_no_emg(recording: Recording) -> None:
    assert recording.emg is not None
    elsewhere = dataclasses.replace(recording, emg=recording.emg.pick(["deltoid_anterior"]))

    assert lessen(elsewhere, SCENARIOS["4-of-12-muscles"]).emg is None


def test_markers_are_lost_in_the_second_half_alone(recording: Recording) -> None:
    left = lessen(recording, SCENARIOS["markers-lost-half-trial"])

    assert recording.kinematics is not None
    assert left.kinematics is not None
    half = (recording.kinematics.n_samples + 1) // 2
    assert np.isnan(left.kinematics.samples[:, half:]).all()
    np.testing.assert_array_equal(
        left.kinematics.samples[:, :half], recording.kinematics.samples[:, :half]
    )


@pytest.mark.parametrize("montage", KINEMATIC, ids=lambda montage: montage.name)
@pytest.mark.parametrize("vertical", ["x", "y", "z"])
def test_a_camera_sees_the_landmarks_upright_with_a_centimetre_of_noise(
    recording: Recording, tmp_path: Path, montage: Montage, vertical: str
) -> None:
    turned = dataclasses.replace(montage, vertical=vertical)
    path = tmp_path / "turned.json"
    path.write_text(json.dumps(dataclasses.asdict(turned)), encoding="utf-8")
    seconds = np.arange(400) / 200
    place = {"x": 0.3, "y": -0.2, "z": 0.7}
    rows = [place[name[-1]] + 0.1 * np.sin(seconds) for name in turned.channels]
    signal = Signal(rows, rate_hz=200, channels=turned.channels, units="m")
    still = dataclasses.replace(recording, kinematics=signal, montage=str(path), side="left")

    left = lessen(still, SCENARIOS["webcam-points"])

    assert left.emg is None
    assert left.kinematics is not None
    assert (left.montage, left.kinematics.rate_hz) == ("webcam-points", 30)
    assert left.kinematics.n_samples == 60
    frames = left.kinematics.samples.reshape(4, 3, -1)
    up = frames[:, 2] - 0.1 * np.sin(np.arange(60) / 30)
    assert up.mean() == pytest.approx(place[vertical], abs=0.004)  # 1 cm over 240 draws
    assert up.std() == pytest.approx(0.01, rel=0.2)
    assert frames.mean() == pytest.approx(np.mean([row.mean() for row in rows]), abs=0.004)


def test_noise_belongs_to_the_trial(recording: Recording) -> None:
    other = dataclasses.replace(recording, key=dataclasses.replace(recording.key, repetition="77"))

    one, two = (lessen(trial, SCENARIOS["webcam-points"]) for trial in (recording, other))

    assert one.kinematics is not None
    assert two.kinematics is not None
    assert (one.kinematics.samples != two.kinematics.samples).all()


def test_a_camera_has_nothing_to_see_where_channels_have_no_meaning(recording: Recording) -> None:
    with pytest.raises(MontageError, match=r"names no montage\. Add one"):
        lessen(dataclasses.replace(recording, montage=None), SCENARIOS["webcam-points"])


@pytest.mark.parametrize(
    ("missing", "names"),
    [("emg", ["emg-only"]), ("kinematics", ["kinematics-only", "webcam-points"])],
)
def test_a_scenario_that_would_leave_nothing_is_refused(
    recording: Recording, missing: str, names: list[str]
) -> None:
    lacking = dataclasses.replace(recording, **{missing: None})

    for name in names:
        with pytest.raises(SignalError, match=f"scenario '{name}' must leave .* alone"):
            lessen(lacking, SCENARIOS[name])


@pytest.mark.parametrize("name", CHANGING)
def test_a_lessened_cohort_is_lazy_picklable_and_told_apart(
    small_cohort: Cohort, name: str
) -> None:
    left = pickle.loads(pickle.dumps(lessened(small_cohort, SCENARIOS[name])))  # noqa: S301

    assert (len(left), left.sessions) == (len(small_cohort), small_cohort.sessions)
    decoders = {trial.decoder for trial in left.trials}
    assert not decoders & {trial.decoder for trial in small_cohort.trials}
    others = {
        trial.decoder
        for other in CHANGING
        if other != name
        for trial in lessened(small_cohort, SCENARIOS[other]).trials
    }
    assert not decoders & others
    expected = lessen(small_cohort.trials[3].load(), SCENARIOS[name])
    assert left.trials[3].load().modalities == expected.modalities


def test_a_complete_cohort_reads_the_same_recordings(small_cohort: Cohort) -> None:
    assert lessened(small_cohort, SCENARIOS["complete"]).trials == small_cohort.trials


def test_one_trial_is_the_first_of_the_session(small_cohort: Cohort) -> None:
    left = lessened(small_cohort, SCENARIOS["one-trial"])

    firsts = [small_cohort.trials_of(row)[0] for row in small_cohort.sessions]
    assert sorted(trial.key for trial in left.trials) == sorted(one.key for one in firsts)


def test_one_trial_per_task_is_the_first_one(small_cohort: Cohort) -> None:
    left = lessened(small_cohort, SCENARIOS["one-trial-per-task"])

    assert len(left) == len(small_cohort.sessions) * len(small_cohort.tasks)
    assert {trial.key.repetition for trial in left.trials} == {
        small_cohort.trials[0].key.repetition
    }


def test_an_unknown_scenario_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"got 'emg_only'\. Did you mean 'emg-only'"):
        find_scenarios(["emg_only"])


def test_complete_recordings_always_come_first_and_once() -> None:
    found = find_scenarios(["emg-only", "complete", "emg-only"])

    assert [scenario.name for scenario in found] == ["complete", "emg-only"]


def test_real_recordings_can_be_lessened(real_data: Callable[[str], Path]) -> None:
    trial = open_cohort(real_data("ulimb_mhh_task12")).trials[0].load()

    for name in ("half-channels", "markers-lost-half-trial", "webcam-points"):
        digest = digest_trial(lessen(trial, SCENARIOS[name]), Settings().digest)
        assert any(np.isfinite(value) for value in digest.values.values()), name
    with pytest.raises(SignalError, match="emg-only"):
        lessen(trial, SCENARIOS["emg-only"])
