"""The outline of an arm, and where electrodes lie on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from hybridmfp.app.report.svg import Point

__all__ = ["ARM_HEIGHT", "SITES", "Site", "outline_path"]

ARM_HEIGHT = 418.0
"""Of the outline, in units of the drawing."""


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


def outline_path(*, middle: float, outwards: float, squash: float) -> str:
    """Write the outline as the path of an SVG, the palm or the back of the hand in front.

    Parameters
    ----------
    middle : float
        Where the middle of the arm is, from the left.
    outwards : {1.0, -1.0}
        Whether the outer side is on the right or on the left.
    squash : float
        Height over true height.
    """
    return _smooth([(middle + outwards * lateral, squash * down) for lateral, down in _OUTLINE])


def _smooth(points: Sequence[Point]) -> str:
    """Write a curve through the middles of the lines between points (quadratic B-spline)."""
    first, *_, last = points
    said = [f"M{first[0]:.1f} {first[1]:.1f}"]
    for here, then in pairwise(points[1:]):
        middle = ((here[0] + then[0]) / 2, (here[1] + then[1]) / 2)
        said.append(f"Q{here[0]:.1f} {here[1]:.1f} {middle[0]:.1f} {middle[1]:.1f}")
    return "".join(said) + f"L{last[0]:.1f} {last[1]:.1f}"
