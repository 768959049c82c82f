"""``hybridmfp keyform``: how hard the items are, learned from a cohort's rated items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, print_table, say

__all__ = ["keyform"]


def keyform(
    data: options.Data,
    out: Annotated[Path, typer.Option(help="Keyform to write (JSON).")],
    overwrite: options.Overwrite = False,
    as_json: options.AsJson = False,
) -> None:
    """Fit a keyform on the first rated visit of each patient of a cohort, 100 or more."""
    from hybridmfp.app.calibrating import keyform_in_words, keyform_of
    from hybridmfp.io import open_cohort

    options.check_file(out, overwrite=overwrite)
    fitted = keyform_of(open_cohort(data))
    fitted.save(out, overwrite=overwrite)
    if as_json:
        print_json(fitted.as_json())
    else:
        print_table(f"Keyform of {fitted.cohort}", keyform_in_words(fitted))
        say(f"Written to {out}; use it with: hybridmfp report COURSE --keyform {out}")
