"""Take a fitted model apart into words and numbers, and put it together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.models.array_rules import checked_array
from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.hybrid_regressor import HybridRegressor
from hybridmfp.models.hybrid_rows import HybridRows
from hybridmfp.models.kept.ensemble import (
    described_ensemble,
    ensemble_from_parameters,
    ensemble_parameters,
    restored_ensemble,
)
from hybridmfp.models.kept.networks import (
    is_network,
    network_from_parameters,
    network_parameters,
)
from hybridmfp.models.kept.rows import check_rows_can_be_kept
from hybridmfp.models.kept.told import Arrays, Described, Told, under, with_prefix

__all__ = ["KEPT_MODELS", "check_can_be_kept", "described_model", "restored_model"]

KEPT_MODELS = ("ElasticNetEnsemble", "FusionRegressor", "HybridRegressor")
"""Classes of models that can be written to a file: hybrid, ensemble and every fusion network."""

_ENSEMBLE, _NETWORK, _HYBRID = "elastic-net-ensemble", "fusion-regressor", "hybrid-regressor"


def check_can_be_kept(estimator: Any) -> None:
    """Refuse a model that cannot be written to a file, before hours are spent on fitting it.

    Parameters
    ----------
    estimator : BaseEstimator
        Fitted or not.

    Raises
    ------
    SettingsError
        If it, or a part of it, is of a kind that no file can hold.
    """
    if type(estimator) is HybridRegressor:
        check_can_be_kept(estimator.ensemble)
        if is_network(estimator.network):
            return
    elif type(estimator) is ElasticNetEnsemble:
        check_rows_can_be_kept(estimator.prepare)
        return
    elif is_network(estimator):
        return
    of = f" of {type(estimator.network).__name__}" if hasattr(estimator, "network") else ""
    raise SettingsError(
        f"a model that shall be kept must be one of {', '.join(KEPT_MODELS)}, of which the first "
        f"is 'ensemble', the others 'fusion' and 'hybrid'; got {type(estimator).__name__}{of}. "
        "Fit one of these to write it to a file."
    )


def described_model(estimator: Any) -> Described:
    """Take a fitted model apart.

    What is inside of the training persons is told in ``docs/model-file.md``.

    Parameters
    ----------
    estimator : ElasticNetEnsemble, FusionRegressor or HybridRegressor
        Fitted.

    Returns
    -------
    described : dict
        JSON-ready.
    arrays : dict of str to array

    Raises
    ------
    SettingsError
        If it, or a part of it, is of a kind that no file can hold.
    NotFittedError
        If it has learned nothing.
    """
    check_can_be_kept(estimator)
    check_is_fitted(estimator)
    if isinstance(estimator, HybridRegressor):
        return _described_hybrid(estimator)
    if isinstance(estimator, ElasticNetEnsemble):
        words, arrays = described_ensemble(estimator)
        return {"kind": _ENSEMBLE, **words}, arrays
    words, arrays = estimator.described()
    return {"kind": _NETWORK, "network": words}, arrays


def restored_model(described: Mapping[str, Any], arrays: Arrays) -> Any:
    """Put a fitted model together again; nothing in the description is executed.

    It estimates what the one that was taken apart did, to the last bit on the same machine. It
    can be fitted again only where all its parameters could be kept; see `check_complete`.

    Parameters
    ----------
    described : mapping
        From `described_model`, also after a way through JSON.
    arrays : mapping of str to array

    Returns
    -------
    ElasticNetEnsemble, FusionRegressor or HybridRegressor

    Raises
    ------
    ReadError
        If something is missing, of another type, or does not fit the rest.
    """
    try:
        return _restored(Told(described, what="the model"), arrays)
    except ReadError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ReadError(
            f"a kept model must describe itself completely; this one does not "
            f"({type(error).__name__}: {error}). Fit it anew."
        ) from error


def _restored(told: Told, arrays: Arrays) -> Any:
    kind = told.kind(_ENSEMBLE, _NETWORK, _HYBRID)
    if kind == _ENSEMBLE:
        return restored_ensemble(told, arrays)
    return _restored_network(told, arrays) if kind == _NETWORK else _restored_hybrid(told, arrays)


def _restored_network(told: Told, arrays: Arrays) -> Any:
    told.kind(_NETWORK)
    from hybridmfp.models.fusion import FusionRegressor  # noqa: PLC0415 - imports torch

    return FusionRegressor.restored(told.part("network").words, arrays, source=told.what)


def _described_hybrid(model: HybridRegressor) -> Described:
    stack, some = described_ensemble(model.stack_)
    arrays = with_prefix("stack.", some)
    networks = []
    for at, (network, turn) in enumerate(zip(model.networks_, model.turns_, strict=True)):
        words, some = described_model(network)
        networks.append(words)
        arrays |= with_prefix(f"networks.{at}.", some)
        arrays[f"turns.{at}"] = np.asarray(turn, dtype=np.float64)
    return {
        "kind": _HYBRID,
        "n_folds": model.n_folds,
        "network": network_parameters(model.network),
        "ensemble": ensemble_parameters(model.ensemble),
        "networks": networks,
        "stack": stack,
        "fallback": model.fallback_,
    }, arrays


def _restored_hybrid(told: Told, arrays: Arrays) -> HybridRegressor:
    model = HybridRegressor(
        network=network_from_parameters(told.part("network")),
        ensemble=ensemble_from_parameters(told.part("ensemble")),
        n_folds=told.whole("n_folds", least=1),
    )
    model.networks_ = [
        _restored_network(one, under(f"networks.{at}.", arrays))
        for at, one in enumerate(told.parts("networks"))
    ]
    width = model.network.settings.network.width
    model.turns_ = [
        checked_array(arrays[f"turns.{at}"], "turns", shape=[width, width])
        for at in range(len(model.networks_))
    ]
    model.stack_ = restored_ensemble(told.part("stack"), under("stack.", arrays))
    model.fallback_ = told.text_or_none("fallback")
    _check_hybrid(model, told, width)
    return model


def _check_hybrid(model: HybridRegressor, told: Told, width: int) -> None:
    """Refuse networks of other sizes than the stack was told about."""
    rows = model.stack_.prepare
    widths = {network.settings.network.width for network in model.networks_}
    said = len(rows.columns) if isinstance(rows, HybridRows) else 0
    if widths - {width} or said != (1 + width if model.networks_ else 0):
        raise ReadError(
            f"networks of {told.what} must say as much as its stack was told about. Fit it anew."
        )
