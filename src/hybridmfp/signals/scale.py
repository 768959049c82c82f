"""Clinical scales: what a score may be, and what it is made of."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hybridmfp.errors import ScaleError

__all__ = ["SCALES", "Item", "Scale", "find_scale", "read_scale", "scale_from"]


@dataclass(frozen=True)
class Item:
    """Describe one rated item of a scale.

    Attributes
    ----------
    identifier : str
        Short id, unique in its scale.
    section : str
        The section it counts towards.
    title : str
        What is asked of the patient.
    levels : tuple of int
        The points that may be given, ascending.
    requires : tuple of str
        Items that must have their highest level before this one may exceed its lowest.
    """

    identifier: str
    section: str
    title: str
    levels: tuple[int, ...] = (0, 1, 2)
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scale:
    """Say what a score may be.

    Attributes
    ----------
    name : str
        Identifier such as ``"fma-ue"``.
    minimum, maximum : float
        Lowest and highest possible score, in points.
    items : tuple of Item
        The rated items; empty where only the total is known.
    mdc_points : float or None
        Minimal detectable change of the human rating, in points; None if unknown.
    mdc_source : str
        Where `mdc_points` comes from.

    Raises
    ------
    ScaleError
        If the bounds are not finite and ascending, the items do not sum to them, an identifier
        is given twice, the levels of an item do not ascend, or it requires an unknown item.
    """

    name: str
    minimum: float
    maximum: float
    items: tuple[Item, ...] = ()
    mdc_points: float | None = None
    mdc_source: str = ""

    def __post_init__(self) -> None:
        if not (
            math.isfinite(self.minimum)
            and math.isfinite(self.maximum)
            and self.minimum < self.maximum
        ):
            raise ScaleError(
                f"minimum of scale {self.name!r} must be finite and below its maximum; "
                f"got {self.minimum:g} and {self.maximum:g}."
            )
        if self.items:
            _check_items(self.name, self.items)
            lowest = sum(item.levels[0] for item in self.items)
            highest = sum(item.levels[-1] for item in self.items)
            if (lowest, highest) != (self.minimum, self.maximum):
                raise ScaleError(
                    f"items of scale {self.name!r} must sum to its bounds "
                    f"{self.minimum:g} to {self.maximum:g}; they sum to {lowest} to {highest}."
                )

    @property
    def sections(self) -> Mapping[str, tuple[Item, ...]]:
        """The items by section, in order."""
        names = dict.fromkeys(item.section for item in self.items)
        return MappingProxyType(
            {name: tuple(item for item in self.items if item.section == name) for name in names}
        )

    def check(self, score: float, *, whose: str) -> float:
        """Give the score back if it lies on the scale.

        Parameters
        ----------
        score : float
            Points.
        whose : str
            Whose score it is, for the message.

        Raises
        ------
        ScaleError
            If the score is not a number between `minimum` and `maximum`.
        """
        if not self.minimum <= score <= self.maximum:
            raise ScaleError(
                f"the score of {whose} must lie on {self.name}, "
                f"{self.minimum:g} to {self.maximum:g} points; got {score:g}. "
                "Correct the label, or name the scale it was rated on with --scale."
            )
        return float(score)

    def check_items(self, items: Mapping[str, float], *, score: float | None, whose: str) -> None:
        """Check that rated items are possible, and possible with the score.

        Parameters
        ----------
        items : mapping of str to float
            Points by identifier; items that are missing were not rated.
        score : float or None
            The total, in points; None if it was not rated.
        whose : str
            Whose items they are, for the message.

        Raises
        ------
        ScaleError
            If an item is not one of the scale, has points that are none of its levels, exceeds
            its lowest level without the items it requires, or if the items that are missing
            cannot make up the rest of the score: with every item rated, their sum is the score.

        Examples
        --------
        >>> hand = Scale("hand", 0, 4, (Item("C1", "C", "flexion"), Item("C2", "C", "extension")))
        >>> hand.check_items({"C1": 2, "C2": 1}, score=3, whose="S1")
        """
        known = {item.identifier: item for item in self.items}
        for name, points in items.items():
            if name not in known:
                raise ScaleError(
                    f"items of {whose} must be items of {self.name}, "
                    f"{', '.join(known) or 'which has none'}; got {name!r}. Correct its name."
                )
            _check_level(known[name], points, whose=whose)
        for name, points in items.items():
            _check_requirements(known[name], points, items, known, whose=whose)
        if items and score is not None:
            self._check_sum(items, score, whose=whose)

    def _check_sum(self, items: Mapping[str, float], score: float, *, whose: str) -> None:
        lowest = sum(items.get(item.identifier, item.levels[0]) for item in self.items)
        highest = sum(items.get(item.identifier, item.levels[-1]) for item in self.items)
        if not lowest <= score <= highest:
            told = (
                f"which sum to {lowest:g}"
                if len(items) == len(self.items)
                else f"which leave {lowest:g} to {highest:g} points"
            )
            raise ScaleError(
                f"the score of {whose} must fit their {len(items)} rated items of {self.name}, "
                f"{told}; got {score:g}. Correct the score or the items."
            )


def _check_level(item: Item, points: float, *, whose: str) -> None:
    if points not in item.levels:
        raise ScaleError(
            f"item {item.identifier} of {whose} must have one of "
            f"{', '.join(map(str, item.levels))} points; got {points:g}. Correct the rating."
        )


def _check_requirements(
    item: Item,
    points: float,
    items: Mapping[str, float],
    known: Mapping[str, Item],
    *,
    whose: str,
) -> None:
    if points == item.levels[0]:
        return
    for name in item.requires:
        full = known[name].levels[-1]
        if items.get(name, full) < full:
            raise ScaleError(
                f"item {item.identifier} of {whose} must be {item.levels[0]} while item {name} "
                f"is below {full}, which it requires; got {points:g} with {name} at "
                f"{items[name]:g}. Correct the rating."
            )


def _check_items(scale: str, items: tuple[Item, ...]) -> None:
    identifiers = [item.identifier for item in items]
    doubled = sorted({one for one in identifiers if identifiers.count(one) > 1})
    if doubled:
        raise ScaleError(
            f"items of scale {scale!r} must have unique identifiers; "
            f"got {', '.join(doubled)} more than once."
        )
    for item in items:
        if not item.levels or list(item.levels) != sorted(set(item.levels)):
            raise ScaleError(
                f"levels of item {item.identifier!r} of scale {scale!r} must ascend, "
                f"such as 0, 1, 2; got {item.levels}."
            )
        unknown = [name for name in item.requires if name not in identifiers]
        if unknown:
            raise ScaleError(
                f"item {item.identifier!r} of scale {scale!r} must require items of its scale; "
                f"got {', '.join(unknown)}."
            )


def _fma_ue_items() -> tuple[Item, ...]:
    synergies = (
        "shoulder retraction",
        "shoulder elevation",
        "shoulder abduction",
        "shoulder external rotation",
        "elbow flexion",
        "forearm supination",
        "shoulder adduction and internal rotation",
        "elbow extension",
        "forearm pronation",
    )
    rows: list[tuple[str, str, str]] = [
        ("A1a", "A", "reflex activity: flexors"),
        ("A1b", "A", "reflex activity: extensors"),
        *((f"A2{'abcdefghi'[at]}", "A", title) for at, title in enumerate(synergies)),
        ("A3a", "A", "hand to lumbar spine"),
        ("A3b", "A", "shoulder flexion 0-90 degrees, elbow straight"),
        ("A3c", "A", "pronation and supination, elbow at 90 degrees"),
        ("A4a", "A", "shoulder abduction 0-90 degrees, elbow straight"),
        ("A4b", "A", "shoulder flexion 90-180 degrees, elbow straight"),
        ("A4c", "A", "pronation and supination, elbow straight"),
        ("A5", "A", "normal reflex activity"),
        ("B1", "B", "wrist stability at 15 degrees dorsiflexion, elbow at 90 degrees"),
        ("B2", "B", "repeated dorsiflexion and volar flexion, elbow at 90 degrees"),
        ("B3", "B", "wrist stability at 15 degrees dorsiflexion, elbow straight"),
        ("B4", "B", "repeated dorsiflexion and volar flexion, elbow straight"),
        ("B5", "B", "wrist circumduction"),
        ("C1", "C", "mass flexion"),
        ("C2", "C", "mass extension"),
        ("C3", "C", "hook grasp"),
        ("C4", "C", "thumb adduction"),
        ("C5", "C", "pincer grasp"),
        ("C6", "C", "cylinder grasp"),
        ("C7", "C", "spherical grasp"),
        ("D1", "D", "tremor"),
        ("D2", "D", "dysmetria"),
        ("D3", "D", "time"),
    ]
    levels = dict.fromkeys(("A1a", "A1b"), (0, 2))  # a reflex is there or not
    requires = {"A5": ("A4a", "A4b", "A4c")}  # tested only after the full 6 points of A4
    return tuple(
        Item(
            identifier, section, title, levels.get(identifier, (0, 1, 2)),
            requires.get(identifier, ()),
        )
        for identifier, section, title in rows
    )  # fmt: skip


FMA_UE = Scale(
    name="fma-ue",
    minimum=0,
    maximum=66,
    items=_fma_ue_items(),
    mdc_points=6.82,
    mdc_source="Neurorehabil Neural Repair 2023;37(8):545-553, doi:10.1177/15459683231186985",
)

FMA_UE_MHH20 = Scale(name="fma-ue-mhh20", minimum=0, maximum=20)

SCALES: Mapping[str, Scale] = MappingProxyType(
    {scale.name: scale for scale in (FMA_UE, FMA_UE_MHH20)}
)
"""The scales that ship: FMA-UE (Fugl-Meyer 1975, PMID 1135616) and the partial MHH scale.

