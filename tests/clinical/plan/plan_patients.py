"""Patients for whom plans are made in these tests, and strata that are certain."""

from __future__ import annotations

from typing import Any

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan import Plan, make_plan

# Hoonhorst 2015, written down here by hand
HOONHORST = (
    ("none", 0, 22),
    ("poor", 23, 31),
    ("limited", 32, 47),
    ("notable", 48, 52),
    ("full", 53, 66),
)
FINDINGS: dict[str, Any] = {
    "wrist_extension_deg": 15,
    "finger_extension_deg": 15,
    "shoulder_flexion_deg": 90,
    "elbow_extension_deg": 90,
    "spasticity_mas": "1",
    "follows_instructions": True,
    "shoulder_pain": 0,
    "contraindications": frozenset(),
}
YES = {
    "ischaemic_stroke": True,
    "balance_is_safe": True,
    "thumb_and_two_digits_extend": True,
    "bci_fes_available": True,
    "focal_spasticity": True,
}
_PLEGIC = {"wrist_extension_deg": 0, "finger_extension_deg": 0}
_MOVING = {"wrist_extension_deg": 25, "finger_extension_deg": 15}

# for each module a patient who gets it
ELIGIBLE: dict[str, dict[str, Any]] = {
    "mirror_therapy": {"score": 10},
    "nmes_fes": {"score": 10},
    "motor_imagery": {"score": 10},
    "bci_fes": {"score": 10, **_PLEGIC},
    "positioning_rom": {"score": 10},
    "bilateral_training": {"score": 10, **_PLEGIC},
    "assisted_reaching": {"score": 10},
    "supported_task_practice": {"score": 27},
    "task_practice": {
        "score": 40,
        "wrist_extension_deg": 1,
        "finger_extension_deg": 0,
        "shoulder_flexion_deg": 0,
        "elbow_extension_deg": 0,
    },
    "keyform_training": {"score": 40},
    "mcimt": {"score": 40, **_MOVING},
    "mcimt_lower_criterion": {"score": 40},
    "expanded_cimt": {"score": 27, "wrist_extension_deg": 5, "finger_extension_deg": 5},
    "vns": {"score": 40, "day": 400},
    "robot": {"score": 27},
    "telerehabilitation": {"score": 40},
    "high_dose": {"score": 40, "day": 400},
    "bimanual_tasks": {"score": 50},
    "fine_motor": {"score": 50},
    "home_programme": {"score": 60},
    "kinematic_feedback": {"score": 60},
    "work_sport": {"score": 60},
    "botulinum_referral": {"score": 40, "spasticity_mas": "3"},
}


def strata_json(shares: dict[str, float]) -> dict[str, Any]:
    """Describe a stratification with these probabilities."""
    return {
        "scheme": "hoonhorst",
        "strata": [
            {"name": name, "low": low, "high": high, "probability": shares.get(name, 0.0)}
            for name, low, high in HOONHORST
        ],
        "refused": None,
    }


def certain(score: float) -> dict[str, Any]:
    """Describe a stratification that is certain; between whole points the nearer one counts."""
    name = next(name for name, _, high in HOONHORST if score < high + 0.5)
    return strata_json({name: 1.0})


def course_of(score: float = 40, day: float = 60, **findings: Any) -> PatientCourse:
    """Make a course of one rating and one examination on the same day."""
    found = BedsideFindings(day, **{**FINDINGS, **findings})
    visit = Visit("S1", day, "rated", score)
    return PatientCourse("P01", (visit,), bedside=(found,))


def plan_of(score: float = 40, day: float = 60, **more: Any) -> Plan:
    """Make a plan; keywords that are no finding go to `make_plan`."""
    findings = {name: one for name, one in more.items() if name in FINDINGS}
    told = {name: one for name, one in more.items() if name not in FINDINGS}
    given = {"stratification": certain(score), "answers": YES, **told}
    return make_plan(course_of(score, day, **findings), **given)


def planned(plan: Plan) -> list[str]:
    """Name the modules of a plan in their order."""
    return [one.identifier for one in plan.modules]


def why_blocked(plan: Plan, module: str) -> tuple[str, str]:
    """Give the weightiest kind and all causes of a blocked module."""
    found = next(one for one in plan.blocked if one.module.identifier == module)
    return found.causes[0].kind, found.because
