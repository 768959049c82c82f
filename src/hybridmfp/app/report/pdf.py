"""An assessment as a PDF of two pages: one for the therapist, one for the patient."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from hybridmfp.app.report.clinician_page import DETAILS, Detail, render_clinician_page
from hybridmfp.app.report.patient_page import render_patient_page
from hybridmfp.app.report.sheets import (
    Paper,
    check_pdf_can_be_written,
    fullest_that_fits,
    layer,
    write_sheets,
)
from hybridmfp.errors import WriteError

__all__ = ["Paper", "check_pdf_can_be_written", "write_pdf"]

_PATIENT_PARTS = (3, 2, 1, 0)


def write_pdf(
    path: str | Path,
    assessment: Mapping[str, Any],
    *,
    card: Mapping[str, Any] | None,
    paper: Paper = "A4",
    overwrite: bool = False,
) -> None:
    """Write a PDF of exactly two pages with nothing cut off.

    Lists that do not fit are shortened, and the page says by how much.

    Parameters
    ----------
    path : str or Path
        Where the file shall be.
    assessment : mapping
        As `hybridmfp assess --json` gives it.
    card : mapping or None
        The card of the model, for its risk-coverage curve.
    paper : {"A4", "Letter"}, default "A4"
        Its size.
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Raises
    ------
    MissingDependencyError
        If WeasyPrint, or what it draws text with, is not installed.
    SettingsError
        If `paper` is unknown.
    WriteError
        If the file cannot be written, or not even the shortest page fits on the paper.
    """
    laid_out = layer(paper)

    def clinician(detail: Detail) -> Any:
        return laid_out(render_clinician_page(assessment, card=card, detail=detail))

    def patient(n_parts: int) -> Any:
        return laid_out(render_patient_page(assessment, n_parts=n_parts))

    def refuse() -> NoReturn:
        raise WriteError(
            f"the shortest page of an assessment must fit on one sheet of {paper}; this one does "
            "not. Write the HTML report instead, or shorten what is unusually long: names or notes."
        )

    first = fullest_that_fits(clinician, DETAILS, guess=len(DETAILS) // 3, refuse=refuse)
    second = fullest_that_fits(patient, _PATIENT_PARTS, guess=0, refuse=refuse)
    write_sheets(path, [first, second], overwrite=overwrite)
