"""What a therapist may rely on when reading the page of an assessment."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from typing import Any

import pytest
from assessment_builder import (
    MUSCLES,
    NASTY,
    assessment_of,
    biomarkers_of,
    card_of,
    channels_of,
    drivers_of,
    refused_assessment,
)
from page_reader import Page, cut_off, read_page

from hybridmfp.app.report import render_assessment
from hybridmfp.app.report.assessment_tables import map_rows, signed
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.app.report.score_bar import score_bar
from hybridmfp.features import FEATURES
from hybridmfp.preprocessing.joint_angles import JOINTS
from hybridmfp.signals import SCALES

SECTIONS = [
    "Estimate", "What this can and cannot say", "What drives the estimate",
    "Quality of the recordings", "Replay", "Items", "The model", "Provenance",
]  # fmt: skip
FIXED_WORDS = {
    "format", "verdict", "side", "scale", "modality", "direction", "phase", "phases", "kind",
    "kinds", "unit",
}  # fmt: skip
INK = "#1b1f24"


def page_of(assessment: dict[str, Any], card: dict[str, Any] | None = None) -> Page:
    return read_page(render_assessment(assessment, card=card))


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of(assessment_of(), card_of())


def test_a_page_needs_nothing_else(page: Page) -> None:
    html = page.html
    policies = [had["content"] for name, had in page.elements if "http-equiv" in had]

    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"<script|<link|<img|<iframe|javascript:|url\(|@import", html)
    assert not re.search(r"\s(on\w+|src|href|xlink:href|action)=", html)
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", html)


def test_every_drawing_is_valid_and_within_its_edges(page: Page) -> None:
    drawings = page.drawings()

    assert len(drawings) == 4 + 2 + 2 + 2 + 1  # legend, findings, arms, replay, curve
    assert [cut_off(drawing) for drawing in drawings] == [[]] * len(drawings)


def test_every_drawing_is_told_in_words(page: Page) -> None:
    told = [had["aria-label"] for had in page.elements_with("role", "img")]

    assert len(told) == 1 + 2 + 2 + 1  # bar, arms, replay, curve
    assert all(len(words) > 30 for words in told)


def test_the_sections_come_in_the_promised_order(page: Page) -> None:
    assert [title for title in page.headings if title in SECTIONS] == SECTIONS
    assert page.text.index("Research use only") < page.text.index("Estimate")


def test_the_number_is_shown_in_whole_points_and_the_interval_rounded_outwards(page: Page) -> None:
    assert "41 of 66 points, FMA-UE 90 % interval: 33 to 50" in page.text
    assert "as computed: 41.3 [33.0 to 49.1]" in page.text


@pytest.mark.parametrize(
    ("interval", "scale", "left", "width"),
    [
        ((33.0, 49.1), (0, 66), 50.0, 25.76),
        ((0, 66), (0, 66), 0, 100),
        ((14.2, 20), (0, 20), 70, 30),
    ],
)
def test_the_bar_spans_the_interval_on_its_scale(
    interval: tuple[float, float], scale: tuple[int, int], left: float, width: float
) -> None:
    estimate = sum(interval) / 2
    bar = score_bar(
        assessment_of(estimate=estimate, interval=list(interval), scale_range=list(scale))
    )

    assert bar.left == pytest.approx(left, abs=0.01)
    assert bar.width == pytest.approx(width, abs=0.01)
    assert bar.at == pytest.approx(100 * estimate / scale[1], abs=0.01)
    assert (bar.ticks[0], bar.ticks[-1]) == ((0.0, "0"), (100.0, f"{scale[1]}"))


@pytest.mark.parametrize("leak", [{}, {"verdict": "estimated", "interval": None}])
def test_a_refused_assessment_shows_no_number_whatever_it_holds(leak: dict[str, Any]) -> None:
    full = assessment_of(estimate=57.3, interval=[52.2, 61.7])
    refused = {**full, "verdict": "refused", "reasons": ["Hum."], "remedies": ["Again."], **leak}
    refused["provenance"] = {**full["provenance"], "recordings": []}
    refused["model"] = {**full["model"], "hash": "abc"}

    page = page_of(refused, card_of())

    assert not re.search(r"\b(57|52|61|62)\b", page.text)
    assert not {"What drives the estimate", "Items", "Biomarkers"} & set(page.headings)
    assert page.of_class("bars") == page.of_class("map") == page.of_class("span") == []
    assert [words for words in page.headings if words == "No estimate"]


def test_a_refused_assessment_says_why_and_what_to_repeat() -> None:
    refused = refused_assessment(6)
    page = page_of(refused)

    for words in (*refused["reasons"], *refused["remedies"]):
        assert words in page.text
    assert page.text.index(refused["reasons"][-1]) < page.text.index(refused["remedies"][0])


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize("model", [True, False])
@pytest.mark.parametrize("build", [assessment_of, refused_assessment])
def test_synthetic_is_said_first_if_and_only_if_something_is(
    patient: bool, model: bool, build: Any
) -> None:
    assessment = build(synthetic=patient)
    assessment["model"]["trained_on"]["synthetic"] = model
    assessment["model"]["trained_on"]["name"] = "a cohort"

    text = page_of(assessment).text

    assert text.startswith("SYNTHETIC DATA") is (patient or model)
    assert ("Results on synthetic data say nothing about clinical accuracy" in text) is patient
    assert ("learned from simulated patients only" in text) is model
    assert ("synthetic" in text.lower()) is (patient or model)


@pytest.mark.parametrize("n_red", [0, 1, 12])
def test_every_channel_that_is_not_good_is_named_with_its_remedy(n_red: int) -> None:
    channels = channels_of(n_red)
    quality = {"verdict": "red", "channels": channels, "lag_ms": None, "drift_ppm": None}

    page = page_of(assessment_of(quality=quality))

    faulty = [one for one in channels if one["verdict"] != "green"]
    assert len([row for row in page.rows if row and "trials" in row[-1]]) == len(faulty)
    for one in faulty:
        word = {"red": "not usable", "amber": "doubtful"}[one["verdict"]]
        row = page.row(plain_name(one["channel"]) + word)
        assert row[1:] == [one["reason"], one["remedy"], "12 trials"]


@pytest.mark.parametrize(
    ("modality", "words"),
    [("emg", "all muscles"), ("kinematics", "all markers"), ("both", "EMG and kinematics")],
)
def test_a_finding_on_everything_says_on_what(modality: str, words: str) -> None:
    wide = {**channels_of(1)[0], "modality": modality, "channel": "all"}
    quality = {"verdict": "red", "channels": [wide], "lag_ms": None, "drift_ppm": None}

    page = page_of(assessment_of(quality=quality))

    assert page.row(words)[1:] == [wide["reason"], wide["remedy"], "12 trials"]


def test_points_are_told_from_the_average_patient(page: Page) -> None:
    assert "the model says of an average patient who did the same tasks, 38.2 points" in page.text
    without = {key: value for key, value in assessment_of().items() if key != "explained_from"}
    assert "the model says of an average patient. This describes" in page_of(without).text


def test_the_first_biomarkers_are_open_and_no_other_is_lost() -> None:
    many = [{**biomarkers_of()[0], "name": f"kin.number_{at}"} for at in range(40)]

    page = page_of(assessment_of(biomarkers=many))
    shown, hidden = page.html.split("28 more biomarkers")

    assert [f"kin.number {at}<" in shown for at in range(40)] == [at < 12 for at in range(40)]
    assert all(f"kin.number {at}<" in hidden for at in range(12, 40))


@pytest.mark.parametrize(
    ("missing", "words"), [(0.08, "8 % of the EMG"), (0.001, ""), (0.0, ""), (None, "")]
)
def test_what_is_missing_is_told_where_it_can_be_seen(missing: float | None, words: str) -> None:
    assessment = assessment_of()
    assessment["uncertainty"]["missing_emg"] = missing

    text = page_of(assessment).text

    assert ("of the EMG was missing" in text) is bool(words)
    assert words in text


def test_a_marker_keeps_its_name() -> None:
    marker = {**channels_of(1)[0], "modality": "kinematics", "channel": "ELB_M"}
    quality = {"verdict": "amber", "channels": [marker], "lag_ms": None, "drift_ppm": None}

    assert page_of(assessment_of(quality=quality)).row("marker ELB_M")


@pytest.mark.parametrize(("factor", "told"), [(1.0, False), (1.04, False), (1.3, True)])
def test_missing_inputs_are_blamed_only_where_they_widened_the_interval(
    factor: float, told: bool
) -> None:
    assessment = assessment_of()
    assessment["uncertainty"]["width_factor"] = factor

    assert ("What is missing made it" in page_of(assessment).text) is told


def test_what_is_not_usable_stands_above_what_is_doubtful() -> None:
    channels = [
        {**one, "verdict": "amber"} if at % 2 else one for at, one in enumerate(channels_of(12)[:4])
    ]
    quality = {"verdict": "red", "channels": channels, "lag_ms": None, "drift_ppm": None}

    page = page_of(assessment_of(quality=quality))

    found = [row[0] for row in page.rows if row and row[-1] == "12 trials"]
    assert [words.endswith("not usable") for words in found] == [True, True, False, False]


def nastied(value: Any, key: str = "") -> Any:
    """Put signs that mean something in HTML into every word that is free."""
    if isinstance(value, dict):
        return {name: nastied(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [nastied(one, key) for one in value]
    if isinstance(value, str) and key not in FIXED_WORDS and value != "<item>":
        return f"{value} {NASTY}"
    return value


@pytest.mark.parametrize("build", [assessment_of, lambda: refused_assessment(3)])
def test_words_are_text_wherever_they_stand(build: Any) -> None:
    assessment = nastied(build())
    assessment["quality"] = {**assessment["quality"], "verdict": "red"}
    assessment["tasks"] = {NASTY: 3}
    assessment["quality"]["channels"][0] |= {"channel": NASTY}

    page = page_of(assessment, nastied(card_of()))

    assert "<b>" not in page.html
    assert page.text.count(NASTY) > 40
    assert f"{NASTY} (not usable)" in page.text


def test_drivers_are_named_plainly_with_signed_points_strongest_first(page: Page) -> None:
    at = page.rows.index(["Driver", "Lowers | raises", "Points"])
    rows = page.rows[at + 1 : at + 9]

    assert [row[0] for row in rows[:3]] == [
        "1 triceps brachii, late in the movement",
        "2 elbow flexion and extension, late in the movement",
        "3 trunk displacement",
    ]
    assert [row[2] for row in rows] == [signed(one["points"]) for one in drivers_of()]
    assert rows[0][2].startswith("\u2212")
    assert rows[1][2].startswith("+")


def test_bars_lie_on_the_side_that_their_sign_says_and_are_as_long_as_their_points() -> None:
    page = page_of(assessment_of(drivers=drivers_of(3)))
    bars = [
        (kind, *map(float, re.findall(r"[\d.]+", had["style"])))
        for kind in ("raises", "lowers")
        for had in page.of_class(kind)
        if "style" in had
    ]

    points = [one["points"] for one in drivers_of(3)]
    assert bars == [
        ("raises", 50.0, pytest.approx(50 * points[1] / 2.6, abs=0.06)),
        ("lowers", 0.0, 50.0),
        ("lowers", pytest.approx(50 - 50 * 1.88 / 2.6, abs=0.06), pytest.approx(36.2, abs=0.06)),
    ]


def test_the_signal_map_says_by_sign_what_it_says_by_colour() -> None:
    found = {
        "rows": ["biceps_brachii"], "kinds": ["muscle"], "phases": ["early", "middle", "late"],
        "points": [[2.0, -1.0, None]],
    }  # fmt: skip
    (row,) = map_rows(found)
    (raised, blue), (lowered, orange), (unknown, white) = row.cells

    assert (raised, lowered, unknown) == ("+2.0", "\u22121.0", "\u2013")
    assert blue_part(blue) > red_part(blue)
    assert blue_part(orange) < red_part(orange)
    assert white == "#fff"


@pytest.mark.parametrize("points", [4.0, -4.0, 0.01])
def test_numbers_on_the_signal_map_can_be_read_on_their_colour(points: float) -> None:
    found = {"rows": ["a"], "kinds": ["muscle"], "phases": ["early"], "points": [[points]]}
    ((_, colour),) = map_rows(found)[0].cells

    assert contrast(INK, colour) > 7  # WCAG 2.2, level AAA


def test_a_map_of_nothing_is_white() -> None:
    found = {"rows": ["a"], "kinds": ["joint"], "phases": ["early"], "points": [[0.0]]}

    assert map_rows(found)[0].cells == (("0.0", "#ffffff"),)


def test_biomarkers_stand_beside_both_ranges_in_units_of_the_clinic(page: Page) -> None:
    assert page.row("trunk displacement")[1:] == [
        "11.0 cm",
        "1.0 to 4.0",
        "2.0 to 15.0",
        "\u22121.9",
    ]
    assert page.row("range of movement: elbow")[1] == "58.4 \u00b0"
    assert page.row("EMG amplitude")[1:3] == ["43 \u00b5V", "not known"]


def test_a_biomarker_that_was_not_measured_says_so() -> None:
    (first, *_) = biomarkers_of()

    page = page_of(assessment_of(biomarkers=[{**first, "value": None, "points": None}]))

    assert page.row("trunk displacement")[1:] == [
        "not measured", "1.0 to 4.0", "2.0 to 15.0", "\u2013",
    ]  # fmt: skip


def test_items_are_expected_points_or_not_estimable(page: Page) -> None:
    titles = {item.identifier: item.title for item in SCALES["fma-ue"].items}

    for name, points in assessment_of()["items"].items():
        told = "not estimable" if points is None else f"{points:.1f} of 2"
        assert page.row(f"{name} {titles[name]}")[1] == told


def test_a_scale_without_items_says_so() -> None:
    page = page_of(assessment_of(items=None, scale="fma-ue-mhh20", scale_range=[0, 20]))

    assert "it says nothing about single items" in page.text
    assert "6.8 points to show one" not in page.text  # the MDC is one of 0-66


def test_no_modality_no_picture_of_it() -> None:
    quality = assessment_of()["quality"]
    of_markers = [one for one in quality["channels"] if one["modality"] == "kinematics"]
    of_muscles = [one for one in quality["channels"] if one["modality"] == "emg"]

    blind = page_of(assessment_of(quality={**quality, "channels": of_markers}))
    still = page_of(assessment_of(quality={**quality, "channels": of_muscles}, replay=None))

    assert "No EMG was recorded." in blind.text
    assert "from the front" not in blind.text
    assert "No kinematics was recorded." in still.text
    assert "There is no replay" in still.text
    assert "from the front" in still.text


def test_the_risk_coverage_curve_comes_from_the_card(page: Page) -> None:
    without = page_of(assessment_of())

    assert "Error against the share answered" in page.headings
    assert "Error against the share answered" not in without.headings


def test_an_estimate_beyond_the_met_scores_is_called_so() -> None:
    text = page_of(assessment_of(estimate=65.2, interval=[60, 66])).text

    assert "The model met scores from 3 to 64 only; this one lies outside." in text


def test_what_is_not_known_is_said() -> None:
    assessment = assessment_of(side=None)
    assessment["model"] |= {"mae": None, "mae_interval": None, "coverage": None}
    assessment["uncertainty"] = dict.fromkeys(assessment["uncertainty"])

    page = page_of(assessment)

    assert page.row("Its honest error")[1] == "not known"
    assert page.row("Coverage of its 90 % intervals")[1] == "not known"
    assert "Why the interval is as wide as it is" not in page.text
    assert "The side is not known; a right arm is drawn." in page.text


def test_the_same_assessment_gives_the_same_page_and_is_left_alone() -> None:
    assessment, card = assessment_of(), card_of()
    before = copy.deepcopy((assessment, card))

    first = render_assessment(assessment, card=card)

    assert render_assessment(assessment, card=card) == first
    assert (assessment, card) == before


def test_every_file_and_setting_can_be_traced(page: Page) -> None:
    origin = assessment_of()["provenance"]

    for one in origin["recordings"]:
        assert page.row(one["path"])[1] == one["sha256"]
    assert 'model = "hybrid"' in page.text
    assert page.row("Versions")[1] == "hybridmfp 0.1.0, numpy 2.4.6, weasyprint not installed"


def test_drawing_a_page_loads_no_plotting_library() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests/app'); import assessment_builder as b;"
        "from hybridmfp.app.report import render_assessment, render_card, render_patient_page;"
        "render_assessment(b.assessment_of(), card=b.card_of()); render_card(b.card_of());"
        "render_patient_page(b.assessment_of());"
        "sys.exit(any(m in sys.modules for m in ('matplotlib', 'weasyprint', 'torch')))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("name", [*MUSCLES, *JOINTS, *(one.name for one in FEATURES)])
def test_every_signal_and_feature_has_a_plain_name(name: str) -> None:
    told = plain_name(name)

    assert told
    assert "_" not in told
    assert "." not in told


def blue_part(colour: str) -> int:
    return int(colour[5:7], 16)


def red_part(colour: str) -> int:
    return int(colour[1:3], 16)


def contrast(first: str, second: str) -> float:
    """Give the contrast of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted(map(_luminance, (first, second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("lag_ms", "said"), [(25.0, "lags the kinematics by 25 ms"), (-30.0, "leads"), (5.0, None)]
)
def test_a_lag_is_shown_from_20_ms_on(lag_ms: float, said: str | None) -> None:
    from hybridmfp.app.report.assessment_wording import quality_words

    quality = {"verdict": "green", "channels": [], "lag_ms": lag_ms, "drift_ppm": 3.0}

    words = quality_words(quality)
    assert ("the kinematics by" in words) == (said is not None)
    assert said is None or said in words
    assert "drift" not in words
