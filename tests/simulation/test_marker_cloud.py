from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.preprocessing import arm_motion, joint_angles
from hybridmfp.preprocessing.joint_angles import JOINTS
from hybridmfp.signals import Signal, find_montage
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import HEALTHY
from hybridmfp.simulation.marker_cloud import (
    MarkerPlacement,
    MarkerView,
    draw_marker_placement,
    marker_cloud,
)
from hybridmfp.simulation.movement import move
from hybridmfp.simulation.tasks import HOME, find_task

Array = NDArray[np.float64]

MARKERS = find_montage("mhh-markers")
PERSON = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
EXACT = MarkerPlacement(np.zeros((21, 3)), np.zeros(2))
CLEAR = MarkerView(rate_hz=100.0, noise_m=0.0, gaps=False)
STILL = np.repeat(HOME[:, np.newaxis], 60, axis=1)


def reach(name: str = "reach_forward", seed: int = 0) -> Array:
    return move(find_task(name), HEALTHY, PERSON, rng=np.random.default_rng(seed))


def seen(
    angles: Array, view: MarkerView = CLEAR, placement: MarkerPlacement = EXACT, seed: int = 0
) -> Array:
    """Positions, shape (21, 3, n_samples)."""
    rng = np.random.default_rng(seed)
    return marker_cloud(angles, PERSON, placement, view=view, rng=rng).reshape(21, 3, -1)


def at(cloud: Array, name: str) -> Array:
    return cloud[MARKERS.points.index(name)]


def measured(
    angles: Array, view: MarkerView, placement: MarkerPlacement = EXACT
) -> dict[str, Array]:
    cloud = seen(angles, view, placement)
    signal = Signal(
        cloud.reshape(63, -1), rate_hz=view.rate_hz, channels=MARKERS.channels, units="m"
    )
    found = joint_angles(arm_motion(signal, MARKERS, side=view.side))
    return dict(zip(JOINTS, found, strict=True))


def changed(**angles: float) -> Array:
    posture = STILL.copy()
    for name, value in angles.items():
        posture[CHAIN_ANGLES.index(name)] += value
    return posture


@pytest.mark.parametrize("task", ["reach_forward", "reach_lateral", "hand_to_mouth"])
def test_the_preprocessing_finds_the_true_elbow_angle(task: str) -> None:
    angles = reach(task)
    truth = angles[CHAIN_ANGLES.index("elbow_flexion")]

    found = measured(angles, CLEAR)["elbow_flexion"]

    assert np.corrcoef(found, truth)[0, 1] > 0.999
    # Markers sit on the skin, not in the joints: some degrees of offset.
    np.testing.assert_allclose(found, truth, atol=np.deg2rad(8))
    assert abs(np.mean(found - truth)) < np.deg2rad(5)


def test_the_preprocessing_finds_the_other_true_angles() -> None:
    truth = dict(zip(CHAIN_ANGLES, reach("hand_to_mouth"), strict=True))

    found = measured(reach("hand_to_mouth"), CLEAR)

    np.testing.assert_allclose(found["shoulder_elevation"], truth["elevation"], atol=np.deg2rad(9))
    np.testing.assert_allclose(found["forearm_rotation"], -truth["pronation"], atol=np.deg2rad(9))
    # The chain turns the trunk before it bends it, ISB the other way round.
    leaned = truth["trunk_flexion"] - truth["trunk_flexion"][0]
    np.testing.assert_allclose(found["trunk_flexion"], leaned, atol=0.02)


def test_left_and_right_arms_and_turned_chairs_give_the_same_angles() -> None:
    angles = reach()
    usual = measured(angles, CLEAR)

    for view in (
        replace(CLEAR, side="left"),
        replace(CLEAR, facing_rad=2.0),
        replace(CLEAR, side="left", facing_rad=-1.0),
    ):
        away = replace(EXACT, seat_m=np.array([0.5, -1.0]))
        found = measured(angles, view, away)
        for name in JOINTS:
            # Positions are kept in single precision: 1e-7 m over 5 cm between markers.
            np.testing.assert_allclose(found[name], usual[name], atol=1e-3, err_msg=name)


def test_a_left_arm_is_the_mirror_image_of_a_right_one() -> None:
    mirrored = seen(reach(), replace(CLEAR, side="left"))
    mirrored[:, 1] *= -1

    np.testing.assert_array_equal(mirrored, seen(reach()))


def test_a_person_looks_along_x_with_the_right_arm_at_negative_y_and_the_head_up() -> None:
    cloud = seen(STILL)
    wrist, shoulder, sternum = (at(cloud, name)[:, 0] for name in ("WRA", "SA_3", "CS_1"))

    assert wrist[0] > sternum[0] + 0.1
    assert shoulder[1] < sternum[1] - 0.1
    assert shoulder[2] > wrist[2] + 0.1


def test_turning_and_moving_the_chair_carries_every_marker_along() -> None:
    turned = seen(
        reach(),
        replace(CLEAR, facing_rad=np.pi / 2),
        replace(EXACT, seat_m=np.array([1.0, 2.0])),
    )
    usual = seen(reach())

    np.testing.assert_allclose(turned[:, 0], 1.0 - usual[:, 1], atol=1e-6)
    np.testing.assert_allclose(turned[:, 1], 2.0 + usual[:, 0], atol=1e-6)
    np.testing.assert_allclose(turned[:, 2], usual[:, 2], atol=1e-6)


