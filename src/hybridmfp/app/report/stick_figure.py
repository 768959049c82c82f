"""The replay of a trial as a stick figure that moves without a script, and its still frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.app.report.drawing import GREY, Plot
from hybridmfp.app.report.plain_names import phase_name, plain_name
from hybridmfp.app.report.stick_figure_parts import CANVAS, Mark, Track, figure_parts
from hybridmfp.app.report.svg import Point, svg, tag, text

__all__ = ["Mark", "marks_of", "stick_figures"]

_MARGIN = 36.0  # room for marks
_CEILING, _FLOOR = 36.0, 258.0  # between them lies the figure, above the time line
_PAPER = (240.0, 190.0)  # without a time line
_SMALLEST_M = 0.05  # a figure smaller than this is not blown up
_HEAD_M = 0.09  # radius of the head, which is drawn for orientation
_HEAD_ENDS = (-_HEAD_M, _HEAD_M)
_MOST_MARKS = 5

# Which point of the figure a driver is about, by the first of these words in its name.
_PLACES: tuple[tuple[str, str], ...] = (
    ("trunk", "trunk"),
    ("elbow", "elbow"),
    ("shoulder", "shoulder"),
    ("deltoid", "shoulder"),
    ("trapezius", "shoulder"),
    ("pectoralis", "shoulder"),
    ("biceps", "upper arm"),
    ("triceps", "upper arm"),
    ("forearm", "forearm"),
    ("brachioradialis", "forearm"),
    ("pronator", "forearm"),
    ("flexor", "forearm"),
    ("extensor", "forearm"),
    ("pollicis", "wrist"),
    ("digiti_minimi", "wrist"),
    ("wrist", "wrist"),
    ("hand", "wrist"),
    ("speed", "wrist"),
    ("velocity", "wrist"),
    ("sparc", "wrist"),
    ("jerk", "wrist"),
    ("path", "wrist"),
    ("reach", "wrist"),
)


def marks_of(drivers: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Find a place on the figure for the first five drivers that have one.

    Parameters
    ----------
    drivers : sequence of mapping
        Of an assessment, the strongest first.

    Examples
    --------
    >>> driver = {"name": "triceps_brachii", "phase": "late", "direction": "lowers"}
    >>> marks_of([driver])[0].place
    'upper arm'
    """
    marks = []
    for number, driver in enumerate(drivers, start=1):
        place = next((place for word, place in _PLACES if word in driver["name"]), None)
        if place is not None:
            when = phase_name(driver["phase"])
            words = plain_name(driver["name"]) + (f", {when}" if when else "")
            raises = driver["direction"] == "raises"
            marks.append(Mark(number, place, driver["phase"], raises, words))
    return marks[:_MOST_MARKS]


def stick_figures(
    replay: Mapping[str, Any], marks: Sequence[Mark], *, side: str | None, animated: bool = True
) -> list[Plot]:
    """Draw a movement from the side and from above.

    Parameters
    ----------
    replay : mapping
        Of an assessment: ``duration_s``, and ``points`` with trunk, shoulder, elbow and wrist,
        each frames x (forward, up, right) in metres as if of a right arm; None where a point was
        not seen.
    marks : sequence of Mark
        Drivers to mark; a driver of one phase shows in that phase alone.
    side : {"left", "right"} or None
        Which arm the view from above shows.
    animated : bool, default True
        False draws the still frames alone, as paper needs them.

    Returns
    -------
    list of Plot
        From the side and from above. Moving parts have the class ``moving``; five still frames
        have the class ``still``.
    """
    plots = []
    size, floor = (CANVAS, _FLOOR) if animated else (_PAPER, _PAPER[1] - _CEILING / 2)
    from_above = _from_above_left if side == "left" else _from_above
    for title, flat, head, axes in (
        ("From the side", _from_the_side, (0.05, 0.30), ("forward", "up")),
        ("From above", from_above, (0.0, -0.04), ("right", "forward")),
    ):
        seen = {name: [flat(one) for one in frames] for name, frames in replay["points"].items()}
        seen["head"] = [None if at is None else _moved(at, head) for at in seen["trunk"]]
        tracks, scale = _fitted(seen, size, floor)
        duration_s = replay["duration_s"] if animated else None
        drawn = figure_parts(tracks, marks, duration_s=duration_s, head_radius=_HEAD_M * scale)
        drawn += _axes(*axes, left=size[0] - 90)
        plots.append(Plot(title, _told(title, replay, marks), svg(*drawn, size=size)))
    return plots


def _from_the_side(at: Sequence[float | None] | None) -> Point | None:
    return _flat(at, 0, 1, 1.0)


def _from_above(at: Sequence[float | None] | None) -> Point | None:
    return _flat(at, 2, 0, 1.0)


def _from_above_left(at: Sequence[float | None] | None) -> Point | None:
    return _flat(at, 2, 0, -1.0)


def _moved(at: Point, by: Point) -> Point:
    return at[0] + by[0], at[1] + by[1]


def _flat(at: Sequence[float | None] | None, across: int, along: int, sign: float) -> Point | None:
    if at is None or any(one is None or not math.isfinite(one) for one in at):
        return None
    x, y = at[across], at[along]
    return None if x is None or y is None else (sign * x, y)


def _fitted(seen: Mapping[str, Track], size: Point, floor: float) -> tuple[dict[str, Track], float]:
    """Scale places in metres so that the whole movement fills the canvas, up being up."""
    places = [at for track in seen.values() for at in track if at is not None]
    if not places:
        return {name: [None] * len(track) for name, track in seen.items()}, 0.0
    heads = [at for at in seen["head"] if at is not None]
    places += [(x + dx, y + dy) for x, y in heads for dx in _HEAD_ENDS for dy in _HEAD_ENDS]
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    low, high = min(y for _, y in places), max(y for _, y in places)
    width, height = size[0] - 2 * _MARGIN, floor - _CEILING
    scale = min(width / max(right - left, _SMALLEST_M), height / max(high - low, _SMALLEST_M))
    middle_x, middle_y = (left + right) / 2, (low + high) / 2

    def placed(at: Point | None) -> Point | None:
        if at is None:
            return None
        x = size[0] / 2 + scale * (at[0] - middle_x)
        return (x, (_CEILING + floor) / 2 - scale * (at[1] - middle_y))

    return {name: [placed(at) for at in track] for name, track in seen.items()}, scale


def _told(title: str, replay: Mapping[str, Any], marks: Sequence[Mark]) -> str:
    what = (
        f"{title}: one trial of {replay['task'].replace('_', ' ')}, {replay['duration_s']:.1f} s."
    )
    listed = "; ".join(f"{mark.number} {mark.words}" for mark in marks)
    return f"{what} Marked: {listed}." if listed else f"{what} No driver is marked."


def _axes(across: str, along: str, *, left: float) -> list[str]:
    """Say which way is which, in the upper right corner."""
    style: dict[str, str | float] = {"font_size": 12, "fill": GREY}
    line: dict[str, str | float] = {"stroke": GREY, "fill": "none"}
    arrows = f"M{left:g} 44v-30m-3 5l3 -5l3 5M{left:g} 44h30m-5 -3l5 3l-5 3"
    return [
        tag("path", d=arrows, **line),
        text(along, (left + 8, 18), **style),
        text(across, (left + 34, 48), **style),
    ]
