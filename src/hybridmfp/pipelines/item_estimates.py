"""Expected points of single items, where they can be seen at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridmfp.errors import EvaluationError
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.signals import Scale

__all__ = ["is_observable", "item_estimates"]


def is_observable(title: str) -> bool:
    """Tell whether an item of that title leaves traces in recordings of movements.

    Reflexes are tested with a hammer: no voluntary movement shows them.
    """
    return "reflex" not in title


def item_estimates(
    estimator: Any, session: SessionDigest, scale: Scale
) -> dict[str, float | None] | None:
    """Give the expected points of each item of the scale.

    They are the networks' own and need not sum to the estimate of a stack.

    Parameters
    ----------
    estimator : fitted regressor
    session : SessionDigest
    scale : Scale

    Returns
    -------
    dict of str to float or None, or None
        By identifier; None for an item that cannot be observed. None if the model rates no items.
    """
    if not scale.items or not hasattr(estimator, "predict_items"):
        return None
    try:
        (points,) = estimator.predict_items(as_rows([session]))
    except EvaluationError:  # no network, or no items were rated in training: it says so itself
        return None
    return {
        item.identifier: float(np.clip(one, item.levels[0], item.levels[-1]))
        if is_observable(item.title)
        else None
        for item, one in zip(scale.items, points, strict=True)
    }
