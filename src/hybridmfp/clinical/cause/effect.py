"""What a treatment does on average, from observations, or why that cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.cause.dag import Dag
from hybridmfp.clinical.cause.e_value import EValue
from hybridmfp.clinical.cause.limits import limits_as_json
from hybridmfp.clinical.cause.overlap import Overlap
from hybridmfp.clinical.cause.target_trial import TargetTrial
from hybridmfp.clinical.fma_ue import FMA_UE

__all__ = ["CAVEAT", "ControlEffect", "Effect", "StratumEffect"]

CAVEAT = (
    "Observational. True only if the declared graph is: whatever decided the treatment and is not "
    "in it can make up, hide or turn round this effect. A trial by lot would not need that."
)
"""What is said beside every effect."""


@dataclass(frozen=True)
class ControlEffect:
    """Hold the effect on an outcome that the treatment cannot change; its interval holds zero.

    Attributes
    ----------
    name : str
    value : float
        In the unit of that outcome.
    interval : tuple of float
    level : float
        Of the interval; higher for several controls, so that they refuse together as seldom as one.
    """

    name: str
    value: float
    interval: tuple[float, float]
    level: float

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "value": self.value,
            "interval": list(self.interval),
            "level": self.level,
        }


@dataclass(frozen=True)
class StratumEffect:
    """Hold the effect in a declared group, or why there is none.

    Attributes
    ----------
    name : str
    n_persons : tuple of int
        With the first strategy, and the second.
    value : float or None
        In points.
    interval : tuple of float, or None
    refused : mapping of str to str, or None
        ``refusal`` and ``message``.
    """

    name: str
    n_persons: tuple[int, int]
    value: float | None = None
    interval: tuple[float, float] | None = None
    refused: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "n_persons": list(self.n_persons),
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "refused": None if self.refused is None else dict(self.refused),
        }


@dataclass(frozen=True)
class Effect:
    """Hold the average effect of the first strategy against the second.

    Attributes
    ----------
    value : float
        In FMA-UE points, by augmented inverse probability weighting.
    standard_error : float
    interval : tuple of float
    level : float
        How often such intervals hold the true effect, if the graph is true.
    g_computation : float
        A second answer, by the learned outcomes alone. Points; no interval.
    naive : float
        Plain difference of the two groups, confounded. Never an effect.
    e_value : EValue
    overlap : Overlap
    controls : tuple of ControlEffect
    strata : tuple of StratumEffect
    n_persons : tuple of int
        With the first strategy, and the second.
    counts : mapping of str to int
        Rows, and how many were left out why.
    adjusted : tuple of str
        What was held fixed.
    dag : Dag
    trial : TargetTrial
    random_state : int
    """

    value: float
    standard_error: float
    interval: tuple[float, float]
    level: float
    g_computation: float
    naive: float
    e_value: EValue
    overlap: Overlap
    controls: tuple[ControlEffect, ...]
    strata: tuple[StratumEffect, ...]
    n_persons: tuple[int, int]
    counts: Mapping[str, int]
    adjusted: tuple[str, ...]
    dag: Dag
    trial: TargetTrial
    random_state: int

    @property
    def sentence(self) -> str:
        """The effect in plain words, with what it rests on."""
        first, second = self.trial.strategies
        low, high = self.interval
        whom = "on average" if self.trial.estimand == "ATE" else f"in those who got {first.name}"
        checked = (
            f"{', '.join(one.name for one in self.controls)}, which the treatment cannot change, "
            "showed no effect, as it must be."
            if self.controls
            else "No negative control was declared, so nothing here tested the graph."
        )
        return (
            f"{first.name} instead of {second.name} changes the FMA-UE by {self.value:+.1f} points "
            f"{whom} ({self.level:.0%} interval {low:+.1f} to {high:+.1f}; "
            f"{sum(self.n_persons)} persons), if nothing but {_listed(self.adjusted)} decided both "
            f"treatment and outcome. To explain that away, something unmeasured would have to go "
            "with the treatment and with a high score by a risk ratio of "
            f"{self.e_value.estimate:.1f} each; of {self.e_value.bound:.1f} to bring zero into the "
            "interval. "
            f"{checked} {CAVEAT}"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should doubt, in sentences."""
        told = []
        if self.overlap.unbalanced:
            told.append(
                "After weighting, the groups still differ by more than 0.1 SD in "
                f"{', '.join(self.overlap.unbalanced)}; the estimate leans on the learned outcomes "
                "there."
            )
        if self.overlap.n_clipped:
            told.append(
                f"{self.overlap.n_clipped} entries had a chance of the first strategy so near to 0 "
                "or 1 that it was moved away, lest they outweigh all others; that biases."
            )
        if abs(self.g_computation - self.value) > 2 * self.standard_error:
            told.append(
                f"The second answer, {self.g_computation:+.1f} points, is more than two standard "
                "errors away; one of the learners is wrong."
            )
        strange = [one.column for one in self.trial.eligibility if one.column not in self.dag.nodes]
        if strange:
            told.append(
                f"Persons were chosen by {', '.join(dict.fromkeys(strange))}, which the graph does "
                "not have; choosing by a common effect of what decided treatment and outcome "
                "confounds."
            )
        if not self.controls:
            told.append("No negative control was declared.")
        if self.counts["without_outcome_in_window"]:
            told.append(
                f"{self.counts['without_outcome_in_window']} entries without an outcome in the "
                "window were left out, as if missing by chance."
            )
        return tuple(told)

    def as_json(self) -> dict[str, Any]:
        """Give everything a reader needs, JSON-ready."""
        return {
            "scale": FMA_UE.name,
            "unit": "points",
            "estimand": self.trial.estimand,
            "strategies": [one.as_json() for one in self.trial.strategies],
            "value": self.value,
            "standard_error": self.standard_error,
            "interval": list(self.interval),
            "level": self.level,
            "g_computation": self.g_computation,
            "naive_difference": self.naive,
            "e_value": self.e_value.as_json(),
            "overlap": self.overlap.as_json(),
            "negative_controls": [one.as_json() for one in self.controls],
            "strata": [one.as_json() for one in self.strata],
            "n_persons": list(self.n_persons),
            "counts": dict(self.counts),
            "adjusted_for": list(self.adjusted),
            "dag": self.dag.as_json(),
            "target_trial": self.trial.rows(),
            "limits": limits_as_json(),
            "random_state": self.random_state,
            "sentence": self.sentence,
            "caveat": CAVEAT,
            "warnings": list(self.warnings),
        }


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if names else "chance"
