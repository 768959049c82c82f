"""A fitted model in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridmfp.pipelines.fitted_model import FittedModel

__all__ = ["as_rows_of_text", "summarise_fit"]


def summarise_fit(model: FittedModel, path: Path) -> dict[str, Any]:
    """Say what was fitted, where it lies, and how well it does; JSON-ready."""
    performance = model.card["performance"]
    return {
        "model_file": str(path),
        "hash": model.hash,
        "megabytes": round(path.stat().st_size / 1e6, 2),
        "name": model.name,
        "scale": model.scale.name,
        "synthetic": model.card["synthetic"],
        "first_line": model.card["first_line"],
        "n_subjects": model.card["data"]["n_subjects"],
        "mae": performance["mae"],
        "mae_interval": performance["mae_interval"],
        "oracle_mae": performance["oracle_mae"],
        "baselines": performance["baselines"],
        "coverage": performance["coverage"],
        "level": performance["level"],
        "wider_when_missing": performance["wider_when_missing"],
        "guess_width": performance["guess_width"],
        "audit": performance["audit"],
        "audited": performance["audited"],
        "remarks": model.card["model"]["remarks"],
        "limits": model.card["limits"],
    }


def as_rows_of_text(summary: Mapping[str, Any]) -> dict[str, str]:
    """Put the figures of a fit in words."""
    low, high = summary["mae_interval"]
    rows = {
        "training data": summary["first_line"],
        "model": f"{summary['name']}, {summary['megabytes']:g} MB, hash {summary['hash'][:12]}",
        "persons left out": f"MAE {summary['mae']:.2f} points ({low:.2f} to {high:.2f})",
        "training mean": f"MAE {summary['baselines']['training mean']:.2f}",
    }
    if summary["oracle_mae"] is not None:
        rows["oracle (knows the true abilities)"] = f"MAE {summary['oracle_mae']:.2f}"
    for one in summary["coverage"]:
        rows[f"intervals of {summary['level']:.0%}, {one['group']}"] = (
            f"hold {one['coverage']:.0%} of {one['n']}, {one['width']:.1f} points wide"
        )
    wider = summary["wider_when_missing"]
    rows["wider when missing"] = (
        f"without EMG {wider['without_emg']:.1f} times, without kinematics "
        f"{wider['without_kinematics']:.1f}, one trial {wider['one_trial']:.1f}"
    )
    if summary["audit"] is not None:
        honest = "yes" if summary["audit"]["nested_is_honest"] else "NO: do not trust it"
        rows[f"audit ({summary['audited']}) is honest"] = honest
    notes = (*summary["remarks"], *summary["limits"])
    return rows | {f"note {at}": text for at, text in enumerate(notes, start=1)}
