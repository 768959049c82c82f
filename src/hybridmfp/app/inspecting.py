"""A cohort in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["as_rows_of_text"]


def as_rows_of_text(described: Mapping[str, Any]) -> dict[str, str]:
    """Put what `inspect_cohort` found in words."""
    groups = ", ".join(
        f"{one['n_subjects']} {name}s with {one['n_trials']} trials"
        for name, one in described["groups"].items()
    )
    rows = {
        "data": "SYNTHETIC" if described["synthetic"] else "recorded",
        "subjects": f"{described['n_subjects']}: {groups}",
        "trials": f"{described['n_trials']}, {described['n_readable']} of them readable",
        "tasks": f"{len(described['tasks'])}: {', '.join(described['tasks'])}",
        "scale": described["scale"] or "nobody is rated",
        "scores": _scores(described["scores"]),
    }
    for signal in described["signals"]:
        rows[signal["modality"]] = _signal(signal)
    rows["problems"] = str(len(described["problems"]))
    return rows


def _scores(scores: Mapping[str, Any]) -> str:
    if not scores["n_rated"]:
        return "none"
    counts = ", ".join(f"{score} x {times}" for score, times in scores["distribution"].items())
    return (
        f"{scores['n_rated']} rated, {scores['minimum']:g} to {scores['maximum']:g}, "
        f"mean {scores['mean']:.1f}: {counts}"
    )


def _signal(signal: Mapping[str, Any]) -> str:
    rates = ", ".join(f"{rate} Hz x {times}" for rate, times in signal["rates_hz"].items())
    shortest, middle, longest = signal["duration_s"]
    names = signal["channels"]
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    others = signal["n_channel_sets"] - 1
    also = f" ({others} other channel sets)" if others else ""
    return (
        f"{signal['n_trials']} trials at {rates}; {shortest:.1f} to {longest:.1f} s, median "
        f"{middle:.1f} s; gaps up to {signal['gap_share'][2]:.1%}; {len(names)} channels{also}: "
        f"{shown}"
    )
