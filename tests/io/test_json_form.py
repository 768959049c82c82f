"""What the form of JSON documents promises."""

from __future__ import annotations

from typing import Any

import pytest

from hybridmfp.io.json_form import (
    FLAG,
    NUMBER,
    PAIR,
    TEXT,
    ListOf,
    MappingTo,
    MaybeAbsent,
    OrNull,
    misfit,
    one_of,
)

FORM = {
    "name": TEXT,
    "side": MaybeAbsent(one_of("left", "right")),
    "score": OrNull(NUMBER),
    "visits": ListOf({"at": PAIR, "good": FLAG}),
    "items": MappingTo(NUMBER),
}
GOOD: dict[str, Any] = {
    "name": "P01",
    "side": "left",
    "score": None,
    "visits": [{"at": [1, 2], "good": True}],
    "items": {"A2a": 1},
}


def test_what_is_of_the_form_fits_and_what_may_be_absent_may() -> None:
    assert misfit(GOOD, FORM, closed=True) is None
    without = {name: value for name, value in GOOD.items() if name != "side"}
    assert misfit(without, FORM, closed=True) is None
    assert misfit(GOOD | {"side": None}, FORM, closed=True) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": 3}, "name must be text; got 3"),
        ({"side": "both"}, "side must be left or right; got 'both'"),
        ({"score": True}, "score must be a number; got True"),
        ({"visits": {}}, "visits must be a list; got {}"),
        ({"visits": "none"}, "visits must be a list; got 'none'"),
        (
            {"visits": [{"at": [1], "good": True}]},
            "visits[0].at must have 2 entries; got 1",
        ),
        ({"visits": [{"at": [1, 2]}]}, "visits[0].good must be there; it is missing"),
        ({"visits": [None]}, "visits[0] must be a mapping; got null"),
        ({"items": {"A2a": None}}, "items.A2a must be a number; got null"),
    ],
)
def test_the_first_misfit_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    assert misfit(GOOD | change, FORM) == told


def test_unknown_names_matter_only_in_closed_forms() -> None:
    more = GOOD | {"visits": [{"at": [1, 2], "good": True, "goood": 1}]}

    assert misfit(more, FORM) is None
    assert misfit(more, FORM, closed=True) == ("visits[0].goood is not known; did you mean 'good'?")
    assert misfit({"zzz": 1}, {}, closed=True) == "zzz is not known; known are "


def test_a_document_that_is_no_mapping_is_told_as_a_whole() -> None:
    assert misfit([], FORM) == "it must be a mapping; got []"
