"""The parameters of a recovery mixture, and the mean scores they lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.clinical.prognosis.recovery_curve import mean_scores
from hybridmfp.clinical.sourced import Source
from hybridmfp.simulation.recovery import RecoveryGroup

__all__ = ["MixtureParameters"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MixtureParameters:
    """Hold the parameters of a recovery mixture.

    In group g, a score t weeks after the stroke is ``clip(y, 0, 66)`` with y normal about
    ``a + r_g (66 − a) (1 − exp(−t / tau_g))``; the logit of a / 66 is normal.

    Attributes
    ----------
    groups : tuple of RecoveryGroup
        Shares are relative; they need not sum to 1.
    residual_sd : float
        SD of a rated score about its mean, in points.
    title : str
        What the model is.
    source : Source
        Where its numbers come from.
    n_subjects : int
        Persons behind the numbers.
    labels : tuple of str
        Of each group; neighbours of one label are reported together.
    """

    groups: tuple[RecoveryGroup, ...]
    residual_sd: float
    title: str
    source: Source
    n_subjects: int
    labels: tuple[str, ...]

    def means(self, number: NDArray[np.intp], initial: Array, weeks: ArrayLike) -> Array:
        """Give mean scores, before clipping, of persons of known group and initial score.

        Parameters
        ----------
        number : array of int, shape (n,)
            Group, from 0.
        initial : array of float, shape (n,)
            Score at the stroke, in points.
        weeks : array of float, shape (n_weeks,)
            Since the stroke.

        Returns
        -------
        array of float, shape (n_weeks, n)
            In points.
        """
        r, tau = (
            np.array([getattr(one, name) for one in self.groups])[number]
            for name in ("r", "tau_weeks")
        )
        return mean_scores(initial, r, tau, np.asarray(weeks, dtype=np.float64))
