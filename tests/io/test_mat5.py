from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.io import savemat
from scipy.sparse import eye_array

from hybridmfp.errors import ReadError
from hybridmfp.io.mat5 import read_mat5

KINDS = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def _saved(*, compressed: bool = False, **variables: object) -> bytes:
    stream = io.BytesIO()
    savemat(stream, variables, do_compression=compressed)
    return stream.getvalue()


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: arrays(kind, array_shapes(min_dims=2, max_dims=2, max_side=5))
    ),
    st.booleans(),
    st.sampled_from(["x", "emg", "a_rather_long_name"]),
)
def test_matrices_that_scipy_writes_come_back(
    matrix: np.ndarray, compressed: bool, title: str
) -> None:
    found = read_mat5(_saved(compressed=compressed, **{title: matrix}), name="x.mat")

    assert list(found) == [title]
    assert found[title].dtype == matrix.dtype
    assert np.array_equal(found[title], matrix, equal_nan=matrix.dtype.kind == "f")


def test_whatever_is_no_matrix_of_numbers_is_passed_over() -> None:
    data = _saved(
        text="words",
        record={"a": 1.0},
        cells=np.array([1, "a"], dtype=object),
        waves=np.ones((2, 2), dtype=complex),
        flags=np.ones((2, 2), dtype=bool),
        few=eye_array(3).tocsc(),
        cube=np.ones((2, 2, 2)),
        matrix=np.ones((2, 3)),
    )

    assert list(read_mat5(data, name="x.mat")) == ["matrix"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_small_integers_of_a_double_matrix_and_both_byte_orders_are_read(order: str) -> None:
    flags = struct.pack(f"{order}IIII", 6, 8, 6, 0)
    sizes = struct.pack(f"{order}IIii", 5, 8, 1, 3)
    title = struct.pack(f"{order}I", (1 << 16) | 1) + b"x\0\0\0"
    numbers = struct.pack(f"{order}I", (3 << 16) | 2) + bytes([7, 8, 9, 0])
    content = flags + sizes + title + numbers
    mark = b"IM" if order == "<" else b"MI"
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100) + mark
    data = head + struct.pack(f"{order}II", 14, len(content)) + content

    found = read_mat5(data, name="x.mat")

    assert found["x"].tolist() == [[7.0, 8.0, 9.0]]
    assert found["x"].dtype == np.float64


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "does not begin like one"),
        (b"1,2,3\n" * 50, "does not begin like one"),
        (_saved(x=np.ones((2, 3)))[:-4], "4 bytes are missing"),
        (_saved(x=np.ones((2, 3)), compressed=True)[:-4], "bytes are missing"),
        (_saved(x=np.ones((2, 3))).replace(b"\2\0\0\0\3\0", b"\2\0\0\0\4\0"), "6 numbers where"),
    ],
)
def test_what_is_no_whole_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_mat5(data, name="x.mat")


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8), st.booleans())
def test_garbled_files_are_read_or_refused_in_our_own_words(
    at: int, garbage: bytes, compressed: bool
) -> None:
    whole = _saved(compressed=compressed, x=np.ones((2, 3)), note="text")
    start = at % len(whole)

    try:
        found = read_mat5(whole[:start] + garbage + whole[start + len(garbage) :], name="x.mat")
    except ReadError as error:
        assert str(error).startswith("x.mat must be")  # noqa: PT017 -- either way is right
    else:
        assert all(matrix.ndim == 2 for matrix in found.values())
