from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from trial_builder import MUSCLES, muscle_noise, reach

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.quality import (
    MusclePattern,
    TrialQuality,
    check_session,
    check_trial,
    screened,
)
from hybridmfp.preprocessing.quality.profiles import session_profile
from hybridmfp.signals import Recording, Signal

N_TRIALS = 4


def session(seed: int, *, late_s: float = 0.0) -> list[Recording]:
    return [reach(seed, subject=f"P{seed}", repetition=at, late_s=late_s) for at in range(N_TRIALS)]


def checked(trials: list[Recording]) -> list[TrialQuality]:
    return [check_trial(trial) for trial in trials]


@pytest.fixture(scope="module")
def pattern() -> MusclePattern:
    return MusclePattern().fit([checked(session(seed)) for seed in range(12)])


def exchanged(trial: Recording, one: str, other: str) -> Recording:
    assert trial.emg is not None
    rows = [MUSCLES.index(one), MUSCLES.index(other)]
    samples = trial.emg.samples.copy()
    samples[rows] = samples[rows[::-1]]
    emg = Signal(samples, rate_hz=trial.emg.rate_hz, channels=MUSCLES, units="V")
    return dataclasses.replace(trial, emg=emg)


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_session_like_those_learned_from_is_green(pattern: MusclePattern, seed: int) -> None:
    quality = check_session(checked(session(seed)), pattern=pattern)

    assert quality.findings == ()
    assert quality.verdict == "green"


def test_exchanged_electrodes_are_both_named_and_nobody_else(pattern: MusclePattern) -> None:
    trials = [exchanged(one, "deltoid_anterior", "extensor_digitorum") for one in session(103)]

    quality = check_session(checked(trials), pattern=pattern)

    assert {(one.channel, one.fault) for one in quality.findings} == {
        ("deltoid_anterior", "swapped"),
        ("extensor_digitorum", "swapped"),
    }
    assert "extensor digitorum" in quality.findings[0].reason


def test_a_gain_says_nothing_about_which_muscle_it_is(pattern: MusclePattern) -> None:
    trials = session(104)
    factors = np.array([[3.0], [0.5], [2.0], [1.0], [4.0], [0.7]], dtype=np.float32)
    louder = [
        dataclasses.replace(
            one,
            emg=Signal(one.emg.samples * factors, rate_hz=2000.0, channels=MUSCLES, units="V"),
        )
        for one in trials
        if one.emg is not None
    ]

    assert check_session(checked(louder), pattern=pattern).findings == ()


@pytest.mark.parametrize("late_s", [-0.1, 0.06, 0.2])
def test_a_lag_is_measured_with_its_sign_and_within_its_interval(
    pattern: MusclePattern, late_s: float
) -> None:
    quality = check_session(checked(session(105, late_s=late_s)), pattern=pattern)

    assert quality.lag_s is not None
    assert quality.lag_error_s is not None
    assert abs(quality.lag_s - late_s) < quality.lag_error_s
    assert quality.correct_lag


def test_a_stated_latency_is_no_lag(pattern: MusclePattern) -> None:
    trials = [dataclasses.replace(one, latency_s=0.1) for one in session(106, late_s=0.1)]

    quality = check_session(checked(trials), pattern=pattern)

    assert quality.lag_s is not None
    assert abs(quality.lag_s) < 0.02
    assert not quality.correct_lag


def test_a_pattern_comes_back_from_its_arrays(pattern: MusclePattern) -> None:
    trials = checked(session(107, late_s=0.05))

    again = MusclePattern.from_arrays(pattern.to_arrays())

    assert again.swap_gains(trials) == pattern.swap_gains(trials)
    assert again.usual_lag_s_ == pattern.usual_lag_s_
    assert (
        check_session(trials, pattern=again).lag_s == check_session(trials, pattern=pattern).lag_s
    )


