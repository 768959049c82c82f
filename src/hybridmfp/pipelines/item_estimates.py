"""Expected points of single items, where they can be seen at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridmfp.errors import EvaluationError
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.signals import Item, Scale, observability_of

__all__ = ["is_observable", "item_estimates"]


def is_observable(
    item: Item, scale: Scale, session: SessionDigest, *, modality: str | None = None
) -> bool:
    """Tell whether an item leaves traces in what was recorded in a session.

    Parameters
    ----------
    item : Item
    scale : Scale
        The scale it is an item of.
    session : SessionDigest
        Its signals say what was recorded; one without them shows nothing.
    modality : {"emg", "kinematics"} or None, default None
        The only modality that is looked at; None looks at both.
    """
    bag = session.bag
    if bag is None:
        return False
    muscles = [
        muscle
        for muscle, rows in zip(bag.muscles, bag.emg.swapaxes(0, 1), strict=True)
        if modality != "kinematics" and np.isfinite(rows).any()
    ]
    moves = modality != "emg" and bool(np.isfinite(bag.kinematics).any())
    return observability_of(item, scale).shows(muscles=muscles, kinematics=moves)


def item_estimates(
    estimator: Any, session: SessionDigest, scale: Scale
) -> dict[str, float | None] | None:
    """Give the expected points of each item of the scale.

    They are the networks' own and need not sum to the estimate of a stack.

    Parameters
    ----------
    estimator : fitted regressor
        Its ``modality``, if it has one, is the only one it looks at.
    session : SessionDigest
    scale : Scale

    Returns
    -------
    dict of str to float or None, or None
        By identifier; None for an item that nothing can show that was recorded and looked at:
        reflexes never, wrist and hand in the EMG of their muscles alone. None if the model rates
        no items.
    """
    if not scale.items or not hasattr(estimator, "predict_items"):
        return None
    try:
        (points,) = estimator.predict_items(as_rows([session]))
    except EvaluationError:  # no network, or no items were rated in training: it says so itself
        return None
    modality = getattr(estimator, "modality", None)
    return {
        item.identifier: float(np.clip(one, item.levels[0], item.levels[-1]))
        if is_observable(item, scale, session, modality=modality)
        else None
        for item, one in zip(scale.items, points, strict=True)
    }
