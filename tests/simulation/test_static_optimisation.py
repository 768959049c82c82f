from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from hybridmfp.errors import SignalError
from hybridmfp.simulation.muscle_geometry import muscle_geometry
from hybridmfp.simulation.static_optimisation import TORQUE_SCALE_NM, static_optimisation

EFFORT, LOWEST = 0.06, 0.004


def arm_problem(n_frames: int, seed: int = 0, size: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Capacities of real postures, and torques that are a few times the scale of each joint."""
    rng = np.random.default_rng(seed)
    lowest = np.array([-0.6, 0.02, -1.2, 0.05, -1.4, -0.15, -0.7])
    highest = np.array([2.1, 2.8, 1.2, 2.2, 1.4, 0.4, 0.7])
    postures = lowest + (highest - lowest) * rng.random((n_frames, 7))
    capacity = muscle_geometry(postures.T).capacity
    scale = np.array(TORQUE_SCALE_NM)[:, np.newaxis]
    return capacity, size * scale * rng.standard_normal((7, n_frames))


def random_problem(n_frames: int, seed: int, size: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 20, (n_frames, 22, 7)), size * rng.standard_normal((7, n_frames))


def slow_reference(capacity: np.ndarray, torque: np.ndarray, effort: float) -> np.ndarray:
    scale = np.array(TORQUE_SCALE_NM)
    n_groups = capacity.shape[1]
    solved = []
    for pull, asked in zip(capacity, torque.T, strict=True):
        matrix = np.vstack([pull.T / scale[:, np.newaxis], np.sqrt(effort) * np.eye(n_groups)])
        target = np.append(asked / scale, np.zeros(n_groups))
        found = lsq_linear(matrix, target, (LOWEST, 1), method="bvls", tol=1e-14, max_iter=2000)
        solved.append(found.x)
    return np.array(solved)


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
def test_activations_agree_with_bounded_least_squares_on_the_arm(size: float) -> None:
    capacity, torque = arm_problem(12, seed=1, size=size)

    found = static_optimisation(capacity, torque)

    np.testing.assert_allclose(found, slow_reference(capacity, torque, EFFORT), atol=1e-8)


@pytest.mark.parametrize("effort", [1e-3, 1.0])
@pytest.mark.parametrize("size", [1.0, 100.0, 5000.0])
def test_activations_agree_with_bounded_least_squares_whatever_is_asked(
    effort: float, size: float
) -> None:
    capacity, torque = random_problem(6, seed=2, size=size)

    found = static_optimisation(capacity, torque, effort=effort)

    np.testing.assert_allclose(found, slow_reference(capacity, torque, effort), atol=1e-7)


def test_no_small_change_within_the_limits_would_be_better() -> None:
    capacity, torque = arm_problem(200, seed=3, size=3.0)
    scale = np.array(TORQUE_SCALE_NM)

    found = static_optimisation(capacity, torque)

    pulls = capacity / scale
    missing = torque.T / scale - np.einsum("tgj,tg->tj", pulls, found)
    slope = EFFORT * found - np.einsum("tgj,tj->tg", pulls, missing)
    at_lowest, at_full = found <= LOWEST, found >= 1
    free = ~at_lowest & ~at_full
    assert free.any()
    assert at_lowest.any()
    assert at_full.any()
    assert np.abs(slope[free]).max() < 1e-7
    assert slope[at_lowest].min() > -1e-7
    assert slope[at_full].max() < 1e-7


def test_torques_that_the_muscles_can_produce_are_produced() -> None:
    capacity, _ = arm_problem(50, seed=4)
    active = np.random.default_rng(0).uniform(0.1, 0.6, (50, 22))
    torque = np.einsum("tgj,tg->jt", capacity, active)

    found = static_optimisation(capacity, torque)

    produced = np.einsum("tgj,tg->jt", capacity, found)
    scale = np.array(TORQUE_SCALE_NM)[:, np.newaxis]
    assert np.abs((produced - torque) / scale).max() < 0.15  # effort is saved a little
    assert np.sum(found**2) < np.sum(active**2)


def test_activations_stay_within_their_limits() -> None:
    capacity, torque = random_problem(40, seed=5, size=1000.0)

    found = static_optimisation(capacity, torque, lowest=0.02)

    assert found.min() == 0.02
    assert found.max() == 1.0


def test_a_joint_at_rest_takes_no_more_than_the_least_activity() -> None:
    capacity = np.array([[[5.0], [10.0]]])

    found = static_optimisation(capacity, np.zeros((1, 1)), scale_nm=(1.0,), lowest=0.0)

    assert not found.any()


def test_a_muscle_that_helps_two_joints_is_preferred() -> None:
    capacity = np.array([[[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]])
    torque = np.array([[5.0], [5.0]])

    found = static_optimisation(capacity, torque, scale_nm=(1.0, 1.0), lowest=0.0)

    np.testing.assert_allclose(found[0, 0], found[0, 1], rtol=1e-9)
    np.testing.assert_allclose(found[0, 2], 2 * found[0, 0], rtol=1e-9)


def test_frames_do_not_influence_each_other() -> None:
    capacity, torque = arm_problem(30, seed=6, size=4.0)

    together = static_optimisation(capacity, torque)
    backwards = static_optimisation(capacity[::-1], torque[:, ::-1])

    np.testing.assert_allclose(together, backwards[::-1], atol=1e-8)


def test_a_small_scale_makes_a_joint_matter_more() -> None:
    capacity, torque = random_problem(20, seed=7, size=2000.0)  # more than can be produced
    fine, coarse = list(TORQUE_SCALE_NM), list(TORQUE_SCALE_NM)
    fine[3], coarse[3] = 0.5, 50.0

    misses = []
    for scale in (fine, coarse):
        found = static_optimisation(capacity, torque, scale_nm=tuple(scale))
        produced = np.einsum("tgj,tg->jt", capacity, found)
        misses.append(np.mean(np.abs(produced - torque)[3]))

    assert misses[0] < misses[1]


def test_torques_of_another_length_are_refused() -> None:
    with pytest.raises(SignalError, match=r"torque \(n_joints, n_frames\)"):
        static_optimisation(np.zeros((5, 22, 7)), np.zeros((7, 4)))


def test_one_scale_per_joint_is_needed() -> None:
    with pytest.raises(SignalError, match="one number above 0 for each of 2 joints"):
        static_optimisation(np.zeros((5, 3, 2)), np.zeros((2, 5)), scale_nm=(1.0, 0.0))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gaps_are_refused(bad: float) -> None:
    with pytest.raises(SignalError, match="must be finite"):
        static_optimisation(np.ones((1, 3, 7)), np.full((7, 1), bad))


@pytest.mark.parametrize("lowest", [-0.1, 1.0])
def test_a_least_activity_outside_its_range_is_refused(lowest: float) -> None:
    with pytest.raises(SignalError, match="lowest must be at least 0 and less than 1"):
        static_optimisation(np.ones((1, 3, 7)), np.ones((7, 1)), lowest=lowest)


@pytest.mark.parametrize("effort", [0.0, 1e-5, np.inf])
def test_activity_that_costs_nothing_is_refused(effort: float) -> None:
    with pytest.raises(SignalError, match=r"effort must be at least 0\.001"):
        static_optimisation(np.ones((1, 3, 7)), np.ones((7, 1)), effort=effort)
