"""What `arm_motion` promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arm_builder import (
    FOREARM_M,
    MARKERS,
    RATE_HZ,
    STERNUM_M,
    UPPER_ARM_M,
    arm_in_thorax,
    as_signal,
    markers,
    ramp,
    reach,
)
from scipy.spatial.transform import Rotation

from hybridmfp.errors import MontageError, SignalError
from hybridmfp.preprocessing.arm_motion import ArmMotion, MotionSettings, arm_motion, clean_points
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.signals import Montage, Signal

MIRROR = np.array([1.0, -1.0, 1.0])[:, np.newaxis]  # laboratory: y points to the left
# Turns about the vertical by the 3-4-5 triangle and by right angles are exact on the grid.
TURNS = [
    np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]]),
    np.array([[-0.8, -0.6, 0.0], [0.6, -0.8, 0.0], [0.0, 0.0, 1.0]]),
    np.diag([-1.0, -1.0, 1.0]),
]
ARRAYS = ("wrist", "elbow", "shoulder", "wrist_axis", "hand", "trunk", "trunk_rotation")
# The 6 Hz filter takes at most this much off a reach of 1.8 s, in metres.
SMOOTHED_M = 5e-4


def leaning() -> np.ndarray:
    go = ramp()[:, np.newaxis]
    return Rotation.from_rotvec(go * np.array([0.10, 0.15, -0.30])).as_matrix()


def with_gaps(positions: np.ndarray) -> np.ndarray:
    """Short gaps, markers hidden from clusters, and a wrist lost for longer than can be bridged."""
    holed = positions.copy()
    at = {name: row for row, name in enumerate(MARKERS.points)}
    holed[at["ELB_L"], :, 80:95] = np.nan
    holed[at["CS_2"], :, 90:200] = np.nan
    holed[at["H_3"], :, 5:60] = np.nan
    holed[at["WRA"], :, 150:176] = np.nan
    return holed


def assert_same_motion(first: ArmMotion, second: ArmMotion, *, atol: float) -> None:
    for name in ARRAYS:
        np.testing.assert_allclose(
            getattr(first, name), getattr(second, name), atol=atol, err_msg=name
        )


@pytest.mark.parametrize("turn", TURNS, ids=["53", "143", "180"])
def test_neither_where_the_chair_stands_nor_how_it_is_turned_matters(turn: np.ndarray) -> None:
    positions = with_gaps(markers(reach(trunk=leaning())))
    shift = np.array([1.25, -3.5, 0.125])[:, np.newaxis]

    moved = arm_motion(as_signal(turn @ positions + shift), MARKERS, side="right")

    here = arm_motion(as_signal(positions), MARKERS, side="right")
    assert np.isnan(here.wrist).any()
    assert_same_motion(moved, here, atol=1e-9)


@pytest.mark.parametrize("noted", [True, False])
def test_a_mirrored_recording_is_the_same_movement_of_the_other_arm(noted: bool) -> None:
    positions = with_gaps(markers(reach(trunk=leaning())))

    right = arm_motion(as_signal(positions), MARKERS, side="right" if noted else None)
    left = arm_motion(as_signal(MIRROR * positions), MARKERS, side="left" if noted else None)

    assert (right.side, left.side) == ("right", "left")
    assert right.side_inferred is left.side_inferred is not noted
    assert_same_motion(left, right, atol=1e-9)
    np.testing.assert_allclose(joint_angles(left), joint_angles(right), atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(left.trunk_rotation), 1.0, atol=1e-9)


def test_the_side_that_was_noted_is_believed() -> None:
    positions = markers(reach())

    motion = arm_motion(as_signal(positions), MARKERS, side="left")

    assert motion.side == "left"
    assert not motion.side_inferred


def test_landmarks_lie_where_the_body_has_them() -> None:
    posture = reach(trunk=leaning())

    motion = arm_motion(as_signal(markers(posture)), MARKERS, side="right")

    expected = arm_in_thorax(posture)
    for name in ("wrist", "elbow", "shoulder", "hand", "trunk"):
        np.testing.assert_allclose(
            getattr(motion, name), getattr(expected, name), atol=SMOOTHED_M, err_msg=name
        )
    np.testing.assert_allclose(motion.trunk_rotation, expected.trunk_rotation, atol=2e-3)
    np.testing.assert_allclose(motion.wrist_axis / 0.06, expected.wrist_axis, atol=5e-3)
    assert motion.rate_hz == RATE_HZ


def test_the_bones_keep_their_length() -> None:
    motion = arm_motion(as_signal(markers(reach(trunk=leaning()))), MARKERS, side="right")

    upper = np.linalg.norm(motion.elbow - motion.shoulder, axis=0)
    fore = np.linalg.norm(motion.wrist - motion.elbow, axis=0)
    np.testing.assert_allclose(upper, UPPER_ARM_M, atol=SMOOTHED_M)
    np.testing.assert_allclose(fore, FOREARM_M, atol=SMOOTHED_M)


def test_turning_everything_with_the_thorax_moves_the_trunk_and_not_the_arm() -> None:
    tilts = leaning()
    gentle = MotionSettings(cutoff_hz=45)

    still = arm_motion(as_signal(markers(reach())), MARKERS, side="right", settings=gentle)
    swung = arm_motion(
        as_signal(markers(reach(trunk=tilts))), MARKERS, side="right", settings=gentle
    )

    # Rounding to the grid of 19 µm, levered by a cluster of 4 cm onto an arm of 60 cm.
    for name in ("wrist", "elbow", "shoulder", "wrist_axis"):
        np.testing.assert_allclose(
            getattr(swung, name), getattr(still, name), atol=6e-4, err_msg=name
        )
    np.testing.assert_allclose(swung.trunk_rotation, tilts, atol=1e-3)
    np.testing.assert_allclose(still.trunk_rotation, np.tile(np.eye(3), (300, 1, 1)), atol=1e-9)
    away = np.linalg.norm(swung.trunk, axis=0)
    centre = STERNUM_M.mean(axis=0)
    assert away[-1] == pytest.approx(np.linalg.norm(tilts[-1] @ centre - centre), abs=1e-4)


def test_angles_that_went_into_the_markers_come_out_of_them() -> None:
    posture = reach(trunk=leaning())

    angles = dict(
        zip(
            JOINTS,
            joint_angles(arm_motion(as_signal(markers(posture)), MARKERS, side="right")),
            strict=True,
        )
    )

    # The filter rounds the ramps off by up to 0.2 degrees.
    for joint, angle in (
        ("elbow_flexion", posture.elbow),
        ("shoulder_elevation", posture.elevation),
        ("shoulder_plane", posture.plane),
        ("forearm_rotation", posture.supination),
    ):
        np.testing.assert_allclose(angles[joint], angle, atol=np.deg2rad(0.5), err_msg=joint)


def test_three_thorax_markers_at_a_time_are_enough_and_two_are_not() -> None:
    positions = markers(reach(trunk=leaning()))
    first = MARKERS.points.index("CS_1")
    positions[first, :, 100:220] = np.nan
    whole = arm_motion(as_signal(markers(reach(trunk=leaning()))), MARKERS, side="right")

    three = arm_motion(as_signal(positions), MARKERS, side="right")
    positions[first + 1, :, 100:220] = np.nan
    two = arm_motion(as_signal(positions), MARKERS, side="right")

    assert np.isfinite(three.wrist).all()
    np.testing.assert_allclose(three.trunk_rotation, whole.trunk_rotation, atol=2e-3)
    assert np.isnan(two.trunk_rotation[100:220]).all()
    assert np.isnan(two.wrist[:, 100:220]).all()
    assert np.isfinite(two.hand).all()  # the hand in the room needs no thorax


def test_the_trunk_starts_upright_even_if_its_markers_are_complete_only_later() -> None:
    alone = replace(MARKERS, clusters={})  # nothing rebuilds the hidden marker
    positions = markers(reach(trunk=leaning()))
    positions[MARKERS.points.index("CS_1"), :, :180] = np.nan

    motion = arm_motion(as_signal(positions), alone, side="right")

    np.testing.assert_allclose(
        motion.trunk_rotation[:50], np.eye(3) * np.ones((50, 1, 1)), atol=2e-3
    )
    np.testing.assert_allclose(motion.trunk_rotation[-1], leaning()[-1], atol=2e-3)


def test_without_a_thorax_cluster_the_frame_moves_with_the_thorax_but_does_not_turn() -> None:
    positions = markers(reach())
    for name in ("CS_1", "CS_2"):
        positions[MARKERS.points.index(name)] = np.nan
    sway = 0.05 * ramp()
    positions[:, 0] += sway

    motion = arm_motion(as_signal(positions), MARKERS, side="right")

    assert np.isnan(motion.trunk_rotation).all()
    assert np.isfinite(motion.wrist).all()
    np.testing.assert_allclose(motion.shoulder[:, -1], motion.shoulder[:, 0], atol=1e-4)
    travelled = np.linalg.norm(motion.trunk[:, -1] - motion.trunk[:, 0])
    assert travelled == pytest.approx(0.05, abs=1e-4)


def test_thorax_markers_on_one_line_fix_no_rotation() -> None:
    positions = markers(reach())
    for at in range(4):
        row = MARKERS.points.index(f"CS_{at + 1}")
        positions[row] = positions[MARKERS.points.index("CS_1")]
        positions[row, 2] += 0.02 * at

    motion = arm_motion(as_signal(positions), MARKERS, side="right")

    assert np.isnan(motion.trunk_rotation).all()
    assert np.isfinite(motion.wrist).all()


def test_a_marker_that_is_often_hidden_does_not_make_the_landmark_jump() -> None:
    positions = markers(reach())
    positions[MARKERS.points.index("WRA"), :, 100:200] = np.nan
    without = markers(reach())
    without[MARKERS.points.index("WRA")] = np.nan

    motion = arm_motion(as_signal(positions), MARKERS, side="right")

    expected = arm_motion(as_signal(without), MARKERS, side="right")
    np.testing.assert_array_equal(motion.wrist, expected.wrist)


def test_a_wrist_with_one_marker_left_has_no_axis_but_a_place() -> None:
    positions = markers(reach())
    positions[MARKERS.points.index("WRB")] = np.nan

    motion = arm_motion(as_signal(positions), MARKERS, side="right")

    assert np.isnan(motion.wrist_axis).all()
    assert np.isfinite(motion.wrist).all()


def test_up_may_be_any_axis_of_the_laboratory() -> None:
    positions = markers(reach(trunk=leaning()))
    y_up = replace(MARKERS, vertical="y")
    cycled = positions[:, [1, 2, 0]]  # a proper rotation: z becomes y

    motion = arm_motion(as_signal(cycled), y_up, side="right")

    expected = arm_motion(as_signal(positions), MARKERS, side="right")
    assert_same_motion(motion, expected, atol=1e-9)


def test_cleaning_closes_what_it_can_and_keeps_the_order_of_the_montage() -> None:
    positions = markers(reach())

    cleaned = clean_points(as_signal(with_gaps(positions)), MARKERS)

    lost = np.flatnonzero(np.isnan(cleaned).any(axis=(1, 2)))
    assert [MARKERS.points[row] for row in lost] == ["WRA"]
    seen = np.isfinite(cleaned)
    np.testing.assert_allclose(cleaned[seen], positions[seen], atol=SMOOTHED_M)


def test_a_lower_cutoff_smooths_more() -> None:
    noisy = markers(reach()) + np.random.default_rng(0).normal(scale=0.001, size=(21, 3, 300))

    rough = clean_points(as_signal(noisy), MARKERS, MotionSettings(cutoff_hz=20))
    smooth = clean_points(as_signal(noisy), MARKERS, MotionSettings(cutoff_hz=4))

    assert np.diff(smooth, 2).std() < 0.1 * np.diff(rough, 2).std()


@pytest.mark.parametrize(
    ("hidden", "named"),
    [
        (("CS_1", "CS_2", "CS_3", "CS_4"), "the thorax"),
        (("SA_3",), "the shoulder"),
        (("WRA", "WRB"), "the wrist"),
    ],
)
def test_what_is_hidden_at_the_start_is_named(hidden: tuple[str, ...], named: str) -> None:
    positions = markers(reach())
    for name in hidden:
        positions[MARKERS.points.index(name), :, :40] = np.nan

    with pytest.raises(SignalError, match=f"^{named} must be seen at the start of the trial"):
        arm_motion(as_signal(positions), MARKERS, side="right")


def test_a_shoulder_straight_above_the_thorax_is_refused() -> None:
    positions = markers(reach())
    sternum = [MARKERS.points.index(f"CS_{at}") for at in (1, 2, 3, 4)]
    positions[sternum, 1] = positions[MARKERS.points.index("SA_3"), 1]
    positions[sternum, 0] = positions[MARKERS.points.index("SA_3"), 0]

    with pytest.raises(SignalError, match="must not lie on one vertical line"):
        arm_motion(as_signal(positions), MARKERS, side="right")


def test_a_montage_without_an_elbow_is_refused() -> None:
    armless = replace(
        MARKERS, landmarks={key: MARKERS.landmarks[key] for key in ("wrist", "shoulder")}
    )

    with pytest.raises(MontageError, match="elbow, thorax is missing"):
        arm_motion(as_signal(markers(reach())), armless, side="right")


def both_arms() -> tuple[Montage, Signal]:
    """A body of segments, with an arm on each side; only the right one moves."""
    rows = {name: row for row, name in enumerate(MARKERS.points)}
    moving, resting = markers(reach()), MIRROR * markers(reach())[:, :, :1].repeat(300, axis=2)
    points = ("CS_1", "CS_2", "CS_3", "CS_4")
    blocks = [moving[rows[name]] for name in points]
    names = [*points]
    for side, source in (("Right", moving), ("Left", resting)):
        for landmark, name in (("Hand", "WRA"), ("ForeArm", "ELB_L"), ("UpperArm", "SA_3")):
            names.append(f"{side}{landmark}")
            blocks.append(source[rows[name]])
    montage = Montage(
        name="both",
        modality="kinematics",
        points=tuple(names),
        landmarks={
            "wrist": ("{side}Hand",),
            "elbow": ("{side}ForeArm",),
            "shoulder": ("{side}UpperArm",),
            "thorax": points,
        },
    )
    signal = Signal(np.concatenate(blocks), rate_hz=RATE_HZ, channels=montage.channels, units="m")
    return montage, signal


def test_with_both_arms_recorded_the_named_one_is_taken() -> None:
    montage, signal = both_arms()

    moved = arm_motion(signal, montage, side="right")
    rested = arm_motion(signal, montage, side="left")

    assert np.ptp(moved.wrist[0]) > 0.1
    assert np.ptp(rested.wrist[0]) < 1e-6
    np.testing.assert_allclose(rested.wrist[:, 0], moved.wrist[:, 0], atol=1e-9)
    assert moved.wrist_axis is None


def test_with_both_arms_recorded_nobody_guesses_the_side() -> None:
    montage, signal = both_arms()

    with pytest.raises(MontageError, match="side must be known for montage 'both'"):
        arm_motion(signal, montage)


def test_positions_in_another_unit_are_refused() -> None:
    signal = as_signal(markers(reach()))
    radians = Signal(signal.samples, rate_hz=RATE_HZ, channels=signal.channels, units="rad")

    with pytest.raises(SignalError, match="kinematics must be in metres; got rad"):
        arm_motion(radians, MARKERS, side="right")


def test_a_missing_marker_column_is_named() -> None:
    signal = as_signal(markers(reach()))

    with pytest.raises(SignalError, match=r"channels must be among .*; got WRA_x"):
        arm_motion(signal.pick(signal.channels[1:]), MARKERS, side="right")
