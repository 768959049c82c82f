"""Faults of single EMG channels: electrodes, cables, amplifiers, hearts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Recording, Signal
from hybridmfp.simulation.faults.definition import (
    ALL_CHANNELS,
    Fault,
    Injection,
    Severity,
    emg_of,
)
from hybridmfp.simulation.faults.stretches import draw_stretches

__all__ = ["EMG_FAULTS"]

_Floats = NDArray[np.float64]
# Spoil one channel: samples in volts, rate, working strength in volts, severity, rng.
_Spoil = Callable[[_Floats, float, float, Severity, np.random.Generator], _Floats]

_FRAME_S = 0.25
_STRONG = 0.95
_NOISE_V = 2.5e-6
_HUM_HZ = 50.02
_HUM_THIRD = 0.3
_RATIO: dict[Severity, float] = {"mild": 0.3, "moderate": 1.0, "severe": 3.0}
_LEAST_V: dict[Severity, float] = {"mild": 5e-6, "moderate": 20e-6, "severe": 60e-6}
_HEART_RATIO: dict[Severity, float] = {"mild": 1.0, "moderate": 3.0, "severe": 10.0}
_HEART_LEAST_V: dict[Severity, float] = {"mild": 20e-6, "moderate": 60e-6, "severe": 200e-6}
_HEART_BPM = (60.0, 95.0)
_HEART_SPREAD = 0.05  # of the time between beats
# Height relative to R, delay after R and width in seconds; simplified lead II.
_WAVES = ((1.0, 0.0, 0.010), (-0.25, 0.03, 0.012), (0.2, 0.25, 0.045))
_FLAT: dict[Severity, float] = {"mild": 0.1, "moderate": 0.3, "severe": 1.0}
_LOST: dict[Severity, float] = {"mild": 0.3, "moderate": 0.1, "severe": 0.0}
_RAIL: dict[Severity, float] = {"mild": 3.0, "moderate": 1.5, "severe": 0.5}
_SWING_V: dict[Severity, float] = {"mild": 0.2e-3, "moderate": 1e-3, "severe": 5e-3}
_SWINGS_PER_S: dict[Severity, float] = {"mild": 0.5, "moderate": 1.0, "severe": 2.0}
_SWING_RISE_S, _SWING_FALL_S = 0.005, 0.1
_OFF: dict[Severity, float] = {"mild": 0.05, "moderate": 0.2, "severe": 0.5}
_OFF_S = (0.1, 0.4)
_OFF_HUM_V, _OFF_STEP_V, _OFF_STEP_S = 30e-6, 1e-3, 0.02
_MISSING: dict[Severity, float] = {"mild": 0.05, "moderate": 0.2, "severe": 0.6}
_MISSING_S = (0.02, 0.2)
_UNIT: dict[Severity, float] = {"mild": 10.0, "moderate": 1e3, "severe": 1e6}


def _flat(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del rate_hz, strength
    length = max(2, round(_FLAT[severity] * volts.size))
    start = int(rng.integers(volts.size - length + 1))
    volts[start : start + length] = volts[start]
    return volts


def _dead(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del rate_hz, strength
    return _LOST[severity] * volts + _NOISE_V * rng.standard_normal(volts.size)


def _clipped(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del rate_hz, rng
    rail = _RAIL[severity] * strength
    clipped: _Floats = np.clip(volts, -rail, rail)
    return clipped


def _mains(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    rms = max(_RATIO[severity] * strength, _LEAST_V[severity])
    return volts + _hum(volts.size, rate_hz, rms, rng)


def _hum(n_samples: int, rate_hz: float, rms: float, rng: np.random.Generator) -> _Floats:
    angle = 2 * np.pi * (np.arange(n_samples) * (_HUM_HZ / rate_hz) + rng.random())
    wave = np.cos(angle) + _HUM_THIRD * np.cos(3 * angle + 2 * np.pi * rng.random())
    hum: _Floats = (rms * np.sqrt(2 / (1 + _HUM_THIRD**2))) * wave
    return hum


def _heart(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    height = max(_HEART_RATIO[severity] * strength, _HEART_LEAST_V[severity])
    seconds = np.arange(volts.size) / rate_hz
    usual_s = 60 / rng.uniform(*_HEART_BPM)
    n_beats = int(seconds[-1] / usual_s) + 3
    beats_s = np.cumsum(usual_s * (1 + _HEART_SPREAD * rng.standard_normal(n_beats)))
    beats_s -= beats_s[0] + rng.random() * usual_s
    for beat_s in beats_s:
        for relative, delay_s, width_s in _WAVES:
            away = (seconds - beat_s - delay_s) / width_s
            volts += height * relative * np.exp(-0.5 * away**2)
    return volts


def _noise(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    """Add noise that has the stated RMS from 20 to 450 Hz, white up to half of the rate."""
    rms = max(_RATIO[severity] * strength, _LEAST_V[severity])
    highest = min(450.0, rate_hz / 2)
    wide = rms * float(np.sqrt(rate_hz / 2 / (highest - 20)))
    return volts + wide * rng.standard_normal(volts.size)


def _motion(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del strength
    seconds = np.arange(volts.size) / rate_hz
    n_swings = max(1, round(_SWINGS_PER_S[severity] * seconds[-1]))
    for start_s in rng.uniform(0, seconds[-1], n_swings):
        since = np.maximum(seconds - start_s, 0)
        swing = (1 - np.exp(-since / _SWING_RISE_S)) * np.exp(-since / _SWING_FALL_S)
        volts += rng.choice([-1, 1]) * _SWING_V[severity] * swing
    return volts


def _contact(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del strength
    hum = _hum(volts.size, rate_hz, _OFF_HUM_V, rng)
    seconds = np.arange(volts.size) / rate_hz
    steps = np.zeros(volts.size)
    for start, stop in draw_stretches(
        volts.size, share=_OFF[severity], lengths=_samples(_OFF_S, rate_hz), rng=rng
    ):
        volts[start:stop] = hum[start:stop]
        for edge in (start, stop):
            since = np.maximum(seconds - edge / rate_hz, 0)
            after = np.exp(-since / _OFF_STEP_S) * (np.arange(volts.size) >= edge)
            steps += rng.choice([-1, 1]) * _OFF_STEP_V * after
    return volts + steps


def _missing(
    volts: _Floats, rate_hz: float, strength: float, severity: Severity, rng: np.random.Generator
) -> _Floats:
    del strength
    for start, stop in draw_stretches(
        volts.size, share=_MISSING[severity], lengths=_samples(_MISSING_S, rate_hz), rng=rng
    ):
        volts[start:stop] = np.nan
    return volts


def _samples(seconds: tuple[float, float], rate_hz: float) -> tuple[int, int]:
    return max(1, round(seconds[0] * rate_hz)), max(2, round(seconds[1] * rate_hz))


def working_strength(recordings: Sequence[Recording], muscle: str) -> float:
    """Give the RMS in volts of the strongest twentieth of all quarter seconds of a muscle."""
    strongest = 0.0
    for recording in recordings:
        emg = emg_of(recording)
        if muscle not in emg.channels:
            continue
        row = np.nan_to_num(emg.samples[emg.channels.index(muscle)].astype(np.float64))
        length = max(1, round(_FRAME_S * emg.rate_hz))
        n_frames = max(1, row.size // length)
        frames = row[: n_frames * length].reshape(n_frames, -1)
        strongest = max(strongest, float(np.quantile(frames.std(axis=1), _STRONG)))
    return strongest


def _in_one_channel(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator, *, spoil: _Spoil
) -> Injection:
    muscle = str(rng.choice(emg_of(trials[0]).channels))
    strength = working_strength(trials, muscle)
    spoilt = []
    for trial in trials:
        emg = emg_of(trial)
        if muscle not in emg.channels:
            spoilt.append(trial)
            continue
        samples = emg.samples.copy()
        row = emg.channels.index(muscle)
        samples[row] = spoil(samples[row].astype(np.float64), emg.rate_hz, strength, severity, rng)
        spoilt.append(replace(trial, emg=_with(emg, samples)))
    there = tuple(muscle in emg_of(trial).channels for trial in trials)
    return Injection(tuple(spoilt), "emg", (muscle,), there)


def _in_wrong_unit(
    trials: Sequence[Recording], severity: Severity, rng: np.random.Generator
) -> Injection:
    del rng
    factor = np.float32(_UNIT[severity])
    spoilt = [
        replace(trial, emg=_with(emg_of(trial), emg_of(trial).samples * factor)) for trial in trials
    ]
    return Injection(tuple(spoilt), "emg", ALL_CHANNELS, (True,) * len(trials))


def _with(emg: Signal, samples: NDArray[np.float32]) -> Signal:
    return Signal(samples, rate_hz=emg.rate_hz, channels=emg.channels, units=emg.units)


def _fault(name: str, what: str, spoil: _Spoil, levels: tuple[str, str, str]) -> Fault:
    return Fault(
        name=name,
        modality="emg",
        what=what,
        levels=dict(zip(("mild", "moderate", "severe"), levels, strict=True)),
        apply=partial(_in_one_channel, spoil=spoil),
    )


_TIMES = "times the channel's strongest quarter seconds"

EMG_FAULTS: tuple[Fault, ...] = (
    _fault(
        "flat",
        "the signal stands still, in one stretch",
        _flat,
        ("10 % of the trial", "30 % of the trial", "the whole trial"),
    ),
    _fault(
        "dead",
        "the electrode hears less of the muscle, or nothing but 2.5 µV of noise",
        _dead,
        ("30 % of the voltage left", "10 % left", "none left"),
    ),
    _fault(
        "clipped",
        "the amplifier cannot show more",
        _clipped,
        (f"at 3 {_TIMES} (RMS)", "at 1.5 times", "at 0.5 times"),
    ),
    _fault(
        "mains",
        "hum of 50.02 Hz with 30 % of its third harmonic",
        _mains,
        (f"RMS 0.3 {_TIMES}, at least 5 µV", "1 times, at least 20 µV", "3 times, at least 60 µV"),
    ),
    _fault(
        "ecg",
        "heart beats, 60 to 95 a minute, 5 % irregular",
        _heart,
        (
            f"R wave 1 {_TIMES}, at least 20 µV",
            "3 times, at least 60 µV",
            "10 times, at least 200 µV",
        ),
    ),
    _fault(
        "motion",
        "swings of electrode or cable that rise in 5 ms and fall in 100 ms",
        _motion,
        ("0.2 mV, one in 2 s", "1 mV, one in 1 s", "5 mV, two in 1 s"),
    ),
    _fault(
        "noise",
        "white noise; RMS from 20 to 450 Hz",
        _noise,
        (f"0.3 {_TIMES}, at least 5 µV", "1 times, at least 20 µV", "3 times, at least 60 µV"),
    ),
    _fault(
        "contact",
        "lost contact for 0.1 to 0.4 s: 30 µV of hum and no muscle, steps of 1 mV at both ends",
        _contact,
        ("5 % of the trial", "20 % of the trial", "50 % of the trial"),
    ),
    _fault(
        "dropout",
        "missing samples for 20 to 200 ms, as radio links lose them",
        _missing,
        ("5 % of the trial", "20 % of the trial", "60 % of the trial"),
    ),
    Fault(
        name="emg_unit",
        modality="emg",
        what="all voltages are in another unit, or the gain is wrong",
        levels={
            "mild": "10 times too large",
            "moderate": "millivolts taken for volts",
            "severe": "microvolts taken for volts",
        },
        apply=_in_wrong_unit,
    ),
)
"""Faults of EMG channels; amplitudes relative to the muscle say what they do to its envelope."""
