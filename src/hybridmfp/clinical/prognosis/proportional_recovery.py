"""Why proportional recovery is not offered for a person."""

from __future__ import annotations

from typing import Any

from hybridmfp.clinical.prognosis.rule_prognosis import ExternalAccuracy, rule_facts
from hybridmfp.clinical.sourced import source_of

__all__ = ["proportional_recovery_refused", "why_not_proportional"]


def proportional_recovery_refused() -> str:
    """Say in a few sentences why there is no proportional recovery of a person here.

    Examples
    --------
    >>> proportional_recovery_refused()[:65]
    'Proportional recovery (gain = 0.7 × what is missing) is not offer'
    """
    return str(rule_facts("proportional_recovery")["text"])


def why_not_proportional() -> list[dict[str, Any]]:
    """Give the reasons with their sources, JSON-ready."""
    reasons = rule_facts("proportional_recovery")["reasons"]
    return [ExternalAccuracy(one["text"], source_of(one)).as_json() for one in reasons]
