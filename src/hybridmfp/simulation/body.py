"""The body of a virtual person: size, strength, tissue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Body", "Sex"]

Sex = Literal["female", "male"]


@dataclass(frozen=True)
class Body:
    """Hold the size, strength and tissue of a person.

    Attributes
    ----------
    sex : {"female", "male"}
    age_years : float
    stature_m : float
        Body height.
    mass_kg : float
        Body mass.
    strength : float
        Muscle strength before the stroke, relative to a young man of average strength.
    fat_mm : float
        Tissue between electrode and muscle.
    """

    sex: Sex
    age_years: float
    stature_m: float
    mass_kg: float
    strength: float
    fat_mm: float
