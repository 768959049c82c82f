"""Model files: documents and arrays in one archive that can be checked and never runs anything.

The format is described in ``docs/model-file.md``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.stored_zip import find_member, read_stored_zip, stored_zip
from hybridmfp.io.strict_json import dump_json, parse_json

__all__ = [
    "CONTAINER_VERSION",
    "MODEL_SUFFIX",
    "ModelContents",
    "read_container",
    "read_document",
    "read_hash",
    "write_container",
]

MODEL_SUFFIX = ".hmfp"
"""How the name of a model file ends."""

CONTAINER_VERSION = "1.0"
"""Major changes when an older reader would misread a file; minor when it would miss something."""

_FORMAT = "hybridmfp-model"
_MANIFEST, _TENSORS = "manifest.json", "tensors.safetensors"
_DOCUMENT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")
_PACKAGE = re.compile(r"[0-9A-Za-z.+!-]{1,64}")  # a version number, safe to repeat in a message
_DTYPES = ("bool", "uint8", "int32", "int64", "float16", "float32", "float64")

_MOST_BYTES = 2**30
_MOST_MANIFEST_BYTES = 2**20
_MOST_DOCUMENT_BYTES = 2**26

_OTHERS = (
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a compressed file, perhaps of joblib"),
    (b"PK", "another kind of ZIP archive, perhaps of PyTorch"),
)


@dataclass(frozen=True, eq=False)
class ModelContents:
    """Hold what a model file says.

    Attributes
    ----------
    documents : dict of str to JSON value
    arrays : dict of str to array
    hash : str
        SHA-256 of the manifest, which holds the SHA-256 of everything else: 64 hexadecimal
        digits that name this model and no other.
    """

    documents: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    hash: str


def write_container(
    path: str | Path,
    *,
    documents: Mapping[str, object],
    arrays: Mapping[str, NDArray[Any]],
    overwrite: bool = False,
) -> str:
    """Write a model file, or nothing at all.

    Parameters
    ----------
    path : str or Path
        Ends in ``.hmfp`` by custom.
    documents : mapping of str to JSON-ready
        By names of small letters, digits, ``_`` and ``-``.
    arrays : mapping of str to array
        Of bool, uint8, int32, int64, float16, float32 or float64; NaN is allowed.
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Returns
    -------
    str
        The model hash, as `ModelContents.hash`. The same content gives the same bytes.

    Raises
    ------
    WriteError
        If a document is not JSON-ready, an array is of another type, a name is not allowed, all
        is larger than 1 GiB, the file exists, or the disk refuses.
    """
    members = {
        f"{_named(name)}.json": dump_json(value, what=f"document {name!r}")
        for name, value in sorted(documents.items())
    }
    members[_TENSORS] = save({name: _plain(name, array) for name, array in sorted(arrays.items())})
    manifest = dump_json(
        {
            "format": _FORMAT,
            "version": CONTAINER_VERSION,
            "written_by": version("hybridmfp"),
            "members": [
                {"name": name, "bytes": len(data), "sha256": _sha256(data)}
                for name, data in members.items()
            ],
        },
        what="the manifest",
    )
    archive = stored_zip({_MANIFEST: manifest, **members})
    if len(archive) > _MOST_BYTES:
        raise WriteError(
            f"a model file must have at most {_MOST_BYTES} bytes; this one would have "
            f"{len(archive)}. Keep fewer networks or folds."
        )
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_bytes(archive)
    return _sha256(manifest)


def read_container(path: str | Path) -> ModelContents:
    """Read a model file whole; nothing in it is executed, and nothing is written to disk.

    Raises
    ------
    ReadError
        If the file is missing, a folder, too large, something else than a model file, of another
        major version, or damaged or changed in any byte.
    """
    file = Path(path)
    with _opened(file) as stream:
        manifest = _manifest(stream, file)
        stream.seek(0)
        data = stream.read()
    try:
        members = read_stored_zip(data)
    except ReadError as error:
        raise _damaged(file, str(error)) from error
    told = _told(manifest, file)
    if members.pop(_MANIFEST, None) != manifest or list(members) != list(told):
        raise _damaged(file, "it must hold the members of its manifest, and no others.")
    for name, member in members.items():
        _check(member, told[name], name, file)
    return ModelContents(
        documents={
            name.removesuffix(".json"): _document(member, name, file)
            for name, member in members.items()
            if name != _TENSORS
        },
        arrays=_arrays(members[_TENSORS], file),
        hash=_sha256(manifest),
    )


def read_document(path: str | Path, name: str) -> Any:
    """Read one document of a model file, without the arrays; cheap, such as for its card.

    The document is checked against the manifest; the rest of the file is not looked at.

    Raises
    ------
    ReadError
        As `read_container`, or if there is no such document.
    """
    file = Path(path)
    member = f"{name}.json"
    with _opened(file) as stream:
        told = _told(_manifest(stream, file), file)
        if member not in told:
            held = ", ".join(one.removesuffix(".json") for one in told if one != _TENSORS)
            raise ReadError(
                f"{file} must hold a document {name!r}; it holds {held or 'none'}. Name one."
            )
        try:
            data = find_member(stream, member, most_bytes=_MOST_DOCUMENT_BYTES)
        except ReadError as error:
            raise _damaged(file, str(error)) from error
    _check(data, told[member], member, file)
    return _document(data, member, file)


def read_hash(path: str | Path) -> str:
    """Give the hash that names a model, from its manifest alone; the rest is not looked at.

    Raises
    ------
    ReadError
        As `read_container`.
    """
    file = Path(path)
    with _opened(file) as stream:
        manifest = _manifest(stream, file)
    _told(manifest, file)
    return _sha256(manifest)


def _opened(file: Path) -> BinaryIO:
    if file.is_dir():
        raise ReadError(f"a model must be a file; {file} is a folder. Name the file in it.")
    if not file.is_file():
        raise ReadError(f"a model must be a file; there is none at {file}. Check the path.")
    try:
        n_bytes = file.stat().st_size
        if n_bytes > _MOST_BYTES:
            raise ReadError(
                f"a model file must have at most {_MOST_BYTES} bytes; {file} has {n_bytes}. "
                "It was not read; it is something else, or not meant well."
            )
        return file.open("rb")
    except OSError as error:
        raise ReadError(
            f"a model must be readable; the system answers for {file}: {error.strerror or error}. "
            "Check the permissions."
        ) from error


def _manifest(stream: BinaryIO, file: Path) -> bytes:
    """Give the bytes of the manifest, which is the first member in every version."""
    start = stream.read(64)
    if not start.startswith(b"PK\x03\x04") or _MANIFEST.encode() not in start:
        raise ReadError(
            f"a model must be a file that 'hybridmfp fit' wrote; {file} is {_kind(start)}. It was "
            "not opened as such, because other formats can run programs. Ask for the model as "
            f"{MODEL_SUFFIX}, or fit anew."
        )
    try:
        return find_member(stream, _MANIFEST, most_bytes=_MOST_MANIFEST_BYTES)
    except ReadError as error:
        raise _damaged(file, str(error)) from error


def _kind(start: bytes) -> str:
    """Guess what a file is by its first bytes, to say it; never by reading it as that."""
    if not start:
        return "empty"
    for mark, kind in _OTHERS:
        if start.startswith(mark):
            return kind
    if start[:1] == b"\x80" and start[1:2] <= b"\x05":
        return "a Python pickle"
    if start[8:9] == b"{":
        return "a safetensors file: weights alone"
    return "of an unknown format"


def _told(manifest: bytes, file: Path) -> dict[str, tuple[int, str]]:
    """Read the manifest: name of each other member -> size and SHA-256."""
    try:
        told = parse_json(manifest, what="the manifest")
    except ReadError as error:
        raise _damaged(file, str(error)) from error
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise _damaged(file, f"its manifest must say that it is a {_FORMAT}.")
    _check_version(told, file)
    try:
        members = {
            str(one["name"]): (int(one["bytes"]), str(one["sha256"])) for one in told["members"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file, "its manifest must list the members with size and hash.") from error
    strange = [name for name in members if not _is_known(name)]
    if strange or _TENSORS not in members or len(members) != len(told["members"]):
        raise _damaged(file, "its manifest must list documents and tensors, each once.")
    return members


def _check_version(told: Mapping[str, Any], file: Path) -> None:
    said = told.get("version")
    found = _VERSION.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise _damaged(file, "its manifest must give a version such as 1.0.")
    ours = CONTAINER_VERSION.partition(".")[0]
    if found[1] == ours:
        return
    writer = str(told.get("written_by"))
    which = f"hybridmfp {writer}" if _PACKAGE.fullmatch(writer) else "the hybridmfp that wrote it"
    raise ReadError(
        f"a model file must be of version {ours}.x for this hybridmfp, {version('hybridmfp')}; "
        f"{file} is of version {found[0]}. Install {which}, or fit anew with this one."
    )


def _is_known(name: str) -> bool:
    stem = name.removesuffix(".json")
    return name == _TENSORS or (stem != name and _is_document(stem))


def _is_document(name: str) -> bool:
    return _DOCUMENT_NAME.fullmatch(name) is not None and name != _MANIFEST.removesuffix(".json")


def _named(name: str) -> str:
    if not _is_document(name):
        raise WriteError(
            "a document must have a name of small letters, digits, _ and -, other than "
            f"'manifest'; got {name!r}. Rename it."
        )
    return name


def _check(member: bytes, told: tuple[int, str], name: str, file: Path) -> None:
    if (len(member), _sha256(member)) != told:
        raise _damaged(file, f"{name} must have the size and hash that the manifest gives.")


def _document(data: bytes, name: str, file: Path) -> Any:
    if len(data) > _MOST_DOCUMENT_BYTES:
        raise _damaged(file, f"{name} must have at most {_MOST_DOCUMENT_BYTES} bytes.")
    try:
        return parse_json(data, what=name)
    except ReadError as error:
        raise _damaged(file, str(error)) from error


def _arrays(data: bytes, file: Path) -> dict[str, NDArray[Any]]:
    try:
        arrays = load(data)
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(file, f"{_TENSORS} must be whole safetensors ({error}).") from error
    strange = sorted({str(one.dtype) for one in arrays.values()} - set(_DTYPES))
    if strange:
        raise _damaged(file, f"arrays must be of {', '.join(_DTYPES)}; one is {strange[0]}.")
    return {name: np.array(array, order="C") for name, array in arrays.items()}


def _plain(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if str(array.dtype) not in _DTYPES or not array.dtype.isnative:
        raise WriteError(
            f"an array of a model must be of {', '.join(_DTYPES)}; {name!r} is {array.dtype}. "
            "Convert it first."
        )
    return np.array(array, order="C")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _damaged(file: Path, what: str) -> ReadError:
    return ReadError(
        f"a model file must be whole and unchanged; {file} is not: {what} Nothing of it was used. "
        "Copy it again from where it comes from, or fit anew."
    )
