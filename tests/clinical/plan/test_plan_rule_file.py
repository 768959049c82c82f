"""What `read_rules` promises: a wrong file is refused, and the message names rule and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from plan_patients import YES, certain, course_of, plan_of, planned, why_blocked

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.plan import Rules, make_plan, read_rules
from hybridmfp.errors import ReadError, SettingsError

_TEXT = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
_NEW = """
  - id: new
    title: A new module
    aim: something
    strata: {candidate: [limited]}
    traits: [moves_arm]
    dose: {text: 1 h, citation: us, source_status: assumption}
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Rules]:
    def of(text: str) -> Rules:
        path = tmp_path / "clinic.yaml"
        path.write_text(text, encoding="utf-8")
        return read_rules(path)

    return of


def _line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_clinic_brings_its_own_file(read: Callable[[str], Rules]) -> None:
    rules = read(_TEXT.replace("title: HybridMFP proposal", "title: Our clinic") + _NEW)
    plan = make_plan(course_of(40), stratification=certain(40), rules=rules)

    assert "new" in planned(plan)
    assert plan.rules == f"Our clinic, SHA-256 {rules.digest}"
    assert plan_of(40).rules != plan.rules


def test_our_own_rules_are_read_the_same_from_a_path(read: Callable[[str], Rules]) -> None:
    assert read(_TEXT) == read_rules()


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("format: hybridmfp-plan-rules/1", "format: other/1", "got 'other/1'"),
        (
            "    traits: [moves_arm, coop",
            "    trait: [moves_arm, coop",
            "got 'trait'; did you mean",
        ),
        ("traits: [injection]", "traits: [injektion]", "got 'injektion'; did you mean 'injection'"),
        ("    title: Mirror therapy\n", "", "module.*mirror_therapy must have title; got none"),
        ("  - id: robot\n", "  - id: vns\n", "modules vns must have a id of its own; line"),
        ("citation: Yadav 2016, ", "", "mcimt, dose must have citation; got none"),
        (
            "source_status: unverified}\n    evidence",
            "source_status: read}\n    evidence",
            "'read'",
        ),
        ("design: randomised, direction: none", "design: rct, direction: none", "got 'rct'"),
        ("stance: neutral", "stance: maybe", "modules robot, guidelines 2 must have stance of"),
        ("candidate: [none, poor], allowed", "candidate: [nil], allowed", "got 'nil'"),
        (
            "candidate: [none, poor], allowed: [limited",
            "candidate: [none], allowed: [none",
            "one role",
        ),
        ("addresses: [wrist_finger_activity]", "addresses: [grip]", "got 'grip'"),
        ("[none, poor, limited, notable, full]", "[none, none]", "must name 'none' once"),
        ("low: 23, high: 31", "low: 24, high: 31", "cover 0 to 66 without gap"),
        ("low: 53, high: 66", "low: 53, high: 65", "cover 0 to 66 without gap"),
        ("low: 23, high: 31", "low: 23, high: 31.5", "whole number as high"),
        ("    - contraindications\n", "    - mood\n", "got 'mood'"),
        ("max_age_days: 14", "max_age_days: -1", "must have a number of 0 or more"),
        ("max_age_days: 14", "max_age_days: soon", "got 'soon'"),
        ("max_age_days: 14", "max_age_days: .nan", "number of 0 or more"),
        ("restraint_share_below: 0.9", "restraint_share_below: 90", "number of 0 to 1"),
        ("sessions: 9", "sessions: 0", "number of 1 or more"),
        ("blocks: [electrodes]", "blocks: [skin]", "gates skin_problem must have blocks of"),
        ("blocks: [electrodes]", "blocks: electrodes", "must have a list of words as blocks"),
        ("    title: Mirror therapy\n", "    title: 3\n", "must have words as title; got 3"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    old: str, new: str, match: str, read: Callable[[str], Rules]
) -> None:
    assert old in _TEXT

    with pytest.raises(SettingsError, match=match) as caught:
        read(_TEXT.replace(old, new, 1))
    assert "clinic.yaml, line " in str(caught.value)


_CONDITION = """    eligibility:
      - when: HERE
        citation: us
        source_status: assumption
"""


def _with(condition: str) -> str:
    return _TEXT + _NEW + _CONDITION.replace("HERE", condition)


