"""An assessment in words, and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from hybridmfp.app.assessment_form import misfit_of
from hybridmfp.app.page_file import check_page
from hybridmfp.app.report.assessment import render_assessment
from hybridmfp.app.report.pdf import Paper, write_pdf
from hybridmfp.errors import ReadError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.strict_json import parse_json
from hybridmfp.pipelines.assessment import FORMAT

__all__ = ["as_rows_of_text", "read_assessment", "write_page"]

_MOST_DRIVERS = 5


def as_rows_of_text(described: Mapping[str, Any]) -> dict[str, str]:
    """Put an assessment in words."""
    trained = described["model"]["trained_on"]
    rows = {
        "data": "SYNTHETIC, says nothing about patients" if described["synthetic"] else "recorded",
        "session": f"{described['subject']}, {described['session']}; {described['n_used']} of "
        f"{described['n_trials']} recordings used",
        "signals": described["quality"]["verdict"],
    }
    if described["verdict"] == "refused":
        rows["estimate"] = "REFUSED: no number"
    else:
        (low, high), (least, most) = described["interval"], described["scale_range"]
        rows[described["scale"]] = (
            f"{described['estimate']:.1f} points on {least:g} to {most:g}; "
            f"{described['level']:.0%} interval {low:.1f} to {high:.1f}"
        )
    for at, text in enumerate(described["reasons"], start=1):
        rows[f"reason {at}"] = text
    for at, text in enumerate(described["remedies"], start=1):
        rows[f"repeat {at}"] = text
    for at, one in enumerate(described["drivers"][:_MOST_DRIVERS], start=1):
        when = f", {one['phase']} in the movement" if one["phase"] else ""
        rows[f"driver {at}"] = f"{one['name']}{when}: {one['points']:+.1f} points"
    for at, text in enumerate(described["notes"], start=1):
        rows[f"note {at}"] = text
    rows["model"] = (
        f"{described['model']['name']}, learned from {trained['n_subjects']} persons of "
        f"{trained['name']}; errs by {described['model']['mae']:.1f} points on persons left out"
    )
    return rows


def write_page(
    path: Path,
    described: Mapping[str, Any],
    *,
    card: Mapping[str, Any] | None,
    paper: str = "A4",
    overwrite: bool = False,
) -> None:
    """Write an assessment as an HTML page, or as a PDF of two sheets.

    Parameters
    ----------
    path : Path
        Ends in ``.html`` or ``.pdf``.
    described : mapping
        From `Assessment.as_json`.
    card : mapping or None
        Of the model.
    paper : {"A4", "Letter"}
        Of a PDF.
    overwrite : bool, default False
    """
    check_page(path, paper=paper, overwrite=overwrite)
    if path.suffix.lower() == ".pdf":
        write_pdf(path, described, card=card, paper=cast("Paper", paper), overwrite=overwrite)
        return
    page = render_assessment(described, card=card)
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_text(page, encoding="utf-8")


def read_assessment(path: Path) -> dict[str, Any]:
    """Read what ``hybridmfp assess --json`` printed.

    Raises
    ------
    ReadError
        If the file is missing, holds something else, or was changed so that no page can be
        made of it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(
            f"an assessment must be a file that can be read; the system answers for {path}: "
            f"{error.strerror or error}. Check the path."
        ) from error
    try:
        described = parse_json(data, what=str(path))
    except ReadError as error:
        raise ReadError(
            f"an assessment must be the JSON that `hybridmfp assess --json` prints. {error}"
        ) from error
    found = described.get("format") if isinstance(described, dict) else None
    if found != FORMAT:
        raise ReadError(
            f"an assessment must be of the format {FORMAT}; {path} is "
            f"{'of ' + repr(found) if found else 'something else'}. Make it with: hybridmfp assess "
            "RECORDINGS --model FILE --json"
        )
    misfit = misfit_of(described)
    if misfit is not None:
        raise ReadError(
            f"an assessment must be as `hybridmfp assess --json` prints it; in {path}, {misfit}. "
            "It was changed afterwards, or printed by another version: make it anew."
        )
    return dict(described)
