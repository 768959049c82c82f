"""Which resources a reference may name, as the library tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["reference_type_faults"]


def reference_type_faults(bundle: Mapping[str, Any]) -> list[str]:
    """Give the references to a resource of a type that their element does not allow.

    The library keeps these types beside its fields and does not check them.

    Parameters
    ----------
    bundle : mapping
        One that the library can read, and whose references name entries.
    """
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - optional, slow

    entries = bundle.get("entry", ())
    kinds = {entry.get("fullUrl"): entry["resource"]["resourceType"] for entry in entries}
    faults = []
    for at, entry in enumerate(entries):
        resource = entry["resource"]
        read = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        for path, target, allowed in _references(read):
            kind = kinds.get(target)
            if kind is not None and allowed and kind not in allowed and "Resource" not in allowed:
                faults.append(
                    f"Bundle.entry[{at}].resource.{path} must refer to {', '.join(allowed)}; "
                    f"got {kind}"
                )
    return faults


def _references(read: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Walk through what the library read, and give each reference with its allowed types."""
    for name, field in type(read).model_fields.items():
        value = getattr(read, name)
        for one in value if isinstance(value, list) else [value]:
            if not hasattr(type(one), "model_fields"):
                continue
            extra = field.json_schema_extra or {}
            allowed = tuple(extra.get("enum_reference_types", ()))
            target = getattr(one, "reference", None)
            if isinstance(target, str):
                yield name, target, allowed
            for path, found, types in _references(one):
                yield f"{name}.{path}", found, types
