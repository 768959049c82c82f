"""Surface EMG from motor units: who is recruited, how fast each fires, what each adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.special
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import find_montage
from hybridmfp.simulation.arm_chain import FRAME_RATE_HZ
from hybridmfp.simulation.between_frames import count_samples
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.coloured_noise import BAND_END_HZ
from hybridmfp.simulation.electrode_sites import ELECTRODE_SITES
from hybridmfp.simulation.fibre_potentials import (
    POTENTIAL_RATE_HZ,
    MotorUnitFibres,
    bipolar_potentials,
)

__all__ = ["MotorUnitPools", "check_drive", "draw_motor_units", "motor_unit_emg"]

_Floats = NDArray[np.float64]

# Recruitment and firing after Fuglevand et al. (1993); the numbers are usual choices, not fits.
_RECRUITMENT_RANGE = 60.0  # highest over lowest threshold
_LAST_RECRUITED = 0.75  # of full excitation
_AMPLITUDE_RANGE = 30.0  # largest over smallest unit
_AMPLITUDE_SPREAD = 0.3  # log-normal
_LOWEST_HZ, _HIGHEST_HZ = 8.0, 35.0  # of firing
_HZ_PER_EXCITATION = 40.0
_VARIATION = 0.15  # of the intervals between firings
_STEPS_BEYOND = 8  # at which the amplitude is known once all units are recruited
_MOST_COMPRESSED = 0.7  # beyond it a unit would fire more slowly the harder it is driven

# Geometry: assumptions, chosen so that spectra have the median and the reach of real ones.
_VELOCITY_M_S, _VELOCITY_SPREAD = 4.0, 0.12  # log-normal
_DEPTH_M, _DEPTH_SPREAD, _DEEPEST_M = 0.018, 1.5, 0.060  # muscle above the fibres, log-normal,
# as if tissue conducted alike in all directions: along its fibres muscle conducts about five times
# better than across, which makes 8 mm of it count as 18.
_GOLDEN_RATIO = (1 + 5**0.5) / 2
_LENGTH_SPREAD = 0.1  # log-normal
_ELECTRODES_AT = 0.45  # of the way from the end-plates to the end of the fibres
_END_PLATES_M = 0.004  # standard deviation between the units of a muscle
_SCATTER_M = 0.001  # within a unit


@dataclass(frozen=True, eq=False)
class MotorUnitPools:
    """Hold the motor units of the twelve muscles of an arm, as its electrodes meet them.

    Attributes
    ----------
    thresholds : array of float, shape (n_units,)
        Excitation from which on each unit is active, ascending; the same in every muscle.
    amplitudes : array of float, shape (12, n_units)
        How much each unit adds, relative to the smallest.
    potentials : array of float32, shape (12, n_units, n_long)
        What one firing gives, of unit energy, at 12 kHz.
    median_frequency_hz : array of float, shape (12,)
        Halves the power of each muscle at full drive.
    """

    thresholds: _Floats
    amplitudes: _Floats
    potentials: NDArray[np.float32]
    median_frequency_hz: _Floats


def draw_motor_units(
    body: Body, conduction: float, rng: np.random.Generator, n_units: int = 60
) -> MotorUnitPools:
    """Draw the motor units of the muscles of the montage ``mhh-emg``.

    Frequencies fall with the fat beneath the electrodes and are proportional to `conduction`.

    Parameters
    ----------
    body : Body
        Whose arm.
    conduction : float
        Factor on the conduction velocity, above 0.
    rng : numpy.random.Generator
        Source of randomness.
    n_units : int, default 60
        Motor units per muscle; fewer than real ones, each standing for several.

    References
    ----------
    Fuglevand, A. J., Winter, D. A., Patla, A. E. (1993). Models of recruitment and rate coding
    organization in motor-unit pools. *Journal of Neurophysiology*, 70, 2470-2488.
    doi:10.1152/jn.1993.70.6.2470

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
    >>> pools = draw_motor_units(body, 1.0, np.random.default_rng(0))
    >>> round(pools.thresholds[-1] / pools.thresholds[0])  # the range of recruitment
    60
    """
    rank = np.linspace(0, 1, n_units)
    thresholds = _LAST_RECRUITED * _RECRUITMENT_RANGE ** (rank - 1)
    scattered = rng.normal(0, _AMPLITUDE_SPREAD, (len(ELECTRODE_SITES), n_units))
    amplitudes = _AMPLITUDE_RANGE**rank * np.exp(scattered)
    fibres = _draw_fibres(body, conduction, n_units, rng)
    potentials = bipolar_potentials(fibres)
    weights = amplitudes**2 * _firing_rates(thresholds, np.ones(1), compression=0.0)
    medians = _median_frequencies(potentials, weights)
    return MotorUnitPools(thresholds, amplitudes, potentials, medians)


def motor_unit_emg(
    drive: _Floats,
    pools: MotorUnitPools,
    *,
    rate_hz: float,
    firing_compression: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Let the motor units of the muscles fire as hard as they are driven.

    Drive is measured by its EMG: the motor neurons are excited so that the expected amplitude
    (RMS) is the drive, up to the steps at which units come in; drives that fall short of half
    the smallest unit leave a muscle silent. Recruited units fire at 8 pulses per second, faster
    the more the excitation exceeds their threshold, at intervals that vary by 15 %.

    Parameters
    ----------
    drive : array of float, shape (12, n_frames)
        Drive of each muscle from 0 to 1, at 100 frames per second.
    pools : MotorUnitPools
        Their motor units.
    rate_hz : float
        Samples per second, at least 1000: the band of the EMG ends at 500 Hz.
    firing_compression : float
        From 0, healthy, to 0.7: share by which paresis lowers the slope and the ceiling of the
        firing rates, so that the same amplitude needs more units.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float32, shape (12, n_samples)
        EMG whose expected RMS is 1 at full drive.

    Raises
    ------
    SignalError
        If `drive` has another shape or leaves 0 to 1.
    SettingsError
        If `rate_hz` or `firing_compression` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> rng = np.random.default_rng(0)
    >>> body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
    >>> pools = draw_motor_units(body, 1.0, rng)
    >>> drive = np.full((12, 500), 0.5)
    >>> emg = motor_unit_emg(drive, pools, rate_hz=2000.0, firing_compression=0.0, rng=rng)
    >>> emg.shape, round(float(emg.std()), 1)
    ((12, 10000), 0.5)
    """
    from hybridmfp.simulation import motor_unit_kernel  # noqa: PLC0415 - imports numba

    check_drive(drive, rate_hz=rate_hz)
    _check_compression(firing_compression)
    potentials = _sample_potentials(pools, rate_hz=rate_hz, compression=firing_compression)
    # Start early enough that no firing before the first sample is missing from it.
    n_early = 1 + int(pools.potentials.shape[2] * FRAME_RATE_HZ / POTENTIAL_RATE_HZ)
    excitation = _excitation(drive, pools, compression=firing_compression)
    started = np.pad(excitation, ((0, 0), (n_early, 0)), mode="edge")
    emg = np.zeros(
        (drive.shape[0], count_samples(started.shape[1], rate_hz=rate_hz)), dtype=np.float32
    )
    seed = rng.integers(2**64, dtype=np.uint64)
    firing = _firing_per_frame(firing_compression, rate_hz=rate_hz)
    motor_unit_kernel.sum_firings(started, pools.thresholds, firing, potentials, seed, emg)
    n_samples = count_samples(drive.shape[1], rate_hz=rate_hz)
    return np.ascontiguousarray(emg[:, emg.shape[1] - n_samples :])


