"""The prognosis of one patient: the fan of their recovery and the rules of the ward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hybridmfp.clinical.course import PatientCourse, ScoreSource, Visit
from hybridmfp.clinical.prognosis.epos import EPOS_WINDOW, epos, epos_findings
from hybridmfp.clinical.prognosis.mixture import MixtureModel
from hybridmfp.clinical.prognosis.mixture_posterior import MixturePosterior
from hybridmfp.clinical.prognosis.prep2 import PREP2_WINDOW, prep2, prep2_findings
from hybridmfp.clinical.prognosis.proportional_recovery import (
    proportional_recovery_refused,
    why_not_proportional,
)
from hybridmfp.clinical.prognosis.rule_prognosis import (
    ExternalAccuracy,
    RulePrognosis,
    accuracy_of,
    refused_rule,
    rule_facts,
)
from hybridmfp.clinical.strata import noise_sd
from hybridmfp.errors import ClinicalError, Refusal

__all__ = ["Prognosis", "prognose"]

_USUAL_WEEKS = (12.0, 26.0)


@dataclass(frozen=True)
class Prognosis:
    """Hold what can be foretold of one patient.

    Attributes
    ----------
    subject : str
    posterior : MixturePosterior or None
        Of the recovery mixture; None if it refused.
    used : tuple of Visit
        Visits it learned from, all rated or all estimated.
    left_out : tuple of (Visit, str)
        Visits it did not learn from, and why.
    weeks : tuple of float
        Weeks since the stroke that are foretold.
    horizon_weeks : float
        The last week it may speak of.
    rules : tuple of RulePrognosis
        PREP2 and EPOS, each with its answer or refusal.
    external : tuple of ExternalAccuracy
        How wrong the published mixture was; empty for another model.
    refusal : str or None
        Why there is no posterior.
    message : str or None
    """

    subject: str
    posterior: MixturePosterior | None
    used: tuple[Visit, ...]
    left_out: tuple[tuple[Visit, str], ...]
    weeks: tuple[float, ...]
    horizon_weeks: float
    rules: tuple[RulePrognosis, ...]
    external: tuple[ExternalAccuracy, ...]
    refusal: Refusal | None = None
    message: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready; the fan runs by whole weeks from the stroke to the horizon."""
        told: dict[str, Any] = {"n_observations": len(self.used), "fan": [], "groups": []}
        told |= {"merged_groups": [], "model": None, "source": None}
        at: list[dict[str, float]] = []
        if self.posterior is not None:
            whole_weeks = [float(week) for week in range(int(self.horizon_weeks) + 1)]
            told = self.posterior.as_json(whole_weeks)
            at = list(self.posterior.fan(self.weeks))
        refused = None
        if self.refusal is not None:
            refused = {"refusal": self.refusal, "message": self.message}
        return {
            "refused": refused,
            **told,
            "at": at,
            "horizon_weeks": self.horizon_weeks,
            "score_source": self.used[0].source if self.used else None,
            "used": [{**_told(one), "sd": _sd(one)} for one in self.used],
            "left_out": [{**_told(one), "because": why} for one, why in self.left_out],
            "synthetic": any(one.synthetic for one in self.used),
            "external": [one.as_json() for one in self.external],
            "rules": [one.as_json() for one in self.rules],
            "proportional_recovery": proportional_recovery_refused(),
            "proportional_recovery_sources": why_not_proportional(),
        }


def prognose(
    course: PatientCourse,
    *,
    weeks: Sequence[float] | None = None,
    model: MixtureModel | None = None,
) -> Prognosis:
    """Foretell a patient's FMA-UE, and ask the rules of the ward.

    The mixture learns from ratings. Only where there is none does it learn from estimates, each
    with the SD of its interval; the two are never mixed. It refuses once the latest score is from
    week 26 or later: it knows nothing of what comes then; and if a score lies more than four SDs
    from the likeliest course, which then is none.

    Parameters
    ----------
    course : PatientCourse
    weeks : sequence of float, optional
        Weeks since the stroke to be foretold, after the latest score, 26 at most; if left out,
        those of 12 and 26 that are still to come.
    model : MixtureModel, optional
        The published one if left out.

    Returns
    -------
    Prognosis
        A refusal of the mixture or of a rule is named in it; the others still answer.

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> course = PatientCourse("P01", (Visit("a", 5, "rated", 12.0), Visit("b", 12, "rated", 25.0)))
    >>> told = prognose(course).as_json()
    >>> [(one["week"], round(one["q50"])) for one in told["at"]]
    [(12.0, 57), (26.0, 58)]
    >>> [(one["name"], one["refused"]["refusal"]) for one in told["rules"]]
    [('PREP2', 'missing_input'), ('EPOS', 'missing_input')]
    """
    facts = rule_facts("mixture")
    horizon = float(facts["window"]["weeks"][1])
    used, left_out = _usable(course)
    posterior: MixturePosterior | None = None
    asked: tuple[float, ...] = ()
    error: ClinicalError | None = None
    try:
        _check_one_model(course, used)
        asked = _weeks_ahead(course, used, weeks, horizon)
        posterior = _posterior(model or MixtureModel.published(), course, used)
    except ClinicalError as caught:
        error = caught
    return Prognosis(
        course.subject,
        posterior,
        used=used,
        left_out=left_out,
        weeks=asked,
        horizon_weeks=horizon,
        rules=(_ask_prep2(course), _ask_epos(course)),
        external=accuracy_of(facts) if model is None else (),
        refusal=None if error is None else error.refusal,
        message=None if error is None else str(error),
    )


