"""Where the electrode picture puts its marks, and that they can be told apart without colour."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import dist
from xml.etree import ElementTree as ET

import pytest
from assessment_builder import MUSCLES, channels_of
from page_reader import cut_off

from hybridmfp.app.report.arm_outline import _OUTLINE, SITES
from hybridmfp.app.report.electrode_picture import electrode_pictures, unplaced, worst_verdicts
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.app.report.verdict_mark import MARK, VERDICT_WORDS, verdict_mark
from hybridmfp.signals.muscles import MUSCLES as KNOWN_MUSCLES

GOOD = dict.fromkeys(MUSCLES, "green")
FRONT = {
    "deltoid_anterior", "biceps_brachii", "brachioradialis", "pronator_teres",
    "flexor_carpi_radialis", "flexor_carpi_ulnaris", "flexor_digitorum_superficialis",
    "abductor_pollicis_brevis", "abductor_digiti_minimi",
}  # fmt: skip
BACK = {"triceps_brachii", "extensor_digitorum", "extensor_carpi_ulnaris"}
THUMB_SIDE = ("brachioradialis", "abductor_pollicis_brevis", "extensor_digitorum")
LITTLE_FINGER_SIDE = ("flexor_carpi_ulnaris", "abductor_digiti_minimi", "extensor_carpi_ulnaris")


def marks(side: str | None, view: int, verdicts: dict[str, str] | None = None) -> list[float]:
    """Give where marks lie from the left, in units of the drawing."""
    svg = electrode_pictures(verdicts or GOOD, side=side)[view].svg
    return [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]


def place(muscle: str, side: str | None) -> float:
    """Give where a muscle's mark lies, from the left: the one that is not usable."""
    view = 0 if muscle in FRONT else 1
    svg = electrode_pictures({**GOOD, muscle: "red"}, side=side)[view].svg
    (left,) = re.findall(r'<rect x="([\d.]+)"', svg)
    return float(left) + MARK


@pytest.mark.parametrize("compact", [False, True])
def test_flexors_are_seen_from_the_front_and_extensors_from_behind(compact: bool) -> None:
    front, back = electrode_pictures(GOOD, side="right", compact=compact)

    for plot, muscles in ((front, FRONT), (back, BACK)):
        assert all(f"{plain_name(one)} good" in plot.alt for one in muscles)
        assert plot.svg.count("<circle") == len(muscles)
    assert len(FRONT | BACK) == len(MUSCLES)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_thumb_side_is_where_that_arm_has_it(side: str) -> None:
    # Seen from the front the thumb of a right hand, palm forwards, points to the left.
    outer_is_left_in_front = side == "right"
    for muscle in THUMB_SIDE:
        expected = outer_is_left_in_front == (muscle in FRONT)
        assert (place(muscle, side) < 200) is expected
    for muscle in LITTLE_FINGER_SIDE:
        expected = outer_is_left_in_front == (muscle in FRONT)
        assert (place(muscle, side) > 200) is expected


@pytest.mark.parametrize("muscle", MUSCLES)
def test_a_left_arm_is_the_mirror_image_of_a_right_one(muscle: str) -> None:
    assert place(muscle, "left") == pytest.approx(400 - place(muscle, "right"), abs=0.1)
    assert place(muscle, None) == place(muscle, "right")


def test_muscles_come_in_the_order_of_the_arm_from_the_shoulder_down() -> None:
    down = {name: site.down for name, site in SITES.items()}
    shoulder, upper_arm = (
        down["deltoid_anterior"],
        [down["biceps_brachii"], down["triceps_brachii"]],
    )
    hand = [down["abductor_pollicis_brevis"], down["abductor_digiti_minimi"]]
    forearm = [down[one] for one in MUSCLES if one.split("_")[0] in {"flexor", "extensor"}]
    forearm += [down["brachioradialis"], down["pronator_teres"]]

    assert shoulder < min(upper_arm)
    assert max(upper_arm) < min(forearm)
    assert max(forearm) < min(hand)
    assert down["pronator_teres"] == min(down["pronator_teres"], *forearm)


