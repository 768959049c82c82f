"""Scores that a way to recover leads to, and how well it explains those that were seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis.readings import Readings

__all__ = ["log_likelihood", "mean_scores"]

Array = NDArray[np.float64]


def mean_scores(initial: Array, r: Array, tau_weeks: Array, weeks: Array) -> Array:
    """Give mean scores before clipping, ``a + r (66 − a) (1 − exp(−t / tau))``.

    Parameters
    ----------
    initial, r, tau_weeks : array of float, shape (n,)
        Ways to recover: score at the stroke in points, share of the gain, weeks to 63 % of it.
    weeks : array of float, shape (n_weeks,)
        Since the stroke.

    Returns
    -------
    array of float, shape (n_weeks, n)
        In points.
    """
    done = -np.expm1(-np.asarray(weeks, dtype=np.float64)[:, np.newaxis] / tau_weeks)
    scores: Array = initial + r * (FMA_UE.maximum - initial) * done
    return scores


def log_likelihood(seen: Readings, means: Array, *, residual_sd: float) -> Array:
    """Give how well each way to recover explains one person's scores.

    A score at an end of the scale says only that it was there or beyond.

    Parameters
    ----------
    seen : Readings
        Of n_weeks days.
    means : array of float, shape (n_weeks, n)
        From `mean_scores`.
    residual_sd : float
        SD of a rating, in points.

    Returns
    -------
    array of float, shape (n,)
        Logarithm of the likelihood of all scores together; 0 if there are none.
    """
    spread = np.hypot(residual_sd, seen.sd)[:, np.newaxis]
    z = (seen.scores[:, np.newaxis] - means) / spread
    inside = -0.5 * z**2 - np.log(spread * np.sqrt(2 * np.pi))
    at_top = (seen.scores >= FMA_UE.maximum)[:, np.newaxis]
    at_bottom = (seen.scores <= FMA_UE.minimum)[:, np.newaxis]
    each = np.where(at_top, log_ndtr(-z), np.where(at_bottom, log_ndtr(z), inside))
    total: Array = each.sum(axis=0)
    return total
