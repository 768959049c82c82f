"""What a pair of surface electrodes sees when muscle fibres fire once: a travelling tripole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from hybridmfp.simulation.coloured_noise import passband

__all__ = ["POTENTIAL_RATE_HZ", "MotorUnitFibres", "bipolar_potentials"]

POTENTIAL_RATE_HZ = 12_000.0
"""Rate of the potentials: a multiple of 1000, 1500 and 2000 Hz."""

_Floats = NDArray[np.float64]

# Three currents that sum to zero and whose first moment is zero, as the membrane returns to where
# it was; the second trails the first by 2.1 mm, which is about Rosenfalck's action potential.
_CURRENTS = (1.0, -1.44, 0.44)
_TRAILS_M = (0.0, 2.1e-3, 2.1e-3 * 1.44 / 0.44)
_SPACING_M = 0.020  # between the electrodes, as SENIAM recommends
_COARSE = 3  # solve at a third of the rate: 4 kHz; what lies above 500 Hz is filtered out anyway
_EDGE_S = 0.004  # room for the amplifier's ringing before and after the potential


@dataclass(frozen=True, eq=False)
class MotorUnitFibres:
    """Hold the geometry of motor units; every attribute has the shape (..., n_units).

    Attributes
    ----------
    ends_m : array of float, shape (2, ..., n_units)
        From the end-plate to the ends of the fibres, on the electrodes' side and on the other.
    electrodes_m : array of float
        From the end-plate to the middle of the pair of electrodes.
    distance_m : array of float
        From the fibres to the electrodes, as if tissue conducted alike in all directions.
    velocity_m_s : array of float
        Of conduction.
    scatter_m : array of float
        Standard deviation of the end-plates of the fibres of one unit.
    """

    ends_m: _Floats
    electrodes_m: _Floats
    distance_m: _Floats
    velocity_m_s: _Floats
    scatter_m: _Floats


def bipolar_potentials(fibres: MotorUnitFibres) -> NDArray[np.float32]:
    """Give the potential of each motor unit between two electrodes, of unit energy.

    Three currents leave the end-plate one after the other towards either end of the fibres and
    stay there. While they travel along, the electrodes see a propagating potential; while they
    appear at the end-plate and vanish at the ends, one that does not propagate and reaches far
    higher frequencies. Scattered end-plates and the amplifier smooth both.

    Parameters
    ----------
    fibres : MotorUnitFibres
        Geometry of the motor units.

    Returns
    -------
    array of float32, shape (..., n_units, n_samples)
        At `POTENTIAL_RATE_HZ`; the integral of the square over time in seconds is 1.

    References
    ----------
    Merletti, R., Lo Conte, L., Avignone, E., Guglielminotti, P. (1999). Modeling of surface
    myoelectric signals. I. Model implementation. *IEEE Transactions on Biomedical Engineering*,
    46, 810-820. doi:10.1109/10.771190

    Examples
    --------
    >>> import numpy as np
    >>> unit = MotorUnitFibres(
    ...     ends_m=np.full((2, 1), 0.05), electrodes_m=np.array([0.022]),
    ...     distance_m=np.array([0.010]), velocity_m_s=np.array([4.0]),
    ...     scatter_m=np.array([0.002]),
    ... )
    >>> potential = bipolar_potentials(unit)
    >>> round(float(np.sum(potential**2)) / POTENTIAL_RATE_HZ, 6)
    1.0
    """
    lasts_s = np.max((fibres.ends_m + _TRAILS_M[-1]) / fibres.velocity_m_s) + 2 * _EDGE_S
    n_coarse = int(np.ceil(lasts_s * POTENTIAL_RATE_HZ / _COARSE))
    time_s: _Floats = np.arange(n_coarse, dtype=np.float64)
    time_s = time_s * (_COARSE / POTENTIAL_RATE_HZ) - _EDGE_S
    potentials = _smooth(_unfiltered(fibres, time_s), fibres)
    potentials *= np.sqrt(POTENTIAL_RATE_HZ / np.sum(potentials**2, axis=-1, keepdims=True))
    return potentials.astype(np.float32)


def _unfiltered(fibres: MotorUnitFibres, time_s: _Floats) -> _Floats:
    """Add what each pole gives each electrode on its way; shape (..., n_units, n_instants)."""
    travelled = fibres.velocity_m_s[..., np.newaxis] * time_s
    squared = fibres.distance_m[..., np.newaxis] ** 2
    middle = fibres.electrodes_m[..., np.newaxis]
    potential = np.zeros_like(travelled)
    for ends, way in zip(fibres.ends_m, (1.0, -1.0), strict=True):
        for current, trail in zip(_CURRENTS, _TRAILS_M, strict=True):
            from_middle = way * np.clip(travelled - trail, 0, ends[..., np.newaxis]) - middle
            potential += current / np.sqrt((from_middle + _SPACING_M / 2) ** 2 + squared)
            potential -= current / np.sqrt((from_middle - _SPACING_M / 2) ** 2 + squared)
    return potential


def _smooth(potential: _Floats, fibres: MotorUnitFibres) -> _Floats:
    """Blur by the scatter of the end-plates, filter as the amplifier does, raise the rate."""
    n_coarse = potential.shape[-1]
    padded = int(scipy.fft.next_fast_len(2 * n_coarse, real=True))
    frequency_hz = scipy.fft.rfftfreq(padded, _COARSE / POTENTIAL_RATE_HZ)
    inside = frequency_hz[passband(frequency_hz) > 0]
    scatter_s = (fibres.scatter_m / fibres.velocity_m_s)[..., np.newaxis]
    spectrum = scipy.fft.rfft(potential, padded, axis=-1)[..., : inside.size]
    spectrum *= passband(inside) * np.exp(-0.5 * (2 * np.pi * inside * scatter_s) ** 2)
    fine = scipy.fft.irfft(spectrum, _COARSE * padded, axis=-1)
    smoothed: _Floats = fine[..., : _COARSE * n_coarse]
    return smoothed
