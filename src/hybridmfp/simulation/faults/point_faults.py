"""Faults of marker positions: hidden, swapped, jumping, frozen, in another unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.signals import Recording, Signal
from hybridmfp.simulation.faults.definition import (
    ALL_CHANNELS,
    Fault,
    Injection,
    Severity,
    positions_of,
)
from hybridmfp.simulation.faults.stretches import draw_stretches

__all__ = ["POINT_FAULTS", "draw_affected"]

_Samples = NDArray[np.float32]

_HIDDEN: dict[Severity, float] = {"mild": 0.1, "moderate": 0.3, "severe": 0.8}
_HIDDEN_S = (0.2, 1.0)
_SWAPPED: dict[Severity, float] = {"mild": 0.05, "moderate": 0.2, "severe": 0.5}
_JUMP_M: dict[Severity, float] = {"mild": 0.02, "moderate": 0.05, "severe": 0.2}
_JUMPS: dict[Severity, int] = {"mild": 1, "moderate": 3, "severe": 10}
_JUMP_S = (0.01, 0.1)
_FROZEN: dict[Severity, float] = {"mild": 0.1, "moderate": 0.3, "severe": 0.8}
_FACTOR: dict[Severity, float] = {"mild": 3.2808, "moderate": 100.0, "severe": 1000.0}
_TRIALS: dict[Severity, float] = {"mild": 0.25, "moderate": 0.5, "severe": 1.0}
_SEEN = 0.5


def _hide(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    point = _draw_point(trials, rng)
    spoilt = []
    for trial in trials:
        kinematics, samples, rows = _rows_of(trial, point)
        shortest, longest = (max(1, round(s * kinematics.rate_hz)) for s in _HIDDEN_S)
        for start, stop in draw_stretches(
            samples.shape[1], share=_HIDDEN[severity], lengths=(shortest, longest), rng=rng
        ):
            samples[rows, start:stop] = np.nan
        spoilt.append(_with(trial, kinematics, samples))
    return _everywhere(spoilt, (point,))


def _swap(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    point = _draw_point(trials, rng)
    other = _nearest(trials[0], point)
    spoilt = []
    for trial in trials:
        kinematics, samples, rows = _rows_of(trial, point)
        theirs = _rows_of(trial, other)[2]
        length = max(1, round(_SWAPPED[severity] * samples.shape[1]))
        start = int(rng.integers(1, max(2, samples.shape[1] - length)))
        part = slice(start, start + length)
        samples[rows, part], samples[theirs, part] = (
            samples[theirs, part].copy(),
            samples[rows, part].copy(),
        )
        spoilt.append(_with(trial, kinematics, samples))
    return _everywhere(spoilt, (point, other))


def _jump(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    point = _draw_point(trials, rng)
    spoilt = []
    for trial in trials:
        kinematics, samples, rows = _rows_of(trial, point)
        for _ in range(_JUMPS[severity]):
            length = max(1, round(rng.uniform(*_JUMP_S) * kinematics.rate_hz))
            start = int(rng.integers(max(1, samples.shape[1] - length)))
            way = rng.standard_normal(3)
            leap = _JUMP_M[severity] * way / np.linalg.norm(way)
            samples[rows, start : start + length] += leap[:, np.newaxis].astype(np.float32)
        spoilt.append(_with(trial, kinematics, samples))
    return _everywhere(spoilt, (point,))


def _freeze(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    point = _draw_point(trials, rng)
    spoilt = []
    for trial in trials:
        kinematics, samples, rows = _rows_of(trial, point)
        length = max(2, round(_FROZEN[severity] * samples.shape[1]))
        seen = np.flatnonzero(np.isfinite(samples[rows]).all(axis=0))
        starts = seen[seen <= samples.shape[1] - length]
        start = int(rng.choice(starts)) if starts.size else 0
        samples[rows, start : start + length] = samples[rows, start : start + 1]
        spoilt.append(_with(trial, kinematics, samples))
    return _everywhere(spoilt, (point,))


def _change_unit(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator
) -> Injection:
    del rng
    spoilt = []
    for trial in trials:
        kinematics, _ = positions_of(trial)
        samples = kinematics.samples.copy()
        samples[[unit == "m" for unit in kinematics.units]] *= np.float32(_FACTOR[severity])
        spoilt.append(_with(trial, kinematics, samples))
    return _everywhere(spoilt, ALL_CHANNELS)


def _note_other_side(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator
) -> Injection:
    affected = draw_affected(len(trials), _TRIALS[severity], rng)
    spoilt = [
        replace(trial, side="left" if trial.side == "right" else "right") if wrong else trial
        for trial, wrong in zip(trials, affected, strict=True)
    ]
    if any(trial.side is None for trial in trials):
        raise SignalError(
            "this fault must have a noted side to get wrong; some trials note none. "
            "Choose another fault."
        )
    return Injection(tuple(spoilt), "kinematics", ALL_CHANNELS, affected)


def draw_affected(n_trials: int, share: float, rng: np.random.Generator) -> tuple[bool, ...]:
    """Draw which trials are affected: the share, at least one."""
    chosen = rng.permutation(n_trials)[: max(1, round(share * n_trials))]
    return tuple(at in chosen for at in range(n_trials))


def _draw_point(trials: Sequence[Recording], rng: np.random.Generator) -> str:
    """Draw a point that is seen for the most part, in all trials."""
    seen: list[str] = []
    for name in positions_of(trials[0])[1]:
        shares = [
            float(np.isfinite(_rows_of(trial, name)[1][_rows_of(trial, name)[2]]).mean())
            for trial in trials
        ]
        if min(shares) > _SEEN:
            seen.append(name)
    if not seen:
        raise SignalError(
            "this fault must have a marker that is seen; none is. Choose other trials."
        )
    return str(rng.choice(seen))


def _nearest(trial: Recording, point: str) -> str:
    """Find the point that is nearest to another, on average."""
    names = positions_of(trial)[1]
    middles = {}
    for name in names:
        _, samples, rows = _rows_of(trial, name)
        if np.isfinite(samples[rows]).mean() > _SEEN:
            middles[name] = np.nanmean(samples[rows], axis=1)
    others = [name for name in middles if name != point]
    if not others:
        raise SignalError("markers can be swapped where two are seen; only one is.")
    return min(others, key=lambda name: float(np.linalg.norm(middles[name] - middles[point])))


def _rows_of(trial: Recording, point: str) -> tuple[Signal, _Samples, list[int]]:
    kinematics, _ = positions_of(trial)
    rows = [kinematics.channels.index(f"{point}_{axis}") for axis in "xyz"]
    return kinematics, kinematics.samples.copy(), rows


def _with(trial: Recording, kinematics: Signal, samples: _Samples) -> Recording:
    changed = Signal(
        samples, rate_hz=kinematics.rate_hz, channels=kinematics.channels, units=kinematics.units
    )
    return replace(trial, kinematics=changed)


def _everywhere(spoilt: list[Recording], channels: tuple[str, ...]) -> Injection:
    return Injection(tuple(spoilt), "kinematics", channels, (True,) * len(spoilt))


POINT_FAULTS: tuple[Fault, ...] = (
    Fault(
        name="hidden",
        modality="kinematics",
        what="a marker is not seen, in stretches of 0.2 to 1 s",
        levels={
            "mild": "10 % of the trial",
            "moderate": "30 % of the trial",
            "severe": "80 % of the trial",
        },
        apply=_hide,
    ),
    Fault(
        name="marker_swap",
        modality="kinematics",
        what="a marker and its nearest neighbour exchange their labels, in one stretch",
        levels={
            "mild": "5 % of the trial",
            "moderate": "20 % of the trial",
            "severe": "50 % of the trial",
        },
        apply=_swap,
    ),
    Fault(
        name="jumps",
        modality="kinematics",
        what="a marker leaps for 10 to 100 ms, as where another light is taken for it",
        levels={"mild": "20 mm, once", "moderate": "50 mm, 3 times", "severe": "200 mm, 10 times"},
        apply=_jump,
    ),
    Fault(
        name="frozen",
        modality="kinematics",
        what="the last place of a marker is repeated",
        levels={
            "mild": "10 % of the trial",
            "moderate": "30 % of the trial",
            "severe": "80 % of the trial",
        },
        apply=_freeze,
    ),
    Fault(
        name="point_unit",
        modality="kinematics",
        what="all positions are in another unit",
        levels={
            "mild": "feet taken for metres",
            "moderate": "centimetres taken for metres",
            "severe": "millimetres taken for metres",
        },
        apply=_change_unit,
    ),
    Fault(
        name="wrong_side",
        modality="kinematics",
        what="the other arm is noted",
        levels={
            "mild": "a quarter of the trials",
            "moderate": "half of the trials",
            "severe": "all trials",
        },
        apply=_note_other_side,
    ),
)
"""Faults of marker positions."""
