"""A cache whose entries are named by what they were made from."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.hashing import StatIndex

__all__ = ["ContentCache"]

_LOG = logging.getLogger(__name__)
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True)
class ContentCache:
    """Keep arrays under a name that changes with everything they were made from.

    An entry is one file: the SHA-256 of the rest and of its name, then a list of names,
    then each array in NumPy's own format. It is written beside and renamed, so several
    processes may share a folder. An entry that is not whole counts as absent: it is
    reported to the log, removed, and written anew by whoever needed it.

    Parameters
    ----------
    folder : Path
        Where the entries lie. It is made when the first is kept.

    Examples
    --------
    >>> import tempfile
    >>> from hybridmfp.io.hashing import key_of
    >>> cache = ContentCache(Path(tempfile.mkdtemp()))
    >>> key = key_of("envelope/1", "6 Hz")
    >>> cache.get(key) is None
    True
    >>> cache.put(key, {"envelope": np.arange(3)})
    >>> cache.get(key)["envelope"].tolist()
    [0, 1, 2]
    """

    folder: Path

    @property
    def stats(self) -> StatIndex:
        """What is remembered about files, so that a warm start need not hash them again."""
        return StatIndex(Path(self.folder) / "stats")

    def get(self, key: str) -> dict[str, NDArray[np.generic]] | None:
        """Give the arrays kept under a key; None if there are none, or none that are whole.

        Raises
        ------
        SettingsError
            If the key is not a hexadecimal hash.
        """
        entry = self._entry(key)
        try:
            content = entry.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _LOG.warning("%s is left out of the cache: %s", entry, error)
            return None
        if content[:_DIGEST_BYTES] != _digest(key, content[_DIGEST_BYTES:]):
            _LOG.warning("%s is damaged; it is removed and will be written anew", entry)
            _remove(entry)
            return None
        return _unpack(content[_DIGEST_BYTES:])

    def put(self, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Keep arrays under a key.

        Raises
        ------
        SettingsError
            If the key is not a hexadecimal hash, or an array holds Python objects.
        WriteError
            If the disk refuses.
        """
        entry = self._entry(key)
        payload = _pack(arrays)
        with atomic_file(entry, overwrite=True) as unfinished, unfinished.open("wb") as stream:
            stream.write(_digest(key, payload))
            stream.write(payload)

    def _entry(self, key: str) -> Path:
        if len(key) < 16 or not set(key) <= set("0123456789abcdef"):
            raise SettingsError(
                "key must be a hash of at least 16 lower-case hexadecimal digits; "
                f"got {key!r}. Make it with key_of."
            )
        return Path(self.folder) / key[:2] / f"{key}.arrays"


def _pack(arrays: Mapping[str, NDArray[np.generic]]) -> memoryview:
    stream = io.BytesIO()
    stream.write(json.dumps(list(arrays)).encode() + b"\n")
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise SettingsError(
                f"arrays of the cache must hold plain numbers or texts; {name!r} holds Python "
                "objects. Convert it first."
            )
        np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.getbuffer()


def _unpack(payload: bytes) -> dict[str, NDArray[np.generic]]:
    stream = io.BytesIO(payload)
    names = json.loads(stream.readline())
    return {name: np.lib.format.read_array(stream, allow_pickle=False) for name in names}


def _digest(key: str, payload: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(payload)
    return digest.digest()


def _remove(entry: Path) -> None:
    try:
        entry.unlink(missing_ok=True)
    except OSError as error:
        _LOG.warning("%s cannot be removed: %s", entry, error)
