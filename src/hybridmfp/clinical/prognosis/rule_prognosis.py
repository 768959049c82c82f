"""What a prognosis rule of the ward answers, and the windows in which it may be asked."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybridmfp.clinical.sourced import Source, read_facts, source_of
from hybridmfp.errors import ClinicalError, Refusal

__all__ = [
    "ExternalAccuracy",
    "RulePrognosis",
    "accuracy_of",
    "check_mrc",
    "check_within",
    "refused_rule",
    "rule_facts",
]


@dataclass(frozen=True)
class ExternalAccuracy:
    """Hold how often a rule was right, and where that was found.

    Attributes
    ----------
    text : str
    source : Source
    """

    text: str
    source: Source

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "text": self.text,
            "source": self.source.as_json(),
            "source_text": self.source.text,
        }


@dataclass(frozen=True)
class RulePrognosis:
    """Hold what a rule says, or why it says nothing.

    Attributes
    ----------
    name : {"PREP2", "EPOS"}
    category : str or None
        What the rule foretells, in its own words; None if it refused.
    meaning : str or None
        The category in points or per cent, marked unless it was verified.
    probability : float or None
        Where the rule gives one.
    steps : tuple of str
        Which branches led there.
    window : str
        When each input must be examined.
    external : tuple of ExternalAccuracy
        How often the rule is right; shown beside every answer.
    source : Source
    assumptions : tuple of str
        Own readings of the rule that the answer rests on.
    refusal : str or None
        Name of the reason for saying nothing.
    message : str or None
    """

    name: Literal["PREP2", "EPOS"]
    category: str | None
    meaning: str | None
    probability: float | None
    steps: tuple[str, ...]
    window: str
    external: tuple[ExternalAccuracy, ...]
    source: Source
    assumptions: tuple[str, ...] = ()
    refusal: Refusal | None = None
    message: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        refused = None
        if self.refusal is not None:
            refused = {"refusal": self.refusal, "message": self.message}
        return {
            "name": self.name,
            "category": self.category,
            "meaning": self.meaning,
            "probability": self.probability,
            "steps": list(self.steps),
            "external": [one.as_json() for one in self.external],
            "window": self.window,
            "source": self.source.as_json(),
            "assumptions": list(self.assumptions),
            "refused": refused,
        }


@functools.cache
def rule_facts(name: str) -> Any:
    """Read what the literature says about a rule or model, once."""
    return read_facts("hybridmfp.clinical.prognosis", "facts.yaml")[name]


def accuracy_of(facts: Mapping[str, Any]) -> tuple[ExternalAccuracy, ...]:
    """Take the accuracies out of the facts about a rule or model."""
    return tuple(ExternalAccuracy(one["text"], source_of(one)) for one in facts["accuracy"])


def refused_rule(
    name: Literal["PREP2", "EPOS"], *, window: str, error: ClinicalError
) -> RulePrognosis:
    """Turn an error of a rule into an answer that says why there is none."""
    facts = rule_facts(name.lower())
    return RulePrognosis(
        name,
        category=None,
        meaning=None,
        probability=None,
        steps=(),
        window=window,
        external=accuracy_of(facts),
        source=source_of(facts),
        refusal=error.refusal,
        message=str(error),
    )


def check_within(what: str, day: float, first: int, last: int) -> None:
    """Refuse an examination before day `first` or after day `last`; the last day counts whole.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for a day before the stroke, ``outside_window`` otherwise.
    """
    if not (math.isfinite(day) and day >= 0):
        raise ClinicalError(
            f"the day of {what} must be a number of 0 or more; got {day!r}. "
            "Count from the day of the stroke.",
            refusal="impossible_value",
        )
    if not first <= math.floor(day) <= last:
        days = f"on day {first}" if first == last else f"on days {first} to {last}"
        raise ClinicalError(
            f"{what} must be examined {days} after the stroke; got day {day:g}. The rule was made "
            "and tested for that window, and is wrong more often outside it.",
            refusal="outside_window",
        )


def check_mrc(what: str, grade: float | None) -> int:
    """Give an MRC grade back if it is one of 0 to 5.

    Raises
    ------
    ClinicalError
        ``missing_input`` or ``impossible_value``.
    """
    if grade is None:
        raise ClinicalError(
            f"the MRC grade of {what} must be known; got none. Examine it in "
            "the window of the rule; after that it is too late for this rule.",
            refusal="missing_input",
        )
    if grade not in range(6):
        raise ClinicalError(
            f"the MRC grade of {what} must be a whole number from 0 to 5; got {grade!r}.",
            refusal="impossible_value",
        )
    return int(grade)
