"""Draw from a posterior whose prior is standard normal: elliptical slice sampling."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["elliptical_slices", "split_rhat"]

Array = NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]

_MOST_SHRINKS = 200


def elliptical_slices(
    log_likelihood: LogLikelihood,
    n_numbers: int,
    *,
    n_chains: int,
    n_burnt: int,
    n_kept: int,
    n_apart: int,
    rng: np.random.Generator,
) -> Array:
    """Draw many chains at once; nothing has to be tuned.

    Each step draws an ellipse through the present point and one of the prior, and shrinks it
    until a point on it is likely enough (Murray 2010). The posterior is left exactly invariant.

    Parameters
    ----------
    log_likelihood : callable
        From numbers, shape (n, n_numbers), to their log likelihoods, shape (n,), finite.
    n_numbers : int
        Dimension.
    n_chains : int
        Chains, each started at a draw from the prior.
    n_burnt : int
        Steps that are thrown away.
    n_kept : int
        Points kept of each chain.
    n_apart : int
        Steps from one kept point to the next.
    rng : numpy.random.Generator

    Returns
    -------
    array of float, shape (n_kept, n_chains, n_numbers)

    References
    ----------
    Murray, I., Adams, R. P., & MacKay, D. J. C. (2010). Elliptical slice sampling. *AISTATS*,
    PMLR 9:541-548.

    Examples
    --------
    One observation of 2, as exact as the prior, moves the mean to 1:

    >>> import numpy as np
    >>> found = elliptical_slices(
    ...     lambda z: -0.5 * (2 - z[:, 0]) ** 2, 1,
    ...     n_chains=200, n_burnt=20, n_kept=20, n_apart=2, rng=np.random.default_rng(0),
    ... )
    >>> round(float(found.mean()), 1)
    1.0
    """
    at = rng.standard_normal((n_chains, n_numbers))
    likely = log_likelihood(at)
    kept = np.empty((n_kept, n_chains, n_numbers))
    for step in range(n_burnt + n_kept * n_apart):
        at, likely = _step(log_likelihood, at, likely, rng)
        done, rest = divmod(step + 1 - n_burnt, n_apart)
        if done >= 1 and rest == 0:
            kept[done - 1] = at
    return kept


def split_rhat(chains: Array) -> Array:
    """Compare the spread between halves of chains with that inside; 1 where they agree.

    Parameters
    ----------
    chains : array of float, shape (n_kept, n_chains, n_numbers)
        At least 4 points of each chain.

    Returns
    -------
    array of float, shape (n_numbers,)
        Split R-hat. About 1; values above 1.1 tell that chains have not yet met.
    """
    half = len(chains) // 2
    halves = np.concatenate([chains[:half], chains[half : 2 * half]], axis=1)
    within = halves.var(axis=0, ddof=1).mean(axis=0)
    between = halves.mean(axis=0).var(axis=0, ddof=1)
    ratio: Array = np.sqrt((half - 1) / half + between / within)
    return ratio


def _step(
    log_likelihood: LogLikelihood, at: Array, likely: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Move every chain once."""
    n_chains = len(at)
    axis = rng.standard_normal(at.shape)
    floor = likely + np.log(rng.random(n_chains))
    angle = rng.uniform(0, 2 * math.pi, n_chains)
    low, high = angle - 2 * math.pi, angle.copy()
    new, new_likely = at.copy(), likely.copy()
    open_ones = np.arange(n_chains)
    for _ in range(_MOST_SHRINKS):
        turned = angle[open_ones, np.newaxis]
        tried = at[open_ones] * np.cos(turned) + axis[open_ones] * np.sin(turned)
        found = log_likelihood(tried)
        accepted = found > floor[open_ones]
        new[open_ones[accepted]] = tried[accepted]
        new_likely[open_ones[accepted]] = found[accepted]
        open_ones = open_ones[~accepted]
        if open_ones.size == 0:
            break
        below = angle[open_ones] < 0
        low[open_ones[below]] = angle[open_ones[below]]
        high[open_ones[~below]] = angle[open_ones[~below]]
        angle[open_ones] = rng.uniform(low[open_ones], high[open_ones])
    return new, new_likely
