"""Fitted models as words and numbers that a file can hold and that can be checked when read."""

from hybridmfp.models.kept.model import (
    KEPT_MODELS,
    check_can_be_kept,
    described_model,
    restored_model,
)
from hybridmfp.models.kept.told import Told, under, with_prefix

__all__ = [
    "KEPT_MODELS",
    "Told",
    "check_can_be_kept",
    "described_model",
    "restored_model",
    "under",
    "with_prefix",
]
