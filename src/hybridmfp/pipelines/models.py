"""The models that can be asked for by name, assembled from their parts."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from hybridmfp.errors import SettingsError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models import ElasticNetEnsemble, HybridRegressor, SessionRows
from hybridmfp.models.inception_time import InceptionTimeRegressor
from hybridmfp.models.mini_rocket import MiniRocketRegressor
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.settings import Settings
from hybridmfp.signals import Scale, SubjectSession

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "build_ensemble",
    "build_model",
    "default_model",
    "model_for",
]

DEFAULT_MODEL = "hybrid"
"""The default on the scale that the simulated weights rate; see `default_model`."""

_PAYS_ON = "fma-ue"  # elsewhere the weights' head is lost, and networks cost more than they bring


@dataclass(frozen=True)
class _Asked:
    """What a model is assembled for."""

    settings: Settings
    scale: Scale
    controls: tuple[SessionDigest, ...]
    rows: tuple[SubjectSession, ...]
    seed: int

    @property
    def session_rows(self) -> SessionRows:
        alignment = self.settings.alignment
        return SessionRows(
            controls=self.controls, band=alignment.band, max_iterations=alignment.max_iterations
        )


def _hybrid(asked: _Asked) -> BaseEstimator:
    settings = asked.settings
    ensemble = build_ensemble(
        settings=settings, scale=asked.scale, prepare=asked.session_rows, seed=asked.seed
    )
    return HybridRegressor(
        network=_fusion(asked),
        ensemble=ensemble.set_params(
            shrinkage=settings.hybrid.shrinkage, trust=settings.hybrid.trust
        ),
        n_folds=settings.hybrid.n_folds,
    )


def _ensemble(asked: _Asked) -> BaseEstimator:
    return build_ensemble(
        settings=asked.settings, scale=asked.scale, prepare=asked.session_rows, seed=asked.seed
    )


def _fusion(
    asked: _Asked,
    *,
    modality: str | None = None,
    network: Mapping[str, Any] = MappingProxyType({}),
    training: Mapping[str, Any] = MappingProxyType({}),
) -> BaseEstimator:
    """Assemble the network, with some of its settings replaced."""
    from hybridmfp.models.fusion import FusionRegressor  # noqa: PLC0415 - imports torch

    fusion = asked.settings.fusion
    return FusionRegressor(
        scale=asked.scale,
        rows=asked.rows,
        controls=asked.controls,
        settings=dataclasses.replace(
            fusion,
            network=dataclasses.replace(fusion.network, **network),
            training=dataclasses.replace(fusion.training, **training),
        ),
        modality=modality,
        random_state=asked.seed,
    )


def _variant(**changed: Any) -> Callable[[_Asked], BaseEstimator]:
    return lambda asked: _fusion(asked, **changed)


def _from_scratch(**network: Any) -> Callable[[_Asked], BaseEstimator]:
    """Networks that know nothing beforehand; so their kinds can be compared fairly."""
    training = {"start": "scratch", "masked_epochs": 0}
    return _variant(network=network, training=training)


def _on_rows(regressor: Callable[[int], Any]) -> Callable[[_Asked], BaseEstimator]:
    def build(asked: _Asked) -> BaseEstimator:
        return Pipeline(
            [
                ("rows", asked.session_rows),
                ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
                ("scale", StandardScaler()),
                ("regress", regressor(asked.seed)),
            ]
        )

    return build


def _outside(kind: Callable[..., BaseEstimator]) -> Callable[[_Asked], BaseEstimator]:
    return lambda asked: kind(
        minimum=asked.scale.minimum, maximum=asked.scale.maximum, random_state=asked.seed
    )


_BUILDERS: Mapping[str, Callable[[_Asked], BaseEstimator]] = MappingProxyType(
    {
        "hybrid": _hybrid,
        "ensemble": _ensemble,
        "fusion": _fusion,
        "fusion-emg": _variant(modality="emg"),
        "fusion-kinematics": _variant(modality="kinematics"),
        "fusion-scratch": _from_scratch(),
        "fusion-scratch-masked": _variant(training={"start": "scratch", "masked_epochs": 5}),
        "fusion-scratch-concat": _from_scratch(fusion="concat"),
        "fusion-scratch-gated": _from_scratch(fusion="gated"),
        "fusion-scratch-unaligned": _from_scratch(align=False),
        "fusion-scratch-late": _from_scratch(fusion="late"),
        "ridge": _on_rows(lambda _: Ridge(alpha=10.0)),
        "random-forest": _on_rows(
            lambda seed: RandomForestRegressor(n_estimators=300, random_state=seed)
        ),
        "gradient-boosting": _on_rows(
            lambda seed: GradientBoostingRegressor(n_estimators=50, max_depth=2, random_state=seed)
        ),
        "minirocket": _outside(MiniRocketRegressor),
        "inceptiontime": _outside(InceptionTimeRegressor),
        "training-mean": _on_rows(lambda _: DummyRegressor()),
    }
)

MODELS: tuple[str, ...] = tuple(_BUILDERS)
"""Names that `build_model` understands; ``docs/models.md`` says what each is."""


def build_model(
    name: str,
    *,
    settings: Settings,
    scale: Scale,
    controls: tuple[SessionDigest, ...] = (),
    rows: tuple[SubjectSession, ...] = (),
    seed: int = 0,
) -> BaseEstimator:
    """Assemble a model that learns from sessions.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    settings : Settings
    scale : Scale
        Estimates are clipped to it.
    controls : tuple of SessionDigest
        Healthy sessions, for reference inside every fold.
    rows : tuple of SubjectSession
        What else was rated, for networks: items, found by subject and session.
    seed : int, default 0

    Returns
    -------
    BaseEstimator
        Unfitted; `fit(sessions, scores)`.

    Raises
    ------
    SettingsError
        If there is no such model.
    """
    if name not in MODELS:
        nearest = difflib.get_close_matches(name, MODELS, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise SettingsError(f"model must be one of {', '.join(MODELS)}; got {name!r}.{hint}")
    return _BUILDERS[name](_Asked(settings, scale, tuple(controls), tuple(rows), seed))


def default_model(scale: Scale) -> str:
    """Name the model that a cohort on a scale is judged by when none is asked for.

    The hybrid where both of its parts pay: on the FMA-UE, which the simulated weights rate. On
    other scales the ensemble, because there the networks have lost against it
    (``docs/measured.md``).

    Examples
    --------
    >>> from hybridmfp.signals import SCALES
    >>> default_model(SCALES["fma-ue"]), default_model(SCALES["fma-ue-mhh20"])
    ('hybrid', 'ensemble')
    """
    return DEFAULT_MODEL if scale.name == _PAYS_ON else "ensemble"


def model_for(
    digest: CohortDigest, name: str | None, *, settings: Settings, seed: int = 0
) -> BaseEstimator:
    """Assemble a model for a cohort: on its scale, with its controls and rated items.

    Parameters
    ----------
    digest : CohortDigest
    name : str or None
        One of `MODELS`; None is the default of the cohort's scale.
    settings : Settings
    seed : int, default 0
    """
    return build_model(
        name or default_model(digest.scale),
        settings=settings,
        scale=digest.scale,
        controls=digest.controls,
        rows=digest.rows,
        seed=seed,
    )


def build_ensemble(
    *, settings: Settings, scale: Scale, prepare: Any = None, seed: int = 0
) -> ElasticNetEnsemble:
    """Assemble the ensemble; without `prepare` it learns from plain tables."""
    return ElasticNetEnsemble(
        prepare=prepare,
        minimum=scale.minimum,
        maximum=scale.maximum,
        l1_ratio=settings.ensemble.l1_ratio,
        explained=settings.ensemble.explained,
        n_folds=settings.ensemble.n_folds,
        shrinkage=settings.ensemble.shrinkage,
        random_state=seed,
    )
