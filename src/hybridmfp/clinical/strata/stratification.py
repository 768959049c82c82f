"""The probability of each stratum, or the reason why none is named."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from hybridmfp.clinical.course import ScoreSource, Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.strata.predictive_score import PredictiveScore, scored, strata_facts
from hybridmfp.clinical.strata.scheme import Scheme, Stratum, find_scheme
from hybridmfp.errors import ClinicalError

__all__ = ["Stratification", "StratumProbability", "stratify"]

_MOST_STRATA = 2
_TAIL = 0.05  # of a 90 % interval
_ADVICE: Mapping[ScoreSource, str] = MappingProxyType(
    {
        "rated": "Ratings have error too, and one of these strata is narrow: rate again at another "
        "visit. For the stratum alone, not for a plan, another scheme such as three_level may do.",
        "estimated": "Rate the arm, or record again with better signals.",
    }
)


@dataclass(frozen=True)
class StratumProbability:
    """Hold how likely a stratum is.

    Attributes
    ----------
    stratum : Stratum
    probability : float
        0 to 1.
    """

    stratum: Stratum
    probability: float

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        one = self.stratum
        return {
            "name": one.name,
            "label": one.label,
            "low": one.low,
            "high": one.high,
            "probability": self.probability,
        }


@dataclass(frozen=True)
class Stratification:
    """Hold what a score means in words.

    Attributes
    ----------
    scheme : Scheme
    session : str
    strata : tuple of StratumProbability
        Ascending; the probabilities sum to 1.
    interval : tuple of float
        90 % interval of the true score, in points of the 66.
    interval_spans : int
        How many strata it touches, 1 or 2.
    notes : tuple of str
        What to know beside it.
    """

    scheme: Scheme
    session: str
    strata: tuple[StratumProbability, ...]
    interval: tuple[float, float]
    interval_spans: int
    notes: tuple[str, ...] = ()

    @property
    def most_likely(self) -> StratumProbability:
        """The stratum with the highest probability; the lower one of two that are equal."""
        return max(self.strata, key=lambda one: one.probability)

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "scheme": self.scheme.name,
            "title": self.scheme.title,
            "source": self.scheme.source.as_json(),
            "session": self.session,
            "strata": [one.as_json() for one in self.strata],
            "most_likely": self.most_likely.stratum.name,
            "interval": list(self.interval),
            "interval_spans": self.interval_spans,
            "notes": list(self.notes),
            "refused": None,
        }


def stratify(visit: Visit, *, scheme: str = "hoonhorst") -> Stratification:
    """Say which stratum a score lies in, with a probability for each.

    Strata are ranges of whole points; the predictive distribution is continuous. A score between
    two strata belongs to the nearer one: 22.5 is where *0 to 22* gives way to *23 to 31*.

    Parameters
    ----------
    visit : Visit
        Rated or estimated.
    scheme : str, default "hoonhorst"
        A name in `SCHEMES`.

    Returns
    -------
    Stratification

    Raises
    ------
    ClinicalError
        ``poor_quality`` for signals judged red; ``too_uncertain`` for a refused estimate, or if
        the 90 % interval touches more than two strata; ``missing_items``, if a scheme does not
        count items whose points are unknown and they decide; ``impossible_value`` for a scheme
        that does not exist.

    References
    ----------
    Hoonhorst, M. H. et al. (2015). How do Fugl-Meyer arm motor scores relate to dexterity
    according to the Action Research Arm Test at 6 months poststroke? *Arch Phys Med Rehabil* 96,
    1845. doi:10.1016/j.apmr.2015.06.009

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> told = stratify(Visit("S1", 30, "rated", 40.0))
    >>> told.most_likely.stratum.label, round(told.most_likely.probability, 2)
    ('limited capacity', 1.0)
    """
    chosen = find_scheme(scheme)
    score = scored(visit)
    predictive = PredictiveScore.of_visit(visit)
    least, most = _uncounted(visit, score, chosen)
    interval = (predictive.quantile(_TAIL), predictive.quantile(1 - _TAIL))
    spans = _spanned(chosen, interval[0] - most, interval[1] - least)
    if spans > _MOST_STRATA:
        raise ClinicalError(
            f"the 90 % interval of {visit.session} must touch at most {_MOST_STRATA} strata of "
            f"{chosen.title} to name one; {interval[0]:.1f} to {interval[1]:.1f} points touch "
            f"{spans}. {_ADVICE[visit.source]}",
            refusal="too_uncertain",
        )
    possible = [least + step for step in range(int(most - least) + 1)]
    return Stratification(
        scheme=chosen,
        session=visit.session,
        strata=_agreed(visit, chosen, [_shares(predictive, chosen, one) for one in possible]),
        interval=interval,
        interval_spans=spans,
        notes=_notes(chosen, score, (least, most)),
    )


def _uncounted(visit: Visit, score: float, scheme: Scheme) -> tuple[float, float]:
    """Bound the points of the items that the scheme does not count, 0 and 0 if it counts all."""
    items = visit.items or {}
    least = most = 0.0
    for item in FMA_UE.items:
        if item.identifier in scheme.without_items:
            points = items.get(item.identifier) if visit.source == "rated" else None
            least += item.levels[0] if points is None else points
            most += item.levels[-1] if points is None else points
    if visit.source == "rated" and scheme.without_items:
        counted = scheme.strata[-1].high
        least, most = max(least, score - counted), min(most, score)
    return least, most


def _shares(predictive: PredictiveScore, scheme: Scheme, uncounted: float) -> tuple[float, ...]:
    edges = [cut + uncounted for cut in scheme.cut_offs]
    below = [0.0, *(predictive.below(edge) for edge in edges), 1.0]
    return tuple(high - low for low, high in pairwise(below))


def _agreed(
    visit: Visit, scheme: Scheme, possible: Sequence[tuple[float, ...]]
) -> tuple[StratumProbability, ...]:
    """Take the most cautious of the possible shares, if all name the same stratum."""
    winners = {max(range(len(shares)), key=shares.__getitem__) for shares in possible}
    if len(winners) > 1:
        named = " or ".join(scheme.strata[one].label for one in sorted(winners))
        raise ClinicalError(
            f"items {', '.join(scheme.without_items)} of {visit.session} must be rated for "
            f"{scheme.title}, which does not count them; without them it may be {named}. "
            "Rate them, or choose a scheme on all 66 points.",
            refusal="missing_items",
        )
    (winner,) = winners
    shares = min(possible, key=lambda one: one[winner])
    return tuple(
        StratumProbability(stratum, share)
        for stratum, share in zip(scheme.strata, shares, strict=True)
    )


def _spanned(scheme: Scheme, low: float, high: float) -> int:
    return bisect_right(scheme.cut_offs, high) - bisect_right(scheme.cut_offs, low) + 1


def _notes(scheme: Scheme, score: float, uncounted: tuple[float, float]) -> tuple[str, ...]:
    least, most = uncounted
    notes = [scheme.note] if scheme.note else []
    if least < most:
        notes.append(
            f"Not all of items {', '.join(scheme.without_items)} are rated: {least:g} to {most:g} "
            "points of them are taken out, and the probability is the least of the possible ones."
        )
    if any(
        one.high + least - scheme.cut_off_error_points
        <= score
        <= one.high + most + scheme.cut_off_error_points
        for one in scheme.strata[:-1]
        if scheme.cut_off_error_points
    ):
        notes.append(
            f"The score lies within {scheme.cut_off_error_points:g} points of a cut-off, which is "
            "what the cut-off itself is known to."
        )
    ceiling = strata_facts()["ceiling"]
    if score >= ceiling["from_points"]:
        notes.append(ceiling["text"])
    return tuple(notes)
