"""How strongly each muscle is active in each frequency band, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import SignalError

__all__ = ["BandEnvelopes", "band_envelopes"]


@dataclass(frozen=True, eq=False)
class BandEnvelopes:
    """Hold the strength of EMG in several bands on a slow time base.

    Attributes
    ----------
    envelopes : array of float, shape (n_channels, n_bands, n_frames)
        Root mean square of the part of the signal inside the band, in its unit; NaN where a
        window touches a gap, or the sampling rate cannot hold the whole band.
    rate_hz : float
        Frames per second; frame 0 is centred on sample 0.
    """

    envelopes: NDArray[np.float64]
    rate_hz: float


def band_envelopes(
    emg: ArrayLike,
    *,
    rate_hz: float,
    bands_hz: Sequence[tuple[float, float]] = ((20, 60), (60, 120), (120, 250), (250, 450)),
    window_s: float = 0.128,
    step_s: float = 0.016,
) -> BandEnvelopes:
    """Outline activity band by band, so that slowing down in time keeps the spectrum.

    The power spectrum of Hann windows, summed over the bins of a band. A sinusoid of amplitude
    A inside a band comes out as A / √2. Where no gap is near, the squares of all bands add up
    to the mean square of what a recording holds between the outer edges.

    Parameters
    ----------
    emg : array of float, shape (n_channels, n_samples)
        Cleaned EMG; NaN is a gap.
    rate_hz : float
        Samples per second.
    bands_hz : sequence of (float, float)
        Lower edge (inside) and upper edge (outside) of each band.
    window_s : float, default 0.128
        Length of a window; half of it is needed on both sides, and there the signal is
        continued by its mirror image at the ends of the trial.
    step_s : float, default 0.016
        From one frame to the next, rounded to whole samples.

    Returns
    -------
    BandEnvelopes

    Raises
    ------
    SignalError
        If `emg` is not two-dimensional or shorter than a window, or a band is not
        ascending, or too narrow for the window.

    References
    ----------
    Welch, P. D. (1967). The use of fast Fourier transform for the estimation of power spectra.
    *IEEE Trans Audio Electroacoust* 15:70-73. doi:10.1109/TAU.1967.1161901

    Examples
    --------
    >>> import numpy as np
    >>> tone = 2.0 * np.sin(2 * np.pi * 100 * np.arange(2000) / 2000)
    >>> found = band_envelopes(tone[np.newaxis], rate_hz=2000)
    >>> found.envelopes[0, :, 30].round(1).tolist()  # all of it between 60 and 120 Hz
    [0.0, 1.4, 0.0, 0.0]
    """
    block = np.asarray(emg, dtype=np.float64)
    if block.ndim != 2:
        raise SignalError(
            f"emg must be (n_channels, n_samples), got shape {block.shape}. "
            "Pass one trial at a time; use emg[np.newaxis] for a single channel."
        )
    width = 2 * max(1, round(window_s * rate_hz / 2))
    step = max(1, round(step_s * rate_hz))
    if block.shape[1] <= width:
        raise SignalError(
            f"emg must be longer than a window of {width} samples ({window_s:g} s); got "
            f"{block.shape[1]}. The trial is too short."
        )
    _check_bands(bands_hz)
    power = _windowed_power(block, width=width, step=step)
    frequency = np.fft.rfftfreq(width, 1 / rate_hz)
    envelopes = np.full((block.shape[0], len(bands_hz), power.shape[1]), np.nan)
    for at, (low, high) in enumerate(bands_hz):
        if high <= rate_hz / 2:
            inside = (frequency >= low) & (frequency < high)
            if not inside.any():
                raise SignalError(
                    "a band must hold a frequency of the window's spectrum, one every "
                    f"{rate_hz / width:g} Hz; {low:g} to {high:g} Hz holds none. "
                    "Widen the band, or lengthen window_s."
                )
            envelopes[:, at] = np.sqrt(power[..., inside].sum(axis=-1))
    return BandEnvelopes(envelopes=envelopes, rate_hz=rate_hz / step)


def _windowed_power(block: NDArray[np.float64], *, width: int, step: int) -> NDArray[np.float64]:
    """Give the mean square per frequency bin, shape (n_channels, n_frames, n_bins)."""
    padded = np.pad(block, ((0, 0), (width // 2, width // 2)), mode="reflect")
    frames = sliding_window_view(padded, width, axis=-1)[:, : block.shape[1] : step]
    taper = np.hanning(width + 1)[:-1]
    spectrum = np.fft.rfft(frames * taper, axis=-1)
    power: NDArray[np.float64] = np.abs(spectrum) ** 2 * (2 / (width * np.sum(taper**2)))
    return power


def _check_bands(bands_hz: Sequence[tuple[float, float]]) -> None:
    for low, high in bands_hz:
        if not 0 < low < high:
            raise SignalError(
                f"bands_hz must ascend within each band, from above 0; got {low:g} to {high:g}."
            )
