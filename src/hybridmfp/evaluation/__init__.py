"""Judge any scikit-learn estimator honestly: by persons it has never met."""

from hybridmfp.evaluation.agreement import (
    BlandAltman,
    bland_altman,
    concordance,
    intraclass_correlation,
)
from hybridmfp.evaluation.audit import AuditPlan, AuditResult, audit
from hybridmfp.evaluation.baselines import (
    DEMOGRAPHICS,
    demographics_baseline,
    training_mean,
    training_median,
)
from hybridmfp.evaluation.bootstrap import Interval, bootstrap_interval
from hybridmfp.evaluation.comparison import (
    Comparison,
    adjust_by_holm,
    compare_models,
    errors_per_subject,
)
from hybridmfp.evaluation.cross_prediction import CrossPrediction, Progress, cross_predict
from hybridmfp.evaluation.folds import Fold, grouped_k_folds, leave_one_subject_out
from hybridmfp.evaluation.metrics import Metrics, mean_absolute_error, measure
from hybridmfp.evaluation.permutation import permutation_p, permuted_scores
from hybridmfp.evaluation.published import (
    PublishedResult,
    PublishedSelection,
    published_protocol,
    published_stack,
)

__all__ = [
    "DEMOGRAPHICS",
    "AuditPlan",
    "AuditResult",
    "BlandAltman",
    "Comparison",
    "CrossPrediction",
    "Fold",
    "Interval",
    "Metrics",
    "Progress",
    "PublishedResult",
    "PublishedSelection",
    "adjust_by_holm",
    "audit",
    "bland_altman",
    "bootstrap_interval",
    "compare_models",
    "concordance",
    "cross_predict",
    "demographics_baseline",
    "errors_per_subject",
    "grouped_k_folds",
    "intraclass_correlation",
    "leave_one_subject_out",
    "mean_absolute_error",
    "measure",
    "permutation_p",
    "permuted_scores",
    "published_protocol",
    "published_stack",
    "training_mean",
    "training_median",
]
