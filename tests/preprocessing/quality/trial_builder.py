"""Trials whose truth is known: muscles that follow a reaching hand, markers on a rigid arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Recording, Signal, TrialKey

Array = NDArray[np.float64]

EMG_HZ, POINT_HZ = 2000.0, 100.0
MUSCLES = (
    *("deltoid_anterior", "biceps_brachii", "triceps_brachii"),
    *("extensor_digitorum", "flexor_carpi_ulnaris", "brachioradialis"),
)
POINTS = ("WRA", "WRB", "ELB_L", "SA_3")
NOISE_V = 2e-6
# When each muscle is active: centre and width, as shares of the movement, and strength in volts.
_BURSTS = (
    *((0.15, 0.12, 2e-4), (0.35, 0.12, 1e-4), (0.55, 0.12, 8e-5)),
    *((0.75, 0.12, 1e-4), (0.90, 0.12, 6e-5), (0.50, 0.40, 1e-4)),
)


def muscle_noise(n_samples: int, rng: np.random.Generator, *, rate_hz: float = EMG_HZ) -> Array:
    """Noise of unit RMS with the spectrum of EMG: strongest near 80 Hz, weak beyond 250 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    hertz = np.fft.rfftfreq(n_samples, 1 / rate_hz)
    spectrum *= (hertz / 80) ** 2 / (1 + (hertz / 80) ** 4)
    noise = np.fft.irfft(spectrum, n_samples)
    return noise / noise.std()


def minimum_jerk(phase: Array) -> Array:
    inside = np.clip(phase, 0, 1)
    return 10 * inside**3 - 15 * inside**4 + 6 * inside**5


def emg_of_reach(
    rng: np.random.Generator, *, seconds: float, start_s: float, lasts_s: float, late_s: float = 0.0
) -> Array:
    """Six muscles of a reach, each with its own burst, over amplifier noise."""
    times_s = np.arange(round(seconds * EMG_HZ)) / EMG_HZ - late_s
    phase = (times_s - start_s) / lasts_s
    emg = NOISE_V * rng.standard_normal((len(MUSCLES), times_s.size))
    for row, (centre, width, volts) in enumerate(_BURSTS):
        gain = volts * np.exp(0.2 * rng.standard_normal())
        outline = np.exp(-0.5 * ((phase - centre) / width) ** 2)
        emg[row] += gain * outline * muscle_noise(phase.size, rng)
    return emg


def points_of_reach(
    rng: np.random.Generator, *, seconds: float, start_s: float, lasts_s: float
) -> Array:
    """Four markers, (4, 3, n_samples): the hand travels 0.3 m forwards and 0.2 m up."""
    times_s = np.arange(round(seconds * POINT_HZ)) / POINT_HZ
    share = minimum_jerk((times_s - start_s) / lasts_s)
    way = np.array([0.3, 0.0, 0.2])[:, np.newaxis] * share
    rest = np.array([[0.3, 0.03, 0.7], [0.3, -0.03, 0.7], [0.1, 0.0, 0.75], [0.0, 0.0, 1.0]])
    moves = np.array([1.0, 1.0, 0.5, 0.05])
    points = rest[:, :, np.newaxis] + moves[:, np.newaxis, np.newaxis] * way
    return points + 5e-4 * rng.standard_normal(points.shape)


def reach(
    seed: int = 0,
    *,
    subject: str = "P1",
    repetition: int = 1,
    late_s: float = 0.0,
    task: str = "reach",
) -> Recording:
    """One trial of about four seconds with both modalities and without a montage."""
    rng = np.random.default_rng([seed, repetition])
    lasts_s = float(rng.uniform(1.2, 2.2))
    timing = {"seconds": 2.2 + lasts_s, "start_s": 1.0, "lasts_s": lasts_s}
    return as_recording(
        emg_of_reach(rng, late_s=late_s, **timing),
        points_of_reach(rng, **timing),
        key=TrialKey(subject, "1", task, str(repetition)),
    )


def as_recording(
    emg: Array | None, points: Array | None, *, key: TrialKey | None = None
) -> Recording:
    kinematics = None
    if points is not None:
        kinematics = Signal(
            points.reshape(-1, points.shape[-1]),
            rate_hz=POINT_HZ,
            channels=[f"{name}_{axis}" for name in POINTS[: len(points)] for axis in "xyz"],
            units="m",
        )
    return Recording(
        key=key or TrialKey("P1", "1", "reach", "1"),
        emg=None if emg is None else Signal(emg, rate_hz=EMG_HZ, channels=MUSCLES, units="V"),
        kinematics=kinematics,
    )
