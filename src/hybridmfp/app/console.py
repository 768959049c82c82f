"""How commands speak: tables and progress for people, one JSON object for scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import typer

from hybridmfp.io.cache import ContentCache

__all__ = [
    "cache_folder",
    "open_cache",
    "print_columns",
    "print_json",
    "print_problems",
    "print_table",
    "progress_bars",
    "say",
]

Step = Callable[[str, int, int], None]


def say(text: str, *, as_json: bool = False) -> None:
    """Tell a person something; on stderr where stdout belongs to a script."""
    typer.echo(text, err=as_json)


def print_json(described: Mapping[str, Any]) -> None:
    """Print exactly one JSON object on stdout."""
    print(json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False))  # noqa: T201


def print_table(title: str, rows: Mapping[str, str]) -> None:
    """Print names and values side by side on stdout."""
    from rich.table import Table  # noqa: PLC0415 - scripts that ask for JSON do without

    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    _show(table)


def print_columns(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table with headings on stdout."""
    from rich.table import Column, Table  # noqa: PLC0415

    table = Table(Column(columns[0], no_wrap=True), *columns[1:], title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    _show(table)


def print_problems(problems: Sequence[Mapping[str, str]], *, most: int = 30) -> None:
    """Print what was wrong, the same problem of many files in one row."""
    if not problems:
        return
    alike: dict[tuple[str, str], list[str]] = {}
    for one in problems:
        alike.setdefault((one["problem"], one["done"]), []).append(one["file"])
    from rich.table import Table  # noqa: PLC0415

    table = Table("file", "problem", "done", title="Problems", title_justify="left")
    for (problem, done), files in list(alike.items())[:most]:
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        table.add_row(Path(files[0]).name + more, problem, done)
    _show(table)
    if len(alike) > most:
        say(f"{len(alike) - most} more kinds of problems; --json lists all.")


def _show(table: Any) -> None:
    from rich.console import Console  # noqa: PLC0415

    Console().print(table, markup=False)


@contextmanager
def progress_bars() -> Iterator[Step]:
    """Show on stderr what is being done and how far it is; nothing where nobody watches."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    shown = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bars:
        known: dict[str, Any] = {}

        def step(title: str, done: int, n_steps: int) -> None:
            if title not in known:
                known[title] = bars.add_task(title, total=n_steps)
            bars.update(known[title], completed=done, total=n_steps)

        yield step


def cache_folder() -> Path:
    """Give the folder that holds digests between runs: $HYBRIDMFP_CACHE, or the system's."""
    named = os.environ.get("HYBRIDMFP_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("hybridmfp"))


def open_cache(*, wanted: bool) -> ContentCache | None:
    """Give the cache, or None if it is not wanted."""
    return ContentCache(cache_folder()) if wanted else None
