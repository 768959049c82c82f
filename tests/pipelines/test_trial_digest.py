from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.features import EMG_TRIAL_FEATURES, KINEMATIC_TRIAL_FEATURES
from hybridmfp.pipelines import Settings, digest_trial
from hybridmfp.pipelines.trial_digest import MOVEMENT_CHANNELS
from hybridmfp.signals import Cohort, Recording, Signal

SETTINGS = Settings().digest


@pytest.fixture(scope="module")
def recording(small_cohort: Cohort) -> Recording:
    return small_cohort.trials[0].load()


def test_both_modalities_are_described(recording: Recording) -> None:
    digest = digest_trial(recording, SETTINGS)

    for definition in (*KINEMATIC_TRIAL_FEATURES, *EMG_TRIAL_FEATURES):
        assert any(name.startswith(definition.name) for name in digest.values), definition.name
    assert digest.movement.shape == (len(MOVEMENT_CHANNELS), SETTINGS.n_points)
    assert digest.envelopes.shape == (12, SETTINGS.n_points)


def test_the_hand_starts_where_it_starts(recording: Recording) -> None:
    movement = digest_trial(recording, SETTINGS).movement

    assert np.abs(movement[:3, 0]).max() < 1e-6
    assert np.abs(movement[:3]).max() > 0.1


@pytest.mark.parametrize("missing", ["emg", "kinematics"])
def test_one_modality_is_enough_and_the_other_has_no_entries(
    recording: Recording, missing: str
) -> None:
    digest = digest_trial(dataclasses.replace(recording, **{missing: None}), SETTINGS)

    prefix = {"emg": "emg.", "kinematics": "kin."}[missing]
    assert digest.values
    assert not any(name.startswith(prefix) for name in digest.values)
    assert np.isnan(digest.movement).all() == (missing == "kinematics")
    assert len(digest.muscles) == (0 if missing == "emg" else 12)


def test_kinematics_without_a_montage_are_left_out_and_reported(recording: Recording) -> None:
    digest = digest_trial(dataclasses.replace(recording, montage=None), SETTINGS)

    assert not any(name.startswith("kin.") for name in digest.values)
    assert any("montage" in one.problem and "left out" in one.done for one in digest.problems)


def test_a_side_nobody_noted_is_inferred_and_reported(recording: Recording) -> None:
    digest = digest_trial(dataclasses.replace(recording, side=None), SETTINGS)

    assert digest.side == recording.side
    assert any("not noted" in one.problem for one in digest.problems)
    assert digest.values == pytest.approx(digest_trial(recording, SETTINGS).values, nan_ok=True)


def test_a_channel_that_was_never_seen_gives_nan_not_zero(recording: Recording) -> None:
    assert recording.emg is not None
    samples = recording.emg.samples.copy()
    samples[1] = np.nan
    emg = Signal(samples, rate_hz=2000, channels=recording.emg.channels, units="V")

    digest = digest_trial(dataclasses.replace(recording, emg=emg), SETTINGS)

    muscle = recording.emg.channels[1]
    own = [value for name, value in digest.values.items() if name.endswith(f".{muscle}")]
    assert own
    assert np.isnan(own).all()
    assert np.isnan(digest.envelopes[1]).all()


def test_emg_that_does_not_cover_the_movement_is_left_out(recording: Recording) -> None:
    late = dataclasses.replace(recording, latency_s=100.0)

    digest = digest_trial(late, SETTINGS)

    assert not any(name.startswith("emg.") for name in digest.values)
    assert any("cover the movement" in one.problem for one in digest.problems)


def test_a_trial_without_anything_usable_is_refused(recording: Recording) -> None:
    with pytest.raises(SignalError, match="must have a usable modality"):
        digest_trial(dataclasses.replace(recording, emg=None, montage=None), SETTINGS)
