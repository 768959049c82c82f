"""C3D files: markers as kinematics, and those analog channels that are muscles as EMG."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import MissingDependencyError, MontageError, ReadError, SignalError
from hybridmfp.io.c3d_layout import C3dLayout, check_c3d_layout
from hybridmfp.io.hashing import file_sha256
from hybridmfp.signals import (
    MONTAGES,
    Event,
    FileProvenance,
    Problem,
    Recording,
    Side,
    Signal,
    TrialKey,
    find_muscle,
)

__all__ = ["c3d_decoder", "read_c3d"]

_VERSION = "c3d/1"
_METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
_VOLTS = {"v": 1.0, "mv": 1e-3, "uv": 1e-6, "µv": 1e-6, "μv": 1e-6}
_MODEL_OUTPUTS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS")
_BODY_M = (0.1, 5.0)  # extent of markers on a body, over one trial
_BODY_MM = 500.0  # as centimetres this would be 5 m and more
_FARTHEST_M = 1e6  # anything beyond is a damaged number
_HIGHEST_V = 1e6
_SIDES: Mapping[str, Side] = {"l": "left", "left": "left", "r": "right", "right": "right"}
_NOT_MUSCLES = frozenset(
    {*_SIDES, "analog", "ch", "channel", "emg", "im", "m", "raw", "semg", "sensor", "voltage"}
)


@dataclass(frozen=True)
class _Analog:
    """An analog channel that may be EMG."""

    row: int
    label: str
    muscle: str | None
    side: Side | None
    volts: float | None  # volts per unit; None if the unit is no voltage


@dataclass(frozen=True)
class _Take:
    """What ezc3d decoded, and what to report about it."""

    path: Path
    layout: C3dLayout
    decoded: Any
    problems: list[Problem]

    def texts(self, group: str, name: str) -> list[str]:
        """Give a list of texts that may go on in <name>2, <name>3 and so on."""
        found: list[str] = []
        parameters = self.decoded["parameters"].get(group, {})
        suffix = ""
        while name + suffix in parameters:
            found += [str(text).strip() for text in parameters[name + suffix]["value"]]
            suffix = str(int(suffix or 1) + 1)
        return found

    def report(self, problem: str, done: str) -> None:
        """Add a problem of this file."""
        self.problems.append(Problem(self.path.name, problem, done))


def read_c3d(
    path: str | Path,
    *,
    key: TrialKey | None = None,
    emg: Sequence[str] | None = None,
    side: Side | None = None,
) -> Recording:
    """Read one trial from a C3D file.

    Markers become channels ``<label>_x``, ``<label>_y``, ``<label>_z`` in metres; where a
    marker was not seen they are NaN. Analog channels named after a muscle become EMG in
    volts, named by muscle. Whatever else the file holds is listed in `Recording.problems`.

    Parameters
    ----------
    path : str or Path
        The file.
    key : TrialKey, optional
        What trial it is; by default the name of the file is the subject, and session, task
        and repetition are ``"1"``.
    emg : sequence of str, optional
        Labels of the analog channels that are EMG, as the file has them; by default every
        channel whose label names a muscle and whose unit is a voltage.
    side : {"left", "right"}, optional
        The arm that moved. Channels marked as those of the other arm are then left out.

    Raises
    ------
    ReadError
        If the file is missing, damaged, cut short, has no readable channel, has two
        channels for one muscle, or does not tell whether it is in metres.
    MissingDependencyError
        If ezc3d is not installed.

    References
    ----------
    Michaud, B., Begon, M. (2021). ezc3d: An easy C3D file I/O cross-platform solution.
    *Journal of Open Source Software* 6(58), 2911. doi:10.21105/joss.02911

    Examples
    --------
    >>> read_c3d("no_such_file.c3d")
    Traceback (most recent call last):
    ...
    hybridmfp.errors.ReadError: no_such_file.c3d must be a readable file; ...
    """
    file = Path(path)
    sha256 = file_sha256(file)
    take = _decode(file)
    kinematics = _markers(take)
    muscles = _muscles(take, emg, side)
    if kinematics is None and muscles is None:
        raise ReadError(
            f"{file.name} must hold markers or analog channels named after muscles; it holds "
            f"neither. Its analog channels: {_listed(take.texts('ANALOG', 'LABELS'))}. Name those "
            "that are EMG with emg=[...]."
        )
    return Recording(
        key or TrialKey(file.stem, "1", "1", "1"),
        emg=muscles,
        kinematics=kinematics,
        side=side,
        montage=None if kinematics is None else _montage(kinematics),
        events=_events(take),
        device=" ".join(take.texts("MANUFACTURER", "SOFTWARE")) or None,
        provenance=(FileProvenance(str(file), sha256, c3d_decoder(emg=emg, side=side)),),
        problems=tuple(take.problems),
    )


def c3d_decoder(*, emg: Sequence[str] | None = None, side: Side | None = None) -> str:
    """Name this reader, its version, and the options that change what is read.

    Examples
    --------
    >>> c3d_decoder(side="left")
    'c3d/1 side=left'
    """
    chosen = "" if emg is None else f" emg={list(emg)!r}"
    return f"{_VERSION}{chosen}{f' side={side}' if side else ''}"


def _decode(path: Path) -> _Take:
    layout = check_c3d_layout(path)
    try:
        import ezc3d  # noqa: PLC0415 -- optional: not built for every platform
    except ImportError as error:
        raise MissingDependencyError(
            f"ezc3d must be installed to read C3D files such as {path.name}; it is not. "
            "Install it with: pip install ezc3d"
        ) from error
    try:
        decoded = ezc3d.c3d(str(path))
    except (OSError, RuntimeError, ValueError, IndexError, TypeError, MemoryError) as error:
        raise ReadError(
            f"{path.name} must be a C3D file that ezc3d can decode; it answers: {error}. "
            "Export the file again from the recording software."
        ) from error
    take = _Take(path, layout, decoded, [])
    promised = (
        (4, layout.n_points, layout.n_frames),
        (1, layout.n_analogs, layout.n_frames * layout.n_subframes),
    )
    got = (decoded["data"]["points"].shape, decoded["data"]["analogs"].shape)
    if any(np.prod(there) != np.prod(wanted) for there, wanted in zip(got, promised, strict=True)):
        raise ReadError(
            f"points and analog samples of {path.name} must have shapes {promised} as its header "
            f"says; decoded were {got}. Export the file again."
        )
    return take


def _markers(take: _Take) -> Signal | None:
    labels = take.texts("POINT", "LABELS")[: take.layout.n_points]
    left_out = {label for name in _MODEL_OUTPUTS for label in take.texts("POINT", name)} | {""}
    rows = [row for row, label in enumerate(labels) if label not in left_out]
    if len(rows) < len(labels):
        take.report(
            f"{len(labels) - len(rows)} points are no markers (angles, forces, moments, powers, "
            "scalars, or without a label): "
            f"{_listed([label for label in labels if label in left_out])}",
            "not read",
        )
    if not rows:
        return None
    points = np.array(take.decoded["data"]["points"][:3, rows])
    residuals = take.decoded["data"]["meta_points"]["residuals"][0, rows]
    lost = (residuals < 0) | ~np.isfinite(points).all(axis=0) | (points == 0).all(axis=0)
    points[:, lost] = np.nan
    points *= _metres_per_unit(take, points)
    _refuse_wild(take, points, most=_FARTHEST_M, what="marker positions in metres")
    channels = [f"{labels[row]}_{axis}" for row in rows for axis in "xyz"]
    return _signal(
        take,
        points.transpose(1, 0, 2).reshape(len(channels), -1),
        rate_hz=take.layout.rate_hz,
        channels=channels,
        unit="m",
    )


def _metres_per_unit(take: _Take, points: NDArray[np.float64]) -> float:
    stated = {unit.lower() for unit in take.texts("POINT", "UNITS")} - {""}
    if len(stated) == 1 and stated <= set(_METRES):
        return _METRES[stated.pop()]
    if stated:
        raise ReadError(
            f"POINT:UNITS of {take.path.name} must be one of {', '.join(_METRES)}; got "
            f"{', '.join(sorted(stated))}. Export the markers in millimetres."
        )
    seen = points[:, np.isfinite(points).all(axis=0)]
    extent = float(np.ptp(seen, axis=1).max()) if seen.size else 0.0
    if _BODY_M[0] <= extent <= _BODY_M[1]:
        unit = "m"
    elif extent >= _BODY_MM:
        unit = "mm"
    else:
        raise ReadError(
            f"POINT:UNITS of {take.path.name} must be mm, cm or m; it is missing, and markers "
            f"spread over {extent:g} may be any of them. Export the file with its unit."
        )
    take.report(f"POINT:UNITS is missing; the markers spread over {extent:g}", f"taken as {unit}")
    return _METRES[unit]


def _muscles(take: _Take, emg: Sequence[str] | None, side: Side | None) -> Signal | None:
    channels = _analogs(take)
    chosen = _choose(take, channels, emg=emg, side=side)
    _report_unread(take, channels, chosen)
    if not chosen:
        return None
    names = [channel.muscle or channel.label for channel in chosen]
    _refuse_twice(take, chosen)
    samples = np.array(take.decoded["data"]["analogs"][0, [channel.row for channel in chosen]])
    samples *= np.array([channel.volts for channel in chosen], dtype=np.float64)[:, np.newaxis]
    _refuse_wild(take, samples, most=_HIGHEST_V, what="EMG in volts")
    rate_hz = take.layout.rate_hz * take.layout.n_subframes
    return _signal(take, samples, rate_hz=rate_hz, channels=names, unit="V")


def _analogs(take: _Take) -> list[_Analog]:
    labels = take.texts("ANALOG", "LABELS")[: take.layout.n_analogs]
    units = take.texts("ANALOG", "UNITS")
    if len(units) == 1:
        units *= len(labels)
    units += [""] * (len(labels) - len(units))
    return [
        _Analog(row, label, *_named_muscle(label), _VOLTS.get(units[row].lower()))
        for row, label in enumerate(labels)
    ]


def _named_muscle(label: str) -> tuple[str | None, Side | None]:
    """Find the muscle and the side in a label such as ``Voltage.R Biceps`` or ``TB.EMG4``."""
    words = re.findall(r"[^\W\d_]+", label)
    sides = {_SIDES[word.lower()] for word in words if word.lower() in _SIDES}
    rest = [word for word in words if word.lower() not in _NOT_MUSCLES]
    try:
        muscle = find_muscle("_".join(rest))
    except MontageError:
        muscle = None
    return muscle, sides.pop() if len(sides) == 1 else None


def _choose(
    take: _Take, channels: list[_Analog], *, emg: Sequence[str] | None, side: Side | None
) -> list[_Analog]:
    if emg is None:
        return [
            channel
            for channel in channels
            if channel.muscle
            and channel.volts is not None
            and (side is None or channel.side in (None, side))
        ]
    by_label = {channel.label: channel for channel in channels}
    strange = [label for label in emg if label not in by_label]
    silent = [label for label in emg if label in by_label and by_label[label].volts is None]
    if strange or silent:
        raise ReadError(
            f"emg must name analog channels of {take.path.name} in V, mV or uV; got "
            f"{_listed(strange + silent)}. Its channels: {_listed(list(by_label), most=60)}."
        )
    return [by_label[label] for label in emg]


def _report_unread(take: _Take, channels: list[_Analog], chosen: list[_Analog]) -> None:
    kept = {channel.row for channel in chosen}
    unread = [channel for channel in channels if channel.row not in kept]
    mute = [channel.label for channel in unread if channel.muscle and channel.volts is None]
    if mute:
        take.report(
            f"{len(mute)} analog channels are named after muscles, but their unit is not V, mV "
            f"or uV: {_listed(mute)}",
            "not read",
        )
    others = [channel.label for channel in unread if channel.label not in mute]
    if others:
        take.report(
            f"{len(others)} analog channels were not asked for, name no muscle or belong to the "
            f"other arm: {_listed(others, most=60)}",
            "not read",
        )


def _refuse_twice(take: _Take, chosen: list[_Analog]) -> None:
    labels: dict[str, list[str]] = defaultdict(list)
    for channel in chosen:
        labels[channel.muscle or channel.label].append(channel.label)
    for muscle, doubled in labels.items():
        if len(doubled) > 1:
            raise ReadError(
                f"each muscle of {take.path.name} must have one channel; {muscle} has "
                f"{_listed(doubled)}. Choose with emg=[...], or with side= where the labels "
                "tell left from right."
            )


def _refuse_wild(take: _Take, values: NDArray[np.float64], *, most: float, what: str) -> None:
    if np.isinf(values).any() or np.nanmax(np.abs(values), initial=0.0) > most:
        raise ReadError(
            f"{what} of {take.path.name} must lie within ±{most:g}; some lie beyond. The file "
            "is damaged: copy or export it again."
        )


def _signal(
    take: _Take,
    samples: NDArray[np.float64],
    *,
    rate_hz: float,
    channels: Sequence[str],
    unit: str,
) -> Signal:
    try:
        return Signal(samples, rate_hz=rate_hz, channels=channels, units=unit)
    except SignalError as error:
        raise ReadError(f"{take.path.name} must make a signal; it does not: {error}") from error


def _montage(kinematics: Signal) -> str | None:
    there = set(kinematics.channels)
    matching = [
        montage.name
        for montage in MONTAGES.values()
        if montage.modality == "kinematics" and there.issuperset(montage.channels)
    ]
    return matching[0] if matching else None


def _events(take: _Take) -> tuple[Event, ...]:
    """Read group EVENT, whose times are minutes and seconds since the take began."""
    parameters = take.decoded["parameters"].get("EVENT", {})
    times = np.asarray(parameters.get("TIMES", {}).get("value", ()), dtype=np.float64)
    if times.ndim != 2 or times.shape[0] != 2:
        return ()
    start_s = (max(take.layout.first_frame, 1) - 1) / take.layout.rate_hz
    seconds = 60 * times[0] + times[1] - start_s
    labels = take.texts("EVENT", "LABELS")
    contexts = take.texts("EVENT", "CONTEXTS")
    events: list[Event] = []
    outside: list[str] = []
    for at, time_s in enumerate(seconds):
        context = contexts[at] if at < len(contexts) else ""
        words = ("" if context == "General" else context, labels[at] if at < len(labels) else "")
        label = " ".join(word for word in words if word) or "event"
        if 0 <= time_s <= take.layout.n_frames / take.layout.rate_hz:
            events.append(Event(float(time_s), label))
        else:
            outside.append(f"{label} at {time_s:g} s")
    if outside:
        take.report(f"events lie outside the recording: {_listed(outside)}", "left out")
    return tuple(events)


def _listed(names: Sequence[str], *, most: int = 12) -> str:
    shown = ", ".join(names[:most]) or "none"
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
