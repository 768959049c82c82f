from __future__ import annotations

import numpy as np
import pytest
from trial_builder import EMG_HZ, MUSCLES, emg_of_reach, muscle_noise

from hybridmfp.preprocessing.quality.emg_measures import measure_emg
from hybridmfp.preprocessing.quality.emg_rules import check_emg

TIMING = {"seconds": 4.0, "start_s": 1.0, "lasts_s": 2.0}


def clean(seed: int = 0) -> np.ndarray:
    return emg_of_reach(np.random.default_rng(seed), **TIMING).astype(np.float32)


def said(emg: np.ndarray, *, rate_hz: float = EMG_HZ, **more: object) -> set[tuple[str, str, str]]:
    found = check_emg(emg.astype(np.float32), rate_hz=rate_hz, channels=MUSCLES[: len(emg)], **more)
    return {(one.channel, one.fault, one.verdict) for one in found}


@pytest.mark.parametrize("seed", range(5))
def test_muscles_at_work_are_not_blamed(seed: int) -> None:
    assert said(clean(seed)) == set()


def test_a_muscle_that_stays_active_at_rest_is_no_fault() -> None:
    rng = np.random.default_rng(1)
    emg = clean()
    emg[1] += (4e-5 * muscle_noise(emg.shape[1], rng)).astype(np.float32)

    assert said(emg) == set()


def test_a_flat_channel_is_red_and_called_nothing_else() -> None:
    emg = clean()
    emg[2] = 1e-4

    assert said(emg) == {(MUSCLES[2], "flat", "red")}


def test_a_stretch_that_stands_still_weighs_more_within_the_movement() -> None:
    emg = clean()
    emg[0, 3000:4000] = emg[0, 3000]  # an eighth of the trial, a quarter of the movement

    without = check_emg(emg, rate_hz=EMG_HZ, channels=MUSCLES)
    within = check_emg(emg, rate_hz=EMG_HZ, channels=MUSCLES, window=(2000, 6000))

    assert [round(one.value, 1) for one in without] == [12.5]
    assert [round(one.value, 1) for one in within] == [25.0]


def test_missing_samples_are_counted_as_a_gap() -> None:
    emg = clean()
    emg[3, :4000] = np.nan

    assert said(emg) == {(MUSCLES[3], "gap", "red")}


def test_a_cut_off_peak_is_clipping() -> None:
    emg = clean()
    emg[0] = np.clip(emg[0], -5e-5, 5e-5)

    assert said(emg) == {(MUSCLES[0], "clipped", "red")}


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("rate_hz", [1000.0, 1500.0, 2000.0])
def test_hum_is_measured_at_any_rate_and_on_either_grid(mains_hz: float, rate_hz: float) -> None:
    rng = np.random.default_rng(2)
    seconds = np.arange(round(4 * rate_hz)) / rate_hz
    muscle = 3e-5 * muscle_noise(seconds.size, rng, rate_hz=rate_hz)
    emg = (muscle + 6e-5 * np.sqrt(2) * np.sin(2 * np.pi * mains_hz * seconds))[np.newaxis]

    measures = measure_emg(emg.astype(np.float32), rate_hz=rate_hz)

    assert measures.mains_hz == mains_hz
    assert measures.hum_v[0] == pytest.approx(6e-5, rel=0.05)  # the muscle's own power at the line
    assert said(emg, rate_hz=rate_hz) == {(MUSCLES[0], "mains", "red")}


def test_hum_that_cleaning_copes_with_is_not_reported() -> None:
    emg = clean()
    emg += (4e-6 * np.sin(2 * np.pi * 50 * np.arange(emg.shape[1]) / EMG_HZ)).astype(np.float32)

    assert said(emg) == set()


def test_an_irregular_heart_is_recognised_by_its_wave() -> None:
    rng = np.random.default_rng(3)
    seconds = np.arange(8000) / EMG_HZ
    emg = clean()
    for beat_s in np.cumsum(rng.normal(0.8, 0.05, 5)) - 0.3:
        emg[1] += (4e-4 * np.exp(-0.5 * ((seconds - beat_s) / 0.01) ** 2)).astype(np.float32)

    assert said(emg) == {(MUSCLES[1], "ecg", "red")}


def test_a_swinging_cable_is_motion() -> None:
    emg = clean()
    emg[4] += (2e-3 * np.sin(2 * np.pi * 3 * np.arange(8000) / EMG_HZ)).astype(np.float32)

    assert said(emg) == {(MUSCLES[4], "motion", "red")}


def test_a_step_in_the_voltage_is_a_bad_contact() -> None:
    emg = clean()
    emg[0, 5000:5100] += np.float32(2e-3)

    assert (MUSCLES[0], "contact", "amber") in said(emg)


def test_white_noise_is_noise_and_not_silence() -> None:
    rng = np.random.default_rng(4)
    emg = clean()
    emg[5] += (3e-4 * rng.standard_normal(8000)).astype(np.float32)

    assert said(emg) == {(MUSCLES[5], "noise", "red")}


def test_nothing_but_the_amplifier_is_silence() -> None:
    rng = np.random.default_rng(5)
    emg = clean()
    emg[1] = (2e-6 * rng.standard_normal(8000)).astype(np.float32)

    assert said(emg) == {(MUSCLES[1], "silent", "amber")}


@pytest.mark.parametrize("factor", [1e3, 1e6])
def test_a_wrong_unit_is_said_once_of_all_channels(factor: float) -> None:
    assert said(clean() * np.float32(factor)) == {("all", "unit", "red")}


def test_figures_do_not_depend_on_the_offset_of_the_amplifier() -> None:
    emg = clean()

    plain, shifted = (measure_emg(one, rate_hz=EMG_HZ) for one in (emg, emg + np.float32(1e-3)))

    # float32 keeps a voltage on top of 1 mV to 1e-10 V.
    np.testing.assert_allclose(shifted.rms_v, plain.rms_v, rtol=1e-4)
    np.testing.assert_allclose(shifted.silence, plain.silence, rtol=1e-2)


def test_muscles_that_do_not_change_while_the_arm_moves_are_reported() -> None:
    rng = np.random.default_rng(6)
    tone = 2e-5 * np.array([muscle_noise(8000, rng) for _ in MUSCLES])

    assert said(tone) == set()
    assert said(tone, moving=True) == {("all", "unmoved", "red")}


def test_a_moment_is_too_short_to_judge() -> None:
    assert said(clean()[:, :100]) == {("all", "short", "red")}


def test_the_input_is_left_as_it_was() -> None:
    emg = clean()
    emg[0, :100] = np.nan
    before = emg.copy()

    check_emg(emg, rate_hz=EMG_HZ, channels=MUSCLES, moving=True)

    np.testing.assert_array_equal(emg, before)


def test_reasons_hold_the_figure_and_remedies_are_given() -> None:
    emg = clean()
    emg[2] = 0

    (finding,) = check_emg(emg, rate_hz=EMG_HZ, channels=MUSCLES)

    assert "100 %" in finding.reason
    assert finding.remedy.endswith(".")
