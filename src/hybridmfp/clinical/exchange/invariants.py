"""Rules of FHIR R4, and our own, that the library does not check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from hybridmfp.clinical.sourced import read_facts

__all__ = ["invariant_faults", "required_code_faults"]

_IDENTIFYING = ("name", "telecom", "birthDate", "address", "contact", "photo", "communication")
_CODED = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"

_Found = Iterator[str]


def invariant_faults(bundle: Mapping[str, Any]) -> list[str]:
    """Give every broken rule with its path.

    Parameters
    ----------
    bundle : mapping
        One that the library can read.
    """
    faults = [*_bundle(bundle), *required_code_faults(bundle)]
    for at, entry in enumerate(bundle.get("entry", ())):
        resource = entry["resource"]
        path = f"Bundle.entry[{at}].resource"
        faults += [*_nothing_empty(path, resource)]
        rule = _RULES.get(resource["resourceType"])
        faults += [] if rule is None else [f"{path}.{one}" for one in rule(resource)]
    return [*faults, *_references(bundle), *_attested(bundle)]


def required_code_faults(bundle: Mapping[str, Any]) -> list[str]:
    """Give the codes that are none of the closed list of their element."""
    facts = _required()
    faults = []
    for rule, codes in facts.items():
        kind, *steps = rule.split(".")
        for path, resource in _of_kind(bundle, kind):
            faults += [
                f"{where} must be of {', '.join(codes)}; got {code!r}"
                for where, code in _at(path, resource, steps)
                if code not in codes
            ]
    return faults


@cache
def _required() -> dict[str, list[str]]:
    facts = read_facts("hybridmfp.clinical.exchange", "required_codes.yaml")
    return {rule: codes for rule, codes in facts.items() if "." in rule}


def _of_kind(bundle: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if kind == "Bundle":
        yield "Bundle", bundle
    for at, entry in enumerate(bundle.get("entry", ())):
        resource = entry.get("resource") or {}
        if resource.get("resourceType") == kind:
            yield f"Bundle.entry[{at}].resource", resource


def _at(path: str, value: Any, steps: list[str]) -> Iterator[tuple[str, Any]]:
    """Follow the steps to an element, through all members of lists."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _at(f"{path}[{at}]", one, steps)
    elif not steps:
        yield path, value
    elif steps[0] in value:
        yield from _at(f"{path}.{steps[0]}", value[steps[0]], steps[1:])


def _bundle(bundle: Mapping[str, Any]) -> _Found:
    """Check that a collection names its entries and asks nothing of a server (bdl-3, bdl-7)."""
    if bundle.get("type") != "collection":
        yield f"Bundle.type must be collection; got {bundle.get('type')!r}"
    if not bundle.get("timestamp"):
        yield "Bundle.timestamp must be there"
    urls = [entry.get("fullUrl") for entry in bundle.get("entry", ())]
    for at, entry in enumerate(bundle.get("entry", ())):
        if not str(urls[at]).startswith("urn:uuid:"):
            yield f"Bundle.entry[{at}].fullUrl must be a urn:uuid; got {urls[at]!r}"
        for name in ("request", "response", "search"):
            if name in entry:
                yield f"Bundle.entry[{at}].{name} must not be in a collection"
    twice = sorted(str(url) for url, times in Counter(urls).items() if times > 1)
    if twice:
        yield f"Bundle.entry.fullUrl must be unique; got {', '.join(twice)} more than once"


def _nothing_empty(path: str, value: Any) -> _Found:
    """Check that no element is empty (ele-1)."""
    blank = isinstance(value, str) and not value.strip()
    if value is None or blank or (isinstance(value, list | dict) and not value):
        yield f"{path} must not be empty"
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _nothing_empty(f"{path}.{name}", one)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _nothing_empty(f"{path}[{at}]", one)


def _patient(resource: Mapping[str, Any]) -> _Found:
    """Check that a patient is a pseudonym."""
    for name in _IDENTIFYING:
        if name in resource:
            yield f"{name} must not leave the house"


def _has_value(resource: Mapping[str, Any]) -> bool:
    return any(name.startswith("value") for name in resource)


