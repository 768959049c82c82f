"""What was seen of one patient, and how likely it is for each of many candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from hybridmfp.clinical.twin.measurement import MeasurementModel
from hybridmfp.clinical.twin.person_prior import PersonPrior, PersonStates
from hybridmfp.clinical.twin.score_curve import ScoreCurve

__all__ = ["Evidence", "approximate_posterior"]

Array = NDArray[np.float64]

_N_SIMULATED = 4000
_PENALTY = 0.04
_NEAR = 2.0  # posterior SDs of severity within which simulated persons count
_WIDER = 1.2  # of the covariance, so that the approximation has no tails too thin


@dataclass(frozen=True, eq=False)
class Evidence:
    """Hold what was seen of one patient.

    Attributes
    ----------
    measurement : MeasurementModel
    curve : ScoreCurve
    summaries : array of float, shape (n_sessions, n_summaries)
        Of the recorded sessions.
    recorded : tuple of int
        The visits at which they were recorded.
    scores : array of float, shape (n_visits,)
        Rated scores; NaN where nobody rated.
    """

    measurement: MeasurementModel
    curve: ScoreCurve
    summaries: Array
    recorded: tuple[int, ...]
    scores: Array

    @property
    def rated(self) -> NDArray[np.intp]:
        """The visits that were rated."""
        return np.flatnonzero(np.isfinite(self.scores))

    def log_likelihood(self, states: PersonStates) -> Array:
        """Say how likely it is for each candidate; shape (n,), up to a constant."""
        found = self.measurement.log_likelihood(self.summaries, self._seen(states))
        if self.rated.size:
            found += self.curve.log_likelihood(
                self.scores[self.rated], self._rated_abilities(states), states.hidden[:, np.newaxis]
            ).sum(axis=1)
        return found

    def predictive_p_value(self, states: PersonStates) -> float:
        """Give the chance of sessions that fit worse, averaged over the candidates."""
        away = self.measurement.squared_distances(self.summaries, self._seen(states))
        return float(chi2.sf(away, df=self.summaries.size).mean())

    def flat(self) -> Array:
        """Give everything seen in one row: summaries, then rated scores."""
        return np.concatenate([self.summaries.reshape(-1), self.scores[self.rated]])

    def simulate(self, states: PersonStates, *, rng: np.random.Generator) -> Array:
        """Give what candidates could have shown instead; one row each, as `flat`."""
        shown = self.measurement.draw(self._seen(states), rng=rng).reshape(len(states.theta), -1)
        rated = self.curve.draw(
            self._rated_abilities(states), states.hidden[:, np.newaxis], rng=rng
        )
        return np.concatenate([shown, rated], axis=1)

    def _seen(self, states: PersonStates) -> Array:
        return states.impairments[:, list(self.recorded)]

    def _rated_abilities(self, states: PersonStates) -> Array:
        abilities: Array = states.abilities[:, self.rated]
        return abilities + states.leniency[:, np.newaxis, np.newaxis]


def approximate_posterior(
    evidence: Evidence, prior: PersonPrior, *, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Approximate the posterior by a normal distribution: regression on simulated persons.

    Persons are drawn from the prior with what they would show, and their numbers are regressed
    on it, first all of them, then those of like severity (Beaumont 2002).

    Parameters
    ----------
    evidence : Evidence
    prior : PersonPrior
    rng : numpy.random.Generator

    Returns
    -------
    centre : array of float, shape (n_numbers,)
    root : array of float, shape (n_numbers, n_numbers)
        Cholesky factor of the covariance, somewhat too wide.

    References
    ----------
    Beaumont, M. A., Zhang, W., & Balding, D. J. (2002). Approximate Bayesian computation in
    population genetics. *Genetics*, 162, 2025-2035. doi:10.1093/genetics/162.4.2025
    """
    numbers = rng.standard_normal((_N_SIMULATED, prior.n_numbers))
    shown = evidence.simulate(prior.states(numbers), rng=rng)
    scale = shown.std(axis=0) + 1e-9
    away = np.concatenate([np.ones((len(shown), 1)), (shown - evidence.flat()) / scale], axis=1)
    centre, covariance, expected = _regress(away, numbers, np.ones(len(numbers)))
    near = (expected[:, 0] - centre[0]) ** 2 / (_NEAR**2 * covariance[0, 0])
    centre, covariance, _ = _regress(away, numbers, np.exp(-near / 2))
    widened = _WIDER * covariance + 1e-6 * np.eye(len(covariance))
    return centre, np.asarray(np.linalg.cholesky(widened), dtype=np.float64)


def _regress(away: Array, numbers: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Give what is expected where nothing is away, the covariance left, and all expectations."""
    weighted = away * weights[:, np.newaxis]
    penalty = _PENALTY * len(away) / 100 * np.eye(away.shape[1])
    slopes = np.linalg.solve(away.T @ weighted + penalty, weighted.T @ numbers)
    expected = away @ slopes
    left = numbers - expected
    covariance = (left * weights[:, np.newaxis]).T @ left / weights.sum()
    return slopes[0], covariance, expected