def _usable(course: PatientCourse) -> tuple[tuple[Visit, ...], tuple[tuple[Visit, str], ...]]:
    """Sort visits into those to learn from and those not, with the reason."""
    source: ScoreSource = "rated" if course.scored("rated") else "estimated"
    why = {one.session + one.source: _why_not(one, source) for one in course.visits}
    used = tuple(one for one in course.visits if why[one.session + one.source] is None)
    left = tuple(
        (one, reason)
        for one in course.visits
        if (reason := why[one.session + one.source]) is not None
    )
    return used, left


def _why_not(visit: Visit, source: ScoreSource) -> str | None:
    if visit.score is None:
        return "it has no score"
    if visit.source != source:
        return "there are ratings, and estimates are never mixed with them"
    if visit.quality == "red":
        return "the signals were of poor quality"
    return None


def _check_one_model(course: PatientCourse, used: Sequence[Visit]) -> None:
    models = dict.fromkeys(one.model for one in used if one.source == "estimated")
    if len(models) > 1:
        raise ClinicalError(
            f"estimates of {course.subject} to foretell from must be of one model, because models "
            f"differ in what they get wrong; got {len(models)}. Assess all recordings again with "
            "one of them.",
            refusal="contradictory_inputs",
        )


def _posterior(
    model: MixtureModel, course: PatientCourse, used: Sequence[Visit]
) -> MixturePosterior:
    scores = np.array([float(one.score) for one in used if one.score is not None])
    sd = np.array([_sd(one) for one in used])
    posterior = model.posterior([one.days_post_stroke for one in used], scores, sd=sd)
    off = scores - posterior.mean_scores([one.weeks for one in used])
    beyond = np.abs(off) / np.hypot(model.residual_sd, sd)
    worst = int(np.argmax(beyond))
    if beyond[worst] > rule_facts("mixture")["misfit"]["residuals"]:
        raise ClinicalError(
            f"scores of {course.subject} must be such as a recovery can bring; {scores[worst]:g} "
            f"points in {used[worst].session} lie {abs(off[worst]):.0f} points from the likeliest "
            "course. Look for a wrong number, the other arm, or a new event: the mixture knows no "
            "relapse.",
            refusal="contradictory_inputs",
        )
    return posterior


def _sd(visit: Visit) -> float:
    """Give the SD of a score about a rating: none of a rating, the wider one of an estimate."""
    return noise_sd(visit) if visit.source == "estimated" else 0.0


def _weeks_ahead(
    course: PatientCourse,
    used: Sequence[Visit],
    weeks: Sequence[float] | None,
    horizon: float,
) -> tuple[float, ...]:
    if not used:
        raise ClinicalError(
            f"the course of {course.subject} must hold a rated or estimated FMA-UE; got none. "
            "Rate the arm, or add an assessment of good quality.",
            refusal="missing_input",
        )
    latest = max(one.weeks for one in course.visits if one.score is not None)
    if latest >= horizon:
        raise ClinicalError(
            f"the latest score of {course.subject} must be from before week {horizon:g} after the "
            f"stroke; got week {latest:.1f}. The mixture describes the first months alone; follow "
            "the trend of the scores instead.",
            refusal="outside_window",
        )
    if weeks is None:
        return tuple(week for week in _USUAL_WEEKS if latest < week <= horizon)
    wrong = [week for week in weeks if not latest < week <= horizon]
    if wrong:
        raise ClinicalError(
            f"weeks to be foretold must lie after the latest score, week {latest:.1f}, and at most "
            f"at week {horizon:g}; got {wrong[0]:g}.",
            refusal="outside_window",
        )
    return tuple(float(week) for week in weeks)


def _ask_prep2(course: PatientCourse) -> RulePrognosis:
    try:
        _check_ahead(course, "PREP2")
        return prep2(prep2_findings(course))
    except ClinicalError as error:
        return refused_rule("PREP2", window=PREP2_WINDOW, error=error)


def _ask_epos(course: PatientCourse) -> RulePrognosis:
    try:
        _check_ahead(course, "EPOS")
        return epos(*epos_findings(course))
    except ClinicalError as error:
        return refused_rule("EPOS", window=EPOS_WINDOW, error=error)


def _check_ahead(course: PatientCourse, name: Literal["PREP2", "EPOS"]) -> None:
    """Refuse to foretell what is already over."""
    facts = rule_facts(name.lower())
    latest = max(
        (one.days_post_stroke for one in course.visits if one.score is not None), default=0
    )
    if latest >= facts["outcome_day"]:
        raise ClinicalError(
            f"{name} foretells {facts['outcome']}, day {facts['outcome_day']} after the stroke; "
            f"the latest score of {course.subject} is of day {latest:g}, when that is over. What "
            "the arm can do now is told by its scores.",
            refusal="outside_window",
        )


def _told(visit: Visit) -> dict[str, Any]:
    return {
        "session": visit.session,
        "week": visit.weeks,
        "score": visit.score,
        "source": visit.source,
    }
