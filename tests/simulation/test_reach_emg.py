"""Laws of the toy EMG: its band, its level at rest, and what severity does to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch
from scipy.stats import kurtosis

from hybridmfp.signals import find_montage
from hybridmfp.simulation.reach_emg import MuscleTraits, draw_muscles, record_emg
from hybridmfp.simulation.reach_kinematics import ReachPlan

MUSCLES = find_montage("mhh-emg").points
RATE_HZ = 2000.0
OUT_AND_BACK = ReachPlan(
    duration_s=4.0,
    onset_s=1.0,
    offset_s=3.0,
    starts_s=np.array([1.0, 2.2]),
    lasts_s=np.array([0.8, 0.8]),
    steps=np.array([[1.0, -1.0], [0.0, 0.0], [0.0, 0.0]]),
)


def muscles(*, weakness: float = 0.0, co_contraction: float = 0.0) -> MuscleTraits:
    return draw_muscles(
        weakness=weakness, co_contraction=co_contraction, rng=np.random.default_rng(7)
    )


def emg_of(traits: MuscleTraits, *, seed: int = 0, rate_hz: float = RATE_HZ) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return record_emg(traits, OUT_AND_BACK, rate_hz=rate_hz, rng=rng).astype(np.float64)


def level(emg: NDArray[np.float64], start_s: float, stop_s: float) -> NDArray[np.float64]:
    """RMS of each channel between two instants."""
    part = emg[:, int(start_s * RATE_HZ) : int(stop_s * RATE_HZ)]
    root: NDArray[np.float64] = np.sqrt(np.mean(part**2, axis=1))
    return root


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0, 2148.0])
def test_power_lies_between_20_and_450_hertz_at_every_rate(rate_hz: float) -> None:
    emg = emg_of(muscles(), rate_hz=rate_hz)
    hertz, power = welch(emg, fs=rate_hz, nperseg=1000)

    inside = power[:, (hertz >= 18) & (hertz <= 452)].sum(axis=1)

    assert emg.shape == (12, round(4.0 * rate_hz))
    # What is left outside is the white noise of the amplifier, strongest beside weak muscles.
    assert (inside / power.sum(axis=1)).min() > 0.99


def test_noise_of_a_steady_muscle_is_gaussian() -> None:
    emg = emg_of(muscles())

    held = emg[:, int(1.9 * RATE_HZ) : int(2.1 * RATE_HZ)]

    standard = held / held.std(axis=1, keepdims=True)
    assert abs(kurtosis(standard, axis=None)) < 0.3


def test_channels_are_not_copies_of_each_other() -> None:
    between: NDArray[np.float64] = np.asarray(np.corrcoef(emg_of(muscles())))

    # 0.04 is one standard error: 1.5 s of activity with some 200 Hz of bandwidth.
    assert np.abs(between[~np.eye(12, dtype=bool)]).max() < 0.2


def test_muscles_rest_before_and_after_and_work_in_between() -> None:
    emg = emg_of(muscles())

    rest = np.maximum(level(emg, 0.0, 0.8), level(emg, 3.3, 4.0))

    assert rest.max() < 1.5e-5
    assert (level(emg, 1.0, 1.4) > 4 * rest).all()


def test_a_resting_muscle_gives_one_percent_of_its_voltage_at_full_drive() -> None:
    loud = MuscleTraits(**{**vars(muscles()), "gains_v": np.full(12, 1.0)})

    rest = level(emg_of(loud), 0.0, 0.8)

    # 0.8 s of some 200 Hz of bandwidth: one channel is known to 6 %, the mean to 2 %.
    assert rest.mean() == pytest.approx(0.01, rel=0.05)


def test_voltage_at_full_drive_sets_the_scale() -> None:
    weak, strong = muscles(), muscles()
    strong = MuscleTraits(**{**vars(strong), "gains_v": 2 * strong.gains_v})

    ratio = level(emg_of(strong), 1.0, 1.4) / level(emg_of(weak), 1.0, 1.4)

    # Amplifier noise and hum of some µV do not double.
    np.testing.assert_allclose(ratio, 2, rtol=0.02)


def test_extensors_start_the_reach_and_flexors_brake_it() -> None:
    emg = emg_of(muscles())
    biceps, triceps = MUSCLES.index("biceps_brachii"), MUSCLES.index("triceps_brachii")
    starting, braking = level(emg, 1.0, 1.3), level(emg, 1.45, 1.7)

    assert starting[triceps] > 1.5 * braking[triceps]
    assert braking[biceps] > 1.5 * starting[biceps]


def test_muscles_act_before_the_hand_moves() -> None:
    emg = emg_of(muscles())

    assert (level(emg, 0.96, 1.0) > 1.5 * level(emg, 0.5, 0.9)).sum() > 6


def test_weak_persons_reach_a_share_of_full_drive() -> None:
    ratio = level(emg_of(muscles(weakness=1.0)), 1.0, 1.8) / level(emg_of(muscles()), 1.0, 1.8)

    # 40 % of the drive, plus a tone at rest that weakness leaves as it is.
    assert ratio.min() > 0.39
    assert ratio.max() < 0.5


def test_co_contraction_makes_antagonists_work_together_and_leaves_the_others_alone() -> None:
    apart, together = emg_of(muscles()), emg_of(muscles(co_contraction=1.0))

    ratio = level(together, 1.0, 1.3) / level(apart, 1.0, 1.3)

    assert ratio[MUSCLES.index("biceps_brachii")] > 1.5
    alone = [MUSCLES.index(name) for name in ("abductor_pollicis_brevis", "brachioradialis")]
    np.testing.assert_allclose(ratio[alone], 1, atol=1e-6)


def test_a_weak_hum_of_the_mains_is_there() -> None:
    silent = MuscleTraits(**{**vars(muscles()), "gains_v": np.full(12, 1e-12)})

    hertz, power = welch(emg_of(silent), fs=RATE_HZ, nperseg=4000)

    assert np.median(hertz[power.argmax(axis=1)]) == 50
    assert level(emg_of(silent), 0, 4).max() < 3e-6
