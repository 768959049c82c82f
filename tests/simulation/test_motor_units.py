"""Laws of motor-unit EMG: its amplitude, its spectrum, its statistics, its randomness."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch
from scipy.stats import kurtosis

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import find_montage
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.fibre_potentials import (
    POTENTIAL_RATE_HZ,
    MotorUnitFibres,
    bipolar_potentials,
)
from hybridmfp.simulation.motor_unit_kernel import sum_firings
from hybridmfp.simulation.motor_units import MotorUnitPools, draw_motor_units, motor_unit_emg

N_MUSCLES = len(find_montage("mhh-emg").points)


def body(*, fat_mm: float = 5.0) -> Body:
    return Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=fat_mm)


def pools(*, fat_mm: float = 5.0, conduction: float = 1.0, seed: int = 0) -> MotorUnitPools:
    return draw_motor_units(body(fat_mm=fat_mm), conduction, np.random.default_rng(seed))


POOLS = pools()


def steady(
    drive: float,
    *,
    units: MotorUnitPools = POOLS,
    duration_s: float = 20.0,
    rate_hz: float = 2000.0,
    compression: float = 0.0,
    seed: int = 1,
) -> NDArray[np.float64]:
    """EMG at a constant drive."""
    frames = np.full((N_MUSCLES, round(100 * duration_s)), drive)
    rng = np.random.default_rng(seed)
    emg = motor_unit_emg(frames, units, rate_hz=rate_hz, firing_compression=compression, rng=rng)
    return emg.astype(np.float64)


def spectrum(
    emg: NDArray[np.float64], rate_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, and the share of each muscle's power up to each of them."""
    hertz, power = welch(emg, fs=rate_hz, nperseg=int(rate_hz))
    return hertz, np.cumsum(power, axis=1) / power.sum(axis=1, keepdims=True)


def frequency_at(share: float, emg: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    hertz, up_to = spectrum(emg, rate_hz)
    return np.array([np.interp(share, row, hertz) for row in up_to])


def one_unit(
    *, electrodes_m: float = 0.02, distance_m: float = 0.008, velocity: float = 4.0
) -> MotorUnitFibres:
    return MotorUnitFibres(
        ends_m=np.full((2, 1), 0.050),
        electrodes_m=np.array([electrodes_m]),
        distance_m=np.array([distance_m]),
        velocity_m_s=np.array([velocity]),
        scatter_m=np.array([0.001]),
    )


def median_of(potential: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(potential[0].astype(np.float64), 12000)) ** 2
    up_to = np.cumsum(power)
    return float(np.interp(up_to[-1] / 2, up_to, np.arange(power.size)))


@pytest.mark.parametrize("compression", [0.0, 0.35, 0.7])
def test_amplitude_is_the_drive(compression: float) -> None:
    drives = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0])

    levels = np.array([steady(drive, compression=compression).std(axis=1) for drive in drives])

    assert np.all(np.diff(levels, axis=0) > 0)
    for muscle in range(N_MUSCLES):
        assert np.corrcoef(drives, levels[:, muscle])[0, 1] > 0.995
    # At the lowest drive few units are active; one of them is a step of up to a quarter.
    assert np.abs(levels / drives[:, np.newaxis] - 1).max() < 0.25
    assert np.abs(levels.mean(axis=1) / drives - 1).max() < 0.06


@pytest.mark.parametrize("compression", [0.0, 0.35, 0.7])
def test_full_drive_has_unit_amplitude(compression: float) -> None:
    levels = steady(1.0, compression=compression, duration_s=60.0).std(axis=1)

    # Campbell's theorem knows independent firings; those of a unit keep their distance, which
    # takes or gives a little power below 30 Hz. The rest is chance.
    np.testing.assert_allclose(levels, 1.0, atol=0.05)


