"""Sessions that hold nothing but noise, for models that look at sessions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import has_fit_parameter

from hybridmfp.features.session import SessionDigest, as_rows

__all__ = ["OnNoise", "noise_session"]


class OnNoise(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Let a model that learns from sessions learn from a table of noise.

    Every row of the table becomes a session of noise: the row decides which noise. So the
    whole model is audited, its networks included.

    Parameters
    ----------
    model : regressor
        Learns from sessions.
    like : SessionDigest
        Whose shapes and names the sessions have.
    """

    def __init__(self, model: Any, like: SessionDigest) -> None:
        self.model = model
        self.like = like

    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learn from noise."""
        self.model_ = clone(self.model)
        told = {"groups": groups} if has_fit_parameter(self.model_, "groups") else {}
        self.model_.fit(self._sessions(X), y, **told)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Estimate from noise."""
        points: NDArray[np.float64] = self.model_.predict(self._sessions(X))
        return points

    def _sessions(self, X: ArrayLike) -> NDArray[np.object_]:
        return as_rows([noise_session(row, self.like) for row in np.asarray(X, dtype=np.float64)])


def noise_session(row: NDArray[np.float64], like: SessionDigest) -> SessionDigest:
    """Make a session of standard normal noise; the same row makes the same session.

    Parameters
    ----------
    row : array of float, shape (n_columns,)
    like : SessionDigest
        Whose shapes and names it has.
    """
    name = hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest()
    rng = np.random.default_rng(int(name[:16], 16))
    bag = like.bag

    def noise(array: NDArray[np.floating]) -> NDArray[Any]:
        return rng.standard_normal(array.shape).astype(array.dtype)

    return replace(
        like,
        subject=f"noise {name[:8]}",
        features=noise(like.features),
        session_features=noise(like.session_features),
        movement=noise(like.movement),
        envelopes=noise(like.envelopes),
        bag=None
        if bag is None
        else replace(
            bag,
            emg=noise(bag.emg),
            kinematics=noise(bag.kinematics),
            duration_s=np.exp(noise(bag.duration_s)),
        ),
    )
