"""Where the electrodes of the montage ``mhh-emg`` lie, and what lies beneath them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["ELECTRODE_SITES", "NEIGHBOURS", "ElectrodeSite"]


@dataclass(frozen=True)
class ElectrodeSite:
    """Describe one muscle as its pair of electrodes meets it.

    Attributes
    ----------
    fibre_m : float
        From the end-plate to either end of a fibre.
    speed : float
        Conduction velocity relative to a warm upper arm.
    fat_share : float
        Fat here, as a share of the fat over the upper arm.
    typical_v : float
        RMS voltage at full drive in a typical person.
    """

    fibre_m: float
    speed: float
    fat_share: float
    typical_v: float


# Assumptions throughout. Fibres: half of the fascicles of Holzbaur et al. (2005), Ann Biomed Eng
# 33, 829 (doi:10.1007/s10439-005-3320-7), drawn towards 4 cm because end-plates lie in bands.
# Speeds: muscles of a cool forearm and hand conduct more slowly. Voltages: usual for 20 mm pairs.
ELECTRODE_SITES: Mapping[str, ElectrodeSite] = MappingProxyType(
    {
        "deltoid_anterior": ElectrodeSite(0.048, 1.00, 1.0, 700e-6),
        "biceps_brachii": ElectrodeSite(0.050, 1.00, 1.0, 600e-6),
        "triceps_brachii": ElectrodeSite(0.050, 1.00, 1.0, 450e-6),
        "flexor_digitorum_superficialis": ElectrodeSite(0.042, 0.85, 0.7, 350e-6),
        "extensor_digitorum": ElectrodeSite(0.040, 0.85, 0.7, 450e-6),
        "brachioradialis": ElectrodeSite(0.042, 0.85, 0.7, 450e-6),
        "flexor_carpi_ulnaris": ElectrodeSite(0.032, 0.85, 0.7, 350e-6),
        "extensor_carpi_ulnaris": ElectrodeSite(0.035, 0.85, 0.7, 400e-6),
        "pronator_teres": ElectrodeSite(0.032, 0.85, 0.7, 250e-6),
        "flexor_carpi_radialis": ElectrodeSite(0.035, 0.85, 0.7, 350e-6),
        "abductor_pollicis_brevis": ElectrodeSite(0.025, 0.70, 0.3, 500e-6),
        "abductor_digiti_minimi": ElectrodeSite(0.025, 0.70, 0.3, 400e-6),
    }
)
"""The sites, in the order of the montage."""

# How much of a muscle its neighbour's electrodes hear as well: assumptions, larger the closer.
NEIGHBOURS: tuple[tuple[str, str, float], ...] = (
    ("deltoid_anterior", "biceps_brachii", 0.05),
    ("biceps_brachii", "triceps_brachii", 0.04),
    ("biceps_brachii", "brachioradialis", 0.05),
    ("brachioradialis", "extensor_digitorum", 0.08),
    ("brachioradialis", "pronator_teres", 0.08),
    ("pronator_teres", "flexor_carpi_radialis", 0.14),
    ("flexor_carpi_radialis", "flexor_digitorum_superficialis", 0.14),
    ("flexor_digitorum_superficialis", "flexor_carpi_ulnaris", 0.12),
    ("flexor_carpi_ulnaris", "extensor_carpi_ulnaris", 0.06),
    ("extensor_carpi_ulnaris", "extensor_digitorum", 0.12),
    ("abductor_pollicis_brevis", "abductor_digiti_minimi", 0.04),
)
"""Pairs of muscles side by side, and the share of its own voltage that each gets of the other."""
