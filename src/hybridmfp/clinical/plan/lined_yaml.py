"""YAML whose mappings know the line they begin on, so that an error can point there."""

from __future__ import annotations

from typing import Any

import yaml

from hybridmfp.errors import ReadError

__all__ = ["LinedMapping", "load_lined"]


class LinedMapping(dict[str, Any]):
    """Hold a mapping and its line.

    Attributes
    ----------
    line : int
        Counted from 1.
    """

    line: int = 0


class _LinedLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Load plain data only; refuse a key that is told twice."""


def _lined(loader: Any, node: yaml.MappingNode) -> LinedMapping:
    keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is told twice", node.start_mark
            )
    line = node.start_mark.line + 1
    loader.flatten_mapping(node)
    found = LinedMapping(
        {
            str(loader.construct_object(k, deep=True)): loader.construct_object(v, deep=True)
            for k, v in node.value
        }
    )
    found.line = line
    return found


_LinedLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _lined)


def load_lined(text: str, *, whose: str) -> Any:
    """Load YAML into mappings that know their line.

    Parameters
    ----------
    text : str
    whose : str
        Name of the file, for the message.

    Raises
    ------
    ReadError
        If it is not YAML, holds more than plain data, or tells a key twice.

    Examples
    --------
    >>> load_lined("{b: {c: 2}}", whose="x.yaml")["b"].line
    1
    """
    try:
        return yaml.load(text, Loader=_LinedLoader)  # noqa: S506 - a child of SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise ReadError(
            f"{whose} must be YAML of plain data; got {' '.join(str(error).split())}. "
            "Correct the line."
        ) from error
