"""Estimators that turn features into a score."""

from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.elastic_net_selector import ElasticNetSelector
from hybridmfp.models.hybrid_regressor import HybridRegressor
from hybridmfp.models.session_rows import SessionRows
from hybridmfp.models.stacking_weights import stacking_weights
from hybridmfp.models.task_norms import TaskNorms

__all__ = [
    "ElasticNetEnsemble",
    "ElasticNetSelector",
    "HybridRegressor",
    "SessionRows",
    "TaskNorms",
    "stacking_weights",
]
