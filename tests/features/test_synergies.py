"""Synergies: planted ones are found again, counted and matched."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.features.synergies import (
    count_synergies,
    extract_synergies,
    match_synergies,
    synergy_similarity,
)


def plant(n_synergies: int, *, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Weights of 12 muscles with their own prime movers, and envelopes of 12 trials."""
    rng = np.random.default_rng(seed)
    weights = 0.15 * rng.random((12, n_synergies))
    weights[np.arange(12), np.arange(12) % n_synergies] += 1.0
    phase = np.linspace(0, 1, 101)
    trials = [
        [np.exp(-(((phase - centre) / 0.08) ** 2)) for centre in rng.random(n_synergies)]
        for _ in range(12)
    ]
    envelopes = weights @ np.concatenate(trials, axis=1)
    return weights, envelopes + noise * np.abs(rng.normal(size=envelopes.shape))


@pytest.mark.parametrize("n_synergies", [2, 3, 4, 5])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_planted_synergies_are_found_again(n_synergies: int, noise: float) -> None:
    weights, envelopes = plant(n_synergies, noise=noise)

    found = extract_synergies(envelopes, n_synergies=n_synergies)

    _, cosines = match_synergies(found.weights, weights)
    assert cosines.min() > 0.98
    assert found.vaf > 0.98


@pytest.mark.parametrize("n_synergies", [2, 3, 4, 5])
def test_the_planted_number_is_counted(n_synergies: int) -> None:
    _, envelopes = plant(n_synergies, noise=0.01)

    assert count_synergies(envelopes, vaf=0.97, muscle_vaf=0.9) == n_synergies


def test_a_neglected_muscle_raises_the_count() -> None:
    envelopes = np.zeros((3, 40))
    envelopes[:2, :20] = 1.0
    envelopes[2, 20:] = 0.2  # 2 % of the energy, but all of one muscle

    assert count_synergies(envelopes, muscle_vaf=0.0) == 1
    assert count_synergies(envelopes) == 2


def test_a_count_out_of_reach_is_unknown() -> None:
    envelopes = np.random.default_rng(0).random((6, 200))

    assert count_synergies(envelopes, vaf=0.999, most=2) is None


def test_one_synergy_is_the_leading_singular_vector() -> None:
    _, envelopes = plant(3, noise=0.05)

    found = extract_synergies(envelopes, n_synergies=1)

    left, sizes, _ = np.linalg.svd(envelopes, full_matrices=False)
    np.testing.assert_allclose(found.weights[:, 0], np.abs(left[:, 0]), atol=1e-9)
    assert found.vaf == pytest.approx(sizes[0] ** 2 / np.sum(sizes**2), rel=1e-9)


@pytest.mark.parametrize("n_synergies", [1, 3])
def test_vaf_is_the_uncentred_share_and_is_right_for_each_muscle(n_synergies: int) -> None:
    _, envelopes = plant(4, noise=0.1)

    found = extract_synergies(envelopes, n_synergies=n_synergies)

    left_over = (envelopes - found.weights @ found.activations) ** 2
    expected = 1 - left_over.sum() / np.sum(envelopes**2)
    assert found.vaf == pytest.approx(expected, rel=1e-12)
    per_muscle = 1 - left_over.sum(axis=1) / np.sum(envelopes**2, axis=1)
    np.testing.assert_allclose(found.vaf_per_muscle, per_muscle, rtol=1e-12)


def test_vaf_grows_with_the_number() -> None:
    _, envelopes = plant(5, noise=0.1)

    vafs = [extract_synergies(envelopes, n_synergies=n).vaf for n in range(1, 7)]

    assert np.all(np.diff(vafs) > 0)


def test_weights_have_length_one_and_come_largest_first() -> None:
    _, envelopes = plant(4, noise=0.05)

    found = extract_synergies(envelopes, n_synergies=4)

    assert found.weights.min() >= 0
    assert found.activations.min() >= 0
    np.testing.assert_allclose(np.linalg.norm(found.weights, axis=0), 1, rtol=1e-12)
    energies = np.linalg.norm(found.activations, axis=1)
    assert np.all(np.diff(energies) <= 0)


@pytest.mark.parametrize("gain", [1e-5, 4.0])
@pytest.mark.parametrize("n_synergies", [1, 3])
def test_the_gain_reaches_the_activations_alone(gain: float, n_synergies: int) -> None:
    _, envelopes = plant(3, noise=0.02)

    found = extract_synergies(envelopes, n_synergies=n_synergies)
    scaled = extract_synergies(gain * envelopes, n_synergies=n_synergies)

    np.testing.assert_allclose(scaled.weights, found.weights, atol=1e-9)
    np.testing.assert_allclose(scaled.activations, gain * found.activations, atol=1e-9 * gain)


