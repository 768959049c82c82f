"""The scores of one person that a prognosis may learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

__all__ = ["Readings", "check_readings"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Readings:
    """Hold scores in time.

    Attributes
    ----------
    weeks : array of float, shape (n,)
        Since the stroke.
    scores : array of float, shape (n,)
        FMA-UE, in points.
    sd : array of float, shape (n,)
        SD about a rating, in points; 0 for ratings.
    """

    weeks: Array
    scores: Array
    sd: Array


def check_readings(days: ArrayLike, scores: ArrayLike, sd: ArrayLike | None) -> Readings:
    """Take days, scores and SDs together, if they can be true.

    Raises
    ------
    ClinicalError
        ``missing_input`` if they are not as many as each other; ``impossible_value``.
    """
    days_of, scores_of = _row("days", days), _row("scores", scores)
    sd_of = np.zeros(len(scores_of)) if sd is None else _row("sd", sd)
    if not len(days_of) == len(scores_of) == len(sd_of):
        raise ClinicalError(
            "days, scores and sd must have one value per score; got "
            f"{len(days_of)}, {len(scores_of)} and {len(sd_of)}.",
            refusal="missing_input",
        )
    _check_all("days since the stroke", days_of, 0, np.inf)
    _check_all("FMA-UE scores", scores_of, FMA_UE.minimum, FMA_UE.maximum)
    _check_all("SDs of scores", sd_of, 0, np.inf)
    return Readings(days_of / 7, scores_of, sd_of)


def _row(name: str, values: ArrayLike) -> Array:
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1:
        raise ClinicalError(
            f"{name} must be one row of numbers; got shape {row.shape}. "
            "Pass a list, also for a single score.",
            refusal="impossible_value",
        )
    return row


def _check_all(what: str, values: Array, lowest: float, highest: float) -> None:
    fine = np.isfinite(values) & (values >= lowest) & (values <= highest)
    if not fine.all():
        bound = f"from {lowest:g} on" if np.isinf(highest) else f"from {lowest:g} to {highest:g}"
        raise ClinicalError(
            f"{what} must be finite and {bound}; got {values[~fine][0]:g}. "
            "Correct it, or leave that score out.",
            refusal="impossible_value",
        )
