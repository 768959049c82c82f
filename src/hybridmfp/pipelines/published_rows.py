"""Rows as the published system made them: nine statistics of every trial feature."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kurtosis, skew

from hybridmfp.features.robust import nan_quantiles
from hybridmfp.features.session import SessionDigest

__all__ = ["STATISTICS", "published_rows"]

STATISTICS = (
    *("mean", "sd", "minimum", "maximum", "median"),
    *("first quartile", "third quartile", "skewness", "kurtosis"),
)
"""The statistics over the trials of a person, in the order of the columns."""


def published_rows(sessions: Iterable[SessionDigest]) -> NDArray[np.float64]:
    """Describe each session by nine statistics over its trials, whatever their task.

    Kept for comparison with the published protocol only: mixing tasks compares people who did
    different things, and nine statistics of a few trials are mostly noise.

    Parameters
    ----------
    sessions : iterable of SessionDigest

    Returns
    -------
    array of float, shape (n_sessions, 9 * n_columns)
        NaN where a statistic is not defined.
    """
    return np.stack([_statistics(session.features) for session in sessions])


def _statistics(features: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = np.isfinite(features)
    count = seen.sum(axis=0)
    known = np.where(seen, features, 0.0)
    mean = np.where(count > 0, known.sum(axis=0) / np.maximum(count, 1), np.nan)
    squares = np.where(seen, (features - mean) ** 2, 0.0).sum(axis=0)
    spread = np.where(count > 0, np.sqrt(squares / np.maximum(count, 1)), np.nan)
    quantiles = nan_quantiles(features, (0.0, 1.0, 0.5, 0.25, 0.75))
    shape = np.full((2, features.shape[1]), np.nan)
    varied = np.flatnonzero((spread > 1e-12 * np.abs(mean)) & (count > 2))
    for column in varied:
        values = features[seen[:, column], column]
        shape[:, column] = skew(values), kurtosis(values)
    return np.concatenate([mean, spread, *quantiles, *shape])