def test_permuting_muscles_permutes_weights() -> None:
    _, envelopes = plant(3, noise=0.02)
    order = np.random.default_rng(1).permutation(12)

    found = extract_synergies(envelopes, n_synergies=3)
    permuted = extract_synergies(envelopes[order], n_synergies=3)

    # the iteration visits muscles in another order and stops at a tolerance of 1e-4
    np.testing.assert_allclose(permuted.weights, found.weights[order], atol=5e-3)


def test_the_same_seed_gives_the_same_synergies() -> None:
    _, envelopes = plant(4, noise=0.1)

    first, again = (extract_synergies(envelopes, n_synergies=4, seed=3) for _ in range(2))

    np.testing.assert_array_equal(first.weights, again.weights)


def test_a_silent_muscle_has_no_vaf_and_does_not_hinder_counting() -> None:
    _, envelopes = plant(3)
    envelopes[5] = 0.0

    found = extract_synergies(envelopes, n_synergies=3)

    assert np.isnan(found.vaf_per_muscle[5])
    assert np.isfinite(np.delete(found.vaf_per_muscle, 5)).all()
    assert count_synergies(envelopes, vaf=0.99) == 3


def test_matching_undoes_any_order_and_length() -> None:
    weights = np.random.default_rng(0).random((12, 5))
    order = np.array([3, 0, 4, 1, 2])

    pairs, cosines = match_synergies(weights, 7 * weights[:, order])

    np.testing.assert_array_equal(order[pairs[:, 1]], pairs[:, 0])
    np.testing.assert_allclose(cosines, 1, rtol=1e-12)


def test_matching_takes_the_best_sum_and_not_the_best_first() -> None:
    def at(degrees: list[float]) -> np.ndarray:
        return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])

    pairs, cosines = match_synergies(at([0, 30]), at([30, 90]))

    assert pairs.tolist() == [[0, 0], [1, 1]]  # 0.87 + 0.5; the best first: 1 + 0
    np.testing.assert_allclose(cosines, np.cos(np.radians([30, 60])), rtol=1e-12)


def test_more_synergies_than_the_other_has_stay_without_partner() -> None:
    pairs, cosines = match_synergies(np.eye(4), np.eye(4)[:, [2, 0]])

    assert pairs.tolist() == [[0, 1], [2, 0]]
    assert cosines.tolist() == [1, 1]


def test_similarity_is_symmetric_and_between_nothing_and_all() -> None:
    first, second = np.random.default_rng(0).random((2, 12, 4))

    assert synergy_similarity(first, second) == pytest.approx(synergy_similarity(second, first))
    assert 0 < synergy_similarity(first, second) < 1
    assert synergy_similarity(np.eye(4)[:, :2], np.eye(4)[:, 2:]) == 0


def test_synergies_of_other_muscles_are_refused() -> None:
    with pytest.raises(SignalError, match="same muscles; got 3 and 4"):
        match_synergies(np.eye(3), np.eye(4))


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_envelopes_that_are_none_are_refused(bad: float) -> None:
    envelopes = np.ones((3, 10))
    envelopes[1, 4] = bad

    with pytest.raises(SignalError, match="finite and not negative"):
        extract_synergies(envelopes, n_synergies=2)


def test_silence_has_no_synergies() -> None:
    with pytest.raises(SignalError, match="zeros only"):
        extract_synergies(np.zeros((3, 10)), n_synergies=2)


@pytest.mark.parametrize("n_synergies", [0, 4])
def test_a_number_beyond_the_muscles_is_refused(n_synergies: int) -> None:
    with pytest.raises(SignalError, match=f"between 1 and 3.*got {n_synergies}"):
        extract_synergies(np.ones((3, 10)), n_synergies=n_synergies)


def test_trials_that_are_not_in_a_row_are_refused() -> None:
    with pytest.raises(SignalError, match=r"got shape \(2, 3, 10\)"):
        extract_synergies(np.ones((2, 3, 10)), n_synergies=1)


def test_a_factorisation_that_does_not_come_to_rest_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    activity = np.random.default_rng(0).random((8, 40))

    assert extract_synergies(activity, n_synergies=4).settled
    monkeypatch.setattr("hybridmfp.features.synergies._MOST_ITERATIONS", 2)
    assert not extract_synergies(activity, n_synergies=4).settled
