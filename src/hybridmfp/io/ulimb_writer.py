"""Writing a cohort in the folder layout of U-Limb MHH: CSV files, one row per instant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from hybridmfp.errors import WriteError
from hybridmfp.io.cohort_folder import (
    Progress,
    TableRow,
    checked_row,
    cohort_folder,
    run_in_order,
    write_table,
)
from hybridmfp.io.description import DESCRIPTION, README, write_description
from hybridmfp.io.generic import PARTICIPANTS, TRIALS
from hybridmfp.io.session_tables import ITEMS, ORACLE, write_session_tables
from hybridmfp.io.ulimb import SESSION, SUBJECT_LETTERS
from hybridmfp.io.ulimb_trial import EMG_MONTAGE, EMG_RATE_HZ, MARKER_MONTAGE, MARKER_RATE_HZ
from hybridmfp.signals import (
    Cohort,
    Group,
    Recording,
    Side,
    Signal,
    SubjectSession,
    TrialSource,
    find_montage,
)

__all__ = ["TASKS", "write_ulimb"]

TASKS = "tasks.tsv"
"""The table that says which number stands for which task."""

_METADATA = "Metadata"
_LABELS = "MHH_Clinical_Labels.csv"
_LABEL_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "Age_Years": "age_years",
        "Gender": "sex",
        "Site": "site",
        "Chronicity_Weeks": "chronicity_weeks",
        "Impaired_Limb": "affected_side",
        "Dominant_Limb": "dominant_side",
        "Tested_Limb": "tested_side",
    }
)
_TAKEN = (
    *("Stroke", "Healthy", "Baseline", _METADATA, "labels_stroke.csv"),
    *(TASKS, DESCRIPTION, README, ITEMS, ORACLE, PARTICIPANTS, TRIALS),
)
_NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)
_MM_PER_M = 1000.0
_DIGITS = 6


@dataclass(frozen=True)
class _Place:
    """Where the files of a group lie, and what their names begin with."""

    emg: str
    kinematics: str
    letter: str


_PLACES: Mapping[Group, _Place] = MappingProxyType(
    {
        "patient": _Place("Stroke/All_EMG", "Stroke/All_KIN", "S"),
        "control": _Place("Healthy/ALL_EMG", "Healthy/ALL_KIN", ""),
    }
)


def write_ulimb(
    cohort: Cohort,
    folder: str | Path,
    *,
    overwrite: bool = False,
    n_jobs: int = 1,
    progress: Progress | None = None,
    extra_tables: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a cohort in the folder layout of U-Limb MHH, as the published system reads it.

    `open_cohort` reads back the same persons, scores, items, oracle, scale and sides, and the
    samples to 6 significant digits. Tasks become numbers, 1 and up in their natural order;
    ``tasks.tsv`` says which is which. Tasks that are whole numbers already keep them. Devices,
    problems and provenance are not written.

    Parameters
    ----------
    cohort : Cohort
        Patients ``S1``, ``S2``, ... and controls ``H1``, ``H2``, ..., each in one session
        ``"1"``, with numbered repetitions. A trial has 12 muscles of montage ``mhh-emg`` at
        2000 Hz, or 21 markers of ``mhh-markers`` at 200 Hz, or both, of the tested side.
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
        If the layout cannot hold the cohort, the folder holds something, the disk refuses, or
        the path of an extra table leads out of the folder or is needed by the cohort.
    ReadError
        If a trial of the cohort cannot be read.

    References
    ----------
    Averta, G. et al. (2021). U-Limb: a multi-modal, multi-center database on arm motion
    control in healthy and post-stroke conditions. *GigaScience* 10(6).
    doi:10.1093/gigascience/giab043
    """
    persons = {row.subject: row for row in cohort.sessions}
    _refuse_unfit_names(cohort)
    numbers = _task_numbers(cohort.tasks)
    with cohort_folder(
        folder, overwrite=overwrite, taken=_TAKEN, extra_tables=extra_tables
    ) as unfinished:
        write_description(cohort, unfinished)
        _write_labels(cohort, unfinished)
        write_session_tables(cohort, unfinished)
        named = [{"number": number, "name": task} for task, number in numbers.items()]
        write_table(unfinished / TASKS, ("number", "name"), map(checked_row, named))
        jobs = [
            partial(
                _write_trial,
                trial,
                unfinished,
                person=persons[trial.key.subject],
                task=numbers[trial.key.task],
            )
            for trial in cohort.trials
        ]
        run_in_order(jobs, n_jobs=n_jobs, progress=progress)


def _refuse_unfit_names(cohort: Cohort) -> None:
    for row in cohort.sessions:
        letter = SUBJECT_LETTERS[row.group]
        numbered = row.subject.startswith(letter) and _NUMBER.fullmatch(row.subject[1:])
        if not numbered or row.session != SESSION:
            raise _unfit(
                f"patients S1, S2, ... and controls H1, H2, ..., each in one session {SESSION!r}",
                f"{row.group} {row.subject!r} in session {row.session!r}",
            )
    for trial in cohort.trials:
        if not _NUMBER.fullmatch(trial.key.repetition):
            raise _unfit("numbered repetitions", str(trial.key))


