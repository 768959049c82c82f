"""What is found at the bedside: movement, strength, spasticity, pain, contraindications."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

from hybridmfp.errors import ClinicalError
from hybridmfp.signals import Side

__all__ = ["BedsideFindings", "Contraindication", "Mas", "check_days"]

Mas = Literal["0", "1", "1+", "2", "3", "4"]
"""Modified Ashworth scale."""

Contraindication = Literal[
    "fracture",
    "shoulder_subluxation",
    "uncontrolled_blood_pressure",
    "skin_problem",
    "pacemaker",
    "seizures",
    "pregnancy",
]
"""What can forbid a therapy; see the rules of the plan."""

_RANGES = {
    "wrist_extension_deg": (0, 90),
    "finger_extension_deg": (0, 90),
    "shoulder_flexion_deg": (0, 180),
    "elbow_extension_deg": (0, 160),
    "shoulder_pain": (0, 10),
    "mrc_shoulder_abduction": (0, 5),
    "mrc_finger_extension": (0, 5),
    "nihss": (0, 42),
}
_MOST_DAYS = 36525  # a hundred years
_WHOLE = ("mrc_shoulder_abduction", "mrc_finger_extension", "nihss")


@dataclass(frozen=True)
class BedsideFindings:
    """Hold what one bedside examination found; None is *not examined*, never *nothing found*.

    Attributes
    ----------
    days_post_stroke : float
        When it was examined, in days since the stroke.
    side : {"left", "right"} or None
        The arm examined.
    wrist_extension_deg, finger_extension_deg : float or None
        Active extension from rest, in degrees, 0 to 90; of the fingers at the MCP and IP joints.
    shoulder_flexion_deg, elbow_extension_deg : float or None
        Active range, in degrees, 0 to 180 and 0 to 160.
    spasticity_mas : {"0", "1", "1+", "2", "3", "4"} or None
        Highest modified Ashworth score of elbow, wrist and finger flexors.
    follows_instructions : bool or None
        Whether cognition and language allow to take part in an exercise.
    shoulder_pain : float or None
        0, none, to 10.
    contraindications : frozenset of str, or None
        What was found of `Contraindication`; an empty set if all were asked for and none found.
    mrc_shoulder_abduction, mrc_finger_extension : int or None
        MRC grades of strength, 0 to 5.
    mep_present : bool or None
        Whether transcranial magnetic stimulation evokes a motor potential in the paretic hand.
    nihss : int or None
        National Institutes of Health Stroke Scale, 0 to 42.

    Raises
    ------
    ClinicalError
        ``impossible_value`` outside these ranges; ``unit_mix_up`` for angles that look like
        radians, and days that cannot be days.

    Examples
    --------
    >>> BedsideFindings(10, wrist_extension_deg=25.0).finger_extension_deg is None
    True
    """

    days_post_stroke: float
    side: Side | None = None
    wrist_extension_deg: float | None = None
    finger_extension_deg: float | None = None
    shoulder_flexion_deg: float | None = None
    elbow_extension_deg: float | None = None
    spasticity_mas: Mas | None = None
    follows_instructions: bool | None = None
    shoulder_pain: float | None = None
    contraindications: frozenset[Contraindication] | None = None
    mrc_shoulder_abduction: int | None = None
    mrc_finger_extension: int | None = None
    mep_present: bool | None = None
    nihss: int | None = None

    def __post_init__(self) -> None:
        check_days(self.days_post_stroke, whose="bedside findings")
        for name in _RANGES:
            _check_range(name, getattr(self, name))
        _check_word("spasticity_mas", self.spasticity_mas, get_args(Mas))
        for word in sorted(self.contraindications or ()):
            _check_word("contraindications", word, get_args(Contraindication))

    @property
    def examined(self) -> tuple[str, ...]:
        """The names of the findings that were made."""
        names = (one.name for one in fields(self) if one.name not in ("days_post_stroke", "side"))
        return tuple(name for name in names if getattr(self, name) is not None)


def check_days(days: float, *, whose: str) -> None:
    """Refuse days since the stroke that cannot be.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for a negative or infinite number; ``unit_mix_up`` for more than a
        hundred years, such as a date in digits, hours or seconds.

    Examples
    --------
    >>> check_days(12, whose="S1")
    """
    if not (math.isfinite(days) and days >= 0):
        raise ClinicalError(
            f"days_post_stroke of {whose} must be a number of 0 or more; got {days!r}. "
            "Count from the day of the stroke.",
            refusal="impossible_value",
        )
    if days > _MOST_DAYS:
        raise ClinicalError(
            f"days_post_stroke of {whose} must be days, at most a hundred years; got {days:g}, "
            "which looks like a date, hours or seconds. Count days from the day of the stroke.",
            refusal="unit_mix_up",
        )


def _check_range(name: str, value: float | None) -> None:
    if value is None:
        return
    lowest, highest = _RANGES[name]
    if not lowest <= value <= highest or (name in _WHOLE and value != int(value)):
        whole = "a whole number " if name in _WHOLE else ""
        raise ClinicalError(
            f"{name} must be {whole}between {lowest} and {highest}; got {value:g}. "
            "Examine again, or leave it out if it was not examined.",
            refusal="impossible_value",
        )
    if name.endswith("_deg") and value <= math.pi and value != int(value):
        raise ClinicalError(
            f"{name} must be in degrees; got {value:g}, which looks like radians. "
            "Goniometers read whole degrees: multiply radians by 57.3 and round.",
            refusal="unit_mix_up",
        )


def _check_word(name: str, word: str | None, known: tuple[str, ...]) -> None:
    if word is not None and word not in known:
        raise ClinicalError(
            f"{name} must be of {', '.join(known)}; got {word!r}.", refusal="impossible_value"
        )
