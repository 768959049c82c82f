"""A reviewed course, written for other systems."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from hybridmfp import __version__
from hybridmfp.clinical.review import CourseReview
from hybridmfp.errors import SettingsError

__all__ = ["hand_over"]


def hand_over(
    review: CourseReview, out: Path, *, stroke_date: str | None = None, overwrite: bool = False
) -> tuple[str, dict[str, int]]:
    """Write a course as a FHIR R4 bundle, a spreadsheet or a folder of CSV, by the name of OUT.

    A signed plan is handed over as active, any other as a draft.

    Parameters
    ----------
    review : CourseReview
    out : Path
        Ends in ``.json`` for a bundle, in ``.xlsx``, or in nothing for a folder.
    stroke_date : str or None
        Such as ``2026-01-03``; without it a bundle holds days and no dates.
    overwrite : bool, default False

    Returns
    -------
    str
        What was written.
    dict of str to int
        How much of what it holds.

    Raises
    ------
    SettingsError
        If OUT has another ending, or a date is given for tables.
    ClinicalError
        If the course holds what must not leave the house; the message says what.
    WriteError
        If OUT exists and may not be replaced.
    MissingDependencyError
        If the extra ``exchange`` is not installed.
    """
    if out.suffix == ".json":
        return "FHIR R4 bundle", _as_fhir(review, out, stroke_date, overwrite=overwrite)
    if stroke_date is not None:
        raise SettingsError(
            f"--stroke-date is for a FHIR bundle, OUT.json; got {out.name!r}. Leave it out."
        )
    if out.suffix not in ("", ".xlsx"):
        raise SettingsError(
            "OUT must end in .json (FHIR R4 bundle) or .xlsx, or be a folder for CSV; "
            f"got {out.name!r}."
        )
    from hybridmfp.clinical.exchange import (  # noqa: PLC0415 - pandas is slow
        course_tables,
        write_csv,
        write_xlsx,
    )

    tables = course_tables(review.course, review.as_json())
    (write_xlsx if out.suffix else write_csv)(tables, out, overwrite=overwrite)
    rows = {name: len(frame) for name, frame in tables.frames.items()}
    return ("spreadsheet" if out.suffix else "folder of CSV"), rows


def _as_fhir(
    review: CourseReview, out: Path, stroke_date: str | None, *, overwrite: bool
) -> dict[str, int]:
    from hybridmfp.clinical.exchange import fhir_bundle, write_fhir  # noqa: PLC0415

    bundle = fhir_bundle(
        review.course,
        review.as_json(),
        generated_at=datetime.now(UTC).replace(microsecond=0),
        software_version=__version__,
        stroke_date=_date(stroke_date),
    )
    write_fhir(bundle, out, overwrite=overwrite)
    return dict(Counter(one["resource"]["resourceType"] for one in bundle["entry"]))


def _date(word: str | None) -> date | None:
    try:
        return None if word is None else date.fromisoformat(word)
    except ValueError as error:
        raise SettingsError(
            f"--stroke-date must be a date such as 2026-01-03; got {word!r}."
        ) from error
