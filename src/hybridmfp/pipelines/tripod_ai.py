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


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    performance, data = card["performance"], card["data"]
    low, high = performance["mae_interval"]
    covered = performance["coverage"][0]
    sites = [one for one in performance["coverage"] if one["group"].startswith("site ")]
    return {
        **data,
        "n_sites": data["n_sites"] or None,
        "title": card["title"],
        "intended_use": " ".join(card["intended_use"]),
        "limits": " ".join(card["limits"]),
        "model_name": card["model"]["name"],
        "protocol": card["model"]["protocol"],
        "said": (
            f"MAE {performance['mae']:.2f} points ({low:.2f} to {high:.2f}); intervals of "
            f"{performance['level']:.0%} held {covered['coverage']:.0%} of {covered['n']} scores "
            f"and were {covered['width']:.1f} points wide. By third of the scores: below."
        ),
        "by_site": "; ".join(
            f"{one['group']}: MAE {one['mae']:.1f}, n = {one['n']}" for one in sites
        )
        or None,
    }
