"""Who or what made each resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybridmfp.clinical.exchange.context import Context
from hybridmfp.clinical.exchange.entries import Entry, entry_of, identifier
from hybridmfp.clinical.exchange.vocabulary import standard

__all__ = ["provenance_of"]

_ROLES = {"author": "Author", "assembler": "Assembler", "attester": "Attester"}
_RATER = {"display": "the rater, whom a course does not name"}


def provenance_of(
    targets: Sequence[Entry],
    context: Context,
    *,
    author: Entry | None,
    sources: Sequence[Entry] = (),
    recordings: Sequence[str] = (),
    attester: Entry | None = None,
) -> Entry:
    """Say who made some resources, from what, and that the software put them here.

    Parameters
    ----------
    targets : sequence of Entry
    context : Context
    author : Entry or None
        A Device; None is the rater, who is not named.
    sources : sequence of Entry
        What it was made from.
    recordings : sequence of str
        SHA-256 of the files it was made from; they are named, not in the bundle.
    attester : Entry or None
        Who signed.
    """
    agents = [
        _agent("author", _RATER if author is None else author.reference),
        _agent("assembler", context.software.reference),
        *([] if attester is None else [_agent("attester", attester.reference)]),
    ]
    made_from = [
        *(one.reference for one in sources),
        *({"identifier": identifier("recording-sha256", one)} for one in recordings),
    ]
    entities = [{"role": "source", "what": one} for one in made_from]
    return entry_of(
        {
            "resourceType": "Provenance",
            "target": [one.reference for one in targets],
            "recorded": context.calendar.instant,
            "agent": agents,
            **({"entity": entities} if entities else {}),
        }
    )


def _agent(role: str, who: dict[str, str]) -> dict[str, Any]:
    return {"type": standard("provenance-participant-type", role, _ROLES[role]), "who": who}
