"""What a change would do to the twin of a patient: stronger muscles, or hours of practice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.twin.parameters import DRIVES, impairment_from_row
from hybridmfp.clinical.twin.person_prior import PersonStates
from hybridmfp.clinical.twin.resimulation import draw_body, simulate_movements
from hybridmfp.clinical.twin.score_curve import ScoreCurve
from hybridmfp.clinical.twin.score_forecast import check_level, check_weeks
from hybridmfp.clinical.twin.wording import NO_SCORE, NOT_A_PROMISE, PRACTICE_ASSUMPTIONS
from hybridmfp.errors import ClinicalError, SignalError
from hybridmfp.simulation.therapy import (
    TherapyCourse,
    delta_theta,
    draw_motivation,
    draw_reserve,
)

__all__ = [
    "MUSCLE_ACTIONS",
    "WATCHED",
    "Change",
    "Twin",
    "WhatIf",
    "WhatIfResult",
    "simulate_change",
]

Array = NDArray[np.float64]

MUSCLE_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "deltoid": "shoulder",
        "biceps": "elbow_flexion",
        "triceps": "elbow_extension",
        "supinator": "supination",
        "pronator": "pronation",
        "wrist_extensors": "wrist_extension",
        "wrist_flexors": "wrist_flexion",
        "finger_extensors": "finger_extension",
        "finger_flexors": "finger_flexion",
    }
)
"""Which action's drive a muscle stands for; the simulator has one ceiling for each action."""

WATCHED: Mapping[str, str] = MappingProxyType(
    {
        "kin.range.elbow_flexion": "rad",
        "kin.range.shoulder_elevation": "rad",
        "kin.reach_distance": "m",
        "kin.trunk_displacement": "m",
        "kin.peak_speed": "m/s",
        "kin.movement_time": "s",
        "kin.sparc": "1",
    }
)
"""Biomarkers whose change is told, and their units."""

_IN_WORDS = {
    "kin.range.elbow_flexion": ("how far the elbow moves", "degrees", 180 / math.pi),
    "kin.range.shoulder_elevation": ("how far the shoulder moves", "degrees", 180 / math.pi),
    "kin.reach_distance": ("how far the hand reaches", "mm", 1e3),
    "kin.trunk_displacement": ("how far the trunk moves", "mm", 1e3),
    "kin.peak_speed": ("the peak speed of the hand", "mm/s", 1e3),
    "kin.movement_time": ("the movement time", "s", 1.0),
    "kin.sparc": ("smoothness (SPARC)", "", 1.0),
}


class Twin(Protocol):
    """Know candidates for a patient; see `TwinPosterior`."""

    @property
    def states(self) -> PersonStates:
        """The candidates, at every visit."""
        ...

    @property
    def curve(self) -> ScoreCurve:
        """How abilities become scores."""
        ...

    @property
    def last_week(self) -> float:
        """Of the last visit, since the stroke."""
        ...

    @property
    def tasks(self) -> tuple[str, ...]:
        """What they do."""
        ...


_DRIVE_RANGE = (0.5, 2.0)
_MOST_HOURS = 300.0
_N_MOVED = 40  # draws whose movements are simulated
_LEAST_MOVED = 20


@dataclass(frozen=True)
class WhatIf:
    """Describe one change.

    Attributes
    ----------
    muscle_drive : mapping of str to float
        Factors on ceilings of voluntary drive, 0.5 to 2, by a muscle of `MUSCLE_ACTIONS` or an
        action such as ``elbow_extension``. No drive grows beyond that before the stroke.
    task_practice_h : float or None
        Hours of practice from the last visit on, spread over 12 weeks; 0 to 300.
    weeks : float, default 12
        When the effect of practice is asked for, after the last visit; 0 to 52.

    Raises
    ------
    ClinicalError
        ``impossible_value`` or ``outside_window`` for other numbers or names;
        ``contradictory_inputs`` if not exactly one of both is given.

    Examples
    --------
    >>> WhatIf(muscle_drive={"triceps": 1.2}).drives
    {'elbow_extension': 1.2}
    """

    muscle_drive: Mapping[str, float] = field(default_factory=dict)
    task_practice_h: float | None = None
    weeks: float = 12.0

    def __post_init__(self) -> None:
        if bool(self.muscle_drive) == (self.task_practice_h is not None):
            raise ClinicalError(
                "a what-if must change either muscle_drive or task_practice_h; got "
                f"{'both' if self.muscle_drive else 'neither'}. Ask one question at a time.",
                refusal="contradictory_inputs",
            )
        check_weeks(self.weeks)
        hours = self.task_practice_h
        if hours is not None and not 0 <= hours <= _MOST_HOURS:
            raise ClinicalError(
                f"task_practice_h must lie between 0 and {_MOST_HOURS:g} hours; got {hours!r}.",
                refusal="impossible_value",
            )
        for name, factor in self.muscle_drive.items():
            _check_drive(name, factor)

    @property
    def drives(self) -> dict[str, float]:
        """Factors by the name of the drive."""
        return {MUSCLE_ACTIONS.get(name, name): one for name, one in self.muscle_drive.items()}

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "muscle_drive": dict(self.muscle_drive),
            "task_practice_h": self.task_practice_h,
            "weeks": None if self.task_practice_h is None else self.weeks,
        }


