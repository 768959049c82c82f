"""Paths that stay inside the folder they are written in."""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["relative_path"]


def relative_path(text: str) -> PurePosixPath | None:
    r"""Give the path a text names below some folder; None if it would lead out of it.

    Examples
    --------
    >>> relative_path("truth\\abilities.tsv")
    PurePosixPath('truth/abilities.tsv')
    >>> relative_path("../abilities.tsv"), relative_path("C:abilities.tsv"), relative_path("/x")
    (None, None, None)
    """
    path = PurePosixPath(text.replace("\\", "/"))
    leads_out = not path.parts or path.is_absolute() or ".." in path.parts
    return None if leads_out or ":" in path.parts[0] else path
