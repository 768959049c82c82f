"""What a data set says about itself in ``dataset_description.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridmfp.errors import ReadError, ScaleError
from hybridmfp.io.hashing import read_bytes
from hybridmfp.signals import SCALES, Cohort, Scale, find_scale
from hybridmfp.signals.scale import scale_from

__all__ = ["DESCRIPTION", "README", "Description", "read_description", "write_description"]

DESCRIPTION = "dataset_description.json"
README = "README.txt"

_SYNTHETIC = """SYNTHETIC DATA: {}

Everything in this folder was simulated: recordings, scores, items and persons. Results on it
say nothing about clinical accuracy.
"""


@dataclass(frozen=True)
class Description:
    """Hold what is said about a data set.

    Attributes
    ----------
    name : str
        Its name; that of the folder where it has none.
    scale : Scale or None
        The scale of its scores, if it says so.
    synthetic : bool
        Whether it says that its recordings were simulated.
    """

    name: str
    scale: Scale | None = None
    synthetic: bool = False


def read_description(folder: Path) -> Description:
    """Read ``Name``, ``Scale`` and ``Synthetic``, each of them optional.

    ``Scale`` is the name of a scale that ships, or an object as `scale_from` takes it.

    Raises
    ------
    ReadError
        If the file is no JSON object, or ``Synthetic`` is neither true nor false.
    ScaleError
        If the scale is unknown or incomplete.
    """
    path = folder / DESCRIPTION
    fallback = folder.resolve().name
    if not path.is_file():
        return Description(fallback)
    try:
        described = json.loads(read_bytes(path)[0].decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ReadError(f"{path} must be JSON in UTF-8; it is not ({error}).") from error
    if not isinstance(described, dict):
        raise ReadError(f"{path} must hold one JSON object; got a {type(described).__name__}.")
    synthetic = described.get("Synthetic", False)
    if not isinstance(synthetic, bool):
        raise ReadError(f"Synthetic in {path} must be true or false; got {synthetic!r}.")
    scale = described.get("Scale")
    return Description(
        name=str(described.get("Name", fallback)),
        scale=None if scale is None else _scale_from(scale, path=path),
        synthetic=synthetic,
    )


def write_description(cohort: Cohort, folder: Path) -> None:
    """Write what `read_description` reads, and for people what a synthetic data set is."""
    described: dict[str, Any] = {"Name": cohort.name, "Synthetic": cohort.synthetic}
    if cohort.scale is not None:
        described["Scale"] = _described(cohort.scale)
    text = json.dumps(described, indent=2)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
    if cohort.synthetic:
        (folder / README).write_text(_SYNTHETIC.format(cohort.name), encoding="utf-8")


def _described(scale: Scale) -> str | dict[str, Any]:
    """Write a scale by its name if it ships."""
    if SCALES.get(scale.name) == scale:
        return scale.name
    return {
        "name": scale.name,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "mdc_points": scale.mdc_points,
        "mdc_source": scale.mdc_source,
        "items": [
            {
                "identifier": item.identifier,
                "section": item.section,
                "title": item.title,
                "levels": list(item.levels),
                "requires": list(item.requires),
            }
            for item in scale.items
        ],
    }


def _scale_from(described: object, *, path: Path) -> Scale:
    if isinstance(described, str):
        return find_scale(described)
    if not isinstance(described, Mapping):
        raise ScaleError(
            f"Scale in {path} must be a name, or an object with name, minimum and maximum; "
            f"got {described!r}."
        )
    return scale_from(described, source=f"Scale in {path}")
