"""The therapist's page of a course in Chinese: what is translated, and what stays English."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from course_builder import estimated_review, refused_review, signed_review, usual_review
from page_reader import SIGN_WIDTH, VOID, read_page

from hybridmfp.app.report import CLINICIAN_CHINESE, CLINICIAN_ENGLISH, render_course
from hybridmfp.app.report.course_names import biomarker_name
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.clinical.plan import read_rules
from hybridmfp.clinical.sourced import read_facts
from hybridmfp.features import FEATURES
from hybridmfp.signals import SCALES

BUILDS = [usual_review, signed_review, estimated_review, refused_review]
HAN = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff}][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")
# Names, abbreviations of the field, and what stands for a patient, a session or a person
NAMES = {
    "FMA", "UE", "MDC", "MCID", "PREP", "EPOS", "SAFE", "MEP", "NIHSS", "MRC", "NMES", "FES", "BCI",
    "SPARC", "Hoonhorst", "P", "S", "M", "Curie", "T", "cm", "Hz", "RMS",
}  # fmt: skip


class _ByLanguage(HTMLParser):
    """Collects what a page says outside of what is marked as English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.told: list[str] = []
        self.english: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = dict(attrs)
        before = self.open[-1][1] if self.open else None
        if had.get("aria-label"):
            self.told.append(had["aria-label"] or "")
        if tag not in VOID:
            self.open.append((tag, had.get("lang", before)))

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1][0] != "style":
            (self.english if self.open[-1][1] == "en" else self.told).append(data)


def by_language(review: dict[str, Any]) -> _ByLanguage:
    reader = _ByLanguage()
    reader.feed(render_course(review, words=CLINICIAN_CHINESE))
    return reader


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("synthetic", [True, False])
def test_no_english_is_left_but_what_is_marked_as_such(build: Any, synthetic: bool) -> None:
    reader = by_language({**build(), "synthetic": synthetic})
    # items are named by their identifiers everywhere in the world
    items = {item.identifier for item in SCALES["fma-ue"].items}

    words = re.findall(r"[A-Za-z][A-Za-z0-9]*", " ".join(reader.told))
    left = {word for word in words if word not in items and re.sub(r"\d", "", word) not in NAMES}

    assert left == set()
    assert "html" in render_course(build(), words=CLINICIAN_CHINESE)[:40]


@pytest.mark.parametrize("build", BUILDS)
def test_headings_are_chinese_and_the_page_says_that_some_texts_are_not(build: Any) -> None:
    page = read_page(render_course(build(), words=CLINICIAN_CHINESE))

    assert ("html", {"lang": "zh-CN"}) in page.elements
    assert all(HAN.search(one) or one in {"PREP2", "EPOS"} for one in page.headings)
    assert CLINICIAN_CHINESE.say("english_stays") in page.text
    assert CLINICIAN_ENGLISH.say("english_stays") not in render_course(build())


def test_reasons_and_citations_stay_as_they_are() -> None:
    english = " ".join(by_language(refused_review()).english)
    told = refused_review()["plan"]["refused"]["message"]

    assert told in english
    sources = " ".join(by_language(usual_review()).english)
    assert "Hoonhorst 2015, Arch Phys Med Rehabil 96:1845, n = 460" in sources


def test_both_languages_have_the_same_texts_with_the_same_fillings() -> None:
    english, chinese = CLINICIAN_ENGLISH.texts, CLINICIAN_CHINESE.texts

    assert english.keys() == chinese.keys()
    for key, text in english.items():
        braces = [sorted(re.findall(r"\{\w+\}", one)) for one in (text, chinese[key])]
        assert braces[0] == braces[1], key


def test_chinese_texts_have_chinese_punctuation() -> None:
    told = [*CLINICIAN_CHINESE.texts.values(), *CLINICIAN_CHINESE.phrases.values()]

    assert [text for text in told if HALF_WIDTH.search(text)] == []


def test_every_phrase_is_translated_into_chinese() -> None:
    assert [one for one in CLINICIAN_CHINESE.phrases.values() if not HAN.search(one)] == []


def test_modules_aims_doses_strata_and_deficits_of_the_rules_are_translated() -> None:
    rules, known = read_rules(), CLINICIAN_CHINESE.phrases

    for module in rules.modules:
        assert {module.title, module.aim, module.dose.text} <= known.keys()
    for stratum in rules.strata:
        assert stratum.aim in known
    for deficit in rules.deficits:
        assert deficit.title in known
    assert rules.dose_cap.cap.text in known


def test_strata_of_every_scheme_are_translated() -> None:
    for scheme in read_facts("hybridmfp.clinical.strata", "strata.yaml")["schemes"].values():
        labels = {one["label"] for one in scheme["strata"]}
        assert {scheme["title"], *labels} <= CLINICIAN_CHINESE.phrases.keys()


@pytest.mark.parametrize("item", SCALES["fma-ue"].items)
def test_every_item_is_translated(item: Any) -> None:
    assert item.title in CLINICIAN_CHINESE.phrases


@pytest.mark.parametrize("name", [one.name for one in FEATURES])
def test_every_biomarker_is_translated(name: str) -> None:
    told = biomarker_name(name, CLINICIAN_CHINESE)

    assert HAN.search(told)
    assert 'lang="en"' not in told
    assert plain_name(name) == biomarker_name(name, CLINICIAN_ENGLISH).unescape()


def test_muscles_of_a_biomarker_are_translated_one_by_one() -> None:
    name = "emg.cocontraction_share.biceps_brachii-triceps_brachii"

    told = biomarker_name(name, CLINICIAN_CHINESE)

    assert told.count("\u808c") == 2  # of both muscles
    assert not re.search("[A-Za-z]", told)


def test_what_nobody_listed_is_marked_and_never_guessed() -> None:
    words = CourseWords("zh-CN", {}, {"30 min": "30 \u5206\u949f"})

    assert words.library("30 min") == "30 \u5206\u949f"
    assert words.library("31 min") == '<span lang="en">31 min</span>'
    assert words.library("30 min (Smith)") == '30 \u5206\u949f<span lang="en"> (Smith)</span>'
    assert words.library("30 minutes") == '<span lang="en">30 minutes</span>'


def test_chinese_letters_do_not_leave_a_drawing() -> None:
    page = read_page(render_course(usual_review(), words=CLINICIAN_CHINESE))

    for svg in page.drawings():
        width = float(svg.get("viewBox", "").split()[2])
        for one in svg.iter("text"):
            said, size = one.text or "", float(one.get("font-size", "0"))
            n_wide = len(HAN.findall(said))
            long = size * (n_wide + SIGN_WIDTH * (len(said) - n_wide))
            left = float(one.get("x", "0"))
            left -= long * {"end": 1.0, "middle": 0.5}.get(one.get("text-anchor", ""), 0.0)
            assert left >= 0
            assert left + long <= width