def check_drive(drive: NDArray[np.floating], *, rate_hz: float) -> None:
    """Refuse drives that no EMG can be made from, and rates that cannot hold one.

    Raises
    ------
    SignalError
        If `drive` is not (12, n_frames), or leaves 0 to 1.
    SettingsError
        If `rate_hz` is below 1000.
    """
    n_muscles = len(find_montage("mhh-emg").points)
    if drive.ndim != 2 or drive.shape[0] != n_muscles or drive.shape[1] == 0:
        raise SignalError(
            f"drive must be ({n_muscles}, n_frames), a row for each muscle of montage 'mhh-emg'; "
            f"got shape {drive.shape}. Pass one trial at a time."
        )
    if not (drive.min() >= 0 and drive.max() <= 1):
        raise SignalError(
            "drive must lie between 0 and 1, silence and full drive; "
            f"got {drive.min():g} to {drive.max():g}. Clip it, and replace what is NaN."
        )
    if not rate_hz >= 2 * BAND_END_HZ:
        raise SettingsError(
            f"rate_hz of an EMG must be at least {2 * BAND_END_HZ:g}, twice the end of its band; "
            f"got {rate_hz:g}. Simulate at a higher rate, then resample."
        )


def _check_compression(compression: float) -> None:
    if not 0 <= compression <= _MOST_COMPRESSED:
        raise SettingsError(
            f"firing_compression must lie between 0, healthy, and {_MOST_COMPRESSED:g}, because "
            f"units fire at {_LOWEST_HZ:g} Hz at least; got {compression:g}."
        )


