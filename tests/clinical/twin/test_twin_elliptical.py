"""Elliptical slice sampling finds posteriors that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from hybridmfp.clinical.twin.elliptical import elliptical_slices, split_rhat


def sample(log_likelihood, n_numbers: int, *, seed: int = 0, n_chains: int = 150) -> np.ndarray:
    return elliptical_slices(
        log_likelihood,
        n_numbers,
        n_chains=n_chains,
        n_burnt=60,
        n_kept=25,
        n_apart=8,
        rng=np.random.default_rng(seed),
    )


def test_a_linear_gaussian_posterior_has_its_closed_form_mean_and_covariance() -> None:
    rng = np.random.default_rng(1)
    design = rng.normal(size=(4, 3))
    seen = np.array([1.0, -2.0, 0.5, 1.5])
    noise = np.diag([0.5, 1.0, 0.3, 2.0])
    precision = np.eye(3) + design.T @ np.linalg.inv(noise) @ design
    covariance = np.linalg.inv(precision)
    mean = covariance @ design.T @ np.linalg.inv(noise) @ seen

    def log_likelihood(numbers: np.ndarray) -> np.ndarray:
        away = seen - numbers @ design.T
        return -0.5 * np.einsum("ni,ij,nj->n", away, np.linalg.inv(noise), away)

    drawn = sample(log_likelihood, 3).reshape(-1, 3)

    # 5000 draws of some correlation: standard errors of about 0.02 of an SD.
    sd = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(drawn.mean(axis=0) - mean) < 0.1 * sd)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.1 * np.max(np.diag(covariance)))


def test_without_evidence_the_prior_is_drawn() -> None:
    drawn = sample(lambda numbers: np.zeros(len(numbers)), 2)

    assert kstest(drawn[-1, :, 0], norm.cdf).pvalue > 0.001
    assert abs(drawn.std() - 1) < 0.05


def test_a_truncated_normal_is_drawn_where_the_likelihood_cuts_it_off() -> None:
    drawn = sample(lambda numbers: np.where(numbers[:, 0] > 0, 0.0, -1e9), 1)

    kept = drawn[-1, :, 0]
    assert np.all(kept > 0)
    assert kstest(kept, lambda x: 2 * norm.cdf(x) - 1).pvalue > 0.001


def test_a_far_likelihood_is_reached_from_the_prior() -> None:
    drawn = sample(lambda numbers: -0.5 * ((numbers[:, 0] - 6) / 0.1) ** 2, 1)

    assert drawn.mean() == pytest.approx(6 / 1.01, abs=0.02)


def test_the_same_seed_draws_the_same() -> None:
    def log_likelihood(numbers: np.ndarray) -> np.ndarray:
        return -numbers[:, 0]

    assert np.array_equal(sample(log_likelihood, 2, seed=3), sample(log_likelihood, 2, seed=3))
    assert not np.array_equal(sample(log_likelihood, 2, seed=3), sample(log_likelihood, 2, seed=4))


def test_rhat_is_one_for_independent_draws_and_large_for_stuck_chains() -> None:
    rng = np.random.default_rng(0)
    free = rng.normal(size=(20, 50, 2))
    stuck = free + 5 * rng.normal(size=(1, 50, 2))

    assert np.all(split_rhat(free) < 1.05)
    assert np.all(split_rhat(stuck) > 1.5)
