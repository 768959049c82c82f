"""How likely each true score is, given one visit: a normal with two widths, kept on the scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.fma_ue import FMA_UE, check_score
from hybridmfp.clinical.sourced import Source, read_facts, source_of
from hybridmfp.errors import ClinicalError

__all__ = ["PredictiveScore", "noise_sd", "rater_sem", "scored", "strata_facts"]

_LOWEST, _HIGHEST = FMA_UE.minimum, FMA_UE.maximum
_NORMAL = NormalDist()


@cache
def strata_facts() -> Any:
    """Read the data file of this package, once."""
    return read_facts("hybridmfp.clinical.strata", "strata.yaml")


def rater_sem() -> tuple[float, Source]:
    """Give the standard error of a human rating, in points, and where it comes from.

    Examples
    --------
    >>> rater_sem()[0]
    2.46
    """
    entry = strata_facts()["rater"]
    return float(entry["sem_points"]), source_of(entry)


@dataclass(frozen=True)
class PredictiveScore:
    """Say how likely each true FMA-UE score is.

    A normal distribution around `score` with one width below and one above; each side holds half
    of the mass, so that an interval that is not symmetric is met at both ends and in the middle.
    What lies beyond 0 or 66 points counts at that bound.

    Attributes
    ----------
    score : float
        The median, 0 to 66 points.
    sd_below, sd_above : float
        Standard deviations of the two sides, in points, 0 or more.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for a score off the scale or a width that is negative or not finite.

    Examples
    --------
    >>> one = PredictiveScore(30.0, 2.0, 4.0)
    >>> one.cdf(30.0), round(one.quantile(0.975) - 30, 2), round(30 - one.quantile(0.025), 2)
    (0.5, 7.84, 3.92)
    """

    score: float
    sd_below: float
    sd_above: float

    def __post_init__(self) -> None:
        check_score(self.score, whose="a predictive distribution")
        for width in (self.sd_below, self.sd_above):
            if not (math.isfinite(width) and width >= 0):
                raise ClinicalError(
                    "both widths of a predictive distribution must be finite and 0 or more; "
                    f"got {width!r}. Take them from an interval that holds the score.",
                    refusal="impossible_value",
                )

    @classmethod
    def of_visit(cls, visit: Visit) -> PredictiveScore:
        """Take the distribution of a visit.

        Parameters
        ----------
        visit : Visit
            A rating spreads by the standard error of raters; an estimate by its interval: the
            ends and the score are quantiles of the distribution. An end at 0 or 66 may have been
            cut there, so that side is taken to be at least as wide as the other.

        Raises
        ------
        ClinicalError
            ``too_uncertain``, if the estimate was refused; ``impossible_value``, if its interval
            does not hold it.
        """
        score = scored(visit)
        if visit.source == "rated":
            sem, _ = rater_sem()
            return cls(score, sem, sem)
        return cls(score, *_two_widths(visit, score))

    @property
    def mean(self) -> float:
        """Expected score, in points."""
        below = _area_below(self.score, self.score, self.sd_below)
        below -= _area_below(_LOWEST, self.score, self.sd_below)
        above = _area_below(_HIGHEST, self.score, self.sd_above)
        above -= _area_below(self.score, self.score, self.sd_above)
        return _HIGHEST - below - above

    def cdf(self, points: float) -> float:
        """Give the probability of that score or less."""
        if points >= _HIGHEST:
            return 1.0
        if points < _LOWEST:
            return 0.0
        return self._unbounded(points, at_least=True)

    def quantile(self, probability: float) -> float:
        """Give the score that is not exceeded with that probability, between 0 and 1."""
        if not 0 <= probability <= 1:
            raise ClinicalError(
                f"a probability must lie between 0 and 1; got {probability:g}.",
                refusal="impossible_value",
            )
        if probability in (0, 1):
            width = self.sd_below if probability == 0 else self.sd_above
            bound = _LOWEST if probability == 0 else _HIGHEST
            return bound if width > 0 else self.score
        width = self.sd_below if probability < 0.5 else self.sd_above
        return min(max(self.score + width * _NORMAL.inv_cdf(probability), _LOWEST), _HIGHEST)

    def probability(self, low: float, high: float) -> float:
        """Give the probability of a score from `low` to `high`, both included."""
        if low > high:
            raise ClinicalError(
                f"low must not exceed high; got {low:g} and {high:g}.", refusal="impossible_value"
            )
        return max(self.cdf(high) - self.below(low), 0.0)

    def below(self, points: float) -> float:
        """Give the probability of a score less than that."""
        if points <= _LOWEST:
            return 0.0
        if points > _HIGHEST:
            return 1.0
        return self._unbounded(points, at_least=False)

    def _unbounded(self, points: float, *, at_least: bool) -> float:
        width = self.sd_below if points < self.score else self.sd_above
        if points == self.score:
            width = self.sd_above if at_least else self.sd_below
            return 0.5 if width > 0 else float(at_least)
        if width == 0:
            return float(points > self.score)
        return _NORMAL.cdf((points - self.score) / width)


def scored(visit: Visit) -> float:
    """Give the score of a visit, or refuse because its estimate was refused.

    Raises
    ------
    ClinicalError
        ``poor_quality`` for signals judged red, ``too_uncertain`` for an estimate without score.
    """
    if visit.source == "estimated" and visit.quality == "red":
        raise ClinicalError(
            f"the signals of {visit.session} must not be judged red to say what its score means; "
            "they are. Record again; the assessment names the channels.",
            refusal="poor_quality",
        )
    if visit.score is None:
        told = "; ".join(visit.reasons) or "no reason given"
        raise ClinicalError(
            f"the estimate of {visit.session} must not be refused to say what it means; it was: "
            f"{told}. Rate the arm, or record again.",
            refusal="too_uncertain",
        )
    return visit.score


def noise_sd(visit: Visit) -> float:
    """Give the wider standard deviation of a visit's score, in points.

    For a rating the standard error of raters. For an estimate it holds all its error, that which
    persons keep from visit to visit included: more than what repeats differ by.

    Raises
    ------
    ClinicalError
        As `PredictiveScore.of_visit`.
    """
    one = PredictiveScore.of_visit(visit)
    return max(one.sd_below, one.sd_above)


def _two_widths(visit: Visit, score: float) -> tuple[float, float]:
    if visit.interval is None or visit.level is None:  # a visit sees to that
        raise ClinicalError(f"{visit.session} must have an interval.", refusal="missing_input")
    low, high = visit.interval
    if not low <= score <= high:
        raise ClinicalError(
            f"the interval of {visit.session} must hold its score; got {score:g} and {low:g} to "
            f"{high:g}. Take both from the same assessment.",
            refusal="impossible_value",
        )
    z = _NORMAL.inv_cdf((1 + visit.level) / 2)
    below, above = (score - low) / z, (high - score) / z
    cut_below, cut_above = low <= _LOWEST, high >= _HIGHEST
    return (
        max(below, above) if cut_below else below,
        max(below, above) if cut_above else above,
    )


def _area_below(points: float, score: float, width: float) -> float:
    """Integrate the cumulative normal up to `points`: w (u F(u) + f(u)), u in standard units."""
    if width == 0:
        return max(points - score, 0.0)
    u = (points - score) / width
    return width * (u * _NORMAL.cdf(u) + _NORMAL.pdf(u))
