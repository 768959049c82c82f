"""What drove an estimate, by muscle, joint and phase of the movement, and by named biomarker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.explanation.biomarkers import find_definition
from hybridmfp.models.explanation.explanation import Biomarker, Driver, Explanation, SignalMap
from hybridmfp.models.explanation.model_parts import ModelParts, with_alignment
from hybridmfp.models.explanation.reference import ExplanationReference
from hybridmfp.models.explanation.row_model import RowModel
from hybridmfp.models.explanation.shapley import shapley_values
from hybridmfp.models.hybrid_regressor import ESTIMATE
from hybridmfp.models.hybrid_rows import as_networked

if TYPE_CHECKING:  # importing it imports torch
    from hybridmfp.models.fusion.attribution import Attribution, SessionPath

__all__ = ["explain"]

_CONTEXT = ("kin.movement_time", "align.effort")  # what the network's context is as a biomarker

_NETWORK = "network."  # what the columns begin with that the networks say

_SMALL_WAY = 0.1  # standard deviations; columns that moved less can be held responsible for little


@dataclass
class _Account:
    """Who was given how many points so far."""

    biomarkers: dict[str, float]
    signal_map: SignalMap | None = None
    base: float = 0.0
    end: float = 0.0
    standard_error: float = 0.0

    def give(self, name: str, points: float) -> None:
        self.biomarkers[name] = self.biomarkers.get(name, 0.0) + points

    @property
    def given(self) -> float:
        on_map = 0.0 if self.signal_map is None else float(self.signal_map.points.sum())
        return on_map + sum(self.biomarkers.values())


def explain(model: Any, session: SessionDigest, *, reference: ExplanationReference) -> Explanation:
    """Say what drove the estimate of a session.

    Everything is measured against an average patient of the training cohort who did the same
    tasks and lacks the same channels, and is in points of the scale. The contributions are
    additive: see `Explanation`. They say what the model looked at, not what causes impairment.

    Parameters
    ----------
    model : HybridRegressor, ElasticNetEnsemble or FusionRegressor
        Fitted.
    session : SessionDigest
    reference : ExplanationReference
        Learned for this model.

    Returns
    -------
    Explanation

    Raises
    ------
    SettingsError
        If the model is of another kind.
    CohortError
        If the reference belongs to another model, or the session cannot be read.
    SignalError
        If the session has no valid sample of what the model looks at.
    """
    check_is_fitted(reference, "ranges_")
    parts = ModelParts.of(model)
    _check_reference(parts, reference)
    account = _Account(biomarkers={})
    if parts.stack is None:
        _explain_network(parts, session, reference, account)
    elif parts.networks:
        _explain_hybrid(parts, session, reference, account)
    else:
        _explain_rows(RowModel(parts.stack), session, reference, account)
    estimate = float(np.clip(account.end, *parts.bounds))
    network_share = 1.0 if parts.stack is None else parts.stack.weights_.get(ESTIMATE, 0.0)
    return Explanation(
        estimate=estimate,
        base=account.base,
        drivers=_drivers(account),
        signal_map=account.signal_map,
        biomarkers=_biomarkers(account, with_alignment(parts, [session])[0], reference),
        unassigned=estimate - account.base - account.given,
        standard_error=account.standard_error,
        network_share=float(network_share),
    )


def _explain_rows(
    rows: RowModel, session: SessionDigest, reference: ExplanationReference, account: _Account
) -> None:
    """Explain an ensemble of named biomarkers alone."""
    row = rows.table([session])[0]
    usual = np.where(np.isfinite(row), reference.row_, np.nan)
    _give_rows(rows, row, usual, account)


def _give_rows(
    rows: RowModel, row: NDArray[np.float64], usual: NDArray[np.float64], account: _Account
) -> NDArray[np.float64]:
    """Give named biomarkers what they move the members; points of every column."""
    both = np.stack([usual, row])
    account.base, account.end = (rows.members(both) + rows.given(both)).tolist()
    found = shapley_values(rows.members, row, usual, columns=rows.selected)
    account.standard_error = float(found.standard_error.max(initial=0.0))
    for at in rows.selected:
        if not rows.columns[at].startswith(_NETWORK):
            account.give(rows.columns[at], float(found.points[at]))
    return found.points


def _explain_network(
    parts: ModelParts, session: SessionDigest, reference: ExplanationReference, account: _Account
) -> None:
    """Explain a network alone."""
    from hybridmfp.models.fusion.attribution import (  # noqa: PLC0415 - imports torch
        THE_ESTIMATE,
        attribute_together,
    )

    paths = _paths(parts, session, reference)
    account.base, account.end = paths[0].said(0.0)[0], paths[0].said(1.0)[0]
    _give_signals(attribute_together(paths, [THE_ESTIMATE]), account)


def _explain_hybrid(
    parts: ModelParts, session: SessionDigest, reference: ExplanationReference, account: _Account
) -> None:
    """Explain a stack on networks and named biomarkers.

    The estimate is ``w · networks + members(row)``, and part of the row is what the networks say.
    Columns of the row share the change of the members. What the networks' columns get is handed
    on to the signals as DeepLIFT's rescale rule does it (Shrikumar 2017, arXiv:1704.02685): in
    points per unit of the column.
    """
    assert parts.stack is not None  # noqa: S101 - narrows the type
    rows, paths = RowModel(parts.stack), _paths(parts, session, reference)
    first, last = (_mean_said(paths, parts, share) for share in (0.0, 1.0))
    row = rows.table(as_networked([session], last[np.newaxis]))[0]
    said = np.arange(len(row) - len(last), len(row))
    usual = np.where(np.isfinite(row), reference.row_, np.nan)
    usual[said] = first
    points = _give_rows(rows, row, usual, account)
    slope = _slope(points[said], last - first, reference.spread_[said])
    slope[0] += rows.weights[ESTIMATE]
    _give_signals(_attributed(paths, parts, slope), account)


def _slope(
    points: NDArray[np.float64], way: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give points per unit of each column, tempered where a column hardly moved."""
    least = (_SMALL_WAY * spread) ** 2
    size = way**2 + least
    slope: NDArray[np.float64] = points * way / np.where(size > 0, size, 1.0)
    return slope


