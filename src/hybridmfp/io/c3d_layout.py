"""Whether a C3D file holds what its header promises, found out before a decoder trusts it.

A C3D file is 512-byte blocks: a header, a section of named parameters, then the samples. Sizes
stand in several places, and ezc3d follows them without question: one damaged byte can end the
whole interpreter. Here they are compared with each other and with the length of the file.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError

__all__ = ["C3dLayout", "check_c3d_layout"]

_BLOCK = 512
_MAGIC = 0x50
_INTEL = 84
_MOST_FRAMES = 65534  # 65535 stands for "more than the header can count"
_LONGEST_DESCRIPTION = 127  # ezc3d takes the length for a signed byte
_MOST_VALUES = 65535  # of one parameter, even where a dimension of 0 makes the product 0
_FASTEST_RATIO = 1000  # analog or rotation samples per frame
_DTYPES = {-1: "S1", 1: "u1", 2: "<u2", 4: "<f4"}  # by parameter type
_SCALARS = (
    *(f"POINT:{name}" for name in ("USED", "SCALE", "RATE", "DATA_START", "FRAMES")),
    *(f"ANALOG:{name}" for name in ("USED", "RATE", "GEN_SCALE")),
    *(f"ROTATION:{name}" for name in ("USED", "RATE", "RATIO", "DATA_START")),
)


@dataclass(frozen=True)
class C3dLayout:
    """Say how much a C3D file holds.

    Attributes
    ----------
    n_points, n_frames : int
        Markers, and instants at which they were located.
    n_analogs, n_subframes : int
        Analog channels, and their samples per frame.
    rate_hz : float
        Frames per second.
    first_frame : int
        Number of the first frame in the take it was cut from; a whole take starts with 1.
    """

    n_points: int
    n_frames: int
    n_analogs: int
    n_subframes: int
    rate_hz: float
    first_frame: int


@dataclass(frozen=True)
class _Header:
    parameter_block: int
    n_points: int
    n_analog_values: int
    first_frame: int
    last_frame: int
    scale: float
    data_block: int
    n_subframes: int


_Parameters = Mapping[str, NDArray[np.generic]]


def check_c3d_layout(path: Path) -> C3dLayout:
    """Find out how much a C3D file promises, and that all of it is there.

    Parameters
    ----------
    path : Path
        A C3D file.

    Returns
    -------
    C3dLayout
        What it holds.

    Raises
    ------
    ReadError
        If it is not a C3D file, ends too early, contradicts itself, or is stored in a way
        that the decoder cannot follow.

    References
    ----------
    The C3D file format user guide, https://www.c3d.org/docs/C3D_User_Guide.pdf
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        header = _read_header(path, file.read(_BLOCK), n_bytes=n_bytes)
        file.seek((header.parameter_block - 1) * _BLOCK)
        section = file.read((header.data_block - header.parameter_block) * _BLOCK)
    if section[3] != _INTEL:
        raise ReadError(
            f"{path.name} must store numbers as Intel processors do (84); its parameter section "
            f"says {section[3]}. Export it again with the Intel (PC) number format."
        )
    parameters = _read_parameters(path, section)
    layout = _agree(path, header, parameters)
    _check_vectors(path, layout, parameters)
    _check_rotations(path, layout, parameters)
    word = 4 if header.scale < 0 else 2
    frame = (4 * layout.n_points + layout.n_analogs * layout.n_subframes) * word
    needed = (header.data_block - 1) * _BLOCK + layout.n_frames * frame
    if needed > n_bytes:
        raise ReadError(
            f"{path.name} must have {needed} bytes to hold the {layout.n_frames} frames that its "
            f"header promises; it has {n_bytes}. It was cut short: copy or export it again."
        )
    return layout


