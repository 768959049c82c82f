"""The numbers of a session that a twin looks at: named features of a few tasks, in one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ClinicalError
from hybridmfp.features import SessionDigest
from hybridmfp.signals import find_montage

__all__ = ["TWIN_FEATURES", "column_names", "row_of_digest", "row_of_trials"]

Array = NDArray[np.float64]

_MUSCLES = find_montage("mhh-emg").channels
_JOINTS = (
    *("elbow_flexion", "shoulder_elevation", "shoulder_plane", "forearm_rotation"),
    *("trunk_flexion", "trunk_bending", "trunk_turning"),
)
_MOVEMENT = (
    *("movement_time", "peak_speed", "mean_speed", "time_to_peak", "velocity_peaks"),
    *("velocity_peak_rate", "sparc", "log_dimensionless_jerk", "path_ratio", "reach_distance"),
    *("trunk_displacement", "trunk_rotation", "coordination", "elbow_sparc", "trunk_share"),
)

TWIN_FEATURES = (
    *(f"kin.{name}" for name in _MOVEMENT),
    *(f"kin.{what}.{joint}" for joint in _JOINTS for what in ("range", "joint_speed")),
    *(f"kin.joint_mean.{joint}" for joint in _JOINTS),
    *(f"emg.{what}.{muscle}" for what in ("rms", "median_frequency") for muscle in _MUSCLES),
)
"""Features of a trial that a twin looks at."""

# Those that are above 0 and skewed are looked at as logarithms.
_LOGGED = (
    *("kin.movement_time", "kin.peak_speed", "kin.mean_speed", "kin.velocity_peak"),
    *("kin.path_ratio", "kin.reach_distance", "kin.trunk_displacement", "kin.trunk_rotation"),
    *("kin.range.", "kin.joint_speed.", "emg."),
)
_LEAST = 1e-9


def column_names(tasks: Sequence[str]) -> tuple[str, ...]:
    """Name the numbers of a session, ``task:feature``.

    Examples
    --------
    >>> column_names(["reach_forward"])[0]
    'reach_forward:kin.movement_time'
    """
    return tuple(f"{task}:{name}" for task in tasks for name in TWIN_FEATURES)


def row_of_trials(trials: Mapping[str, Mapping[str, float]], tasks: Sequence[str]) -> Array:
    """Put the features of one trial per task into a row; NaN where there is none.

    Parameters
    ----------
    trials : mapping of str to mapping of str to float
        Features by name, in natural units, of each task.
    tasks : sequence of str
        In the order of the row.
    """
    values = [trials.get(task, {}).get(name, np.nan) for task in tasks for name in TWIN_FEATURES]
    return _transformed(np.array(values, dtype=np.float64), len(tasks))


def row_of_digest(session: SessionDigest, tasks: Sequence[str]) -> Array:
    """Put a digested session into a row: the median of the repetitions of each task.

    Parameters
    ----------
    session : SessionDigest
    tasks : sequence of str
        In the order of the row.

    Returns
    -------
    array of float, shape (n_tasks * n_features,)

    Raises
    ------
    ClinicalError
        ``missing_input`` if a task was not done, or a muscle or marker feature is not there.
    """
    done = set(session.task.tolist())
    missing = [task for task in tasks if task not in done]
    if missing:
        raise ClinicalError(
            f"session {session.session} of {session.subject} must hold the tasks that the twin "
            f"was made with, {', '.join(tasks)}; it lacks {', '.join(missing)}. "
            "Record them, or build a bank of the tasks that were done.",
            refusal="missing_input",
        )
    absent = [name for name in TWIN_FEATURES if name not in session.columns]
    if absent:
        raise _lacking(session, absent)
    at = [session.columns.index(name) for name in TWIN_FEATURES]
    rows = []
    for task in tasks:
        trials = session.features[session.task == task][:, at]
        unseen = ~np.isfinite(trials).any(axis=0)
        if unseen.any():
            name = TWIN_FEATURES[int(np.flatnonzero(unseen)[0])]
            raise ClinicalError(
                f"every feature of {task} in session {session.session} of {session.subject} must "
                f"be measured; {name} is not, nor {unseen.sum() - 1} others. Record it again.",
                refusal="missing_input",
            )
        rows.append(np.nanmedian(trials, axis=0))
    return _transformed(np.concatenate(rows), len(tasks))


def _lacking(session: SessionDigest, names: Sequence[str]) -> ClinicalError:
    return ClinicalError(
        f"session {session.session} of {session.subject} must have the features of montages "
        f"mhh-emg and mhh-markers; it lacks {len(names)}, such as {names[0]}. "
        "A twin cannot be fitted to other montages.",
        refusal="missing_input",
    )


def _transformed(values: Array, n_tasks: int) -> Array:
    logged = np.tile([name.startswith(_LOGGED) for name in TWIN_FEATURES], n_tasks)
    taken: Array = np.where(logged, np.log(np.maximum(values, _LEAST)), values)
    return np.where(np.isfinite(values), taken, np.nan)
