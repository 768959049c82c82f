from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.tasks import HOME, TASKS, find_task, posture, table_height_m

PERSON = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)


def test_there_are_ten_tasks_under_their_own_names() -> None:
    assert len(TASKS) == 10
    assert all(name == task.name for name, task in TASKS.items())


@pytest.mark.parametrize("name", TASKS)
def test_every_phase_takes_time_and_asks_for_a_posture(name: str) -> None:
    for phase in find_task(name).phases:
        assert phase.duration_s > 0
        assert phase.hold_s > 0
        assert phase.target.shape == (len(CHAIN_ANGLES),)
        assert phase.homing == (phase.target is HOME)


@pytest.mark.parametrize("name", TASKS)
def test_healthy_postures_are_above_the_table_where_there_is_one(name: str) -> None:
    task = find_task(name)
    targets = np.stack([phase.target for phase in task.phases], axis=1)
    pose = pose_chain(targets, PERSON)
    lowest = np.minimum(pose.wrist[:, 1], pose.knuckles[:, 1]) - table_height_m(PERSON)

    # A flexed wrist lowers the knuckles of a resting hand: the arm will be lifted a little.
    assert np.all(lowest > -0.035) == task.has_table


def test_a_reach_forwards_goes_forwards_and_one_to_the_side_goes_there() -> None:
    home = pose_chain(HOME[:, np.newaxis], PERSON).knuckles[0]
    ahead, aside, mouth = (
        pose_chain(find_task(name).phases[0].target[:, np.newaxis], PERSON).knuckles[0] - home
        for name in ("reach_forward", "reach_lateral", "hand_to_mouth")
    )

    assert ahead[0] > 0.15
    assert abs(ahead[2]) < 0.15
    assert aside[2] > 0.4
    assert mouth[1] > 0.2
    assert mouth[0] < -0.05


@pytest.mark.parametrize("name", ["reach_forward", "Reach forward", " reach-forward "])
def test_a_task_is_found_however_its_name_is_written(name: str) -> None:
    assert find_task(name) is TASKS["reach_forward"]


def test_an_unknown_task_is_refused_with_the_known_and_the_nearest() -> None:
    with pytest.raises(
        SettingsError, match=r"hand_to_lumbar.*got 'reach_forwrd'\. Did you mean 're"
    ):
        find_task("reach_forwrd")
    with pytest.raises(SettingsError, match=r"got 'xyz'\.$"):
        find_task("xyz")


def test_an_unknown_angle_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"must be one of trunk_flexion.*got 'knee'"):
        posture(knee=1.0)


def test_postures_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        HOME[0] = 1.0
