"""Strata: what a score means in words, with a probability for each."""

from __future__ import annotations

from hybridmfp.clinical.strata.predictive_score import PredictiveScore, noise_sd, rater_sem
from hybridmfp.clinical.strata.scheme import SCHEMES, Scheme, Stratum
from hybridmfp.clinical.strata.stratification import (
    Stratification,
    StratumProbability,
    stratify,
)

__all__ = [
    "SCHEMES",
    "PredictiveScore",
    "Scheme",
    "Stratification",
    "Stratum",
    "StratumProbability",
    "noise_sd",
    "rater_sem",
    "stratify",
]
