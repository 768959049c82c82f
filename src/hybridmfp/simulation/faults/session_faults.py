"""Faults that only several channels, trials or modalities together show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.signals import Recording, Signal
from hybridmfp.simulation.electrode_sites import NEIGHBOURS
from hybridmfp.simulation.faults.definition import (
    ALL_CHANNELS,
    Fault,
    Injection,
    Severity,
    emg_of,
    positions_of,
)
from hybridmfp.simulation.faults.point_faults import draw_affected

__all__ = ["SESSION_FAULTS"]

_UPPER = ("deltoid_anterior", "biceps_brachii", "triceps_brachii")
_TRIALS: dict[Severity, float] = {"mild": 0.25, "moderate": 0.5, "severe": 1.0}
_MUSCLES: dict[Severity, float] = {"mild": 0.0, "moderate": 0.5, "severe": 1.0}
_RATE: dict[Severity, float] = {"mild": 1.05, "moderate": 1.2, "severe": 2.0}
_LAG_S: dict[Severity, float] = {"mild": 0.02, "moderate": 0.06, "severe": 0.2}
_DRIFT_PPM: dict[Severity, float] = {"mild": 1000.0, "moderate": 5000.0, "severe": 30000.0}
_QUIET_S = 0.5
_FADE_S = 0.05


def _swap_muscles(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator, *, near: bool
) -> Injection:
    channels = emg_of(trials[0]).channels
    pairs = _near_pairs(channels) if near else _far_pairs(channels)
    if not pairs:
        raise SignalError(
            f"this fault must have {'neighbouring' if near else 'distant'} muscles to swap; "
            "the montage has none. Choose another fault."
        )
    one, other = pairs[int(rng.integers(len(pairs)))]
    affected = draw_affected(len(trials), _TRIALS[severity], rng)
    spoilt = []
    for trial, wrong in zip(trials, affected, strict=True):
        if not wrong:
            spoilt.append(trial)
            continue
        emg = emg_of(trial)
        rows = [emg.channels.index(one), emg.channels.index(other)]
        samples = emg.samples.copy()
        samples[rows] = samples[rows[::-1]]
        spoilt.append(replace(trial, emg=_with(emg, samples)))
    return Injection(tuple(spoilt), "emg", (one, other), affected)


def _near_pairs(channels: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, other) for one, other, _ in NEIGHBOURS if {one, other} <= set(channels)]


def _far_pairs(channels: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (one, other)
        for one in channels
        if one in _UPPER
        for other in channels
        if other not in _UPPER and (one, other) not in {pair[:2] for pair in NEIGHBOURS}
    ]


def _take_other_arm(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator
) -> Injection:
    channels = emg_of(trials[0]).channels
    n_wrong = max(1, round(_MUSCLES[severity] * len(channels)))
    wrong = tuple(str(name) for name in rng.permutation(channels)[:n_wrong])
    spoilt = []
    for trial in trials:
        emg = emg_of(trial)
        samples = emg.samples.copy()
        for muscle in wrong:
            row = emg.channels.index(muscle)
            samples[row] = _at_rest(samples[row], rate_hz=emg.rate_hz, rng=rng)
        spoilt.append(replace(trial, emg=_with(emg, samples)))
    return Injection(tuple(spoilt), "emg", wrong, (True,) * len(trials))


def _at_rest(
    volts: NDArray[np.float32], *, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Continue the quietest half second throughout: pieces of it, turned and cross-faded."""
    length = min(round(_QUIET_S * rate_hz), volts.size // 2)
    known = np.nan_to_num(volts.astype(np.float64))
    hop = max(1, length // 4)
    starts = np.arange(0, volts.size - length + 1, hop)
    powers = [float(np.var(known[start : start + length])) for start in starts]
    quiet = known[starts[int(np.argmin(powers))] :][:length]
    quiet = quiet - quiet.mean()
    fade = max(1, round(_FADE_S * rate_hz))
    ramp = np.ones(length)
    ramp[:fade] = np.sin(np.pi / 2 * (np.arange(fade) + 0.5) / fade)
    ramp[-fade:] = ramp[:fade][::-1]
    rest = np.zeros(volts.size + length)
    for start in range(0, volts.size, length - fade):
        piece = quiet[:: rng.choice([-1, 1])] * rng.choice([-1, 1])
        rest[start : start + length] += (ramp * piece)[: rest.size - start]
    return rest[: volts.size].astype(np.float32)


def _state_other_rate(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator
) -> Injection:
    del rng
    spoilt = []
    for trial in trials:
        emg_of(trial)
        kinematics, _ = positions_of(trial)
        stated = Signal(
            kinematics.samples,
            rate_hz=kinematics.rate_hz * _RATE[severity],
            channels=kinematics.channels,
            units=kinematics.units,
        )
        spoilt.append(replace(trial, kinematics=stated))
    return Injection(tuple(spoilt), "both", ALL_CHANNELS, (True,) * len(trials))


def _delay(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    """Move the EMG against the kinematics; its ends are continued by the quietest it has."""
    sign = int(rng.choice([-1, 1]))
    spoilt = []
    for trial in trials:
        positions_of(trial)
        emg = emg_of(trial)
        by = sign * round(_LAG_S[severity] * emg.rate_hz)
        samples = np.roll(emg.samples, by, axis=1)
        edge = slice(0, by) if by > 0 else slice(by, None)
        for row in range(len(samples)):
            samples[row, edge] = _at_rest(emg.samples[row], rate_hz=emg.rate_hz, rng=rng)[edge]
        spoilt.append(replace(trial, emg=_with(emg, samples)))
    return Injection(tuple(spoilt), "both", ALL_CHANNELS, (True,) * len(trials))


def _drift(trials: Sequence[Recording], severity: Severity, rng: np.random.Generator) -> Injection:
    """Sample the EMG faster or slower than stated, from the common start of both to the end."""
    faster = 1 + 1e-6 * float(rng.choice([-1, 1])) * _DRIFT_PPM[severity]
    spoilt = []
    for trial in trials:
        positions_of(trial)
        emg = emg_of(trial)
        at = np.arange(round(emg.n_samples * faster)) / faster
        known = np.arange(emg.n_samples)
        samples = np.array([np.interp(at, known, row) for row in emg.samples], dtype=np.float32)
        spoilt.append(replace(trial, emg=_with(emg, samples)))
    return Injection(tuple(spoilt), "both", ALL_CHANNELS, (True,) * len(trials))


def _with(emg: Signal, samples: NDArray[np.float32]) -> Signal:
    return Signal(samples, rate_hz=emg.rate_hz, channels=emg.channels, units=emg.units)


_BY_TRIALS: dict[Severity, str] = {
    "mild": "in a quarter of the trials",
    "moderate": "in half of the trials",
    "severe": "in all trials",
}

SESSION_FAULTS: tuple[Fault, ...] = (
    Fault(
        name="swapped_neighbours",
        modality="emg",
        what="the cables of two neighbouring muscles are exchanged",
        levels=_BY_TRIALS,
        apply=partial(_swap_muscles, near=True),
    ),
    Fault(
        name="swapped_far",
        modality="emg",
        what="the cables of an upper-arm and a forearm or hand muscle are exchanged",
        levels=_BY_TRIALS,
        apply=partial(_swap_muscles, near=False),
    ),
    Fault(
        name="other_arm",
        modality="emg",
        what="electrodes hear the other arm, which lies still",
        levels={
            "mild": "one muscle",
            "moderate": "half of the muscles",
            "severe": "all muscles",
        },
        apply=_take_other_arm,
    ),
    Fault(
        name="rate",
        modality="both",
        what="the rate of the kinematics is stated too high",
        levels={"mild": "by 5 %", "moderate": "by 20 %", "severe": "by 100 %"},
        apply=_state_other_rate,
    ),
    Fault(
        name="lag",
        modality="both",
        what="the EMG is early or late against the kinematics",
        levels={"mild": "20 ms", "moderate": "60 ms", "severe": "200 ms"},
        apply=_delay,
    ),
    Fault(
        name="drift",
        modality="both",
        what="the clock of the EMG runs fast or slow",
        levels={
            "mild": "1000 ppm, 5 ms in 5 s",
            "moderate": "5000 ppm, 25 ms in 5 s",
            "severe": "30000 ppm, 150 ms in 5 s",
        },
        apply=_drift,
    ),
)
"""Faults of cables, sides, rates and clocks."""
