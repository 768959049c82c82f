"""What `rigid_body` promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.rigid_body import cluster_shape, rebuild_cluster, rigid_motion

N_FRAMES = 60


def tumbling(n_markers: int, seed: int) -> tuple[np.ndarray, Rotation, np.ndarray, np.ndarray]:
    """Shape, rotations, translations and positions of a cluster thrown through the room."""
    rng = np.random.default_rng(seed)
    shape = rng.normal(scale=0.05, size=(n_markers, 3))
    rotation = Rotation.random(N_FRAMES, random_state=seed)
    translation = rng.normal(size=(N_FRAMES, 3))
    positions = np.einsum("nij,pj->pin", rotation.as_matrix(), shape) + translation.T
    return shape, rotation, translation, positions


@pytest.mark.parametrize("n_markers", [3, 4, 6])
@pytest.mark.parametrize("seed", range(5))
def test_any_rotation_and_translation_is_recovered(n_markers: int, seed: int) -> None:
    shape, rotation, translation, positions = tumbling(n_markers, seed)

    motion = rigid_motion(shape, positions)

    np.testing.assert_allclose(motion.rotation, rotation.as_matrix(), atol=1e-9)
    np.testing.assert_allclose(motion.translation, translation, atol=1e-9)
    np.testing.assert_allclose(motion.carry(shape), positions, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_rotation_agrees_with_scipy_on_noisy_clusters(seed: int) -> None:
    shape, _, _, positions = tumbling(5, seed)
    positions += np.random.default_rng(seed).normal(scale=0.003, size=positions.shape)

    motion = rigid_motion(shape, positions)

    for frame in range(N_FRAMES):
        seen = positions[:, :, frame]
        expected, _ = Rotation.align_vectors(seen - seen.mean(axis=0), shape - shape.mean(axis=0))
        np.testing.assert_allclose(motion.rotation[frame], expected.as_matrix(), atol=1e-9)


@pytest.mark.parametrize("n_markers", [3, 5])
def test_a_mirror_image_is_answered_by_a_rotation_never_by_a_reflection(n_markers: int) -> None:
    shape, _, _, positions = tumbling(n_markers, seed=3)

    motion = rigid_motion(shape, positions * np.array([-1.0, 1.0, 1.0])[:, np.newaxis])

    np.testing.assert_allclose(np.linalg.det(motion.rotation), 1.0, atol=1e-12)


def test_hidden_markers_are_rebuilt_exactly_from_three_that_are_seen() -> None:
    _, _, _, positions = tumbling(5, seed=4)
    holed = positions.copy()
    holed[0, :, 10:30] = np.nan
    holed[3, :, 20:50] = np.nan

    rebuilt = rebuild_cluster(holed)

    np.testing.assert_allclose(rebuilt, positions, atol=1e-9)
    seen = ~np.isnan(holed)
    np.testing.assert_array_equal(rebuilt[seen], holed[seen])


def test_frames_with_fewer_than_three_markers_stay_open() -> None:
    shape, _, _, positions = tumbling(4, seed=5)
    positions[:2, :, 20:40] = np.nan

    rebuilt = rebuild_cluster(positions)

    motion = rigid_motion(shape, positions)
    np.testing.assert_array_equal(np.isnan(rebuilt), np.isnan(positions))
    lost = np.isnan(motion.rotation).all(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(lost), np.arange(20, 40))
    np.testing.assert_array_equal(np.isnan(motion.translation).all(axis=1), lost)


def test_markers_on_one_line_fix_no_pose() -> None:
    _, rotation, translation, _ = tumbling(4, seed=6)
    line = np.outer(np.arange(4.0), [0.02, 0.03, -0.01])
    positions = np.einsum("nij,pj->pin", rotation.as_matrix(), line) + translation.T
    holed = positions.copy()
    holed[0, :, 5:9] = np.nan

    assert np.isnan(rigid_motion(line, positions).rotation).all()
    assert cluster_shape(positions) is None
    np.testing.assert_array_equal(rebuild_cluster(holed), holed)


def test_a_marker_never_seen_stays_hidden_and_the_others_are_rebuilt_without_it() -> None:
    _, _, _, positions = tumbling(5, seed=7)
    holed = positions.copy()
    holed[2] = np.nan
    holed[0, :, 10:20] = np.nan

    rebuilt = rebuild_cluster(holed)

    assert np.isnan(rebuilt[2]).all()
    others = [0, 1, 3, 4]
    np.testing.assert_allclose(rebuilt[others], positions[others], atol=1e-9)


def test_noise_moves_a_rebuilt_marker_by_no_more_than_a_few_times_the_noise() -> None:
    _, _, _, positions = tumbling(6, seed=8)
    noisy = positions + np.random.default_rng(8).normal(scale=0.0005, size=positions.shape)
    noisy[0, :, 10:40] = np.nan

    rebuilt = rebuild_cluster(noisy)

    # Lever arms within a cluster of 5 cm pass on the half millimetre about twofold.
    assert np.linalg.norm(rebuilt[0] - positions[0], axis=0)[10:40].max() < 0.003


def test_the_shape_is_the_mean_over_the_complete_frames_and_not_the_first_of_them() -> None:
    shape, _, _, positions = tumbling(5, seed=9)
    noisy = positions + np.random.default_rng(9).normal(scale=0.002, size=positions.shape)

    learned = cluster_shape(noisy)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, np.newaxis] - points, axis=2)

    assert learned is not None
    error = np.abs(distances(learned) - distances(shape)).max()
    assert error < 0.5 * np.abs(distances(noisy[:, :, 0]) - distances(shape)).max()


def test_a_cluster_without_a_complete_frame_has_no_shape() -> None:
    _, _, _, positions = tumbling(4, seed=10)
    positions[0, :, ::2] = np.nan
    positions[1, :, 1::2] = np.nan

    assert cluster_shape(positions) is None
    np.testing.assert_array_equal(rebuild_cluster(positions), positions)
    assert cluster_shape(positions[2:]) is None


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(
        SignalError, match=r"reference must be \(n_markers, 3\).*\(4, 3\) and \(3, 3"
    ):
        rigid_motion(np.zeros((4, 3)), np.zeros((3, 3, 7)))


def test_a_reference_with_gaps_is_refused() -> None:
    with pytest.raises(SignalError, match="reference must be complete; got gaps"):
        rigid_motion(np.full((4, 3), np.nan), np.zeros((4, 3, 7)))
