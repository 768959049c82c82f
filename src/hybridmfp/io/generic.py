"""The generic cohort folder: tables, and array files they point to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from hybridmfp.errors import CohortError
from hybridmfp.io.array_files import FORMATS
from hybridmfp.io.description import read_description
from hybridmfp.io.generic_trial import (
    ACCEPTED_UNITS,
    ArraySpec,
    GenericTrial,
    read_generic_trial,
)
from hybridmfp.io.labels import (
    ID_COLUMNS,
    Row,
    TextTable,
    describe_session,
    read_text_table,
    refuse_contradictions,
)
from hybridmfp.io.relative_path import relative_path
from hybridmfp.io.session_tables import read_session_tables
from hybridmfp.signals import (
    SCALES,
    Cohort,
    Group,
    Problem,
    Scale,
    SubjectSession,
    TrialKey,
    TrialSource,
)

__all__ = ["PARTICIPANTS", "TRIALS", "TRIAL_COLUMNS", "is_generic_folder", "read_generic"]

PARTICIPANTS = "participants.tsv"
TRIALS = "trials.csv"
TRIAL_COLUMNS = (
    *("participant_id", "session", "task", "repetition", "side"),
    *("emg_path", "emg_rate_hz", "emg_unit", "emg_channels", "emg_variable"),
    *("kinematics_path", "kinematics_rate_hz", "kinematics_unit", "kinematics_channels"),
    *("kinematics_variable", "montage", "latency_s", "device", "events_path"),
)
"""Columns of the table of trials."""

_KNOWN_COLUMNS = frozenset({*TRIAL_COLUMNS, *ID_COLUMNS})
_GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        **dict.fromkeys(("patient", "patients", "stroke", "case"), "patient"),
        **dict.fromkeys(("control", "controls", "healthy", "hc"), "control"),
    }
)


def is_generic_folder(path: Path) -> bool:
    """Tell whether a folder has the two tables of a generic cohort."""
    return (path / PARTICIPANTS).is_file() and (path / TRIALS).is_file()


def read_generic(path: Path, *, scale: Scale | None = None) -> Cohort:
    """List the trials of a generic cohort folder.

    Parameters
    ----------
    path : Path
        The folder that holds ``participants.tsv`` and ``trials.csv``, and if wanted
        ``items.tsv`` and ``oracle.tsv``.
    scale : Scale, optional
        The scale of the scores; by default the one of ``dataset_description.json``, else
        the one a column of ``participants.tsv`` is named after.

    Raises
    ------
    ReadError
        If a table cannot be read.
    CohortError
        If a row lacks a name, a rate or a unit, or rows contradict each other.
    ScaleError
        If a score lies outside the scale, items contradict it, or the scale is unknown.
    """
    description = read_description(path)
    trial_table = read_text_table(path / TRIALS)
    trials = [_trial(row, path) for row in trial_table.rows]
    if not trials:
        raise CohortError(f"{path / TRIALS} must list at least one trial; it lists none.")
    person_table = read_text_table(path / PARTICIPANTS)
    rated_on = scale or _agreed_scale(person_table, description.scale)
    recorded: dict[str, list[str]] = {}
    for trial in trials:
        visits = recorded.setdefault(trial.key.subject, [])
        if trial.key.session not in visits:
            visits.append(trial.key.session)
    tables = read_session_tables(path, _sessions(person_table, recorded), rated_on)
    problems = [
        problem for table in (trial_table, person_table, tables) for problem in table.problems
    ]
    idle = [row for row in tables.sessions if row.session not in recorded.get(row.subject, ())]
    for row in idle:
        found = f"{row.subject}, session {row.session}, has no recordings"
        problems.append(Problem(PARTICIPANTS, found, "left out"))
    strange = [name for name in trial_table.columns if name and name not in _KNOWN_COLUMNS]
    if strange:
        problems.append(Problem(TRIALS, f"unknown columns: {', '.join(strange)}", "not read"))
    return Cohort(
        description.name,
        scale=rated_on,
        sessions=[row for row in tables.sessions if row not in idle],
        trials=[
            TrialSource(trial.key, trial.files, trial.decoder, partial(read_generic_trial, trial))
            for trial in trials
        ],
        problems=problems,
        synthetic=description.synthetic,
        oracle={
            (subject, session): points
            for (subject, session), points in tables.oracle.items()
            if session in recorded.get(subject, ())
        },
    )


def _trial(row: Row, folder: Path) -> GenericTrial:
    """Turn a row of the table of trials into what reading it takes."""
    emg, kinematics = (_array_spec(row, kind, folder) for kind in ("emg", "kinematics"))
    if emg is None and kinematics is None:
        raise _broken(row, "emg_path or kinematics_path must name a file; both are empty")
    side = row.side_of("side")
    latency_s = row.number_of("latency_s")
    events = row.text("events_path")
    return GenericTrial(
        key=TrialKey(
            subject=_required(row, *ID_COLUMNS),
            session=row.text("session") or "1",
            task=_required(row, "task"),
            repetition=row.text("repetition") or "1",
        ),
        emg=emg,
        kinematics=kinematics,
        side=side,
        montage=_montage(row, folder),
        device=row.text("device"),
        latency_s=0.0 if latency_s is None else latency_s,
        events=None if events is None else _inside(folder, events, row),
    )


def _montage(row: Row, folder: Path) -> str | None:
    """Give the name of the montage; a montage file is looked for beside the tables."""
    name = row.text("montage")
    return str(folder / name) if name is not None and name.endswith(".json") else name


def _array_spec(row: Row, kind: str, folder: Path) -> ArraySpec | None:
    path = row.text(f"{kind}_path")
    if path is None:
        return None
    file = _inside(folder, path, row)
    if file.suffix.lower() not in FORMATS:
        raise _broken(row, f"{kind}_path must end in one of {', '.join(FORMATS)}; got {path!r}")
    rate_hz = row.number_of(f"{kind}_rate_hz")
    if rate_hz is None or rate_hz <= 0:
        given = row.cells.get(f"{kind}_rate_hz", "")
        raise _broken(row, f"{kind}_rate_hz must be a positive number; got {given!r}")
    units = _listed(row, f"{kind}_unit")
    unknown = [unit for unit in units if unit not in ACCEPTED_UNITS]
    if not units or unknown:
        known = ", ".join(ACCEPTED_UNITS)
        raise _broken(row, f"{kind}_unit must be among {known}; got {';'.join(unknown)!r}")
    channels = _listed(row, f"{kind}_channels")
    if len(set(channels)) != len(channels) or not all(channels):
        raise _broken(row, f"{kind}_channels must be filled and unique; got {';'.join(channels)!r}")
    return ArraySpec(
        file,
        rate_hz=rate_hz,
        units=units,
        channels=channels,
        variable=row.text(f"{kind}_variable"),
    )


def _listed(row: Row, column: str) -> tuple[str, ...]:
    cell = row.text(column)
    return () if cell is None else tuple(part.strip() for part in cell.split(";"))


def _inside(folder: Path, cell: str, row: Row) -> Path:
    relative = relative_path(cell)
    if relative is None:
        raise _broken(row, f"files must lie inside the folder of the cohort; got {cell!r}")
    return folder / relative


def _required(row: Row, *names: str) -> str:
    cell = row.text(*names)
    if cell is None:
        raise _broken(row, f"{names[0]} must be filled; it is empty")
    return cell


def _broken(row: Row, rule: str) -> CohortError:
    return CohortError(f"row {row.number} of {row.file}: {rule}. Correct the table.")


def _agreed_scale(table: TextTable, declared: Scale | None) -> Scale | None:
    """Give the scale declared, or the one a column is named after, if they do not differ."""
    named = [scale for scale in SCALES.values() if _column(scale) in table.columns]
    if declared is None:
        return named[0] if len(named) == 1 else None
    if named and declared not in named:
        raise CohortError(
            f"scores of {PARTICIPANTS} must be on the scale of the data set, {declared.name}; "
            f"their column is named after {named[0].name}. Rename the column, or name the "
            "scale with --scale."
        )
    return declared


def _column(scale: Scale) -> str:
    return scale.name.lower().replace("-", "_")


def _sessions(table: TextTable, recorded: Mapping[str, Sequence[str]]) -> list[SubjectSession]:
    """Turn the table of persons into sessions; a row without one stands for all recorded."""
    score_columns = ("score", *(_column(scale) for scale in SCALES.values()), "fma_ue_score")
    sessions = []
    for row in table.rows:
        subject = _required(row, *ID_COLUMNS)
        session = row.text("session")
        visits = recorded.get(subject) or ["1"]
        if session is None and len(visits) > 1 and row.text(*score_columns) is not None:
            raise _broken(
                row,
                f"session must be filled where {subject} has a score and {len(visits)} sessions, "
                "because a score belongs to one of them",
            )
        for visit in visits if session is None else [session]:
            described = describe_session(
                row,
                subject=subject,
                session=visit,
                group=_group(row),
                score_columns=score_columns,
            )
            sessions.append(described)
    refuse_contradictions(sessions, file=PARTICIPANTS)
    return list(dict.fromkeys(sessions))


def _group(row: Row) -> Group:
    cell = row.text("group")
    if cell is None:
        return "patient"
    if cell.lower() not in _GROUPS:
        raise _broken(row, f"group must be patient or control; got {cell!r}")
    return _GROUPS[cell.lower()]
