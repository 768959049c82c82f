"""Read the rules of the plan from a file, ours or a clinic's, and check all of it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.plan.condition_reader import Vocabulary, read_condition
from hybridmfp.clinical.plan.conditions import FINDINGS
from hybridmfp.clinical.plan.lined_yaml import load_lined
from hybridmfp.clinical.plan.rule_entry import Entry
from hybridmfp.clinical.plan.rules import (
    Caution,
    Deficit,
    Direction,
    Dose,
    DoseCap,
    DoseCapRule,
    Evidence,
    Gate,
    GuidelineStatement,
    InputRule,
    ModuleRule,
    ProgressionRule,
    Question,
    Rules,
    SafetyNote,
    SourcedCondition,
    Stance,
    StratumRule,
    StudyDesign,
)
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ReadError

__all__ = ["RULES_FORMAT", "read_rules"]

RULES_FORMAT = "hybridmfp-plan-rules/1"
TRAITS = (
    "moves_arm",
    "loads_shoulder",
    "exertion",
    "electrodes",
    "stimulation",
    "injection",
    "cooperation",
)
_SECTIONS = (
    "format",
    "title",
    "strata",
    "inputs",
    "questions",
    "deficits",
    "dose_cap",
    "gates",
    "cautions",
    "progression",
    "guidelines",
    "modules",
)
_MATCHING = Source("proposal of this project, to be signed off by clinicians", "assumption")


def read_rules(path: str | Path | None = None) -> Rules:
    """Read the rules of the plan.

    Parameters
    ----------
    path : str or Path, optional
        A clinic's own file; ours if there is none. docs/plan.md explains every key.

    Returns
    -------
    Rules

    Raises
    ------
    ReadError
        If there is no such file, or it is not YAML of plain data.
    SettingsError
        If a key, name or condition is not known, a citation is missing, or a name is told twice;
        the message names the rule and its line.

    Examples
    --------
    >>> rules = read_rules()
    >>> rules.module("vns").dose.source.status
    'unverified'
    """
    if path is None:
        return _ours()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"{path} must be a readable file of rules; got {error}. Check the path."
        ) from error
    return _read(text, file=str(path))


@cache
def _ours() -> Rules:
    text = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
    return _read(text, file="rules.yaml")


def _read(text: str, *, file: str) -> Rules:
    top = Entry(load_lined(text, whose=file), path="the file", file=file)
    top.keys(_SECTIONS, tuple(key for key in top.raw if key.startswith("x-")))
    top.word("format", (RULES_FORMAT,))
    strata = _strata(top)
    questions = tuple(_question(one) for one in top.entries("questions", name_key="id"))
    deficits = tuple(_deficit(one) for one in top.entries("deficits", name_key="id"))
    names = Vocabulary(
        strata=tuple(one.name for one in strata),
        questions=tuple(one.identifier for one in questions),
        deficits=tuple(one.identifier for one in deficits),
    )
    return Rules(
        title=top.text("title"),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        strata=strata,
        inputs=_inputs(top.entry("inputs")),
        questions=questions,
        deficits=deficits,
        dose_cap=_dose_cap(top.entry("dose_cap"), names),
        gates=tuple(_gate(one, names) for one in top.entries("gates", name_key="id")),
        cautions=tuple(_caution(one, names) for one in top.entries("cautions", name_key="id")),
        progression=_progression(top.entry("progression")),
        guidelines=tuple(_statement(one) for one in top.entries("guidelines")),
        modules=tuple(_module(one, names) for one in top.entries("modules", name_key="id")),
        matching=_MATCHING,
    )


def _strata(top: Entry) -> tuple[StratumRule, ...]:
    found = []
    for entry in top.entries("strata", name_key="name"):
        source = entry.sourced(("name", "label", "low", "high", "aim"))
        low, high = (entry.whole(key, high=FMA_UE.maximum) for key in ("low", "high"))
        found.append(
            StratumRule(
                entry.text("name"), entry.text("label"), low, high, entry.text("aim"), source
            )
        )
    lows = [one.low for one in found] + [int(FMA_UE.maximum) + 1]
    begins = [0] + [one.high + 1 for one in found]
    if not found or lows != begins or any(one.low > one.high for one in found):
        raise top.wrong("must have strata that cover 0 to 66 without gap or overlap")
    return tuple(found)


def _inputs(entry: Entry) -> InputRule:
    source = entry.sourced(("findings", "max_age_days"))
    findings = entry.words("findings", (*FINDINGS, "contraindications"))
    return InputRule(findings, entry.number("max_age_days"), source)


def _question(entry: Entry) -> Question:
    entry.keys(("id", "text"))
    return Question(entry.text("id"), entry.text("text"))


def _deficit(entry: Entry) -> Deficit:
    source = entry.sourced(("id", "title", "drivers"))
    return Deficit(entry.text("id"), entry.text("title"), entry.words("drivers"), source)


def _dose_cap(entry: Entry, names: Vocabulary) -> DoseCapRule:
    source = entry.sourced(("when", "text", "minutes_per_day_below", "restraint_share_below"))
    cap = DoseCap(
        text=entry.text("text"),
        minutes_per_day_below=entry.number("minutes_per_day_below"),
        restraint_share_below=entry.number("restraint_share_below", high=1),
        source=source,
    )
    return DoseCapRule(read_condition(entry.entry("when"), names), cap)


def _gate(entry: Entry, names: Vocabulary) -> Gate:
    source = entry.sourced(("id", "when", "blocks"))
    when = read_condition(entry.entry("when"), names)
    return Gate(entry.text("id"), when, frozenset(entry.words("blocks", TRAITS)), source)


def _caution(entry: Entry, names: Vocabulary) -> Caution:
    source = entry.sourced(("id", "when", "traits", "text"))
    return Caution(
        identifier=entry.text("id"),
        when=read_condition(entry.entry("when"), names),
        traits=frozenset(entry.words("traits", TRAITS)),
        note=SafetyNote(entry.text("text"), source),
    )


def _progression(entry: Entry) -> ProgressionRule:
    counts = ("repetitions_per_session", "reset_targets_every_sessions", "sessions")
    source = entry.sourced((*counts, "pain_rise"))
    pain = entry.entry("pain_rise")
    pain_source = pain.sourced(("points",))
    repetitions, reset, sessions = (entry.whole(key, low=1) for key in counts)
    points = pain.number("points", high=10)
    return ProgressionRule(repetitions, reset, sessions, source, points, pain_source)


def _statement(entry: Entry) -> GuidelineStatement:
    source = entry.sourced(("name", "statement", "stance"), ("grade",))
    return GuidelineStatement(
        name=entry.text("name"),
        statement=entry.text("statement"),
        stance=_known(entry.word("stance", get_args(Stance))),
        source=source,
        grade=entry.text("grade") if "grade" in entry.raw else None,
    )


def _module(entry: Entry, names: Vocabulary) -> ModuleRule:
    lists = ("addresses", "eligibility", "exclusion", "other_doses", "evidence", "guidelines")
    entry.keys(("id", "title", "aim", "strata", "traits", "dose"), (*lists, "safety"))
    strata = entry.entry("strata")
    strata.keys((), ("candidate", "allowed", "excluded"))
    roles = {key: strata.words(key, names.strata) for key in ("candidate", "allowed", "excluded")}
    named = [name for role in roles.values() for name in role]
    if len(named) != len(set(named)):
        raise strata.wrong("must give each stratum one role; got one in two lists")
    return ModuleRule(
        identifier=entry.text("id"),
        title=entry.text("title"),
        aim=entry.text("aim"),
        **roles,
        traits=frozenset(entry.words("traits", TRAITS)),
        addresses=entry.words("addresses", names.deficits),
        eligibility=tuple(_condition(one, names) for one in entry.entries("eligibility")),
        exclusion=tuple(_condition(one, names) for one in entry.entries("exclusion")),
        dose=_dose(entry.entry("dose")),
        other_doses=tuple(_dose(one) for one in entry.entries("other_doses")),
        evidence=tuple(_evidence(one) for one in entry.entries("evidence")),
        guidelines=tuple(_statement(one) for one in entry.entries("guidelines")),
        safety=tuple(_safety(one) for one in entry.entries("safety")),
    )


def _condition(entry: Entry, names: Vocabulary) -> SourcedCondition:
    source = entry.sourced(("when",))
    return SourcedCondition(read_condition(entry.entry("when"), names), source)


def _dose(entry: Entry) -> Dose:
    source = entry.sourced(("text",), ("minutes_per_day", "repetitions_per_session"))
    minutes = entry.number("minutes_per_day") if "minutes_per_day" in entry.raw else None
    counted = "repetitions_per_session" in entry.raw
    repetitions = entry.whole("repetitions_per_session") if counted else None
    return Dose(entry.text("text"), source, minutes, repetitions)


def _evidence(entry: Entry) -> Evidence:
    source = entry.sourced(("text", "design", "direction"))
    return Evidence(
        text=entry.text("text"),
        design=_known(entry.word("design", get_args(StudyDesign))),
        direction=_known(entry.word("direction", get_args(Direction))),
        source=source,
    )


def _safety(entry: Entry) -> SafetyNote:
    source = entry.sourced(("text",))
    return SafetyNote(entry.text("text"), source)


def _known(word: str) -> Any:
    """Give a word whose membership in its `Literal` was checked."""
    return word