def _observation(resource: Mapping[str, Any]) -> _Found:
    """Check that there is a value or the reason why there is none (obs-6, obs-7)."""
    parts = {"": resource}
    parts |= {f"component[{at}].": one for at, one in enumerate(resource.get("component", ()))}
    for path, one in parts.items():
        if _has_value(one) and "dataAbsentReason" in one:
            yield f"{path}dataAbsentReason must not be beside a value (obs-6)"
        if not _has_value(one) and "dataAbsentReason" not in one:
            yield f"{path}dataAbsentReason must be where there is no value"
    codes = {_coding(one["code"]) for path, one in parts.items() if path}
    if _has_value(resource) and _coding(resource["code"]) in codes:
        yield "component.code must not be that of the Observation, which has a value (obs-7)"


def _coding(code: Mapping[str, Any]) -> frozenset[tuple[Any, Any]]:
    return frozenset((one.get("system"), one.get("code")) for one in code.get("coding", ()))


def _response(resource: Mapping[str, Any]) -> _Found:
    """Check that items lie below an item or its answer, not both (qrs-1), and stand there once."""
    names: list[str] = []
    waiting = list(resource.get("item", ()))
    while waiting:
        item = waiting.pop()
        names.append(item["linkId"])
        below = [one for answer in item.get("answer", ()) for one in answer.get("item", ())]
        if below and item.get("item"):
            yield f"item {item['linkId']} must have items in one place (qrs-1)"
        waiting += [*item.get("item", ()), *below]
    for name, times in Counter(names).items():
        if times > 1:
            yield f"item.linkId {name} must stand there once; it does {times} times"


def _risk(resource: Mapping[str, Any]) -> _Found:
    """Check that probabilities are per cent (ras-2)."""
    for at, one in enumerate(resource.get("prediction", ())):
        probability = one.get("probabilityDecimal", 0)
        if not 0 <= probability <= 100:
            yield f"prediction[{at}].probabilityDecimal must be 0 to 100; got {probability} (ras-2)"


def _care_plan(resource: Mapping[str, Any]) -> _Found:
    """Check that what nobody signed is a proposal, and no activity is told twice (cpl-3)."""
    if resource["status"] != "active" and resource["intent"] != "proposal":
        yield f"intent must be proposal while the plan is {resource['status']}"
    for at, one in enumerate(resource.get("activity", ())):
        if "detail" in one and "reference" in one:
            yield f"activity[{at}] must have detail or reference, not both (cpl-3)"


_RULES: dict[str, Callable[[Mapping[str, Any]], _Found]] = {
    "Patient": _patient,
    "Observation": _observation,
    "QuestionnaireResponse": _response,
    "RiskAssessment": _risk,
    "CarePlan": _care_plan,
}


def _references(bundle: Mapping[str, Any]) -> _Found:
    """Check that every reference names an entry, of the type that it says."""
    kinds = {
        entry.get("fullUrl"): entry["resource"]["resourceType"] for entry in bundle.get("entry", ())
    }
    for path, found in _all_references("Bundle", bundle):
        target = found["reference"]
        if target not in kinds:
            yield f"{path}.reference must name an entry of the bundle; got {target!r}"
        elif found.get("type", kinds[target]) != kinds[target]:
            yield f"{path}.type must be {kinds[target]}; got {found['type']!r}"


def _all_references(path: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("reference"), str):
            yield path, value
        for name, one in value.items():
            yield from _all_references(f"{path}.{name}", one)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _all_references(f"{path}[{at}]", one)


def _attested(bundle: Mapping[str, Any]) -> _Found:
    """Check that an active plan has somebody who attests it."""
    attested = {
        target.get("reference")
        for _, origin in _of_kind(bundle, "Provenance")
        for target in origin["target"]
        if any((_CODED, "attester") in _coding(one.get("type", {})) for one in origin["agent"])
    }
    for at, entry in enumerate(bundle.get("entry", ())):
        resource = entry["resource"]
        active = resource["resourceType"] == "CarePlan" and resource["status"] == "active"
        if active and entry.get("fullUrl") not in attested:
            yield f"Bundle.entry[{at}].resource.status must not be active: nobody attests the plan"
