"""How the arm of a virtual patient gets better by itself in the weeks after a stroke."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from hybridmfp.errors import SettingsError
from hybridmfp.signals import find_scale
from hybridmfp.simulation.fma_response import ability_of_score

__all__ = [
    "DRIFT_SD",
    "RECOVERY_GROUPS",
    "RecoveryCourse",
    "RecoveryGroup",
    "StableCourse",
    "draw_course",
    "draw_stable_course",
    "natural_score",
]

Array = NDArray[np.float64]

_HIGHEST = find_scale("fma-ue").maximum
_WEEKS_PER_YEAR = 52.0

# How much persons of one group differ: spread of r in logits, and of log(tau). The publication
# gives one r and one tau per group. These two are assumptions, chosen (with the drift) so that
# the score at 26 weeks is about as hard to predict from weeks 1 and 2 as was published.
_R_SD_LOGITS = 0.8
_TAU_SD_LOG = 0.55
DRIFT_SD = 0.5
"""Spread of a person's steady change beside recovery, in logits per year; an assumption."""

# Scores beyond these get the ability of these. Lower ones are reflexes alone, higher ones are as
# good as full, and neither tells how able a person is.
_TELLING_POINTS = (4.0, 65.8)


@dataclass(frozen=True)
class RecoveryGroup:
    """Hold the published parameters of one recovery group.

    Attributes
    ----------
    number : int
        From 1, poor, to 5, good.
    share : float
        Share of patients.
    initial_mean, initial_precision : float
        Mean and 1 / variance of the logit of initial score / 66.
    r : float
        Share of the possible gain that is made in the end.
    tau_weeks : float
        Weeks until 63 % of it is made.
    """

    number: int
    share: float
    initial_mean: float
    initial_precision: float
    r: float
    tau_weeks: float


RECOVERY_GROUPS = (
    RecoveryGroup(1, 0.2674, -3.1602, 3.8376, r=0.0884, tau_weeks=5.3114),
    RecoveryGroup(2, 0.1395, -2.0922, 0.2340, r=0.4591, tau_weeks=10.1417),
    RecoveryGroup(3, 0.1118, -2.7862, 0.1394, r=0.8634, tau_weeks=9.8122),
    RecoveryGroup(4, 0.1783, -1.3081, 0.1326, r=0.8883, tau_weeks=2.6722),
    RecoveryGroup(5, 0.3031, 0.0201, 0.1774, r=0.9309, tau_weeks=1.1822),
)
"""The mixture of van der Vliet 2020, n = 412, doi:10.1002/ana.25679.

Rounded r and tau stand in the abstract; shares and initial scores are those of the authors' code
(github.com/rickvandervliet/Bayesian-Proportional-Recovery, clinicalPredictionsFMUE, 6a872ff).
"""


@dataclass(frozen=True)
class RecoveryCourse:
    """Hold how one person recovers without therapy, from the day of the stroke.

    Attributes
    ----------
    group : int
        Recovery group, 1 to 5.
    initial_score : float
        FMA-UE at the stroke, from 0 to 66 points.
    r : float
        Share of the possible gain that this person makes in the end, from 0 to 1.
    tau_weeks : float
        Weeks until 63 % of it is made, above 0.
    drift_per_year : float, default 0
        Steady change of ability beside recovery, in logits per year.

    Raises
    ------
    SettingsError
        If a number lies outside its range.
    """

    group: int
    initial_score: float
    r: float
    tau_weeks: float
    drift_per_year: float = 0.0

    def __post_init__(self) -> None:
        _check_between("group", self.group, 1, len(RECOVERY_GROUPS))
        _check_between("initial_score", self.initial_score, 0, _HIGHEST)
        _check_between("r", self.r, 0, 1)
        if not (math.isfinite(self.tau_weeks) and self.tau_weeks > 0):
            raise SettingsError(f"tau_weeks must be a number above 0; got {self.tau_weeks!r}.")

    def theta(self, weeks: ArrayLike) -> Array:
        """Give the overall ability without therapy.

        Parameters
        ----------
        weeks : array of float, any shape
            Time since the stroke, 0 or more.

        Returns
        -------
        array of float, shape of `weeks`
            In logits: the ability of `natural_score`, plus the drift. Scores below 4 points
            count as 4, scores above 65.8 as 65.8.

        Raises
        ------
        SettingsError
            If `weeks` holds anything but numbers of 0 or more.
        """
        score = natural_score(self, weeks)
        drift = self.drift_per_year * np.asarray(weeks, dtype=np.float64) / _WEEKS_PER_YEAR
        return ability_of_score(np.clip(score, *_TELLING_POINTS)) + drift


