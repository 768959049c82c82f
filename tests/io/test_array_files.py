from __future__ import annotations

import io
import pickle
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from scipy.io import savemat

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.array_files import StoredArray, read_array_file

SAMPLES = np.random.default_rng(3).normal(size=(3, 40))
NAMES = ("a", "b", "c")


def _npy(array: np.ndarray, **options: bool) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _mat(**arrays: object) -> bytes:
    stream = io.BytesIO()
    savemat(stream, arrays)
    return stream.getvalue()


def _mat_73(array: np.ndarray, **others: np.ndarray) -> bytes:
    """What MATLAB writes: a header of 512 bytes, then HDF5 with the axes swapped."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        file.create_dataset("data", data=array.T).attrs["MATLAB_class"] = np.bytes_("double")
        text = file.create_dataset("note", data=np.array([[104], [105]], dtype=np.uint16))
        text.attrs["MATLAB_class"] = np.bytes_("char")
        for name, other in others.items():
            file[name] = other.T
    content = bytearray(stream.getvalue())
    content[:20] = b"MATLAB 7.3 MAT-file,"
    return bytes(content)


def _parquet(columns: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _csv(array: np.ndarray, header: str = "") -> bytes:
    rows = "\n".join(",".join(repr(float(cell)) for cell in row) for row in array.T)
    return (header + rows + "\n").encode()


def _read(name: str, data: bytes, *, variable: str | None = None) -> StoredArray:
    return read_array_file(Path(name), data, channels=NAMES, variable=variable)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.npy", _npy(SAMPLES)),
        ("x.npy", _npy(SAMPLES.T)),
        ("x.npy", _npy(np.asfortranarray(SAMPLES))),
        ("x.npz", _npz(data=SAMPLES.T)),
        ("x.mat", _mat(data=SAMPLES.T, note="text", nested={"a": 1})),
        ("x.MAT", _mat(data=SAMPLES)),
        ("x.mat", _mat_73(SAMPLES)),
        ("x.mat", _mat_73(SAMPLES.T)),
        ("x.parquet", _parquet(dict(zip(NAMES, SAMPLES, strict=True)))),
        ("x.csv", _csv(SAMPLES)),
        ("x.csv", _csv(SAMPLES, "a,b,c\n")),
        ("x.tsv", _csv(SAMPLES).replace(b",", b"\t")),
    ],
)
def test_every_format_and_orientation_gives_one_row_per_channel(name: str, data: bytes) -> None:
    stored = _read(name, data)

    assert stored.samples == pytest.approx(SAMPLES, rel=1e-6)
    assert stored.problems == ()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.npz", _npz(data=SAMPLES, other=SAMPLES + 1)),
        ("x.mat", _mat(data=SAMPLES, other=SAMPLES + 1)),
        ("x.mat", _mat_73(SAMPLES, other=SAMPLES + 1)),
    ],
)
def test_of_several_arrays_one_must_be_named(name: str, data: bytes) -> None:
    assert _read(name, data, variable="other").samples == pytest.approx(SAMPLES + 1)
    with pytest.raises(ReadError, match="must hold one array of numbers; it holds data, other"):
        _read(name, data)
    with pytest.raises(ReadError, match="must hold an array 'absent' of numbers"):
        _read(name, data, variable="absent")


def test_columns_are_taken_by_name_where_there_are_names() -> None:
    columns = {"time": np.arange(40.0), "c": SAMPLES[2], "b": SAMPLES[1], "a": SAMPLES[0]}
    text = _csv(np.array(list(columns.values())), "time,c,b,a\n")

    assert np.array_equal(_read("x.parquet", _parquet(columns)).samples, SAMPLES)
    assert _read("x.csv", text).samples == pytest.approx(SAMPLES, rel=1e-6)


def test_columns_of_other_names_are_taken_in_order_and_reported() -> None:
    stored = _read("x.csv", _csv(SAMPLES, "p,q,r\n"))

    assert stored.samples == pytest.approx(SAMPLES, rel=1e-6)
    assert "column names differ from the channels declared (p, ...)" in stored.problems[0].problem


def test_columns_without_numbers_are_left_out_and_reported() -> None:
    stored = _read(
        "x.parquet", _parquet({"who": ["x"] * 40, **dict(zip(NAMES, SAMPLES, strict=True))})
    )

    assert np.array_equal(stored.samples, SAMPLES)
    assert stored.problems[0].problem == "columns without numbers: who"


def test_missing_values_of_parquet_are_gaps() -> None:
    data = _parquet({"a": [1, None], "b": [1.5, None], "c": [2.5, 1.0]})

    assert np.isnan(_read("x.parquet", data).samples).tolist() == [[False, True]] * 2 + [
        [False] * 2
    ]


def test_a_square_array_has_channels_in_rows_and_says_so() -> None:
    square = np.arange(9.0).reshape(3, 3)

    stored = _read("x.npy", _npy(square))

    assert np.array_equal(stored.samples, square)
    assert "rows and columns look alike" in stored.problems[0].problem


def test_a_square_array_of_matlab_has_the_rows_that_matlab_shows() -> None:
    square = np.arange(9.0).reshape(3, 3)

    assert np.array_equal(_read("x.mat", _mat_73(square)).samples, square)
    assert np.array_equal(_read("x.mat", _mat(data=square)).samples, square)


def test_one_channel_may_be_a_plain_list() -> None:
    stored = read_array_file(Path("x.npy"), _npy(np.arange(5.0)), channels=["a"])

    assert stored.samples.shape == (1, 5)


class _Trap:
    """An object whose unpickling would be noticed."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('unpickled')",))


