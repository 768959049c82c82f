"""Building a bank gives what was shipped, keeps what failed as gaps, and tells how far it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hybridmfp import __version__
from hybridmfp.clinical.twin import BankSettings, TwinBank, bank, build_bank, shipped_model
from hybridmfp.clinical.twin import score_curve as curve_module
from hybridmfp.errors import SignalError
from hybridmfp.pipelines.session_trials import DIGEST_VERSION
from hybridmfp.simulation.cohort import GENERATOR

N_PERSONS = 4


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bank be so small that nothing could be learned from it."""
    monkeypatch.setattr(bank, "_LEAST_PERSONS", N_PERSONS)
    monkeypatch.setattr(curve_module, "_N_TAUGHT", 200)
    monkeypatch.setattr(curve_module, "_N_HIDDEN_THETAS", 4)
    monkeypatch.setattr(curve_module, "_N_PERSONS", 8)


def make_settings() -> BankSettings:
    return BankSettings(n_persons=N_PERSONS, tasks=("reach_forward",))


def test_a_bank_built_now_holds_the_first_persons_of_the_one_that_is_shipped(
    tmp_path: Path,
) -> None:
    told: list[tuple[int, int]] = []
    shipped = shipped_model().bank

    built = build_bank(make_settings(), progress=lambda *counts: told.append(counts))

    assert told == [(done, 2 * N_PERSONS) for done in range(1, 2 * N_PERSONS + 1)]
    n_columns = len(built.columns)
    assert built.columns == shipped.columns[:n_columns]
    assert np.isfinite(built.features).all()
    # The shipped bank keeps three digits.
    np.testing.assert_allclose(
        built.features, shipped.features[:N_PERSONS, :, :n_columns], rtol=2e-3, atol=2e-3
    )
    np.testing.assert_allclose(built.abilities, shipped.abilities[:N_PERSONS], rtol=1e-6)
    np.testing.assert_allclose(built.impairments, shipped.impairments[:N_PERSONS], atol=1e-6)
    built.save(tmp_path / "bank.npz")
    assert TwinBank.load(tmp_path / "bank.npz").settings == built.settings


def test_a_bank_built_now_says_who_made_it() -> None:
    built = build_bank(make_settings())

    assert built.provenance() == {
        "simulation": True,
        "generator": GENERATOR,
        "made_with": __version__,
        "n_persons": N_PERSONS,
        "seed": 64_000_000,
        "tasks": ["reach_forward"],
    }


def test_the_shipped_bank_is_what_the_usual_settings_of_this_version_make() -> None:
    shipped = shipped_model().bank

    assert shipped.settings == BankSettings()
    assert shipped.generator == GENERATOR
    assert shipped.digest_version == DIGEST_VERSION
    assert shipped.made_with == "0.1.0"  # build the bank again when this has to change
    assert shipped.features.shape == (1600, 2, 3 * 60)


def test_a_trial_that_cannot_be_digested_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    digested = bank.digest_trial

    def fail_for_the_first(trial, settings):  # type: ignore[no-untyped-def]
        if trial.key.subject == "S1":
            raise SignalError("the movement must be measurable; it is too small.")
        return digested(trial, settings)

    monkeypatch.setattr(bank, "digest_trial", fail_for_the_first)

    built = build_bank(make_settings())

    assert np.isnan(built.features[0]).all()
    assert np.isfinite(built.features[1:]).all()
