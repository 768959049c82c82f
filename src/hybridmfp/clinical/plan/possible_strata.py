"""Which strata a score may lie in, taken from a stratification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol, get_args

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.plan.rules import Rules
from hybridmfp.errors import ClinicalError, Refusal

__all__ = ["SCHEME", "Described", "possible_strata"]

SCHEME = "hoonhorst"
"""The one scheme whose strata the rules know."""

_TAIL = 0.05  # of a 90 % interval
_MOST_STRATA = 2
_SUM_TOLERANCE = 1e-6  # of probabilities that were written with few digits


class Described(Protocol):
    """Anything that gives itself as JSON, such as a stratification."""

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""


def possible_strata(
    stratification: Described | Mapping[str, Any], rules: Rules, *, visit: Visit
) -> tuple[str, ...]:
    """Give every stratum that the 90 % interval of the score touches, lowest first.

    Parameters
    ----------
    stratification : mapping or object with ``as_json``
        With ``scheme``, ``strata`` (``low``, ``high``, ``probability``) and ``refused``.
    rules : Rules
    visit : Visit
        The visit that was stratified.

    Raises
    ------
    ClinicalError
        The refusal of the stratification, if it was refused; ``contradictory_inputs`` for another
        scheme, other strata or another visit; ``impossible_value`` for impossible probabilities;
        ``too_uncertain`` for more than two strata.
    """
    told = stratification if isinstance(stratification, Mapping) else stratification.as_json()
    _refuse_refused(told, visit)
    if told.get("scheme") != SCHEME:
        raise ClinicalError(
            f"the scheme of the strata must be {SCHEME}, because the rules are written for it; "
            f"got {told.get('scheme')!r}. Stratify again with scheme={SCHEME!r}.",
            refusal="contradictory_inputs",
        )
    if told.get("session", visit.session) != visit.session:
        raise ClinicalError(
            f"the stratification must be of the latest visit, {visit.session}; got that of "
            f"{told['session']}. Stratify the latest visit; a rating goes before an estimate.",
            refusal="contradictory_inputs",
        )
    shares = _shares(told.get("strata"), rules)
    ends = list(accumulate(shares))
    begins = [0.0, *ends[:-1]]
    touched = tuple(
        one.name
        for one, begin, end in zip(rules.strata, begins, ends, strict=True)
        if end > _TAIL and begin < 1 - _TAIL
    )
    if len(touched) > _MOST_STRATA:
        raise ClinicalError(
            f"the score of {visit.session} must lie in at most {_MOST_STRATA} strata to plan; it "
            f"may lie in {', '.join(touched)}. Rate all 33 items, or record again.",
            refusal="too_uncertain",
        )
    return touched


def _refuse_refused(told: Mapping[str, Any], visit: Visit) -> None:
    refused = told.get("refused")
    if refused is None:
        return
    name = refused.get("refusal")
    known: Refusal = name if name in get_args(Refusal) else "too_uncertain"
    raise ClinicalError(
        f"the stratum of {visit.session} must be known to plan; it was refused: "
        f"{refused.get('message', name)}",
        refusal=known,
    )


def _shares(strata: Any, rules: Rules) -> list[float]:
    wanted = [(one.low, one.high) for one in rules.strata]
    whole = isinstance(strata, Sequence) and all(isinstance(one, Mapping) for one in strata)
    found = [(one.get("low"), one.get("high")) for one in strata] if whole else None
    if found != wanted:
        ranges = ", ".join(f"{low} to {high}" for low, high in wanted)
        raise ClinicalError(
            f"the strata must be those of the rules, {ranges}; got {found}. "
            "Stratify with the scheme that the rules were written for.",
            refusal="contradictory_inputs",
        )
    shares = [one.get("probability") for one in strata]
    real = all(isinstance(one, (int, float)) and 0 <= one <= 1 for one in shares)
    if not real or abs(sum(shares) - 1) > _SUM_TOLERANCE:
        raise ClinicalError(
            f"the probabilities of the strata must lie between 0 and 1 and sum to 1; got {shares}.",
            refusal="impossible_value",
        )
    return shares
