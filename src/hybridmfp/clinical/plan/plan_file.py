"""Read a plan back from its JSON; whatever is not exactly a plan is refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from hybridmfp.clinical.plan.rules import (
    Direction,
    DoseCap,
    Evidence,
    GuidelineStatement,
    Stance,
    StudyDesign,
)
from hybridmfp.clinical.plan.therapy_plan import (
    DISCLAIMER,
    PLAN_FORMAT,
    Action,
    Blocked,
    BlockKind,
    Cause,
    FoundDeficit,
    ModuleConflict,
    Override,
    Plan,
    PlanEdit,
    PlannedModule,
    Signature,
    require_signed,
)
from hybridmfp.clinical.sourced import Source, SourceStatus
from hybridmfp.errors import ReadError
from hybridmfp.io.json_form import FLAG, NUMBER, TEXT, ListOf, OrNull, misfit, one_of
from hybridmfp.io.strict_json import parse_json

__all__ = ["plan_from_json"]

_Form = Mapping[str, Any]
_SOURCE: _Form = MappingProxyType(
    {
        "citation": TEXT,
        "doi": OrNull(TEXT),
        "source_status": one_of(*get_args(SourceStatus)),
    }
)
_CAUSE: _Form = MappingProxyType(
    {"kind": one_of(*get_args(BlockKind)), "text": TEXT, "source": _SOURCE}
)
_STATEMENT: _Form = MappingProxyType(
    {
        "name": TEXT,
        "statement": TEXT,
        "grade": OrNull(TEXT),
        "stance": one_of(*get_args(Stance)),
        "text": TEXT,
        "source": _SOURCE,
    }
)
_EVIDENCE: _Form = MappingProxyType(
    {
        "text": TEXT,
        "design": one_of(*get_args(StudyDesign)),
        "direction": one_of(*get_args(Direction)),
        "source": _SOURCE,
    }
)
_OVERRIDE: _Form = MappingProxyType(
    {"reason": TEXT, "by": TEXT, "at": TEXT, "causes": ListOf(_CAUSE)}
)
_MODULE: _Form = MappingProxyType(
    {
        "id": TEXT,
        "title": TEXT,
        "aim": TEXT,
        "dose": TEXT,
        "dose_source": _SOURCE,
        "minutes_per_day": OrNull(NUMBER),
        "repetitions_per_session": OrNull(NUMBER),
        "other_doses": ListOf(TEXT),
        "capped": FLAG,
        "reason": TEXT,
        "reasons": ListOf(TEXT),
        "guidelines": ListOf(_STATEMENT),
        "conflicts": ListOf(TEXT),
        "effect": TEXT,
        "evidence": ListOf(_EVIDENCE),
        "safety": ListOf(TEXT),
        "origin": one_of("rules", "therapist"),
        "override": OrNull(_OVERRIDE),
    }
)
_BLOCKED: _Form = MappingProxyType(
    {
        "id": TEXT,
        "title": TEXT,
        "because": TEXT,
        "kind": one_of(*get_args(BlockKind)),
        "source": _SOURCE,
        "causes": ListOf(_CAUSE),
        "module": _MODULE,
    }
)
_SIGNATURE: _Form = MappingProxyType({"by": TEXT, "at": TEXT, "digest": TEXT})
_EDIT: _Form = MappingProxyType(
    {
        "action": one_of(*get_args(Action)),
        "module": TEXT,
        "by": TEXT,
        "why": TEXT,
        "at": TEXT,
        "title": OrNull(TEXT),
        "dose": OrNull(TEXT),
        "minutes_per_day": OrNull(NUMBER),
        "rank": OrNull(NUMBER),
        "override_reason": OrNull(TEXT),
        "unsigned": OrNull(_SIGNATURE),
    }
)
_CAP: _Form = MappingProxyType(
    {
        "text": TEXT,
        "minutes_per_day_below": NUMBER,
        "restraint_share_below": NUMBER,
        "source": _SOURCE,
    }
)
_PLAN: _Form = MappingProxyType(
    {
        "format": one_of(PLAN_FORMAT),
        "refused": OrNull(one_of()),
        "status": one_of("draft", "signed"),
        "subject": TEXT,
        "session": TEXT,
        "days_post_stroke": NUMBER,
        "score": NUMBER,
        "strata": ListOf(TEXT),
        "stratum": TEXT,
        "aim": TEXT,
        "modules": ListOf({"rank": NUMBER, **_MODULE}),
        "blocked": ListOf(_BLOCKED),
        "removed": ListOf(_MODULE),
        "conflicts": ListOf({"id": TEXT, "title": TEXT, "text": TEXT}),
        "dose_cap": OrNull(_CAP),
        "deficits": ListOf({"id": TEXT, "title": TEXT, "drivers": ListOf(TEXT)}),
        "unmatched_drivers": ListOf(TEXT),
        "guidelines": ListOf(_STATEMENT),
        "rules": TEXT,
        "edits": ListOf(_EDIT),
        "signed": OrNull(_SIGNATURE),
        "disclaimer": one_of(DISCLAIMER),
    }
)


def plan_from_json(described: Mapping[str, Any] | bytes, *, source: str = "a plan") -> Plan:
    """Make a plan of its JSON.

    Parameters
    ----------
    described : mapping or bytes
        What `Plan.as_json` gave, or that as JSON in UTF-8.
    source : str, default "a plan"
        Where it comes from, for the message.

    Returns
    -------
    Plan
        Whose ``as_json`` is equal to what was given.

    Raises
    ------
    ReadError
        If it is not exactly a plan: a key is missing, unknown or of another kind, or two parts
        contradict each other.
    ClinicalError
        ``unsigned``, if it was changed after it was signed.
    """
    told = parse_json(described, what=source) if isinstance(described, bytes) else described
    if isinstance(told, Mapping) and told.get("format") != PLAN_FORMAT:
        raise ReadError(
            f"{source} must be of the format {PLAN_FORMAT}; got {told.get('format')!r}. "
            "Make a plan with `hybridmfp plan COURSE --out PLAN`."
        )
    wrong = misfit(told, _PLAN, closed=True)
    if wrong is not None:
        raise ReadError(f"{source} must be of the format {PLAN_FORMAT}: {wrong}.")
    for number, one in enumerate(told["blocked"]):
        if not one["causes"]:
            raise ReadError(f"{source} must say what blocks blocked[{number}]; it has no causes.")
    plan = _plan(told)
    again = plan.as_json()
    differing = [name for name in again if again[name] != told[name]]
    if differing:
        raise ReadError(
            f"{source} must agree with itself; {', '.join(differing)} does not follow from the "
            "rest. Keep plans as Plan.as_json gives them, and change them with edit_plan."
        )
    return plan if plan.signed is None else require_signed(plan)


def _plan(told: Mapping[str, Any]) -> Plan:
    cap = told["dose_cap"]
    return Plan(
        **{name: told[name] for name in ("subject", "session", "days_post_stroke", "score")},
        **{name: told[name] for name in ("stratum", "aim", "rules")},
        strata=tuple(told["strata"]),
        modules=tuple(_module(one) for one in told["modules"]),
        blocked=tuple(Blocked(_module(one["module"]), _causes(one)) for one in told["blocked"]),
        removed=tuple(_module(one) for one in told["removed"]),
        conflicts=tuple(
            ModuleConflict(one["id"], one["title"], one["text"]) for one in told["conflicts"]
        ),
        dose_cap=None if cap is None else DoseCap(**{**cap, "source": _source(cap["source"])}),
        deficits=tuple(
            FoundDeficit(one["id"], one["title"], tuple(one["drivers"])) for one in told["deficits"]
        ),
        unmatched_drivers=tuple(told["unmatched_drivers"]),
        guidelines=_statements(told),
        edits=tuple(
            PlanEdit(**{**one, "unsigned": _signature(one["unsigned"])}) for one in told["edits"]
        ),
        signed=_signature(told["signed"]),
    )


def _module(told: Mapping[str, Any]) -> PlannedModule:
    plain = ("title", "aim", "dose", "minutes_per_day", "repetitions_per_session")
    override = told["override"]
    return PlannedModule(
        **{name: told[name] for name in (*plain, "capped", "origin")},
        identifier=told["id"],
        dose_source=_source(told["dose_source"]),
        reasons=tuple(told["reasons"]),
        other_doses=tuple(told["other_doses"]),
        conflicts=tuple(told["conflicts"]),
        safety=tuple(told["safety"]),
        guidelines=_statements(told),
        evidence=tuple(
            Evidence(one["text"], one["design"], one["direction"], _source(one["source"]))
            for one in told["evidence"]
        ),
        override=None if override is None else _override(override),
    )


def _override(told: Mapping[str, Any]) -> Override:
    return Override(told["reason"], told["by"], told["at"], _causes(told))


def _statements(told: Mapping[str, Any]) -> tuple[GuidelineStatement, ...]:
    return tuple(
        GuidelineStatement(
            one["name"], one["statement"], one["stance"], _source(one["source"]), one["grade"]
        )
        for one in told["guidelines"]
    )


def _causes(told: Mapping[str, Any]) -> tuple[Cause, ...]:
    return tuple(Cause(one["kind"], one["text"], _source(one["source"])) for one in told["causes"])


def _source(told: Mapping[str, Any]) -> Source:
    return Source(told["citation"], told["source_status"], told["doi"])


def _signature(told: Mapping[str, Any] | None) -> Signature | None:
    return None if told is None else Signature(**told)
