"""A model with everything that an assessment by it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.session import SessionDigest
from hybridmfp.models.explanation import ExplanationReference
from hybridmfp.models.novelty import NoveltyDetector
from hybridmfp.pipelines.settings import Settings
from hybridmfp.pipelines.uncertainty import Uncertainty
from hybridmfp.preprocessing.quality import MusclePattern
from hybridmfp.signals import Scale

__all__ = ["FittedModel", "Vocabulary", "seen_shares", "short_hash"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Say what the sessions that a model learned from consist of.

    Attributes
    ----------
    columns, session_columns : tuple of str
        Named features of trials and of sessions.
    muscles : tuple of str
        Empty for a model of kinematics alone.
    tasks : tuple of str
    montages : tuple of str
        Of the kinematics; empty for a model of EMG alone.
    synergies : array of float or None, shape (n_muscles, n_synergies)
        Of healthy people.
    emg_seen, kinematics_seen : float
        Shares of the samples of an ordinary training session that were seen; 0 for a modality
        that was not recorded, or that the model does not look at.
    """

    columns: tuple[str, ...]
    session_columns: tuple[str, ...]
    muscles: tuple[str, ...]
    tasks: tuple[str, ...]
    montages: tuple[str, ...]
    synergies: NDArray[np.float64] | None
    emg_seen: float
    kinematics_seen: float


@dataclass(frozen=True, eq=False)
class FittedModel:
    """Hold a fitted model and how far it can be trusted.

    Attributes
    ----------
    name : str
        One of `MODELS`.
    scale : Scale
    settings : Settings
        Those it was fitted with; sessions are digested with them.
    seed : int
    estimator : regressor
        Learned from everybody.
    fold_estimators : tuple of regressor
        Each learned without one fold of the persons; for intervals.
    vocabulary : Vocabulary
    uncertainty : Uncertainty
    novelty : NoveltyDetector
    reference : ExplanationReference
    pattern : MusclePattern or None
        What muscles usually do; None if too few sessions had EMG.
    learned_files : frozenset of str
        The first 16 hexadecimal digits of the SHA-256 of every file it learned from, so that
        nobody is assessed unknowingly by a model that has met them.
    card : dict
        Model and data card, JSON-ready.
    hash : str or None
        Of the file it was read from, or written to; None before that.
    """

    name: str
    scale: Scale
    settings: Settings
    seed: int
    estimator: Any
    fold_estimators: tuple[Any, ...]
    vocabulary: Vocabulary
    uncertainty: Uncertainty
    novelty: NoveltyDetector
    reference: ExplanationReference
    pattern: MusclePattern | None = None
    learned_files: frozenset[str] = frozenset()
    card: Mapping[str, Any] = field(default_factory=dict)
    hash: str | None = None


def seen_shares(session: SessionDigest) -> tuple[float, float]:
    """Give the shares of EMG and kinematic samples of a session that were seen, 0 to 1."""
    if session.bag is None:
        return 0.0, 0.0
    # A band that the sampling rate cannot hold is a gap in every trial; it is nobody's loss.
    emg = np.isfinite(session.bag.emg).any(axis=2)
    kinematics = np.isfinite(session.bag.kinematics)
    return tuple(float(one.mean()) if one.size else 0.0 for one in (emg, kinematics))  # type: ignore[return-value]


def short_hash(sha256: str) -> str:
    """Give the digits of a hash by which a learned file is remembered."""
    return sha256[:16]
