"""The trial that one would have run, and how observations stand in for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from hybridmfp.clinical.cause.limits import limit
from hybridmfp.clinical.fma_ue import FMA_UE, require_fma_ue
from hybridmfp.errors import ClinicalError

__all__ = [
    "Criterion",
    "Emulated",
    "Estimand",
    "Strategy",
    "TargetTrial",
    "TrialColumns",
]

Estimand = Literal["ATE", "ATT"]
"""The effect on everybody who is eligible, or on those who got the first strategy."""

_ESTIMANDS = {
    "ATE": "mean difference if everybody eligible got the first strategy, or everybody the second",
    "ATT": "mean difference among those who got the first strategy, had they got the second",
}


@dataclass(frozen=True)
class Strategy:
    """Describe one treatment in the terms of the RTSS: what is to change, by what, how much.

    Attributes
    ----------
    name : str
        Short name, such as ``"90 h"``.
    target : str
        What is to change in the patient.
    ingredient : str
        What the therapist does to change it.
    dose_h : tuple of float
        Smallest and largest dose that counts as this treatment, in hours, 0 or more.

    Raises
    ------
    ClinicalError
        ``missing_input`` for an empty text; ``impossible_value`` for an impossible dose;
        ``not_identified`` for doses so far apart that they are several treatments.
    """

    name: str
    target: str
    ingredient: str
    dose_h: tuple[float, float]

    def __post_init__(self) -> None:
        for name in ("name", "target", "ingredient"):
            _check_told(f"{name} of a strategy", getattr(self, name))
        low, high = self.dose_h
        if not (math.isfinite(high) and 0 <= low <= high):
            raise ClinicalError(
                f"dose_h of {self.name} must ascend from 0 or more hours; got {low:g} to {high:g}.",
                refusal="impossible_value",
            )
        if high - low > limit("widest_dose") * high:
            raise ClinicalError(
                f"{self.name} must be one treatment: its doses may differ by at most "
                f"{limit('widest_dose'):.0%} of the larger; got {low:g} to {high:g} h. More and "
                "fewer hours than a cut-off are many treatments, and their difference is nobody's "
                "effect. Compare two doses that are given.",
                refusal="not_identified",
            )

    def holds(self, dose_h: float) -> bool:
        """Say whether a dose in hours is this treatment."""
        return self.dose_h[0] <= dose_h <= self.dose_h[1]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "target": self.target,
            "ingredient": self.ingredient,
            "dose_h": [float(dose) for dose in self.dose_h],
        }


@dataclass(frozen=True)
class Criterion:
    """Say which persons belong: a column that lies in a range, or is one of some values.

    Attributes
    ----------
    column : str
        Known at time zero.
    low, high : float, default unbounded
        Both included.
    among : tuple, default anything

    Raises
    ------
    ClinicalError
        ``missing_input`` if it excludes nobody.

    Examples
    --------
    >>> Criterion("score_at_start", 0, 22).text
    'score_at_start from 0 to 22'
    """

    column: str
    low: float = -math.inf
    high: float = math.inf
    among: tuple[str | float | bool, ...] = ()

    def __post_init__(self) -> None:
        bounded = math.isfinite(self.low) or math.isfinite(self.high)
        if not self.column or not self.low <= self.high or not (bounded or self.among):
            raise ClinicalError(
                "a criterion must name a column and an ascending range or the values that count; "
                f"got {self.column!r}, {self.low:g} to {self.high:g}.",
                refusal="missing_input",
            )

    @property
    def text(self) -> str:
        """The criterion in words."""
        if self.among:
            return f"{self.column} is {' or '.join(str(value) for value in self.among)}"
        if math.isinf(self.low):
            return f"{self.column} at most {self.high:g}"
        if math.isinf(self.high):
            return f"{self.column} at least {self.low:g}"
        return f"{self.column} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Emulated:
    """Hold one line of the protocol: what a trial would do, and what stands in for it.

    Attributes
    ----------
    trial, emulation : str
        Both in words.
    """

    trial: str
    emulation: str

    def __post_init__(self) -> None:
        _check_told("a line of the target trial", self.trial)
        _check_told("the emulation of a line of the target trial", self.emulation)


@dataclass(frozen=True)
class TrialColumns:
    """Say which columns of the table hold what.

    Attributes
    ----------
    subject : str
        Pseudonym. A person can begin more than once, if every row has its own time zero.
    treatment : str
        Dose in hours; a node of the DAG.
    outcome : str
        FMA-UE; a node of the DAG.
    time_zero_day, decided_day, outcome_day : str
        Days since the stroke at which follow-up begins, the treatment was decided, and the outcome
        was rated.
    measured_day : mapping of str to str
        By covariate, the column with the day on which it was measured.
    fixed : frozenset of str
        Covariates that do not change after time zero, such as age at the stroke, sex and site.
    """

    subject: str
    treatment: str
    outcome: str
    time_zero_day: str
    decided_day: str
    outcome_day: str
    measured_day: Mapping[str, str]
    fixed: frozenset[str]

    @property
    def always_needed(self) -> tuple[str, ...]:
        """The columns that every table must have."""
        return (
            self.subject,
            self.treatment,
            self.outcome,
            self.time_zero_day,
            self.decided_day,
            self.outcome_day,
        )


@dataclass(frozen=True)
class TargetTrial:
    """Hold the protocol of the trial that one would have run, line by line.

    Attributes
    ----------
    eligibility : tuple of Criterion
        Who could have entered; at least one.
    strategies : tuple of Strategy
        The treatment of interest and what it is compared with.
    assignment : Emulated
        By lot there; here as if by lot, among persons who are alike in what is adjusted for.
    time_zero : Emulated
        When follow-up begins and treatment is decided.
    follow_up_days : tuple of float
        Window after time zero in which the outcome is rated, in days.
    outcome : Emulated
    estimand : {"ATE", "ATT"}
    analysis : Emulated
    columns : TrialColumns
    strata : tuple of Criterion, default none
        Groups known at time zero for which the effect is also wanted. Declared here or not at all.
    negative_controls : tuple of str, default none
        Outcomes that the treatment cannot change; columns of the table and nodes of the DAG.
    scale : str, default "fma-ue"
        The scale of the outcome.

    Raises
    ------
    ClinicalError
        ``other_scale``; ``missing_input`` for an empty line; ``contradictory_inputs`` for
        strategies that overlap; ``impossible_value`` for an impossible window or estimand.

    References
    ----------
    Hernán, M. A., Robins, J. M. (2016). Using big data to emulate a target trial when a randomized
    trial is not available. *American Journal of Epidemiology*, 183, 758-764.
    doi:10.1093/aje/kwv254
    """

    eligibility: tuple[Criterion, ...]
    strategies: tuple[Strategy, Strategy]
    assignment: Emulated
    time_zero: Emulated
    follow_up_days: tuple[float, float]
    outcome: Emulated
    estimand: Estimand
    analysis: Emulated
    columns: TrialColumns
    strata: tuple[Criterion, ...] = field(default=())
    negative_controls: tuple[str, ...] = field(default=())
    scale: str = FMA_UE.name

    def __post_init__(self) -> None:
        require_fma_ue(self.scale, whose="the target trial")
        if not self.eligibility:
            raise ClinicalError(
                "a target trial must say who is eligible; got no criterion. "
                'Give at least one, such as Criterion("start_week", 0, 26).',
                refusal="missing_input",
            )
        _check_strategies(self.strategies)
        low, high = self.follow_up_days
        if not (math.isfinite(high) and 0 < low <= high):
            raise ClinicalError(
                "follow_up_days must ascend from more than 0 days after time zero; "
                f"got {low:g} to {high:g}.",
                refusal="impossible_value",
            )
        if self.estimand not in get_args(Estimand):
            raise ClinicalError(
                f"estimand must be one of ATE, ATT; got {self.estimand!r}.",
                refusal="impossible_value",
            )

    def rows(self) -> list[dict[str, str]]:
        """Give the protocol as a table: element, target trial, emulation."""
        columns = self.columns
        eligible = "; ".join(criterion.text for criterion in self.eligibility)
        low, high = self.follow_up_days
        named = [
            f"{one.name}: {one.ingredient}, {_span(one.dose_h)} h, to change {one.target}"
            for one in self.strategies
        ]
        told = {
            "eligibility": Emulated(eligible, f"the same, by {_names(self.eligibility)}"),
            "treatment strategies": Emulated(
                " versus ".join(named), f"the same, by {columns.treatment}; other doses left out"
            ),
            "assignment": self.assignment,
            "time zero": self.time_zero,
            "follow-up": Emulated(
                f"from time zero to a rating {low:g} to {high:g} days later",
                f"the same, by {columns.time_zero_day} and {columns.outcome_day}",
            ),
            "outcome": self.outcome,
            "estimand": Emulated(f"{self.estimand}: {_ESTIMANDS[self.estimand]}", "the same"),
            "analysis": self.analysis,
        }
        return [
            {"element": element, "target_trial": line.trial, "emulation": line.emulation}
            for element, line in told.items()
        ]


def _check_strategies(strategies: tuple[Strategy, Strategy]) -> None:
    first, second = strategies
    apart = first.dose_h[1] < second.dose_h[0] or second.dose_h[1] < first.dose_h[0]
    if not apart or first.name == second.name:
        raise ClinicalError(
            "the two strategies must have names and doses of their own; got "
            f"{first.name} ({_span(first.dose_h)} h) and {second.name} ({_span(second.dose_h)} h).",
            refusal="contradictory_inputs",
        )


def _check_told(what: str, text: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise ClinicalError(
            f"{what} must be told in words; got {text!r}. Every line of the protocol is needed.",
            refusal="missing_input",
        )


def _span(dose_h: tuple[float, float]) -> str:
    low, high = dose_h
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _names(criteria: tuple[Criterion, ...]) -> str:
    return ", ".join(dict.fromkeys(criterion.column for criterion in criteria))
