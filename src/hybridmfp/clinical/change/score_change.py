"""Whether two scores differ by noise, really, or by an amount that matters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

from hybridmfp.clinical.change.same_measure import check_same_measure
from hybridmfp.clinical.change.thresholds import Thresholds, thresholds
from hybridmfp.clinical.change.visit_noise import check_repeat_sd, detectable_change
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.sourced import Source
from hybridmfp.clinical.strata import noise_sd
from hybridmfp.errors import ClinicalError

__all__ = ["Change", "ChangeKind", "Direction", "classify_change"]

ChangeKind = Literal["noise", "real", "important"]
"""Below the detectable change, above it, or above the clinically important one as well."""

Direction = Literal["better", "worse", "none"]
"""Where a change leads; ``none`` while it is noise."""

_ROUNDING = 1e-9  # points; 30.0 + 6.82 - 30.0 is less than 6.82 in floating point


@dataclass(frozen=True)
class Change:
    """Hold what a change between two visits is.

    Attributes
    ----------
    before, after : str
        Sessions.
    points : float
        After minus before.
    mdc : float
        Change that noise alone stays below in 95 of 100 pairs, in points.
    mdc_source : Source
    limits : Thresholds
        Of the day of the earlier visit.
    kind : {"noise", "real", "important"}
    direction : {"better", "worse", "none"}
        ``none`` for noise, whatever the sign of `points`.
    probability_better : float
        That the true score rose, if nothing was expected beforehand.
    """

    before: str
    after: str
    points: float
    mdc: float
    mdc_source: Source
    limits: Thresholds
    kind: ChangeKind
    direction: Direction
    probability_better: float

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        limits = self.limits
        return {
            "from": self.before,
            "to": self.after,
            "points": self.points,
            "mdc": self.mdc,
            "mdc_source": self.mdc_source.as_json(),
            "mcid": limits.mcid.points,
            "mcid_source": limits.mcid.source.as_json(),
            "important_from": max(self.mdc, limits.mcid.points),
            "anchors": [
                one.as_json() | {"reached": _reaches(self.points, max(self.mdc, one.points))}
                for one in limits.anchors
            ],
            "phase": limits.phase.name,
            "phase_source": limits.phase.source.as_json(),
            "kind": self.kind,
            "direction": self.direction,
            "probability_better": self.probability_better,
            "refused": None,
        }


def classify_change(before: Visit, after: Visit, *, repeat_sd: float | None = None) -> Change:
    """Say whether two scores differ by noise, really, or by an amount that matters.

    ``noise`` is less than the minimal detectable change (MDC), ``important`` at least both the
    MDC and the minimal clinically important difference (MCID) of the phase, ``real`` between. The
    MDC is never less than that of human ratings. One pair in 20 without any true change exceeds
    it, so in series of many visits the trend and its alarms decide, not single pairs.

    Parameters
    ----------
    before, after : Visit
        Two ratings, or two estimates of one model.
    repeat_sd : float or None
        Standard deviation of repeated estimates (or of this rater's ratings) in persons who do
        not change, shift between sessions included, in points; MDC = 1.96 * sqrt(2) * repeat_sd
        where that is more than the human one. Without it, that of estimates is taken from the
        wider interval of the two: it also holds what a model keeps wrong in a person from visit
        to visit, so the MDC is rather too large.

    Returns
    -------
    Change

    Raises
    ------
    ClinicalError
        ``poor_quality`` or ``too_uncertain`` for red or refused visits; ``contradictory_inputs``
        for a rating with an estimate, two models, or two visits of one day that differ by the MDC
        or more; ``contradictory_sides``;
        ``dates_out_of_order``; ``missing_input`` for estimates without the hash of their model;
        ``impossible_value`` for a `repeat_sd` that is not above 0.

    References
    ----------
    MDC: *Neurorehabil Neural Repair* 2023;37(8):545-553. doi:10.1177/15459683231186985

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> change = classify_change(Visit("S1", 60, "rated", 30), Visit("S2", 90, "rated", 38))
    >>> change.kind, change.direction, round(change.probability_better, 2)
    ('real', 'better', 0.99)
    """
    check_same_measure((before, after))
    check_repeat_sd(repeat_sd)
    if before.score is None or after.score is None:  # refused above
        raise ClinicalError("both visits must have a score.", refusal="too_uncertain")
    points = after.score - before.score
    limits = thresholds(before.days_post_stroke)
    noise, source = _noise(before, after, limits, repeat_sd)
    mdc = max(limits.mdc, detectable_change(noise))
    kind = _kind(points, mdc=mdc, mcid=limits.mcid.points)
    if kind != "noise" and after.days_post_stroke == before.days_post_stroke:
        raise ClinicalError(
            f"{before.session} and {after.session} are of one day and must differ by less "
            f"than the {mdc:.2f} points that noise explains; got {points:+g}. Correct the score "
            "or the day that is wrong.",
            refusal="contradictory_inputs",
        )
    return Change(
        before=before.session,
        after=after.session,
        points=points,
        mdc=mdc,
        mdc_source=source,
        limits=limits,
        kind=kind,
        direction=_direction(points, kind),
        probability_better=NormalDist().cdf(points / (math.sqrt(2) * noise)),
    )


def _noise(
    before: Visit, after: Visit, limits: Thresholds, repeat_sd: float | None
) -> tuple[float, Source]:
    """Give the noise of one visit, in points, and the source of the MDC it makes."""
    if repeat_sd is not None:
        told = f"1.96 * sqrt(2) * {repeat_sd:g} points, the repeat SD that was given"
        noise, source = repeat_sd, Source(told, "unverified")
    elif after.source == "estimated":
        noise = max(noise_sd(before), noise_sd(after))
        told = f"1.96 * sqrt(2) * {noise:.2f} points, from the wider interval of the two estimates"
        source = Source(told, "assumption")
    else:
        noise, source = limits.sem, limits.mdc_source
    if noise <= limits.sem:
        return limits.sem, limits.mdc_source
    return noise, source


def _reaches(points: float, threshold: float) -> bool:
    return abs(points) >= threshold - _ROUNDING


def _kind(points: float, *, mdc: float, mcid: float) -> ChangeKind:
    if not _reaches(points, mdc):
        return "noise"
    return "important" if _reaches(points, max(mdc, mcid)) else "real"


def _direction(points: float, kind: ChangeKind) -> Direction:
    if kind == "noise":
        return "none"
    return "better" if points > 0 else "worse"
