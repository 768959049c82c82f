"""A toy EMG: noise with the band of surface EMG, as strong as a planned reach asks for.

There are no motor units, no muscle forces and no cross-talk; nothing was fitted to patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from hybridmfp.signals import ANTAGONISTS, find_montage
from hybridmfp.simulation.reach_kinematics import ReachPlan, follow_plan

__all__ = ["MuscleTraits", "draw_muscles", "record_emg"]

Array: TypeAlias = NDArray[np.float64]

_BAND_HZ = (20.0, 450.0)
_LEAD_S = 0.06  # muscles are active before the hand moves
_DRIVE_RATE_HZ = 200.0
_REST = 0.01  # of full drive
_BASELINE_V = 2e-6
_MAINS_V = 1e-6
_MAINS_HZ = 50.0
_HALF_PUSH = 6.0  # 1/s²: a stretch of the arm that takes 1 s asks for half of full drive
_HALF_SPEED = 1.5  # 1/s

# How much each muscle answers to pushing the hand outwards, pulling it back, holding it out
# against gravity, and moving at all. A sketch of a reach, not a measured set of synergies.
_ANSWERS: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "deltoid_anterior": (0.60, 0.15, 0.50, 0.20),
        "biceps_brachii": (0.10, 0.60, 0.20, 0.10),
        "triceps_brachii": (0.60, 0.10, 0.10, 0.10),
        "flexor_digitorum_superficialis": (0.10, 0.20, 0.20, 0.20),
        "extensor_digitorum": (0.30, 0.10, 0.25, 0.30),
        "brachioradialis": (0.10, 0.50, 0.20, 0.10),
        "flexor_carpi_ulnaris": (0.10, 0.15, 0.15, 0.20),
        "extensor_carpi_ulnaris": (0.20, 0.10, 0.25, 0.20),
        "pronator_teres": (0.20, 0.10, 0.15, 0.15),
        "flexor_carpi_radialis": (0.10, 0.20, 0.10, 0.20),
        "abductor_pollicis_brevis": (0.05, 0.10, 0.15, 0.20),
        "abductor_digiti_minimi": (0.05, 0.05, 0.15, 0.15),
    }
)


@dataclass(frozen=True, eq=False)
class MuscleTraits:
    """Hold how the muscles of one virtual person answer.

    Attributes
    ----------
    answers : array of float, shape (12, 4)
        Drive of each muscle for pushing, pulling, holding and moving.
    gains_v : array of float, shape (12,)
        RMS voltage at full drive: skin, electrodes and muscle mass, unrelated to severity.
    strength : float
        Share of full drive that can be reached, at most 1.
    co_contraction : float
        Share of a muscle's drive that its antagonists get as well.
    upper_hz : float
        Where the spectrum falls off.
    """

    answers: Array
    gains_v: Array
    strength: float
    co_contraction: float
    upper_hz: float


def draw_muscles(
    *, weakness: float, co_contraction: float, rng: np.random.Generator
) -> MuscleTraits:
    """Draw the muscles of a person.

    Parameters
    ----------
    weakness, co_contraction : float
        Traits from 0, healthy, to 1.
    rng : numpy.random.Generator
        Source of randomness.
    """
    muscles = find_montage("mhh-emg").points
    usual = np.array([_ANSWERS[muscle] for muscle in muscles])
    return MuscleTraits(
        answers=usual * np.exp(rng.normal(0, 0.2, usual.shape)),
        gains_v=2.5e-4 * np.exp(rng.normal(0, 0.3, len(muscles))),
        strength=1 - 0.6 * weakness,
        co_contraction=0.1 + 0.6 * co_contraction,
        upper_hz=float(rng.uniform(120, 180)),
    )


def record_emg(
    muscles: MuscleTraits, plan: ReachPlan, *, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Record a planned reach with the 12 electrodes of the montage ``mhh-emg``.

    Parameters
    ----------
    muscles : MuscleTraits
        Whose muscles.
    plan : ReachPlan
        The movement; the muscles act 60 ms ahead of it.
    rate_hz : float
        Samples per second, above 900: the band ends at 450 Hz.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float, shape (12, n_samples)
        Volts, muscles in the order of the montage.
    """
    n_samples = round(plan.duration_s * rate_hz)
    emg = _band_noise(muscles, n_samples, rate_hz=rate_hz, rng=rng)
    emg *= _amplitudes(muscles, plan, n_samples, rate_hz=rate_hz)
    emg += np.float32(_BASELINE_V) * rng.standard_normal(emg.shape, dtype=np.float32)
    emg += _mains(emg.shape, rate_hz=rate_hz, rng=rng)
    return emg