@pytest.mark.parametrize(
    ("condition", "match"),
    [
        ("{findng: wrist_extension_deg, at_least: 20}", "must be one condition of"),
        ("{finding: wrist_extension, at_least: 20}", "did you mean 'wrist_extension_deg'"),
        ("{finding: wrist_extension_deg}", "must have a limit"),
        ("{finding: wrist_extension_deg, at_lest: 20}", "did you mean 'at_least'"),
        ("{finding: wrist_extension_deg, at_least: twenty}", "got 'twenty'"),
        ("{finding: wrist_extension_deg, at_least: true}", "got True"),
        ("{finding: wrist_extension_deg, is: true}", "got 'is'"),
        ("{finding: spasticity_mas, at_most: 2}", "words as at_most; got 2"),
        ('{finding: spasticity_mas, at_most: "5"}', "got '5'"),
        ("{finding: follows_instructions, at_least: 1}", "got 'at_least'"),
        ("{finding: follows_instructions, is: 1}", "true or false"),
        ("{score: {from: 20, to: 70}}", "number of 0 to 66"),
        ("{score: {from: 50, to: 20}}", "must ascend"),
        ("{score: {}}", "must have from, to or both"),
        ("{score: 20}", "must be a mapping"),
        ("{weeks: {}}", "must have a limit"),
        ("{weeks: {from: 2}}", "got 'from'"),
        ("{contraindication: pacmaker}", "did you mean 'pacemaker'"),
        ("{question: handedness}", "got 'handedness'"),
        ("{deficit: grip}", "got 'grip'"),
        ("{stratum: []}", "must name a stratum"),
        ("{stratum: [mild]}", "got 'mild'"),
        ("{all_of: []}", "must have conditions"),
        ("{any_of: [{weeks: {at_least: 2}}, {week: 3}]}", "any_of 2 must be one condition"),
        ("{not: {not: {not: 3}}}", "must be a mapping; got 3"),
        ("{weeks: {at_least: 2}, days: {at_least: 2}}", "must be one condition"),
        ("{}", "must be one condition"),
    ],
)
def test_a_condition_outside_the_language_is_refused(
    condition: str, match: str, read: Callable[[str], Rules]
) -> None:
    text = _with(condition)
    line = _line(text, f"      - when: {condition}")

    with pytest.raises(SettingsError, match=match) as caught:
        read(text)
    assert f"line {line}: the file, modules new, eligibility 1, when" in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "more", "expected"),
    [
        ("{stratum: [limited]}", {}, "planned"),
        ("{stratum: [poor]}", {}, "finding"),
        ("{deficit: smoothness}", {"drivers": ["kin.sparc"]}, "planned"),
        ("{deficit: smoothness}", {"drivers": ["kin.peak_speed"]}, "finding"),
        ("{deficit: smoothness}", {}, "missing_input"),
        ("{finding: nihss, at_most: 10}", {}, "missing_input"),
        ("{not: {contraindication: pregnancy}}", {}, "planned"),
        ("{days: {at_least: 60}}", {}, "planned"),
        ("{days: {above: 60}}", {}, "finding"),
        ("{finding: wrist_extension_deg, at_least: 10, below: 15}", {}, "finding"),
        ("{finding: wrist_extension_deg, at_least: 10, below: 16}", {}, "planned"),
    ],
)
def test_the_language_says_what_it_says(
    condition: str, more: dict[str, object], expected: str, read: Callable[[str], Rules]
) -> None:
    plan = plan_of(40, rules=read(_with(condition)), **more)

    assert expected == ("planned" if "new" in planned(plan) else why_blocked(plan, "new")[0])


@pytest.mark.parametrize(("day", "expected"), [(46, "planned"), (45, "missing_input")])
def test_a_finding_that_is_not_required_is_unknown_once_it_is_old(
    day: float, expected: str, read: Callable[[str], Rules]
) -> None:
    course = course_of(40, 60)
    old = BedsideFindings(day, nihss=5)
    course = replace(course, bedside=(old, *course.bedside))
    rules = read(_with("{finding: nihss, at_most: 10}"))

    plan = make_plan(course, stratification=certain(40), rules=rules)

    assert expected == ("planned" if "new" in planned(plan) else why_blocked(plan, "new")[0])


def test_an_exclusion_that_is_met_or_unknown_blocks(read: Callable[[str], Rules]) -> None:
    def kind(condition: str) -> str:
        text = _with(condition).replace("    eligibility:\n      - when: " + condition, "HERE")
        text = text.replace("HERE", "    exclusion:\n      - when: " + condition)
        plan = plan_of(40, rules=read(text))
        return "planned" if "new" in planned(plan) else why_blocked(plan, "new")[0]

    assert kind("{days: {at_least: 60}}") == "excluded"
    assert kind("{days: {below: 60}}") == "planned"
    assert kind("{finding: nihss, at_least: 20}") == "missing_input"


def test_a_question_that_nobody_answered_can_be_asked(read: Callable[[str], Rules]) -> None:
    text = _with("{question: writes}").replace(
        "questions:\n", 'questions:\n  - {id: writes, text: "Does the patient write?"}\n', 1
    )

    plan = plan_of(40, rules=read(text), answers=YES)

    assert why_blocked(plan, "new") == (
        "missing_input",
        "examine first: Does the patient write?",
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: [", "must be YAML"),
        ("a: 1\na: 2", "the key 'a' is told twice"),
        ("a: !!python/object/apply:os.system [ls]", "must be YAML of plain data"),
        ("? [a, b]\n: 1", "must have only known keys"),
        ("&a [*a]", "must be YAML of plain data|must be a mapping"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(
    text: str, match: str, read: Callable[[str], Rules]
) -> None:
    with pytest.raises((ReadError, SettingsError), match=match):
        read(text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="must be a readable file of rules"):
        read_rules(tmp_path / "none.yaml")


def test_a_list_is_no_file_of_rules(read: Callable[[str], Rules]) -> None:
    with pytest.raises(SettingsError, match="the file must be a mapping"):
        read("- 1")