@dataclass(frozen=True, eq=False)
class Change:
    """Hold by how much one number changes, in each draw.

    Attributes
    ----------
    name : str
    unit : str
    task : str or None
        Where it is seen; None for the score.
    before : array of float, shape (n_draws,)
    by : array of float, shape (n_draws,)
    """

    name: str
    unit: str
    task: str | None
    before: Array
    by: Array

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Give the central interval of the change."""
        check_level(level)
        low, high = np.quantile(self.by, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def as_json(self, level: float = 0.9) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "unit": self.unit,
            "task": self.task,
            "before": float(self.before.mean()),
            "mean": float(self.by.mean()),
            "interval": list(self.interval(level)),
            "level": level,
        }


@dataclass(frozen=True, eq=False)
class WhatIfResult:
    """Hold what a change does in the simulator; never what it will do to the patient.

    Attributes
    ----------
    asked : WhatIf
    score : Change or None
        Of the expected score, in points; None where no score is claimed.
    biomarkers : tuple of Change
    sentence : str
        In plain words.
    notes : tuple of str
        What it rests on.
    n_failed : int
        Draws whose movement was too small to be measured.
    """

    asked: WhatIf
    score: Change | None
    biomarkers: tuple[Change, ...]
    sentence: str
    notes: tuple[str, ...]
    n_failed: int = 0

    def as_json(self, level: float = 0.9) -> dict[str, Any]:
        """Give it JSON-ready, labelled as simulation."""
        return {
            "simulation": True,
            "change": self.asked.as_json(),
            "score": None if self.score is None else self.score.as_json(level),
            "biomarkers": [one.as_json(level) for one in self.biomarkers],
            "sentence": self.sentence,
            "notes": list(self.notes),
            "n_failed": self.n_failed,
        }


def simulate_change(twin: Twin, change: WhatIf, *, random_state: int = 0) -> WhatIfResult:
    """Ask the simulator what a change does to the candidates for a patient.

    For drives, 40 candidates do the tasks twice with the same random numbers, before and after.
    For practice, the simulator's therapy effect is added to each candidate's ability; reserve,
    motivation and responsiveness are drawn anew.

    Parameters
    ----------
    twin : Twin
    change : WhatIf
    random_state : int, default 0

    Returns
    -------
    WhatIfResult

    Raises
    ------
    ClinicalError
        ``too_uncertain`` if most candidates move too little to be measured.
    """
    if change.task_practice_h is not None:
        return _practise(twin, change, change.task_practice_h, random_state)
    return _strengthen(twin, change, random_state)


def _practise(twin: Twin, change: WhatIf, hours: float, random_state: int) -> WhatIfResult:
    rng = np.random.default_rng(random_state)
    states, curve = twin.states, twin.curve
    now = states.abilities[:, -1] + states.leniency[:, np.newaxis]
    start = twin.last_week
    added = np.array(
        [
            _added_by_practice(float(score), start, hours, change.weeks, rng)
            for score in curve.mean(now)
        ]
    )
    drifted = now + (states.drift_per_year * change.weeks / 52.0)[:, np.newaxis]
    without = curve.mean(drifted)
    gain = Change(
        "score", "points", None, without, curve.mean(drifted + added[:, np.newaxis]) - without
    )
    low, high = gain.interval()
    sentence = (
        f"In the simulator, {hours:g} hours of practice change the expected score "
        f"{change.weeks:g} weeks later by {gain.by.mean():+.1f} points "
        f"(90 % of simulations: {low:+.1f} to {high:+.1f}), compared with none."
    )
    return WhatIfResult(change, gain, (), sentence, (NOT_A_PROMISE, PRACTICE_ASSUMPTIONS))


def _added_by_practice(
    score: float, start: float, hours: float, weeks: float, rng: np.random.Generator
) -> float:
    """Give the ability that practice adds to one candidate, in logits."""
    therapy = TherapyCourse(
        arm="none",
        dose_h=0.0,
        start_week=start,
        responsiveness=float(rng.standard_normal()),
        motivation=draw_motivation(rng=rng),
        reserve=draw_reserve(score / 66, rng=rng),
    )
    return float(delta_theta(therapy, start + weeks, hours=hours))


def _strengthen(twin: Twin, change: WhatIf, random_state: int) -> WhatIfResult:
    rng = np.random.default_rng(random_state)
    rows = rng.choice(len(twin.states.theta), _N_MOVED, replace=False)
    pairs, n_failed = [], 0
    for number, row in enumerate(twin.states.impairments[rows, -1], start=1):
        try:
            pairs.append(_moved_twice(row, change, twin.tasks, random_state, number))
        except (SignalError, KeyError):
            n_failed += 1
    if len(pairs) < _LEAST_MOVED:
        raise ClinicalError(
            f"at least {_LEAST_MOVED} of {_N_MOVED} candidates must move enough to be measured; "
            f"got {len(pairs)}. In so weak an arm the simulator cannot tell what drive changes.",
            refusal="too_uncertain",
        )
    changes = tuple(
        Change(
            name,
            unit,
            task,
            np.array([before[task][name] for before, _ in pairs]),
            np.array([after[task][name] - before[task][name] for before, after in pairs]),
        )
        for task in twin.tasks
        for name, unit in WATCHED.items()
    )
    return WhatIfResult(
        change, None, changes, _strengthened(change, changes), (NOT_A_PROMISE, NO_SCORE), n_failed
    )


def _moved_twice(
    row: Array, change: WhatIf, tasks: tuple[str, ...], seed: int, number: int
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    impairment = impairment_from_row(row)
    stronger = {
        name: min(getattr(impairment.drive, name) * factor, 1.0)
        for name, factor in change.drives.items()
    }
    changed = replace(impairment, drive=replace(impairment.drive, **stronger))
    body, own_seed = draw_body(seed, number), 1000 * seed + number
    before = simulate_movements(impairment, body, tasks=tasks, seed=own_seed)
    after = simulate_movements(changed, body, tasks=tasks, seed=own_seed)
    for task in tasks:
        for name in WATCHED:
            if not math.isfinite(before[task][name] + after[task][name]):
                raise SignalError(f"{name} of {task} must be a number; it cannot be measured.")
    return before, after


def _strengthened(change: WhatIf, changes: tuple[Change, ...]) -> str:
    """Tell the largest change, against how much candidates differ."""
    strongest = max(
        changes, key=lambda one: abs(float(one.by.mean())) / (float(one.before.std()) + 1e-9)
    )
    low, high = strongest.interval()
    asked = ", ".join(
        f"{100 * (factor - 1):+.0f} % drive of {name.replace('_', ' ')}"
        for name, factor in change.muscle_drive.items()
    )
    words, unit, factor = _IN_WORDS[strongest.name]
    by, low, high = (factor * float(one) for one in (strongest.by.mean(), low, high))
    task = (strongest.task or "").replace("_", " ")
    return (
        f"In the simulator, {asked} changes {words} in {task} most, by {by:+.2g} {unit}".rstrip()
        + f" (90 % of simulations: {low:+.2g} to {high:+.2g})."
    )


def _check_drive(name: str, factor: float) -> None:
    if MUSCLE_ACTIONS.get(name, name) not in DRIVES:
        raise ClinicalError(
            f"a muscle of muscle_drive must be of {', '.join(MUSCLE_ACTIONS)}, or an action of "
            f"{', '.join(DRIVES)}; got {name!r}.",
            refusal="impossible_value",
        )
    least, most = _DRIVE_RANGE
    if not least <= factor <= most:
        raise ClinicalError(
            f"the factor on the drive of {name} must lie between {least:g} and {most:g}; got "
            f"{factor!r}. +20 % is 1.2.",
            refusal="unit_mix_up" if factor > most else "impossible_value",
        )
