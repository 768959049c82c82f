"""The thresholds of all checks, with their units and reasons."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QualitySettings"]

Limits = tuple[float, float]


@dataclass(frozen=True)
class QualitySettings:
    """Say from where a figure is amber, and from where it is red.

    Pairs are (amber, red). ``docs/quality.md`` gives the reasons and what they were chosen on.

    Attributes
    ----------
    emg_gap, emg_flat : tuple of float
        Share of the trial, or of the movement in it if larger, without samples; that stands
        still for 20 ms and more.
    emg_clipped : tuple of float
        Share of the samples of the strongest tenth of the trial that stand at the rail.
    mains : tuple of float
        Share of the power from 20 to 450 Hz that is hum.
    mains_v : tuple of float
        RMS of the hum in volts that it takes besides; below, the cleaning copes.
    ecg : tuple of float
        Share of the power from 12 to 40 Hz that is the heart's.
    ecg_v : tuple of float
        Height of the R wave in volts that it takes besides.
    motion_v : tuple of float
        RMS below 15 Hz, in volts, of the worst quarter second.
    motion_ratio : tuple of float
        That, relative to the EMG of the strongest tenth of the trial.
    noise_v : tuple of float
        RMS of the white noise from 20 to 450 Hz, in volts, while the muscle is quiet.
    noise_share : tuple of float
        RMS of that noise relative to the strongest tenth of the trial.
    steps : tuple of float
        Share of the trial that lies between steps of the voltage no muscle makes.
    step_ratio : float
        Such a step is this many times larger than the changes of the 5 ms before or after it.
    silent_ratio : float
        A channel is silent if the strongest power from 60 to 150 Hz is below this many times
        the power of its noise.
    still_ratio, still_share : float
        A channel does not change if its strongest power is below this many times its weakest; if
        more than this share of the channels does not while the arm moves, the electrodes may be
        on the other arm.
    emg_unit_v : float
        RMS in volts that no muscle reaches (median over channels).
    emg_least_v : float
        RMS in volts that is below the noise of any amplifier.
    point_gap : tuple of float
        Share of the trial, or of the movement, in which a point is not seen.
    point_gap_s : tuple of float
        Length of the longest gap in seconds.
    frozen : tuple of float
        Share of the trial, or of the movement, in which a point repeats its place exactly.
    frozen_s : float
        How long it must repeat it, in seconds, to count.
    jump_m, jump_m_s2 : float
        A point jumps where its second difference exceeds ``jump_m + jump_m_s2 / rate_hz**2``.
    jump_noise : float
        And this many times the point's own noise.
    jumps : tuple of float
        Share of the samples beside or between jumps.
    swapped : tuple of float
        Share of the trial in which two points have changed places.
    extent_m : tuple of float
        Smallest and largest distance of points from their middle that bodies have, in metres.
    rate_mismatch : tuple of float
        Relative difference of the durations of EMG and kinematics.
    lag_s : tuple of float
        Delay between EMG and kinematics in seconds; for clocks that drift, after a whole trial.
    most_drift : float
        Beyond this relative difference it is no clock that drifts but a rate that is wrong.
    swap_gain : tuple of float
        Gain in log-likelihood by exchanging two channels, beyond `MusclePattern.swap_gain_`.
    coupling : tuple of float
        How well the EMG of a session follows the movement, relative to the usual; faults lie
        below.
    """

    emg_gap: Limits = (0.05, 0.30)
    emg_flat: Limits = (0.05, 0.30)
    emg_clipped: Limits = (0.01, 0.10)
    mains: Limits = (0.30, 0.60)
    mains_v: Limits = (8e-6, 20e-6)
    ecg: Limits = (0.45, 0.60)
    ecg_v: Limits = (30e-6, 80e-6)
    motion_v: Limits = (60e-6, 250e-6)
    motion_ratio: Limits = (0.7, 2.0)
    noise_v: Limits = (10e-6, 20e-6)
    noise_share: Limits = (0.3, 0.6)
    steps: Limits = (0.0, 0.20)
    step_ratio: float = 60.0
    silent_ratio: float = 3.5
    still_ratio: float = 4.0
    still_share: float = 0.65
    emg_unit_v: float = 2e-3
    emg_least_v: float = 5e-8
    point_gap: Limits = (0.20, 0.50)
    point_gap_s: Limits = (0.5, 2.0)
    frozen: Limits = (0.05, 0.30)
    frozen_s: float = 0.1
    jump_m: float = 0.01
    jump_m_s2: float = 100.0
    jump_noise: float = 4.5
    jumps: Limits = (0.0, 0.05)
    swapped: Limits = (0.0, 0.10)
    extent_m: Limits = (0.02, 5.0)
    rate_mismatch: Limits = (0.02, 0.10)
    lag_s: Limits = (0.02, 0.10)
    most_drift: float = 0.05
    swap_gain: Limits = (6.0, 15.0)
    coupling: Limits = (0.65, 0.45)
