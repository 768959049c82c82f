"""What the patient's page of a course says, and what it never says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from course_builder import (
    NASTY,
    course_of,
    estimated_review,
    leaking_review,
    rated,
    refused_review,
    review_of,
    signed_review,
    usual_review,
)
from page_reader import Page, read_page
from readability import school_grade

from hybridmfp.app.report import CHINESE_COURSE, ENGLISH_COURSE, render_course_patient_page
from hybridmfp.clinical.plan import read_rules
from hybridmfp.clinical.rating import voluntary_items

BUILDS = [usual_review, signed_review, estimated_review, refused_review]
WORDS = [ENGLISH_COURSE, CHINESE_COURSE]
FILLED = {"subject": "P07", "arm": "right arm", "n": 12, "points": "39", "low": 31, "high": 48}
NEVER = (
    "exercise", "treatment", "therapy", "should", "must", "fail", "bad", "poor", "worse", "weak",
    "severe", "abnormal", "danger", "risk", "warning", "error", "impair", "disab", "deficit",
    "plateau", "decline", "noise", "probab", "prognos",
)  # fmt: skip
# exercise, treatment, must, fail, bad, worse, weak, severe, abnormal, danger, risk, warning, damage
NEVER_IN_CHINESE = (
    "\u953b\u70bc", "\u6cbb\u7597(?!\u5e08)", "\u5fc5\u987b", "\u5931\u8d25", "\u5dee", "\u574f",
    "\u6076\u5316", "\u5f31", "\u4e25\u91cd", "\u5f02\u5e38", "\u5371\u9669", "\u98ce\u9669",
    "\u8b66\u544a", "\u9519\u8bef", "\u635f\u4f24", "\u7f3a\u9677", "\u6982\u7387", "\u9884\u540e",
)  # fmt: skip
HAN = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff}][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")


def page_of(review: dict[str, Any], words: Any = ENGLISH_COURSE) -> Page:
    return read_page(render_course_patient_page(review, words=words))


def texts(words: Any) -> list[str]:
    return [text.format(**FILLED) for text in words.texts.values()]


def test_the_words_are_of_school_grade_eight_or_lower() -> None:
    sentences = [one for text in texts(ENGLISH_COURSE) for one in re.split(r"(?<=[.:?])\s+", text)]
    prose = [one for one in sentences if one.endswith((".", "?", ":")) and " " in one]

    assert len(prose) > 25
    assert school_grade(prose) < 8
    assert max(len(one.split()) for one in prose) <= 25


def test_chinese_sentences_are_short() -> None:
    sentences = re.split("[\u3002\uff1f\uff1a\n]", "\n".join(texts(CHINESE_COURSE)))
    lengths = [len(one) for one in sentences if one]

    assert sum(lengths) / len(lengths) <= 25
    assert max(lengths) <= 30
    assert [text for text in texts(CHINESE_COURSE) if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize("word", NEVER)
def test_nothing_alarms_judges_or_prescribes(word: str) -> None:
    assert [
        one for one in texts(ENGLISH_COURSE) if re.search(rf"\b{word}(?!er)", one.lower())
    ] == []


@pytest.mark.parametrize("word", NEVER_IN_CHINESE)
def test_nothing_alarms_judges_or_prescribes_in_chinese(word: str) -> None:
    assert [one for one in texts(CHINESE_COURSE) if re.search(word, one)] == []


def test_both_languages_have_the_same_texts_with_the_same_fillings() -> None:
    assert ENGLISH_COURSE.texts.keys() == CHINESE_COURSE.texts.keys()
    for key, text in ENGLISH_COURSE.texts.items():
        braces = [sorted(re.findall(r"\{\w+\}", one)) for one in (text, CHINESE_COURSE.texts[key])]
        assert braces[0] == braces[1], key


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("synthetic", [True, False])
def test_no_english_word_is_left_on_the_chinese_page(build: Any, synthetic: bool) -> None:
    page = page_of({**build(), "subject": "7", "synthetic": synthetic}, CHINESE_COURSE)
    told = [had["aria-label"] for _, had in page.elements if "aria-label" in had]

    assert ("html", {"lang": "zh-CN"}) in page.elements
    assert not re.search("[A-Za-z]", " ".join([page.text, *told]))
    assert all(HAN.search(heading) for heading in page.headings)


@pytest.mark.parametrize("words", WORDS)
def test_letters_are_large(words: Any) -> None:
    html = render_course_patient_page(signed_review(), words=words)
    sizes = [float(one) for one in re.findall(r"font(?:-size)?: ?([\d.]+)pt", html)]

    assert len(sizes) >= 6
    assert min(sizes) >= 14
    assert not re.search(r"font(-size)?: ?[\d.]+(px|em|%|rem)", html)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("build", BUILDS)
def test_every_page_sends_the_patient_to_the_therapist_and_foretells_nothing(
    build: Any, words: Any
) -> None:
    page = page_of(build(), words)

    assert words.say("next.ask") in page.text
    assert words.say("next.limits") in page.text
    assert words.say("research") in page.text
    assert "26" not in page.text
    assert "%" not in page.text


def test_ratings_are_points_and_estimates_are_ranges_rounded_outwards() -> None:
    ratings, estimates = page_of(usual_review()), page_of(estimated_review())

    assert "First visit: 18 Now: 39" in ratings.text
    assert "A person trained to test arms gave you the points" in ratings.text
    assert "First visit: 10 to 27 Now: 31 to 48" in estimates.text
    assert "They do not replace a test by a person." in estimates.text
    assert not re.search(r"\b39\b", estimates.text)


def test_only_scores_of_the_source_of_the_review_are_told() -> None:
    page = page_of(usual_review())

    assert "We looked at your right arm 12 times." in page.text
    assert set(re.findall(r"\d+", page.text)) == {"07", "12", "18", "39", "0", "66"}


def test_bars_are_true_to_scale() -> None:
    first, last = page_of(estimated_review()).elements_with("role", "img")
    html = render_course_patient_page(estimated_review())

    assert "10 to 27" in first["aria-label"]
    assert "31 to 48" in last["aria-label"]
    assert 'style="margin-left:47.0%;width:25.7%"' in html  # 31 and 17 of 66


@pytest.mark.parametrize(
    ("kind", "direction", "key"),
    [
        ("important", "better", "change.important.better"),
        ("real", "better", "change.real.better"),
        ("noise", "better", "change.noise"),
        ("noise", "worse", "change.noise"),
        ("real", "worse", "change.worse"),
        ("important", "worse", "change.worse"),
    ],
)
@pytest.mark.parametrize("words", WORDS)
def test_change_is_told_in_words(words: Any, kind: str, direction: str, key: str) -> None:
    review = usual_review()
    for span in ("since_first", "since_previous"):
        review["change"][span] |= {"kind": kind, "direction": direction}

    assert page_of(review, words).text.count(words.say(key)) >= 2


def test_a_change_that_was_refused_is_not_known_yet() -> None:
    page = page_of(leaking_review(usual_review()))

    assert page.text.count(ENGLISH_COURSE.say("change.unknown")) == 2
    assert "more than chance" not in page.text


def test_after_one_visit_no_change_is_told_but_that_it_takes_more() -> None:
    page = page_of(review_of(course_of(visits=(rated(1, 30, 20),))))

    assert "We looked at your right arm once." in page.text
    assert "Now: 20" in page.text
    assert "First visit:" not in page.text
    assert page.text.count(ENGLISH_COURSE.say("change.unknown")) == 1


def test_without_points_nobody_is_blamed() -> None:
    page = page_of(refused_review())

    assert set(re.findall(r"\d+", page.text)) == {"07"}
    assert "you did nothing wrong" in page.text
    assert page.elements_with("role", "img") == []


def test_a_draft_is_never_shown() -> None:
    draft = usual_review()

    assert draft["plan"]["modules"]
    assert ENGLISH_COURSE.say("plan.title") not in page_of(draft).headings


def test_a_signed_plan_is_told_in_plain_words_in_its_order() -> None:
    review = signed_review()
    page = page_of(review)
    plain = [ENGLISH_COURSE.say(f"module.{one['id']}") for one in review["plan"]["modules"]]

    assert ENGLISH_COURSE.say("plan.title") in page.headings
    assert [one for one in plain if f"{one}" in page.text][:3] == plain[:3]
    for one in review["plan"]["modules"]:
        assert one["dose"] not in page.text


@pytest.mark.parametrize("change", [{"status": "draft"}, {"signed": None}])
def test_what_is_not_clearly_signed_is_a_draft(change: dict[str, Any]) -> None:
    review = signed_review()
    review["plan"] |= change

    assert ENGLISH_COURSE.say("plan.title") not in page_of(review).headings


def test_a_module_of_the_therapist_is_told_as_it_was_written() -> None:
    review = signed_review()
    review["plan"]["modules"][0] |= {"id": "own", "title": "Playing the piano"}

    assert "Playing the piano" in page_of(review).text


def test_small_next_steps_are_the_targets_in_plain_words() -> None:
    review = usual_review()
    targets = review["keyform"]["targets"]
    told = [ENGLISH_COURSE.say(f"item.{name}") for name in targets]

    page = page_of(review)

    assert len(targets) > 3
    assert [one for one in told if one in page.text] == told[:3]
    assert sum(name == "li" for name, _ in page.elements) == 3
    assert ENGLISH_COURSE.say("goals.title") not in page_of(estimated_review()).headings


def test_with_no_entries_there_are_no_lists() -> None:
    page = read_page(render_course_patient_page(signed_review(), n_entries=0))

    assert not [1 for name, _ in page.elements if name == "li"]


@pytest.mark.parametrize("words", WORDS)
def test_every_item_that_can_be_a_target_has_plain_words(words: Any) -> None:
    assert {f"item.{name}" for name in voluntary_items()} <= words.texts.keys()


@pytest.mark.parametrize("words", WORDS)
def test_every_module_of_the_rules_has_plain_words(words: Any) -> None:
    assert {f"module.{one.identifier}" for one in read_rules().modules} <= words.texts.keys()


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize("build", BUILDS)
def test_what_is_made_up_is_said_before_anything_else(build: Any, synthetic: bool) -> None:
    page = page_of({**build(), "synthetic": synthetic})

    assert page.text.startswith("This page is an example") is synthetic


def test_words_are_text_and_nothing_is_loaded() -> None:
    review = signed_review() | {"subject": NASTY}
    review["plan"]["modules"][0] |= {"id": "own", "title": NASTY}

    html = render_course_patient_page(review)

    assert "<b>" not in html
    assert read_page(html).text.count(NASTY) == 2
    assert not re.search(r"<script|<link|<img|url\(|@import|\s(src|href|on\w+)=", html)
    assert html == render_course_patient_page(review)
