"""What ``simulate`` does: make a cohort of virtual patients and write it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hybridmfp.app.options import check_out
from hybridmfp.errors import SettingsError
from hybridmfp.io import write_cohort, write_ulimb
from hybridmfp.simulation import VirtualCohortSettings, ground_truth, virtual_cohort

__all__ = ["LAYOUTS", "as_rows_of_text", "listed_numbers", "listed_words", "write"]

LAYOUTS = {"generic": write_cohort, "ulimb": write_ulimb}
"""Writers by the name of the layout."""


def write(
    settings: VirtualCohortSettings,
    out: Path,
    *,
    layout: str,
    overwrite: bool,
    n_jobs: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Write a cohort and what is true about it; give what was written in plain figures.

    Raises
    ------
    SettingsError
        If the layout is unknown.
    WriteError
        If OUT holds something, the disk refuses, or the layout cannot hold the cohort.
    """
    if layout not in LAYOUTS:
        raise SettingsError(f"layout must be one of {', '.join(LAYOUTS)}; got {layout!r}.")
    check_out(out, overwrite=overwrite)
    cohort = virtual_cohort(settings)
    LAYOUTS[layout](
        cohort,
        out,
        overwrite=overwrite,
        n_jobs=n_jobs,
        progress=progress,
        extra_tables={f"truth/{name}.tsv": table for name, table in ground_truth(settings).items()},
    )
    scores = [row.score for row in cohort.sessions if row.score is not None]
    return {
        "name": cohort.name,
        "synthetic": True,
        "layout": layout,
        "n_patients": settings.n_patients,
        "n_controls": settings.n_controls,
        "n_sessions": len(cohort.sessions),
        "n_trials": len(cohort),
        "tasks": list(cohort.tasks),
        "observed_range": [min(scores), max(scores)],
        "megabytes": round(sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 1e6, 1),
    }


def as_rows_of_text(described: Mapping[str, Any]) -> dict[str, str]:
    """Put what was written in words."""
    least, most = described["observed_range"]
    return {
        "data": "SYNTHETIC, says nothing about patients",
        "patients, controls": f"{described['n_patients']}, {described['n_controls']}",
        "sessions, trials": f"{described['n_sessions']}, {described['n_trials']}",
        "tasks": ", ".join(described["tasks"]),
        "FMA-UE observed": f"{least:g} to {most:g}",
        "written": f"{described['megabytes']:g} MB in {described['seconds']:.0f} s",
    }


def listed_words(text: str) -> tuple[str, ...]:
    """Split names that are separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def listed_numbers(text: str, *, option: str) -> tuple[float, ...]:
    """Split numbers that are separated by commas.

    Raises
    ------
    SettingsError
        If one of them is no finite number.
    """
    numbers = []
    for word in listed_words(text):
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise SettingsError(f"{option} must be numbers such as 0,4,12; got {word!r}.")
        numbers.append(number)
    return tuple(numbers)
