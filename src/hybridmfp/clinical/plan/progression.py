"""Whether to progress, hold or regress: change first, alarms and pain above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hybridmfp.clinical.plan.possible_strata import Described
from hybridmfp.clinical.plan.rule_file import read_rules
from hybridmfp.clinical.plan.rules import ProgressionRule, Rules
from hybridmfp.clinical.plan.therapy_plan import DISCLAIMER, Plan
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError, Refusal

__all__ = ["Decision", "Progression", "progression"]

Decision = Literal["progress", "hold", "regress"]

_KINDS = ("noise", "real", "important")
_DIRECTIONS = ("better", "worse", "none")
_DETERIORATION, _IMPROVEMENT = "deterioration", "improvement"


@dataclass(frozen=True)
class Progression:
    """Hold whether to progress, hold or regress, and why.

    Attributes
    ----------
    decision : {"progress", "hold", "regress"}
    reasons : tuple of str
    reset_targets : bool or None
        Whether this session sets targets anew; None if its number was not given.
    repetitions_per_session : int
    modules : tuple of str
        Identifiers of the modules it is about.
    sources : tuple of Source
    """

    decision: Decision
    reasons: tuple[str, ...]
    reset_targets: bool | None
    repetitions_per_session: int
    modules: tuple[str, ...]
    sources: tuple[Source, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "refused": None,
            "decision": self.decision,
            "reason": "; ".join(self.reasons),
            "reasons": list(self.reasons),
            "reset_targets": self.reset_targets,
            "repetitions_per_session": self.repetitions_per_session,
            "modules": list(self.modules),
            "sources": [one.as_json() for one in self.sources],
            "disclaimer": DISCLAIMER,
        }


def progression(
    plan: Plan,
    change: Mapping[str, Any] | Described,
    *,
    alarms: Sequence[str | Mapping[str, Any] | Described] = (),
    pain: tuple[float, float] | None,
    session_number: int | None = None,
    rules: Rules | None = None,
) -> Progression:
    """Say whether to progress, hold or regress the exercises of a plan.

    Regress on a deterioration alarm, on shoulder pain that rose by the points of the rules, or on
    a real change for the worse. Hold on a plateau or any unknown alarm, on any other rise of pain,
    and on noise. Progress on a real or important change for the better.

    Parameters
    ----------
    plan : Plan
    change : mapping or object with ``as_json``
        ``kind`` (``noise``, ``real``, ``important``) and ``direction`` (``better``, ``worse``,
        ``none``) of the score.
    alarms : sequence of str, mapping or object with ``as_json``
        Kinds of alarm of the trend, or with ``kind`` and, if they know it, ``active``; those
        that are no longer active do not count.
    pain : tuple of float, or None
        Shoulder pain before and now, 0 to 10. None is refused: it must be asked for.
    session_number : int, optional
        Sessions held so far, from 1; tells whether targets are set anew.
    rules : Rules, optional
        Ours, if not given.

    Returns
    -------
    Progression

    Raises
    ------
    ClinicalError
        ``missing_input`` without pain; ``impossible_value`` for values that cannot be; the
        refusal of the change, if it was refused.

    References
    ----------
    Woodbury, M. L. et al. (2016). *Arch Phys Med Rehabil* 97, 1863.
    doi:10.1016/j.apmr.2016.03.022
    """
    rule = (read_rules() if rules is None else rules).progression
    kind, direction = _change(change)
    kinds = _alarm_kinds(alarms)
    rise = _pain_rise(plan, pain)
    regress, hold, progress = _votes(kind, direction, kinds, rise, rule)
    decision: Decision = "regress" if regress else "hold" if hold or not progress else "progress"
    reasons = regress or hold or progress or ["no change to act on"]
    if plan.dose_cap is not None and decision == "progress":
        reasons.append(f"below the cap: {plan.dose_cap.text} ({plan.dose_cap.source.text})")
    return Progression(
        decision=decision,
        reasons=tuple(reasons),
        reset_targets=_resets(session_number, rule),
        repetitions_per_session=rule.repetitions_per_session,
        modules=tuple(one.identifier for one in plan.modules),
        sources=(rule.source, rule.pain_source),
    )


def _votes(
    kind: str, direction: str, alarms: Sequence[str], rise: float, rule: ProgressionRule
) -> tuple[list[str], list[str], list[str]]:
    regress: list[str] = []
    hold: list[str] = []
    progress: list[str] = []
    for alarm in alarms:
        votes = {_DETERIORATION: regress, _IMPROVEMENT: progress}.get(alarm, hold)
        votes.append(f"alarm: {alarm}")
    if rise > 0:
        worse = rise >= rule.pain_rise_points
        (regress if worse else hold).append(
            f"shoulder pain rose by {rise:g} points (regress from {rule.pain_rise_points:g}) "
            f"[{rule.pain_source.status}]"
        )
    told = f"{kind} change of the score, direction {direction}"
    if kind == "noise" or direction == "none":
        hold.append(told)
    else:
        (progress if direction == "better" else regress).append(told)
    return regress, hold, progress


def _change(change: Mapping[str, Any] | Described) -> tuple[str, str]:
    told = _described(change)
    refused = told.get("refused")
    if refused is not None:
        name = refused.get("refusal")
        known: Refusal = name if name in get_args(Refusal) else "too_uncertain"
        raise ClinicalError(
            f"a change must be known to progress; it was refused: {refused.get('message', name)}",
            refusal=known,
        )
    kind, direction = told.get("kind"), told.get("direction")
    if kind not in _KINDS or direction not in _DIRECTIONS:
        raise ClinicalError(
            f"a change must have a kind of {', '.join(_KINDS)} and a direction of "
            f"{', '.join(_DIRECTIONS)}; got {kind!r} and {direction!r}.",
            refusal="impossible_value",
        )
    return str(kind), str(direction)


def _alarm_kinds(alarms: Sequence[str | Mapping[str, Any] | Described]) -> list[str]:
    told = [{"kind": one} if isinstance(one, str) else _described(one) for one in alarms]
    kinds = [one.get("kind") for one in told if one.get("active", True)]
    for kind in kinds:
        if not isinstance(kind, str) or not kind:
            raise ClinicalError(
                f"an alarm must have a kind, such as plateau; got {kind!r}.",
                refusal="impossible_value",
            )
    return [str(kind) for kind in dict.fromkeys(kinds)]


def _described(one: Mapping[str, Any] | Described) -> Mapping[str, Any]:
    return one if isinstance(one, Mapping) else one.as_json()


def _pain_rise(plan: Plan, pain: tuple[float, float] | None) -> float:
    if pain is None:
        raise ClinicalError(
            f"shoulder pain of {plan.subject}, before and now, must be known to progress; got "
            "none. Ask for it, 0 to 10.",
            refusal="missing_input",
        )
    before, now = pain
    if not (0 <= before <= 10 and 0 <= now <= 10):
        raise ClinicalError(
            f"shoulder pain must lie between 0 and 10; got {before:g} and {now:g}.",
            refusal="impossible_value",
        )
    return now - before


def _resets(session_number: int | None, rule: ProgressionRule) -> bool | None:
    if session_number is None:
        return None
    if session_number != int(session_number) or session_number < 1:
        raise ClinicalError(
            f"session_number must be a whole number of 1 or more; got {session_number!r}.",
            refusal="impossible_value",
        )
    return session_number % rule.reset_targets_every_sessions == 0
