"""How strongly guidelines stand behind a module, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hybridmfp.clinical.plan.rules import ModuleRule, Stance

__all__ = ["contradiction", "design_rank", "guideline_rank"]

_FOR: tuple[Stance, ...] = ("strong_for", "weak_for", "for")
_NOT_FOR: tuple[Stance, ...] = ("neutral", "against")
_VERIFIED_RANK: Mapping[Stance, int] = MappingProxyType(
    {"strong_for": 4, "weak_for": 3, "for": 3, "named": 2}
)
_UNVERIFIED_RANK = 2
_NO_STATEMENT_RANK = 1
_CONTRADICTED_RANK = 0
_DESIGN_RANK: Mapping[str, int] = MappingProxyType(
    {"meta_analysis": 4, "review": 3, "randomised": 3, "small_trials": 2, "uncontrolled": 1}
)


def contradiction(module: ModuleRule) -> str | None:
    """Say where guidelines contradict each other about a module; None where they do not.

    Guidelines contradict each other if one is for it and another is neutral or against it. Trials
    without the hoped-for gain are told beside it.
    """
    stances = [one.stance for one in module.guidelines]
    if not (any(one in _FOR for one in stances) and any(one in _NOT_FOR for one in stances)):
        return None
    parts = [one.text for one in module.guidelines if one.stance in (*_FOR, *_NOT_FOR)]
    parts += [f"trial: {one.line}" for one in module.evidence if one.direction == "negative"]
    return "; ".join(parts)


def guideline_rank(module: ModuleRule) -> int:
    """Rank what guidelines say, 4 to 0.

    Strongly for 4, for 3, named without a grade or only unverified 2, no statement 1, contradicted
    or not recommended 0.
    """
    if any(one.stance in _NOT_FOR for one in module.guidelines):
        return _CONTRADICTED_RANK
    ranks = [_NO_STATEMENT_RANK]
    for one in module.guidelines:
        rank = _VERIFIED_RANK.get(one.stance, _NO_STATEMENT_RANK)
        ranks.append(rank if one.source.status == "verified" else min(rank, _UNVERIFIED_RANK))
    return max(ranks)


def design_rank(module: ModuleRule) -> int:
    """Rank the best study that found a gain, 4 to 1; 0 if none did."""
    return max(
        (_DESIGN_RANK[one.design] for one in module.evidence if one.direction == "positive"),
        default=0,
    )
