"""What learns who gets the treatment, and what becomes of people: smooth curves, shrunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

__all__ = ["Design", "design_of", "outcome_learner", "propensity_learner"]

Array = NDArray[np.float64]

_LEAST_DISTINCT = 10  # values of a number that make a curve worth drawing
_KNOTS = 4
_RIDGE = tuple(float(alpha) for alpha in np.logspace(-2, 3, 11))
_LOGISTIC = (0.1, 1.0, 10.0)


@dataclass(frozen=True, eq=False)
class Design:
    """Hold covariates as numbers.

    Attributes
    ----------
    matrix : array of float, shape (n_entries, n_columns)
    names : tuple of str
        Of the columns; ``site=B`` for a category.
    smooth : tuple of int
        Columns that get a curve; the others enter as they are.
    """

    matrix: Array
    names: tuple[str, ...]
    smooth: tuple[int, ...]


def design_of(covariates: pd.DataFrame) -> Design:
    """Turn covariates into numbers: numbers as they are, words as one column per value.

    A category that is coded by numbers must be turned into words before, or it counts as a number.

    Examples
    --------
    >>> import pandas as pd
    >>> design_of(pd.DataFrame({"age": [60, 70], "site": ["A", "B"]})).names
    ('age', 'site=A', 'site=B')
    """
    columns: list[Array] = []
    names: list[str] = []
    smooth: list[int] = []
    for name in covariates.columns:
        values = covariates[name]
        if is_numeric_dtype(values):
            if values.nunique() >= _LEAST_DISTINCT:
                smooth.append(len(names))
            columns.append(values.to_numpy(dtype=np.float64))
            names.append(str(name))
            continue
        words = values.astype(str)
        for word in sorted(set(words)):
            columns.append(np.where(words == word, 1.0, 0.0))
            names.append(f"{name}={word}")
    matrix = np.column_stack(columns) if columns else np.zeros((len(covariates), 0))
    return Design(matrix, tuple(names), tuple(smooth))


def outcome_learner(design: Design, splits: Sequence[tuple[Any, Any]] | None) -> Any:
    """Give an untrained learner of the outcome: cubic splines, shrunk by ridge regression.

    Parameters
    ----------
    design : Design
    splits : sequence of (train, test), or None
        Inner folds that choose how much is shrunk; None leaves out one entry at a time.
    """
    return make_pipeline(_curves(design), RidgeCV(alphas=_RIDGE, cv=splits))


def propensity_learner(design: Design, splits: Sequence[tuple[Any, Any]]) -> Any:
    """Give an untrained learner of the treatment: cubic splines in a shrunk logistic regression.

    Knots lie where the covariates of all that it learns from lie; the treatment is not looked at.

    Parameters
    ----------
    design : Design
    splits : sequence of (train, test)
        Inner folds that choose how much is shrunk.
    """
    regression = LogisticRegression(solver="newton-cholesky")  # fast with few columns
    chosen = GridSearchCV(regression, {"C": _LOGISTIC}, cv=splits, scoring="neg_log_loss")
    return make_pipeline(_curves(design), chosen)


def _curves(design: Design) -> Any:
    plain = [at for at in range(len(design.names)) if at not in design.smooth]
    curve = SplineTransformer(n_knots=_KNOTS, degree=3, extrapolation="linear", include_bias=False)
    return ColumnTransformer(
        [("curves", curve, list(design.smooth)), ("lines", StandardScaler(), plain)]
    )
