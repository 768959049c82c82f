"""What the FHIR library says about a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.errors import MissingDependencyError

__all__ = ["library_faults"]

_COMMAND = "pip install 'hybridmfp[exchange]'"


def library_faults(bundle: Mapping[str, Any]) -> list[str]:
    """Give what keeps the library from reading a bundle, each with its path.

    Parameters
    ----------
    bundle : mapping
        JSON-ready; entries are judged one by one, then the bundle around them.

    Raises
    ------
    MissingDependencyError
        If fhir.resources is not installed.
    """
    faults = []
    around = []
    for at, entry in enumerate(_entries(bundle)):
        if isinstance(entry, Mapping):
            faults += _faults(f"Bundle.entry[{at}].resource", entry.get("resource"))
            around.append({key: value for key, value in entry.items() if key != "resource"})
        else:
            faults.append(f"Bundle.entry[{at}] must be a mapping; got {type(entry).__name__}")
    return faults + _faults("Bundle", {**bundle, **({"entry": around} if around else {})})


def _entries(bundle: Mapping[str, Any]) -> list[Any]:
    entries = bundle.get("entry")
    return entries if isinstance(entries, list) else []


def _faults(path: str, resource: Any) -> list[str]:
    try:
        from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - optional, slow
        from fhir.resources.R4B.resource import Resource  # noqa: PLC0415
        from pydantic import ValidationError  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError(
            f"checking a FHIR bundle needs fhir.resources, which is not installed. Run {_COMMAND}."
        ) from error
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(kind, str):
        return [f"{path}.resourceType must name a resource; got {kind!r}"]
    try:
        model = get_fhir_model_class(kind)
    except ValueError:
        model = None
    if model is None or not issubclass(model, Resource):
        return [f"{path}.resourceType must be a resource of FHIR R4; got {kind!r}"]
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return [
            f"{'.'.join([path, *map(str, one['loc'])])} {one['msg'][:1].lower()}{one['msg'][1:]}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    return []
