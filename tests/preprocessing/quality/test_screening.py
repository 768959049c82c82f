from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.quality import check_session, check_trial, screened
from hybridmfp.signals import Recording, Signal, TrialKey

MUSCLES = ("biceps_brachii", "triceps_brachii", "brachioradialis")


def recording_of(emg: np.ndarray, *, repetition: str = "1") -> Recording:
    key = TrialKey("P1", "1", "reach", repetition)
    return Recording(
        key=key, emg=Signal(emg, rate_hz=2000.0, channels=MUSCLES, units="V"), device="bench"
    )


def active_emg(seconds: float = 4.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    n_samples = round(2000 * seconds)
    noise = rng.normal(size=(3, n_samples))
    muscle = np.convolve(noise.ravel(), np.ones(12) / 12, mode="same").reshape(noise.shape)
    burst = 1e-4 * np.exp(-(((np.arange(n_samples) / n_samples - 0.5) / 0.15) ** 2))
    return muscle * burst + 2e-6 * rng.normal(size=(3, n_samples))


def test_a_recording_without_a_red_channel_is_given_back_as_it_is() -> None:
    recording = recording_of(active_emg())

    assert screened(recording, check_trial(recording)) is recording


def test_only_the_red_channel_becomes_a_gap() -> None:
    emg = active_emg()
    emg[1] = 0
    recording = recording_of(emg)

    kept = screened(recording, check_trial(recording))

    assert kept.emg is not None
    assert kept.emg.valid.all(axis=1).tolist() == [True, False, True]
    assert not kept.emg.valid[1].any()
    assert "triceps_brachii" in kept.problems[-1].problem


def test_a_channel_red_in_most_trials_is_taken_out_of_all() -> None:
    broken = active_emg()
    broken[1] = 0
    trials = [recording_of(broken, repetition=str(at)) for at in range(3)]
    fine = recording_of(active_emg(), repetition="9")
    quality = check_session([check_trial(trial) for trial in [*trials, fine]])

    kept = screened(fine, quality)

    assert kept.emg is not None
    assert not kept.emg.valid[1].any()


def test_a_session_holds_each_trial_once() -> None:
    trial = check_trial(recording_of(active_emg()))

    with pytest.raises(SignalError, match="each trial of a session once"):
        check_session([trial, trial])
