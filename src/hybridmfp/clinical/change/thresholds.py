"""Phases after stroke, and from which change on a score differs, and differs noticeably."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hybridmfp.clinical.sourced import Source, read_facts, source_of
from hybridmfp.errors import ClinicalError

__all__ = ["Anchor", "Phase", "Thresholds", "thresholds"]


@dataclass(frozen=True)
class Phase:
    """Name a time after stroke.

    Attributes
    ----------
    name, label : str
    source : Source
        Of its bounds.
    """

    name: str
    label: str
    source: Source


@dataclass(frozen=True)
class Anchor:
    """Hold a change that patients or scales noticed in one study.

    Attributes
    ----------
    points : float
    anchor : str
        By what it was noticed.
    source : Source
    """

    points: float
    anchor: str
    source: Source

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {"points": self.points, "anchor": self.anchor, "source": self.source.as_json()}


@dataclass(frozen=True)
class Thresholds:
    """Hold what holds for one day after stroke.

    Attributes
    ----------
    days_post_stroke : float
    phase : Phase
    mdc : float
        Minimal detectable change of a human rating, in points.
    sem : float
        Its standard error of measurement: mdc = 1.96 * sqrt(2) * sem.
    mdc_source : Source
    mcid : Anchor
        Minimal clinically important difference: of the verified anchors of the phase the largest.
    anchors : tuple of Anchor
        All anchors of the phase, the default among them, unverified ones included.
    """

    days_post_stroke: float
    phase: Phase
    mdc: float
    sem: float
    mdc_source: Source
    mcid: Anchor
    anchors: tuple[Anchor, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "days_post_stroke": self.days_post_stroke,
            "phase": self.phase.name,
            "phase_label": self.phase.label,
            "phase_source": self.phase.source.as_json(),
            "mdc": self.mdc,
            "mdc_source": self.mdc_source.as_json(),
            "mcid": self.mcid.points,
            "mcid_source": self.mcid.source.as_json(),
            "anchors": [one.as_json() for one in self.anchors],
        }


def thresholds(days_post_stroke: float) -> Thresholds:
    """Give the thresholds for a change that begins on that day.

    Parameters
    ----------
    days_post_stroke : float
        Day of the earlier visit, 0 or more. The bound of a phase belongs to it: day 7 is acute.

    Returns
    -------
    Thresholds

    Raises
    ------
    ClinicalError
        ``impossible_value``, if the day is negative or not a number.

    Examples
    --------
    >>> early, late = thresholds(5), thresholds(400)
    >>> early.phase.name, early.mcid.points, late.phase.name, late.mcid.points
    ('acute', 13.0, 'chronic', 5.25)
    """
    if not (math.isfinite(days_post_stroke) and days_post_stroke >= 0):
        raise ClinicalError(
            f"days_post_stroke must be a number of 0 or more; got {days_post_stroke!r}. "
            "Count from the day of the stroke.",
            refusal="impossible_value",
        )
    facts = _facts()
    phase = _phase(days_post_stroke, facts["phases"])
    mdc = facts["mdc"]["entries"][facts["mdc"]["default"]]
    anchors = tuple(
        Anchor(float(entry["points"]), entry["anchor"], source_of(entry))
        for entry in facts["mcid"]["entries"].values()
        if phase.name in entry["phases"]
    )
    return Thresholds(
        days_post_stroke=float(days_post_stroke),
        phase=phase,
        mdc=float(mdc["points"]),
        sem=float(mdc["sem_points"]),
        mdc_source=source_of(mdc),
        mcid=max(
            (one for one in anchors if one.source.status == "verified"),
            key=lambda one: one.points,
        ),
        anchors=anchors,
    )


@cache
def _facts() -> Any:
    return read_facts("hybridmfp.clinical.change", "thresholds.yaml")


def _phase(day: float, facts: Mapping[str, Any]) -> Phase:
    entry = next(
        one for one in facts["list"] if one["until_day"] is None or day <= one["until_day"]
    )
    return Phase(entry["name"], entry["label"], source_of(facts))
