"""Surface EMG as noise that grows with the drive: quicker than motor units, always Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.between_frames import fill_between_frames
from hybridmfp.simulation.coloured_noise import coloured_noise, passband
from hybridmfp.simulation.motor_units import check_drive

__all__ = ["amplitude_noise_emg"]

_Floats = NDArray[np.float64]

# Corners of the spectrum relative to its median; the second is what makes that the median.
_LOW_CORNER = 0.50
_HIGH_CORNER = 1.40


def amplitude_noise_emg(
    drive: _Floats,
    *,
    median_frequency_hz: _Floats,
    rate_hz: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Modulate noise with the spectrum of surface EMG by the drive of each muscle.

    The power is f² / ((f² + low²) (f² + high²)²), the shape in use since Shwedyk et al. (1977)
    modelled EMG as an amplitude-modulated process; both corners are proportional to the median.

    Parameters
    ----------
    drive : array of float, shape (12, n_frames)
        Drive of each muscle from 0 to 1, at 100 frames per second.
    median_frequency_hz : array of float, shape (12,)
        Halves the power of each muscle, in hertz; from 20 to 200.
    rate_hz : float
        Samples per second, at least 1000: the band of the EMG ends at 500 Hz.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float32, shape (12, n_samples)
        EMG whose expected RMS is the drive.

    Raises
    ------
    SignalError
        If `drive` has another shape or leaves 0 to 1.
    SettingsError
        If `rate_hz` or a median frequency is out of range.

    References
    ----------
    Shwedyk, E., Balasubramanian, R., Scott, R. N. (1977). A nonstationary model for the
    electromyogram. *IEEE Transactions on Biomedical Engineering*, BME-24, 417-424.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> drive = np.full((12, 500), 0.5)
    >>> medians = np.full(12, 80.0)
    >>> emg = amplitude_noise_emg(drive, median_frequency_hz=medians, rate_hz=2000.0, rng=rng)
    >>> emg.shape, round(float(emg.std()), 1)
    ((12, 10000), 0.5)
    """
    check_drive(drive, rate_hz=rate_hz)
    _check_medians(median_frequency_hz, n_muscles=drive.shape[0])
    emg = fill_between_frames(drive, rate_hz=rate_hz)
    emg *= coloured_noise(
        emg.shape[1],
        rate_hz=rate_hz,
        amplitudes=lambda frequency_hz: _amplitudes(frequency_hz, median_frequency_hz),
        rng=rng,
    )
    return emg


def _amplitudes(frequency_hz: _Floats, median_hz: _Floats) -> _Floats:
    """Amplitude spectra of surface EMG; shape (n_muscles, n_frequencies)."""
    squared = (frequency_hz / median_hz[:, np.newaxis]) ** 2
    shape = np.sqrt(squared / (squared + _LOW_CORNER**2)) / (squared + _HIGH_CORNER**2)
    amplitudes: _Floats = shape * passband(frequency_hz)
    return amplitudes


def _check_medians(median_hz: _Floats, *, n_muscles: int) -> None:
    if median_hz.shape != (n_muscles,):
        raise SettingsError(
            f"median_frequency_hz must hold one frequency for each of the {n_muscles} muscles; "
            f"got shape {median_hz.shape}."
        )
    if not (median_hz.min() >= 20 and median_hz.max() <= 200):
        raise SettingsError(
            "median_frequency_hz must lie between 20 and 200 Hz, where surface EMG can have it; "
            f"got {median_hz.min():g} to {median_hz.max():g}."
        )
