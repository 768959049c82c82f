"""Whether persons who got one treatment could have got the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.cause.learners import Design
from hybridmfp.clinical.cause.limits import limit
from hybridmfp.clinical.cause.target_trial import Estimand
from hybridmfp.errors import ClinicalError

__all__ = ["Balance", "Overlap", "assess_overlap", "clipped", "require_overlap"]

Array = NDArray[np.float64]
_LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class Balance:
    """Hold how much a covariate differs between the strategies.

    Attributes
    ----------
    name : str
    before, after : float
        Standardised mean difference, first minus second, without and with the weights.
    """

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Overlap:
    """Hold how alike the persons are who got either treatment.

    Attributes
    ----------
    quantiles : tuple of tuple of float
        Of the propensity, of those with the first strategy and the second: least, 5, 25, 50, 75,
        95 % and most.
    share_outside : float
        Share of entries whose propensity lies beyond the limits.
    effective : tuple of float
        Effective sample size of the weighted arms (Kish), first and second.
    n_clipped : int
        Entries whose propensity was moved away from 0 or 1.
    balance : tuple of Balance
    """

    quantiles: tuple[tuple[float, ...], tuple[float, ...]]
    share_outside: float
    effective: tuple[float, float]
    n_clipped: int
    balance: tuple[Balance, ...]

    @property
    def unbalanced(self) -> tuple[str, ...]:
        """Covariates that still differ by more than 0.1 SD after weighting."""
        return tuple(one.name for one in self.balance if abs(one.after) > limit("most_imbalance"))

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "levels": list(_LEVELS),
            "propensity_first": list(self.quantiles[0]),
            "propensity_second": list(self.quantiles[1]),
            "share_outside": self.share_outside,
            "effective_sample_size": list(self.effective),
            "n_clipped": self.n_clipped,
            "balance": [
                {"name": one.name, "before": one.before, "after": one.after} for one in self.balance
            ],
            "unbalanced": list(self.unbalanced),
        }


def clipped(propensity: Array) -> Array:
    """Move propensities at least 0.01 away from 0 and 1."""
    least = limit("propensity_clip")
    moved: Array = np.clip(propensity, least, 1 - least)
    return moved


def assess_overlap(
    propensity: Array, treated: NDArray[np.bool_], design: Design, *, estimand: Estimand
) -> Overlap:
    """Say how far those who got the one treatment could have got the other.

    Parameters
    ----------
    propensity : array of float, shape (n_entries,)
        Chance of the first strategy.
    treated : array of bool, shape (n_entries,)
        Whether it was given.
    design : Design
        Covariates.
    estimand : {"ATE", "ATT"}
        For the effect on the treated, nobody needs a chance of the first strategy.
    """
    moved = clipped(propensity)
    outside = propensity > limit("propensity_high")
    if estimand == "ATE":
        outside |= propensity < limit("propensity_low")
        weights = np.where(treated, 1 / moved, 1 / (1 - moved))
    else:
        weights = np.where(treated, 1.0, moved / (1 - moved))
    first, second = (
        tuple(float(q) for q in np.quantile(propensity[treated == arm], _LEVELS))
        for arm in (True, False)
    )
    return Overlap(
        quantiles=(first, second),
        share_outside=float(np.mean(outside)),
        effective=(_effective(weights[treated]), _effective(weights[~treated])),
        n_clipped=int(np.sum(moved != propensity)),
        balance=tuple(
            Balance(
                name,
                _difference(column, treated, np.ones(len(column))),
                _difference(column, treated, weights),
            )
            for name, column in zip(design.names, design.matrix.T, strict=True)
        ),
    )


def require_overlap(overlap: Overlap) -> None:
    """Refuse an effect on persons who could hardly have got the other treatment.

    Raises
    ------
    ClinicalError
        ``no_overlap``, if more than 10 % have a propensity below 0.05 or above 0.95, or either
        weighted arm counts for less than 40 persons.
    """
    most, least = limit("most_outside"), limit("least_effective_per_arm")
    low, high = limit("propensity_low"), limit("propensity_high")
    if overlap.share_outside <= most and min(overlap.effective) >= least:
        return
    first, second = overlap.effective
    raise ClinicalError(
        f"at most {most:.0%} of persons may have a chance of the first strategy outside {low:g} to "
        f"{high:g}, and each weighted arm must count for {least:g} persons or more; got "
        f"{overlap.share_outside:.0%} outside and arms that count for {first:.0f} and "
        f"{second:.0f}. Those who got one treatment could hardly have got the other. Restrict "
        "eligibility to those who could have got either.",
        refusal="no_overlap",
    )


def _effective(weights: Array) -> float:
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _difference(column: Array, treated: NDArray[np.bool_], weights: Array) -> float:
    means = [
        np.sum(weights[arm] * column[arm]) / np.sum(weights[arm]) for arm in (treated, ~treated)
    ]
    spread = np.sqrt((np.var(column[treated], ddof=1) + np.var(column[~treated], ddof=1)) / 2)
    # A column that is constant in either arm and not the same in both has the spread of the whole.
    spread = spread if spread > 0 else np.std(column)
    return float((means[0] - means[1]) / spread) if spread > 0 else 0.0
