from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.simulation.muscle_geometry import (
    ARM_ANGLES,
    MUSCLE_GROUPS,
    muscle_geometry,
    posture_terms,
)

LOWEST = np.array([-0.6, 0.02, -1.2, 0.05, -1.4, -0.15, -0.7])
HIGHEST = np.array([2.1, 2.8, 1.2, 2.2, 1.4, 0.4, 0.7])

# Torque capacities of the model myoArm in the middle of that range, as MuJoCo 4.0.0 gives them.
MODEL_NM = {
    ("deltoid_anterior", "elevation"): 21.60,
    ("deltoid_medial", "elevation"): 12.91,
    ("infraspinatus_teres_minor", "humeral_rotation"): -52.13,
    ("biceps_brachii", "elbow_flexion"): 20.32,
    ("triceps_lateral_medial", "elbow_flexion"): -27.48,
    ("biceps_brachii", "pronation"): -9.22,
    ("pronator_teres", "pronation"): 5.00,
    ("flexor_carpi_radialis", "wrist_flexion"): 6.78,
    ("extensor_digitorum", "wrist_flexion"): -5.33,
    ("extensor_carpi_ulnaris", "wrist_deviation"): -5.17,
}


def sampled_postures(n_frames: int, seed: int = 0) -> np.ndarray:
    shares = np.random.default_rng(seed).random((7, n_frames))
    return LOWEST[:, np.newaxis] + shares * (HIGHEST - LOWEST)[:, np.newaxis]


def row(group: str) -> int:
    return MUSCLE_GROUPS.index(group)


def column(angle: str) -> int:
    return ARM_ANGLES.index(angle)


def test_every_posture_has_capacity_and_moment_arm_of_every_group_about_every_angle() -> None:
    geometry = muscle_geometry(sampled_postures(5))

    assert geometry.capacity.shape == (5, 22, 7)
    assert geometry.moment_arm.shape == (5, 22, 7)
    assert np.isfinite(geometry.capacity).all()


@pytest.mark.parametrize(
    ("group", "angle", "sign"),
    [
        ("deltoid_anterior", "elevation", 1),
        ("latissimus_teres_major", "elevation", -1),
        ("infraspinatus_teres_minor", "humeral_rotation", -1),
        ("subscapularis", "humeral_rotation", 1),
        ("biceps_brachii", "elbow_flexion", 1),
        ("brachialis", "elbow_flexion", 1),
        ("triceps_lateral_medial", "elbow_flexion", -1),
        ("triceps_long", "elbow_flexion", -1),
        ("biceps_brachii", "pronation", -1),
        ("supinator", "pronation", -1),
        ("pronator_teres", "pronation", 1),
        ("flexor_carpi_ulnaris", "wrist_deviation", -1),
        ("extensor_carpi_radialis", "wrist_deviation", 1),
        ("flexor_carpi_radialis", "wrist_flexion", 1),
        ("flexor_digitorum_superficialis", "wrist_flexion", 1),
        ("extensor_digitorum", "wrist_flexion", -1),
        ("extensor_carpi_ulnaris", "wrist_flexion", -1),
    ],
)
def test_muscles_pull_the_way_anatomy_says(group: str, angle: str, sign: int) -> None:
    middle = (LOWEST + HIGHEST)[:, np.newaxis] / 2

    geometry = muscle_geometry(middle)

    assert sign * geometry.capacity[0, row(group), column(angle)] > 0.5
    assert sign * geometry.moment_arm[0, row(group), column(angle)] > 0.002


def test_muscles_do_nothing_at_joints_they_do_not_cross() -> None:
    geometry = muscle_geometry(sampled_postures(20))

    for group in ("deltoid_anterior", "deltoid_medial", "subscapularis"):
        assert not geometry.capacity[:, row(group), column("elbow_flexion") :].any()
        assert not geometry.moment_arm[:, row(group), column("elbow_flexion") :].any()
    for group in ("flexor_carpi_ulnaris", "extensor_digitorum"):
        assert not geometry.capacity[:, row(group), : column("elbow_flexion")].any()


def test_moment_arms_are_the_slope_of_a_muscle_length() -> None:
    # Then the order of two derivatives of the length does not matter. The polynomials of the
    # moment arms are fitted one by one, so what is left is their error.
    postures, nudge = sampled_postures(200), 1e-5

    slopes = np.zeros((200, 22, 7, 7))
    for angle in range(7):
        step = nudge * np.eye(7)[:, angle : angle + 1]
        ahead, behind = muscle_geometry(postures + step), muscle_geometry(postures - step)
        slopes[..., angle] = (ahead.moment_arm - behind.moment_arm) / (2 * nudge)

    forearm = slopes[:, row("biceps_brachii"), 3:, 3:]
    wrist = slopes[:, row("flexor_carpi_radialis"), 3:, 3:]
    for bends in (forearm, wrist):
        asymmetry = bends - bends.transpose(0, 2, 1)
        assert np.sqrt(np.mean(asymmetry**2)) < 0.1 * np.sqrt(np.mean(bends**2))


def test_the_fit_agrees_with_the_model_it_was_made_from() -> None:
    middle = (LOWEST + HIGHEST)[:, np.newaxis] / 2

    capacity = muscle_geometry(middle).capacity[0]

    for (group, angle), expected_nm in MODEL_NM.items():
        assert capacity[row(group), column(angle)] == pytest.approx(expected_nm, rel=0.1)


def test_postures_beyond_the_sampled_ones_count_as_the_nearest() -> None:
    beyond = muscle_geometry(np.stack([LOWEST - 1.0, HIGHEST + 1.0], axis=1))
    nearest = muscle_geometry(np.stack([LOWEST, HIGHEST], axis=1))

    np.testing.assert_allclose(beyond.capacity, nearest.capacity, atol=1e-3)  # float32 limits


def test_frames_do_not_influence_each_other() -> None:
    postures = sampled_postures(6)

    together = muscle_geometry(postures)
    alone = muscle_geometry(postures[:, 3:4])

    np.testing.assert_allclose(together.capacity[3:4], alone.capacity, atol=1e-9)
    np.testing.assert_allclose(together.moment_arm[3:4], alone.moment_arm, atol=1e-12)


def test_the_terms_are_distinct_and_of_degree_three_at_most() -> None:
    terms = posture_terms(sampled_postures(2000))

    assert np.linalg.matrix_rank(terms) == len(terms)
    assert terms.shape[0] == resource()["capacity"].shape[0]


def test_the_coefficients_are_plain_arrays_that_belong_to_these_groups() -> None:
    stored = resource()

    assert set(stored) == {"capacity", "moment_arm", "lowest", "highest"}
    assert stored["capacity"].shape[1:] == (len(MUSCLE_GROUPS), len(ARM_ANGLES))
    assert all(values.dtype == np.float32 for values in stored.values())


def test_where_the_coefficients_come_from_is_written_beside_them() -> None:
    notice = resources.files("hybridmfp.simulation") / "MUSCLE_GEOMETRY_NOTICE.txt"

    text = notice.read_text(encoding="utf-8")

    assert "Apache" in text
    assert "Holzbaur" in text


@pytest.mark.parametrize("shape", [(7,), (6, 10), (14, 10)])
def test_anything_but_seven_rows_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match=r"posture must be \(7, n_frames\)"):
        muscle_geometry(np.zeros(shape))


def resource() -> dict[str, np.ndarray]:
    path = resources.files("hybridmfp.simulation") / "muscle_geometry.npz"
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        return dict(stored)
