from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import HEALTHY, Drive, Impairment
from hybridmfp.simulation.posture import (
    POSTURE_GAINS,
    achieved_postures,
    home_posture,
    range_share,
)
from hybridmfp.simulation.tasks import HOME, find_task

Array = NDArray[np.float64]

PERSON = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
REACH = find_task("reach_forward").phases[0].target
N_REPEATS = 400
WILLING = replace(HEALTHY, compensation=0.7, proprioceptive_noise=0.0)


def achieved(
    target: Array = REACH, impairment: Impairment = WILLING, body: Body = PERSON, **gains: float
) -> dict[str, float]:
    """The mean of many trials with the same scatter."""
    rng = np.random.default_rng(0)
    targets = np.repeat(target[:, np.newaxis], N_REPEATS, axis=1)
    used = replace(POSTURE_GAINS, effort_spread=0.0, **gains)
    postures = achieved_postures(HOME, targets, impairment, body, rng=rng, gains=used)
    return dict(zip(CHAIN_ANGLES, postures.mean(axis=1), strict=True))


def weaker(**drive: float) -> Impairment:
    return replace(WILLING, drive=Drive(**drive))


def target_with(**angles: float) -> Array:
    target = REACH.copy()
    for name, value in angles.items():
        target[CHAIN_ANGLES.index(name)] = value
    return target


def test_half_of_a_range_is_achieved_where_drive_equals_demand() -> None:
    assert range_share(0.4, 0.4) == pytest.approx(0.5)
    assert range_share(1.0, 0.5, steepness=1.0) == pytest.approx(2 / 3)


def test_more_drive_or_less_demand_achieves_more() -> None:
    drives = np.linspace(0.05, 1, 50)

    assert np.all(np.diff(range_share(drives, 0.3)) > 0)
    assert np.all(np.diff(range_share(0.3, drives)) < 0)


def test_a_healthy_arm_achieves_nearly_what_is_asked() -> None:
    asked = dict(zip(CHAIN_ANGLES, REACH, strict=True))

    reached = achieved(impairment=HEALTHY)

    for name in CHAIN_ANGLES:
        assert reached[name] == pytest.approx(asked[name], abs=0.09), name


@pytest.mark.parametrize(
    ("drive", "angle", "target"),
    [
        ("shoulder", "elevation", REACH),
        ("elbow_extension", "elbow_flexion", REACH),
        ("elbow_flexion", "elbow_flexion", target_with(elbow_flexion=2.1)),
        ("external_rotation", "humeral_rotation", target_with(humeral_rotation=-0.5)),
        ("supination", "pronation", target_with(pronation=-1.2)),
        ("pronation", "pronation", target_with(pronation=1.2)),
        ("wrist_extension", "wrist_flexion", target_with(wrist_flexion=-0.7)),
        ("wrist_flexion", "wrist_flexion", target_with(wrist_flexion=0.7)),
        ("finger_extension", "hand_closing", target_with(hand_closing=0.0)),
        ("finger_flexion", "hand_closing", target_with(hand_closing=1.0)),
        ("thumb", "thumb_closing", target_with(thumb_closing=0.0)),
    ],
)
def test_the_weaker_a_drive_the_less_its_joint_moves(drive: str, angle: str, target: Array) -> None:
    towards = np.sign(target - HOME)[CHAIN_ANGLES.index(angle)]

    reached = [
        towards * achieved(target, weaker(**{drive: level}))[angle]
        for level in (1.0, 0.3, 0.15, 0.07)
    ]

    assert np.all(np.diff(reached) < -0.01)


def test_a_heavier_or_weaker_body_lifts_a_weak_arm_less() -> None:
    weak = weaker(shoulder=0.5)

    usual = achieved(impairment=weak)["elevation"]

    assert achieved(impairment=weak, body=replace(PERSON, strength=0.6))["elevation"] < usual
    assert achieved(impairment=weak, body=replace(PERSON, mass_kg=120.0))["elevation"] < usual


def test_synergy_takes_elbow_extension_the_more_the_shoulder_bears() -> None:
    bound = replace(WILLING, synergy=0.8, compensation=0.0)
    low = target_with(elevation=0.5)

    def lost(target: Array) -> float:
        free = achieved(target, replace(WILLING, compensation=0.0))
        return achieved(target, bound)["elbow_flexion"] - free["elbow_flexion"]

    assert lost(REACH) > lost(low) + 0.05
    assert lost(low) > 0.02


def test_spasticity_takes_elbow_extension_but_no_flexion() -> None:
    spastic = replace(WILLING, spasticity=0.9, compensation=0.0)
    calm = replace(spastic, spasticity=0.0)
    flex = target_with(elbow_flexion=2.1)

    assert (
        achieved(impairment=spastic)["elbow_flexion"]
        > achieved(impairment=calm)["elbow_flexion"] + 0.1
    )
    assert achieved(flex, spastic)["elbow_flexion"] == pytest.approx(
        achieved(flex, calm)["elbow_flexion"]
    )


