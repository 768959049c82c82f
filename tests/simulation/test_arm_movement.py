from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import find_peaks

from hybridmfp.errors import SettingsError
from hybridmfp.preprocessing.movement import find_movement, tangential_speed
from hybridmfp.preprocessing.zero_phase import low_pass
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, FRAME_RATE_HZ, pose_chain
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.impairment import HEALTHY, Drive, Impairment
from hybridmfp.simulation.movement import move, rest
from hybridmfp.simulation.tasks import TASKS, Task, find_task, table_height_m
from hybridmfp.simulation.virtual_visit import follow_person

Array = NDArray[np.float64]

PERSON = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
SEVERE = Impairment(
    drive=Drive(0.45, 0.4, 0.6, 0.4, 0.4, 0.4, 0.3, 0.4, 0.3, 0.4, 0.3),
    synergy=0.75,
    spasticity=0.5,
    co_contraction=0.4,
    roughness=0.75,
    slowness=0.65,
    compensation=0.7,
    proprioceptive_noise=0.5,
    tremor=0.4,
    tremor_hz=5.0,
    own_pace=1.0,
    conduction=1.0,
)
REACH = find_task("reach_forward")
OUTWARDS = Task("outwards", REACH.phases[:1], aimed=True)
N_REPEATS = 30


def row(angles: Array, name: str) -> Array:
    return angles[CHAIN_ANGLES.index(name)]


def moved(
    task: Task = REACH, impairment: Impairment = HEALTHY, seed: int = 0, **how: float
) -> Array:
    return move(task, impairment, PERSON, rng=np.random.default_rng(seed), **how)


def describe(angles: Array) -> dict[str, float]:
    """What a laboratory would measure, from the true positions."""
    pose = pose_chain(angles, PERSON)
    wrist = low_pass(pose.wrist.T, rate_hz=FRAME_RATE_HZ, cutoff_hz=6.0)
    speed = tangential_speed(wrist, rate_hz=FRAME_RATE_HZ)
    movement = find_movement(speed, rate_hz=FRAME_RATE_HZ)
    part = slice(movement.onset, movement.offset)
    inside = speed[part]
    peaks, _ = find_peaks(np.pad(inside, 1), prominence=0.02)
    sternum = pose.thorax @ np.array([0.1, 0.4, 0.0])
    return {
        "seconds": len(inside) / FRAME_RATE_HZ,
        "peak_speed": float(inside.max()),
        "peaks": float(len(peaks)),
        "deep_peaks": float(len(find_peaks(np.pad(inside, 1), prominence=inside.max() / 3)[0])),
        "trunk": float(np.linalg.norm(sternum - sternum[0], axis=1).max()),
        "chord": float(np.linalg.norm(pose.wrist - pose.shoulder, axis=1).max()),
    }


def mean_of(impairment: Impairment, task: Task = OUTWARDS) -> dict[str, float]:
    found = [describe(moved(task, impairment, seed)) for seed in range(N_REPEATS)]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


@pytest.mark.parametrize("impairment", [HEALTHY, SEVERE], ids=["healthy", "severe"])
@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.has_table])
def test_neither_wrist_nor_knuckles_sink_below_the_table(name: str, impairment: Impairment) -> None:
    for seed in range(4):
        pose = pose_chain(moved(find_task(name), impairment, seed), PERSON)

        lowest = min(pose.wrist[:, 1].min(), pose.knuckles[:, 1].min())

        assert lowest > table_height_m(PERSON) - 1e-6


def test_a_trunk_that_leans_far_lifts_the_hand_instead_of_sinking_it() -> None:
    leaning = replace(SEVERE, compensation=1.0, drive=Drive(shoulder=0.08, elbow_extension=0.08))

    for seed in range(4):
        pose = pose_chain(moved(REACH, leaning, seed), PERSON)
        assert min(pose.wrist[:, 1].min(), pose.knuckles[:, 1].min()) > (
            table_height_m(PERSON) - 1e-6
        )


def test_the_hand_of_the_weakest_patients_stays_above_the_table_in_every_task() -> None:
    settings = VirtualCohortSettings(seed=31)
    visits = [follow_person(settings, "patient", number)[0] for number in range(1, 61)]
    weakest = sorted(visits, key=lambda visit: visit.impairment.drive.shoulder)[:12]
    for visit in weakest:
        body = visit.person.body
        for task in (task for task in TASKS.values() if task.has_table):
            angles = move(task, visit.impairment, body, rng=np.random.default_rng(3))
            pose = pose_chain(angles, body)
            lowest = min(pose.wrist[:, 1].min(), pose.knuckles[:, 1].min())
            assert lowest > table_height_m(body) - 1e-6, (visit.person.name, task.name)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("impairment", [HEALTHY, SEVERE], ids=["healthy", "severe"])
def test_every_task_gives_finite_angles_without_jumps(name: str, impairment: Impairment) -> None:
    angles = moved(find_task(name), impairment, 1)

    assert angles.shape[0] == len(CHAIN_ANGLES)
    assert np.isfinite(angles).all()
    # 15 rad/s: nothing in a self-paced movement is faster.
    assert np.abs(np.diff(angles, axis=1)).max() * FRAME_RATE_HZ < 15


def test_the_same_rng_state_gives_the_same_movement() -> None:
    np.testing.assert_array_equal(moved(seed=3), moved(seed=3))
    assert moved(seed=3).shape != moved(seed=4).shape or not np.array_equal(
        moved(seed=3), moved(seed=4)
    )


