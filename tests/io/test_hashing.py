from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.errors import ReadError
from hybridmfp.io.hashing import StatIndex, file_sha256, key_of, read_bytes

LONG_AGO = 1_600_000_000


def _old_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_file_is_named_by_its_bytes(tmp_path: Path) -> None:
    file = _old_file(tmp_path / "a.csv", b"1,2")

    assert file_sha256(file) == hashlib.sha256(b"1,2").hexdigest()
    assert read_bytes(file) == (b"1,2", file_sha256(file))


def test_a_remembered_file_is_not_read_again(tmp_path: Path) -> None:
    file = _old_file(tmp_path / "a.csv", b"1,2")
    index = StatIndex(tmp_path / "index")
    first = file_sha256(file, index)

    _old_file(file, b"3,4")  # the same size and time, so only reading would tell

    assert file_sha256(file, index) == first
    assert file_sha256(file) != first


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_changed_file_is_hashed_again(tmp_path: Path, change: str) -> None:
    file = _old_file(tmp_path / "a.csv", b"1,2")
    index = StatIndex(tmp_path / "index")
    file_sha256(file, index)

    _old_file(file, b"3,45" if change == "size" else b"3,4")
    if change == "time":
        os.utime(file, (LONG_AGO, LONG_AGO + 1))

    assert file_sha256(file, index) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_file_written_just_now_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"1,2")
    index = StatIndex(tmp_path / "index")

    file_sha256(file, index)

    assert index.find(file) is None


@pytest.mark.parametrize("garbage", [b"", b"1 2", b"\xff\xff", b"3 16 " + b"g" * 64])
def test_a_damaged_memory_is_forgotten(tmp_path: Path, garbage: bytes) -> None:
    file = _old_file(tmp_path / "a.csv", b"1,2")
    index = StatIndex(tmp_path / "index")
    file_sha256(file, index)
    (entry,) = (path for path in (tmp_path / "index").rglob("*") if path.is_file())

    entry.write_bytes(garbage)

    assert file_sha256(file, index) == hashlib.sha256(b"1,2").hexdigest()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="No such file"):
        file_sha256(tmp_path / "absent.csv")
    with pytest.raises(ReadError, match="No such file"):
        read_bytes(tmp_path / "absent.csv")
    with pytest.raises(ReadError, match="null byte"):
        read_bytes(tmp_path / "a\0b")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()

    with pytest.raises(ReadError, match="it is empty"):
        read_bytes(tmp_path / "a.csv")


texts = st.lists(st.text(), max_size=4)


@given(texts, texts)
def test_other_parts_make_another_key(parts: list[str], others: list[str]) -> None:
    assert (key_of(*parts) == key_of(*others)) == (parts == others)