def _read_header(path: Path, block: bytes, *, n_bytes: int) -> _Header:
    if len(block) < _BLOCK or block[1] != _MAGIC:
        raise ReadError(
            f"{path.name} must be a C3D file, whose second byte is 0x50 in a header of {_BLOCK} "
            f"bytes; it starts with {block[:4].hex(' ') or 'nothing'} and has {n_bytes} bytes."
        )
    n_points, n_analog_values, first, last = struct.unpack_from("<4H", block, 2)
    scale, data_block, n_subframes = struct.unpack_from("<f2H", block, 12)
    n_blocks = math.ceil(n_bytes / _BLOCK)
    if not 1 < block[0] < data_block <= n_blocks:
        raise ReadError(
            f"parameters and samples of {path.name} must start in this order within its "
            f"{n_blocks} blocks; its header names blocks {block[0]} and {data_block}. "
            "It is damaged or cut short: copy or export it again."
        )
    if not (math.isfinite(scale) and scale != 0):
        raise ReadError(
            f"the scale in the header of {path.name} must be a number other than 0; got {scale:g}."
            " It is damaged: copy or export it again."
        )
    return _Header(block[0], n_points, n_analog_values, first, last, scale, data_block, n_subframes)


def _read_parameters(path: Path, section: bytes) -> _Parameters:
    groups: dict[int, str] = {}
    found: list[tuple[int, str, NDArray[np.generic]]] = []
    at = 4
    try:
        while at and section[at]:
            n_name, group = struct.unpack_from("<2b", section, at)
            name_end = at + 2 + abs(n_name)
            name = section[at + 2 : name_end].decode("latin-1")
            (step,) = struct.unpack_from("<H", section, name_end)
            if group < 0:
                groups[-group] = name
                end = name_end + 2
            else:
                values, end = _read_values(section, name_end + 2)
                found.append((group, name, values))
            at = _next_record(section, end, group=group, promised=name_end + step if step else 0)
    except (_BadParameterError, struct.error, IndexError, ValueError) as error:
        raise ReadError(
            f"the parameters of {path.name} must follow each other without a break; at byte {at} "
            f"of the section they do not ({error}). It is damaged: copy or export it again."
        ) from error
    named = [(f"{groups.get(group, '')}:{name}", values) for group, name, values in found]
    if len(set(groups.values())) < len(groups) or len(dict(named)) < len(named):
        raise ReadError(
            f"each group and each parameter of {path.name} must have a name of its own; got "
            f"{sorted(groups.values())}. It is damaged: copy or export it again."
        )
    return dict(named)


class _BadParameterError(ValueError):
    """A parameter record does not keep to the format."""


def _read_values(section: bytes, at: int) -> tuple[NDArray[np.generic], int]:
    kind, n_dimensions = struct.unpack_from("<bB", section, at)
    if kind not in _DTYPES or n_dimensions > 7 or (kind == -1 and n_dimensions == 0):
        raise _BadParameterError(f"type {kind} with {n_dimensions} dimensions")
    start = at + 2 + n_dimensions
    sizes = section[at + 2 : start]
    if math.prod(max(size, 1) for size in sizes) > _MOST_VALUES:
        raise _BadParameterError(f"dimensions {list(sizes)}")
    dtype = np.dtype(_DTYPES[kind])
    values = np.frombuffer(section, dtype=dtype, count=math.prod(sizes), offset=start)
    if kind == -1 and n_dimensions > 1:
        values = values[:: max(sizes[0], 1)]  # one entry per text
    return values, start + math.prod(sizes) * dtype.itemsize


def _next_record(section: bytes, end: int, *, group: int, promised: int) -> int:
    """Step over the description at `end`; 0 after the last record."""
    length = section[end]
    after = end + 1 + length
    if length > _LONGEST_DESCRIPTION or after > len(section):
        raise _BadParameterError(f"a description of {length} characters")
    if group == 0 or promised not in (0, after):
        raise _BadParameterError(f"group {group}, next record at {promised} instead of {after}")
    return after if promised else 0


