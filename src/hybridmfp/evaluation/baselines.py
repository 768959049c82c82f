"""What can be estimated without any recording: the bar that a model has to clear."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

__all__ = ["DEMOGRAPHICS", "demographics_baseline", "training_mean", "training_median"]

_NUMBERS = ["age_years", "chronicity_weeks"]
_WORDS = ["sex", "affected_side"]
_PENALTIES = np.logspace(-1, 4, 21)

DEMOGRAPHICS: tuple[str, ...] = (*_NUMBERS, *_WORDS)
"""Columns that `demographics_baseline` learns from."""


def training_mean() -> DummyRegressor:
    """Estimate everybody at the mean of the training scores; the reference for skill.

    Under leave-one-subject-out its estimates fall as the left-out score rises, so their
    correlation with the scores is -1 by construction: read its MAE alone.

    Returns
    -------
    DummyRegressor
        Unfitted.

    Examples
    --------
    >>> training_mean().fit([[0], [0]], [10, 14]).predict([[0]])
    array([12.])
    """
    return DummyRegressor(strategy="mean")


def training_median() -> DummyRegressor:
    """Estimate everybody at the median of the training scores.

    In a small cohort each left-out subject can move the median away from their own score,
    which makes this baseline look worse than any constant; prefer `training_mean`.

    Returns
    -------
    DummyRegressor
        Unfitted.

    Examples
    --------
    >>> training_median().fit([[0], [0], [0]], [10, 14, 15]).predict([[0]])
    array([14.])
    """
    return DummyRegressor(strategy="median")


def demographics_baseline() -> Pipeline:
    """Estimate the score from age, sex, affected side and time since stroke by ridge regression.

    Missing numbers become the training median, with a column that says so; a missing word is
    a category of its own. The penalty is chosen by leaving out one training row at a time.

    Returns
    -------
    Pipeline
        Unfitted; learns from a data frame with the columns `DEMOGRAPHICS`.

    Examples
    --------
    >>> people = pd.DataFrame({
    ...     "age_years": [50.0, 60.0, None, 80.0],
    ...     "chronicity_weeks": [None, None, None, None],
    ...     "sex": ["f", "m", "f", None],
    ...     "affected_side": ["left", "left", "right", "right"],
    ... })
    >>> demographics_baseline().fit(people, [20, 18, 16, 14]).predict(people).shape
    (4,)
    """
    numbers = make_pipeline(
        FunctionTransformer(_as_numbers),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
    )
    words = make_pipeline(
        FunctionTransformer(_as_words),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = ColumnTransformer([("numbers", numbers, _NUMBERS), ("words", words, _WORDS)])
    return make_pipeline(columns, StandardScaler(), RidgeCV(alphas=_PENALTIES))


def _as_numbers(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(float)


def _as_words(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(object).where(table.notna(), "unknown")
