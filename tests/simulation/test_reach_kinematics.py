"""Laws of the toy arm: bones keep their length, quiet is quiet, gaps are short."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.signals import Recording, find_montage
from hybridmfp.simulation import ReachCohortSettings, reach_cohort
from hybridmfp.simulation.reach_kinematics import (
    Reacher,
    ReachPlan,
    follow_plan,
    minimum_jerk,
    place_markers,
    plan_reach,
)

MONTAGE = find_montage("mhh-markers")
NOISE_M = 0.0003
RATE_HZ = 200.0


def reacher(**traits: float) -> Reacher:
    named = dict.fromkeys(("slowness", "roughness", "stiffness", "leaning", "shakiness"), 0.0)
    return Reacher(
        side="right",
        stature=1.0,
        seat_m=np.zeros(2),
        facing_rad=0.0,
        placement_m=np.zeros((21, 3)),
        **(named | traits),
    )


def plan_of(who: Reacher, seed: int = 0) -> ReachPlan:
    return plan_reach(who, duration_range_s=(3.0, 6.0), rng=np.random.default_rng(seed))


def markers_of(who: Reacher, *, task: int = 0, seed: int = 0) -> NDArray[np.float64]:
    """Markers of one trial, shape (21, 3, n_frames)."""
    rng = np.random.default_rng(seed)
    placed = place_markers(who, plan_of(who, seed), task=task, rate_hz=RATE_HZ, rng=rng)
    return placed.reshape(21, 3, -1).astype(np.float64)


def point(markers: NDArray[np.float64], *names: str) -> NDArray[np.float64]:
    """Mean of the named markers, shape (3, n_frames)."""
    mean: NDArray[np.float64] = markers[[MONTAGE.points.index(name) for name in names]].mean(axis=0)
    return mean


def trials(n_patients: int, *, n_tasks: int = 2) -> list[Recording]:
    settings = ReachCohortSettings(
        n_patients=n_patients,
        n_controls=2,
        n_tasks=n_tasks,
        n_repetitions=1,
        modalities=("kinematics",),
    )
    return list(reach_cohort(settings))


def test_a_minimum_jerk_movement_starts_and_ends_at_rest() -> None:
    ends = np.array([0.0, 1.0])

    np.testing.assert_array_equal(minimum_jerk(ends), ends)
    np.testing.assert_array_equal(minimum_jerk(ends, derivative=1), 0)
    np.testing.assert_array_equal(minimum_jerk(ends, derivative=2), 0)


@pytest.mark.parametrize("derivative", [1, 2])
def test_the_derivatives_of_a_plan_are_those_of_its_positions(derivative: int) -> None:
    plan = plan_of(reacher(roughness=1.0))
    time_s = np.linspace(0, plan.duration_s, 20001)

    numeric = np.gradient(
        follow_plan(plan, time_s, derivative=derivative - 1), time_s, axis=1, edge_order=2
    )

    exact = follow_plan(plan, time_s, derivative=derivative)
    # Central differences over 0.3 ms err by h²/6 of the third derivative, which jumps.
    np.testing.assert_allclose(numeric, exact, atol=2e-3 * np.abs(exact).max())


@pytest.mark.parametrize("roughness", [0.0, 0.5, 1.0])
def test_a_plan_reaches_the_target_holds_it_and_comes_home(roughness: float) -> None:
    plan = plan_of(reacher(roughness=roughness))
    time_s = np.linspace(0, plan.duration_s, 2001)
    towards, *beside = follow_plan(plan, time_s)

    before, after = time_s <= plan.onset_s, time_s >= plan.offset_s
    assert plan.onset_s >= 0.4
    assert plan.duration_s - plan.offset_s >= 0.4
    np.testing.assert_allclose(towards[before | after], 0, atol=1e-12)
    assert towards.max() == pytest.approx(1, abs=1e-12)
    assert np.sum(np.isclose(towards, 1, atol=1e-9)) > 10
    for aside in beside:
        np.testing.assert_allclose(aside[before | after | (towards > 1 - 1e-12)], 0, atol=1e-9)


def test_rough_movements_are_made_of_more_submovements() -> None:
    smooth = [plan_of(reacher(), seed).starts_s.size for seed in range(30)]
    rough = [plan_of(reacher(roughness=1.0), seed).starts_s.size for seed in range(30)]

    assert set(smooth) == {2}
    assert np.mean(rough) > 8


def test_slow_persons_take_longer() -> None:
    assert plan_of(reacher(slowness=1.0)).duration_s > plan_of(reacher()).duration_s + 1.5


@pytest.mark.parametrize("cluster", ["thorax", "upper_arm", "forearm"])
def test_markers_of_one_segment_keep_their_distances_up_to_the_marker_noise(cluster: str) -> None:
    members = [MONTAGE.points.index(marker) for marker in MONTAGE.clusters[cluster]]

    for recording in trials(6):
        assert recording.kinematics is not None
        markers = recording.kinematics.samples.reshape(21, 3, -1)[members].astype(np.float64)
        for one in range(1, len(members)):
            apart = np.linalg.norm(markers[one] - markers[0], axis=0)
            if np.isfinite(apart).any():
                # Two noisy markers, along the line between them: sqrt(2) of one axis.
                assert np.nanstd(apart) == pytest.approx(np.sqrt(2) * NOISE_M, rel=0.15)


@pytest.mark.parametrize("stiffness", [0.0, 1.0])
@pytest.mark.parametrize("task", [0, 3, 11])
def test_both_links_of_the_arm_keep_their_length(task: int, stiffness: float) -> None:
    markers = markers_of(reacher(stiffness=stiffness, leaning=1.0), task=task)
    wrist, elbow = point(markers, "WRA", "WRB"), point(markers, "ELB_M", "ELB_L")
    shoulder = shoulder_centre(markers)

    assert np.linalg.norm(wrist - elbow, axis=0) == pytest.approx(0.25, abs=0.0015, nan_ok=True)
    assert np.linalg.norm(elbow - shoulder, axis=0) == pytest.approx(0.29, abs=0.003, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "apart_m"),
    [
        ("H_1", "H_2", np.hypot(0.01, 0.05)),
        ("RU_1", "WRA", np.linalg.norm([0.11, 0.008, 0.045])),
        ("CS_1", "CS_4", np.linalg.norm([0.01, 0.06, 0.06])),
    ],
)
def test_markers_sit_on_their_segments_in_three_dimensions(
    one: str, other: str, apart_m: float
) -> None:
    markers = markers_of(reacher())

    apart = np.linalg.norm(point(markers, one) - point(markers, other), axis=0)

    assert np.nanmean(apart) == pytest.approx(apart_m, abs=1e-4)


def shoulder_centre(markers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shoulder from the thorax markers by a rigid fit (Kabsch) to the upright thorax."""
    names = ("SA_1", "SA_2", "SA_3", "CS_1", "CS_2", "CS_3", "CS_4")
    seen = markers[[MONTAGE.points.index(name) for name in names]]
    upright = np.nanmean(seen[:, :, :60], axis=2)
    middle = upright.mean(axis=0)
    shoulder = np.array([0.02, -0.19, 1.0]) - middle
    centres = np.empty((3, seen.shape[2]))
    for frame in range(seen.shape[2]):
        now = seen[:, :, frame]
        left, _, right = np.linalg.svd(np.nan_to_num(now - now.mean(axis=0)).T @ (upright - middle))
        flip = np.diag([1, 1, np.linalg.det(left @ right)])
        centres[:, frame] = left @ flip @ right @ shoulder + now.mean(axis=0)
    return centres


