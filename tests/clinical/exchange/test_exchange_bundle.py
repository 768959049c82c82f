"""What a FHIR bundle of a course promises."""

from __future__ import annotations

import json
import uuid
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from exchange_builder import (
    BARE,
    COURSE,
    ESTIMATED,
    MODEL,
    RATED,
    REFUSED,
    SIGNER,
    SIMULATED,
    STROKE,
    WHEN,
    bundle,
    courses,
    local_code,
    of_kind,
    review,
    total_of,
)
from hypothesis import HealthCheck, given, settings

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange import fhir_bundle, validated_bundle
from hybridmfp.errors import ClinicalError
from hybridmfp.io.strict_json import dump_json

pytest.importorskip("fhir.resources")

_SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _refusal(make: Any, match: str) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        make()
    return caught.value.refusal


@pytest.mark.parametrize("stroke_date", [None, STROKE])
@pytest.mark.parametrize("signed", [False, True])
def test_a_bundle_with_every_kind_of_resource_is_valid(signed: bool, stroke_date: Any) -> None:
    made = validated_bundle(bundle(COURSE, review(signed=signed), stroke_date=stroke_date))

    kinds = {entry["resource"]["resourceType"] for entry in made["entry"]}
    everywhere = {
        "Patient", "Device", "QuestionnaireResponse", "Observation", "RiskAssessment", "CarePlan",
        "Provenance",
    }  # fmt: skip
    assert kinds == everywhere | ({"Practitioner"} if signed else set())
    assert made["type"] == "collection"


@_SOME
@given(courses())
def test_any_course_makes_a_valid_bundle(course: PatientCourse) -> None:
    validated_bundle(bundle(course))
    validated_bundle(bundle(course, stroke_date=date(2022, 1, 1)))


def test_the_same_arguments_give_the_same_bytes() -> None:
    told = review(signed=True)

    first, second = (dump_json(bundle(COURSE, told), what="b") for _ in range(2))

    assert first == second


def test_content_keeps_its_name_from_bundle_to_bundle() -> None:
    longer = replace(COURSE, visits=(*COURSE.visits, Visit("S5", 60, "rated", 44)))
    later = fhir_bundle(longer, generated_at=WHEN + timedelta(days=1), software_version="0.1.0")

    before = {one["fullUrl"]: one["resource"] for one in bundle()["entry"]}
    after = {one["fullUrl"]: one["resource"] for one in later["entry"]}

    kept = {url for url, one in before.items() if one["resourceType"] != "Provenance"}
    assert kept <= set(after)
    assert all(uuid.UUID(url.removeprefix("urn:uuid:")).version == 5 for url in after)


def test_another_score_gets_another_name() -> None:
    other = replace(COURSE, visits=(*COURSE.visits[:-1], replace(BARE, score=42)))

    before, after = bundle(), bundle(other)

    urls = [
        {e["fullUrl"] for e in made["entry"] if e["resource"] == total_of(made, "S4", "rated")}
        for made in (before, after)
    ]
    assert urls[0].isdisjoint(urls[1])


def test_the_patient_is_a_pseudonym_and_nothing_else() -> None:
    (patient,) = of_kind(bundle(COURSE, review()), "Patient")

    assert set(patient) == {"resourceType", "identifier"}
    assert [one["value"] for one in patient["identifier"]] == ["P01"]


def test_no_field_holds_a_name_an_age_or_a_path() -> None:
    told = deepcopy(review(signed=True))
    told["provenance"] = {"recordings": "/home/anna/S1.c3d"}
    told["visits"][0]["recording"] = "/home/anna/S1.c3d"

    text = json.dumps(bundle(COURSE, told))

    assert "/home" not in text
    assert ".c3d" not in text
    assert SIGNER not in text
    assert "Musterfrau" not in text
    assert "61" not in [json.dumps(one) for one in _leaves(bundle(COURSE, told))]


def _leaves(value: Any) -> Any:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    else:
        yield value


@pytest.mark.parametrize(
    "subject", ["Anna Muster", "anna@clinic.example", "/data/anna", "C:\\anna", "", "-1"]
)
def test_a_subject_that_looks_like_a_name_or_path_is_refused(subject: str) -> None:
    refusal = _refusal(lambda: bundle(replace(COURSE, subject=subject)), "must be a pseudonym")

    assert refusal == "impossible_value"


