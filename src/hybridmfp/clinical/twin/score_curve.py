"""How likely a rated score is, given abilities: the simulator's raters as a smooth curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.simulation.fma_response import (
    AVERAGE_PROFILE,
    DAY_SD,
    DOMAINS,
    HIDDEN_SD,
    draw_items,
    reflex_absence,
    score_distribution,
)
from hybridmfp.simulation.person import DEVIATION_SDS

__all__ = ["ScoreCurve", "measure_score_curve"]

Array = NDArray[np.float64]

_POINTS = np.arange(FMA_UE.maximum + 1)
_LEAST_SD = 0.15  # points; a spread of 0 would have no logarithm
_LEAST_SHARE = 1e-9
_ABILITY_SCALE = 4.0
_SCORE_SCALE = 20.0
_N_CURVES = 40
_N_TAUGHT = 5000
_THETA_RANGE = (-8.0, 10.0)
_WIDER = 1.15
_N_HIDDEN_THETAS, _N_PERSONS, _N_RATINGS = 24, 40, 12


@dataclass(frozen=True, eq=False)
class ScoreCurve:
    """Hold a sum of logistic curves that gives the mean score, and how scores spread about it.

    Attributes
    ----------
    weights : array of float, shape (6, n_curves)
    offsets, heights : array of float, shape (n_curves,)
    base : float
    knots : array of float, shape (n_knots,)
        Mean scores at which the spreads are known, ascending.
    sd_person, sd_visit : array of float, shape (n_knots,)
        Spread, in points, of what stays with a person and of what is new at every visit.
    """

    weights: Array
    offsets: Array
    heights: Array
    base: float
    knots: Array
    sd_person: Array
    sd_visit: Array

    def mean(self, abilities: Array) -> Array:
        """Give the mean score of persons of these abilities, in points.

        Parameters
        ----------
        abilities : array of float, shape (..., 6)
            In the order of `DOMAINS`, in logits.
        """
        curves = expit(abilities / _ABILITY_SCALE @ self.weights + self.offsets)
        mean: Array = np.clip(_SCORE_SCALE * (curves @ self.heights + self.base), 0, 66)
        return mean

    def chances(self, abilities: Array, hidden: Array) -> Array:
        """Give the probability of every score from 0 to 66; shape (..., 67).

        Parameters
        ----------
        abilities : array of float, shape (..., 6)
            Leniency included, in logits.
        hidden : array of float, shape (...)
            How much better than others of their abilities they are rated, in SDs.
        """
        centre, spread = self._centred(abilities, hidden)
        upper = (_POINTS[:-1] + 0.5 - centre[..., np.newaxis]) / spread[..., np.newaxis]
        below = np.concatenate(
            [np.zeros((*centre.shape, 1)), ndtr(upper), np.ones((*centre.shape, 1))], axis=-1
        )
        return np.diff(below, axis=-1)

    def log_likelihood(self, scores: Array, abilities: Array, hidden: Array) -> Array:
        """Say how likely rated scores are; shape of `hidden`.

        Parameters
        ----------
        scores : array of float, shape (...)
            Rated scores, in points.
        abilities : array of float, shape (..., 6)
            Leniency included, in logits.
        hidden : array of float, shape (...)
            In SDs.
        """
        centre, spread = self._centred(abilities, hidden)
        upper = np.where(scores >= _POINTS[-1], np.inf, (scores + 0.5 - centre) / spread)
        lower = np.where(scores <= 0, -np.inf, (scores - 0.5 - centre) / spread)
        # In the upper tail both are near 1 and their difference is lost; there, turn them round.
        swapped = lower > 0
        high, low = np.where(swapped, -lower, upper), np.where(swapped, -upper, lower)
        away = np.maximum(np.abs(scores - centre) / spread - 5, 0)
        found: Array = np.log(np.maximum(ndtr(high) - ndtr(low), _LEAST_SHARE)) - away
        return found

    def draw(self, abilities: Array, hidden: Array, *, rng: np.random.Generator) -> Array:
        """Draw scores that raters could give; shape of the mean.

        Parameters
        ----------
        abilities : array of float, shape (..., 6)
            Leniency included, in logits.
        hidden : array of float, shape (...)
            In SDs.
        rng : numpy.random.Generator
        """
        centre, spread = self._centred(abilities, hidden)
        drawn: Array = np.clip(np.round(rng.normal(centre, spread)), 0, _POINTS[-1])
        return drawn

    def _centred(self, abilities: Array, hidden: Array) -> tuple[Array, Array]:
        mean = self.mean(abilities)
        person = np.interp(mean, self.knots, self.sd_person)
        visit = np.interp(mean, self.knots, self.sd_visit)
        return mean + person * hidden, np.maximum(visit, _LEAST_SD)


def measure_score_curve(*, rng: np.random.Generator) -> ScoreCurve:
    """Learn the curve from the simulator's own distribution of scores.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the abilities at which the simulator is asked.
    """
    from sklearn.neural_network import MLPRegressor  # noqa: PLC0415 (heavy)

    abilities = _draw_abilities(_N_TAUGHT, rng)
    chances = score_distribution(abilities)
    mean = chances @ _POINTS
    network = MLPRegressor(
        hidden_layer_sizes=(_N_CURVES,),
        activation="logistic",
        solver="lbfgs",
        alpha=1e-5,
        max_iter=3000,
        max_fun=100_000,
        tol=1e-7,
        random_state=int(rng.integers(2**31)),
    ).fit(abilities / _ABILITY_SCALE, mean / _SCORE_SCALE)
    knots, whole = _spread(mean, np.sqrt(np.maximum(chances @ _POINTS**2 - mean**2, 0)))
    person = np.minimum(np.interp(knots, *_persistent_spread(rng)), 0.95 * whole)
    return ScoreCurve(
        weights=network.coefs_[0],
        offsets=network.intercepts_[0],
        heights=network.coefs_[1][:, 0],
        base=float(network.intercepts_[1][0]),
        knots=knots,
        sd_person=person,
        sd_visit=np.sqrt(whole**2 - person**2),
    )


def _draw_abilities(number: int, rng: np.random.Generator) -> Array:
    theta = rng.uniform(*_THETA_RANGE, (number, 1))
    deviations = rng.standard_normal((number, len(DOMAINS))) * np.array(DEVIATION_SDS)
    drawn: Array = theta + np.array(AVERAGE_PROFILE) + _WIDER * deviations
    return drawn


def _spread(mean: Array, spread: Array) -> tuple[Array, Array]:
    """Average spreads over groups of like means."""
    groups = np.array_split(np.argsort(mean), 40)
    knots = np.array([mean[group].mean() for group in groups])
    return knots, np.array([spread[group].mean() for group in groups])


def _persistent_spread(rng: np.random.Generator) -> tuple[Array, Array]:
    """Rate persons of like abilities repeatedly: mean scores, and the spread that stays."""
    means, spreads = [], []
    for theta in np.linspace(*_THETA_RANGE, _N_HIDDEN_THETAS):
        abilities = theta + np.array(AVERAGE_PROFILE)
        absent = float(reflex_absence(abilities))
        scores = np.array(
            [
                [
                    draw_items(
                        abilities,
                        hidden=hidden,
                        leniency=0.0,
                        occasion=float(rng.normal(0, DAY_SD)),
                        reflex_absent=absent,
                        rng=rng,
                    ).sum()
                    for _ in range(_N_RATINGS)
                ]
                for hidden in rng.normal(0, HIDDEN_SD, (_N_PERSONS, len(FMA_UE.items)))
            ]
        )
        within = scores.var(axis=1, ddof=1).mean() / _N_RATINGS
        between = scores.mean(axis=1).var(ddof=1)
        means.append(scores.mean())
        spreads.append(np.sqrt(max(between - within, 0.0)))
    return np.array(means), np.array(spreads)
