"""How an arm moves through a task: submovements, lags, tremor, and a table below."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, maximum_filter1d

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, FRAME_RATE_HZ, pose_chain
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.minimum_jerk import minimum_jerk
from hybridmfp.simulation.posture import achieved_postures, home_posture
from hybridmfp.simulation.tasks import Task, posture, table_height_m

__all__ = ["MOVEMENT_GAINS", "MovementGains", "move", "rest"]

Array = NDArray[np.float64]

_ELEVATION = CHAIN_ANGLES.index("elevation")
_PLANE = CHAIN_ANGLES.index("elevation_plane")

# How far a joint runs behind the shoulder, as a share of the typical lag. Assumptions.
_LAGS = posture(
    elbow_flexion=1.0,
    pronation=0.6,
    wrist_deviation=0.5,
    wrist_flexion=0.6,
    hand_closing=0.8,
    thumb_closing=0.8,
)
# How much tremor and slow irregularity shake a joint. Assumptions.
_TREMOR = posture(elevation=0.5, humeral_rotation=0.7, elbow_flexion=0.7, wrist_flexion=1.0)
_IRREGULARITY = np.array([0.2, 0.2, 0.25, 0.3, 0.3] + [1.0] * 9)


@dataclass(frozen=True)
class MovementGains:
    """Hold what shapes the time course; assumptions, to be calibrated.

    Attributes
    ----------
    submovements : float
        Expected number beyond the first at full roughness, in a movement of 1 s; grows with
        the square root of the duration.
    submovements_power : float
        Exponent of roughness in that number.
    overlap : (float, float)
        How long submovements last, in units of their spacing; the less, the deeper the pauses.
    slowing, slowing_power : float
        Share by which full slowness prolongs movements, and exponent of slowness.
    duration_spread : float
        How much durations vary; standard deviation of their logarithm.
    lag, lag_spread, lag_roughness : float
        By how much joints follow the shoulder: mean, spread, and spread added by full
        roughness, as shares of the movement's duration.
    tremor_rad : float
        Amplitude of a tremor of 1.
    irregularity_rad, rough_irregularity_rad : float
        Slow wandering of a joint, healthy and added by full roughness (standard deviations).
    at_rest : float
        Share of tremor and wandering that is left at rest.
    lingering_s : float
        How much longer postures are held at full slowness.
    """

    submovements: float = 3.7
    submovements_power: float = 1.1
    overlap: tuple[float, float] = (1.3, 2.0)
    slowing: float = 2.4
    slowing_power: float = 1.4
    duration_spread: float = 0.08
    lag: float = 0.02
    lag_spread: float = 0.03
    lag_roughness: float = 0.10
    tremor_rad: float = 0.004
    irregularity_rad: float = 0.0023
    rough_irregularity_rad: float = 0.0134
    at_rest: float = 0.3
    lingering_s: float = 0.1


MOVEMENT_GAINS = MovementGains()
"""The gains in use."""

_QUIET_S = (0.4, 0.7)  # before the movement
_AFTERWARDS_S = 0.3
_RUN_OUT = 1.15  # submovements may end this much later than the movement is meant to
_WANDERING_S = 0.41  # window that makes noise slow: below 3 Hz
_EFFORT_S = 0.25
_LIFT_S = 0.3  # how gradually the arm is lifted over the table


def move(
    task: Task,
    impairment: Impairment,
    body: Body,
    *,
    pace: float = 1.0,
    target_height: float = 1.0,
    rng: np.random.Generator,
) -> Array:
    """Perform a task once.

    Every phase is a sum of minimum-jerk submovements, more of them in a rough movement. Wrist
    and knuckles never sink below a table.

    Parameters
    ----------
    task : Task
    impairment : Impairment
        Sets what is achieved (see `achieved_postures`) and how slow, rough and shaky it is.
    body : Body
    pace : float, default 1
        Instructed speed; above 1 movements are faster.
    target_height : float, default 1
        Factor on the elevation of the arm asked for in aimed tasks.
    rng : numpy.random.Generator

    Returns
    -------
    array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`, at `FRAME_RATE_HZ`; rest before and after.

    Raises
    ------
    SettingsError
        If `pace` or `target_height` is not a finite number above 0.

    References
    ----------
    Flash, T., & Hogan, N. (1985). The coordination of arm movements. *Journal of
    Neuroscience*, 5, 1688-1703. doi:10.1523/JNEUROSCI.05-07-01688.1985

    Rohrer, B., et al. (2002). Movement smoothness changes during stroke recovery. *Journal of
    Neuroscience*, 22, 8297-8304. doi:10.1523/JNEUROSCI.22-18-08297.2002

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> from hybridmfp.simulation.tasks import find_task
    >>> person = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> reach = find_task("reach_forward")
    >>> angles = move(reach, HEALTHY, person, rng=np.random.default_rng(0))
    >>> elbow = angles[CHAIN_ANGLES.index("elbow_flexion")]
    >>> bool(elbow[0] > 1.3 and elbow.min() < 0.5)
    True
    """
    _check_positive("pace", pace)
    _check_positive("target_height", target_height)
    home = home_posture(impairment, rng=rng)
    if task.has_table:
        home = _lay_on_table(home, body)
    stops = _stops(task, home, impairment, body, target_height=target_height, rng=rng)
    pieces = [_stay(home, rng.uniform(*_QUIET_S))]
    start = home
    for phase, stop in zip(task.phases, stops.T, strict=True):
        asked_s = phase.duration_s / pace
        progress = _progress(_own_duration(asked_s, impairment, rng), impairment, rng)
        pieces.append(start[:, np.newaxis] + (stop - start)[:, np.newaxis] * progress)
        lingering = MOVEMENT_GAINS.lingering_s * impairment.slowness
        pieces.append(_stay(stop, phase.hold_s + lingering))
        start = stop
    pieces.append(_stay(start, _AFTERWARDS_S))
    angles = _shake(np.concatenate(pieces, axis=1), impairment, rng)
    return _keep_above_table(angles, body) if task.has_table else angles


def rest(
    duration_s: float, impairment: Impairment, body: Body, *, rng: np.random.Generator
) -> Array:
    """Rest the arm on the table.

    Parameters
    ----------
    duration_s : float
        In seconds.
    impairment : Impairment
    body : Body
    rng : numpy.random.Generator

    Returns
    -------
    array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`, at `FRAME_RATE_HZ`.

    Raises
    ------
    SettingsError
        If `duration_s` is not a finite number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> person = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> rest(5.0, HEALTHY, person, rng=np.random.default_rng(0)).shape
    (14, 500)
    """
    _check_positive("duration_s", duration_s)
    home = _lay_on_table(home_posture(impairment, rng=rng), body)
    return _keep_above_table(_shake(_stay(home, duration_s), impairment, rng), body)


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise SettingsError(f"{name} must be a finite number above 0; got {value!r}.")


def _stops(
    task: Task,
    home: Array,
    impairment: Impairment,
    body: Body,
    *,
    target_height: float,
    rng: np.random.Generator,
) -> Array:
    """Give the posture at the end of each phase; shape (14, n_phases)."""
    targets = np.stack([phase.target for phase in task.phases], axis=1)
    if task.aimed:
        targets[_ELEVATION] *= target_height
    stops = achieved_postures(home, targets, impairment, body, rng=rng)
    homing = np.array([phase.homing for phase in task.phases])
    back = home[:, np.newaxis] + 0.02 * rng.standard_normal(targets.shape)
    return np.where(homing, back, stops)


def _own_duration(asked_s: float, impairment: Impairment, rng: np.random.Generator) -> float:
    slowing = MOVEMENT_GAINS.slowing * impairment.slowness**MOVEMENT_GAINS.slowing_power
    varied = math.exp(MOVEMENT_GAINS.duration_spread * rng.standard_normal())
    return float(asked_s * impairment.own_pace * (1 + slowing) * varied)


def _stay(held: Array, duration_s: float) -> Array:
    return np.repeat(held[:, np.newaxis], max(1, round(duration_s * FRAME_RATE_HZ)), axis=1)


def _progress(duration_s: float, impairment: Impairment, rng: np.random.Generator) -> Array:
    """Go from 0 to 1 in every joint; shape (14, n_frames)."""
    gains = MOVEMENT_GAINS
    shares, starts, lasts = _submovements(duration_s, impairment.roughness, rng)
    spread = gains.lag_spread + gains.lag_roughness * impairment.roughness
    lags = duration_s * _LAGS * rng.normal(gains.lag, spread, len(_LAGS))
    lags -= lags.min()  # a joint that leads makes the others wait
    ending = max(_RUN_OUT * duration_s, float(np.max(starts + lasts)))
    time_s = np.arange(math.ceil(ending * FRAME_RATE_HZ)) / FRAME_RATE_HZ
    moved = minimum_jerk((time_s - starts[:, np.newaxis]) / lasts[:, np.newaxis])
    together = shares @ moved
    frames = math.ceil(float(lags.max()) * FRAME_RATE_HZ)
    later = np.arange(time_s.size + frames) / FRAME_RATE_HZ
    return np.stack([np.interp(later - lag, time_s, together) for lag in lags])


def _submovements(
    duration_s: float, roughness: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Split a movement: share of the way, start and duration of each, shape (n_submovements,)."""
    gains = MOVEMENT_GAINS
    expected = gains.submovements * roughness**gains.submovements_power
    number = 1 + rng.poisson(expected * math.sqrt(min(duration_s, 4.0)))
    if number == 1:
        return np.ones(1), np.zeros(1), np.full(1, duration_s)
    shares = rng.dirichlet(np.full(number, 2.5))
    spacing = duration_s / (number + 0.8)
    starts = spacing * (np.arange(number) + 0.15 * rng.standard_normal(number))
    lasts = spacing * rng.uniform(*gains.overlap, number)
    return shares, starts - starts.min(), lasts


