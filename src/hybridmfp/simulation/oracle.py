"""The best estimate of a score that anybody could make: how hard the task itself is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.simulation.fma_response import score_distribution

__all__ = ["OracleEstimate", "oracle_score"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OracleEstimate:
    """Hold what can be known at most about the score of a person not yet rated.

    Attributes
    ----------
    median : array of float, shape (...)
        Estimate of the smallest expected absolute error, in points.
    mean : array of float, shape (...)
        Estimate of the smallest expected squared error, in points.
    absolute_error : array of float, shape (...)
        Expected absolute error of `median`: what no estimate goes below on average.
    sd : array of float, shape (...)
        Standard deviation of the score: root of the expected squared error of `mean`.
    """

    median: Array
    mean: Array
    absolute_error: Array
    sd: Array


def oracle_score(abilities: Array, *, leniency: float = 0.0) -> OracleEstimate:
    """Estimate a score from the true abilities and the rater of the site.

    Signals are made from the abilities and the site; so are the rated items, with chance of their
    own. Given abilities and site, the score is therefore independent of the signals: whatever a
    model computes from signals adds nothing to what the oracle knows, and each person's expected
    loss is at least that of the best constant under `score_distribution`. That is its median for
    absolute and its mean for squared errors. A model that does better by more than sampling
    error has seen labels it must not see.

    The bound holds for persons whose ratings the model has not seen. An earlier rating of the
    same person tells about their hidden item effects, which stay.

    Parameters
    ----------
    abilities : array of float, shape (..., 6)
        The true ones at the visit, in logits.
    leniency : float, default 0
        Of the site's rater, in logits.

    Returns
    -------
    OracleEstimate

    Raises
    ------
    SignalError
        If the last axis of `abilities` does not hold six numbers.

    Examples
    --------
    >>> import numpy as np
    >>> float(oracle_score(np.full(6, 20.0)).median)  # beyond the ceiling there is no doubt
    66.0
    """
    chances = score_distribution(abilities, leniency=leniency)
    points = np.arange(chances.shape[-1], dtype=np.float64)
    median = np.argmax(np.cumsum(chances, axis=-1) >= 0.5, axis=-1).astype(np.float64)
    mean: Array = chances @ points
    away = points - median[..., np.newaxis]
    spread = points - mean[..., np.newaxis]
    return OracleEstimate(
        median=median,
        mean=mean,
        absolute_error=np.sum(chances * np.abs(away), axis=-1),
        sd=np.sqrt(np.sum(chances * spread**2, axis=-1)),
    )
