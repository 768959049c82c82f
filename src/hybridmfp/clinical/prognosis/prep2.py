"""PREP2: hand function at three months from the first week's examinations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.prognosis.rule_prognosis import (
    RulePrognosis,
    accuracy_of,
    check_mrc,
    check_within,
    rule_facts,
)
from hybridmfp.clinical.sourced import source_of
from hybridmfp.errors import ClinicalError

__all__ = ["PREP2_WINDOW", "Prep2Findings", "prep2", "prep2_findings"]

PREP2_WINDOW = "SAFE within 3 days, MEP on days 3 to 7, NIHSS on day 3 after the stroke"
"""When the inputs must be examined."""

Category = Literal["excellent", "good", "limited", "poor"]


@dataclass(frozen=True)
class Prep2Findings:
    """Hold what PREP2 asks for; None is not examined.

    Attributes
    ----------
    safe_day : float or None
        Days from the stroke to the two strength grades.
    mrc_shoulder_abduction, mrc_finger_extension : int or None
        MRC grades, 0 to 5. SAFE is their sum.
    age_years : float or None
    mep_present : bool or None
        Whether TMS evokes a motor potential in the paretic hand; needed below a SAFE of 5.
    mep_day : float or None
    nihss : int or None
        0 to 42; needed without a motor potential.
    nihss_day : float or None
    """

    safe_day: float | None = None
    mrc_shoulder_abduction: int | None = None
    mrc_finger_extension: int | None = None
    age_years: float | None = None
    mep_present: bool | None = None
    mep_day: float | None = None
    nihss: int | None = None
    nihss_day: float | None = None


def prep2(findings: Prep2Findings) -> RulePrognosis:
    """Foretell the category of hand function at three months.

    Only what the branch needs is asked for: no motor potential at a SAFE of 5 or more, no NIHSS
    with a motor potential.

    Parameters
    ----------
    findings : Prep2Findings

    Returns
    -------
    RulePrognosis
        Category ``excellent``, ``good``, ``limited`` or ``poor``, with the accuracy found
        elsewhere. The ARAT bands and the split at 80 years are marked as unverified.

    Raises
    ------
    ClinicalError
        ``missing_input``; ``outside_window`` for a SAFE after day 3, a MEP outside days 3 to 7,
        a NIHSS not of day 3; ``impossible_value``.

    References
    ----------
    Stinear, C. M., et al. (2017). PREP2. *Ann Clin Transl Neurol*, 4, 811. doi:10.1002/acn3.488

    Examples
    --------
    >>> prep2(Prep2Findings(2, 3, 2, age_years=64)).category
    'excellent'
    >>> prep2(Prep2Findings(2, 1, 0, age_years=64, mep_present=True, mep_day=14))
    Traceback (most recent call last):
    hybridmfp.errors.ClinicalError: the motor evoked potential must be examined on days 3 to 7 ...
    """
    facts = rule_facts("prep2")
    safe = _safe(findings, facts)
    age = _age(findings.age_years)
    category: Category
    if safe >= facts["safe_cut"]:
        category, steps = _strong(safe, age, facts)
    else:
        category, steps = _weak(findings, facts)
        steps = (f"SAFE {safe}, below {facts['safe_cut']}", *steps)
    band = facts["categories"][category]
    low, high = band["arat"]
    return RulePrognosis(
        "PREP2",
        category,
        meaning=f"{facts['outcome']}: {low} to {high} points ({source_of(band).text})",
        probability=None,
        steps=steps,
        window=PREP2_WINDOW,
        external=accuracy_of(facts),
        source=source_of(facts),
        assumptions=(facts["day_counting"]["text"],),
    )


def prep2_findings(course: PatientCourse) -> Prep2Findings:
    """Take what PREP2 asks for out of a course.

    Of several examinations, the last one inside the window counts; if there is none inside, the
    last one outside, so that the rule can say so. Both strength grades must be of one day.
    """
    facts = rule_facts("prep2")
    safe_day, (shoulder, finger) = _found(
        course, ("mrc_shoulder_abduction", "mrc_finger_extension"), facts["safe_days"][1]
    )
    mep_day, (mep,) = _found(course, ("mep_present",), facts["mep_days"][1] + 1, below=True)
    nihss_day, (nihss,) = _found(course, ("nihss",), facts["nihss_days"][1] + 1, below=True)
    return Prep2Findings(
        safe_day, shoulder, finger, course.age_years, mep, mep_day, nihss, nihss_day
    )


def _found(
    course: PatientCourse, names: tuple[str, ...], last: float, *, below: bool = False
) -> tuple[float | None, tuple[Any, ...]]:
    """Find the last day on which all were examined, preferably not after the window."""
    made = [one for one in course.bedside if all(getattr(one, n) is not None for n in names)]
    if not made:
        return None, (None,) * len(names)
    early = [
        one
        for one in made
        if (one.days_post_stroke < last if below else one.days_post_stroke <= last)
    ]
    best = (early or made)[-1]
    return best.days_post_stroke, tuple(getattr(best, name) for name in names)


def _safe(findings: Prep2Findings, facts: Mapping[str, Any]) -> int:
    shoulder = check_mrc("shoulder abduction", findings.mrc_shoulder_abduction)
    finger = check_mrc("finger extension", findings.mrc_finger_extension)
    day = _day("the strength of shoulder abduction and finger extension (SAFE)", findings.safe_day)
    last = facts["safe_days"][1]
    check_within("SAFE", day, 0, last)
    if day > last:
        raise ClinicalError(
            f"SAFE must be examined within {last} days of the stroke; got day {day:g}. "
            "The rule was made and tested for that window, and is wrong more often outside it.",
            refusal="outside_window",
        )
    return shoulder + finger


def _age(age: float | None) -> float:
    if age is None:
        raise ClinicalError(
            "age_years must be known; got none. Give the age at the stroke.",
            refusal="missing_input",
        )
    if not 0 <= age <= 130:
        raise ClinicalError(
            f"age_years must lie between 0 and 130; got {age!r}.", refusal="impossible_value"
        )
    return age


def _strong(safe: int, age: float, facts: Mapping[str, Any]) -> tuple[Category, tuple[str, ...]]:
    reached = f"SAFE {safe}, {facts['safe_cut']} or more"
    old = facts["age_cut_years"]
    if age < old:
        return "excellent", (reached, f"younger than {old}")
    split = facts["old_safe_cut"]
    side = "or more" if safe >= split["value"] else "not reached"
    last = f"from {old} years on, SAFE {split['value']} {side} ({source_of(split).text})"
    return "excellent" if safe >= split["value"] else "good", (reached, last)


def _weak(findings: Prep2Findings, facts: Mapping[str, Any]) -> tuple[Category, tuple[str, ...]]:
    if findings.mep_present is None:
        raise ClinicalError(
            f"the motor evoked potential must be known at a SAFE below {facts['safe_cut']}; got "
            "none. Examine it by TMS on days 3 to 7.",
            refusal="missing_input",
        )
    mep_day = _day("the motor evoked potential", findings.mep_day)
    check_within("the motor evoked potential", mep_day, *facts["mep_days"])
    if findings.mep_present:
        return "good", ("motor evoked potential present",)
    absent = "motor evoked potential absent"
    nihss = _nihss(findings, facts)
    if nihss < facts["nihss_cut"]:
        return "limited", (absent, f"NIHSS {nihss}, below {facts['nihss_cut']}")
    return "poor", (absent, f"NIHSS {nihss}, {facts['nihss_cut']} or more")


def _nihss(findings: Prep2Findings, facts: Mapping[str, Any]) -> int:
    if findings.nihss is None:
        raise ClinicalError(
            "NIHSS of day 3 must be known without a motor evoked potential; got none.",
            refusal="missing_input",
        )
    if findings.nihss not in range(43):
        raise ClinicalError(
            f"NIHSS must be a whole number from 0 to 42; got {findings.nihss!r}.",
            refusal="impossible_value",
        )
    check_within("NIHSS", _day("NIHSS", findings.nihss_day), *facts["nihss_days"])
    return int(findings.nihss)


def _day(what: str, day: float | None) -> float:
    if day is None:
        raise ClinicalError(
            f"the day of {what} must be known; got none. Count from the day of the stroke.",
            refusal="missing_input",
        )
    return day
