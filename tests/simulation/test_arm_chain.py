from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hybridmfp.errors import SignalError
from hybridmfp.simulation.arm_chain import (
    CHAIN_ANGLES,
    ChainPose,
    pose_chain,
    segment_lengths,
)
from hybridmfp.simulation.body import Body

PERSON = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
LENGTHS = segment_lengths(PERSON)
FORWARD, UP, RIGHT = np.eye(3)


def posed(**angles: float) -> ChainPose:
    return pose_chain(np.array([[angles.get(name, 0.0)] for name in CHAIN_ANGLES]), PERSON)


def any_angles(n_frames: int = 200) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.8, (len(CHAIN_ANGLES), n_frames))


def test_bones_keep_their_lengths_in_any_posture() -> None:
    pose = pose_chain(any_angles(), PERSON)

    for upper, lower, length in (
        (pose.shoulder, pose.elbow, LENGTHS.upper_arm),
        (pose.elbow, pose.wrist, LENGTHS.forearm),
        (pose.wrist, pose.knuckles, LENGTHS.hand),
    ):
        np.testing.assert_allclose(np.linalg.norm(lower - upper, axis=1), length, rtol=1e-12)


@pytest.mark.parametrize("segment", ["thorax", "upper_arm", "forearm", "hand"])
def test_segments_turn_without_stretch_or_reflection(segment: str) -> None:
    rotation = getattr(pose_chain(any_angles(), PERSON), segment)

    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1),
        np.broadcast_to(np.eye(3), rotation.shape),
        atol=1e-12,
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1, rtol=1e-12)


def test_the_chain_is_the_product_of_turns_about_segment_axes() -> None:
    angles = any_angles()
    by_name = dict(zip(CHAIN_ANGLES, angles, strict=True))

    def about(axes: str, *names_or_angles: np.ndarray) -> Rotation:
        return Rotation.from_euler(axes, np.stack(names_or_angles, axis=1))

    thorax = about(
        "YZX", by_name["trunk_rotation"], -by_name["trunk_flexion"], by_name["trunk_lateral"]
    )
    upper_arm = thorax * about(
        "YXY",
        by_name["elevation_plane"],
        -by_name["elevation"],
        by_name["humeral_rotation"] - by_name["elevation_plane"],
    )
    forearm = upper_arm * about("ZY", by_name["elbow_flexion"], by_name["pronation"] + np.pi / 2)
    hand = forearm * about("ZX", by_name["wrist_flexion"], -by_name["wrist_deviation"])
    pose = pose_chain(angles, PERSON)

    for found, expected in (
        (pose.thorax, thorax),
        (pose.upper_arm, upper_arm),
        (pose.forearm, forearm),
        (pose.hand, hand),
    ):
        np.testing.assert_allclose(found, expected.as_matrix(), atol=1e-12)


@pytest.mark.parametrize(
    ("plane", "direction"),
    [(0.0, RIGHT), (np.pi / 2, FORWARD), (np.pi / 4, (FORWARD + RIGHT) / 2**0.5)],
)
def test_an_arm_raised_level_points_along_its_plane(plane: float, direction: np.ndarray) -> None:
    pose = posed(elevation_plane=plane, elevation=np.pi / 2)

    reach = LENGTHS.upper_arm + LENGTHS.forearm
    np.testing.assert_allclose((pose.wrist - pose.shoulder)[0], reach * direction, atol=1e-12)


def test_a_bent_elbow_brings_the_hand_of_a_hanging_arm_forwards() -> None:
    pose = posed(elbow_flexion=np.pi / 2)

    np.testing.assert_allclose((pose.elbow - pose.shoulder)[0], -LENGTHS.upper_arm * UP, atol=1e-12)
    np.testing.assert_allclose((pose.wrist - pose.elbow)[0], LENGTHS.forearm * FORWARD, atol=1e-12)


