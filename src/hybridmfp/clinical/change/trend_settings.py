"""The choices behind trends and alarms, read from a data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hybridmfp.clinical.sourced import Source, read_facts, source_of

__all__ = ["TrendSettings", "trend_settings"]


@dataclass(frozen=True)
class TrendSettings:
    """Hold the choices behind trends and alarms; ``trend.yaml`` explains each.

    Attributes
    ----------
    source : Source
        Of all of them.
    priors, noise, control, deterioration, plateau : mapping
    band_level : float
        Level of the bands and of the interval of the slope.
    fewest_visits : int
        Fewer have no trend.
    """

    source: Source
    priors: Mapping[str, Any]
    noise: Mapping[str, float]
    control: Mapping[str, float]
    deterioration: Mapping[str, Any]
    plateau: Mapping[str, Any]
    band_level: float
    fewest_visits: int


@cache
def trend_settings() -> TrendSettings:
    """Read the choices, once."""
    facts = dict(read_facts("hybridmfp.clinical.change", "trend.yaml"))
    source = source_of(facts)
    del facts["citation"], facts["source_status"]
    return TrendSettings(source=source, **facts)
