"""Laws of the recorded EMG: both generators, one session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.contamination import contaminate
from hybridmfp.simulation.electrodes import draw_electrodes
from hybridmfp.simulation.motor_units import draw_motor_units, motor_unit_emg
from hybridmfp.simulation.site import REFERENCE_SITE
from hybridmfp.simulation.surface_emg import EmgGenerator, EmgSession, record_emg

BODY = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
SESSION = EmgSession(
    pools=draw_motor_units(BODY, 1.0, np.random.default_rng(0)),
    electrodes=draw_electrodes(BODY, REFERENCE_SITE, "left", np.random.default_rng(0)),
    rate_hz=1500.0,
    firing_compression=0.2,
)


def recorded(
    drive: float, *, generator: EmgGenerator = "motor_units", seed: int = 0
) -> NDArray[np.float64]:
    volts = record_emg(
        np.full((12, 1000), drive),
        replace(SESSION, generator=generator),
        hand_acceleration=np.zeros(1000),
        rng=np.random.default_rng(seed),
    )
    return volts.astype(np.float64)


def test_a_trial_is_motor_units_seen_by_the_sessions_electrodes() -> None:
    drive, still = np.full((12, 1000), 0.3), np.zeros(1000)
    rng = np.random.default_rng(0)

    emg = motor_unit_emg(drive, SESSION.pools, rate_hz=1500.0, firing_compression=0.2, rng=rng)
    expected = contaminate(
        emg, SESSION.electrodes, rate_hz=1500.0, hand_acceleration=still, rng=rng
    )

    np.testing.assert_array_equal(recorded(0.3), expected)


def test_both_generators_give_the_same_volts_at_full_drive() -> None:
    units, noise = recorded(1.0), recorded(1.0, generator="amplitude_noise")

    np.testing.assert_allclose(units.std(axis=1), noise.std(axis=1), rtol=0.1)
    assert not np.array_equal(units, noise)


@pytest.mark.parametrize("generator", ["motor_units", "amplitude_noise"])
def test_full_drive_has_the_gain_of_the_electrodes(generator: EmgGenerator) -> None:
    levels = recorded(1.0, generator=generator).std(axis=1)

    # Independent muscles of unit variance add up by their squares.
    heard = np.sqrt(np.sum(SESSION.electrodes.crosstalk**2, axis=1))
    np.testing.assert_allclose(levels, SESSION.electrodes.gain_v * heard, rtol=0.1)


@pytest.mark.parametrize("generator", ["motor_units", "amplitude_noise"])
def test_a_silent_drive_leaves_the_contamination_alone(generator: EmgGenerator) -> None:
    assert recorded(0.0, generator=generator).std(axis=1).max() < 25e-6


@pytest.mark.parametrize("generator", ["motor_units", "amplitude_noise"])
def test_the_same_generator_of_numbers_gives_the_same_trial(generator: EmgGenerator) -> None:
    one = recorded(0.3, generator=generator)

    np.testing.assert_array_equal(one, recorded(0.3, generator=generator))
    assert not np.array_equal(one, recorded(0.3, generator=generator, seed=1))


def test_an_unknown_generator_is_refused() -> None:
    with pytest.raises(SettingsError, match="must be one of motor_units, amplitude_noise; got 'x'"):
        replace(SESSION, generator="x")  # type: ignore[arg-type]
