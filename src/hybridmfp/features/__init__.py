"""Named numbers that describe a movement."""

from hybridmfp.features.alignment import ALIGNMENT_FEATURES
from hybridmfp.features.cocontraction import falconer_winter, rudolph
from hybridmfp.features.definition import FeatureDefinition
from hybridmfp.features.emg import (
    EMG_SESSION_FEATURES,
    EMG_TRIAL_FEATURES,
    emg_session_features,
    emg_trial_features,
)
from hybridmfp.features.kinematics import (
    KINEMATIC_SESSION_FEATURES,
    KINEMATIC_TRIAL_FEATURES,
    kinematic_session_features,
    kinematic_trial_features,
)
from hybridmfp.features.session import SessionDigest, as_rows, in_columns_of
from hybridmfp.features.smoothness import (
    log_dimensionless_jerk,
    spectral_arc_length,
    velocity_peaks,
)
from hybridmfp.features.synergies import (
    count_synergies,
    extract_synergies,
    match_synergies,
    synergy_similarity,
)

__all__ = [
    "ALIGNMENT_FEATURES",
    "EMG_SESSION_FEATURES",
    "EMG_TRIAL_FEATURES",
    "FEATURES",
    "KINEMATIC_SESSION_FEATURES",
    "KINEMATIC_TRIAL_FEATURES",
    "FeatureDefinition",
    "SessionDigest",
    "as_rows",
    "count_synergies",
    "emg_session_features",
    "emg_trial_features",
    "extract_synergies",
    "falconer_winter",
    "in_columns_of",
    "kinematic_session_features",
    "kinematic_trial_features",
    "log_dimensionless_jerk",
    "match_synergies",
    "rudolph",
    "spectral_arc_length",
    "synergy_similarity",
    "velocity_peaks",
]

FEATURES: tuple[FeatureDefinition, ...] = (
    *KINEMATIC_TRIAL_FEATURES,
    *KINEMATIC_SESSION_FEATURES,
    *EMG_TRIAL_FEATURES,
    *EMG_SESSION_FEATURES,
    *ALIGNMENT_FEATURES,
)
"""The definition of every feature there is; docs/features.md is written from it."""
