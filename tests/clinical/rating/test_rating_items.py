"""What the facts about the 33 items promise."""

from __future__ import annotations

import json

import pytest

from hybridmfp.clinical.rating import FMA_ITEMS, ordinal_hierarchy, voluntary_items
from hybridmfp.signals import SCALES, observability_of

FMA_UE = SCALES["fma-ue"]


def test_items_are_those_of_the_scale_in_its_order() -> None:
    assert list(FMA_ITEMS) == [item.identifier for item in FMA_UE.items]
    assert len(FMA_ITEMS) == 33
    for item in FMA_UE.items:
        facts = FMA_ITEMS[item.identifier]
        assert (facts.title, facts.section, facts.levels) == (
            item.title,
            item.section,
            item.levels,
        )


def test_each_level_of_each_item_has_a_meaning() -> None:
    for facts in FMA_ITEMS.values():
        assert tuple(facts.rule) == facts.levels
        assert all(facts.rule.values())


@pytest.mark.parametrize(
    ("subsection", "points"),
    [
        ("A.I Reflex activity", 4),
        ("A.II Volitional movement within synergies: flexor synergy", 12),
        ("A.II Volitional movement within synergies: extensor synergy", 6),
        ("A.III Volitional movement mixing synergies", 6),
        ("A.IV Volitional movement with little or no synergy", 6),
        ("A.V Normal reflex activity", 2),
        ("B Wrist", 10),
        ("C Hand", 14),
        ("D Coordination and speed", 6),
    ],
)
def test_subsections_have_the_points_of_the_protocol(subsection: str, points: int) -> None:
    found = [one.levels[-1] for one in FMA_ITEMS.values() if one.subsection == subsection]

    assert sum(found) == points


def test_the_thirty_voluntary_items_make_sixty_points() -> None:
    names = voluntary_items()

    assert len(names) == 30
    assert sum(FMA_ITEMS[name].levels[-1] for name in names) == 60
    assert set(FMA_ITEMS) - set(names) == {"A1a", "A1b", "A5"}


def test_what_can_be_seen_is_what_the_signals_say() -> None:
    for item in FMA_UE.items:
        seen = observability_of(item, FMA_UE)
        facts = FMA_ITEMS[item.identifier]
        assert (facts.observability, facts.seen_by) == (seen.grade, seen.seen_by)
        assert facts.sources["observability"].status == "assumption"


@pytest.mark.parametrize(
    ("name", "what", "status"),
    [
        ("A2e", "rule", "verified"),
        ("A1a", "rule", "verified"),
        ("D1", "rule", "verified"),
        ("D2", "rule", "verified"),
        ("D3", "rule", "unverified"),
        ("A5", "note", "unverified"),
        ("D1", "note", "unverified"),
    ],
)
def test_what_was_not_read_is_told_as_such(name: str, what: str, status: str) -> None:
    assert FMA_ITEMS[name].sources[what].status == status


def test_time_has_the_seconds_of_its_rule() -> None:
    assert FMA_ITEMS["D3"].rule == {
        0: "6 s or more slower than the other side",
        1: "2 to 5 s slower than the other side",
        2: "less than 2 s slower than the other side",
    }


def test_an_unknown_item_is_no_item() -> None:
    assert "A9" not in FMA_ITEMS
    with pytest.raises(KeyError, match="A9"):
        FMA_ITEMS["A9"]


def test_facts_are_json_ready() -> None:
    for facts in FMA_ITEMS.values():
        assert json.loads(json.dumps(facts.as_json(), allow_nan=False)) == facts.as_json()


def test_the_order_of_items_is_only_an_order() -> None:
    hierarchy = ordinal_hierarchy()

    named = [name for rank in hierarchy.ranks for name in rank]
    assert len(named) == len(set(named))
    assert {*named, *hierarchy.unplaced} == set(voluntary_items())
    assert hierarchy.source.status == "unverified"
    assert "unverified" in hierarchy.source.text
    assert set(hierarchy.as_json()) == {"ranks", "unplaced", "source"}