def _drive(muscles: MuscleTraits, plan: ReachPlan, time_s: Array) -> Array:
    """Say how hard each muscle works, from 0 at rest; shape (12, n_instants)."""
    ahead = time_s + _LEAD_S
    effort = follow_plan(plan, ahead, derivative=2)[0]
    speed = np.abs(follow_plan(plan, ahead, derivative=1)[0])
    push, pull = np.maximum(effort, 0), np.maximum(-effort, 0)
    asked = np.stack(
        [
            push / (push + _HALF_PUSH),
            pull / (pull + _HALF_PUSH),
            follow_plan(plan, ahead)[0],
            speed / (speed + _HALF_SPEED),
        ]
    )
    coupled = _coupling(muscles.co_contraction) @ muscles.answers
    drive: Array = _REST + muscles.strength * np.einsum("mk,kt->mt", coupled, asked)
    return drive


def _coupling(co_contraction: float) -> Array:
    """Let antagonists share drive; each muscle keeps its own and hears its opponents' mean."""
    names = find_montage("mhh-emg").points
    opposed = np.zeros((len(names), len(names)))
    for one, other in ANTAGONISTS:
        if one in names and other in names:
            row, column = names.index(one), names.index(other)
            opposed[row, column] = opposed[column, row] = 1
    opponents = np.maximum(opposed.sum(axis=1, keepdims=True), 1)
    coupling: Array = np.eye(len(names)) + co_contraction * opposed / opponents
    return coupling


def _amplitudes(
    muscles: MuscleTraits, plan: ReachPlan, n_samples: int, *, rate_hz: float
) -> NDArray[np.float32]:
    """RMS voltage of every muscle at every sample, from a drive that changes slowly."""
    coarse_s = np.arange(0, plan.duration_s + 2 / _DRIVE_RATE_HZ, 1 / _DRIVE_RATE_HZ)
    volts = muscles.gains_v[:, np.newaxis] * _drive(muscles, plan, coarse_s)
    at = np.arange(n_samples) * (_DRIVE_RATE_HZ / rate_hz)
    before = at.astype(np.intp)
    rising = (at - before).astype(np.float32)
    level = volts.astype(np.float32)
    slope = np.diff(level, axis=1)
    amplitudes: NDArray[np.float32] = level[:, before] + slope[:, before] * rising
    return amplitudes


def _band_noise(
    muscles: MuscleTraits, n_samples: int, *, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gaussian noise of unit variance with power from 20 to 450 Hz only."""
    padded = int(scipy.fft.next_fast_len(n_samples, real=True))
    frequency_hz = scipy.fft.rfftfreq(padded, 1 / rate_hz)
    inside = (frequency_hz >= _BAND_HZ[0]) & (frequency_hz <= _BAND_HZ[1])
    squared = frequency_hz[inside] ** 2
    shape = np.sqrt(squared / (squared + 60**2)) / (squared + muscles.upper_hz**2)
    shape *= padded / (2 * np.sqrt(np.sum(shape**2)))
    n_channels = muscles.gains_v.size
    drawn = rng.standard_normal((n_channels, shape.size, 2), dtype=np.float32)
    spectrum = np.zeros((n_channels, frequency_hz.size), dtype=np.complex64)
    spectrum[:, inside] = (drawn[..., 0] + 1j * drawn[..., 1]) * shape
    noise: NDArray[np.float32] = scipy.fft.irfft(spectrum, padded)[:, :n_samples]
    return np.ascontiguousarray(noise)


def _mains(
    shape: tuple[int, ...], *, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Give every channel a weak hum with an amplitude and a phase of its own."""
    n_channels, n_samples = shape
    volts = _MAINS_V * rng.uniform(0, 1, (n_channels, 1))
    phase = rng.uniform(0, 2 * np.pi, (n_channels, 1))
    angle = 2 * np.pi * _MAINS_HZ / rate_hz * np.arange(n_samples)
    sine, cosine = np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)
    in_phase = (volts * np.cos(phase)).astype(np.float32)
    quadrature = (volts * np.sin(phase)).astype(np.float32)
    hum: NDArray[np.float32] = in_phase * sine + quadrature * cosine
    return hum
