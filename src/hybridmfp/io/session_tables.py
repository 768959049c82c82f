"""What a cohort folder may say about its sessions beside scores: rated items, and an oracle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hybridmfp.errors import CohortError, ScaleError, WriteError
from hybridmfp.io.cohort_folder import write_table
from hybridmfp.io.labels import ID_COLUMNS, Row, TextTable, column_name, read_text_table
from hybridmfp.signals import Cohort, Problem, Scale, SubjectSession

__all__ = ["ITEMS", "ORACLE", "SessionTables", "read_session_tables", "write_session_tables"]

ITEMS = "items.tsv"
ORACLE = "oracle.tsv"
_KEYS = ("participant_id", "session")
_ORACLE_COLUMN = "oracle_score"
_SessionKey = tuple[str, str]


@dataclass(frozen=True)
class SessionTables:
    """Hold sessions with their items, and what an oracle says of them.

    Attributes
    ----------
    sessions : tuple of SubjectSession
        As they were given, rated items added.
    oracle : mapping of (str, str) to float
        Best possible estimate by subject and session, in points.
    problems : tuple of Problem
        What was found wrong.
    """

    sessions: tuple[SubjectSession, ...]
    oracle: Mapping[_SessionKey, float]
    problems: tuple[Problem, ...]


def read_session_tables(
    folder: Path, sessions: Sequence[SubjectSession], scale: Scale | None
) -> SessionTables:
    """Read ``items.tsv`` and ``oracle.tsv``, where they are.

    Parameters
    ----------
    folder : Path
        The folder of the cohort.
    sessions : sequence of SubjectSession
        The sessions that the tables may speak of.
    scale : Scale or None
        The scale whose items are read.

    Raises
    ------
    ReadError
        If a table cannot be read.
    CohortError
        If a row is about no session, or a session has two rows, or items lack a scale.
    ScaleError
        If items contradict the scale or the score.
    """
    items, problems = _read_items(folder / ITEMS, sessions, scale)
    oracle, more = _read_oracle(folder / ORACLE, sessions)
    rated = [
        replace(row, items=items.get((row.subject, row.session), row.items)) for row in sessions
    ]
    return SessionTables(tuple(rated), oracle, (*problems, *more))


def write_session_tables(cohort: Cohort, folder: Path) -> None:
    """Write ``items.tsv`` and ``oracle.tsv``, if the cohort has items and an oracle.

    Raises
    ------
    WriteError
        If the items of the scale cannot be told apart as names of columns.
    """
    if cohort.scale is not None and any(row.items for row in cohort.sessions):
        names = [item.identifier for item in cohort.scale.items]
        _refuse_unclear_columns(names)
        write_table(
            folder / ITEMS,
            (*_KEYS, *names),
            (
                {**_key_cells(row.subject, row.session), **row.items}
                for row in cohort.sessions
                if row.items
            ),
        )
    if cohort.oracle:
        write_table(
            folder / ORACLE,
            (*_KEYS, _ORACLE_COLUMN),
            ({**_key_cells(*key), _ORACLE_COLUMN: points} for key, points in cohort.oracle.items()),
        )


def _read_items(
    path: Path, sessions: Sequence[SubjectSession], scale: Scale | None
) -> tuple[dict[_SessionKey, dict[str, float]], list[Problem]]:
    if not path.is_file():
        return {}, []
    if scale is None:
        raise CohortError(
            f"scale must be named where items are rated; {path} has items of an unknown scale. "
            "Name it with --scale."
        )
    table = read_text_table(path)
    columns = {column_name(item.identifier): item.identifier for item in scale.items}
    found = {}
    for row, session in _rows_of_sessions(table, sessions):
        cells = {name: row.number_of(column) for column, name in columns.items()}
        items = {name: _plain(points) for name, points in cells.items() if points is not None}
        try:
            scale.check_items(items, score=session.score, whose=session.subject)
        except ScaleError as error:
            raise ScaleError(f"row {row.number} of {path}: {error}") from error
        found[session.subject, session.session] = items
    return found, _problems_of(table, file=path.name, known=columns)


def _read_oracle(
    path: Path, sessions: Sequence[SubjectSession]
) -> tuple[dict[_SessionKey, float], list[Problem]]:
    if not path.is_file():
        return {}, []
    table = read_text_table(path)
    found = {
        (session.subject, session.session): row.number_of(_ORACLE_COLUMN)
        for row, session in _rows_of_sessions(table, sessions)
    }
    oracle = {key: points for key, points in found.items() if points is not None}
    return oracle, _problems_of(table, file=path.name, known=(_ORACLE_COLUMN,))


def _rows_of_sessions(
    table: TextTable, sessions: Sequence[SubjectSession]
) -> list[tuple[Row, SubjectSession]]:
    """Find the session of each row; where it names none, it is the only one of the person."""
    visits: dict[str | None, list[SubjectSession]] = {}
    for one in sessions:
        visits.setdefault(one.subject, []).append(one)
    found: dict[_SessionKey, tuple[Row, SubjectSession]] = {}
    for row in table.rows:
        subject, session = row.text(*ID_COLUMNS), row.text("session")
        candidates = [one for one in visits.get(subject, []) if session in (None, one.session)]
        if len(candidates) != 1:
            raise CohortError(
                f"row {row.number} of {row.file} must be about one session of the cohort; "
                f"participant_id {subject!r} with session {session!r} names "
                f"{len(candidates) or 'none'}. Correct the table."
            )
        key = (candidates[0].subject, candidates[0].session)
        if key in found:
            raise CohortError(
                f"{row.file} must describe each session once; rows {found[key][0].number} and "
                f"{row.number} are both about {key[0]}, session {key[1]}. Delete one."
            )
        found[key] = (row, candidates[0])
    return list(found.values())


def _problems_of(table: TextTable, *, file: str, known: Collection[str]) -> list[Problem]:
    strange = [
        name for name in table.columns if name and name not in {*known, *ID_COLUMNS, "session"}
    ]
    problems = list(table.problems)
    if strange:
        problems.append(Problem(file, f"unknown columns: {', '.join(strange)}", "not read"))
    return problems


def _plain(points: float) -> float:
    """Give whole points as whole numbers, as ratings are."""
    return int(points) if points.is_integer() else points


def _key_cells(subject: str, session: str) -> dict[str, object]:
    return dict(zip(_KEYS, (subject, session), strict=True))


def _refuse_unclear_columns(names: Sequence[str]) -> None:
    columns = [column_name(name) for name in names]
    reserved = {"", "session", *ID_COLUMNS}
    unclear = [
        name
        for name, column in zip(names, columns, strict=True)
        if columns.count(column) > 1 or column in reserved
    ]
    if unclear:
        raise WriteError(
            "items must have identifiers that differ by more than capitals, spaces and hyphens, "
            f"and are no name of another column; got {', '.join(unclear)}. Rename them."
        )
