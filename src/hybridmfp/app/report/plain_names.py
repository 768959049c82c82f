"""What muscles, joints, biomarkers and phases are called on a page that people read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hybridmfp.app.report.wording import as_number
from hybridmfp.signals import SCALES

__all__ = ["in_plain_units", "item_titles", "phase_name", "plain_name", "scale_name"]

_MUSCLES: Mapping[str, str] = MappingProxyType(
    {
        "deltoid_anterior": "anterior deltoid",
        "deltoid_medial": "medial deltoid",
        "deltoid_posterior": "posterior deltoid",
        "trapezius_superior": "upper trapezius",
        "trapezius_inferior": "lower trapezius",
    }
)
_JOINTS: Mapping[str, str] = MappingProxyType(
    {
        "elbow_flexion": "elbow flexion and extension",
        "shoulder_elevation": "shoulder elevation",
        "shoulder_plane": "plane of shoulder elevation",
        "forearm_rotation": "pronation and supination",
        "trunk_flexion": "trunk, leaning forward",
        "trunk_bending": "trunk, leaning sideways",
        "trunk_turning": "trunk, turning",
    }
)
_BIOMARKERS: Mapping[str, str] = MappingProxyType(
    {
        "movement_time": "movement time",
        "peak_speed": "peak hand speed",
        "mean_speed": "mean hand speed",
        "time_to_peak": "time to peak speed",
        "velocity_peaks": "movement units (speed peaks)",
        "velocity_peak_rate": "speed peaks per second",
        "sparc": "smoothness of the hand (SPARC)",
        "log_dimensionless_jerk": "smoothness of the hand (jerk)",
        "path_ratio": "detour of the hand",
        "reach_distance": "reach distance",
        "trunk_displacement": "trunk displacement",
        "trunk_share": "trunk share of the reach",
        "trunk_rotation": "trunk rotation",
        "coordination": "shoulder and elbow coordination",
        "elbow_sparc": "smoothness of the elbow (SPARC)",
        "range": "range of movement",
        "joint_speed": "joint speed",
        "joint_mean": "median joint angle",
        "path_variability": "variability of the hand's path",
        "joint_variability": "variability of the joints",
        "rms": "EMG amplitude (RMS)",
        "mean_absolute_value": "EMG amplitude (mean absolute value)",
        "waveform_length_rate": "EMG waveform length",
        "zero_crossing_rate": "EMG zero crossings",
        "slope_sign_change_rate": "EMG turns",
        "mean_frequency": "EMG mean frequency",
        "median_frequency": "EMG median frequency",
        "band_power_20_80": "EMG power, 20\u201380 Hz",
        "band_power_80_150": "EMG power, 80\u2013150 Hz",
        "band_power_150_250": "EMG power, 150\u2013250 Hz",
        "band_power_250_450": "EMG power, 250\u2013450 Hz",
        "cocontraction_share": "co-contraction",
        "cocontraction_level": "co-contraction level",
        "synergy_count": "number of muscle synergies",
        "synergy_vaf_4": "variance in four synergies",
        "synergy_similarity": "likeness to healthy synergies",
        "effort": "deviation in timing from the usual movement",
        "distance": "deviation in shape from the usual movement",
        "envelope_distance": "deviation of muscle activity from the usual",
    }
)
_PHASES = MappingProxyType(
    {
        "early": "early in the movement",
        "middle": "mid-movement",
        "late": "late in the movement",
    }
)
_UNITS: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "1": (1.0, ""),
        "m": (100.0, "cm"),
        "m/s": (100.0, "cm/s"),
        "rad": (math.degrees(1), "\u00b0"),
        "rad/s": (math.degrees(1), "\u00b0/s"),
        "V": (1e6, "\u00b5V"),
        "V/s": (1e3, "mV/s"),
    }
)
_SCALES = MappingProxyType(
    {"fma-ue": "FMA-UE", "fma-ue-mhh20": "20-point part of the FMA-UE (MHH)"}
)


def plain_name(name: str) -> str:
    """Say what a muscle, joint, biomarker or marker is, in a therapist's words.

    A name nobody listed is shown as it is, with spaces for underscores.

    Examples
    --------
    >>> plain_name("deltoid_anterior"), plain_name("elbow_flexion")
    ('anterior deltoid', 'elbow flexion and extension')
    >>> plain_name("emg.cocontraction_share.biceps_brachii-triceps_brachii")
    'co-contraction: biceps brachii and triceps brachii'
    """
    if name in _MUSCLES or name in _JOINTS:
        return _MUSCLES.get(name) or _JOINTS[name]
    _, dot, rest = name.partition(".")
    feature, _, target = rest.partition(".")
    if not dot or feature not in _BIOMARKERS:
        return name.replace("_", " ")
    about = " and ".join(plain_name(one) for one in target.split("-")) if target else ""
    return f"{_BIOMARKERS[feature]}: {about}" if about else _BIOMARKERS[feature]


def phase_name(phase: str | None) -> str:
    """Say when in a movement; the empty string where it is about the whole.

    Examples
    --------
    >>> phase_name("late"), phase_name(None)
    ('late in the movement', '')
    """
    return "" if phase is None else _PHASES.get(phase, phase)


def in_plain_units(values: Sequence[float | None], unit: str) -> tuple[list[str], str]:
    """Write measurements in the units therapists use, all to the same digit.

    Parameters
    ----------
    values : sequence of float or None
        In `unit`; None was not measured.
    unit : str
        SI unit of a feature.

    Returns
    -------
    list of str
        Three figures of the largest; "not measured" for None.
    str
        The unit; empty for shares and counts.

    Examples
    --------
    >>> in_plain_units([0.11, 0.042], "m")
    (['11.0', '4.2'], 'cm')
    """
    factor, name = _UNITS.get(unit, (1.0, unit))
    scaled = [None if value is None else factor * value for value in values]
    largest = max((abs(value) for value in scaled if value is not None), default=0.0)
    digits = 2 if largest == 0 else max(0, 2 - math.floor(math.log10(largest)))
    digits = min(digits, 4)
    told = ["not measured" if value is None else as_number(value, digits) for value in scaled]
    return told, name


def scale_name(scale: str) -> str:
    """Say which scale it is.

    Examples
    --------
    >>> scale_name("fma-ue")
    'FMA-UE'
    """
    return _SCALES.get(scale, scale)


def item_titles(scale: str) -> Mapping[str, str]:
    """Give what is asked of the patient in each item; empty for a scale nobody shipped.

    Examples
    --------
    >>> item_titles("fma-ue")["A2h"]
    'elbow extension'
    """
    if scale not in SCALES:
        return {}
    return {item.identifier: item.title for item in SCALES[scale].items}
