"""What the names of the RTS-IG questionnaire promise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating_builder import FMA_UE, HIGHEST, LOWEST

from hybridmfp.clinical.rating import FMA_ITEMS, RTS_IG_TOTAL, from_rts_ig, to_rts_ig
from hybridmfp.errors import ClinicalError

POSSIBLE = st.fixed_dictionaries(
    {},
    optional={
        item.identifier: st.sampled_from(item.levels)
        for item in FMA_UE.items
        if item.identifier != "A5"
    },
)


@given(POSSIBLE)
def test_there_and_back_is_the_same(items: Mapping[str, int]) -> None:
    assert from_rts_ig(to_rts_ig(items)) == items


def test_each_item_has_a_name_of_its_own() -> None:
    names = {facts.rts_ig_link_id for facts in FMA_ITEMS.values()}

    assert len(names) == 33
    assert RTS_IG_TOTAL not in names


@pytest.mark.parametrize(
    ("item", "link_id"),
    [
        ("C3", "B-III-grasp-a"),
        ("C4", "B-III-grasp-b"),
        ("C5", "B-III-grasp-c"),
        ("C6", "B-III-grasp-d"),
        ("C7", "B-III-grasp-e"),
        ("A2g", "A-II-b-shoulder-add-inward-rotation"),
        ("B5", "B-I-wrist-circumduction"),
        ("D3", "C-I-finger-to-nose-time"),
    ],
)
def test_sections_are_those_of_the_questionnaire(item: str, link_id: str) -> None:
    assert to_rts_ig({item: 2}) == {link_id: 2}


def test_the_total_is_told_when_all_items_are() -> None:
    assert to_rts_ig(HIGHEST)[RTS_IG_TOTAL] == 66
    assert to_rts_ig(LOWEST)[RTS_IG_TOTAL] == 0
    assert RTS_IG_TOTAL not in to_rts_ig(HIGHEST | {"C3": None})


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"B-III-grasp-f": 1}, "Did you mean 'B-III-grasp-e'"),
        ({"D-total": 5}, "linkIds must be"),
        ({"A-I-a-flexors": 1}, "must have one of 0, 2 points"),
        ({"B-III-grasp-a": 0.5}, "must have one of 0, 1, 2 points"),
        (to_rts_ig(HIGHEST) | {RTS_IG_TOTAL: 65}, "which sum to 66; got 65"),
    ],
)
def test_other_names_points_and_totals_are_refused(
    answers: Mapping[str, float], message: str
) -> None:
    with pytest.raises(ClinicalError, match=message) as refused:
        from_rts_ig(answers)

    assert refused.value.refusal == "impossible_items"


def test_expected_points_of_an_estimate_are_no_answers() -> None:
    with pytest.raises(ClinicalError, match=r"got 1\.25") as refused:
        to_rts_ig({"A2e": 1.25})

    assert refused.value.refusal == "impossible_items"
