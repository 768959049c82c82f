"""What `smoothness` promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hybridmfp.features.smoothness import (
    log_dimensionless_jerk,
    spectral_arc_length,
    velocity_peaks,
)

RATE_HZ = 100.0


def minimum_jerk_speed(n_samples: int = 201) -> np.ndarray:
    phase = np.linspace(0, 1, n_samples)
    return 30 * phase**2 * (1 - phase) ** 2


def with_submovements(n: int) -> np.ndarray:
    """Reach in `n` equal overlapping steps."""
    speed = np.zeros(101 + 60 * (n - 1))
    for at in range(n):
        speed[60 * at : 60 * at + 101] += minimum_jerk_speed(101) / n
    return speed


def spectral_arc_length_of_the_paper(speed: np.ndarray, rate_hz: float) -> float:
    """Balasubramanian 2015, equations 8 and 9, on a frequency grid of its own making."""
    n_padded = 16 * 2 ** int(np.ceil(np.log2(len(speed))))
    frequency = [k * rate_hz / n_padded for k in range(n_padded // 2 + 1)]
    samples = np.arange(len(speed))
    magnitude = np.array(
        [abs(np.sum(speed * np.exp(-2j * np.pi * f / rate_hz * samples))) for f in frequency]
    )
    normal = magnitude / magnitude[0]
    beyond = [f for f, v in zip(frequency, normal, strict=True) if f <= 10 and v >= 0.05]
    cut = max(beyond)
    length = 0.0
    for k in range(len(frequency) - 1):
        if frequency[k + 1] <= cut:
            across = (frequency[k + 1] - frequency[k]) / cut
            length += math.sqrt(across**2 + (normal[k + 1] - normal[k]) ** 2)
    return -length


@pytest.mark.parametrize(
    "speed",
    [
        minimum_jerk_speed(),
        minimum_jerk_speed(90),
        with_submovements(3),
        np.abs(np.random.default_rng(0).normal(size=150)).cumsum() % 3,
    ],
    ids=["smooth", "short", "three steps", "rough"],
)
def test_sparc_is_the_length_in_the_paper(speed: np.ndarray) -> None:
    expected = spectral_arc_length_of_the_paper(speed, RATE_HZ)

    assert spectral_arc_length(speed, rate_hz=RATE_HZ) == pytest.approx(expected, abs=1e-9)


def test_sparc_gives_the_value_its_authors_publish() -> None:
    # Example of the authors' code, github.com/siva82kb/SPARC, scripts/smoothness.py: -1.41403.
    bell = np.exp(-5 * np.arange(-1, 1, 0.01) ** 2)

    assert spectral_arc_length(bell, rate_hz=100) == pytest.approx(-1.41403, abs=5e-6)


@pytest.mark.parametrize("measure", [spectral_arc_length, log_dimensionless_jerk])
@pytest.mark.parametrize("factor", [1e-3, 0.5, 1000.0])
def test_amplitude_and_unit_do_not_matter(measure, factor: float) -> None:
    speed = with_submovements(2)

    scaled = measure(factor * speed, rate_hz=RATE_HZ)

    assert scaled == pytest.approx(measure(speed, rate_hz=RATE_HZ), abs=1e-9)


@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 400.0])
def test_jerk_does_not_depend_on_how_long_the_same_profile_lasts(rate_hz: float) -> None:
    speed = with_submovements(3)

    stretched = log_dimensionless_jerk(speed, rate_hz=rate_hz)

    assert stretched == pytest.approx(log_dimensionless_jerk(speed, rate_hz=RATE_HZ), abs=1e-9)


def test_jerk_of_minimum_jerk_has_its_closed_form() -> None:
    value = log_dimensionless_jerk(minimum_jerk_speed(20001), rate_hz=2000)

    # Leaving out the two ends of v'', where it is largest, costs 1 / n of the integral.
    assert value == pytest.approx(-math.log(720 / (15 / 8) ** 2), abs=1e-3)


@pytest.mark.parametrize("measure", [spectral_arc_length, log_dimensionless_jerk])
def test_every_added_submovement_makes_a_movement_less_smooth(measure) -> None:
    values = [measure(with_submovements(n), rate_hz=RATE_HZ) for n in (1, 2, 3, 5)]

    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4


@pytest.mark.parametrize("measure", [spectral_arc_length, log_dimensionless_jerk, velocity_peaks])
def test_a_gap_gives_no_number(measure) -> None:
    speed = minimum_jerk_speed()
    speed[77] = np.nan

    assert math.isnan(measure(speed, rate_hz=RATE_HZ))


@pytest.mark.parametrize("measure", [spectral_arc_length, log_dimensionless_jerk])
@pytest.mark.parametrize("speed", [np.zeros(100), np.empty(0)], ids=["still", "empty"])
def test_no_movement_has_no_smoothness(measure, speed: np.ndarray) -> None:
    assert math.isnan(measure(speed, rate_hz=RATE_HZ))


@pytest.mark.parametrize("speed", [np.ones(50), np.ones(3), np.arange(50.0)])
def test_a_speed_without_curvature_has_no_jerk(speed: np.ndarray) -> None:
    assert math.isnan(log_dimensionless_jerk(speed, rate_hz=RATE_HZ))


@pytest.mark.parametrize("n", [1, 2, 4])
def test_each_submovement_is_one_peak(n: int) -> None:
    speed = np.concatenate([minimum_jerk_speed(41)] * n)

    assert velocity_peaks(speed, rate_hz=RATE_HZ) == n


def test_a_movement_cut_off_at_its_peak_has_one() -> None:
    assert velocity_peaks(np.linspace(0, 1, 50), rate_hz=RATE_HZ) == 1
    assert velocity_peaks(np.linspace(1, 0, 50), rate_hz=RATE_HZ) == 1


@pytest.mark.parametrize(("depth_m_s", "peaks"), [(0.019, 1), (0.021, 2)])
def test_a_dip_counts_from_twenty_millimetres_per_second(depth_m_s: float, peaks: int) -> None:
    speed = np.interp(np.arange(101), [0, 30, 50, 70, 100], [0, 0.4, 0.3 - depth_m_s, 0.3, 0])

    assert velocity_peaks(speed, rate_hz=RATE_HZ) == peaks


@pytest.mark.parametrize(("apart", "peaks"), [(14, 1), (15, 2)])
def test_peaks_closer_than_150_ms_are_one(apart: int, peaks: int) -> None:
    speed = np.zeros(100)
    speed[[30, 30 + apart]] = [0.5, 0.4]

    assert velocity_peaks(speed, rate_hz=RATE_HZ) == peaks
