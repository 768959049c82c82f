"""Laws of contamination: what each source adds, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch

from hybridmfp.errors import SignalError
from hybridmfp.signals import find_montage
from hybridmfp.simulation.between_frames import fill_between_frames
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.contamination import THIRD_HARMONIC, contaminate
from hybridmfp.simulation.electrodes import Electrodes, draw_electrodes
from hybridmfp.simulation.site import REFERENCE_SITE

STEP_V = 0.15e-6
NAMES = find_montage("mhh-emg").points
DRAWN = draw_electrodes(
    Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0),
    REFERENCE_SITE,
    "left",
    np.random.default_rng(0),
)
NONE = np.zeros(12)
CLEAN = replace(DRAWN, noise_v=NONE, mains_v=NONE, motion_v=NONE, ecg_v=NONE)
STILL = np.zeros(1000)


def record(
    emg: NDArray[np.float64] | None = None,
    *,
    electrodes: Electrodes = DRAWN,
    acceleration: NDArray[np.float64] = STILL,
    rate_hz: float = 2000.0,
    seed: int = 0,
) -> NDArray[np.float64]:
    muscles = np.zeros((12, round(acceleration.size / 100 * rate_hz))) if emg is None else emg
    volts = contaminate(
        muscles,
        electrodes,
        rate_hz=rate_hz,
        hand_acceleration=acceleration,
        rng=np.random.default_rng(seed),
    )
    assert volts.dtype == np.float32
    return volts.astype(np.float64)


def noise(n_samples: int = 20000) -> NDArray[np.float64]:
    return np.random.default_rng(9).standard_normal((12, n_samples))


def test_clean_electrodes_mix_muscles_as_the_crosstalk_matrix_says() -> None:
    emg = 0.3 * noise()

    volts = record(emg, electrodes=CLEAN)

    expected = CLEAN.gain_v[:, np.newaxis] * (CLEAN.crosstalk @ emg)
    # Half a step of the converter, and the six digits of float32.
    np.testing.assert_allclose(volts, expected, atol=0.5 * STEP_V + 1e-9)


def test_one_active_muscle_is_heard_at_its_neighbours_only() -> None:
    emg = np.zeros((12, 20000))
    emg[NAMES.index("pronator_teres")] = noise()[0]

    heard = record(emg, electrodes=CLEAN).std(axis=1)

    column = CLEAN.crosstalk[:, NAMES.index("pronator_teres")]
    np.testing.assert_allclose(heard, CLEAN.gain_v * column * emg.std() * np.sqrt(12), rtol=0.01)
    assert np.count_nonzero(heard) == 3


def test_the_amplifiers_noise_is_not_crosstalk() -> None:
    """It enters behind the electrodes, so that channels at rest stay independent."""
    only_noise = replace(CLEAN, noise_v=np.full(12, 2.5e-6))

    volts = record(electrodes=only_noise)

    np.testing.assert_allclose(volts.std(axis=1), 2.5e-6, rtol=0.03)
    assert np.abs(np.corrcoef(volts) - np.eye(12)).max() < 0.05


def amplitude_at(volts: NDArray[np.float64], hertz: float, rate_hz: float) -> NDArray[np.float64]:
    """Amplitude of a sine that fits whole periods into the record."""
    turn = np.exp(-2j * np.pi * hertz / rate_hz * np.arange(volts.shape[1]))
    found: NDArray[np.float64] = 2 * np.abs(volts @ turn) / volts.shape[1]
    return found


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2000.0])
def test_hum_has_the_drawn_amplitude_at_the_mains_frequency_and_its_third(
    mains_hz: float, rate_hz: float
) -> None:
    humming = replace(CLEAN, mains_hz=mains_hz, mains_v=np.linspace(1e-5, 1e-4, 12))

    volts = record(electrodes=humming, rate_hz=rate_hz)

    for harmonic, relative in ((1, 1.0), (3, THIRD_HARMONIC)):
        found = amplitude_at(volts, harmonic * mains_hz, rate_hz)
        # Rounding to steps of 0.15 µV leaves harmonics of its own.
        np.testing.assert_allclose(found, relative * humming.mains_v, atol=0.5 * STEP_V)
    assert np.all(amplitude_at(volts, 2 * mains_hz, rate_hz) < 1e-7)


def test_the_hum_of_two_channels_keeps_its_lag_from_trial_to_trial() -> None:
    humming = replace(CLEAN, mains_v=np.full(12, 1e-4))
    turn = np.exp(-2j * np.pi * 50 / 2000 * np.arange(20000))

    phases = np.array([np.angle(record(electrodes=humming, seed=s) @ turn) for s in (1, 2)])

    lags = np.exp(1j * (phases - phases[:, :1]))
    np.testing.assert_allclose(lags[0], lags[1], atol=0.01)
    wanted = np.exp(1j * (humming.mains_phase - humming.mains_phase[0]))
    np.testing.assert_allclose(lags[0], wanted, atol=0.01)
    assert abs(np.exp(1j * phases[0, 0]) - np.exp(1j * phases[1, 0])) > 0.01


def test_the_heart_beats_at_its_rate_and_height() -> None:
    beating = replace(CLEAN, ecg_v=np.full(12, 40e-6), heart_hz=1.25)

    volts = record(electrodes=beating)

    period = round(2000 / 1.25)
    np.testing.assert_allclose(volts[:, period:], volts[:, :-period], atol=2 * STEP_V)
    assert volts.max() == pytest.approx(40e-6, rel=0.02)
    peaks = np.flatnonzero((volts[0, 1:-1] > 30e-6) & (np.diff(volts[0, :-1]) > 0))
    assert len(np.unique(peaks // period)) in {12, 13}


def test_the_heart_starts_anywhere_in_each_trial() -> None:
    beating = replace(CLEAN, ecg_v=np.full(12, 40e-6), heart_hz=1.25)

    firsts = {int(record(electrodes=beating, seed=s)[0, :1600].argmax()) for s in range(5)}

    assert len(firsts) == 5


def test_motion_artefact_is_slow_and_grows_with_the_hands_acceleration() -> None:
    moving = replace(CLEAN, motion_v=np.full(12, 50e-6))
    levels = []
    for acceleration in (0.0, 10.0, 30.0, 300.0):
        hand = np.full(6000, acceleration)
        volts = record(electrodes=moving, acceleration=hand, rate_hz=1000.0)
        levels.append(volts.std())
        hertz, power = welch(volts, fs=1000.0, nperseg=1000)
        assert power[:, hertz > 20].sum() / power.sum() < 0.1

    # Straight lines between frames at 100 Hz take a little away.
    assert levels[1] == pytest.approx(50e-6, rel=0.1)
    assert levels[0] == pytest.approx(0.3 * levels[1], rel=0.02)
    assert levels[2] == pytest.approx(2.4 * levels[1], rel=0.02)
    assert levels[3] == pytest.approx(levels[2], rel=1e-6)


def test_motion_artefact_comes_when_the_hand_moves() -> None:
    moving = replace(CLEAN, motion_v=np.full(12, 50e-6))
    hand = np.zeros(4000)
    hand[2000:] = 20.0

    volts = record(electrodes=moving, acceleration=hand, rate_hz=1000.0)

    assert volts[:, 20100:].std() > 3 * volts[:, :19900].std()


def test_volts_are_whole_steps_within_the_clipping_level() -> None:
    loud = replace(DRAWN, clip_v=1e-3)

    volts = record(10 * noise(), electrodes=loud)

    assert np.abs(volts).max() == pytest.approx(1e-3, rel=1e-6)
    assert np.mean(np.abs(volts) > 0.999e-3) > 0.1
    inside = volts[np.abs(volts) < 0.99e-3] / STEP_V
    np.testing.assert_allclose(inside, np.round(inside), atol=2e-3)  # float32 has 7 digits


def test_silence_leaves_a_few_microvolts_of_contamination() -> None:
    silent = record().std(axis=1)
    active = record(0.2 * noise()).std(axis=1)

    assert np.all((silent > 1e-6) & (silent < 25e-6))
    assert np.all(active > 3 * silent)


def test_a_bad_channel_is_bad_in_every_trial_of_its_session() -> None:
    bad = np.arange(12) == 4
    session = replace(
        DRAWN,
        bad=bad,
        gain_v=np.where(bad, 0, DRAWN.gain_v),
        ecg_v=np.where(bad, 0, DRAWN.ecg_v),
        mains_v=np.where(bad, 3e-5, 1e-7),
    )

    for seed in range(3):
        emg = 0.5 * np.random.default_rng(seed).standard_normal((12, 20000))
        volts = record(emg, electrodes=session, seed=seed)
        wanted = session.crosstalk @ emg
        alike = [abs(np.corrcoef(volts[c], wanted[c])[0, 1]) for c in range(12)]
        assert alike[4] < 0.05
        assert min(alike[:4] + alike[5:]) > 0.95


def test_the_same_generator_gives_the_same_volts_to_the_last_bit() -> None:
    emg = 0.2 * noise()

    np.testing.assert_array_equal(record(emg), record(emg))
    assert not np.array_equal(record(emg), record(emg, seed=1))


def test_the_muscles_emg_is_left_as_it_was() -> None:
    emg = noise().astype(np.float32)
    before = emg.copy()

    contaminate(emg, DRAWN, rate_hz=2000.0, hand_acceleration=STILL, rng=np.random.default_rng(0))

    np.testing.assert_array_equal(emg, before)


def test_emg_of_another_shape_is_refused() -> None:
    with pytest.raises(SignalError, match=r"emg must be \(12, n_samples\).*\(11, 20000\)"):
        record(np.zeros((11, 20000)))


def test_emg_of_another_duration_is_refused() -> None:
    with pytest.raises(SignalError, match=r"20000 samples at rate_hz=2000 .* got 19999"):
        record(np.zeros((12, 19999)))


def test_accelerations_that_are_no_magnitudes_are_refused() -> None:
    with pytest.raises(SignalError, match=r"must be \(n_frames,\).*got shape \(3, 100\)"):
        record(np.zeros((12, 2000)), acceleration=np.zeros((3, 100)))
    for wrong in (-1.0, np.nan):
        with pytest.raises(SignalError, match="hand_acceleration must be 0 or more everywhere"):
            record(acceleration=np.full(100, wrong))


@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2000.0, 2148.0, 1925.93])
def test_frames_are_joined_by_straight_lines_at_every_rate(rate_hz: float) -> None:
    frames = np.random.default_rng(0).standard_normal((3, 50))

    filled = fill_between_frames(frames, rate_hz=rate_hz)

    time_s = np.arange(round(50 / 100 * rate_hz)) / rate_hz
    expected = [np.interp(time_s, np.arange(50) / 100, row) for row in frames]
    np.testing.assert_allclose(filled, expected, atol=1e-5)
