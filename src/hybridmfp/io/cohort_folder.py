"""What every writer of cohorts shares: a folder that appears whole, tables, and workers."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar

import pandas as pd
from joblib import Parallel, delayed

from hybridmfp.errors import WriteError
from hybridmfp.io.atomic import atomic_folder
from hybridmfp.io.labels import ABSENT
from hybridmfp.io.relative_path import relative_path

__all__ = [
    "Progress",
    "TableRow",
    "checked_row",
    "cohort_folder",
    "run_in_order",
    "write_table",
]

Progress = Callable[[int, int], None]
"""Told how many trials are written, and how many there are."""

TableRow = Mapping[str, object]
_SEPARATORS: Mapping[str, str] = {".tsv": "\t", ".csv": ","}
_T = TypeVar("_T")


@contextmanager
def cohort_folder(
    folder: str | Path,
    *,
    overwrite: bool,
    taken: Collection[str],
    extra_tables: Mapping[str, pd.DataFrame] | None,
) -> Iterator[Path]:
    """Give a folder to fill that holds some tables already, and move it there once it is full.

    Parameters
    ----------
    folder : str or Path
        Where to; it appears whole or not at all.
    overwrite : bool
        Whether a folder that holds something may be replaced.
    taken : collection of str
        Files and folders at the top that the layout needs for itself.
    extra_tables : mapping of str to DataFrame, or None
        Tables by path within the folder, such as ``"truth/abilities.tsv"``.

    Yields
    ------
    Path
        The folder to fill.

    Raises
    ------
    WriteError
        If an extra table has no path of its own inside the folder, a name is no text, the
        folder holds something, or the disk refuses.
    """
    tables = extra_tables or {}
    places = _extra_places(tables, taken)
    with atomic_folder(folder, overwrite=overwrite) as unfinished, _text_checked():
        for name, place in places.items():
            file = unfinished / place
            file.parent.mkdir(parents=True, exist_ok=True)
            separator = _SEPARATORS[place.suffix]
            tables[name].to_csv(file, sep=separator, index=False, lineterminator="\n")
        yield unfinished


def run_in_order(
    jobs: Sequence[Callable[[], _T]], *, n_jobs: int, progress: Progress | None
) -> list[_T]:
    """Run jobs, several at a time if wanted, and give their results in the order of the jobs.

    Whatever goes wrong, no job is running any more when the error is raised.

    Parameters
    ----------
    jobs : sequence of callable
        Picklable; a few of them are with the workers at any time.
    n_jobs : int
        Worker processes.
    progress : callable or None
        Told how many jobs are done, and how many there are.
    """
    finished = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(job)() for job in jobs)
    results: list[_T] = []
    try:
        for result in finished:
            results.append(result)
            if progress is not None:
                progress(len(results), len(jobs))
    finally:
        with warnings.catch_warnings():
            # Stopping early is meant: results that nobody waits for any more are no mistake.
            warnings.simplefilter("ignore", UserWarning)
            finished.close()
    return results


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[TableRow], *, empty: str = ""
) -> None:
    """Write rows as CSV or TSV, by the suffix of the path; absent cells become `empty`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=_SEPARATORS[path.suffix], lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            cells = [row.get(name) for name in columns]
            writer.writerow([empty if cell is None else _cell(cell) for cell in cells])


def checked_row(row: TableRow) -> TableRow:
    """Give a row back if its texts come back from a table as they go in.

    Raises
    ------
    WriteError
        If a text begins or ends with a space, or reads like an empty cell.
    """
    for name, value in row.items():
        if isinstance(value, str) and (value != value.strip() or value.lower() in ABSENT):
            raise WriteError(
                f"{name} must neither begin or end with a space nor read like an empty cell "
                f"({', '.join(sorted(filter(None, ABSENT)))}); got {value!r}. Rename it."
            )
    return row


def _cell(value: object) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


def _extra_places(names: Collection[str], taken: Collection[str]) -> dict[str, PurePosixPath]:
    places: dict[str, PurePosixPath] = {}
    used: set[str] = set()
    for name in names:
        place = relative_path(name)
        if place is None or place.suffix not in _SEPARATORS:
            raise WriteError(
                "an extra table must be named by a path inside the folder that ends in "
                f"{' or '.join(_SEPARATORS)}, such as truth/abilities.tsv; got {name!r}."
            )
        # Some disks do not tell capital letters from small ones.
        lowered = str(place).casefold()
        if place.parts[0].casefold() in {one.casefold() for one in taken} or lowered in used:
            raise WriteError(
                "an extra table must have a path of its own; the cohort or another table needs "
                f"{name!r} for itself. Put it into a folder, such as truth/{place.name}."
            )
        used.add(lowered)
        places[name] = place
    return places


@contextmanager
def _text_checked() -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise WriteError(
            f"names and labels must be text that UTF-8 can hold; got {error.object!r}. Rename it."
        ) from error
