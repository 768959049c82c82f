"""A fitted ensemble seen as what explanation needs: a table in, points out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble

__all__ = ["RowModel"]


@dataclass(frozen=True, eq=False)
class RowModel:
    """Ask a fitted ensemble about rows of named columns.

    Attributes
    ----------
    ensemble : ElasticNetEnsemble
        Fitted.
    """

    ensemble: ElasticNetEnsemble

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(str(name) for name in self.ensemble.feature_names_)

    @property
    def weights(self) -> Mapping[str, float]:
        """Share of each member of the stack."""
        weights: dict[str, float] = self.ensemble.weights_
        return weights

    @property
    def selected(self) -> NDArray[np.intp]:
        """Columns that the members look at."""
        return np.flatnonzero(self.ensemble.coefficients_)

    def table(self, X: Any) -> NDArray[np.float64]:
        """Give the rows of sessions, shape (n_sessions, n_columns), NaN in gaps."""
        prepare = self.ensemble.front_.prepare
        return np.asarray(X if prepare is None else prepare.transform(X), dtype=np.float64)

    def members(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what the members that look at the selected columns add, in points.

        Parameters
        ----------
        table : array of float, shape (n_rows, n_columns)

        Returns
        -------
        array of float, shape (n_rows,)
            Their weighted sum; with `given` it is the estimate, not clipped to the scale.
        """
        ensemble = self.ensemble
        steps = ensemble.front_.reduction
        reduced = steps.apply(table) if steps.n_components else np.empty((len(table), 0))
        points = np.zeros(len(table))
        for kind, member in ensemble.members_.items():
            standard = member.predict(reduced)
            points += self.weights[kind] * (ensemble.centre_ + ensemble.spread_ * standard)
        return points

    def given(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what columns that are estimates already add, in points."""
        points = np.zeros(len(table))
        for name in self.ensemble.estimates:
            points += self.weights[name] * table[:, self.columns.index(name)]
        return points
