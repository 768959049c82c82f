"""What an assessment from a file must look like before a page is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.io.json_form import (
    FLAG,
    NUMBER,
    PAIR,
    TEXT,
    ListOf,
    MappingTo,
    OrNull,
    misfit,
    one_of,
)

__all__ = ["misfit_of"]


_MOST_POINTS = 10_000  # of a scale; a bar of more could not be drawn


_PLACES = ListOf(OrNull(ListOf(NUMBER, 3)))

_FORM: Mapping[str, Any] = {
    "format": TEXT,
    "subject": TEXT,
    "session": TEXT,
    "side": OrNull(one_of("left", "right")),
    "n_trials": NUMBER,
    "n_used": NUMBER,
    "tasks": MappingTo(NUMBER),
    "verdict": one_of("estimated", "refused"),
    "estimate": OrNull(NUMBER),
    "interval": OrNull(PAIR),
    "level": NUMBER,
    "scale": TEXT,
    "scale_range": PAIR,
    "reasons": ListOf(TEXT),
    "remedies": ListOf(TEXT),
    "notes": ListOf(TEXT),
    "items": OrNull(MappingTo(OrNull(NUMBER))),
    "drivers": ListOf(
        {
            "name": TEXT,
            "kind": one_of("muscle", "joint", "biomarker"),
            "phase": OrNull(TEXT),
            "direction": one_of("raises", "lowers"),
            "points": NUMBER,
            "share": NUMBER,
        }
    ),
    "explained_from": OrNull(NUMBER),
    "signal_map": OrNull(
        {
            "rows": ListOf(TEXT),
            "kinds": ListOf(one_of("muscle", "joint")),
            "phases": ListOf(TEXT),
            "points": ListOf(ListOf(NUMBER)),
        }
    ),
    "biomarkers": ListOf(
        {
            "name": TEXT,
            "definition": TEXT,
            "unit": TEXT,
            "value": OrNull(NUMBER),
            "healthy": OrNull(PAIR),
            "cohort": OrNull(PAIR),
            "points": NUMBER,
        }
    ),
    "quality": {
        "verdict": one_of("green", "amber", "red"),
        "channels": ListOf(
            {
                "modality": TEXT,
                "channel": TEXT,
                "verdict": one_of("green", "amber", "red"),
                "fault": OrNull(TEXT),
                "reason": OrNull(TEXT),
                "remedy": OrNull(TEXT),
                "n_trials": NUMBER,
            }
        ),
        "lag_ms": OrNull(NUMBER),
        "drift_ppm": OrNull(NUMBER),
    },
    "uncertainty": {
        "missing_emg": NUMBER,
        "missing_kinematics": NUMBER,
        "width_factor": NUMBER,
        "novelty": OrNull(NUMBER),
        "novelty_limit": NUMBER,
        "guess_width": NUMBER,
    },
    "replay": OrNull(
        {
            "task": TEXT,
            "duration_s": NUMBER,
            "points": {
                "trunk": _PLACES, "shoulder": _PLACES, "elbow": _PLACES, "wrist": _PLACES,
            },
        }
    ),
    "model": {
        "hash": OrNull(TEXT),
        "name": TEXT,
        "trained_on": {
            "name": TEXT,
            "n_subjects": NUMBER,
            "n_sessions": NUMBER,
            "synthetic": FLAG,
            "observed_range": PAIR,
        },
        "mae": NUMBER,
        "mae_interval": PAIR,
        "coverage": NUMBER,
    },
    "synthetic": FLAG,
    "provenance": {
        "recordings": ListOf({"path": TEXT, "sha256": TEXT}),
        "versions": MappingTo(OrNull(TEXT)),
        "settings": TEXT,
        "python": TEXT,
        "platform": TEXT,
    },
}  # fmt: skip


def misfit_of(described: Mapping[str, Any]) -> str | None:
    """Say what of an assessment is not as ``hybridmfp assess --json`` prints it.

    Parameters
    ----------
    described : mapping
        From JSON.

    Returns
    -------
    str or None
        The first thing, such as ``"drivers[2].points must be a number; got null"``; None where
        all is well. Names that are not known do not matter.
    """
    return (
        misfit(described, _FORM)
        or _no_range(*described["scale_range"])
        or _contradiction(described)
        or _uneven_replay(described["replay"])
        or _uneven_map(described["signal_map"])
    )


def _no_range(least: float, most: float) -> str | None:
    if 0 < most - least <= _MOST_POINTS:
        return None
    return f"scale_range must ascend, by at most {_MOST_POINTS} points; got {least:g} to {most:g}"


def _contradiction(described: Mapping[str, Any]) -> str | None:
    """Find numbers beside a refusal, and estimates that lie outside their own interval."""
    estimate, interval = described["estimate"], described["interval"]
    if described["verdict"] == "refused":
        given = [name for name in ("estimate", "interval", "items") if described[name] is not None]
        return f"{given[0]} must be null in a refused assessment" if given else None
    if estimate is None or interval is None:
        return "estimate and interval must be there in an assessment that is not refused"
    least, most = described["scale_range"]
    if not least <= interval[0] <= estimate <= interval[1] <= most:
        return (
            f"estimate must lie in its interval and both on the scale; got {estimate:g} in "
            f"{interval[0]:g} to {interval[1]:g} on {least:g} to {most:g}"
        )
    return None


def _uneven_replay(replay: Mapping[str, Any] | None) -> str | None:
    n_frames = {len(places) for places in replay["points"].values()} if replay else {1}
    if len(n_frames) == 1 and min(n_frames) > 0:
        return None
    return f"replay.points must have as many frames of each; got {sorted(n_frames)}"


def _uneven_map(grid: Mapping[str, Any] | None) -> str | None:
    if grid is None:
        return None
    n_rows, n_phases = len(grid["rows"]), len(grid["phases"])
    if len(grid["kinds"]) == n_rows and [len(row) for row in grid["points"]] == [n_phases] * n_rows:
        return None
    return f"signal_map.points must have {n_rows} rows of {n_phases} phases, each with its kind"
