"""Whether a plan that was made earlier still fits the course it is shown with."""

from __future__ import annotations

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan.conditions import Facts
from hybridmfp.clinical.plan.matching import match
from hybridmfp.clinical.plan.rule_file import read_rules
from hybridmfp.clinical.plan.rules import Rules
from hybridmfp.clinical.plan.therapy_plan import Plan
from hybridmfp.errors import ClinicalError

__all__ = ["check_plan_fits", "pain_before_and_now", "refuse_forbidden"]


def check_plan_fits(plan: Plan, course: PatientCourse) -> None:
    """Refuse a plan of somebody else, or of a visit that is not as it was.

    Parameters
    ----------
    plan : Plan
    course : PatientCourse

    Raises
    ------
    ClinicalError
        ``contradictory_inputs``.
    """
    same = [one for one in course.visits if one.session == plan.session]
    if plan.subject != course.subject or not same:
        raise ClinicalError(
            f"the plan must be of {course.subject} and of one of their visits; got one of "
            f"{plan.subject}, {plan.session}. Take the plan that was made for this course.",
            refusal="contradictory_inputs",
        )
    if not any((one.days_post_stroke, one.score) == _made_for(plan) for one in same):
        told = ", ".join(f"{_points(one)} on day {one.days_post_stroke:g}" for one in same)
        raise ClinicalError(
            f"the plan must be of {plan.session} as the course has it, {told}; it was made for "
            f"{plan.score:g} points on day {plan.days_post_stroke:g}. Make the plan again.",
            refusal="contradictory_inputs",
        )


def refuse_forbidden(plan: Plan, course: PatientCourse, *, rules: Rules | None = None) -> None:
    """Refuse a plan with a module that the latest findings forbid, signed or not.

    A module that a therapist put in against the rules, with a reason, is theirs to answer for.

    Parameters
    ----------
    plan : Plan
    course : PatientCourse
        With what was found at the bedside; the latest of each finding counts.
    rules : Rules, optional
        Ours, if not given.

    Raises
    ------
    ClinicalError
        ``contradictory_inputs``, with each module and what forbids it.
    """
    told = read_rules() if rules is None else rules
    names = {name for one in course.bedside for name in one.examined}
    facts = Facts(
        days=plan.days_post_stroke,
        score=plan.score,
        strata=plan.strata,
        findings={name: course.finding(name) for name in names},
        contraindications=course.finding("contraindications"),
    )
    known = {one.identifier: one for one in told.modules}
    forbidden = []
    for one in plan.modules:
        if one.override is None and one.identifier in known:
            causes = match(known[one.identifier], facts, told, deficits=()).causes
            why = [cause.text for cause in causes if cause.kind == "contraindication"]
            forbidden += [f"{one.title}: {'; '.join(why)}"] if why else []
    if forbidden:
        raise ClinicalError(
            f"the plan of {plan.subject} must not hold what the latest findings forbid; it does: "
            f"{' | '.join(forbidden)}. Take these modules out, or make the plan again.",
            refusal="contradictory_inputs",
        )


def pain_before_and_now(
    course: PatientCourse, *, at: Visit, rules: Rules | None = None
) -> tuple[float, float]:
    """Give the last two answers on shoulder pain, the later one of the time of a visit.

    Parameters
    ----------
    course : PatientCourse
    at : Visit
        The visit that is decided on.
    rules : Rules, optional
        Ours, if not given; they tell how old findings may be.

    Returns
    -------
    tuple of float
        Before and now, 0 to 10.

    Raises
    ------
    ClinicalError
        ``missing_input`` if it was asked for less than twice; ``outside_window`` if the later
        answer is too far from the visit.
    """
    asked = [
        (one.days_post_stroke, one.shoulder_pain)
        for one in course.bedside
        if one.shoulder_pain is not None
    ]
    if len(asked) < 2:
        times = "once" if asked else "never"
        raise ClinicalError(
            f"shoulder pain of {course.subject} must have been asked for twice to say whether it "
            f"rose; it was asked for {times}. Ask again and add the answer.",
            refusal="missing_input",
        )
    most = (read_rules() if rules is None else rules).inputs.max_age_days
    (_, before), (day, now) = asked[-2:]
    if abs(day - at.days_post_stroke) > most:
        raise ClinicalError(
            f"shoulder pain of {course.subject} must have been asked for within {most:g} days of "
            f"{at.session}, day {at.days_post_stroke:g}; it was last on day {day:g}. Ask again.",
            refusal="outside_window",
        )
    return before, now


def _made_for(plan: Plan) -> tuple[float, float]:
    return plan.days_post_stroke, plan.score


def _points(visit: Visit) -> str:
    return "no score" if visit.score is None else f"{visit.score:g} points"