def test_arrays_that_lack_something_are_refused(pattern: MusclePattern) -> None:
    arrays = pattern.to_arrays()
    del arrays["weights_"]

    with pytest.raises(SignalError, match="weights_ is missing"):
        MusclePattern.from_arrays(arrays)


def test_a_handful_of_sessions_teaches_nothing() -> None:
    with pytest.raises(SignalError, match="at least 8 sessions with EMG; got 2"):
        MusclePattern().fit([checked(session(0)), checked(session(1))])


def test_without_a_pattern_no_swap_and_no_lag_is_claimed() -> None:
    quality = check_session(checked(session(108, late_s=0.2)))

    assert quality.lag_s is None
    assert quality.findings == ()


def test_tasks_and_muscles_the_pattern_does_not_know_are_left_alone(
    pattern: MusclePattern,
) -> None:
    trials = [
        dataclasses.replace(one, key=dataclasses.replace(one.key, task="unheard_of"))
        for one in session(109)
    ]

    assert pattern.swap_gains(checked(trials)) == {}


def test_muscles_at_rest_do_not_follow_a_movement(pattern: MusclePattern) -> None:
    still = []
    for seed, one in enumerate(session(110)):
        assert one.emg is not None
        sources = [np.random.default_rng([seed, row]) for row in range(len(MUSCLES))]
        tone = [2e-5 * muscle_noise(one.emg.n_samples, rng) for rng in sources]
        emg = Signal(np.array(tone), rate_hz=2000.0, channels=MUSCLES, units="V")
        still.append(dataclasses.replace(one, emg=emg))

    quality = check_session(checked(still), pattern=pattern)

    assert "unmoved" in {one.fault for one in quality.findings}
    assert set(quality.muscles.values()) == {"red"}
    assert not quality.correct_lag


def test_a_corrected_session_has_no_lag_left(pattern: MusclePattern) -> None:
    trials = session(112, late_s=0.12)
    quality = check_session(checked(trials), pattern=pattern)

    corrected = [screened(trial, quality) for trial in trials]

    again = check_session(checked(corrected), pattern=pattern)
    assert corrected[0].latency_s == quality.lag_s
    assert again.lag_s == pytest.approx(0, abs=0.005)  # half a step of the curve
    assert not again.correct_lag


def test_an_exchange_undone_loses_what_it_gained(pattern: MusclePattern) -> None:
    pair = ("deltoid_anterior", "extensor_digitorum")
    trials = session(113)

    before = pattern.swap_gains(checked(trials))[pair]
    after = pattern.swap_gains(checked([exchanged(one, *pair) for one in trials]))[pair]

    assert after == pytest.approx(-before, rel=1e-9)


def test_a_profile_does_not_depend_on_the_gain_of_a_channel() -> None:
    trials = session(114)
    names = {"muscles": MUSCLES, "tasks": ["reach"]}

    plain, louder = (
        session_profile(checked([_amplified(one, factor) for one in trials]), **names)
        for factor in (20.0, 40.0)
    )

    # Logarithms start at 1 µV, which 20 times the amplifier's noise of 2 µV lies well above.
    np.testing.assert_allclose(louder, plain, atol=0.03)


def _amplified(trial: Recording, factor: float) -> Recording:
    assert trial.emg is not None
    samples = trial.emg.samples * np.float32(factor)
    emg = Signal(samples, rate_hz=trial.emg.rate_hz, channels=MUSCLES, units="V")
    return dataclasses.replace(trial, emg=emg)


def test_tasks_the_pattern_has_not_met_say_nothing_of_the_clocks(pattern: MusclePattern) -> None:
    late = checked(session(110, late_s=0.15))
    elsewhere = [
        dataclasses.replace(one, key=dataclasses.replace(one.key, task="another")) for one in late
    ]

    assert len(pattern.lag_curves(late)) == len(late)
    assert len(pattern.lag_curves(elsewhere)) == 0
    quality = check_session(elsewhere, pattern=pattern)
    assert quality.lag_s is None
    assert quality.findings == ()
