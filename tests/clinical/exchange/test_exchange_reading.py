"""What reading ratings out of a bundle promises."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from exchange_builder import BARE, COURSE, FULL, HALF, RATED, bundle, courses, of_kind, review
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange import ratings_from_bundle
from hybridmfp.clinical.rating import RTS_IG_TOTAL, to_rts_ig
from hybridmfp.errors import ClinicalError, ReadError

pytest.importorskip("fhir.resources")

_SLOW = [HealthCheck.too_slow]


def _ratings(course: PatientCourse) -> PatientCourse:
    """Give what of a course its bundle says about ratings."""
    return PatientCourse(
        course.subject,
        tuple(
            replace(one, side=one.side or course.affected_side, items=one.items or None)
            for one in course.visits
            if one.source == "rated"
        ),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=_SLOW)
@given(courses())
def test_ratings_come_back_as_they_went(course: PatientCourse) -> None:
    read = ratings_from_bundle(json.loads(json.dumps(bundle(course))))

    assert read == _ratings(course)


def test_estimates_and_what_was_said_about_them_stay_where_they_are() -> None:
    read = ratings_from_bundle(bundle(COURSE, review(signed=True), stroke_date=date(2026, 9, 1)))

    assert [(one.session, one.source) for one in read.visits] == [("S1", "rated"), ("S4", "rated")]


def _foreign(answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Build what another system with the linkIds of RTS-IG may send."""
    side = {"system": "http://snomed.info/sct", "code": "7771000", "display": "Left"}
    leaves = [{"linkId": name, "answer": [{"valueInteger": v}]} for name, v in answers.items()]
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "fma-1",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "authored": "2023-10-11T10:00:00+08:00",
        "item": [
            {"linkId": "assessment-phase-fmaue-motion", "answer": [{"valueString": "初評"}]},
            {"linkId": "assessment-side-fmaue-motion", "answer": [{"valueCoding": side}]},
            {"linkId": "A-shoulder-elbow-forearm", "item": leaves},
        ],
        **more,
    }
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "T7"}]}
    other = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "ARAT-1", "answer": [{"valueInteger": 3}]}],
    }
    entries = [{"resource": patient}, {"resource": other}, {"resource": response}]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_bundle_of_another_system_is_read() -> None:
    read = ratings_from_bundle(_foreign(to_rts_ig(HALF)), stroke_date=date(2023, 10, 1))

    expected = Visit("fma-1", 10, "rated", 36, items=HALF, side="left")
    assert read == PatientCourse("T7", (expected,))


def test_without_a_total_all_items_make_it() -> None:
    answers = to_rts_ig(HALF)
    del answers[RTS_IG_TOTAL]

    read = ratings_from_bundle(_foreign(answers), stroke_date=date(2023, 10, 1))

    assert read.visits[0].score == 36


def test_what_was_entered_in_error_is_left_out() -> None:
    made = _foreign(to_rts_ig(HALF), status="entered-in-error")

    assert ratings_from_bundle(made).visits == ()


def _refused(made: Any, refusal: str, match: str, **more: Any) -> None:
    with pytest.raises(ClinicalError, match=match) as caught:
        ratings_from_bundle(made, **more)
    assert caught.value.refusal == refusal


_DAY = {"stroke_date": date(2023, 10, 1)}


def test_clinical_faults_of_answers_are_refused_by_name() -> None:
    answers = to_rts_ig(HALF)

    _refused(_foreign(answers), "missing_input", "days since the stroke")
    _refused(_foreign(answers | {RTS_IG_TOTAL: 40}), "impossible_items", "sum to 36", **_DAY)
    _refused(_foreign(answers | {"A-I-a-flexors": 1}), "impossible_items", "0, 2 points", **_DAY)
    _refused(_foreign(answers | {"A-I-a-flexor": 2}), "impossible_items", "linkIds must", **_DAY)
    _refused(_foreign({"A-I-a-flexors": 2}), "missing_items", "all 33 items", **_DAY)
    _refused(_foreign(answers), "impossible_value", "0 or more", stroke_date=date(2023, 10, 12))


def test_days_in_another_unit_are_a_mix_up() -> None:
    made = deepcopy(bundle(PatientCourse("P01", (RATED,))))
    (response,) = of_kind(made, "QuestionnaireResponse")
    response["extension"][0]["valueQuantity"]["code"] = "wk"

    _refused(made, "unit_mix_up", "must be in days")


