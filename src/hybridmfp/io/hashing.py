"""Names made from content: the SHA-256 of files and of texts."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.io.atomic import atomic_file

__all__ = ["StatIndex", "file_sha256", "key_of", "read_bytes"]

_LOG = logging.getLogger(__name__)
_SETTLED_S = 2.0  # a younger file may change again without its time stamp moving
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class StatIndex:
    """Remember the hash of a file for as long as its size and time of change stay the same.

    Parameters
    ----------
    folder : Path
        Where to keep one small entry per file. Several processes may share it.
    """

    folder: Path

    def find(self, path: Path) -> str | None:
        """Give the remembered hash; None if the file is new or has changed."""
        stamp = _stamp(path)
        try:
            size, changed_ns, sha256 = self._entry(path).read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        whole = len(sha256) == 64 and _HEX.issuperset(sha256)
        return sha256 if whole and (size, changed_ns) == stamp else None

    def keep(self, path: Path, sha256: str, stamp: tuple[str, str]) -> None:
        """Remember a hash taken when the file had that size and time of change.

        A file changed less than two seconds ago is not remembered: it may change once more
        within one tick of the clock of the disk.
        """
        if time.time_ns() - int(stamp[1]) < _SETTLED_S * 1e9:
            return
        try:
            with atomic_file(self._entry(path), overwrite=True) as unfinished:
                unfinished.write_text(" ".join((*stamp, sha256)), encoding="ascii")
        except WriteError as error:
            _LOG.warning("the hash of %s is not remembered: %s", path, error)

    def _entry(self, path: Path) -> Path:
        name = key_of(str(path.absolute()))
        return self.folder / name[:2] / name


def file_sha256(path: str | Path, index: StatIndex | None = None) -> str:
    """Hash the bytes of a file.

    Parameters
    ----------
    path : str or Path
        The file.
    index : StatIndex, optional
        Spares reading a file whose size and time of change are remembered.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ReadError
        If the file cannot be read.
    """
    file = Path(path)
    known = None if index is None else index.find(file)
    if known is not None:
        return known
    stamp = _stamp(file)
    try:
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(file, error) from error
    if index is not None and _stamp(file) == stamp:
        index.keep(file, sha256, stamp)
    return sha256


def read_bytes(path: Path) -> tuple[bytes, str]:
    """Read a file once, for its bytes and their hash.

    Raises
    ------
    ReadError
        If the file is missing, empty or unreadable.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not data:
        raise ReadError(f"{path} must hold samples; it is empty (0 bytes). Export it again.")
    return data, hashlib.sha256(data).hexdigest()


def key_of(*parts: str) -> str:
    """Make one name out of several texts; other texts, or other borders, give another name.

    Examples
    --------
    >>> key_of("ab", "c") == key_of("ab", "c"), key_of("ab", "c") == key_of("a", "bc")
    (True, False)
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()


def _stamp(path: Path) -> tuple[str, str]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return str(status.st_size), str(status.st_mtime_ns)


def _unreadable(path: Path, error: Exception) -> ReadError:
    reason = getattr(error, "strerror", None) or error
    return ReadError(
        f"{path} must be a readable file; the system answers: {reason}. "
        "Check the path and the permissions."
    )
