"""What expected points of items promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.pipelines.item_estimates import item_estimates
from hybridmfp.signals import SCALES, Scale

SCALE = SCALES["fma-ue"]


class Rating:
    """Gives every item the same points, or has no network to ask."""

    def __init__(self, points: float | None) -> None:
        self.points = points

    def predict_items(self, X: Any) -> Any:
        if self.points is None:
            raise EvaluationError("networks must have been trained to be asked.")
        return np.full((len(X), len(SCALE.items)), self.points)


@pytest.mark.parametrize(("points", "shown"), [(1.25, 1.25), (-0.5, 0), (7.0, 2)])
def test_items_are_on_their_levels_and_reflexes_are_not_estimated(
    points: float, shown: float
) -> None:
    items = item_estimates(Rating(points), object(), SCALE)  # type: ignore[arg-type]

    assert items is not None
    assert list(items) == [item.identifier for item in SCALE.items]
    reflexes = {item.identifier for item in SCALE.items if "reflex" in item.title}
    assert {name for name, one in items.items() if one is None} == reflexes
    assert len(reflexes) == 3
    assert {one for one in items.values() if one is not None} == {shown}


def test_without_items_none_are_made_up() -> None:
    bare = Scale(name="mine", minimum=0, maximum=10)

    assert item_estimates(Rating(1.0), object(), bare) is None  # type: ignore[arg-type]
    assert item_estimates(Rating(None), object(), SCALE) is None  # type: ignore[arg-type]
    assert item_estimates(object(), object(), SCALE) is None  # type: ignore[arg-type]