def _draw_fibres(
    body: Body, conduction: float, n_units: int, rng: np.random.Generator
) -> MotorUnitFibres:
    sites = [ELECTRODE_SITES[muscle] for muscle in find_montage("mhh-emg").points]
    size = (len(sites), n_units)
    length, speed, fat = (
        np.array([getattr(site, name) for site in sites])[:, np.newaxis]
        for name in ("fibre_m", "speed", "fat_share")
    )
    # Units of every size lie at every depth, else chance would rule: the largest few units of a
    # muscle hold most of its power. Multiples of the golden ratio spread evenly over 0 to 1.
    evenly = (np.arange(n_units) * _GOLDEN_RATIO + rng.random((len(sites), 1))) % 1
    depth_m = np.minimum(_DEPTH_M * np.exp(_DEPTH_SPREAD * scipy.special.ndtri(evenly)), _DEEPEST_M)
    return MotorUnitFibres(
        ends_m=length * np.exp(rng.normal(0, _LENGTH_SPREAD, (2, *size))),
        electrodes_m=_ELECTRODES_AT * length + rng.normal(0, _END_PLATES_M, size),
        distance_m=depth_m + 1e-3 * body.fat_mm * fat,
        velocity_m_s=_VELOCITY_M_S
        * conduction
        * speed
        * np.exp(rng.normal(0, _VELOCITY_SPREAD, size)),
        scatter_m=np.full(size, _SCATTER_M),
    )


def _median_frequencies(potentials: NDArray[np.float32], weights: _Floats) -> _Floats:
    """Find the frequency that halves the power of each muscle's units taken together."""
    step = int(POTENTIAL_RATE_HZ / (2 * BAND_END_HZ))  # there is nothing above the band
    n_bins = round(BAND_END_HZ)
    spectra = scipy.fft.rfft(potentials[..., ::step], 2 * n_bins, axis=-1)  # bins of 1 Hz
    summed = np.cumsum(np.einsum("mu,muf->mf", weights, np.abs(spectra) ** 2), axis=1)
    halves = summed[:, -1] / 2
    return np.array(
        [
            np.interp(half, row, np.arange(n_bins + 1))
            for half, row in zip(halves, summed, strict=True)
        ]
    )


def _firing_rates(thresholds: _Floats, excitation: _Floats, *, compression: float) -> _Floats:
    """Rates of recruited units, in hertz; the arguments are broadcast."""
    free = 1 - compression
    beyond = excitation - thresholds
    rates: _Floats = np.minimum(_LOWEST_HZ + _HZ_PER_EXCITATION * free * beyond, _HIGHEST_HZ * free)
    return rates


def _amplitudes_at(pools: MotorUnitPools, excitation: _Floats, *, compression: float) -> _Floats:
    """RMS of each muscle at ascending excitations, relative to the last; (12, n_excitations).

    Campbell's theorem: independent firings add up to the variance sum(rate x energy). A unit
    counts by half at the very excitation that recruits it.
    """
    excited = excitation[:, np.newaxis]
    recruited = np.heaviside(excited - pools.thresholds, 0.5)
    rates = recruited * _firing_rates(pools.thresholds, excited, compression=compression)
    variance = np.einsum("eu,mu->me", rates, pools.amplitudes**2)
    amplitudes: _Floats = np.sqrt(variance / variance[:, -1:])
    return amplitudes


def _excitation(drive: _Floats, pools: MotorUnitPools, *, compression: float) -> _Floats:
    """Find how strongly to excite the motor neurons so that the EMG is as large as the drive."""
    last = pools.thresholds[-1]
    at = np.concatenate([pools.thresholds, np.linspace(last, 1, _STEPS_BEYOND + 1)[1:]])
    reached = _amplitudes_at(pools, at, compression=compression)
    return np.array(
        [np.interp(wanted, row, at, left=0.0) for wanted, row in zip(drive, reached, strict=True)]
    )


def _firing_per_frame(
    compression: float, *, rate_hz: float
) -> tuple[float, float, float, float, float]:
    """Gather what the kernel wants to know about firing, in its units."""
    free = 1 - compression
    lowest, slope, highest = _LOWEST_HZ, _HZ_PER_EXCITATION * free, _HIGHEST_HZ * free
    return (
        lowest / FRAME_RATE_HZ,
        slope / FRAME_RATE_HZ,
        highest / FRAME_RATE_HZ,
        _VARIATION,
        rate_hz / FRAME_RATE_HZ,
    )


def _sample_potentials(
    pools: MotorUnitPools, *, rate_hz: float, compression: float
) -> NDArray[np.float32]:
    """Give the potentials at the rate of the EMG, so scaled that full drive has an RMS of 1."""
    rates = _firing_rates(pools.thresholds, np.ones(1), compression=compression)
    full = np.sqrt(np.sum(rates * pools.amplitudes**2, axis=1, keepdims=True))
    scale = (pools.amplitudes / full).astype(np.float32)[..., np.newaxis]
    last = pools.potentials.shape[2] - 1
    at = np.arange(int(last * rate_hz / POTENTIAL_RATE_HZ)) * (POTENTIAL_RATE_HZ / rate_hz)
    before = at.astype(np.intp)
    towards = (at - before).astype(np.float32)
    sampled = np.take(pools.potentials, before, axis=2)
    if towards.any():
        sampled += towards * (np.take(pools.potentials, before + 1, axis=2) - sampled)
    sampled *= scale
    return sampled
