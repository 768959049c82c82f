"""The tables of a course's page, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from hybridmfp.app.report.course_names import biomarker_name, biomarker_values
from hybridmfp.app.report.course_sections import visits_of
from hybridmfp.app.report.course_text import (
    change_mark,
    limit_text,
    percent_text,
    points_text,
    score_text,
    signed_points,
    source_text,
)
from hybridmfp.app.report.course_words import CourseWords

__all__ = [
    "ChangeRow",
    "biomarker_rows",
    "change_rows",
    "item_rows",
    "source_rows",
    "stratum_rows",
    "visit_rows",
]


@dataclass(frozen=True)
class ChangeRow:
    """Hold one change of the score, as text; `refused` where it was."""

    title: str
    between: str
    points: str = ""
    mark: str = ""
    verdict: str = ""
    kind: str = ""
    mdc: str = ""
    mdc_source: Markup | str = ""
    mcid: str = ""
    mcid_source: Markup | str = ""
    phase: str = ""
    probability: str = ""
    refused: Mapping[str, Any] | None = None


def change_rows(change: Mapping[str, Any], words: CourseWords) -> list[ChangeRow]:
    """Give the changes since the first and since the previous visit."""
    rows = []
    for span in ("since_first", "since_previous"):
        one, title = change[span], words.say(f"change.{span}")
        if one is None:
            continue
        if one.get("refused") is not None:
            rows.append(ChangeRow(title, "", refused=one["refused"]))
            continue
        verdict = words.of_kind("kind", one["kind"])
        if one["kind"] != "noise":
            verdict += words.say("comma") + words.of_kind("direction", one["direction"])
        better = one.get("probability_better")
        rows.append(
            ChangeRow(
                title=title,
                between=f"{one['from']} \u2192 {one['to']}",
                points=signed_points(one["points"]),
                mark=change_mark(one["kind"], one["direction"]),
                verdict=verdict,
                kind=one["kind"],
                mdc=limit_text(one["mdc"]),
                mdc_source=source_text(one["mdc_source"], words),
                mcid=limit_text(one["mcid"]),
                mcid_source=source_text(one["mcid_source"], words),
                phase=words.of_kind("phase", one["phase"]),
                probability="\u2013" if better is None else percent_text(better),
            )
        )
    return rows


def stratum_rows(stratum: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each stratum with its probability in percent, for a bar and in words."""
    return [
        {
            "label": one["label"],
            "range": f"{one['low']:g}\u2013{one['high']:g}",
            "width": round(100 * one["probability"], 1),
            "percent": percent_text(one["probability"]),
            "likely": one["name"] == stratum["most_likely"],
        }
        for one in stratum["strata"]
    ]


def visit_rows(review: Mapping[str, Any], words: CourseWords) -> list[dict[str, Any]]:
    """Give all visits, the last one first."""
    return [
        {
            "session": one["session"],
            "week": f"{one['weeks']:.1f}",
            "day": f"{one['days_post_stroke']:.0f}",
            "source": one["source"] if one["score"] is not None else "refused",
            "source_words": words.of_kind("source", one["source"]),
            "score": score_text(one, words),
            "quality": words.of_kind("quality", one["quality"]) if one["quality"] else "\u2013",
            "reasons": one["reasons"],
            "synthetic": one["synthetic"],
        }
        for one in reversed(visits_of(review))
    ]


def item_rows(items: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the items that changed, those that rose first."""
    if isinstance(items, Mapping):
        items = [*items["rose"], *items["fell"]] if items.get("refused") is None else []
    return [
        {
            "item": one["item"],
            "title": one["title"],
            "before": points_text(one["from"]),
            "after": points_text(one["to"]),
            "mark": "\u25b2" if one["points"] > 0 else "\u25bc",
            "points": signed_points(one["points"]),
        }
        for one in sorted(items, key=lambda one: one["points"] < 0)
        if one["points"]
    ]


def biomarker_rows(
    biomarkers: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    words: CourseWords,
    *,
    drivers: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Give the biomarkers of both visits: real changes first, then what drives the estimate."""
    if isinstance(biomarkers, Mapping):
        biomarkers = biomarkers["changes"] if biomarkers.get("refused") is None else []
    order = {"real": 0, "unknown": 1, "noise": 2}
    place = {one["name"]: at for at, one in reversed(list(enumerate(drivers)))}
    rows = []
    for one in sorted(
        biomarkers, key=lambda one: (order[one["kind"]], place.get(one["name"], len(drivers)))
    ):
        before, after, healthy = biomarker_values(one, words)
        rows.append(
            {
                "name": biomarker_name(one["name"], words),
                "before": before,
                "after": after,
                "healthy": healthy,
                "direction": words.of_kind("towards", one["healthy_direction"]),
                "kind": words.of_kind("biomarker", one["kind"]),
            }
        )
    return rows


def source_rows(review: Mapping[str, Any], words: CourseWords) -> list[Markup]:
    """Give every source that a review rests on once, in the order in which they come."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for section in ("change", "trend", "stratum", "plan", "progression", "prognosis", "keyform"):
        told = review.get(section)
        if told is not None and told.get("refused") is None:
            for source in _sources_in(told):
                found.setdefault((source["citation"], source["source_status"]), source)
    return [source_text(one, words) for one in found.values()]


def _sources_in(told: Any) -> list[Mapping[str, Any]]:
    if isinstance(told, Mapping):
        if "citation" in told and "source_status" in told:
            return [told]
        return [source for one in told.values() for source in _sources_in(one)]
    if isinstance(told, list):
        return [source for one in told for source in _sources_in(one)]
    return []