TRAP = _npy(np.array([_Trap()], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.npy", b"1,2,3\n4,5,6\n"),
        ("x.npy", pickle.dumps(_Trap())),
        ("x.npy", TRAP),
        ("x.npy", _npy(SAMPLES)[:-8]),
        ("x.npy", _npy(SAMPLES)[:40]),
        ("x.npy", _npy(SAMPLES.astype(complex))),
        ("x.npy", _npy(np.array([["a", "b", "c"]]))),
        ("x.npy", _npy(np.zeros(3, dtype=[("a", "f8")]))),
        ("x.npy", _npy(np.zeros((3, 4, 5)))),
        ("x.npy", _npy(np.float64(3))),
        ("x.npz", b"1,2,3\n"),
        ("x.npz", _npz(data=SAMPLES)[:-40]),
        ("x.mat", b"1,2,3\n4,5,6\n"),
        ("x.mat", _mat(note="text")),
        ("x.mat", _mat_73(SAMPLES)[:900]),
        ("x.parquet", b"1,2,3\n"),
        ("x.parquet", _parquet({"who": ["x"]})),
        ("x.csv", _npy(SAMPLES)),
        ("x.xlsx", b"PK"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(ReadError, match=r"^x\.(\w+) must"):
        _read(name, data)


@pytest.mark.parametrize("shape", [(4, 40), (0, 3), (3, 0)])
def test_another_number_of_channels_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ReadError, match="each of the 3 channels; its shape is"):
        _read("x.npy", _npy(np.zeros(shape)))
    with pytest.raises(ReadError, match="each of the 3 channels; it has 4"):
        _read("x.csv", _csv(np.zeros((4, 5))))


WHOLE = {
    "x.npy": _npy(SAMPLES),
    "x.npz": _npz(data=SAMPLES),
    "x.mat": _mat(data=SAMPLES),
    "y.mat": _mat_73(SAMPLES),
    "x.parquet": _parquet(dict(zip(NAMES, SAMPLES, strict=True))),
}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_garbled_files_are_read_or_refused_in_our_own_words(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    start = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, min(400, len(whole) - 1)))
    garbage = data.draw(st.binary(min_size=1, max_size=8))

    try:
        stored = _read(name, whole[:start] + garbage + whole[start + len(garbage) :])
    except HybridMfpError:
        return

    assert stored.samples.shape[0] == 3