def test_a_bare_total_in_another_unit_is_a_mix_up() -> None:
    made = deepcopy(bundle(PatientCourse("P01", (BARE,))))
    of_kind(made, "Observation")[0]["valueQuantity"]["code"] = "%"

    _refused(made, "unit_mix_up", "must be in points")


@pytest.mark.parametrize(
    ("match", "damage"),
    [
        ("Bundle", lambda b: b.update(resourceType="Patient")),
        ("valid R4", lambda b: b["entry"][0]["resource"].update(resourceType="Human")),
        ("valid R4", lambda b: b["entry"].append({"resource": {"resourceType": "Quantity"}})),
        ("one Patient; got 0", lambda b: b["entry"].pop(0)),
        ("one Patient; got 2", lambda b: b["entry"].append(b["entry"][0])),
        ("have an identifier", lambda b: b["entry"][0]["resource"].pop("identifier")),
        ("subject must be the Patient", lambda b: _response(b)["subject"].update(reference="P/2")),
        ("once", lambda b: _leaves(b).append(_leaves(b)[0])),
        ("one answer", lambda b: _leaves(b)[0]["answer"].append({"valueInteger": 2})),
        ("number of points", lambda b: _leaves(b)[0].update(answer=[{"valueString": "2"}])),
        ("must be a number", lambda b: _leaves(b)[0].update(answer=[{"valueInteger": "2"}])),
        ("sensible size", lambda b: _leaves(b)[0].update(answer=[{"valueDecimal": 10**400}])),
        ("tell the side", lambda b: _side(b).update(code="51440002")),
        ("tell the side", lambda b: _side(b).update(system="urn:other")),
        ("date to the day", lambda b: _response(b).update(authored="2023-10")),
    ],
)
def test_other_faults_of_a_bundle_say_what_is_wrong(match: str, damage: Any) -> None:
    made = _foreign(to_rts_ig(HALF))
    damage(made)

    with pytest.raises(ReadError, match=match):
        ratings_from_bundle(made, **_DAY)


def _response(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["entry"][2]["resource"]
    return found


def _leaves(made: dict[str, Any]) -> list[Any]:
    found: list[Any] = _response(made)["item"][2]["item"]
    return found


def _side(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _response(made)["item"][1]["answer"][0]["valueCoding"]
    return found


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["Bundle", "Patient", "collection", "2023-10-01", "7771000", "d"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(["resourceType", "item", "answer", "value", "code", "entry"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [path] if path else []
    for name, one in below:
        found += _places(one, (*path, name))
    return found


_WHOLE = [
    _foreign(to_rts_ig(FULL)),
    bundle(PatientCourse("P01", (replace(RATED, items={"A1a": 2, "C1": None}), BARE))),
]


@settings(max_examples=100, deadline=None, suppress_health_check=_SLOW)
@given(st.data())
def test_whatever_stands_in_a_bundle_only_named_errors_escape(data: st.DataObject) -> None:
    made = deepcopy(data.draw(st.sampled_from(_WHOLE)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(_places(made)))
        target: Any = made
        for step in way:
            target = target[step]
        if data.draw(st.booleans()):
            target[last] = data.draw(_JSON)
        else:
            del target[last]

    _survives(made)


@pytest.mark.parametrize("name", ["code", "method", "component", "extension", "identifier"])
def test_a_null_in_an_observation_is_what_is_not_there(name: str) -> None:
    made = bundle(PatientCourse("P01", (BARE,)))
    bare = next(
        one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "Observation"
    )
    bare[name] = None

    _survives(made)


@pytest.mark.parametrize("name", ["answer", "item"])
def test_a_null_in_a_response_is_what_is_not_there(name: str) -> None:
    made = _foreign(to_rts_ig(FULL))
    response = made["entry"][2]["resource"]
    plain = ratings_from_bundle(made, **_DAY)
    response["item"][0 if name == "item" else -1].setdefault(name, None)

    assert ratings_from_bundle(made, **_DAY) == plain


@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
@given(_JSON)
def test_whatever_is_given_for_a_bundle_only_named_errors_escape(made: Any) -> None:
    _survives(made)
    _survives({"resourceType": "Bundle", "type": "collection", "entry": made})
    _survives({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": made}]})


def _survives(made: Any) -> None:
    try:
        read = ratings_from_bundle(made, **_DAY)
    except (ClinicalError, ReadError):
        return
    assert all(one.source == "rated" for one in read.visits)
