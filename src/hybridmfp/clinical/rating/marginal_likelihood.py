"""Thresholds that make the ratings of a cohort likeliest, whatever the abilities of its persons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from hybridmfp.clinical.rating.rasch_steps import log_level_chances
from hybridmfp.errors import ClinicalError

__all__ = ["MarginalFit", "ability_nodes", "fit_marginally", "posterior_moments"]

Array = NDArray[np.float64]

_REACH = 6.0  # standard deviations; what lies beyond has a probability of 2e-9
_LOG_SD_BOUNDS = (-3.0, 3.0)
_DIFFERENCE = 1e-4  # step of the differences of the gradient, in logits
_STEEPEST = 1e-3  # slope of the log-likelihood that still counts as a maximum, per person


@dataclass(frozen=True, eq=False)
class MarginalFit:
    """Hold what was found.

    Attributes
    ----------
    thresholds, standard_errors : array of float, shape (n_items, n_steps)
        In logits; the means of the items sum to zero. ``inf`` and NaN for steps that are lacking.
    mean, sd : float
        Of the abilities, in logits.
    log_likelihood : float
    """

    thresholds: Array
    standard_errors: Array
    mean: float
    sd: float
    log_likelihood: float


def ability_nodes(n_nodes: int) -> tuple[Array, Array]:
    """Give points that integrate over a standard normal distribution, and their log weights.

    The trapezoid rule on even steps is as good as exact for smooth integrands that vanish at both
    ends, as long as none is narrower than the steps.
    """
    nodes = np.linspace(-_REACH, _REACH, n_nodes)
    logged = -0.5 * nodes**2
    return nodes, logged - logsumexp(logged)


def fit_marginally(taken: Array, n_steps: NDArray[np.int64], *, n_nodes: int) -> MarginalFit:
    """Find thresholds by maximum marginal likelihood.

    Parameters
    ----------
    taken : array of float, shape (n_persons, n_items)
        Steps taken; NaN where there is no rating. Every number of steps must occur.
    n_steps : array of int, shape (n_items,)
        Steps that each item has.
    n_nodes : int
        Points of the integral over abilities.

    Raises
    ------
    ClinicalError
        ``not_identified``, if there is no maximum.
    """
    task = _Likelihood(taken, n_steps, n_nodes)
    found = minimize(
        task.minus_log_likelihood,
        task.start(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * int(n_steps.sum()) + [_LOG_SD_BOUNDS],
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-7},
    )
    slope = np.abs(task.minus_log_likelihood(found.x)[1]).max()
    if not slope < _STEEPEST * len(taken):
        raise ClinicalError(
            "thresholds must have a likeliest value; the search ended without one. Rate more "
            "persons, of all abilities.",
            refusal="not_identified",
        )
    return task.described(found.x)


def posterior_moments(
    taken: Array, thresholds: Array, *, mean: float, sd: float, n_nodes: int
) -> tuple[Array, Array]:
    """Give mean and standard deviation of the ability of each person, (n_persons,) each."""
    nodes, logged_weights = ability_nodes(n_nodes)
    theta = mean + sd * nodes
    logged = _log_likelihoods(taken, log_level_chances(theta, thresholds)) + logged_weights
    weights = np.exp(logged - logsumexp(logged, axis=1, keepdims=True))
    found = weights @ theta
    spread = weights @ theta**2 - found**2
    return found, np.sqrt(np.maximum(spread, 0.0))


def _log_likelihoods(taken: Array, logged: Array) -> Array:
    """Sum up log chances of what each person did at each node; (n_persons, n_nodes)."""
    levels = np.arange(logged.shape[-1])
    did = (taken[..., np.newaxis] == levels).reshape(len(taken), -1).astype(np.float64)
    possible = np.where(np.isfinite(logged), logged, 0.0)  # nobody did what an item lacks
    summed: Array = did @ possible.reshape(len(logged), -1).T
    return summed


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Log-likelihood as a function of all thresholds and the log of the spread of abilities.

    The mean of the abilities is kept at zero while searching; thresholds are centred at the end,
    which moves the mean instead and changes no chance.
    """

    taken: Array
    n_steps: NDArray[np.int64]
    n_nodes: int

    @cached_property
    def _has(self) -> NDArray[np.bool_]:
        return np.arange(1, self.n_steps.max() + 1) <= self.n_steps[:, np.newaxis]

    @cached_property
    def _reached(self) -> Array:
        """How many took each step at least; (n_items, n_steps)."""
        steps = np.arange(1, self.n_steps.max() + 1)
        reached: Array = np.sum(self.taken[..., np.newaxis] >= steps, axis=0).astype(np.float64)
        return reached

    def start(self) -> Array:
        """Begin where chances at ability zero are the shares that were seen."""
        levels = np.arange(self.n_steps.max() + 1)
        seen = np.sum(self.taken[..., np.newaxis] == levels, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.log(seen[:, :-1] / seen[:, 1:])
        return np.append(steps[self._has], 0.0)

    def minus_log_likelihood(self, parameters: Array) -> tuple[float, Array]:
        thresholds, sd = self._unpacked(parameters)
        nodes, logged_weights = ability_nodes(self.n_nodes)
        theta = sd * nodes
        logged = log_level_chances(theta, thresholds)
        joint = _log_likelihoods(self.taken, logged) + logged_weights
        total = logsumexp(joint, axis=1, keepdims=True)
        weights = np.exp(joint - total)
        rated = weights.T @ np.isfinite(self.taken)  # expected persons at each node, by item
        chances = np.exp(logged)
        at_least = np.cumsum(chances[..., ::-1], axis=-1)[..., ::-1][..., 1:]
        expected = np.sum(at_least, axis=-1)
        by_threshold = np.einsum("qi,qik->ik", rated, at_least) - self._reached
        residual = weights.T @ np.nansum(self.taken, axis=1) - np.sum(rated * expected, axis=1)
        slopes = np.append(by_threshold[self._has], theta @ residual)
        return -float(total.sum()), -slopes

    def described(self, parameters: Array) -> MarginalFit:
        thresholds, sd = self._unpacked(parameters)
        shift = float(np.mean([np.mean(row[has]) for row, has in self._rows(thresholds)]))
        errors = np.full(thresholds.shape, np.nan)
        errors[self._has] = self._standard_errors(parameters)
        return MarginalFit(
            thresholds=thresholds - shift,
            standard_errors=errors,
            mean=-shift,
            sd=sd,
            log_likelihood=-self.minus_log_likelihood(parameters)[0],
        )

    def _rows(self, values: Array) -> list[tuple[Array, NDArray[np.bool_]]]:
        return list(zip(values, self._has, strict=True))

    def _unpacked(self, parameters: Array) -> tuple[Array, float]:
        thresholds = np.full(self._has.shape, np.inf)
        thresholds[self._has] = parameters[:-1]
        return thresholds, float(np.exp(parameters[-1]))

    def _standard_errors(self, parameters: Array) -> Array:
        """Invert the curvature of the log-likelihood, and centre as the thresholds are."""
        wiggles = _DIFFERENCE * np.eye(len(parameters))
        rows = [
            self.minus_log_likelihood(parameters + one)[1]
            - self.minus_log_likelihood(parameters - one)[1]
            for one in wiggles
        ]
        curvature = np.array(rows) / (2 * _DIFFERENCE)
        spread = np.linalg.pinv((curvature + curvature.T) / 2, hermitian=True)[:-1, :-1]
        share = np.repeat(1 / (self.n_steps * len(self.n_steps)), self.n_steps)
        centring = np.eye(len(share)) - share
        variances: Array = np.diag(centring @ spread @ centring.T)
        return np.sqrt(np.maximum(variances, 0.0))
