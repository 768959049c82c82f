"""Tables of persons: who took part, and how they were rated."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hybridmfp.errors import CohortError, ReadError
from hybridmfp.io.hashing import read_bytes
from hybridmfp.signals import Group, Problem, Side, SubjectSession

__all__ = [
    "ABSENT",
    "ID_COLUMNS",
    "Row",
    "TextTable",
    "column_name",
    "describe_session",
    "read_text_table",
    "refuse_contradictions",
]

ABSENT = frozenset({"", "n/a", "na", "nan", "none", "null", "-"})
"""Cells that read as empty, in small letters."""

ID_COLUMNS = ("participant_id", "subject_id", "subject")
"""Columns that may name the person."""

_SIDES: Mapping[str, Side] = {"left": "left", "l": "left", "right": "right", "r": "right"}
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "site": ("site", "centre", "center"),
    "age_years": ("age_years", "age"),
    "sex": ("sex", "gender"),
    "chronicity_weeks": ("chronicity_weeks", "weeks_since_stroke"),
    "affected_side": ("affected_side", "impaired_limb", "affected_limb", "paretic_side"),
    "dominant_side": ("dominant_side", "dominant_limb", "dominant_hand", "handedness"),
    "tested_side": ("tested_side", "tested_limb"),
}


@dataclass
class Row:
    """Hold one line of a table of text, and collect what is wrong with it.

    Attributes
    ----------
    file : str
        The table, for messages.
    number : int
        The line, the header being 1.
    cells : mapping of str to str
        The cells by column name.
    problems : list of Problem
        What was found wrong while asking for values.
    """

    file: str
    number: int
    cells: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, *names: str) -> str | None:
        """Give the first of these columns that is filled; None if none is."""
        found = (self.cells.get(name, "") for name in names)
        return next((cell for cell in found if cell.lower() not in ABSENT), None)

    def number_of(self, *names: str) -> float | None:
        """Give a finite number; None if there is none. Text in its place is reported."""
        cell = self.text(*names)
        if cell is None:
            return None
        try:
            value = float(cell.replace(",", "."))
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        self._report(f"{names[0]} must be a number; got {cell!r}", "it counts as unknown")
        return None

    def side_of(self, *names: str) -> Side | None:
        """Give left or right; None if there is none. Anything else is reported."""
        cell = self.text(*names)
        if cell is None or cell.lower() in _SIDES:
            return None if cell is None else _SIDES[cell.lower()]
        self._report(f"{names[0]} must be left or right; got {cell!r}", "it counts as unknown")
        return None

    def _report(self, problem: str, done: str) -> None:
        self.problems.append(Problem(self.file, f"row {self.number}: {problem}", done))


@dataclass(frozen=True)
class TextTable:
    """Hold a table of text: its column names and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found wrong while asking the rows for values, each once."""
        return tuple(dict.fromkeys(problem for row in self.rows for problem in row.problems))


def read_text_table(path: Path) -> TextTable:
    """Read a CSV, semicolon or tab separated table with one header row.

    Column names are made lower case, spaces and hyphens becoming ``_``. Cells are stripped.

    Raises
    ------
    ReadError
        If the file cannot be read, is not UTF-8 text, names a column twice, or has a row
        longer than its header.
    """
    data, _ = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path} must be text in UTF-8; byte {error.start} is not. Save it as UTF-8."
        ) from error
    head = text.split("\n", 1)[0]
    separator = next((mark for mark in "\t;," if mark in head), ",")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ReadError(f"{path} must be a table of text; it is not ({error}).") from error
    columns = tuple(column_name(cell) for cell in (lines[0] if lines else ()))
    _refuse_double_columns(columns, path=path)
    filled = [
        (number, [cell.strip() for cell in line])
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    for number, line in filled:
        if any(line[len(columns) :]):
            raise ReadError(
                f"rows of {path} must not be longer than its header of {len(columns)} columns; "
                f"row {number} has {len(line)}. Quote cells that hold a separator."
            )
    return TextTable(
        columns,
        tuple(
            Row(path.name, number, dict(zip(columns, line, strict=False)))
            for number, line in filled
        ),
    )


def describe_session(
    row: Row,
    *,
    subject: str,
    session: str,
    group: Group,
    score_columns: Iterable[str],
) -> SubjectSession:
    """Turn a row of a table of persons into a session.

    Common synonyms of the columns are understood, such as ``gender`` for ``sex``. Cells
    that make no sense count as unknown and are reported in ``row.problems``.

    Parameters
    ----------
    row : Row
        The row.
    subject, session : str
        Who, and which visit.
    group : {"patient", "control"}
        Stroke patient, or healthy person.
    score_columns : iterable of str
        The columns that may hold the score, best first.
    """
    site, sex = (row.text(*_SYNONYMS[name]) for name in ("site", "sex"))
    age_years, chronicity_weeks = (
        row.number_of(*_SYNONYMS[name]) for name in ("age_years", "chronicity_weeks")
    )
    affected_side, dominant_side, tested_side = (
        row.side_of(*_SYNONYMS[name]) for name in ("affected_side", "dominant_side", "tested_side")
    )
    return SubjectSession(
        subject=subject,
        session=session,
        group=group,
        score=row.number_of(*score_columns),
        site=site,
        age_years=age_years,
        chronicity_weeks=chronicity_weeks,
        sex=None if sex is None else sex.lower(),
        affected_side=affected_side,
        dominant_side=dominant_side,
        tested_side=tested_side,
    )


def column_name(cell: str) -> str:
    """Give the name under which a column is found, whatever its case and separators.

    Examples
    --------
    >>> column_name(" Impaired-Limb")
    'impaired_limb'
    """
    return cell.strip().lower().replace(" ", "_").replace("-", "_")


def _refuse_double_columns(columns: Sequence[str], *, path: Path) -> None:
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        raise ReadError(
            f"columns of {path} must be named once; got {', '.join(doubled)} more than once. "
            "Rename or delete one."
        )
    if not any(columns):
        raise ReadError(f"{path} must begin with a row of column names; it begins with a blank.")


def refuse_contradictions(sessions: Sequence[SubjectSession], *, file: str) -> None:
    """Check that nobody is described twice in different words.

    Raises
    ------
    CohortError
        If two rows about the same session differ.
    """
    known: dict[tuple[str, str], SubjectSession] = {}
    for row in sessions:
        first = known.setdefault((row.subject, row.session), row)
        if first != row:
            raise CohortError(
                f"{file} must describe each session once; the rows of {row.subject}, session "
                f"{row.session}, differ (scores {first.score} and {row.score}). Delete one."
            )