def test_a_drive_short_of_the_smallest_unit_leaves_the_muscle_silent() -> None:
    # The smallest unit alone: 8 firings per second of amplitude 1, relative to all at full drive.
    full = np.minimum(8 + 40 * (1 - POOLS.thresholds), 35) * POOLS.amplitudes**2
    smallest = np.sqrt(8 * POOLS.amplitudes[:, 0] ** 2 / 2 / full.sum(axis=1))

    assert not steady(0.99 * float(smallest.min())).any()
    assert steady(1.01 * float(smallest.max())).any(axis=1).all()
    assert smallest.max() < 0.01


def test_units_are_recruited_over_a_range_of_sixty_with_thirty_times_the_amplitude() -> None:
    assert POOLS.thresholds[-1] / POOLS.thresholds[0] == pytest.approx(60)
    assert POOLS.thresholds[-1] == pytest.approx(0.75)
    ratios = POOLS.thresholds[1:] / POOLS.thresholds[:-1]
    np.testing.assert_allclose(ratios, ratios[0])  # exponential
    grown = np.polyfit(np.linspace(0, 1, 60), np.log(POOLS.amplitudes.T), 1)[0]
    assert np.exp(grown.mean()) == pytest.approx(30, rel=0.15)


def test_few_units_look_spiky_and_many_gaussian() -> None:
    tails = [kurtosis(steady(drive), axis=1).mean() for drive in (0.05, 0.2, 0.5, 1.0)]

    assert tails == sorted(tails, reverse=True)
    assert tails[0] > 1.0
    assert 0 <= tails[-1] < 0.4  # a Gaussian has 0


def test_every_spectrum_has_the_median_and_the_reach_of_surface_emg() -> None:
    emg = steady(0.3, duration_s=40.0)

    medians, edges = frequency_at(0.5, emg, 2000.0), frequency_at(0.95, emg, 2000.0)
    hertz, up_to = spectrum(emg, 2000.0)
    within = up_to[:, hertz == 450][:, 0] - up_to[:, hertz == 19][:, 0]

    assert 60 <= medians.min() <= medians.max() <= 105
    assert 220 <= edges.min() <= edges.max() <= 350
    assert edges.mean() >= 250
    assert within.min() >= 0.95


def test_median_frequencies_of_many_arms_stay_in_the_usual_band() -> None:
    medians = np.array([pools(seed=seed).median_frequency_hz for seed in range(6)])

    assert 60 <= medians.mean(axis=0).min() <= medians.mean(axis=0).max() <= 97
    assert 55 <= medians.min() <= medians.max() <= 110


def test_the_stated_median_frequency_is_that_of_the_emg() -> None:
    medians = frequency_at(0.5, steady(1.0, duration_s=60.0), 2000.0)

    # Regular firing moves some power between the lowest frequencies.
    np.testing.assert_allclose(medians, POOLS.median_frequency_hz, rtol=0.06)


@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2148.0])
def test_the_spectrum_does_not_depend_on_the_rate(rate_hz: float) -> None:
    here, reference = steady(0.3, rate_hz=rate_hz), steady(0.3, rate_hz=2000.0)

    for share, tolerance in ((0.5, 0.03), (0.95, 0.03)):
        np.testing.assert_allclose(
            frequency_at(share, here, rate_hz),
            frequency_at(share, reference, 2000.0),
            rtol=tolerance,
        )
    np.testing.assert_allclose(here.std(axis=1), reference.std(axis=1), rtol=0.02)


@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2000.0, 2148.0])
def test_the_emg_lasts_as_long_as_the_drive(rate_hz: float) -> None:
    assert steady(0.1, duration_s=0.53, rate_hz=rate_hz).shape == (12, round(0.53 * rate_hz))


def test_frequencies_scale_with_conduction() -> None:
    slow, usual = pools(conduction=0.8), pools()

    ratios = slow.median_frequency_hz / usual.median_frequency_hz

    # Exactly 0.8 but for the amplifier, which takes the highest frequencies of the faster one.
    np.testing.assert_allclose(ratios, 0.8, atol=0.04)


