"""What `Scale` promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hybridmfp.errors import ScaleError
from hybridmfp.signals import SCALES, Item, Scale, find_scale, read_scale

FMA_UE = SCALES["fma-ue"]


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
    item = {"identifier": "a", "section": "A", "title": "grasp", "levels": [0, 1, 2, 3]}
    described = {
        "name": "own",
        "minimum": 0,
        "maximum": 3,
        "mdc_points": 1,
        "mdc_source": "here",
        "items": [item],
    }
    path.write_text(json.dumps(described), encoding="utf-8")

    expected = Scale("own", 0, 3, (Item("a", "A", "grasp", (0, 1, 2, 3)),), 1.0, "here")
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
