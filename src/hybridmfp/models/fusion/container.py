"""One file that holds a trained network: tensors, and a description in JSON. No pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from hybridmfp.errors import ReadError
from hybridmfp.io.atomic import atomic_file

__all__ = ["FORMAT", "read_container", "write_container"]

FORMAT = "hybridmfp-fusion/1"
"""Changes whenever an older reader would misread a file."""


def write_container(
    path: Path, tensors: Mapping[str, NDArray[np.generic]], described: Mapping[str, Any]
) -> None:
    """Write arrays and their description, or nothing at all.

    Raises
    ------
    WriteError
        If the disk refuses.
    """
    whole = {name: np.array(array, order="C") for name, array in tensors.items()}
    note = {"format": FORMAT, "described": json.dumps(described, sort_keys=True)}
    with atomic_file(path, overwrite=True) as unfinished:
        unfinished.write_bytes(save(whole, metadata=note))


def read_container(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read arrays and their description; nothing in the file is executed.

    Raises
    ------
    ReadError
        If the file is missing, damaged, or of another format.
    """
    if not path.is_file():
        raise ReadError(f"a trained network must be a file; there is none at {path}.")
    try:
        with safe_open(path, framework="numpy") as opened:
            note = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        described = json.loads(note.get("described", "{}"))
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise ReadError(
            f"a trained network must be a whole safetensors file; {path} is not: {error}."
        ) from error
    if note.get("format") != FORMAT:
        raise ReadError(
            f"a trained network must be of format {FORMAT}; {path} is {note.get('format')!r}. "
            "Train it anew with this version, or read it with the version that wrote it."
        )
    return tensors, described