@pytest.mark.parametrize(
    ("angle", "carried"),
    [
        ("trunk_flexion", "WRA WRB RU_ ELB_ H_ SA_ CS_"),
        ("scapula_elevation", "WRA WRB RU_ ELB_ H_ SA_"),
        ("scapula_protraction", "WRA WRB RU_ ELB_ H_ SA_"),
        ("elevation", "WRA WRB RU_ ELB_ H_"),
        ("elbow_flexion", "WRA WRB RU_"),
        ("pronation", "WRA WRB RU_"),
        ("wrist_flexion", ""),
        ("hand_closing", ""),
    ],
)
def test_a_joint_carries_the_markers_beyond_it_and_no_other(angle: str, carried: str) -> None:
    moved = np.abs(seen(changed(**{angle: 0.3})) - seen(STILL)).max(axis=(1, 2)) > 1e-4

    expected = [name.startswith(tuple(carried.split())) for name in MARKERS.points]
    assert moved.tolist() == expected


@pytest.mark.parametrize("cluster", MARKERS.clusters)
def test_clusters_are_rigid(cluster: str) -> None:
    rows = [MARKERS.points.index(name) for name in MARKERS.clusters[cluster]]
    points = seen(reach(), placement=draw_marker_placement(np.random.default_rng(0)))[rows]
    distances = np.linalg.norm(points[:, np.newaxis] - points, axis=2)

    assert np.ptp(distances, axis=-1).max() < 1e-6


def test_pronation_carries_the_thumb_side_of_a_resting_wrist_inwards() -> None:
    thumb_side = (at(seen(changed(pronation=0.3)), "WRA") - at(seen(STILL), "WRA"))[:, 0]

    assert thumb_side[1] > 0.003  # to the left, for a right arm
    assert at(seen(STILL), "WRA")[2, 0] > at(seen(STILL), "WRB")[2, 0]


def test_a_higher_rate_passes_through_the_same_frames() -> None:
    angles = reach()

    twice, once = seen(angles, replace(CLEAR, rate_hz=200.0)), seen(angles)

    assert twice.shape[2] == 2 * once.shape[2]
    np.testing.assert_allclose(twice[:, :, ::2], once, atol=1e-6)
    middle = (once[:, :, 1:-2] + once[:, :, 2:-1]) * 9 / 16
    middle = middle - (once[:, :, :-3] + once[:, :, 3:]) / 16
    np.testing.assert_allclose(twice[:, :, 3:-3:2], middle, atol=1e-5)


@pytest.mark.parametrize(("rate_hz", "n_samples"), [(100.0, 60), (120.0, 72), (50.0, 30)])
def test_a_recording_lasts_as_long_as_its_frames(rate_hz: float, n_samples: int) -> None:
    assert seen(STILL, replace(CLEAR, rate_hz=rate_hz)).shape[2] == n_samples


def test_placements_differ_by_millimetres_and_stay_for_the_session() -> None:
    placement = draw_marker_placement(np.random.default_rng(1))
    shift = seen(reach(), placement=replace(placement, seat_m=np.zeros(2))) - seen(reach())
    distances = np.linalg.norm(shift, axis=1)

    np.testing.assert_allclose(distances, distances[:, :1] * np.ones(distances.shape[1]), atol=1e-6)
    np.testing.assert_allclose(
        distances[:, 0], np.linalg.norm(placement.offset_m, axis=1), atol=1e-6
    )
    assert placement.offset_m.std() == pytest.approx(0.005, rel=0.3)


def test_noise_has_the_stated_spread() -> None:
    noisy = seen(reach(), replace(CLEAR, noise_m=0.002)) - seen(reach())

    assert noisy.std() == pytest.approx(0.002, rel=0.02)


def test_markers_are_hidden_only_whole_and_only_for_short_gaps() -> None:
    view = replace(CLEAR, gaps=True, rate_hz=200.0)
    some_hidden = False
    for seed in range(20):
        cloud = seen(reach(), view, seed=seed)
        hidden = np.isnan(cloud)
        assert np.array_equal(hidden.all(axis=1), hidden.any(axis=1))
        assert np.isfinite(cloud[~hidden]).all()
        share = hidden[:, 0].mean(axis=1)
        share[MARKERS.points.index("ELB_M")] = 0
        assert share.max() < 0.15
        some_hidden |= bool(hidden.any())
    assert some_hidden
    assert not np.isnan(seen(reach())).any()


def test_the_same_rng_state_gives_the_same_recording() -> None:
    view = MarkerView()

    np.testing.assert_array_equal(seen(reach(), view, seed=2), seen(reach(), view, seed=2))
    assert seen(reach(), view).dtype == np.float32


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate_hz": 0.0}, r"rate_hz must be above 0; got 0\.0"),
        ({"noise_m": -1.0}, r"noise_m must be 0 or more, in metres; got -1\.0"),
    ],
)
def test_impossible_views_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        MarkerView(**settings)


def test_too_short_a_movement_is_refused() -> None:
    with pytest.raises(SignalError, match=r"angles must have at least 4 frames.*got 3"):
        seen(STILL[:, :3])
