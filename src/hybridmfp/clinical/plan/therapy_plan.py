"""A therapy plan: ranked modules, what was blocked and why, every edit, and the signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybridmfp.clinical.plan.rules import DoseCap, Evidence, GuidelineStatement
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError
from hybridmfp.io.strict_json import dump_json

__all__ = [
    "DISCLAIMER",
    "PLAN_FORMAT",
    "Action",
    "BlockKind",
    "Blocked",
    "Cause",
    "FoundDeficit",
    "ModuleConflict",
    "Override",
    "Plan",
    "PlanEdit",
    "PlannedModule",
    "Signature",
    "content_digest",
    "require_signed",
]

PLAN_FORMAT = "hybridmfp-plan/1"
DISCLAIMER = "decision support only; clinician confirms"

Action = Literal["add", "remove", "dose", "move"]
"""What an edit does to a module."""

BlockKind = Literal[
    "contraindication", "excluded", "finding", "missing_input", "stratum_uncertain", "stratum"
]
"""Why a module is blocked, the weightiest first."""


@dataclass(frozen=True)
class Cause:
    """Hold one thing that blocks a module, in words, and where that rule comes from."""

    kind: BlockKind
    text: str
    source: Source

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"kind": self.kind, "text": self.text, "source": self.source.as_json()}


@dataclass(frozen=True)
class Override:
    """Hold who put a blocked module into the plan all the same, why, and what had blocked it."""

    reason: str
    by: str
    at: str
    causes: tuple[Cause, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "reason": self.reason,
            "by": self.by,
            "at": self.at,
            "causes": [one.as_json() for one in self.causes],
        }


@dataclass(frozen=True)
class PlannedModule:
    """Hold one therapy of a plan.

    Attributes
    ----------
    dose : str
        In words, with its source and the cap if there is one.
    dose_source : Source
    minutes_per_day : float or None
        What the dose asks for, where that is known.
    reasons : tuple of str
        Which stratum, findings and drivers led to it.
    origin : {"rules", "therapist"}
        Who put it into the plan.
    override : Override or None
        Set if it had been blocked.
    """

    identifier: str
    title: str
    aim: str
    dose: str
    dose_source: Source
    reasons: tuple[str, ...]
    minutes_per_day: float | None = None
    repetitions_per_session: int | None = None
    other_doses: tuple[str, ...] = ()
    capped: bool = False
    guidelines: tuple[GuidelineStatement, ...] = ()
    conflicts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    safety: tuple[str, ...] = ()
    origin: Literal["rules", "therapist"] = "rules"
    override: Override | None = None

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return "; ".join(self.reasons)

    @property
    def effect(self) -> str:
        """What studies found, in one line."""
        return "; ".join(one.line for one in self.evidence) or "no trial retrieved"

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "id": self.identifier,
            "title": self.title,
            "aim": self.aim,
            "dose": self.dose,
            "dose_source": self.dose_source.as_json(),
            "minutes_per_day": self.minutes_per_day,
            "repetitions_per_session": self.repetitions_per_session,
            "other_doses": list(self.other_doses),
            "capped": self.capped,
            "reason": self.reason,
            "reasons": list(self.reasons),
            "guidelines": [one.as_json() for one in self.guidelines],
            "conflicts": list(self.conflicts),
            "effect": self.effect,
            "evidence": [one.as_json() for one in self.evidence],
            "safety": list(self.safety),
            "origin": self.origin,
            "override": None if self.override is None else self.override.as_json(),
        }


@dataclass(frozen=True)
class Blocked:
    """Hold a module that is not in the plan, and all that blocks it."""

    module: PlannedModule
    causes: tuple[Cause, ...]

    @property
    def because(self) -> str:
        """All causes in one line."""
        return "; ".join(one.text for one in self.causes)

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; kind and source are of the weightiest cause."""
        return {
            "id": self.module.identifier,
            "title": self.module.title,
            "because": self.because,
            "kind": self.causes[0].kind,
            "source": self.causes[0].source.as_json(),
            "causes": [one.as_json() for one in self.causes],
            "module": self.module.as_json(),
        }


@dataclass(frozen=True)
class ModuleConflict:
    """Hold where guidelines contradict each other about a module of the plan, or a blocked one."""

    identifier: str
    title: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"id": self.identifier, "title": self.title, "text": self.text}


@dataclass(frozen=True)
class FoundDeficit:
    """Hold a deficit and the drivers that told of it."""

    identifier: str
    title: str
    drivers: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"id": self.identifier, "title": self.title, "drivers": list(self.drivers)}


