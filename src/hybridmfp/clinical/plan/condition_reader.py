"""Read the condition language of the rules; whatever is not in it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from hybridmfp.clinical.bedside import Contraindication
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.plan.conditions import (
    FINDINGS,
    MAS_GRADES,
    AllOf,
    AnyOf,
    Bounds,
    Condition,
    ContraindicationFound,
    DeficitFound,
    FindingWithin,
    Not,
    QuestionAnswered,
    ScoreWithin,
    StratumIs,
    TimeWithin,
)
from hybridmfp.clinical.plan.rule_entry import Entry

__all__ = ["Vocabulary", "read_condition"]

_LIMITS = ("at_least", "above", "at_most", "below")
_YES_OR_NO = ("follows_instructions", "mep_present")


@dataclass(frozen=True)
class Vocabulary:
    """Hold the names that conditions may use besides findings and contraindications."""

    strata: tuple[str, ...]
    questions: tuple[str, ...]
    deficits: tuple[str, ...]


def read_condition(entry: Entry, vocabulary: Vocabulary) -> Condition:
    """Read one condition.

    Parameters
    ----------
    entry : Entry
        Such as ``{finding: wrist_extension_deg, at_least: 20}``.
    vocabulary : Vocabulary

    Raises
    ------
    SettingsError
        If the condition, or a name in it, is not known.
    """
    kinds = [key for key in entry.raw if key in _READERS]
    if len(kinds) != 1:
        raise entry.wrong(
            f"must be one condition of {', '.join(_READERS)}; got {', '.join(entry.raw) or 'none'}"
        )
    return _READERS[kinds[0]](entry, vocabulary)


def _finding(entry: Entry, _: Vocabulary) -> Condition:
    entry.keys(("finding",), (*_LIMITS, "is"))
    name = entry.word("finding", FINDINGS)
    if name in _YES_OR_NO:
        entry.keys(("finding", "is"))
        wanted = entry.raw["is"]
        if not isinstance(wanted, bool):
            raise entry.wrong(f"must have true or false as is; got {wanted!r}")
        return FindingWithin(name, wanted)
    entry.keys(("finding",), _LIMITS)
    if name == "spasticity_mas":
        limits = {key: entry.word(key, MAS_GRADES) for key in _LIMITS if key in entry.raw}
        return FindingWithin(name, _bounds(entry, limits))
    numbers = {key: entry.number(key) for key in _LIMITS if key in entry.raw}
    return FindingWithin(name, _bounds(entry, numbers))


def _score(entry: Entry, _: Vocabulary) -> Condition:
    entry.keys(("score",))
    inner = entry.entry("score")
    inner.keys((), ("from", "to"))
    if not inner.raw:
        raise inner.wrong("must have from, to or both; got none")
    ends = {"from": float(FMA_UE.minimum), "to": float(FMA_UE.maximum)}
    for key in inner.raw:
        ends[key] = inner.number(key, low=FMA_UE.minimum, high=FMA_UE.maximum)
    if ends["from"] > ends["to"]:
        raise inner.wrong(f"must ascend; got {ends['from']:g} to {ends['to']:g}")
    return ScoreWithin(ends["from"], ends["to"])


def _time(unit: str) -> Callable[[Entry, Vocabulary], Condition]:
    def read(entry: Entry, _: Vocabulary) -> Condition:
        entry.keys((unit,))
        inner = entry.entry(unit)
        inner.keys((), _LIMITS)
        return TimeWithin(unit, _bounds(inner, {key: inner.number(key) for key in inner.raw}))

    return read


def _contraindication(entry: Entry, _: Vocabulary) -> Condition:
    entry.keys(("contraindication",))
    return ContraindicationFound(entry.word("contraindication", get_args(Contraindication)))


def _question(entry: Entry, vocabulary: Vocabulary) -> Condition:
    entry.keys(("question",))
    return QuestionAnswered(entry.word("question", vocabulary.questions))


def _deficit(entry: Entry, vocabulary: Vocabulary) -> Condition:
    entry.keys(("deficit",))
    return DeficitFound(entry.word("deficit", vocabulary.deficits))


def _stratum(entry: Entry, vocabulary: Vocabulary) -> Condition:
    entry.keys(("stratum",))
    names = entry.words("stratum", vocabulary.strata)
    if not names:
        raise entry.wrong("must name a stratum; got none")
    return StratumIs(names)


def _not(entry: Entry, vocabulary: Vocabulary) -> Condition:
    entry.keys(("not",))
    return Not(read_condition(entry.entry("not"), vocabulary))


def _parts(entry: Entry, key: str, vocabulary: Vocabulary) -> tuple[Condition, ...]:
    entry.keys((key,))
    parts = tuple(read_condition(one, vocabulary) for one in entry.entries(key))
    if not parts:
        raise entry.wrong(f"must have conditions in {key}; got none")
    return parts


def _bounds(entry: Entry, limits: Mapping[str, float | str]) -> Bounds:
    if not limits:
        raise entry.wrong(f"must have a limit of {', '.join(_LIMITS)}; got none")
    return Bounds(MappingProxyType(dict(limits)))


_READERS: Mapping[str, Callable[[Entry, Vocabulary], Condition]] = MappingProxyType(
    {
        "finding": _finding,
        "score": _score,
        "days": _time("days"),
        "weeks": _time("weeks"),
        "months": _time("months"),
        "contraindication": _contraindication,
        "question": _question,
        "deficit": _deficit,
        "stratum": _stratum,
        "all_of": lambda entry, vocabulary: AllOf(_parts(entry, "all_of", vocabulary)),
        "any_of": lambda entry, vocabulary: AnyOf(_parts(entry, "any_of", vocabulary)),
        "not": _not,
    }
)
