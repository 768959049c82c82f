"""What a plan's JSON promises: there and back unchanged, and nothing else is a plan."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_patients import plan_of

from hybridmfp.clinical.plan import (
    Plan,
    PlanEdit,
    content_digest,
    edit_plan,
    plan_from_json,
    sign_plan,
)
from hybridmfp.errors import ClinicalError, ReadError

_AT = "2026-11-30T09:00:00+01:00"


def _full() -> Plan:
    """Make a plan in which every part holds something."""
    plan = plan_of(27, 5, drivers=["kin.sparc", "kin.new"])
    plan = edit_plan(plan, PlanEdit("remove", "robot", "A", "no robot", _AT))
    plan = edit_plan(
        plan, PlanEdit("add", "task_practice", "A", "asked", _AT, rank=1, override_reason="strong")
    )
    signed = sign_plan(plan, by="Dr B", at=_AT)
    plan = edit_plan(
        signed,
        PlanEdit("dose", "task_practice", "A", "tired", _AT, dose="30 min", minutes_per_day=30),
    )
    return sign_plan(plan, by="Dr B", at=_AT)


_JSON = _full().as_json()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, one in inside:
        found.append((*path, key))
        if isinstance(one, dict | list):
            found += _paths(one, (*path, key))
    return found


def _parent(told: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        told = told[key]
    return told


def test_a_plan_with_everything_in_it_comes_back_unchanged() -> None:
    text = json.dumps(_JSON, allow_nan=False).encode()

    assert plan_from_json(text) == _full()
    assert plan_from_json(text).as_json() == _JSON


def test_the_names_that_others_rely_on_are_there() -> None:
    assert {"status", "stratum", "aim", "modules", "blocked", "conflicts"} <= set(_JSON)
    assert {"dose_cap", "signed", "edits", "disclaimer", "refused"} <= set(_JSON)
    module = {"rank", "id", "title", "dose", "reason", "guidelines", "conflicts", "effect"}
    assert module | {"safety"} <= set(_JSON["modules"][0])
    assert {"id", "title", "because", "source"} <= set(_JSON["blocked"][0])
    assert {"citation", "doi", "source_status"} == set(_JSON["blocked"][0]["source"])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(_paths(_JSON)))
def test_no_part_can_be_left_out(path: tuple[Any, ...]) -> None:
    told = deepcopy(_JSON)
    del _parent(told, path)[path[-1]]

    with pytest.raises((ReadError, ClinicalError), match=r"must|a plan"):
        plan_from_json(told)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(_paths(_JSON)), st.sampled_from(["other", -7, None, [], {}, True]))
def test_no_part_can_be_changed_behind_the_signature(path: tuple[Any, ...], value: Any) -> None:
    told = deepcopy(_JSON)
    parent = _parent(told, path)
    if parent[path[-1]] == value:
        return
    parent[path[-1]] = value

    if path[0] == "signed" and path[1:] in (("by",), ("at",)) and value == "other":
        return  # who signs is beside what is signed
    with pytest.raises((ReadError, ClinicalError), match=r"must|a plan"):
        plan_from_json(told)


def test_an_unknown_key_is_refused() -> None:
    told = {**_JSON, "modulse": []}

    with pytest.raises(ReadError, match="modulse is not known; did you mean 'modules'"):
        plan_from_json(told)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_are_finite(number: str) -> None:
    text = json.dumps({**_JSON, "score": 0}).replace('"score": 0', f'"score": {number}')

    with pytest.raises(ReadError, match="strict JSON"):
        plan_from_json(text.encode(), source="plan.json")


def test_a_rank_follows_from_the_order() -> None:
    told = deepcopy(plan_of(27).as_json())
    told["modules"][0]["rank"] = 2

    with pytest.raises(ReadError, match="modules does not follow from the rest"):
        plan_from_json(told)


def test_a_status_follows_from_the_signature() -> None:
    told = {**plan_of(27).as_json(), "status": "signed"}

    with pytest.raises(ReadError, match="status does not follow"):
        plan_from_json(told)


def test_a_forged_signature_is_told() -> None:
    told = deepcopy(_JSON)
    told["modules"][0]["dose"] = "9 h"

    with pytest.raises(ClinicalError, match="must be what Dr B signed") as caught:
        plan_from_json(told)
    assert caught.value.refusal == "unsigned"


def test_the_digest_is_of_the_json_without_the_signature() -> None:
    assert _JSON["signed"]["digest"] == content_digest(_JSON)
    assert content_digest(_JSON) == content_digest({**_JSON, "signed": None, "status": "draft"})
    assert content_digest(_JSON) != content_digest({**_JSON, "aim": "another"})
