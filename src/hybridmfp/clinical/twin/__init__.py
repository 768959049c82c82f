"""A digital twin: the simulator's parameters of one patient, and what it makes of changes.

Everything here is simulation, and says so. See ``docs/twin.md``.
"""

from hybridmfp.clinical.twin.bank import BankSettings, TwinBank, build_bank
from hybridmfp.clinical.twin.explanation_check import ExplanationCheck, explanation_check
from hybridmfp.clinical.twin.fit import TwinModel, fit_twin, shipped_model
from hybridmfp.clinical.twin.observed import TwinVisit, visits_of_course
from hybridmfp.clinical.twin.parameters import PARAMETERS, TwinParameter
from hybridmfp.clinical.twin.posterior import TwinPosterior
from hybridmfp.clinical.twin.score_forecast import ScoreForecast
from hybridmfp.clinical.twin.what_if import MUSCLE_ACTIONS, Change, WhatIf, WhatIfResult

__all__ = [
    "MUSCLE_ACTIONS",
    "PARAMETERS",
    "BankSettings",
    "Change",
    "ExplanationCheck",
    "ScoreForecast",
    "TwinBank",
    "TwinModel",
    "TwinParameter",
    "TwinPosterior",
    "TwinVisit",
    "WhatIf",
    "WhatIfResult",
    "build_bank",
    "explanation_check",
    "fit_twin",
    "shipped_model",
    "visits_of_course",
]
