"""The page of a patient's course, for the therapist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from hybridmfp.app.report.course_chart import course_chart
from hybridmfp.app.report.course_detail import EVERYTHING, CourseDetail, Shown, first
from hybridmfp.app.report.course_glance import at_a_glance
from hybridmfp.app.report.course_keyform import keyform_plot
from hybridmfp.app.report.course_legend import chart_legend, small_mark
from hybridmfp.app.report.course_outlook import prognosis_content, trend_content
from hybridmfp.app.report.course_plan import plan_content, progression_content
from hybridmfp.app.report.course_sections import given, refusal_of
from hybridmfp.app.report.course_tables import (
    biomarker_rows,
    change_rows,
    item_rows,
    source_rows,
    stratum_rows,
    visit_rows,
)
from hybridmfp.app.report.course_text import source_text
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.course_words_en import CLINICIAN_ENGLISH
from hybridmfp.app.report.page import fill_template

__all__ = ["render_course", "render_course_sheet"]

_SCREEN = ("page.css", "course.css")
_PAPER = ("clinician.css", "course_sheet.css")

_OPEN_BIOMARKERS = 12  # those after them wait to be opened


def render_course(review: Mapping[str, Any], *, words: CourseWords = CLINICIAN_ENGLISH) -> str:
    """Write the page of a course that a therapist reads in two minutes.

    Parameters
    ----------
    review : mapping
        ``hybridmfp-review/1``, as `CourseReview.as_json` gives it.
    words : CourseWords, default CLINICIAN_ENGLISH
        The language; CLINICIAN_CHINESE is the other one.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input. A section that was
        refused shows why and what to do, never what it holds.
    """
    return _page(review, words, EVERYTHING, _SCREEN)


def render_course_sheet(
    review: Mapping[str, Any], *, words: CourseWords, detail: CourseDetail
) -> str:
    """Write the same page for paper, with so much detail.

    Parameters
    ----------
    review : mapping
    words : CourseWords
    detail : CourseDetail
    """
    return _page(review, words, detail, _PAPER)


def _page(
    review: Mapping[str, Any], words: CourseWords, detail: CourseDetail, styles: tuple[str, ...]
) -> str:
    cut = _cutter(words, detail)
    return fill_template(
        "course.html",
        w=words.say,
        t=cut,
        kind=words.of_kind,
        language=words.language,
        styles=styles,
        title=_title(review, words),
        about=_about(review, words),
        paper=detail.paper,
        english_stays=words.language != "en",
        synthetic=_synthetic(review, words),
        glance=at_a_glance(review, words),
        chart=course_chart(review, words),
        legend=chart_legend(review, words),
        marks={one: small_mark(one) for one in ("rated", "estimated", "refused")},
        trend=trend_content(review, words, cut),
        change=_change(review, words, detail),
        stratum=_stratum(review, words),
        plan=plan_content(review, words, detail, cut),
        progression=progression_content(review, words),
        prognosis=prognosis_content(review, words),
        keyform=_keyform(review, words, detail),
        visits=first(visit_rows(review, words), detail.n_visits),
        notes=review["notes"],
        sources=first(source_rows(review, words), detail.n_sources),
        disclaimer=review["disclaimer"],
    )


def _cutter(words: CourseWords, detail: CourseDetail) -> Any:
    """Give what writes a text of the library, no longer than the page has room for."""

    def cut(text: str) -> Any:
        if len(text) > detail.n_signs:
            text = f"{text[: detail.n_signs - 1].rstrip()}\u2026"
        return words.library(text)

    return cut


def _title(review: Mapping[str, Any], words: CourseWords) -> str:
    arm = words.of_kind("side", review["affected_side"] or "unknown")
    return words.say("title", subject=review["subject"], arm=arm)


def _about(review: Mapping[str, Any], words: CourseWords) -> str:
    told = [words.say("about.visits", n=len(review["visits"]))]
    if review["age_years"] is not None:
        told.append(words.say("about.age", age=f"{review['age_years']:g}"))
    told.append(words.say(f"about.{review['source']}"))
    return words.say("between").join(told)


def _synthetic(review: Mapping[str, Any], words: CourseWords) -> str:
    return words.say("synthetic.text") if review["synthetic"] else ""


def _change(review: Mapping[str, Any], words: CourseWords, detail: CourseDetail) -> dict[str, Any]:
    change = given(review, "change")
    empty = Shown([], 0)
    if change is None:
        refused = refusal_of(review, "change")
        return {
            "refused": refused, "rows": [], "item_rows": empty, "biomarkers": empty,
            "items_refused": None, "biomarkers_refused": None,
        }  # fmt: skip
    return {
        "refused": None,
        "rows": change_rows(change, words),
        "notes": change.get("notes", ()),
        "left_out": change.get("left_out", ()),
        "item_rows": first(item_rows(change["items"]), detail.n_items),
        "items_refused": _refused(change["items"]),
        "biomarkers": first(
            biomarker_rows(change["biomarkers"], words, drivers=review["drivers"]),
            detail.n_biomarkers,
        ),
        "n_open": _OPEN_BIOMARKERS,
        # ratings alone have no biomarkers, and nobody needs to be told so
        "biomarkers_refused": _refused(change["biomarkers"])
        if any(one["source"] == "estimated" for one in review["visits"])
        else None,
    }


def _refused(part: Any) -> Any:
    """Give why a part of a section was refused; a bare list never was."""
    return part.get("refused") if isinstance(part, Mapping) else None


def _stratum(review: Mapping[str, Any], words: CourseWords) -> dict[str, Any]:
    stratum = given(review, "stratum")
    if stratum is None:
        return {"refused": refusal_of(review, "stratum"), "rows": []}
    return {
        "refused": None,
        "rows": stratum_rows(stratum),
        "title": stratum["title"],
        "source": source_text(stratum["source"], words),
        "notes": stratum.get("notes", []),
    }


def _practice(keyform: Mapping[str, Any], words: CourseWords) -> Markup | str:
    practice = keyform.get("practice")
    if practice is None:
        return ""
    source = source_text(practice["source"], words)
    return Markup("{} ({})").format(words.library(practice["text"]), source)


def _keyform(review: Mapping[str, Any], words: CourseWords, detail: CourseDetail) -> dict[str, Any]:
    keyform = given(review, "keyform")
    if keyform is None:
        return {"refused": refusal_of(review, "keyform"), "shown": False}
    aimed = [one for one in keyform["rows"] if one["target"]]
    return {
        "refused": None,
        "shown": True,
        "targets": [
            words.say(
                "keyform.target",
                item=one["item"],
                title=words.plain(one["title"]),
                given=f"{one['given']:g}",
                percent=f"{100 * one['p_next']:.0f}",
            )
            for one in aimed
        ],
        "plot": keyform_plot(keyform, words) if detail.keyform else None,
        "caption": words.say("keyform.caption", n=keyform["n_fitted"]),
        "cohort": keyform.get("cohort", ""),
        "synthetic": keyform.get("synthetic", False),
        "unexpected": words.say("comma").join(keyform.get("unexpected", ())),
        "practice": _practice(keyform, words),
    }