@pytest.mark.parametrize("muscle", SITES)
def test_every_electrode_lies_on_the_arm(muscle: str) -> None:
    assert muscle in KNOWN_MUSCLES
    assert is_inside((SITES[muscle].lateral, SITES[muscle].down), list(_OUTLINE))


@pytest.mark.parametrize("squash", [1.0, 0.72])
def test_no_mark_hides_another(squash: float) -> None:
    drawn = {name: SITES[name] for name in MUSCLES}

    for (_, one), (_, two) in combinations(drawn.items(), 2):
        if one.view == two.view:
            apart = dist((one.lateral, squash * one.down), (two.lateral, squash * two.down))
            assert apart > 2 * MARK


@pytest.mark.parametrize("verdict", ["green", "amber", "red"])
@pytest.mark.parametrize("compact", [False, True])
def test_names_neither_overlap_nor_leave_the_picture(verdict: str, compact: bool) -> None:
    everything = dict.fromkeys(SITES, verdict)

    for verdicts in (everything, dict.fromkeys(MUSCLES, verdict)):
        for plot in electrode_pictures(verdicts, side="left", compact=compact):
            drawing = ET.fromstring(plot.svg)  # noqa: S314 - our own
            assert cut_off(drawing) == []
            for anchor in ("start", "end"):
                rows = sorted(
                    float(one.get("y", "0"))
                    for one in drawing.iter("text")
                    if one.get("text-anchor") == anchor
                )
                assert all(below - above >= 11 for above, below in pairwise(rows))


def test_verdicts_differ_in_shape_and_sign_not_only_in_colour() -> None:
    drawn = {one: verdict_mark(one, (10, 10)) for one in VERDICT_WORDS}
    shapes = {one: re.findall(r"<(\w+)", svg) for one, svg in drawn.items()}

    assert shapes == {
        "green": ["circle", "polyline"],
        "amber": ["polygon", "line", "circle"],
        "red": ["rect", "path"],
        "absent": ["circle"],
    }
    assert "stroke-dasharray" in drawn["absent"]


def test_a_muscle_that_was_not_recorded_is_shown_as_missing() -> None:
    without = {name: verdict for name, verdict in GOOD.items() if name != "biceps_brachii"}

    front = electrode_pictures(without, side="right")[0]

    assert "biceps brachii not recorded" in front.alt
    assert ">not recorded</text>" in front.svg


def test_the_worst_verdict_on_a_channel_counts_and_modalities_stay_apart() -> None:
    channels = [*channels_of(0), {**channels_of(1)[0]}, {**channels_of(0)[0]}]

    found = worst_verdicts(channels, "emg")

    assert found["deltoid_anterior"] == "red"
    assert found["biceps_brachii"] == "green"
    assert set(found) == set(MUSCLES)
    assert set(worst_verdicts(channels, "kinematics").values()) == {"green"}


def test_what_was_found_on_all_muscles_counts_for_each() -> None:
    wide = {"modality": "emg", "channel": "all", "verdict": "amber"}

    found = worst_verdicts([*channels_of(1), wide], "emg")

    assert set(found) == set(MUSCLES)
    assert found["deltoid_anterior"] == "red"
    assert found["biceps_brachii"] == "amber"
    assert worst_verdicts([*channels_of(0), {**wide, "modality": "both"}], "emg") == {
        **GOOD,
        "abductor_digiti_minimi": "amber",  # as built
    }


def test_a_channel_that_no_picture_has_a_place_for_is_given_back() -> None:
    assert unplaced({**GOOD, "EMG 13": "amber"}) == {"EMG 13": "amber"}


def is_inside(point: tuple[float, float], outline: list[tuple[float, float]]) -> bool:
    """Count how often a ray from the point crosses the outline."""
    x, y = point
    crossed = 0
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossed += 1
    return crossed % 2 == 1
