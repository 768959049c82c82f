"""From one recording to features and phase profiles."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MontageError, SignalError
from hybridmfp.features.emg import emg_trial_features
from hybridmfp.features.kinematics import kinematic_trial_features
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.preprocessing.arm_motion import ArmMotion, arm_motion
from hybridmfp.preprocessing.band_envelopes import band_envelopes
from hybridmfp.preprocessing.envelope import linear_envelope
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS, kinematic_channels
from hybridmfp.preprocessing.mains import clean_emg
from hybridmfp.preprocessing.movement import Movement, find_movement, tangential_speed
from hybridmfp.preprocessing.resample import phase_profile
from hybridmfp.signals import Montage, Problem, Recording, Side, Signal, TrialKey, find_montage

__all__ = ["EMG_BANDS_HZ", "MOVEMENT_CHANNELS", "TrialDigest", "digest_trial"]

EMG_BANDS_HZ = ((20.0, 60.0), (60.0, 120.0), (120.0, 250.0), (250.0, 450.0))
"""Bands of the EMG that networks see, in hertz."""

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
    bands : array of float32, shape (n_muscles, 4, n_network_points)
        Strength of the EMG in `EMG_BANDS_HZ`, in volts.
    channels : array of float32, shape (44, n_network_points)
        `KINEMATIC_CHANNELS`; NaN without kinematics.
    duration_s : float
        From onset to offset; without kinematics, the length of the recording.
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
    bands: NDArray[np.float32]
    channels: NDArray[np.float32]
    duration_s: float
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
    moved = _moved(recording, settings, problems)
    contracted = _contracted(recording, moved, settings, problems)
    values = moved.values | contracted.values
    if not values:
        reasons = "; ".join(problem.problem for problem in problems) or "no usable signal"
        raise SignalError(f"{recording.key} must have a usable modality; {reasons}.")
    return TrialDigest(
        key=recording.key,
        values=values,
        movement=moved.profile,
        envelopes=contracted.envelopes,
        muscles=contracted.muscles,
        bands=contracted.bands,
        channels=moved.channels,
        duration_s=_duration_s(recording, moved),
        side=recording.side if moved.motion is None else moved.motion.side,
        problems=tuple(problems),
    )


@dataclass(frozen=True, eq=False)
class _Moved:
    """What the kinematics of a trial gave; NaN and None without them."""

    profile: NDArray[np.float32]
    channels: NDArray[np.float32]
    values: dict[str, float] = field(default_factory=dict)
    motion: ArmMotion | None = None
    movement: Movement | None = None


@dataclass(frozen=True, eq=False)
class _Contracted:
    """What the EMG of a trial gave; no muscle without it."""

    envelopes: NDArray[np.float32]
    bands: NDArray[np.float32]
    values: dict[str, float] = field(default_factory=dict)
    muscles: tuple[str, ...] = ()


def _moved(recording: Recording, settings: DigestSettings, problems: list[Problem]) -> _Moved:
    nothing = _Moved(
        profile=_gap(len(MOVEMENT_CHANNELS), settings.n_points),
        channels=_gap(len(KINEMATIC_CHANNELS), settings.n_network_points),
    )
    if recording.kinematics is None:
        return nothing
    try:
        motion = arm_motion(
            recording.kinematics,
            _montage_of(recording),
            side=recording.side,
            settings=settings.motion,
        )
        speed = tangential_speed(motion.hand, rate_hz=motion.rate_hz)
        movement = find_movement(speed, rate_hz=motion.rate_hz, share_of_peak=settings.onset_share)
    except (SignalError, MontageError) as error:
        problems.append(_problem(recording, str(error), "kinematics of this trial left out"))
        return nothing
    if motion.side_inferred:
        found = f"inferred from the markers: {motion.side}"
        problems.append(_problem(recording, "the arm that moved is not noted", found))
    angles = joint_angles(motion)
    return _Moved(
        profile=_movement_profile(motion, movement, angles, n_points=settings.n_points),
        channels=_network_channels(motion, movement, angles, n_points=settings.n_network_points),
        values=kinematic_trial_features(motion, movement, angles=angles),
        motion=motion,
        movement=movement,
    )


def _gap(n_channels: int, n_points: int) -> NDArray[np.float32]:
    return np.full((n_channels, n_points), np.nan, dtype=np.float32)


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


def _network_channels(
    motion: ArmMotion, movement: Movement, angles: NDArray[np.float64], *, n_points: int
) -> NDArray[np.float32]:
    part = slice(movement.onset, movement.offset)
    channels = kinematic_channels(motion, angles)[:, part]
    since_onset = [KINEMATIC_CHANNELS.index(f"hand_{way}") for way in ("forward", "up", "right")]
    channels[since_onset] -= channels[since_onset, :1]
    return phase_profile(channels, n_points=n_points).astype(np.float32)


def _contracted(
    recording: Recording, moved: _Moved, settings: DigestSettings, problems: list[Problem]
) -> _Contracted:
    n_points, n_seen = settings.n_points, settings.n_network_points
    nothing = _Contracted(
        envelopes=_gap(0, n_points),
        bands=np.empty((0, len(EMG_BANDS_HZ), n_seen), dtype=np.float32),
    )
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
        part = _emg_window(emg, moved.movement, moved.motion, latency_s=recording.latency_s)
        return _Contracted(
            envelopes=phase_profile(envelope[:, part], n_points=n_points).astype(np.float32),
            bands=_band_profile(clean.emg, part, rate_hz=emg.rate_hz, n_points=n_seen),
            values=emg_trial_features(
                clean.emg[:, part], rate_hz=emg.rate_hz, channels=emg.channels
            ),
            muscles=emg.channels,
        )
    except SignalError as error:
        problems.append(_problem(recording, str(error), "EMG of this trial left out"))
        return nothing


def _band_profile(
    emg: NDArray[np.float64], part: slice, *, rate_hz: float, n_points: int
) -> NDArray[np.float32]:
    bands = band_envelopes(emg, rate_hz=rate_hz, bands_hz=EMG_BANDS_HZ)
    first, last = (round(at / rate_hz * bands.rate_hz) for at in (part.start, part.stop))
    first = min(first, bands.envelopes.shape[-1] - 2)
    frames = bands.envelopes[..., first : max(last, first + 1) + 1]
    return phase_profile(frames, n_points=n_points).astype(np.float32)


def _duration_s(recording: Recording, moved: _Moved) -> float:
    if moved.motion is not None and moved.movement is not None:
        return (moved.movement.offset - moved.movement.onset) / moved.motion.rate_hz
    signal = recording.emg if recording.emg is not None else recording.kinematics
    return float("nan") if signal is None else signal.duration_s


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
