"""One trial of the U-Limb MHH layout: 12 muscles in volts, 21 markers in millimetres."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hybridmfp.errors import MontageError, ReadError
from hybridmfp.io.delimited import NumericTable, fit_columns, read_delimited
from hybridmfp.io.hashing import read_bytes
from hybridmfp.io.plausibility import find_empty_parts, find_unequal_durations, refuse_unusable
from hybridmfp.signals import (
    FileProvenance,
    Montage,
    Problem,
    Recording,
    Side,
    Signal,
    TrialKey,
    find_montage,
    find_muscle,
)

__all__ = [
    "EMG_MONTAGE",
    "EMG_RATE_HZ",
    "MARKER_MONTAGE",
    "MARKER_RATE_HZ",
    "UlimbTrial",
    "read_ulimb_trial",
]

EMG_MONTAGE, EMG_RATE_HZ = "mhh-emg", 2000.0
MARKER_MONTAGE, MARKER_RATE_HZ = "mhh-markers", 200.0
"""What the files are documented to hold; they do not say it themselves."""

_READER = "ulimb-csv/2"
_MM_PER_M = np.float32(1000)
_AXIS_SUFFIX = re.compile(r"[_ .:-]?x$", re.IGNORECASE)


@dataclass(frozen=True)
class UlimbTrial:
    """Know all that reading a trial takes.

    Attributes
    ----------
    key : TrialKey
        Which trial it is.
    side : {"left", "right"} or None
        The arm that moved.
    emg, kinematics : Path or None
        The files; at least one.
    emg_rate_hz, kinematics_rate_hz : float
        Samples per second; the files do not say.
    """

    key: TrialKey
    side: Side | None
    emg: Path | None
    kinematics: Path | None
    emg_rate_hz: float
    kinematics_rate_hz: float

    @property
    def files(self) -> tuple[Path, ...]:
        """The files there are."""
        return tuple(path for path in (self.emg, self.kinematics) if path is not None)

    @property
    def decoder(self) -> str:
        """Everything besides the bytes that determines the recording."""
        kinds = "+".join(
            kind
            for kind, path in (("emg", self.emg), ("kinematics", self.kinematics))
            if path is not None
        )
        return (
            f"{_READER} {kinds} emg_rate_hz={self.emg_rate_hz!r} "
            f"kinematics_rate_hz={self.kinematics_rate_hz!r} side={self.side}"
        )


def read_ulimb_trial(trial: UlimbTrial) -> Recording:
    """Read one trial of the U-Limb MHH layout.

    Parameters
    ----------
    trial : UlimbTrial
        Where it lies.

    Returns
    -------
    Recording
        EMG in volts on montage ``mhh-emg``, markers in metres on ``mhh-markers``.

    Raises
    ------
    ReadError
        If no file can be used: it is missing, holds no table of numbers, has columns that
        cannot be told apart, or nothing in it was measured. If only one of two can be used,
        the other one is left out and reported.
    """
    signals: dict[str, Signal] = {}
    provenance: list[FileProvenance] = []
    problems: list[Problem] = []
    refusals: list[ReadError] = []
    for kind, path, montage, rate_hz in (
        ("emg", trial.emg, find_montage(EMG_MONTAGE), trial.emg_rate_hz),
        ("kinematics", trial.kinematics, find_montage(MARKER_MONTAGE), trial.kinematics_rate_hz),
    ):
        if path is None:
            continue
        try:
            signals[kind], source, found = _read_modality(path, montage, rate_hz=rate_hz)
        except ReadError as error:
            refusals.append(error)
            problems.append(Problem(_short(path), str(error), f"{kind} of this trial left out"))
            continue
        provenance.append(source)
        problems += found
    if not signals:
        raise refusals[0]
    recording = Recording(
        key=trial.key,
        emg=signals.get("emg"),
        kinematics=signals.get("kinematics"),
        side=trial.side,
        montage=MARKER_MONTAGE if "kinematics" in signals else None,
        provenance=tuple(provenance),
    )
    return replace(recording, problems=(*problems, *find_unequal_durations(recording)))


def _read_modality(
    path: Path, montage: Montage, *, rate_hz: float
) -> tuple[Signal, FileProvenance, list[Problem]]:
    data, sha256 = read_bytes(path)
    table = _arranged(read_delimited(data, name=_short(path)), montage, name=_short(path))
    refuse_unusable(table.samples, name=_short(path))
    if montage.modality == "kinematics":
        np.divide(table.samples, _MM_PER_M, out=table.samples)
    signal = Signal(
        table.samples,
        rate_hz=rate_hz,
        channels=montage.channels,
        units="V" if montage.modality == "emg" else "m",
    )
    source = FileProvenance(str(path), sha256, f"{_READER} rate={rate_hz:g}")
    empty = find_empty_parts(table.samples, montage.channels, name=_short(path))
    return signal, source, [*table.problems, *empty]


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _arranged(table: NumericTable, montage: Montage, *, name: str) -> NumericTable:
    """Bring the columns into the order of the montage, by name where the header has names."""
    width = 1 if montage.modality == "emg" else 3
    expected = len(montage.channels)
    starts = _find_points(table.header[:1], montage)
    if starts is None:
        table = fit_columns(table, expected, name=name)
        _refuse_wrong_count(table, montage, name=name)
        return replace(
            table, problems=(*table.problems, *_header_notes(table.header, montage, name=name))
        )
    _refuse_wrong_axes(table.header[1:], width, name=name)
    fewest = max(starts.values()) + width
    most = max(fewest, len(_trimmed(table.header[0])) + width - 1)
    table = fit_columns(table, most, name=name)
    if not fewest <= len(table.samples) <= most:
        raise ReadError(
            f"{name} must have {width} columns for each point its header names, "
            f"{fewest} in all; it has {len(table.samples)}. Export it again."
        )
    samples = np.full((expected, table.samples.shape[1]), np.nan, dtype=np.float32)
    for place, point in enumerate(montage.points):
        if point in starts:
            source = table.samples[starts[point] : starts[point] + width]
            samples[place * width : (place + 1) * width] = source
    notes = _naming_notes(table, starts, montage, name=name)
    return replace(table, samples=samples, problems=(*table.problems, *notes))


def _find_points(header: Sequence[Sequence[str]], montage: Montage) -> dict[str, int] | None:
    """Give the first column of each point; None unless half of them are named, once each."""
    named = [
        (_point_named(cell, montage), column) for row in header for column, cell in enumerate(row)
    ]
    known = [(point, column) for point, column in named if point in montage.points]
    starts = dict(known)
    if len(starts) != len(known) or 2 * len(starts) < len(montage.points):
        return None
    return starts


def _point_named(cell: str, montage: Montage) -> str:
    if montage.modality == "emg":
        try:
            return find_muscle(cell)
        except MontageError:
            return cell
    point = cell.rsplit(":", 1)[-1].strip()
    without_axis = _AXIS_SUFFIX.sub("", point)
    return without_axis if without_axis in montage.points else point


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    """Cut the empty cells off the end."""
    last = max((column for column, cell in enumerate(row) if cell), default=-1)
    return row[: last + 1]


def _refuse_wrong_count(table: NumericTable, montage: Montage, *, name: str) -> None:
    if len(table.samples) != len(montage.channels):
        raise ReadError(
            f"{name} must have {len(montage.channels)} columns, those of montage "
            f"{montage.name}, or a header row that names them; it has {len(table.samples)}. "
            "Name the columns, or describe another montage with a participants.tsv and "
            "trials.csv."
        )


def _refuse_wrong_axes(rows: Sequence[Sequence[str]], width: int, *, name: str) -> None:
    axes = [cell.lower() for row in rows for cell in row if cell]
    if width == 1 or not set(axes) <= set("xyz"):
        return
    if axes != ["x", "y", "z"] * (len(axes) // 3):
        raise ReadError(
            f"the second header row of {name} must repeat X, Y, Z; it reads "
            f"{', '.join(axes[:6])}, ... Export it with three axes per marker in that order."
        )


def _header_notes(header: Sequence[Sequence[str]], montage: Montage, *, name: str) -> list[Problem]:
    """Report a header without names where the layout has them, and the other way round."""
    if montage.modality == "emg" and not header:
        return []
    filled = [cell for row in header for cell in row if cell]
    if not header:
        found = "no header rows"
    elif not filled:
        found = f"{len(header)} blank header rows"
    else:
        found = f"{len(header)} header rows that do not name the points ({filled[0][:20]!r}, ...)"
    return [Problem(name, found, f"the columns are taken in the order of {montage.name}")]


def _naming_notes(
    table: NumericTable, starts: dict[str, int], montage: Montage, *, name: str
) -> list[Problem]:
    notes = []
    strange = [cell for cell in table.header[0] if cell and not _is_part_of(cell, montage)]
    if strange:
        names = ", ".join(strange[:8])
        found = f"{len(table.samples)} columns, {names} being no part of {montage.name}"
        notes.append(Problem(name, found, "they are dropped"))
    missing = [point for point in montage.points if point not in starts]
    if missing:
        found = f"no columns for {', '.join(missing)}"
        notes.append(Problem(name, found, "kept as gaps"))
    order = [point for point in montage.points if point in starts]
    if order != sorted(order, key=lambda point: starts[point]):
        found = "columns in another order than the documented one"
        notes.append(Problem(name, found, "they are taken by their names"))
    if len(table.header) < 2 and montage.modality == "kinematics":
        notes.append(Problem(name, "one header row instead of 2", "no sample is skipped"))
    return notes


def _is_part_of(cell: str, montage: Montage) -> bool:
    """Tell whether a header cell names a point, or the second or third axis of one."""
    point = _point_named(re.sub(r"(?<=[_ .:-])[yzYZ]$", "x", cell), montage)
    return point in montage.points
