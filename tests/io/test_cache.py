from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from hybridmfp.errors import SettingsError, WriteError
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import key_of

KEY = key_of("something")


def _entry(cache: ContentCache) -> Path:
    (entry,) = (path for path in cache.folder.rglob("*") if path.is_file())
    return entry


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.sampled_from(["f4", "f8", "i8", "?", "U3", "u1"]).flatmap(
            lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0, max_side=3))
        ),
        max_size=3,
    )
)
def test_what_is_kept_comes_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, kept: dict[str, np.ndarray]
) -> None:
    cache = ContentCache(tmp_path_factory.mktemp("cache"))

    cache.put(KEY, kept)
    found = cache.get(KEY)

    assert found is not None
    assert list(found) == list(kept)
    for name, array in kept.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_nothing_is_found_under_a_key_never_used(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache")

    assert cache.get(KEY) is None
    assert not (tmp_path / "cache").exists()


damages: list[Callable[[bytes], bytes]] = [
    lambda content: content[:-1],
    lambda content: content + b"x",
    lambda content: b"",
    lambda content: bytes([content[0] ^ 1]) + content[1:],
    lambda content: content[:-3] + bytes([content[-3] ^ 64]) + content[-2:],
]


@pytest.mark.parametrize("damage", damages)
def test_a_damaged_entry_is_a_reported_miss_and_written_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    cache = ContentCache(tmp_path)
    cache.put(KEY, {"a": np.arange(5.0)})
    entry = _entry(cache)
    entry.write_bytes(damage(entry.read_bytes()))

    with caplog.at_level(logging.WARNING):
        assert cache.get(KEY) is None
    assert "damaged" in caplog.text
    cache.put(KEY, {"a": np.arange(5.0)})

    found = cache.get(KEY)
    assert found is not None
    assert found["a"].tolist() == [0, 1, 2, 3, 4]


def test_an_entry_under_a_wrong_name_is_a_miss(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    cache.put(KEY, {"a": np.arange(5.0)})
    other = KEY[:-1] + ("0" if KEY[-1] != "0" else "1")

    _entry(cache).rename(_entry(cache).with_name(f"{other}.arrays"))

    assert cache.get(other) is None


def test_python_objects_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)

    with pytest.raises(SettingsError, match="holds Python objects"):
        cache.put(KEY, {"a": np.array([{}])})

    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ABCDEF0123456789", "abc"])
def test_only_hashes_are_keys(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="key must be a hash"):
        ContentCache(tmp_path).get(key)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(WriteError, match="must be writable"):
        ContentCache(tmp_path / "cache").put(KEY, {"a": np.arange(2)})


def test_many_writers_of_one_key_never_show_half_an_entry(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    payload = {"a": np.arange(50_000.0)}

    def write_and_read(_: int) -> float:
        cache.put(KEY, payload)
        found = cache.get(KEY)
        assert found is not None
        return float(found["a"].sum())

    with ThreadPoolExecutor(4) as pool:
        sums = set(pool.map(write_and_read, range(24)))

    assert sums == {float(payload["a"].sum())}


def test_a_cache_travels_to_another_process(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    cache.put(KEY, {"a": np.arange(2)})

    found = pickle.loads(pickle.dumps(cache)).get(KEY)  # noqa: S301 -- our own bytes

    assert found["a"].tolist() == [0, 1]
