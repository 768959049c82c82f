"""An effect that is right if either the treatment or the outcome was learned well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.cause.target_trial import Estimand

__all__ = ["Answer", "Estimate", "doubly_robust", "median_of_repeats", "with_interval"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Hold an effect and its standard error.

    Attributes
    ----------
    value, standard_error : float
        In the unit of the outcome.
    """

    value: float
    standard_error: float


@dataclass(frozen=True, eq=False)
class Answer:
    """Hold what was learned of each entry.

    Attributes
    ----------
    outcome : array of float, shape (n_entries,)
    treated : array of bool, shape (n_entries,)
        Whether the first strategy was given.
    propensity : array of float, shape (n_entries,)
        Chance of the first strategy, above 0 and below 1.
    first, second : array of float, shape (n_entries,)
        Outcome to be expected under either strategy.
    subject : array, shape (n_entries,)
        Whose entry it is.
    """

    outcome: Array
    treated: NDArray[np.bool_]
    propensity: Array
    first: Array
    second: Array
    subject: NDArray[np.object_]

    def g_computation(self, estimand: Estimand) -> float:
        """Average the expected differences; right only if the outcome was learned well."""
        weights = _denominator(self, estimand)
        return float(np.sum(weights * (self.first - self.second)) / np.sum(weights))


def doubly_robust(
    answer: Answer, estimand: Estimand, *, within: NDArray[np.bool_] | None = None
) -> Estimate:
    r"""Estimate an effect by augmented inverse probability weighting.

    The mean of :math:`m_1 - m_0 + T (Y - m_1)/e - (1 - T)(Y - m_0)/(1 - e)` for the effect on all
    (ATE); for the effect on the treated (ATT) that of
    :math:`T (Y - m_0) - (1 - T)(Y - m_0)\, e/(1 - e)` over the share of the treated. The standard
    error is that of the influence function, summed over the entries of a person first.

    Parameters
    ----------
    answer : Answer
    estimand : {"ATE", "ATT"}
    within : array of bool, shape (n_entries,), optional
        A group for which the effect is wanted; all entries by default.

    References
    ----------
    Chernozhukov, V., et al. (2018). Double/debiased machine learning for treatment and structural
    parameters. *The Econometrics Journal*, 21, C1-C68. doi:10.1111/ectj.12097

    Examples
    --------
    >>> import numpy as np
    >>> half, zero = np.full(4, 0.5), np.zeros(4)
    >>> treated = np.array([True, True, False, False])
    >>> answer = Answer(np.array([5.0, 7, 1, 3]), treated, half, zero, zero, np.arange(4))
    >>> doubly_robust(answer, "ATE").value  # with a fair lot, the plain difference
    4.0
    """
    belongs = np.ones(len(answer.outcome)) if within is None else within.astype(np.float64)
    top = belongs * _numerator(answer, estimand)
    bottom = belongs * _denominator(answer, estimand)
    value = float(np.sum(top) / np.sum(bottom))
    influence = (top - bottom * value) / np.sum(bottom)
    _, person = np.unique(answer.subject.astype(str), return_inverse=True)
    by_person = np.bincount(person, weights=influence)
    return Estimate(value, float(np.sqrt(np.sum(by_person**2))))


def median_of_repeats(repeats: Sequence[Estimate]) -> Estimate:
    """Give the median over several divisions into folds, their disagreement included.

    ``se² = median(se_r² + (value_r − median)²)``, Chernozhukov 2018, definition 3.3.

    Examples
    --------
    >>> median_of_repeats([Estimate(1.0, 3.0), Estimate(1.0, 3.0), Estimate(9.0, 3.0)])
    Estimate(value=1.0, standard_error=3.0)
    """
    value = float(np.median([one.value for one in repeats]))
    squares = [one.standard_error**2 + (one.value - value) ** 2 for one in repeats]
    return Estimate(value, float(np.sqrt(np.median(squares))))


def with_interval(estimate: Estimate, level: float) -> tuple[float, float]:
    """Give the interval that holds the effect so often, by the normal distribution.

    Examples
    --------
    >>> low, high = with_interval(Estimate(2.0, 1.0), 0.95)
    >>> round(low, 2), round(high, 2)
    (0.04, 3.96)
    """
    half = NormalDist().inv_cdf((1 + level) / 2) * estimate.standard_error
    return estimate.value - half, estimate.value + half


def _numerator(answer: Answer, estimand: Estimand) -> Array:
    given = answer.treated.astype(np.float64)
    chance = answer.propensity
    missed_second = (1 - given) * (answer.outcome - answer.second) / (1 - chance)
    if estimand == "ATT":
        return given * (answer.outcome - answer.second) - chance * missed_second
    missed_first = given * (answer.outcome - answer.first) / chance
    numerator: Array = answer.first - answer.second + missed_first - missed_second
    return numerator


def _denominator(answer: Answer, estimand: Estimand) -> Array:
    if estimand == "ATT":
        return answer.treated.astype(np.float64)
    return np.ones(len(answer.outcome))
