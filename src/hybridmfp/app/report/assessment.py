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
    honest_error,
    is_refused,
    recordings_used,
    synthetic_warnings,
    why_so_wide,
)
from hybridmfp.app.report.curves import risk_coverage_plot
from hybridmfp.app.report.drawing import Plot
from hybridmfp.app.report.electrode_picture import (
    VERDICT_WORDS,
    electrode_pictures,
    unplaced,
    verdict_mark,
    worst_verdicts,
)
from hybridmfp.app.report.page import fill_template
from hybridmfp.app.report.plain_names import plain_name, scale_name
from hybridmfp.app.report.score_bar import score_bar
from hybridmfp.app.report.stick_figure import marks_of, stick_figures
from hybridmfp.app.report.svg import svg
from hybridmfp.app.report.wording import as_number, as_percent

__all__ = ["render_assessment"]


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
        title=_title(assessment),
        used=recordings_used(assessment),
        synthetic=synthetic_warnings(assessment),
        refused=refused,
        headline=headline(assessment),
        scale=scale_name(assessment["scale"]),
        side=assessment["side"],
        figure_marks=marks_of(drivers),
        model=_model_rows(assessment),
        curve=_curve(card),
        provenance=provenance_rows(assessment),
        **content,
        **_about_the_quality(assessment),
        **_replay(assessment, drivers),
    )


def _title(assessment: Mapping[str, Any]) -> str:
    side = f", {assessment['side']} arm" if assessment["side"] else ""
    return f"Arm assessment: {assessment['subject']}, session {assessment['session']}{side}"


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
        "biomarkers": biomarker_rows(assessment["biomarkers"]),
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
    marks = {
        verdict: (word, svg(verdict_mark(verdict, (10, 10)), size=(20, 20)))
        for verdict, word in VERDICT_WORDS.items()
    }
    return {
        "quality": _quality_words(assessment["quality"]),
        "pictures": electrode_pictures(muscles, side=side) if muscles else [],
        "unplaced": ", ".join(
            f"{plain_name(name)} ({VERDICT_WORDS[verdict]})"
            for name, verdict in unplaced(muscles).items()
        ),
        "findings": findings(channels),
        "marks": marks,
    }


def _quality_words(quality: Mapping[str, Any]) -> str:
    told = [f"Overall: {VERDICT_WORDS[quality['verdict']]}."]
    for modality, what in (("emg", "muscles"), ("kinematics", "channels of the kinematics")):
        verdicts = list(worst_verdicts(quality["channels"], modality).values())
        if verdicts:
            told.append(f"{verdicts.count('green')} of {len(verdicts)} {what} are good.")
        else:
            told.append(f"No {'EMG' if modality == 'emg' else 'kinematics'} was recorded.")
    if quality["lag_ms"] is not None:
        told.append(f"The EMG lags the kinematics by {as_number(quality['lag_ms'], 0)} ms.")
    if quality["drift_ppm"] is not None:
        told.append(f"Their clocks drift by {as_number(quality['drift_ppm'], 0)} ppm.")
    return " ".join(told)


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


def _model_rows(assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    model = assessment["model"]
    learned = model["trained_on"]
    kind = "synthetic" if learned["synthetic"] else "real"
    low, high = learned["observed_range"]
    trained_on = (
        f"{kind} data: {learned['name']}, {learned['n_subjects']} subjects, "
        f"{learned['n_sessions']} sessions, scores from {low:g} to {high:g}"
    )
    return [
        ("Trained on", trained_on),
        ("Its honest error", honest_error(model)),
        (
            f"Coverage of its {as_percent(assessment['level'])} intervals",
            "not known" if model["coverage"] is None else as_percent(model["coverage"]),
        ),
        ("Model", model["name"]),
        ("Hash", model["hash"]),
    ]


def _curve(card: Mapping[str, Any] | None) -> Plot | None:
    points = card["performance"].get("risk_coverage") if card is not None else None
    return risk_coverage_plot(points) if points else None
