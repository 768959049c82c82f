"""Arrays from files of every common kind: text, Parquet, NumPy, MATLAB."""

from __future__ import annotations

import io
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.delimited import NumericTable, fit_columns, read_delimited
from hybridmfp.io.mat5 import read_mat5
from hybridmfp.signals import Problem

__all__ = ["FINAL_NAMES", "FORMATS", "StoredArray", "read_array_file"]

FINAL_NAMES: Mapping[bytes, bytes] = MappingProxyType({b"hybridmfp.channels": b"final"})
"""Parquet metadata saying that the column names are channel names as they shall stay."""

_HDF5_MARK = b"\x89HDF\r\n\x1a\n"
_DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError),
    *(MemoryError, NameError, OSError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, Warning, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
"""What the parsers of binary formats raise where bytes are not what they should be."""


@dataclass(frozen=True, eq=False)
class StoredArray:
    """Hold the samples of a file, and the names it has for them.

    Attributes
    ----------
    samples : array, shape (n_channels, n_samples)
        Real numbers of the file's own type and unit.
    names : tuple of str
        One name per channel; empty where the file has none.
    problems : tuple of Problem
        What was found wrong.
    final : bool
        Whether the names are known to be channel names already.
    """

    samples: NDArray[Any]
    names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    final: bool = False


def read_array_file(
    path: Path, data: bytes, *, channels: Sequence[str], variable: str | None = None
) -> StoredArray:
    """Read the samples of one file, one row per channel.

    Columns of CSV, TSV and Parquet files are taken by name where the file names all
    `channels`, else in order. Arrays of NPY, NPZ and MAT files are turned so that there are
    as many rows as `channels`. Nothing is ever unpickled.

    Parameters
    ----------
    path : Path
        The file; its suffix is one of `FORMATS`.
    data : bytes
        Its content.
    channels : sequence of str
        The channels to find; empty to take those that a table names.
    variable : str, optional
        Which array of an NPZ or MAT file; needed where there are several.

    Raises
    ------
    ReadError
        If the bytes are not what the suffix says, or hold other channels.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise ReadError(
            f"{path} must be one of {', '.join(FORMATS)}; got {path.suffix!r}. Export it as CSV."
        )
    with _told_as_damage(path):
        stored = read(data, path.name, variable)
        if stored.samples.dtype.kind not in "fiu" or stored.samples.ndim != 2:
            raise ReadError(
                f"{path} must hold one table of real numbers; it holds "
                f"{stored.samples.ndim}-dimensional {stored.samples.dtype}."
            )
    if path.suffix.lower() in (".npy", ".npz", ".mat"):
        return _turned(stored, len(channels), path=path)
    return _picked(stored, tuple(channels), path=path)


def _read_text(data: bytes, name: str, variable: str | None) -> StoredArray:  # noqa: ARG001
    table = read_delimited(data, name=name)
    names = table.header[0] if table.header else ()
    useful = len(names) == len(table.samples) and all(names) and len(set(names)) == len(names)
    return StoredArray(table.samples, names if useful else (), table.problems)


def _read_parquet(data: bytes, name: str, variable: str | None) -> StoredArray:  # noqa: ARG001
    table = parquet.read_table(pa.BufferReader(data), use_threads=False)
    numeric = [
        column.name
        for column in table.schema
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    ]
    others = [column for column in table.column_names if column not in numeric]
    columns = [table.column(column).to_numpy() for column in numeric]
    if not columns:
        raise ReadError(f"{name} must have columns of numbers; it has {table.column_names[:8]}.")
    problems: tuple[Problem, ...] = ()
    if others:
        problems = (Problem(name, f"columns without numbers: {', '.join(others)}", "left out"),)
    marks = table.schema.metadata or {}
    final = all(marks.get(key) == value for key, value in FINAL_NAMES.items())
    return StoredArray(np.stack(columns), tuple(numeric), problems, final=final)


def _read_npy(data: bytes, name: str, variable: str | None) -> StoredArray:  # noqa: ARG001
    if not data.startswith(np.lib.format.MAGIC_PREFIX):
        raise ReadError(f"{name} must be a NumPy array; it does not begin like one.")
    return StoredArray(_two_dimensional(_npy_array(io.BytesIO(data))))


def _read_npz(data: bytes, name: str, variable: str | None) -> StoredArray:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [entry.removesuffix(".npy") for entry in archive.namelist()]
        chosen = _choose(names, variable, name=name)
        return StoredArray(_two_dimensional(_npy_array(io.BytesIO(archive.read(f"{chosen}.npy")))))


def _npy_array(stream: io.BytesIO) -> NDArray[Any]:
    return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))


def _read_mat(data: bytes, name: str, variable: str | None) -> StoredArray:
    if _HDF5_MARK in data[:2048]:
        return _read_mat_73(data, name, variable)
    variables = read_mat5(data, name=name)
    return StoredArray(variables[_choose(list(variables), variable, name=name)])


def _read_mat_73(data: bytes, name: str, variable: str | None) -> StoredArray:
    with h5py.File(io.BytesIO(data), "r") as file:
        variables = [
            key
            for key, value in file.items()
            if isinstance(value, h5py.Dataset)
            and value.ndim == 2
            and value.dtype.kind in "fiu"
            and value.attrs.get("MATLAB_class", b"double") != b"char"
        ]
        chosen = _choose(variables, variable, name=name)
        # MATLAB writes its columns first, so the array lies transposed in the file.
        return StoredArray(np.asarray(file[chosen][()]).T)


def _choose(names: Sequence[str], variable: str | None, *, name: str) -> str:
    if variable is None and len(names) == 1:
        return names[0]
    if variable in names:
        return str(variable)
    rule = "hold one array" if variable is None else f"hold an array {variable!r}"
    raise ReadError(
        f"{name} must {rule} of numbers; it holds {', '.join(names[:8]) or 'none'}. "
        "Name the one to read in the column emg_variable or kinematics_variable."
    )


def _two_dimensional(array: NDArray[Any]) -> NDArray[Any]:
    return array[np.newaxis] if array.ndim == 1 else array


def _turned(stored: StoredArray, n_channels: int, *, path: Path) -> StoredArray:
    shape = stored.samples.shape
    if n_channels not in shape or 0 in shape:
        raise ReadError(
            f"{path} must hold one row or column for each of the {n_channels} channels; its "
            f"shape is {shape}. Name the channels in emg_channels or kinematics_channels."
        )
    if shape[0] != n_channels:
        return StoredArray(stored.samples.T)
    if shape[1] != n_channels or n_channels == 1:
        return stored
    found = f"as many samples as channels ({n_channels}), so rows and columns look alike"
    return StoredArray(
        stored.samples, problems=(Problem(path.name, found, "rows are taken as channels"),)
    )


def _picked(stored: StoredArray, channels: tuple[str, ...], *, path: Path) -> StoredArray:
    if not channels:
        return stored
    if set(channels) <= set(stored.names):
        rows = [stored.names.index(channel) for channel in channels]
        return StoredArray(stored.samples[rows], channels, stored.problems, final=stored.final)
    table = NumericTable(np.asarray(stored.samples), problems=stored.problems)
    table = fit_columns(table, len(channels), name=path.name)
    if len(table.samples) != len(channels):
        raise ReadError(
            f"{path} must have one column for each of the {len(channels)} channels; it has "
            f"{len(table.samples)}. Correct emg_channels or kinematics_channels in trials.csv, "
            "or name the columns so."
        )
    problems = table.problems
    if stored.names:
        found = f"column names differ from the channels declared ({stored.names[0]}, ...)"
        problems += (Problem(path.name, found, "columns are taken in order"),)
    return StoredArray(table.samples, (), problems)


@contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except HybridMfpError:
        raise
    except _DAMAGE as error:
        raise ReadError(
            f"{path} must be a whole {path.suffix} file of plain numbers; it is damaged, holds "
            f"Python objects, or is something else ({type(error).__name__}: "
            f"{str(error)[:200]}). Export it again."
        ) from error


_READERS: Mapping[str, Callable[[bytes, str, str | None], StoredArray]] = MappingProxyType(
    {
        ".csv": _read_text,
        ".tsv": _read_text,
        ".txt": _read_text,
        ".parquet": _read_parquet,
        ".npy": _read_npy,
        ".npz": _read_npz,
        ".mat": _read_mat,
    }
)

FORMATS = tuple(_READERS)
"""Suffixes that can be read."""
