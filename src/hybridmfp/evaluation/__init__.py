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
from hybridmfp.evaluation.conformal import (
    ConformalCalibration,
    calibrate,
    cv_plus_interval,
    left_out_interval,
)
from hybridmfp.evaluation.coverage import (
    Coverage,
    coverage_by_group,
    probability_transform,
    severity_terciles,
)
from hybridmfp.evaluation.cross_prediction import CrossPrediction, Progress, cross_predict
from hybridmfp.evaluation.error_spread import ErrorSpread
from hybridmfp.evaluation.folds import Fold, grouped_k_folds, leave_one_subject_out
from hybridmfp.evaluation.metrics import Metrics, mean_absolute_error, measure
from hybridmfp.evaluation.permutation import permutation_p, permuted_scores
from hybridmfp.evaluation.published import (
    PublishedResult,
    PublishedSelection,
    published_protocol,
    published_stack,
)
from hybridmfp.evaluation.risk_coverage import risk_coverage

__all__ = [
    "DEMOGRAPHICS",
    "AuditPlan",
    "AuditResult",
    "BlandAltman",
    "Comparison",
    "ConformalCalibration",
    "Coverage",
    "CrossPrediction",
    "ErrorSpread",
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
    "calibrate",
    "compare_models",
    "concordance",
    "coverage_by_group",
    "cross_predict",
    "cv_plus_interval",
    "demographics_baseline",
    "errors_per_subject",
    "grouped_k_folds",
    "intraclass_correlation",
    "leave_one_subject_out",
    "left_out_interval",
    "mean_absolute_error",
    "measure",
    "permutation_p",
    "permuted_scores",
    "probability_transform",
    "published_protocol",
    "published_stack",
    "risk_coverage",
    "severity_terciles",
    "training_mean",
    "training_median",
]
