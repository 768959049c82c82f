"""What a model would score if its scores belonged to other persons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import check_scores, number_subjects

__all__ = ["permutation_p", "permuted_scores"]

_ROUNDING = 1e-9  # relative; the same scores in another order may sum differently


def permuted_scores(
    y: ArrayLike, *, subject: ArrayLike, n_draws: int, seed: int = 0
) -> NDArray[np.float64]:
    """Give each person the scores of another one, many times.

    The scores of one person stay together and in order; persons with the same number of rows
    exchange theirs. Somebody whose number of rows is unique keeps their own scores, which makes
    the test weaker, never wrong.

    Parameters
    ----------
    y : array-like, shape (n_rows,)
        Rated scores, in points.
    subject : array-like, shape (n_rows,)
        Whose row it is.
    n_draws : int
        How many permutations; at least 100 for a p-value.
    seed : int, default 0
        Decides who gets whose.

    Returns
    -------
    array of float, shape (n_rows, n_draws)
        One permutation in each column.

    Raises
    ------
    EvaluationError
        If lengths differ, a score is missing, all scores are equal, or no two persons with
        different scores have the same number of rows.

    Examples
    --------
    >>> permuted_scores([1, 1, 2, 2], subject=["a", "a", "b", "b"], n_draws=3, seed=0).shape
    (4, 3)
    """
    whose = number_subjects(subject)
    scores = check_scores(y, subject=whose)
    if scores.ndim != 1:
        raise EvaluationError(f"y must be one list of scores; got shape {scores.shape}.")
    if n_draws < 1:
        raise EvaluationError(f"n_draws must be at least 1; got {n_draws}.")
    rows = whose.rows()
    n_rows_of = np.array([len(own) for own in rows])
    strata = [
        np.stack([own for own in rows if len(own) == n_own])
        for n_own, n_subjects in zip(*np.unique(n_rows_of, return_counts=True), strict=True)
        if n_subjects > 1
    ]
    if not any(np.ptp(scores[stratum], axis=0).any() for stratum in strata):
        counted = ", ".join(f"{n}" for n in sorted(set(n_rows_of.tolist())))
        raise EvaluationError(
            "permuting scores needs at least 2 subjects with the same number of rows and "
            f"different scores; the {len(rows)} subjects have {counted} rows. "
            "Judge one session of each subject instead."
        )
    rng = np.random.default_rng(seed)
    permuted = np.repeat(scores[:, np.newaxis], n_draws, axis=1)
    for draw in range(n_draws):
        for stratum in strata:
            permuted[stratum, draw] = scores[rng.permutation(stratum)]
    return permuted


def permutation_p(observed_mae: float, permuted_maes: ArrayLike) -> float:
    """Tell how often scores without meaning are estimated as well as the true ones.

    The observed order counts as one of the permutations, so p is never 0.

    Parameters
    ----------
    observed_mae : float
        Mean absolute error with the true scores, in points.
    permuted_maes : array-like, shape (n_draws,)
        The same with permuted scores.

    Returns
    -------
    float
        (1 + number of permuted errors <= the observed one) / (1 + n_draws).

    Raises
    ------
    EvaluationError
        If there is no permuted error, or one of the errors is not finite.

    References
    ----------
    Phipson, B., Smyth, G. K. (2010). Permutation p-values should never be zero. *Statistical
    Applications in Genetics and Molecular Biology* 9, 39. doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> permutation_p(1.0, [0.9, 1.0, 1.5, 2.0])  # (1 + 2) / (1 + 4)
    0.6
    """
    drawn = np.asarray(permuted_maes, dtype=np.float64).ravel()
    if not drawn.size or not np.isfinite([observed_mae, *drawn]).all():
        raise EvaluationError(
            "permutation_p needs finite errors of at least one permutation; "
            f"got {observed_mae:g} and {drawn.size} permuted ones."
        )
    as_good = int(np.sum(drawn <= observed_mae * (1 + _ROUNDING)))
    return (1 + as_good) / (1 + drawn.size)
