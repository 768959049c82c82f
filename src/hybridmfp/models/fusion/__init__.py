"""The hierarchical fusion network, trained. Importing this imports torch."""

from hybridmfp.models.fusion.regressor import FusionRegressor
from hybridmfp.models.fusion_settings import FusionSettings, NetworkSettings, TrainingSettings

__all__ = ["FusionRegressor", "FusionSettings", "NetworkSettings", "TrainingSettings"]
