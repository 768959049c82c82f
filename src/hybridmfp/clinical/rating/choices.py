"""Choices and statements around the keyform, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hybridmfp.clinical.rating.items import FMA_ITEMS
from hybridmfp.clinical.sourced import Source, read_facts, source_of

__all__ = ["Hierarchy", "keyform_choices", "ordinal_hierarchy", "voluntary_items"]


@dataclass(frozen=True)
class Hierarchy:
    """Hold an order of items from easy to hard, without any distance between them.

    Attributes
    ----------
    ranks : tuple of tuple of str
        Items of about the same difficulty, the easiest ones first.
    unplaced : tuple of str
        Voluntary items of which nothing was told.
    source : Source
        Unverified: an order to talk about, never a chance.
    """

    ranks: tuple[tuple[str, ...], ...]
    unplaced: tuple[str, ...]
    source: Source

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "ranks": [list(rank) for rank in self.ranks],
            "unplaced": list(self.unplaced),
            "source": self.source.as_json(),
        }


@cache
def keyform_choices() -> Mapping[str, Any]:
    """Give the entries of ``keyform.yaml``; whoever reads them leaves them as they are."""
    choices: Mapping[str, Any] = read_facts("hybridmfp.clinical.rating", "keyform.yaml")
    return choices


def voluntary_items() -> tuple[str, ...]:
    """Give the 30 items that are movements; the reflex items do not fit one scale with them.

    References
    ----------
    Woodbury 2007, doi:10.1016/j.apmr.2007.02.036
    """
    return tuple(name for name, facts in FMA_ITEMS.items() if facts.voluntary)


def ordinal_hierarchy() -> Hierarchy:
    """Give an order of the items where no keyform was fitted.

    Examples
    --------
    >>> hierarchy = ordinal_hierarchy()
    >>> hierarchy.ranks[0], hierarchy.unplaced, hierarchy.source.status
    (('A2e', 'A2a', 'A2b', 'C1'), ('A2d',), 'unverified')
    """
    told = keyform_choices()["hierarchy"]
    ranks = tuple(tuple(rank) for rank in told["ranks"])
    placed = {name for rank in ranks for name in rank}
    unplaced = tuple(name for name in voluntary_items() if name not in placed)
    return Hierarchy(ranks, unplaced, source_of(told))
