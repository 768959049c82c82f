"""Numbers from MAT files of version 5 to 7.2, read without trusting a single length in them."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError

__all__ = ["read_mat5"]

_HEADER_BYTES = 128
_ORDERS: Mapping[bytes, str] = MappingProxyType({b"IM": "<", b"MI": ">"})
_MATRIX = 14
_COMPRESSED = 15
_STORED: Mapping[int, str] = MappingProxyType(
    {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
)
_CLASSES: Mapping[int, str] = MappingProxyType(
    dict(enumerate(("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"), start=6))
)
_COMPLEX_OR_LOGICAL = 0x0A00


def read_mat5(data: bytes, *, name: str) -> dict[str, NDArray[Any]]:
    """Give the real numeric matrices of a MAT file by name; pass over everything else.

    SciPy reads these files too, but a damaged one can end the process there.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        What to call the file in messages.

    Returns
    -------
    dict of str to array, shape (n_rows, n_columns)
        The matrices as MATLAB shows them.

    Raises
    ------
    ReadError
        If the bytes are no such file, or end too early.

    References
    ----------
    The MathWorks. *MAT-File Format*, "Level 5 MAT-Files".
    """
    order = _ORDERS.get(data[126:_HEADER_BYTES])
    if order is None:
        raise ReadError(
            f"{name} must be a MAT file of version 5 or later; it does not begin like one. "
            "Save it in MATLAB with the option -v7."
        )
    matrices: dict[str, NDArray[Any]] = {}
    try:
        for kind, payload in _elements(data[_HEADER_BYTES:], order):
            if kind == _COMPRESSED:
                inner = list(_elements(zlib.decompress(payload), order))
            else:
                inner = [(kind, payload)]
            for inner_kind, content in inner:
                if inner_kind == _MATRIX:
                    matrices.update(_matrix(content, order))
    except (struct.error, zlib.error, ValueError, MemoryError) as error:
        raise ReadError(
            f"{name} must be a whole MAT file; it is damaged ({error}). Save it again."
        ) from error
    return matrices


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Cut a stretch of a file into its elements: their types and contents."""
    start = 0
    while start < len(data):
        (kind,) = struct.unpack_from(f"{order}I", data, start)
        if kind >> 16:  # at most four bytes, packed into the tag
            size, kind, content = kind >> 16, kind & 0xFFFF, start + 4
            following = start + 8
        else:
            (size,) = struct.unpack_from(f"{order}I", data, start + 4)
            content = start + 8
            padding = 0 if kind == _COMPRESSED else -size % 8
            following = content + size + padding
        if content + size > len(data):
            raise ValueError(f"{content + size - len(data)} bytes are missing")
        yield kind, data[content : content + size]
        start = following


def _matrix(data: bytes, order: str) -> dict[str, NDArray[Any]]:
    """Give a matrix under its name; nothing if it holds anything but real numbers."""
    parts = _elements(data, order)
    flags = struct.unpack_from(f"{order}I", next(parts, (0, b""))[1])[0]
    kind = _CLASSES.get(flags & 0xFF)
    if kind is None or flags & _COMPLEX_OR_LOGICAL:
        return {}
    sizes = np.frombuffer(next(parts, (0, b""))[1], dtype=f"{order}i4").tolist()
    title = next(parts, (0, b""))[1].decode("latin-1")
    stored, content = next(parts, (0, b""))
    if len(sizes) != 2 or min(sizes) < 0:
        return {}
    if stored not in _STORED:
        raise ValueError(f"numbers are of the unknown type {stored}")
    values = np.frombuffer(content, dtype=order + _STORED[stored])
    if len(values) != math.prod(sizes):
        raise ValueError(f"{len(values)} numbers where {sizes[0]} x {sizes[1]} were announced")
    # MATLAB stores whole numbers in the smallest type that holds them, whatever their class.
    return {title: values.astype(kind).reshape(sizes, order="F")}
