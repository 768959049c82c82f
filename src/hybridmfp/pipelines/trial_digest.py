"""From one recording to features and phase profiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MontageError, SignalError
from hybridmfp.features.emg import emg_trial_features
from hybridmfp.features.kinematics import kinematic_trial_features
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.preprocessing.arm_motion import ArmMotion, arm_motion
from hybridmfp.preprocessing.envelope import linear_envelope
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.preprocessing.mains import clean_emg
from hybridmfp.preprocessing.movement import Movement, find_movement, tangential_speed
from hybridmfp.preprocessing.resample import phase_profile
from hybridmfp.signals import Montage, Problem, Recording, Side, Signal, TrialKey, find_montage

__all__ = ["MOVEMENT_CHANNELS", "TrialDigest", "digest_trial"]

MOVEMENT_CHANNELS = (
    *("hand_forward", "hand_up", "hand_right"),
    *("elbow_flexion", "shoulder_elevation"),
)
"""Channels of the movement profile: displacement of the hand since onset (m), two angles (rad)."""

_ANGLES = [JOINTS.index("elbow_flexion"), JOINTS.index("shoulder_elevation")]


@dataclass(frozen=True, eq=False)
class TrialDigest:
    """Hold what is left of a trial once its signals have been digested.

    Attributes
    ----------
    key : TrialKey
    values : dict of str to float
        Trial features; a modality that is not there has no entries.
    movement : array of float32, shape (5, n_points)
        Phase profiles of `MOVEMENT_CHANNELS`; NaN without kinematics.
    envelopes : array of float32, shape (n_muscles, n_points)
        Phase profiles of the EMG envelopes, in volts.
    muscles : tuple of str
        The rows of `envelopes`.
    side : {"left", "right"} or None
        The arm that moved, noted or inferred.
    problems : tuple of Problem
        What could not be used, and why.
    """

    key: TrialKey
    values: dict[str, float]
    movement: NDArray[np.float32]
    envelopes: NDArray[np.float32]
    muscles: tuple[str, ...]
    side: Side | None
    problems: tuple[Problem, ...]


def digest_trial(recording: Recording, settings: DigestSettings) -> TrialDigest:
    """Turn one recording into features and phase profiles.

    A modality that cannot be used is left out and reported; the other one goes on.

    Parameters
    ----------
    recording : Recording
    settings : DigestSettings

    Returns
    -------
    TrialDigest

    Raises
    ------
    SignalError
        If neither modality can be used.
    """
    problems = list(recording.problems)
    motion, movement = _moved(recording, settings, problems)
    values: dict[str, float] = {}
    profile = np.full((len(MOVEMENT_CHANNELS), settings.n_points), np.nan, dtype=np.float32)
    if motion is not None and movement is not None:
        angles = joint_angles(motion)
        values.update(kinematic_trial_features(motion, movement, angles=angles))
        profile = _movement_profile(motion, movement, angles, n_points=settings.n_points)
        if motion.side_inferred:
            problems.append(
                _problem(
                    recording,
                    "the arm that moved is not noted",
                    f"inferred from the markers: {motion.side}",
                )
            )
    muscles, envelopes, emg_values = _contracted(recording, movement, motion, settings, problems)
    values.update(emg_values)
    if not values:
        reasons = "; ".join(problem.problem for problem in problems) or "no usable signal"
        raise SignalError(f"{recording.key} must have a usable modality; {reasons}.")
    return TrialDigest(
        key=recording.key,
        values=values,
        movement=profile,
        envelopes=envelopes,
        muscles=muscles,
        side=motion.side if motion is not None else recording.side,
        problems=tuple(problems),
    )


def _moved(
    recording: Recording, settings: DigestSettings, problems: list[Problem]
) -> tuple[ArmMotion | None, Movement | None]:
    if recording.kinematics is None:
        return None, None
    try:
        motion = arm_motion(
            recording.kinematics,
            _montage_of(recording),
            side=recording.side,
            settings=settings.motion,
        )
        speed = tangential_speed(motion.hand, rate_hz=motion.rate_hz)
        return motion, find_movement(
            speed, rate_hz=motion.rate_hz, share_of_peak=settings.onset_share
        )
    except (SignalError, MontageError) as error:
        problems.append(_problem(recording, str(error), "kinematics of this trial left out"))
        return None, None


def _montage_of(recording: Recording) -> Montage:
    if recording.montage is None:
        raise MontageError(
            "kinematic channels must have a montage that says which of them is the wrist; "
            "this recording names none. Add one to the data set's tables."
        )
    return find_montage(recording.montage)


def _movement_profile(
    motion: ArmMotion, movement: Movement, angles: NDArray[np.float64], *, n_points: int
) -> NDArray[np.float32]:
    part = slice(movement.onset, movement.offset)
    hand = motion.hand[:, part]
    channels = np.concatenate([hand - hand[:, :1], angles[_ANGLES, part]])
    return phase_profile(channels, n_points=n_points).astype(np.float32)


def _contracted(
    recording: Recording,
    movement: Movement | None,
    motion: ArmMotion | None,
    settings: DigestSettings,
    problems: list[Problem],
) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, float]]:
    """Give muscles, envelope profiles and EMG features."""
    nothing: tuple[tuple[str, ...], NDArray[np.float32], dict[str, float]]
    nothing = ((), np.empty((0, settings.n_points), dtype=np.float32), {})
    if recording.emg is None:
        return nothing
    emg = recording.emg
    if not emg.valid.any():
        note = "EMG must have a valid sample; every sample of it is a gap"
        problems.append(_problem(recording, note, "EMG of this trial left out"))
        return nothing
    try:
        clean = clean_emg(
            emg.samples.astype(np.float64), rate_hz=emg.rate_hz, settings=settings.emg
        )
        envelope = linear_envelope(
            clean.emg,
            rate_hz=emg.rate_hz,
            cutoff_hz=settings.envelope.cutoff_hz,
            order=settings.envelope.order,
        )
        part = _emg_window(emg, movement, motion, latency_s=recording.latency_s)
        values = emg_trial_features(clean.emg[:, part], rate_hz=emg.rate_hz, channels=emg.channels)
        profile = phase_profile(envelope[:, part], n_points=settings.n_points)
    except SignalError as error:
        problems.append(_problem(recording, str(error), "EMG of this trial left out"))
        return nothing
    return emg.channels, profile.astype(np.float32), values


def _emg_window(
    emg: Signal, movement: Movement | None, motion: ArmMotion | None, *, latency_s: float
) -> slice:
    """Give the EMG samples of the movement, or all of them without kinematics."""
    if movement is None or motion is None:
        return slice(0, emg.n_samples)
    bounds_s = np.array([movement.onset, movement.offset]) / motion.rate_hz + latency_s
    start, stop = np.clip(np.round(bounds_s * emg.rate_hz).astype(int), 0, emg.n_samples)
    if stop - start < 2:
        raise SignalError(
            f"EMG must cover the movement, {bounds_s[0]:.2f} to {bounds_s[1]:.2f} s; it lasts "
            f"{emg.duration_s:.2f} s. Check rates and latency."
        )
    return slice(int(start), int(stop))


def _problem(recording: Recording, problem: str, done: str) -> Problem:
    files = " + ".join(one.path for one in recording.provenance)
    return Problem(file=files or str(recording.key), problem=problem, done=done)
