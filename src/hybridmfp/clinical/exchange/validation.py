"""A bundle that is checked before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.clinical.exchange.invariants import invariant_faults
from hybridmfp.clinical.exchange.library import library_faults
from hybridmfp.clinical.exchange.reference_types import reference_type_faults
from hybridmfp.errors import WriteError

__all__ = ["validated_bundle"]

_MOST_TOLD = 5


def validated_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Give a bundle of ours back if nothing is wrong with it.

    Parameters
    ----------
    bundle : mapping
        What `fhir_bundle` gave.

    Raises
    ------
    WriteError
        With the path of each fault: what fhir.resources (R4B) does not read, and what it does not
        check: references name entries of an allowed type, names are unique, coded elements with a
        closed list hold one of it, nothing is empty, a value or the reason why there is none,
        probabilities in per cent, no identifying field in Patient, no active plan that nobody
        attests.
    MissingDependencyError
        If fhir.resources is not installed.

    Examples
    --------
    >>> validated_bundle({"resourceType": "Bundle", "type": "heap"})
    Traceback (most recent call last):
    hybridmfp.errors.WriteError: a FHIR bundle must be valid; got: Bundle.type must be collection...
    """
    faults = library_faults(bundle) or [
        *invariant_faults(bundle),
        *reference_type_faults(bundle),
    ]
    if faults:
        more = f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
        raise WriteError(
            f"a FHIR bundle must be valid; got: {'; '.join(faults[:_MOST_TOLD])}{more}. "
            "Make it with fhir_bundle and leave it as it is."
        )
    return dict(bundle)
