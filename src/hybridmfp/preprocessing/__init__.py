"""Turn raw signals into clean, comparable ones."""

from hybridmfp.preprocessing.arm_motion import ArmMotion, MotionSettings, arm_motion, clean_points
from hybridmfp.preprocessing.barycentre import Barycentre, dtw_barycentre
from hybridmfp.preprocessing.channel_scaler import ChannelScaler
from hybridmfp.preprocessing.dtw import (
    DtwPath,
    TemplateMatch,
    apply_warp,
    dtw,
    match_template,
    warp_effort,
    warp_of,
)
from hybridmfp.preprocessing.emg_filter import band_pass
from hybridmfp.preprocessing.envelope import linear_envelope
from hybridmfp.preprocessing.gaps import fill_short_gaps
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.preprocessing.mains import (
    CleanEmg,
    EmgFilterSettings,
    clean_emg,
    detect_mains,
    remove_mains,
)
from hybridmfp.preprocessing.movement import Movement, find_movement, tangential_speed
from hybridmfp.preprocessing.resample import phase_profile, resample_rate
from hybridmfp.preprocessing.rigid_body import (
    RigidMotion,
    cluster_shape,
    rebuild_cluster,
    rigid_motion,
)
from hybridmfp.preprocessing.template_aligner import Alignment, TemplateAligner
from hybridmfp.preprocessing.zero_phase import low_pass

__all__ = [
    "JOINTS",
    "Alignment",
    "ArmMotion",
    "Barycentre",
    "ChannelScaler",
    "CleanEmg",
    "DtwPath",
    "EmgFilterSettings",
    "MotionSettings",
    "Movement",
    "RigidMotion",
    "TemplateAligner",
    "TemplateMatch",
    "apply_warp",
    "arm_motion",
    "band_pass",
    "clean_emg",
    "clean_points",
    "cluster_shape",
    "detect_mains",
    "dtw",
    "dtw_barycentre",
    "fill_short_gaps",
    "find_movement",
    "joint_angles",
    "linear_envelope",
    "low_pass",
    "match_template",
    "phase_profile",
    "rebuild_cluster",
    "remove_mains",
    "resample_rate",
    "rigid_motion",
    "tangential_speed",
    "warp_effort",
    "warp_of",
]
