"""What the replay of a trial shows, and when."""

from __future__ import annotations

import itertools
import re
from math import dist
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from assessment_builder import N_FRAMES, drivers_of, replay_of
from page_reader import cut_off

from hybridmfp.app.report.stick_figure import Mark, marks_of, stick_figures

SIDE, ABOVE = 0, 1
POINTS = ("trunk", "shoulder", "elbow", "wrist")
PAUSE_S = 1.0


def drawn(
    replay: dict[str, Any], view: int, *, marks: Any = (), side: str | None = "right", **how: Any
) -> ET.Element:
    plot = stick_figures(replay, marks, side=side, **how)[view]
    return ET.fromstring(plot.svg)  # noqa: S314 - our own


def segments(svg: ET.Element) -> list[list[list[tuple[float, float]]]]:
    """Give the two ends of each moving segment in each value of its animation."""
    return [
        [ends_of(one) for one in moves.get("values", "").split(";")]
        for line in svg.iter("polyline")
        for moves in line.iter("animate")
        if moves.get("attributeName") == "points"
    ]


def ends_of(points: str) -> list[tuple[float, float]]:
    pairs = [one.split(",") for one in points.split()]
    return [(float(x), float(y)) for x, y in pairs]


def animations(svg: ET.Element) -> list[ET.Element]:
    return [*svg.iter("animate"), *svg.iter("animateTransform")]


def planar(replay: dict[str, Any]) -> dict[str, Any]:
    """Move everything into the plane that is seen from the side."""
    points = {
        name: [[forward, up, 0.0] for forward, up, _ in frames]
        for name, frames in replay["points"].items()
    }
    return {**replay, "points": points}


def test_every_frame_is_shown_in_real_time_followed_by_a_rest() -> None:
    for view in (SIDE, ABOVE):
        for moves in animations(drawn(replay_of(), view, marks=marks_of(drivers_of()))):
            times = [float(one) for one in moves.get("keyTimes", "").split(";")]
            assert moves.get("dur") == f"{1.8 + PAUSE_S:g}s"
            assert moves.get("repeatCount") == "indefinite"
            assert len(times) == len(moves.get("values", "").split(";"))
            assert times == sorted(times)
            assert times[0] == 0
    lines = segments(drawn(replay_of(), SIDE))
    assert [len(values) for values in lines] == [N_FRAMES + 1] * 3
    assert all(values[-1] == values[-2] for values in lines)


def test_the_last_frame_comes_when_the_movement_ends() -> None:
    (moves, *_) = [
        one for one in animations(drawn(replay_of(), SIDE)) if one.get("attributeName") == "points"
    ]

    times = [float(one) for one in moves.get("keyTimes", "").split(";")]

    assert times[N_FRAMES - 1] == pytest.approx(1.8 / (1.8 + PAUSE_S), abs=1e-3)
    assert times[-1] == 1


def test_lengths_keep_their_proportion_in_every_frame() -> None:
    replay = planar(replay_of())
    lines = segments(drawn(replay, SIDE))
    ratios = [
        dist(*lines[at][frame]) / dist(replay["points"][a][frame], replay["points"][b][frame])
        for at, (a, b) in enumerate(itertools.pairwise(POINTS))
        for frame in range(N_FRAMES)
    ]

    assert max(ratios) == pytest.approx(min(ratios), rel=0.02)  # coordinates have one decimal


def test_forward_is_to_the_right_and_up_is_up_from_the_side() -> None:
    _, wrist_first = segments(drawn(replay_of(), SIDE))[2][0]
    _, wrist_last = segments(drawn(replay_of(), SIDE))[2][N_FRAMES - 1]

    assert wrist_last[0] > wrist_first[0] + 50  # it reached forward
    assert wrist_last[1] < wrist_first[1]  # and up; the drawing counts downwards


def test_forward_is_up_from_above() -> None:
    _, wrist_first = segments(drawn(replay_of(), ABOVE))[2][0]
    _, wrist_last = segments(drawn(replay_of(), ABOVE))[2][N_FRAMES - 1]

    assert wrist_last[1] < wrist_first[1] - 50


def test_from_above_a_left_arm_is_the_mirror_image_of_a_right_one() -> None:
    right = segments(drawn(replay_of(), ABOVE, side="right"))
    left = segments(drawn(replay_of(), ABOVE, side="left"))
    same = segments(drawn(replay_of(), SIDE, side="left"))

    assert right[0][0][1][0] > right[0][0][0][0]  # the right shoulder is right of the trunk
    for one, other in zip(right, left, strict=True):
        for at, mirrored in zip(one, other, strict=True):
            for (x, y), (mirrored_x, mirrored_y) in zip(at, mirrored, strict=True):
                assert mirrored_x == pytest.approx(360 - x, abs=0.11)
                assert mirrored_y == y
    assert same == segments(drawn(replay_of(), SIDE, side="right"))


@pytest.mark.parametrize("gap", [[None, None, None], [0.1, None, 0.2], [float("nan")] * 3, None])
def test_what_was_not_seen_is_hidden_and_nothing_else(gap: Any) -> None:
    replay = replay_of()
    for frame in range(20, 30):
        replay["points"]["wrist"][frame] = gap

    svg = drawn(replay, SIDE)
    hidden = [one for one in svg.iter("animate") if one.get("attributeName") == "visibility"]

    assert len(hidden) == 2  # the forearm and the wrist
    for one in hidden:
        assert one.get("values") == "visible;hidden;visible"
        share = 1.8 / (1.8 + PAUSE_S) / (N_FRAMES - 1)
        times = [float(time) for time in one.get("keyTimes", "").split(";")]
        assert times == pytest.approx([0, 20 * share, 30 * share], abs=1e-3)
        assert one.get("calcMode") == "discrete"


