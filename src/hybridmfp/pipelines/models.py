"""The models that can be asked for by name, assembled from their parts."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
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
from hybridmfp.models import ElasticNetEnsemble, SessionRows
from hybridmfp.pipelines.settings import Settings
from hybridmfp.signals import Scale

__all__ = ["DEFAULT_MODEL", "MODELS", "build_ensemble", "build_model"]

DEFAULT_MODEL = "ensemble"

_REGRESSORS: Mapping[str, Callable[[int], Any]] = MappingProxyType(
    {
        "ridge": lambda _: Ridge(alpha=10.0),
        "random-forest": lambda seed: RandomForestRegressor(n_estimators=300, random_state=seed),
        "gradient-boosting": lambda seed: GradientBoostingRegressor(
            n_estimators=50, max_depth=2, random_state=seed
        ),
        "training-mean": lambda _: DummyRegressor(),
    }
)

MODELS: tuple[str, ...] = (DEFAULT_MODEL, *_REGRESSORS)
"""Names that `build_model` understands: the ensemble, and plain regressors on the same rows."""


def build_model(
    name: str,
    *,
    settings: Settings,
    scale: Scale,
    controls: tuple[SessionDigest, ...] = (),
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
    rows = SessionRows(
        controls=controls,
        band=settings.alignment.band,
        max_iterations=settings.alignment.max_iterations,
    )
    if name == DEFAULT_MODEL:
        return build_ensemble(settings=settings, scale=scale, prepare=rows, seed=seed)
    return Pipeline(
        [
            ("rows", rows),
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("regress", _REGRESSORS[name](seed)),
        ]
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
