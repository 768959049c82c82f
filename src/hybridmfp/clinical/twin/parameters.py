"""What a twin infers about a person: names, units and meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hybridmfp.simulation.fma_response import DOMAINS
from hybridmfp.simulation.impairment import Drive, Impairment
from hybridmfp.simulation.impairment_links import CAUSES

__all__ = [
    "DRIVES",
    "HABITS",
    "IMPAIRMENT_NAMES",
    "LEVELS",
    "PARAMETERS",
    "TwinParameter",
    "impairment_from_row",
    "impairment_row",
]

Array = NDArray[np.float64]

LEVELS = tuple(CAUSES)
"""Parameters of an impairment that follow abilities, between 0 and 1; drives come first."""

DRIVES = LEVELS[:11]
"""Ceilings of voluntary drive, see `hybridmfp.simulation.impairment.Drive`."""

HABITS = ("compensation", "proprioceptive_noise", "tremor", "own_pace", "conduction")
"""Parameters of an impairment that are mostly a person's own."""

IMPAIRMENT_NAMES = (*LEVELS, *HABITS)
"""Columns of an array of impairments."""

_HABIT_UNITS = {"own_pace": "factor", "conduction": "factor"}


@dataclass(frozen=True)
class TwinParameter:
    """Describe one parameter of the simulator.

    Attributes
    ----------
    name : str
    unit : str
    meaning : str
    """

    name: str
    unit: str
    meaning: str


def _described() -> dict[str, TwinParameter]:
    found = [TwinParameter("theta", "logit", "overall ability at the last visit")]
    found += [
        TwinParameter(f"ability.{name}", "logit", f"ability of {name} at the last visit")
        for name in DOMAINS
    ]
    for name in IMPAIRMENT_NAMES:
        if name in DRIVES:
            spoken = name.replace("_", " ")
            found.append(
                TwinParameter(f"drive.{name}", "share", f"ceiling of voluntary drive, {spoken}")
            )
        else:
            unit = "share" if name in LEVELS else _HABIT_UNITS.get(name, "1")
            found.append(TwinParameter(name, unit, name.replace("_", " ")))
    found.append(TwinParameter("drift_per_year", "logit/year", "steady change of ability"))
    return {one.name: one for one in found}


PARAMETERS: Mapping[str, TwinParameter] = MappingProxyType(_described())
"""Every parameter of a twin by name, in the order of the columns of its draws."""


def impairment_row(impairment: Impairment) -> Array:
    """Put an impairment into an array, in the order of `IMPAIRMENT_NAMES`."""
    return np.array(
        [
            getattr(impairment.drive if name in DRIVES else impairment, name)
            for name in IMPAIRMENT_NAMES
        ],
        dtype=np.float64,
    )


def impairment_from_row(row: Array, *, tremor_hz: float = 6.0) -> Impairment:
    """Make an impairment of an array in the order of `IMPAIRMENT_NAMES`.

    Parameters
    ----------
    row : array of float, shape (21,)
    tremor_hz : float, default 6
        Frequency of the tremor, which a twin does not infer.

    Examples
    --------
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> impairment_from_row(impairment_row(HEALTHY), tremor_hz=HEALTHY.tremor_hz) == HEALTHY
    True
    """
    values = dict(zip(IMPAIRMENT_NAMES, np.asarray(row, dtype=np.float64).tolist(), strict=True))
    drive = Drive(**{name: values.pop(name) for name in DRIVES})
    return Impairment(drive=drive, tremor_hz=tremor_hz, **values)
