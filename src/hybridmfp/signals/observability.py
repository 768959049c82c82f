"""Which recordings can show which item of a scale: nobody can read a reflex from a movement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from hybridmfp.signals.scale import FMA_UE, Item, Scale

__all__ = ["Modality", "Observability", "ObservabilityGrade", "observability_of"]

Modality = Literal["emg", "kinematics"]
"""A kind of signal that can show an item."""

ObservabilityGrade = Literal["good", "moderate", "weak", "none"]
"""How well an item can be seen when everything that can show it was recorded."""


@dataclass(frozen=True)
class Observability:
    """Say what can show an item.

    Attributes
    ----------
    grade : {"good", "moderate", "weak", "none"}
        How well it shows, with all of `seen_by`.
    seen_by : tuple of {"emg", "kinematics"}
        Either of them shows something of it; empty if nothing does.
    muscles : frozenset of str
        For ``"emg"``: one of these muscles at least must have been recorded; empty if any will do.
    """

    grade: ObservabilityGrade
    seen_by: tuple[Modality, ...]
    muscles: frozenset[str] = frozenset()

    def shows(self, *, muscles: Collection[str], kinematics: bool) -> bool:
        """Tell whether a recording shows anything of the item.

        Parameters
        ----------
        muscles : collection of str
            Canonical names of the muscles that were recorded.
        kinematics : bool
            Whether the movement of the arm was recorded.

        Examples
        --------
        >>> wrist = Observability("weak", ("emg",), frozenset({"extensor_carpi_ulnaris"}))
        >>> wrist.shows(muscles=["biceps_brachii"], kinematics=True)
        False
        """
        by_emg = "emg" in self.seen_by and bool(self._telling(muscles))
        return by_emg or (kinematics and "kinematics" in self.seen_by)

    def _telling(self, muscles: Collection[str]) -> frozenset[str]:
        return frozenset(muscles) & self.muscles if self.muscles else frozenset(muscles)


_NOTHING = Observability("none", ())
_ANYTHING = Observability("moderate", ("emg", "kinematics"))
_ARM = Observability(
    "good",
    ("emg", "kinematics"),
    frozenset(
        (
            *("deltoid_anterior", "deltoid_medial", "deltoid_posterior", "pectoralis_major"),
            *("trapezius_superior", "trapezius_inferior", "serratus_anterior", "latissimus_dorsi"),
            *("infraspinatus", "supraspinatus", "subscapularis"),
            *("biceps_brachii", "triceps_brachii", "brachioradialis", "pronator_teres"),
        )
    ),
)
_WRIST = Observability(
    "weak",
    ("emg",),
    frozenset(
        (
            *("flexor_carpi_radialis", "flexor_carpi_ulnaris"),
            *("extensor_carpi_radialis", "extensor_carpi_ulnaris", "extensor_digitorum"),
        )
    ),
)
_HAND = Observability(
    "weak",
    ("emg",),
    frozenset(
        (
            *("flexor_digitorum_superficialis", "extensor_digitorum"),
            *("abductor_pollicis_brevis", "abductor_digiti_minimi"),
        )
    ),
)
_FINGER_TO_NOSE = Observability("moderate", ("emg", "kinematics"))
_DYSMETRIA = Observability("moderate", ("kinematics",))  # an error of place: EMG has no places

# Sensors are those of U-Limb MHH, doi:10.1093/gigascience/giab043: 12 muscles, and markers down to
# the wrist but none on the hand. The grades are an assumption, not measured.
_SECTIONS: Mapping[str, Observability] = MappingProxyType(
    {"A": _ARM, "B": _WRIST, "C": _HAND, "D": _FINGER_TO_NOSE}
)
_SINGLE: Mapping[str, Observability] = MappingProxyType(
    {"A1a": _NOTHING, "A1b": _NOTHING, "A5": _NOTHING, "D2": _DYSMETRIA}
)


def observability_of(item: Item, scale: Scale) -> Observability:
    """Say what can show an item of a scale.

    FMA-UE has a table: reflexes are tested with a hammer and never show; wrist and hand show in
    the EMG of their muscles alone, because no marker sits on the hand. Nothing is known about the
    items of another scale: any recording may show them, save those with *reflex* in their title.

    Parameters
    ----------
    item : Item
    scale : Scale
        The scale it is an item of.

    Examples
    --------
    >>> shown = {item.identifier: observability_of(item, FMA_UE) for item in FMA_UE.items}
    >>> shown["A1a"].grade, shown["A2e"].grade, shown["C1"].seen_by
    ('none', 'good', ('emg',))
    """
    if scale.items != FMA_UE.items:
        return _NOTHING if "reflex" in item.title.lower() else _ANYTHING
    return _SINGLE.get(item.identifier, _SECTIONS[item.section])
