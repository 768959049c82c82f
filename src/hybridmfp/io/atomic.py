"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridmfp.errors import WriteError

__all__ = ["atomic_file", "atomic_folder"]


@contextmanager
def atomic_file(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a file beside `path` to write to, and move it there once it is finished.

    Whatever goes wrong meanwhile, `path` keeps what it held before, or stays absent.

    Parameters
    ----------
    path : str or Path
        Where the file shall be. Missing parent folders are made.
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Yields
    ------
    Path
        The file to write.

    Raises
    ------
    WriteError
        If `path` exists and may not be replaced, or the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_file(folder / "report.txt") as unfinished:
    ...     _ = unfinished.write_text("all of it")
    >>> [file.name for file in folder.iterdir()]
    ['report.txt']
    """
    target = Path(path)
    with _explained(target):
        _refuse_existing_file(target, overwrite=overwrite)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = _beside(target)
        try:
            yield unfinished
            _refuse_existing_file(target, overwrite=overwrite)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a folder beside `path` to fill, and move it there once it is finished.

    Whatever goes wrong meanwhile, `path` keeps what it held before, or stays absent.

    Parameters
    ----------
    path : str or Path
        Where the folder shall be. Missing parent folders are made.
    overwrite : bool, default False
        Whether a folder that holds something may be replaced. An empty one always is.

    Yields
    ------
    Path
        The empty folder to fill.

    Raises
    ------
    WriteError
        If `path` is a file, is a folder that holds something and may not be replaced, or
        the disk refuses.
    """
    target = Path(path)
    with _explained(target):
        _refuse_existing_folder(target, overwrite=overwrite)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = _beside(target)
        unfinished.mkdir()
        try:
            yield unfinished
            _refuse_existing_folder(target, overwrite=overwrite)
            _exchange(unfinished, target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _exchange(unfinished: Path, target: Path) -> None:
    if not target.exists():
        unfinished.rename(target)
        return
    retired = _beside(target)
    target.rename(retired)
    try:
        unfinished.rename(target)
    except OSError:
        retired.rename(target)
        raise
    shutil.rmtree(retired, ignore_errors=True)


def _beside(target: Path) -> Path:
    """Name something hidden on the same disk, so that the last step is one rename."""
    return target.parent / f".{target.name[:100]}.{uuid.uuid4().hex}.unfinished"


def _refuse_existing_file(target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise WriteError(f"{target} must be a file to write; it is a folder. Name a file in it.")
    if not overwrite and os.path.lexists(target):
        raise WriteError(
            f"{target} must not exist yet; it does. Choose another name, or allow overwriting."
        )


def _refuse_existing_folder(target: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise WriteError(f"{target} must be a folder to fill; it is a file. Choose another name.")
    if not overwrite and any(target.iterdir()):
        raise WriteError(
            f"{target} must be empty or not exist yet; it holds files. "
            "Choose another name, or allow overwriting."
        )


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Turn what the disk says into what to do about it."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(
            f"{target} must be writable; the system answers: {error.strerror or error}. "
            "Free some space or choose another place; nothing half-written was left behind."
        ) from error
