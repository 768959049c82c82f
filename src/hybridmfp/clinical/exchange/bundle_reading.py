"""Human ratings out of a FHIR bundle, ours or of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange.library import library_faults
from hybridmfp.clinical.exchange.response_reading import answers_of, finite_number, is_rating
from hybridmfp.clinical.exchange.vocabulary import (
    CODES,
    DAYS_EXTENSION,
    IDENTIFIERS,
    is_synthetic,
    sides_by_code,
)
from hybridmfp.errors import ClinicalError, ReadError
from hybridmfp.signals import Side

__all__ = ["ratings_from_bundle"]

_MOST_TOLD = 3


def ratings_from_bundle(
    bundle: Mapping[str, Any], *, stroke_date: date | None = None
) -> PatientCourse:
    """Read the human ratings of one patient; estimates stay where they are.

    A rating is a QuestionnaireResponse with linkIds of RTS-IG, or an Observation of ours that was
    rated and has no response behind it.

    Parameters
    ----------
    bundle : mapping
        FHIR R4, with one Patient. Other resources, and responses to other questionnaires, are
        left alone.
    stroke_date : date, optional
        The day of the stroke, to count from where a rating tells its date and not the days.

    Returns
    -------
    PatientCourse
        Ratings alone, in the order of time.

    Raises
    ------
    ReadError
        If it is no valid bundle, has not one patient with an identifier, or an answer is of
        another kind.
    ClinicalError
        ``impossible_items``, ``missing_items``, ``impossible_value``; ``missing_input`` without
        days since the stroke; ``unit_mix_up`` for days in another unit; and what `PatientCourse`
        refuses.
    MissingDependencyError
        If fhir.resources is not installed.
    """
    bundle = _checked(bundle)
    urls, subject = _patient(bundle)
    visits = [
        visit
        for path, resource in _ratings(bundle)
        if (visit := _visit(resource, path, urls, stroke_date)) is not None
    ]
    return PatientCourse(subject, tuple(sorted(visits, key=lambda one: one.days_post_stroke)))


def _checked(bundle: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a valid bundle back, without nulls: in JSON of FHIR null is what is not there."""
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        raise ReadError("a FHIR bundle must be a mapping with the resourceType Bundle.")
    try:
        told: Mapping[str, Any] = _without_nulls(bundle)
    except RecursionError as error:
        raise ReadError("a FHIR bundle must not be nested so deep; nobody's is.") from error
    faults = library_faults(told)
    if faults:
        raise ReadError(
            f"a FHIR bundle must be valid R4; got: {'; '.join(faults[:_MOST_TOLD])}. "
            "Ask the system that made it."
        )
    return told


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value if one is not None]
    return value


def _resources(bundle: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Mapping[str, Any]]]:
    for at, entry in enumerate(bundle.get("entry") or ()):
        yield f"Bundle.entry[{at}].resource", entry.get("fullUrl"), entry["resource"]


def _patient(bundle: Mapping[str, Any]) -> tuple[frozenset[str], str]:
    """Give the names by which the patient is referred to, and the pseudonym."""
    patients = [
        (url, one) for _, url, one in _resources(bundle) if one["resourceType"] == "Patient"
    ]
    if len(patients) != 1:
        raise ReadError(f"a FHIR bundle must hold one Patient; got {len(patients)}.")
    ((url, patient),) = patients
    identifiers = patient.get("identifier") or ()
    ours = [one for one in identifiers if one.get("system") == f"{IDENTIFIERS}:subject"]
    named = [one["value"] for one in (*ours, *identifiers) if one.get("value")]
    if not named:
        raise ReadError("the Patient of a FHIR bundle must have an identifier; it has none.")
    names = {url} if url else set()
    if patient.get("id"):
        names.add(f"Patient/{patient['id']}")
    return frozenset(names), str(named[0])


