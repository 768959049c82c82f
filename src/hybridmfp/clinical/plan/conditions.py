"""Conditions of rules: a small closed language that says met, not met or unknown, and why."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

from hybridmfp.clinical.bedside import Mas

__all__ = [
    "FINDINGS",
    "AllOf",
    "AnyOf",
    "Bounds",
    "Condition",
    "ContraindicationFound",
    "DeficitFound",
    "Facts",
    "FindingWithin",
    "Not",
    "Outcome",
    "QuestionAnswered",
    "ScoreWithin",
    "State",
    "StratumIs",
    "TimeWithin",
    "days_of",
]

State = Literal["met", "not_met", "unknown"]
"""What a condition says; *unknown* is never taken for either of the others."""

MAS_GRADES: tuple[str, ...] = get_args(Mas)

FINDINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "wrist_extension_deg": ("active wrist extension", "°"),
        "finger_extension_deg": ("active finger extension", "°"),
        "shoulder_flexion_deg": ("active shoulder flexion", "°"),
        "elbow_extension_deg": ("active elbow extension", "°"),
        "spasticity_mas": ("spasticity (MAS)", ""),
        "follows_instructions": ("following instructions", ""),
        "shoulder_pain": ("shoulder pain", " of 10"),
        "mrc_shoulder_abduction": ("strength of shoulder abduction (MRC)", ""),
        "mrc_finger_extension": ("strength of finger extension (MRC)", ""),
        "mep_present": ("motor potential of the hand (MEP)", ""),
        "nihss": ("NIHSS", ""),
    }
)
"""What findings are called, and their unit; contraindications have a condition of their own."""

_DAYS_PER: Mapping[str, float] = MappingProxyType(
    {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12}
)
_WORDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "at_least": ("at least", operator.ge),
        "above": ("above", operator.gt),
        "at_most": ("at most", operator.le),
        "below": ("below", operator.lt),
    }
)


@dataclass(frozen=True)
class Facts:
    """Hold what conditions are asked about.

    Attributes
    ----------
    days : float
        Since the stroke.
    score : float
        FMA-UE, 0 to 66.
    interval : tuple of float or None
        Of an estimated score; conditions then hold for all of it or are unknown.
    strata : tuple of str
        Every stratum the score may lie in, lowest first.
    findings : mapping of str to object
        By name, what was examined.
    contraindications : frozenset of str or None
        None if nobody asked.
    answers : mapping of str to bool
        To questions of the rules.
    deficits : frozenset of str or None
        None if no drivers were given.
    questions, deficit_titles : mapping of str to str
        What they are called.
    """

    days: float
    score: float
    interval: tuple[float, float] | None = None
    strata: tuple[str, ...] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)
    contraindications: frozenset[str] | None = None
    answers: Mapping[str, bool] = field(default_factory=dict)
    deficits: frozenset[str] | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    deficit_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """Hold what a condition says, in words, and what would have to be examined first."""

    state: State
    words: tuple[str, ...]
    ask: tuple[str, ...] = ()


class Condition(Protocol):
    """Anything that can be met by facts."""

    def check(self, facts: Facts) -> Outcome:
        """Say whether it is met."""


@dataclass(frozen=True)
class Bounds:
    """Hold limits such as ``{"at_least": 20}``; all must hold.

    Examples
    --------
    >>> Bounds({"at_least": 20, "below": 30}).hold(20), Bounds({"below": 20}).hold(20)
    (True, False)
    """

    limits: Mapping[str, Any]

    def hold(self, value: Any, *, rank: Callable[[Any], Any] = float) -> bool:
        """Say whether a value keeps within all limits, by its rank."""
        return all(_WORDS[name][1](rank(value), rank(limit)) for name, limit in self.limits.items())

    def text(self, unit: str = "") -> str:
        """Put the limits in words."""
        return " and ".join(
            f"{_WORDS[name][0]} {_plain(v)}{unit}" for name, v in self.limits.items()
        )


@dataclass(frozen=True)
class FindingWithin:
    """Ask for a bedside finding: ``{finding: wrist_extension_deg, at_least: 20}``."""

    name: str
    wanted: Bounds | bool

    def check(self, facts: Facts) -> Outcome:
        """Compare the finding; unknown if it was not examined."""
        title, unit = FINDINGS[self.name]
        value = facts.findings.get(self.name)
        if value is None:
            return Outcome("unknown", (), (title,))
        if isinstance(self.wanted, bool):
            words = f"{title}: {_yes(value)} (rule: {_yes(self.wanted)})"
            return Outcome(_state(bool(value) is self.wanted), (words,))
        rank = MAS_GRADES.index if self.name == "spasticity_mas" else float
        words = f"{title} {_plain(value)}{unit} (rule: {self.wanted.text(unit)})"
        return Outcome(_state(self.wanted.hold(value, rank=rank)), (words,))


@dataclass(frozen=True)
class ScoreWithin:
    """Ask for a range of FMA-UE, ends included: ``{score: {from: 20, to: 50}}``.

    The range must hold the whole interval of an estimate, or none of it; else it is unknown.
    """

    low: float
    high: float

    def check(self, facts: Facts) -> Outcome:
        """Compare the score and its interval."""
        low, high = facts.interval or (facts.score, facts.score)
        rule = f"(rule: {self.low:g} to {self.high:g})"
        if facts.interval is None:
            words = f"FMA-UE {facts.score:g} {rule}"
        else:
            words = f"FMA-UE estimated {low:g} to {high:g} {rule}"
        if high < self.low or low > self.high:
            return Outcome("not_met", (words,))
        if self.low <= low and high <= self.high:
            return Outcome("met", (words,))
        return Outcome("unknown", (words,), ("FMA-UE, rated",))


@dataclass(frozen=True)
class TimeWithin:
    """Ask for the time since stroke: ``{weeks: {at_least: 26}}``; also days and months."""

    unit: str
    wanted: Bounds

    def check(self, facts: Facts) -> Outcome:
        """Compare the time since the stroke."""
        value = facts.days / _DAYS_PER[self.unit]
        told = f"day {facts.days:g}, {value:.1f} {self.unit} after stroke"
        words = f"{told} (rule: {self.wanted.text()})"
        return Outcome(_state(self.wanted.hold(value)), (words,))


@dataclass(frozen=True)
class ContraindicationFound:
    """Ask whether a contraindication was found: ``{contraindication: pacemaker}``."""

    name: str

    def check(self, facts: Facts) -> Outcome:
        """Look it up; unknown if nobody asked for contraindications."""
        title = self.name.replace("_", " ")
        if facts.contraindications is None:
            return Outcome("unknown", (), ("contraindications",))
        found = self.name in facts.contraindications
        return Outcome(_state(found), (f"{title} found" if found else f"no {title}",))


@dataclass(frozen=True)
class QuestionAnswered:
    """Ask for a question to be answered with yes: ``{question: ischaemic_stroke}``."""

    name: str

    def check(self, facts: Facts) -> Outcome:
        """Look up the answer; unknown if there is none."""
        text = facts.questions.get(self.name, self.name.replace("_", " "))
        answer = facts.answers.get(self.name)
        if answer is None:
            return Outcome("unknown", (), (text,))
        return Outcome(_state(answer), (f"{text} {_yes(answer)}",))


@dataclass(frozen=True)
class DeficitFound:
    """Ask whether a driver of the assessment tells of a deficit: ``{deficit: smoothness}``."""

    name: str

    def check(self, facts: Facts) -> Outcome:
        """Look it up; unknown if no drivers were given."""
        title = facts.deficit_titles.get(self.name, self.name.replace("_", " "))
        if facts.deficits is None:
            return Outcome("unknown", (), ("drivers of an estimate",))
        found = self.name in facts.deficits
        return Outcome(_state(found), (title if found else f"not among the drivers: {title}",))


@dataclass(frozen=True)
class StratumIs:
    """Ask for strata: ``{stratum: [limited, notable]}``; unknown if the score may lie outside."""

    names: tuple[str, ...]

    def check(self, facts: Facts) -> Outcome:
        """Compare every stratum the score may lie in."""
        inside = [name in self.names for name in facts.strata]
        words = (f"stratum {' or '.join(facts.strata)} (rule: {' or '.join(self.names)})",)
        if all(inside) or not any(inside):
            return Outcome(_state(all(inside) and bool(inside)), words)
        return Outcome("unknown", words, ("FMA-UE, so that the stratum is certain",))


@dataclass(frozen=True)
class AllOf:
    """Ask for all of several conditions."""

    parts: tuple[Condition, ...]

    def check(self, facts: Facts) -> Outcome:
        """Not met if one is not, else unknown if one is."""
        return _joined([part.check(facts) for part in self.parts], decides="not_met", else_="met")


@dataclass(frozen=True)
class AnyOf:
    """Ask for at least one of several conditions."""

    parts: tuple[Condition, ...]

    def check(self, facts: Facts) -> Outcome:
        """Met if one is, else unknown if one is."""
        return _joined([part.check(facts) for part in self.parts], decides="met", else_="not_met")


@dataclass(frozen=True)
class Not:
    """Ask that a condition is not met."""

    part: Condition

    def check(self, facts: Facts) -> Outcome:
        """Turn met and not met round; unknown stays."""
        inner = self.part.check(facts)
        turned: Mapping[State, State] = {"met": "not_met", "not_met": "met", "unknown": "unknown"}
        words = f"rule: not together: {'; '.join(inner.words)}"
        return Outcome(turned[inner.state], (words,), inner.ask)


def days_of(unit: str, value: float) -> float:
    """Turn days, weeks or months, of 365.25 / 12 days each, into days.

    Examples
    --------
    >>> days_of("weeks", 2), days_of("months", 12)
    (14.0, 365.25)
    """
    return value * _DAYS_PER[unit]


def _joined(outcomes: list[Outcome], *, decides: State, else_: State) -> Outcome:
    for state in (decides, "unknown"):
        those = [one for one in outcomes if one.state == state]
        if those:
            words = tuple(word for one in those for word in one.words)
            asks = () if state == decides else tuple(ask for one in those for ask in one.ask)
            return Outcome("unknown" if state == "unknown" else decides, words, asks)
    return Outcome(else_, tuple(word for one in outcomes for word in one.words))


def _state(met: bool) -> State:
    return "met" if met else "not_met"


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)
