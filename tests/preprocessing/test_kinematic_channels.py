"""What `kinematic_channels` promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arm_builder import (
    FOREARM_M,
    MARKERS,
    RATE_HZ,
    UPPER_ARM_M,
    arm_in_thorax,
    as_signal,
    markers,
    ramp,
    reach,
)
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hybridmfp.preprocessing.arm_motion import ArmMotion, arm_motion
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles
from hybridmfp.preprocessing.kinematic_channels import (
    KINEMATIC_CHANNELS,
    KINEMATIC_GROUPS,
    POINT_CHANNELS,
    kinematic_channels,
)

Array = NDArray[np.float64]

N_SAMPLES = 300
SECONDS = np.arange(N_SAMPLES) / RATE_HZ
WAYS = ("forward", "up", "right")
MIRROR = np.array([1.0, -1.0, 1.0])[:, np.newaxis]  # laboratory: y points to the left


def leaning() -> Array:
    go = ramp()[:, np.newaxis]
    return Rotation.from_rotvec(go * np.array([0.10, 0.15, -0.30])).as_matrix()


@pytest.fixture
def motion() -> ArmMotion:
    return arm_in_thorax(reach(trunk=leaning()))


def channels_of(motion: ArmMotion, angles: Array | None = None) -> dict[str, Array]:
    known = np.zeros((len(JOINTS), motion.hand.shape[1])) if angles is None else angles
    return dict(zip(KINEMATIC_CHANNELS, kinematic_channels(motion, known), strict=True))


def vector(channels: dict[str, Array], what: str) -> Array:
    return np.stack([channels[f"{what}_{way}"] for way in WAYS])


def moving(motion: ArmMotion, path: Array) -> ArmMotion:
    return replace(motion, hand=path)


def test_every_channel_has_a_name_and_a_group_of_its_own(motion: ArmMotion) -> None:
    found = kinematic_channels(motion, joint_angles(motion))

    assert found.shape == (44, N_SAMPLES)
    assert len(set(KINEMATIC_CHANNELS)) == len(KINEMATIC_GROUPS) == 44
    assert KINEMATIC_CHANNELS[: len(POINT_CHANNELS)] == POINT_CHANNELS


@pytest.mark.parametrize("point", ["wrist", "elbow", "shoulder", "hand", "trunk"])
def test_places_are_those_of_the_motion(motion: ArmMotion, point: str) -> None:
    np.testing.assert_array_equal(vector(channels_of(motion), point), getattr(motion, point))


def test_angles_are_those_given_and_stand_under_their_names(motion: ArmMotion) -> None:
    angles = np.arange(len(JOINTS))[:, np.newaxis] + 0.3 * SECONDS * np.arange(7)[:, np.newaxis]

    channels = channels_of(motion, angles)

    for at, joint in enumerate(JOINTS):
        np.testing.assert_array_equal(channels[joint], angles[at])
        np.testing.assert_allclose(channels[f"{joint}_velocity"], 0.3 * at, atol=1e-12)


@pytest.mark.parametrize("point", ["wrist", "elbow", "hand", "trunk"])
def test_a_point_that_moves_evenly_has_its_velocity(motion: ArmMotion, point: str) -> None:
    velocity = np.array([0.3, -0.2, 0.6])
    path = np.array([0.1, 0.2, 0.3])[:, np.newaxis] + velocity[:, np.newaxis] * SECONDS

    channels = channels_of(replace(motion, **{point: path}))

    expected = np.repeat(velocity[:, np.newaxis], N_SAMPLES, axis=1)
    np.testing.assert_allclose(vector(channels, f"{point}_velocity"), expected, atol=1e-12)


def test_the_hand_has_a_speed_and_no_acceleration_while_it_moves_evenly(motion: ArmMotion) -> None:
    channels = channels_of(moving(motion, np.array([[0.3], [-0.2], [0.6]]) * SECONDS))

    np.testing.assert_allclose(channels["hand_speed"], 0.7, rtol=1e-12)
    np.testing.assert_allclose(channels["hand_acceleration"], 0, atol=1e-9)
    np.testing.assert_allclose(channels["hand_jerk"], 0, atol=1e-7)


def test_acceleration_and_jerk_are_the_lengths_of_vectors(motion: ArmMotion) -> None:
    way = np.array([[2.0], [-1.0], [2.0]])  # of length 3
    evenly = channels_of(moving(motion, way * SECONDS**2 / 2))
    ever_faster = channels_of(moving(motion, way * SECONDS**3 / 6))

    # Central differences are exact for parabolas, and for the curvature of a cubic; not at ends.
    inner = slice(3, -3)
    np.testing.assert_allclose(evenly["hand_speed"][inner], 3 * SECONDS[inner], atol=1e-12)
    np.testing.assert_allclose(evenly["hand_acceleration"][inner], 3.0, rtol=1e-9)
    np.testing.assert_allclose(ever_faster["hand_acceleration"][inner], 3 * SECONDS[inner])
    np.testing.assert_allclose(ever_faster["hand_jerk"][inner], 3.0, rtol=1e-7)


def test_the_speed_of_the_hand_is_the_length_of_its_velocity(motion: ArmMotion) -> None:
    channels = channels_of(motion)

    np.testing.assert_allclose(
        channels["hand_speed"],
        np.linalg.norm(vector(channels, "hand_velocity"), axis=0),
        rtol=1e-12,
    )


def test_bones_keep_their_length(motion: ArmMotion) -> None:
    channels = channels_of(motion)
    wrist, elbow, shoulder = (vector(channels, one) for one in ("wrist", "elbow", "shoulder"))

    np.testing.assert_allclose(np.linalg.norm(elbow - shoulder, axis=0), UPPER_ARM_M, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(wrist - elbow, axis=0), FOREARM_M, rtol=1e-12)


def test_turned_about_the_vertical_only_horizontal_directions_change(motion: ArmMotion) -> None:
    turn = Rotation.from_rotvec([0.0, 0.4, 0.0]).as_matrix()
    points = ("wrist", "elbow", "shoulder", "hand", "trunk")
    turned = replace(motion, **{one: turn @ getattr(motion, one) for one in points})

    before, after = channels_of(motion), channels_of(turned)

    vectors = (*points, *(f"{one}_velocity" for one in points if one != "shoulder"))
    for what in vectors:
        ours, theirs = vector(before, what), vector(after, what)
        np.testing.assert_allclose(ours[1], theirs[1], atol=1e-12, err_msg=what)
        lengths = [np.hypot(one[0], one[2]) for one in (ours, theirs)]
        np.testing.assert_allclose(*lengths, atol=1e-12, err_msg=what)
        assert np.ptp(ours[0] - theirs[0]) > 1e-3 or what == "shoulder"
    for size in ("hand_speed", "hand_acceleration", "hand_jerk"):
        np.testing.assert_allclose(before[size], after[size], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("slower", [2, 5])
def test_derivatives_are_taken_in_real_time(motion: ArmMotion, slower: int) -> None:
    angles = joint_angles(motion)
    slow = channels_of(replace(motion, rate_hz=RATE_HZ / slower), angles)

    for name, channel in channels_of(motion, angles).items():
        power = 1 if "velocity" in name or name == "hand_speed" else 0
        power = {"hand_acceleration": 2, "hand_jerk": 3}.get(name, power)
        np.testing.assert_allclose(slow[name], channel / slower**power, atol=1e-9, err_msg=name)


def test_a_mirrored_recording_gives_the_same_channels() -> None:
    positions = markers(reach(trunk=leaning()))

    right = arm_motion(as_signal(positions), MARKERS, side="right")
    left = arm_motion(as_signal(MIRROR * positions), MARKERS, side="left")

    for name, ours in channels_of(right, joint_angles(right)).items():
        theirs = channels_of(left, joint_angles(left))[name]
        # Rounding of 1e-12 m grows a hundredfold with each derivative.
        np.testing.assert_allclose(theirs, ours, atol=1e-6, err_msg=name)


def test_a_lost_hand_leaves_gaps_in_its_own_channels_alone(motion: ArmMotion) -> None:
    hand = motion.hand.copy()
    hand[:, 100:110] = np.nan

    found = channels_of(moving(motion, hand), joint_angles(motion))

    reach_samples = {"hand_speed": 1, "hand_acceleration": 2, "hand_jerk": 3}
    for name, channel in found.items():
        wide = 1 if name.startswith("hand_velocity") else reach_samples.get(name, 0)
        expected = np.zeros(N_SAMPLES, dtype=bool)
        if name.startswith("hand"):
            expected[100 - wide : 110 + wide] = True
        np.testing.assert_array_equal(np.isnan(channel), expected, err_msg=name)


def test_neither_the_motion_nor_the_angles_are_edited(motion: ArmMotion) -> None:
    angles = joint_angles(motion)
    hand, before = motion.hand.copy(), angles.copy()

    found = kinematic_channels(motion, angles)
    found[:] = -1.0

    np.testing.assert_array_equal(motion.hand, hand)
    np.testing.assert_array_equal(angles, before)


def test_groups_tell_landmarks_from_angles() -> None:
    groups = dict(zip(KINEMATIC_CHANNELS, KINEMATIC_GROUPS, strict=True))

    for joint in JOINTS:
        assert groups[joint] == groups[f"{joint}_velocity"] == "angles"
    for name in POINT_CHANNELS:
        assert groups[name] == name.split("_")[0]
