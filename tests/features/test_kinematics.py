"""What `kinematics` promises."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hybridmfp.features.kinematics import (
    KINEMATIC_SESSION_FEATURES,
    KINEMATIC_TRIAL_FEATURES,
    kinematic_session_features,
    kinematic_trial_features,
)
from hybridmfp.preprocessing.arm_motion import ArmMotion
from hybridmfp.preprocessing.joint_angles import JOINTS
from hybridmfp.preprocessing.movement import Movement, find_movement, tangential_speed

RATE_HZ = 200.0
HAND_FEATURES = (
    *("kin.peak_speed", "kin.mean_speed", "kin.time_to_peak", "kin.velocity_peaks"),
    *("kin.velocity_peak_rate", "kin.sparc", "kin.log_dimensionless_jerk", "kin.path_ratio"),
    *("kin.reach_distance", "kin.trunk_share"),
)


def ramp(n_samples: int) -> np.ndarray:
    """Rest for a quarter, move by minimum jerk for a half, rest for a quarter."""
    u = np.clip(2 * np.arange(n_samples) / n_samples - 0.5, 0, 1)
    return 10 * u**3 - 15 * u**4 + 6 * u**5


def reaching(
    *, n_samples: int = 800, arm: float = 1.0, lean_m: float = 0.0, turn: float = 0.0
) -> ArmMotion:
    """A planar arm of two links that unfolds, on a trunk that leans and turns."""
    go = ramp(n_samples)
    elevation, elbow = np.deg2rad(20 + 50 * arm * go), np.deg2rad(100 - 70 * arm * go)
    upper = np.stack([np.sin(elevation), -np.cos(elevation), 0.4 + 0 * go])
    pointing = elevation + elbow
    fore = np.stack([np.sin(pointing), -np.cos(pointing), 0 * go])
    elbow_at = 0.3 * upper
    wrist = elbow_at + 0.25 * fore
    trunk = np.stack([lean_m * go, 0 * go, 0 * go])
    return ArmMotion(
        wrist=wrist,
        elbow=elbow_at,
        shoulder=np.zeros_like(wrist),
        wrist_axis=np.stack([np.cos(pointing), np.sin(pointing), 0.3 * go]),
        hand=wrist + trunk,
        trunk=trunk,
        trunk_rotation=Rotation.from_rotvec(go[:, np.newaxis] * [0, turn, 0]).as_matrix(),
        side="right",
        side_inferred=False,
        rate_hz=RATE_HZ,
    )


def described(motion: ArmMotion) -> dict[str, float]:
    speed = tangential_speed(motion.hand, rate_hz=RATE_HZ)
    return kinematic_trial_features(motion, find_movement(speed, rate_hz=RATE_HZ))


def test_every_column_has_a_definition_and_every_definition_a_column() -> None:
    expected = []
    for definition in KINEMATIC_TRIAL_FEATURES:
        if definition.target == "joint":
            expected += [f"{definition.name}.{joint}" for joint in JOINTS]
        else:
            expected.append(definition.name)

    values = described(reaching(lean_m=0.1, turn=0.2))

    assert sorted(values) == sorted(expected)
    assert len(set(expected)) == len(expected)
    assert all(isinstance(value, float | int) for value in values.values())
    assert all(math.isfinite(value) for value in values.values())


def test_every_session_column_has_a_definition() -> None:
    values = kinematic_session_features(
        np.zeros((2, 3, 5)), np.zeros((2, 2, 5)), task=np.array(["a", "a"])
    )

    assert list(values) == [definition.name for definition in KINEMATIC_SESSION_FEATURES]


def test_every_definition_says_what_unit_and_where_from() -> None:
    for definition in (*KINEMATIC_TRIAL_FEATURES, *KINEMATIC_SESSION_FEATURES):
        assert definition.name.startswith("kin.")
        assert definition.modality == "kinematics"
        assert definition.unit
        assert definition.better in ("higher", "lower", "none")
        assert definition.target in ("trial", "joint", "session")
        assert "doi:" in definition.reference or "PMID" in definition.reference


def test_half_the_speed_takes_twice_the_time_at_half_the_peak() -> None:
    fast = described(reaching(lean_m=0.05))
    slow = described(reaching(n_samples=1600, lean_m=0.05))

    # One sample more or less at onset and offset.
    assert slow["kin.movement_time"] == pytest.approx(2 * fast["kin.movement_time"], rel=0.01)
    assert slow["kin.peak_speed"] == pytest.approx(fast["kin.peak_speed"] / 2, rel=1e-3)
    assert slow["kin.mean_speed"] == pytest.approx(fast["kin.mean_speed"] / 2, rel=0.01)
    assert slow["kin.joint_speed.elbow_flexion"] == pytest.approx(
        fast["kin.joint_speed.elbow_flexion"] / 2, rel=0.01
    )
    for same in ("kin.time_to_peak", "kin.path_ratio", "kin.reach_distance", "kin.trunk_share"):
        assert slow[same] == pytest.approx(fast[same], rel=0.01), same
    assert slow["kin.velocity_peaks"] == fast["kin.velocity_peaks"] == 1


def test_a_straight_minimum_jerk_reach_has_its_closed_forms() -> None:
    go = ramp(800)
    straight = np.outer([0.3, 0.0, 0.4], go)
    motion = replace(reaching(), hand=straight)

    values = kinematic_trial_features(motion, Movement(200, 600))

    assert values["kin.movement_time"] == pytest.approx(2.0)
    assert values["kin.reach_distance"] == pytest.approx(0.5, abs=1e-6)
    assert values["kin.mean_speed"] == pytest.approx(0.25, rel=1e-3)
    assert values["kin.peak_speed"] == pytest.approx(15 / 8 * 0.25, rel=1e-4)
    assert values["kin.time_to_peak"] == pytest.approx(0.5, abs=1 / 400)
    assert values["kin.path_ratio"] == pytest.approx(1.0, abs=1e-9)
    assert values["kin.velocity_peaks"] == 1
    assert values["kin.velocity_peak_rate"] == pytest.approx(0.5)


def test_a_half_circle_is_half_pi_times_longer_than_its_diameter() -> None:
    angle = np.pi * ramp(800)
    circle = 0.2 * np.stack([-np.cos(angle), np.sin(angle), 0 * angle])
    motion = replace(reaching(), hand=circle)

    values = kinematic_trial_features(motion, Movement(200, 601))

    assert values["kin.path_ratio"] == pytest.approx(np.pi / 2, rel=1e-4)
    assert values["kin.reach_distance"] == pytest.approx(0.4, rel=1e-6)


def test_the_way_back_does_not_lengthen_the_path() -> None:
    there = np.outer([0.5, 0.0, 0.0], ramp(800))
    motion = replace(
        reaching(), hand=np.concatenate([there[:, :400], there[:, 400::-1][:, :400]], 1)
    )

    values = described(motion)

    assert values["kin.path_ratio"] == pytest.approx(1.0, abs=1e-9)


def test_a_path_cut_off_at_full_speed_is_never_shorter_than_the_distance() -> None:
    values = kinematic_trial_features(reaching(), Movement(300, 400))

    assert values["kin.path_ratio"] >= 1


def test_leaning_without_using_the_arm_is_all_trunk() -> None:
    values = described(reaching(arm=0.0, lean_m=0.2))

    assert values["kin.trunk_share"] == pytest.approx(1.0, abs=1e-6)
    assert values["kin.range.elbow_flexion"] == pytest.approx(0.0, abs=1e-9)


def test_reaching_without_the_trunk_has_no_trunk_share() -> None:
    values = described(reaching())

    assert values["kin.trunk_share"] == 0
    assert values["kin.trunk_displacement"] == 0
    assert values["kin.trunk_rotation"] == pytest.approx(0, abs=1e-7)


def test_the_trunk_is_measured_from_onset_and_not_from_the_first_sample() -> None:
    motion = reaching(lean_m=0.1, turn=0.3)
    shifted = replace(
        motion,
        trunk=motion.trunk + np.array([[1.0], [2.0], [3.0]]),
        trunk_rotation=motion.trunk_rotation @ Rotation.from_rotvec([0.4, 0, 0]).as_matrix(),
    )

    values = kinematic_trial_features(shifted, Movement(200, 601))

    assert values["kin.trunk_displacement"] == pytest.approx(0.1, abs=1e-9)
    assert values["kin.trunk_rotation"] == pytest.approx(0.3, abs=1e-7)


def test_joint_features_are_those_of_the_angles_that_went_in() -> None:
    values = kinematic_trial_features(reaching(turn=0.6), Movement(200, 601))

    go = 0.6 * ramp(800)[200:601]
    low, high = np.percentile(go, [5, 95])
    speed = np.percentile(np.gradient(go) * RATE_HZ, 95)
    assert values["kin.range.trunk_turning"] == pytest.approx(high - low, abs=1e-9)
    assert values["kin.joint_mean.trunk_turning"] == pytest.approx(0.3, abs=1e-9)
    assert values["kin.joint_speed.trunk_turning"] == pytest.approx(speed, abs=1e-9)
    assert values["kin.range.trunk_bending"] == pytest.approx(0, abs=1e-9)


def test_unfolding_elbow_and_raised_shoulder_are_coordinated() -> None:
    assert described(reaching())["kin.coordination"] > 0.99


def test_a_gap_in_the_wrist_hides_the_hand_features_and_never_makes_them_zero() -> None:
    motion = reaching(lean_m=0.1, turn=0.2)
    wrist, hand = motion.wrist.copy(), motion.hand.copy()
    wrist[:, 390:410] = np.nan
    hand[:, 390:410] = np.nan

    values = kinematic_trial_features(replace(motion, wrist=wrist, hand=hand), Movement(220, 580))

    for name in HAND_FEATURES:
        assert math.isnan(values[name]), name
    assert math.isnan(values["kin.elbow_sparc"])
    assert math.isfinite(values["kin.trunk_displacement"])
    assert math.isfinite(values["kin.range.elbow_flexion"])
    assert values["kin.movement_time"] == pytest.approx(1.8)


@pytest.mark.parametrize(("hidden", "known"), [(170, True), (190, False)])
def test_joint_features_need_half_of_the_movement(hidden: int, known: bool) -> None:
    motion = reaching()
    wrist = motion.wrist.copy()
    wrist[:, 220 : 220 + hidden] = np.nan

    values = kinematic_trial_features(replace(motion, wrist=wrist), Movement(220, 580))

    for name in ("kin.range.elbow_flexion", "kin.joint_mean.elbow_flexion", "kin.coordination"):
        assert math.isfinite(values[name]) == known, name
    assert math.isfinite(values["kin.range.shoulder_elevation"])


def test_without_a_thorax_cluster_only_the_turning_of_the_trunk_is_unknown() -> None:
    motion = reaching(lean_m=0.1)

    values = described(replace(motion, trunk_rotation=np.full_like(motion.trunk_rotation, np.nan)))

    unknown = {name for name, value in values.items() if math.isnan(value)}
    assert unknown == {"kin.trunk_rotation"} | {
        f"kin.{what}.trunk_{how}"
        for what in ("range", "joint_speed", "joint_mean")
        for how in ("flexion", "bending", "turning")
    }


def test_a_hand_that_stands_still_has_no_shares() -> None:
    motion = replace(reaching(), hand=np.zeros((3, 800)))

    values = kinematic_trial_features(motion, Movement(200, 600))

    assert values["kin.reach_distance"] == 0
    assert math.isnan(values["kin.trunk_share"])
    assert math.isnan(values["kin.path_ratio"])


def test_identical_repetitions_do_not_vary() -> None:
    rng = np.random.default_rng(0)
    hand, angles = rng.normal(size=(2, 3, 101)), rng.normal(size=(2, 2, 101))
    again = [0, 1, 0, 1, 0]

    values = kinematic_session_features(
        hand[again], angles[again], task=np.array(["a", "b", "a", "b", "a"])
    )

    assert values == pytest.approx(
        {"kin.path_variability": 0, "kin.joint_variability": 0}, abs=1e-12
    )


@pytest.mark.parametrize("spread", [0.01, 0.05])
def test_variability_is_the_spread_that_was_planted(spread: float) -> None:
    rng = np.random.default_rng(1)
    path = rng.normal(size=(1, 3, 101))
    shift = rng.normal(size=(4000, 3, 1))

    values = kinematic_session_features(
        path + spread * shift, np.zeros((4000, 2, 101)), task=np.full(4000, "a")
    )

    # Three axes of one standard deviation each; 4000 draws leave 1 / sqrt(3 · 8000) = 0.6 %.
    assert values["kin.path_variability"] == pytest.approx(spread * np.sqrt(3), rel=0.03)


def test_tasks_are_not_compared_with_each_other() -> None:
    hand = np.zeros((4, 3, 101))
    hand[2:] = 1.0  # another task goes elsewhere

    together = kinematic_session_features(hand, hand[:, :2], task=np.array(["a"] * 4))
    apart = kinematic_session_features(hand, hand[:, :2], task=np.array(["a", "a", "b", "b"]))

    assert together["kin.path_variability"] > 0.5
    assert apart["kin.path_variability"] == 0


def test_tasks_count_equally_whatever_their_repetitions() -> None:
    hand = np.zeros((7, 3, 11))
    hand[:5, 0] = np.array([-1.0, 1.0, -1.0, 1.0, 0.0])[:, np.newaxis]

    values = kinematic_session_features(hand, hand[:, :2], task=np.array(["a"] * 5 + ["b"] * 2))

    assert values["kin.path_variability"] == pytest.approx((1.0 + 0.0) / 2)


def test_without_repetitions_nothing_is_known_of_variability() -> None:
    hand = np.random.default_rng(2).normal(size=(3, 3, 11))
    hand[2] = np.nan

    values = kinematic_session_features(hand, hand[:, :2], task=np.array(["a", "b", "b"]))

    assert math.isnan(values["kin.path_variability"])
    assert math.isnan(values["kin.joint_variability"])
