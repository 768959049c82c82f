"""What the models of all folds chose, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hybridmfp.models import ElasticNetEnsemble

__all__ = ["Look", "look_inside", "selection_table"]


@dataclass(frozen=True)
class Look:
    """Hold what one fold's ensemble chose.

    Attributes
    ----------
    coefficients : dict of str to float
        Elastic-net coefficient of each feature, in points per standard deviation.
    weights : dict of str to float
        Share of each kind of regressor.
    fallback : str or None
        What was predicted instead, where no feature was kept.
    converged : bool
        Whether the elastic net converged.
    """

    coefficients: dict[str, float]
    weights: dict[str, float]
    fallback: str | None
    converged: bool


def look_inside(model: Any) -> Look | None:
    """Note what a fitted model chose; None if it is not the ensemble."""
    if not isinstance(model, ElasticNetEnsemble):
        return None
    names = [str(name) for name in model.feature_names_]
    return Look(
        coefficients=dict(zip(names, model.coefficients_.tolist(), strict=True)),
        weights=model.weights_,
        fallback=model.fallback_,
        converged=model.converged_,
    )


def selection_table(looks: Sequence[Look]) -> pd.DataFrame:
    """Say how often each feature was selected.

    Parameters
    ----------
    looks : sequence of Look
        One per fold.

    Returns
    -------
    DataFrame
        Columns ``feature``, ``share`` (of the folds), ``coefficient`` (mean over the folds that
        selected it, points per standard deviation), ``same_sign`` (share of those folds with
        the commoner sign); most often selected first.
    """
    names = list(dict.fromkeys(name for look in looks for name in look.coefficients))
    table = np.array([[look.coefficients.get(name, 0.0) for name in names] for look in looks])
    selected = table != 0
    times = selected.sum(axis=0)
    chosen = np.maximum(times, 1)
    positive = (table > 0).sum(axis=0)
    frame = pd.DataFrame(
        {
            "feature": names,
            "share": times / len(looks),
            "coefficient": table.sum(axis=0) / chosen,
            "same_sign": np.maximum(positive, times - positive) / chosen,
        }
    )
    frame["size"] = frame["coefficient"].abs()
    ordered = frame.sort_values(["share", "size", "feature"], ascending=[False, False, True])
    return ordered.drop(columns="size").reset_index(drop=True)
