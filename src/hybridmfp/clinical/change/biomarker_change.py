"""How biomarkers changed, and whether towards the healthy range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybridmfp.clinical.change.same_measure import check_same_measure
from hybridmfp.clinical.change.visit_noise import check_repeat_sd, detectable_change
from hybridmfp.clinical.course import Visit
from hybridmfp.errors import ClinicalError

__all__ = ["BiomarkerChange", "BiomarkerKind", "Course", "biomarker_changes"]

BiomarkerKind = Literal["noise", "real", "unknown"]
"""``unknown`` where nobody told how repeats scatter."""

Course = Literal["towards", "away", "within", "unknown"]
"""Where a biomarker moved with respect to its healthy range."""


@dataclass(frozen=True)
class BiomarkerChange:
    """Hold how one biomarker changed.

    Attributes
    ----------
    name : str
        Feature name.
    before, after : float
        In the unit of the feature.
    healthy : tuple of float or None
    course : {"towards", "away", "within", "unknown"}
        Whether the distance to the healthy range shrank, grew, or was 0 both times; ``unknown``
        without a range, or if it is as far on the one side as it was on the other.
    repeat_sd : float or None
    kind : {"noise", "real", "unknown"}
        ``real`` from 1.96 * sqrt(2) * repeat_sd on.
    """

    name: str
    before: float
    after: float
    healthy: tuple[float, float] | None
    course: Course
    repeat_sd: float | None
    kind: BiomarkerKind

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "from": self.before,
            "to": self.after,
            "change": self.after - self.before,
            "healthy": None if self.healthy is None else list(self.healthy),
            "healthy_direction": self.course,
            "repeat_sd": self.repeat_sd,
            "kind": self.kind,
        }


def biomarker_changes(
    before: Visit, after: Visit, *, repeat_sd: Mapping[str, float] | None = None
) -> tuple[BiomarkerChange, ...]:
    """Say how each biomarker of both visits changed.

    Parameters
    ----------
    before, after : Visit
        Of one measure.
    repeat_sd : mapping of str to float, or None
        Standard deviation of repeats in unchanged persons, by feature name, in its unit.

    Returns
    -------
    tuple of BiomarkerChange
        By name. Biomarkers that only one visit has are left out: they have no change.

    Raises
    ------
    ClinicalError
        ``contradictory_inputs``, if the visits tell different healthy ranges of one biomarker;
        ``missing_input``, if they have no biomarker in common; ``impossible_value`` for one that
        is not finite or a repeat SD that is not above 0; otherwise as `classify_change`.
    """
    check_same_measure((before, after))
    shared = sorted(set(before.biomarkers) & set(after.biomarkers))
    if not shared:
        raise ClinicalError(
            f"{before.session} and {after.session} must have a biomarker in common to compare "
            "them; they have none. Take estimates from `hybridmfp assess --json`.",
            refusal="missing_input",
        )
    return tuple(_change(name, before, after, (repeat_sd or {}).get(name)) for name in shared)


def _change(name: str, before: Visit, after: Visit, repeat_sd: float | None) -> BiomarkerChange:
    check_repeat_sd(repeat_sd)
    first, second = before.biomarkers[name], after.biomarkers[name]
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ClinicalError(
            f"biomarker {name} must be finite; got {first!r} and {second!r}. Leave it out where "
            "it could not be measured.",
            refusal="impossible_value",
        )
    healthy = _healthy(name, before, after)
    return BiomarkerChange(
        name=name,
        before=first,
        after=second,
        healthy=healthy,
        course="unknown" if healthy is None else _course(first, second, healthy),
        repeat_sd=repeat_sd,
        kind=_kind(second - first, repeat_sd),
    )


def _healthy(name: str, before: Visit, after: Visit) -> tuple[float, float] | None:
    told = {one.healthy[name] for one in (before, after) if name in one.healthy}
    if len(told) > 1:
        raise ClinicalError(
            f"{before.session} and {after.session} must have one healthy range of {name}; got "
            f"{sorted(told)}. Assess both with one version.",
            refusal="contradictory_inputs",
        )
    return next(iter(told), None)


def _course(first: float, second: float, healthy: tuple[float, float]) -> Course:
    low, high = healthy
    was, now = (max(low - one, one - high, 0.0) for one in (first, second))
    if was == now:
        return "within" if now == 0 else "unknown"
    return "towards" if now < was else "away"


def _kind(change: float, repeat_sd: float | None) -> BiomarkerKind:
    if repeat_sd is None:
        return "unknown"
    return "real" if abs(change) >= detectable_change(repeat_sd) - 1e-12 else "noise"