``fma-ue-mhh20`` is part C (hand) plus three arm movements, as rated in U-Limb MHH
(doi:10.1093/gigascience/giab043). It is not the 0-66 total, and no cut-off of that total
holds on it.
"""


def find_scale(name: str) -> Scale:
    """Give the scale of that name, or the one a scale file describes.

    Parameters
    ----------
    name : str
        A key of `SCALES`, or the path of a ``.json`` scale file.

    Raises
    ------
    ScaleError
        If there is no such scale.
    """
    if name in SCALES:
        return SCALES[name]
    if name.endswith(".json"):
        return read_scale(Path(name))
    nearest = difflib.get_close_matches(name, SCALES, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise ScaleError(
        f"scale must be one of {', '.join(SCALES)} or the path of a .json scale file; "
        f"got {name!r}.{hint}"
    )


def read_scale(path: Path) -> Scale:
    """Read a scale of your own from a JSON file; see `scale_from` for what it holds.

    Raises
    ------
    ScaleError
        If the file is missing, is not JSON, or does not describe a scale.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ScaleError(f"the scale file must exist; {path} does not.") from error
    except (OSError, ValueError) as error:
        raise _no_scale(str(path), error) from error
    return scale_from(described, source=str(path))


def scale_from(described: object, *, source: str) -> Scale:
    """Make a scale of its description.

    Parameters
    ----------
    described : mapping
        ``name``, ``minimum``, ``maximum`` and, if wanted, ``mdc_points``, ``mdc_source`` and
        ``items``, a list of ``identifier``, ``section``, ``title``, ``levels`` and, if wanted,
        ``requires``.
    source : str
        Where it stands, for the message.

    Raises
    ------
    ScaleError
        If something is missing or of another kind, or breaks a rule of `Scale`.

    Examples
    --------
    >>> scale_from({"name": "arat", "minimum": 0, "maximum": 57}, source="arat.json").maximum
    57.0
    """
    try:
        return _scale_of(described)  # type: ignore[arg-type]
    except ScaleError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_scale(source, error) from error


def _scale_of(described: Mapping[str, Any]) -> Scale:
    mdc_points = described.get("mdc_points")
    return Scale(
        name=str(described["name"]),
        minimum=float(described["minimum"]),
        maximum=float(described["maximum"]),
        items=tuple(
            Item(
                entry["identifier"],
                entry["section"],
                entry["title"],
                tuple(entry["levels"]),
                tuple(entry.get("requires", ())),
            )
            for entry in described.get("items", ())
        ),
        mdc_points=None if mdc_points is None else float(mdc_points),
        mdc_source=str(described.get("mdc_source", "")),
    )


def _no_scale(source: str, error: Exception) -> ScaleError:
    return ScaleError(
        "a scale must be JSON with name, minimum and maximum, and items with identifier, section, "
        f"title and levels; {source} is not ({type(error).__name__}: {error})."
    )
