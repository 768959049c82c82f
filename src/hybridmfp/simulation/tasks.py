"""What the virtual persons are asked to do: postures to go to, one after the other."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain
from hybridmfp.simulation.body import Body

__all__ = [
    "HOME",
    "TASKS",
    "Phase",
    "Task",
    "find_task",
    "posture",
    "table_height_m",
]


def posture(**angles: float) -> NDArray[np.float64]:
    """Give a posture from the angles that differ from zero.

    Parameters
    ----------
    **angles : float
        Values of `CHAIN_ANGLES` by name.

    Returns
    -------
    array of float, shape (14,)
        In the order of `CHAIN_ANGLES`; read-only.

    Raises
    ------
    SettingsError
        If a name is not one of `CHAIN_ANGLES`.

    Examples
    --------
    >>> posture(elbow_flexion=1.5).tolist()[8]
    1.5
    """
    unknown = sorted(set(angles) - set(CHAIN_ANGLES))
    if unknown:
        raise SettingsError(
            f"an angle must be one of {', '.join(CHAIN_ANGLES)}; got {unknown[0]!r}."
        )
    values = np.array([angles.get(name, 0.0) for name in CHAIN_ANGLES])
    values.flags.writeable = False
    return values


@dataclass(frozen=True, eq=False)
class Phase:
    """Hold one stretch of a task: go somewhere, then stay.

    Attributes
    ----------
    target : array of float, shape (14,)
        Where a healthy arm goes, in the order of `CHAIN_ANGLES`.
    duration_s : float
        How long a healthy arm takes.
    hold_s : float
        How long it stays.
    homing : bool
        Whether the phase goes back to where the trial started instead of to `target`.
    """

    target: NDArray[np.float64]
    duration_s: float
    hold_s: float
    homing: bool = False


@dataclass(frozen=True, eq=False)
class Task:
    """Hold what is asked.

    Attributes
    ----------
    name : str
    phases : tuple of Phase
        One after the other, from the posture `HOME`.
    has_table : bool
        Whether a table lies before the person, as far as the hand can go. It carries the arm
        whenever the hand lies on it. Tasks in which the hand goes below its level have none.
    aimed : bool
        Whether there is a target whose height the site chooses.
    """

    name: str
    phases: tuple[Phase, ...]
    has_table: bool = True
    aimed: bool = False


_REST_ANGLES: Mapping[str, float] = MappingProxyType(
    {
        "elevation_plane": 1.1,
        "elevation": 0.35,
        "humeral_rotation": 0.25,
        "elbow_flexion": 1.45,
        "pronation": 0.5,
        "hand_closing": 0.35,
        "thumb_closing": 0.4,
    }
)

HOME = posture(**_REST_ANGLES)
"""Where a healthy arm starts, shape (14,): the hand rests on the table, or the arm hangs bent."""


def _go(duration_s: float, hold_s: float, **angles: float) -> Phase:
    return Phase(posture(**{**_REST_ANGLES, **angles}), duration_s, hold_s)


def _return(duration_s: float, hold_s: float) -> Phase:
    return Phase(HOME, duration_s, hold_s, homing=True)


_TASKS = (
    Task(
        "reach_forward",
        (
            _go(
                0.95,
                0.35,
                elevation_plane=1.45,
                elevation=1.25,
                humeral_rotation=0.05,
                elbow_flexion=0.35,
                pronation=0.3,
                hand_closing=0.15,
            ),
            _return(0.95, 0.2),
        ),
        aimed=True,
    ),
    Task(
        "reach_lateral",
        (
            _go(
                1.0,
                0.35,
                elevation_plane=0.45,
                elevation=1.35,
                humeral_rotation=0.1,
                elbow_flexion=0.3,
                pronation=0.4,
                hand_closing=0.15,
            ),
            _return(1.0, 0.2),
        ),
        aimed=True,
    ),
    Task(
        "hand_to_mouth",
        (
            _go(
                1.0,
                0.35,
                elevation_plane=1.2,
                elevation=0.75,
                humeral_rotation=0.35,
                elbow_flexion=2.15,
                pronation=-0.6,
                hand_closing=0.7,
            ),
            _return(1.0, 0.2),
        ),
    ),
    Task(
        "shoulder_flexion",
        (
            _go(
                1.5,
                0.3,
                elevation_plane=1.5,
                elevation=2.5,
                humeral_rotation=0.0,
                elbow_flexion=0.25,
                pronation=0.0,
                hand_closing=0.2,
            ),
            _return(1.5, 0.2),
        ),
    ),
    Task(
        "hand_to_lumbar",
        (
            _go(
                1.4,
                0.3,
                elevation_plane=-0.5,
                elevation=0.6,
                humeral_rotation=1.1,
                elbow_flexion=1.4,
                pronation=0.6,
            ),
            _return(1.4, 0.2),
        ),
        has_table=False,
    ),
    Task(
        "elbow_flexion_extension",
        (
            _go(0.8, 0.1, elbow_flexion=0.25),
            _go(0.8, 0.1, elbow_flexion=2.1),
            _go(0.8, 0.1, elbow_flexion=0.25),
            _return(0.8, 0.1),
        ),
        has_table=False,
    ),
    Task(
        "pronation_supination",
        2 * (_go(0.6, 0.05, pronation=-1.2), _go(0.6, 0.05, pronation=1.2)),
    ),
    Task(
        "wrist_flexion_extension",
        2
        * (
            _go(0.55, 0.05, wrist_flexion=-0.7, hand_closing=0.6),
            _go(0.55, 0.05, wrist_flexion=0.7, hand_closing=0.6),
        ),
    ),
    Task(
        "grasp_release",
        (
            _go(0.5, 0.2, hand_closing=0.0, thumb_closing=0.0),
            _go(0.5, 0.4, hand_closing=1.0, thumb_closing=1.0),
            _go(0.5, 0.2, hand_closing=0.0, thumb_closing=0.0),
            _return(0.5, 0.1),
        ),
    ),
    Task(
        "finger_to_nose",
        4
        * (
            _go(
                0.55,
                0.02,
                elevation_plane=1.3,
                elevation=1.0,
                humeral_rotation=0.4,
                elbow_flexion=1.9,
                pronation=0.2,
                hand_closing=0.5,
            ),
            _go(
                0.55,
                0.02,
                elevation_plane=1.4,
                elevation=0.9,
                humeral_rotation=0.2,
                elbow_flexion=0.6,
                pronation=0.3,
                hand_closing=0.5,
            ),
        ),
    ),
)

TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in _TASKS})
"""The tasks by name. Postures and durations are assumptions, close to items of the FMA-UE."""


def find_task(name: str) -> Task:
    """Give a task by its name.

    Parameters
    ----------
    name : str
        One of `TASKS`; case, spaces and hyphens do not matter.

    Raises
    ------
    SettingsError
        If there is no such task.

    Examples
    --------
    >>> find_task("Hand to mouth").name
    'hand_to_mouth'
    """
    wanted = "_".join(name.replace("-", " ").lower().split())
    if wanted in TASKS:
        return TASKS[wanted]
    nearest = difflib.get_close_matches(wanted, TASKS, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise SettingsError(f"a task must be one of {', '.join(TASKS)}; got {name!r}.{hint}")


@lru_cache(maxsize=256)
def table_height_m(body: Body) -> float:
    """Say how high wrist and knuckles are, above the hips, while the hand lies on the table.

    Parameters
    ----------
    body : Body

    Examples
    --------
    >>> from hybridmfp.simulation.body import Body
    >>> person = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> round(table_height_m(person), 2)
    0.23
    """
    pose = pose_chain(HOME[:, np.newaxis], body)
    return float(min(pose.wrist[0, 1], pose.knuckles[0, 1]))
