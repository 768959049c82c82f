"""What a recovery mixture says about one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis.mixture_parameters import MixtureParameters
from hybridmfp.errors import ClinicalError

__all__ = ["FAN_LEVELS", "GroupProbability", "MixturePosterior"]

Array = NDArray[np.float64]

FAN_LEVELS = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
"""Quantiles of a fan by name."""

_HALVINGS = 28  # of 68 points: exact to a millionth
_NEGLIGIBLE = 1e-10


@dataclass(frozen=True)
class GroupProbability:
    """Hold how probable a recovery group is.

    Attributes
    ----------
    name : str
        Number of the group, from 1, or of the groups reported together, such as ``"2+3"``.
    label : str
        ``poor``, ``moderate`` or ``good``.
    probability : float
    """

    name: str
    label: str
    probability: float

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"name": self.name, "label": self.label, "probability": self.probability}


@dataclass(frozen=True, eq=False)
class MixturePosterior:
    """Hold every way to recover that the scores leave, each with its probability.

    Attributes
    ----------
    number : array of int, shape (n,)
        Group, from 0.
    initial : array of float, shape (n,)
        Score at the stroke, in points.
    weight : array of float, shape (n,)
        Probability; sums to 1.
    model : MixtureParameters
    n_observations : int
        How many scores it has learned from.
    """

    number: NDArray[np.intp]
    initial: Array
    weight: Array
    model: MixtureParameters
    n_observations: int

    @property
    def groups(self) -> tuple[GroupProbability, ...]:
        """Each group's probability."""
        shares = np.bincount(self.number, self.weight, minlength=len(self.model.groups))
        return tuple(
            GroupProbability(str(group.number), label, float(share))
            for group, label, share in zip(
                self.model.groups, self.model.labels, shares, strict=True
            )
        )

    @property
    def merged_groups(self) -> tuple[GroupProbability, ...]:
        """Groups of one label together, as the authors report them: 1, 2+3, 4+5."""
        each = self.groups
        return tuple(
            GroupProbability(
                "+".join(one.name for one in each if one.label == label),
                label,
                sum(one.probability for one in each if one.label == label),
            )
            for label in dict.fromkeys(one.label for one in each)
        )

    def cdf(self, weeks: ArrayLike, points: ArrayLike) -> Array:
        """Give how probable it is that a rating will be at most so many points.

        Parameters
        ----------
        weeks : array of float, shape (n_weeks,)
            Since the stroke; before, between or after the scores.
        points : array of float, shape (n_points,)
            FMA-UE.

        Returns
        -------
        array of float, shape (n_weeks, n_points)
        """
        at = np.asarray(points, dtype=np.float64)
        below = self._unclipped_cdf(_check_weeks(weeks), at[np.newaxis, :])
        reached: Array = np.where(
            at < FMA_UE.minimum, 0.0, np.where(at >= FMA_UE.maximum, 1.0, below)
        )
        return reached

    def quantiles(self, weeks: ArrayLike, levels: ArrayLike) -> Array:
        """Give quantiles of what a rating will be.

        Parameters
        ----------
        weeks : array of float, shape (n_weeks,)
            Since the stroke; before, between or after the scores.
        levels : array of float, shape (n_levels,)
            Between 0 and 1.

        Returns
        -------
        array of float, shape (n_weeks, n_levels)
            In points, 0 to 66.

        Raises
        ------
        ClinicalError
            ``impossible_value`` for weeks before the stroke or levels outside 0 to 1.
        """
        asked = np.asarray(levels, dtype=np.float64)
        if not ((asked > 0) & (asked < 1)).all():
            raise ClinicalError(
                f"levels must lie between 0 and 1; got {asked.tolist()}.",
                refusal="impossible_value",
            )
        when = _check_weeks(weeks)
        shape = (len(when), len(asked))
        low, high = np.full(shape, FMA_UE.minimum - 1.0), np.full(shape, FMA_UE.maximum + 1.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reached = self._unclipped_cdf(when, middle) >= asked
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        found: Array = np.clip((low + high) / 2, FMA_UE.minimum, FMA_UE.maximum)
        return found

    def mean_scores(self, weeks: ArrayLike) -> Array:
        """Give the mean course, kept on the scale, for some weeks since the stroke; in points."""
        means = self.model.means(self.number, self.initial, _check_weeks(weeks)) @ self.weight
        kept: Array = np.clip(means, FMA_UE.minimum, FMA_UE.maximum)
        return kept

    def fan(self, weeks: Sequence[float] | Array) -> tuple[dict[str, float], ...]:
        """Give the quantiles of `FAN_LEVELS` for each week, JSON-ready."""
        rows = self.quantiles(weeks, list(FAN_LEVELS.values()))
        return tuple(
            {"week": float(week), **dict(zip(FAN_LEVELS, map(float, row), strict=True))}
            for week, row in zip(weeks, rows, strict=True)
        )

    def as_json(self, weeks: Sequence[float]) -> dict[str, Any]:
        """Give groups and the fan of some weeks, JSON-ready."""
        return {
            "n_observations": self.n_observations,
            "fan": list(self.fan(weeks)),
            "groups": [one.as_json() for one in self.groups],
            "merged_groups": [one.as_json() for one in self.merged_groups],
            "model": self.model.title,
            "source": self.model.source.as_json(),
        }

    def _unclipped_cdf(self, weeks: Array, points: Array) -> Array:
        """Give P(y <= points) before clipping; points have shape (n_weeks or 1, n_points)."""
        kept = self.weight > _NEGLIGIBLE
        means = self.model.means(self.number[kept], self.initial[kept], weeks)
        weight = self.weight[kept]
        rows = np.broadcast_to(points, (len(weeks), points.shape[1]))
        reached = [
            ndtr((row[:, np.newaxis] - mean) / self.model.residual_sd) @ weight
            for row, mean in zip(rows, means, strict=True)
        ]
        below: Array = np.array(reached).reshape(rows.shape) / weight.sum()
        return np.minimum(below, 1.0)


def _check_weeks(weeks: ArrayLike) -> Array:
    when = np.asarray(weeks, dtype=np.float64)
    if when.ndim != 1 or not (np.isfinite(when) & (when >= 0)).all():
        raise ClinicalError(
            "weeks must be a row of numbers of 0 or more, because time counts from the stroke; "
            f"got {when.tolist()}.",
            refusal="impossible_value",
        )
    return when
