"""What the card of a model tells, and that nothing open or unknown is hidden."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from assessment_builder import NASTY, card_of
from page_reader import Page, cut_off, read_page

from hybridmfp.app.report import render_card
from hybridmfp.app.report.curves import pit_plot, risk_coverage_plot


def page_of(**changes: Any) -> Page:
    return read_page(render_card(card_of(**changes)))


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_first_line_says_what_kind_of_data_it_has_learned_from(synthetic: bool) -> None:
    line = "Trained on synthetic data." if synthetic else "Trained on real data of 19 patients."

    text = page_of(synthetic=synthetic, first_line=line).text

    assert text.startswith(f"SYNTHETIC DATA {line}" if synthetic else line)
    assert ("SYNTHETIC" in text) is synthetic
    assert "Research use only" in text


def test_the_sections_come_in_the_promised_order() -> None:
    headings = page_of().headings

    assert headings == [
        "Model and data card: hybrid, trained on 60 virtual patients", "Use", "Intended",
        "Not for", "Model", "Data", "Performance", "How often the 90\u00a0% intervals hold",
        "Error against the share answered", "Calibration (PIT histogram)",
        "Audit: what the same steps find where there is nothing", "Limits", "TRIPOD+AI", "Settings",
    ]  # fmt: skip


def test_the_error_stands_between_the_oracle_and_the_baselines() -> None:
    page = page_of()

    assert page.row("This model")[1] == "5.1 [4.3 to 6.1]"
    assert page.row("Oracle")[1] == "2.7"
    assert page.row("training mean")[1] == "14.2"
    assert page.row("demographics")[1] == "not known"


def test_coverage_is_told_for_every_group() -> None:
    page = page_of()

    for row in card_of()["performance"]["coverage"]:
        told = [
            row["group"],
            str(row["n"]),
            f"{100 * row['coverage']:.0f} %",
            f"{row['width']:.1f}",
        ]
        assert told in page.rows


def test_the_audit_is_told_with_the_model_it_is_of() -> None:
    text = page_of().text

    assert "The nested engine finds nothing where there is nothing." in text
    assert "This audit is of the model ensemble." in text


def test_a_failed_audit_is_told() -> None:
    card = card_of()
    card["performance"]["audit"]["nested_is_honest"] = False

    assert "WARNING: the nested engine finds something" in read_page(render_card(card)).text


def test_what_intervals_and_refusals_rest_on_is_told() -> None:
    page = page_of()

    assert page.row("Intervals are wider, without kinematics")[1] == "1.9 times"
    assert page.row("Strangeness above which an estimate is refused")[1] == "1.5"
    assert "seed = 7" in page.text


def test_open_items_of_tripod_stand_first_and_are_counted() -> None:
    page = page_of()
    at = page.rows.index(["Item", "Topic", "Asks", "Answer"])

    assert [row[0] for row in page.rows[at + 1 :]] == ["5a", "1", "6b"]
    assert page.rows[at + 1][3] == "OPEN"
    assert "2 of 3 items are answered, 1 open" in page.text


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    empty = {
        "mae": None, "mae_interval": None, "baselines": {}, "oracle_mae": None, "coverage": [],
        "pit": None, "risk_coverage": None, "audit": None,
    }  # fmt: skip

    page = page_of(performance=empty, model={"version": None})

    assert page.row("This model")[1] == "not known"
    assert page.row("version")[1] == "not known"
    assert page.drawings() == []
    assert "No audit was run." in page.text


def test_words_are_text_and_nothing_is_loaded() -> None:
    card = card_of(
        title=NASTY, first_line=NASTY, limits=[NASTY], intended_use=[NASTY], not_for=[NASTY],
        model={NASTY: NASTY}, data={NASTY: [NASTY, 1.5, True, {"a": NASTY}]},
        tripod_ai=[dict.fromkeys(("item", "topic", "asks", "answer"), NASTY)],
    )  # fmt: skip
    card["performance"]["coverage"][0]["group"] = NASTY

    html = render_card(card)

    assert "<b>" not in html
    assert read_page(html).text.count(NASTY) >= 14
    assert not re.search(r"<script|<link|<img|url\(|@import|\s(src|href|on\w+)=", html)


def test_facts_are_told_in_words() -> None:
    page = page_of(data={"n_subjects": 24, "observed_range": "3 to 64", "sites": ["a", "b"]})

    assert page.row("number of subjects")[1] == "24"
    assert page.row("observed range")[1] == "3 to 64"
    assert page.row("sites")[1] == "a; b"


def test_the_same_card_gives_the_same_page() -> None:
    assert render_card(card_of()) == render_card(card_of())


@pytest.mark.parametrize("top", [0.004, 0.9, 5.1, 6.0, 14.2, 61.0])
def test_the_curve_fills_its_plot_and_stays_in_it(top: float) -> None:
    points = [{"coverage": 0.1 * at, "mae": top * at / 10} for at in range(1, 11)]

    plot = risk_coverage_plot(points)
    drawing = ET.fromstring(plot.svg)  # noqa: S314 - our own
    (line,) = drawing.iter("polyline")
    at = [tuple(map(float, one.split(","))) for one in line.get("points", "").split()]

    assert cut_off(drawing) == []
    assert at == sorted(at)  # more answered lies to the right
    assert [y for _, y in at] == sorted((y for _, y in at), reverse=True)  # and more error up
    assert 20 < at[-1][1] < 110  # the largest error reaches the upper half


def test_the_curve_is_told_in_words() -> None:
    plot = risk_coverage_plot(card_of()["performance"]["risk_coverage"])

    assert "the surest 10\u00a0% of patients the mean error is 2.9 points" in plot.alt
    assert plot.alt.endswith("answering 100\u00a0%, 5.1 points.")


@pytest.mark.parametrize("counts", [[5, 7, 6, 6, 5, 7, 6, 6, 7, 5], [0] * 10, [0] * 9 + [40]])
def test_bars_are_as_high_as_their_counts_beside_the_even_line(counts: list[int]) -> None:
    drawing = ET.fromstring(pit_plot(counts).svg)  # noqa: S314 - our own
    heights = [float(bar.get("height", "0")) for bar in drawing.iter("rect")]
    tallest = max(heights)
    (even,) = [one for one in drawing.iter("line") if one.get("stroke-dasharray")]
    bottom = {float(b.get("y", "0")) + float(b.get("height", "0")) for b in drawing.iter("rect")}

    top = max(*counts, 1)
    scale = tallest / top if any(counts) else 0
    assert heights == pytest.approx([scale * one for one in counts], abs=0.1)
    assert max(bottom) == pytest.approx(min(bottom), abs=0.1)
    if any(counts):
        level = 196 - float(even.get("y1", "0"))
        assert level == pytest.approx(scale * sum(counts) / len(counts), abs=0.1)
    assert cut_off(drawing) == []
