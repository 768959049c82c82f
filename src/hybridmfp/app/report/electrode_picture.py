"""A picture of the arm that shows where each electrode lies and how good its signal was."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal

from hybridmfp.app.report.drawing import ORANGE, VERMILLION, Plot
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.app.report.svg import GREEN, INK, Point, path_of, svg, tag, text
from hybridmfp.signals import find_montage

__all__ = ["SITES", "VERDICT_WORDS", "Site", "electrode_pictures", "unplaced", "worst_verdicts"]

VERDICT_WORDS: Mapping[str, str] = MappingProxyType(
    {"green": "good", "amber": "doubtful", "red": "not usable", "absent": "not recorded"}
)
"""What a verdict is called wherever its colour cannot be seen."""

_ORDER = ("green", "amber", "red")
_SIZE = (400.0, 430.0)
_MIDDLE = 200.0
_MARK = 8.5  # half the width of a mark
_LABEL_SIGNS = 19  # signs of a name on one line beside the arm
_WIDEST_SIGN = 7.6  # of a bold name, in the widest usual font
_LINE_HEIGHT, _LABEL_GAP = 13.0, 7.0
_LOWEST_LABEL = 418.0


@dataclass(frozen=True)
class Site:
    """Place one muscle's electrodes on the arm.

    Attributes
    ----------
    view : {"front", "back"}
        Where it is seen, the palm facing forwards.
    lateral, down : float
        From the middle of the arm towards its outer (thumb) side, and from the top, in units of
        the drawing.
    column : {"lateral", "medial"}
        On which side of the arm its name stands.
    """

    view: Literal["front", "back"]
    lateral: float
    down: float
    column: Literal["lateral", "medial"]


# Schematic. Upper arm: SENIAM (seniam.org, doi:10.1016/S1050-6411(00)00027-4). Forearm and hand:
# Perotto, Anatomical Guide for the Electromyographer (2011), as SENIAM has none of them.
SITES: Mapping[str, Site] = MappingProxyType(
    {
        "deltoid_anterior": Site("front", 15, 74, "lateral"),
        "deltoid_medial": Site("front", 31, 92, "lateral"),
        "pectoralis_major": Site("front", -62, 98, "medial"),
        "biceps_brachii": Site("front", 0, 142, "lateral"),
        "brachioradialis": Site("front", 21, 212, "lateral"),
        "pronator_teres": Site("front", -5, 206, "medial"),
        "flexor_carpi_radialis": Site("front", 1, 233, "lateral"),
        "flexor_carpi_ulnaris": Site("front", -20, 231, "medial"),
        "flexor_digitorum_superficialis": Site("front", -9, 260, "medial"),
        "abductor_pollicis_brevis": Site("front", 13, 331, "lateral"),
        "abductor_digiti_minimi": Site("front", -16, 343, "medial"),
        "trapezius_superior": Site("back", -42, 34, "medial"),
        "infraspinatus": Site("back", -62, 98, "medial"),
        "deltoid_posterior": Site("back", 16, 78, "lateral"),
        "triceps_brachii": Site("back", 6, 132, "lateral"),
        "extensor_carpi_radialis": Site("back", 21, 216, "lateral"),
        "extensor_digitorum": Site("back", 4, 240, "lateral"),
        "extensor_carpi_ulnaris": Site("back", -16, 236, "medial"),
    }
)
"""Muscles whose electrodes can be drawn."""

# Outlines as (towards the outer side, down), in units of the drawing.
_OUTER_EDGE = (
    *((-84, 2), (-66, 10), (-58, 26), (-30, 36), (4, 40), (26, 52), (35, 76), (31, 108), (27, 150)),
    *((27, 185), (32, 214), (25, 262), (18, 308)),
)  # fmt: skip
_THUMB = ((24, 322), (40, 348), (44, 368), (35, 373), (26, 352), (22, 352))
_FINGERS = (
    *((22, 366), (21, 400), (12, 402), (11, 372), (9, 408), (-1, 409), (-2, 372), (-4, 403)),
    *((-12, 402), (-13, 366), (-15, 388), (-22, 386), (-23, 352)),
)
_INNER_EDGE = (
    *((-22, 330), (-17, 308), (-20, 268), (-28, 218), (-25, 185), (-24, 140), (-22, 106)),
    *((-31, 104), (-40, 150), (-42, 168), (-84, 168), (-84, 2)),
)
_OUTLINE = (*_OUTER_EDGE, *_THUMB, *_FINGERS, *_INNER_EDGE)


def worst_verdicts(channels: Sequence[Mapping[str, Any]], modality: str) -> dict[str, str]:
    """Give the worst verdict on each channel of a modality.

    Parameters
    ----------
    channels : sequence of mapping
        The channels of an assessment's quality.
    modality : {"emg", "kinematics"}
        Channels of ``"both"`` belong to either.

    Examples
    --------
    >>> entry = {"modality": "emg", "channel": "biceps_brachii"}
    >>> worst_verdicts([entry | {"verdict": "red"}, entry | {"verdict": "amber"}], "emg")
    {'biceps_brachii': 'red'}
    """
    found: dict[str, str] = {}
    for one in channels:
        if one["modality"] == modality:
            known = found.get(one["channel"], "green")
            found[one["channel"]] = max(known, one["verdict"], key=_ORDER.index)
    return found


def unplaced(verdicts: Mapping[str, str]) -> dict[str, str]:
    """Give the channels that the picture has no place for."""
    return {name: verdict for name, verdict in verdicts.items() if name not in SITES}


def electrode_pictures(verdicts: Mapping[str, str], *, side: str | None) -> list[Plot]:
    """Draw the arm from the front and from behind, with a mark for each muscle.

    Colour, shape and sign of a mark say the same. Muscles of the montage ``mhh-emg`` that were
    not recorded are open circles.

    Parameters
    ----------
    verdicts : mapping of str to {"green", "amber", "red"}
        Of each EMG channel.
    side : {"left", "right"} or None
        Which arm is drawn; None draws a right one.

    Returns
    -------
    list of Plot
        Front and back.
    """
    usual = dict.fromkeys(find_montage("mhh-emg").points, "absent")
    shown = {name: verdict for name, verdict in {**usual, **verdicts}.items() if name in SITES}
    return [
        _picture({n: v for n, v in shown.items() if SITES[n].view == view}, view, side)
        for view in ("front", "back")
    ]


def _picture(verdicts: Mapping[str, str], view: str, side: str | None) -> Plot:
    # Seen from the front, the outer side of a right arm is on the left.
    outwards = -1.0 if (view == "front") == (side != "left") else 1.0
    arm = "left" if side == "left" else "right"
    title = f"{arm.capitalize()} arm, {'from the front' if view == 'front' else 'from behind'}"
    outline = [(_MIDDLE + outwards * lateral, float(down)) for lateral, down in _OUTLINE]
    drawn = [tag("path", d=_smooth(outline), fill="#f3ece6", stroke="#9a8f86", stroke_width=1.3)]
    for column in ("lateral", "medial"):
        names = [name for name in verdicts if SITES[name].column == column]
        drawn += _column(sorted(names, key=lambda n: SITES[n].down), verdicts, outwards, column)
    told = ", ".join(f"{plain_name(n)} {VERDICT_WORDS[v]}" for n, v in verdicts.items())
    return Plot(title, f"{title}, palm facing forwards: {told}.", svg(*drawn, size=_SIZE))


def _column(
    names: Sequence[str], verdicts: Mapping[str, str], outwards: float, column: str
) -> list[str]:
    """Draw marks with their names in a row beside the arm, joined by lines that do not cross."""
    on_right = (outwards > 0) == (column == "lateral")
    edge, anchor = (_SIZE[0] - 2, "end") if on_right else (2.0, "start")
    drawn = []
    for name, top in zip(names, _label_tops(names), strict=True):
        site, lines = SITES[name], _label_lines(name)
        at = (_MIDDLE + outwards * site.lateral, site.down)
        width = _WIDEST_SIGN * len(lines[0]) + 5
        end = (edge - width if on_right else edge + width, top + 7)
        drawn.append(tag("polyline", points=path_of([at, end]), stroke="#777", fill="none"))
        drawn.append(verdict_mark(verdicts[name], at))
        style: dict[str, str | float] = {"font_size": 12, "text_anchor": anchor, "fill": INK}
        for row, line in enumerate(lines):
            drawn.append(
                text(line, (edge, top + 11 + row * _LINE_HEIGHT), font_weight=600, **style)
            )
        low = (edge, top + 11 + len(lines) * _LINE_HEIGHT)
        drawn.append(text(VERDICT_WORDS[verdicts[name]], low, **style))
    return drawn


def _label_tops(names: Sequence[str]) -> list[float]:
    """Put each label as near to its mark as the one above and the lower edge allow."""
    heights = [(len(_label_lines(name)) + 1) * _LINE_HEIGHT + _LABEL_GAP for name in names]
    tops, free = [], 4.0
    for name, height in zip(names, heights, strict=True):
        free = max(free, SITES[name].down - height / 2)
        tops.append(free)
        free += height
    lowest = _LOWEST_LABEL
    for at in range(len(names) - 1, -1, -1):
        tops[at] = min(tops[at], lowest - heights[at])
        lowest = tops[at]
    return tops


def _label_lines(name: str) -> list[str]:
    return textwrap.wrap(plain_name(name), _LABEL_SIGNS)


def verdict_mark(verdict: str, at: Point, *, half: float = _MARK) -> str:
    """Draw a verdict as a shape with a sign: tick in a circle, ! in a triangle, cross in a square.

    Parameters
    ----------
    verdict : {"green", "amber", "red", "absent"}
    at : tuple of float
        The middle of the mark.
    half : float
        Half its width.
    """
    x, y = at
    edge: dict[str, str | float] = {"stroke": INK, "stroke_width": 1.1}
    sign: dict[str, str | float] = {"fill": "none", "stroke": "#fff", "stroke_width": 2.2}
    reach = 0.45 * half
    if verdict == "green":
        tick = [(x - reach, y), (x - 0.1 * half, y + reach), (x + 0.5 * half, y - reach)]
        circle = tag("circle", cx=x, cy=y, r=half, fill=GREEN, **edge)
        return circle + tag("polyline", points=path_of(tick), **sign)
    if verdict == "amber":
        corners = [(x, y - 1.15 * half), (x + 1.15 * half, y + half), (x - 1.15 * half, y + half)]
        triangle = tag("polygon", points=path_of(corners), fill=ORANGE, **edge)
        dark = {**sign, "stroke": INK}
        stroke = tag("line", x1=x, y1=y - reach, x2=x, y2=y + 0.3 * half, **dark)
        return triangle + stroke + tag("circle", cx=x, cy=y + 0.68 * half, r=1.3, fill=INK)
    if verdict == "red":
        box = tag(
            "rect", x=x - half, y=y - half, width=2 * half, height=2 * half, fill=VERMILLION, **edge
        )
        cross = f"M{x - reach:.1f} {y - reach:.1f}l{2 * reach:.1f} {2 * reach:.1f}"
        cross += f"m0 {-2 * reach:.1f}l{-2 * reach:.1f} {2 * reach:.1f}"
        return box + tag("path", d=cross, **sign)
    return tag("circle", cx=x, cy=y, r=half, fill="#fff", stroke_dasharray="3 2", **edge)


def _smooth(points: Sequence[Point]) -> str:
    """Write a curve through the middles of the lines between points (quadratic B-spline)."""
    first, *_, last = points
    said = [f"M{first[0]:.1f} {first[1]:.1f}"]
    for here, then in pairwise(points[1:]):
        middle = ((here[0] + then[0]) / 2, (here[1] + then[1]) / 2)
        said.append(f"Q{here[0]:.1f} {here[1]:.1f} {middle[0]:.1f} {middle[1]:.1f}")
    return "".join(said) + f"L{last[0]:.1f} {last[1]:.1f}"
