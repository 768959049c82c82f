"""What course files promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.course_file import (
    course_as_json,
    course_from_json,
    read_course,
    visit_from_assessment,
    with_findings,
    with_visit,
    write_course,
)
from hybridmfp.errors import ClinicalError, HybridMfpError, ReadError, WriteError

ESTIMATE = Visit(
    "second",
    20,
    "estimated",
    31.5,
    interval=(25.0, 38.0),
    level=0.9,
    side="left",
    items={"A2a": 1.4, "A5": None},
    biomarkers={"peak_speed": 0.6},
    healthy={"peak_speed": (0.8, 1.2)},
    drivers=(
        {
            "name": "triceps", "kind": "muscle", "phase": "middle", "direction": "lowers",
            "points": -2.0, "share": 0.2,
        },
    ),
    quality="amber",
    model="abc",
    recordings=("d1", "d2"),
    synthetic=True,
)  # fmt: skip
COURSE = PatientCourse(
    "P01",
    (
        Visit("first", 5, "rated", 24, side="left"),
        ESTIMATE,
        Visit("third", 30, "estimated", None, level=0.9, reasons=("too little signal",)),
    ),
    affected_side="left",
    age_years=61,
    bedside=(
        BedsideFindings(3, "left", mep_present=False, contraindications=frozenset({"seizures"})),
    ),
    answers={"ischaemic_stroke": True},
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_course(tmp_path / "p01.json", COURSE)

    assert read_course(tmp_path / "p01.json") == COURSE
    assert (tmp_path / "p01.json").read_bytes().endswith(b"}\n")


def test_an_existing_course_is_not_replaced_unasked(tmp_path: Path) -> None:
    write_course(tmp_path / "p01.json", COURSE)

    with pytest.raises(WriteError, match=r"p01\.json"):
        write_course(tmp_path / "p01.json", PatientCourse("P02", ()))
    assert read_course(tmp_path / "p01.json") == COURSE


def test_that_nothing_was_found_differs_from_not_asked() -> None:
    asked = PatientCourse("P", (), bedside=(BedsideFindings(3, contraindications=frozenset()),))

    again = course_from_json(course_as_json(asked), source="here")

    assert again.bedside[0].contraindications == frozenset()
    assert course_from_json(
        course_as_json(PatientCourse("P", (), bedside=(BedsideFindings(3),))), source="here"
    ).bedside == (BedsideFindings(3),)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format": "hybridmfp-course/9"}, r"format must be hybridmfp-course/1"),
        ({"affected_sdie": "left"}, r"affected_sdie is not known; did you mean 'affected_side'"),
        ({"age_years": "61"}, r"age_years must be a number; got '61'"),
        ({"visits": [{"session": "a"}]}, r"visits\[0\]\.days_post_stroke must be there"),
        ({"bedside": [{"days_post_stroke": 3, "nihs": 4}]}, r"nihs is not known.*'nihss'"),
        ({"bedside": [{"days_post_stroke": 3, "mep_present": 1}]}, r"must be true or false; got 1"),
    ],
)
def test_what_is_not_of_the_form_is_named(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ReadError, match=match):
        course_from_json(course_as_json(COURSE) | change, source="p01.json")


def test_another_scale_is_refused_before_anything_else() -> None:
    told = course_as_json(COURSE) | {"scale": "fma-ue-mhh20"}

    with pytest.raises(ClinicalError, match="got fma-ue-mhh20") as caught:
        course_from_json(told, source="p01.json")
    assert caught.value.refusal == "other_scale"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"score": 24.5}, "must be a whole number of points"),
        ({"score": 67}, "between 0 and 66"),
    ],
)
def test_a_rating_in_a_file_is_a_whole_number_on_the_scale(
    change: dict[str, Any], match: str
) -> None:
    told = course_as_json(COURSE)
    told["visits"][0] |= change

    with pytest.raises(ClinicalError, match=match) as caught:
        course_from_json(told, source="p01.json")
    assert caught.value.refusal == "impossible_value"


def test_a_file_out_of_order_is_refused_and_a_new_visit_finds_its_place() -> None:
    told = course_as_json(COURSE)
    told["visits"].reverse()

    with pytest.raises(ClinicalError, match="in the order of time") as caught:
        course_from_json(told, source="p01.json")
    assert caught.value.refusal == "dates_out_of_order"

    added = with_visit(COURSE, Visit("between", 10, "rated", 26))
    assert [one.session for one in added.visits] == ["first", "between", "second", "third"]
    found = with_findings(COURSE, BedsideFindings(1, nihss=3))
    assert [one.days_post_stroke for one in found.bedside] == [1, 3]


def _assessment(**more: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "format": "hybridmfp-assessment/1",
        "subject": "P01",
        "session": "second",
        "side": "left",
        "scale": "fma-ue",
        "estimate": 31.5,
        "interval": [25.0, 38.0],
        "level": 0.9,
        "items": {"A2a": 1.4, "A5": None},
        "biomarkers": [
            {"name": "peak_speed", "value": 0.6, "healthy": [0.8, 1.2]},
            {"name": "jerk", "value": None, "healthy": None},
        ],
        "drivers": list(ESTIMATE.drivers),
        "quality": {"verdict": "amber"},
        "reasons": [],
        "model": {"hash": "abc"},
        "provenance": {
            "recordings": [{"path": "p01/1.csv", "sha256": one} for one in ("d1", "d2")]
        },
        "synthetic": True,
    }
    return described | more


def test_an_assessment_becomes_a_visit_with_all_that_belongs_to_it() -> None:
    assert visit_from_assessment(_assessment(), days_post_stroke=20) == ESTIMATE


def test_a_refused_assessment_becomes_a_visit_without_score() -> None:
    refused = _assessment(estimate=None, interval=None, items=None, reasons=["too little signal"])

    visit = visit_from_assessment(refused, days_post_stroke=20)

    assert visit.score is None
    assert visit.reasons == ("too little signal",)


def test_estimates_on_another_scale_and_other_documents_make_no_visit() -> None:
    with pytest.raises(ClinicalError, match="got fma-ue-mhh20") as caught:
        visit_from_assessment(_assessment(scale="fma-ue-mhh20"), days_post_stroke=20)
    assert caught.value.refusal == "other_scale"
    with pytest.raises(ClinicalError, match="must be of the format"):
        visit_from_assessment({"format": "hybridmfp-course/1"}, days_post_stroke=20)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}'])
def test_a_file_that_is_no_course_says_so(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(data)

    with pytest.raises(ReadError, match="must be"):
        read_course(tmp_path / "x.json")
    with pytest.raises(ReadError, match="Check the path"):
        read_course(tmp_path / "absent.json")


_PLAIN = st.none() | st.booleans() | st.integers(-5, 200) | st.floats(-1, 99) | st.text(max_size=3)
_ANY = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)
)


@given(st.data())
def test_whatever_stands_in_the_place_of_a_value_only_our_errors_come_out(
    data: st.DataObject,
) -> None:
    told = json.loads(json.dumps(course_as_json(COURSE)))
    where = data.draw(st.sampled_from([told, *told["visits"], *told["bedside"]]))
    where[data.draw(st.sampled_from(sorted(where)))] = data.draw(_ANY)

    try:
        again = course_from_json(told, source="fuzzed")
    except HybridMfpError:
        return
    assert course_from_json(course_as_json(again), source="again") == again
