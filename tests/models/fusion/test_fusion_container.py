"""What a file of a network promises: whole or not at all, and never a program."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import fusion_builder as build
import numpy as np
import pytest
from safetensors.numpy import save
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion import container as container_module
from hybridmfp.models.fusion.container import FORMAT, read_container, write_container
from hybridmfp.models.fusion.start_weights import read_start_weights

TENSORS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([1.5], dtype=np.float16)}
READERS: tuple[Callable[[Path], object], ...] = (
    read_container,
    FusionRegressor.load,
    read_start_weights,
)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "model.safetensors"


@pytest.fixture(params=READERS)
def read(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    return request.param


def whole_file(path: Path) -> bytes:
    build.trained().save(path)
    return path.read_bytes()


def test_what_was_written_is_read(path: Path) -> None:
    write_container(path, TENSORS, {"names": ["x", "y"], "nested": {"z": 1.5}})

    tensors, described = read_container(path)

    assert described == {"names": ["x", "y"], "nested": {"z": 1.5}}
    assert tensors.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], array)
        assert tensors[name].dtype == array.dtype


def test_the_order_of_memory_does_not_matter(path: Path) -> None:
    write_container(path, {"a": TENSORS["a"].T}, {})

    np.testing.assert_array_equal(read_container(path)[0]["a"], TENSORS["a"].T)


def test_a_file_that_is_not_there_is_named(read, path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is none at .*model\.safetensors"):
        read(path)


@pytest.mark.parametrize("kept", [0, 1, 8, 100, 0.5, -1])
def test_a_truncated_file_is_refused(read, path: Path, kept: float) -> None:
    content = whole_file(path)
    path.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else int(kept)])

    with pytest.raises(ReadError, match="must be a whole safetensors file"):
        read(path)


def test_a_damaged_header_is_refused(read, path: Path) -> None:
    content = bytearray(whole_file(path))
    content[20:24] = b"\xff\x00{["
    path.write_bytes(content)

    with pytest.raises(ReadError):
        read(path)


def test_a_pickle_under_the_name_of_a_network_is_refused_and_not_run(
    read, path: Path, tmp_path: Path
) -> None:
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))

    with pytest.raises(ReadError, match="must be a whole safetensors file"):
        read(path)

    assert not (tmp_path / "exploded").exists()
    pickle.loads(path.read_bytes())  # noqa: S301 - to see that the bomb is one
    assert (tmp_path / "exploded").exists()


@pytest.mark.parametrize("note", [None, {}, {"format": "hybridmfp-fusion/0", "described": "{}"}])
def test_another_format_is_refused(read, path: Path, note: dict[str, str] | None) -> None:
    path.parent.mkdir()
    path.write_bytes(save(TENSORS, metadata=note))

    with pytest.raises(ReadError, match=f"must be of format {FORMAT}.*Train it anew"):
        read(path)


@pytest.mark.parametrize("described", ["", "{", "[1, 2]", "3", "{}", '{"reader": {"muscles": 3}}'])
@pytest.mark.parametrize("read", READERS[1:])
def test_a_description_that_lacks_something_is_refused(read, path: Path, described: str) -> None:
    path.parent.mkdir()
    path.write_bytes(save(TENSORS, metadata={"format": FORMAT, "described": described}))

    with pytest.raises(ReadError):
        read(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, _: tensors.pop("network.kind"),
        lambda tensors, _: tensors.update({"network.kind": np.zeros((3, 3), np.float32)}),
        lambda tensors, _: tensors.update({"network.more": np.zeros(3, np.float32)}),
        lambda _, described: described["settings"]["network"].update(fusion="osmosis"),
        lambda _, described: described["settings"]["network"].update(depth=3),
        lambda _, described: described.pop("trained"),
        lambda _, described: described["scale"].update(minimum=100),
        lambda _, described: described["reader"].update(n_points="many"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(path: Path, change) -> None:
    whole_file(path)
    tensors, described = read_container(path)
    change(tensors, described)
    write_container(path, tensors, described)

    with pytest.raises(ReadError, match=r"(?s)must describe itself completely.*Train it anew"):
        FusionRegressor.load(path)


def test_a_write_that_fails_leaves_what_was_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = whole_file(path)

    def full(self: Path, _: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(container_module.Path, "write_bytes", full)
    with pytest.raises(WriteError, match="No space left on device"):
        build.trained().save(path)

    assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_cannot_be_described_leaves_nothing(path: Path) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        build.trained().save(path, about={"made": object()})

    assert not path.exists()


def test_the_description_is_plain_json_in_the_head_of_the_file(path: Path) -> None:
    build.trained().save(path, about={"synthetic": True})
    content = path.read_bytes()

    head = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])

    assert head["__metadata__"]["format"] == FORMAT
    assert json.loads(head["__metadata__"]["described"])["about"] == {"synthetic": True}
