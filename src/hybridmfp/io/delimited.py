"""Numbers in text: CSV and its relatives, fast where clean, forgiving where not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from hybridmfp.errors import ReadError
from hybridmfp.signals import Problem

__all__ = ["NumericTable", "fit_columns", "read_delimited"]

_MOST_HEADER_ROWS = 2
_MOST_UNREADABLE_SHARE = 0.01
_PEEKED_LINES = 20
_BLOCK_BYTES = 1 << 23  # a trial in one block parses a tenth faster than in many
_GAPS = (
    *("", "NaN", "nan", "NAN", "-NaN", "-nan", "1.#QNAN", "-1.#IND"),
    *("NA", "N/A", "n/a", "null", "NULL"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INFINITY = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, eq=False)
class NumericTable:
    """Hold the numbers of a table, and what stood above them.

    Attributes
    ----------
    samples : array of float32, shape (n_columns, n_rows)
        One row per column of the file; NaN where a cell was empty or no finite number.
    header : tuple of tuple of str
        The cells of the header rows, stripped: none, one or two rows.
    problems : tuple of Problem
        What was found wrong.
    """

    samples: NDArray[np.float32]
    header: tuple[tuple[str, ...], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """How the text is cut into rows and cells."""

    separator: str
    decimal: str
    header: tuple[tuple[str, ...], ...]
    n_columns: int


def read_delimited(data: bytes, *, name: str) -> NumericTable:
    r"""Read a table of numbers.

    Separators (comma, semicolon, tab), decimal comma, byte order mark, line ends and up to
    two header rows (blank ones included) are recognised. A row is a header row if fewer
    than half of its filled cells are numbers. Empty cells are gaps. So are cells that hold
    text, are missing from a short row or are infinite, but these are reported too.

    Parameters
    ----------
    data : bytes
        The content of the file.
    name : str
        What to call the file in messages.

    Raises
    ------
    ReadError
        If there are no numbers, rows are longer than the first, more than 1 % of the cells
        are unreadable, or the bytes are no text.

    Examples
    --------
    >>> table = read_delimited(b"wrist;elbow\r\n0,5;1,5\r\n;2,5\r\n", name="reach.csv")
    >>> table.header, table.samples.tolist()
    ((('wrist', 'elbow'),), [[0.5, nan], [1.5, 2.5]])
    """
    text = _plain(data, name=name)
    separator, header, n_columns = _find_header(text, name=name)
    body = _without_lines(text, len(header)).rstrip(b"\r\n")
    comma = separator != "," and body.count(b",") > body.count(b".")
    layout = _Layout(separator, "," if comma else ".", header, n_columns)
    samples = _parse_clean(body, layout)
    problems: list[Problem] = []
    if samples is None:
        samples, problems = _parse_cell_by_cell(body, layout, name=name)
    infinite = int(np.isinf(samples).sum())
    if infinite:
        samples[np.isinf(samples)] = np.nan
        problems.append(Problem(name, f"{infinite} cells are infinite", "these samples are gaps"))
    return NumericTable(samples, layout.header, tuple(problems))


def fit_columns(table: NumericTable, n_columns: int, *, name: str) -> NumericTable:
    """Drop empty columns behind the expected ones, as trailing separators leave them.

    A table that does not fit is given back as it is.

    Parameters
    ----------
    table : NumericTable
        The table.
    n_columns : int
        How many columns there should be.
    name : str
        What to call the file in messages.
    """
    surplus = table.samples[n_columns:]
    if not surplus.size or not np.isnan(surplus).all():
        return table
    named = ", ".join(cell for cell in _cells_from(table.header[:1], n_columns) if cell)
    found = f"{len(surplus)} empty columns behind the {n_columns} expected"
    return replace(
        table,
        samples=table.samples[:n_columns],
        header=tuple(row[:n_columns] for row in table.header),
        problems=(
            *table.problems,
            Problem(name, f"{found} ({named})" if named else found, "they are dropped"),
        ),
    )


def _cells_from(rows: Sequence[Sequence[str]], start: int) -> list[str]:
    return [cell for row in rows for cell in row[start:]]


def _plain(data: bytes, *, name: str) -> bytes:
    """Take off the byte order mark, refuse what is no text."""
    text = data.removeprefix(_BOM)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in text[:65536]:
        raise ReadError(
            f"{name} must be plain text in UTF-8; it holds zero bytes or is UTF-16. "
            "Export it as CSV in UTF-8."
        )
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    if text.isspace() or not text:
        raise ReadError(f"{name} must hold numbers; it is blank. Export it again.")
    return text


def _find_header(text: bytes, *, name: str) -> tuple[str, tuple[tuple[str, ...], ...], int]:
    """Give the separator, the cells of the header rows, and the number of columns."""
    lines = text.split(b"\n", _PEEKED_LINES)[:_PEEKED_LINES]
    peeked = [line.decode("utf-8", "replace") for line in lines]
    filled = [line for line in peeked if line.strip()]
    separator = next(
        (mark for mark in "\t;," if 2 * sum(mark in line for line in filled) >= len(filled)), ","
    )
    rows = [_split(line, separator, name=name) for line in peeked]
    n_header = 0
    while n_header < min(_MOST_HEADER_ROWS, len(rows)) and _is_header(rows[n_header], separator):
        n_header += 1
    n_columns = next((len(row) for row in rows[n_header:] if row), 0)
    if n_columns == 0:
        raise ReadError(
            f"{name} must hold rows of numbers, at most {_MOST_HEADER_ROWS} header rows above; "
            f"its first {len(rows)} rows hold none. Export it again."
        )
    header = tuple(tuple(cell.strip() for cell in row) for row in rows[:n_header])
    return separator, header, n_columns


def _split(line: str, separator: str, *, name: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error as error:
        raise ReadError(
            f"{name} must be a table of numbers in text; its first rows are none ({error}). "
            "Export it as CSV."
        ) from error


def _is_header(row: Sequence[str], separator: str) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    decimal = "." if separator == "," else ","
    numbers = sum(_is_number(cell.replace(decimal, ".")) or cell in _GAPS for cell in filled)
    return 2 * numbers < len(filled) or not filled


def _is_number(cell: str) -> bool:
    stripped = cell.strip()
    return bool(_NUMBER.fullmatch(stripped) or _INFINITY.fullmatch(stripped))


def _without_lines(text: bytes, count: int) -> bytes:
    start = 0
    for _ in range(count):
        start = text.index(b"\n", start) + 1
    return text[start:] if start else text


def _parse_clean(body: bytes, layout: _Layout) -> NDArray[np.float32] | None:
    """Read what is in order; None if anything is not. Float64 parses faster than float32."""
    if b"\n\n" in body or b"\n\r\n" in body or body.startswith((b"\n", b"\r\n")):
        return None
    names = [str(column) for column in range(layout.n_columns)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=_BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.separator, quote_char=False, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.float64()),
                null_values=list(_GAPS),
                decimal_point=layout.decimal,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    samples = np.empty((layout.n_columns, table.num_rows), dtype=np.float32)
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which the caller reports
        for row, column in zip(samples, table.columns, strict=True):
            row[:] = column.to_numpy()
    return samples


def _parse_cell_by_cell(
    body: bytes, layout: _Layout, *, name: str
) -> tuple[NDArray[np.float32], list[Problem]]:
    """Read what is left between the unreadable cells, and count these."""
    rows: list[list[float]] = []
    unreadable: list[tuple[int, int, str]] = []
    lines = io.StringIO(body.decode("utf-8", "replace"), newline="\n")
    for number, line in enumerate(lines, start=len(layout.header) + 1):
        cells = _split(line, layout.separator, name=name)
        if len(cells) > layout.n_columns and any(
            cell.strip() for cell in cells[layout.n_columns :]
        ):
            raise ReadError(
                f"{name} must have as many cells in every row; row {number} has {len(cells)}, "
                f"the first {layout.n_columns}. Export it again."
            )
        values = [_value(cell, layout.decimal) for cell in cells[: layout.n_columns]]
        values += [None] * (layout.n_columns - len(values))
        unreadable += [
            (number, column, cells[column - 1].strip() if column <= len(cells) else "")
            for column, value in enumerate(values, start=1)
            if value is None
        ]
        rows.append([np.nan if value is None else value for value in values])
    with np.errstate(over="ignore"):
        samples = np.array(rows, dtype=np.float64).astype(np.float32).T.copy()
    return samples, _unreadable_cells(unreadable, samples.size, name=name)


def _value(cell: str, decimal: str) -> float | None:
    """Give the number in a cell, NaN if it is empty, None if it is anything else."""
    stripped = cell.strip()
    if stripped in _GAPS:
        return np.nan
    pointed = stripped.replace(decimal, ".")
    return float(pointed) if _is_number(pointed) else None


def _unreadable_cells(
    unreadable: Sequence[tuple[int, int, str]], n_cells: int, *, name: str
) -> list[Problem]:
    if not unreadable:
        return []
    row, column, cell = unreadable[0]
    found = (
        f"{len(unreadable)} of {n_cells} cells hold text or are missing, "
        f"first in row {row}, column {column}: {cell[:20]!r}"
    )
    if len(unreadable) > _MOST_UNREADABLE_SHARE * n_cells:
        raise ReadError(
            f"{name} must be a table of numbers, at most {_MOST_UNREADABLE_SHARE:.0%} of its "
            f"cells anything else; {found}. Export it again, numbers only."
        )
    return [Problem(name, found, "these samples are gaps")]
