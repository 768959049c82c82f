"""Which virtual patients to make, and how they are recorded."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.person import find_setting
from hybridmfp.simulation.site import check_site_severity
from hybridmfp.simulation.tasks import TASKS, find_task
from hybridmfp.simulation.therapy import TherapyArm, find_therapy_arm

__all__ = ["EmgSource", "Kinematics", "VirtualCohortSettings"]

EmgSource = Literal["motor_units", "amplitude_noise", "none"]
Kinematics = Literal["markers", "joint_angles", "none"]

_LEAST = {"n_patients": 1, "n_controls": 0, "n_repetitions": 1, "n_sites": 1, "seed": 0}


@dataclass(frozen=True)
class VirtualCohortSettings:
    """Say which virtual patients to make.

    Attributes
    ----------
    n_patients : int, default 60
        Persons with a rated score, at least 1.
    n_controls : int, default 12
        Healthy persons without one, at least 0.
    tasks : tuple of str, default all of `TASKS`
        What they do.
    n_repetitions : int, default 3
        How often they do each, at least 1.
    seed : int, default 0
        Same seed, same cohort; at least 0.
    n_sites : int, default 1
        Where they are recorded; persons take turns. A single site is the reference site.
    site_severity : float, default 1
        Factor on every difference between sites, from 0 to 3.
    setting : str, default "rehabilitation"
        Case mix: one of `SETTINGS`.
    visit_weeks : tuple of float, default (0,)
        Weeks of the visits after the first, ascending from 0.
    therapy : {"none", "observational", "randomised"}
        How training is given between the visits; needs more than one.
    unaffected_side : bool, default False
        Whether each task is also done with the other arm, as ``<task>_unaffected``.
    calibration : bool, default False
        Whether a resting trial, ``rest``, and one maximal contraction per muscle,
        ``mvc_<muscle>``, are recorded as well; EMG only.
    emg : {"motor_units", "amplitude_noise", "none"}
        How the EMG is made.
    kinematics : {"markers", "joint_angles", "none"}
        What is seen of the movement.

    Raises
    ------
    SettingsError
        If a setting breaks a rule above.

    Examples
    --------
    >>> VirtualCohortSettings(n_patients=4, tasks=("reach_forward",)).n_repetitions
    3
    """

    n_patients: int = 60
    n_controls: int = 12
    tasks: tuple[str, ...] = tuple(TASKS)
    n_repetitions: int = 3
    seed: int = 0
    n_sites: int = 1
    site_severity: float = 1.0
    setting: str = "rehabilitation"
    visit_weeks: tuple[float, ...] = (0.0,)
    therapy: TherapyArm = "none"
    unaffected_side: bool = False
    calibration: bool = False
    emg: EmgSource = "motor_units"
    kinematics: Kinematics = "markers"

    def __post_init__(self) -> None:
        for name, lowest in _LEAST.items():
            _check_whole(name, getattr(self, name), lowest=lowest)
        object.__setattr__(self, "tasks", _found_tasks(self.tasks))
        object.__setattr__(self, "visit_weeks", _numbered_weeks(self.visit_weeks))
        find_setting(self.setting)
        find_therapy_arm(self.therapy)
        _check_word("emg", self.emg, get_args(EmgSource))
        _check_word("kinematics", self.kinematics, get_args(Kinematics))
        check_site_severity(self.site_severity)
        if self.therapy != "none" and len(self.visit_weeks) == 1:
            raise SettingsError(
                "therapy must be followed by a visit to show; got the single visit at week 0. "
                "Add visits, such as visit_weeks=(0, 12)."
            )
        if self.emg == "none" and (self.kinematics == "none" or self.calibration):
            raise SettingsError(
                "emg must not be 'none' where kinematics are 'none' or calibration is wanted, "
                "because then a trial would hold nothing. Choose 'motor_units'."
            )


def _check_whole(name: str, value: object, *, lowest: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < lowest:
        raise SettingsError(f"{name} must be a whole number, {lowest} or more; got {value!r}.")


def _check_word(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        nearest = difflib.get_close_matches(str(value), known, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise SettingsError(f"{name} must be one of {', '.join(known)}; got {value!r}.{hint}")


def _found_tasks(tasks: Sequence[str]) -> tuple[str, ...]:
    """Give the tasks under their own names, however they were spelled."""
    if isinstance(tasks, str) or not tasks:
        raise SettingsError(f"tasks must be a tuple of at least one name; got {tasks!r}.")
    found = tuple(find_task(name).name for name in tasks)
    if len(set(found)) != len(found):
        raise SettingsError(f"tasks must be unique; got {', '.join(tasks)}.")
    return found


def _numbered_weeks(weeks: Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(float(week) for week in weeks)
    finite = all(math.isfinite(week) for week in numbers)
    if not numbers or not finite or numbers[0] != 0 or list(numbers) != sorted(set(numbers)):
        raise SettingsError(
            f"visit_weeks must ascend from 0, the first visit, such as (0, 4, 12); got {weeks!r}."
        )
    return numbers
