"""EPOS: some dexterity at six months from two movements on days 2 and 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.bedside import BedsideFindings
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

__all__ = ["EPOS_WINDOW", "TwoMovements", "epos", "epos_findings"]

EPOS_WINDOW = "finger extension and shoulder abduction on day 2, and on day 9 if absent"
"""When the inputs must be examined."""


@dataclass(frozen=True)
class TwoMovements:
    """Hold which of the two movements of EPOS were seen on one day.

    Attributes
    ----------
    day : float
        Days since the stroke.
    finger_extension, shoulder_abduction : bool
        Whether there is some voluntary movement.
    """

    day: float
    finger_extension: bool
    shoulder_abduction: bool

    @classmethod
    def of_strength(cls, day: float, *, finger: int | None, shoulder: int | None) -> TwoMovements:
        """Take presence from MRC grades: from grade 1 on, an assumption.

        Raises
        ------
        ClinicalError
            ``missing_input`` or ``impossible_value``.
        """
        return cls(
            day,
            check_mrc("finger extension", finger) > 0,
            check_mrc("shoulder abduction", shoulder) > 0,
        )


def epos(first: TwoMovements | None, second: TwoMovements | None = None) -> RulePrognosis:
    """Foretell the probability of some dexterity at six months.

    Parameters
    ----------
    first : TwoMovements or None
        Of day 2.
    second : TwoMovements, optional
        Of day 9; it counts where both movements were absent on day 2.

    Returns
    -------
    RulePrognosis
        Probability 0.98 if both movements are present on day 2, 0.25 if both are absent, 0.14 if
        both are still absent on day 9.

    Raises
    ------
    ClinicalError
        ``missing_input`` without day 2; ``outside_window`` for other days; ``not_identified``
        where one movement alone is present, or one came by day 9: the source read gives no
        probability for these.

    References
    ----------
    Nijland, R. H. M., et al. (2010). EPOS. *Stroke*, 41, 745.

    Examples
    --------
    >>> epos(TwoMovements(2, True, True)).probability
    0.98
    >>> epos(TwoMovements(2, False, False), TwoMovements(9, False, False)).probability
    0.14
    """
    facts = rule_facts("epos")
    if first is None:
        raise ClinicalError(
            "finger extension and shoulder abduction of day 2 must be known; got none. "
            "After that day it is too late for this rule.",
            refusal="missing_input",
        )
    check_within("finger extension and shoulder abduction", first.day, *[facts["first_day"]] * 2)
    if second is not None:
        check_within(
            "the second look at finger extension and shoulder abduction",
            second.day,
            *[facts["second_day"]] * 2,
        )
    category, step = _branch(first, second)
    return _answer(facts, category, step)


def epos_findings(course: PatientCourse) -> tuple[TwoMovements | None, TwoMovements | None]:
    """Take the looks of day 2 and day 9 out of a course; of several on one day, the last one.

    If there is none on day 2, the first one at all is given, so that the rule can refuse it.

    Raises
    ------
    ClinicalError
        ``not_identified``, if nobody looked on day 9 but a movement that was absent on day 2 was
        seen later: what day 2 foretells is outdated.
    """
    facts = rule_facts("epos")
    looks = [_look(one) for one in course.bedside if _both_graded(one)]
    first = [one for one in looks if int(one.day) == facts["first_day"]]
    second = [one for one in looks if int(one.day) == facts["second_day"]]
    chosen = first[-1:] or looks[:1]
    if first and not second:
        _refuse_returned(first[-1], looks)
    return next(iter(chosen), None), next(iter(second[-1:]), None)


def _refuse_returned(first: TwoMovements, looks: Sequence[TwoMovements]) -> None:
    if first.finger_extension or first.shoulder_abduction:
        return
    for later in looks:
        if later.day > first.day and (later.finger_extension or later.shoulder_abduction):
            raise ClinicalError(
                "EPOS foretells from movements absent on day 2 only while nothing newer is known; "
                f"got one that was seen on day {later.day:g}. The source read gives no probability "
                "for that: look at the recovery mixture instead.",
                refusal="not_identified",
            )


def _branch(first: TwoMovements, second: TwoMovements | None) -> tuple[str, str]:
    seen = (first.finger_extension, first.shoulder_abduction)
    if all(seen):
        return "both_present", "both movements present on day 2"
    if any(seen):
        raise ClinicalError(
            "EPOS needs both movements present or both absent on day 2; got one of them. The "
            "source read gives no probability for that: look at the recovery mixture instead.",
            refusal="not_identified",
        )
    if second is None:
        return "both_absent", "both movements absent on day 2; look again on day 9"
    if second.finger_extension or second.shoulder_abduction:
        raise ClinicalError(
            "EPOS needs both movements still absent on day 9; got one that has come since day 2. "
            "The source read gives no probability for that: look at the recovery mixture instead.",
            refusal="not_identified",
        )
    return "still_absent", "both movements absent on day 2 and still on day 9"


def _answer(facts: Mapping[str, Any], category: str, step: str) -> RulePrognosis:
    probability = float(facts[category])
    return RulePrognosis(
        "EPOS",
        category,
        meaning=f"{facts['outcome']}: {probability:.0%}",
        probability=probability,
        steps=(step,),
        window=EPOS_WINDOW,
        external=accuracy_of(facts),
        source=source_of(facts),
        assumptions=(facts["presence"]["text"], facts["day_counting"]["text"]),
    )


def _both_graded(one: BedsideFindings) -> bool:
    return one.mrc_finger_extension is not None and one.mrc_shoulder_abduction is not None


def _look(one: BedsideFindings) -> TwoMovements:
    return TwoMovements.of_strength(
        one.days_post_stroke,
        finger=one.mrc_finger_extension,
        shoulder=one.mrc_shoulder_abduction,
    )
