"""Ratings and cohorts for the tests of this folder; nobody in them is real."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.rating import Keyform, fit_keyform, voluntary_items
from hybridmfp.clinical.rating.keyform import CalibratedItem
from hybridmfp.clinical.rating.rasch_steps import level_chances
from hybridmfp.signals import SCALES

FMA_UE = SCALES["fma-ue"]
LOWEST = {item.identifier: item.levels[0] for item in FMA_UE.items}
HIGHEST = {item.identifier: item.levels[-1] for item in FMA_UE.items}

Array = NDArray[np.float64]


def answers(theta: Array, thresholds: Array, rng: np.random.Generator) -> Array:
    """Steps that persons take by the partial-credit model, drawn one by one."""
    below = np.cumsum(level_chances(theta, thresholds), axis=-1)[..., :-1]
    luck = rng.random((*below.shape[:2], 1))
    return np.sum(luck > below, axis=-1).astype(np.float64)


def ladder(n_items: int, *, reach: float = 3.0, half_distance: float = 0.8) -> Array:
    """Thresholds of items that are evenly spread, shape (n_items, 2)."""
    places = np.linspace(-reach, reach, n_items)[:, np.newaxis]
    return places + np.array([-half_distance, half_distance])


def made_up_keyform() -> Keyform:
    """A keyform of evenly spread items, in the order of the scale."""
    names = voluntary_items()
    return Keyform(
        items={
            name: CalibratedItem(tuple(map(float, steps)), (0.2, 0.2), 1.0, 1.0)
            for name, steps in zip(names, ladder(len(names)), strict=True)
        },
        cohort="made up",
        n_fitted=100,
        mean=0.0,
        sd=2.0,
        reliability=0.9,
        synthetic=True,
    )


@cache
def cohort_rows(n_persons: int = 150, seed: int = 6010) -> tuple[dict[str, float], ...]:
    """Persons rated on the 33 items; A5 has points only where A4 is full."""
    rng = np.random.default_rng(seed)
    names = voluntary_items()
    theta = rng.normal(0, 2.0, n_persons)
    points = answers(theta, ladder(len(names)), rng)
    rows = []
    for at, row in enumerate(points):
        rated = dict(zip(names, map(float, row), strict=True))
        full = all(rated[name] == 2 for name in ("A4a", "A4b", "A4c"))
        reflexes = {"A1a": 2.0, "A1b": 2.0, "A5": 1.0 if full else 0.0}
        rows.append({"subject": f"P{at:03d}", **rated, **reflexes})
    return tuple(rows)


@cache
def fitted_keyform() -> Keyform:
    return fit_keyform(cohort_rows(), cohort="made up", synthetic=True)
