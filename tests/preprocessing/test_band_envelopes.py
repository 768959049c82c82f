"""What `band_envelopes` promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import stft, welch

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.band_envelopes import band_envelopes

Array = NDArray[np.float64]

RATE_HZ = 2000.0
WIDTH, STEP = 256, 32  # samples of a window of 0.128 s, and of a step of 0.016 s
BIN_HZ = RATE_HZ / WIDTH
BANDS_HZ = ((20, 60), (60, 120), (120, 250), (250, 450))
N_SAMPLES = 3000
INNER = slice(WIDTH // 2 // STEP, (N_SAMPLES - WIDTH // 2) // STEP)  # no mirror image in these


def seconds(n_samples: int = N_SAMPLES, rate_hz: float = RATE_HZ) -> Array:
    return np.arange(n_samples) / rate_hz


def tone(frequency_hz: float, *, amplitude: float = 1.0, phase: float = 0.3) -> Array:
    return amplitude * np.sin(2 * np.pi * frequency_hz * seconds() + phase)


def noise(n_channels: int = 2, n_samples: int = N_SAMPLES, *, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n_channels, n_samples))


def envelopes(emg: Array, **changes: object) -> Array:
    return band_envelopes(emg, rate_hz=RATE_HZ, **changes).envelopes  # type: ignore[arg-type]


def test_the_squares_of_all_bands_add_up_to_the_mean_square_of_what_lies_between() -> None:
    # Tones on every frequency of the window's spectrum repeat after one window; a Hann window
    # spreads each over its two neighbours, which the outer bands still hold.
    rng = np.random.default_rng(1)
    numbers = np.arange(4, 57)  # 31.25 to 437.5 Hz
    emg = sum(
        tone(number * BIN_HZ, amplitude=rng.uniform(1, 3), phase=rng.uniform(0, 6))
        for number in numbers
    )
    assert isinstance(emg, np.ndarray)

    found = envelopes(emg[np.newaxis])[0, :, 10 : 10 + WIDTH // STEP]

    assert np.mean(np.sum(found**2, axis=0)) == pytest.approx(np.mean(emg[:WIDTH] ** 2), rel=1e-12)


@pytest.mark.parametrize("amplitude", [1e-6, 2.0])
@pytest.mark.parametrize(("number", "band"), [(5, 0), (11, 1), (24, 2), (45, 3)])
def test_a_tone_is_its_amplitude_over_root_two_in_its_own_band(
    number: int, band: int, amplitude: float
) -> None:
    emg = tone(number * BIN_HZ, amplitude=amplitude)

    found = envelopes(emg[np.newaxis])[0, :, INNER]

    expected = np.zeros_like(found)
    expected[band] = amplitude / np.sqrt(2)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * amplitude)


@pytest.mark.parametrize(("frequency_hz", "band"), [(90.3, 1), (171.7, 2), (349.9, 3)])
def test_so_is_a_tone_between_two_frequencies_of_the_spectrum(
    frequency_hz: float, band: int
) -> None:
    found = envelopes(tone(frequency_hz)[np.newaxis])[0, band, INNER]

    # Side lobes of the Hann window: about 1e-4 of the power falls outside a band.
    np.testing.assert_allclose(found, np.sqrt(0.5), rtol=5e-4)


def test_the_ends_are_continued_by_the_mirror_image() -> None:
    n_samples = 12 * WIDTH + 1  # whole periods, so that a cosine is even at both ends
    emg = np.cos(2 * np.pi * 11 * BIN_HZ * seconds(n_samples))

    found = envelopes(emg[np.newaxis])[0, 1]

    assert found.shape == (12 * WIDTH // STEP + 1,)
    np.testing.assert_allclose(found, np.sqrt(0.5), rtol=1e-12)


@pytest.mark.parametrize("rate_hz", [1000.0, 1111.0, 2000.0])
def test_it_equals_a_short_time_fourier_transform(rate_hz: float) -> None:
    emg = noise()
    width, step = 2 * round(0.064 * rate_hz), round(0.016 * rate_hz)

    found = band_envelopes(emg, rate_hz=rate_hz)
    frequency, _, spectrum = stft(
        emg, rate_hz, nperseg=width, noverlap=width - step,
        boundary="even", padded=False, scaling="psd",
    )  # fmt: skip

    power = 2 * np.abs(spectrum) ** 2 * rate_hz / width  # one-sided, times the width of a bin
    for at, (low, high) in enumerate(BANDS_HZ):
        inside = (frequency >= low) & (frequency < high)
        expected = np.sqrt(power[:, inside].sum(axis=1))
        np.testing.assert_allclose(
            found.envelopes[:, at, : expected.shape[-1]], expected, rtol=1e-10
        )
    assert found.rate_hz == pytest.approx(rate_hz / step, rel=1e-12)
    assert found.envelopes.shape == (2, 4, -(-N_SAMPLES // step))


def test_on_average_it_is_the_spectrum_by_welch() -> None:
    emg = noise(1)[0, : 11 * WIDTH]

    found = envelopes(emg[np.newaxis])[0, :, WIDTH // 2 // STEP :]
    frequency, density = welch(
        emg, RATE_HZ, nperseg=WIDTH, noverlap=WIDTH - STEP, detrend=False, scaling="density"
    )

    whole = found[:, : 10 * WIDTH // STEP + 1]
    for at, (low, high) in enumerate(BANDS_HZ):
        inside = (frequency >= low) & (frequency < high)
        assert np.mean(whole[at] ** 2) == pytest.approx(density[inside].sum() * BIN_HZ, rel=1e-10)


def test_a_frame_is_centred_on_its_sample() -> None:
    emg = np.zeros((1, N_SAMPLES))
    emg[0, 40 * STEP] = 1.0

    found = envelopes(emg)[0]

    # An impulse is white: each bin holds the squared window at the place of the impulse.
    away = np.arange(-WIDTH // 2 // STEP, WIDTH // 2 // STEP + 1) * STEP
    taper = np.cos(np.pi * away / WIDTH) ** 2
    n_bins = [
        np.sum((np.arange(WIDTH // 2) * BIN_HZ >= low) & (np.arange(WIDTH // 2) * BIN_HZ < high))
        for low, high in BANDS_HZ
    ]
    height = np.sqrt(2 * np.array(n_bins) / (WIDTH * 3 * WIDTH / 8))
    frames = 40 + away // STEP
    np.testing.assert_allclose(found[:, frames], height[:, np.newaxis] * taper, atol=1e-15)
    assert not np.delete(found, frames, axis=1).any()


@pytest.mark.parametrize("factor", [3.0, -0.25, 1e-6])
def test_it_grows_with_the_signal_whatever_the_sign(factor: float) -> None:
    np.testing.assert_allclose(
        envelopes(factor * noise()), abs(factor) * envelopes(noise()), rtol=1e-12
    )


def test_an_offset_changes_nothing() -> None:
    np.testing.assert_allclose(envelopes(noise() + 100.0), envelopes(noise()), rtol=1e-9)


@pytest.mark.parametrize("n_frames", [1, 7])
def test_what_comes_later_is_seen_later(n_frames: int) -> None:
    emg = noise(n_samples=N_SAMPLES + n_frames * STEP)

    early, late = envelopes(emg[:, n_frames * STEP :]), envelopes(emg[:, :N_SAMPLES])

    np.testing.assert_allclose(
        early[..., INNER.start : INNER.stop - n_frames],
        late[..., INNER.start + n_frames : INNER.stop],
        rtol=1e-12,
    )


def test_slowing_down_the_envelope_keeps_the_spectrum() -> None:
    # The same muscle activity at half the speed: the carrier keeps its frequency, so its band.
    strength = 1 + 0.5 * np.sin(2 * np.pi * 0.5 * seconds(2 * N_SAMPLES))
    carrier = np.sin(2 * np.pi * 24 * BIN_HZ * seconds(2 * N_SAMPLES))
    slow, fast = strength * carrier, strength[::2] * carrier[:N_SAMPLES]

    slowly, fastly = envelopes(slow[np.newaxis])[0, 2], envelopes(fast[np.newaxis])[0, 2]

    # The window averages 0.128 s of a change of 1 Hz: half a per cent at its lowest point.
    np.testing.assert_allclose(slowly[::2][INNER], fastly[INNER], rtol=1e-2)


def test_channels_do_not_touch_each_other() -> None:
    emg = noise(3)

    together = envelopes(emg)

    for at in range(3):
        np.testing.assert_allclose(together[at], envelopes(emg[[at]])[0], rtol=1e-12)


def test_a_frame_is_a_gap_where_its_window_touches_one_and_nowhere_else() -> None:
    emg = noise()
    emg[0, 1000:1010] = np.nan

    found = envelopes(emg)

    start = np.arange(found.shape[-1]) * STEP - WIDTH // 2
    touched = (start < 1010) & (start + WIDTH > 1000)
    np.testing.assert_array_equal(np.isnan(found[0]), np.broadcast_to(touched, (4, len(touched))))
    assert np.isfinite(found[1]).all()
    np.testing.assert_array_equal(found[0][:, ~touched], envelopes(noise())[0][:, ~touched])


@pytest.mark.parametrize(
    ("rate_hz", "n_known"), [(2000.0, 4), (900.0, 4), (899.0, 3), (500.0, 3), (499.0, 2)]
)
def test_a_band_that_the_rate_cannot_hold_is_not_known(rate_hz: float, n_known: int) -> None:
    found = band_envelopes(noise(), rate_hz=rate_hz).envelopes

    assert np.isfinite(found[:, :n_known]).all()
    assert np.isnan(found[:, n_known:]).all()


def test_the_input_is_not_edited() -> None:
    emg = noise()
    emg[0, :50] = np.nan
    before = emg.copy()

    envelopes(emg)

    np.testing.assert_array_equal(emg, before)


def test_bands_window_and_step_may_be_others() -> None:
    found = band_envelopes(
        noise(), rate_hz=RATE_HZ, bands_hz=((30, 300),), window_s=0.25, step_s=0.05
    )

    assert found.envelopes.shape == (2, 1, 30)
    assert found.rate_hz == 20.0


@pytest.mark.parametrize(
    ("emg", "changes", "said"),
    [
        (np.zeros(1000), {}, r"must be \(n_channels, n_samples\), got shape \(1000,\)"),
        (np.zeros((1, 256)), {}, "longer than a window of 256 samples .* got 256"),
        (np.zeros((1, 1000)), {"bands_hz": ((60, 20),)}, "must ascend .* got 60 to 20"),
        (np.zeros((1, 1000)), {"bands_hz": ((60, 60),)}, "must ascend .* got 60 to 60"),
        (np.zeros((1, 1000)), {"bands_hz": ((0, 60),)}, "from above 0; got 0 to 60"),
        (np.zeros((1, 1000)), {"bands_hz": ((17, 22),)}, "every 7.8125 Hz; 17 to 22 Hz holds none"),
    ],
)
def test_what_cannot_be_outlined_is_refused(
    emg: Array, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SignalError, match=said):
        envelopes(emg, **changes)


def test_one_sample_more_than_a_window_is_enough() -> None:
    assert envelopes(np.zeros((1, 257))).shape == (1, 4, 9)
