"""What the patient's page says, and what it never says."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import pytest
from assessment_builder import JOINTS, MUSCLES, NASTY, assessment_of, drivers_of, refused_assessment
from page_reader import read_page
from readability import school_grade

from hybridmfp.app.report import render_patient_page
from hybridmfp.app.report.patient_page import patient_drivers
from hybridmfp.app.report.patient_wording import ENGLISH
from hybridmfp.features import FEATURES
from hybridmfp.preprocessing.joint_angles import JOINTS as ANGLES

FILLED = {
    "arm": "right arm", "n_trials": 30, "low": 33, "high": 50, "minimum": 0, "maximum": 66,
    "often": "about 9 times out of 10", "percent": 87, "subject": "P07", "session": 1,
    "part": "turning your palm", "when": "on the way",
}  # fmt: skip
NEVER = (
    "exercise", "treatment", "therapy", "should", "must", "fail", "bad", "poor", "worse", "weak",
    "severe", "abnormal", "danger", "risk", "warning", "error", "impair", "disab", "deficit",
)  # fmt: skip
NOT_ABOUT_MOVEMENT = {"kin.time_to_peak", "kin.joint_mean"}  # better is "none": nothing to praise


def texts(words: Any = ENGLISH) -> list[str]:
    """Give every text of a language, filled in."""
    found = []
    for field in dataclasses.fields(words):
        value = getattr(words, field.name)
        found += list(value.values()) if isinstance(value, Mapping) else [value]
    return [text.format(**FILLED) for text in found[1:]]  # the first is the language's code


def test_the_number_is_a_range_and_nothing_else() -> None:
    page = read_page(render_patient_page(assessment_of()))

    assert "33 to 50 points" in page.text
    assert not re.search(r"\b41\b|41\.3", page.text)
    assert page.of_class("at") == []
    assert "about 9 times out of 10" in page.text
    assert set(re.findall(r"\d+", page.text)) == {"07", "1", "30", "33", "50", "0", "66", "9", "10"}


@pytest.mark.parametrize(
    ("level", "words"),
    [(0.95, "19 times out of 20"), (0.8, "8 times out of 10"), (0.85, "85 times out of 100")],
)
def test_how_sure_the_range_is_follows_its_level(level: float, words: str) -> None:
    assert words in render_patient_page(assessment_of(level=level))


def test_a_refused_assessment_has_no_range_and_blames_nobody() -> None:
    leaking = assessment_of(verdict="refused", estimate=57.3, interval=[52.2, 61.7])

    page = read_page(render_patient_page(leaking))

    assert set(re.findall(r"\d+", page.text)) == {"07", "1", "30"}
    assert page.of_class("scale") == page.of_class("parts") == []
    assert "you did nothing wrong" in page.text
    assert "Ask your therapist" in page.text


@pytest.mark.parametrize("build", [assessment_of, refused_assessment])
def test_every_page_sends_the_patient_to_the_therapist_and_is_no_plan(build: Any) -> None:
    page = read_page(render_patient_page(build()))

    assert "Ask your therapist what this page means for you." in page.text
    assert "It is not a plan for your training" in page.text
    assert "For research only. Not a medical device." in page.text


@pytest.mark.parametrize("word", NEVER)
def test_nothing_alarms_judges_or_prescribes(word: str) -> None:
    assert not [text for text in texts() if re.search(rf"\b{word}(?!er)", text.lower())]


def test_the_words_are_of_school_grade_eight_or_lower() -> None:
    sentences = [one for text in texts() for one in re.split(r"(?<=[.:?])\s+", text) if " " in one]
    prose = [one for one in sentences if one.endswith((".", "?", ":"))]

    assert len(prose) > 12
    assert school_grade(prose) < 8
    assert max(len(one.split()) for one in prose) <= 25


def test_letters_are_large() -> None:
    html = render_patient_page(assessment_of())
    sizes = [float(one) for one in re.findall(r"font(?:-size)?: ?([\d.]+)pt", html)]

    assert len(sizes) >= 6
    assert min(sizes) >= 14
    assert not re.search(r"font(-size)?: ?[\d.]+(px|em|%|rem)", html)


def test_what_went_well_and_what_was_harder_follow_the_sign_of_the_points() -> None:
    well, hard = patient_drivers(drivers_of(), ENGLISH)

    assert well == [
        "moving your elbow, near the end", "how smooth your movement was",
        "closing your fingers, on the way",
    ]  # fmt: skip
    assert hard[:2] == ["straightening your elbow, near the end", "keeping your body still"]


def test_drivers_about_the_same_thing_are_told_once_on_the_side_of_their_sum() -> None:
    bending = [
        {"name": "biceps_brachii", "phase": "early", "points": 1.0},
        {"name": "brachioradialis", "phase": "late", "points": -3.0},
    ]

    assert patient_drivers(bending, ENGLISH) == ([], ["bending your elbow, near the end"])


def test_drivers_that_cancel_out_or_have_no_words_are_not_told() -> None:
    drivers = [
        {"name": "biceps_brachii", "phase": None, "points": 1.0},
        {"name": "brachioradialis", "phase": None, "points": -1.0},
        {"name": "emg.median_frequency.biceps_brachii", "phase": None, "points": 5.0},
    ]

    assert patient_drivers(drivers, ENGLISH) == ([], [])
    page = read_page(render_patient_page(assessment_of(drivers=drivers)))
    assert ENGLISH.no_drivers in page.text


def test_only_a_few_parts_are_named() -> None:
    page = read_page(render_patient_page(assessment_of(drivers=drivers_of(15))))
    none = read_page(render_patient_page(assessment_of(), n_parts=0))

    assert sum(name == "li" for name, _ in page.elements) == 6
    assert not [1 for name, _ in none.elements if name == "li"]
    assert ENGLISH.no_drivers not in none.text


@pytest.mark.parametrize("name", [*MUSCLES, *JOINTS, *ANGLES])
def test_every_signal_of_the_montages_has_words(name: str) -> None:
    assert name in ENGLISH.parts


@pytest.mark.parametrize("name", [one.name for one in FEATURES if one.name.startswith("kin.")])
def test_every_movement_feature_with_a_better_direction_has_words(name: str) -> None:
    assert (name.removeprefix("kin.") in ENGLISH.parts) is (name not in NOT_ABOUT_MOVEMENT)


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize("model", [True, False])
@pytest.mark.parametrize("build", [assessment_of, refused_assessment])
def test_what_is_made_up_is_said_before_anything_else(
    patient: bool, model: bool, build: Any
) -> None:
    assessment = build(synthetic=patient)
    assessment["model"]["trained_on"]["synthetic"] = model

    text = read_page(render_patient_page(assessment)).text

    assert ("made up" in text) is (patient and not model)
    assert ("made-up people" in text) is model
    assert text.startswith("This") is (patient or model)


@pytest.mark.parametrize(
    ("modality", "told"), [("emg", ENGLISH.emg), ("kinematics", ENGLISH.kinematics)]
)
def test_only_what_was_recorded_is_told(modality: str, told: str) -> None:
    quality = assessment_of()["quality"]
    channels = [one for one in quality["channels"] if one["modality"] == modality]

    text = read_page(
        render_patient_page(assessment_of(quality={**quality, "channels": channels}, side=None))
    ).text

    assert told in text
    assert sum(one in text for one in (ENGLISH.emg, ENGLISH.kinematics)) == 1
    assert "how you move your arm." in text


@pytest.mark.parametrize("build", [assessment_of, refused_assessment])
def test_another_language_replaces_every_word(build: Any) -> None:
    def foreign(text: str) -> str:
        return re.sub(r"(\{\w+\})|[A-Za-z]", lambda found: found[1] or "\u8bed", text)

    changed: dict[str, Any] = {}
    for field in dataclasses.fields(ENGLISH):
        value = getattr(ENGLISH, field.name)
        is_table = isinstance(value, Mapping)
        changed[field.name] = (
            {key: foreign(one) for key, one in value.items()} if is_table else foreign(value)
        )
    words = dataclasses.replace(ENGLISH, **{**changed, "language": "zh"})

    page = read_page(render_patient_page(build(subject="7", synthetic=True), words=words))

    assert ("html", {"lang": "zh"}) in page.elements
    assert not re.search("[A-Za-z]", page.text)
    assert "\u8bed" in page.text


def test_words_are_text_and_nothing_is_loaded() -> None:
    html = render_patient_page(assessment_of(subject=NASTY, session=NASTY))

    assert "<b>" not in html
    assert NASTY in read_page(html).text
    assert not re.search(r"<script|<link|<img|url\(|@import|\s(src|href|on\w+)=", html)
