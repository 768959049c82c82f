"""Keep trained networks. Importing this imports no torch; restoring one does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hybridmfp.errors import ReadError
from hybridmfp.models.fusion_settings import FusionSettings, fusion_settings_from
from hybridmfp.models.kept.told import Told
from hybridmfp.models.not_kept import NOT_KEPT, is_left_out
from hybridmfp.signals.scale import Scale, scale_from

__all__ = ["is_network", "network_from_parameters", "network_parameters"]

_LEFT_OUT = ("rows", "controls", "weights")


def is_network(estimator: Any) -> bool:
    """Say whether an estimator is a `FusionRegressor`."""
    from hybridmfp.models.fusion import FusionRegressor  # noqa: PLC0415 - imports torch

    return type(estimator) is FusionRegressor


def network_parameters(network: Any) -> dict[str, Any]:
    """Describe a `FusionRegressor` as it is before it learns; recordings and ratings left out."""
    given = network.get_params(deep=False)
    return {
        "scale": {**asdict(network.scale), **_bounds(network.scale)},
        "settings": asdict(network.settings or FusionSettings()),
        "modality": network.modality,
        "random_state": network.random_state,
        "left_out": [name for name in _LEFT_OUT if is_left_out(given[name])],
    }


def _bounds(scale: Scale) -> dict[str, float]:
    return {"minimum": float(scale.minimum), "maximum": float(scale.maximum)}


def network_from_parameters(told: Told) -> Any:
    """Make a `FusionRegressor` of its parameters; it has learned nothing.

    Raises
    ------
    ReadError
        If something is missing, or breaks a rule.
    """
    from hybridmfp.models.fusion import FusionRegressor  # noqa: PLC0415 - imports torch

    left_out: dict[str, Any] = dict.fromkeys(told.texts("left_out"), NOT_KEPT)
    modality = told.text_or_none("modality")
    if not {*left_out} <= {*_LEFT_OUT} or modality not in (None, "emg", "kinematics"):
        raise ReadError(f"{told.what} must have parameters of a network. Fit the model anew.")
    return FusionRegressor(
        scale=scale_from(told.part("scale").words, source=told.what),
        settings=fusion_settings_from(told.part("settings").words),
        modality=modality,
        random_state=told.whole("random_state"),
        **left_out,
    )
