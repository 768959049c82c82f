"""How smooth a movement is, from its speed profile."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

__all__ = ["log_dimensionless_jerk", "spectral_arc_length", "velocity_peaks"]


def spectral_arc_length(
    speed: NDArray[np.float64],
    *,
    rate_hz: float,
    highest_hz: float = 10.0,
    amplitude_threshold: float = 0.05,
) -> float:
    """Measure smoothness by the length of the speed spectrum (SPARC).

    With the spectrum normalised to its value at zero, ``V``, and ω_c the highest frequency up
    to `highest_hz` at which ``V`` reaches the threshold,
    ``SPARC = -∫ sqrt((1/ω_c)² + (dV/dω)²) dω`` from 0 to ω_c.

    Parameters
    ----------
    speed : array of float, shape (n_samples,)
        Speed from onset to offset, without gaps.
    rate_hz : float
        Samples per second.
    highest_hz : float, default 10.0
        Frequencies above are noise.
    amplitude_threshold : float, default 0.05
        Components below this share of the one at 0 Hz are noise.

    Returns
    -------
    float
        Negative; closer to 0 is smoother. Does not change with amplitude or units of speed.
        NaN if there is a gap or the speed is zero throughout.

    References
    ----------
    Balasubramanian, S., Melendez-Calderon, A., Roby-Brami, A., & Burdet, E. (2015). On the
    analysis of movement smoothness. J NeuroEng Rehabil 12:112. doi:10.1186/s12984-015-0090-9

    Examples
    --------
    >>> import numpy as np
    >>> phase = np.linspace(0, 1, 101)
    >>> round(spectral_arc_length(30 * phase**2 * (1 - phase) ** 2, rate_hz=100), 2)
    -1.41
    """
    total = float(np.sum(speed))
    if not total > 0:
        return math.nan
    n_padded = 2 ** (math.ceil(math.log2(len(speed))) + 4)
    spectrum = np.abs(np.fft.rfft(speed, n_padded)) / total
    frequency = np.fft.rfftfreq(n_padded, 1 / rate_hz)
    inside = np.flatnonzero((frequency <= highest_hz) & (spectrum >= amplitude_threshold))
    last = int(inside[-1])
    if last == 0:
        return math.nan
    steps = np.diff(spectrum[: last + 1])
    return -float(np.sum(np.hypot(1 / last, steps)))


def log_dimensionless_jerk(speed: NDArray[np.float64], *, rate_hz: float) -> float:
    """Measure smoothness by the squared jerk, free of duration and amplitude (LDLJ).

    ``LDLJ = -ln( T³ / v_peak² · ∫ |d²v/dt²|² dt )``.

    Parameters
    ----------
    speed : array of float, shape (n_samples,)
        Speed from onset to offset, without gaps.
    rate_hz : float
        Samples per second.

    Returns
    -------
    float
        Closer to 0 is smoother. NaN with a gap, or if the speed does not change.

    References
    ----------
    Balasubramanian et al. (2015). doi:10.1186/s12984-015-0090-9

    Examples
    --------
    The minimum-jerk profile v = 30 u²(1-u)² has T³/v² ∫ v''² = 720 / (15/8)² = 204.8:

    >>> import numpy as np
    >>> phase = np.linspace(0, 1, 2001)
    >>> round(log_dimensionless_jerk(30 * phase**2 * (1 - phase) ** 2, rate_hz=2000), 2)
    -5.32
    """
    peak = float(np.max(speed)) if len(speed) else math.nan
    if not peak > 0 or len(speed) < 4:
        return math.nan
    curvature = np.diff(speed, 2) * rate_hz**2
    duration_s = (len(speed) - 1) / rate_hz
    # The two end points of the second difference are missing; their share is given back.
    integral = float(np.mean(curvature**2)) * duration_s
    return -math.log(duration_s**3 / peak**2 * integral) if integral > 0 else math.nan


def velocity_peaks(
    speed: NDArray[np.float64],
    *,
    rate_hz: float,
    prominence_m_s: float = 0.02,
    apart_s: float = 0.15,
) -> float:
    """Count the movement units of a movement: peaks of speed that stand out.

    Parameters
    ----------
    speed : array of float, shape (n_samples,)
        Speed from onset to offset, in metres per second, without gaps.
    rate_hz : float
        Samples per second.
    prominence_m_s : float, default 0.02
        A peak stands at least this much above the lowest speed on the way to a higher one, or
        to standstill.
    apart_s : float, default 0.15
        Two peaks are at least this far apart.

    Returns
    -------
    float
        Number of peaks; NaN if there is a gap.

    References
    ----------
    Alt Murphy et al. (2011). doi:10.1177/1545968310370748

    Examples
    --------
    >>> import numpy as np
    >>> seconds = np.arange(200) / 100
    >>> velocity_peaks(np.sin(2 * np.pi * seconds) ** 2, rate_hz=100)
    4.0
    """
    if not np.isfinite(speed).all():
        return math.nan
    # A frame of zeros lets a movement that is cut at its peak count as one.
    framed = np.concatenate([[0.0], speed, [0.0]])
    apart = max(1, round(apart_s * rate_hz))
    peaks, _ = find_peaks(framed, prominence=prominence_m_s, distance=apart)
    return float(len(peaks))
