"""Read recordings and cohorts from files, and write them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridmfp.io.atomic import atomic_file, atomic_folder
    from hybridmfp.io.c3d import read_c3d
    from hybridmfp.io.cache import ContentCache
    from hybridmfp.io.cached_recording import read_cached
    from hybridmfp.io.generic import is_generic_folder, read_generic
    from hybridmfp.io.generic_writer import write_cohort
    from hybridmfp.io.hashing import StatIndex, file_sha256, key_of
    from hybridmfp.io.mvnx import read_mvnx
    from hybridmfp.io.opening import open_cohort
    from hybridmfp.io.ulimb import is_ulimb_folder, read_ulimb
    from hybridmfp.io.ulimb_writer import write_ulimb

__all__ = [
    "ContentCache",
    "StatIndex",
    "atomic_file",
    "atomic_folder",
    "file_sha256",
    "is_generic_folder",
    "is_ulimb_folder",
    "key_of",
    "open_cohort",
    "read_c3d",
    "read_cached",
    "read_generic",
    "read_mvnx",
    "read_ulimb",
    "write_cohort",
    "write_ulimb",
]

# Imported when asked for: who needs one part does not wait for all the others.
_HOMES = {
    "ContentCache": "hybridmfp.io.cache",
    "StatIndex": "hybridmfp.io.hashing",
    "atomic_file": "hybridmfp.io.atomic",
    "atomic_folder": "hybridmfp.io.atomic",
    "file_sha256": "hybridmfp.io.hashing",
    "is_generic_folder": "hybridmfp.io.generic",
    "is_ulimb_folder": "hybridmfp.io.ulimb",
    "key_of": "hybridmfp.io.hashing",
    "open_cohort": "hybridmfp.io.opening",
    "read_c3d": "hybridmfp.io.c3d",
    "read_cached": "hybridmfp.io.cached_recording",
    "read_generic": "hybridmfp.io.generic",
    "read_mvnx": "hybridmfp.io.mvnx",
    "read_ulimb": "hybridmfp.io.ulimb",
    "write_cohort": "hybridmfp.io.generic_writer",
    "write_ulimb": "hybridmfp.io.ulimb_writer",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
