"""Schemes of strata, read from a data file with their sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hybridmfp.clinical.sourced import Source, source_of
from hybridmfp.clinical.strata.predictive_score import strata_facts
from hybridmfp.errors import ClinicalError

__all__ = ["SCHEMES", "Scheme", "Stratum", "find_scheme"]


@dataclass(frozen=True)
class Stratum:
    """Name a range of scores.

    Attributes
    ----------
    name, label : str
        For machines and for people.
    low, high : int
        First and last whole point of it, in points of its scheme.
    """

    name: str
    label: str
    low: int
    high: int


@dataclass(frozen=True)
class Scheme:
    """Say how the scale is cut.

    Attributes
    ----------
    name, title : str
    source : Source
    strata : tuple of Stratum
        Ascending, without gaps.
    without_items : tuple of str
        Items that do not count in its points; none for a scheme on 0 to 66 points.
    cut_off_error_points : float
        How far its cut-offs may be off, in points; 0 if that is not told.
    note : str
        What to know of it; may be empty.
    """

    name: str
    title: str
    source: Source
    strata: tuple[Stratum, ...]
    without_items: tuple[str, ...] = ()
    cut_off_error_points: float = 0.0
    note: str = ""

    @property
    def cut_offs(self) -> tuple[float, ...]:
        """Where one stratum gives way to the next: half-way between whole points.

        Examples
        --------
        >>> SCHEMES["hoonhorst"].cut_offs
        (22.5, 31.5, 47.5, 52.5)
        """
        return tuple(one.high + 0.5 for one in self.strata[:-1])


class _Schemes(Mapping[str, Scheme]):
    """Schemes by name, read from the data file when first asked for."""

    def __getitem__(self, name: str) -> Scheme:
        return _schemes()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_schemes())

    def __len__(self) -> int:
        return len(_schemes())


SCHEMES: Mapping[str, Scheme] = _Schemes()
"""Every scheme by name; ``hoonhorst`` is the default."""


def find_scheme(name: str) -> Scheme:
    """Give the scheme of that name.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if there is none.
    """
    if name not in SCHEMES:
        raise ClinicalError(
            f"scheme must be one of {', '.join(SCHEMES)}; got {name!r}.",
            refusal="impossible_value",
        )
    return SCHEMES[name]


@cache
def _schemes() -> Mapping[str, Scheme]:
    return {name: _scheme(name, entry) for name, entry in strata_facts()["schemes"].items()}


def _scheme(name: str, entry: Mapping[str, Any]) -> Scheme:
    return Scheme(
        name=name,
        title=entry["title"],
        source=source_of(entry),
        strata=tuple(Stratum(**one) for one in entry["strata"]),
        without_items=tuple(entry.get("without_items", ())),
        cut_off_error_points=float(entry.get("cut_off_error_points", 0)),
        note=entry.get("note", ""),
    )
