"""A course as a PDF: one or two sheets for the therapist, one for the patient."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from hybridmfp.app.report.course_detail import PAPER_DETAILS, CourseDetail
from hybridmfp.app.report.course_page import render_course_sheet
from hybridmfp.app.report.course_patient_page import render_course_patient_page
from hybridmfp.app.report.course_patient_words_en import ENGLISH_COURSE
from hybridmfp.app.report.course_patient_words_zh import CHINESE_COURSE
from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.course_words_en import CLINICIAN_ENGLISH
from hybridmfp.app.report.course_words_zh import CLINICIAN_CHINESE
from hybridmfp.app.report.sheets import Paper, fullest_that_fits, layer, write_sheets
from hybridmfp.errors import SettingsError, WriteError

__all__ = ["Language", "course_words", "write_course_pdf"]

Language = Literal["en", "zh"]
"""In which the pages of a course can be written."""

_THERAPIST_SHEETS = 2
_PATIENT_ENTRIES = (3, 2, 1, 0)


def course_words(language: Language) -> tuple[CourseWords, CourseWords]:
    """Give the words of the therapist's and of the patient's page.

    Parameters
    ----------
    language : {"en", "zh"}

    Raises
    ------
    SettingsError
        If it is another one.

    Examples
    --------
    >>> [words.language for words in course_words("zh")]
    ['zh-CN', 'zh-CN']
    """
    if language not in get_args(Language):
        raise SettingsError(
            f"language must be one of {', '.join(get_args(Language))}; got {language!r}. "
            "Choose one of them."
        )
    if language == "zh":
        return CLINICIAN_CHINESE, CHINESE_COURSE
    return CLINICIAN_ENGLISH, ENGLISH_COURSE


def write_course_pdf(
    path: str | Path,
    review: Mapping[str, Any],
    *,
    paper: Paper = "A4",
    language: Language = "en",
    overwrite: bool = False,
) -> None:
    """Write a PDF of two or three pages with nothing cut off; the last is the patient's.

    Lists that do not fit are shortened, and the page says by how much.

    Parameters
    ----------
    path : str or Path
        Where the file shall be.
    review : mapping
        ``hybridmfp-review/1``, as `CourseReview.as_json` gives it.
    paper : {"A4", "Letter"}, default "A4"
        Its size.
    language : {"en", "zh"}, default "en"
        Of both pages.
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Raises
    ------
    MissingDependencyError
        If WeasyPrint, or what it draws text with, is not installed; or if no installed font has
        a sign of the pages, such as Chinese ones: boxes are never printed.
    SettingsError
        If `paper` or `language` is unknown.
    WriteError
        If the file cannot be written, or not even the shortest page fits.
    """
    clinician_words, patient_words = course_words(language)
    laid_out = layer(paper)

    def clinician(detail: CourseDetail) -> Any:
        return laid_out(render_course_sheet(review, words=clinician_words, detail=detail))

    def patient(n_entries: int) -> Any:
        page = render_course_patient_page(review, words=patient_words, n_entries=n_entries)
        return laid_out(page)

    def refuse() -> NoReturn:
        raise WriteError(
            f"the shortest pages of a course must fit on {_THERAPIST_SHEETS} sheets of {paper} and "
            "one for the patient; these do not. Write the HTML pages instead, or shorten what is "
            "unusually long: names or notes."
        )

    first = fullest_that_fits(
        clinician,
        PAPER_DETAILS,
        guess=len(PAPER_DETAILS) // 2,
        n_sheets=_THERAPIST_SHEETS,
        refuse=refuse,
    )
    second = fullest_that_fits(patient, _PATIENT_ENTRIES, guess=0, refuse=refuse)
    write_sheets(path, [first, second], overwrite=overwrite, every_sign=True)
