"""The HTML page of one assessment, for the therapist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from hybridmfp.app.report.assessment_tables import (
    ItemRow,
    biomarker_rows,
    driver_rows,
    findings,
    item_rows,
    map_rows,
    provenance_rows,
)
from hybridmfp.app.report.assessment_wording import (
    can_say,
    cannot_say,
    headline,
    is_refused,
    model_rows,
    page_title,
    quality_words,
    recordings_used,
    synthetic_warnings,
    what_points_mean,
    why_so_wide,
)
from hybridmfp.app.report.curves import RISK_COVERAGE_CAPTION, risk_coverage_plot
from hybridmfp.app.report.drawing import Plot
from hybridmfp.app.report.electrode_picture import electrode_pictures, unplaced, worst_verdicts
from hybridmfp.app.report.page import fill_template
from hybridmfp.app.report.plain_names import plain_name, scale_name
from hybridmfp.app.report.score_bar import score_bar
from hybridmfp.app.report.stick_figure import marks_of, stick_figures
from hybridmfp.app.report.verdict_mark import VERDICT_WORDS, verdict_marks
from hybridmfp.app.report.wording import as_number

__all__ = ["render_assessment"]

_OPEN_BIOMARKERS = 12  # those after them wait to be opened


def render_assessment(assessment: Mapping[str, Any], *, card: Mapping[str, Any] | None) -> str:
    """Write the page of an assessment that a therapist reads in two minutes.

    Parameters
    ----------
    assessment : mapping
        As `hybridmfp assess --json` gives it.
    card : mapping or None
        The card of the model, for its risk-coverage curve; None where there is none.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input. A refused assessment
        shows no number, drivers or items, whatever it holds.
    """
    refused = is_refused(assessment)
    drivers = [] if refused else assessment["drivers"]
    content = _about_the_estimate(assessment) if not refused else {}
    return fill_template(
        "assessment.html",
        a=assessment,
        title=page_title(assessment),
        used=recordings_used(assessment),
        synthetic=synthetic_warnings(assessment),
        refused=refused,
        headline=headline(assessment),
        scale=scale_name(assessment["scale"]),
        side=assessment["side"],
        figure_marks=marks_of(drivers),
        model=model_rows(assessment),
        curve=_curve(card),
        curve_caption=RISK_COVERAGE_CAPTION,
        provenance=provenance_rows(assessment),
        **content,
        **_about_the_quality(assessment),
        **_replay(assessment, drivers),
    )


def _about_the_estimate(assessment: Mapping[str, Any]) -> dict[str, Any]:
    found, items = assessment["signal_map"], assessment["items"]
    return {
        "scale_bar": score_bar(assessment),
        "can": can_say(assessment),
        "cannot": cannot_say(assessment),
        "why_so_wide": why_so_wide(assessment),
        "drivers": driver_rows(assessment["drivers"]),
        "map": None if found is None else map_rows(found),
        "phases": [] if found is None else found["phases"],
        "what_points_mean": what_points_mean(assessment),
        "biomarkers": biomarker_rows(assessment["biomarkers"]),
        "n_biomarkers": _OPEN_BIOMARKERS,
        "items": None if items is None else _in_columns(item_rows(items, assessment["scale"])),
        "no_items": f"This model estimates the total of the {scale_name(assessment['scale'])} "
        "alone; it says nothing about single items.",
    }


def _in_columns(rows: Sequence[ItemRow]) -> list[list[tuple[str, list[ItemRow]]]]:
    """Put whole sections into two columns of about the same height."""
    sections = [(name, list(group)) for name, group in groupby(rows, lambda row: row.section)]
    left: list[tuple[str, list[ItemRow]]] = []
    while sections and sum(len(group) for _, group in left) < len(rows) / 2:
        left.append(sections.pop(0))
    return [left, sections]


def _about_the_quality(assessment: Mapping[str, Any]) -> dict[str, Any]:
    channels, side = assessment["quality"]["channels"], assessment["side"]
    muscles = worst_verdicts(channels, "emg")
    return {
        "quality": quality_words(assessment["quality"]),
        "pictures": electrode_pictures(muscles, side=side) if muscles else [],
        "unplaced": ", ".join(
            f"{plain_name(name)} ({VERDICT_WORDS[verdict]})"
            for name, verdict in unplaced(muscles).items()
        ),
        "findings": findings(channels),
        "marks": verdict_marks(),
    }


def _replay(assessment: Mapping[str, Any], drivers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    replay = assessment["replay"]
    if replay is None:
        return {"replay": [], "replay_words": ""}
    figures = stick_figures(replay, marks_of(drivers), side=assessment["side"])
    words = (
        f"One trial of {replay['task'].replace('_', ' ')}, {as_number(replay['duration_s'], 1)} s, "
        "in real time."
    )
    return {"replay": figures, "replay_words": words}


def _curve(card: Mapping[str, Any] | None) -> Plot | None:
    points = card["performance"].get("risk_coverage") if card is not None else None
    return risk_coverage_plot(points) if points else None