def _shake(angles: Array, impairment: Impairment, rng: np.random.Generator) -> Array:
    """Add tremor and slow wandering, more of both while the arm moves."""
    gains = MOVEMENT_GAINS
    busy = gains.at_rest + _busyness(angles)
    n_frames = angles.shape[1]
    drifting = np.cumsum(0.15 * rng.standard_normal(n_frames))
    phase = 2 * np.pi * impairment.tremor_hz * np.arange(n_frames) / FRAME_RATE_HZ + drifting
    apart = rng.uniform(0, 2 * np.pi, len(_TREMOR))
    shaken = np.flatnonzero(_TREMOR)
    swing = np.sin(phase + apart[shaken, np.newaxis]) * _TREMOR[shaken, np.newaxis]
    wandering = convolve1d(
        rng.standard_normal(angles.shape), _unit_noise(_WANDERING_S), axis=1, mode="nearest"
    )
    wander = gains.irregularity_rad + gains.rough_irregularity_rad * impairment.roughness
    unsteady: Array = angles + wander * np.minimum(busy, 1) * _IRREGULARITY[:, None] * wandering
    unsteady[shaken] += gains.tremor_rad * impairment.tremor * busy * swing
    return unsteady


def _busyness(angles: Array) -> Array:
    """How fast shoulder and elbow move, in radians per second, at most 2; shape (n_frames,)."""
    shoulder_and_elbow = angles[_ELEVATION : _ELEVATION + 3]
    speed = np.abs(np.gradient(shoulder_and_elbow, 1 / FRAME_RATE_HZ, axis=1)).sum(axis=0)
    smooth: Array = convolve1d(speed, _window(_EFFORT_S), mode="nearest")
    busy: Array = np.clip(smooth, 0, 2)
    return busy


