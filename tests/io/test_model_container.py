"""What a model file promises: the same bytes for the same model, and not one byte believed."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.io import model_container as module
from hybridmfp.io.model_container import (
    CONTAINER_VERSION,
    read_container,
    read_document,
    read_hash,
    write_container,
)
from hybridmfp.io.stored_zip import read_stored_zip, stored_zip
from hybridmfp.io.strict_json import dump_json, parse_json

DOCUMENTS = {"model": {"kind": "tiny", "at": [1, 2.5, None, "ü"]}, "card": {"name": "a model"}}
ARRAYS = {
    "weights": np.arange(6.0).reshape(2, 3),
    "gaps": np.array([np.nan, np.inf, -0.0], dtype=np.float32),
    "nothing": np.empty((0, 4)),
    "one": np.array(7, dtype=np.int64),
    "flags": np.array([True, False]),
}
WATCHED = {"os.system", "subprocess.Popen", "exec", "pickle.find_class", "ctypes.dlopen"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Watch:
    """Notes what Python runs, starts, unpickles or writes while it is on."""

    seen: list[tuple[str, Any]]

    def __init__(self) -> None:
        self.on, self.seen = False, []
        sys.addaudithook(self.note)

    def note(self, event: str, told: tuple[Any, ...]) -> None:
        if not self.on:
            return
        wrote = event == "open" and isinstance(told[2], int) and told[2] & WRITING
        if event in WATCHED or wrote or event in {"os.remove", "os.rename", "os.mkdir"}:
            self.seen.append((event, told))


WATCH = Watch()


@pytest.fixture
def nothing_runs() -> Iterator[None]:
    """Fail if anything was executed or written meanwhile."""
    WATCH.seen, WATCH.on = [], True
    yield
    WATCH.on = False
    assert WATCH.seen == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.hmfp"


@pytest.fixture
def content(path: Path) -> bytes:
    write_container(path, documents=DOCUMENTS, arrays=ARRAYS)
    return path.read_bytes()


def small() -> bytes:
    """The smallest container that has everything."""
    members = {"a.json": b"{}", "tensors.safetensors": save({"x": np.zeros(1)})}
    return container(members)


def manifest_of(members: dict[str, bytes], **changed: Any) -> bytes:
    told = {
        "format": "hybridmfp-model",
        "version": CONTAINER_VERSION,
        "written_by": "0.1.0",
        "members": [
            {"name": name, "bytes": len(data), "sha256": module._sha256(data)}
            for name, data in members.items()
        ],
        **changed,
    }
    return dump_json(told, what="manifest")


def container(members: dict[str, bytes], **changed: Any) -> bytes:
    """A container whose hashes are right, whatever it holds."""
    return stored_zip({"manifest.json": manifest_of(members, **changed), **members})


TENSORS = save({"x": np.zeros(1)})


# What was written is read


def test_what_was_written_is_read(path: Path) -> None:
    name = write_container(path, documents=DOCUMENTS, arrays=ARRAYS)

    found = read_container(path)

    assert found.documents == DOCUMENTS
    assert found.hash == name == read_hash(path)
    assert re.fullmatch("[0-9a-f]{64}", name)
    assert found.arrays.keys() == ARRAYS.keys()
    for key, array in ARRAYS.items():
        assert found.arrays[key].dtype == array.dtype
        assert found.arrays[key].shape == array.shape
        assert found.arrays[key].tobytes() == array.tobytes()
        assert found.arrays[key].flags.writeable
        assert found.arrays[key].flags.c_contiguous


def test_the_same_content_gives_the_same_bytes_in_any_order(path: Path, content: bytes) -> None:
    documents = dict(reversed(DOCUMENTS.items()))
    arrays = {name: np.array(one, order="F") for name, one in reversed(ARRAYS.items())}

    write_container(path, documents=documents, arrays=arrays, overwrite=True)

    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("documents", "arrays"),
    [
        ({**DOCUMENTS, "card": {"name": "another model"}}, ARRAYS),
        (DOCUMENTS, {**ARRAYS, "gaps": -ARRAYS["gaps"]}),
        (DOCUMENTS, {**ARRAYS, "more": np.zeros(1)}),
    ],
)
def test_other_content_has_another_hash(path: Path, content: bytes, documents, arrays) -> None:
    before = read_hash(path)

    assert write_container(path, documents=documents, arrays=arrays, overwrite=True) != before


def test_a_container_may_hold_next_to_nothing(path: Path) -> None:
    write_container(path, documents={}, arrays={})

    found = read_container(path)

    assert (found.documents, found.arrays) == ({}, {})


def test_any_zip_program_opens_it_and_finds_plain_json(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        card = json.loads(archive.read("card.json"))
        modes = {one.external_attr >> 16 for one in archive.infolist()}

    assert names == ["manifest.json", "card.json", "model.json", "tensors.safetensors"]
    assert manifest["format"] == "hybridmfp-model"
    assert card == DOCUMENTS["card"]
    assert modes == {stat.S_IFREG | 0o644}


def test_one_document_is_read_without_the_arrays(path: Path, content: bytes) -> None:
    at = content.index(ARRAYS["weights"].tobytes())
    path.write_bytes(content[:at])  # the arrays are gone

    assert read_document(path, "card") == DOCUMENTS["card"]
    assert read_document(path, "model") == DOCUMENTS["model"]
    with pytest.raises(ReadError, match=r"must hold a document 'sound'; it holds card, model"):
        read_document(path, "sound")
    with pytest.raises(ReadError, match="whole and unchanged"):
        read_container(path)


def test_a_changed_document_is_refused_without_the_arrays_too(path: Path, content: bytes) -> None:
    for changed in (b"a motel", b"a mode"):
        path.write_bytes(content.replace(b"a model", changed))
        with pytest.raises(ReadError, match="whole and unchanged"):
            read_document(path, "card")


# What cannot be written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"raw", {"a": 1j}])
def test_what_is_not_json_is_not_written(path: Path, value: object) -> None:
    with pytest.raises(WriteError, match="document 'card' must be JSON-ready"):
        write_container(path, documents={"card": value}, arrays={})

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Card", "../card", "a/b", "manifest", "a.b", "x" * 65, "ü"])
def test_documents_have_plain_names(path: Path, name: str) -> None:
    with pytest.raises(WriteError, match="a document must have a name of small letters"):
        write_container(path, documents={name: 1}, arrays={})


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([object()]), np.array([1j]), np.array([1.0], dtype=">f8")]
)
def test_arrays_that_are_not_plain_numbers_are_not_written(path: Path, array) -> None:
    with pytest.raises(WriteError, match="an array of a model must be of bool"):
        write_container(path, documents={}, arrays={"x": array})


def test_what_is_there_is_not_overwritten_unasked(path: Path, content: bytes) -> None:
    with pytest.raises(WriteError, match="must not exist yet"):
        write_container(path, documents={}, arrays={})

    assert path.read_bytes() == content


def test_a_write_that_fails_leaves_what_was_there(
    path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, _: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WriteError, match="No space left on device"):
        write_container(path, documents={}, arrays={}, overwrite=True)

    assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_model_that_is_too_large_is_neither_written_nor_read(
    path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", len(content) - 1)

    with pytest.raises(ReadError, match=r"must have at most .* bytes; .* has"):
        read_container(path)
    with pytest.raises(WriteError, match="must have at most"):
        write_container(path, documents=DOCUMENTS, arrays=ARRAYS, overwrite=True)
    monkeypatch.setattr(module, "_MOST_BYTES", len(content))
    read_container(path)


# Damage


def test_every_flipped_byte_is_noticed(path: Path) -> None:
    whole = small()
    path.write_bytes(whole)
    read_container(path)
    believed = []

    for at in range(len(whole)):
        for flipped in (1 << at % 8, 0xFF):
            changed = bytearray(whole)
            changed[at] ^= flipped
            path.write_bytes(changed)
            try:
                read_container(path)
            except ReadError:
                continue
            believed.append((at, flipped))

    assert believed == []


@pytest.mark.parametrize("read", [read_container, read_hash])
def test_every_truncation_is_noticed(path: Path, read: Callable[[Path], object]) -> None:
    whole = small()
    kept = range(len(whole)) if read is read_container else range(len(manifest_of({})))

    for n_bytes in kept:
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(ReadError):
            read(path)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 2000), n_gone=st.integers(0, 60), new=st.binary(max_size=60))
def test_no_piece_can_be_exchanged(path: Path, at: int, n_gone: int, new: bytes) -> None:
    whole = small()
    at %= len(whole) + 1
    changed = whole[:at] + new + whole[at + n_gone :]
    path.write_bytes(changed)

    if changed == whole:
        read_container(path)
        return
    with pytest.raises(ReadError):
        read_container(path)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_noise_is_refused_kindly(path: Path, data: bytes) -> None:
    for content in (data, b"PK\x03\x04" + data, small()[:90] + data):
        path.write_bytes(content)
        for read in (read_container, read_hash, lambda one: read_document(one, "a")):
            with pytest.raises(ReadError):
                read(path)


def test_junk_before_behind_and_between_is_refused(path: Path) -> None:
    whole = small()
    directory = whole.index(b"PK\x01\x02")

    for changed in (b" " + whole, whole + b" ", whole[:directory] + b" " + whole[directory:]):
        path.write_bytes(changed)
        with pytest.raises(ReadError, match=r"fit anew"):
            read_container(path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (pickle.dumps([1]), "a Python pickle"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"\x1f\x8b\x08", "a compressed file, perhaps of joblib"),
        (save({"x": np.zeros(3)}), "a safetensors file: weights alone"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"{}", "of an unknown format"),
    ],
)
def test_other_files_are_told_by_their_kind(path: Path, content: bytes, kind: str) -> None:
    path.write_bytes(content)

    with pytest.raises(ReadError, match=rf"is {kind}\. .*can run programs.*fit anew"):
        read_container(path)


def test_what_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is none at .*none\.hmfp\. Check the path"):
        read_container(tmp_path / "none.hmfp")
    with pytest.raises(ReadError, match=r"is a folder\. Name the file"):
        read_container(tmp_path)


# Other versions


@pytest.mark.parametrize("future", ["2.0", "10.3", "0.9"])
def test_another_major_version_is_refused_with_the_way_out(path: Path, future: str) -> None:
    for writer, way in (("3.4.1", r"hybridmfp 3\.4\.1"), ("x; rm -rf", "the hybridmfp that wrote")):
        path.write_bytes(
            container({"tensors.safetensors": b"?"}, version=future, written_by=writer)
        )

        for read in (read_container, read_hash, lambda one: read_document(one, "card")):
            with pytest.raises(
                ReadError, match=rf"version 1\.x .*of version {future}\. Install {way}.*fit anew"
            ):
                read(path)


def test_a_newer_minor_version_is_read(path: Path) -> None:
    members = {"new.json": b"[1]", "tensors.safetensors": TENSORS}
    path.write_bytes(container(members, version="1.7", novelty={"said": "in 1.7"}))

    assert read_container(path).documents == {"new": [1]}


@pytest.mark.parametrize(
    "version", [None, "", "1", "one", "1.0.0", "01.0", "1.0\n", 1.0, "1.00000"]
)
def test_a_version_that_is_none_is_refused(path: Path, version: object) -> None:
    path.write_bytes(container({"tensors.safetensors": TENSORS}, version=version))

    with pytest.raises(ReadError, match=r"must give a version such as 1\.0"):
        read_container(path)


# Ill will


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


def torch_like(bomb: Bomb) -> bytes:
    """What `torch.save` makes: a ZIP of a pickle and its tensors."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(bomb))
    return stream.getvalue()


