"""The prognosis as a RiskAssessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.exchange.context import Context
from hybridmfp.clinical.exchange.entries import Entry, entry_of, identifier
from hybridmfp.clinical.exchange.sections import refusal_of, source_text, told
from hybridmfp.clinical.exchange.vocabulary import (
    THRESHOLD_EXTENSION,
    concept,
    number,
    points,
    weeks,
)

__all__ = ["FORETOLD_WEEKS", "risk_of"]

FORETOLD_WEEKS = (12.0, 26.0)
"""Weeks after the stroke whose quantiles are told, where they are in the fan."""

_QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def risk_of(
    prognosis: Mapping[str, Any], context: Context, totals: Sequence[tuple[Visit, Entry]]
) -> Entry:
    """Turn the prognosis section of a review into predictions with their probabilities.

    Parameters
    ----------
    prognosis : mapping
        Quantiles become *at most so many points*, with the quantile as probability; FHIR writes
        probabilities in per cent. A refusal becomes a note and no prediction.
    context : Context
    totals : sequence of (Visit, Entry)
        The scores it may rest on.

    Returns
    -------
    Entry
        ``preliminary``: a person has not looked at it.
    """
    refused = refusal_of(prognosis)
    predictions = [] if refused else [*_fan(prognosis, context), *_groups(prognosis)]
    predictions += [_rule(one) for one in told(prognosis, "rules") if not one.get("refused")]
    basis = [entry.reference for _, entry in _basis(prognosis, totals)]
    return entry_of(
        {
            "resourceType": "RiskAssessment",
            "identifier": [identifier("prognosis", context.course.subject)],
            "status": "preliminary",
            "code": concept("fma-ue-prognosis", "prognosis of the FMA-UE total"),
            "subject": context.patient.reference,
            "performer": context.software.reference,
            **({"method": {"text": str(prognosis["model"])}} if prognosis.get("model") else {}),
            **({"basis": basis} if basis else {}),
            **({"prediction": predictions} if predictions else {}),
            "note": [{"text": text} for text in _notes(prognosis)],
        },
        synthetic=context.course.synthetic,
    )


def _basis(
    prognosis: Mapping[str, Any], totals: Sequence[tuple[Visit, Entry]]
) -> list[tuple[Visit, Entry]]:
    """Give the scores that the prognosis says it used."""
    used = {(one.get("session"), one.get("source")) for one in told(prognosis, "used")}
    return [(visit, entry) for visit, entry in totals if (visit.session, visit.source) in used]


def _fan(prognosis: Mapping[str, Any], context: Context) -> list[dict[str, Any]]:
    rows = {float(one["week"]): one for name in ("fan", "at") for one in told(prognosis, name)}
    return [
        _quantile(week, float(rows[week][name]), probability, context)
        for week in FORETOLD_WEEKS
        if week in rows
        for name, probability in _QUANTILES.items()
        if rows[week].get(name) is not None
    ]


def _quantile(week: float, value: float, probability: float, context: Context) -> dict[str, Any]:
    day = context.calendar.foretold_day(7 * week)
    text = f"FMA-UE at week {week:g} after the stroke is at most {value:.1f} points"
    return {
        "extension": [
            weeks(week),
            {"url": THRESHOLD_EXTENSION, "valueQuantity": points(value)},
        ],
        "outcome": {**concept("fma-ue-at-most", "FMA-UE is at most the threshold"), "text": text},
        "probabilityDecimal": _percentage(probability),
        **({} if day is None else {"whenPeriod": {"start": day, "end": day}}),
    }


def _groups(prognosis: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": {
                **concept(f"recovery-{one['name']}", "course of recovery"),
                "text": f"recovery follows the course: {one.get('label') or one['name']}",
            },
            "probabilityDecimal": _percentage(one["probability"]),
        }
        for one in told(prognosis, "groups")
    ]


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what a rule of the ward says, with how often it was right elsewhere."""
    accuracy = "; ".join(
        f"{one['text']} ({source_text(one['source'])})" for one in told(rule, "external")
    )
    meaning = f": {rule['meaning']}" if rule.get("meaning") else ""
    probability = rule.get("probability")
    return {
        "outcome": {"text": f"{rule['name']}: {rule['category']}"},
        **({} if probability is None else {"probabilityDecimal": _percentage(probability)}),
        "qualitativeRisk": {"text": f"{rule['category']}{meaning}"},
        "rationale": f"How often {rule['name']} was right elsewhere: {accuracy or 'not known'}",
    }


def _notes(prognosis: Mapping[str, Any]) -> list[str]:
    notes = ["Prognosis by a model, not by a clinician."]
    refused = refusal_of(prognosis)
    if refused is not None:
        notes.append(f"Refused ({refused['refusal']}): {refused['message']}")
    notes += [
        f"{one['name']} refused ({one['refused']['refusal']}): {one['refused']['message']}"
        for one in told(prognosis, "rules")
        if one.get("refused")
    ]
    if not refused and prognosis.get("source"):
        notes.append(f"Source of the model: {source_text(prognosis['source'])}")
    return notes


def _percentage(probability: float) -> int | float:
    return number(float(f"{100 * probability:.12g}"))
