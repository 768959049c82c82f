"""The 33 items of the FMA-UE: what each asks, what its points mean, what can be seen of it.

Examples
--------
>>> FMA_ITEMS["A1a"].rule[2], FMA_ITEMS["A1a"].observability
('can be elicited', 'none')
>>> FMA_ITEMS["D3"].sources["rule"].status
'unverified'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.sourced import Source, read_facts, source_of
from hybridmfp.signals import Item, Modality, ObservabilityGrade, observability_of

__all__ = ["FMA_ITEMS", "RTS_IG_TOTAL", "ItemFacts"]

RTS_IG_TOTAL = "D-total-score-FMAUEMotion"
"""linkId of the total in the questionnaire FMAUEMotor of RTS-IG."""

_PACKAGE = "hybridmfp.clinical.rating"


@dataclass(frozen=True)
class ItemFacts:
    """Say what one item asks and what its points mean.

    Attributes
    ----------
    identifier : str
        As in the scale ``fma-ue``, such as ``"A2e"``.
    section : {"A", "B", "C", "D"}
        Of the Gothenburg protocol: arm, wrist, hand, coordination and speed.
    subsection : str
        Its heading there.
    title : str
        What is asked.
    detail : str
        What else is asked, such as the posture; empty if nothing.
    rule : mapping of int to str
        What each number of points means.
    note : str
        What to mind in scoring; empty if nothing.
    levels : tuple of int
        The points that can be given.
    observability : {"good", "moderate", "weak", "none"}
        How well 12 muscles and the markers of the arm show it; an assumption.
    seen_by : tuple of {"emg", "kinematics"}
        The signals of which either shows something of it.
    rts_ig_link_id : str
        Its linkId in the questionnaire FMAUEMotor of RTS-IG.
    sources : mapping of str to Source
        Of ``"rule"``, ``"note"``, ``"observability"`` and ``"rts_ig_link_id"``.
    """

    identifier: str
    section: str
    subsection: str
    title: str
    detail: str
    rule: Mapping[int, str]
    note: str
    levels: tuple[int, ...]
    observability: ObservabilityGrade
    seen_by: tuple[Modality, ...]
    rts_ig_link_id: str
    sources: Mapping[str, Source]

    @property
    def voluntary(self) -> bool:
        """Whether it is a movement; the three reflex items are not."""
        return self.observability != "none"

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; points become text, as names in JSON are."""
        return {
            "item": self.identifier,
            "section": self.section,
            "subsection": self.subsection,
            "title": self.title,
            "detail": self.detail,
            "rule": {str(points): meaning for points, meaning in self.rule.items()},
            "note": self.note,
            "levels": list(self.levels),
            "voluntary": self.voluntary,
            "observability": self.observability,
            "seen_by": list(self.seen_by),
            "rts_ig_link_id": self.rts_ig_link_id,
            "sources": {name: source.as_json() for name, source in self.sources.items()},
        }


class _Items(Mapping[str, ItemFacts]):
    """Reads the data file when it is first asked, not when it is imported."""

    def __getitem__(self, identifier: str) -> ItemFacts:
        return _items()[identifier]

    def __iter__(self) -> Iterator[str]:
        return iter(_items())

    def __len__(self) -> int:
        return len(_items())


FMA_ITEMS: Mapping[str, ItemFacts] = _Items()
"""All 33 items by identifier, in the order of the scale."""


@cache
def _items() -> dict[str, ItemFacts]:
    told = read_facts(_PACKAGE, "items.yaml")
    return {item.identifier: _facts_of(item, told) for item in FMA_UE.items}


def _facts_of(item: Item, told: Mapping[str, Any]) -> ItemFacts:
    entry = told["items"][item.identifier]
    rule = told["rules"][entry.get("rule", "movement")]
    seen = observability_of(item, FMA_UE)
    named = {
        "rule": rule["source"],
        "note": rule.get("note_source", rule["source"]),
        "observability": "observability",
        "rts_ig_link_id": "rts_ig",
    }
    return ItemFacts(
        identifier=item.identifier,
        section=item.section,
        subsection=entry["subsection"],
        title=item.title,
        detail=entry.get("detail", ""),
        rule={points: rule["points"][points] for points in item.levels},
        note=rule.get("note", ""),
        levels=item.levels,
        observability=seen.grade,
        seen_by=seen.seen_by,
        rts_ig_link_id=entry["rts_ig_link_id"],
        sources={what: source_of(told["sources"][name]) for what, name in named.items()},
    )