def _paths(
    parts: ModelParts, session: SessionDigest, reference: ExplanationReference
) -> list[SessionPath]:
    from hybridmfp.models.fusion.attribution import SessionPath  # noqa: PLC0415 - imports torch

    return [
        SessionPath(network, session, signals)
        for network, signals in zip(parts.networks, reference.signals_, strict=True)
    ]


def _attributed(
    paths: list[SessionPath], parts: ModelParts, slope: NDArray[np.float64]
) -> list[Attribution]:
    """Attribute what the networks say, at so many points per unit of estimate and embedding."""
    from hybridmfp.models.fusion.attribution import (  # noqa: PLC0415 - imports torch
        Target,
        attribute_together,
    )

    return attribute_together(
        paths, [Target(points=float(slope[0]), embedding=turn @ slope[1:]) for turn in parts.turns]
    )


def _mean_said(paths: list[SessionPath], parts: ModelParts, share: float) -> NDArray[np.float64]:
    """Give estimate and embedding part of the way, the mean over the networks."""
    words = []
    for path, network, turn in zip(paths, parts.networks, parts.turns, strict=True):
        points, embedding = path.said(share)
        clipped = np.clip(points, network.scale.minimum, network.scale.maximum)
        words.append(np.append(clipped, embedding @ turn))
    return np.asarray(np.mean(words, axis=0), dtype=np.float64)


def _give_signals(attributions: list[Attribution], account: _Account) -> None:
    """Give the mean over the networks to muscles, joints and what a trial is as a whole."""
    n_networks = len(attributions)
    names = list(dict.fromkeys(name for one in attributions for name in one.muscles))
    names += [name for name in attributions[0].rows if name not in attributions[0].muscles]
    points = np.zeros((len(names), len(attributions[0].phases)))
    for one in attributions:
        points[[names.index(name) for name in one.rows]] += one.points / n_networks
        for name, given in zip(_CONTEXT, one.context, strict=True):
            account.give(name, float(given) / n_networks)
    muscles = {name for one in attributions for name in one.muscles}
    account.signal_map = SignalMap(
        rows=tuple(names),
        kinds=tuple("muscle" if name in muscles else "joint" for name in names),
        phases=attributions[0].phases,
        points=points,
    )


def _drivers(account: _Account) -> tuple[Driver, ...]:
    found: list[tuple[str, Any, str | None, float]] = [
        (name, "biomarker", None, points) for name, points in account.biomarkers.items()
    ]
    if (grid := account.signal_map) is not None:
        for row, phase in np.ndindex(grid.points.shape):
            cell = grid.rows[row], grid.kinds[row], grid.phases[phase]
            found.append((*cell, float(grid.points[row, phase])))
    moved = [one for one in found if one[3] != 0]
    total = sum(abs(one[3]) for one in moved)
    ranked = sorted(moved, key=lambda one: -abs(one[3]))
    return tuple(Driver(*one, share=abs(one[3]) / total) for one in ranked)


def _biomarkers(
    account: _Account, session: SessionDigest, reference: ExplanationReference
) -> tuple[Biomarker, ...]:
    usual = reference.ranges_.of(session)
    place = {name: at for at, name in enumerate(usual.columns)}
    found = []
    for name in dict.fromkeys((*usual.columns, *account.biomarkers)):
        at, points = place.get(name), account.biomarkers.get(name, 0.0)
        value = float("nan") if at is None else float(usual.value[at])
        if not np.isfinite(value) and points == 0:
            continue
        found.append(
            Biomarker(
                name=name,
                definition=find_definition(name),
                value=value,
                healthy=None if at is None else _range(usual.healthy[at]),
                cohort=None if at is None else _range(usual.cohort[at]),
                points=points,
            )
        )
    return tuple(sorted(found, key=lambda one: -abs(one.points)))


def _range(bounds: NDArray[np.float64]) -> tuple[float, float] | None:
    return (float(bounds[0]), float(bounds[1])) if np.isfinite(bounds).all() else None


def _check_reference(parts: ModelParts, reference: ExplanationReference) -> None:
    n_columns = 0 if parts.stack is None else len(parts.stack.feature_names_)
    wanted, given = (
        (len(parts.networks), n_columns),
        (len(reference.signals_), len(reference.row_)),
    )
    if wanted != given:
        raise CohortError(
            f"reference must be learned for this model, with {wanted[0]} networks and {wanted[1]} "
            f"columns; got one of {given[0]} networks and {given[1]} columns. "
            "Fit ExplanationReference(...).fit(sessions, model=model)."
        )
