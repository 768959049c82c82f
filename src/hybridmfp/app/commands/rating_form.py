"""``hybridmfp rating-form``: an empty FMA-UE rating for a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.app import options
from hybridmfp.app.console import print_json, say

__all__ = ["rating_form"]


def rating_form(
    out: Annotated[Path, typer.Argument(help="CSV file to write.")],
    overwrite: options.Overwrite = False,
    as_json: options.AsJson = False,
) -> None:
    """Write an empty rating with all 33 items and what their points mean."""
    from hybridmfp.clinical.rating import rating_template
    from hybridmfp.errors import WriteError
    from hybridmfp.io.atomic import atomic_file

    if out.suffix.lower() != ".csv":
        raise WriteError(
            f"a rating form must end in .csv; got {out.name!r}. Name it {out.stem}.csv; "
            "spreadsheets open it."
        )
    with atomic_file(out, overwrite=overwrite) as unfinished:
        unfinished.write_text(rating_template(), encoding="utf-8-sig", newline="")
    if as_json:
        print_json({"written": str(out)})
    else:
        say(f"Written to {out}. Fill in the points, then: hybridmfp visit COURSE --rating {out}")
