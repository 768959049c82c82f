"""Numbers and statements from the literature, which never travel without their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

import yaml

__all__ = ["Source", "SourceStatus", "read_facts", "source_of"]

SourceStatus = Literal["verified", "unverified", "assumption"]
"""Whether a number was read at its source, is told without having been, or is our own choice."""

_STATUSES = ("verified", "unverified", "assumption")


@dataclass(frozen=True)
class Source:
    """Say where a number or statement comes from.

    Attributes
    ----------
    citation : str
        Short citation such as ``"Page 2012, Phys Ther, n = 146"``.
    status : {"verified", "unverified", "assumption"}
        Whether it was read at the source. Anything but ``verified`` is shown as such.
    doi : str or None
    """

    citation: str
    status: SourceStatus
    doi: str | None = None

    @property
    def text(self) -> str:
        """The citation as it is shown to people, with its status unless it is verified.

        Examples
        --------
        >>> Source("Gladstone 2002", "unverified").text
        'Gladstone 2002 [unverified]'
        """
        doi = "" if self.doi is None else f", doi:{self.doi}"
        mark = "" if self.status == "verified" else f" [{self.status}]"
        return f"{self.citation}{doi}{mark}"

    def as_json(self) -> dict[str, str | None]:
        """Give it JSON-ready."""
        return {"citation": self.citation, "doi": self.doi, "source_status": self.status}


def source_of(entry: Mapping[str, Any]) -> Source:
    """Take the source out of an entry of a data file.

    Parameters
    ----------
    entry : mapping
        With ``citation``, ``source_status`` and, if there is one, ``doi``.

    Raises
    ------
    ValueError
        If the citation is missing, or the status is none of the three.
    """
    status = entry.get("source_status")
    if status not in _STATUSES or not entry.get("citation"):
        raise ValueError(
            f"an entry must have a citation and a source_status of {', '.join(_STATUSES)}; "
            f"got {dict(entry)!r}."
        )
    return Source(entry["citation"], status, entry.get("doi"))


def read_facts(package: str, name: str) -> Any:
    """Read a data file of ours.

    Parameters
    ----------
    package : str
        The package it lies in, such as ``"hybridmfp.clinical.change"``.
    name : str
        Its name, such as ``"thresholds.yaml"``.
    """
    return yaml.safe_load(resources.files(package).joinpath(name).read_text(encoding="utf-8"))
