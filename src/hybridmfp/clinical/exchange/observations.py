"""Totals, sections and items as Observations: of raters, and of models, never mixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.exchange.context import Context, described
from hybridmfp.clinical.exchange.entries import Entry, entry_of
from hybridmfp.clinical.exchange.questionnaire import response_of
from hybridmfp.clinical.exchange.vocabulary import (
    absent,
    body_site,
    concept,
    percent,
    points,
    side_coding,
    standard,
    total_code,
)
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

__all__ = ["ESTIMATE_NOTE", "TOTAL", "observations_of"]

TOTAL = "total"
"""The part of a visit that its total is."""
ESTIMATE_NOTE = "Estimate, not a clinician rating."
_SYNTHETIC_NOTE = "Simulated recordings or simulated training persons: not for care."


def observations_of(visit: Visit, context: Context) -> list[Entry]:
    """Turn one visit into a response, if it was rated, its items, and last its total.

    Parameters
    ----------
    visit : Visit
    context : Context

    Returns
    -------
    list of Entry
        The total has the sections as components, ``hasMember`` the items and, of a rating,
        ``derivedFrom`` the response. What a model estimated is ``preliminary``; what it refused
        has a ``dataAbsentReason`` and the reasons as a note.

    Raises
    ------
    ClinicalError
        ``impossible_items`` for an item that is none of the scale.
    """
    _refuse_unknown_items(visit)
    response = response_of(visit, context) if visit.source == "rated" else None
    origin = {} if response is None else {"derivedFrom": [response.reference]}
    items = [
        _item(visit, name, value, {**_shared(visit, context), **origin})
        for name, value in _in_order(visit.items)
    ]
    members = {"hasMember": [one.reference for one in items]} if items else {}
    total = entry_of(
        {
            "resourceType": "Observation",
            "identifier": described(visit, TOTAL),
            "code": total_code(),
            **_shared(visit, context),
            **_value(visit, visit.score),
            **members,
            **origin,
            **_components(visit, context),
            **_notes(visit),
        },
        synthetic=visit.synthetic,
    )
    return [*([] if response is None else [response]), *items, total]


def _refuse_unknown_items(visit: Visit) -> None:
    known = {item.identifier for item in FMA_UE.items}
    unknown = sorted(set(visit.items or ()) - known)
    if unknown:
        raise ClinicalError(
            f"items of {visit.session} must be items of the FMA-UE, such as A2e; got "
            f"{', '.join(unknown)}. Correct their names, or leave them out.",
            refusal="impossible_items",
        )


def _in_order(items: Mapping[str, float | None] | None) -> list[tuple[str, float | None]]:
    told = items or {}
    return [
        (one.identifier, told[one.identifier]) for one in FMA_UE.items if one.identifier in told
    ]


def _shared(visit: Visit, context: Context) -> dict[str, Any]:
    """Give what all Observations of a visit have in common."""
    rated = visit.source == "rated"
    side = context.side(visit)
    category = ("survey", "Survey") if rated else ("exam", "Exam")
    method = ("rated", "rated by a person") if rated else ("algorithm", "estimated by an algorithm")
    return {
        **context.calendar.extensions(visit.days_post_stroke),
        "status": "final" if rated else "preliminary",
        "category": [standard("observation-category", *category)],
        "subject": context.patient.reference,
        **context.calendar.field("effectiveDateTime", visit.days_post_stroke),
        "method": concept(*method),
        **({} if side is None else {"bodySite": body_site(side)}),
        **({} if rated else {"device": context.device(visit).reference}),
    }


def _value(visit: Visit, value: float | None, *, unseen: bool = False) -> dict[str, Any]:
    if value is not None:
        return {"valueQuantity": points(value)}
    if visit.source == "rated":
        return {"dataAbsentReason": absent("not-performed")}
    return {"dataAbsentReason": absent("unsupported" if unseen else "unknown")}


def _item(visit: Visit, name: str, value: float | None, shared: Mapping[str, Any]) -> Entry:
    (facts,) = (one for one in FMA_UE.items if one.identifier == name)
    note = {} if visit.source == "rated" else {"note": [{"text": ESTIMATE_NOTE}]}
    return entry_of(
        {
            "resourceType": "Observation",
            "identifier": described(visit, name),
            "code": concept(f"fma-ue-item-{name}", f"FMA-UE {name}: {facts.title}"),
            **shared,
            **_value(visit, value, unseen=visit.score is not None),
            **note,
        },
        synthetic=visit.synthetic,
    )


def _components(visit: Visit, context: Context) -> dict[str, Any]:
    parts = [*_sections(visit), *_interval(visit)]
    side = context.side(visit)
    if side is not None:
        told = {"coding": [side_coding(side)]}
        parts.append({"code": concept("side", "arm"), "valueCodeableConcept": told})
    if visit.quality is not None:
        code = concept(f"signals-{visit.quality}", visit.quality)
        parts.append(
            {"code": concept("signal-quality", "quality of signals"), "valueCodeableConcept": code}
        )
    return {"component": parts} if parts else {}


def _sections(visit: Visit) -> list[dict[str, Any]]:
    """Sum the items by section; a section of which one is not known has no points."""
    items = visit.items
    if not items:
        return []
    parts = []
    for name, section in FMA_UE.sections.items():
        known = [items.get(item.identifier) for item in section]
        rated = [one for one in known if one is not None]
        most = sum(item.levels[-1] for item in section)
        value = sum(rated) if len(rated) == len(known) else None
        code = concept(f"fma-ue-section-{name}", f"FMA-UE section {name}, 0 to {most}")
        parts.append({"code": code, **_value(visit, value, unseen=visit.score is not None)})
    return parts


def _interval(visit: Visit) -> list[dict[str, Any]]:
    if visit.interval is None or visit.level is None or visit.source == "rated":
        return []
    low, high = visit.interval
    return [
        {"code": concept("interval-low", "lower end of interval"), "valueQuantity": points(low)},
        {"code": concept("interval-high", "upper end of interval"), "valueQuantity": points(high)},
        {
            "code": concept("interval-level", "how often such intervals hold the score"),
            "valueQuantity": percent(visit.level),
        },
    ]


def _notes(visit: Visit) -> dict[str, Any]:
    texts = [] if visit.source == "rated" else [ESTIMATE_NOTE]
    if visit.score is None:
        texts.append(f"Refused: {'; '.join(visit.reasons) or 'no reason was told'}.")
    if visit.synthetic:
        texts.append(_SYNTHETIC_NOTE)
    return {"note": [{"text": text} for text in texts]} if texts else {}