@pytest.mark.parametrize("session", ["/data/S1", "x\\S1", "anna@home", "S1\n", " "])
def test_a_session_that_looks_like_a_path_is_refused(session: str) -> None:
    course = PatientCourse("P01", (Visit(session, 3, "rated", 30),))

    assert _refusal(lambda: bundle(course), "must be plain names") == "impossible_value"


def test_ratings_and_estimates_are_different_observations_that_say_which_they_are() -> None:
    made = bundle()
    rated, estimated = total_of(made, "S1", "rated"), total_of(made, "S1", "estimated")

    assert (rated["status"], estimated["status"]) == ("final", "preliminary")
    assert rated["valueQuantity"]["value"] == 36
    assert estimated["valueQuantity"]["value"] == 34.25
    assert "device" not in rated
    assert [one["coding"][0]["code"] for one in (rated["method"], estimated["method"])] == [
        "rated",
        "algorithm",
    ]
    assert estimated["note"][0]["text"] == "Estimate, not a clinician rating."
    assert "note" not in rated


def test_an_estimate_carries_its_interval_level_and_model() -> None:
    made = bundle()
    total = total_of(made, "S1", "estimated")

    parts = {local_code(one): one for one in total["component"]}
    device = next(
        one["resource"] for one in made["entry"] if one["fullUrl"] == total["device"]["reference"]
    )
    assert parts["interval-low"]["valueQuantity"]["value"] == 25.125
    assert parts["interval-high"]["valueQuantity"]["value"] == 43.5
    assert parts["interval-level"]["valueQuantity"] == {
        "value": 90, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"
    }  # fmt: skip
    assert device["version"] == [{"value": MODEL}]
    assert device["identifier"][0]["value"] == MODEL


def test_sections_sum_their_items_and_items_are_members() -> None:
    made = bundle()
    total = total_of(made, "S1", "rated")

    sums = {
        local_code(one)[-1]: one["valueQuantity"]["value"]
        for one in total["component"]
        if local_code(one).startswith("fma-ue-section")
    }
    entries = {one["fullUrl"]: one["resource"] for one in made["entry"]}
    members = [entries[one["reference"]] for one in total["hasMember"]]
    assert sums == {"A": 36, "B": 0, "C": 0, "D": 0}
    assert sum(one["valueQuantity"]["value"] for one in members) == 36
    assert len(members) == 33
    (origin,) = total["derivedFrom"]
    assert entries[origin["reference"]]["resourceType"] == "QuestionnaireResponse"


def test_a_section_with_an_item_that_cannot_be_seen_has_no_points() -> None:
    parts = {local_code(one): one for one in total_of(bundle(), "S1", "estimated")["component"]}

    assert "valueQuantity" not in parts["fma-ue-section-A"]
    assert parts["fma-ue-section-A"]["dataAbsentReason"]["coding"][0]["code"] == "unsupported"
    assert parts["fma-ue-section-B"]["valueQuantity"]["value"] == 5 * 1.25


def test_a_response_is_completed_once_all_33_items_are_rated() -> None:
    lacking = replace(RATED, items=dict(RATED.items or {}) | {"C1": None})

    made = [bundle(PatientCourse("P01", (one,))) for one in (RATED, lacking)]

    responses = [of_kind(one, "QuestionnaireResponse")[0] for one in made]
    assert [one["status"] for one in responses] == ["completed", "in-progress"]
    item = total_of(made[1], "S1", "rated")["hasMember"]
    assert len(item) == 33
    (unrated,) = (
        one for one in of_kind(made[1], "Observation") if local_code(one) == "fma-ue-item-C1"
    )
    assert unrated["dataAbsentReason"]["coding"][0]["code"] == "not-performed"


