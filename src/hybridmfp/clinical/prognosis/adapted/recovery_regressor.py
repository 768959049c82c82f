"""A score to come, learned from one's own cohort: its median, and an interval that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis.adapted.recovery_forest import GainForest
from hybridmfp.clinical.prognosis.adapted.recovery_table import (
    NEEDED,
    check_known,
    check_outcomes,
)
from hybridmfp.errors import ClinicalError
from hybridmfp.evaluation import calibrate, cv_plus_interval, grouped_k_folds

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEAST_PERSONS", "RecoveryRegressor", "fit_recovery"]

Array = NDArray[np.float64]

LEAST_PERSONS = 40
"""Persons below which nothing is fitted; an assumption."""

_EARLY_DAYS = 30.0  # over which the room for recovery by itself fades; an assumption
_RATING_SEM = 2.5  # points; no forecast is surer than a rating (SEM 2.46, n = 51)
_MEDIAN, _INNER = np.array([0.5]), np.array([0.05, 0.95])


class RecoveryRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Foretell the FMA-UE of a person from what is known at baseline.

    A quantile regression forest looks for persons who started alike and gives the weighted median
    of where they would have ended from this baseline. The endpoint is what it says and what it is
    judged on: a change correlates with its own baseline whatever the biology. Intervals are CV+,
    wider where persons alike ended apart.

    Parameters
    ----------
    n_trees : int, default 200
    least_in_leaf : int, default 5
        Rows that each leaf must hold.
    share_of_features : float, default 0.5
        Share of the columns that a split may choose from.
    n_folds : int, default 5
        Folds of persons from which intervals learn.
    random_state : int, default 0

    Attributes
    ----------
    columns_ : tuple of str
        Columns that it was fitted with.
    forest_ : GainForest
    fold_forests_ : list of GainForest
        Each without one fold of persons.
    calibration_ : ConformalCalibration

    References
    ----------
    Meinshausen, N. (2006). Quantile regression forests. *JMLR*, 7, 983-999.
    Barber, R. F., et al. (2021). Predictive inference with the jackknife+. *Ann Stat* 49(1).
    doi:10.1214/20-AOS1965
    """

    def __init__(
        self,
        *,
        n_trees: int = 200,
        least_in_leaf: int = 5,
        share_of_features: float = 0.5,
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_trees = n_trees
        self.least_in_leaf = least_in_leaf
        self.share_of_features = share_of_features
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: ArrayLike, *, subject: ArrayLike) -> RecoveryRegressor:
        """Learn from a cohort.

        Parameters
        ----------
        X : pandas.DataFrame
            A row per person and horizon: ``baseline`` (FMA-UE now), ``days_post_stroke`` (now),
            ``weeks_ahead`` (from now), and any further numeric columns, which may have gaps.
        y : array of float, shape (n_rows,)
            FMA-UE at that horizon, in points.
        subject : array, shape (n_rows,)
            Whose row it is; the rows of one person stay together.

        Returns
        -------
        RecoveryRegressor

        Raises
        ------
        ClinicalError
            ``too_few`` below 40 persons; ``missing_input``; ``impossible_value``.
        """
        check_known(X)
        outcome, person = np.asarray(y, dtype=np.float64), np.asarray(subject)
        check_outcomes(outcome, person, n_rows=len(X))
        if len(np.unique(person)) < LEAST_PERSONS:
            raise ClinicalError(
                f"a recovery model needs at least {LEAST_PERSONS} persons; got "
                f"{len(np.unique(person))}. Use the published mixture in the first six months.",
                refusal="too_few",
            )
        self.columns_ = tuple(str(name) for name in X.columns)
        gain = outcome - X["baseline"].to_numpy(dtype=np.float64)
        seen = self._described(X)
        self.forest_ = self._forest().fit(seen, gain)
        self.fold_forests_: list[GainForest] = []
        error, spread, fold_of = np.empty((3, len(gain)))
        folds = grouped_k_folds(person, n_folds=self.n_folds, seed=self.random_state)
        for at, fold in enumerate(folds):
            forest = self._forest().fit(seen[fold.train], gain[fold.train])
            error[fold.test] = gain[fold.test] - forest.quantiles(seen[fold.test], _MEDIAN)[:, 0]
            spread[fold.test] = _spread(forest, seen[fold.test])
            fold_of[fold.test] = at
            self.fold_forests_.append(forest)
        self.calibration_ = calibrate(error, spread, fold=fold_of, subject=person)
        return self

    def predict(self, X: pd.DataFrame) -> Array:
        """Give the median of the score to come.

        Parameters
        ----------
        X : pandas.DataFrame
            As in `fit`, with the same columns.

        Returns
        -------
        array of float, shape (n_rows,)
            In points, 0 to 66.

        Raises
        ------
        ClinicalError
            ``missing_input`` or ``impossible_value``.
        """
        check_is_fitted(self, "forest_")
        check_known(X, expected=self.columns_)
        gain = self.forest_.quantiles(self._described(X), _MEDIAN)[:, 0]
        return _clipped(X["baseline"].to_numpy(dtype=np.float64) + gain)

    def predict_interval(self, X: pd.DataFrame, *, level: float = 0.9) -> Array:
        """Give intervals that hold the score to come of new persons of the cohort's kind.

        Parameters
        ----------
        X : pandas.DataFrame
        level : float, default 0.9
            How often they shall hold it.

        Returns
        -------
        array of float, shape (n_rows, 2)
            Low and high ends in points, 0 to 66.
        """
        check_is_fitted(self, "forest_")
        check_known(X, expected=self.columns_)
        seen = self._described(X)
        baseline = X["baseline"].to_numpy(dtype=np.float64)
        each = [one.quantiles(seen, _MEDIAN)[:, 0] for one in self.fold_forests_]
        ends = cv_plus_interval(
            self.calibration_,
            baseline + np.array(each),
            spread=_spread(self.forest_, seen),
            level=level,
        )
        return _clipped(ends)

    def _forest(self) -> GainForest:
        return GainForest(
            n_trees=self.n_trees,
            least_in_leaf=self.least_in_leaf,
            share_of_features=self.share_of_features,
            random_state=self.random_state,
        )

    def _described(self, X: pd.DataFrame) -> Array:
        """Describe each row by its columns, time on a log scale, and the room that is left."""
        baseline, days, ahead = (X[name].to_numpy(dtype=np.float64) for name in NEEDED)
        early_room = (FMA_UE.maximum - baseline) * np.exp(-days / _EARLY_DAYS)
        others = [name for name in self.columns_ if name not in NEEDED]
        more = X[others].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.column_stack([baseline, np.log(days + 3), early_room, ahead, more])


