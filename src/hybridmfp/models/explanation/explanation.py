"""What an explanation holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.definition import FeatureDefinition

__all__ = ["Biomarker", "Driver", "Explanation", "SignalMap"]


@dataclass(frozen=True)
class Driver:
    """Name one thing that moved an estimate.

    Attributes
    ----------
    name : str
        A muscle, joint, landmark or biomarker.
    kind : {"muscle", "joint", "biomarker"}
    phase : {"early", "middle", "late"} or None
        Third of the movement; None for a biomarker.
    points : float
        How far it moves the estimate from that of an average patient.
    share : float
        Of the sum of the absolute points of all drivers, from 0 to 1.
    """

    name: str
    kind: Literal["muscle", "joint", "biomarker"]
    phase: str | None
    points: float
    share: float

    @property
    def direction(self) -> Literal["raises", "lowers"]:
        """Whether it moves the estimate up or down."""
        return "raises" if self.points > 0 else "lowers"


@dataclass(frozen=True, eq=False)
class SignalMap:
    """Hold what networks made of the signals, by row and phase.

    Attributes
    ----------
    rows : tuple of str
        Muscles, joints and landmarks.
    kinds : tuple of {"muscle", "joint"}
    phases : tuple of str
    points : array of float, shape (n_rows, n_phases)
        0 where nothing was recorded.
    """

    rows: tuple[str, ...]
    kinds: tuple[Literal["muscle", "joint"], ...]
    phases: tuple[str, ...]
    points: NDArray[np.float64]


@dataclass(frozen=True)
class Biomarker:
    """Hold a named number of a session, what is usual, and what it moved.

    Attributes
    ----------
    name : str
    definition : FeatureDefinition
    value : float
        In the unit of the definition; NaN where it was not measured.
    healthy, cohort : (float, float) or None
        What is usual in the same tasks, in healthy people and in the patients of the training
        cohort; None where too few people were measured.
    points : float
        How far it moves the estimate from that of an average patient; 0 where the model does not
        look at it.
    """

    name: str
    definition: FeatureDefinition
    value: float
    healthy: tuple[float, float] | None
    cohort: tuple[float, float] | None
    points: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """Say what drove an estimate.

    ``base + all points of the map + all points of the biomarkers + unassigned = estimate``.

    Attributes
    ----------
    estimate : float
        Of the model, in points of the scale.
    base : float
        What the model says of an average patient who did the same tasks and lacks the same
        channels.
    drivers : tuple of Driver
        Cells of the map and biomarkers together, the most important first.
    signal_map : SignalMap or None
        None for a model without networks.
    biomarkers : tuple of Biomarker
        All that were measured or moved something, the most important first.
    unassigned : float
        Points that belong to nobody: error of integration, steps of the stack that no signal
        can be held responsible for, and clipping to the scale.
    standard_error : float
        Largest standard error of a biomarker's points, from sampling.
    network_share : float
        Weight of the networks' estimate in the model, from 0 to 1.
    """

    estimate: float
    base: float
    drivers: tuple[Driver, ...]
    signal_map: SignalMap | None
    biomarkers: tuple[Biomarker, ...]
    unassigned: float
    standard_error: float
    network_share: float

    def as_json(self) -> dict[str, Any]:
        """Give ``drivers``, ``signal_map`` and ``biomarkers`` as an assessment file holds them."""
        grid = self.signal_map
        return {
            "drivers": [_driver(one) for one in self.drivers],
            "signal_map": None
            if grid is None
            else {
                "rows": list(grid.rows),
                "kinds": list(grid.kinds),
                "phases": list(grid.phases),
                "points": grid.points.tolist(),
            },
            "biomarkers": [_biomarker(one) for one in self.biomarkers],
        }


def _driver(one: Driver) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "phase": one.phase,
        "direction": one.direction,
        "points": one.points,
        "share": one.share,
    }


def _biomarker(one: Biomarker) -> dict[str, Any]:
    return {
        "name": one.name,
        "definition": one.definition.definition,
        "unit": one.definition.unit,
        "value": one.value if math.isfinite(one.value) else None,
        "healthy": None if one.healthy is None else list(one.healthy),
        "cohort": None if one.cohort is None else list(one.cohort),
        "points": one.points,
    }
