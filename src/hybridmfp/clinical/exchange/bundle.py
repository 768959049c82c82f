"""A patient's course as one FHIR R4 Bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange.care_plan import care_plan_of, is_signed, signer_of
from hybridmfp.clinical.exchange.context import Context, check_pseudonyms, patient_of
from hybridmfp.clinical.exchange.devices import model_device, software_device
from hybridmfp.clinical.exchange.entries import Entry
from hybridmfp.clinical.exchange.observations import observations_of
from hybridmfp.clinical.exchange.provenance import provenance_of
from hybridmfp.clinical.exchange.risk import risk_of
from hybridmfp.clinical.exchange.sections import answered, check_review, section
from hybridmfp.clinical.exchange.vocabulary import synthetic_meta
from hybridmfp.clinical.exchange.when import Calendar
from hybridmfp.clinical.fma_ue import require_fma_ue
from hybridmfp.errors import ClinicalError

__all__ = ["fhir_bundle"]


def fhir_bundle(
    course: PatientCourse,
    review: Mapping[str, Any] | None = None,
    *,
    generated_at: datetime,
    software_version: str,
    stroke_date: date | None = None,
    active_plan: bool | None = None,
) -> dict[str, Any]:
    """Turn a course, and what was said about it, into a FHIR R4 Bundle.

    The bundle is a ``collection``: it is handed over, and whoever receives it decides what to
    store. A ``transaction`` would tell a server to write, with a new Patient every time.

    Parameters
    ----------
    course : PatientCourse
    review : mapping, optional
        What ``CourseReview.as_json`` gives; sections may be missing or refused.
    generated_at : datetime
        With its time zone.
    software_version : str
        Such as ``hybridmfp.__version__``.
    stroke_date : date, optional
        The day of the stroke. A course knows days since the stroke and no dates: without it the
        bundle has no dates, only days; with it the dates of the visits are in the bundle, and
        dates can tell who somebody is.
    active_plan : bool, optional
        Whether the CarePlan shall be ``active``. If left out, it is once the plan is signed.

    Returns
    -------
    dict
        The same arguments give the same bundle, byte for byte; the same content keeps its
        ``urn:uuid`` from bundle to bundle.

    Raises
    ------
    ClinicalError
        ``unsigned`` for an active plan that nobody has signed, or that was changed since;
        ``missing_input`` for an active plan that is not in the review; ``impossible_value`` for a
        subject or session that looks like a name, a path or an address; ``other_scale``;
        ``impossible_items``; ``contradictory_inputs`` for a review of somebody else, or visits
        after `generated_at`.

    References
    ----------
    HL7 FHIR R4, http://hl7.org/fhir/R4; RTS-IG for the linkIds of the questionnaire.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hybridmfp.clinical.course import Visit
    >>> course = PatientCourse("P01", (Visit("S1", 10, "rated", 30.0),))
    >>> when = datetime(2026, 11, 30, tzinfo=UTC)
    >>> bundle = fhir_bundle(course, generated_at=when, software_version="0.1.0")
    >>> [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    ['Patient', 'Device', 'Observation', 'Provenance']
    """
    require_fma_ue(course.scale, whose=course.subject)
    check_pseudonyms(course)
    check_review(review, subject=course.subject)
    context = _context(course, Calendar(generated_at, stroke_date), software_version)
    entries, totals = _visits(context)
    entries += _prognosis(section(review, "prognosis"), context, totals)
    entries += _plan(section(review, "plan"), context, totals, active=active_plan)
    whole = [context.patient, context.software, *context.models.values(), *entries]
    return {
        "resourceType": "Bundle",
        **({"meta": synthetic_meta()} if context.course.synthetic else {}),
        "type": "collection",
        "timestamp": context.calendar.instant,
        "entry": [one.as_json() for one in whole],
    }


def _context(course: PatientCourse, calendar: Calendar, software_version: str) -> Context:
    software = software_device(software_version)
    named = dict.fromkeys(one.model for one in course.visits if one.model is not None)
    models = {model: model_device(model, software) for model in named}
    return Context(course, calendar, patient_of(course), software, models)


def _visits(context: Context) -> tuple[list[Entry], list[tuple[Visit, Entry]]]:
    entries: list[Entry] = []
    totals: list[tuple[Visit, Entry]] = []
    for visit in context.course.visits:
        made = observations_of(visit, context)
        author = None if visit.source == "rated" else context.device(visit)
        sources = () if author is None or visit.model is None else (author,)
        origin = provenance_of(
            made, context, author=author, sources=sources, recordings=visit.recordings
        )
        entries += [*made, origin]
        totals.append((visit, made[-1]))
    return entries, totals


def _prognosis(
    found: Mapping[str, Any] | None, context: Context, totals: Sequence[tuple[Visit, Entry]]
) -> list[Entry]:
    if found is None:
        return []
    risk = risk_of(found, context, totals)
    return [risk, provenance_of([risk], context, author=context.software)]


def _plan(
    found: Mapping[str, Any] | None,
    context: Context,
    totals: Sequence[tuple[Visit, Entry]],
    *,
    active: bool | None,
) -> list[Entry]:
    plan = answered(found)
    if plan is None:
        _refuse_active(context, active=active)
        return []
    signed = is_signed(plan)
    if active and not signed:
        raise ClinicalError(
            f"the plan of {context.course.subject} must be signed by a clinician before it is "
            "exported as active; got a draft. Read it, edit it, sign it; or export the draft.",
            refusal="unsigned",
        )
    signer = signer_of(plan) if signed and active is not False else None
    basis = [entry for visit, entry in totals if visit.session == plan.get("session")]
    made = care_plan_of(plan, context, basis=basis, signer=signer)
    origin = provenance_of([made], context, author=context.software, attester=signer)
    return [*([] if signer is None else [signer]), made, origin]


def _refuse_active(context: Context, *, active: bool | None) -> None:
    if active:
        raise ClinicalError(
            f"an active plan of {context.course.subject} must be in the review; there is none, or "
            "it was refused. Make a plan and sign it.",
            refusal="missing_input",
        )
