"""A tiny simulated cohort and models fitted on it: nothing here is slow, nothing means anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from hybridmfp.features.session import as_rows
from hybridmfp.models.fusion_settings import FusionSettings, NetworkSettings, TrainingSettings
from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.settings import HybridSettings
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

N_TRAINING = 12


def settings(**training: Any) -> Settings:
    """Networks of one pass; small ones unless they start from the shipped weights."""
    start = training.get("start", "scratch")
    size = {} if start == "simulated" else {"width": 8, "n_heads": 2}
    passes = {"n_epochs": 1, "tuning_epochs": 1, "start": start}
    return Settings(
        fusion=FusionSettings(
            NetworkSettings(**size), TrainingSettings(**{**passes, **training})
        ),
        hybrid=HybridSettings(n_folds=2),
    )  # fmt: skip


@cache
def digest() -> CohortDigest:
    """Patients just enough to learn from, and a few more."""
    virtual = VirtualCohortSettings(
        n_patients=N_TRAINING + 3,
        n_controls=2,
        tasks=("reach_forward", "hand_to_mouth"),
        n_repetitions=1,
        emg="amplitude_noise",
        seed=201,
    )
    return digest_cohort(virtual_cohort(virtual), Settings().digest, n_jobs=1)


def strangers() -> np.ndarray:
    """Sessions that no model here has met: whole, without EMG, and without kinematics."""
    whole, blind, unmoved = digest().sessions[N_TRAINING:]
    return as_rows([whole, without(blind, "emg"), without(unmoved, "kinematics")])


def without(session: Any, modality: str) -> Any:
    """The session with one modality missing from profiles and bag."""
    profile = {"emg": "envelopes", "kinematics": "movement"}[modality]
    gone = np.full_like(getattr(session, profile), np.nan)
    bag = dataclasses.replace(
        session.bag, **{modality: np.full_like(getattr(session.bag, modality), np.nan)}
    )
    return dataclasses.replace(session, bag=bag, **{profile: gone})


@cache
def fitted(kind: str) -> Any:
    """A fitted model of that kind; do not change it."""
    rated, scores = digest().sessions[:N_TRAINING], digest().scores[:N_TRAINING]
    if kind == "table":
        rng = np.random.default_rng(1)
        X = rng.normal(size=(30, 8))
        X[::7, 2] = np.nan
        model = model_for(digest(), "ensemble", settings=Settings()).set_params(prepare=None)
        return model.fit(X, 33 + 9 * X[:, 0] - 5 * X[:, 3] + rng.normal(size=30))
    if kind == "nothing kept":
        X = np.repeat(np.random.default_rng(0).normal(size=(12, 6)), 2, axis=0)
        model = model_for(digest(), "ensemble", settings=Settings()).set_params(prepare=None)
        return model.fit(X, np.tile([10.0, 30.0], 12), groups=np.arange(24) // 2)
    if kind == "alone":
        model = model_for(digest(), "hybrid", settings=settings())
        return model.fit(rated[:6], scores[:6])
    return _MODELS[kind]().fit(rated, scores)


_MODELS: dict[str, Callable[[], Any]] = {
    "ensemble": lambda: model_for(digest(), "ensemble", settings=Settings()),
    "fusion": lambda: model_for(digest(), "fusion", settings=settings()),
    "fusion emg": lambda: model_for(digest(), "fusion-emg", settings=settings()),
    "fusion total": lambda: model_for(digest(), "fusion", settings=settings()).set_params(rows=()),
    "recurrent": lambda: model_for(digest(), "fusion", settings=settings()).set_params(
        settings=FusionSettings(
            NetworkSettings(width=8, n_heads=2, temporal="recurrent", fusion="gated"),
            TrainingSettings(start="scratch", n_epochs=1),
        )
    ),
    "tuned": lambda: model_for(digest(), "fusion", settings=settings(start="simulated")),
    "hybrid": lambda: model_for(digest(), "hybrid", settings=settings()),
}

ON_SESSIONS = (*_MODELS, "alone")
KINDS = (*ON_SESSIONS, "table", "nothing kept")


def questions(kind: str) -> Any:
    """What a model of that kind may be asked."""
    if kind in ON_SESSIONS:
        sessions = strangers()
        return sessions[[0, 2]] if kind == "fusion emg" else sessions
    n_columns = 8 if kind == "table" else 6
    X = np.random.default_rng(9).normal(size=(7, n_columns))
    X[2, 3] = np.nan
    return X