def test_a_healthy_reach_has_the_duration_and_speed_of_a_self_paced_one() -> None:
    # Assumed band: a reach over about a quarter of a metre takes 0.7 to 1.3 s and peaks once,
    # at 0.3 to 0.8 m/s; the sternum moves by 1 to 3 cm.
    healthy = mean_of(HEALTHY)

    assert 0.7 < healthy["seconds"] < 1.3
    assert 0.3 < healthy["peak_speed"] < 0.8
    assert healthy["peaks"] < 1.5
    assert 0.01 < healthy["trunk"] < 0.03


def test_severe_impairment_shows_in_reach_trunk_smoothness_and_time() -> None:
    middle = replace(
        SEVERE,
        drive=Drive(0.85, 0.8, 0.9, 0.83, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7),
        synergy=0.35,
        spasticity=0.25,
        roughness=0.4,
        slowness=0.38,
    )
    healthy, moderate, severe = (mean_of(level) for level in (HEALTHY, middle, SEVERE))

    assert healthy["chord"] > moderate["chord"] > severe["chord"] + 0.01
    for name in ("trunk", "peaks", "seconds"):
        assert 1.3 * healthy[name] < moderate[name] < severe[name] / 1.3, name


def test_a_movement_begins_and_ends_at_rest() -> None:
    angles = moved(impairment=replace(HEALTHY, tremor=0.0))
    speed = FRAME_RATE_HZ * np.abs(np.diff(angles, axis=1)).max(axis=0)

    assert speed[:35].max() < 0.1
    assert speed[-20:].max() < 0.1


def test_the_return_ends_where_the_trial_began() -> None:
    angles = moved(impairment=SEVERE)

    np.testing.assert_allclose(angles[5:, -1], angles[5:, 0], atol=0.15)


def test_a_faster_pace_shortens_and_slowness_prolongs_a_trial() -> None:
    def frames(impairment: Impairment = HEALTHY, pace: float = 1.0) -> int:
        return moved(impairment=impairment, pace=pace).shape[1]

    assert frames(pace=1.3) < frames() < frames(pace=0.7)
    assert frames(replace(HEALTHY, slowness=0.6)) > frames() + 50
    assert frames(replace(HEALTHY, own_pace=1.3)) > frames() + 20


def test_a_slow_person_holds_a_posture_longer() -> None:
    # A movement of no duration leaves only the holding to differ.
    hold = Task("hold", (replace(REACH.phases[0], duration_s=1e-6),))

    quick, slow = (
        moved(hold, replace(HEALTHY, slowness=level, roughness=0.0)).shape[1]
        for level in (0.0, 1.0)
    )

    assert slow - quick == pytest.approx(10, abs=1)


def test_a_higher_target_raises_the_arm_in_aimed_tasks_only() -> None:
    for name, raised in (("reach_forward", True), ("hand_to_mouth", False)):
        task = find_task(name)
        usual, high = (
            row(moved(task, target_height=height), "elevation").max() for height in (1.0, 1.2)
        )

        assert (high > usual + 0.1) == raised


def test_roughness_adds_pauses_to_the_speed() -> None:
    smooth, rough = (mean_of(replace(HEALTHY, roughness=level)) for level in (0.0, 0.9))

    # Deeper than the wandering of a rough arm could make them: the submovements do.
    assert smooth["deep_peaks"] < 1.1
    assert rough["deep_peaks"] > 1.6


def test_tremor_shakes_at_its_own_frequency() -> None:
    shaking = replace(HEALTHY, tremor=8.0, tremor_hz=5.0)

    speed = np.diff(row(moved(find_task("shoulder_flexion"), shaking), "elbow_flexion"), 2)
    spectrum = np.abs(np.fft.rfft(speed * np.hanning(len(speed)), 4096))
    frequency = np.fft.rfftfreq(4096, 1 / FRAME_RATE_HZ)

    # The phase of a tremor drifts, which widens its line.
    assert frequency[np.argmax(spectrum)] == pytest.approx(5.0, abs=0.7)


def test_grasping_closes_and_opens_the_hand() -> None:
    closing = row(moved(find_task("grasp_release")), "hand_closing")

    assert closing.min() < 0.1
    assert closing.max() > 0.9
    assert np.argmin(closing) != np.argmax(closing)


@pytest.mark.parametrize("impairment", [HEALTHY, SEVERE], ids=["healthy", "severe"])
def test_a_resting_hand_lies_still_on_the_table(impairment: Impairment) -> None:
    angles = rest(4.0, impairment, PERSON, rng=np.random.default_rng(0))
    pose = pose_chain(angles, PERSON)
    lowest = np.minimum(pose.wrist[:, 1], pose.knuckles[:, 1])

    assert angles.shape == (len(CHAIN_ANGLES), 400)
    assert lowest.min() > table_height_m(PERSON) - 1e-6
    assert lowest.max() < table_height_m(PERSON) + 0.02
    assert np.ptp(pose.wrist, axis=0).max() < 0.02


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_settings_that_are_not_positive_are_refused(value: float) -> None:
    for name in ("pace", "target_height"):
        with pytest.raises(SettingsError, match=f"{name} must be a finite number above 0; got"):
            moved(**{name: value})
    with pytest.raises(SettingsError, match="duration_s must be a finite number above 0; got"):
        rest(value, HEALTHY, PERSON, rng=np.random.default_rng(0))
