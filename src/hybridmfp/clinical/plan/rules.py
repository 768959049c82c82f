"""What the rules of the plan hold; `read_rules` makes them from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hybridmfp.clinical.plan.conditions import Condition
from hybridmfp.clinical.sourced import Source

__all__ = [
    "Caution",
    "Deficit",
    "Direction",
    "Dose",
    "DoseCap",
    "DoseCapRule",
    "Evidence",
    "Gate",
    "GuidelineStatement",
    "InputRule",
    "ModuleRule",
    "ProgressionRule",
    "Question",
    "Rules",
    "SafetyNote",
    "SourcedCondition",
    "Stance",
    "StratumRule",
    "StudyDesign",
]

Stance = Literal["strong_for", "weak_for", "for", "named", "neutral", "against", "mentioned"]
"""How a guideline stands to a therapy.

*named* is listed without a grade; *mentioned* has a recommendation whose content is not known.
"""

StudyDesign = Literal["meta_analysis", "review", "randomised", "small_trials", "uncontrolled"]
"""What kind of study found something."""

Direction = Literal["positive", "none", "negative"]
"""Whether it found a gain, no difference between doses, or no gain over usual care."""


@dataclass(frozen=True)
class StratumRule:
    """Hold a stratum, its range of FMA-UE, ends included, and the primary aim."""

    name: str
    label: str
    low: int
    high: int
    aim: str
    source: Source

    @property
    def text(self) -> str:
        """Its label and range."""
        return f"{self.label} ({self.low} to {self.high})"


@dataclass(frozen=True)
class InputRule:
    """Hold which findings a plan needs, and how many days they may differ from the visit."""

    findings: tuple[str, ...]
    max_age_days: float
    source: Source


@dataclass(frozen=True)
class Question:
    """Hold a question that recordings and the bedside examination do not answer."""

    identifier: str
    text: str


@dataclass(frozen=True)
class Deficit:
    """Hold a deficit and the drivers of an assessment that tell of it."""

    identifier: str
    title: str
    drivers: tuple[str, ...]
    source: Source

    def told_by(self, driver: str) -> bool:
        """Say whether a driver, such as ``kin.sparc``, tells of it."""
        return any(driver == one or driver.startswith(f"{one}.") for one in self.drivers)


@dataclass(frozen=True)
class Dose:
    """Hold a dose in words, and what of it is counted."""

    text: str
    source: Source
    minutes_per_day: float | None = None
    repetitions_per_session: int | None = None


@dataclass(frozen=True)
class DoseCap:
    """Hold the limit of dose early after stroke."""

    text: str
    minutes_per_day_below: float
    restraint_share_below: float
    source: Source

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "text": self.text,
            "minutes_per_day_below": self.minutes_per_day_below,
            "restraint_share_below": self.restraint_share_below,
            "source": self.source.as_json(),
        }


@dataclass(frozen=True)
class DoseCapRule:
    """Hold when the dose is capped, and how."""

    when: Condition
    cap: DoseCap


@dataclass(frozen=True)
class SourcedCondition:
    """Hold a condition and where it comes from."""

    when: Condition
    source: Source


@dataclass(frozen=True)
class Gate:
    """Hold a safety gate: when it is met, modules with one of these traits are blocked."""

    identifier: str
    when: Condition
    blocks: frozenset[str]
    source: Source


@dataclass(frozen=True)
class GuidelineStatement:
    """Hold what one guideline says of a therapy."""

    name: str
    statement: str
    stance: Stance
    source: Source
    grade: str | None = None

    @property
    def text(self) -> str:
        """The statement in one line, with its grade and status."""
        grade = "" if self.grade is None else f", {self.grade}"
        mark = "" if self.source.status == "verified" else f" [{self.source.status}]"
        return f"{self.name}: {self.statement}{grade}{mark}"

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "statement": self.statement,
            "grade": self.grade,
            "stance": self.stance,
            "text": self.text,
            "source": self.source.as_json(),
        }


@dataclass(frozen=True)
class Evidence:
    """Hold what a study found."""

    text: str
    design: StudyDesign
    direction: Direction
    source: Source

    @property
    def line(self) -> str:
        """The finding and its source in one line."""
        return f"{self.text} ({self.source.text})"

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "text": self.text,
            "design": self.design,
            "direction": self.direction,
            "source": self.source.as_json(),
        }


@dataclass(frozen=True)
class SafetyNote:
    """Hold a note on safety."""

    text: str
    source: Source

    @property
    def line(self) -> str:
        """The note and its source in one line."""
        return f"{self.text} ({self.source.text})"


@dataclass(frozen=True)
class Caution:
    """Hold a note that, when it is met, stands beside modules with one of these traits."""

    identifier: str
    when: Condition
    traits: frozenset[str]
    note: SafetyNote


@dataclass(frozen=True)
class ModuleRule:
    """Hold one therapy: whom it is for, at what dose, on what evidence, and its limits.

    Attributes
    ----------
    candidate, allowed, excluded : tuple of str
        Strata it is named for, strata that its evidence reaches, strata it is ruled out for.
    """

    identifier: str
    title: str
    aim: str
    candidate: tuple[str, ...]
    allowed: tuple[str, ...]
    excluded: tuple[str, ...]
    traits: frozenset[str]
    addresses: tuple[str, ...]
    eligibility: tuple[SourcedCondition, ...]
    exclusion: tuple[SourcedCondition, ...]
    dose: Dose
    other_doses: tuple[Dose, ...]
    evidence: tuple[Evidence, ...]
    guidelines: tuple[GuidelineStatement, ...]
    safety: tuple[SafetyNote, ...]


@dataclass(frozen=True)
class ProgressionRule:
    """Hold when to progress, and by how much shoulder pain may rise, in points of 10."""

    repetitions_per_session: int
    reset_targets_every_sessions: int
    sessions: int
    source: Source
    pain_rise_points: float
    pain_source: Source


@dataclass(frozen=True)
class Rules:
    """Hold all rules of the plan.

    Attributes
    ----------
    digest : str
        SHA-256 of the file.
    """

    title: str
    digest: str
    strata: tuple[StratumRule, ...]
    inputs: InputRule
    questions: tuple[Question, ...]
    deficits: tuple[Deficit, ...]
    dose_cap: DoseCapRule
    gates: tuple[Gate, ...]
    cautions: tuple[Caution, ...]
    progression: ProgressionRule
    guidelines: tuple[GuidelineStatement, ...]
    modules: tuple[ModuleRule, ...]
    matching: Source

    def module(self, identifier: str) -> ModuleRule | None:
        """Give the module of that name, or None."""
        return next((one for one in self.modules if one.identifier == identifier), None)
