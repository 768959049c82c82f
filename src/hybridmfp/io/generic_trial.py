"""One trial of a generic cohort folder, as its row in ``trials.csv`` describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MontageError, ReadError, SignalError
from hybridmfp.io.array_files import StoredArray, read_array_file
from hybridmfp.io.hashing import file_sha256, read_bytes
from hybridmfp.io.labels import read_text_table
from hybridmfp.io.plausibility import find_empty_parts, find_unequal_durations
from hybridmfp.signals import (
    MONTAGES,
    UNITS,
    Event,
    FileProvenance,
    Problem,
    Recording,
    Side,
    Signal,
    TrialKey,
    find_muscle,
)

__all__ = ["ACCEPTED_UNITS", "ArraySpec", "GenericTrial", "read_generic_trial"]

_READER = "generic/2"
_TIME_COLUMNS = ("time_s", "onset", "time")
_LABEL_COLUMNS = ("label", "trial_type", "event")

ACCEPTED_UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        **{unit: (unit, 1.0) for unit in UNITS},
        "mV": ("V", 1e-3),
        **dict.fromkeys(("uV", "\u00b5V", "\u03bcV"), ("V", 1e-6)),
        "cm": ("m", 1e-2),
        "mm": ("m", 1e-3),
        "deg": ("rad", math.pi / 180),
        "deg/s": ("rad/s", math.pi / 180),
    }
)
"""Units a file may be in, each with its SI unit and how many of that it is worth."""


@dataclass(frozen=True)
class ArraySpec:
    """Know how to read one modality of a trial.

    Attributes
    ----------
    path : Path
        The file.
    rate_hz : float
        Samples per second.
    units : tuple of str
        Keys of `ACCEPTED_UNITS`: one for all channels, or one per channel.
    channels : tuple of str
        Names of the channels; empty to take those that the file or the montage gives.
    variable : str or None
        Which array of an NPZ or MAT file.
    """

    path: Path
    rate_hz: float
    units: tuple[str, ...]
    channels: tuple[str, ...] = ()
    variable: str | None = None


@dataclass(frozen=True)
class GenericTrial:
    """Know all that reading a trial takes; see `Recording` for the meaning."""

    key: TrialKey
    emg: ArraySpec | None
    kinematics: ArraySpec | None
    side: Side | None
    montage: str | None
    device: str | None
    latency_s: float
    events: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files there are."""
        specs = [spec.path for spec in (self.emg, self.kinematics) if spec is not None]
        return (*specs, self.events) if self.events is not None else tuple(specs)

    @property
    def decoder(self) -> str:
        """Everything besides the bytes that determines the recording."""
        options: list[Any] = [self.side, self.montage, self.device, self.latency_s]
        for spec in (self.emg, self.kinematics):
            if spec is None:
                options.append(None)
            else:
                options.append([spec.rate_hz, spec.units, spec.channels, spec.variable])
        return f"{_READER} {json.dumps([*options, self.events is not None])}"


def read_generic_trial(trial: GenericTrial) -> Recording:
    """Read one trial of a generic cohort folder, in SI units.

    Raises
    ------
    ReadError
        If no file can be used: it is missing, is not what its name says, or holds other
        channels. If only one of two can be used, the other one is left out and reported.
    """
    signals: dict[str, Signal] = {}
    provenance: list[FileProvenance] = []
    problems: list[Problem] = []
    refusals: list[ReadError] = []
    for kind, spec in (("emg", trial.emg), ("kinematics", trial.kinematics)):
        if spec is None:
            continue
        fallback = _montage_channels(trial.montage) if kind == "kinematics" else ()
        try:
            signals[kind], source, found = _read_modality(spec, fallback, is_emg=kind == "emg")
        except ReadError as error:
            refusals.append(error)
            problems.append(Problem(str(spec.path), str(error), f"{kind} of this trial left out"))
            continue
        provenance.append(source)
        problems += found
    if not signals:
        raise refusals[0]
    events: list[Event] = []
    if trial.events is not None:
        events, found = _read_events(trial.events)
        problems += found
        provenance.append(FileProvenance(str(trial.events), file_sha256(trial.events), _READER))
    recording = Recording(
        key=trial.key,
        emg=signals.get("emg"),
        kinematics=signals.get("kinematics"),
        side=trial.side,
        montage=trial.montage,
        events=tuple(events),
        device=trial.device,
        latency_s=trial.latency_s,
        provenance=tuple(provenance),
    )
    return replace(recording, problems=(*problems, *find_unequal_durations(recording)))


def _read_modality(
    spec: ArraySpec, fallback: tuple[str, ...], *, is_emg: bool
) -> tuple[Signal, FileProvenance, list[Problem]]:
    data, sha256 = read_bytes(spec.path)
    stored = read_array_file(
        spec.path, data, channels=_wanted(spec, fallback), variable=spec.variable
    )
    signal, problems = _signal(stored, spec, fallback, is_emg=is_emg)
    reader = f"{_READER} rate={spec.rate_hz:g} unit={';'.join(spec.units)}"
    return signal, FileProvenance(str(spec.path), sha256, reader), problems


