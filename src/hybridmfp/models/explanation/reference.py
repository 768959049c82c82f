"""The average patient, against whom an estimate is explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.explanation.model_parts import ModelParts, network_words, with_alignment
from hybridmfp.models.explanation.ranges import ReferenceRanges
from hybridmfp.models.explanation.row_model import RowModel
from hybridmfp.models.hybrid_rows import as_networked

if TYPE_CHECKING:  # importing it imports torch
    from hybridmfp.models.fusion.signal_reference import SignalReference

__all__ = ["ExplanationReference"]


class ExplanationReference(BaseEstimator):  # type: ignore[misc]
    """Learn what a fitted model is explained against: an average patient of its cohort.

    Only means, spreads and ranges are kept, nothing of single people.

    Attributes
    ----------
    row_, spread_ : array of float, shape (n_columns,)
        Mean over people, and standard deviation, of each column of the model's rows; empty for a
        network alone. NaN for a column that nobody has.
    signals_ : tuple of SignalReference
        What each network reads of an average patient.
    ranges_ : ReferenceRanges
        Of the named biomarkers.
    """

    row_: NDArray[np.float64]
    spread_: NDArray[np.float64]
    signals_: tuple[SignalReference, ...]
    ranges_: ReferenceRanges

    def fit(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002 - scikit-learn's signature; scores are not looked at
        *,
        model: Any,
        controls: Sequence[SessionDigest] = (),
    ) -> Self:
        """Learn from the sessions that the model was fitted on; scores are not looked at.

        Parameters
        ----------
        X : sequence of SessionDigest
        y : ignored
        model : HybridRegressor, ElasticNetEnsemble or FusionRegressor
            Fitted.
        controls : sequence of SessionDigest, default ()
            Healthy people, for ranges alone.

        Raises
        ------
        CohortError
            If there is no session, or they do not share their columns.
        SettingsError
            If the model is of another kind.
        """
        sessions = list(X)
        if not sessions:
            raise CohortError("sessions to learn a reference from must be at least one; got none.")
        parts = ModelParts.of(model)
        self.row_ = self.spread_ = np.empty(0)
        if parts.stack is not None:
            self.row_, self.spread_ = _mean_person(
                _table(parts, RowModel(parts.stack), sessions), [one.subject for one in sessions]
            )
        self.signals_ = ()
        if parts.networks:
            from hybridmfp.models.fusion.signal_reference import (  # noqa: PLC0415 - imports torch
                learn_signal_reference,
            )

            self.signals_ = tuple(learn_signal_reference(one, sessions) for one in parts.networks)
        together = with_alignment(parts, [*sessions, *controls])
        self.ranges_ = ReferenceRanges().fit(
            together[: len(sessions)], controls=together[len(sessions) :]
        )
        return self

    def as_arrays(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Give what was learned as names, which JSON can hold, and plain arrays."""
        check_is_fitted(self, "ranges_")
        described, arrays = self.ranges_.as_arrays()
        arrays = {f"ranges.{name}": array for name, array in arrays.items()}
        arrays |= {"row": self.row_, "spread": self.spread_}
        for at, one in enumerate(self.signals_):
            for name in _SIGNALS:
                arrays[f"signals.{at}.{name}"] = getattr(one, name)
        return {"ranges": described, "n_networks": len(self.signals_)}, arrays

    @classmethod
    def from_arrays(cls, described: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read back what `as_arrays` gave."""
        reference = cls()
        own = {
            name.removeprefix("ranges."): array
            for name, array in arrays.items()
            if name.startswith("ranges.")
        }
        reference.ranges_ = ReferenceRanges.from_arrays(described["ranges"], own)
        reference.row_, reference.spread_ = arrays["row"], arrays["spread"]
        reference.signals_ = ()
        if described["n_networks"]:
            from hybridmfp.models.fusion.signal_reference import (  # noqa: PLC0415 - imports torch
                SignalReference,
            )

            reference.signals_ = tuple(
                SignalReference(**{name: arrays[f"signals.{at}.{name}"] for name in _SIGNALS})
                for at in range(described["n_networks"])
            )
        return reference


_SIGNALS = ("emg", "kinematics", "context")


def _table(
    parts: ModelParts, rows: RowModel, sessions: Sequence[SessionDigest]
) -> NDArray[np.float64]:
    if not parts.networks:
        return rows.table(sessions)
    said = network_words(parts, sessions)
    return rows.table(as_networked(sessions, said))


def _mean_person(
    table: NDArray[np.float64], subjects: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and standard deviation over people; everybody counts once."""
    share = np.array([1 / subjects.count(one) for one in subjects])[:, np.newaxis]
    weight = np.where(np.isfinite(table), share, 0.0)
    total = weight.sum(axis=0)
    known = np.where(np.isfinite(table), table, 0.0)
    some = np.where(total > 0, total, 1.0)
    mean = (weight * known).sum(axis=0) / some
    variance = (weight * (known - mean) ** 2).sum(axis=0) / some
    nobody = total == 0
    return np.where(nobody, np.nan, mean), np.where(nobody, np.nan, np.sqrt(variance))
