"""What the models of all folds chose, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hybridmfp.models import ElasticNetEnsemble, HybridRegressor

__all__ = ["Look", "look_inside", "selection_table"]


@dataclass(frozen=True)
class Look:
    """Hold what one fold's model chose.

    Attributes
    ----------
    coefficients : dict of str to float
        Elastic-net coefficient of each feature, in points per standard deviation; empty for a
        model that selects nothing.
    weights : dict of str to float
        Share of each kind of regressor; empty for a model that stacks nothing.
    notes : tuple of str
        What the reader must know, as the end of a sentence that begins *In 2 of 10 folds …*.
    started : bool
        Whether networks started from weights trained elsewhere.
    """

    coefficients: dict[str, float]
    weights: dict[str, float]
    notes: tuple[str, ...] = ()
    started: bool = False


def look_inside(model: Any) -> Look | None:
    """Note what a fitted model chose; None if it chooses nothing that can be shown."""
    if isinstance(model, HybridRegressor):
        inner = _stack(model.stack_)
        stands_in = () if model.fallback_ is None else (f"the model was {model.fallback_}",)
        networks = [note for network in model.networks_ for note in network_notes(network)]
        notes = tuple(dict.fromkeys((*stands_in, *inner.notes, *networks)))
        return dataclasses.replace(inner, notes=notes, started=any(map(_started, model.networks_)))
    if isinstance(model, ElasticNetEnsemble):
        return _stack(model)
    notes = network_notes(model)
    return Look({}, {}, notes, started=_started(model)) if notes else None


def network_notes(model: Any) -> tuple[str, ...]:
    """Say what must be known of a trained network; nothing of other models."""
    start = getattr(model, "start_", None)
    unknown = getattr(getattr(model, "reader_", None), "unknown_tasks_", ())
    notes = []
    if start is not None:
        notes.append(f"training started from weights of {_origin(start)}")
    if unknown:
        notes.append(f"{', '.join(unknown)} was not met in training and was read as 'other'")
    return tuple(notes)


def _started(network: Any) -> bool:
    return getattr(network, "start_", None) is not None


def _origin(start: Mapping[str, Any]) -> str:
    cohorts = start.get("about", {}).get("cohorts", [])
    if not cohorts:
        return "unknown origin"
    n_patients = sum(one["n_patients"] for one in cohorts)
    seeds = sorted(one["seed"] for one in cohorts)
    return f"{n_patients} simulated patients (seeds {seeds[0]} to {seeds[-1]})"


def _stack(model: ElasticNetEnsemble) -> Look:
    names = [str(name) for name in model.feature_names_]
    notes = []
    if model.fallback_ is not None:
        notes.append(f"the elastic net kept no feature, and the {model.fallback_} was predicted")
    if not model.converged_:
        notes.append("the elastic net did not converge")
    return Look(
        coefficients=dict(zip(names, model.coefficients_.tolist(), strict=True)),
        weights=model.weights_,
        notes=tuple(notes),
    )


def selection_table(looks: Sequence[Look]) -> pd.DataFrame:
    """Say how often each feature was selected.

    Parameters
    ----------
    looks : sequence of Look
        One per fold.

    Returns
    -------
    DataFrame
        Columns ``feature``, ``share`` (of the folds), ``coefficient`` (mean over the folds that
        selected it, points per standard deviation), ``same_sign`` (share of those folds with
        the commoner sign); most often selected first.
    """
    names = list(dict.fromkeys(name for look in looks for name in look.coefficients))
    table = np.array([[look.coefficients.get(name, 0.0) for name in names] for look in looks])
    selected = table != 0
    times = selected.sum(axis=0)
    chosen = np.maximum(times, 1)
    positive = (table > 0).sum(axis=0)
    frame = pd.DataFrame(
        {
            "feature": names,
            "share": times / len(looks),
            "coefficient": table.sum(axis=0) / chosen,
            "same_sign": np.maximum(positive, times - positive) / chosen,
        }
    )
    frame["size"] = frame["coefficient"].abs()
    ordered = frame.sort_values(["share", "size", "feature"], ascending=[False, False, True])
    return ordered.drop(columns="size").reset_index(drop=True)
