"""Signal quality: what can be trusted in a recording, why not, and what to do about it."""

from hybridmfp.preprocessing.quality.pattern import MusclePattern
from hybridmfp.preprocessing.quality.screening import screened
from hybridmfp.preprocessing.quality.session import check_session
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.trial import check_trial
from hybridmfp.preprocessing.quality.verdicts import (
    ALL,
    VERDICTS,
    Finding,
    SessionQuality,
    TrialQuality,
    Verdict,
)

__all__ = [
    "ALL",
    "VERDICTS",
    "Finding",
    "MusclePattern",
    "QualitySettings",
    "SessionQuality",
    "TrialQuality",
    "Verdict",
    "check_session",
    "check_trial",
    "screened",
]