def fit_recovery(
    table: pd.DataFrame, *, outcome: str = "outcome", subject: str = "subject"
) -> RecoveryRegressor:
    """Fit a recovery model to the table of one's own cohort.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per person and horizon: ``subject``, ``baseline``, ``days_post_stroke``,
        ``weeks_ahead``, ``outcome``; every further column must be numeric and known at baseline.
    outcome, subject : str
        Names of these two columns.

    Returns
    -------
    RecoveryRegressor

    Raises
    ------
    ClinicalError
        ``missing_input``, ``impossible_value`` or ``too_few``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(6300)
    >>> now = rng.integers(10, 50, 60).astype(float)
    >>> cohort = pd.DataFrame({
    ...     "subject": np.arange(60), "baseline": now, "days_post_stroke": 400.0,
    ...     "weeks_ahead": 12.0, "outcome": now + 4,
    ... })
    >>> model = fit_recovery(cohort)
    >>> person = pd.DataFrame({"baseline": [30], "days_post_stroke": [500], "weeks_ahead": [12]})
    >>> model.predict(person).tolist()
    [34.0]
    """
    for name in (outcome, subject):
        if name not in table.columns:
            raise ClinicalError(
                f"a recovery table must have the column {name}; got "
                f"{', '.join(map(str, table.columns))}.",
                refusal="missing_input",
            )
    return RecoveryRegressor().fit(
        table.drop(columns=[outcome, subject]), table[outcome], subject=table[subject]
    )


def _spread(forest: GainForest, seen: Array) -> Array:
    """Give how far persons alike ended apart: half of their 90 % range, at least a rating's SEM."""
    low, high = forest.quantiles(seen, _INNER).T
    spread: Array = np.maximum((high - low) / 2, _RATING_SEM)
    return spread


def _clipped(points: Array) -> Array:
    on_scale: Array = np.clip(points, FMA_UE.minimum, FMA_UE.maximum)
    return on_scale