def _agree(path: Path, header: _Header, parameters: _Parameters) -> C3dLayout:
    numbers = {name: _first_number(path, name, parameters) for name in _SCALARS}
    n_frames = header.last_frame - header.first_frame + 1
    n_analogs = _count(numbers["ANALOG:USED"], default=0)
    rate_hz = numbers["POINT:RATE"] or 0.0
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise ReadError(
            f"POINT:RATE of {path.name} must be a positive number of frames per second; "
            f"got {rate_hz:g}."
        )
    ratio = (numbers["ANALOG:RATE"] or 0.0) / rate_hz
    n_subframes = header.n_subframes if n_analogs else 0
    pairs = (
        ("points", header.n_points, _count(numbers["POINT:USED"], default=0)),
        ("frames", n_frames, _count(numbers["POINT:FRAMES"], default=n_frames)),
        ("analog values per frame", header.n_analog_values, n_analogs * n_subframes),
        ("analog samples per frame", n_subframes, ratio if n_analogs else 0),
        ("first block of samples", header.data_block, numbers["POINT:DATA_START"]),
        ("floating-point samples", header.scale < 0, (numbers["POINT:SCALE"] or 0.0) < 0),
    )
    for what, promised, stated in pairs:
        if stated is None or not math.isclose(promised, stated, rel_tol=1e-6):
            raise ReadError(
                f"{what}: header and parameters of {path.name} must agree; the header says "
                f"{promised}, the parameters {stated}. Nobody can tell which is right: export "
                "the file again."
            )
    if not 0 < n_frames <= _MOST_FRAMES or n_subframes > _FASTEST_RATIO:
        raise ReadError(
            f"{path.name} must have 1 to {_MOST_FRAMES} frames of at most {_FASTEST_RATIO} analog "
            f"samples; got {n_frames} of {n_subframes}. Cut a long take into single trials."
        )
    return C3dLayout(header.n_points, n_frames, n_analogs, n_subframes, rate_hz, header.first_frame)


def _first_number(path: Path, name: str, parameters: _Parameters) -> float | None:
    if name not in parameters:
        return None
    values = parameters[name]
    if values.size == 0 or values.dtype.kind == "S":
        raise ReadError(
            f"{name} of {path.name} must be a number; it is empty or a text. The file is "
            "damaged: copy or export it again."
        )
    return float(values.flat[0])


def _count(number: float | None, *, default: int) -> int:
    return default if number is None or not math.isfinite(number) else int(number)


def _check_vectors(path: Path, layout: C3dLayout, parameters: _Parameters) -> None:
    for group, needed, names in (
        ("POINT", layout.n_points, ("LABELS",)),
        ("ANALOG", layout.n_analogs, ("LABELS", "SCALE", "OFFSET")),
    ):
        for name in names if needed else ():
            stated = sum(
                values.size
                for key, values in parameters.items()
                if re.fullmatch(rf"{group}:{name}\d*", key)
            )
            if stated < needed:
                raise ReadError(
                    f"{group}:{name} of {path.name} must have an entry for each of the {needed} "
                    f"channels; it has {stated}. Export the file again."
                )


def _check_rotations(path: Path, layout: C3dLayout, parameters: _Parameters) -> None:
    if not any(name.startswith("ROTATION:") for name in parameters):
        return
    used = _first_number(path, "ROTATION:USED", parameters)
    if used != 0:
        raise ReadError(
            f"{path.name} must hold markers only; its ROTATION group counts {used} segments, "
            "which are not read. Export marker positions without segment rotations."
        )
    rate_hz = _first_number(path, "ROTATION:RATE", parameters) or 0.0
    for ratio in (
        _first_number(path, "ROTATION:RATIO", parameters) or 0.0,
        rate_hz / layout.rate_hz,
    ):
        if not 0 <= ratio <= _FASTEST_RATIO:
            raise ReadError(
                f"the rotations of {path.name} must have at most {_FASTEST_RATIO} samples per "
                f"frame; got {ratio:g}. The file is damaged: copy or export it again."
            )
