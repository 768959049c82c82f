"""ZIP archives in one form only: members stored as they are, one after the other, no freedom left.

Any program opens such an archive. Reading accepts exactly the bytes that writing makes, so that
nothing can hide in fields that other readers ignore.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from hybridmfp.errors import ReadError, WriteError

__all__ = ["find_member", "read_stored_zip", "stored_zip"]

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

_VERSION = 20  # of the format that a reader must understand: 2.0, files as they are
_MADE_BY = 3 << 8 | _VERSION  # as on Unix, wherever it is made
_FIRST_OF_JANUARY_1980 = 0x0021  # the earliest day that ZIP knows; midnight is 0
_READABLE_FILE = 0o100644 << 16
_MOST_BYTES = 2**31 - 1  # beyond 4 GiB another form of headers would be needed
_MOST_MEMBERS = 1000
_LONGEST_NAME = 200


def stored_zip(members: Mapping[str, bytes]) -> bytes:
    """Put members into an archive, in their order.

    Parameters
    ----------
    members : mapping of str to bytes
        By names of ASCII letters.

    Returns
    -------
    bytes
        The same for the same members, on every machine.

    Raises
    ------
    WriteError
        If there are more than 1000 members, or 2 GiB.

    Examples
    --------
    >>> read_stored_zip(stored_zip({"a.txt": b"first", "b.txt": b"second"}))["b.txt"]
    b'second'
    """
    n_bytes = sum(map(len, members.values()))
    if n_bytes > _MOST_BYTES or len(members) > _MOST_MEMBERS:
        raise WriteError(
            f"an archive must have at most {_MOST_BYTES} bytes and {_MOST_MEMBERS} members; "
            f"got {len(members)} members of {n_bytes} bytes. Divide them."
        )
    return b"".join(_pieces(members))


def read_stored_zip(data: bytes) -> dict[str, bytes]:
    """Take the members out of an archive that `stored_zip` made.

    Raises
    ------
    ReadError
        If a byte differs from what `stored_zip` would write.
    """
    members: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == _LOCAL_MARK:
        name, begin, size = _head(data[at : at + _LOCAL.size + _LONGEST_NAME], at)
        at = begin + size
        if name in members or len(members) == _MOST_MEMBERS:
            raise ReadError(f"member {name!r} must be there once; there is another one.")
        if at > len(data):
            raise ReadError(f"member {name!r} must be whole; it ends after the archive.")
        members[name] = data[begin:at]
    begin = 0
    for piece in _pieces(members):
        if data[begin : begin + len(piece)] != piece:
            raise ReadError(f"the archive must be whole and unchanged; it differs at byte {begin}.")
        begin += len(piece)
    if begin != len(data):
        raise ReadError(f"the archive must end after {begin} bytes; {len(data) - begin} follow.")
    return members


def find_member(stream: BinaryIO, wanted: str, *, most_bytes: int) -> bytes:
    """Read one member and nothing else of an archive; only the member itself is checked.

    Parameters
    ----------
    stream : binary stream
        At the beginning of the archive.
    wanted : str
        Its name.
    most_bytes : int
        Beyond which it is refused.

    Raises
    ------
    ReadError
        If there is none, or it is damaged or too large.
    """
    at = 0
    for _ in range(_MOST_MEMBERS):
        stream.seek(at)
        start = stream.read(_LOCAL.size + _LONGEST_NAME)
        if not start.startswith(_LOCAL_MARK):
            break
        name, begin, size = _head(start, at)
        at = begin + size
        if name == wanted:
            return _whole(stream, begin, size, start=start, most_bytes=most_bytes, name=name)
    raise ReadError(f"the archive must hold a member {wanted!r}; it does not.")


def _whole(
    stream: BinaryIO, begin: int, size: int, *, start: bytes, most_bytes: int, name: str
) -> bytes:
    if size > most_bytes:
        raise ReadError(f"member {name!r} must have at most {most_bytes} bytes; it has {size}.")
    stream.seek(begin)
    data = stream.read(size)
    head = _local_head(name, data)
    if len(data) != size or not start.startswith(head):
        raise ReadError(f"member {name!r} must be whole and unchanged; it is not.")
    return data


def _head(start: bytes, at: int) -> tuple[str, int, int]:
    """Read a local header: the name, where its data begin and how many bytes they have."""
    if len(start) < _LOCAL.size:
        raise ReadError("the archive must be whole; it ends within a header.")
    _, _, _, method, _, _, _, size, _, n_name, _ = _LOCAL.unpack_from(start)
    raw = start[_LOCAL.size : _LOCAL.size + n_name]
    if method != 0:
        raise ReadError("members must be stored as they are; one is compressed.")
    if n_name > _LONGEST_NAME or not raw.isascii():
        raise ReadError("names of members must be short and in ASCII; one is not.")
    return raw.decode("ascii"), at + _LOCAL.size + n_name, size


def _local_head(name: str, data: bytes) -> bytes:
    return (
        _LOCAL.pack(
            _LOCAL_MARK, _VERSION, 0, 0, 0, _FIRST_OF_JANUARY_1980,
            zlib.crc32(data), len(data), len(data), len(name), 0,
        )
        + name.encode("ascii")
    )  # fmt: skip


def _pieces(members: Mapping[str, bytes]) -> Iterator[bytes]:
    """Give the archive piece by piece: each member after its header, then the directory."""
    directory, at = b"", 0
    for name, data in members.items():
        head = _local_head(name, data)
        directory += _CENTRAL.pack(
            _CENTRAL_MARK, _MADE_BY, _VERSION, 0, 0, 0, _FIRST_OF_JANUARY_1980,
            zlib.crc32(data), len(data), len(data), len(name), 0, 0, 0, 0, _READABLE_FILE, at,
        ) + name.encode("ascii")  # fmt: skip
        at += len(head) + len(data)
        yield head
        yield data
    yield directory
    yield _END.pack(_END_MARK, 0, 0, len(members), len(members), len(directory), at, 0)
