"""Recordings of which something is missing: what smaller set-ups would have seen of them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MontageError, SettingsError, SignalError
from hybridmfp.io.hashing import key_of
from hybridmfp.preprocessing.arm_motion import landmark_centre, landmark_members
from hybridmfp.signals import (
    LANDMARKS,
    Cohort,
    Montage,
    Recording,
    Signal,
    TrialKey,
    TrialSource,
    find_montage,
)

__all__ = ["COMPLETE", "SCENARIOS", "Scenario", "find_scenarios", "lessen", "lessened"]

COMPLETE = "complete"
"""Name of the scenario in which nothing is missing."""

_VERSION = "1"  # raised whenever a scenario would leave something else of the same recording
_FIXES_A_POSE = 3  # markers of a rigid body
_CAMERA_HZ = 30.0
_CAMERA_NOISE_M = 0.01

# A forearm band lies over the long finger flexors and extensors; two single electrodes add the
# muscles that bend and straighten the elbow. Both are pairs of antagonists, so co-contraction
# stays measurable, which the four muscles listed first in the montage would not give.
_BAND_AND_TWO = (
    "flexor_digitorum_superficialis",
    "extensor_digitorum",
    "biceps_brachii",
    "triceps_brachii",
)


@dataclass(frozen=True)
class Scenario:
    """Say what is missing when a model is asked, although it was there when it learned.

    Attributes
    ----------
    name : str
    meaning : str
        What is left, in words.
    change : callable
        Given a recording, the fields of it that become others.
    trials : {"all", "first of each task", "first"}
        Which trials of a session are left.
    """

    name: str
    meaning: str
    change: Callable[[Recording], dict[str, Any]]
    trials: Literal["all", "first of each task", "first"] = "all"


def lessen(recording: Recording, scenario: Scenario) -> Recording:
    """Give what a scenario leaves of a recording.

    The same recording always gives the same one; the recording itself is not edited.

    Parameters
    ----------
    recording : Recording
    scenario : Scenario
        One of `SCENARIOS`.

    Returns
    -------
    Recording
        The same object where nothing is missing.

    Raises
    ------
    SignalError
        If neither EMG nor kinematics are left.
    MontageError
        If the scenario must know what the kinematic channels stand for, and nobody says.
    """
    changes = scenario.change(recording)
    if not changes:
        return recording
    left = (changes.get(name, getattr(recording, name)) for name in ("emg", "kinematics"))
    if all(signal is None for signal in left):
        raise SignalError(
            f"scenario {scenario.name!r} must leave something of a trial ({scenario.meaning}); "
            f"{recording.key} has {' and '.join(recording.modalities)} alone. "
            "Leave the scenario out."
        )
    return replace(recording, **changes)


def lessened(cohort: Cohort, scenario: Scenario) -> Cohort:
    """Give what a scenario leaves of a cohort, still lazily.

    Parameters
    ----------
    cohort : Cohort
    scenario : Scenario
        One of `SCENARIOS`.

    Returns
    -------
    Cohort
        Sessions and scores are the same. A trial of which nothing is left is still listed;
        loading it raises `SignalError`. The decoders say what was taken away.
    """
    trials = cohort.trials
    if scenario.trials != "all":
        n_named = 3 if scenario.trials == "first of each task" else 2  # subject, session (, task)
        backwards = reversed(trials)  # what comes last here stays: the first trial
        trials = tuple({dataclasses.astuple(t.key)[:n_named]: t for t in backwards}.values())
    elif scenario.name != COMPLETE:
        trials = tuple(_lessened_source(trial, scenario) for trial in trials)
    return Cohort(
        cohort.name,
        scale=cohort.scale,
        sessions=cohort.sessions,
        trials=trials,
        problems=cohort.problems,
        synthetic=cohort.synthetic,
        oracle=cohort.oracle,
    )


def find_scenarios(names: Iterable[str]) -> tuple[Scenario, ...]:
    """Give the scenarios of those names, `COMPLETE` always first.

    Raises
    ------
    SettingsError
        If there is no such scenario.
    """
    wanted = list(dict.fromkeys([COMPLETE, *names]))
    for name in wanted:
        if name not in SCENARIOS:
            nearest = difflib.get_close_matches(name, SCENARIOS, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise SettingsError(
                f"scenarios must be among {', '.join(SCENARIOS)}; got {name!r}.{hint}"
            )
    return tuple(SCENARIOS[name] for name in wanted)


def _lessened_source(trial: TrialSource, scenario: Scenario) -> TrialSource:
    decoder = f"{trial.decoder} lessened={scenario.name}/{_VERSION}"
    return replace(trial, decoder=decoder, load=partial(_load, trial.load, scenario))


def _load(load: Callable[[], Recording], scenario: Scenario) -> Recording:
    return lessen(load(), scenario)


def _nothing(_: Recording) -> dict[str, Any]:
    return {}


def _without_kinematics(_: Recording) -> dict[str, Any]:
    return {"kinematics": None, "montage": None}


def _without_emg(_: Recording) -> dict[str, Any]:
    return {"emg": None}


def _every_second(recording: Recording) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if recording.emg is not None:
        changes["emg"] = recording.emg.pick(recording.emg.channels[::2])
    # Channels nobody knows the meaning of are of no use to a digest, thinned or not.
    if recording.kinematics is not None and recording.montage is not None:
        montage = find_montage(recording.montage)
        hidden = [point for point in montage.points if point not in _kept_points(montage)]
        lost = {f"{point}_{axis}" for point in hidden for axis in "xyz"}
        rows = [channel in lost for channel in recording.kinematics.channels]
        changes["kinematics"] = _hidden(recording.kinematics, rows=np.array(rows))
    return changes


def _kept_points(montage: Montage) -> set[str]:
    """Choose about half of the points: every landmark, and clusters thinned but still rigid."""
    kept: set[str] = set()
    for members in montage.clusters.values():
        thinned = members[::2]
        n_missing = max(0, _FIXES_A_POSE - len(thinned))
        kept.update(thinned, members[1::2][:n_missing])
    clustered = {point for members in montage.clusters.values() for point in members}
    for landmark, members in montage.landmarks.items():
        for side in ("Left", "Right"):
            named = {member.replace("{side}", side) for member in members}
            # The thorax is the middle of a cluster; a joint is where its own markers are.
            kept |= named - clustered if landmark == "thorax" else named
    return kept


def _band_and_two(recording: Recording) -> dict[str, Any]:
    if recording.emg is None:
        return {}
    left = [muscle for muscle in recording.emg.channels if muscle in _BAND_AND_TWO]
    return {"emg": recording.emg.pick(left) if left else None}


def _first_half_seen(recording: Recording) -> dict[str, Any]:
    kinematics = recording.kinematics
    if kinematics is None:
        return {}
    rows = np.ones(kinematics.n_channels, dtype=bool)
    return {"kinematics": _hidden(kinematics, rows=rows, since=(kinematics.n_samples + 1) // 2)}


def _hidden(signal: Signal, *, rows: NDArray[np.bool_], since: int = 0) -> Signal:
    """Hide some channels from a sample on."""
    samples = signal.samples.copy()
    samples[rows, since:] = np.nan
    return Signal(samples, rate_hz=signal.rate_hz, channels=signal.channels, units=signal.units)


def _by_camera(recording: Recording) -> dict[str, Any]:
    changes: dict[str, Any] = {"emg": None, "kinematics": None, "montage": "webcam-points"}
    if recording.kinematics is None:
        return changes
    if recording.montage is None:
        raise MontageError(
            f"a camera must know which channel is the wrist; {recording.key} names no montage. "
            "Add one to the data set's tables."
        )
    montage = find_montage(recording.montage)
    positions = recording.kinematics.pick(montage.channels)
    points = positions.samples.astype(np.float64).reshape(len(montage.points), 3, -1)
    members = landmark_members(points, montage, side=recording.side)
    seen = np.stack([landmark_centre(members[landmark]) for landmark in LANDMARKS])
    turn = "zxy".index(montage.vertical)  # x, y, z in a circle, until up is the last of them
    frames = _at_rate(np.roll(seen, -turn, axis=1), rate_hz=positions.rate_hz)
    noise = _CAMERA_NOISE_M * _rng_of(recording.key).standard_normal(frames.shape)
    changes["kinematics"] = Signal(
        (frames + noise).reshape(3 * len(LANDMARKS), -1),
        rate_hz=min(_CAMERA_HZ, positions.rate_hz),
        channels=find_montage("webcam-points").channels,
        units="m",
    )
    return changes


def _at_rate(points: NDArray[np.float64], *, rate_hz: float) -> NDArray[np.float64]:
    """Look at points of shape (n_points, 3, n_samples) at the rate of the camera, gaps kept."""
    n_samples = points.shape[-1]
    if rate_hz <= _CAMERA_HZ:
        return points
    times_s = np.arange(n_samples) / rate_hz
    frames_s = np.arange(int(times_s[-1] * _CAMERA_HZ) + 1) / _CAMERA_HZ
    looked = [np.interp(frames_s, times_s, row) for row in points.reshape(-1, n_samples)]
    return np.array(looked).reshape(*points.shape[:2], -1)


def _rng_of(key: TrialKey) -> np.random.Generator:
    """Give random numbers that depend on the trial alone, not on what was drawn before."""
    named = key_of("webcam-points", key.subject, key.session, key.task, key.repetition)
    return np.random.default_rng(int(named, 16))


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in (
            Scenario(COMPLETE, "everything that was recorded", _nothing),
            Scenario("emg-only", "EMG without kinematics", _without_kinematics),
            Scenario("kinematics-only", "kinematics without EMG", _without_emg),
            Scenario(
                "half-channels",
                "every second muscle; about half of the markers, all landmarks among them",
                _every_second,
            ),
            Scenario(
                "4-of-12-muscles",
                "kinematics, and a forearm band with two electrodes on the upper arm",
                _band_and_two,
            ),
            Scenario(
                "markers-lost-half-trial",
                "EMG, and kinematics of the first half of every trial",
                _first_half_seen,
            ),
            Scenario(
                "webcam-points",
                "wrist, elbow, shoulder and thorax at 30 Hz with 1 cm of noise, no EMG",
                _by_camera,
            ),
            Scenario(
                "one-trial-per-task",
                "the first trial of each task",
                _nothing,
                trials="first of each task",
            ),
            Scenario("one-trial", "the first trial of the session", _nothing, trials="first"),
        )
    }
)
"""The scenarios by name, `COMPLETE` first."""