def _montage_channels(montage: str | None) -> tuple[str, ...]:
    known = MONTAGES.get(montage or "")
    return known.channels if known is not None and known.modality == "kinematics" else ()


def _wanted(spec: ArraySpec, fallback: tuple[str, ...]) -> tuple[str, ...]:
    """Tables may name their channels themselves; arrays have no other source than these."""
    if spec.channels or spec.path.suffix.lower() not in (".npy", ".npz", ".mat"):
        return spec.channels
    if not fallback:
        raise ReadError(
            f"{spec.path} must have its channels named in trials.csv, because the file cannot "
            "name them; emg_channels or kinematics_channels is empty. List them there, "
            "separated by semicolons."
        )
    return fallback


def _signal(
    stored: StoredArray, spec: ArraySpec, fallback: tuple[str, ...], *, is_emg: bool
) -> tuple[Signal, list[Problem]]:
    name = spec.path.name
    channels = spec.channels or stored.names or fallback
    problems = list(stored.problems)
    if len(channels) != len(stored.samples):
        raise ReadError(
            f"{spec.path} must have one name for each of its {len(stored.samples)} channels; "
            f"there are {len(channels)}. List them in trials.csv, separated by semicolons."
        )
    if is_emg and not stored.final:
        channels, found = _muscle_names(channels, name=name)
        problems += found
    units = spec.units * len(channels) if len(spec.units) == 1 else spec.units
    if len(units) != len(channels):
        raise ReadError(
            f"units of {spec.path} must be one, or one for each of its {len(channels)} "
            f"channels; got {len(units)}. Correct them in trials.csv."
        )
    samples, found = _in_si(stored.samples, units, name=name)
    problems += found
    try:
        signal = Signal(
            samples,
            rate_hz=spec.rate_hz,
            channels=channels,
            units=[ACCEPTED_UNITS[unit][0] for unit in units],
        )
    except SignalError as error:
        raise ReadError(f"{spec.path} cannot be used: {error}") from error
    return signal, [*problems, *find_empty_parts(signal.samples, channels, name=name)]


def _muscle_names(channels: Sequence[str], *, name: str) -> tuple[tuple[str, ...], list[Problem]]:
    """Give muscles their canonical names; keep what is unknown or would then be double."""
    found = []
    for channel in channels:
        try:
            found.append(find_muscle(channel))
        except MontageError:
            found.append(channel)
    kept = [
        channel
        for channel, muscle in zip(channels, found, strict=True)
        if muscle == channel and not _is_muscle(channel)
    ]
    doubled = [
        channel for channel, muscle in zip(channels, found, strict=True) if found.count(muscle) > 1
    ]
    names = tuple(
        channel if channel in doubled else muscle
        for channel, muscle in zip(channels, found, strict=True)
    )
    problems = []
    if kept:
        problems.append(Problem(name, f"unknown muscles: {', '.join(kept)}", "kept as named"))
    if doubled:
        note = f"several channels for one muscle: {', '.join(doubled)}"
        problems.append(Problem(name, note, "kept as named"))
    return names, problems


def _is_muscle(channel: str) -> bool:
    try:
        return find_muscle(channel) == channel
    except MontageError:
        return False


def _in_si(
    samples: NDArray[Any], units: Sequence[str], *, name: str
) -> tuple[NDArray[np.float32], list[Problem]]:
    converted = np.empty(samples.shape, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for row, source, unit in zip(converted, samples, units, strict=True):
            factor = ACCEPTED_UNITS[unit][1]
            row[:] = source if factor == 1 else source.astype(np.float64) * factor
    infinite = np.isinf(converted)
    if not infinite.any():
        return converted, []
    converted[infinite] = np.nan
    note = f"{int(infinite.sum())} samples are infinite"
    return converted, [Problem(name, note, "these samples are gaps")]


def _read_events(path: Path) -> tuple[list[Event], list[Problem]]:
    table = read_text_table(path)
    if not set(_TIME_COLUMNS) & set(table.columns):
        raise ReadError(
            f"{path} must have a column time_s; it has {', '.join(table.columns)}. Rename it."
        )
    events: list[Event] = []
    problems: list[Problem] = []
    for row in table.rows:
        time_s = row.number_of(*_TIME_COLUMNS)
        label = next((row.cells[name] for name in _LABEL_COLUMNS if name in row.cells), "")
        problems += row.problems
        if time_s is None:
            problems.append(Problem(path.name, f"row {row.number}: no time", "left out"))
        else:
            events.append(Event(time_s, label))
    return events, problems
