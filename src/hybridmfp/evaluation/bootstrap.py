"""How much a figure would differ had other persons been measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import check_estimates, number_subjects

__all__ = ["Interval", "Statistic", "bootstrap_interval"]

Statistic = Callable[[NDArray[np.float64], NDArray[np.float64]], float | None]
"""A figure of (rated, estimated); None or NaN where it is undefined."""


@dataclass(frozen=True)
class Interval:
    """Hold a confidence interval.

    Attributes
    ----------
    low, high : float
        Its ends, in the unit of the figure.
    level : float
        How often such intervals should hold the true figure.
    n_undefined : int
        Resamples left out because the figure had no value in them.
    """

    low: float
    high: float
    level: float = 0.95
    n_undefined: int = 0

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def bootstrap_interval(
    statistic: Statistic,
    rated: ArrayLike,
    estimated: ArrayLike,
    *,
    subject: ArrayLike,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Find the percentile bootstrap interval of a figure over persons.

    Persons are drawn with replacement, each with all of their rows, because the rows of one
    person are not independent. The models are not fitted again, so the interval says what
    other persons would have changed, not what other training data would have. With 20 persons
    percentile intervals are somewhat too narrow.

    Parameters
    ----------
    statistic : callable
        Called with the resampled (rated, estimated).
    rated, estimated : array-like, shape (n_rows,)
        Scores, in points.
    subject : array-like, shape (n_rows,)
        Whose row it is.
    level : float, default 0.95
        Share of resamples between the ends.
    n_draws : int, default 2000
        Number of resamples.
    seed : int, default 0
        Decides who is drawn.

    Returns
    -------
    Interval
        Its ends.

    Raises
    ------
    EvaluationError
        If lengths differ, a value is not finite, `level` does not lie between 0 and 1, there
        are fewer than two persons, or the figure is undefined in half of the resamples.

    References
    ----------
    Efron, B., Tibshirani, R. J. (1993). *An Introduction to the Bootstrap*, chapter 13.
    doi:10.1201/9780429246593

    Field, C. A., Welsh, A. H. (2007). Bootstrapping clustered data. *J. R. Stat. Soc. B* 69,
    369-390. doi:10.1111/j.1467-9868.2007.00593.x

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.evaluation.metrics import mean_absolute_error
    >>> rated = np.arange(10.0)
    >>> found = bootstrap_interval(mean_absolute_error, rated, rated + 2, subject=range(10))
    >>> found.low, found.high
    (2.0, 2.0)
    """
    if not 0 < level < 1:
        raise EvaluationError(f"level must lie between 0 and 1, such as 0.95; got {level:g}.")
    if n_draws < 1:
        raise EvaluationError(f"n_draws must be at least 1; got {n_draws}.")
    whose = number_subjects(subject)
    given = check_estimates(rated, subject=whose, name="rated")
    guessed = check_estimates(estimated, subject=whose, name="estimated")
    rows = whose.rows()
    if len(rows) < 2:
        raise EvaluationError(
            f"a bootstrap over subjects needs at least 2 subjects, got only {whose.names[0]}."
        )
    rng = np.random.default_rng(seed)
    found = np.empty(n_draws)
    for draw in range(n_draws):
        drawn = np.concatenate([rows[at] for at in rng.integers(len(rows), size=len(rows))])
        value = statistic(given[drawn], guessed[drawn])
        found[draw] = np.nan if value is None else value
    n_undefined = int(np.isnan(found).sum())
    if 2 * n_undefined >= n_draws:
        raise EvaluationError(
            f"the figure must have a value in most resamples; it is undefined in {n_undefined} "
            f"of {n_draws}. There are too few subjects, or too few different scores, for it."
        )
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, n_undefined)
