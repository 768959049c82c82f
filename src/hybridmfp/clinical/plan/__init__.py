"""The therapy plan: rules as data, matched to a patient; a therapist edits and signs."""

from __future__ import annotations

from hybridmfp.clinical.plan.conditions import Facts
from hybridmfp.clinical.plan.editing import edit_plan, sign_plan
from hybridmfp.clinical.plan.guideline_stance import contradiction, design_rank, guideline_rank
from hybridmfp.clinical.plan.making import make_plan
from hybridmfp.clinical.plan.plan_file import plan_from_json
from hybridmfp.clinical.plan.progression import Progression, progression
from hybridmfp.clinical.plan.rule_file import read_rules
from hybridmfp.clinical.plan.rules import ModuleRule, Rules
from hybridmfp.clinical.plan.still_fits import (
    check_plan_fits,
    pain_before_and_now,
    refuse_forbidden,
)
from hybridmfp.clinical.plan.therapy_plan import (
    DISCLAIMER,
    PLAN_FORMAT,
    Plan,
    PlanEdit,
    PlannedModule,
    content_digest,
    require_signed,
)

__all__ = [
    "DISCLAIMER",
    "PLAN_FORMAT",
    "Facts",
    "ModuleRule",
    "Plan",
    "PlanEdit",
    "PlannedModule",
    "Progression",
    "Rules",
    "check_plan_fits",
    "content_digest",
    "contradiction",
    "design_rank",
    "edit_plan",
    "guideline_rank",
    "make_plan",
    "pain_before_and_now",
    "plan_from_json",
    "progression",
    "read_rules",
    "refuse_forbidden",
    "require_signed",
    "sign_plan",
]
