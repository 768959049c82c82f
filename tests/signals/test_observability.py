"""What the table of what can be seen promises."""

from __future__ import annotations

import pytest

from hybridmfp.signals import MUSCLES, SCALES, Item, Scale, observability_of

FMA_UE = SCALES["fma-ue"]
SEEN = {item.identifier: observability_of(item, FMA_UE) for item in FMA_UE.items}


@pytest.mark.parametrize("name", ["A1a", "A1b", "A5"])
def test_nothing_shows_a_reflex(name: str) -> None:
    assert SEEN[name].grade == "none"
    assert not SEEN[name].shows(muscles=MUSCLES, kinematics=True)


@pytest.mark.parametrize(
    ("section", "grades"),
    [("A", {"good", "none"}), ("B", {"weak"}), ("C", {"weak"}), ("D", {"moderate"})],
)
def test_grades_are_those_of_the_section(section: str, grades: set[str]) -> None:
    found = {seen.grade for name, seen in SEEN.items() if name.startswith(section)}

    assert found == grades


def test_all_named_muscles_are_muscles() -> None:
    assert all(seen.muscles <= set(MUSCLES) for seen in SEEN.values())


def test_more_signals_never_hide_an_item() -> None:
    for seen in SEEN.values():
        for muscle in MUSCLES:
            alone = seen.shows(muscles=[muscle], kinematics=False)
            assert seen.shows(muscles=MUSCLES, kinematics=False) >= alone
            assert seen.shows(muscles=[muscle], kinematics=True) >= alone
        assert not seen.shows(muscles=(), kinematics=False)


def test_a_scale_that_shares_only_the_name_is_a_scale_of_ones_own() -> None:
    other = Scale("fma-ue", 0, 2, (Item("C1", "C", "mass flexion"),))

    assert observability_of(other.items[0], other).shows(muscles=(), kinematics=True)
