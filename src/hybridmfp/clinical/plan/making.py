"""Make a therapy plan of a course: match every module, rank what fits, block the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.fma_ue import require_fma_ue
from hybridmfp.clinical.plan.guideline_stance import contradiction, design_rank, guideline_rank
from hybridmfp.clinical.plan.matching import Match, match
from hybridmfp.clinical.plan.patient_facts import Basis, Given, gather_basis
from hybridmfp.clinical.plan.possible_strata import Described
from hybridmfp.clinical.plan.rule_file import read_rules
from hybridmfp.clinical.plan.rules import Caution, DoseCap, ModuleRule, Rules
from hybridmfp.clinical.plan.therapy_plan import Blocked, ModuleConflict, Plan, PlannedModule

__all__ = ["make_plan"]


def make_plan(
    course: PatientCourse,
    *,
    stratification: Described | Mapping[str, Any] | None,
    drivers: Sequence[str | Mapping[str, Any]] = (),
    quality: str | None = None,
    answers: Mapping[str, bool] = MappingProxyType({}),
    rules: Rules | None = None,
) -> Plan:
    """Propose a therapy plan for the latest visit of a course; a clinician edits and signs it.

    A module is in the plan only if nothing blocks it and nothing that could block it is unknown.
    Modules are ranked by, in this order: named for the stratum before only within the range of
    its evidence; what guidelines say (`guideline_rank`); how many deficits of the patient it
    addresses; the best study that found a gain (`design_rank`); the order of the rules. If the
    score may lie in two strata, a module must fit both.

    Parameters
    ----------
    course : PatientCourse
        With the bedside findings that the rules ask for, within `Rules.inputs.max_age_days` of the
        latest visit.
    stratification : object with ``as_json``, mapping, or None
        Of the latest visit, with the scheme ``hoonhorst``; None is refused as missing.
    drivers : sequence of str or mapping
        Names of drivers or biomarkers that lower the score, or ``drivers`` of ``assess --json``,
        of which those that lower it count.
    quality : {"green", "amber", "red"}, optional
        Verdict on the recording that the score or the drivers come from.
    answers : mapping of str to bool
        To questions of the rules, such as ``{"ischaemic_stroke": True}``. A module whose question
        has no answer is blocked.
    rules : Rules, optional
        Ours, if not given.

    Returns
    -------
    Plan
        A draft.

    Raises
    ------
    ClinicalError
        ``missing_input`` with all that is missing; ``outside_window`` for findings too far from the
        visit; ``poor_quality`` on red; ``too_uncertain`` for a refused estimate or more than two
        strata; the refusal of the stratification; ``contradictory_inputs`` for another scheme or
        visit; ``impossible_value`` for unknown answers, drivers, qualities or probabilities.

    Examples
    --------
    >>> from hybridmfp.clinical.bedside import BedsideFindings
    >>> from hybridmfp.clinical.course import Visit
    >>> from hybridmfp.clinical.strata import stratify
    >>> found = BedsideFindings(
    ...     60, wrist_extension_deg=25, finger_extension_deg=15, shoulder_flexion_deg=80,
    ...     elbow_extension_deg=90, spasticity_mas="1", follows_instructions=True,
    ...     shoulder_pain=0, contraindications=frozenset(),
    ... )
    >>> visit = Visit("S1", 60, "rated", 40)
    >>> course = PatientCourse("P01", (visit,), bedside=(found,))
    >>> plan = make_plan(
    ...     course, stratification=stratify(visit), answers={"balance_is_safe": True}
    ... )
    >>> [one.identifier for one in plan.modules][:2]
    ['task_practice', 'mcimt']
    >>> {one.module.identifier: one.because for one in plan.blocked}["vns"]
    'day 60, 2.0 months after stroke (rule: at least 9); examine first: Was the stroke ischaemic?'
    """
    require_fma_ue(course.scale, whose=course.subject)
    rules = read_rules() if rules is None else rules
    given = Given(stratification, tuple(drivers), quality, answers)
    basis = gather_basis(course, given, rules)
    cap = _cap(basis, rules)
    matched = [
        (module, match(module, basis.facts, rules, deficits=basis.deficits))
        for module in rules.modules
    ]
    fitting = [(module, how) for module, how in matched if not how.causes]
    fitting.sort(key=_rank)
    forbidden = [(module, how) for module, how in matched if how.causes]
    forbidden.sort(key=lambda one: one[1].weight)
    strata = [one for one in rules.strata if one.name in basis.facts.strata]
    cautions = [one for one in rules.cautions if one.when.check(basis.facts).state != "not_met"]
    planned = partial(_planned, cap=cap, cautions=cautions)
    return Plan(
        subject=course.subject,
        session=basis.visit.session,
        days_post_stroke=basis.visit.days_post_stroke,
        score=basis.score,
        strata=basis.facts.strata,
        stratum=" or ".join(one.text for one in strata),
        aim=strata[0].aim,
        modules=tuple(planned(module, how) for module, how in fitting),
        blocked=tuple(Blocked(planned(module, how), how.causes) for module, how in forbidden),
        rules=f"{rules.title}, SHA-256 {rules.digest}",
        conflicts=_conflicts([module for module, _ in fitting]),
        dose_cap=cap,
        deficits=basis.deficits,
        unmatched_drivers=basis.unmatched_drivers,
        guidelines=rules.guidelines,
    )


def _rank(matched: tuple[ModuleRule, Match]) -> tuple[bool, int, int, int]:
    module, how = matched
    return (not how.named, -guideline_rank(module), -len(how.deficits), -design_rank(module))


def _cap(basis: Basis, rules: Rules) -> DoseCap | None:
    """Give the cap if it holds, or may hold."""
    holds = rules.dose_cap.when.check(basis.facts).state != "not_met"
    return rules.dose_cap.cap if holds else None


def _conflicts(modules: Sequence[ModuleRule]) -> tuple[ModuleConflict, ...]:
    told = [(one, contradiction(one)) for one in modules]
    return tuple(ModuleConflict(one.identifier, one.title, text) for one, text in told if text)


def _planned(
    module: ModuleRule, how: Match, *, cap: DoseCap | None, cautions: Sequence[Caution]
) -> PlannedModule:
    notes = [one.note for one in cautions if one.traits & module.traits]
    text = contradiction(module)
    capped = cap is not None and "exertion" in module.traits
    return PlannedModule(
        identifier=module.identifier,
        title=module.title,
        aim=module.aim,
        dose=_dose(module, cap if capped else None),
        dose_source=module.dose.source,
        reasons=how.reasons,
        minutes_per_day=module.dose.minutes_per_day,
        repetitions_per_session=module.dose.repetitions_per_session,
        other_doses=tuple(f"{one.text} ({one.source.text})" for one in module.other_doses),
        capped=capped,
        guidelines=module.guidelines,
        conflicts=(text,) if text else (),
        evidence=module.evidence,
        safety=tuple(one.line for one in (*notes, *module.safety)),
    )


def _dose(module: ModuleRule, cap: DoseCap | None) -> str:
    told = f"{module.dose.text} ({module.dose.source.text})"
    if cap is None:
        return told
    return f"CAPPED: {cap.text} ({cap.source.text}). Published dose: {told}"