def _window(duration_s: float) -> Array:
    """Give a smoothing window whose weights sum to 1."""
    window = np.hanning(2 * round(duration_s * FRAME_RATE_HZ / 2) + 3)[1:-1]
    weights: Array = np.asarray(window / np.sum(window))
    return weights


def _unit_noise(duration_s: float) -> Array:
    """Give a smoothing window that turns white noise into slow noise of the same variance."""
    window = _window(duration_s)
    weights: Array = window / np.sqrt(np.sum(window**2))
    return weights


def _lay_on_table(home: Array, body: Body) -> Array:
    """Raise or lower the upper arm until the lower of wrist and knuckles lies on the table."""
    laid = home.copy()
    laid[_ELEVATION] += _needed_elevation(home[:, np.newaxis], body)[0]
    return laid


def _keep_above_table(angles: Array, body: Body) -> Array:
    """Lift the upper arm, gradually, wherever the hand would sink into the table."""
    needed = np.maximum(_needed_elevation(angles, body), 0)
    window = _window(_LIFT_S)
    # No weighted mean of maxima over a window that holds a frame is below that frame's need.
    highest = maximum_filter1d(needed, window.size, mode="nearest")
    lifted = angles.copy()
    lifted[_ELEVATION] += convolve1d(highest, window, mode="nearest")
    return lifted


def _needed_elevation(angles: Array, body: Body) -> Array:
    """How much elevation brings the lower of wrist and knuckles to the table.

    Raising the upper arm turns everything beyond the shoulder about the axis of elevation, so
    that the height of a point is a cosine of the angle, and the angle has a closed form.
    """
    pose = pose_chain(angles, body)
    table = table_height_m(body) - pose.shoulder[:, 1]
    plane = angles[_PLANE]
    axis = np.sin(plane) * pose.thorax[:, :, 2].T - np.cos(plane) * pose.thorax[:, :, 0].T
    needs = []
    for point in (pose.wrist, pose.knuckles):
        lever = (point - pose.shoulder).T
        constant = axis[1] * np.sum(axis * lever, axis=0)
        along = lever[1] - constant
        across = axis[2] * lever[0] - axis[0] * lever[2]
        cosine = np.clip((table - constant) / np.maximum(np.hypot(along, across), 1e-9), -1, 1)
        need = np.arctan2(across, along) - np.arccos(cosine)
        needs.append((need + np.pi) % (2 * np.pi) - np.pi)  # the short way round
    needed: Array = np.maximum(*needs)
    return needed