def test_frequencies_fall_with_fat() -> None:
    medians = [pools(fat_mm=fat_mm).median_frequency_hz for fat_mm in (1.5, 5.0, 10.0, 15.0)]

    assert np.all(np.diff(medians, axis=0) < 0)


def test_muscles_are_independent() -> None:
    together = np.corrcoef(steady(0.3, duration_s=40.0))

    assert np.abs(together - np.eye(N_MUSCLES)).max() < 0.05


def test_emg_begins_as_loud_as_it_goes_on() -> None:
    starts = np.array([steady(0.5, duration_s=0.1, seed=seed) for seed in range(100)])

    # 5 ms hold one or two independent values: 1200 times that.
    assert starts[..., :10].std() == pytest.approx(starts[..., 100:].std(), rel=0.1)


def test_the_emg_of_a_burst_begins_and_ends_with_it() -> None:
    drive = np.zeros((N_MUSCLES, 100))
    drive[:, 40:60] = 0.5
    bursts = np.array(
        [
            motor_unit_emg(
                drive,
                POOLS,
                rate_hz=2000.0,
                firing_compression=0.0,
                rng=np.random.default_rng(seed),
            )
            for seed in range(30)
        ]
    )

    longest = round(POOLS.potentials.shape[2] / POTENTIAL_RATE_HZ * 2000)

    assert not bursts[..., :800].any()
    assert not bursts[..., 1200 + longest :].any()
    # Potentials take some 10 ms to reach the electrodes.
    assert bursts[..., 830:870].std() == pytest.approx(0.5, rel=0.15)
    assert bursts[..., 1160:1200].std() == pytest.approx(0.5, rel=0.15)


def test_potentials_are_read_between_their_samples() -> None:
    """A ramp, read at any rate, stays a ramp."""
    ramp = np.tile(np.arange(480, dtype=np.float32), (N_MUSCLES, 1, 1))
    rising = MotorUnitPools(
        np.array([0.0125]), np.ones((N_MUSCLES, 1)), ramp, np.full(N_MUSCLES, 80.0)
    )

    steps = np.diff(steady(1.0, units=rising, rate_hz=5000.0), axis=1)

    upward = np.unique(np.round(steps[steps > 0], 3))
    # Firings overlap now and then: one ramp rises by 12000 / 5000 per sample, two by twice that.
    single = 2.4 / np.sqrt(35)
    np.testing.assert_allclose(upward / single, np.round(upward / single), atol=0.01)


def lone_unit() -> MotorUnitPools:
    """One unit per muscle, whose firings are clicks that can be counted."""
    click = np.zeros((N_MUSCLES, 1, 480), dtype=np.float32)
    click[..., 120] = 1
    return MotorUnitPools(
        np.array([0.0125]), np.ones((N_MUSCLES, 1)), click, np.full(N_MUSCLES, 80.0)
    )


@pytest.mark.parametrize("compression", [0.0, 0.4])
def test_compression_lowers_the_ceiling_of_firing_rates(compression: float) -> None:
    free = 1 - compression
    clicks = steady(1.0, units=lone_unit(), compression=compression) > 0

    fastest = min(8 + 40 * free * (1 - 0.0125), 35 * free)

    assert clicks.sum() / N_MUSCLES / 20 == pytest.approx(fastest, rel=0.02)


def test_a_unit_that_has_just_been_recruited_fires_eight_times_a_second() -> None:
    """Equal clicks have a variance proportional to their rate; recruiting counts by half."""
    just = np.sqrt(8 / 35 / 2)

    clicks = steady(1.0001 * just, units=lone_unit()) > 0

    assert clicks.sum() / N_MUSCLES / 20 == pytest.approx(8, rel=0.02)
    assert not steady(0.9999 * just, units=lone_unit()).any()


