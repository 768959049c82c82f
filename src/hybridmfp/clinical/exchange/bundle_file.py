"""A FHIR bundle as a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridmfp.clinical.exchange.validation import validated_bundle
from hybridmfp.errors import ReadError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.hashing import read_bytes
from hybridmfp.io.strict_json import parse_json, pretty_json

__all__ = ["read_fhir", "write_fhir"]


def write_fhir(bundle: Mapping[str, Any], path: str | Path, *, overwrite: bool = False) -> None:
    """Check a bundle of ours, then write it as JSON, always the same bytes for the same bundle.

    Parameters
    ----------
    bundle : mapping
        What `fhir_bundle` gave.
    path : str or Path
        Usually ``.json``.
    overwrite : bool, default False

    Raises
    ------
    WriteError
        If it is not valid, see `validated_bundle`; if `path` exists and may not be replaced, or
        the disk refuses.
    """
    data = pretty_json(validated_bundle(bundle), what="a FHIR bundle")
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_bytes(data)


def read_fhir(path: str | Path) -> dict[str, Any]:
    """Read a bundle of anybody, for `ratings_from_bundle`.

    Raises
    ------
    ReadError
        If the file cannot be read or is no strict JSON mapping.
    """
    data, _ = read_bytes(Path(path))
    found = parse_json(data, what=str(path))
    if not isinstance(found, dict):
        raise ReadError(f"{path} must hold a FHIR Bundle; it holds a {type(found).__name__}.")
    return found