def test_a_refused_estimate_says_why_there_is_no_value() -> None:
    total = total_of(bundle(), "S2", "estimated")

    assert not [name for name in total if name.startswith("value")]
    assert total["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert total["status"] == "preliminary"
    assert "Refused: half of the EMG is missing" in [one["text"] for one in total["note"]][1]


def test_no_loinc_or_snomed_code_stands_for_the_scale() -> None:
    text = json.dumps(bundle(COURSE, review(signed=True)))

    snomed = [
        one for one in _codings(json.loads(text)) if one.get("system") == "http://snomed.info/sct"
    ]
    assert "loinc" not in text.lower()
    assert {one["code"] for one in snomed} == {"7771000"}


def _codings(value: Any) -> Any:
    if isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value
        for one in value.values():
            yield from _codings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _codings(one)


@pytest.mark.parametrize(("side", "code"), [("left", "7771000"), ("right", "24028007")])
def test_the_side_is_coded_as_verified(side: Any, code: str) -> None:
    course = PatientCourse("P01", (Visit("S1", 3, "rated", 30, side=side),))

    parts = {local_code(one): one for one in total_of(bundle(course), "S1", "rated")["component"]}

    assert parts["side"]["valueCodeableConcept"]["coding"][0]["code"] == code


def test_simulated_data_carry_the_label_of_test_data_and_others_do_not() -> None:
    made = bundle()

    def labels(resource: Any) -> set[str]:
        return {one["code"] for one in resource.get("meta", {}).get("security", [])}

    assert labels(made) == {"HTEST"}
    assert labels(total_of(made, "S3", "estimated")) == {"HTEST"}
    assert not labels(total_of(made, "S1", "rated"))
    assert not labels(of_kind(made, "Patient")[0])
    assert any("Simulated" in one["text"] for one in total_of(made, "S3", "estimated")["note"])
    told = bundle(COURSE, review())
    assert labels(of_kind(told, "RiskAssessment")[0]) == {"HTEST"}
    assert labels(of_kind(told, "CarePlan")[0]) == {"HTEST"}
    simulated = bundle(PatientCourse("V1", (SIMULATED,)))
    assert labels(of_kind(simulated, "Patient")[0]) == {"HTEST"}
    assert not labels(bundle(PatientCourse("P01", (BARE,))))


def test_without_the_day_of_the_stroke_nothing_has_a_date() -> None:
    made = bundle(COURSE, review())

    names = {name for name, _ in _fields(made)}
    assert names.isdisjoint({"effectiveDateTime", "authored", "whenPeriod", "occurrenceDateTime"})
    told = total_of(made, "S1", "estimated")["extension"][0]
    assert told["url"].endswith("days-post-stroke")
    assert (told["valueQuantity"]["value"], told["valueQuantity"]["code"]) == (5.25, "d")


def _fields(value: Any) -> Any:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name, one
            yield from _fields(one)
    elif isinstance(value, list):
        for one in value:
            yield from _fields(one)


def test_with_the_day_of_the_stroke_dates_are_shifted_and_days_stay() -> None:
    total = total_of(bundle(stroke_date=STROKE), "S1", "estimated")

    assert total["effectiveDateTime"] == "2026-09-06"
    assert total["extension"][0]["valueQuantity"]["value"] == 5.25


def test_a_day_lasts_until_its_end() -> None:
    course = PatientCourse("P01", (Visit("S1", 5.99, "rated", 30),))

    total = total_of(bundle(course, stroke_date=STROKE), "S1", "rated")

    assert total["effectiveDateTime"] == "2026-09-06"


def test_a_visit_may_not_lie_after_the_bundle_was_made() -> None:
    course = PatientCourse("P01", (Visit("S1", 30, "rated", 30),))
    made_on = WHEN.date()

    bundle(course, stroke_date=made_on - timedelta(days=29))  # tomorrow, in some time zone

    assert (
        _refusal(lambda: bundle(course, stroke_date=made_on - timedelta(days=28)), "stroke_date")
        == "contradictory_inputs"
    )
    far = PatientCourse("P01", (Visit("S1", 36525, "rated", 30),))
    assert (
        _refusal(lambda: bundle(far, stroke_date=date(9990, 1, 1)), "days later")
        == "contradictory_inputs"
    )


def test_moments_have_time_zones() -> None:
    naive = datetime(2026, 11, 30)

    def make() -> Any:
        return fhir_bundle(COURSE, generated_at=naive, software_version="0.1.0")

    assert _refusal(make, "time zone") == "missing_input"
    with pytest.raises(ClinicalError, match="without a time"):
        bundle(stroke_date=datetime(2026, 9, 1, tzinfo=UTC))


def test_the_prognosis_tells_quantiles_at_weeks_12_and_26_and_what_they_rest_on() -> None:
    told = review()
    made = bundle(COURSE, told, stroke_date=STROKE)
    (risk,) = of_kind(made, "RiskAssessment")

    rows = {one["week"]: one for one in told["prognosis"]["fan"]}
    quantiles = [one for one in risk["prediction"] if "extension" in one]
    found = {
        (one["extension"][0]["valueQuantity"]["value"], one["probabilityDecimal"]): one[
            "extension"
        ][1]["valueQuantity"]["value"]
        for one in quantiles
    }
    percents = {"q05": 5, "q25": 25, "q50": 50, "q75": 75, "q95": 95}
    assert found == {
        (week, percent): pytest.approx(rows[week][name])
        for week in (12, 26)
        for name, percent in percents.items()
    }
    assert quantiles[0]["whenPeriod"]["start"] == "2026-11-24"
    entries = {one["fullUrl"]: one["resource"] for one in made["entry"]}
    basis = [entries[one["reference"]] for one in risk["basis"]]
    assert basis == [total_of(made, "S1", "rated"), total_of(made, "S4", "rated")]
    assert risk["status"] == "preliminary"


def test_group_probabilities_are_per_cent_and_sum_to_all() -> None:
    (risk,) = of_kind(bundle(COURSE, review()), "RiskAssessment")

    groups = [one for one in risk["prediction"] if "course" in one["outcome"]["text"]]

    assert len(groups) == 5
    assert sum(one["probabilityDecimal"] for one in groups) == pytest.approx(100)


def test_a_refused_prognosis_predicts_nothing_and_says_why() -> None:
    refused = {"refusal": "outside_window", "message": "too late"}
    told = {**review(), "prognosis": {"refused": refused}}

    (risk,) = of_kind(validated_bundle(bundle(COURSE, told)), "RiskAssessment")

    assert "prediction" not in risk
    assert "Refused (outside_window): too late" in [one["text"] for one in risk["note"]]


def test_the_rules_of_the_ward_come_with_their_accuracy_elsewhere() -> None:
    source = {"citation": "Somebody", "doi": None, "source_status": "unverified"}
    rule = {
        "name": "PREP2", "category": "good", "meaning": "50 to 65", "probability": None,
        "external": [{"text": "right for 75 %", "source": source}], "refused": None,
    }  # fmt: skip
    told = {**review(), "prognosis": {**review()["prognosis"], "rules": [rule]}}

    (risk,) = of_kind(validated_bundle(bundle(COURSE, told)), "RiskAssessment")

    assert risk["prediction"][-1]["qualitativeRisk"]["text"] == "good: 50 to 65"
    assert "right for 75 % (Somebody [unverified])" in risk["prediction"][-1]["rationale"]


def test_a_plan_that_nobody_signed_is_a_draft_and_a_proposal() -> None:
    (plan,) = of_kind(bundle(COURSE, review()), "CarePlan")

    assert (plan["status"], plan["intent"]) == ("draft", "proposal")


def test_a_plan_that_nobody_signed_is_never_active() -> None:
    assert (
        _refusal(lambda: bundle(COURSE, review(), active_plan=True), "must be signed") == "unsigned"
    )


def test_a_signed_plan_is_active_and_its_signer_has_a_pseudonym() -> None:
    made = bundle(COURSE, review(signed=True), active_plan=True)
    (plan,), (signer,) = of_kind(made, "CarePlan"), of_kind(made, "Practitioner")

    assert (plan["status"], plan["intent"]) == ("active", "plan")
    assert set(signer) == {"resourceType", "identifier"}
    assert uuid.UUID(signer["identifier"][0]["value"])


def test_another_signer_has_another_pseudonym() -> None:
    told = review(signed=True)
    other = deepcopy(told)
    other["plan"]["signed"]["by"] = "Dr Jean Dupont"

    named = [of_kind(bundle(COURSE, one), "Practitioner")[0] for one in (told, told, other)]

    assert named[0] == named[1] != named[2]


def test_a_signed_plan_can_be_handed_over_as_a_draft() -> None:
    made = bundle(COURSE, review(signed=True), active_plan=False)

    assert of_kind(made, "CarePlan")[0]["status"] == "draft"
    assert not of_kind(made, "Practitioner")


def test_a_plan_that_was_changed_after_it_was_signed_is_refused() -> None:
    told = deepcopy(review(signed=True))
    told["plan"]["modules"][0]["dose"] = "10 hours a day"

    assert _refusal(lambda: bundle(COURSE, told), "what was signed") == "unsigned"


@pytest.mark.parametrize("plan", [None, {"refused": {"refusal": "poor_quality", "message": "m"}}])
def test_an_active_plan_must_be_there(plan: Any) -> None:
    told = {**review(), "plan": plan}

    assert (
        _refusal(lambda: bundle(COURSE, told, active_plan=True), "in the review") == "missing_input"
    )
    assert not of_kind(bundle(COURSE, told), "CarePlan")


def test_blocked_modules_say_that_they_must_not_be_done() -> None:
    told = review()
    (plan,) = of_kind(bundle(COURSE, told), "CarePlan")

    details = [one["detail"] for one in plan["activity"]]
    blocked = [one["statusReason"]["text"] for one in details if one.get("doNotPerform")]
    assert told["plan"]["modules"]
    assert blocked == [one["because"] for one in told["plan"]["blocked"]]
    offered = [one for one in details if not one.get("doNotPerform")]
    assert [one["scheduledString"] for one in offered] == [
        one["dose"] for one in told["plan"]["modules"]
    ]


def test_every_resource_has_a_provenance() -> None:
    made = bundle(COURSE, review(signed=True))

    targets = {t["reference"] for one in of_kind(made, "Provenance") for t in one["target"]}
    left = [
        one["resource"]["resourceType"] for one in made["entry"] if one["fullUrl"] not in targets
    ]
    assert set(left) == {"Patient", "Device", "Practitioner", "Provenance"}


def test_provenance_names_the_model_and_leaves_the_rater_unnamed() -> None:
    made = bundle(PatientCourse("P01", (BARE, replace(ESTIMATED, days_post_stroke=50))))
    rated, estimated = of_kind(made, "Provenance")
    entries = {one["fullUrl"]: one["resource"] for one in made["entry"]}

    assert rated["recorded"] == estimated["recorded"] == "2026-11-30T09:00:00+00:00"
    assert "reference" not in rated["agent"][0]["who"]
    (source,) = estimated["entity"]
    assert entries[source["what"]["reference"]]["identifier"][0]["value"] == MODEL
    assert estimated["agent"][0]["who"]["reference"] == source["what"]["reference"]


def test_provenance_names_the_recordings_by_their_hashes() -> None:
    visit = replace(ESTIMATED, recordings=("a" * 64, "b" * 64))

    made = bundle(PatientCourse("P01", (visit,)))

    validated_bundle(made)
    (origin,) = of_kind(made, "Provenance")
    named = [one["what"]["identifier"] for one in origin["entity"] if "identifier" in one["what"]]
    assert [one["value"] for one in named] == ["a" * 64, "b" * 64]
    assert all(one["system"].endswith(":recording-sha256") for one in named)


def test_there_is_no_invented_udi() -> None:
    software = of_kind(bundle(), "Device")[0]

    (carrier,) = software["udiCarrier"]
    assert carrier["_deviceIdentifier"]["extension"][0]["valueCode"] == "not-applicable"
    assert set(carrier) == {"_deviceIdentifier"}


def test_an_estimate_without_a_known_model_names_the_software() -> None:
    course = PatientCourse("P01", (replace(REFUSED, model=None),))
    made = bundle(course)

    software = next(o for o in made["entry"] if o["resource"]["resourceType"] == "Device")
    assert total_of(made, "S2", "estimated")["device"]["reference"] == software["fullUrl"]


def test_items_of_another_scale_are_refused() -> None:
    course = PatientCourse("P01", (replace(SIMULATED, items={"Z9": 1.0}),))

    assert _refusal(lambda: bundle(course), "Z9") == "impossible_items"


def test_another_review_is_refused() -> None:
    assert (
        _refusal(lambda: bundle(COURSE, {**review(), "subject": "P02"}), "same subject")
        == "contradictory_inputs"
    )
    assert _refusal(lambda: bundle(COURSE, {"format": "x"}), "of the format") == "impossible_value"
    assert (
        _refusal(lambda: bundle(COURSE, {**review(), "plan": ["x"]}), "plan of a review")
        == "impossible_value"
    )