def test_intervals_between_firings_vary_by_fifteen_percent() -> None:
    clicks = steady(0.8, units=lone_unit(), duration_s=100.0)
    intervals = np.concatenate([np.diff(np.flatnonzero(row)) for row in clicks])

    assert intervals.std() / intervals.mean() == pytest.approx(0.15, abs=0.005)


def test_the_same_generator_gives_the_same_emg_to_the_last_bit() -> None:
    np.testing.assert_array_equal(steady(0.4, duration_s=2.0), steady(0.4, duration_s=2.0))
    assert not np.array_equal(steady(0.4, seed=1), steady(0.4, seed=2))
    np.testing.assert_array_equal(pools().potentials, pools().potentials)


def test_another_process_gives_the_same_emg() -> None:
    script = """
import hashlib, numpy as np
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.motor_units import draw_motor_units, motor_unit_emg
np.random.default_rng(5).random(3)
body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
pools = draw_motor_units(body, 1.0, np.random.default_rng(0))
rng = np.random.default_rng(1)
drive = np.full((12, 100), 0.4)
emg = motor_unit_emg(drive, pools, rate_hz=2000.0, firing_compression=0.0, rng=rng)
print(hashlib.sha256(emg.tobytes()).hexdigest())
"""
    printed = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()

    import hashlib

    emg = steady(0.4, duration_s=1.0).astype(np.float32)
    assert printed == hashlib.sha256(emg.tobytes()).hexdigest()


def test_no_global_random_state_is_touched() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002

    steady(0.4, duration_s=1.0)

    np.testing.assert_array_equal(before, np.random.get_state()[1])  # type: ignore[index]  # noqa: NPY002