def test_the_hand_of_a_healthy_person_reaches_the_same_target_each_time_and_another_per_task() -> (
    None
):
    reached = [
        np.nanmax(np.abs(point(markers_of(reacher(), task=task, seed=seed), "WRA", "WRB")), axis=1)
        for task in (0, 0, 1)
        for seed in (1, 2)
    ]

    np.testing.assert_allclose(reached[0], reached[1], atol=0.002)
    assert np.abs(reached[0] - reached[4]).max() > 0.03


@pytest.mark.parametrize("task", range(0, 24, 3))
def test_the_hand_rests_on_the_table_and_reaches_out_to_an_arms_length(task: int) -> None:
    wrist = point(markers_of(reacher(), task=task), "WRA", "WRB")
    shoulder = np.array([0.02, -0.19, 1.0])

    resting = np.nanmean(wrist[:, :80], axis=1) - shoulder
    furthest = np.nanmax(np.linalg.norm(wrist - shoulder[:, None], axis=0))

    np.testing.assert_allclose(resting, [0.22, 0.05, -0.30], atol=NOISE_M)
    assert 0.82 <= furthest / (0.29 + 0.25) <= 0.96


def test_a_stiff_elbow_extends_less_and_the_trunk_leans_instead() -> None:
    healthy, stiff = markers_of(reacher()), markers_of(reacher(stiffness=1.0))

    def travel(markers: NDArray[np.float64], *names: str) -> float:
        path = point(markers, *names)
        return float(np.nanmax(np.linalg.norm(path - path[:, :40].mean(axis=1)[:, None], axis=0)))

    def longest_arm(markers: NDArray[np.float64]) -> float:
        arm = point(markers, "WRA", "WRB") - shoulder_centre(markers)
        return float(np.nanmax(np.linalg.norm(arm, axis=0)))

    thorax = MONTAGE.landmarks["thorax"]
    assert travel(healthy, *thorax) < 0.01
    assert travel(stiff, *thorax) > 0.05
    assert longest_arm(stiff) < longest_arm(healthy) - 0.03
    assert travel(stiff, "WRA", "WRB") == pytest.approx(travel(healthy, "WRA", "WRB"), abs=0.01)


