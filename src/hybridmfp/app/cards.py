"""The card of a model file, read and written as a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridmfp.app.report.card import render_card
from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.model_container import read_document, read_hash

__all__ = ["read_card", "write_card"]


def read_card(path: Path, *, wanted: str | None = None) -> dict[str, Any]:
    """Read the card of a model file, without the model.

    Parameters
    ----------
    path : Path
    wanted : str, optional
        The hash that the model must have.

    Raises
    ------
    ReadError
        If the file is not a model file, or is another model than wanted.
    """
    found = read_hash(path)
    if wanted is not None and found != wanted:
        raise ReadError(
            f"the model must be the one that made the assessment, {wanted[:12]}; {path} is "
            f"{found[:12]}. Name the other file, or leave --model out."
        )
    card = read_document(path, "card")
    if not isinstance(card, dict) or "tripod_ai" not in card:
        raise ReadError(f"a model file must hold a card; that of {path} is none. Fit it anew.")
    return {**card, "hash": found}


def write_card(path: Path, card: Mapping[str, Any], *, overwrite: bool = False) -> None:
    """Write the card of a model as an HTML page.

    Raises
    ------
    SettingsError
        If the file does not end in ``.html``.
    """
    if path.suffix.lower() != ".html":
        raise SettingsError(f"the card of a model must be an .html page; got {path.name!r}.")
    page = render_card(card)
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