def test_inward_rotation_brings_the_hand_of_a_bent_arm_to_the_other_side() -> None:
    pose = posed(elbow_flexion=np.pi / 2, humeral_rotation=np.pi / 2)

    np.testing.assert_allclose((pose.wrist - pose.elbow)[0], -LENGTHS.forearm * RIGHT, atol=1e-12)


def test_pronation_turns_the_thumb_side_inwards() -> None:
    # The hand points forwards; its third axis points to the side of the thumb.
    neutral = posed(elbow_flexion=np.pi / 2)
    pronated = posed(elbow_flexion=np.pi / 2, pronation=np.pi / 2)

    np.testing.assert_allclose(neutral.hand[0, :, 2], UP, atol=1e-12)
    np.testing.assert_allclose(pronated.hand[0, :, 2], -RIGHT, atol=1e-12)


def test_wrist_flexion_brings_the_hand_towards_the_palm_and_deviation_towards_the_thumb() -> None:
    # In a neutral forearm that points forwards the palm faces the other side, the thumb is up.
    flexed = posed(elbow_flexion=np.pi / 2, wrist_flexion=np.pi / 2)
    deviated = posed(elbow_flexion=np.pi / 2, wrist_deviation=np.pi / 2)

    np.testing.assert_allclose(
        (flexed.knuckles - flexed.wrist)[0], -LENGTHS.hand * RIGHT, atol=1e-12
    )
    np.testing.assert_allclose(
        (deviated.knuckles - deviated.wrist)[0], LENGTHS.hand * UP, atol=1e-12
    )


@pytest.mark.parametrize(
    ("angle", "direction"),
    [
        ("trunk_flexion", FORWARD),
        ("trunk_lateral", RIGHT),
        ("trunk_rotation", FORWARD),
        ("scapula_elevation", UP),
        ("scapula_protraction", FORWARD),
    ],
)
def test_trunk_and_scapula_move_the_shoulder_as_their_names_say(
    angle: str, direction: np.ndarray
) -> None:
    moved = (posed(**{angle: 0.1}).shoulder - posed().shoulder)[0]

    assert np.argmax(np.abs(moved)) == np.argmax(direction)
    assert moved @ direction > 0.005


def test_a_unit_of_the_scapula_is_a_tenth_of_a_metre() -> None:
    shrugged = posed(scapula_elevation=0.3).shoulder - posed().shoulder

    np.testing.assert_allclose(shrugged[0], 0.03 * UP, atol=1e-12)


def test_hand_and_thumb_closing_move_no_segment() -> None:
    open_hand, closed_hand = posed(), posed(hand_closing=1.0, thumb_closing=1.0)

    for part in fields(ChainPose):
        np.testing.assert_array_equal(
            getattr(open_hand, part.name), getattr(closed_hand, part.name)
        )


def test_the_mirror_image_of_a_posture_bends_and_turns_the_other_way() -> None:
    # Mirrored at the plane of symmetry, the arm that is not there would be reached by bending
    # and turning the trunk the other way; distances along and up stay.
    there = posed(trunk_flexion=0.3, trunk_lateral=0.2, trunk_rotation=0.4).thorax[0]
    mirrored = posed(trunk_flexion=0.3, trunk_lateral=-0.2, trunk_rotation=-0.4).thorax[0]
    mirror = np.diag([1.0, 1.0, -1.0])

    np.testing.assert_allclose(mirrored, mirror @ there @ mirror, atol=1e-12)


def test_a_body_twice_as_tall_has_bones_twice_as_long() -> None:
    doubled = segment_lengths(replace(PERSON, stature_m=3.5))

    for part in fields(doubled):
        assert getattr(doubled, part.name) == pytest.approx(2 * getattr(LENGTHS, part.name))


@pytest.mark.parametrize("shape", [(14,), (13, 5), (5, 14)])
def test_angles_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match=r"angles must be \(14, n_frames\)"):
        pose_chain(np.zeros(shape), PERSON)
