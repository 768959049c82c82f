"""The EMG features by name: the table and the numbers agree, and masks are respected."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.features.cocontraction import falconer_winter, rudolph
from hybridmfp.features.emg import (
    EMG_SESSION_FEATURES,
    EMG_TRIAL_FEATURES,
    SYNERGY_NUMBER,
    emg_session_features,
    emg_trial_features,
    session_peaks,
)
from hybridmfp.features.emg_amplitude import rms
from hybridmfp.features.synergies import extract_synergies
from hybridmfp.preprocessing.mains import clean_emg
from hybridmfp.signals.muscles import MUSCLES

MHH = [
    "deltoid_anterior",
    "biceps_brachii",
    "triceps_brachii",
    "flexor_digitorum_superficialis",
    "extensor_digitorum",
    "brachioradialis",
    "flexor_carpi_ulnaris",
    "extensor_carpi_ulnaris",
    "pronator_teres",
    "flexor_carpi_radialis",
    "abductor_pollicis_brevis",
    "abductor_digiti_minimi",
]
PAIRS = {
    "biceps_brachii-triceps_brachii",
    "flexor_digitorum_superficialis-extensor_digitorum",
    "flexor_carpi_ulnaris-extensor_carpi_ulnaris",
    "flexor_carpi_radialis-extensor_carpi_ulnaris",
}


def some_emg(*, n_samples: int = 4000, seed: int = 0) -> np.ndarray:
    return 1e-4 * np.random.default_rng(seed).normal(size=(len(MHH), n_samples))


def some_envelopes(*, n_trials: int = 6, seed: int = 0) -> np.ndarray:
    """Four planted synergies over twelve muscles, in volts."""
    rng = np.random.default_rng(seed)
    weights = 0.2 * rng.random((12, 4))
    weights[np.arange(12), np.arange(12) % 4] += 1
    phase = np.linspace(0, 1, 101)
    centres = rng.random((n_trials, 4, 1))
    activations = np.exp(-(((phase - centres) / 0.1) ** 2))
    return 1e-4 * (weights @ activations + 0.01 * rng.random((n_trials, 12, 101)))


def test_trial_columns_are_the_table_times_the_muscles() -> None:
    columns = emg_trial_features(some_emg(), rate_hz=2000, channels=MHH)

    expected = {f"{feature.name}.{muscle}" for feature in EMG_TRIAL_FEATURES for muscle in MHH}
    assert set(columns) == expected
    assert all(np.isfinite(value) for value in columns.values())


def test_session_columns_are_the_table_times_the_pairs_that_are_there() -> None:
    reference = np.random.default_rng(0).random((12, 4))

    columns = emg_session_features(some_envelopes(), channels=MHH, reference_weights=reference)

    per_pair = {
        f"{f.name}.{pair}" for f in EMG_SESSION_FEATURES if f.target == "pair" for pair in PAIRS
    }
    per_session = {f.name for f in EMG_SESSION_FEATURES if f.target == "session"}
    assert set(columns) == per_pair | per_session
    assert all(np.isfinite(value) for value in columns.values())


def test_the_table_is_complete_and_without_doubles() -> None:
    table = [*EMG_TRIAL_FEATURES, *EMG_SESSION_FEATURES]

    assert len({feature.name for feature in table}) == len(table)
    for feature in table:
        assert feature.name.startswith("emg.")
        assert feature.modality == "emg"
        assert "doi:" in feature.reference or "PMID" in feature.reference
        assert feature.definition.endswith(".")
    assert {feature.target for feature in EMG_TRIAL_FEATURES} == {"muscle"}


def test_no_direction_is_claimed_but_that_of_cocontraction() -> None:
    claims = {f.name for f in [*EMG_TRIAL_FEATURES, *EMG_SESSION_FEATURES] if f.better != "none"}

    assert claims == {"emg.cocontraction_share"}


def test_a_column_holds_the_value_of_its_muscle() -> None:
    emg = some_emg() * np.arange(1, 13)[:, np.newaxis]

    columns = emg_trial_features(emg, rate_hz=2000, channels=MHH)

    for muscle, value in zip(MHH, rms(emg, rate_hz=2000), strict=True):
        assert columns[f"emg.rms.{muscle}"] == value


def test_an_80_hz_tone_keeps_its_features_at_any_duration() -> None:
    def features(duration_s: float) -> dict[str, float]:
        seconds = np.arange(round(2000 * duration_s)) / 2000
        tone = 1e-4 * np.sin(2 * np.pi * 80 * seconds + 0.1)[np.newaxis]
        return emg_trial_features(tone, rate_hz=2000, channels=["biceps_brachii"])

    short, long = features(2), features(6)

    assert short["emg.median_frequency.biceps_brachii"] == pytest.approx(80, abs=1e-3)
    # counts per second know the end of the window to one event
    assert list(long.values()) == pytest.approx(list(short.values()), rel=0.01, abs=1e-9)


def test_the_order_of_channels_does_not_matter() -> None:
    emg, envelopes = some_emg(), some_envelopes()
    turned = MHH[::-1]

    assert emg_trial_features(emg[::-1], rate_hz=2000, channels=turned) == pytest.approx(
        emg_trial_features(emg, rate_hz=2000, channels=MHH), rel=1e-9
    )
    # synergies stop at a tolerance of 1e-4
    assert emg_session_features(envelopes[:, ::-1], channels=turned) == pytest.approx(
        emg_session_features(envelopes, channels=MHH), rel=1e-3
    )


def test_a_masked_muscle_is_unknown_in_every_trial_column_and_alone() -> None:
    emg = some_emg()
    emg[3] = np.nan

    columns = emg_trial_features(emg, rate_hz=2000, channels=MHH)

    for column, value in columns.items():
        assert np.isnan(value) == column.endswith(f".{MHH[3]}")


def test_raw_emg_with_a_dead_channel_keeps_it_unknown_to_the_end() -> None:
    raw = some_emg()
    raw[0] = np.nan
    raw[1, 1000:1100] = np.nan

    clean = clean_emg(raw, rate_hz=2000).emg
    columns = emg_trial_features(clean, rate_hz=2000, channels=MHH)

    assert {column.rsplit(".", 1)[-1] for column, value in columns.items() if np.isnan(value)} == {
        MHH[0]
    }


def test_a_slow_recording_has_amplitudes_but_no_spectrum() -> None:
    columns = emg_trial_features(some_emg(n_samples=1000), rate_hz=500, channels=MHH)

    unknown = {column.split(".")[1] for column, value in columns.items() if np.isnan(value)}
    assert unknown == {
        "mean_frequency",
        "median_frequency",
        "band_power_20_80",
        "band_power_80_150",
        "band_power_150_250",
        "band_power_250_450",
    }


def test_the_gain_of_a_channel_does_not_reach_the_session() -> None:
    envelopes = some_envelopes()
    gains = np.random.default_rng(1).uniform(0.1, 10, (12, 1))

    plain = emg_session_features(envelopes, channels=MHH)
    amplified = emg_session_features(gains * envelopes, channels=MHH)

    assert amplified == pytest.approx(plain, rel=1e-6)


def test_cocontraction_is_taken_over_the_whole_visit_as_shares_of_the_peak() -> None:
    envelopes = some_envelopes()

    columns = emg_session_features(envelopes, channels=MHH)

    biceps, triceps = (
        (envelopes[:, row] / session_peaks(envelopes)[row]).ravel() for row in (1, 2)
    )
    pair = "biceps_brachii-triceps_brachii"
    assert columns[f"emg.cocontraction_share.{pair}"] == pytest.approx(
        falconer_winter(biceps, triceps)
    )
    assert columns[f"emg.cocontraction_level.{pair}"] == pytest.approx(rudolph(biceps, triceps))


def test_planted_synergies_show_in_the_session() -> None:
    envelopes = some_envelopes()
    shares = envelopes / session_peaks(envelopes)[:, np.newaxis]
    row = shares.transpose(1, 0, 2).reshape(12, -1)
    own = extract_synergies(row, n_synergies=SYNERGY_NUMBER)

    columns = emg_session_features(envelopes, channels=MHH, reference_weights=own.weights)

    assert columns["emg.synergy_count"] == 4
    assert columns["emg.synergy_vaf_4"] == pytest.approx(own.vaf)
    assert columns["emg.synergy_similarity"] == pytest.approx(1)


def test_without_a_reference_no_similarity_is_invented() -> None:
    assert "emg.synergy_similarity" not in emg_session_features(some_envelopes(), channels=MHH)


def test_a_muscle_masked_throughout_leaves_its_pairs_and_the_synergies_unknown() -> None:
    envelopes = some_envelopes()
    envelopes[:, 1] = np.nan
    reference = np.random.default_rng(0).random((12, 4))

    columns = emg_session_features(envelopes, channels=MHH, reference_weights=reference)

    unknown = {column for column, value in columns.items() if np.isnan(value)}
    assert unknown == {
        "emg.cocontraction_share.biceps_brachii-triceps_brachii",
        "emg.cocontraction_level.biceps_brachii-triceps_brachii",
        "emg.synergy_count",
        "emg.synergy_vaf_4",
        "emg.synergy_similarity",
    }


def test_a_trial_masked_in_one_muscle_is_left_out_of_the_synergies() -> None:
    envelopes = some_envelopes()
    envelopes[2, 1] = np.nan

    columns = emg_session_features(envelopes, channels=MHH)

    assert columns["emg.synergy_count"] == 4
    assert np.isfinite(columns["emg.cocontraction_share.biceps_brachii-triceps_brachii"])


def test_synergies_need_half_of_the_visit() -> None:
    envelopes = some_envelopes()
    envelopes[:3, 1] = np.nan
    assert np.isfinite(emg_session_features(envelopes, channels=MHH)["emg.synergy_count"])

    envelopes[3, 1, 0] = np.nan
    assert np.isnan(emg_session_features(envelopes, channels=MHH)["emg.synergy_count"])


def test_a_silent_muscle_is_unknown_rather_than_zero() -> None:
    envelopes = some_envelopes()
    envelopes[:, 1] = 0.0

    columns = emg_session_features(envelopes, channels=MHH)

    assert np.isnan(columns["emg.cocontraction_share.biceps_brachii-triceps_brachii"])
    assert np.isnan(columns["emg.synergy_count"])


def test_four_muscles_are_too_few_for_four_synergies() -> None:
    columns = emg_session_features(some_envelopes()[:, :4], channels=MHH[:4])

    assert np.isnan(columns["emg.synergy_vaf_4"])


def test_one_artefact_among_many_trials_does_not_rule_the_peak() -> None:
    envelopes = some_envelopes(n_trials=40)
    peaks = session_peaks(envelopes)
    envelopes[7, :, 50] = 1.0

    np.testing.assert_allclose(session_peaks(envelopes), peaks, rtol=0.05)


def test_the_peak_ignores_gaps() -> None:
    envelopes = np.full((3, 2, 5), np.nan)
    envelopes[0, 0, 2] = 2.0

    peaks = session_peaks(envelopes)

    assert peaks[0] == 2.0
    assert np.isnan(peaks[1])


def test_names_that_do_not_fit_the_rows_are_refused() -> None:
    with pytest.raises(SignalError, match="each of the 12 rows once; got 11 names"):
        emg_trial_features(some_emg(), rate_hz=2000, channels=MHH[:-1])
    with pytest.raises(SignalError, match="got 12 names, 11 of them different"):
        emg_session_features(some_envelopes(), channels=[*MHH[:-1], MHH[0]])


def test_other_shapes_are_refused() -> None:
    with pytest.raises(SignalError, match="Pass one trial at a time"):
        emg_trial_features(some_emg()[np.newaxis], rate_hz=2000, channels=MHH)
    with pytest.raises(SignalError, match="Leave out visits without EMG"):
        emg_session_features(np.ones((0, 12, 101)), channels=MHH)


def test_a_reference_of_other_muscles_is_refused() -> None:
    with pytest.raises(SignalError, match="one row for each of the 12 muscles; got shape"):
        emg_session_features(some_envelopes(), channels=MHH, reference_weights=np.ones((11, 4)))


def test_the_muscles_used_here_are_canonical() -> None:
    assert set(MHH) <= set(MUSCLES)
