"""An assessment as a PDF of two pages: one for the therapist, one for the patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NoReturn, TypeVar, get_args

from hybridmfp.app.report.clinician_page import DETAILS, Detail, render_clinician_page
from hybridmfp.app.report.patient_page import render_patient_page
from hybridmfp.errors import MissingDependencyError, SettingsError, WriteError
from hybridmfp.io.atomic import atomic_file

__all__ = ["Paper", "check_pdf_can_be_written", "write_pdf"]

Paper = Literal["A4", "Letter"]
"""What the PDF may be printed on."""

_PATIENT_PARTS = (3, 2, 1, 0)

_Amount = TypeVar("_Amount")


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
    if paper not in get_args(Paper):
        raise SettingsError(
            f"paper must be one of {', '.join(get_args(Paper))}; got {paper!r}. Choose one of them."
        )
    weasyprint = _weasyprint()
    size = weasyprint.CSS(string=f"@page {{ size: {paper} }}")

    def laid_out(page: str) -> Any:
        return weasyprint.HTML(string=page, url_fetcher=_refuse).render(stylesheets=[size])

    def clinician(detail: Detail) -> Any:
        return laid_out(render_clinician_page(assessment, card=card, detail=detail))

    def patient(n_parts: int) -> Any:
        return laid_out(render_patient_page(assessment, n_parts=n_parts))

    first = _fullest_that_fits(clinician, DETAILS, guess=len(DETAILS) // 3, paper=paper)
    second = _fullest_that_fits(patient, _PATIENT_PARTS, guess=0, paper=paper)
    both = first.copy([*first.pages, *second.pages])
    with atomic_file(path, overwrite=overwrite) as unfinished:
        both.write_pdf(unfinished, pdf_identifier=b"hybridmfp")


def _fullest_that_fits(
    lay_out: Callable[[_Amount], Any], amounts: Sequence[_Amount], *, guess: int, paper: Paper
) -> Any:
    """Lay out the largest amount, of descending ones, that fits on one sheet; found by halving."""
    fitting, low, high, middle = None, 0, len(amounts), guess
    while low < high:
        document = lay_out(amounts[middle])
        if len(document.pages) == 1:
            fitting, high = document, middle
        else:
            low = middle + 1
        middle = (low + high) // 2
    if fitting is None:
        raise WriteError(
            f"the shortest page of an assessment must fit on one sheet of {paper}; this one does "
            "not. Write the HTML report instead, or shorten what is unusually long: names or notes."
        )
    return fitting


def _refuse(url: str, *_: object) -> NoReturn:
    """Load nothing: a page holds all it needs."""
    raise ValueError(url)


def check_pdf_can_be_written() -> None:
    """Refuse before the work starts where no PDF can be made after it.

    Raises
    ------
    MissingDependencyError
        If WeasyPrint, or what it needs, is not installed.
    """
    _weasyprint()


def _weasyprint() -> ModuleType:
    try:
        import weasyprint  # noqa: PLC0415 - optional, and slow to import
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        raise MissingDependencyError(
            f"WeasyPrint must be installed to write a PDF; importing it says: {error}. Install it "
            'with: pip install "hybridmfp[pdf]" (and Pango, see docs/assessment-report.md), or '
            "write the HTML report."
        ) from error
    module: ModuleType = weasyprint
    return module
