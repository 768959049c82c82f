"""A toy reach: a seated two-link arm that moves a hand to a target and back, seen by markers.

A person leans, bends and extends as the geometry of fixed link lengths demands; nothing here
knows about forces, and nothing was fitted to patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Side, find_montage

__all__ = [
    "ReachPlan",
    "Reacher",
    "follow_plan",
    "minimum_jerk",
    "place_markers",
    "plan_reach",
]

Array: TypeAlias = NDArray[np.float64]

_QUIET_S = 0.4
_OVERLAP = 1.6  # how many of their spacings a submovement lasts
_NOISE_M = 0.0003
_FADE_S = 0.2  # of the tremor, at both ends of the movement
_STRAIGHTEST = 0.99  # of the arm's length: the elbow never locks
_SPREAD = 1.2207440846057596  # root of x⁴ = x + 1: its powers fill a cube evenly

# All lengths for a stature factor of 1, right arm; x forwards, y to the left, z up.
_HIP_M = np.array([0.0, 0.0, 0.5])
_SHOULDER_M = np.array([0.02, -0.19, 0.5])  # from the hip
_START_M = np.array([0.22, 0.05, -0.30])  # from the shoulder: the hand rests on a table
_UPPER_ARM_M = 0.29
_FOREARM_M = 0.25

# Marker positions in the frame of their segment. Thorax: from the hip. Arm segments: along
# the bone from its upper end, across the plane of the bent arm, and out of the bend.
_MARKERS_M: Mapping[str, Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "forearm": {
            "WRA": (0.25, 0.028, 0.0),
            "WRB": (0.25, -0.028, 0.0),
            "RU_1": (0.14, 0.02, 0.045),
            "RU_2": (0.14, -0.02, 0.045),
            "RU_3": (0.19, 0.02, 0.04),
            "RU_4": (0.19, -0.02, 0.04),
            "ELB_M": (0.0, 0.035, 0.0),
            "ELB_L": (0.0, -0.035, 0.0),
        },
        "upper_arm": {
            "H_1": (0.12, -0.05, 0.02),
            "H_2": (0.12, -0.04, -0.03),
            "H_3": (0.16, -0.055, 0.0),
            "H_4": (0.20, -0.05, 0.025),
            "H_5": (0.20, -0.04, -0.03),
            "H_6": (0.24, -0.045, 0.0),
        },
        "thorax": {
            "SA_1": (0.04, -0.17, 0.53),
            "SA_2": (-0.02, -0.17, 0.54),
            "SA_3": (0.01, -0.20, 0.53),
            "CS_1": (0.11, 0.03, 0.42),
            "CS_2": (0.11, -0.03, 0.42),
            "CS_3": (0.12, 0.03, 0.36),
            "CS_4": (0.12, -0.03, 0.36),
        },
    }
)


@dataclass(frozen=True, eq=False)
class Reacher:
    """Hold the body of one virtual person and how that person moves.

    Attributes
    ----------
    side : {"left", "right"}
        The arm that reaches.
    stature : float
        Factor on every length of the body.
    seat_m : array of float, shape (2,)
        Where the chair stands in the laboratory, in metres.
    facing_rad : float
        Where the chair faces, about the vertical axis.
    slowness, roughness, stiffness, leaning, shakiness : float
        Traits from 0, healthy, to 1: long movements, many submovements, an elbow that does
        not extend, habitual leaning, tremor.
    placement_m : array of float, shape (21, 3)
        How far each marker sits from its usual place on its segment.
    """

    side: Side
    stature: float
    seat_m: Array
    facing_rad: float
    slowness: float
    roughness: float
    stiffness: float
    leaning: float
    shakiness: float
    placement_m: Array


@dataclass(frozen=True, eq=False)
class ReachPlan:
    """Hold the submovements that carry the hand to the target and back.

    Attributes
    ----------
    duration_s : float
        Length of the trial, rest included.
    onset_s, offset_s : float
        First and last instant of movement.
    starts_s, lasts_s : array of float, shape (n_submovements,)
        When each submovement starts, and how long it takes.
    steps : array of float, shape (3, n_submovements)
        What each adds towards the target, sideways and across, as a share of the distance.
    """

    duration_s: float
    onset_s: float
    offset_s: float
    starts_s: Array
    lasts_s: Array
    steps: Array


def plan_reach(
    reacher: Reacher, *, duration_range_s: tuple[float, float], rng: np.random.Generator
) -> ReachPlan:
    """Plan one trial: rest, reach out, hold, come back, rest of at least 0.4 s again.

    Parameters
    ----------
    reacher : Reacher
        Slow persons get long trials, rough ones many submovements.
    duration_range_s : (float, float)
        Shortest and longest trial, in seconds, rest included.
    rng : numpy.random.Generator
        Source of randomness.
    """
    shortest, longest = duration_range_s
    share = np.clip(0.1 + 0.75 * reacher.slowness + rng.normal(0, 0.05), 0, 1)
    duration = float(shortest + (longest - shortest) * share)
    quiet = _QUIET_S + rng.uniform(0, 0.04, 2) * duration
    onset, offset = float(quiet[0]), float(duration - quiet[1])
    hold = rng.uniform(0.05, 0.2) * (offset - onset)
    reaching = rng.uniform(0.45, 0.55) * (offset - onset - hold)
    out = _draw_submovements(reacher.roughness, onset, onset + reaching, rng)
    back = _draw_submovements(reacher.roughness, onset + reaching + hold, offset, rng)
    return ReachPlan(
        duration_s=duration,
        onset_s=onset,
        offset_s=offset,
        starts_s=np.concatenate([out[0], back[0]]),
        lasts_s=np.concatenate([out[1], back[1]]),
        steps=np.concatenate([out[2], -back[2]], axis=1),
    )


def minimum_jerk(share: Array, *, derivative: int = 0) -> Array:
    """Trace a movement from 0 to 1 that is as smooth as it can be.

    Parameters
    ----------
    share : array of float, any shape
        Elapsed share of the movement time; at rest below 0 and above 1.
    derivative : {0, 1, 2}
        0 for position, 1 for velocity and 2 for acceleration, per movement time.

    Returns
    -------
    array of float, the shape of `share`
        Position, velocity or acceleration.

    References
    ----------
    Flash, T., & Hogan, N. (1985). The coordination of arm movements. *Journal of
    Neuroscience*, 5, 1688-1703. doi:10.1523/JNEUROSCI.05-07-01688.1985

    Examples
    --------
    >>> import numpy as np
    >>> minimum_jerk(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    >>> minimum_jerk(np.array([0.5]), derivative=1).tolist()  # the peak speed: 15 / 8
    [1.875]
    """
    x = np.clip(share, 0, 1)
    if derivative == 0:
        return x**3 * (10 - 15 * x + 6 * x**2)
    if derivative == 1:
        return 30 * (x * (1 - x)) ** 2
    return 60 * x * (1 - x) * (1 - 2 * x)


def follow_plan(plan: ReachPlan, time_s: Array, *, derivative: int = 0) -> Array:
    """Say where a plan wants the hand to be.

    Parameters
    ----------
    plan : ReachPlan
        The submovements, which add up.
    time_s : array of float, shape (n_samples,)
        Instants, in seconds from the first sample.
    derivative : {0, 1, 2}
        0 for position, 1 for velocity per second, 2 for acceleration per second squared.

    Returns
    -------
    array of float, shape (3, n_samples)
        Towards the target, sideways and across, as a share of the distance to it.
    """
    share = (time_s - plan.starts_s[:, np.newaxis]) / plan.lasts_s[:, np.newaxis]
    traced = minimum_jerk(share, derivative=derivative) / plan.lasts_s[:, np.newaxis] ** derivative
    followed: Array = np.einsum("ap,pt->at", plan.steps, traced)
    return followed


def place_markers(
    reacher: Reacher,
    plan: ReachPlan,
    *,
    task: int,
    rate_hz: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Record a planned reach with the 21 markers of the montage ``mhh-markers``.

    Parameters
    ----------
    reacher : Reacher
        Who reaches.
    plan : ReachPlan
        When and along which submovements.
    task : int
        Number of the task, from 0; each has its own target.
    rate_hz : float
        Frames per second.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float, shape (63, n_frames)
        Laboratory coordinates in metres, z up; x, y, z of each marker in the order of the
        montage. NaN where a marker was lost.
    """
    time_s = np.arange(round(plan.duration_s * rate_hz)) / rate_hz
    progress = follow_plan(plan, time_s)
    target = _target(task)
    wrist = _hand_path(progress, target) + _tremor(reacher.shakiness, plan, time_s, rng)
    placed = _rigid_markers(wrist, _needed_lean(target, reacher) * progress[0], reacher)
    placed = _into_laboratory(placed * reacher.stature, reacher)
    recorded = placed.transpose(0, 2, 1).astype(np.float32)
    recorded += np.float32(_NOISE_M) * rng.standard_normal(recorded.shape, dtype=np.float32)
    _lose_markers(recorded, rate_hz=rate_hz, rng=rng)
    return recorded.reshape(-1, time_s.size)


def _draw_submovements(
    roughness: float, start_s: float, stop_s: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Split one way into overlapping steps that end exactly where and when it ends."""
    number = 1 + int(rng.poisson(5 * roughness))
    spacing = (stop_s - start_s) / (number - 1 + _OVERLAP)
    lasts: Array = np.full(number, spacing * _OVERLAP)
    starts: Array = np.linspace(start_s, stop_s - lasts[0], number)
    steps = rng.normal(0, 0.05 * roughness, (3, number))
    steps -= np.mean(steps, axis=1, keepdims=True)
    towards = rng.uniform(0.4, 1.4, number)
    steps[0] = towards / np.sum(towards)
    return starts, lasts, steps


def _target(task: int) -> Array:
    """Spread the targets of the tasks in front of the shoulder, within an arm's length."""
    aside, up, far = ((task + 1) / _SPREAD**power % 1 for power in (1, 2, 3))
    azimuth, elevation = np.radians([-30 + 60 * aside, -25 + 30 * up])
    ahead, left = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth)
    distance = (0.82 + 0.13 * far) * (_UPPER_ARM_M + _FOREARM_M)
    reached: Array = _HIP_M + _SHOULDER_M + distance * np.array([ahead, left, np.sin(elevation)])
    return reached


def _hand_path(progress: Array, target: Array) -> Array:
    """Lift the hand over the table on its way; shape (n_frames, 3)."""
    start = _HIP_M + _SHOULDER_M + _START_M
    way = target - start
    length = float(np.linalg.norm(way))
    sideways = np.cross([0.0, 0.0, length], way)
    sideways *= length / np.linalg.norm(sideways)
    across = np.cross(way, sideways) / length
    path: Array = start + np.einsum("at,ai->ti", progress, np.stack([way, sideways, across]))
    path[:, 2] += 0.12 * length * progress[0] * (1 - progress[0])
    return path


def _tremor(shakiness: float, plan: ReachPlan, time_s: Array, rng: np.random.Generator) -> Array:
    """Shake the moving hand at 4 to 6 Hz; shape (n_frames, 3)."""
    moving = minimum_jerk((time_s - plan.onset_s) / _FADE_S)
    moving *= minimum_jerk((plan.offset_s - time_s) / _FADE_S)
    direction = rng.standard_normal(3)
    direction /= np.linalg.norm(direction)
    swing = np.sin(2 * np.pi * (rng.uniform(4, 6) * time_s + rng.uniform()))
    return np.outer(0.004 * shakiness * moving * swing, direction)


def _needed_lean(target: Array, reacher: Reacher) -> float:
    """Find the angle to lean by where the elbow does not extend enough, in radians."""
    furthest = (0.97 - 0.25 * reacher.stiffness) * (_UPPER_ARM_M + _FOREARM_M)
    leans = np.radians(np.linspace(0, 60, 241))
    distances = np.linalg.norm(target - _HIP_M - _lean_frames(leans) @ _SHOULDER_M, axis=1)
    within = distances <= furthest
    needed = leans[np.argmax(within)] if within.any() else leans[np.argmin(distances)]
    return float(needed + np.radians(4) * reacher.leaning)


def _lean_frames(lean: Array) -> Array:
    """Turn the thorax forwards about the hip; shape (n_frames, 3, 3), axes in columns."""
    frames = np.zeros((lean.size, 3, 3))
    frames[:, 0, 0] = frames[:, 2, 2] = np.cos(lean)
    frames[:, 0, 2] = np.sin(lean)
    frames[:, 2, 0] = -np.sin(lean)
    frames[:, 1, 1] = 1
    return frames


def _bend_arm(shoulder: Array, wrist: Array, *, abduction: float) -> tuple[Array, Array, Array]:
    """Bend an arm of fixed lengths: elbow, wrist within reach, normal of the arm's plane."""
    span = wrist - shoulder
    asked: Array = np.sqrt(np.sum(span**2, axis=1, keepdims=True))
    towards = span / asked
    distance = np.minimum(asked, _STRAIGHTEST * (_UPPER_ARM_M + _FOREARM_M))
    pole = np.array([-0.2, -abduction, -1.0])
    bend = pole - np.sum(towards * pole, axis=1, keepdims=True) * towards
    bend /= np.linalg.norm(bend, axis=1, keepdims=True)
    along = (distance**2 + _UPPER_ARM_M**2 - _FOREARM_M**2) / (2 * distance)
    elbow: Array = shoulder + along * towards + np.sqrt(_UPPER_ARM_M**2 - along**2) * bend
    reached: Array = shoulder + distance * towards
    normal: Array = np.cross(towards, bend)
    return elbow, reached, normal


def _rigid_markers(wrist: Array, lean: Array, reacher: Reacher) -> Array:
    """Fix the markers to thorax, upper arm and forearm; shape (21, n_frames, 3)."""
    thorax = _lean_frames(lean)
    shoulder = _HIP_M + thorax @ _SHOULDER_M
    elbow, wrist, normal = _bend_arm(shoulder, wrist, abduction=0.3 + 0.5 * reacher.stiffness)
    segments = {
        "forearm": (elbow, _bone_frames(wrist - elbow, normal)),
        "upper_arm": (shoulder, _bone_frames(elbow - shoulder, normal)),
        "thorax": (_HIP_M, thorax),
    }
    points = find_montage("mhh-markers").points
    markers = np.empty((len(points), lean.size, 3))
    for name, (origin, frames) in segments.items():
        rows = [points.index(marker) for marker in _MARKERS_M[name]]
        local = np.array(list(_MARKERS_M[name].values())) + reacher.placement_m[rows]
        markers[rows] = origin + np.einsum("tij,mj->mti", frames, local)
    return markers


def _bone_frames(bone: Array, normal: Array) -> Array:
    """Axes along a bone, across the arm's plane, and the third; in columns."""
    along = bone / np.linalg.norm(bone, axis=1, keepdims=True)
    return np.stack([along, normal, np.cross(along, normal)], axis=2)


def _into_laboratory(markers: Array, reacher: Reacher) -> Array:
    """Mirror a left arm, turn the chair and put it in its place."""
    mirror = np.array([1.0, -1.0 if reacher.side == "left" else 1.0, 1.0])
    cosine, sine = np.cos(reacher.facing_rad), np.sin(reacher.facing_rad)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    placed: Array = np.einsum("mti,ji->mtj", markers * mirror, turn)
    placed += np.append(reacher.seat_m, 0.0)
    return placed


def _lose_markers(
    recorded: NDArray[np.float32], *, rate_hz: float, rng: np.random.Generator
) -> None:
    """Hide markers for a moment, and now and then one for the whole trial; edits in place."""
    n_markers, _, n_frames = recorded.shape
    for _ in range(rng.poisson(2.0)):
        length = max(1, round(rng.uniform(0.05, 0.15) * rate_hz))
        marker, start = rng.integers(n_markers), rng.integers(n_frames)
        recorded[marker, :, start : start + length] = np.nan
    if rng.uniform() < 0.05:
        recorded[rng.integers(n_markers)] = np.nan
