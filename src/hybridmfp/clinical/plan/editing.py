"""A therapist edits a plan and signs it; every edit is kept, and what was blocked stays marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from hybridmfp.clinical.plan.rules import DoseCap
from hybridmfp.clinical.plan.therapy_plan import (
    Action,
    Blocked,
    ModuleConflict,
    Override,
    Plan,
    PlanEdit,
    PlannedModule,
    Signature,
)
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError, Refusal

__all__ = ["edit_plan", "sign_plan"]

_FIELDS: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        "add": ("title", "dose", "minutes_per_day", "rank", "override_reason"),
        "remove": (),
        "dose": ("dose", "minutes_per_day", "override_reason"),
        "move": ("rank",),
    }
)
_NOT_CHECKED = "not among the rules: who it is for and whether it is safe was not checked"


def edit_plan(plan: Plan, edit: PlanEdit) -> Plan:
    """Apply one edit; the plan given stays as it is.

    A module that the rules blocked can be added only with an `override_reason`, and stays marked
    with what had blocked it. While the dose is capped, a new dose must tell its minutes a day, and
    one at or above the cap needs an `override_reason`. Editing a signed plan makes it a draft; the
    void signature is kept in the edit.

    Parameters
    ----------
    plan : Plan
    edit : PlanEdit
        ``add`` takes a module that is blocked, was removed, or is not among the rules (then with
        title and dose); ``remove``; ``dose``; ``move`` to a rank.

    Returns
    -------
    Plan
        A draft.

    Raises
    ------
    ClinicalError
        ``missing_input`` without who, why, time, or what the action needs; ``impossible_value``
        for a time, rank, number or module that cannot be; ``dates_out_of_order`` if it is before
        an earlier edit or signature; ``contradictory_inputs`` for a blocked module or a dose
        beyond the cap without `override_reason`, a module that is there already, or a value that
        the action does not take.

    Examples
    --------
    >>> from hybridmfp.clinical.plan import PlanEdit, edit_plan
    >>> edit = PlanEdit("remove", "robot", "A. Therapist", "no robot here", "2026-11-30T09:00Z")
    """
    _check_edit(plan, edit)
    changed = _ACTIONS[edit.action](plan, edit)
    return replace(
        changed,
        conflicts=tuple(
            ModuleConflict(one.identifier, one.title, text)
            for one in changed.modules
            for text in one.conflicts
        ),
        edits=(*plan.edits, replace(edit, unsigned=plan.signed)),
        signed=None,
    )


def sign_plan(plan: Plan, *, by: str, at: str) -> Plan:
    """Sign a plan: from then on it is what was signed, or a draft again.

    Parameters
    ----------
    plan : Plan
    by : str
        The clinician who takes responsibility.
    at : str
        ISO 8601 with offset, such as ``"2026-11-30T09:00:00+01:00"``.

    Returns
    -------
    Plan
        Signed.

    Raises
    ------
    ClinicalError
        ``missing_input`` without a name or a module; ``impossible_value`` for a time that is
        none; ``dates_out_of_order`` if it is before the last edit; ``contradictory_inputs`` if it
        is signed already.
    """
    _check_words(plan, {"by": by, "at": at}, what="a signature")
    _check_order(plan, at)
    if plan.signed is not None:
        raise _refuse(
            plan,
            f"must be a draft to be signed; {plan.signed.by} signed it at {plan.signed.at}",
            "contradictory_inputs",
        )
    if not plan.modules:
        raise _refuse(
            plan, "must hold a module to be signed; got none. Add one first", "missing_input"
        )
    return replace(plan, signed=Signature(by, at, plan.digest))


def _add(plan: Plan, edit: PlanEdit) -> Plan:
    if _find(plan.modules, edit.module) is not None:
        raise _refuse(plan, f"must hold {edit.module} once; it does", "contradictory_inputs")
    blocked = next((one for one in plan.blocked if one.module.identifier == edit.module), None)
    removed = _find(plan.removed, edit.module)
    if blocked is None and removed is None:
        return replace(plan, modules=_placed(plan.modules, _own(plan, edit), edit.rank))
    taken = [
        name for name in ("title", "dose", "minutes_per_day") if getattr(edit, name) is not None
    ]
    if taken:
        raise _refuse(
            plan,
            f"must take {edit.module} as the rules have it; got {', '.join(taken)}. "
            "Add it, then change its dose",
            "contradictory_inputs",
        )
    if blocked is not None:
        module = _overridden(plan, edit, blocked)
        others = tuple(one for one in plan.blocked if one is not blocked)
        return replace(plan, modules=_placed(plan.modules, module, edit.rank), blocked=others)
    module = replace(_there(removed), origin="therapist")
    kept = tuple(one for one in plan.removed if one is not removed)
    return replace(plan, modules=_placed(plan.modules, module, edit.rank), removed=kept)


def _overridden(plan: Plan, edit: PlanEdit, blocked: Blocked) -> PlannedModule:
    if not (edit.override_reason or "").strip():
        raise _refuse(
            plan,
            f"must not hold {edit.module}: {blocked.because}. Examine what is missing, or give an "
            "override_reason (--override); it stays marked",
            "contradictory_inputs",
        )
    override = Override(str(edit.override_reason), edit.by, edit.at, blocked.causes)
    return replace(blocked.module, origin="therapist", override=override)


def _own(plan: Plan, edit: PlanEdit) -> PlannedModule:
    _check_words(plan, {"title": edit.title, "dose": edit.dose}, what=f"the module {edit.module}")
    bare = PlannedModule(
        identifier=edit.module,
        title=str(edit.title),
        aim="set by the therapist",
        dose="",
        dose_source=_by(edit),
        reasons=(f"added by {edit.by}: {edit.why}",),
        capped=plan.dose_cap is not None,
        safety=(_NOT_CHECKED,),
        origin="therapist",
    )
    return _dosed(plan, edit, bare)


def _remove(plan: Plan, edit: PlanEdit) -> Plan:
    module = _there(_find(plan.modules, edit.module), plan, edit.module)
    others = tuple(one for one in plan.modules if one is not module)
    if module.override is not None:
        back = Blocked(replace(module, override=None), module.override.causes)
        return replace(plan, modules=others, blocked=(*plan.blocked, back))
    return replace(plan, modules=others, removed=(*plan.removed, module))


def _dose(plan: Plan, edit: PlanEdit) -> Plan:
    module = _there(_find(plan.modules, edit.module), plan, edit.module)
    _check_words(plan, {"dose": edit.dose}, what=f"the new dose of {edit.module}")
    changed = _dosed(plan, edit, replace(module, repetitions_per_session=None))
    return replace(plan, modules=tuple(changed if one is module else one for one in plan.modules))


def _move(plan: Plan, edit: PlanEdit) -> Plan:
    module = _there(_find(plan.modules, edit.module), plan, edit.module)
    if edit.rank is None:
        raise _refuse(
            plan, f"must be told the new rank of {edit.module}; got none", "missing_input"
        )
    others = tuple(one for one in plan.modules if one is not module)
    return replace(plan, modules=_placed(others, module, edit.rank))


_ACTIONS: Mapping[Action, Callable[[Plan, PlanEdit], Plan]] = MappingProxyType(
    {"add": _add, "remove": _remove, "dose": _dose, "move": _move}
)


def _dosed(plan: Plan, edit: PlanEdit, module: PlannedModule) -> PlannedModule:
    told = f"{edit.dose} (set by {edit.by})"
    cap = plan.dose_cap if module.capped else None
    if cap is not None:
        told = _within_cap(plan, edit, cap, told)
    return replace(module, dose=told, dose_source=_by(edit), minutes_per_day=edit.minutes_per_day)


def _within_cap(plan: Plan, edit: PlanEdit, cap: DoseCap, told: str) -> str:
    if edit.minutes_per_day is None:
        raise _refuse(
            plan,
            f"must be told the minutes a day of {edit.module} while the dose is capped; got none. "
            f"{cap.text}",
            "missing_input",
        )
    if edit.minutes_per_day < cap.minutes_per_day_below:
        return f"CAPPED: {cap.text} ({cap.source.text}). Dose: {told}"
    if not (edit.override_reason or "").strip():
        raise _refuse(
            plan,
            f"must stay below {cap.minutes_per_day_below:g} minutes a day; got "
            f"{edit.minutes_per_day:g} for {edit.module}. {cap.text} ({cap.source.text}). "
            "Lower it, or give an override_reason (--override); it stays marked",
            "contradictory_inputs",
        )
    why = f"{edit.override_reason}, {edit.by}"
    return f"BEYOND THE CAP ({why}): {cap.text} ({cap.source.text}). Dose: {told}"


def _placed(
    modules: tuple[PlannedModule, ...], module: PlannedModule, rank: int | None
) -> tuple[PlannedModule, ...]:
    place = len(modules) + 1 if rank is None else rank
    if isinstance(place, bool) or not isinstance(place, int) or not 1 <= place <= len(modules) + 1:
        raise ClinicalError(
            f"rank of {module.identifier} must be a whole number from 1 to {len(modules) + 1}; "
            f"got {rank!r}.",
            refusal="impossible_value",
        )
    return (*modules[: place - 1], module, *modules[place - 1 :])


def _find(modules: tuple[PlannedModule, ...], identifier: str) -> PlannedModule | None:
    return next((one for one in modules if one.identifier == identifier), None)


def _there(module: PlannedModule | None, plan: Plan | None = None, name: str = "") -> PlannedModule:
    if module is None:
        known = "" if plan is None else ", ".join(one.identifier for one in plan.modules)
        raise ClinicalError(
            f"the module to edit must be in the plan, {known}; got {name!r}.",
            refusal="impossible_value",
        )
    return module


def _by(edit: PlanEdit) -> Source:
    return Source(f"set by {edit.by} at {edit.at}", "assumption")


def _check_edit(plan: Plan, edit: PlanEdit) -> None:
    if edit.action not in _ACTIONS:
        raise _refuse(
            plan,
            f"must be edited by {', '.join(_ACTIONS)}; got {edit.action!r}",
            "impossible_value",
        )
    needed = {"module": edit.module, "by": edit.by, "why": edit.why, "at": edit.at}
    _check_words(plan, needed, what="an edit")
    _check_order(plan, edit.at)
    allowed = _FIELDS[edit.action]
    for name in _FIELDS["add"]:
        if getattr(edit, name) is not None and name not in allowed:
            raise _refuse(
                plan, f"takes no {name} for {edit.action}; leave it out", "contradictory_inputs"
            )
    minutes = edit.minutes_per_day
    if minutes is not None and not 0 < minutes <= 24 * 60:
        raise _refuse(
            plan,
            f"must have minutes_per_day above 0, at most 1440; got {minutes}",
            "impossible_value",
        )


def _check_words(plan: Plan, told: Mapping[str, object], *, what: str) -> None:
    lacking = [name for name, one in told.items() if not (isinstance(one, str) and one.strip())]
    if lacking:
        raise _refuse(plan, f"needs {', '.join(lacking)} for {what}; got none", "missing_input")


def _check_order(plan: Plan, at: str) -> None:
    earlier = [edit.at for edit in plan.edits]
    earlier += [] if plan.signed is None else [plan.signed.at]
    moment = _moment(at)
    for one in earlier:
        if moment < _moment(one):
            raise _refuse(
                plan,
                f"must be changed in the order of time; got {at} after {one}",
                "dates_out_of_order",
            )


def _moment(at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise ClinicalError(
            f"a time must be ISO 8601 with offset, such as 2026-11-30T09:00:00+01:00; got {at!r}.",
            refusal="impossible_value",
        ) from error
    if moment.tzinfo is None:
        raise ClinicalError(
            f"a time must tell its offset, such as 2026-11-30T09:00:00+01:00; got {at!r}.",
            refusal="impossible_value",
        )
    return moment


def _refuse(plan: Plan, what: str, refusal: Refusal) -> ClinicalError:
    return ClinicalError(f"the plan of {plan.subject} {what}.", refusal=refusal)
