"""Whom routine care gives how many hours of therapy: confounded on purpose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from hybridmfp.errors import SettingsError

__all__ = [
    "MOST_MOTIVATION",
    "TherapyCandidate",
    "longer_programme_probability",
    "routine_hours",
]

MOST_MOTIVATION = 4.0
"""Largest motivation, in SDs either way; keeps the effect of every person above 0."""

# Routine care, in hours; assumptions. Those in the middle of the scale are thought to profit most.
_H = 40.0
_PER_MOTIVATION = 12.0
_PER_YEAR = -0.35
_AGE_YEARS = 65.0
_SCORES = (0.0, 45.0, 66.0)
_BY_SCORE = (-12.0, 10.0, 0.0)
_PER_CASE_MIX = 18.0
_SD = 14.0
_MOST = 120.0

# Routine care with two programmes: as likely as not to give 90 hours to those who would get this
# many, and how many more make it 2.7 times as likely; assumptions, set so that the two groups
# differ much and still overlap.
_EVEN_H = 42.0
_CHOICE_H = 15.0


@dataclass(frozen=True)
class TherapyCandidate:
    """Hold what routine care knows of a person, and what decides how therapy works.

    Attributes
    ----------
    age_years : float
    score_at_start : float
        FMA-UE when therapy starts, in points from 0 to 66.
    start_week : float
        When it starts, in weeks since the stroke, 0 or more.
    motivation : float
        In SDs from the average, at most 4 either way; see `therapy.draw_motivation`.
    reserve : float
        Corticospinal reserve, from 0 to 1; see `therapy.draw_reserve`. Routine care does not
        see it.
    case_mix : float, default 0
        How much better the site's patients are than others, in logits.

    Raises
    ------
    SettingsError
        If a number lies outside its range.
    """

    age_years: float
    score_at_start: float
    start_week: float
    motivation: float
    reserve: float
    case_mix: float = 0.0

    def __post_init__(self) -> None:
        _check_between("age_years", self.age_years, 0, 130)
        _check_between("score_at_start", self.score_at_start, 0, _SCORES[-1])
        _check_between("start_week", self.start_week, 0, math.inf)
        _check_between("motivation", self.motivation, -MOST_MOTIVATION, MOST_MOTIVATION)
        _check_between("reserve", self.reserve, 0, 1)
        if not math.isfinite(self.case_mix):
            raise SettingsError(f"case_mix must be a finite number; got {self.case_mix!r}.")


def routine_hours(candidate: TherapyCandidate, *, away: float = 0.0) -> float:
    """Give the hours of routine care, from 0 to 120.

    Parameters
    ----------
    candidate : TherapyCandidate
        The person when therapy starts.
    away : float, default 0
        The chance in it, in SDs of 14 hours.
    """
    hours = (
        _H
        + _PER_MOTIVATION * candidate.motivation
        + _PER_YEAR * (candidate.age_years - _AGE_YEARS)
        + float(np.interp(candidate.score_at_start, _SCORES, _BY_SCORE))
        + _PER_CASE_MIX * candidate.case_mix
        + _SD * away
    )
    return min(max(hours, 0.0), _MOST)


def longer_programme_probability(candidate: TherapyCandidate) -> float:
    """Give how likely routine care chooses 90 hours for a person where it has 20 or 90 alone.

    It looks at what decides its hours otherwise: motivation, age, the score at the start and the
    site. ``expit((hours − 42) / 15)``, where hours are those that routine care gives such a person
    on average: an assumption.

    Parameters
    ----------
    candidate : TherapyCandidate
        The person when therapy starts.

    Returns
    -------
    float
        From 0 to 1, and never either.

    Examples
    --------
    >>> person = TherapyCandidate(
    ...     age_years=65.0, score_at_start=30.0, start_week=6.0, motivation=0.0, reserve=0.5
    ... )
    >>> round(longer_programme_probability(person), 2)
    0.51
    """
    return float(expit((routine_hours(candidate) - _EVEN_H) / _CHOICE_H))


def _check_between(name: str, value: float, lowest: float, highest: float) -> None:
    if not (math.isfinite(value) and lowest <= value <= highest):
        rule = f"between {lowest:g} and {highest:g}" if math.isfinite(highest) else "0 or more"
        raise SettingsError(f"{name} must be {rule}; got {value!r}.")
