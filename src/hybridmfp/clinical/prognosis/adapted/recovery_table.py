"""The table of a cohort from which a recovery model learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NEEDED", "check_known", "check_outcomes"]

Array = NDArray[np.float64]

NEEDED = ("baseline", "days_post_stroke", "weeks_ahead")
"""Columns that every row must have: FMA-UE now, days since the stroke now, how far to look."""

_BOUNDS = {
    "baseline": (FMA_UE.minimum, FMA_UE.maximum),
    "days_post_stroke": (0.0, np.inf),
    "weeks_ahead": (0.0, np.inf),
    "age_years": (0.0, 130.0),
}


def check_known(table: pd.DataFrame, *, expected: tuple[str, ...] | None = None) -> None:
    """Refuse a table of what is known at baseline that cannot be true.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per person and horizon, with `NEEDED` and any further numeric columns; these may
        have gaps.
    expected : tuple of str, optional
        Columns that a model was fitted with.

    Raises
    ------
    ClinicalError
        ``missing_input`` for a missing column or a gap in a needed one; ``impossible_value``.
    """
    wanted = expected or NEEDED
    lacking = [name for name in wanted if name not in table.columns]
    if lacking:
        raise ClinicalError(
            f"a recovery table must have the columns {', '.join(wanted)}; {', '.join(lacking)} "
            "missing. Leave a cell empty where a value was not examined.",
            refusal="missing_input",
        )
    for name in table.columns:
        values = _numbers(table, str(name))
        known = values[~np.isnan(values)]
        if name in NEEDED and len(known) < len(values):
            raise ClinicalError(
                f"{name} must be known in every row of a recovery table; got a gap. "
                "Leave that row out.",
                refusal="missing_input",
            )
        low, high = _BOUNDS.get(str(name), (-np.inf, np.inf))
        wrong = known[(known < low) | (known > high) | ~np.isfinite(known)]
        if len(wrong):
            raise ClinicalError(
                f"{name} must be finite, from {low:g} to {high:g}; got {wrong[0]:g}. Correct it.",
                refusal="impossible_value",
            )


def check_outcomes(outcome: Array, subject: NDArray[np.generic], *, n_rows: int) -> None:
    """Refuse outcomes that cannot be true, or do not belong to the rows.

    Raises
    ------
    ClinicalError
        ``missing_input`` or ``impossible_value``.
    """
    if not len(outcome) == len(subject) == n_rows:
        raise ClinicalError(
            f"outcome and subject must have one value per row; got {len(outcome)} and "
            f"{len(subject)} for {n_rows} rows.",
            refusal="missing_input",
        )
    fine = (outcome >= FMA_UE.minimum) & (outcome <= FMA_UE.maximum)
    if not fine.all():
        raise ClinicalError(
            f"outcome must be FMA-UE from 0 to 66 points; got {outcome[~fine][0]:g}. "
            "Leave rows without a known outcome out.",
            refusal="impossible_value",
        )


def _numbers(table: pd.DataFrame, name: str) -> Array:
    try:
        return table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ClinicalError(
            f"{name} must hold numbers; got {table[name].iloc[0]!r} and others. "
            "Turn categories into columns of 0 and 1.",
            refusal="impossible_value",
        ) from error
