"""Therapy of virtual patients: who gets how many hours, and what each number of hours would do."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.simulation.fma_response import DOMAINS, expected_score
from hybridmfp.simulation.routine_care import (
    MOST_MOTIVATION,
    TherapyCandidate,
    longer_programme_probability,
    routine_hours,
)

__all__ = [
    "DOSES_H",
    "RANDOMISED_DOSES_H",
    "THERAPY_ARMS",
    "AbilityCourse",
    "TherapyArm",
    "TherapyCandidate",
    "TherapyCourse",
    "delta_theta",
    "draw_motivation",
    "draw_reserve",
    "draw_therapy",
    "find_therapy_arm",
    "potential_outcomes",
]

Array = NDArray[np.float64]
TherapyArm = Literal["none", "observational", "randomised", "observational_two_doses"]

THERAPY_ARMS: tuple[TherapyArm, ...] = (
    "none",
    "observational",
    "randomised",
    "observational_two_doses",
)
"""How hours are given: not at all, as in routine care, by lot, or as routine care chooses between
the two programmes of the trial."""

RANDOMISED_DOSES_H = (20.0, 90.0)
"""Hours of the two arms of the trial, and of the two programmes that routine care chooses from."""

DOSES_H = (0.0, 20.0, 60.0, 90.0)
"""Hours whose potential outcomes are known for everyone."""

# The effect, in logits; all assumptions. With the first, 90 hours give chronic patients in the
# middle of the scale about 5 points, half of the 11 (of 54) that Ward 2019 saw without controls
# (doi:10.1136/jnnp-2018-319954).
_EFFECT = 2.0
_WITH_RESERVE = 1.55
_WITHOUT_RESERVE = 0.25
_SATURATION_H = 60.0
_BLOCK_WEEKS = 12.0
_LATE = 0.65  # what is left of the effect long after the stroke
_EARLY = 0.60  # how much more there is right after it
_EARLY_WEEKS = 10.0
_RESPONSIVENESS_SD = 0.25  # of the logarithm of the effect
_PER_MOTIVATION = 0.15  # per SD of motivation

# Corticospinal reserve: steepness and centre in the share that recovers, and its own spread in
# logits. Assumptions.
_RESERVE_SLOPE = 4.0
_RESERVE_CENTRE = 0.5
_RESERVE_SD = 0.7


class AbilityCourse(Protocol):
    """Know the overall ability of a person at any time without therapy."""

    def theta(self, weeks: ArrayLike) -> Array:
        """Give the ability in logits at weeks since the stroke, in the shape of `weeks`."""
        ...


@dataclass(frozen=True)
class TherapyCourse:
    """Hold the therapy of one person, and what decides how it works.

    Attributes
    ----------
    arm : {"none", "observational", "randomised", "observational_two_doses"}
    dose_h : float
        Hours given in all.
    start_week : float
        When the block of 12 weeks starts, in weeks since the stroke.
    responsiveness : float
        How much better than expected therapy works for this person, in SDs. Nobody sees it.
    motivation : float
        In SDs from the average.
    reserve : float
        Corticospinal reserve, from 0 to 1.
    """

    arm: TherapyArm
    dose_h: float
    start_week: float
    responsiveness: float
    motivation: float
    reserve: float


def find_therapy_arm(name: str) -> TherapyArm:
    """Give the arm of that name.

    Raises
    ------
    SettingsError
        If there is no such arm.

    Examples
    --------
    >>> find_therapy_arm("randomised")
    'randomised'
    """
    for arm in THERAPY_ARMS:
        if arm == name:
            return arm
    nearest = difflib.get_close_matches(name, THERAPY_ARMS, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise SettingsError(f"therapy must be one of {', '.join(THERAPY_ARMS)}; got {name!r}.{hint}")


def draw_motivation(*, rng: np.random.Generator) -> float:
    """Draw how motivated a person is, in SDs from the average, at most 4 either way."""
    return float(np.clip(rng.standard_normal(), -MOST_MOTIVATION, MOST_MOTIVATION))


def draw_reserve(recovered: float, *, rng: np.random.Generator) -> float:
    """Draw how much of the corticospinal tract a person can still build on.

    ``expit(4 (recovered − 0.5) + e)``, where e has a spread of 0.7: an assumption.

    Parameters
    ----------
    recovered : float
        Share of the possible gain made by nature, from 0 to 1: r of a recovery course; where it
        is not known, long after the stroke, the share of the scale that the score reaches.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    SettingsError
        If `recovered` does not lie between 0 and 1.
    """
    _check_between("recovered", recovered, 0, 1)
    away = _RESERVE_SD * rng.standard_normal()
    return float(expit(_RESERVE_SLOPE * (recovered - _RESERVE_CENTRE) + away))


def draw_therapy(
    candidate: TherapyCandidate, *, arm: TherapyArm, rng: np.random.Generator
) -> TherapyCourse:
    """Draw how many hours a person gets, and how well that person responds.

    Routine care (``"observational"``) gives more to the motivated, the young, those in the middle
    of the scale and those at sites with better patients; so who gets more would have done better
    anyway. A trial (``"randomised"``) gives 20 or 90 hours by lot. Where routine care has these two
    programmes alone (``"observational_two_doses"``), it gives the longer one with the probability
    of `routine_care.longer_programme_probability`. None looks at reserve, responsiveness or
    anything that happens later. A person responds alike in every arm.

    Parameters
    ----------
    candidate : TherapyCandidate
        The person when therapy starts.
    arm : {"none", "observational", "randomised", "observational_two_doses"}
        How hours are given.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    TherapyCourse

    Raises
    ------
    SettingsError
        If there is no such arm.

    Examples
    --------
    >>> person = TherapyCandidate(
    ...     age_years=60.0, score_at_start=30.0, start_week=6.0, motivation=0.0, reserve=0.5
    ... )
    >>> draw_therapy(person, arm="none", rng=np.random.default_rng(0)).dose_h
    0.0
    """
    known = find_therapy_arm(arm)
    responsiveness, away = rng.standard_normal(2)
    lot = int(rng.integers(len(RANDOMISED_DOSES_H)))
    # Drawn last and for this arm alone, so that the other arms draw what they always drew.
    longer = known == "observational_two_doses" and (
        rng.random() < longer_programme_probability(candidate)
    )
    doses = {
        "none": 0.0,
        "observational": routine_hours(candidate, away=float(away)),
        "randomised": RANDOMISED_DOSES_H[lot],
        "observational_two_doses": RANDOMISED_DOSES_H[int(longer)],
    }
    return TherapyCourse(
        arm=known,
        dose_h=doses[known],
        start_week=candidate.start_week,
        responsiveness=float(responsiveness),
        motivation=candidate.motivation,
        reserve=candidate.reserve,
    )


def delta_theta(therapy: TherapyCourse, weeks: ArrayLike, *, hours: float) -> Array:
    """Give how much ability a number of hours adds.

    It saturates with the hours, is larger early after the stroke and with more corticospinal
    reserve, grows evenly over the block of 12 weeks and stays. All its numbers are assumptions;
    for chronic patients they give about half the gain of an intensive programme without controls.

    Parameters
    ----------
    therapy : TherapyCourse
        When it starts, and how this person responds; its own dose is not used.
    weeks : array of float, any shape
        Time since the stroke.
    hours : float
        Hours of therapy, 0 or more; `TherapyCourse.dose_h` for those that were given.

    Returns
    -------
    array of float, shape of `weeks`
        In logits, 0 or more; exactly 0 for 0 hours and before the start.

    Raises
    ------
    SettingsError
        If `hours` is not a number of 0 or more.

    References
    ----------
    Ward, N. S., et al. (2019). Intensive upper limb neurorehabilitation in chronic stroke:
    outcomes from the Queen Square programme. *Journal of Neurology, Neurosurgery & Psychiatry*,
    90, 498-506. doi:10.1136/jnnp-2018-319954

    Examples
    --------
    >>> course = TherapyCourse(
    ...     "none", 0.0, start_week=6.0, responsiveness=0.0, motivation=0.0, reserve=0.5
    ... )
    >>> delta_theta(course, [6.0, 12.0, 18.0, 52.0], hours=90.0).round(2).tolist()
    [0.0, 0.78, 1.56, 1.56]
    """
    if not (math.isfinite(hours) and hours >= 0):
        raise SettingsError(f"hours must be a number of 0 or more; got {hours!r}.")
    by_reserve = _WITH_RESERVE * therapy.reserve + _WITHOUT_RESERVE
    by_time = _LATE + _EARLY * math.exp(-therapy.start_week / _EARLY_WEEKS)
    by_person = math.exp(_RESPONSIVENESS_SD * therapy.responsiveness)
    by_motivation = 1 + _PER_MOTIVATION * therapy.motivation
    by_dose = -math.expm1(-hours / _SATURATION_H)
    whole = _EFFECT * by_reserve * by_time * by_person * by_motivation * by_dose
    elapsed = np.asarray(weeks, dtype=np.float64) - therapy.start_week
    added: Array = whole * np.clip(elapsed / _BLOCK_WEEKS, 0, 1)
    return added


def potential_outcomes(
    course: AbilityCourse,
    therapy: TherapyCourse,
    deviations: Array,
    *,
    weeks: ArrayLike,
    doses_h: tuple[float, ...] = DOSES_H,
) -> Array:
    """Give the scores that one person can expect under each number of hours.

    The difference between two rows is the true effect of the one dose against the other on this
    person; its mean over persons is the true average effect. No draw is involved.

    Parameters
    ----------
    course : AbilityCourse
        Ability without therapy: a `RecoveryCourse` or `StableCourse`.
    therapy : TherapyCourse
        When therapy starts, and how this person responds; the dose given is not used.
    deviations : array of float, shape (6,)
        How far each ability lies from the overall one, in logits, in the order of `DOMAINS`.
    weeks : array of float, shape (n_weeks,)
        Time since the stroke, 0 or more.
    doses_h : tuple of float, default (0, 20, 60, 90)
        Hours to compare, 0 or more.

    Returns
    -------
    array of float, shape (n_doses, n_weeks)
        FMA-UE in points, as a rater of average leniency gives them on average.

    Raises
    ------
    SignalError
        If `deviations` does not hold six numbers, or `weeks` is not a list of numbers.
    SettingsError
        If a dose or a week is not a number of 0 or more.

    Examples
    --------
    >>> from hybridmfp.simulation.recovery import StableCourse
    >>> therapy = TherapyCourse("none", 0.0, 52.0, responsiveness=0.0, motivation=0.0, reserve=0.5)
    >>> course = StableCourse(first_theta=0.0, first_week=52.0)
    >>> scores = potential_outcomes(course, therapy, np.zeros(6), weeks=[52.0, 64.0])
    >>> bool(scores[0, 1] == scores[0, 0]), bool(scores[3, 1] > scores[1, 1])
    (True, True)
    """
    if np.shape(deviations) != (len(DOMAINS),) or np.ndim(weeks) != 1:
        raise SignalError(
            f"deviations must be ({len(DOMAINS)},) and weeks (n_weeks,), one person at a time; "
            f"got shapes {np.shape(deviations)} and {np.shape(weeks)}."
        )
    added = np.stack([delta_theta(therapy, weeks, hours=hours) for hours in doses_h])
    theta = course.theta(weeks) + added
    return expected_score(theta[..., np.newaxis] + deviations)


def _check_between(name: str, value: float, lowest: float, highest: float) -> None:
    if not (math.isfinite(value) and lowest <= value <= highest):
        rule = f"between {lowest:g} and {highest:g}" if math.isfinite(highest) else "0 or more"
        raise SettingsError(f"{name} must be {rule}; got {value!r}.")
