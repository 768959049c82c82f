"""Writing a cohort as a generic folder that reads back as the same cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from hybridmfp.errors import WriteError
from hybridmfp.io.array_files import FINAL_NAMES
from hybridmfp.io.cohort_folder import (
    Progress,
    TableRow,
    checked_row,
    cohort_folder,
    run_in_order,
    write_table,
)
from hybridmfp.io.description import DESCRIPTION, README, write_description
from hybridmfp.io.generic import PARTICIPANTS, TRIAL_COLUMNS, TRIALS
from hybridmfp.io.session_tables import ITEMS, ORACLE, write_session_tables
from hybridmfp.signals import Cohort, Event, Signal, SubjectSession, TrialSource

__all__ = ["write_cohort"]

_RECORDINGS = "recordings"
_TAKEN = (_RECORDINGS, PARTICIPANTS, TRIALS, DESCRIPTION, README, ITEMS, ORACLE)
_PERSON_COLUMNS = (
    *("participant_id", "session", "group", "score", "site", "age_years", "sex"),
    *("chronicity_weeks", "affected_side", "dominant_side", "tested_side"),
)


def write_cohort(
    cohort: Cohort,
    folder: str | Path,
    *,
    overwrite: bool = False,
    n_jobs: int = 1,
    progress: Progress | None = None,
    extra_tables: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a cohort as Parquet files and tables.

    `open_cohort` reads back the same sessions, scores, items, oracle, scale, names, units,
    sides, events and latencies, and the same samples bit by bit. Problems and provenance are
    not written: the new files have their own. Each process reads and writes one trial at a
    time; the folder does not depend on how many there are.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    folder : str or Path
        Where to; it appears whole or not at all.
    overwrite : bool, default False
        Whether a folder that holds something may be replaced.
    n_jobs : int, default 1
        Worker processes.
    progress : callable, optional
        Told how many trials are written, and how many there are.
    extra_tables : mapping of str to DataFrame, optional
        Tables to write too, by path within the folder, such as ``"truth/abilities.tsv"``.
        `open_cohort` does not look at them.

    Raises
    ------
    WriteError
        If the folder holds something, the disk refuses, a name cannot stand in a table
        (surrounded by spaces, or reading like an empty cell), or the path of an extra table
        leads out of the folder or is needed by the cohort.
    ReadError
        If a trial of the cohort cannot be read.
    """
    with cohort_folder(
        folder, overwrite=overwrite, taken=_TAKEN, extra_tables=extra_tables
    ) as unfinished:
        write_description(cohort, unfinished)
        persons = [checked_row(_person(session)) for session in cohort.sessions]
        write_table(unfinished / PARTICIPANTS, _PERSON_COLUMNS, persons, empty="n/a")
        write_session_tables(cohort, unfinished)
        (unfinished / _RECORDINGS).mkdir()
        digits = len(str(len(cohort)))
        jobs = [
            partial(
                _write_trial,
                trial,
                unfinished,
                stem=f"{_RECORDINGS}/{number:0{digits}}",
                synthetic=cohort.synthetic,
            )
            for number, trial in enumerate(cohort.trials, start=1)
        ]
        rows = run_in_order(jobs, n_jobs=n_jobs, progress=progress)
        write_table(unfinished / TRIALS, TRIAL_COLUMNS, rows)


def _write_trial(trial: TrialSource, folder: Path, *, stem: str, synthetic: bool) -> TableRow:
    """Read a trial and write its files; give its row."""
    recording = trial.load()
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
    checked_row(row)
    for kind, signal in (("emg", recording.emg), ("kinematics", recording.kinematics)):
        if signal is not None:
            row[f"{kind}_path"] = f"{stem}_{kind}.parquet"
            row[f"{kind}_rate_hz"] = signal.rate_hz
            row[f"{kind}_unit"] = ";".join(_shortest(signal.units))
            _write_signal(signal, folder / f"{stem}_{kind}.parquet", synthetic=synthetic)
    if recording.events:
        row["events_path"] = f"{stem}_events.tsv"
        _write_events(recording.events, folder / f"{stem}_events.tsv")
    return row


def _write_signal(signal: Signal, path: Path, *, synthetic: bool) -> None:
    columns = [pa.array(np.ascontiguousarray(row)) for row in signal.samples]
    fields = [pa.field(name, pa.float32()) for name in signal.channels]
    marks = {**FINAL_NAMES, b"hybridmfp.synthetic": str(synthetic).encode()}
    table = pa.table(columns, schema=pa.schema(fields, metadata=marks))
    # Samples hardly repeat, so a dictionary would only cost time; their exponents do, which
    # LZ4 finds once the bytes are sorted by place. It writes twice as fast as Zstandard.
    parquet.write_table(
        table,
        path,
        compression="lz4",
        use_dictionary=False,
        use_byte_stream_split=True,
        write_statistics=False,
    )


def _write_events(events: Sequence[Event], path: Path) -> None:
    for event in events:
        if event.label != event.label.strip():
            raise WriteError(
                f"the label of an event must not begin or end with a space; got {event.label!r}. "
                "Strip it."
            )
    write_table(
        path,
        ("time_s", "label"),
        ({"time_s": float(event.time_s), "label": event.label} for event in events),
    )


def _person(session: SubjectSession) -> dict[str, object]:
    return {
        "participant_id": session.subject,
        **{name: getattr(session, name) for name in _PERSON_COLUMNS[1:]},
    }


def _shortest(units: Sequence[str]) -> Sequence[str]:
    return units[:1] if len(set(units)) == 1 else units
