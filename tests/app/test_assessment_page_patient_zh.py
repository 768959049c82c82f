"""The patient's page in Chinese: every word translated, short sentences, the same silence."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import pytest
from assessment_builder import assessment_of, drivers_of, refused_assessment
from page_reader import read_page

from hybridmfp.app.report import render_patient_page
from hybridmfp.app.report.patient_page import patient_drivers
from hybridmfp.app.report.patient_wording import ENGLISH
from hybridmfp.app.report.patient_wording_zh import CHINESE

HAN = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff}][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")
# exercise, treatment, must, fail, bad, worse, weak, severe, abnormal, danger, risk, warning, damage
NEVER = (
    "\u953b\u70bc", "\u6cbb\u7597(?!\u5e08)", "\u5fc5\u987b", "\u5931\u8d25", "\u5dee", "\u574f",
    "\u6076\u5316", "\u5f31", "\u4e25\u91cd", "\u5f02\u5e38", "\u5371\u9669", "\u98ce\u9669",
    "\u8b66\u544a", "\u9519\u8bef", "\u635f\u4f24", "\u7f3a\u9677",
)  # fmt: skip


def texts() -> list[str]:
    found: list[str] = []
    for field in dataclasses.fields(CHINESE):
        value = getattr(CHINESE, field.name)
        found += list(value.values()) if isinstance(value, Mapping) else [value]
    return found[1:]  # the first is the language's code


@pytest.mark.parametrize("build", [assessment_of, refused_assessment])
@pytest.mark.parametrize("synthetic", [True, False])
def test_no_english_word_is_left(build: Any, synthetic: bool) -> None:
    assessment = build(subject="7", session="2", synthetic=synthetic)
    assessment["model"]["trained_on"]["synthetic"] = not synthetic

    page = read_page(render_patient_page(assessment, words=CHINESE))
    told = [had["aria-label"] for _, had in page.elements if "aria-label" in had]

    assert ("html", {"lang": "zh-CN"}) in page.elements
    assert not re.search("[A-Za-z]", " ".join([page.text, *told]))
    assert all(HAN.search(heading) for heading in page.headings)


def test_every_text_and_every_part_is_translated_with_the_same_fillings() -> None:
    for field in dataclasses.fields(ENGLISH):
        english, chinese = getattr(ENGLISH, field.name), getattr(CHINESE, field.name)
        if isinstance(english, Mapping):
            assert chinese.keys() == english.keys()
        else:
            braces = [sorted(re.findall(r"\{\w+\}", text)) for text in (english, chinese)]
            assert braces[0] == braces[1], field.name
    assert all(HAN.search(text) or text in {"", "{part}\uff08{when}\uff09"} for text in texts())


def test_things_that_are_one_in_english_are_one_in_chinese() -> None:
    for one in ENGLISH.parts:
        for other in ENGLISH.parts:
            if ENGLISH.parts[one] == ENGLISH.parts[other]:
                assert CHINESE.parts[one] == CHINESE.parts[other]


def test_sentences_are_short_and_their_punctuation_is_chinese() -> None:
    sentences = [one for text in texts() for one in re.split("[\u3002\uff1f\uff1a]", text) if one]
    lengths = [len(re.sub(r"\{\w+\}", "12", one)) for one in sentences]

    assert sum(lengths) / len(lengths) <= 25
    assert max(lengths) <= 30
    assert [text for text in texts() if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize("word", NEVER)
def test_nothing_alarms_judges_or_prescribes(word: str) -> None:
    assert [text for text in texts() if re.search(word, text)] == []


def test_the_number_is_a_range_and_the_parts_follow_the_points() -> None:
    page = read_page(render_patient_page(assessment_of(), words=CHINESE))
    well, hard = patient_drivers(drivers_of(), CHINESE)
    english_well, english_hard = patient_drivers(drivers_of(), ENGLISH)

    assert "33 \u5230 50 \u5206" in page.text
    assert not re.search(r"\b41\b|41\.3", page.text)
    assert (len(well), len(hard)) == (len(english_well), len(english_hard))
    assert f"\uff08{CHINESE.phases['late']}\uff09" in well[0]
    assert all(part in page.text for part in [*well[:3], *hard[:3]])