@dataclass(frozen=True)
class StableCourse:
    """Hold the course of a person who no longer recovers by themselves.

    Attributes
    ----------
    first_theta : float
        Overall ability at `first_week`, in logits.
    first_week : float
        Time since the stroke at the first visit, 0 or more.
    drift_per_year : float, default 0
        Steady change of ability, in logits per year.

    Raises
    ------
    SettingsError
        If `first_week` is not a number of 0 or more.

    Examples
    --------
    >>> course = StableCourse(first_theta=1.0, first_week=40.0, drift_per_year=-0.2)
    >>> course.theta([40.0, 92.0]).tolist()
    [1.0, 0.8]
    """

    first_theta: float
    first_week: float
    drift_per_year: float = 0.0

    def __post_init__(self) -> None:
        _check_weeks("first_week", self.first_week)

    def theta(self, weeks: ArrayLike) -> Array:
        """Give the overall ability without therapy.

        Parameters
        ----------
        weeks : array of float, any shape
            Time since the stroke, 0 or more.

        Returns
        -------
        array of float, shape of `weeks`
            In logits.

        Raises
        ------
        SettingsError
            If `weeks` holds anything but numbers of 0 or more.
        """
        years = (_check_weeks("weeks", weeks) - self.first_week) / _WEEKS_PER_YEAR
        theta: Array = self.first_theta + self.drift_per_year * years
        return theta


def draw_course(*, rng: np.random.Generator) -> RecoveryCourse:
    """Draw how a person recovers, from the first hours after the stroke.

    Group and initial score follow the published mixture. Within a group, the logit of r has a
    spread of 0.8 about the published value and log(tau) one of 0.55, and every person drifts with
    a spread of 0.5 logits per year: assumptions, without which the future is too easy to predict.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    RecoveryCourse

    References
    ----------
    van der Vliet, R., et al. (2020). Predicting upper limb motor impairment recovery after
    stroke: a mixture model. *Annals of Neurology*, 87, 383-393. doi:10.1002/ana.25679

    Examples
    --------
    >>> course = draw_course(rng=np.random.default_rng(0))
    >>> bool(natural_score(course, 26.0) > course.initial_score)
    True
    """
    shares = np.array([group.share for group in RECOVERY_GROUPS])
    group = RECOVERY_GROUPS[int(rng.choice(len(RECOVERY_GROUPS), p=shares / np.sum(shares)))]
    initial, r, tau, drift = rng.standard_normal(4)
    return RecoveryCourse(
        group=group.number,
        initial_score=_HIGHEST
        * float(expit(group.initial_mean + initial / math.sqrt(group.initial_precision))),
        r=float(expit(logit(group.r) + _R_SD_LOGITS * r)),
        tau_weeks=group.tau_weeks * math.exp(_TAU_SD_LOG * tau),
        drift_per_year=DRIFT_SD * float(drift),
    )


def draw_stable_course(
    first_theta: float, *, first_week: float, rng: np.random.Generator
) -> StableCourse:
    """Draw the course of a person whom recovery has left behind.

    The ability drifts with a spread of 0.5 logits per year, up or down: an assumption.

    Parameters
    ----------
    first_theta : float
        Overall ability at the first visit, in logits.
    first_week : float
        Time since the stroke at the first visit, 0 or more.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    StableCourse

    Raises
    ------
    SettingsError
        If `first_week` is not a number of 0 or more.
    """
    return StableCourse(
        first_theta=first_theta,
        first_week=first_week,
        drift_per_year=DRIFT_SD * float(rng.standard_normal()),
    )


def natural_score(course: RecoveryCourse, weeks: ArrayLike) -> Array:
    """Give the FMA-UE that recovery alone leads to, without drift.

    ``initial + r (66 − initial) (1 − exp(−weeks / tau))``: it never falls and stays on the scale.

    Parameters
    ----------
    course : RecoveryCourse
        How the person recovers.
    weeks : array of float, any shape
        Time since the stroke, 0 or more.

    Returns
    -------
    array of float, shape of `weeks`
        In points, from 0 to 66.

    Raises
    ------
    SettingsError
        If `weeks` holds anything but numbers of 0 or more.

    Examples
    --------
    >>> course = RecoveryCourse(group=4, initial_score=26.0, r=0.5, tau_weeks=4.0)
    >>> natural_score(course, [0.0, 4.0, 400.0]).round(1).tolist()
    [26.0, 38.6, 46.0]
    """
    elapsed = _check_weeks("weeks", weeks)
    gain = course.r * (_HIGHEST - course.initial_score)
    score: Array = course.initial_score - gain * np.expm1(-elapsed / course.tau_weeks)
    return score


def _check_weeks(name: str, weeks: ArrayLike) -> Array:
    """Give weeks as an array, all of them after the stroke."""
    elapsed = np.asarray(weeks, dtype=np.float64)
    after = np.isfinite(elapsed) & (elapsed >= 0)
    if not np.all(after):
        raise SettingsError(
            f"{name} must be numbers of 0 or more, because time counts from the stroke; "
            f"got {float(elapsed[~after].flat[0]):g}."
        )
    return elapsed


def _check_between(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise SettingsError(f"{name} must lie between {lowest:g} and {highest:g}; got {value!r}.")