def test_a_point_that_was_never_seen_is_not_drawn() -> None:
    replay = replay_of()
    replay["points"]["wrist"] = [None] * N_FRAMES

    assert len(segments(drawn(replay, SIDE))) == 2


def test_nothing_seen_at_all_is_an_empty_picture() -> None:
    replay = replay_of()
    replay["points"] = dict.fromkeys(POINTS, [None] * N_FRAMES)

    assert segments(drawn(replay, SIDE)) == segments(drawn(replay, ABOVE)) == []


@pytest.mark.parametrize(("phase", "words"), [("early", "vh"), ("middle", "hvh"), ("late", "hv")])
def test_a_driver_is_marked_while_it_matters(phase: str, words: str) -> None:
    mark = Mark(number=3, place="elbow", phase=phase, raises=False, words="the elbow")

    svg = drawn(replay_of(), SIDE, marks=[mark])
    (shown,) = [one for one in svg.iter("animate") if one.get("attributeName") == "visibility"]
    times = [float(one) for one in shown.get("keyTimes", "").split(";")]

    assert "".join(one[0] for one in shown.get("values", "").split(";")) == words
    third = 1.8 / (1.8 + PAUSE_S) / 3
    for time, bound in zip(
        times[1:], [b * third for b in (1, 2) if words != "hv" or b == 2], strict=False
    ):
        assert time == pytest.approx(bound, abs=0.012)  # half a frame


def test_a_driver_of_the_whole_movement_is_always_marked() -> None:
    mark = Mark(number=1, place="trunk", phase=None, raises=True, words="the trunk")

    svg = drawn(replay_of(), SIDE, marks=[mark])

    assert not [one for one in svg.iter("animate") if one.get("attributeName") == "visibility"]


def test_raising_and_lowering_marks_differ_in_shape() -> None:
    shapes = {}
    for raises in (True, False):
        mark = Mark(number=7, place="wrist", phase=None, raises=raises, words="the hand")
        svg = drawn(replay_of(), SIDE, marks=[mark], animated=False)
        (badge,) = [one for one in svg.iter("g") if one.get("class") == "mark"]
        shapes[raises] = badge[0].tag
        assert badge[1].text == "7"

    assert shapes == {True: "circle", False: "rect"}


def test_marks_of_one_place_do_not_hide_each_other() -> None:
    marks = [Mark(n, "elbow", None, True, f"mark {n}") for n in (1, 2, 3)]

    svg = drawn(replay_of(), SIDE, marks=marks, animated=False)

    at = [float(one[0].get("cx", "0")) for one in svg.iter("g") if one.get("class") == "mark"]
    assert min(b - a for a, b in itertools.pairwise(at)) > 16


def test_marks_keep_the_rank_of_their_driver_and_are_few() -> None:
    drivers = [{"name": "emg.synergy_count", "phase": None, "direction": "raises"}, *drivers_of()]

    marks = marks_of(drivers)

    assert [mark.number for mark in marks] == [2, 3, 4, 5, 6]  # the first has no place
    assert [mark.place for mark in marks] == ["upper arm", "elbow", "trunk", "shoulder", "wrist"]
    assert marks[0].words == "triceps brachii, late in the movement"
    assert [mark.raises for mark in marks] == [one["points"] > 0 for one in drivers_of(5)]


@pytest.mark.parametrize("view", [SIDE, ABOVE])
def test_paper_gets_still_frames_alone(view: int) -> None:
    svg = drawn(replay_of(), view, marks=marks_of(drivers_of()), animated=False)
    (still,) = [one for one in svg.iter("g") if one.get("class") == "still"]

    assert animations(svg) == []
    assert [float(one.get("opacity", "0")) for one in still if one.get("opacity")] == [
        pytest.approx(0.2 + 0.8 * share, abs=1e-3) for share in (0, 0.25, 0.5, 0.75, 1)
    ]


@pytest.mark.parametrize("animated", [True, False])
@pytest.mark.parametrize("view", [SIDE, ABOVE])
@pytest.mark.parametrize("size", [0.01, 1.0, 3.0])
def test_nothing_leaves_the_picture_however_large_the_movement(
    view: int, animated: bool, size: float
) -> None:
    replay = replay_of()
    replay["points"] = {
        name: [[size * value for value in frame] for frame in frames]
        for name, frames in replay["points"].items()
    }

    svg = drawn(replay, view, marks=marks_of(drivers_of()), animated=animated)

    _, _, width, height = map(float, svg.get("viewBox", "").split())
    places = [ends_of(one.get("points", "")) for one in svg.iter("polyline")]
    places += [ends for values in segments(svg) for ends in values]
    assert all(0 < x < width and 0 < y < height for ends in places for x, y in ends)
    assert cut_off(svg) == []


def test_the_words_tell_what_is_seen() -> None:
    plot = stick_figures(replay_of(), marks_of(drivers_of(2)), side="right")[SIDE]

    assert plot.alt == (
        "From the side: one trial of reach forward, 1.8 s. Marked: 1 triceps brachii, late in the "
        "movement; 2 elbow flexion and extension, late in the movement."
    )
    assert re.search(r"No driver is marked\.$", stick_figures(replay_of(), [], side=None)[0].alt)
