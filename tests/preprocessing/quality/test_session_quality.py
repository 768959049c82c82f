from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from trial_builder import MUSCLES, as_recording, reach

from hybridmfp.preprocessing.quality import check_session, check_trial, screened
from hybridmfp.signals import Recording, Signal


def session(n_trials: int = 8) -> list[Recording]:
    return [reach(1, repetition=at) for at in range(n_trials)]


def with_emg(trial: Recording, samples: np.ndarray, *, rate_hz: float = 2000.0) -> Recording:
    emg = Signal(samples, rate_hz=rate_hz, channels=MUSCLES, units="V")
    return dataclasses.replace(trial, emg=emg)


def without_muscle(trial: Recording, muscle: str) -> Recording:
    assert trial.emg is not None
    samples = trial.emg.samples.copy()
    noise = np.random.default_rng(0).standard_normal(samples.shape[1])
    samples[MUSCLES.index(muscle)] = 2e-6 * noise
    return with_emg(trial, samples)


def test_a_muscle_may_be_silent_in_a_trial() -> None:
    trials = session()
    trials[0] = without_muscle(trials[0], "biceps_brachii")

    quality = check_session([check_trial(one) for one in trials])

    assert quality.muscles["biceps_brachii"] == "green"
    assert quality.findings == ()


@pytest.mark.parametrize(("n_tasks", "verdict"), [(1, "amber"), (4, "red")])
def test_a_muscle_silent_in_every_task_is_a_lost_electrode(n_tasks: int, verdict: str) -> None:
    trials = [without_muscle(one, "biceps_brachii") for one in session()]
    trials = [
        dataclasses.replace(one, key=dataclasses.replace(one.key, task=f"task{at % n_tasks}"))
        for at, one in enumerate(trials)
    ]

    quality = check_session([check_trial(one) for one in trials])

    assert quality.muscles["biceps_brachii"] == verdict
    assert [(one.fault, one.n_trials) for one in quality.findings] == [("silent", 8)]


def test_one_bad_trial_does_not_condemn_a_channel() -> None:
    trials = session()
    assert trials[0].emg is not None
    flat = trials[0].emg.samples.copy()
    flat[2] = 0
    trials[0] = with_emg(trials[0], flat)

    quality = check_session([check_trial(one) for one in trials])

    assert quality.muscles["triceps_brachii"] == "green"
    assert [(one.fault, one.verdict, one.n_trials) for one in quality.findings] == [
        ("flat", "amber", 1)
    ]


@pytest.mark.parametrize("drift", [-0.02, 0.02])
def test_drift_is_measured_and_corrected_by_the_rate(drift: float) -> None:
    trials = [
        with_emg(one, one.emg.samples, rate_hz=2000.0 / (1 + drift))
        for one in session(24)
        if one.emg is not None
    ]

    quality = check_session([check_trial(one) for one in trials])
    kept = screened(trials[0], quality)

    # Durations come in frames of 10 ms and differ by 1 s: a slope good to 5000 ppm.
    assert quality.drift_ppm == pytest.approx(1e6 * drift, abs=5000)
    assert quality.correct_drift
    assert kept.emg is not None
    assert kept.emg.rate_hz == pytest.approx(2000.0, rel=5e-3)


def test_a_constant_difference_of_durations_is_no_drift() -> None:
    trials = [with_emg(one, one.emg.samples[:, :-40]) for one in session() if one.emg is not None]

    quality = check_session([check_trial(one) for one in trials])

    assert not quality.correct_drift


def test_a_rate_that_is_wrong_is_not_corrected_as_drift() -> None:
    trials = [
        with_emg(one, one.emg.samples, rate_hz=1000.0) for one in session() if one.emg is not None
    ]

    quality = check_session([check_trial(one) for one in trials])

    assert not quality.correct_drift
    assert quality.verdict == "red"
    assert "rate" in {one.fault for one in quality.findings}


@pytest.mark.parametrize("missing", ["emg", "kinematics"])
def test_one_modality_alone_is_judged(missing: str) -> None:
    trials = [dataclasses.replace(one, **{missing: None}) for one in session(3)]

    quality = check_session([check_trial(one) for one in trials])

    assert quality.findings == ()
    assert (len(quality.muscles), len(quality.points)) in {(0, 4), (6, 0)}


def test_the_worst_finding_comes_first() -> None:
    trials = session()
    assert trials[0].emg is not None
    broken = []
    for one in trials:
        assert one.emg is not None
        samples = one.emg.samples.copy()
        samples[0] = 0
        samples[1, : samples.shape[1] // 5] = samples[1, 0]
        broken.append(with_emg(one, samples))

    quality = check_session([check_trial(one) for one in broken])

    assert [one.verdict for one in quality.findings] == ["red", "amber"]
    assert quality.verdict == "amber"


def test_most_channels_red_make_the_session_red() -> None:
    emg = np.zeros((6, 8000))

    quality = check_session([check_trial(as_recording(emg, None))])

    assert quality.verdict == "red"
