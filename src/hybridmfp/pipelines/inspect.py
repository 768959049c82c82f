"""What a cohort holds, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.signals import Cohort, Problem, Signal, TrialSource

__all__ = ["inspect_cohort"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Seen:
    """What one trial turned out to be."""

    modalities: tuple[str, ...]
    shapes: dict[str, tuple[tuple[str, ...], float, float, float]]
    problems: tuple[Problem, ...]


def inspect_cohort(
    cohort: Cohort, *, n_jobs: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Read every trial once and say what is there.

    Parameters
    ----------
    cohort : Cohort
    n_jobs : int, optional
        Worker processes.
    progress : callable, optional
        Told how many trials are done, and how many there are.

    Returns
    -------
    dict
        JSON-ready: ``n_subjects``, ``n_trials``, ``modalities``, ``scale``, ``problems`` and
        more.

    Raises
    ------
    ReadError
        If not a single trial can be read.
    """
    work = delayed(_look_at)
    finished = Parallel(n_jobs=n_jobs, return_as="generator", batch_size=8)(
        work(trial) for trial in cohort.trials
    )
    seen: list[_Seen] = []
    for one in finished:
        seen.append(one)
        if progress is not None:
            progress(len(seen), len(cohort))
    problems = [*cohort.problems, *(problem for one in seen for problem in one.problems)]
    if not any(one.modalities for one in seen):
        first = f" The first problem is: {problems[0].problem}" if problems else ""
        raise ReadError(
            f"at least one trial of {cohort.name} must be readable; none of {len(cohort)} is."
            f"{first}"
        )
    return {
        "name": cohort.name,
        "synthetic": cohort.synthetic,
        "n_subjects": len(cohort.subjects),
        "n_sessions": len(cohort.sessions),
        "n_trials": len(cohort),
        "n_readable": sum(bool(one.modalities) for one in seen),
        "tasks": list(cohort.tasks),
        "modalities": _modalities(seen),
        "scale": None if cohort.scale is None else cohort.scale.name,
        "groups": _groups(cohort),
        "scores": _scores(cohort),
        "signals": [_described(seen, name) for name in _modalities(seen)],
        "problems": [dataclasses.asdict(problem) for problem in problems],
    }


def _look_at(trial: TrialSource) -> _Seen:
    try:
        recording = trial.load()
    except HybridMfpError as error:
        files = " + ".join(str(file) for file in trial.files) or str(trial.key)
        return _Seen((), {}, (Problem(files, str(error), "trial left out"),))
    shapes = {
        name: _shape(signal)
        for name, signal in (("emg", recording.emg), ("kinematics", recording.kinematics))
        if signal is not None
    }
    return _Seen(recording.modalities, shapes, recording.problems)


def _shape(signal: Signal) -> tuple[tuple[str, ...], float, float, float]:
    """Give channels, rate in Hz, duration in s, and the share of samples in gaps."""
    gaps = 1 - float(np.mean(signal.valid))
    return signal.channels, signal.rate_hz, signal.duration_s, gaps


def _modalities(seen: Sequence[_Seen]) -> list[str]:
    return [name for name in ("emg", "kinematics") if any(name in one.modalities for one in seen)]


def _groups(cohort: Cohort) -> dict[str, dict[str, int]]:
    group_of = {(row.subject, row.session): row.group for row in cohort.sessions}
    trials = Counter(group_of[trial.key.subject, trial.key.session] for trial in cohort.trials)
    people = {(row.subject, row.group) for row in cohort.sessions}
    return {
        group: {"n_subjects": sum(one == group for _, one in people), "n_trials": trials[group]}
        for group in sorted({row.group for row in cohort.sessions})
    }


def _scores(cohort: Cohort) -> dict[str, Any]:
    scores = [row.score for row in cohort.sessions if row.score is not None]
    if not scores:
        return {"n_rated": 0, "distribution": {}}
    counted = Counter(scores)
    return {
        "n_rated": len(scores),
        "minimum": min(scores),
        "maximum": max(scores),
        "mean": float(np.mean(scores)),
        "sd": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        "distribution": {f"{score:g}": counted[score] for score in sorted(counted)},
    }


def _described(seen: Sequence[_Seen], modality: str) -> dict[str, Any]:
    shapes = [one.shapes[modality] for one in seen if modality in one.shapes]
    channels = Counter(names for names, _, _, _ in shapes)
    rates = Counter(rate for _, rate, _, _ in shapes)
    durations = [duration for _, _, duration, _ in shapes]
    return {
        "modality": modality,
        "n_trials": len(shapes),
        "channels": list(channels.most_common(1)[0][0]),
        "n_channel_sets": len(channels),
        "rates_hz": {f"{rate:g}": times for rate, times in sorted(rates.items())},
        "duration_s": list(_extremes(durations)),
        "gap_share": list(_extremes([gaps for _, _, _, gaps in shapes])),
    }


def _extremes(values: Sequence[float]) -> tuple[float, float, float]:
    return min(values), float(np.median(values)), max(values)
