"""A fitted model taken apart: networks that read signals, and a stack that reads rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.hybrid_regressor import HybridRegressor
from hybridmfp.models.hybrid_rows import HybridRows
from hybridmfp.models.session_rows import SessionRows

__all__ = ["ModelParts", "network_words", "with_alignment"]


@dataclass(frozen=True, eq=False)
class ModelParts:
    """Hold the parts of a fitted model.

    Attributes
    ----------
    networks : tuple
        `FusionRegressor`; the estimate and embedding of a person is their mean.
    turns : tuple of array of float, shape (width, width)
        What turns each network's embedding onto common axes.
    stack : ElasticNetEnsemble or None
        None where a network stands alone.
    """

    networks: tuple[Any, ...]
    turns: tuple[NDArray[np.float64], ...]
    stack: ElasticNetEnsemble | None

    @property
    def bounds(self) -> tuple[float, float]:
        """Bounds of the scale, to which estimates are clipped."""
        if self.stack is None:
            return self.networks[0].scale.minimum, self.networks[0].scale.maximum
        low, high = self.stack.minimum, self.stack.maximum
        return -np.inf if low is None else low, np.inf if high is None else high

    @classmethod
    def of(cls, model: Any) -> Self:
        """Take a model apart.

        Raises
        ------
        SettingsError
            If it is not of a kind that can be explained.
        """
        if isinstance(model, HybridRegressor):
            return cls(tuple(model.networks_), tuple(model.turns_), model.stack_)
        if isinstance(model, ElasticNetEnsemble):
            return cls((), (), model)
        if hasattr(model, "network_"):  # a FusionRegressor; to know its name is to import torch
            return cls((model,), (), None)
        raise SettingsError(
            "a model to explain must be a HybridRegressor, an ElasticNetEnsemble or a "
            f"FusionRegressor; got {type(model).__name__}. Fit the model 'hybrid', 'ensemble' or "
            "'fusion'."
        )


def network_words(parts: ModelParts, sessions: Sequence[SessionDigest]) -> NDArray[np.float64]:
    """Give estimate and embedding of sessions, the mean over the networks of a hybrid.

    Returns
    -------
    array of float, shape (n_sessions, 1 + width)
    """
    words = [
        np.column_stack([network.predict(sessions), network.embed(sessions) @ turn])
        for network, turn in zip(parts.networks, parts.turns, strict=True)
    ]
    return np.asarray(np.mean(words, axis=0), dtype=np.float64)


def with_alignment(parts: ModelParts, sessions: Sequence[SessionDigest]) -> list[SessionDigest]:
    """Give sessions with the features of the alignment, where the stack's rows measure them."""
    if parts.stack is None:
        return list(sessions)
    rows = parts.stack.front_.prepare
    rows = rows.rows_ if isinstance(rows, HybridRows) else rows
    return rows.with_alignment(sessions) if isinstance(rows, SessionRows) else list(sessions)
