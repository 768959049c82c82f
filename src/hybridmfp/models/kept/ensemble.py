"""Keep the ensemble: what it learned of every step, as numbers and names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from hybridmfp.errors import ReadError
from hybridmfp.models.boosted_trees import BoostedTrees
from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.ensemble_front import FrontSteps
from hybridmfp.models.kept.rows import (
    described_rows,
    restored_rows,
    rows_from_parameters,
    rows_parameters,
)
from hybridmfp.models.kept.told import Arrays, Described, Told, under, with_prefix
from hybridmfp.models.plain_members import (
    Line,
    Member,
    NearestNeighbours,
    SupportVectors,
    TrainingMean,
)
from hybridmfp.models.reduction import Reduction

__all__ = [
    "described_ensemble",
    "ensemble_from_parameters",
    "ensemble_parameters",
    "restored_ensemble",
]

_KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "training-mean": TrainingMean,
        "line": Line,
        "support-vectors": SupportVectors,
        "nearest-neighbours": NearestNeighbours,
        "boosted-trees": BoostedTrees,
    }
)


def ensemble_parameters(model: ElasticNetEnsemble) -> dict[str, Any]:
    """Describe an ensemble as it is before it learns."""
    return {
        "trust": float(model.trust),
        "minimum": None if model.minimum is None else float(model.minimum),
        "maximum": None if model.maximum is None else float(model.maximum),
        "l1_ratio": float(model.l1_ratio),
        "explained": float(model.explained),
        "shrinkage": float(model.shrinkage),
        "n_folds": model.n_folds,
        "random_state": model.random_state,
        "estimates": list(model.estimates),
        "prepare": rows_parameters(model.prepare),
    }


def ensemble_from_parameters(told: Told) -> ElasticNetEnsemble:
    """Make an ensemble of its parameters; it has learned nothing."""
    return ElasticNetEnsemble(
        prepare=rows_from_parameters(told.part_or_none("prepare")),
        estimates=told.texts("estimates"),
        n_folds=told.whole("n_folds", least=2),
        random_state=told.whole_or_none("random_state"),
        trust=told.number("trust"),
        minimum=told.number_or_none("minimum"),
        maximum=told.number_or_none("maximum"),
        l1_ratio=told.number("l1_ratio"),
        explained=told.number("explained"),
        shrinkage=told.number("shrinkage"),
    )


def described_ensemble(model: ElasticNetEnsemble) -> Described:
    """Take a fitted ensemble apart."""
    front = model.front_
    prepare, arrays = None, with_prefix("reduction.", _fields(front.reduction))
    if front.prepare is not None:
        prepare, some = described_rows(front.prepare)
        arrays |= with_prefix("rows.", some)
    members = []
    for at, (name, member) in enumerate(model.members_.items()):
        words, some = _described_member(member)
        members.append({"name": name, "weight": model.weights_[name], **words})
        members[-1]["chosen"] = model.chosen_[name]
        arrays |= with_prefix(f"members.{at}.", some)
    names = getattr(model, "feature_names_in_", None)
    return {
        "parameters": ensemble_parameters(model),
        "prepare": prepare,
        "names": [str(name) for name in front.names],
        "converged": bool(front.converged),
        "centre": model.centre_,
        "spread": model.spread_,
        "members": members,
        "estimates": [{"name": one, "weight": model.weights_[one]} for one in model.estimates],
        "fallback": model.fallback_,
        "n_features_in": getattr(model, "n_features_in_", None),
        "feature_names_in": None if names is None else [str(name) for name in names],
    }, arrays


def restored_ensemble(told: Told, arrays: Arrays) -> ElasticNetEnsemble:
    """Put a fitted ensemble together again.

    Raises
    ------
    ReadError
        If something is missing, or does not fit the rest.
    """
    model = ensemble_from_parameters(told.part("parameters"))
    model.front_ = _restored_front(told, arrays, model)
    model.centre_, model.spread_ = told.number("centre"), told.number("spread")
    low, high = model.minimum, model.maximum
    if model.spread_ <= 0 or (low is not None and high is not None and low > high):
        raise ReadError(
            f"spread of {told.what} must be positive, and its minimum not above its maximum; got "
            f"{model.spread_:g}, {low} and {high}. Fit it anew."
        )
    model.members_, model.weights_, model.chosen_ = {}, {}, {}
    for at, one in enumerate(told.parts("members")):
        name = one.text("name")
        model.members_[name] = _restored_member(one, under(f"members.{at}.", arrays))
        model.weights_[name] = one.number("weight")
        model.chosen_[name] = one.whole("chosen")
    _check_members(model, told)
    model.fallback_ = told.text_or_none("fallback")
    model.converged_ = model.front_.converged
    model.feature_names_ = model.front_.names
    model.coefficients_ = model.front_.reduction.coefficients * model.spread_
    n_columns, names = told.whole_or_none("n_features_in"), told.texts_or_none("feature_names_in")
    if model.prepare is None:
        if n_columns != len(model.feature_names_) or (names and len(names) != n_columns):
            raise ReadError(f"n_features_in of {told.what} must count its features. Fit it anew.")
        model.n_features_in_ = n_columns
        if names is not None:
            model.feature_names_in_ = np.array(names, dtype=object)
    return model


def _restored_front(told: Told, arrays: Arrays, model: ElasticNetEnsemble) -> FrontSteps:
    rows = told.part_or_none("prepare")
    prepare = None if rows is None else restored_rows(rows, under("rows.", arrays))
    if type(prepare) is not type(model.prepare):
        raise ReadError(f"prepare of {told.what} must be as its parameters say. Fit it anew.")
    reduction = Reduction(**_arrays_for(Reduction, under("reduction.", arrays)))
    names = told.texts("names")
    expected = names if prepare is None else tuple(prepare.get_feature_names_out())
    if names != expected or len(names) != len(reduction.medians):
        raise ReadError(f"names of {told.what} must be those of its features. Fit it anew.")
    if not {*model.estimates} <= {*names}:
        raise ReadError(f"estimates of {told.what} must be among its features. Fit it anew.")
    return FrontSteps(
        prepare=prepare,
        names=np.array(names, dtype=str if prepare is None else object),
        estimates=model.estimates,
        reduction=reduction,
        converged=told.flag("converged"),
    )


def _check_members(model: ElasticNetEnsemble, told: Told) -> None:
    """Add the weights of estimates, and refuse members of other components or without sense."""
    estimates = {one.text("name"): one.number("weight") for one in told.parts("estimates")}
    if tuple(estimates) != model.estimates:
        raise ReadError(f"estimates of {told.what} must have a weight each. Fit it anew.")
    model.weights_ |= estimates
    shares = list(model.weights_.values())
    n_columns = model.front_.reduction.n_components
    if (
        len(told.parts("members")) + len(model.estimates) != len(shares)
        or min(shares, default=0.0) < 0
        or abs(sum(shares) - 1) > 1e-6
        or any(one.n_columns not in (None, n_columns) for one in model.members_.values())
    ):
        raise ReadError(
            f"members of {told.what} must look at its {n_columns} components, each under a name "
            "of its own, and have weights that sum to 1. Fit it anew."
        )


def _described_member(member: Member) -> Described:
    kind = next(name for name, one in _KINDS.items() if type(member) is one)
    fields = _fields(member)
    words = {name: one for name, one in fields.items() if not isinstance(one, np.ndarray)}
    arrays = {name: one for name, one in fields.items() if isinstance(one, np.ndarray)}
    return {"kind": kind, "numbers": words}, arrays


def _restored_member(told: Told, arrays: Arrays) -> Member:
    kind = _KINDS[told.kind(*_KINDS)]
    numbers = told.part("numbers")
    given = {
        field.name: numbers.whole(field.name) if field.type == "int" else numbers.number(field.name)
        for field in dataclasses.fields(kind)
        if field.type in ("int", "float")
    }
    member: Member = kind(**given, **_arrays_for(kind, arrays))
    return member


def _fields(thing: Any) -> dict[str, Any]:
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


def _arrays_for(kind: type[Any], arrays: Arrays) -> dict[str, Any]:
    """Give the arrays that a class asks for by its own names; a missing one is a KeyError."""
    return {
        field.name: arrays[field.name]
        for field in dataclasses.fields(kind)
        if field.type not in ("int", "float")
    }
