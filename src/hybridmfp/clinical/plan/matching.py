"""Match one module to a patient: what blocks it, or why it is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from hybridmfp.clinical.plan.conditions import Facts, StratumIs
from hybridmfp.clinical.plan.rules import ModuleRule, Rules, SourcedCondition
from hybridmfp.clinical.plan.therapy_plan import BlockKind, Cause, FoundDeficit
from hybridmfp.clinical.sourced import Source

__all__ = ["Match", "match"]

_WEIGHT: tuple[BlockKind, ...] = get_args(BlockKind)


@dataclass(frozen=True)
class Match:
    """Hold how a module fits a patient.

    Attributes
    ----------
    causes : tuple of Cause
        What blocks it, the weightiest first; empty if nothing does.
    named : bool
        Whether the rules name it for every stratum the score may lie in.
    deficits : tuple of str
        Titles of the deficits it addresses.
    reasons : tuple of str
    """

    causes: tuple[Cause, ...]
    named: bool
    deficits: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Give the place of the weightiest cause among `BlockKind`, 0 for the weightiest."""
        return _WEIGHT.index(self.causes[0].kind)


def match(
    module: ModuleRule, facts: Facts, rules: Rules, *, deficits: tuple[FoundDeficit, ...]
) -> Match:
    """Match a module to a patient.

    Parameters
    ----------
    module : ModuleRule
    facts : Facts
    rules : Rules
    deficits : tuple of FoundDeficit

    Returns
    -------
    Match
    """
    causes = [
        *_gate_causes(module, facts, rules),
        *_exclusion_causes(module, facts),
        *_eligibility_causes(module, facts),
        *_stratum_causes(module, facts, rules.matching),
    ]
    named = all(one in module.candidate for one in facts.strata)
    fitting = tuple(
        f"{one.title} ({', '.join(one.drivers)})"
        for one in deficits
        if one.identifier in module.addresses
    )
    return Match(
        causes=tuple(sorted(causes, key=lambda one: _WEIGHT.index(one.kind))),
        named=named,
        deficits=fitting,
        reasons=_reasons(module, facts, rules, named=named, fitting=fitting),
    )


def _gate_causes(module: ModuleRule, facts: Facts, rules: Rules) -> list[Cause]:
    conditions = [
        SourcedCondition(gate.when, gate.source)
        for gate in rules.gates
        if gate.blocks & module.traits
    ]
    return _blocking(conditions, facts, kind="contraindication")


def _exclusion_causes(module: ModuleRule, facts: Facts) -> list[Cause]:
    return _blocking(module.exclusion, facts, kind="excluded")


def _blocking(
    conditions: Sequence[SourcedCondition],
    facts: Facts,
    *,
    kind: BlockKind,
) -> list[Cause]:
    """Name the conditions that forbid, or whose answer is not known."""
    causes = []
    for one in conditions:
        outcome = one.when.check(facts)
        if outcome.state == "met":
            causes.append(Cause(kind, "; ".join(outcome.words), one.source))
        elif outcome.state == "unknown":
            causes.append(_ask_first(outcome.ask, outcome.words, one.source))
    return causes


def _eligibility_causes(module: ModuleRule, facts: Facts) -> list[Cause]:
    causes = []
    for one in module.eligibility:
        outcome = one.when.check(facts)
        if outcome.state == "not_met":
            causes.append(Cause("finding", "; ".join(outcome.words), one.source))
        elif outcome.state == "unknown":
            causes.append(_ask_first(outcome.ask, outcome.words, one.source))
    return causes


def _ask_first(ask: tuple[str, ...], words: tuple[str, ...], source: Source) -> Cause:
    why = f" ({'; '.join(words)})" if words else ""
    return Cause("missing_input", f"examine first: {', '.join(ask)}{why}", source)


def _stratum_causes(module: ModuleRule, facts: Facts, source: Source) -> list[Cause]:
    excluded = [one for one in facts.strata if one in module.excluded]
    if excluded:
        text = f"ruled out for stratum {' or '.join(excluded)}"
        kind: BlockKind = "excluded" if len(excluded) == len(facts.strata) else "stratum_uncertain"
        return [Cause(kind, text, source)]
    outcome = StratumIs((*module.candidate, *module.allowed)).check(facts)
    if outcome.state == "met":
        return []
    if outcome.state == "unknown":
        text = f"stratum uncertain: {' or '.join(facts.strata)}; not proposed for both"
        return [Cause("stratum_uncertain", text, source)]
    return [Cause("stratum", f"not proposed for stratum {' or '.join(facts.strata)}", source)]


def _reasons(
    module: ModuleRule, facts: Facts, rules: Rules, *, named: bool, fitting: tuple[str, ...]
) -> tuple[str, ...]:
    strata = " or ".join(one.text for one in rules.strata if one.name in facts.strata)
    how = "named for" if named else "within the range of its evidence for"
    reasons = [f"{how} {strata}, aim: {module.aim} [{rules.matching.status}]"]
    reasons += [f"fits the deficit: {one}" for one in fitting]
    for one in module.eligibility:
        words = "; ".join(one.when.check(facts).words)
        reasons.append(f"{words}, {one.source.text}")
    return tuple(reasons)