@dataclass(frozen=True)
class PlanEdit:
    """Hold one edit: what, by whom, why and when.

    Attributes
    ----------
    action : {"add", "remove", "dose", "move"}
    module : str
        Its identifier.
    by, why : str
        Who edits and the reason.
    at : str
        ISO 8601 with offset, such as ``"2026-11-30T09:00:00+01:00"``.
    title : str or None
        Of a module that the rules do not have.
    dose : str or None
        The new dose, of ``"dose"`` or of an own module.
    minutes_per_day : float or None
        What the new dose asks for; required while the dose is capped.
    rank : int or None
        The new place, from 1, of ``"move"`` or ``"add"``.
    override_reason : str or None
        Why a blocked module is added, or a dose beyond the cap is given, all the same.
    unsigned : Signature or None
        The signature that the edit made void; filled in by `edit_plan`.
    """

    action: Action
    module: str
    by: str
    why: str
    at: str
    title: str | None = None
    dose: str | None = None
    minutes_per_day: float | None = None
    rank: int | None = None
    override_reason: str | None = None
    unsigned: Signature | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "action": self.action,
            "module": self.module,
            "by": self.by,
            "why": self.why,
            "at": self.at,
            "title": self.title,
            "dose": self.dose,
            "minutes_per_day": self.minutes_per_day,
            "rank": self.rank,
            "override_reason": self.override_reason,
            "unsigned": None if self.unsigned is None else self.unsigned.as_json(),
        }


@dataclass(frozen=True)
class Signature:
    """Hold who signed, when, and the SHA-256 of what was signed."""

    by: str
    at: str
    digest: str

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"by": self.by, "at": self.at, "digest": self.digest}


@dataclass(frozen=True)
class Plan:
    """Hold a plan; `make_plan` makes it, `edit_plan` and `sign_plan` give changed copies.

    Attributes
    ----------
    strata : tuple of str
        Every stratum the score may lie in, lowest first.
    stratum, aim : str
        In words; the aim is that of the lowest stratum.
    modules : tuple of PlannedModule
        The first rank first.
    blocked : tuple of Blocked
    removed : tuple of PlannedModule
        What a therapist took out, to be put back.
    rules : str
        Title and SHA-256 of the rules.
    """

    subject: str
    session: str
    days_post_stroke: float
    score: float
    strata: tuple[str, ...]
    stratum: str
    aim: str
    modules: tuple[PlannedModule, ...]
    blocked: tuple[Blocked, ...]
    rules: str
    removed: tuple[PlannedModule, ...] = ()
    conflicts: tuple[ModuleConflict, ...] = ()
    dose_cap: DoseCap | None = None
    deficits: tuple[FoundDeficit, ...] = ()
    unmatched_drivers: tuple[str, ...] = ()
    guidelines: tuple[GuidelineStatement, ...] = ()
    edits: tuple[PlanEdit, ...] = ()
    signed: Signature | None = None

    @property
    def status(self) -> Literal["draft", "signed"]:
        """Whether it is a draft or signed."""
        return "draft" if self.signed is None else "signed"

    @property
    def digest(self) -> str:
        """SHA-256 of all but the signature; see `content_digest`."""
        return content_digest(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; `plan_from_json` reads it back."""
        return {
            "format": PLAN_FORMAT,
            "refused": None,
            "status": self.status,
            "subject": self.subject,
            "session": self.session,
            "days_post_stroke": self.days_post_stroke,
            "score": self.score,
            "strata": list(self.strata),
            "stratum": self.stratum,
            "aim": self.aim,
            "modules": [
                {"rank": rank, **one.as_json()} for rank, one in enumerate(self.modules, start=1)
            ],
            "blocked": [one.as_json() for one in self.blocked],
            "removed": [one.as_json() for one in self.removed],
            "conflicts": [one.as_json() for one in self.conflicts],
            "dose_cap": None if self.dose_cap is None else self.dose_cap.as_json(),
            "deficits": [one.as_json() for one in self.deficits],
            "unmatched_drivers": list(self.unmatched_drivers),
            "guidelines": [one.as_json() for one in self.guidelines],
            "rules": self.rules,
            "edits": [one.as_json() for one in self.edits],
            "signed": None if self.signed is None else self.signed.as_json(),
            "disclaimer": DISCLAIMER,
        }


def content_digest(described: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a plan's JSON, signature and status left out.

    Parameters
    ----------
    described : mapping
        As `Plan.as_json` gives it.
    """
    content = {**described, "status": "draft", "signed": None}
    return hashlib.sha256(dump_json(content, what="a plan")).hexdigest()


def require_signed(plan: Plan) -> Plan:
    """Give a plan back if it is signed, and still what was signed.

    Raises
    ------
    ClinicalError
        ``unsigned``, if it is a draft or was changed after it was signed.
    """
    if plan.signed is None:
        raise ClinicalError(
            f"the plan of {plan.subject} must be signed by a clinician before it is used or "
            "exported as active; got a draft. Read it, edit it, then sign it with sign_plan.",
            refusal="unsigned",
        )
    if plan.signed.digest != plan.digest:
        raise ClinicalError(
            f"the plan of {plan.subject} must be what {plan.signed.by} signed at "
            f"{plan.signed.at}; got other content. Change a plan with edit_plan, then sign again.",
            refusal="unsigned",
        )
    return plan
