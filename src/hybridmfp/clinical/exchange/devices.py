"""The software and the models as Devices."""

from __future__ import annotations

from typing import Any

from hybridmfp.clinical.exchange.entries import Entry, entry_of, identifier
from hybridmfp.clinical.exchange.vocabulary import concept

__all__ = ["model_device", "software_device"]

_NOTE = "Not a medical device; research use only. It has no UDI."
_NO_UDI = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "not-applicable",
}


def software_device(version: str) -> Entry:
    """Describe the software.

    The place of the UDI is kept and says that there is none; an invented one would be worse.
    """
    return entry_of(
        {
            "resourceType": "Device",
            "identifier": [identifier("software", f"hybridmfp {version}")],
            **_shared("software", "software"),
            "manufacturer": "The HybridMFP developers",
            "deviceName": [{"name": "HybridMFP", "type": "user-friendly-name"}],
            "version": [{"value": version}],
        }
    )


def model_device(model: str, software: Entry) -> Entry:
    """Describe a model by its hash, as a part of the software."""
    return entry_of(
        {
            "resourceType": "Device",
            "identifier": [identifier("model", model)],
            **_shared("algorithm", "model that estimates FMA-UE"),
            "deviceName": [{"name": f"model {model[:12]}", "type": "model-name"}],
            "version": [{"value": model}],
            "parent": software.reference,
        }
    )


def _shared(code: str, display: str) -> dict[str, Any]:
    return {
        "status": "active",
        "type": concept(code, display),
        "udiCarrier": [{"_deviceIdentifier": {"extension": [_NO_UDI]}}],
        "note": [{"text": _NOTE}],
    }
