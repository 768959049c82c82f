"""The loop over motor units, compiled: when each fires, and the sum of what it adds.

Everything here trusts its caller, `hybridmfp.simulation.motor_units`. Importing this module
imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["sum_firings"]

_Loop = TypeVar("_Loop", bound=Callable[..., object])

# SplitMix64 (Steele et al. 2014, doi:10.1145/2660193.2660195). A generator of our own, because
# each unit needs its own numbers, the same in every process, thread and version of numba.
_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_BITS_16 = np.uint64(0xFFFF)
_MEAN_OF_FOUR = 4 * 32767.5
_SD_OF_FOUR = np.sqrt(4 * (65536.0**2 - 1) / 12)


def _compiled(loop: _Loop) -> _Loop:
    # No fastmath: sums keep their order, so results are the same in every process.
    return cast("_Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))


@_compiled
def _scramble(state: np.uint64) -> np.uint64:
    mixed = (state ^ (state >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))


@_compiled
def _share(bits: np.uint64) -> float:
    """Turn 64 bits into a number from 0 up to 1, evenly spread."""
    return np.float64(bits >> np.uint64(11)) * 2.0**-53


@_compiled
def _bell(bits: np.uint64) -> float:
    """Turn 64 bits into a number of mean 0 and variance 1: the sum of four even ones."""
    total = (
        (bits & _BITS_16)
        + ((bits >> np.uint64(16)) & _BITS_16)
        + ((bits >> np.uint64(32)) & _BITS_16)
        + (bits >> np.uint64(48))
    )
    return (np.float64(total) - _MEAN_OF_FOUR) / _SD_OF_FOUR  # type: ignore[no-any-return]


@_compiled
def _fire(
    drive: NDArray[np.float64],
    threshold: float,
    firing: tuple[float, float, float, float, float],
    potential: NDArray[np.float32],
    state: np.uint64,
    emg: NDArray[np.float32],
) -> None:
    """Add one unit. `left` is what is left of the interval, in intervals, not in seconds.

    A unit that is recruited anew joins somewhere in its interval, so that its expected rate is
    right at once.
    """
    lowest, slope, highest, variation, frame_samples = firing
    is_active, left = False, 0.0
    for frame in range(drive.size):
        if drive[frame] < threshold:
            is_active = False
            continue
        if not is_active:
            state += _STRIDE
            is_active, left = True, _share(_scramble(state))
        advance = min(lowest + slope * (drive[frame] - threshold), highest)
        while left < advance:
            start = int((frame + left / advance) * frame_samples)
            heard = emg[start : start + potential.size]
            for at in range(heard.size):
                heard[at] += potential[at]
            state += _STRIDE
            left += 1.0 + variation * _bell(_scramble(state))
        left -= advance


@_compiled
def sum_firings(
    drive: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    firing: tuple[float, float, float, float, float],
    potentials: NDArray[np.float32],
    seed: np.uint64,
    emg: NDArray[np.float32],
) -> None:
    """Add the potentials of all firings of all units to `emg`.

    Drive (n_muscles, n_frames), thresholds (n_units,), potentials (n_muscles, n_units, n_long),
    emg (n_muscles, n_samples). Firing: lowest rate, slope over drive and highest rate, per
    frame; coefficient of variation of the intervals, below 0.28; samples per frame.
    """
    for muscle in range(drive.shape[0]):
        strongest = drive[muscle].max()
        for unit in range(thresholds.size):
            if strongest < thresholds[unit]:
                continue
            order = np.uint64(muscle * thresholds.size + unit + 1)
            state = _scramble(seed ^ _scramble(order * _STRIDE))
            _fire(
                drive[muscle],
                thresholds[unit],
                firing,
                potentials[muscle, unit],
                state,
                emg[muscle],
            )
