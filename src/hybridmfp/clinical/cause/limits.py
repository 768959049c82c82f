"""The limits beyond which no effect is told, each with its source."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.sourced import Source, read_facts, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["limit", "limits_as_json", "source_of_limit"]

_PACKAGE = "hybridmfp.clinical.cause"
_FILE = "limits.yaml"


def limit(name: str) -> float:
    """Give a limit by its name in ``limits.yaml``.

    Examples
    --------
    >>> limit("least_per_arm")
    100.0
    """
    return float(_facts()[name]["value"])


def source_of_limit(name: str) -> Source:
    """Give where a limit comes from.

    Examples
    --------
    >>> source_of_limit("least_per_arm").status
    'assumption'
    """
    return source_of(_facts()[name])


def limits_as_json() -> dict[str, Any]:
    """Give all limits with their sources, JSON-ready."""
    return {
        name: {
            "value": entry["value"],
            "unit": entry["unit"],
            "meaning": entry["meaning"],
            **source_of(entry).as_json(),
        }
        for name, entry in _facts().items()
    }


@cache
def _facts() -> Mapping[str, Any]:
    return MappingProxyType(read_facts(_PACKAGE, _FILE))
