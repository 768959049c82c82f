"""What `joint_angles` promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arm_builder import MARKERS, arm_in_thorax, as_signal, markers, ramp, reach, still, upright
from scipy.spatial.transform import Rotation

from hybridmfp.preprocessing.arm_motion import ArmMotion, arm_motion
from hybridmfp.preprocessing.joint_angles import JOINTS, joint_angles

FORWARD, UP, RIGHT = np.eye(3)
DOWN = -UP


def posed(
    upper: np.ndarray, fore: np.ndarray, *, ulnar: np.ndarray | None = None
) -> dict[str, float]:
    """Angles in degrees of an arm whose bones point where they are told to."""
    shoulder = np.array([0.0, 0.1, 0.2])
    elbow = shoulder + 0.3 * upper / np.linalg.norm(upper)
    wrist = elbow + 0.25 * fore / np.linalg.norm(fore)
    motion = ArmMotion(
        wrist=wrist[:, np.newaxis],
        elbow=elbow[:, np.newaxis],
        shoulder=shoulder[:, np.newaxis],
        wrist_axis=None if ulnar is None else 0.06 * ulnar[:, np.newaxis],
        hand=wrist[:, np.newaxis],
        trunk=np.zeros((3, 1)),
        trunk_rotation=np.eye(3)[np.newaxis],
        side="right",
        side_inferred=False,
        rate_hz=100.0,
    )
    return dict(zip(JOINTS, np.rad2deg(joint_angles(motion)[:, 0]).tolist(), strict=True))


def test_a_straight_hanging_arm_has_no_plane_and_no_forearm_angle() -> None:
    angles = posed(DOWN, DOWN, ulnar=FORWARD)

    assert angles["elbow_flexion"] == pytest.approx(0, abs=1e-6)
    assert angles["shoulder_elevation"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(angles["shoulder_plane"])
    assert np.isnan(angles["forearm_rotation"])


@pytest.mark.parametrize(
    ("upper", "elevation", "plane"),
    [
        (RIGHT, 90, 0),  # abduction
        (FORWARD, 90, 90),  # forward flexion
        (FORWARD + RIGHT, 90, 45),
        (DOWN + RIGHT, 45, 0),
        (UP + FORWARD, 135, 90),
        (RIGHT - FORWARD, 90, -45),  # extension
        (FORWARD - RIGHT, 90, 135),  # across the body
    ],
)
def test_the_shoulder_follows_the_isb(upper: np.ndarray, elevation: float, plane: float) -> None:
    angles = posed(upper, upper)

    assert angles["shoulder_elevation"] == pytest.approx(elevation, abs=1e-9)
    assert angles["shoulder_plane"] == pytest.approx(plane, abs=1e-9)


@pytest.mark.parametrize(("fore", "flexion"), [(DOWN, 0), (FORWARD, 90), (FORWARD + UP, 135)])
def test_the_elbow_is_straight_at_zero(fore: np.ndarray, flexion: float) -> None:
    assert posed(DOWN, fore)["elbow_flexion"] == pytest.approx(flexion, abs=1e-6)


@pytest.mark.parametrize(
    ("ulnar", "supination"),
    [
        (DOWN, 0),  # thumb up
        (-RIGHT, 90),  # palm up: the thumb of a right hand points to the right
        (RIGHT, -90),  # palm down
        (DOWN - RIGHT, 45),
    ],
)
def test_the_forearm_is_neutral_with_the_thumb_up_and_supination_is_positive(
    ulnar: np.ndarray, supination: float
) -> None:
    angles = posed(DOWN, FORWARD, ulnar=ulnar)

    assert angles["forearm_rotation"] == pytest.approx(supination, abs=1e-9)


@pytest.mark.parametrize("turn_deg", [-80, -20, 15, 60, 95])
def test_the_change_of_the_forearm_angle_is_the_rotation_imposed(turn_deg: float) -> None:
    upper, fore = np.array([0.3, -0.8, 0.4]), np.array([0.8, 0.1, -0.3])
    along = fore / np.linalg.norm(fore)
    ulnar = np.cross(along, [0.2, 0.5, 0.9])
    turned = Rotation.from_rotvec(np.deg2rad(turn_deg) * along).apply(ulnar)

    before = posed(upper, fore, ulnar=ulnar)["forearm_rotation"]
    after = posed(upper, fore, ulnar=turned)["forearm_rotation"]

    change = (after - before + 180) % 360 - 180
    assert change == pytest.approx(turn_deg, abs=1e-9)


def test_full_supination_does_not_jump_to_the_other_end_of_the_circle() -> None:
    swing = np.deg2rad(90 + 5 * np.sin(np.linspace(0, 20, 300)))
    motion = arm_in_thorax(reach(elbow=still(90), supination=swing))

    angle = joint_angles(motion)[JOINTS.index("forearm_rotation")]

    np.testing.assert_allclose(angle, swing, atol=1e-9)


@pytest.mark.parametrize(
    ("joint", "axis"),
    [
        ("trunk_flexion", -RIGHT),  # the chest sinks forward
        ("trunk_bending", FORWARD),  # towards the arm
        ("trunk_turning", UP),  # away from the arm, to the left
    ],
)
@pytest.mark.parametrize("degrees", [25, -10])
def test_one_trunk_rotation_shows_in_one_trunk_angle(
    joint: str, axis: np.ndarray, degrees: float
) -> None:
    trunk = Rotation.from_rotvec(np.deg2rad(degrees) * ramp()[:, np.newaxis] * axis).as_matrix()

    angles = joint_angles(arm_in_thorax(reach(trunk=trunk)))[-3:]

    for name, angle in zip(JOINTS[-3:], angles, strict=True):
        expected = np.deg2rad(degrees) * ramp() if name == joint else np.zeros(300)
        np.testing.assert_allclose(angle, expected, atol=1e-9, err_msg=name)


def test_trunk_angles_are_counted_about_axes_that_turn_along_in_the_order_z_x_y() -> None:
    def about(axis: np.ndarray, angle: float) -> np.ndarray:
        return Rotation.from_rotvec(angle * axis).as_matrix()

    trunk = about(RIGHT, -0.4) @ about(FORWARD, 0.3) @ about(UP, -0.5)

    angles = joint_angles(arm_in_thorax(reach(trunk=np.tile(trunk, (300, 1, 1)))))[-3:, 0]

    np.testing.assert_allclose(angles, [0.4, 0.3, -0.5], atol=1e-12)


@pytest.mark.parametrize("side", ["right", "left"])
def test_signs_of_the_trunk_are_told_from_markers_and_do_not_depend_on_the_side(side: str) -> None:
    """Written in laboratory terms: z up, x forward, the moving arm at -y or, mirrored, at +y."""
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0, 1.0])[:, np.newaxis]
    rest = markers(reach()) * mirror
    chest = [MARKERS.points.index(f"CS_{at}") for at in (1, 2, 3, 4)]
    shoulder = MARKERS.points.index("SA_3")
    towards_arm = np.sign(rest[shoulder, 1, 0] - rest[chest, 1, 0].mean())

    for joint, leans in (
        ("trunk_flexion", lambda end: end[chest, 0].mean() > rest[chest, 0, 0].mean()),
        ("trunk_bending", lambda end: (end - rest[..., 0])[chest, 1].mean() * towards_arm > 0),
        ("trunk_turning", lambda end: end[shoulder, 0] > rest[shoulder, 0, 0]),
    ):
        axis = {"trunk_flexion": -RIGHT, "trunk_bending": FORWARD, "trunk_turning": UP}[joint]
        trunk = Rotation.from_rotvec(0.3 * ramp()[:, np.newaxis] * axis).as_matrix()
        positions = markers(reach(trunk=trunk)) * mirror

        angles = joint_angles(arm_motion(as_signal(positions), MARKERS))

        assert leans(positions[..., -1])
        for name, angle in zip(JOINTS[-3:], angles[-3:], strict=True):
            # Rounding to 19 µm over a cluster of 4 cm.
            assert angle[-1] == pytest.approx(0.3 * (name == joint), abs=1e-3), name


def test_what_is_hidden_has_no_angle_and_hides_no_other() -> None:
    motion = arm_in_thorax(reach())
    wrist = motion.wrist.copy()
    wrist[:, 100:120] = np.nan
    turned = motion.trunk_rotation.copy()
    turned[50:60] = np.nan

    angles = joint_angles(replace(motion, wrist=wrist, trunk_rotation=turned))

    gone = {name: np.flatnonzero(np.isnan(row)) for name, row in zip(JOINTS, angles, strict=True)}
    for name in ("elbow_flexion", "forearm_rotation"):
        np.testing.assert_array_equal(gone[name], np.arange(100, 120))
    for name in ("shoulder_elevation", "shoulder_plane"):
        assert len(gone[name]) == 0
    for name in ("trunk_flexion", "trunk_bending", "trunk_turning"):
        np.testing.assert_array_equal(gone[name], np.arange(50, 60))


def test_the_plane_is_unwrapped_across_the_back() -> None:
    circling = np.linspace(np.deg2rad(120), np.deg2rad(240), 300)
    motion = arm_in_thorax(reach(plane=circling, elevation=still(80)))

    plane = joint_angles(motion)[JOINTS.index("shoulder_plane")]

    np.testing.assert_allclose(plane, circling, atol=1e-9)


@pytest.mark.parametrize(
    ("degrees", "defined"), [(14, False), (16, True), (164, True), (166, False)]
)
def test_close_to_vertical_the_plane_has_no_meaning(degrees: float, defined: bool) -> None:
    motion = arm_in_thorax(reach(elevation=still(degrees)))

    plane = joint_angles(motion)[JOINTS.index("shoulder_plane")]

    assert np.isfinite(plane).all() == defined
    assert np.isfinite(plane).any() == defined


@pytest.mark.parametrize(("degrees", "defined"), [(14, False), (16, True)])
def test_close_to_straight_the_forearm_angle_has_no_meaning(degrees: float, defined: bool) -> None:
    motion = arm_in_thorax(reach(elbow=still(degrees)))

    rotation = joint_angles(motion)[JOINTS.index("forearm_rotation")]

    assert np.isfinite(rotation).all() == defined
    assert np.isfinite(rotation).any() == defined


def test_without_wrist_axis_or_thorax_cluster_only_their_angles_are_missing() -> None:
    motion = replace(arm_in_thorax(reach()), wrist_axis=None, trunk_rotation=upright() * np.nan)

    missing = np.isnan(joint_angles(motion)).all(axis=1)

    assert [name for name, gone in zip(JOINTS, missing, strict=True) if gone] == [
        "forearm_rotation",
        "trunk_flexion",
        "trunk_bending",
        "trunk_turning",
    ]


def test_size_and_place_of_the_body_change_no_angle() -> None:
    motion = arm_in_thorax(reach())
    moved = replace(
        motion,
        **{
            name: 1.3 * getattr(motion, name) + np.array([[1.0], [2.0], [-3.0]])
            for name in ("wrist", "elbow", "shoulder")
        },
    )

    np.testing.assert_allclose(joint_angles(moved), joint_angles(motion), atol=1e-12)
