"""Kinematic features: what therapists see, as numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.definition import FeatureDefinition
from hybridmfp.features.smoothness import (
    log_dimensionless_jerk,
    spectral_arc_length,
    velocity_peaks,
)
from hybridmfp.preprocessing.arm_motion import ArmMotion
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.preprocessing.movement import Movement, tangential_speed, time_derivative

__all__ = [
    "KINEMATIC_SESSION_FEATURES",
    "KINEMATIC_TRIAL_FEATURES",
    "kinematic_session_features",
    "kinematic_trial_features",
]

_ALT_MURPHY = "Alt Murphy 2011, doi:10.1177/1545968310370748"
_BALASUBRAMANIAN = "Balasubramanian 2015, doi:10.1186/s12984-015-0090-9"
_SUBRAMANIAN = "Subramanian 2010, doi:10.1161/STROKEAHA.110.593368"
_COLLINS = "Collins 2018, PMID 29988530"
_THIES = "Thies 2009, doi:10.1186/1743-0003-6-2"
_WU = "Wu 2005, doi:10.1016/j.jbiomech.2004.05.042"

KINEMATIC_TRIAL_FEATURES: tuple[FeatureDefinition, ...] = tuple(
    FeatureDefinition(name, definition, unit, "kinematics", target, better, reference)  # type: ignore[arg-type]
    for name, definition, unit, target, better, reference in (
        ("kin.movement_time", "Offset minus onset.", "s", "trial", "lower", _COLLINS),
        (
            "kin.peak_speed",
            "Largest tangential speed of the hand.",
            "m/s",
            "trial",
            "higher",
            _COLLINS,
        ),
        ("kin.mean_speed", "Path length over movement time.", "m/s", "trial", "higher", _COLLINS),
        (
            "kin.time_to_peak",
            "Time from onset to peak speed, as a share of movement time.",
            "1",
            "trial",
            "none",
            _ALT_MURPHY,
        ),
        (
            "kin.velocity_peaks",
            "Movement units: peaks of hand speed by 20 mm/s, 150 ms apart.",
            "1",
            "trial",
            "lower",
            _ALT_MURPHY,
        ),
        (
            "kin.velocity_peak_rate",
            "Velocity peaks per second of movement.",
            "1/s",
            "trial",
            "lower",
            _ALT_MURPHY,
        ),
        (
            "kin.sparc",
            "Spectral arc length of hand speed.",
            "1",
            "trial",
            "higher",
            _BALASUBRAMANIAN,
        ),
        (
            "kin.log_dimensionless_jerk",
            "LDLJ of hand speed.",
            "1",
            "trial",
            "higher",
            _BALASUBRAMANIAN,
        ),
        (
            "kin.path_ratio",
            "Path length to the farthest point over its distance from the start, at least 1.",
            "1",
            "trial",
            "lower",
            _COLLINS,
        ),
        (
            "kin.reach_distance",
            "Largest distance of the hand from its start.",
            "m",
            "trial",
            "none",
            _COLLINS,
        ),
        (
            "kin.trunk_displacement",
            "Largest distance of the thorax from its start.",
            "m",
            "trial",
            "lower",
            _SUBRAMANIAN,
        ),
        (
            "kin.trunk_share",
            "Trunk displacement over reach distance.",
            "1",
            "trial",
            "lower",
            _SUBRAMANIAN,
        ),
        (
            "kin.trunk_rotation",
            "Largest angle of the thorax from its start, any axis.",
            "rad",
            "trial",
            "lower",
            _SUBRAMANIAN,
        ),
        (
            "kin.coordination",
            "Pearson correlation of shoulder elevation with elbow extension.",
            "1",
            "trial",
            "none",
            _ALT_MURPHY,
        ),
        (
            "kin.elbow_sparc",
            "Spectral arc length of elbow angular speed.",
            "1",
            "trial",
            "higher",
            _BALASUBRAMANIAN,
        ),
        ("kin.range", "5th to 95th percentile of the joint angle.", "rad", "joint", "none", _WU),
        (
            "kin.joint_speed",
            "95th percentile of absolute angular speed.",
            "rad/s",
            "joint",
            "none",
            _WU,
        ),
        ("kin.joint_mean", "Median joint angle during the movement.", "rad", "joint", "none", _WU),
    )
)
"""Features of one trial; joint features exist once for each of the joints."""

KINEMATIC_SESSION_FEATURES: tuple[FeatureDefinition, ...] = (
    FeatureDefinition(
        "kin.path_variability",
        "Root mean square distance of the hand from its mean path over the repetitions of a "
        "task, at equal phase; mean over tasks.",
        "m",
        "kinematics",
        "session",
        "lower",
        _THIES,
    ),
    FeatureDefinition(
        "kin.joint_variability",
        "The same for elbow flexion and shoulder elevation together.",
        "rad",
        "kinematics",
        "session",
        "lower",
        _THIES,
    ),
)
"""Features of one session, from repetitions of the same task."""


def kinematic_trial_features(
    motion: ArmMotion, movement: Movement, *, angles: NDArray[np.float64] | None = None
) -> dict[str, float]:
    """Describe one trial.

    Parameters
    ----------
    motion : ArmMotion
        The arm seen from the trunk.
    movement : Movement
        Onset and offset.
    angles : array of float, shape (7, n_samples), optional
        ``joint_angles(motion)``, where it is at hand already.

    Returns
    -------
    dict of str to float
        One value for each of `KINEMATIC_TRIAL_FEATURES`, joint features once per joint as
        ``kin.range.elbow_flexion``. NaN where a gap within the movement hides the value; joint
        features and the coordination bear gaps in up to half of the samples.
    """
    part = slice(movement.onset, movement.offset)
    angles = (joint_angles(motion) if angles is None else angles)[:, part]
    values = {
        "kin.movement_time": (movement.offset - movement.onset) / motion.rate_hz,
        **_hand_features(motion, part),
        **_trunk_features(motion, part),
        **_coordination(angles, rate_hz=motion.rate_hz),
        **_joint_features(angles, rate_hz=motion.rate_hz),
    }
    reach = values["kin.reach_distance"]
    values["kin.trunk_share"] = values["kin.trunk_displacement"] / reach if reach > 0 else math.nan
    return values


def kinematic_session_features(
    hand: NDArray[np.float64], angles: NDArray[np.float64], *, task: NDArray[np.str_]
) -> dict[str, float]:
    """Describe how alike the repetitions of a session are.

    Parameters
    ----------
    hand : array of float, shape (n_trials, 3, n_points)
        Phase profiles of the hand, in metres.
    angles : array of float, shape (n_trials, n_angles, n_points)
        Phase profiles of elbow flexion and shoulder elevation, in radians.
    task : array of str, shape (n_trials,)
        Only trials of the same task are compared.

    Returns
    -------
    dict of str to float
        One value for each of `KINEMATIC_SESSION_FEATURES`; NaN without repetitions.
    """
    return {
        "kin.path_variability": _variability(hand, task),
        "kin.joint_variability": _variability(angles, task),
    }


def _hand_features(motion: ArmMotion, part: slice) -> dict[str, float]:
    rate_hz = motion.rate_hz
    hand = motion.hand[:, part]
    speed = tangential_speed(motion.hand, rate_hz=rate_hz)[part]
    duration_s = len(speed) / rate_hz
    peaks = velocity_peaks(speed, rate_hz=rate_hz)
    distance = np.linalg.norm(hand - hand[:, :1], axis=0)
    whole = bool(np.isfinite(speed).all())
    farthest = int(np.argmax(distance)) if whole else 0
    steps = np.linalg.norm(np.diff(hand[:, : farthest + 1], axis=1), axis=0)
    return {
        "kin.peak_speed": float(np.max(speed)),
        "kin.mean_speed": float(np.mean(speed)),
        "kin.time_to_peak": int(np.argmax(speed)) / len(speed) if whole else math.nan,
        "kin.velocity_peaks": peaks,
        "kin.velocity_peak_rate": peaks / duration_s,
        "kin.sparc": spectral_arc_length(speed, rate_hz=rate_hz),
        "kin.log_dimensionless_jerk": log_dimensionless_jerk(speed, rate_hz=rate_hz),
        "kin.path_ratio": (
            float(np.sum(steps) / distance[farthest]) if distance[farthest] > 0 else math.nan
        ),
        "kin.reach_distance": float(np.max(distance)),
    }


def _trunk_features(motion: ArmMotion, part: slice) -> dict[str, float]:
    trunk = motion.trunk[:, part]
    away = np.linalg.norm(trunk - trunk[:, :1], axis=0)
    turned = motion.trunk_rotation[part]
    since_onset = np.einsum("nij,kj->nik", turned, turned[0])
    cosine = (np.trace(since_onset, axis1=1, axis2=2) - 1) / 2
    return {
        "kin.trunk_displacement": float(np.max(away)),
        "kin.trunk_rotation": float(np.max(np.arccos(np.clip(cosine, -1, 1)))),
    }


def _coordination(angles: NDArray[np.float64], *, rate_hz: float) -> dict[str, float]:
    elbow = angles[JOINTS.index("elbow_flexion")]
    elevation = angles[JOINTS.index("shoulder_elevation")]
    both = np.isfinite(elbow) & np.isfinite(elevation)
    together = math.nan
    if 2 * both.sum() >= len(both) > 2 and np.ptp(elbow[both]) > 0 and np.ptp(elevation[both]) > 0:
        together = float(np.corrcoef(elevation[both], -elbow[both])[0, 1])
    elbow_speed = np.abs(time_derivative(elbow, rate_hz=rate_hz))
    return {
        "kin.coordination": together,
        "kin.elbow_sparc": spectral_arc_length(elbow_speed, rate_hz=rate_hz),
    }


def _joint_features(angles: NDArray[np.float64], *, rate_hz: float) -> dict[str, float]:
    speeds = np.abs(time_derivative(angles, rate_hz=rate_hz))
    values = {}
    for joint, angle, speed in zip(JOINTS, angles, speeds, strict=True):
        low, middle, high = _percentiles(angle, (5, 50, 95))
        values[f"kin.range.{joint}"] = high - low
        values[f"kin.joint_speed.{joint}"] = _percentiles(speed, (95,))[0]
        values[f"kin.joint_mean.{joint}"] = middle
    return values


def _percentiles(samples: NDArray[np.float64], percents: tuple[float, ...]) -> list[float]:
    """Give percentiles of what was seen; NaN if that is less than half."""
    seen = samples[np.isfinite(samples)]
    if 2 * len(seen) < len(samples):
        return [math.nan] * len(percents)
    return [float(value) for value in np.percentile(seen, percents)]


def _variability(profiles: NDArray[np.float64], task: NDArray[np.str_]) -> float:
    spreads = []
    for name in np.unique(task):
        repeated = profiles[task == name]
        repeated = repeated[np.all(np.isfinite(repeated), axis=(1, 2))]
        if len(repeated) > 1:
            squares = np.var(repeated, axis=0, ddof=1).sum(axis=0)
            spreads.append(float(np.sqrt(np.mean(squares))))
    return float(np.mean(spreads)) if spreads else math.nan
