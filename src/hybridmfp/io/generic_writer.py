"""Writing a cohort as a generic folder that reads back as the same cohort."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from hybridmfp.errors import WriteError
from hybridmfp.io.array_files import FINAL_NAMES
from hybridmfp.io.atomic import atomic_folder
from hybridmfp.io.description import DESCRIPTION, describe_scale
from hybridmfp.io.generic import PARTICIPANTS, TRIAL_COLUMNS, TRIALS
from hybridmfp.io.labels import ABSENT
from hybridmfp.signals import Cohort, Event, Recording, Signal, SubjectSession

__all__ = ["write_cohort"]

_RECORDINGS = "recordings"
_PERSON_COLUMNS = (
    *("participant_id", "session", "group", "score", "site", "age_years", "sex"),
    *("chronicity_weeks", "affected_side", "dominant_side", "tested_side"),
)
_Row = Mapping[str, object]


def write_cohort(cohort: Cohort, folder: str | Path, *, overwrite: bool = False) -> None:
    """Write a cohort as Parquet files and two tables.

    `open_cohort` reads back the same sessions, scores, scale, names, units, sides, events
    and latencies, and the same samples bit by bit. Problems and provenance are not written:
    the new files have their own. Trials are read and written one at a time.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    folder : str or Path
        Where to; it appears whole or not at all.
    overwrite : bool, default False
        Whether a folder that holds something may be replaced.

    Raises
    ------
    WriteError
        If the folder holds something, the disk refuses, or a name cannot stand in a table:
        surrounded by spaces, or reading like an empty cell.
    ReadError
        If a trial of the cohort cannot be read.
    """
    with atomic_folder(folder, overwrite=overwrite) as unfinished, _text_checked():
        (unfinished / _RECORDINGS).mkdir()
        digits = len(str(len(cohort)))
        _write_table(
            unfinished / TRIALS,
            TRIAL_COLUMNS,
            (
                _write_trial(recording, unfinished, stem=f"{_RECORDINGS}/{number:0{digits}}")
                for number, recording in enumerate(cohort, start=1)
            ),
        )
        _write_table(
            unfinished / PARTICIPANTS,
            _PERSON_COLUMNS,
            (_person(session) for session in cohort.sessions),
        )
        described: dict[str, Any] = {"Name": cohort.name, "Synthetic": cohort.synthetic}
        if cohort.scale is not None:
            described["Scale"] = describe_scale(cohort.scale)
        text = json.dumps(described, indent=2)
        (unfinished / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def _write_trial(recording: Recording, folder: Path, *, stem: str) -> _Row:
    """Write the files of a trial; give its row."""
    row: dict[str, object] = {
        "participant_id": recording.key.subject,
        "session": recording.key.session,
        "task": recording.key.task,
        "repetition": recording.key.repetition,
        "side": recording.side,
        "montage": recording.montage,
        "latency_s": float(recording.latency_s),
        "device": recording.device,
    }
    for kind, signal in (("emg", recording.emg), ("kinematics", recording.kinematics)):
        if signal is not None:
            row[f"{kind}_path"] = f"{stem}_{kind}.parquet"
            row[f"{kind}_rate_hz"] = signal.rate_hz
            row[f"{kind}_unit"] = ";".join(_shortest(signal.units))
            _write_signal(signal, folder / f"{stem}_{kind}.parquet")
    if recording.events:
        row["events_path"] = f"{stem}_events.tsv"
        _write_events(recording.events, folder / f"{stem}_events.tsv")
    return row


def _write_signal(signal: Signal, path: Path) -> None:
    columns = [pa.array(np.ascontiguousarray(row)) for row in signal.samples]
    fields = [pa.field(name, pa.float32()) for name in signal.channels]
    table = pa.table(columns, schema=pa.schema(fields, metadata=dict(FINAL_NAMES)))
    # Samples hardly repeat, so a dictionary would only cost time.
    parquet.write_table(table, path, compression="zstd", use_dictionary=False)


def _write_events(events: Sequence[Event], path: Path) -> None:
    for event in events:
        if event.label != event.label.strip():
            raise WriteError(
                f"the label of an event must not begin or end with a space; got {event.label!r}. "
                "Strip it."
            )
    _write_table(
        path,
        ("time_s", "label"),
        ({"time_s": float(event.time_s), "label": event.label} for event in events),
        checked=(),
    )


def _person(session: SubjectSession) -> _Row:
    return {
        "participant_id": session.subject,
        **{name: getattr(session, name) for name in _PERSON_COLUMNS[1:]},
    }


def _shortest(units: Sequence[str]) -> Sequence[str]:
    return units[:1] if len(set(units)) == 1 else units


def _write_table(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[_Row],
    *,
    checked: Sequence[str] | None = None,
) -> None:
    names = columns if checked is None else checked
    empty = "n/a" if path.name == PARTICIPANTS else ""
    separator = "\t" if path.suffix == ".tsv" else ","
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            for name in names:
                _refuse_unwritable(row.get(name), column=name)
            cells = [row.get(name) for name in columns]
            writer.writerow([empty if cell is None else _cell(cell) for cell in cells])


def _cell(value: object) -> str:
    return repr(float(value)) if isinstance(value, (int, float)) else str(value)


def _refuse_unwritable(value: object, *, column: str) -> None:
    """Check that a name comes back from a table as it went in."""
    if isinstance(value, str) and (value != value.strip() or value.lower() in ABSENT):
        raise WriteError(
            f"{column} must neither begin or end with a space nor read like an empty cell "
            f"({', '.join(sorted(filter(None, ABSENT)))}); got {value!r}. Rename it."
        )


@contextmanager
def _text_checked() -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise WriteError(
            f"names and labels must be text that UTF-8 can hold; got {error.object!r}. Rename it."
        ) from error
