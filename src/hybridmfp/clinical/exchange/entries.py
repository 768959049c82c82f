"""Entries of a bundle, named by what they hold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.exchange.vocabulary import IDENTIFIERS, synthetic_meta
from hybridmfp.io.strict_json import dump_json

__all__ = ["Entry", "entry_of", "identifier"]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, IDENTIFIERS)


@dataclass(frozen=True)
class Entry:
    """Hold one resource and its place in the bundle.

    Attributes
    ----------
    full_url : str
        ``urn:uuid:`` and a UUIDv5 of the content: the same content has the same name for ever.
    resource : mapping
    """

    full_url: str
    resource: Mapping[str, Any]

    @property
    def reference(self) -> dict[str, str]:
        """Refer to it from another resource."""
        return {"reference": self.full_url, "type": self.resource["resourceType"]}

    def as_json(self) -> dict[str, Any]:
        """Give it as it stands in a bundle."""
        return {"fullUrl": self.full_url, "resource": dict(self.resource)}


def entry_of(resource: Mapping[str, Any], *, synthetic: bool = False) -> Entry:
    """Name a resource by its content.

    Parameters
    ----------
    resource : mapping
        References in it already name other entries.
    synthetic : bool, default False
        Whether simulated recordings or persons had a part in it; labels it ``HTEST``.

    Examples
    --------
    >>> one, same = (entry_of({"resourceType": "Patient"}) for _ in range(2))
    >>> one == same, entry_of({"resourceType": "Device"}).full_url == one.full_url
    (True, False)
    """
    kind = {"resourceType": resource["resourceType"]}
    label = {"meta": synthetic_meta()} if synthetic else {}
    whole = {**kind, **label, **resource}
    named = uuid.uuid5(_NAMESPACE, dump_json(whole, what="a resource").decode("utf-8"))
    return Entry(f"urn:uuid:{named}", whole)


def identifier(system: str, value: str) -> dict[str, str]:
    """Make an identifier of ours."""
    return {"system": f"{IDENTIFIERS}:{system}", "value": value}
