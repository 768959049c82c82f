"""The words of a bundle: code systems, local codes, and the small structures made of them."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from hybridmfp.clinical.sourced import read_facts
from hybridmfp.signals import Side

__all__ = [
    "CODES",
    "DAYS_EXTENSION",
    "FORM",
    "IDENTIFIERS",
    "SNOMED",
    "THRESHOLD_EXTENSION",
    "WEEKS_EXTENSION",
    "absent",
    "body_site",
    "concept",
    "days",
    "form_facts",
    "is_synthetic",
    "number",
    "percent",
    "points",
    "side_coding",
    "sides_by_code",
    "standard",
    "synthetic_meta",
    "total_code",
    "weeks",
]

_LOCAL = "urn:x-hybridmfp"
CODES = f"{_LOCAL}:codes"
"""Code system of our own codes; an institution maps them to what it uses."""
IDENTIFIERS = f"{_LOCAL}:identifiers"
"""Prefix of our identifier systems; ``:subject``, ``:visit`` and so on follow."""
FORM = f"{_LOCAL}:questionnaire:fma-ue"
"""Our form, whose linkIds are those of RTS-IG."""
DAYS_EXTENSION = f"{_LOCAL}:extension:days-post-stroke"
WEEKS_EXTENSION = f"{_LOCAL}:extension:weeks-post-stroke"
THRESHOLD_EXTENSION = f"{_LOCAL}:extension:fma-ue-threshold"
SNOMED = "http://snomed.info/sct"
_UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"

Absence = Literal["unknown", "unsupported", "not-performed"]


@cache
def _facts() -> Any:
    return read_facts("hybridmfp.clinical.exchange", "vocabulary.yaml")


@cache
def form_facts() -> Any:
    """Say how RTS-IG nests the items."""
    return read_facts("hybridmfp.clinical.exchange", "rts_ig_form.yaml")


def concept(code: str, display: str) -> dict[str, Any]:
    """Make a CodeableConcept of one of our codes."""
    return {"coding": [{"system": CODES, "code": code, "display": display}], "text": display}


def standard(system: str, code: str, display: str) -> dict[str, Any]:
    """Make a CodeableConcept of a code of HL7 terminology, such as ``observation-category``."""
    return {"coding": [{"system": f"{_HL7}/{system}", "code": code, "display": display}]}


def total_code() -> dict[str, Any]:
    """Name the total, by our code and by that of RTS-IG."""
    named = concept("fma-ue-total", "FMA-UE total, 0 to 66")
    named["coding"].append({key: _facts()["total"][key] for key in ("system", "code", "display")})
    return named


def absent(reason: Absence) -> dict[str, Any]:
    """Say why there is no value."""
    displays = {
        "unknown": "Unknown",
        "unsupported": "Unsupported",
        "not-performed": "Not Performed",
    }
    return standard("data-absent-reason", reason, displays[reason])


def number(value: float) -> int | float:
    """Write whole numbers without a point."""
    return int(value) if float(value).is_integer() else float(value)


def points(value: float) -> dict[str, Any]:
    """Make a quantity in points of the scale."""
    return {"value": number(value), "unit": "points", "system": _UCUM, "code": "{score}"}


def percent(fraction: float) -> dict[str, Any]:
    """Make a quantity in per cent of a fraction."""
    value = number(float(f"{100 * fraction:.12g}"))
    return {"value": value, "unit": "%", "system": _UCUM, "code": "%"}


def days(value: float) -> dict[str, Any]:
    """Make the extension that tells the days since the stroke."""
    told = {"value": number(value), "unit": "days", "system": _UCUM, "code": "d"}
    return {"url": DAYS_EXTENSION, "valueQuantity": told}


def weeks(value: float) -> dict[str, Any]:
    """Make the extension that tells the weeks since the stroke."""
    told = {"value": number(value), "unit": "weeks", "system": _UCUM, "code": "wk"}
    return {"url": WEEKS_EXTENSION, "valueQuantity": told}


def side_coding(side: Side) -> dict[str, str]:
    """Code a side in SNOMED CT."""
    return {"system": SNOMED, **_facts()["sides"][side]}


def sides_by_code() -> dict[str, Side]:
    """Give the sides by their SNOMED CT code."""
    names: tuple[Side, ...] = ("left", "right")
    return {_facts()["sides"][side]["code"]: side for side in names}


def body_site(side: Side) -> dict[str, Any]:
    """Name the arm in a local code; laterality alone is no body structure."""
    return concept(f"{side}-upper-limb", f"{side} upper limb")


def synthetic_meta() -> dict[str, Any]:
    """Label what simulated recordings or persons had a part in."""
    label = {key: _facts()["synthetic"][key] for key in ("system", "code", "display")}
    tag = {"system": CODES, "code": "synthetic", "display": "simulated recordings or persons"}
    return {"security": [label], "tag": [tag]}


def is_synthetic(resource: Any) -> bool:
    """Tell whether a resource carries the label of `synthetic_meta`."""
    labels = (resource.get("meta") or {}).get("security") or ()
    return any(one.get("code") == _facts()["synthetic"]["code"] for one in labels)
