"""The one place where the parts are put together."""

from hybridmfp.pipelines.audit import audit_model
from hybridmfp.pipelines.cohort_digest import CohortDigest, digest_cohort
from hybridmfp.pipelines.degradation import DegradationCurve, Loss, degradation_curve
from hybridmfp.pipelines.evaluate import EvaluationRun, evaluate
from hybridmfp.pipelines.evaluation_plan import PROTOCOLS, EvaluationPlan
from hybridmfp.pipelines.inspect import inspect_cohort
from hybridmfp.pipelines.lessen import (
    SCENARIOS,
    Scenario,
    find_scenarios,
    lessen,
    lessened,
)
from hybridmfp.pipelines.models import DEFAULT_MODEL, MODELS, build_ensemble, build_model
from hybridmfp.pipelines.settings import Settings, read_settings, settings_as_toml
from hybridmfp.pipelines.summary import predictions_table, summarise_audit, summarise_evaluation
from hybridmfp.pipelines.trial_digest import TrialDigest, digest_trial

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "PROTOCOLS",
    "SCENARIOS",
    "CohortDigest",
    "DegradationCurve",
    "EvaluationPlan",
    "EvaluationRun",
    "Loss",
    "Scenario",
    "Settings",
    "TrialDigest",
    "audit_model",
    "build_ensemble",
    "build_model",
    "degradation_curve",
    "digest_cohort",
    "digest_trial",
    "evaluate",
    "find_scenarios",
    "inspect_cohort",
    "lessen",
    "lessened",
    "predictions_table",
    "read_settings",
    "settings_as_toml",
    "summarise_audit",
    "summarise_evaluation",
]
