from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain, segment_lengths
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.inverse_dynamics import muscle_torques, segment_masses

MAN = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
WOMAN = Body("female", 60.0, stature_m=1.62, mass_kg=62.0, strength=0.7, fat_mm=6.0)
ARM = slice(5, 12)
ELEVATION, ELBOW, TRUNK = (
    CHAIN_ANGLES.index(name) for name in ("elevation", "elbow_flexion", "trunk_flexion")
)
GRAVITY = 9.81


def random_postures(n_frames: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lowest = np.array([-0.3, -0.2, -0.2, 0, 0, -0.5, 0.1, -1, 0.1, -1.2, -0.3, -0.6, 0, 0])
    highest = np.array([0.5, 0.2, 0.3, 0.5, 0.5, 2.0, 2.5, 1, 2.2, 1.2, 0.3, 0.6, 1, 1])
    return (lowest + (highest - lowest) * rng.random((n_frames, 14))).T


def swing(times_s: np.ndarray, seed: int = 0) -> np.ndarray:
    """All angles of trunk and arm move, smoothly and each on its own."""
    rng = np.random.default_rng(seed)
    middle = random_postures(1, seed)
    rates = rng.uniform(2, 5, (14, 1))
    phases = rng.uniform(0, 6, (14, 1))
    return middle + 0.2 * np.sin(rates * times_s + phases)


def potential_j(angles: np.ndarray, body: Body) -> np.ndarray:
    masses_kg, places = segment_masses(pose_chain(angles, body), body)
    return GRAVITY * places[:, :, 1] @ masses_kg


def kinetic_j(angles: np.ndarray, speeds: np.ndarray, body: Body) -> np.ndarray:
    nudge = 1e-5
    _, ahead = segment_masses(pose_chain(angles + nudge * speeds, body), body)
    masses_kg, behind = segment_masses(pose_chain(angles - nudge * speeds, body), body)
    velocities = (ahead - behind) / (2 * nudge)
    return 0.5 * np.sum(velocities**2, axis=2) @ masses_kg


def held(angles: np.ndarray) -> np.ndarray:
    return np.repeat(angles[:, np.newaxis], 3, axis=1)


@pytest.mark.parametrize("body", [MAN, WOMAN])
def test_holding_still_takes_the_gradient_of_the_potential_energy(body: Body) -> None:
    postures, nudge = random_postures(25), 1e-5

    torques = np.stack([muscle_torques(held(one), body)[:, 1] for one in postures.T], axis=1)

    for row, angle in enumerate(range(14)[ARM]):
        step = nudge * np.eye(14)[:, angle : angle + 1]
        rise = potential_j(postures + step, body) - potential_j(postures - step, body)
        np.testing.assert_allclose(torques[row], rise / (2 * nudge), atol=1e-8)


@pytest.mark.parametrize("seed", [0, 1])
def test_moving_takes_what_lagrange_says(seed: int) -> None:
    rate_hz, nudge, slack_s = 1000.0, 1e-4, 1e-3
    times_s = np.arange(400) / rate_hz
    frames = np.array([60, 200, 330])

    torques = muscle_torques(swing(times_s, seed), MAN, rate_hz=rate_hz)

    def momentum(at_s: np.ndarray, angle: int) -> np.ndarray:
        angles = swing(at_s, seed)
        speeds = (swing(at_s + 1e-5, seed) - swing(at_s - 1e-5, seed)) / 2e-5
        step = nudge * np.eye(14)[:, angle : angle + 1]
        rise = kinetic_j(angles, speeds + step, MAN) - kinetic_j(angles, speeds - step, MAN)
        return rise / (2 * nudge)

    def pull(at_s: np.ndarray, angle: int) -> np.ndarray:
        angles = swing(at_s, seed)
        speeds = (swing(at_s + 1e-5, seed) - swing(at_s - 1e-5, seed)) / 2e-5
        step = nudge * np.eye(14)[:, angle : angle + 1]
        ahead = kinetic_j(angles + step, speeds, MAN) - potential_j(angles + step, MAN)
        behind = kinetic_j(angles - step, speeds, MAN) - potential_j(angles - step, MAN)
        return (ahead - behind) / (2 * nudge)

    at_s = times_s[frames]
    for row, angle in enumerate(range(14)[ARM]):
        change = (momentum(at_s + slack_s, angle) - momentum(at_s - slack_s, angle)) / (2 * slack_s)
        expected = change - pull(at_s, angle)
        # Second differences at 1000 frames per second leave a few parts in a million.
        np.testing.assert_allclose(torques[row, frames], expected, atol=2e-4)


def test_the_work_of_the_muscles_is_the_gain_in_energy_while_the_trunk_is_still() -> None:
    rate_hz = 2000.0
    times_s = np.arange(600) / rate_hz
    angles = swing(times_s)
    angles[: ARM.start] = angles[: ARM.start, :1]
    speeds = np.gradient(angles, 1 / rate_hz, axis=1)

    power_w = np.sum(muscle_torques(angles, MAN, rate_hz=rate_hz) * speeds[ARM], axis=0)

    energy_j = kinetic_j(angles, speeds, MAN) + potential_j(angles, MAN)
    inner = slice(5, -5)
    done_j = np.cumsum((power_w[1:] + power_w[:-1]) / 2)[inner] / rate_hz
    gained_j = (energy_j - energy_j[0])[1:][inner]
    np.testing.assert_allclose(done_j - done_j[0], gained_j - gained_j[0], atol=1e-4)


def test_a_straight_arm_is_a_pendulum() -> None:
    rate_hz = 1000.0
    times_s = np.arange(1000) / rate_hz
    angles = np.zeros((14, 1000))
    angles[ELEVATION] = 0.8 + 0.3 * np.sin(5 * times_s)

    torque = muscle_torques(angles, MAN, rate_hz=rate_hz)[1]

    pose = pose_chain(np.zeros((14, 1)), MAN)
    masses_kg, places = segment_masses(pose, MAN)
    far_m = pose.shoulder[0, 1] - places[0, :, 1]
    acceleration = -0.3 * 25 * np.sin(5 * times_s)
    weight = GRAVITY * (masses_kg @ far_m) * np.sin(angles[ELEVATION])
    expected = (masses_kg @ far_m**2) * acceleration + weight
    np.testing.assert_allclose(torque[1:-1], expected[1:-1], atol=1e-3)


@pytest.mark.parametrize(
    ("body", "masses", "centres", "gyrations"),
    [
        (MAN, [0.0271, 0.0162, 0.0061], [0.5772, 0.4574, 0.79], [0.277, 0.2705, 0.5705]),
        (WOMAN, [0.0255, 0.0138, 0.0056], [0.5754, 0.4559, 0.7474], [0.269, 0.259, 0.4925]),
    ],
)
def test_the_point_masses_have_mass_centre_and_inertia_of_the_segments(
    body: Body, masses: list[float], centres: list[float], gyrations: list[float]
) -> None:
    lengths = segment_lengths(body)
    pose = pose_chain(np.zeros((14, 1)), body)
    masses_kg, places = segment_masses(pose, body)
    height = places[0, :, 1]
    tops = np.array([pose.shoulder[0, 1], pose.elbow[0, 1], pose.wrist[0, 1]])
    whole = masses_kg.reshape(3, 2)
    far = tops[:, np.newaxis] - height.reshape(3, 2)

    total = whole.sum(axis=1)
    centre = np.sum(whole * far, axis=1) / total
    gyration = np.sqrt(np.sum(whole * (far - centre[:, np.newaxis]) ** 2, axis=1) / total)

    spans = np.array([lengths.upper_arm, lengths.forearm, lengths.hand])
    np.testing.assert_allclose(total / body.mass_kg, masses, rtol=1e-12)
    np.testing.assert_allclose(centre / spans, centres, rtol=1e-9)
    np.testing.assert_allclose(gyration / spans, gyrations, rtol=1e-9)


def test_torques_grow_with_the_mass_of_the_body() -> None:
    angles = swing(np.arange(50) / 100)

    light = muscle_torques(angles, MAN)
    heavy = muscle_torques(angles, replace(MAN, mass_kg=160.0))

    np.testing.assert_allclose(heavy, 2 * light, rtol=1e-9, atol=1e-12)


def test_a_table_bears_a_resting_arm() -> None:
    angles = held(random_postures(1)[:, 0])

    assert np.abs(muscle_torques(angles, MAN)).max() > 1
    np.testing.assert_allclose(muscle_torques(angles, MAN, supported=True), 0, atol=1e-9)


def leaning(share: float) -> np.ndarray:
    """A posture that leaning back raises the hand in, without raising the upper arm."""
    angles = np.zeros((14, 9))
    angles[ELEVATION], angles[ELBOW] = 0.4, 1.4
    angles[TRUNK, 3:] = -share
    return angles


@pytest.mark.parametrize("away", [1, -1])
def test_the_table_lets_go_gradually_as_the_hand_leaves_its_height(away: int) -> None:
    left_m, shares = [], []
    for lean in np.linspace(0, 0.4, 81):
        angles = leaning(away * lean)
        pose = pose_chain(angles, MAN)
        lowest = np.minimum(pose.wrist, pose.knuckles)[:, 1]
        left_m.append(away * (lowest[-1] - lowest[0]))
        borne = muscle_torques(angles, MAN, supported=True)[3, 7]
        shares.append(borne / muscle_torques(angles, MAN)[3, 7])

    assert np.all(np.diff(left_m) > 0)
    read_off = np.interp([0, 0.015, 0.03, 0.045, 0.06, 0.1], left_m, shares)
    smooth_step = [0, 0.15625, 0.5, 0.84375, 1, 1]
    np.testing.assert_allclose(read_off, smooth_step, atol=0.01)  # between two postures


def test_a_raised_arm_bears_itself_though_the_hand_drags_along() -> None:
    angles = np.zeros((14, 9))
    angles[ELEVATION], angles[ELBOW] = 0.3, 1.4
    raised = angles.copy()
    raised[ELEVATION, 3:] = 1.2  # beyond 0.8 rad more
    lower = np.array([pose_chain(one, MAN).wrist[0, 1] for one in (angles, raised[:, 4:5])])
    raised[3, 3:] -= (lower[1] - lower[0]) / 0.10  # the shoulder sinks by as much

    drop = pose_chain(raised, MAN)
    lowest = np.minimum(drop.wrist, drop.knuckles)[:, 1]
    free = muscle_torques(raised, MAN)[:, 7]

    assert abs(lowest[7] - lowest[0]) < 0.06
    np.testing.assert_allclose(muscle_torques(raised, MAN, supported=True)[:, 7], free)


def test_the_first_and_the_last_frame_take_the_accelerations_of_their_neighbours() -> None:
    angles = np.zeros((14, 4))
    angles[ELBOW] = [1.0, 1.0, 1.1, 1.1]

    torques = muscle_torques(angles, MAN)

    np.testing.assert_allclose(torques[3, 0], torques[3, 1], rtol=0.05)
    np.testing.assert_allclose(torques[3, 3], torques[3, 2], rtol=0.05)


def test_the_input_stays_as_it_is() -> None:
    angles = swing(np.arange(20) / 100)
    before = angles.copy()

    muscle_torques(angles, MAN, supported=True)

    np.testing.assert_array_equal(angles, before)


@pytest.mark.parametrize("shape", [(14, 2), (14,)])
def test_too_few_frames_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match="3 frames or more"):
        muscle_torques(np.zeros(shape), MAN)


def test_a_wrong_number_of_angles_is_refused() -> None:
    with pytest.raises(SignalError, match="one row for each of CHAIN_ANGLES"):
        muscle_torques(np.zeros((7, 10)), MAN)
