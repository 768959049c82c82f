"""A bank keeps what it was made of, refuses what it cannot read, rates as the simulator does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.clinical.twin import BankSettings, TwinBank, shipped_model
from hybridmfp.clinical.twin.parameters import IMPAIRMENT_NAMES
from hybridmfp.clinical.twin.session_features import row_of_trials
from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import digest_trial
from hybridmfp.signals import Recording, TrialKey
from hybridmfp.simulation import oracle_score
from hybridmfp.simulation.fma_response import score_distribution
from hybridmfp.simulation.virtual_trial import planned_trials, record_trial
from hybridmfp.simulation.virtual_visit import follow_person


@pytest.fixture(scope="module")
def bank() -> TwinBank:
    return shipped_model().bank


def small(bank: TwinBank, n_persons: int = 200) -> TwinBank:
    return bank.only(np.arange(n_persons))


def test_the_bank_that_is_shipped_is_what_its_settings_simulate(bank: TwinBank) -> None:
    settings, number = bank.settings.cohort, 3
    person = follow_person(settings, "patient", number)
    trials = {}
    for plan in planned_trials(settings):
        emg, kinematics, side = record_trial(settings, person[0], plan)
        recording = Recording(
            key=TrialKey("S3", "1", plan.name, "1"),
            emg=emg,
            kinematics=kinematics,
            side=side,
            montage="mhh-markers",
        )
        trials[plan.name] = digest_trial(recording, DigestSettings()).values

    row = row_of_trials(trials, bank.tasks)

    np.testing.assert_allclose(bank.abilities[number - 1, 0], person[0].abilities, rtol=1e-6)
    # Kept to three digits; other processors may change the last bits of EMG.
    np.testing.assert_allclose(bank.features[number - 1, 0], row, rtol=2e-3, atol=2e-3)


def test_a_bank_survives_being_saved(bank: TwinBank, tmp_path: Path) -> None:
    kept = small(bank)
    kept.save(tmp_path / "bank.npz")

    again = TwinBank.load(tmp_path / "bank.npz")

    assert again.settings == kept.settings
    assert again.provenance() == kept.provenance()
    np.testing.assert_array_equal(again.features, kept.features)
    np.testing.assert_array_equal(again.score_curve.weights, kept.score_curve.weights)


def test_a_bank_of_some_persons_holds_them_and_no_others(bank: TwinBank) -> None:
    persons = np.arange(1, 1600, 2)

    some = bank.only(persons)

    assert some.settings.n_persons == 800
    np.testing.assert_array_equal(some.abilities, bank.abilities[1::2])
    np.testing.assert_array_equal(some.features, bank.features[1::2])
    np.testing.assert_array_equal(some.impairments, bank.impairments[1::2])
    with pytest.raises(SettingsError, match="at least 200 persons"):
        bank.only(persons[:199])


def test_a_bank_of_another_simulator_is_refused(bank: TwinBank, tmp_path: Path) -> None:
    replace(small(bank), generator="virtual-patients/0").save(tmp_path / "bank.npz")

    with pytest.raises(ReadError, match=r"generator of .* must be virtual-patients"):
        TwinBank.load(tmp_path / "bank.npz")


def test_a_bank_of_other_features_is_refused(bank: TwinBank, tmp_path: Path) -> None:
    replace(small(bank), digest_version="0").save(tmp_path / "bank.npz")

    with pytest.raises(ReadError, match=r"digest_version of .* must be"):
        TwinBank.load(tmp_path / "bank.npz")


def test_a_bank_of_the_wrong_size_is_refused(bank: TwinBank, tmp_path: Path) -> None:
    replace(small(bank), features=bank.features[:199]).save(tmp_path / "bank.npz")

    with pytest.raises(ReadError, match=r"features of .* must be"):
        TwinBank.load(tmp_path / "bank.npz")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bank.npz"
    path.write_bytes(content)

    with pytest.raises(ReadError, match="must be a twin bank"):
        TwinBank.load(path)


def test_a_missing_file_and_one_without_a_description_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="must be a twin bank"):
        TwinBank.load(tmp_path / "nowhere.npz")
    np.savez(tmp_path / "bare.npz", features=np.zeros(3))
    with pytest.raises(ReadError, match="must be a twin bank"):
        TwinBank.load(tmp_path / "bare.npz")


@pytest.mark.parametrize("told", [{"n_persons": 199}, {"visit_weeks": (0.0,)}, {"tasks": ("fly",)}])
def test_banks_that_cannot_be_are_refused(told) -> None:
    with pytest.raises(SettingsError, match="must"):
        BankSettings(**told)


def test_the_smallest_bank_can_be() -> None:
    assert BankSettings(n_persons=200).cohort.n_sites == 200


def test_the_bank_holds_nobody_real_and_says_so(bank: TwinBank) -> None:
    told = bank.provenance()

    json.dumps(told)
    assert told["simulation"] is True
    assert bank.impairments.shape == (1600, 2, len(IMPAIRMENT_NAMES))


def test_the_score_curve_is_that_of_the_simulators_raters(bank: TwinBank) -> None:
    abilities = bank.abilities[:300, 0]
    theirs = oracle_score(abilities)

    mean = bank.score_curve.mean(abilities)

    # A sum of 40 logistic curves instead of 31 items with quadrature.
    assert np.abs(mean - theirs.mean).mean() < 0.3
    assert np.abs(mean - theirs.mean).max() < 2.0
    both = np.hypot(
        np.interp(mean, bank.score_curve.knots, bank.score_curve.sd_person),
        np.interp(mean, bank.score_curve.knots, bank.score_curve.sd_visit),
    )
    assert np.abs(both - theirs.sd).mean() < 0.3


def test_chances_of_scores_are_near_the_exact_distribution(bank: TwinBank) -> None:
    abilities = bank.abilities[:200, 0]
    exact = score_distribution(abilities)

    hidden = np.random.default_rng(0).standard_normal((400, 1))
    curve = bank.score_curve
    mixed = np.mean([curve.chances(abilities, np.full(200, h)) for h in hidden[:, 0]], axis=0)

    np.testing.assert_allclose(mixed.sum(axis=1), 1, rtol=1e-9)
    # Distance between cumulative distributions: a normal one instead of the exact one.
    apart = np.abs(np.cumsum(mixed, axis=1) - np.cumsum(exact, axis=1)).max(axis=1)
    assert np.median(apart) < 0.08


def test_log_likelihoods_are_the_logarithms_of_the_chances(bank: TwinBank) -> None:
    abilities, curve = bank.abilities[:50, 0], bank.score_curve
    hidden = np.zeros(50)
    chances = curve.chances(abilities, hidden)
    scores = np.argmax(chances, axis=1)

    found = curve.log_likelihood(scores.astype(float), abilities, hidden)

    np.testing.assert_allclose(found, np.log(chances[np.arange(50), scores]), atol=1e-6)


def test_impossible_scores_of_a_person_are_unlikely_but_finite(bank: TwinBank) -> None:
    able = np.full((1, 6), 9.0)

    found = bank.score_curve.log_likelihood(np.array([0.0]), able, np.zeros(1))

    assert np.isfinite(found[0])
    assert found[0] < -20