@pytest.mark.parametrize("wrapped", [pickle.dumps, lambda one: pickle.dumps(one, 0), torch_like])
def test_a_pickle_under_the_name_of_a_model_is_refused_and_not_run(
    path: Path, tmp_path: Path, wrapped, nothing_runs: None
) -> None:
    WATCH.on = False
    path.write_bytes(wrapped(Bomb(tmp_path / "exploded")))
    WATCH.on = True

    for read in (read_container, read_hash, lambda one: read_document(one, "card")):
        with pytest.raises(ReadError, match="other formats can run programs"):
            read(path)

    assert not (tmp_path / "exploded").exists()


def test_the_bomb_of_these_tests_is_one_and_the_watch_sees_it(tmp_path: Path) -> None:
    data = pickle.dumps(Bomb(tmp_path / "exploded"))

    WATCH.seen, WATCH.on = [], True
    pickle.loads(data)  # noqa: S301 - that is what is shown
    WATCH.on = False

    assert (tmp_path / "exploded").exists()
    assert {event for event, _ in WATCH.seen} >= {"pickle.find_class", "open"}


def test_a_pickle_as_a_member_is_refused_and_not_run(
    path: Path, tmp_path: Path, nothing_runs: None
) -> None:
    WATCH.on = False
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    files = [
        container({"data.pkl": bomb, "tensors.safetensors": TENSORS}),
        container({"a.json": bomb, "tensors.safetensors": TENSORS}),
        container({"tensors.safetensors": bomb}),
    ]

    for content in files:
        WATCH.on = False
        path.write_bytes(content)
        WATCH.on = True
        with pytest.raises(ReadError, match="Nothing of it was used"):
            read_container(path)

    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "name", ["../evil.json", "/evil.json", "a/../../evil.json", "C:evil.json", ".json", "x.py"]
)
def test_names_that_lead_elsewhere_are_refused(
    path: Path, tmp_path: Path, name: str, nothing_runs: None
) -> None:
    WATCH.on = False
    path.write_bytes(container({name: b"{}", "tensors.safetensors": TENSORS}))
    WATCH.on = True

    with pytest.raises(ReadError, match="must list documents and tensors"):
        read_container(path)

    assert [one.name for one in tmp_path.iterdir()] == ["model.hmfp"]


