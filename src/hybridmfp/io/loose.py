"""Folders of motion-capture files that no table lists: MVNX and C3D lying side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from hybridmfp.errors import ReadError, ScaleError
from hybridmfp.io.c3d import c3d_decoder, read_c3d
from hybridmfp.io.labels import Row, describe_session, read_text_table
from hybridmfp.io.mvnx import mvnx_decoder, read_mvnx, trial_from_name
from hybridmfp.signals import (
    SCALES,
    Cohort,
    Group,
    Problem,
    Scale,
    Side,
    SubjectSession,
    TrialKey,
    TrialSource,
    natural_order,
)

__all__ = ["is_loose_folder", "read_loose_folder"]

_SUFFIXES = (".c3d", ".mvnx")
_TABLES: tuple[tuple[str, Group], ...] = (
    ("participants_stroke.csv", "patient"),
    ("participants_healthy.csv", "control"),
)
_OTHER_LAYOUTS = ("participants.tsv", "trials.csv", "dataset_description.json")
_SCORE_COLUMN = "fma_ue_66"
_SCALE = SCALES["fma-ue"]
_WEEKS_PER_MONTH = 365.25 / 84  # 12 months of a mean year, 7 days a week


@dataclass(frozen=True)
class _File:
    path: Path
    key: TrialKey
    side: Side | None


def is_loose_folder(path: str | Path) -> bool:
    """Tell whether a folder holds MVNX or C3D files, and no table of another layout.

    Examples
    --------
    >>> is_loose_folder("no_such_folder")
    False
    """
    folder = Path(path)
    return (
        folder.is_dir()
        and not any((folder / name).exists() for name in _OTHER_LAYOUTS)
        and bool(_recordings(folder))
    )


def read_loose_folder(path: str | Path, *, scale: Scale | None = None) -> Cohort:
    """List a folder of MVNX and C3D files as a cohort, reading none of them.

    Subject, task, side and repetition come from names such as ``P04_T07_L1.mvnx``; any
    other name is taken for the subject. ``participants_stroke.csv`` and
    ``participants_healthy.csv`` describe the persons where they exist.

    Parameters
    ----------
    path : str or Path
        The folder. Folders within it are not searched.
    scale : Scale, optional
        The scale of the scores; by default ``fma-ue`` where the column ``fma_ue_66`` exists.

    Returns
    -------
    Cohort
        What does not fit together, such as a person without a recording, is in `problems`.

    Raises
    ------
    ReadError
        If the folder holds no such file, or a table cannot be read or names somebody twice.
    ScaleError
        If `scale` is another than the one the scores were rated on, or a score is outside it.

    References
    ----------
    Averta, G. et al. (2021). U-Limb: A multi-modal, multi-center database on arm motion
    control in healthy and post-stroke conditions. *GigaScience* 10(6), giab043.
    doi:10.1093/gigascience/giab043
    """
    folder = Path(path)
    found = _recordings(folder) if folder.is_dir() else []
    if not found:
        raise ReadError(
            f"{folder} must be a folder with {' or '.join(_SUFFIXES)} files; it is not one. "
            "Name the folder in which the recordings lie."
        )
    problems: list[Problem] = []
    files = _named(folder, found, problems)
    described, rated = _described(folder, problems)
    if rated and scale is not None and scale.name != _SCALE.name:
        raise ScaleError(
            f"scores in column {_SCORE_COLUMN} of {folder.name} are rated on {_SCALE.name}; got "
            f"scale {scale.name!r}. Leave the scale out, or rename the column."
        )
    return Cohort(
        folder.resolve().name,
        scale=scale or (_SCALE if rated else None),
        sessions=_sessions(folder, files, described, problems),
        trials=[_source(file) for file in files],
        problems=problems,
    )


def _recordings(folder: Path) -> list[Path]:
    return sorted(
        (file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES and file.is_file()),
        key=lambda file: natural_order(file.name),
    )


def _named(folder: Path, found: Sequence[Path], problems: list[Problem]) -> list[_File]:
    files = [_File(path, *trial_from_name(path)) for path in found]
    unnamed = [file.path.name for file in files if file.side is None]
    if unnamed:
        problems.append(
            Problem(
                folder.name,
                f"{len(unnamed)} files are not named like P04_T07_L1.mvnx: {', '.join(unnamed)}",
                "the name is taken for the subject; task and repetition are 1, the side unknown",
            )
        )
    return _told_apart(folder, files, problems)


def _told_apart(folder: Path, files: Sequence[_File], problems: list[Problem]) -> list[_File]:
    """Give trials of the same name that differ in the arm a name each."""
    alike = Counter(file.key for file in files)
    of_both_arms = [file for file in files if alike[file.key] > 1 and file.side is not None]
    if of_both_arms:
        problems.append(
            Problem(
                folder.name,
                "one repetition was recorded with both arms: "
                f"{', '.join(file.path.name for file in of_both_arms)}",
                "the side became part of the repetition",
            )
        )
    named = [
        replace(file, key=replace(file.key, repetition=f"{file.side}-{file.key.repetition}"))
        if file in of_both_arms
        else file
        for file in files
    ]
    still_alike = Counter(file.key for file in named)
    doubled = [file.path.name for file in named if still_alike[file.key] > 1]
    if doubled:
        raise ReadError(
            f"each trial of {folder} must be one file; {', '.join(doubled)} name the same trial. "
            "Move one of them elsewhere or rename it."
        )
    return named


def _described(folder: Path, problems: list[Problem]) -> tuple[dict[str, SubjectSession], bool]:
    """Read the tables of persons; tell whether they have a column of scores."""
    described: dict[str, SubjectSession] = {}
    rated = False
    for name, group in _TABLES:
        if not (folder / name).exists():
            continue
        table = read_text_table(folder / name)
        if "participant" not in table.columns:
            raise ReadError(
                f"{name} must have a column 'participant'; it has {', '.join(table.columns)}. "
                "Rename the column that holds the identifiers."
            )
        rated = rated or _SCORE_COLUMN in table.columns
        for row in table.rows:
            session = _session(row, group)
            if session.subject in described:
                raise ReadError(
                    f"each participant must be listed once; {session.subject} is listed again in "
                    f"row {row.number} of {name}. Delete one of the rows."
                )
            described[session.subject] = session
            problems += row.problems
    return described, rated


def _session(row: Row, group: Group) -> SubjectSession:
    subject = row.text("participant")
    if subject is None:
        raise ReadError(
            f"each row of {row.file} must name its participant; row {row.number} does not. "
            "Fill it in or delete the row."
        )
    session = describe_session(
        row, subject=subject, session="1", group=group, score_columns=(_SCORE_COLUMN,)
    )
    months = row.number_of("months_since_stroke")
    return replace(
        session,
        affected_side=session.affected_side or row.side_of("affected_upper_limb"),
        chronicity_weeks=(
            session.chronicity_weeks if months is None else months * _WEEKS_PER_MONTH
        ),
    )


def _sessions(
    folder: Path,
    files: Sequence[_File],
    described: dict[str, SubjectSession],
    problems: list[Problem],
) -> list[SubjectSession]:
    recorded = list(dict.fromkeys(file.key.subject for file in files))
    silent = [subject for subject in described if subject not in recorded]
    if silent:
        problems.append(
            Problem(
                folder.name,
                f"{len(silent)} participants have no recording: {', '.join(silent)}",
                "left out",
            )
        )
    strange = [subject for subject in recorded if subject not in described]
    if strange:
        problems.append(
            Problem(
                folder.name,
                f"{len(strange)} recorded subjects are in no table of participants: "
                f"{', '.join(strange)}",
                "taken for patients without a score",
            )
        )
    return [
        _with_tested_side(described.get(subject) or SubjectSession(subject, "1"), files)
        for subject in recorded
    ]


def _with_tested_side(session: SubjectSession, files: Sequence[_File]) -> SubjectSession:
    sides = {file.side for file in files if file.key.subject == session.subject}
    tested = sides.pop() if len(sides) == 1 else None
    return replace(session, tested_side=session.tested_side or tested)


def _source(file: _File) -> TrialSource:
    if file.path.suffix.lower() == ".mvnx":
        return TrialSource(
            file.key,
            (file.path,),
            mvnx_decoder(file.side),
            partial(read_mvnx, file.path, key=file.key),
        )
    return TrialSource(
        file.key,
        (file.path,),
        c3d_decoder(side=file.side),
        partial(read_c3d, file.path, key=file.key, side=file.side),
    )
