"""The moving and the still parts of a stick figure, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hybridmfp.app.report.drawing import BLUE, GREY, VERMILLION
from hybridmfp.app.report.svg import INK, LINE, Point, path_of, rounded, tag, text

__all__ = ["CANVAS", "Mark", "Track", "figure_parts"]

CANVAS = (360.0, 310.0)
"""Width and height of a view, in units of the drawing."""

Track = Sequence[Point | None]
"""Where a point is in each frame; None where it was not seen."""

_SEGMENTS = (("trunk", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"))
_JOINTS = (("trunk", 7.0), ("shoulder", 5.0), ("elbow", 5.0), ("wrist", 6.0))
_MIDWAY = {"upper arm": ("shoulder", "elbow"), "forearm": ("elbow", "wrist")}
_STILL_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_PHASES = ("early", "middle", "late")
_PAUSE_S = 1.0  # at the end, before the movement starts again
_TIME_LEFT, _TIME_RIGHT, _TIME_TOP, _TIME_HEIGHT = 30.0, 330.0, 280.0, 8.0
_MARK = 8.0


@dataclass(frozen=True)
class Mark:
    """Mark one driver on the figure.

    Attributes
    ----------
    number : int
        Its rank in the list of drivers, from 1.
    place : str
        A point of the figure, ``"upper arm"`` or ``"forearm"``.
    phase : str or None
        When it matters; None throughout.
    raises : bool
        Whether it raises the estimate.
    words : str
        What the driver is.
    """

    number: int
    place: str
    phase: str | None
    raises: bool
    words: str


@dataclass(frozen=True)
class _Clock:
    """Say when each frame is shown, as shares of a cycle that ends with a pause."""

    n_frames: int
    duration_s: float

    @property
    def cycle_s(self) -> float:
        return self.duration_s + _PAUSE_S

    def share(self, frame: float) -> float:
        return frame / max(self.n_frames - 1, 1) * self.duration_s / self.cycle_s

    def animate(self, attribute: str, values: Sequence[str]) -> str:
        """Move an attribute through one value per frame, and rest on the last."""
        times = [f"{self.share(frame):.4g}" for frame in range(len(values))]
        return tag(
            "animate",
            attributeName=attribute,
            dur=f"{self.cycle_s:.4g}s",
            repeatCount="indefinite",
            keyTimes=";".join([*times, "1"]),
            values=";".join([*values, values[-1]]),
        )

    def show(self, visible: Sequence[bool]) -> str:
        """Show an element only in some frames; nothing where it is always shown."""
        if all(visible):
            return ""
        starts = [at for at in range(len(visible)) if at == 0 or visible[at] != visible[at - 1]]
        return tag(
            "animate",
            attributeName="visibility",
            dur=f"{self.cycle_s:.4g}s",
            repeatCount="indefinite",
            calcMode="discrete",
            keyTimes=";".join(f"{self.share(at):.4g}" for at in starts),
            values=";".join("visible" if visible[at] else "hidden" for at in starts),
        )


def figure_parts(
    tracks: Mapping[str, Track],
    marks: Sequence[Mark],
    *,
    duration_s: float | None,
    head_radius: float,
) -> list[str]:
    """Draw the still frames and, given a duration, the figure that moves over them.

    Parameters
    ----------
    tracks : mapping of str to Track
        head, trunk, shoulder, elbow and wrist on the canvas, all of the same number of frames.
    marks : sequence of Mark
        Drivers to mark.
    duration_s : float or None
        How long the movement took; None for still frames alone.
    head_radius : float
        Of the head, in units of the drawing.
    """
    n_frames = len(tracks["wrist"])
    wrist = [at for at in tracks["wrist"] if at is not None]
    trace = tag("polyline", points=path_of(wrist), fill="none", stroke=GREY, stroke_dasharray="2 3")
    head = tag("circle", r=head_radius, fill="#f3ece6", stroke="#9a8f86", stroke_width=1.3)
    last = [at for at in tracks["head"] if at is not None][-1:]
    heads = [tag("g", head, transform=f"translate({path_of([at])})") for at in last]
    parts = [trace, tag("g", *heads, *_still(tracks, marks, n_frames), class_="still")]
    if duration_s is not None:
        clock = _Clock(n_frames, duration_s)
        moving = [_carried(tracks["head"], clock, head), *_moving(tracks, marks, clock)]
        parts.append(tag("g", *moving, class_="moving"))
        parts += _time_line(clock)
    return parts


def _still(tracks: Mapping[str, Track], marks: Sequence[Mark], n_frames: int) -> list[str]:
    drawn = []
    for share in _STILL_SHARES:
        frame = round(share * (n_frames - 1))
        here = {name: track[frame] for name, track in tracks.items()}
        strength = 0.2 + 0.8 * share
        lines = [
            tag("polyline", points=path_of([start, end]), stroke=INK, stroke_width=3)
            for start, end in ((here[a], here[b]) for a, b in _SEGMENTS)
            if start is not None and end is not None
        ]
        discs = [
            tag("circle", cx=at[0], cy=at[1], r=0.7 * radius, fill=INK)
            for at, radius in ((here[name], radius) for name, radius in _JOINTS)
            if at is not None
        ]
        drawn.append(tag("g", *lines, *discs, opacity=strength, fill="none"))
    for at, mark in enumerate(marks):
        frame = _middle_frame(mark.phase, n_frames)
        place = _placed(_track_of(mark.place, tracks)[frame], _shift(marks, at))
        if place is not None:
            drawn.append(tag("g", *_badge(mark, place), class_="mark"))
    return drawn


def _moving(tracks: Mapping[str, Track], marks: Sequence[Mark], clock: _Clock) -> list[str]:
    drawn = []
    for first, last in _SEGMENTS:
        ends = list(zip(tracks[first], tracks[last], strict=True))
        seen = [a is not None and b is not None for a, b in ends]
        if any(seen):
            places = _held([path_of([a, b]) if a and b else None for a, b in ends])
            moves = clock.animate("points", places) + clock.show(seen)
            style: dict[str, str | float] = {"stroke": INK, "stroke_width": 5}
            drawn.append(tag("polyline", moves, points=places[-1], fill="none", **style))
    for name, radius in _JOINTS:
        drawn.append(_carried(tracks[name], clock, tag("circle", r=radius, fill=INK)))
    for at, mark in enumerate(marks):
        track = [_placed(place, _shift(marks, at)) for place in _track_of(mark.place, tracks)]
        shown = [_is_in(mark.phase, frame, clock.n_frames) for frame in range(clock.n_frames)]
        track = [place if show else None for place, show in zip(track, shown, strict=True)]
        drawn.append(_carried(track, clock, *_badge(mark, (0.0, 0.0))))
    return drawn


def _carried(track: Track, clock: _Clock, *what: str) -> str:
    """Carry a drawing that lies around (0, 0) along a track."""
    seen = [at is not None for at in track]
    if not any(seen):
        return ""
    places = _held([f"{rounded(at[0])},{rounded(at[1])}" if at else None for at in track])
    moves = clock.animate("transform", places).replace(
        "<animate ", '<animateTransform type="translate" ', 1
    )
    inner = tag("g", *what, moves, transform=f"translate({places[-1]})")
    return tag("g", inner, clock.show(seen))


def _held(values: Sequence[str | None]) -> list[str]:
    """Leave a hidden element where it was last seen, or will be seen first."""
    held = next(value for value in values if value is not None)
    filled = []
    for value in values:
        held = held if value is None else value
        filled.append(held)
    return filled


def _track_of(place: str, tracks: Mapping[str, Track]) -> Track:
    if place not in _MIDWAY:
        return tracks[place]
    first, last = (tracks[name] for name in _MIDWAY[place])
    return [
        None if a is None or b is None else ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        for a, b in zip(first, last, strict=True)
    ]


def _placed(at: Point | None, shift: float) -> Point | None:
    return None if at is None else (at[0] + shift, at[1] - 2.2 * _MARK)


def _shift(marks: Sequence[Mark], at: int) -> float:
    """Move marks of one place beside each other, in units of the drawing."""
    before = sum(mark.place == marks[at].place for mark in marks[:at])
    return before * 2.3 * _MARK


def _badge(mark: Mark, at: Point) -> list[str]:
    """Draw the number of a driver: a blue disc where it raises, a vermillion square where not."""
    x, y = at
    edge: dict[str, str | float] = {"stroke": "#fff", "stroke_width": 1.5}
    if mark.raises:
        shape = tag("circle", cx=x, cy=y, r=_MARK, fill=BLUE, **edge)
    else:
        left, top, side = x - _MARK, y - _MARK, 2 * _MARK
        shape = tag("rect", x=left, y=top, width=side, height=side, fill=VERMILLION, **edge)
    style: dict[str, str | float] = {"font_size": 11, "font_weight": 700, "text_anchor": "middle"}
    return [shape, text(str(mark.number), (x, y + 4), fill="#fff", **style)]


def _is_in(phase: str | None, frame: int, n_frames: int) -> bool:
    if phase not in _PHASES:
        return True
    return _PHASES[min(3 * frame // n_frames, 2)] == phase


def _middle_frame(phase: str | None, n_frames: int) -> int:
    if phase not in _PHASES:
        return n_frames - 1
    return round((_PHASES.index(phase) + 0.5) / 3 * (n_frames - 1))


def _time_line(clock: _Clock) -> list[str]:
    """Draw the three phases, and a line that runs through them with the figure."""
    width = (_TIME_RIGHT - _TIME_LEFT) / 3
    drawn = []
    for at, phase in enumerate(_PHASES):
        left = _TIME_LEFT + at * width
        box: dict[str, str | float] = {"width": width - 2, "height": _TIME_HEIGHT, "fill": LINE}
        drawn.append(tag("rect", x=left, y=_TIME_TOP, **box))
        middle = (left + width / 2, _TIME_TOP + 22)
        drawn.append(text(phase, middle, font_size=11, fill=GREY, text_anchor="middle"))
    ends = [f"{_TIME_LEFT:.0f}", f"{_TIME_RIGHT:.0f}"]
    runs = _Clock(2, clock.duration_s).animate("x", ends)
    cursor = tag(
        "rect", runs, x=ends[0], y=_TIME_TOP - 3, width=3, height=_TIME_HEIGHT + 6, fill=INK
    )
    return [*drawn, tag("g", cursor, class_="moving")]