def test_an_arm_without_drive_sags_below_where_it_started_but_does_not_drop() -> None:
    limp = achieved(impairment=weaker(shoulder=0.01))["elevation"]

    assert limp == pytest.approx(
        POSTURE_GAINS.sag * HOME[CHAIN_ANGLES.index("elevation")], abs=0.02
    )


def test_spasticity_keeps_a_weak_hand_from_opening() -> None:
    weak = weaker(finger_extension=0.2)
    opening = target_with(hand_closing=0.0)

    assert achieved(opening, replace(weak, spasticity=0.9))["hand_closing"] > (
        achieved(opening, weak)["hand_closing"] + 0.05
    )


def test_synergy_draws_a_reach_to_the_side_and_flexes_wrist_and_fingers() -> None:
    bound = achieved(impairment=replace(WILLING, synergy=0.8))
    free = achieved(impairment=replace(WILLING, synergy=0.0))

    assert bound["elevation_plane"] < free["elevation_plane"] - 0.05
    assert bound["wrist_flexion"] > free["wrist_flexion"] + 0.05
    assert bound["hand_closing"] > free["hand_closing"] + 0.03


def test_who_compensates_leans_and_shrugs_more() -> None:
    weak = {"shoulder": 0.8, "elbow_extension": 0.6}
    keen = achieved(impairment=replace(weaker(**weak), compensation=1.0))
    reluctant = achieved(impairment=replace(weaker(**weak), compensation=0.0))

    assert keen["trunk_flexion"] > reluctant["trunk_flexion"] + 0.08
    assert keen["scapula_elevation"] > reluctant["scapula_elevation"] + 0.03
    assert keen["trunk_lateral"] < reluctant["trunk_lateral"] - 0.01
    assert reluctant["trunk_flexion"] == pytest.approx(POSTURE_GAINS.reach_lean, abs=0.002)


def test_trunk_and_scapula_bring_the_hand_further_forwards() -> None:
    weak = replace(weaker(shoulder=0.3, elbow_extension=0.2), synergy=0.5)
    target = pose_chain(REACH[:, np.newaxis], PERSON).knuckles[0]

    def missing(will: float) -> float:
        reached = achieved(impairment=replace(weak, compensation=will))
        angles = np.array([[reached[name]] for name in CHAIN_ANGLES])
        return float(target[0] - pose_chain(angles, PERSON).knuckles[0, 0])

    assert missing(0.0) > missing(0.4) + 0.02 > missing(0.8) + 0.04


def test_a_habit_of_leaning_is_there_before_the_reach_fails() -> None:
    slightly_weak = weaker(shoulder=0.9, elbow_extension=0.9)

    learnt = achieved(impairment=slightly_weak)["trunk_flexion"]
    without = achieved(impairment=slightly_weak, habit=0.0)["trunk_flexion"]

    assert learnt > without + 0.02


def test_no_trunk_is_used_while_the_arm_stays_down() -> None:
    resting = achieved(target_with(**dict(zip(CHAIN_ANGLES, HOME, strict=True))), weaker())

    assert resting["trunk_flexion"] == pytest.approx(0.0, abs=0.01)


def test_scatter_grows_with_proprioceptive_noise() -> None:
    targets = np.repeat(REACH[:, np.newaxis], N_REPEATS, axis=1)

    def spread(noise: float) -> Array:
        noisy = replace(HEALTHY, proprioceptive_noise=noise)
        rng = np.random.default_rng(0)
        return achieved_postures(HOME, targets, noisy, PERSON, rng=rng)[5:11].std(axis=1)

    np.testing.assert_allclose(spread(1.0), 2.2 * spread(0.0), rtol=1e-9)


def test_impairment_drops_the_wrist_and_closes_the_hand_before_the_movement() -> None:
    impaired = replace(HEALTHY, synergy=0.7, spasticity=0.8, drive=Drive(wrist_extension=0.2))

    healthy = home_posture(HEALTHY, rng=np.random.default_rng(0))
    changed = home_posture(impaired, rng=np.random.default_rng(0)) - healthy

    grown = {name for name, by in zip(CHAIN_ANGLES, changed, strict=True) if by > 0.05}
    assert grown == {"elbow_flexion", "wrist_flexion", "hand_closing"}
    assert np.all(changed > -1e-12)


def test_hand_and_thumb_stay_between_open_and_closed() -> None:
    rng = np.random.default_rng(0)
    fists = np.repeat(target_with(hand_closing=1.0, thumb_closing=0.0)[:, np.newaxis], 200, axis=1)

    postures = achieved_postures(HOME, fists, replace(HEALTHY, synergy=1.0), PERSON, rng=rng)

    assert postures[12:].min() >= 0
    assert postures[12:].max() <= 1


def test_the_same_rng_state_gives_the_same_postures_and_inputs_stay_as_they_are() -> None:
    targets = np.repeat(REACH[:, np.newaxis], 3, axis=1)
    kept = targets.copy()

    once, again = (
        achieved_postures(HOME, targets, WILLING, PERSON, rng=np.random.default_rng(5))
        for _ in range(2)
    )

    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(targets, kept)
