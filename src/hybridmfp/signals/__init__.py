"""The data model: signals, recordings, cohorts, scales and montages."""

from hybridmfp.signals.cohort import Cohort, Group, SubjectSession, TrialSource, natural_order
from hybridmfp.signals.montage import LANDMARKS, MONTAGES, Montage, find_montage, read_montage
from hybridmfp.signals.muscles import ANTAGONISTS, MUSCLES, find_muscle
from hybridmfp.signals.observability import (
    Modality,
    Observability,
    ObservabilityGrade,
    observability_of,
)
from hybridmfp.signals.recording import (
    Event,
    FileProvenance,
    Problem,
    Recording,
    Side,
    TrialKey,
)
from hybridmfp.signals.scale import SCALES, Item, Scale, find_scale, read_scale
from hybridmfp.signals.signal import UNITS, Signal

__all__ = [
    "ANTAGONISTS",
    "LANDMARKS",
    "MONTAGES",
    "MUSCLES",
    "SCALES",
    "UNITS",
    "Cohort",
    "Event",
    "FileProvenance",
    "Group",
    "Item",
    "Modality",
    "Montage",
    "Observability",
    "ObservabilityGrade",
    "Problem",
    "Recording",
    "Scale",
    "Side",
    "Signal",
    "SubjectSession",
    "TrialKey",
    "TrialSource",
    "find_montage",
    "find_muscle",
    "find_scale",
    "natural_order",
    "observability_of",
    "read_montage",
    "read_scale",
]
