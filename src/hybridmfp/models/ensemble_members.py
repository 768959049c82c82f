"""The kinds of regressors that the ensemble stacks, and how one of them is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR

__all__ = ["candidates", "fit_member", "predict_member"]


def candidates(random_state: int | None) -> Mapping[str, tuple[Any, ...]]:
    """Give the candidates of each kind; scores are standardised before they meet them."""
    return {
        "training mean": (DummyRegressor(),),
        "ridge": tuple(Ridge(alpha) for alpha in (1.0, 10.0, 100.0)),
        "support vectors": tuple(SVR(C=cost, epsilon=0.1) for cost in (0.3, 1.0, 3.0)),
        "nearest neighbours": tuple(KNeighborsRegressor(n) for n in (3, 5, 7)),
        "gradient boosting": (
            GradientBoostingRegressor(
                n_estimators=50,
                max_depth=2,
                subsample=0.8,
                random_state=random_state,
            ),
        ),
    }


def fit_member(member: Any, reduced: NDArray[np.float64], scores: NDArray[np.float64]) -> Any:
    """Fit a copy of a member; without any component there is only the training mean."""
    if reduced.shape[1] == 0:
        return DummyRegressor().fit(np.zeros((len(scores), 1)), scores)
    fresh = clone(member)
    if isinstance(fresh, KNeighborsRegressor):
        fresh.set_params(n_neighbors=min(fresh.n_neighbors, len(scores)))
    return fresh.fit(reduced, scores)


def predict_member(member: Any, reduced: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ask a member of scikit-learn, which wants a column even where there is no component."""
    rows = reduced if reduced.shape[1] else np.zeros((len(reduced), 1))
    predicted: NDArray[np.float64] = member.predict(rows)
    return predicted
