"""What a therapist may rely on when reading the page of a course."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
from course_builder import (
    NASTY,
    SCORES,
    SECTIONS,
    course_of,
    estimated,
    estimated_review,
    leaking_review,
    rated,
    refused_review,
    review_of,
    signed_review,
    usual_review,
)
from page_reader import Page, cut_off, read_page

from hybridmfp.app.report import CLINICIAN_CHINESE, CLINICIAN_ENGLISH, render_course
from hybridmfp.app.report.course_chart import FAN_COLOURS, TREND_COLOUR, course_chart
from hybridmfp.app.report.course_keyform import keyform_plot
from hybridmfp.app.report.course_text import change_mark
from hybridmfp.app.report.drawing import Plot
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.review import FORMAT
from hybridmfp.errors import Refusal

TITLES = [
    "At a glance", "Score over the weeks", "What changed", "Stratum", "Plan", "Prognosis",
    "Items and next targets", "Changes of items and biomarkers since the first visit",
    "All visits", "Notes", "Sources",
]  # fmt: skip
BUILDS = [usual_review, signed_review, estimated_review, refused_review]
INK, BLUE, WHITE = "#1b1f24", "#0072B2", "#fff"


def page_of(review: Mapping[str, Any]) -> Page:
    return read_page(render_course(review))


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of(usual_review())


def chart_of(review: Mapping[str, Any]) -> ET.Element:
    return drawn(course_chart(review, CLINICIAN_ENGLISH))


def drawn(plot: Plot) -> ET.Element:
    return ET.fromstring(plot.svg)  # noqa: S314 - our own


def discs(svg: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(one.get("cx", "")), float(one.get("cy", "")))
        for one in svg.findall("circle")
        if one.get("fill") == INK and one.get("stroke") == WHITE
    ]


def diamonds(svg: ET.Element) -> list[ET.Element]:
    return [one for one in svg.findall("polygon") if one.get("fill") == WHITE]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("words", [CLINICIAN_ENGLISH, CLINICIAN_CHINESE])
def test_a_page_needs_nothing_else(build: Any, words: Any) -> None:
    page = read_page(render_course(build(), words=words))
    policies = [had["content"] for name, had in page.elements if "http-equiv" in had]

    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"<script|<link|<img|<iframe|javascript:|url\(|@import", page.html)
    assert not re.search(r"\s(on\w+|src|href|xlink:href|action)=", page.html)
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", page.html)


@pytest.mark.parametrize("build", BUILDS)
def test_every_drawing_is_valid_within_its_edges_and_told_in_words(build: Any) -> None:
    page = page_of(build())
    told = [had["aria-label"] for had in page.elements_with("role", "img")]

    assert [cut_off(drawing) for drawing in page.drawings()] == [[]] * len(page.drawings())
    assert told
    assert all(len(words) > 30 for words in told)


def test_the_format_is_the_one_of_the_reviews() -> None:
    assert usual_review()["format"] == FORMAT == "hybridmfp-review/1"


def test_the_sections_come_in_the_promised_order(page: Page) -> None:
    assert [title for title in page.headings if title in TITLES] == TITLES
    assert page.text.startswith("Research use only")


def test_the_same_review_gives_the_same_bytes_and_is_left_as_it_was() -> None:
    review = usual_review()
    before = copy.deepcopy(review)

    assert render_course(review) == render_course(copy.deepcopy(review))
    assert review == before


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_is_said_before_anything_else(build: Any, synthetic: bool) -> None:
    page = page_of({**build(), "synthetic": synthetic})

    assert page.text.startswith("SYNTHETIC DATA") is synthetic


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (usual_review, "is about ratings by a person"),
        (estimated_review, "estimates by a model, wh"),
    ],
)
def test_it_says_which_scores_it_is_about(build: Any, said: str) -> None:
    assert said in page_of(build()).text


def test_a_glance_holds_the_lines_that_matter_most(page: Page) -> None:
    lines = dict(row for row in page.rows[:8])

    assert lines["Latest score"] == "39 of 66 points; rated, week 13"
    assert lines["Since the first visit"] == "\u25b2 +21 points: clinically important, better"
    assert lines["Since the previous visit"] == "= +2 points: within noise"
    assert lines["Stratum"].startswith("limited capacity, probability")
    assert lines["Plan"].startswith("draft, not signed; ")
    assert lines["Prognosis"].startswith("week 26: ")


def test_a_refused_section_shows_why_and_what_to_do_and_nothing_it_holds() -> None:
    leaking = leaking_review(usual_review())
    page = page_of(leaking)

    assert page.text.count("it must be known; got none. Examine it.") == len(SECTIONS)
    assert page.text.count("Add what is named to the course, if") == len(SECTIONS)
    for gone in ("strata", "module", "change", "prognosis", "status", "share"):
        assert page.of_class(gone) == [], gone
    for colour in (*FAN_COLOURS, TREND_COLOUR):
        assert colour not in page.html
    assert not re.search(r"[\u25b2\u25b3\u25bc\u25bd]|DRAFT|points a week|week 26", page.text)
    stratum, change = leaking["stratum"], leaking["change"]["since_first"]
    assert stratum["source"]["citation"] not in page.text
    assert change["mcid_source"]["citation"] not in page.text


def test_sources_are_those_of_what_is_said() -> None:
    none = page_of(leaking_review(usual_review()))

    assert "Hoonhorst" not in none.text
    assert [1 for name, had in none.elements if had.get("class") == "sources"] == []


def test_a_review_without_a_score_has_no_number_of_points() -> None:
    page = page_of(refused_review())

    assert not re.search(r"\d of 66 points", page.text)
    assert "there is none" in page.text
    assert "Mains hum drowned triceps brachii" in page.text


def test_parts_that_were_not_asked_for_are_left_out() -> None:
    review = usual_review(plan=None, progression=None, stratum=None, keyform=None, prognosis=None)

    page = page_of(review)

    assert page.text.count("Not asked for.") == 4
    assert "Items and next targets" not in page.headings
    assert "Plan" not in {row[0] for row in page.rows[:8] if row}


@pytest.mark.parametrize("words", [CLINICIAN_ENGLISH, CLINICIAN_CHINESE])
@pytest.mark.parametrize("name", get_args(Refusal))
def test_every_refusal_has_a_name_and_a_remedy(words: Any, name: str) -> None:
    assert f"refusal.{name}" in words.texts
    assert len(words.say(f"remedy.{name}")) > 7


def test_a_draft_is_called_a_draft_and_a_signed_plan_names_who_signed() -> None:
    draft, signed = page_of(usual_review()), page_of(signed_review())

    assert "DRAFT: not signed." in draft.text
    assert "SIGNED" not in draft.text
    assert "SIGNED by M. Curie, 2026-11-30T09:00:00+01:00" in signed.text
    assert "DRAFT" not in signed.text


@pytest.mark.parametrize("part", ["title", "dose", "effect"])
def test_modules_are_shown_in_their_rank_with_all_that_belongs_to_them(part: str) -> None:
    plan, page = usual_review()["plan"], page_of(usual_review())
    places = [page.text.index(one["title"]) for one in plan["modules"]]

    assert places == sorted(places)
    for one in plan["modules"]:
        assert one[part] in page.text


def test_every_guideline_statement_stands_with_its_grade_and_mark() -> None:
    plan, text = usual_review()["plan"], page_of(usual_review()).text
    said = [said for one in plan["modules"] for said in one["guidelines"]]

    assert len(said) > 5
    for one in said:
        grade = f"; grade: {one['grade']}" if one["grade"] else ""
        status = one["source"]["source_status"]
        mark = "" if status == "verified" else f" [{status}]"
        assert f"{one['name']}: {one['statement']}{grade}{mark}" in text


def test_what_guidelines_disagree_about_and_what_every_module_warns_of_is_said() -> None:
    review = usual_review()
    modules = review["plan"]["modules"]
    modules[0]["conflicts"] = ["A says yes; B says no"]
    for one in modules:
        one["safety"] = ["mind the heart", *one["safety"]]

    text = page_of(review).text

    assert re.search("Guidelines disagree ?A says yes; B says no", text)
    assert text.count("mind the heart") == 1
    assert "Safety, for every module: mind the heart" in text


def test_what_blocks_a_module_is_said_with_its_source_and_mark() -> None:
    plan, text = usual_review()["plan"], page_of(usual_review()).text
    told = [one for one in plan["blocked"] if one["kind"] != "stratum"]

    assert told
    for one in told:
        for cause in one["causes"]:
            status = cause["source"]["source_status"]
            mark = "" if status == "verified" else f" [{status}]"
            assert cause["text"] in text
            assert f"({cause['source']['citation']}" in text
            assert f"{cause['source']['citation']}{mark}" in text or cause["source"]["doi"]
    for one in plan["blocked"]:
        assert one["title"] in text


@pytest.mark.parametrize("build", BUILDS)
def test_every_source_of_a_told_section_is_listed_with_its_mark(build: Any) -> None:
    review = build()
    text = page_of(review).text
    sources = [one for name in SECTIONS for one in sources_in(review[name])]

    for one in sources:
        doi = f", doi:{one['doi']}" if one["doi"] else ""
        status = one["source_status"]
        mark = "" if status == "verified" else f" [{status}]"
        assert f"{one['citation']}{doi}{mark}" in text


def sources_in(told: Any) -> list[dict[str, Any]]:
    if isinstance(told, dict):
        if told.get("refused") is not None:
            return []
        if "citation" in told:
            return [told]
        return [one for value in told.values() for one in sources_in(value)]
    return [one for value in told for one in sources_in(value)] if isinstance(told, list) else []


@pytest.mark.parametrize(
    ("kind", "direction", "words"),
    [
        ("important", "better", "\u25b2 clinically important, better"),
        ("important", "worse", "\u25bc clinically important, worse"),
        ("real", "better", "\u25b3 real, not shown to be important, better"),
        ("real", "worse", "\u25bd real, not shown to be important, worse"),
        ("noise", "better", "= within noise"),
    ],
)
def test_a_verdict_is_told_in_words_and_by_a_sign(kind: str, direction: str, words: str) -> None:
    review = usual_review()
    review["change"]["since_first"] |= {"kind": kind, "direction": direction}

    row = page_of(review).row("Since the first visitS01")

    assert row[2] == words


def test_signs_of_changes_differ_without_colour() -> None:
    kinds = [("important", "better"), ("important", "worse"), ("real", "better"), ("real", "worse")]
    signs = [change_mark(*one) for one in [*kinds, ("noise", "better")]]

    assert len(set(signs)) == 5


def test_the_change_stands_beside_mdc_and_mcid_and_their_sources(page: Page) -> None:
    change = usual_review()["change"]["since_first"]

    row = page.row("Since the first visitS01")

    assert row[1] == "+21"
    assert row[3].startswith(f"6.82{change['mdc_source']['citation']}")
    assert row[4].startswith("12.4, up to 3 months")
    assert change["mcid_source"]["citation"] in row[4]


def test_limits_of_a_change_are_written_as_their_sources_have_them() -> None:
    visits = tuple(rated(at, 400 + 14 * at, 30 + at) for at in range(1, 4))
    told = [cell for row in page_of(review_of(course_of(visits=visits))).rows for cell in row]

    assert any(cell.startswith("6.82") for cell in told)  # MDC, NNR 2023
    assert any(cell.startswith("5.25") for cell in told)  # MCID after 6 months, Page 2012


def test_a_part_of_the_change_may_be_refused_alone() -> None:
    review = usual_review()
    refused = {"refusal": "missing_items", "message": "Items must be rated; got none. Rate them."}
    review["change"]["items"] = {"refused": refused}
    review["change"]["since_previous"] = {"refused": refused}

    page = page_of(review)

    assert page.text.count("Items must be rated; got none.") == 2
    assert page.row("Since the first visitS01")[1] == "+21"


def test_what_is_to_be_minded_about_changes_and_what_is_not_counted_is_said() -> None:
    review = usual_review()
    review["change"]["left_out"] = [{"session": "S08", "reason": "the signals were judged red"}]
    review["change"]["notes"] = ["Mind the trend."]

    text = page_of(review).text

    assert "Visits that are not counted: S08, the signals were judged red" in text
    assert "Mind the trend." in text


def test_visits_are_drawn_by_source_in_the_order_of_time_and_points() -> None:
    svg = chart_of(usual_review())
    places = discs(svg)

    assert len(places) == len(SCORES)
    assert places == sorted(places)
    by_score = sorted(zip(SCORES, places, strict=True), key=lambda one: one[0])
    heights = [-y for _, (_, y) in by_score]
    assert heights == sorted(heights)
    assert len(diamonds(svg)) == 5


def test_an_estimate_from_red_signals_is_crossed_out_and_explained() -> None:
    course = course_of(visits=(*course_of().visits, estimated(13, 120, 50.0, quality="red")))
    review = review_of(course)
    usual, crossed = chart_of(usual_review()), chart_of(review)

    assert len(diamonds(crossed)) == len(diamonds(usual)) + 1
    assert len(crossed.findall("polyline")) >= len(usual.findall("polyline")) + 2
    assert "signals judged red: not counted" in page_of(review).text
    assert "signals judged red: not counted" not in page_of(usual_review()).text


def test_biomarkers_that_drive_the_estimate_come_first_and_most_of_the_others_are_folded() -> None:
    names = [f"kin.made_up_{at:02d}" for at in range(30)]
    told = {name: 0.1 * at for at, name in enumerate(names)}
    visits = [
        estimated(at, 10 + 7 * at, 30.0, biomarkers=told, healthy={}, drivers=()) for at in (1, 2)
    ]
    review = review_of(course_of(visits=tuple(visits)))
    driver = {
        "name": names[20], "kind": "biomarker", "phase": None, "direction": "lowers",
        "points": -1.0, "share": 0.1,
    }  # fmt: skip

    page = render_course({**review, "drivers": [driver]})

    places = [page.index(one.replace("kin.", "").replace("_", " ")) for one in names]
    assert min(places) == places[20]
    folded = page.index("18 other biomarkers")
    assert sum(one < folded for one in places) == 12


def test_ratings_alone_are_not_asked_for_biomarkers() -> None:
    visits = tuple(one for one in course_of().visits if one.source == "rated")
    review = review_of(course_of(visits=visits))

    assert review["change"]["biomarkers"]["refused"]["refusal"] == "missing_input"
    assert "biomarker in common" not in page_of(review).text


def test_the_chart_is_true_to_scale() -> None:
    told = [("a", 84, 33.0), ("b", 168, 66.0), ("c", 175, 0.0)]
    visits = tuple(Visit(session, day, "rated", score) for session, day, score in told)

    (x_12, y_33), (x_24, y_66), (_, y_0) = discs(chart_of(review_of(course_of(visits=visits))))

    assert y_0 - y_33 == pytest.approx(y_33 - y_66, abs=0.2)
    assert x_24 - 44 == pytest.approx(2 * (x_12 - 44), abs=0.2)  # 44: where the axis begins


def test_what_is_foretold_is_drawn_after_the_last_score_alone() -> None:
    svg = chart_of(usual_review())
    last = max(x for x, _ in discs(svg))

    fans = [one for one in svg.findall("polygon") if one.get("fill") in FAN_COLOURS]

    assert len(fans) == 2
    for one in fans:
        assert min(float(place.split(",")[0]) for place in one.get("points", "").split()) >= last


def test_a_late_course_is_not_squeezed_into_the_right_edge() -> None:
    visits = tuple(rated(at, 1400 + 7 * at, 40) for at in range(12))
    places = discs(chart_of(review_of(course_of(visits=visits, bedside=()))))

    assert places[-1][0] - places[0][0] > 400


def test_a_series_of_every_day_is_drawn_and_listed() -> None:
    visits = tuple(estimated(at, 200 + at, 40.0) for at in range(60))
    review = review_of(course_of(visits=visits))

    page = page_of(review)

    assert len(diamonds(chart_of(review))) == 60
    assert sum(row[0] == f"S{at:02d}" for at in range(60) for row in page.rows if row) == 60


def test_alarms_are_numbered_in_the_picture_and_in_words() -> None:
    review = usual_review()
    review["trend"]["alarms"] = [
        {**told, "active": active}
        for told, active in (
            ({"kind": "improvement", "session": "S09", "week": 10.4, "message": "It rose."}, False),
            (
                {"kind": "deterioration", "session": "S12", "week": 13.4, "message": "It fell."},
                True,
            ),
        )
    ]

    page, svg = page_of(review), chart_of(review)
    numbers = [one.text for one in svg.findall("text") if one.get("y") == "25"]

    assert numbers == ["1", "2"]
    assert "\u2713 1. improvement: It rose. (week 10, session S09, over)" in page.text
    assert "\u26a0 2. deterioration: It fell. (week 13, session S12, holds)" in page.text
    assert dict(row for row in page.rows[:8])["Trend"] == "\u26a0 deterioration"


def test_a_scheme_on_fewer_points_is_not_drawn_on_this_axis() -> None:
    review = usual_review()
    review["stratum"]["strata"][-1]["high"] = 60

    words = [one.text for one in chart_of(review).findall("text")]

    assert "limited capacity" not in words
    assert "limited capacity" in [one.text for one in chart_of(usual_review()).findall("text")]


def test_every_stratum_has_its_probability_as_a_bar_and_in_words(page: Page) -> None:
    review = usual_review()
    review["stratum"]["strata"][0]["probability"] = 0.004
    review["stratum"]["strata"][2]["probability"] = 0.25

    shown = page_of(review)
    widths = [one["style"] for one in shown.of_class("share")]

    assert widths[0] == "width:0.4%"
    assert widths[2] == "width:25.0%"
    assert shown.row("no capacity")[-1] == "< 1 %"
    assert shown.row("limited capacity (most likely)")[-1] == "25 %"


def test_rules_show_their_window_and_their_accuracy_elsewhere_also_when_refused(page: Page) -> None:
    review = usual_review()
    review["prognosis"]["rules"][0] |= {
        "refused": {"refusal": "outside_window", "message": "SAFE must be early; got day 40."},
        "category": None, "meaning": None,
    }  # fmt: skip
    refused = page_of(review)

    for shown in (page, refused):
        assert "SAFE within 3 days, MEP on days 3 to 7" in shown.text
        assert "Right for only 60 % when it was used at 2 weeks" in shown.text
        assert "Proportional recovery" in shown.text
    assert "Not said: outside its time window SAFE must be early; got day 40." in refused.text


def test_rules_answer_even_where_the_fan_is_refused() -> None:
    review = usual_review()
    review["prognosis"]["refused"] = {"refusal": "outside_window", "message": "Too late."}

    page = page_of(review)

    assert "Not said: outside its time window Too late." in page.text
    assert {"PREP2", "EPOS"} <= set(page.headings)
    assert "week 26" not in page.text


def test_the_keyform_marks_targets_and_what_was_given() -> None:
    keyform = usual_review()["keyform"]
    svg = drawn(keyform_plot(keyform, CLINICIAN_ENGLISH))
    framed = [one for one in svg.findall("rect") if one.get("stroke") == "#8a5a00"]
    given = [one for one in svg.findall("circle") if one.get("fill") == INK]

    assert len(framed) == len(keyform["targets"]) > 0
    assert [one.text for one in svg.findall("text")].count("next") == len(framed)
    assert len(given) == len(keyform["rows"]) == 30
    assert cut_off(svg) == []


def test_items_on_the_keyform_go_from_easy_to_hard_and_their_points_lie_in_order() -> None:
    keyform = usual_review()["keyform"]
    svg = drawn(keyform_plot(keyform, CLINICIAN_ENGLISH))
    lines = [one for one in svg.findall("line") if one.get("stroke") == "#d8dde3"]
    starts = [float(one.get("x1", "")) for one in lines]

    assert starts == sorted(starts)
    assert all(float(one.get("x1", "")) < float(one.get("x2", "")) for one in lines)


def test_an_item_that_was_not_rated_has_no_disc() -> None:
    keyform = usual_review()["keyform"]
    keyform["rows"][3]["given"] = None
    svg = drawn(keyform_plot(keyform, CLINICIAN_ENGLISH))

    assert len([one for one in svg.findall("circle") if one.get("fill") == INK]) == 29


def test_targets_are_told_with_their_chance(page: Page) -> None:
    keyform = usual_review()["keyform"]

    for row in keyform["rows"]:
        line = f"{row['item']} {row['title']}: {row['given']} of 2 points,"
        assert (line in page.text) is row["target"]


def test_all_visits_are_listed_the_last_one_first(page: Page) -> None:
    visits = usual_review()["visits"]
    rows = [row for row in page.rows if len(row) == 6 and re.fullmatch(r"S\d\d", row[0])]

    assert [row[0] for row in rows] == [one["session"] for one in reversed(visits)]
    assert {row[3] for row in rows} == {"rated", "estimated"}
    assert sum("no estimate" in row[4] for row in rows) == 1


def test_biomarkers_are_in_plain_units_beside_the_healthy_range() -> None:
    page = page_of(estimated_review())

    assert page.row("trunk displacement")[1:5] == [
        "15.3 cm",
        "7.6 cm",
        "1.0 to 4.0",
        "towards healthy",
    ]
    assert page.row("range of movement: elbow")[3] == "not known"


def test_words_are_text() -> None:
    review = usual_review(subject=NASTY, notes=[NASTY])
    review["plan"]["modules"][0]["title"] = NASTY
    review["keyform"]["rows"][0]["title"] = NASTY
    review["trend"]["alarms"] = [
        {"kind": "plateau", "session": NASTY, "week": 12.0, "message": NASTY, "active": True}
    ]

    for words in (CLINICIAN_ENGLISH, CLINICIAN_CHINESE):
        html = render_course(review, words=words)
        assert "<b>" not in html
        assert read_page(html).text.count(NASTY) >= 5


@pytest.mark.parametrize("ground", ["#fff", "#fff4d9", "#eef0f2", "#e8f3fa", "#e2f3ec"])
@pytest.mark.parametrize("ink", ["#1b1f24", "#57606a", "#4b545d"])
def test_letters_stand_out_from_every_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5  # WCAG 2.2, level AA


@pytest.mark.parametrize("colour", [BLUE, "#7a4b00", "#87919b", "#8a5a00", "#4b545d"])
def test_lines_stand_out_from_white(colour: str) -> None:
    assert contrast(colour, "#fff") >= 3  # WCAG 2.2, level AA, for graphical objects


def test_letters_in_drawings_have_only_the_tested_inks(page: Page) -> None:
    inks = {
        one.get("fill") for svg in page.drawings() for one in svg.iter("text") if one.text
    }  # fmt: skip

    assert inks <= {INK, "#4b545d", BLUE, WHITE}  # white: on the discs of the keyform
    assert contrast(BLUE, "#fff") >= 4.5


def contrast(first: str, second: str) -> float:
    """Give the contrast of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, bright = sorted((luminance(first), luminance(second)))
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
