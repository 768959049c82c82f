"""What the samples of a trial show on sight: gaps, dead channels, nothing at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError
from hybridmfp.signals import Problem, Recording

__all__ = ["find_empty_parts", "find_unequal_durations", "refuse_unusable"]

_WORTH_A_NOTE = 0.05
_UNEQUAL = 0.02
_AXES = ("_x", "_y", "_z")


def find_empty_parts(
    samples: NDArray[np.float32], channels: Sequence[str], *, name: str
) -> list[Problem]:
    """Report channels without any sample, constant channels, and gaps above 5 %.

    Parameters
    ----------
    samples : array of float32, shape (n_channels, n_samples)
        NaN marks a gap.
    channels : sequence of str
        Their names. Three empty axes of one point are reported as that point.
    name : str
        The file, for the report.
    """
    valid = np.isfinite(samples)
    empty = np.asarray(~valid.any(axis=1))
    problems = []
    if empty.any():
        points = _by_point(channels, empty)
        problems.append(Problem(name, f"{points} empty throughout", "kept as gaps"))
    constant = ~empty & _is_constant(samples)
    if constant.any() and samples.shape[1] > 1:
        points = _by_point(channels, constant)
        problems.append(Problem(name, f"{points} constant throughout", "kept as it is"))
    if not empty.all():
        share = 1 - float(valid[~empty].mean())
        if share > _WORTH_A_NOTE:
            problems.append(Problem(name, f"gaps make up {share:.1%} of the samples", "kept"))
    return problems


def refuse_unusable(samples: NDArray[np.float32], *, name: str) -> None:
    """Check that something was measured.

    Parameters
    ----------
    samples : array of float32, shape (n_channels, n_samples)
        NaN marks a gap.
    name : str
        The file, for the message.

    Raises
    ------
    ReadError
        If there are fewer than two samples, no measured one, or none that ever changes.
    """
    if samples.shape[1] < 2:
        raise ReadError(
            f"{name} must hold at least 2 samples per channel; it holds {samples.shape[1]}. "
            "Export the whole trial, or leave it out."
        )
    if np.isnan(samples).all():
        raise ReadError(
            f"{name} must hold measured samples; all {samples.size} are gaps. Leave it out."
        )
    if _is_constant(samples).all():
        raise ReadError(
            f"{name} must hold a channel that changes; all {len(samples)} are constant. "
            "The recording did not run; leave it out."
        )


def find_unequal_durations(recording: Recording) -> list[Problem]:
    """Report EMG and kinematics whose durations differ by more than 2 %."""
    emg, kinematics = recording.emg, recording.kinematics
    if emg is None or kinematics is None:
        return []
    longer = max(emg.duration_s, kinematics.duration_s)
    if abs(emg.duration_s - kinematics.duration_s) <= _UNEQUAL * longer:
        return []
    found = f"EMG lasts {emg.duration_s:.3g} s, kinematics {kinematics.duration_s:.3g} s"
    return [Problem(str(recording.key), found, "both are kept; check the sampling rates")]


def _is_constant(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which channels never change; one without samples counts as such."""
    lowest = np.fmin.reduce(samples, axis=1)
    highest = np.fmax.reduce(samples, axis=1)
    return np.asarray(np.isnan(lowest) | (lowest == highest))


def _by_point(channels: Sequence[str], wanted: NDArray[np.bool_]) -> str:
    """List the wanted channels, a point once where all its three axes are among them."""
    listed = {name for name, is_wanted in zip(channels, wanted.tolist(), strict=True) if is_wanted}
    named = []
    for channel in channels:
        point = channel[:-2]
        whole = channel.endswith(_AXES) and all(point + axis in listed for axis in _AXES)
        if channel in listed:
            named.append(point if whole else channel)
    return ", ".join(dict.fromkeys(named))
