"""What the check of a bundle before it leaves promises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from exchange_builder import BARE, COURSE, ESTIMATED, RATED, bundle, of_kind, review, total_of

from hybridmfp.clinical.exchange import read_fhir, validated_bundle, write_fhir
from hybridmfp.errors import MissingDependencyError, ReadError, WriteError

r4b = pytest.importorskip("fhir.resources.R4B")

Break = Callable[[dict[str, Any]], object]


def _first(kind: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda made: of_kind(made, kind)[0]


_risk, _plan, _device = _first("RiskAssessment"), _first("CarePlan"), _first("Device")
_response, _provenance = _first("QuestionnaireResponse"), _first("Provenance")


def _total(made: dict[str, Any]) -> dict[str, Any]:
    return total_of(made, "S1", "rated")


def _activate(made: dict[str, Any]) -> None:
    _plan(made).update(status="active", intent="plan")


_BROKEN: list[tuple[str, Break]] = [
    # what the library finds
    (r"entry\[0\].resource.surname", lambda b: of_kind(b, "Patient")[0].update(surname="x")),
    (r"resource.*value", lambda b: _total(b).update(valueString="36")),
    (r"resource.code", lambda b: _total(b).pop("code")),
    (r"resourceType must be a resource", lambda b: _total(b).update(resourceType="Score")),
    (r"resourceType must name", lambda b: _total(b).pop("resourceType")),
    (r"Bundle.entry\[0\] must be a mapping", lambda b: b["entry"].insert(0, "x")),
    (r"timestamp", lambda b: b.update(timestamp="yesterday")),
    # what it does not
    (r"Bundle.type must be of document", lambda b: b.update(type="heap")),
    (r"Bundle.type must be collection", lambda b: b.update(type="batch")),
    (r"Bundle.timestamp must be there", lambda b: b.pop("timestamp")),
    (r"fullUrl must be unique", lambda b: b["entry"].append(b["entry"][0])),
    (r"fullUrl must be a urn:uuid", lambda b: b["entry"][0].update(fullUrl="http://x/Patient/1")),
    (
        r"entry\[0\].request must not be in a collection",
        lambda b: b["entry"][0].update(request={"method": "POST", "url": "Patient"}),
    ),
    (r"subject.reference must name an entry", lambda b: b["entry"].pop(0)),
    (
        r"subject.type must be Patient; got 'Group'",
        lambda b: _total(b)["subject"].update(type="Group"),
    ),
    (
        r"resource.subject must refer to Patient.*; got Observation",
        lambda b: _total(b).update(subject={"reference": _url(b, _total(b))}),
    ),
    (
        r"agent.who must refer to .*; got Observation",
        lambda b: _provenance(b)["agent"][0].update(who={"reference": _url(b, _total(b))}),
    ),
    (r"status must be of registered.*'ready'", lambda b: _total(b).update(status="ready")),
    (r"resource.status must be of in-progress", lambda b: _response(b).update(status="done")),
    (r"deviceName\[0\].type must be of", lambda b: _device(b)["deviceName"][0].update(type="x")),
    (r"resource.status must be of registered", lambda b: _risk(b).update(status="x")),
    (r"resource.status must be of draft", lambda b: _plan(b).update(status="x")),
    (r"intent must be of proposal", lambda b: _plan(b).update(intent="x")),
    (
        r"activity\[0\].detail.status must be of",
        lambda b: _plan(b)["activity"][0]["detail"].update(status="x"),
    ),
    (
        r"dataAbsentReason must not be beside a value \(obs-6\)",
        lambda b: _total(b).update(dataAbsentReason={"text": "x"}),
    ),
    (r"dataAbsentReason must be where", lambda b: _total(b).pop("valueQuantity")),
    (
        r"component\[0\].dataAbsentReason must be where",
        lambda b: _total(b)["component"][0].pop("dataAbsentReason"),
    ),
    (
        r"obs-7",
        lambda b: _total(b)["component"][0].update(code=_total(b)["code"]),
    ),
    (r"linkId .* must stand there once", lambda b: _items(b).append(_items(b)[0])),
    (
        r"probabilityDecimal must be 0 to 100",
        lambda b: _risk(b)["prediction"][0].update(probabilityDecimal=101),
    ),
    (
        r"cpl-3",
        lambda b: _plan(b)["activity"][0].update(reference={"reference": _url(b, _total(b))}),
    ),
    (r"intent must be proposal while", lambda b: _plan(b).update(intent="order")),
    (r"nobody attests", _activate),
    (
        r"name must not leave the house",
        lambda b: of_kind(b, "Patient")[0].update(name=[{"text": "A"}]),
    ),
    (
        r"birthDate must not leave the house",
        lambda b: of_kind(b, "Patient")[0].update(birthDate="1960-01-01"),
    ),
    (r"note\[0\].text must not be empty", lambda b: _plan(b)["note"][0].update(text=" ")),
    (r"activity must not be empty", lambda b: _plan(b).update(activity=[])),
    (r"role must be of derivation", lambda b: _source(b).update(role="origin")),
]  # fmt: skip


def _items(made: dict[str, Any]) -> list[Any]:
    found: list[Any] = _response(made)["item"]
    return found


def _url(made: dict[str, Any], resource: dict[str, Any]) -> str:
    return next(one["fullUrl"] for one in made["entry"] if one["resource"] is resource)


def _source(made: dict[str, Any]) -> dict[str, Any]:
    return next(one["entity"][0] for one in of_kind(made, "Provenance") if "entity" in one)


@cache
def _small() -> dict[str, Any]:
    """Give a bundle with every kind of resource and few items."""
    rated = replace(RATED, items={"A1a": 2.0, "C1": 0.0})
    estimated = replace(ESTIMATED, items=None)
    return bundle(replace(COURSE, visits=(rated, estimated, BARE)), review())


@pytest.mark.parametrize(("match", "damage"), _BROKEN, ids=[match for match, _ in _BROKEN])
def test_a_damaged_bundle_is_refused_with_the_path(match: str, damage: Break) -> None:
    made = deepcopy(_small())
    damage(made)

    with pytest.raises(WriteError, match=match):
        validated_bundle(made)


def test_every_required_code_is_checked_and_every_element_known_to_the_library() -> None:
    from hybridmfp.clinical.exchange.invariants import _required

    for rule, codes in _required().items():
        kind, *steps = rule.split(".")
        model = r4b.get_fhir_model_class(kind)
        for step in steps[:-1]:
            name = model.model_fields[step].annotation
            model = r4b.get_fhir_model_class(_named(name))
        told = model.model_fields[steps[-1]].json_schema_extra["enum_values"]
        shown = {one for one in told if one != "+"}
        assert shown <= set(codes), rule
        assert "+" in told or shown == set(codes), rule


def _named(annotation: Any) -> str:
    """Give the type of an element out of ``List[XType] | None``."""
    import re

    return next(iter(re.findall(r"(\w+)Type\b", str(annotation))), "")


def test_a_bundle_is_given_back_as_it_was() -> None:
    made = bundle(COURSE, review())

    assert validated_bundle(made) == made


def test_a_file_holds_the_bundle_and_is_always_the_same(tmp_path: Path) -> None:
    made = bundle(COURSE, review())

    write_fhir(made, tmp_path / "one.json")
    write_fhir(made, tmp_path / "two.json")

    assert read_fhir(tmp_path / "one.json") == made
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_file_is_replaced_only_if_allowed(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text("mine")

    with pytest.raises(WriteError, match="must not exist yet"):
        write_fhir(bundle(), path)
    assert path.read_text() == "mine"
    write_fhir(bundle(), path, overwrite=True)
    assert read_fhir(path)["resourceType"] == "Bundle"


def test_an_invalid_bundle_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="must be valid"):
        write_fhir({**bundle(), "type": "batch"}, tmp_path / "bundle.json")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["[]", "{", '{"a": NaN}', "3"])
def test_what_is_no_json_mapping_is_not_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(text)

    with pytest.raises(ReadError, match="must"):
        read_fhir(path)


def test_without_the_library_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = bundle()
    monkeypatch.setitem(sys.modules, "fhir.resources.R4B", None)

    with pytest.raises(MissingDependencyError, match=r"hybridmfp\[exchange\]"):
        validated_bundle(made)
