"""The pages of a course: for the therapist, for the patient, or both on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast, get_args

from hybridmfp.app.page_file import check_page
from hybridmfp.app.report.course_page import render_course
from hybridmfp.app.report.course_patient_page import render_course_patient_page
from hybridmfp.app.report.course_pdf import course_words, write_course_pdf
from hybridmfp.clinical.review import CourseReview
from hybridmfp.errors import SettingsError
from hybridmfp.io.atomic import atomic_file

__all__ = ["Reader", "check_course_page", "write_course_page"]

Reader = Literal["therapist", "patient"]
"""Whom an HTML page is for; a PDF is for both."""


def check_course_page(
    out: Path, *, reader: str, language: str, paper: str, overwrite: bool
) -> None:
    """Refuse before the work starts what could not be written after it.

    Raises
    ------
    SettingsError
        If there is no such reader, language or paper, or OUT ends in neither .html nor .pdf.
    WriteError
        If OUT exists and may not be replaced.
    MissingDependencyError
        If it is a PDF and WeasyPrint is not installed.
    """
    if reader not in get_args(Reader):
        raise SettingsError(f"--reader must be therapist or patient; got {reader!r}.")
    course_words(language)  # type: ignore[arg-type]
    check_page(out, paper=paper, overwrite=overwrite)


def write_course_page(
    out: Path,
    review: CourseReview,
    *,
    reader: str = "therapist",
    language: str = "en",
    paper: str = "A4",
    overwrite: bool = False,
) -> None:
    """Write the page of a course, or a PDF with both.

    Parameters
    ----------
    out : Path
        Ends in ``.html`` or ``.pdf``.
    review : CourseReview
    reader : {"therapist", "patient"}
        Of an HTML page.
    language : {"en", "zh"}
    paper : {"A4", "Letter"}
        Of a PDF.
    overwrite : bool, default False
    """
    check_course_page(out, reader=reader, language=language, paper=paper, overwrite=overwrite)
    described = review.as_json()
    if out.suffix.lower() == ".pdf":
        write_course_pdf(
            out,
            described,
            paper=cast("Literal['A4', 'Letter']", paper),
            language=cast("Literal['en', 'zh']", language),
            overwrite=overwrite,
        )
        return
    therapist, patient = course_words(cast("Literal['en', 'zh']", language))
    page = (
        render_course(described, words=therapist)
        if reader == "therapist"
        else render_course_patient_page(described, words=patient)
    )
    with atomic_file(out, overwrite=overwrite) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
