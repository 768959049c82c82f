"""Rows that hold both what was measured by name and what a network made of the signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone

from hybridmfp.features.session import SessionDigest

__all__ = ["HybridRows", "NetworkedSession", "as_networked"]


@dataclass(frozen=True, eq=False)
class NetworkedSession:
    """Hold a session, and what a network that never met its person says about it.

    Attributes
    ----------
    session : SessionDigest
    said : array of float, shape (n_columns,)
        The network's estimate and embedding.
    """

    session: SessionDigest
    said: NDArray[np.float64]


class HybridRows(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Put named features and a network's columns side by side.

    Parameters
    ----------
    rows : transformer
        Turns sessions into named features; fitted on the sessions alone.
    columns : tuple of str
        Names of what the network says.
    """

    def __init__(self, *, rows: Any, columns: tuple[str, ...]) -> None:
        self.rows = rows
        self.columns = columns

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn from sessions; scores are not looked at."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float64]:  # noqa: ARG002
        """Learn from sessions and give their rows."""
        self.rows_ = clone(self.rows)
        return _beside(self.rows_.fit_transform([one.session for one in X]), X)

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Give one row per session, shape (n_sessions, n_features + n_columns)."""
        return _beside(self.rows_.transform([one.session for one in X]), X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns of `transform`."""
        named = self.rows_.get_feature_names_out(input_features)
        return np.concatenate([named, np.asarray(self.columns, dtype=object)])


def as_networked(
    sessions: Sequence[SessionDigest], said: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Put sessions and what a network says of them into rows, shape (n_sessions,)."""
    rows = np.empty(len(sessions), dtype=object)
    rows[:] = [NetworkedSession(*one) for one in zip(sessions, said, strict=True)]
    return rows


def _beside(named: NDArray[np.float64], X: Sequence[NetworkedSession]) -> NDArray[np.float64]:
    return np.column_stack([named, np.stack([one.said for one in X])])
