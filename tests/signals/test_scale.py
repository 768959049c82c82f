"""What `Scale` promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.errors import ScaleError
from hybridmfp.signals import SCALES, Item, Scale, find_scale, read_scale
from hybridmfp.signals.scale import scale_from

FMA_UE = SCALES["fma-ue"]
FULL = {item.identifier: item.levels[-1] for item in FMA_UE.items}
HAND = Scale("hand", 0, 4, (Item("C1", "C", "flexion"), Item("C2", "C", "extension")))


def test_the_fugl_meyer_has_33_items_that_sum_to_66() -> None:
    assert len(FMA_UE.items) == 33
    assert sum(item.levels[-1] for item in FMA_UE.items) == 66 == FMA_UE.maximum
    assert len({item.identifier for item in FMA_UE.items}) == 33


def test_its_sections_hold_36_10_14_and_6_points() -> None:
    points = {
        name: sum(item.levels[-1] for item in items) for name, items in FMA_UE.sections.items()
    }

    assert points == {"A": 36, "B": 10, "C": 14, "D": 6}


def test_a_reflex_is_there_or_not() -> None:
    two_levels = [item.identifier for item in FMA_UE.items if item.levels == (0, 2)]

    assert two_levels == ["A1a", "A1b"]


def test_normal_reflexes_are_the_only_item_that_requires_others() -> None:
    requiring = {item.identifier: item.requires for item in FMA_UE.items if item.requires}

    assert requiring == {"A5": ("A4a", "A4b", "A4c")}


@given(st.data())
def test_any_levels_are_items_of_their_sum(data: st.DataObject) -> None:
    items = {item.identifier: data.draw(st.sampled_from(item.levels)) for item in FMA_UE.items}
    if any(items[name] < 2 for name in ("A4a", "A4b", "A4c")):
        items["A5"] = 0

    FMA_UE.check_items(items, score=sum(items.values()), whose="S1")
    with pytest.raises(ScaleError, match=r"score of S1 must fit their 33 rated .* which sum to"):
        FMA_UE.check_items(items, score=sum(items.values()) + 0.5, whose="S1")


@pytest.mark.parametrize(("score", "fits"), [(0.9, False), (1, True), (3, True), (3.1, False)])
def test_items_that_were_not_rated_leave_the_score_some_room(score: float, fits: bool) -> None:
    if fits:
        HAND.check_items({"C1": 1}, score=score, whose="S1")
    else:
        with pytest.raises(ScaleError, match=r"1 rated items of hand, which leave 1 to 3 points;"):
            HAND.check_items({"C1": 1}, score=score, whose="S1")


def test_a_score_without_items_and_items_without_a_score_contradict_nothing() -> None:
    HAND.check_items({}, score=4, whose="S1")
    HAND.check_items({"C1": 0, "C2": 0}, score=None, whose="S1")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"C9": 1}, r"items of S1 must be items of hand, C1, C2; got 'C9'"),
        ({"C1": 3}, r"item C1 of S1 must have one of 0, 1, 2 points; got 3"),
        ({"C1": 1.5}, r"item C1 of S1 must have one of 0, 1, 2 points; got 1\.5"),
        ({"C1": float("nan")}, r"item C1 of S1 must have one of 0, 1, 2 points; got nan"),
    ],
)
def test_impossible_items_name_person_rule_and_value(items: dict[str, float], message: str) -> None:
    with pytest.raises(ScaleError, match=message):
        HAND.check_items(items, score=None, whose="S1")


def test_items_of_a_scale_that_has_none_are_refused() -> None:
    with pytest.raises(ScaleError, match="items of fma-ue-mhh20, which has none; got 'C1'"):
        SCALES["fma-ue-mhh20"].check_items({"C1": 1}, score=None, whose="S1")


def test_an_item_waits_for_the_items_it_requires() -> None:
    FMA_UE.check_items(FULL, score=66, whose="S1")
    FMA_UE.check_items(FULL | {"A4b": 1, "A5": 0}, score=63, whose="S1")
    FMA_UE.check_items({"A5": 1, "A4a": 2}, score=None, whose="S1")  # A4b was not rated

    with pytest.raises(
        ScaleError, match=r"item A5 of S1 must be 0 while item A4b is below 2.*got 2 with A4b at 1"
    ):
        FMA_UE.check_items(FULL | {"A4b": 1}, score=65, whose="S1")


def test_the_minimal_detectable_change_names_its_source() -> None:
    for scale in SCALES.values():
        assert (scale.mdc_points is None) == (scale.mdc_source == "")


@pytest.mark.parametrize("score", [0, 33.5, 66])
def test_a_score_on_the_scale_is_given_back(score: float) -> None:
    assert FMA_UE.check(score, whose="S1") == score


@pytest.mark.parametrize("score", [-0.5, 66.5, float("nan"), float("inf")])
def test_a_score_off_the_scale_names_person_bounds_and_remedy(score: float) -> None:
    with pytest.raises(ScaleError, match=r"score of S1 must lie on fma-ue, 0 to 66.*--scale"):
        FMA_UE.check(score, whose="S1")


@pytest.mark.parametrize(("low", "high"), [(5, 5), (6, 5), (0, float("inf")), (float("nan"), 5)])
def test_bounds_must_be_finite_and_ascend(low: float, high: float) -> None:
    with pytest.raises(ScaleError, match="minimum of scale 'odd' must be finite and below"):
        Scale("odd", low, high)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([Item("a", "A", "t")], "items of scale 'odd' must sum to its bounds 0 to 4; .* 0 to 2"),
        ([Item("a", "A", "t"), Item("a", "A", "t")], "unique identifiers; got a more than once"),
        ([Item("a", "A", "t", (0, 4, 2))], r"levels of item 'a' .* must ascend.*\(0, 4, 2\)"),
        ([Item("a", "A", "t", (0, 4), ("b",))], r"item 'a' .* must require items of .* got b"),
        ([Item("a", "A", "t", ())], r"levels of item 'a' .* must ascend.*\(\)"),
    ],
)
def test_items_that_do_not_make_the_scale_are_refused(items: list[Item], message: str) -> None:
    with pytest.raises(ScaleError, match=message):
        Scale("odd", 0, 4, tuple(items))


def test_a_scale_is_found_by_name() -> None:
    assert find_scale("fma-ue-mhh20").maximum == 20


def test_an_unknown_scale_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScaleError, match=r"got 'fma-eu'\. Did you mean 'fma-ue'\?"):
        find_scale("fma-eu")


def test_a_scale_of_your_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    grasp = {"identifier": "a", "section": "A", "title": "grasp", "levels": [0, 1, 2, 3]}
    lift = {"identifier": "b", "section": "A", "title": "lift", "levels": [0, 1], "requires": ["a"]}
    described = {
        "name": "own",
        "minimum": 0,
        "maximum": 4,
        "mdc_points": 1,
        "mdc_source": "here",
        "items": [grasp, lift],
    }
    path.write_text(json.dumps(described), encoding="utf-8")

    items = (Item("a", "A", "grasp", (0, 1, 2, 3)), Item("b", "A", "lift", (0, 1), ("a",)))
    expected = Scale("own", 0, 4, items, 1.0, "here")
    assert scale_from(described, source="here") == expected
    assert find_scale(str(path)) == read_scale(path) == expected


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"name": "a", "minimum": 0}',
        '{"name": "a", "minimum": "low", "maximum": 2}',
        '{"name": "a", "minimum": 0, "maximum": 2, "items": [{}]}',
        '{"name": "a", "minimum": 0, "maximum": 2, "items": 3}',
        '{"name": "a", "minimum": 0, "maximum": 2, "mdc_points": "some"}',
    ],
)
def test_a_file_that_is_no_scale_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ScaleError, match=r"must be JSON with name, minimum and maxi.*odd\.json"):
        read_scale(path)


def test_what_is_wrong_inside_a_scale_file_is_said_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"name": "a", "minimum": 3, "maximum": 2}', encoding="utf-8")

    with pytest.raises(ScaleError, match="minimum of scale 'a' must be finite and below"):
        read_scale(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ScaleError, match="must be JSON"):
        read_scale(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScaleError, match=r"scale file must exist; .*none\.json does not"):
        find_scale(str(tmp_path / "none.json"))
