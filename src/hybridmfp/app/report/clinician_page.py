"""The one page of an assessment for the therapist's file, shortened on purpose until it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridmfp.app.report.assessment_tables import biomarker_rows, driver_rows, findings
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
)
from hybridmfp.app.report.curves import risk_coverage_plot
from hybridmfp.app.report.electrode_picture import electrode_pictures, worst_verdicts
from hybridmfp.app.report.page import fill_template
from hybridmfp.app.report.plain_names import scale_name
from hybridmfp.app.report.score_bar import score_bar
from hybridmfp.app.report.stick_figure import marks_of, stick_figures
from hybridmfp.app.report.verdict_mark import verdict_marks

__all__ = ["DETAILS", "Detail", "render_clinician_page"]

_HASH_SIGNS = 16  # enough to tell models apart by eye


@dataclass(frozen=True)
class Detail:
    """Say how much of an assessment a page shows.

    Attributes
    ----------
    n_drivers, n_biomarkers, n_findings, n_reasons, n_notes : int
        Entries of each list; how many more there are is said.
    n_signs : int
        Signs of one entry, from which it is cut with an ellipsis.
    picture_width, figure_width, curve_width : float
        Of the electrode pictures, the replay and the risk-coverage curve, in points; 0 leaves
        one out.
    """

    n_drivers: int
    n_biomarkers: int
    n_findings: int
    n_reasons: int
    n_notes: int
    n_signs: int
    picture_width: float
    figure_width: float
    curve_width: float


DETAILS = (
    Detail(10, 6, 12, 8, 4, 400, 250, 180, 170),
    Detail(9, 6, 10, 6, 4, 300, 245, 170, 165),
    Detail(8, 5, 8, 6, 3, 300, 240, 160, 160),
    Detail(8, 5, 8, 6, 3, 300, 235, 150, 0),
    Detail(8, 5, 6, 6, 3, 250, 225, 140, 0),
    Detail(8, 4, 5, 6, 3, 220, 220, 135, 0),
    Detail(7, 4, 5, 6, 2, 200, 215, 130, 0),
    Detail(6, 3, 4, 5, 2, 200, 210, 125, 0),
    Detail(6, 3, 4, 5, 2, 180, 205, 0, 0),
    Detail(5, 3, 3, 4, 2, 160, 205, 0, 0),
    Detail(5, 2, 3, 3, 1, 140, 205, 0, 0),
    Detail(4, 2, 3, 3, 1, 120, 205, 0, 0),
    Detail(3, 2, 2, 2, 1, 100, 205, 0, 0),
    Detail(3, 1, 2, 2, 1, 80, 205, 0, 0),
    Detail(2, 0, 1, 1, 1, 60, 205, 0, 0),
)
"""From the most that a page is asked to hold to what every page can hold."""


@dataclass(frozen=True)
class _Shown:
    """Hold the entries of a list that are shown, and how many are not."""

    shown: list[Any]
    n_more: int


def render_clinician_page(
    assessment: Mapping[str, Any], *, card: Mapping[str, Any] | None, detail: Detail
) -> str:
    """Write the clinician's page for a paper printer.

    Parameters
    ----------
    assessment : mapping
        As `hybridmfp assess --json` gives it.
    card : mapping or None
        The card of the model, for its risk-coverage curve.
    detail : Detail
        How much is shown.

    Returns
    -------
    str
        HTML for WeasyPrint. A refused assessment shows no number.
    """
    refused = is_refused(assessment)
    channels, side = assessment["quality"]["channels"], assessment["side"]
    muscles = worst_verdicts(channels, "emg")
    content = {} if refused else _about_the_estimate(assessment, detail)
    return fill_template(
        "clinician.html",
        title=page_title(assessment),
        used=recordings_used(assessment, n_signs=detail.n_signs),
        synthetic=synthetic_warnings(assessment),
        refused=refused,
        headline=headline(assessment),
        reasons=_texts(assessment["reasons"], detail.n_reasons, detail),
        remedies=_texts(assessment["remedies"], detail.n_reasons, detail),
        notes=_texts(assessment["notes"], detail.n_notes, detail),
        quality=quality_words(assessment["quality"]),
        pictures=electrode_pictures(muscles, side=side, compact=True) if muscles else [],
        picture_width=detail.picture_width,
        marks=verdict_marks(),
        findings=_findings(channels, detail),
        model=_model(assessment, detail),
        curve=_curve(card) if detail.curve_width else None,
        curve_width=detail.curve_width,
        provenance=_provenance(assessment),
        **content,
    )


def _about_the_estimate(assessment: Mapping[str, Any], detail: Detail) -> dict[str, Any]:
    return {
        "estimate": assessment["estimate"],
        "maximum": assessment["scale_range"][1],
        "scale": scale_name(assessment["scale"]),
        "level": assessment["level"],
        "scale_bar": score_bar(assessment),
        "can": can_say(assessment)[:1],  # what else it says stands beside the model
        "cannot": cannot_say(assessment),
        "what_points_mean": what_points_mean(assessment),
        "drivers": _first(driver_rows(assessment["drivers"]), detail.n_drivers),
        "biomarkers": _first(biomarker_rows(assessment["biomarkers"]), detail.n_biomarkers),
        **_figure(assessment, detail),
    }


def _findings(channels: Sequence[Mapping[str, Any]], detail: Detail) -> _Shown:
    short = [
        {
            **one,
            "reason": _cut(one["reason"] or "", detail),
            "remedy": _cut(one["remedy"] or "", detail),
        }
        for one in channels
    ]
    return _first(findings(short), detail.n_findings)


def _figure(assessment: Mapping[str, Any], detail: Detail) -> dict[str, Any]:
    replay = assessment["replay"]
    if replay is None or not detail.figure_width:
        return {"figure": None, "figure_width": 0, "figure_words": ""}
    marks = marks_of(assessment["drivers"][: detail.n_drivers])
    figure = stick_figures(replay, marks, side=assessment["side"], animated=False)[0]
    task = replay["task"].replace("_", " ")
    words = f"{task}, {replay['duration_s']:.1f} s; darker is later."
    words += " Numbers: drivers." if marks else ""
    return {"figure": figure, "figure_width": detail.figure_width, "figure_words": words}


def _model(assessment: Mapping[str, Any], detail: Detail) -> list[tuple[str, str]]:
    *rows, (name, model_hash) = model_rows(assessment)
    short = f"{model_hash[:_HASH_SIGNS]}\u2026"
    return [*((name, _cut(value, detail)) for name, value in rows), (name, short)]


def _curve(card: Mapping[str, Any] | None) -> Any:
    points = card["performance"].get("risk_coverage") if card is not None else None
    return risk_coverage_plot(points) if points else None


def _provenance(assessment: Mapping[str, Any]) -> str:
    origin = assessment["provenance"]
    version = origin["versions"].get("hybridmfp") or "unknown"
    return (
        f"HybridMFP {version}; {len(origin['recordings'])} recordings; format "
        f"{assessment['format']}. Items, signal map, settings and the hash of every file: see the "
        "HTML report."
    )


def _texts(texts: Sequence[str], n_most: int, detail: Detail) -> _Shown:
    return _first([_cut(text, detail) for text in texts], n_most)


def _first(entries: Sequence[Any], n_most: int) -> _Shown:
    return _Shown(list(entries[:n_most]), max(0, len(entries) - n_most))


def _cut(text: str, detail: Detail) -> str:
    return text if len(text) <= detail.n_signs else f"{text[: detail.n_signs - 1].rstrip()}\u2026"
