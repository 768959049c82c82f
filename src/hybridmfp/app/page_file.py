"""Where a page goes: what its file may be called, and that it can be written."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from hybridmfp.app.report.sheets import Paper, check_pdf_can_be_written
from hybridmfp.errors import SettingsError, WriteError

__all__ = ["check_page"]


def check_page(path: Path | None, *, paper: str, overwrite: bool) -> None:
    """Refuse before the work starts what could not be written after it.

    Raises
    ------
    SettingsError
        If the file ends in neither ``.html`` nor ``.pdf``, or there is no such paper.
    WriteError
        If the file exists and may not be overwritten, or is a folder.
    MissingDependencyError
        If it is a PDF and WeasyPrint is not installed.
    """
    if paper not in get_args(Paper):
        raise SettingsError(f"paper must be one of {', '.join(get_args(Paper))}; got {paper!r}.")
    if path is None:
        return
    if path.suffix.lower() not in (".html", ".pdf"):
        raise SettingsError(
            f"a report must end in .html or .pdf; got {path.name!r}. Name it report.html"
        )
    if path.is_dir():
        raise WriteError(f"the report must be a file; {path} is a folder. Name a file in it.")
    if path.exists() and not overwrite:
        raise WriteError(
            f"the report must be a new file; {path} exists. "
            "Name another one, or replace it with --overwrite."
        )
    if path.suffix.lower() == ".pdf":
        check_pdf_can_be_written()
