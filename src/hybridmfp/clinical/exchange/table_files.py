"""Tables as a folder of CSV files, or as one XLSX workbook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.exchange.course_tables import CourseTables
from hybridmfp.errors import MissingDependencyError, WriteError
from hybridmfp.io.atomic import atomic_file, atomic_folder

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.cell import Cell

__all__ = ["write_csv", "write_xlsx"]

_COMMAND = "pip install 'hybridmfp[exchange]'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32767  # of Excel
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_csv(tables: CourseTables, folder: str | Path, *, overwrite: bool = False) -> None:
    """Write each table as ``NAME.csv``, always the same bytes for the same tables.

    UTF-8, commas, lines end in a line feed, missing values are empty, numbers have all their
    digits. A spreadsheet takes a text that begins with ``= + - @``, a tab or a carriage return for
    a formula and runs it, so such a text gets an apostrophe in front. A row of ``ratings`` with
    its header is a file that `hybridmfp.clinical.rating.read_rating` reads.

    Parameters
    ----------
    tables : CourseTables
    folder : str or Path
    overwrite : bool, default False
        Whether a folder that holds something may be replaced, all of it.

    Raises
    ------
    WriteError
        If the folder may not be replaced or the disk refuses; nothing half-written is left.
    """
    with atomic_folder(folder, overwrite=overwrite) as unfinished:
        for name, frame in tables.frames.items():
            text = _guarded(frame).to_csv(index=False, lineterminator="\n")
            (unfinished / f"{name}.csv").write_bytes(_encoded(text, name))


def write_xlsx(tables: CourseTables, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the tables as the sheets of one workbook.

    Texts are stored as texts, also those that look like formulas. Numbers have 16 digits, which
    is what openpyxl writes; those of `write_csv` are exact.

    Parameters
    ----------
    tables : CourseTables
    path : str or Path
        Ends in ``.xlsx``.
    overwrite : bool, default False

    Raises
    ------
    WriteError
        If a text cannot be kept whole in a cell, the path ends otherwise, the file may not be
        replaced, or the disk refuses.
    MissingDependencyError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingDependencyError(
            f"an XLSX workbook needs openpyxl, which is not installed. Run {_COMMAND}."
        ) from error
    if Path(path).suffix.lower() != ".xlsx":
        raise WriteError(f"a workbook must end in .xlsx; got {Path(path).name}. Rename it.")
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, frame in tables.frames.items():
        sheet = book.create_sheet(name)
        lines: list[list[Any]] = [list(frame.columns), *frame.to_numpy(object).tolist()]
        for row, line in enumerate(lines, start=1):
            for column, value in enumerate(line, start=1):
                _write(sheet.cell(row, column), value, where=f"{name}, row {row}")
        sheet.freeze_panes = "A2"
    with atomic_file(path, overwrite=overwrite) as unfinished:
        book.save(unfinished)


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise WriteError(
            f"texts of {name} must be Unicode; {text[error.start]!r} is half a character. "
            "Correct it where it was typed."
        ) from error


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - slow to import

    return pd.DataFrame(
        {
            name: pd.Series(map(_harmless, column), dtype=column.dtype)
            for name, column in frame.items()
        }
    )


def _harmless(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write(cell: Cell, value: Any, *, where: str) -> None:
    if value is None or value != value:  # NaN
        return
    if not isinstance(value, str):
        cell.value = value
        return
    if len(value) > _LONGEST_CELL or _NOT_IN_XML.search(value):
        raise WriteError(
            f"texts of a workbook must have at most {_LONGEST_CELL} characters and no control "
            f"characters; {where} does not. Shorten it, or write CSV."
        )
    cell.value = value
    cell.data_type = "s"  # openpyxl would make a formula of "=1+1" and an error of "#N/A"
    cell.quotePrefix = value.startswith(_FORMULA)
