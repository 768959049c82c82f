"""Which frequencies a muscle's EMG holds, at the rate it was recorded with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import rfft

from hybridmfp.errors import SignalError

__all__ = [
    "EMG_BANDS_HZ",
    "LOWEST_RATE_HZ",
    "PowerSpectrum",
    "band_powers",
    "mean_frequency",
    "median_frequency",
    "power_spectrum",
]

EMG_BANDS_HZ = ((20.0, 80.0), (80.0, 150.0), (150.0, 250.0), (250.0, 450.0))
"""Bands that share the 20-450 Hz of surface EMG among them, without gap or overlap."""

_LOW_HZ, _HIGH_HZ = EMG_BANDS_HZ[0][0], EMG_BANDS_HZ[-1][1]

LOWEST_RATE_HZ = 2 * _HIGH_HZ
"""Samples per second that a spectrum up to 450 Hz needs."""

_SEGMENT_S = 0.5
_FEWEST_SEGMENTS = 2


@dataclass(frozen=True, eq=False)
class PowerSpectrum:
    """Hold how the power of each channel is spread over frequency.

    Attributes
    ----------
    density : array of float, shape (..., n_channels, n_bins)
        Power per hertz, in V^2/Hz, as if the spectrum went on evenly within a bin.
    edges_hz : array of float, shape (n_bins + 1,)
        Where one bin ends and the next begins, from 0 to half of the rate. The first and the
        last bin are half as wide as the others.
    """

    density: NDArray[np.float64]
    edges_hz: NDArray[np.float64]


def power_spectrum(emg: ArrayLike, *, rate_hz: float) -> PowerSpectrum:
    """Estimate the power spectrum of each channel by Welch's method.

    Hann windows of 0.5 s, half overlapping, are averaged; so the resolution is 2 Hz whatever
    the duration. Windows that touch a gap are left out.

    Parameters
    ----------
    emg : array of float, shape (..., n_channels, n_samples)
        Band-passed EMG at its native rate, in volts; NaN is a gap.
    rate_hz : float
        Samples per second, 900 or more.

    Returns
    -------
    PowerSpectrum
        NaN for a channel with fewer than two windows without a gap (0.75 s in one piece, or
        twice 0.5 s).

    Raises
    ------
    SignalError
        If `rate_hz` is below 900: 450 Hz would not be part of the spectrum.

    References
    ----------
    Welch, P. D. (1967). The use of fast Fourier transform for the estimation of power
    spectra. *IEEE Trans Audio Electroacoust* 15:70-73. doi:10.1109/TAU.1967.1161901

    Examples
    --------
    >>> import numpy as np
    >>> emg = np.random.default_rng(0).normal(size=(1, 20000))
    >>> spectrum = power_spectrum(emg, rate_hz=2000)
    >>> power = np.sum(spectrum.density * np.diff(spectrum.edges_hz))  # Parseval: the variance
    >>> round(float(power), 1)
    1.0
    """
    if not rate_hz >= LOWEST_RATE_HZ:
        raise SignalError(
            f"rate_hz must be {LOWEST_RATE_HZ:g} or more for a spectrum up to {_HIGH_HZ:g} Hz; "
            f"got {rate_hz:g}. Leave spectral features out for this recording."
        )
    measured = np.asarray(emg, dtype=np.float64)
    length = round(_SEGMENT_S * rate_hz)
    frequencies_hz = np.fft.rfftfreq(length, d=1 / rate_hz)
    middles_hz = (frequencies_hz[1:] + frequencies_hz[:-1]) / 2
    edges_hz = np.concatenate([[0.0], middles_hz, [rate_hz / 2]])
    if measured.shape[-1] < length:
        shape = (*measured.shape[:-1], len(frequencies_hz))
        return PowerSpectrum(density=np.full(shape, np.nan), edges_hz=edges_hz)
    windows = np.lib.stride_tricks.sliding_window_view(measured, length, axis=-1)
    return PowerSpectrum(
        density=_averaged_density(windows[..., :: length // 2, :], rate_hz=rate_hz),
        edges_hz=edges_hz,
    )


def mean_frequency(spectrum: PowerSpectrum) -> NDArray[np.float64]:
    """Give the centre of gravity of each spectrum between 20 and 450 Hz.

    ``sum(f P) / sum(P)``.

    Parameters
    ----------
    spectrum : PowerSpectrum
        Of shape (..., n_channels, n_bins).

    Returns
    -------
    array of float, shape (..., n_channels)
        In hertz; NaN where the spectrum is NaN or holds no power.

    References
    ----------
    Stulen, F. B. & De Luca, C. J. (1981). Frequency parameters of the myoelectric signal as
    a measure of muscle conduction velocity. *IEEE Trans Biomed Eng* 28:515-523.
    doi:10.1109/TBME.1981.324738

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 80 * np.arange(4000) / 2000)
    >>> round(float(mean_frequency(power_spectrum(tone, rate_hz=2000))), 6)
    80.0
    """
    edges_hz = np.clip(spectrum.edges_hz, _LOW_HZ, _HIGH_HZ)
    power = spectrum.density * np.diff(edges_hz)
    moment = np.sum(power * (edges_hz[1:] + edges_hz[:-1]) / 2, axis=-1)
    return _ratio(moment, np.sum(power, axis=-1))


def median_frequency(spectrum: PowerSpectrum) -> NDArray[np.float64]:
    """Give the frequency that halves the power of each spectrum between 20 and 450 Hz.

    Within a bin it is interpolated. As a marker of motor impairment it is weak.

    Parameters
    ----------
    spectrum : PowerSpectrum
        Of shape (..., n_channels, n_bins).

    Returns
    -------
    array of float, shape (..., n_channels)
        In hertz; NaN where the spectrum is NaN or holds no power.

    References
    ----------
    Stulen, F. B. & De Luca, C. J. (1981). Frequency parameters of the myoelectric signal as
    a measure of muscle conduction velocity. *IEEE Trans Biomed Eng* 28:515-523.
    doi:10.1109/TBME.1981.324738

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 80 * np.arange(4000) / 2000)
    >>> round(float(median_frequency(power_spectrum(tone, rate_hz=2000))), 6)
    80.0
    """
    edges_hz = np.clip(spectrum.edges_hz, _LOW_HZ, _HIGH_HZ)
    power = spectrum.density * np.diff(edges_hz)
    summed = np.cumsum(power, axis=-1)
    half = summed[..., -1:] / 2
    at = np.argmax(summed >= half, axis=-1, keepdims=True)
    within = np.take_along_axis(power, at, axis=-1)
    below = np.take_along_axis(summed, at, axis=-1) - within
    share = _ratio(half - below, within)
    median_hz: NDArray[np.float64] = edges_hz[at] + share * (edges_hz[at + 1] - edges_hz[at])
    return median_hz[..., 0]


def band_powers(spectrum: PowerSpectrum) -> NDArray[np.float64]:
    """Give the share of each of `EMG_BANDS_HZ` in the power between 20 and 450 Hz.

    Parameters
    ----------
    spectrum : PowerSpectrum
        Of shape (..., n_channels, n_bins).

    Returns
    -------
    array of float, shape (..., n_channels, n_bands)
        Shares that sum to 1; NaN where the spectrum is NaN or holds no power. A bin that
        lies across the edge of a band is divided between its neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 100 * np.arange(4000) / 2000)
    >>> band_powers(power_spectrum(tone, rate_hz=2000)).round(3).tolist()
    [0.0, 1.0, 0.0, 0.0]
    """
    clipped = [np.diff(np.clip(spectrum.edges_hz, low, high)) for low, high in EMG_BANDS_HZ]
    powers = spectrum.density @ np.array(clipped).T
    return _ratio(powers, np.sum(powers, axis=-1, keepdims=True))


def _averaged_density(windows: NDArray[np.float64], *, rate_hz: float) -> NDArray[np.float64]:
    """Average over windows, shape (..., n_channels, n_windows, n_samples), those without gap."""
    length = windows.shape[-1]
    taper = np.hanning(length + 1)[:-1]
    transform = rfft(windows * taper, axis=-1)
    power = transform.real**2 + transform.imag**2
    usable = np.isfinite(power[..., :1])
    counts = np.count_nonzero(usable, axis=-2)
    total = np.sum(power, axis=-2, where=usable)
    scale = 2 / (rate_hz * np.sum(taper**2))
    density: NDArray[np.float64] = np.full(total.shape, np.nan)
    np.divide(total * scale, counts, out=density, where=counts >= _FEWEST_SEGMENTS)
    return density


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