def test_nothing_but_noise_is_seen_in_the_first_and_the_last_400_ms() -> None:
    markers = markers_of(reacher(shakiness=1.0, roughness=1.0))

    for rest in (markers[:, :, :80], markers[:, :, -80:]):
        spread = np.nanstd(rest, axis=2)
        assert np.nanmean(spread) == pytest.approx(NOISE_M, rel=0.1)
        assert np.nanmax(spread) < 1.5 * NOISE_M


def test_a_shaky_hand_swings_four_millimetres_at_four_to_six_hertz() -> None:
    steady, shaky = (markers_of(reacher(shakiness=trait), seed=4) for trait in (0.0, 1.0))

    swing = np.nan_to_num(point(shaky, "WRA", "WRB") - point(steady, "WRA", "WRB"))

    spectrum = (np.abs(np.fft.rfft(swing, axis=1)) ** 2).sum(axis=0)
    assert 3.8 < np.fft.rfftfreq(swing.shape[1], 1 / RATE_HZ)[spectrum.argmax()] < 6.2
    # Turning the forearm swings the markers beside the wrist a little less or more.
    assert np.linalg.norm(swing, axis=0).max() == pytest.approx(0.004, abs=0.0005)


def test_a_left_arm_is_the_mirror_image_of_a_right_one() -> None:
    right = reacher()
    left = Reacher(**{**vars(right), "side": "left"})

    np.testing.assert_allclose(
        markers_of(left), markers_of(right) * np.array([1, -1, 1])[:, None], atol=10 * NOISE_M
    )


def test_the_chair_stands_and_faces_anywhere_in_the_laboratory() -> None:
    home = reacher()
    moved = Reacher(**{**vars(home), "seat_m": np.array([0.5, -0.3]), "facing_rad": np.pi / 2})
    turned = markers_of(home)[:, [1, 0, 2]] * np.array([-1, 1, 1])[:, None]

    seated = turned + np.array([0.5, -0.3, 0])[:, None]

    np.testing.assert_allclose(markers_of(moved), seated, atol=10 * NOISE_M)


def test_subjects_sit_in_different_places_and_use_either_arm() -> None:
    recorded = trials(12, n_tasks=1)
    seats = np.array(
        [
            np.nanmean(trial.kinematics.samples.reshape(21, 3, -1)[17:], axis=(0, 2))
            for trial in recorded
            if trial.kinematics is not None
        ]
    )

    assert seats[:, :2].std(axis=0).min() > 0.2
    assert {trial.side for trial in recorded} == {"left", "right"}


def test_some_markers_are_lost_for_a_moment_and_a_few_for_a_whole_trial() -> None:
    lengths: list[int] = []
    whole = 0
    recorded = trials(40)
    for trial in recorded:
        assert trial.kinematics is not None
        missing = ~trial.kinematics.valid.reshape(21, 3, -1)
        assert (missing.all(axis=1) == missing.any(axis=1)).all()  # x, y and z together
        for row in missing[:, 0]:
            edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
            whole += bool(row.all())
            # A gap cut by an end of the trial may be shorter, two that meet longer.
            if not row[0] and not row[-1] and edges.size == 2:
                lengths.append(int(edges[1] - edges[0]))

    assert 1 < len(lengths) / len(recorded) < 3
    assert min(lengths) >= 0.05 * RATE_HZ
    assert np.quantile(lengths, 0.95) <= 0.15 * RATE_HZ
    assert 1 <= whole <= 0.15 * len(recorded)