def test_a_bomb_of_compressed_nothing_is_refused_unopened(path: Path) -> None:
    zeros = b"0" * 50_000_000
    members = {"a.json": zeros, "tensors.safetensors": TENSORS}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json"), manifest_of(members))
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000

    with pytest.raises(ReadError, match="one is compressed"):
        read_container(path)
    with pytest.raises(ReadError, match="one is compressed"):
        read_document(path, "a")


def test_an_archive_of_zipfile_is_not_taken_for_ours(path: Path) -> None:
    """The same members in other headers: a place to hide what other readers would see."""
    with zipfile.ZipFile(io.BytesIO(small())) as ours, zipfile.ZipFile(path, "w") as theirs:
        for name in ours.namelist():
            theirs.writestr(name, ours.read(name))

    with pytest.raises(ReadError, match="whole and unchanged"):
        read_container(path)


def test_a_member_that_claims_more_than_there_is_is_refused(path: Path) -> None:
    whole = bytearray(small())
    struct.pack_into("<L", whole, 18, 2**31)  # size of the manifest in its header

    path.write_bytes(whole)

    for read in (read_container, read_hash):
        with pytest.raises(ReadError, match="must"):
            read(path)


def test_a_member_of_another_hash_or_size_than_announced_is_refused(path: Path) -> None:
    """The archive is sound, and so are its own sums; only the manifest knows better."""
    members = {"a.json": b"{}", "tensors.safetensors": TENSORS}
    changed = (
        {**members, "a.json": b"[]"},
        {**members, "a.json": b"{} "},
        {**members, "tensors.safetensors": save({"x": np.ones(1)})},
    )

    for other in changed:
        path.write_bytes(stored_zip({"manifest.json": manifest_of(members), **other}))
        with pytest.raises(ReadError, match="must have the size and hash that the manifest gives"):
            read_container(path)
        if other["a.json"] != members["a.json"]:
            with pytest.raises(ReadError, match="must have the size and hash"):
                read_document(path, "a")


