"""Whether one model is better than another on the same persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import wilcoxon

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.bootstrap import Interval, bootstrap_interval
from hybridmfp.evaluation.design import check_estimates, number_subjects

__all__ = ["Comparison", "adjust_by_holm", "compare_models", "errors_per_subject"]


@dataclass(frozen=True)
class Comparison:
    """Compare one model with the reference on the same persons.

    Attributes
    ----------
    model, reference : str
        Their names.
    difference_points : float
        Mean absolute error of the model minus that of the reference; below zero it is better.
    interval : Interval
        Paired bootstrap interval of the difference over persons, in points.
    p_value : float
        Wilcoxon signed-rank test, two-sided; 1 if both err equally for everybody.
    p_adjusted : float
        The same after Holm's correction for the number of models compared.
    """

    model: str
    reference: str
    difference_points: float
    interval: Interval
    p_value: float
    p_adjusted: float


def errors_per_subject(
    rated: ArrayLike, estimated: ArrayLike, *, subject: ArrayLike
) -> NDArray[np.float64]:
    """Give the mean absolute error of each person, in order of first appearance.

    Parameters
    ----------
    rated, estimated : array-like, shape (n_rows,)
        Scores, in points.
    subject : array-like, shape (n_rows,)
        Whose row it is.

    Returns
    -------
    array of float, shape (n_subjects,)
        In points.

    Raises
    ------
    EvaluationError
        If lengths differ or a value is not finite.

    Examples
    --------
    >>> errors_per_subject([5, 5, 9], [6, 8, 9], subject=["a", "a", "b"])
    array([2., 0.])
    """
    whose = number_subjects(subject)
    given = check_estimates(rated, subject=whose, name="rated")
    guessed = check_estimates(estimated, subject=whose, name="estimated")
    return np.bincount(whose.number, np.abs(guessed - given)) / np.bincount(whose.number)


def compare_models(
    errors: Mapping[str, ArrayLike],
    *,
    reference: str,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Compare models with a reference, person by person.

    Parameters
    ----------
    errors : mapping of str to array-like, shape (n_subjects,)
        Absolute error of each person under each model, in points, persons in the same order;
        see `errors_per_subject`.
    reference : str
        The model that all others are compared with.
    level : float, default 0.95
        Level of the bootstrap interval.
    n_draws : int, default 2000
        Number of resamples.
    seed : int, default 0
        Decides who is drawn.

    Returns
    -------
    tuple of Comparison
        One for each other model, in the order of `errors`.

    Raises
    ------
    EvaluationError
        If `reference` is unknown or alone, or the lists of errors differ in length.

    References
    ----------
    Wilcoxon, F. (1945). Individual comparisons by ranking methods. *Biometrics Bulletin* 1,
    80-83. doi:10.2307/3001968

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian
    Journal of Statistics* 6, 65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> errors = {"mean": [2, 3, 4, 5, 6], "model": [1, 1, 1, 1, 1]}
    >>> (found,) = compare_models(errors, reference="mean")
    >>> found.difference_points, found.p_value
    (-3.0, 0.0625)
    """
    if reference not in errors or len(errors) < 2:
        raise EvaluationError(
            f"reference must be one of at least two models; got {reference!r} "
            f"of {', '.join(errors) or 'none'}."
        )
    whose = number_subjects(range(np.size(errors[reference])))
    known = {
        name: check_estimates(own, subject=whose, name=f"the errors of {name}")
        for name, own in errors.items()
    }
    baseline = known.pop(reference)
    p_values = {name: _signed_rank_p(own - baseline) for name, own in known.items()}
    adjusted = dict(zip(p_values, adjust_by_holm(list(p_values.values())), strict=True))
    return tuple(
        Comparison(
            model=name,
            reference=reference,
            difference_points=_mean_difference(baseline, own),
            interval=bootstrap_interval(
                _mean_difference,
                baseline,
                own,
                subject=whose.number,
                level=level,
                n_draws=n_draws,
                seed=seed,
            ),
            p_value=p_values[name],
            p_adjusted=float(adjusted[name]),
        )
        for name, own in known.items()
    )


def adjust_by_holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of any false alarm stays below the level.

    Parameters
    ----------
    p_values : array-like, shape (n_tests,)
        Unadjusted.

    Returns
    -------
    array of float, shape (n_tests,)
        Adjusted, in the same order, at most 1.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian
    Journal of Statistics* 6, 65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> adjust_by_holm([0.01, 0.04, 0.03])  # 3 x 0.01; 2 x 0.03; no less than the one before
    array([0.03, 0.06, 0.06])
    """
    raw = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    stepped = np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _mean_difference(reference: NDArray[np.float64], model: NDArray[np.float64]) -> float:
    return float(np.mean(model - reference))


def _signed_rank_p(difference: NDArray[np.float64]) -> float:
    return float(wilcoxon(difference).pvalue) if difference.any() else 1.0
