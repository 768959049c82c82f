"""Where patients are recorded: devices, protocol, rater and case mix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.streams import Stream, stream_rng

__all__ = ["REFERENCE_SITE", "Site", "check_site_severity", "draw_site"]


@dataclass(frozen=True)
class Site:
    """Describe what a site does to its recordings and ratings.

    Attributes
    ----------
    name : str
    emg_rate_hz, kinematics_rate_hz : float
        Samples per second.
    emg_gain : float
        Factor on the voltage of muscles: amplifier and skin preparation.
    emg_noise_v : float
        Standard deviation of the amplifier's noise.
    mains_hz, mains_v : float
        Frequency and typical amplitude of the mains hum.
    electrode_shift : float
        How far electrodes are typically misplaced, as a share of the distance to the
        neighbouring muscle.
    pace : float
        Instructed speed; above 1 movements are asked to be faster.
    target_height : float
        Factor on the height of the targets.
    marker_noise_m : float
        Standard deviation of a marker's position.
    facing_rad : float
        How far the chair is turned in the laboratory, about the vertical.
    leniency : float
        How much easier every item is given than elsewhere, in logits; raters of one site differ
        besides.
    case_mix : float
        How much better the site's patients are than others, in logits.
    """

    name: str = "site-1"
    emg_rate_hz: float = 2000.0
    kinematics_rate_hz: float = 200.0
    emg_gain: float = 1.0
    emg_noise_v: float = 2.5e-6
    mains_hz: float = 50.0
    mains_v: float = 1.5e-6
    electrode_shift: float = 0.15
    pace: float = 1.0
    target_height: float = 1.0
    marker_noise_m: float = 0.7e-3
    facing_rad: float = 0.0
    leniency: float = 0.0
    case_mix: float = 0.0


_MOST_SEVERE = 3.0

REFERENCE_SITE = Site()
"""The site of a cohort with a single one."""


def draw_site(seed: int, number: int, *, severity: float = 1.0) -> Site:
    """Draw how one of several sites differs from the reference.

    The spreads are assumptions: large enough to matter, small enough for one protocol.

    Parameters
    ----------
    seed : int
        Seed of the cohort.
    number : int
        Which site, from 1.
    severity : float, default 1
        Factor on every difference between sites, from 0 to 3; 0 makes them all the reference
        site.

    Raises
    ------
    SettingsError
        If `severity` does not lie between 0 and 3.

    Examples
    --------
    >>> draw_site(0, 2, severity=0.0).pace
    1.0
    """
    check_site_severity(severity)
    rng = stream_rng(seed, Stream.SITE, person=number)
    away = severity * rng.standard_normal(8)
    other_rate, other_mains, other_markers = rng.random(3)
    emg_rate = rng.choice([1000.0, 1500.0])
    kinematics_rate, marker_noise = ((100.0, 3e-3), (100.0, 1.5e-3))[int(rng.integers(2))]
    # How often a site has another device grows with the severity, from never at 0.
    share = 1.0 - 0.5**severity
    return Site(
        name=f"site-{number}",
        emg_rate_hz=float(emg_rate) if other_rate < share else REFERENCE_SITE.emg_rate_hz,
        kinematics_rate_hz=(
            kinematics_rate if other_markers < share else REFERENCE_SITE.kinematics_rate_hz
        ),
        emg_gain=float(np.exp(0.25 * away[0])),
        emg_noise_v=REFERENCE_SITE.emg_noise_v * float(np.exp(0.4 * away[1])),
        mains_hz=60.0 if other_mains < share / 2 else REFERENCE_SITE.mains_hz,
        mains_v=REFERENCE_SITE.mains_v * float(np.exp(0.6 * away[2])),
        electrode_shift=REFERENCE_SITE.electrode_shift * float(np.exp(0.3 * away[3])),
        pace=float(np.exp(0.10 * away[4])),
        target_height=float(np.exp(0.05 * away[5])),
        marker_noise_m=marker_noise if other_markers < share else REFERENCE_SITE.marker_noise_m,
        facing_rad=0.5 * severity * float(rng.uniform(-1, 1)),
        leniency=0.20 * float(away[6]),
        case_mix=0.5 * float(away[7]),
    )


def check_site_severity(severity: float) -> None:
    """Refuse what would make sites that cannot be.

    Raises
    ------
    SettingsError
        If `severity` does not lie between 0 and 3.
    """
    if not (math.isfinite(severity) and 0 <= severity <= _MOST_SEVERE):
        raise SettingsError(
            f"site_severity must lie between 0 and {_MOST_SEVERE:g}; got {severity!r}. Beyond, "
            "some sites would ask for movements that no arm can make."
        )
