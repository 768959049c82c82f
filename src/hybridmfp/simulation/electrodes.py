"""What the electrodes of one session do to the EMG: the same in every trial of the session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import Side, find_montage
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.electrode_sites import ELECTRODE_SITES, NEIGHBOURS
from hybridmfp.simulation.site import Site

__all__ = ["Electrodes", "draw_electrodes"]

_Floats = NDArray[np.float64]

# Assumptions, all of them; voltages as they are usual at the input of an amplifier.
_GAIN_SPREAD = 0.35  # log-normal: skin, placement, mass of the muscle
_LOST_PER_MM = 0.08  # of the voltage, per millimetre of fat (exponential)
_USUAL_FAT_MM = 4.0  # for which ElectrodeSite.typical_v holds
_MOST_CROSSTALK = 0.6  # of what a pair of electrodes sees
_SHIFTED = 2.0  # crosstalk gained per unit of electrode shift, relative to its usual share
_NOISE_SPREAD = 0.2  # log-normal
_MAINS_SHAPE = 1.5  # of a gamma distribution of mean 1: few channels hum much
_MOTION_V, _MOTION_SHAPE = 7e-6, 1.2  # RMS at 10 m/s²; gamma
_BAD_SHARE = 0.012  # of the channels of a session
_BAD_HUM = 20.0  # how much more a channel hums whose electrode has come off
_CLIP_V = 5e-3
_HEART_BPM = (60.0, 95.0)
_ECG_SPREAD = 0.3  # log-normal
_RIGHT_ECG = 0.2  # of what reaches the left arm
_ECG_V = {"deltoid_anterior": 25e-6, "biceps_brachii": 6e-6, "triceps_brachii": 6e-6}


@dataclass(frozen=True, eq=False)
class Electrodes:
    """Hold what twelve pairs of electrodes and their amplifier do, from first to last trial.

    Attributes
    ----------
    gain_v : array of float, shape (12,)
        RMS voltage at full drive; 0 where the electrode has come off.
    crosstalk : array of float, shape (12, 12)
        What each pair (row) sees of each muscle (column); rows add up to 1.
    noise_v : array of float, shape (12,)
        Standard deviation of the amplifier's noise.
    mains_hz : float
        Frequency of the mains.
    mains_v, mains_phase : array of float, shape (12,)
        Amplitude and phase, in radians, of the hum.
    motion_v : array of float, shape (12,)
        RMS of the motion artefact while the hand accelerates with 10 m/s².
    ecg_v : array of float, shape (12,)
        Height of the heart's R wave.
    heart_hz : float
        Heart beats per second.
    bad : array of bool, shape (12,)
        Where the electrode has come off: no muscle and no heart, much more hum.
    clip_v : float
        Where the amplifier clips, in volts.
    """

    gain_v: _Floats
    crosstalk: _Floats
    noise_v: _Floats
    mains_hz: float
    mains_v: _Floats
    mains_phase: _Floats
    motion_v: _Floats
    ecg_v: _Floats
    heart_hz: float
    bad: NDArray[np.bool_]
    clip_v: float


def draw_electrodes(body: Body, site: Site, side: Side, rng: np.random.Generator) -> Electrodes:
    """Put the electrodes of the montage ``mhh-emg`` on one arm, for one session.

    Parameters
    ----------
    body : Body
        Whose arm; fat lowers the voltage.
    site : Site
        Where: gain, noise, hum, and how carefully electrodes are placed.
    side : {"left", "right"}
        Which arm; the heart is heard on the left more than on the right.
    rng : numpy.random.Generator
        Source of randomness.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> from hybridmfp.simulation.site import REFERENCE_SITE
    >>> body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
    >>> electrodes = draw_electrodes(body, REFERENCE_SITE, "left", np.random.default_rng(0))
    >>> electrodes.crosstalk.sum(axis=1).round(12).tolist() == [1.0] * 12
    True
    """
    muscles = find_montage("mhh-emg").points
    n_channels = len(muscles)
    typical_v = np.array([ELECTRODE_SITES[muscle].typical_v for muscle in muscles])
    fat_mm = body.fat_mm * np.array([ELECTRODE_SITES[muscle].fat_share for muscle in muscles])
    gain_v = site.emg_gain * typical_v * np.exp(-_LOST_PER_MM * (fat_mm - _USUAL_FAT_MM))
    gain_v *= np.exp(rng.normal(0, _GAIN_SPREAD, n_channels))
    crosstalk = _draw_crosstalk(muscles, site.electrode_shift, rng)
    noise_v = site.emg_noise_v * np.exp(rng.normal(0, _NOISE_SPREAD, n_channels))
    mains_v = site.mains_v * rng.gamma(_MAINS_SHAPE, 1 / _MAINS_SHAPE, n_channels)
    mains_phase = rng.uniform(0, 2 * np.pi, n_channels)
    motion_v = _MOTION_V * rng.gamma(_MOTION_SHAPE, 1 / _MOTION_SHAPE, n_channels)
    ecg_v = np.array([_ECG_V.get(muscle, 0.0) for muscle in muscles])
    ecg_v *= np.exp(rng.normal(0, _ECG_SPREAD, n_channels))
    ecg_v *= 1.0 if side == "left" else _RIGHT_ECG
    heart_hz = float(rng.uniform(*_HEART_BPM)) / 60
    bad = rng.random(n_channels) < _BAD_SHARE
    return Electrodes(
        gain_v=np.where(bad, 0.0, gain_v),
        crosstalk=crosstalk,
        noise_v=noise_v,
        mains_hz=site.mains_hz,
        mains_v=np.where(bad, _BAD_HUM, 1.0) * mains_v,
        mains_phase=mains_phase,
        motion_v=motion_v,
        ecg_v=np.where(bad, 0.0, ecg_v),
        heart_hz=heart_hz,
        bad=bad,
        clip_v=_CLIP_V,
    )


def _draw_crosstalk(
    muscles: tuple[str, ...], electrode_shift: float, rng: np.random.Generator
) -> _Floats:
    """Draw what each pair of electrodes hears of its neighbours; one shift moves one pair."""
    n_channels = len(muscles)
    shift = np.abs(rng.normal(0, electrode_shift, n_channels))
    heard = np.zeros((n_channels, n_channels))
    for one, other, share in NEIGHBOURS:
        first, second = muscles.index(one), muscles.index(other)
        for here, there in ((first, second), (second, first)):
            heard[here, there] = share * (rng.uniform(0.5, 1.5) + _SHIFTED * shift[here])
    total = heard.sum(axis=1)
    heard *= np.minimum(1, _MOST_CROSSTALK / np.maximum(total, _MOST_CROSSTALK))[:, np.newaxis]
    crosstalk: _Floats = heard + np.diag(1 - heard.sum(axis=1))
    return crosstalk
