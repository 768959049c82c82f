"""The TRIPOD+AI checklist, answered as far as facts about a fitted model answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any

__all__ = ["TRIPOD_AI", "tripod_ai"]

TRIPOD_AI = "Collins et al. 2024, BMJ 385:e078378, doi:10.1136/bmj-2023-078378"
"""Where the checklist comes from; its wording here is shortened."""


def tripod_ai(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fill in what a card knows; the rest is open, for the people who know it.

    Parameters
    ----------
    card : mapping
        From `model_card`, complete but for ``tripod_ai``.

    Returns
    -------
    list of dict
        ``item``, ``topic``, ``asks``, and ``answer``, which is None where it is open.
    """
    path = Path(__file__).with_name("tripod_ai.json")
    facts = _facts(card)
    return [
        {
            **{name: entry[name] for name in ("item", "topic", "asks")},
            "answer": _filled(_template(entry, synthetic=card["synthetic"]), facts),
        }
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]


def _template(entry: Mapping[str, str | None], *, synthetic: bool) -> str | None:
    return entry.get("if_synthetic", entry["answer"]) if synthetic else entry["answer"]


def _filled(template: str | None, facts: Mapping[str, Any]) -> str | None:
    """Fill facts in; what needs a fact that is not known stays open."""
    if template is None:
        return None
    needed = [name for _, name, _, _ in Formatter().parse(template) if name]
    return None if any(facts[name] is None for name in needed) else template.format_map(facts)


_NAMED = {
    "predictors": "All features of docs/features.md; the elastic net selects among them inside "
    "every fold.",
    "defined": "Features: docs/features.md, with formulas, units and sources.",
    "missing": "Features of missing channels are imputed by the training median.",
    "handled": "Features: robust standardisation within each task, median over trials.",
}
_SEEN = {
    "predictors": "All signals that the network looks at, none selected: docs/fusion.md.",
    "defined": "Signals: docs/fusion.md, with units.",
    "missing": "Networks see missing channels as gaps, and are trained with channels hidden.",
    "handled": "Signals: on one time base from onset to offset.",
}


def _on_predictors(model: str) -> dict[str, str]:
    """Say what a model looks at: named features, signals, or, as the hybrid, both."""
    kinds = [_NAMED] * (not model.startswith("fusion")) + [_SEEN] * (model != "ensemble")
    said = {name: " ".join(kind[name] for kind in kinds) for name in _NAMED}
    return {**said, "missing": f"{said['missing']} Intervals become wider."}


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    performance, data = card["performance"], card["data"]
    low, high = performance["mae_interval"]
    sure = performance["evaluation"]["mae_interval_level"]
    covered = performance["coverage"][0]
    sites = [one for one in performance["coverage"] if one["group"].startswith("site ")]
    return {
        **data,
        "n_sites": data["n_sites"] or None,
        "title": card["title"],
        "intended_use": " ".join(card["intended_use"]),
        "limits": " ".join(card["limits"]),
        "model_name": card["model"]["name"],
        **_on_predictors(card["model"]["name"]),
        "level": f"{performance['level']:.0%}",
        "between_sites": "Error and coverage by site, below." if sites else None,
        "protocol": card["model"]["protocol"],
        "said": (
            f"MAE {performance['mae']:.2f} points ({sure:.0%} interval {low:.2f} to {high:.2f}); "
            "intervals of "
            f"{performance['level']:.0%} held {covered['coverage']:.0%} of {covered['n']} scores "
            f"and were {covered['width']:.1f} points wide. By third of the scores: below."
        ),
        "by_site": "; ".join(
            f"{one['group']}: MAE {one['mae']:.1f}, n = {one['n']}" for one in sites
        )
        or None,
    }
