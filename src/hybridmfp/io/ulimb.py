"""The folders of U-Limb MHH: as the published system lays them out, and flat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from hybridmfp.errors import ReadError, ScaleError
from hybridmfp.io.description import read_description
from hybridmfp.io.labels import (
    Row,
    describe_session,
    read_text_table,
    refuse_contradictions,
)
from hybridmfp.io.session_tables import read_session_tables
from hybridmfp.io.ulimb_trial import (
    EMG_RATE_HZ,
    MARKER_RATE_HZ,
    UlimbTrial,
    read_ulimb_trial,
)
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

__all__ = ["SESSION", "SUBJECT_LETTERS", "is_ulimb_folder", "read_ulimb"]

SESSION = "1"
"""The only session of everybody: the layout knows no other."""

SUBJECT_LETTERS: Mapping[Group, str] = MappingProxyType({"patient": "S", "control": "H"})
"""What the names of subjects begin with."""

_GROUPS: Mapping[str, Group] = MappingProxyType({"stroke": "patient", "healthy": "control"})
_Modality = Literal["emg", "kinematics"]
_PLACES: Mapping[str, _Modality] = MappingProxyType({"all_emg": "emg", "all_kin": "kinematics"})
_TRIAL_NAME = re.compile(
    r"(?P<letter>[sS]?)(?P<subject>\d+)_(?P<task>\d+)_(?P<trial>\d+)", re.ASCII
)
_PERSON = re.compile(r"(?P<letter>[sShH]?)(?P<number>\d+)(\.0+)?", re.ASCII)
_LABEL_FILES = (("labels_stroke.csv",), ("metadata", "mhh_clinical_labels.csv"))
_ID_COLUMNS = ("subject_id", "subject", "patient", "patient_id", "id")
_SCALE_COLUMN = "fma_ue_mhh20"  # names the scale of its scores
_SCORE_COLUMNS = (_SCALE_COLUMN, "fma_ue_score", "score")
_SCALE = SCALES["fma-ue-mhh20"]


@dataclass
class _Listing:
    """What the folders hold, trial by trial."""

    files: dict[TrialKey, dict[_Modality, Path]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def is_ulimb_folder(path: Path) -> bool:
    """Tell whether a folder has trials named the U-Limb way under ``Stroke`` or ``Healthy``."""
    return any(
        _TRIAL_NAME.fullmatch(file.stem) and file.suffix.lower() == ".csv"
        for group in _subfolders(path)
        if group.name.lower() in _GROUPS
        for place in (group, *_subfolders(group))
        if place == group or place.name.lower() in _PLACES
        for file in _entries(place)
    )


def read_ulimb(
    path: Path,
    *,
    emg_rate_hz: float = EMG_RATE_HZ,
    kinematics_rate_hz: float = MARKER_RATE_HZ,
    scale: Scale | None = None,
) -> Cohort:
    """List the trials of a U-Limb MHH folder, in either of its two layouts.

    Patients become ``S1``, ``S2``, ..., controls ``H1``, ``H2``, ...; all in session ``"1"``.

    Parameters
    ----------
    path : Path
        The folder that holds ``Stroke`` or ``Healthy``.
    emg_rate_hz, kinematics_rate_hz : float, default 2000 and 200
        Samples per second; the files do not say.
    scale : Scale, optional
        The scale of the scores; by default the one of ``dataset_description.json``, else
        ``fma-ue-mhh20``.

    Returns
    -------
    Cohort
        What was found, and in ``problems`` what was left out and why.

    Raises
    ------
    ReadError
        If there is no trial, or the table of labels cannot be read.
    CohortError
        If the labels contradict each other.
    ScaleError
        If a score lies outside the scale, items contradict it, or the table of labels names
        another one.

    References
    ----------
    Averta, G. et al. (2021). U-Limb: a multi-modal, multi-center database on arm motion
    control in healthy and post-stroke conditions. *GigaScience* 10(6).
    doi:10.1093/gigascience/giab043
    """
    description = read_description(path)
    listing = _list_trials(path)
    if not listing.files:
        raise ReadError(
            f"{path} must hold trials named like S1_12_1.csv under Stroke or Healthy; "
            f"it holds none. {_told(listing.problems)}"
        )
    declared = scale or description.scale
    sessions, problems = _rated_sessions(path, listing.groups, declared)
    rated_on = declared or (_SCALE if any(row.score is not None for row in sessions) else None)
    tables = read_session_tables(path, sessions, rated_on)
    sides = {row.subject: row.tested_side for row in sessions}
    trials = [
        UlimbTrial(
            key,
            side=sides[key.subject],
            emg=files.get("emg"),
            kinematics=files.get("kinematics"),
            emg_rate_hz=emg_rate_hz,
            kinematics_rate_hz=kinematics_rate_hz,
        )
        for key, files in listing.files.items()
    ]
    return Cohort(
        description.name,
        scale=rated_on,
        sessions=tables.sessions,
        trials=[
            TrialSource(trial.key, trial.files, trial.decoder, partial(read_ulimb_trial, trial))
            for trial in trials
        ],
        problems=(*listing.problems, *_rest_notice(path), *problems, *tables.problems),
        synthetic=description.synthetic,
        oracle=tables.oracle,
    )


def _list_trials(path: Path) -> _Listing:
    listing = _Listing()
    for folder in _subfolders(path):
        group = _GROUPS.get(folder.name.lower())
        if group is None:
            continue
        _list_files(folder, "kinematics", group, listing)
        for place in _subfolders(folder):
            modality = _PLACES.get(place.name.lower())
            if modality is None:
                found = "a folder that is neither All_EMG nor All_KIN"
                listing.problems.append(Problem(f"{folder.name}/{place.name}", found, "left out"))
            else:
                _list_files(place, modality, group, listing)
    return listing


def _list_files(place: Path, modality: _Modality, group: Group, listing: _Listing) -> None:
    for file in _entries(place):
        if file.is_dir():
            continue
        name = f"{place.name}/{file.name}"
        key = _key_of_file(file, group)
        if isinstance(key, str):
            listing.problems.append(Problem(name, key, "left out"))
            continue
        modalities = listing.files.setdefault(key, {})
        if modality in modalities:
            kept = modalities[modality]
            found = f"the same trial as {kept.parent.name}/{kept.name}"
            listing.problems.append(Problem(name, found, "left out; the other is read"))
            continue
        modalities[modality] = file
        listing.groups[key.subject] = group


def _key_of_file(file: Path, group: Group) -> TrialKey | str:
    """Give the trial a file name stands for, or why it stands for none."""
    matched = _TRIAL_NAME.fullmatch(file.stem)
    if file.suffix.lower() != ".csv":
        return "not a .csv file"
    if matched is None:
        return "a name that is not [S]subject_task_trial.csv"
    if matched["letter"] and group == "control":
        return "the name of a patient (S) among healthy controls"
    return TrialKey(
        subject=f"{SUBJECT_LETTERS[group]}{int(matched['subject'])}",
        session=SESSION,
        task=str(int(matched["task"])),
        repetition=str(int(matched["trial"])),
    )


def _rated_sessions(
    path: Path, groups: Mapping[str, Group], scale: Scale | None
) -> tuple[list[SubjectSession], list[Problem]]:
    """Give one session per recorded person, with the label where there is one."""
    found = [file for parts in _LABEL_FILES if (file := _find(path, parts)) is not None]
    unrated = {
        subject: SubjectSession(subject, SESSION, group) for subject, group in groups.items()
    }
    patients = [subject for subject, group in groups.items() if group == "patient"]
    if not found:
        wanted = " or ".join("/".join(parts) for parts in _LABEL_FILES)
        note = Problem(path.name, f"no table of labels ({wanted})", "nobody has a score")
        return list(unrated.values()), [note] if patients else []
    labels, problems = _read_labels(found[0], scale)
    name = found[0].name
    for other in found[1:]:
        problems.append(Problem(other.name, f"labels besides {name}", "left out"))
    for subject, row in labels.items():
        if subject not in groups:
            problems.append(
                Problem(name, f"a label for {subject}, who has no recordings", "left out")
            )
        elif groups[subject] == "patient" and row.score is None:
            problems.append(Problem(name, f"no score for {subject}", "the score is unknown"))
    for subject in patients:
        if subject not in labels:
            problems.append(Problem(name, f"no label for {subject}", "the score is unknown"))
    return [labels.get(subject, row) for subject, row in unrated.items()], problems


def _read_labels(
    file: Path, scale: Scale | None
) -> tuple[dict[str, SubjectSession], list[Problem]]:
    table = read_text_table(file)
    if _SCALE_COLUMN in table.columns and scale is not None and scale.name != _SCALE.name:
        raise ScaleError(
            f"scores in column {_SCALE_COLUMN} of {file} are rated on {_SCALE.name}; got scale "
            f"{scale.name!r}. Leave the scale out, or rename the column if it is wrong."
        )
    if not set(_ID_COLUMNS) & set(table.columns):
        raise ReadError(
            f"{file} must have a column subject_id; it has {', '.join(table.columns)}. Rename it."
        )
    problems: list[Problem] = []
    sessions: list[SubjectSession] = []
    for row in table.rows:
        session = _labelled(row)
        problems += row.problems
        if session is None:
            found = f"row {row.number}: subject_id {row.text(*_ID_COLUMNS)!r} is not like S1 or 1"
            problems.append(Problem(file.name, found, "left out"))
            continue
        if any(known.subject == session.subject for known in sessions):
            found = f"row {row.number}: {session.subject} once more"
            problems.append(Problem(file.name, found, "one of two equal rows is read"))
        sessions.append(session)
    refuse_contradictions(sessions, file=str(file))
    return {session.subject: session for session in sessions}, problems


def _labelled(row: Row) -> SubjectSession | None:
    matched = _PERSON.fullmatch(row.text(*_ID_COLUMNS) or "")
    if matched is None:
        return None
    group: Group = "control" if matched["letter"].lower() == "h" else "patient"
    return describe_session(
        row,
        subject=f"{SUBJECT_LETTERS[group]}{int(matched['number'])}",
        session=SESSION,
        group=group,
        score_columns=_SCORE_COLUMNS,
    )


def _rest_notice(path: Path) -> list[Problem]:
    """Mention recordings at rest: no movement, so not a trial."""
    return [
        Problem(
            folder.name,
            f"{n_files} recordings at rest",
            "Baseline recordings are listed but not read yet",
        )
        for folder in _subfolders(path)
        if folder.name.lower() == "baseline"
        and (n_files := sum(file.suffix.lower() == ".csv" for file in _entries(folder)))
    ]


def _find(folder: Path, parts: Sequence[str]) -> Path | None:
    """Find a file below a folder, whatever the case of the letters."""
    places = [folder]
    for part in parts:
        places = [
            entry
            for place in places
            if place.is_dir()
            for entry in _entries(place)
            if entry.name.lower() == part
        ]
    return next((place for place in places if place.is_file()), None)


def _subfolders(folder: Path) -> Iterator[Path]:
    return (entry for entry in _entries(folder) if entry.is_dir())


def _entries(folder: Path) -> list[Path]:
    """List what is not hidden, in a fixed order."""
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise ReadError(
            f"{folder} must be a readable folder; the system answers: "
            f"{error.strerror or error}. Check the path and the permissions."
        ) from error


def _told(problems: Sequence[Problem]) -> str:
    told = "; ".join(f"{entry.file}: {entry.problem}" for entry in problems[:3])
    return f"Left out: {told}." if told else "Rename the files."
