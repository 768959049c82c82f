"""One trial of a virtual person, from the impairment of the arm to the recorded signals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Side, Signal, find_montage
from hybridmfp.simulation.arm_chain import (
    CHAIN_ANGLES,
    FRAME_RATE_HZ,
    SCAPULA_REACH_M,
    pose_chain,
)
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.electrodes import draw_electrodes
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.impairment_links import unaffected_impairment
from hybridmfp.simulation.marker_cloud import (
    MarkerPlacement,
    MarkerView,
    draw_marker_placement,
    marker_cloud,
)
from hybridmfp.simulation.motor_units import draw_motor_units
from hybridmfp.simulation.movement import move, rest
from hybridmfp.simulation.muscle_drive import MAXIMAL_S, maximal_drive, muscle_drive
from hybridmfp.simulation.person import person_counter
from hybridmfp.simulation.site import Site
from hybridmfp.simulation.streams import Stream, stream_rng
from hybridmfp.simulation.surface_emg import EmgSession, record_emg
from hybridmfp.simulation.tasks import TASKS, find_task
from hybridmfp.simulation.virtual_visit import Visit, follow_person

__all__ = ["TrialPlan", "planned_trials", "record_trial"]

Array = NDArray[np.float64]
Kind = Literal["task", "rest", "mvc"]

_TASK_NUMBERS = {name: number for number, name in enumerate(TASKS, start=1)}
_REST_NUMBER = len(TASKS) + 1
_REST_S = 5.0
_MUSCLES = find_montage("mhh-emg").channels
# The scapula is told in metres, hand and thumb as shares of closing, the rest are angles.
_CHAIN_UNITS = tuple(
    "m" if name.startswith("scapula") else "1" if name.endswith("closing") else "rad"
    for name in CHAIN_ANGLES
)
_CHAIN_SCALES = tuple(SCAPULA_REACH_M if unit == "m" else 1.0 for unit in _CHAIN_UNITS)
_OTHER_SIDE: dict[Side, Side] = {"left": "right", "right": "left"}
# Firing rates fall with the drive that is lost: compressed by up to 35 %, an assumption.
_FIRING_COMPRESSION = 0.35


@dataclass(frozen=True)
class TrialPlan:
    """Say what is done in a trial.

    Attributes
    ----------
    kind : {"task", "rest", "mvc"}
    name : str
        Task, or muscle of a maximal contraction.
    repetition : int
        From 1.
    unaffected : bool
        Whether the other arm does it.
    """

    kind: Kind
    name: str
    repetition: int
    unaffected: bool = False

    @property
    def label(self) -> str:
        """The task as recordings name it."""
        if self.kind == "task":
            return f"{self.name}_unaffected" if self.unaffected else self.name
        return self.kind if self.kind == "rest" else f"mvc_{self.name}"

    @property
    def counter(self) -> int:
        """A number of its own for what is done, for `stream_rng`."""
        if self.kind == "task":
            return _TASK_NUMBERS[self.name] + 100 * self.unaffected
        return _REST_NUMBER + (0 if self.kind == "rest" else 1 + _MUSCLES.index(self.name))


@dataclass(frozen=True, eq=False)
class _Setup:
    """What the trials of one arm in one session have in common."""

    body: Body
    site: Site
    impairment: Impairment
    side: Side
    placement: MarkerPlacement
    emg: EmgSession | None


def planned_trials(settings: VirtualCohortSettings) -> list[TrialPlan]:
    """List what everybody does in every session.

    Examples
    --------
    >>> once = VirtualCohortSettings(tasks=("grasp_release",), n_repetitions=1, calibration=True)
    >>> [plan.label for plan in planned_trials(once)][:3]
    ['grasp_release', 'rest', 'mvc_deltoid_anterior']
    """
    arms = (False, True) if settings.unaffected_side else (False,)
    plans = [
        TrialPlan("task", task, repetition, unaffected)
        for unaffected in arms
        for task in settings.tasks
        for repetition in range(1, settings.n_repetitions + 1)
    ]
    if settings.calibration:
        plans.append(TrialPlan("rest", "rest", 1))
        plans.extend(TrialPlan("mvc", muscle, 1) for muscle in _MUSCLES)
    return plans


def record_trial(
    settings: VirtualCohortSettings, visit: Visit, plan: TrialPlan
) -> tuple[Signal | None, Signal | None, Side]:
    """Perform and record one trial.

    Parameters
    ----------
    settings : VirtualCohortSettings
    visit : Visit
    plan : TrialPlan

    Returns
    -------
    emg, kinematics : Signal or None
        None where not recorded; maximal contractions and rest have no kinematics.
    side : {"left", "right"}
        The arm that did it.
    """
    setup = _set_up(settings, visit.group, visit.number, visit.at, plan.unaffected)
    angles = _perform(setup, plan, _rng(settings, visit, plan, Stream.MOVEMENT))
    kinematics = None
    if plan.kind == "task" and settings.kinematics != "none":
        kinematics = _see(settings, setup, angles, _rng(settings, visit, plan, Stream.MARKERS))
    emg = None
    if setup.emg is not None:
        drive = _drive(setup, angles, plan, _rng(settings, visit, plan, Stream.ACTIVATION))
        emg = Signal(
            record_emg(
                drive,
                setup.emg,
                hand_acceleration=_hand_acceleration(angles, setup.body),
                rng=_rng(settings, visit, plan, Stream.EMG),
            ),
            rate_hz=setup.emg.rate_hz,
            channels=_MUSCLES,
            units="V",
        )
    return emg, kinematics, setup.side


def _perform(setup: _Setup, plan: TrialPlan, rng: np.random.Generator) -> Array:
    if plan.kind != "task":  # a maximal contraction is isometric
        lasts_s = _REST_S if plan.kind == "rest" else MAXIMAL_S
        return rest(lasts_s, setup.impairment, setup.body, rng=rng)
    return move(
        find_task(plan.name),
        setup.impairment,
        setup.body,
        pace=setup.site.pace,
        target_height=setup.site.target_height,
        rng=rng,
    )


def _drive(setup: _Setup, angles: Array, plan: TrialPlan, rng: np.random.Generator) -> Array:
    if plan.kind == "mvc":
        return maximal_drive(setup.impairment, _MUSCLES.index(plan.name), rng=rng)
    supported = plan.kind == "rest" or find_task(plan.name).has_table
    return muscle_drive(angles, setup.impairment, setup.body, table_support=supported, rng=rng)


def _see(
    settings: VirtualCohortSettings, setup: _Setup, angles: Array, rng: np.random.Generator
) -> Signal:
    if settings.kinematics == "joint_angles":
        return Signal(
            angles * np.array(_CHAIN_SCALES)[:, np.newaxis],
            rate_hz=FRAME_RATE_HZ,
            channels=CHAIN_ANGLES,
            units=_CHAIN_UNITS,
        )
    site = setup.site
    view = MarkerView(
        rate_hz=site.kinematics_rate_hz,
        noise_m=site.marker_noise_m,
        facing_rad=site.facing_rad,
        side=setup.side,
    )
    return Signal(
        marker_cloud(angles, setup.body, setup.placement, view=view, rng=rng),
        rate_hz=site.kinematics_rate_hz,
        channels=find_montage("mhh-markers").channels,
        units="m",
    )


def _hand_acceleration(angles: Array, body: Body) -> Array:
    """Magnitude, in m/s²; shape (n_frames,)."""
    hand = pose_chain(angles, body).knuckles
    acceleration = np.gradient(np.gradient(hand, axis=0), axis=0) * FRAME_RATE_HZ**2
    magnitude: Array = np.linalg.norm(acceleration, axis=1)
    return magnitude


def _rng(
    settings: VirtualCohortSettings, visit: Visit, plan: TrialPlan, stream: Stream
) -> np.random.Generator:
    return stream_rng(
        settings.seed,
        stream,
        person=person_counter(visit.number, visit.group),
        visit=visit.at,
        task=plan.counter,
        repetition=plan.repetition,
    )


@lru_cache(maxsize=8)
def _set_up(
    settings: VirtualCohortSettings,
    group: Literal["patient", "control"],
    number: int,
    at: int,
    unaffected: bool,
) -> _Setup:
    """Place markers and electrodes on one arm for one session."""
    visit = follow_person(settings, group, number)[at]
    person, counter = visit.person, person_counter(number, group)
    impairment = visit.impairment
    if unaffected:
        impairment = unaffected_impairment(impairment, person=person, seed=settings.seed)
    side = _OTHER_SIDE[person.tested_side] if unaffected else person.tested_side
    counters = {"person": counter, "visit": at, "task": int(unaffected)}
    emg = None
    if settings.emg != "none":
        units = stream_rng(settings.seed, Stream.MOTOR_UNITS, person=counter, task=int(unaffected))
        electrodes = stream_rng(settings.seed, Stream.ELECTRODES, **counters)
        emg = EmgSession(
            pools=draw_motor_units(person.body, impairment.conduction, units),
            electrodes=draw_electrodes(person.body, visit.site, side, electrodes),
            rate_hz=visit.site.emg_rate_hz,
            firing_compression=_FIRING_COMPRESSION * (1 - impairment.drive.shoulder),
            generator=settings.emg,
        )
    placement = draw_marker_placement(stream_rng(settings.seed, Stream.SESSION_MARKERS, **counters))
    return _Setup(person.body, visit.site, impairment, side, placement, emg)
