"""What is measured on virtual patients, from their recordings, with the package's own tools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, welch

from hybridmfp.features.cocontraction import falconer_winter
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.smoothness import spectral_arc_length
from hybridmfp.features.synergies import extract_synergies
from hybridmfp.pipelines import Settings
from hybridmfp.pipelines.trial_digest import MOVEMENT_CHANNELS, digest_trial
from hybridmfp.preprocessing.arm_motion import arm_motion
from hybridmfp.preprocessing.movement import find_movement, tangential_speed
from hybridmfp.signals import Recording, TrialSource, find_montage

__all__ = ["from_digest", "from_maximal_contractions", "from_reaches", "power_edge_hz"]

MUSCLES = find_montage("mhh-emg").channels
_HAND = slice(0, 3)
_ELBOW = MOVEMENT_CHANNELS.index("elbow_flexion")
_CM_PER_M = 100.0
_SYNERGY_VAF = 0.90  # of the mean envelopes of every task, as Hesam-Shariati 2017
_MOST_SYNERGIES = 8


def from_digest(session: SessionDigest) -> dict[str, float]:
    """Measure a session on what the pipeline keeps of it."""
    return {
        "median_frequency_hz": float(
            np.nanmean(
                [
                    _median(session, f"emg.median_frequency.{muscle}", "reach_forward")
                    for muscle in ("biceps_brachii", "deltoid_anterior")
                ]
            )
        ),
        "cci_wrist": _together(
            session, "wrist_flexion_extension", "flexor_carpi_radialis", "extensor_carpi_ulnaris"
        ),
        "cci_grasp": _together(
            session, "grasp_release", "flexor_digitorum_superficialis", "extensor_digitorum"
        ),
        "cci_elbow": _together(session, "reach_forward", "biceps_brachii", "triceps_brachii"),
        "deltoid_biceps_r": _coupling(session),
        "synergies": _count_synergies(session),
    }


def from_reaches(trials: Sequence[TrialSource]) -> dict[str, float]:
    """Measure forward reaches; smoothness on the way out, which published slopes are about."""
    reaches = [_measure_reach(trial.load()) for trial in trials]
    return {name: float(np.median([reach[name] for reach in reaches])) for name in reaches[0]}


def from_maximal_contractions(trials: Sequence[TrialSource]) -> dict[str, float]:
    """Give the strongest half second of each muscle's own maximal contraction, in microvolts."""
    strongest = {}
    for trial in trials:
        if trial.key.task.startswith("mvc_"):
            muscle = trial.key.task.removeprefix("mvc_")
            emg = trial.load().emg
            assert emg is not None
            squared = np.square(emg.pick([muscle]).samples[0].astype(np.float64))
            window = round(emg.rate_hz / 2)
            means = np.convolve(squared, np.full(window, 1 / window), "valid")
            strongest[f"mvc_{muscle}_uv"] = 1e6 * float(np.sqrt(means.max()))
    return strongest


def _median(session: SessionDigest, column: str, task: str) -> float:
    rows = session.task == task
    return float(np.nanmedian(session.features[rows, session.columns.index(column)]))


def _envelopes(session: SessionDigest, task: str, muscle: str) -> NDArray[np.float64]:
    """All trials of a task one after the other, in shares of the session's peak."""
    chosen = session.envelopes[session.task == task, MUSCLES.index(muscle)]
    return chosen.astype(np.float64).ravel()


def _together(session: SessionDigest, task: str, agonist: str, antagonist: str) -> float:
    pair = [_envelopes(session, task, muscle)[np.newaxis] for muscle in (agonist, antagonist)]
    return float(falconer_winter(*pair)[0])


def _coupling(session: SessionDigest) -> float:
    deltoid = _envelopes(session, "reach_forward", "deltoid_anterior")
    biceps = _envelopes(session, "reach_forward", "biceps_brachii")
    seen = np.isfinite(deltoid) & np.isfinite(biceps)
    return float(np.corrcoef(deltoid[seen], biceps[seen])[0, 1])


def _count_synergies(session: SessionDigest) -> float:
    """Synergies of the mean envelopes of each task, without the resting level."""
    means = np.concatenate(
        [
            np.nanmean(session.envelopes[session.task == task], axis=0)
            for task in dict.fromkeys(session.task.tolist())
        ],
        axis=1,
    ).astype(np.float64)
    seen = np.all(np.isfinite(means), axis=1)
    activity = np.maximum(means[seen] - np.percentile(means[seen], 3, axis=1, keepdims=True), 0)
    activity /= np.max(activity, axis=1, keepdims=True)
    for number in range(1, _MOST_SYNERGIES):
        if extract_synergies(activity[:, ::4], n_synergies=number).vaf >= _SYNERGY_VAF:
            return float(number)
    return float(_MOST_SYNERGIES)


def _measure_reach(recording: Recording) -> dict[str, float]:
    digest = digest_trial(recording, Settings().digest)
    distance = np.linalg.norm(digest.movement[_HAND], axis=0)
    return {
        "movement_time_s": digest.values["kin.movement_time"],
        "trunk_cm": _CM_PER_M * digest.values["kin.trunk_displacement"],
        "elbow_extension_deg": -float(
            np.degrees(digest.movement[_ELBOW, int(np.nanargmax(distance))])
        ),
        **_way_out(recording),
    }


def _way_out(recording: Recording) -> dict[str, float]:
    assert recording.kinematics is not None
    motion = arm_motion(recording.kinematics, find_montage("mhh-markers"), side=recording.side)
    speed = tangential_speed(motion.hand, rate_hz=motion.rate_hz)
    movement = find_movement(speed, rate_hz=motion.rate_hz)
    away = np.linalg.norm(motion.hand - motion.hand[:, [movement.onset]], axis=0)
    part = slice(movement.onset, movement.offset)
    # The first instant of arrival, not the farthest tremor during the hold.
    arrived = movement.onset + int(np.argmax(away[part] >= 0.97 * np.nanmax(away[part])))
    out = speed[movement.onset : max(arrived, movement.onset + 20) + 1]
    peaks, _ = find_peaks(out, prominence=0.02, distance=round(0.15 * motion.rate_hz))
    return {
        "sparc_out": spectral_arc_length(out, rate_hz=motion.rate_hz),
        "movement_units_out": float(max(len(peaks), 1)),
        "time_out_s": (arrived - movement.onset) / motion.rate_hz,
    }


def power_edge_hz(recording: Recording) -> float:
    """Give the frequency below which 95 % of the power of 20 to 450 Hz lies, over muscles."""
    assert recording.emg is not None
    frequency, power = welch(recording.emg.samples, recording.emg.rate_hz, nperseg=1024)
    inside = (frequency >= 20) & (frequency <= 450)
    shares = np.cumsum(power[:, inside], axis=1) / np.sum(power[:, inside], axis=1, keepdims=True)
    return float(np.median(frequency[inside][np.argmax(shares >= 0.95, axis=1)]))
