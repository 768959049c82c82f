"""The therapy plan as a CarePlan: a proposal until a clinician has signed it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.clinical.exchange.context import Context
from hybridmfp.clinical.exchange.entries import Entry, entry_of, identifier
from hybridmfp.clinical.exchange.sections import told
from hybridmfp.clinical.exchange.vocabulary import IDENTIFIERS, concept
from hybridmfp.clinical.plan import content_digest
from hybridmfp.errors import ClinicalError

__all__ = ["care_plan_of", "is_signed", "signer_of"]


def is_signed(plan: Mapping[str, Any]) -> bool:
    """Tell whether a plan is signed, and is still what was signed.

    Raises
    ------
    ClinicalError
        ``unsigned``, if it was changed after it was signed.
    """
    signed = plan.get("signed")
    if not signed:
        return False
    if signed.get("digest") != content_digest(plan):
        raise ClinicalError(
            f"the plan of {plan.get('subject')} must be what was signed at {signed.get('at')}; "
            "got other content. Change a plan with edit_plan, then sign again.",
            refusal="unsigned",
        )
    return True


def signer_of(plan: Mapping[str, Any]) -> Entry:
    """Make the clinician who signed: a pseudonym made of the name, which stays in the review."""
    named = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, IDENTIFIERS), plan["signed"]["by"])
    return entry_of(
        {"resourceType": "Practitioner", "identifier": [identifier("clinician", str(named))]}
    )


def care_plan_of(
    plan: Mapping[str, Any],
    context: Context,
    *,
    basis: Sequence[Entry],
    signer: Entry | None,
) -> Entry:
    """Turn the plan section of a review into a CarePlan.

    Parameters
    ----------
    plan : mapping
        Not refused.
    context : Context
    basis : sequence of Entry
        The scores it rests on.
    signer : Entry or None
        Who signed: the plan is ``active``. None makes it a ``draft``, a ``proposal``.

    Returns
    -------
    Entry
        Blocked modules stand in it as ``doNotPerform``, with what blocks them.
    """
    activities = [_module(one) for one in told(plan, "modules")]
    activities += [_blocked(one) for one in told(plan, "blocked")]
    author = context.software if signer is None else signer
    return entry_of(
        {
            "resourceType": "CarePlan",
            "identifier": [identifier("plan", context.course.subject)],
            "status": "draft" if signer is None else "active",
            "intent": "proposal" if signer is None else "plan",
            "category": [concept("upper-limb-therapy", "therapy of the upper limb")],
            "title": f"Therapy of the arm: {plan['stratum']}",
            **({"description": plan["aim"]} if plan.get("aim") else {}),
            "subject": context.patient.reference,
            "author": author.reference,
            "contributor": [context.software.reference],
            **({"supportingInfo": [one.reference for one in basis]} if basis else {}),
            **({"activity": activities} if activities else {}),
            "note": [{"text": text} for text in _notes(plan)],
        },
        synthetic=context.course.synthetic,
    )


def _module(module: Mapping[str, Any]) -> dict[str, Any]:
    lines = [f"Why: {module['reason']}"] if module.get("reason") else []
    lines += [f"Guideline: {_statement(one)}" for one in told(module, "guidelines")]
    lines += [f"Guidelines disagree: {one}" for one in module.get("conflicts") or ()]
    lines += [f"Effect: {module['effect']}"] if module.get("effect") else []
    lines += [f"Safety: {one}" for one in module.get("safety") or ()]
    return {
        "detail": {
            "code": concept(f"module-{module['id']}", module["title"]),
            "status": "not-started",
            **({"scheduledString": module["dose"]} if module.get("dose") else {}),
            **({"description": "\n".join(lines)} if lines else {}),
        }
    }


def _statement(guideline: Mapping[str, Any]) -> str:
    grade = f" ({guideline['grade']})" if guideline.get("grade") else ""
    source = guideline.get("source") or {}
    status = source.get("source_status") if isinstance(source, Mapping) else None
    mark = f" [{status}]" if status not in (None, "verified") else ""
    return f"{guideline['name']}: {guideline['statement']}{grade}{mark}"


def _blocked(module: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "detail": {
            "code": concept(f"module-{module['id']}", module["title"]),
            "status": "not-started",
            "statusReason": {"text": module["because"]},
            "doNotPerform": True,
        }
    }


def _notes(plan: Mapping[str, Any]) -> list[str]:
    notes = [str(plan["disclaimer"])] if plan.get("disclaimer") else []
    notes += [
        f"Guidelines disagree: {one['title']}: {one['text']}" for one in told(plan, "conflicts")
    ]
    edits = len(told(plan, "edits"))
    if edits:
        notes.append(f"A therapist has edited it {edits} times.")
    return notes or ["Decision support only; a clinician confirms."]