def test_members_that_come_twice_lack_or_were_not_announced_are_refused(path: Path) -> None:
    members = {"a.json": b"{}", "tensors.safetensors": TENSORS}
    manifest = manifest_of(members)
    announced = {"manifest.json": manifest, **members}
    twice = stored_zip({**announced, "b.json": b"{}"}).replace(b"b.json", b"a.json")
    no_tensors = {"manifest.json": manifest_of({"a.json": b"{}"}), "a.json": b"{}"}
    files = [
        stored_zip({"manifest.json": manifest, "a.json": b"{}"}),
        stored_zip({**announced, "b.json": b"{}"}),
        stored_zip({"manifest.json": manifest, **dict(reversed(members.items()))}),
        stored_zip(no_tensors),
        twice,
    ]

    for content in files:
        path.write_bytes(content)
        with pytest.raises(ReadError, match="whole and unchanged"):
            read_container(path)


@pytest.mark.parametrize(
    "told",
    [
        b"[]",
        b"{}",
        b'{"format":"other"}',
        b'{"format":"hybridmfp-model","version":"1.0"}',
        b'{"format":"hybridmfp-model","version":"1.0","members":3}',
        b'{"format":"hybridmfp-model","version":"1.0","members":[{"name":"a.json"}]}',
        b'{"format":"hybridmfp-model","version":"1.0","members":[1]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_manifest_that_says_nothing_useful_is_refused(path: Path, told: bytes) -> None:
    path.write_bytes(stored_zip({"manifest.json": told, "tensors.safetensors": TENSORS}))

    for read in (read_container, read_hash):
        with pytest.raises(ReadError, match="whole and unchanged"):
            read(path)


def header(**told: object) -> bytes:
    """Safetensors whose header says what it likes, with eight bytes behind it."""
    said = json.dumps(told).encode()
    return struct.pack("<Q", len(said)) + said + bytes(8)


@pytest.mark.parametrize(
    "tensors",
    [
        b"",
        b"\xff" * 8,
        struct.pack("<Q", 2**62) + b"{}",
        header(x={"dtype": "F64", "shape": [2**40], "data_offsets": [0, 8]}),
        header(x={"dtype": "F64", "shape": [2**33, 2**33], "data_offsets": [0, 8]}),
        header(x={"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}),
        header(x={"dtype": "F64", "shape": [1], "data_offsets": [0, 2**60]}),
        header(x={"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}),
        header(x={"dtype": "O", "shape": [1], "data_offsets": [0, 8]}),
        header(x={"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}),
        header(
            x={"dtype": "F64", "shape": [1], "data_offsets": [0, 8]},
            y={"dtype": "F64", "shape": [1], "data_offsets": [0, 8]},
        ),
    ],
)
def test_tensors_that_are_not_what_they_say_are_refused(path: Path, tensors: bytes) -> None:
    path.write_bytes(container({"tensors.safetensors": tensors}))

    with pytest.raises(ReadError, match="whole and unchanged"):
        read_container(path)


@pytest.mark.parametrize(
    "text",
    ["NaN", "[Infinity]", "-Infinity", "1e999", '{"a":1,"a":2}', "[1,]", "", "[" * 100_000, "'a'"],
)
def test_json_that_could_be_misread_is_refused(path: Path, text: str) -> None:
    path.write_bytes(container({"a.json": text.encode(), "tensors.safetensors": TENSORS}))

    for read in (read_container, lambda one: read_document(one, "a")):
        with pytest.raises(ReadError, match=r"a\.json must be strict JSON"):
            read(path)


def test_a_document_that_is_too_large_is_not_parsed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(container({"a.json": b" " * 100 + b"1", "tensors.safetensors": TENSORS}))
    monkeypatch.setattr(module, "_MOST_DOCUMENT_BYTES", 100)

    for read in (read_container, lambda one: read_document(one, "a")):
        with pytest.raises(ReadError, match="must have at most 100 bytes"):
            read(path)


def test_a_manifest_that_is_too_large_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(small())
    monkeypatch.setattr(module, "_MOST_MANIFEST_BYTES", 100)

    for read in (read_container, read_hash):
        with pytest.raises(ReadError, match=r"'manifest\.json' must have at most 100 bytes"):
            read(path)


# The parts


def test_the_archive_is_what_an_independent_reader_makes_of_it() -> None:
    members = {"a": b"", "b.txt": b"123", "c" * 200: bytes(range(256))}
    data = stored_zip(members)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {one.filename: archive.read(one) for one in archive.infolist()}
        sums = [one.CRC for one in archive.infolist()]

    assert found == members == read_stored_zip(data)
    assert sums == [zlib.crc32(one) for one in members.values()]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"])), inner
        ),
    )
)  # fmt: skip
def test_json_gives_back_what_it_was_given_to_the_last_bit(value: object) -> None:
    assert repr(parse_json(dump_json(value, what="x"), what="x")) == repr(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