def _ratings(bundle: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, _, resource in _resources(bundle):
        kind = resource["resourceType"]
        if (kind == "QuestionnaireResponse" and is_rating(resource)) or (
            kind == "Observation" and _is_bare_total(resource)
        ):
            yield path, resource


def _is_bare_total(resource: Mapping[str, Any]) -> bool:
    """Tell whether it is a total of ours that a person rated without telling the items."""
    codes = {(one.get("system"), one.get("code")) for one in resource["code"].get("coding", ())}
    method = resource.get("method") or {}
    methods = {(one.get("system"), one.get("code")) for one in method.get("coding", ())}
    return (
        (CODES, "fma-ue-total") in codes
        and (CODES, "rated") in methods
        and "derivedFrom" not in resource
    )


def _visit(
    resource: Mapping[str, Any], path: str, patients: frozenset[str], stroke_date: date | None
) -> Visit | None:
    if resource.get("status") == "entered-in-error":
        return None
    subject = (resource.get("subject") or {}).get("reference")
    if subject not in patients:
        raise ReadError(f"{path}.subject must be the Patient of the bundle; got {subject!r}.")
    items: Mapping[str, float | None] | None = None
    if resource["resourceType"] == "QuestionnaireResponse":
        answers = answers_of(resource, path)
        items, score, side = answers.items, answers.score, answers.side
        when = resource.get("authored")
    else:
        score, side, when = _total(resource, path), _side(resource), None
        when = resource.get("effectiveDateTime")
    return Visit(
        session=_session(resource, path),
        days_post_stroke=_days(resource, when, path, stroke_date),
        source="rated",
        score=score,
        side=side,
        items=items,
        synthetic=is_synthetic(resource),
    )


def _session(resource: Mapping[str, Any], path: str) -> str:
    """Give the session that we wrote there, or whatever names the resource."""
    told = resource.get("identifier") or []
    identifiers = told if isinstance(told, list) else [told]
    for one in identifiers:
        parts = str(one.get("value", "")).rsplit(":", 2)
        if one.get("system") == f"{IDENTIFIERS}:visit" and len(parts) == 3:
            return parts[0]
    named = [one["value"] for one in identifiers if one.get("value")]
    named += [resource["id"]] if resource.get("id") else []
    return str(named[0]) if named else path


def _days(resource: Mapping[str, Any], when: Any, path: str, stroke_date: date | None) -> float:
    told = [one for one in resource.get("extension", ()) if one.get("url") == DAYS_EXTENSION]
    if told:
        quantity = told[0].get("valueQuantity") or {}
        if quantity.get("code") != "d":
            raise ClinicalError(
                f"days since the stroke of {path} must be in days, d; got "
                f"{quantity.get('code')!r}. Convert them.",
                refusal="unit_mix_up",
            )
        return finite_number(quantity.get("value"), f"the days since the stroke of {path}")
    if stroke_date is None or when is None:
        raise ClinicalError(
            f"{path} must tell the days since the stroke, or its date beside a stroke_date; "
            "got neither. Pass the day of the stroke.",
            refusal="missing_input",
        )
    try:
        day = date.fromisoformat(str(when)[:10])
    except ValueError as error:
        raise ReadError(f"{path} must tell its date to the day; got {when!r}.") from error
    return float((day - stroke_date).days)


def _total(resource: Mapping[str, Any], path: str) -> float:
    quantity = resource.get("valueQuantity") or {}
    if quantity.get("code") != "{score}":
        raise ClinicalError(
            f"the total of {path} must be in points, {{score}}; got {quantity.get('code')!r}.",
            refusal="unit_mix_up",
        )
    return finite_number(quantity.get("value"), f"the total of {path}")


def _side(resource: Mapping[str, Any]) -> Side | None:
    codes = sides_by_code()
    for part in resource.get("component", ()):
        named = {one.get("code") for one in part["code"].get("coding", ())}
        if "side" in named:
            for one in (part.get("valueCodeableConcept") or {}).get("coding", ()):
                return codes.get(str(one.get("code")))
    return None
