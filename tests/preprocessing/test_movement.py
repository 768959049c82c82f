"""What `movement` promises."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.movement import (
    Movement,
    find_movement,
    tangential_speed,
    time_derivative,
)

RATE_HZ = 100.0


def trapezoid() -> np.ndarray:
    """Rest to sample 100, faster to 140, steady to 200, slower to 240, rest to 400."""
    return np.interp(np.arange(400), [100, 140, 200, 240], [0.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.5])
def test_onset_and_offset_stand_where_a_trapezoid_crosses_the_threshold(share: float) -> None:
    movement = find_movement(trapezoid(), rate_hz=RATE_HZ, share_of_peak=share)

    first_above = 100 + int(np.floor(40 * share)) + 1
    assert movement == Movement(first_above, 341 - first_above)


def test_neither_amplitude_nor_unit_moves_onset_and_offset() -> None:
    speed = trapezoid()

    assert find_movement(1e-3 * speed, rate_hz=RATE_HZ) == find_movement(speed, rate_hz=RATE_HZ)


def test_a_twitch_before_and_after_is_ignored() -> None:
    speed = trapezoid()
    speed[20:28] = 0.8
    speed[380:389] = 0.8

    assert find_movement(speed, rate_hz=RATE_HZ) == find_movement(trapezoid(), rate_hz=RATE_HZ)


def test_a_tenth_of_a_second_is_long_enough_to_count() -> None:
    speed = trapezoid()
    speed[20:30] = 0.8

    assert find_movement(speed, rate_hz=RATE_HZ).onset == 20


def test_a_pause_belongs_to_the_movement() -> None:
    speed = np.concatenate([trapezoid(), trapezoid()])

    movement = find_movement(speed, rate_hz=RATE_HZ)

    assert movement == Movement(103, 638)


def test_gaps_count_as_rest() -> None:
    speed = trapezoid()
    speed[:130] = np.nan

    assert find_movement(speed, rate_hz=RATE_HZ).onset == 130


@pytest.mark.parametrize(
    "speed",
    [np.zeros(200), np.full(200, np.nan), np.eye(1, 200, 50)[0]],
    ids=["still", "hidden", "twitch"],
)
def test_a_hand_that_never_moves_is_reported(speed: np.ndarray) -> None:
    with pytest.raises(SignalError, match=r"hand must move for at least 0\.1 s; it never does"):
        find_movement(speed, rate_hz=RATE_HZ)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(SignalError, match="share_of_peak must lie between 0 and 1"):
        find_movement(trapezoid(), rate_hz=RATE_HZ, share_of_peak=share)


def test_the_derivative_of_a_parabola_is_exact_and_per_second() -> None:
    seconds = np.arange(50) / RATE_HZ

    velocity = time_derivative(3 * seconds**2, rate_hz=RATE_HZ)

    np.testing.assert_allclose(velocity[1:-1], 6 * seconds[1:-1], atol=1e-12)


def test_a_point_on_a_circle_has_one_speed_whatever_its_direction() -> None:
    angle = 2 * np.pi * np.arange(200) / 200
    circle = np.stack([np.cos(angle), np.zeros(200), np.sin(angle)])

    speed = tangential_speed(circle, rate_hz=RATE_HZ)

    # Central differences of a circle cut its corners: sin(h) / h with h = 2π / 200.
    cut = np.sin(2 * np.pi / 200) / (2 * np.pi / 200)
    np.testing.assert_allclose(speed[1:-1], np.pi * cut, atol=1e-12)


def test_no_speed_is_made_up_beside_a_gap() -> None:
    position = np.arange(30.0) * np.ones((3, 1))
    position[1, 10:13] = np.nan

    speed = tangential_speed(position, rate_hz=RATE_HZ)

    assert np.flatnonzero(np.isnan(speed)).tolist() == [9, 10, 11, 12, 13]
