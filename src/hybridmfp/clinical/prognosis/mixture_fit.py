"""The recovery mixture fitted to a cohort: the most probable parameters, near given ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_ndtr, logit, logsumexp

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis.readings import check_readings
from hybridmfp.errors import ClinicalError
from hybridmfp.simulation.recovery import RecoveryGroup

__all__ = ["LEAST_SUBJECTS", "FittedMixture", "fit_mixture"]

Array = NDArray[np.float64]

LEAST_SUBJECTS = 30
"""Persons with two or more scores below which nothing is fitted; an assumption."""

# How far parameters may reasonably be from the published ones, as SDs of normal priors: logits of
# shares, means of initial logits, log of their SD, logits of r, log of tau, log of the residual.
# All are assumptions; with 30 persons the priors matter, with 400 hardly.
_PRIOR_SD = {
    "share": 1.0,
    "mean": 1.0,
    "log_sd": 0.3,
    "r": 0.5,
    "log_tau": 0.5,
    "log_residual": 0.5,
}
_STEPS = np.linspace(-4.0, 4.0, 121)
_LOG_DENSITY = -0.5 * _STEPS**2 - logsumexp(-0.5 * _STEPS**2)
_TINY = 1e-300


@dataclass(frozen=True)
class FittedMixture:
    """Hold the parameters found.

    Attributes
    ----------
    groups : tuple of RecoveryGroup
    residual_sd : float
        In points.
    n_subjects : int
        Persons it was fitted to.
    log_posterior : float
        Up to a constant; higher is more probable.
    """

    groups: tuple[RecoveryGroup, ...]
    residual_sd: float
    n_subjects: int
    log_posterior: float


def fit_mixture(
    days: ArrayLike,
    scores: ArrayLike,
    subjects: ArrayLike,
    *,
    start: Sequence[RecoveryGroup],
    residual_sd: float,
    max_iterations: int = 60,
) -> FittedMixture:
    """Find the most probable parameters of a mixture given a cohort's scores.

    The initial score of every person is integrated out on a grid; the gradient is exact
    (Fisher's identity), the search is L-BFGS. Priors are normal about the parameters of `start`.

    Parameters
    ----------
    days : array of float, shape (n,)
        Days since the stroke.
    scores : array of float, shape (n,)
        Rated FMA-UE, 0 to 66 points.
    subjects : array, shape (n,)
        Whose score it is.
    start : sequence of RecoveryGroup
        Where to start, and what to shrink to.
    residual_sd : float
        The same, of the residual, in points.
    max_iterations : int, default 60

    Returns
    -------
    FittedMixture

    Raises
    ------
    ClinicalError
        ``too_few`` below 30 persons with two or more scores; ``impossible_value`` and
        ``missing_input`` as for a posterior.
    """
    seen = check_readings(days, scores, None)
    names, person = np.unique(np.asarray(subjects), return_inverse=True)
    if len(person) != len(seen.scores):
        raise ClinicalError(
            f"subjects must have one value per score; got {len(person)} for {len(seen.scores)}.",
            refusal="missing_input",
        )
    n_repeated = int((np.bincount(person) >= 2).sum()) if len(person) else 0
    if n_repeated < LEAST_SUBJECTS:
        raise ClinicalError(
            f"a recovery mixture needs at least {LEAST_SUBJECTS} persons with two or more scores; "
            f"got {n_repeated}. Use the published one.",
            refusal="too_few",
        )
    order = np.argsort(person, kind="stable")
    cohort = _Cohort(
        seen.weeks[order], seen.scores[order], np.flatnonzero(np.diff(person[order], prepend=-1))
    )
    centre = _pack(start, residual_sd)
    spread = _prior_spread(len(start))
    found = minimize(
        _loss,
        centre,
        args=(cohort, centre, spread),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iterations},
    )
    groups, residual = _unpack(found.x, start)
    return FittedMixture(groups, residual, len(names), -float(found.fun))


@dataclass(frozen=True, eq=False)
class _Cohort:
    """Scores sorted by person; `first` is where each person's begin."""

    weeks: Array
    scores: Array
    first: NDArray[np.intp]


def _pack(groups: Sequence[RecoveryGroup], residual_sd: float) -> Array:
    rows = [
        np.log([one.share for one in groups]),
        [one.initial_mean for one in groups],
        [-0.5 * np.log(one.initial_precision) for one in groups],
        logit([one.r for one in groups]),
        np.log([one.tau_weeks for one in groups]),
    ]
    return np.concatenate([*rows, [np.log(residual_sd)]])


def _unpack(
    packed: Array, start: Sequence[RecoveryGroup]
) -> tuple[tuple[RecoveryGroup, ...], float]:
    share, mean, log_sd, r, log_tau = packed[:-1].reshape(5, -1)
    shares = np.exp(share - logsumexp(share))
    groups = tuple(
        RecoveryGroup(
            one.number,
            float(shares[at]),
            float(mean[at]),
            float(np.exp(-2 * log_sd[at])),
            r=float(expit(r[at])),
            tau_weeks=float(np.exp(log_tau[at])),
        )
        for at, one in enumerate(start)
    )
    return groups, float(np.exp(packed[-1]))


def _prior_spread(n_groups: int) -> Array:
    of_groups = [_PRIOR_SD[name] for name in ("share", "mean", "log_sd", "r", "log_tau")]
    return np.concatenate([np.repeat(of_groups, n_groups), [_PRIOR_SD["log_residual"]]])


def _loss(packed: Array, cohort: _Cohort, centre: Array, spread: Array) -> tuple[float, Array]:
    """Give minus the log posterior and its gradient."""
    share, mean, log_sd, r_logit, log_tau = packed[:-1].reshape(5, -1)
    residual = float(np.exp(packed[-1]))
    sd, r = np.exp(log_sd), expit(r_logit)[:, np.newaxis]
    elapsed = cohort.weeks[:, np.newaxis] / np.exp(log_tau)  # (n, n_groups)
    initial = FMA_UE.maximum * expit(mean[:, np.newaxis] + sd[:, np.newaxis] * _STEPS)
    room = FMA_UE.maximum - initial  # (n_groups, n_steps)
    done = -np.expm1(-elapsed)[:, :, np.newaxis]
    means = initial + r * room * done  # (n, n_groups, n_steps)
    log_likely, by_mean, by_residual = _each_score(cohort.scores, means, residual)
    joint = np.add.reduceat(log_likely, cohort.first, axis=0)
    joint += (share - logsumexp(share))[:, np.newaxis] + _LOG_DENSITY
    evidence = logsumexp(joint, axis=(1, 2))
    posterior = np.exp(joint - evidence[:, np.newaxis, np.newaxis])
    counts = np.diff(cohort.first, append=len(cohort.scores))
    weight = np.repeat(posterior, counts, axis=0)
    pull = weight * by_mean
    by_logit = (pull * (1 - r * done)).sum(axis=0) * initial * room / FMA_UE.maximum
    slope = (np.exp(-elapsed) * elapsed)[:, :, np.newaxis]
    gradient = np.concatenate([
        posterior.sum(axis=(0, 2)) - len(counts) * np.exp(share - logsumexp(share)),
        by_logit.sum(axis=1),
        (by_logit * _STEPS).sum(axis=1) * sd,
        (pull * room * done).sum(axis=(0, 2)) * (r * (1 - r))[:, 0],
        -(pull * room * slope).sum(axis=(0, 2)) * r[:, 0],
        [(weight * by_residual).sum()],
    ])  # fmt: skip
    off = (packed - centre) / spread
    return float(0.5 * off @ off - evidence.sum()), off / spread - gradient


def _each_score(scores: Array, means: Array, residual: float) -> tuple[Array, Array, Array]:
    """Give the log likelihood of each score, and how it changes with mean and log residual."""
    z = (scores[:, np.newaxis, np.newaxis] - means) / residual
    log_likely = -0.5 * z**2 - np.log(residual * np.sqrt(2 * np.pi))
    by_mean, by_residual = z / residual, z**2 - 1
    for beyond, sign in ((scores >= FMA_UE.maximum, -1.0), (scores <= FMA_UE.minimum, 1.0)):
        tail = sign * z[beyond]
        log_likely[beyond] = log_ndtr(tail)
        ratio = np.exp(-0.5 * tail**2 - log_likely[beyond]) / np.sqrt(2 * np.pi)
        by_mean[beyond] = -sign * ratio / residual
        by_residual[beyond] = -ratio * tail
    return log_likely, by_mean, by_residual
