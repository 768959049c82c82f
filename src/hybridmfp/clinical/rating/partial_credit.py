"""Partial-credit Rasch model: one ability per person, one threshold per step of each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.clinical.rating.marginal_likelihood import fit_marginally, posterior_moments
from hybridmfp.clinical.rating.points_matrix import (
    as_matrix,
    levels_given,
    levels_occurring,
    refuse_empty,
    refuse_empty_rows,
    refuse_unseen,
    steps_taken,
)
from hybridmfp.clinical.rating.rasch_steps import level_chances, moments
from hybridmfp.clinical.rating.warm_estimate import warm_estimate
from hybridmfp.errors import ClinicalError

__all__ = ["FitStatistics", "PartialCreditModel", "pad_thresholds"]

Array = NDArray[np.float64]
_LEAST_NODES = 41


@dataclass(frozen=True, eq=False)
class FitStatistics:
    """Hold mean squares of how well answers fit the model; 1 is expected, larger is noisier.

    Attributes
    ----------
    infit : array of float
        Mean square residual, weighted by its variance: what happens near the ability.
    outfit : array of float
        Mean square of standardised residuals: what happens far from it.
    """

    infit: Array
    outfit: Array


class PartialCreditModel(BaseEstimator):  # type: ignore[misc]
    """Place persons and steps of items on one scale, in logits.

    A person of ability theta who takes step k - 1 of an item takes step k, too, with the
    probability ``expit(theta - delta_k)``. Steps are counted among the levels of an item: one that
    has 0 and 2 points alone has one step. Thresholds are found by maximum marginal likelihood;
    abilities come from a normal distribution whose mean and spread are found, too.

    Parameters
    ----------
    levels : sequence of sequence of int, or None, default None
        The points that each item can have, ascending. None takes those that occur, so that
        a level that nobody has is merged into the step beside it.
    n_nodes : int, default 161
        Points of the integral over abilities, evenly spaced over 6 standard deviations either
        way. Gauss-Hermite nodes lie too far apart for scales of 30 items, whose likelihood is
        narrower than their gaps.

    Attributes
    ----------
    levels_ : tuple of tuple of int
    thresholds_ : tuple of array of float
        Of each item, one per step, in logits; the means of the items sum to zero. They need not
        ascend.
    thresholds_se_ : tuple of array of float
        Their standard errors.
    mean_, sd_ : float
        Of the abilities of those it was fitted on, in logits.
    log_likelihood_ : float
    reliability_ : float
        Share of the spread of abilities (EAP) that is not error, 0 to 1.
    n_persons_, n_features_in_ : int

    References
    ----------
    Masters, G. N. (1982). A Rasch model for partial credit scoring. *Psychometrika* 47, 149-174.
    doi:10.1007/BF02296272

    Examples
    --------
    >>> X = np.array([[0, 0], [1, 0], [1, 0], [1, 2], [2, 0], [2, 2], [0, 2]] * 5)
    >>> model = PartialCreditModel().fit(X)
    >>> [len(steps) for steps in model.thresholds_], model.levels_[1]
    ([2, 1], (0, 2))
    """

    def __init__(
        self, *, levels: Sequence[Sequence[int]] | None = None, n_nodes: int = 161
    ) -> None:
        self.levels = levels
        self.n_nodes = n_nodes

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Find thresholds.

        Parameters
        ----------
        X : array of float, shape (n_persons, n_items)
            Points; NaN for an item that was not rated.
        y : ignored

        Raises
        ------
        ClinicalError
            ``too_few``, if there are fewer than 3 persons or 2 items, a level of an item never
            occurs, or an item has the same points throughout: its thresholds would be infinite;
            ``impossible_items`` for points that are none of the levels; ``missing_items`` for
            a person or an item without any rating; ``impossible_value`` for too few nodes.
        """
        if self.n_nodes < _LEAST_NODES:
            raise ClinicalError(
                f"n_nodes must be {_LEAST_NODES} or more; got {self.n_nodes}.",
                refusal="impossible_value",
            )
        points = as_matrix(X)
        refuse_empty(points)
        levels = (
            levels_occurring(points) if self.levels is None else levels_given(self.levels, points)
        )
        taken = steps_taken(points, levels)
        refuse_unseen(taken, levels)
        n_steps = np.array([len(one) - 1 for one in levels])
        found = fit_marginally(taken, n_steps, n_nodes=self.n_nodes)
        self.levels_ = levels
        self.thresholds_ = _by_item(found.thresholds, n_steps)
        self.thresholds_se_ = _by_item(found.standard_errors, n_steps)
        self.mean_, self.sd_ = found.mean, found.sd
        self.log_likelihood_ = found.log_likelihood
        self.n_persons_, self.n_features_in_ = points.shape
        self.reliability_ = _reliability(*self.ability(points, method="eap"))
        return self

    def ability(self, X: ArrayLike, *, method: str = "wle") -> tuple[Array, Array]:
        """Estimate abilities.

        Parameters
        ----------
        X : array of float, shape (n_persons, n_items)
            Points; NaN for an item that was not rated.
        method : {"wle", "eap"}, default "wle"
            Warm's weighted likelihood, which owes nothing to those the model was fitted on and is
            finite for lowest and highest scores; or the mean of the posterior, which is drawn
            towards them.

        Returns
        -------
        theta, se : array of float, shape (n_persons,)
            In logits.

        Raises
        ------
        ClinicalError
            ``impossible_items`` or ``missing_items``, as `fit`; ``impossible_value`` for another
            method.

        References
        ----------
        Warm, T. A. (1989). *Psychometrika* 54, 427-450. doi:10.1007/BF02294627
        """
        taken = self._taken(X)
        if method == "wle":
            return warm_estimate(taken, self._padded())
        if method == "eap":
            return posterior_moments(
                taken, self._padded(), mean=self.mean_, sd=self.sd_, n_nodes=self.n_nodes
            )
        raise ClinicalError(
            f"method must be 'wle' or 'eap'; got {method!r}.", refusal="impossible_value"
        )

    def step_probabilities(self, theta: ArrayLike) -> tuple[Array, ...]:
        """Give, for each item, the probability of each of its levels.

        Parameters
        ----------
        theta : array of float, shape (n_persons,)
            In logits.

        Returns
        -------
        tuple of array of float, shape (n_persons, n_levels)
        """
        check_is_fitted(self)
        chances = level_chances(_column(theta), self._padded())
        return tuple(chances[:, at, : len(one)] for at, one in enumerate(self.levels_))

    def expected(self, theta: ArrayLike) -> Array:
        """Give the expected points of each item, shape (n_persons, n_items); they rise with theta.

        Parameters
        ----------
        theta : array of float, shape (n_persons,)
            In logits.
        """
        pairs = zip(self.step_probabilities(theta), self.levels_, strict=True)
        return np.column_stack([chances @ np.array(levels, float) for chances, levels in pairs])

    def standardised_residuals(self, X: ArrayLike, *, theta: ArrayLike | None = None) -> Array:
        """Give how unexpected each rating is.

        Parameters
        ----------
        X : array of float, shape (n_persons, n_items)
        theta : array of float, shape (n_persons,), or None, default None
            Abilities; None estimates them from `X`.

        Returns
        -------
        array of float, shape (n_persons, n_items)
            In standard deviations of the steps taken; NaN where there is no rating.
        """
        residuals, variances = self._residuals(X, theta)
        standardised: Array = residuals / np.sqrt(variances)
        return standardised

    def item_fit(self, X: ArrayLike, *, theta: ArrayLike | None = None) -> FitStatistics:
        """Give how well each item fits, shape (n_items,); see `standardised_residuals`."""
        return _mean_squares(*self._residuals(X, theta), axis=0)

    def person_fit(self, X: ArrayLike, *, theta: ArrayLike | None = None) -> FitStatistics:
        """Give how well each person fits, shape (n_persons,); see `standardised_residuals`."""
        return _mean_squares(*self._residuals(X, theta), axis=1)

    def _padded(self) -> Array:
        return pad_thresholds(self.thresholds_)

    def _taken(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        points = as_matrix(X)
        if points.shape[1] != self.n_features_in_:
            raise ClinicalError(
                f"X must have {self.n_features_in_} items, as in fit; got {points.shape[1]}.",
                refusal="missing_items",
            )
        refuse_empty_rows(points)
        return steps_taken(points, self.levels_)

    def _residuals(self, X: ArrayLike, theta: ArrayLike | None) -> tuple[Array, Array]:
        taken = self._taken(X)
        abilities = self.ability(X)[0] if theta is None else _column(theta)
        at = moments(abilities, self._padded())
        return taken - at.mean, np.where(np.isnan(taken), np.nan, at.variance)


def pad_thresholds(by_item: Sequence[Any]) -> Array:
    """Put the thresholds of items into one array; ``inf`` for steps that an item lacks."""
    padded = np.full((len(by_item), max(map(len, by_item))), np.inf)
    for row, steps in zip(padded, by_item, strict=True):
        row[: len(steps)] = steps
    return padded


def _by_item(padded: Array, n_steps: NDArray[np.int64]) -> tuple[Array, ...]:
    return tuple(row[:count].copy() for row, count in zip(padded, n_steps, strict=True))


def _reliability(theta: Array, se: Array) -> float:
    spread, error = float(np.var(theta)), float(np.mean(se**2))
    return spread / (spread + error)


def _mean_squares(residuals: Array, variances: Array, *, axis: int) -> FitStatistics:
    squares = residuals**2
    return FitStatistics(
        infit=np.nansum(squares, axis=axis) / np.nansum(variances, axis=axis),
        outfit=np.nanmean(squares / variances, axis=axis),
    )


def _column(theta: ArrayLike) -> Array:
    return np.atleast_1d(np.asarray(theta, dtype=np.float64))
