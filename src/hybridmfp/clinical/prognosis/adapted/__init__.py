"""A recovery model of one's own cohort, for horizons and phases that no published model covers."""

from hybridmfp.clinical.prognosis.adapted.recovery_forest import GainForest
from hybridmfp.clinical.prognosis.adapted.recovery_regressor import (
    LEAST_PERSONS,
    RecoveryRegressor,
    fit_recovery,
)
from hybridmfp.clinical.prognosis.adapted.recovery_table import (
    NEEDED,
    check_known,
    check_outcomes,
)

__all__ = [
    "LEAST_PERSONS",
    "NEEDED",
    "GainForest",
    "RecoveryRegressor",
    "check_known",
    "check_outcomes",
    "fit_recovery",
]
