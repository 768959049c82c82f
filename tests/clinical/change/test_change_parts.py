"""What `item_changes` and `biomarker_changes` promise."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.change import biomarker_changes, item_changes
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

NAMES = [one.identifier for one in FMA_UE.items]


def _rating(day: float, items: dict[str, float | None]) -> Visit:
    total = sum(points or 0 for points in items.values())
    return Visit(f"d{day:g}", day, "rated", total, items=items)


@st.composite
def _items(draw: st.DrawFn) -> dict[str, float | None]:
    levels = {one.identifier: one.levels for one in FMA_UE.items}
    items: dict[str, float | None] = {
        name: float(draw(st.sampled_from(levels[name]))) for name in NAMES
    }
    if any(items[name] != 2 for name in ("A4a", "A4b", "A4c")):
        items["A5"] = 0.0
    return items


@given(_items(), _items())
def test_items_sum_to_the_change_of_the_total(
    first: dict[str, float | None], second: dict[str, float | None]
) -> None:
    before, after = _rating(40, first), _rating(60, second)

    told = item_changes(before, after)

    assert before.score is not None
    assert after.score is not None
    assert told.points == after.score - before.score
    assert len(told.rose) + len(told.fell) + told.unchanged == 33
    assert all(one.points > 0 for one in told.rose)
    assert all(one.points < 0 for one in told.fell)
    json.dumps(told.as_json(), allow_nan=False)


def test_the_items_that_rose_and_fell_are_named() -> None:
    first: dict[str, float | None] = dict.fromkeys(NAMES, 0.0)
    second = first | {"B1": 2.0, "C1": 1.0}

    told = item_changes(_rating(40, first | {"C2": 1.0}), _rating(60, second)).as_json()

    assert [(one["item"], one["from"], one["to"]) for one in told["rose"]] == [
        ("B1", 0, 2),
        ("C1", 0, 1),
    ]
    assert [one["item"] for one in told["fell"]] == ["C2"]
    assert told["points"] == 2


def test_an_item_that_was_not_rated_is_no_change_of_0() -> None:
    full: dict[str, float | None] = dict.fromkeys(NAMES, 0.0)
    part = full | {"D3": None}

    with pytest.raises(ClinicalError, match="1 are not: D3") as caught:
        item_changes(_rating(40, full), _rating(60, part))
    assert caught.value.refusal == "missing_items"
    with pytest.raises(ClinicalError, match="33 are not"):
        item_changes(Visit("a", 1, "rated", 3.0), _rating(60, full))


def test_estimated_items_are_not_compared() -> None:
    items = dict.fromkeys(NAMES, 1.0)
    pair = [
        Visit(f"e{k}", k, "estimated", 30.0, (25, 35), 0.9, items=items, model="m") for k in (1, 2)
    ]

    with pytest.raises(ClinicalError, match="must be rated") as caught:
        item_changes(*pair)
    assert caught.value.refusal == "missing_items"


def _estimate(day: float, markers: dict[str, float], **more: Any) -> Visit:
    return Visit(
        f"e{day:g}", day, "estimated", 30.0, (25, 35), 0.9, biomarkers=markers, model="m", **more
    )


HEALTHY = {"smoothness": (-2.0, -1.0)}


@pytest.mark.parametrize(
    ("first", "second", "course"),
    [
        (-4.0, -3.0, "towards"),
        (-3.0, -4.0, "away"),
        (-4.0, -1.5, "towards"),
        (-1.5, -0.5, "away"),
        (-1.9, -1.1, "within"),
        (-2.0, -1.0, "within"),
        (-2.5, -0.5, "unknown"),
        (-0.5, -0.75, "towards"),
    ],
)
def test_a_biomarker_moves_towards_or_away_from_the_healthy_range(
    first: float, second: float, course: str
) -> None:
    (told,) = biomarker_changes(
        _estimate(40, {"smoothness": first}, healthy=HEALTHY),
        _estimate(60, {"smoothness": second}, healthy=HEALTHY),
    )

    assert told.course == course
    assert told.kind == "unknown"


@pytest.mark.parametrize(("change", "kind"), [(2.7718, "noise"), (2.772, "real"), (-2.772, "real")])
def test_a_biomarker_changes_really_from_its_detectable_change_on(change: float, kind: str) -> None:
    assert 1.96 * math.sqrt(2) == pytest.approx(2.77186, abs=1e-5)

    (told,) = biomarker_changes(
        _estimate(40, {"speed": 0.0}), _estimate(60, {"speed": change}), repeat_sd={"speed": 1.0}
    )

    assert told.kind == kind
    assert told.course == "unknown"


def test_only_shared_biomarkers_are_told_by_name() -> None:
    told = biomarker_changes(
        _estimate(40, {"b": 1.0, "a": 1.0, "c": 1.0}), _estimate(60, {"a": 2.0, "b": 0.0})
    )

    assert [(one.name, one.as_json()["change"]) for one in told] == [("a", 1.0), ("b", -1.0)]
    json.dumps([one.as_json() for one in told], allow_nan=False)


def test_what_cannot_be_compared_is_refused_by_name() -> None:
    cases = [
        (_estimate(40, {}), _estimate(60, {"a": 1.0}), "in common", "missing_input"),
        (_estimate(40, {"a": math.nan}), _estimate(60, {"a": 1.0}), "finite", "impossible_value"),
        (
            _estimate(40, {"a": 1.0}, healthy={"a": (0, 1)}),
            _estimate(60, {"a": 1.0}, healthy={"a": (0, 2)}),
            "one healthy range of a",
            "contradictory_inputs",
        ),
        (_estimate(60, {"a": 1.0}), _estimate(40, {"a": 1.0}), "order", "dates_out_of_order"),
    ]
    for before, after, match, refusal in cases:
        with pytest.raises(ClinicalError, match=match) as caught:
            biomarker_changes(before, after)
        assert caught.value.refusal == refusal
    with pytest.raises(ClinicalError, match="repeat_sd"):
        biomarker_changes(
            _estimate(40, {"a": 1.0}), _estimate(60, {"a": 1.0}), repeat_sd={"a": 0.0}
        )
