"""The tables of an assessment's report, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridmfp.app.report.electrode_picture import ALL_CHANNELS
from hybridmfp.app.report.plain_names import in_plain_units, item_titles, phase_name, plain_name
from hybridmfp.app.report.verdict_mark import VERDICT_WORDS
from hybridmfp.app.report.wording import as_number

__all__ = [
    "BiomarkerRow",
    "DriverRow",
    "Finding",
    "ItemRow",
    "MapRow",
    "biomarker_rows",
    "driver_rows",
    "findings",
    "item_rows",
    "map_rows",
    "provenance_rows",
    "signed",
]

_SECTIONS = {"A": "Shoulder, elbow, forearm", "B": "Wrist", "C": "Hand", "D": "Coordination, speed"}
_BLUE, _ORANGE = (0, 114, 178), (213, 94, 0)
_STRONGEST_TINT = 0.55  # dark words stay readable on it
_EVERYTHING = {"emg": "all muscles", "kinematics": "all markers", "both": "EMG and kinematics"}
_SEVERITY = {"red": 0, "amber": 1}


@dataclass(frozen=True)
class DriverRow:
    """Hold one driver: its rank, words, signed points and where its bar lies, in percent."""

    number: int
    name: str
    when: str
    points: str
    raises: bool
    left: float
    width: float


@dataclass(frozen=True)
class MapRow:
    """Hold one row of the signal map: a name, and (points, colour) for each phase."""

    name: str
    kind: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BiomarkerRow:
    """Hold one biomarker, as text."""

    name: str
    definition: str
    value: str
    healthy: str
    cohort: str
    points: str


@dataclass(frozen=True)
class Finding:
    """Hold what is wrong with one channel and what to do about it."""

    verdict: str
    word: str
    channel: str
    reason: str
    remedy: str
    n_trials: int


@dataclass(frozen=True)
class ItemRow:
    """Hold one item of the scale; `share` of its two points, None where it cannot be estimated."""

    identifier: str
    title: str
    section: str
    points: str
    share: float | None


def signed(points: float, digits: int = 1) -> str:
    """Write points with their sign, also where it is a plus.

    Examples
    --------
    >>> signed(0.42), signed(-2.13)
    ('+0.4', '−2.1')
    """
    told = as_number(points, digits)
    return told if told.startswith("\u2212") or not float(told) else f"+{told}"


def driver_rows(drivers: Sequence[Mapping[str, Any]]) -> list[DriverRow]:
    """Lay out drivers as bars to both sides of a middle line."""
    longest = max((abs(driver["points"]) for driver in drivers), default=1.0) or 1.0
    rows = []
    for number, driver in enumerate(drivers, start=1):
        width = round(50 * abs(driver["points"]) / longest, 1)
        raises = driver["direction"] == "raises"
        rows.append(
            DriverRow(
                number=number,
                name=plain_name(driver["name"]),
                when=phase_name(driver["phase"]),
                points=signed(driver["points"]),
                raises=raises,
                left=50.0 if raises else 50.0 - width,
                width=width,
            )
        )
    return rows


def map_rows(signal_map: Mapping[str, Any]) -> list[MapRow]:
    """Colour the signal map: blue raises, orange lowers, the deeper the more."""
    strongest = max(
        (abs(p) for row in signal_map["points"] for p in row if p is not None), default=0
    )
    return [
        MapRow(plain_name(name), kind, tuple(_cell(p, strongest) for p in points))
        for name, kind, points in zip(
            signal_map["rows"], signal_map["kinds"], signal_map["points"], strict=True
        )
    ]


def _cell(points: float | None, strongest: float) -> tuple[str, str]:
    if points is None:
        return "\u2013", "#fff"
    depth = _STRONGEST_TINT * abs(points) / (strongest or 1.0)
    colour = _BLUE if points > 0 else _ORANGE
    mixed = (round(255 + depth * (part - 255)) for part in colour)
    return signed(points), "#" + "".join(f"{part:02x}" for part in mixed)


def biomarker_rows(biomarkers: Sequence[Mapping[str, Any]]) -> list[BiomarkerRow]:
    """Put each biomarker beside the range of healthy people and of the training patients."""
    rows = []
    for one in biomarkers:
        healthy, cohort = one["healthy"] or [None, None], one["cohort"] or [None, None]
        told, unit = in_plain_units([one["value"], *healthy, *cohort], one["unit"])
        with_unit = f"\u00a0{unit}" if unit and one["value"] is not None else ""
        rows.append(
            BiomarkerRow(
                name=plain_name(one["name"]),
                definition=one["definition"],
                value=told[0] + with_unit,
                healthy=f"{told[1]} to {told[2]}" if one["healthy"] else "not known",
                cohort=f"{told[3]} to {told[4]}" if one["cohort"] else "not known",
                points="\u2013" if one["points"] is None else signed(one["points"]),
            )
        )
    return rows


def findings(channels: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """List what is wrong with channels, what is not usable first."""
    faulty = [one for one in channels if one["verdict"] != "green"]
    return [
        Finding(
            verdict=one["verdict"],
            word=VERDICT_WORDS[one["verdict"]],
            channel=_concerned(one),
            reason=one["reason"] or "",
            remedy=one["remedy"] or "",
            n_trials=one["n_trials"],
        )
        for one in sorted(faulty, key=lambda one: _SEVERITY[one["verdict"]])
    ]


def _concerned(one: Mapping[str, Any]) -> str:
    if one["channel"] == ALL_CHANNELS:
        return _EVERYTHING[one["modality"]]
    if one["modality"] == "kinematics":
        return f"marker {one['channel']}"
    return plain_name(one["channel"])


def item_rows(items: Mapping[str, float | None], scale: str) -> list[ItemRow]:
    """Say of each item what is expected, or that it cannot be estimated."""
    titles = item_titles(scale)
    return [
        ItemRow(
            identifier=name,
            title=titles.get(name, ""),
            section=_SECTIONS.get(name[:1], name[:1]) if titles else "",
            points="not estimable" if points is None else as_number(points, 1),
            share=None if points is None else points / 2,
        )
        for name, points in items.items()
    ]


def provenance_rows(assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what made the assessment, all but the recordings and the settings."""
    origin = assessment["provenance"]
    versions = ", ".join(
        f"{name} {one or 'not installed'}" for name, one in origin["versions"].items()
    )
    return [
        ("Format", assessment["format"]),
        ("Model", assessment["model"]["hash"]),
        ("Versions", versions),
        ("Python", origin["python"]),
        ("Platform", origin["platform"]),
    ]
