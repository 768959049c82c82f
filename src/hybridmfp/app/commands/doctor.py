"""``hybridmfp doctor``: whether everything is there."""

from __future__ import annotations

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table

__all__ = ["doctor"]


def doctor(as_json: options.AsJson = False) -> None:
    """Show versions, optional parts, threads, the cache and the data that is found."""
    from hybridmfp.app.diagnosis import as_rows_of_text, diagnose

    described = diagnose()
    if as_json:
        print_json(described)
    else:
        print_table("HybridMFP", as_rows_of_text(described))
