"""What rules say of doses, guidelines and effects: against hand-written values and their tags."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import yaml

from hybridmfp.clinical.plan import contradiction, guideline_rank, read_rules
from hybridmfp.clinical.plan.rules import ModuleRule

V, K, OWN = "verified", "unverified", "assumption"
# module: numbers that its dose must tell, status, minutes a day, repetitions a session
DOSES: dict[str, tuple[list[str], str, float | None, int | None]] = {
    "mirror_therapy": (["30 min", "5 times a week", "4 weeks"], V, 30, None),
    "nmes_fes": (["no dose"], OWN, None, None),
    "motor_imagery": (["no dose"], OWN, None, None),
    "bci_fes": (["no dose"], OWN, None, None),
    "positioning_rom": (["no dose"], OWN, None, None),
    "bilateral_training": (["no dose"], OWN, None, None),
    "assisted_reaching": (["no dose"], OWN, None, None),
    "supported_task_practice": (["no dose"], OWN, None, None),
    "task_practice": (["200 to 300"], OWN, None, 200),
    "keyform_training": (["200 repetitions", "9 sessions", "third session"], V, None, 200),
    "mcimt": (["5 to 6 h", "3 h", "3 times a week", "4 weeks"], V, 180, None),
    "mcimt_lower_criterion": (["5 to 6 h", "3 h", "3 times a week", "4 weeks"], V, 180, None),
    "expanded_cimt": (["3.5 to 6 h", "15 weekdays"], V, 210, None),
    "vns": (["18 sessions", "6 weeks", "more than 300"], K, None, 300),
    "robot": (["45 min", "3 times a week", "12 weeks"], V, 45, None),
    "telerehabilitation": (["36 sessions", "70 min", "18", "6 to 8 weeks"], V, 70, None),
    "high_dose": (["90 h in 3 weeks"], V, None, None),
    "bimanual_tasks": (["no dose"], OWN, None, None),
    "fine_motor": (["no dose"], OWN, None, None),
    "home_programme": (["no dose"], OWN, None, None),
    "kinematic_feedback": (["no dose"], OWN, None, None),
    "work_sport": (["no dose"], OWN, None, None),
    "botulinum_referral": (["physician"], OWN, None, None),
}
# what each guideline says: its name, stance, grade and status
_TASKS = {
    ("VA/DoD 2024", "strong_for", "strong for", V),
    ("CSBPR 6th edition", "for", "early A, late A", K),
    ("AHA/ASA 2016", "for", "I-A", K),
}
_CIMT = {
    ("CSBPR 6th edition", "for", None, K),
    ("UK and Ireland 2023", "named", None, V),
    ("AHA/ASA 2016", "for", "IIa-A", K),
}
GUIDELINES: dict[str, set[tuple[str, str, str | None, str]]] = {
    "mirror_therapy": {
        ("VA/DoD 2024", "weak_for", "weak for", V),
        ("UK and Ireland 2023", "named", None, V),
        ("NICE NG236", "mentioned", None, V),
    },
    "nmes_fes": {
        ("VA/DoD 2024", "weak_for", "weak for", V),
        ("CSBPR 6th edition", "for", "A", K),
        ("UK and Ireland 2023", "named", None, V),
        ("AHA/ASA 2016", "for", "IIa-A", K),
    },
    "motor_imagery": {
        ("CSBPR 6th edition", "for", "A/B", K),
        ("UK and Ireland 2023", "named", None, V),
        ("AHA/ASA 2016", "for", "IIa-A", K),
    },
    "positioning_rom": {("CSBPR 6th edition", "for", "C", K)},
    "bilateral_training": {("AAPM&R", "named", None, V)},
    "supported_task_practice": _TASKS,
    "task_practice": _TASKS | {("UK and Ireland 2023", "named", None, V)},
    "mcimt": _CIMT,
    "mcimt_lower_criterion": _CIMT,
    "vns": {("UK and Ireland 2023", "named", None, V)},
    "robot": {
        ("AHA/ASA 2016", "for", "IIa-A", K),
        ("VA/DoD 2024", "neutral", "insufficient (neither for nor against)", V),
        ("NICE NG236", "against", None, K),
        ("UK and Ireland 2023", "named", None, V),
    },
    "telerehabilitation": {("NICE NG236", "mentioned", None, V)},
    "high_dose": {("UK and Ireland 2023", "named", None, V)},
    "botulinum_referral": {("VA/DoD 2024", "weak_for", "weak for", V)},
}
# module: for each study what it must tell, and its status
EFFECTS: dict[str, list[tuple[list[str], str]]] = {
    "mirror_therapy": [(["0.47", "0.27 to 0.67", "0.49", "0.32 to 0.66", "CD008449", "1982"], V)],
    "nmes_fes": [(["1.24", "2 months", "1 year", "very low quality", "Eraifej 2017"], V)],
    "bci_fes": [
        (["5.82", "3.04 to 8.59", "8.45", "12 trials", "n = 619"], V),
        (["0.79 (Cervera)", "0.42 (Bai 2020)", "0.62 (2022)"], V),
    ],
    "task_practice": [(["30 h", "no difference", "ICARE", "n = 361"], V)],
    "mcimt": [
        (["robust", "timing did not matter", "forced use alone", "Lancet Neurol 14:224"], V),
        (["0.47", "0.80", "Stevenson 2012"], V),
    ],
    "mcimt_lower_criterion": [
        (["robust", "timing did not matter", "forced use alone", "Lancet Neurol 14:224"], V),
        (["0.47", "0.80", "Stevenson 2012"], V),
    ],
    "expanded_cimt": [(["small trials", "Uswatte"], V)],
    "vns": [(["5.0", "2.4", "2.6, 1.0 to 4.2", "47 against 24 %", "day 90", "397:1545"], V)],
    "robot": [
        (["no gain on the ARAT", "394:51", "n = 770"], V),
        (["44 %", "50 %", "42 %"], K),
    ],
    "telerehabilitation": [(["7.86", "8.36", "not inferior", "n = 124"], V)],
    "high_dose": [(["0 to 54", "26 to 37", "18 to 27", "6 months", "90:498", "n = 224"], V)],
}


def _modules() -> tuple[ModuleRule, ...]:
    return read_rules().modules


def _named(module: ModuleRule) -> str:
    return module.identifier


@pytest.mark.parametrize("module", _modules(), ids=_named)
def test_a_dose_is_what_its_source_says(module: ModuleRule) -> None:
    told, status, minutes, repetitions = DOSES[module.identifier]

    assert [one for one in told if one not in module.dose.text] == []
    assert module.dose.source.status == status
    assert module.dose.minutes_per_day == minutes
    assert module.dose.repetitions_per_session == repetitions


@pytest.mark.parametrize("module", _modules(), ids=_named)
def test_guidelines_say_what_they_say_with_the_tag_they_have(module: ModuleRule) -> None:
    told = {(one.name, one.stance, one.grade, one.source.status) for one in module.guidelines}

    assert told == GUIDELINES.get(module.identifier, set())


@pytest.mark.parametrize("module", _modules(), ids=_named)
def test_effects_are_those_of_the_studies(module: ModuleRule) -> None:
    expected = EFFECTS.get(module.identifier, [])

    assert len(module.evidence) == len(expected)
    for one, (told, status) in zip(module.evidence, expected, strict=True):
        assert [word for word in told if word not in one.line] == []
        assert one.source.status == status


def test_general_statements_of_guidelines_keep_their_tags() -> None:
    told = {(one.name, one.stance, one.source.status) for one in read_rules().guidelines}

    assert told == {("NICE NG236", "named", K), ("VA/DoD 2024", "weak_for", V)}


def test_contraindications_are_told_without_having_been_read() -> None:
    statuses = {one.identifier: one.source.status for one in read_rules().gates}

    assert statuses == {
        "fracture": K,
        "shoulder_subluxation": K,
        "uncontrolled_blood_pressure": K,
        "skin_problem": K,
        "pacemaker": K,
        "seizures": K,
        "pregnancy": OWN,
        "shoulder_pain": OWN,
        "instructions": OWN,
    }


def test_guidelines_contradict_each_other_about_the_robot_alone() -> None:
    told = {one.identifier: text for one in _modules() if (text := contradiction(one))}

    assert list(told) == ["robot"]
    for word in (
        "AHA/ASA 2016: robot-assisted training, IIa-A [unverified]",
        "VA/DoD 2024: robot-assisted training of the arm, insufficient (neither for nor against)",
        "NICE NG236: do not offer robot-assisted arm training",
        "upper limb programme [unverified]",
        "RATULS",
    ):
        assert word in told["robot"]


@pytest.mark.parametrize(
    ("module", "rank"),
    [
        ("task_practice", 4),
        ("mirror_therapy", 3),
        ("mcimt", 2),
        ("motor_imagery", 2),
        ("positioning_rom", 2),
        ("telerehabilitation", 1),
        ("fine_motor", 1),
        ("robot", 0),
    ],
)
def test_guidelines_rank_by_strength_and_by_what_was_read(module: str, rank: int) -> None:
    found = read_rules().module(module)

    assert found is not None
    assert guideline_rank(found) == rank


def _sourced(raw: Any) -> Iterator[dict[str, Any]]:
    if isinstance(raw, dict):
        if "citation" in raw:
            yield raw
        for one in raw.values():
            yield from _sourced(one)
    if isinstance(raw, list):
        for one in raw:
            yield from _sourced(one)


def test_no_citation_hides_that_it_was_not_read() -> None:
    text = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
    raw = yaml.safe_load(text)
    raw.pop("x-sources")
    own = [one for one in _sourced(raw) if "this project" in one["citation"]]

    assert len(own) > 20
    assert {one["source_status"] for one in own} == {OWN}
    assert {one["source_status"] for one in _sourced(raw)} == {V, K, OWN}
