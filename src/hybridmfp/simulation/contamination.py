"""From what muscles give to what an amplifier stores: crosstalk, noise, hum, motion, heart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.simulation.arm_chain import FRAME_RATE_HZ
from hybridmfp.simulation.between_frames import count_samples, fill_between_frames
from hybridmfp.simulation.coloured_noise import coloured_noise
from hybridmfp.simulation.electrodes import Electrodes

__all__ = ["THIRD_HARMONIC", "contaminate"]

_Floats = NDArray[np.float64]
_EMG = NDArray[np.float32]

THIRD_HARMONIC = 0.3
"""Amplitude of the third harmonic of the mains, relative to the first."""

_STEP_V = 0.15e-6  # of the converter
_STILL = 0.3  # motion artefact while the hand is still, relative to that at 10 m/s²
_USUAL_ACCELERATION = 10.0  # m/s², to which Electrodes.motion_v refers
_MOST_ACCELERATION = 30.0  # m/s², beyond which cables do not swing more
_SWAY_HZ = (1.0, 8.0)  # corners of the motion artefact

# The waves of a heart beat: height relative to R, delay after R and width, in seconds.
_WAVES = ((1.0, 0.0, 0.010), (-0.25, 0.03, 0.012), (0.2, 0.25, 0.045))
_BEFORE_R_S = 0.1


def contaminate(
    emg: NDArray[np.floating],
    electrodes: Electrodes,
    *,
    rate_hz: float,
    hand_acceleration: _Floats,
    rng: np.random.Generator,
) -> _EMG:
    """Record EMG with real electrodes: what is stored, in volts.

    In this order: each pair of electrodes hears its neighbours' muscles; muscles become volts;
    the heart is added, then motion of electrodes and cables, hum, and the amplifier's noise;
    the converter rounds to steps of 0.15 µV and clips. Only the phases of hum and heart, the
    course of the motion artefact and the noise belong to the trial.

    Parameters
    ----------
    emg : array of float, shape (12, n_samples)
        EMG of each muscle, of unit RMS at full drive.
    electrodes : Electrodes
        What the session's electrodes do.
    rate_hz : float
        Samples per second.
    hand_acceleration : array of float, shape (n_frames,)
        Magnitude of the hand's acceleration, in m/s², at 100 frames per second.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float32, shape (12, n_samples)
        Volts.

    Raises
    ------
    SignalError
        If the shapes do not fit each other, or the acceleration is negative or a gap.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> from hybridmfp.simulation.electrodes import draw_electrodes
    >>> from hybridmfp.simulation.site import REFERENCE_SITE
    >>> rng = np.random.default_rng(0)
    >>> body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
    >>> electrodes = draw_electrodes(body, REFERENCE_SITE, "right", rng)
    >>> silence = np.zeros((12, 2000))
    >>> volts = contaminate(
    ...     silence, electrodes, rate_hz=2000.0, hand_acceleration=np.zeros(100), rng=rng
    ... )
    >>> bool(1e-6 < volts.std() < 1e-5)  # a few microvolts are left of no EMG at all
    True
    """
    _check(emg, electrodes, hand_acceleration, rate_hz=rate_hz)
    volts = _mix(emg, electrodes)
    _add_heart(volts, electrodes, rate_hz=rate_hz, rng=rng)
    volts += _motion_artefact(electrodes, hand_acceleration, rate_hz=rate_hz, rng=rng)
    _add_mains(volts, electrodes, rate_hz=rate_hz, rng=rng)
    _add_noise(volts, electrodes, rng=rng)
    return _convert(volts, clip_v=electrodes.clip_v)


def _check(
    emg: NDArray[np.floating],
    electrodes: Electrodes,
    hand_acceleration: _Floats,
    *,
    rate_hz: float,
) -> None:
    n_channels = electrodes.gain_v.size
    if emg.ndim != 2 or emg.shape[0] != n_channels:
        raise SignalError(
            f"emg must be ({n_channels}, n_samples), a row for each pair of electrodes; "
            f"got shape {emg.shape}. Pass one trial at a time."
        )
    if hand_acceleration.ndim != 1:
        raise SignalError(
            "hand_acceleration must be (n_frames,), the magnitude of the acceleration; "
            f"got shape {hand_acceleration.shape}. Take the norm over the axes."
        )
    expected = count_samples(hand_acceleration.size, rate_hz=rate_hz)
    if emg.shape[1] != expected:
        raise SignalError(
            f"emg must last as long as hand_acceleration: {expected} samples at "
            f"rate_hz={rate_hz:g} for {hand_acceleration.size} frames; got {emg.shape[1]}."
        )
    if not np.all(hand_acceleration >= 0):
        raise SignalError(
            "hand_acceleration must be 0 or more everywhere, a magnitude in m/s²; got "
            f"{np.min(hand_acceleration):g}. Take the norm over the axes, of a hand without gaps."
        )


def _mix(emg: NDArray[np.floating], electrodes: Electrodes) -> _EMG:
    """Let electrodes hear neighbours and turn muscles into volts.

    Row by row over the few that are heard, not as a matrix product: that one depends on the
    number of threads in its last digits.
    """
    shares = (electrodes.gain_v[:, np.newaxis] * electrodes.crosstalk).astype(np.float32)
    muscles = emg.astype(np.float32, copy=False)
    volts = np.zeros(emg.shape, dtype=np.float32)
    for here, there in np.argwhere(shares):
        volts[here] += shares[here, there] * muscles[there]
    return volts


def _add_heart(
    volts: _EMG, electrodes: Electrodes, *, rate_hz: float, rng: np.random.Generator
) -> None:
    """Add the heart where it is heard; edits in place."""
    beats = np.arange(volts.shape[1]) * (electrodes.heart_hz / rate_hz) + rng.random()
    since_s = ((beats % 1) / electrodes.heart_hz - _BEFORE_R_S).astype(np.float32)
    beat = np.zeros_like(since_s)
    for height, delay_s, width_s in _WAVES:
        beat += np.float32(height) * np.exp(
            np.float32(-0.5 / width_s**2) * (since_s - delay_s) ** 2
        )
    for channel in np.flatnonzero(electrodes.ecg_v):
        volts[channel] += np.float32(electrodes.ecg_v[channel]) * beat


def _motion_artefact(
    electrodes: Electrodes,
    hand_acceleration: _Floats,
    *,
    rate_hz: float,
    rng: np.random.Generator,
) -> _EMG:
    """Sway of electrodes and cables, the more the hand accelerates."""
    slow_hz, fast_hz = _SWAY_HZ
    n_channels = electrodes.motion_v.size

    def sway(hertz: _Floats) -> _Floats:
        shape = hertz / np.sqrt(hertz**2 + slow_hz**2) / (1 + (hertz / fast_hz) ** 2)
        return np.tile(shape, (n_channels, 1))

    swaying = coloured_noise(
        hand_acceleration.size, rate_hz=FRAME_RATE_HZ, amplitudes=sway, rng=rng
    )
    moved = np.minimum(hand_acceleration, _MOST_ACCELERATION) / _USUAL_ACCELERATION
    swaying *= np.outer(electrodes.motion_v, _STILL + (1 - _STILL) * moved).astype(np.float32)
    return fill_between_frames(swaying, rate_hz=rate_hz)


def _add_mains(
    volts: _EMG, electrodes: Electrodes, *, rate_hz: float, rng: np.random.Generator
) -> None:
    """Add one wave of hum, shifted for each channel; edits in place."""
    cycles = np.arange(volts.shape[1]) * (electrodes.mains_hz / rate_hz) + rng.random()
    angle = (2 * np.pi * (cycles % 1)).astype(np.float32)
    for channel, phase in enumerate(electrodes.mains_phase):
        wave = np.cos(angle + np.float32(phase))
        # cos(3 a) = 4 cos³(a) - 3 cos(a)
        wave *= 1 - 3 * THIRD_HARMONIC + 4 * THIRD_HARMONIC * wave**2
        volts[channel] += np.float32(electrodes.mains_v[channel]) * wave


def _add_noise(volts: _EMG, electrodes: Electrodes, *, rng: np.random.Generator) -> None:
    """Add the noise of the amplifier; edits in place."""
    for channel, volt in enumerate(electrodes.noise_v):
        volts[channel] += np.float32(volt) * rng.standard_normal(volts.shape[1], dtype=np.float32)


def _convert(volts: _EMG, *, clip_v: float) -> _EMG:
    """Round to the steps of the converter, then clip; edits in place."""
    volts *= np.float32(1 / _STEP_V)
    np.round(volts, out=volts)
    volts *= np.float32(_STEP_V)
    np.clip(volts, -clip_v, clip_v, out=volts)
    return volts