def _task_numbers(tasks: Sequence[str]) -> dict[str, str]:
    if all(_NUMBER.fullmatch(task) for task in tasks):
        return {task: task for task in tasks}
    return {task: str(number) for number, task in enumerate(tasks, start=1)}


def _write_labels(cohort: Cohort, folder: Path) -> None:
    on_fma = cohort.scale is None or cohort.scale.name.startswith("fma-ue")
    score = "FMA_UE_Score" if on_fma else "Score"
    rows: list[TableRow] = [
        checked_row(
            {
                "Subject_ID": row.subject,
                **{column: getattr(row, name) for column, name in _LABEL_COLUMNS.items()},
                score: _whole_where_possible(row.score),
            }
        )
        for row in cohort.sessions
    ]
    (folder / _METADATA).mkdir()
    write_table(folder / _METADATA / _LABELS, ("Subject_ID", *_LABEL_COLUMNS, score), rows)


def _whole_where_possible(score: float | None) -> float | None:
    """Give 21 for 21.0: the published system expects whole points."""
    return int(score) if score is not None and float(score).is_integer() else score


def _write_trial(trial: TrialSource, folder: Path, *, person: SubjectSession, task: str) -> None:
    recording = trial.load()
    _refuse_unfit_recording(recording, person.tested_side)
    place = _PLACES[person.group]
    name = f"{place.letter}{person.subject[1:]}_{task}_{trial.key.repetition}.csv"
    if recording.emg is not None:
        _write_samples(folder / place.emg / name, recording.emg.samples.astype(np.float64))
    if recording.kinematics is not None:
        in_mm = recording.kinematics.samples.astype(np.float64) * _MM_PER_M
        _write_samples(folder / place.kinematics / name, in_mm, header=_marker_header())


def _refuse_unfit_recording(recording: Recording, tested_side: Side | None) -> None:
    _refuse_unfit_signal(recording, recording.emg, EMG_MONTAGE, EMG_RATE_HZ)
    _refuse_unfit_signal(recording, recording.kinematics, MARKER_MONTAGE, MARKER_RATE_HZ)
    if recording.kinematics is not None and recording.montage != MARKER_MONTAGE:
        raise _unfit(f"montage {MARKER_MONTAGE}", f"{recording.montage} in {recording.key}")
    if recording.side != tested_side:
        raise _unfit(
            "trials of the tested side only",
            f"side {recording.side} in {recording.key}, tested side {tested_side}",
        )
    if recording.events or recording.latency_s != 0:
        found = f"{len(recording.events)} events and {recording.latency_s:g} s in {recording.key}"
        raise _unfit("no events and no latency of the EMG", found)


def _refuse_unfit_signal(
    recording: Recording, signal: Signal | None, montage: str, rate_hz: float
) -> None:
    if signal is None:
        return
    expected = find_montage(montage)
    unit = "V" if expected.modality == "emg" else "m"
    if (signal.channels, set(signal.units)) != (expected.channels, {unit}):
        raise _unfit(
            f"{expected.modality} of montage {montage} in {unit}",
            f"{len(signal.channels)} channels ({signal.channels[0]}, ...) in "
            f"{', '.join(sorted(set(signal.units)))} in {recording.key}",
        )
    if signal.rate_hz != rate_hz:
        raise _unfit(
            f"{expected.modality} at {rate_hz:g} Hz", f"{signal.rate_hz:g} Hz in {recording.key}"
        )


def _unfit(rule: str, found: str) -> WriteError:
    return WriteError(
        f"a cohort in the U-Limb layout must have {rule}, because its files hold nothing else; "
        f"got {found}. Use the generic layout (write_cohort, --layout generic), which holds "
        "every cohort."
    )


def _marker_header() -> str:
    markers = find_montage(MARKER_MONTAGE).points
    return f"{',,,'.join(markers)},,\n{','.join('XYZ' * len(markers))}\n"


def _write_samples(path: Path, samples: NDArray[np.float64], *, header: str = "") -> None:
    """Write one line per instant, with empty cells for gaps.

    Without a header, gaps read nan: a blank first row would be taken for a header.
    """
    rounded = _rounded(samples)
    columns = [pa.array(row, from_pandas=bool(header)) for row in rounded]
    table = pa.table(columns, names=[str(number) for number in range(len(columns))])
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(header.encode("ascii"))
        arrow_csv.write_csv(table, stream, options)


def _rounded(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to 6 significant digits; above 1e-17 the shortest text of the result has no more."""
    with np.errstate(divide="ignore"):
        places = _DIGITS - 1 - np.floor(np.log10(np.abs(samples)))
    places = np.where(np.isfinite(places), places, 0)
    # Dividing by a whole power of ten is exact to the last bit; multiplying by 0.1 is not.
    factor = 10.0 ** np.abs(places)
    up, down = np.rint(samples * factor) / factor, np.rint(samples / factor) * factor
    rounded: NDArray[np.float64] = np.where(places > 0, up, down)
    return rounded
