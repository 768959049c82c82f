"""From a table of features to principal components, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError, SignalError
from hybridmfp.models.array_rules import checked_array

__all__ = ["Reduction"]

_LARGEST = float(np.finfo(np.float32).max)  # beyond it trees, which compare 32 bits, see infinity


@dataclass(frozen=True, eq=False)
class Reduction:
    """Fill gaps, standardise, select and project, with what was learned from training persons.

    Attributes
    ----------
    medians, means, spreads : array of float, shape (n_features,)
        Of each feature: what stands in for a gap; centre and scale after that.
    coefficients : array of float, shape (n_features,)
        Of the elastic net on standardised features; 0 is not selected.
    centre : array of float, shape (n_selected,)
        Mean of the selected features, standardised.
    components : array of float, shape (n_components, n_selected)
        Directions.
    """

    medians: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    centre: NDArray[np.float64]
    components: NDArray[np.float64]

    def __post_init__(self) -> None:
        self._hold("coefficients", shape=[None])
        for name in ("medians", "means", "spreads"):
            self._hold(name, shape=[len(self.coefficients)])
        if not (self.spreads > 0).all():
            raise ReadError(
                "spreads of a fitted model must be positive; one is not. The model is damaged: "
                "fit it anew."
            )
        n_selected = int(np.count_nonzero(self.coefficients))
        self._hold("centre", shape=[n_selected])
        self._hold("components", shape=[None, n_selected])

    def _hold(self, name: str, **rules: Any) -> None:
        object.__setattr__(self, name, checked_array(getattr(self, name), name, **rules))

    @property
    def n_components(self) -> int:
        """How many numbers are left of a row."""
        return len(self.components)

    def apply(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the principal components of rows.

        Parameters
        ----------
        table : array of float, shape (n_rows, n_features)
            NaN is a gap.

        Returns
        -------
        array of float, shape (n_rows, n_components)

        Raises
        ------
        SignalError
            If there are more or fewer features, or one is infinite or beyond all measure.
        """
        if table.ndim != 2 or table.shape[1] != len(self.medians):
            raise SignalError(
                f"rows must have the {len(self.medians)} features that were learned from; got "
                f"shape {table.shape}. Digest the recordings with the same settings."
            )
        filled = np.where(np.isnan(table), self.medians, table)
        with np.errstate(over="ignore", invalid="ignore"):  # told below, in words
            scores = ((filled - self.means) / self.spreads)[:, self.coefficients != 0]
            reduced: NDArray[np.float64] = (scores - self.centre) @ self.components.T
        if not (np.abs(reduced) <= _LARGEST).all():
            raise SignalError(
                "features must be finite, with NaN for a gap, and of a size that recordings can "
                f"have; got up to {np.abs(filled).max():.1e}. Look for the fault in the recordings."
            )
        return reduced