def slow_sum(
    drive: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    firing: tuple[float, float, float, float, float],
    potentials: NDArray[np.float32],
    seed: int,
    n_samples: int,
) -> NDArray[np.float32]:
    """The kernel in plain Python integers: SplitMix64, firing in intervals, and the sum."""
    word = 2**64

    def scramble(state: int) -> int:
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % word
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % word
        return mixed ^ (mixed >> 31)

    stride = 0x9E3779B97F4A7C15
    lowest, slope, highest, variation, frame_samples = firing
    emg = np.zeros((drive.shape[0], n_samples), dtype=np.float32)
    for muscle, course in enumerate(drive):
        for unit, threshold in enumerate(thresholds):
            order = muscle * thresholds.size + unit + 1
            state = scramble(seed ^ scramble(order * stride % word))
            active, left = False, 0.0
            for frame, level in enumerate(course):
                if level < threshold:
                    active = False
                    continue
                if not active:
                    state = (state + stride) % word
                    active, left = True, (scramble(state) >> 11) / 2**53
                advance = min(lowest + slope * (level - threshold), highest)
                while left < advance:
                    start = int((frame + left / advance) * frame_samples)
                    stop = min(start + potentials.shape[2], n_samples)
                    emg[muscle, start:stop] += potentials[muscle, unit, : stop - start]
                    state = (state + stride) % word
                    bits = scramble(state)
                    parts = sum((bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
                    spread = math.sqrt(4 * (65536**2 - 1) / 12)
                    left += 1 + variation * (parts - 4 * 32767.5) / spread
                left -= advance
    return emg


def test_the_compiled_loop_does_what_slow_integers_do() -> None:
    rng = np.random.default_rng(3)
    drive = np.clip(0.3 + 0.3 * np.sin(np.arange(200) / 9 + np.arange(3)[:, np.newaxis]), 0, 1)
    thresholds = np.array([0.05, 0.2, 0.4])
    potentials = rng.standard_normal((3, 3, 30)).astype(np.float32)
    firing = (0.08, 0.4, 0.35, 0.15, 15.0)
    emg = np.zeros((3, 3000), dtype=np.float32)

    sum_firings(drive, thresholds, firing, potentials, np.uint64(2**63 + 11), emg)

    expected = slow_sum(drive, thresholds, firing, potentials, 2**63 + 11, 3000)
    assert np.abs(expected).max() > 1
    np.testing.assert_array_equal(emg, expected)


def test_a_potential_has_unit_energy_no_mean_and_dies_out() -> None:
    potential = bipolar_potentials(one_unit())[0].astype(np.float64)

    assert np.sum(potential**2) / POTENTIAL_RATE_HZ == pytest.approx(1)
    assert abs(potential.sum()) < 1e-3 * np.abs(potential).sum()
    assert np.abs(potential[[0, -1]]).max() < 1e-2 * np.abs(potential).max()


def test_a_potential_has_passed_the_amplifier() -> None:
    potential = bipolar_potentials(one_unit(distance_m=0.003))[0].astype(np.float64)
    power = np.abs(np.fft.rfft(potential, 12000)) ** 2  # bins of 1 Hz

    assert power[510:].sum() < 1e-4 * power.sum()
    # From 485 to 500 Hz at most a twentieth of the amplitude is left.
    assert power[485:500].max() < 0.01 * power.max()


def test_a_potential_reverses_when_the_electrodes_change_sides() -> None:
    here = bipolar_potentials(one_unit(electrodes_m=0.02))
    there = bipolar_potentials(one_unit(electrodes_m=-0.02))

    np.testing.assert_allclose(here, -there, atol=1e-4)


def test_the_propagating_wave_arrives_after_the_way_to_the_electrodes() -> None:
    peaks = {}
    for velocity in (3.0, 5.0):
        potential = bipolar_potentials(one_unit(electrodes_m=0.025, velocity=velocity))[0]
        # Between the two electrodes the potential changes its sign.
        highest, lowest = int(potential.argmax()), int(potential.argmin())
        peaks[velocity] = (highest + lowest) / 2 / POTENTIAL_RATE_HZ - 0.004

    # The middle current trails the first by 2.1 mm, and weighs most.
    for velocity, arrived_s in peaks.items():
        assert arrived_s == pytest.approx((0.025 + 0.0021) / velocity, abs=0.0006)


def test_deep_and_slow_fibres_have_low_frequencies() -> None:
    depths = [median_of(bipolar_potentials(one_unit(distance_m=d))) for d in (0.004, 0.01, 0.03)]
    speeds = [median_of(bipolar_potentials(one_unit(velocity=v))) for v in (5.0, 4.0, 3.0)]

    assert depths == sorted(depths, reverse=True)
    assert speeds == sorted(speeds, reverse=True)


def test_a_drive_of_another_shape_is_refused() -> None:
    with pytest.raises(SignalError, match=r"drive must be \(12, n_frames\).*got shape \(11, 5\)"):
        motor_unit_emg(
            np.zeros((11, 5)),
            POOLS,
            rate_hz=2000.0,
            firing_compression=0.0,
            rng=np.random.default_rng(0),
        )


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_a_drive_outside_zero_to_one_is_refused(wrong: float) -> None:
    with pytest.raises(SignalError, match="drive must lie between 0 and 1"):
        steady(wrong)


@pytest.mark.parametrize("rate_hz", [999.0, np.nan])
def test_a_rate_that_cannot_hold_the_band_is_refused(rate_hz: float) -> None:
    frames = np.zeros((N_MUSCLES, 10))
    with pytest.raises(SettingsError, match=r"rate_hz of an EMG must be at least 1000.*got"):
        motor_unit_emg(
            frames,
            POOLS,
            rate_hz=rate_hz,
            firing_compression=0.0,
            rng=np.random.default_rng(0),
        )


@pytest.mark.parametrize("compression", [-0.1, 0.71, np.nan])
def test_a_compression_that_would_turn_firing_round_is_refused(compression: float) -> None:
    with pytest.raises(SettingsError, match=r"firing_compression must lie between 0.*and 0\.7"):
        steady(0.3, compression=compression)
