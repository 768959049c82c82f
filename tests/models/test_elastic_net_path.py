from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, ElasticNetCV

from hybridmfp.models.elastic_net_path import elastic_net_path, penalties
from hybridmfp.models.elastic_net_selector import ElasticNetSelector
from hybridmfp.models.inner_folds import inner_folds


def few_people(seed: int, n_rows: int = 16, n_features: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Correlated features that outnumber the rows, and a score that follows some of them."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n_rows, 6))
    X = factors @ rng.normal(size=(6, n_features)) + rng.normal(size=(n_rows, n_features))
    return X + 5, 30 + factors[:, 0] * 8 + rng.normal(size=n_rows)


@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(16, 60), (80, 12)])
def test_solutions_equal_those_of_scikit_learn(l1_ratio: float, shape: tuple[int, int]) -> None:
    X, y = few_people(0, *shape)
    alphas = penalties(X, y, l1_ratio=l1_ratio, smallest=0.02, count=6)

    path = elastic_net_path(X, y, l1_ratio=l1_ratio, alphas=alphas, tolerance=1e-10)

    assert path.converged
    for at, alpha in enumerate(alphas):
        theirs = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=1e-12, max_iter=1_000_000).fit(X, y)
        np.testing.assert_allclose(path.coefficients[at], theirs.coef_, atol=1e-6)
        np.testing.assert_allclose(path.predict(X)[:, at], theirs.predict(X), atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_every_solution_is_optimal(seed: int) -> None:
    X, y = few_people(seed)
    alphas = penalties(X, y, l1_ratio=0.5, smallest=0.01, count=10)

    path = elastic_net_path(X, y, l1_ratio=0.5, alphas=alphas, tolerance=1e-10)

    centred = X - X.mean(axis=0)
    for at, alpha in enumerate(alphas):
        weights = path.coefficients[at]
        gradient = centred.T @ (y - path.predict(X)[:, at]) / len(y) - alpha * 0.5 * weights
        kept = weights != 0
        bound = alpha * 0.5
        np.testing.assert_allclose(gradient[kept], bound * np.sign(weights[kept]), atol=1e-6)
        assert (np.abs(gradient[~kept]) <= bound + 1e-6).all()


def test_the_first_penalty_keeps_nothing_and_the_next_keeps_something() -> None:
    X, y = few_people(1)
    alphas = penalties(X, y, l1_ratio=0.5, smallest=0.01, count=30)

    path = elastic_net_path(X, y, l1_ratio=0.5, alphas=alphas)

    kept = (path.coefficients != 0).sum(axis=1)
    assert kept[0] == 0
    assert kept[1] > 0
    assert alphas[-1] == pytest.approx(0.01 * alphas[0], rel=1e-12)


def test_too_few_passes_are_admitted() -> None:
    X, y = few_people(2)
    alphas = penalties(X, y, l1_ratio=0.5, smallest=0.01, count=5)

    assert not elastic_net_path(X, y, l1_ratio=0.5, alphas=alphas, max_passes=2).converged


def test_a_constant_feature_is_never_kept() -> None:
    X, y = few_people(3)
    X[:, 0] = 7.0
    alphas = penalties(X, y, l1_ratio=0.5, smallest=0.001, count=5)

    assert (elastic_net_path(X, y, l1_ratio=0.5, alphas=alphas).coefficients[:, 0] == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_penalty_chosen_is_the_one_scikit_learn_chooses(seed: int) -> None:
    X, y = few_people(seed)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    selector = ElasticNetSelector().fit(X, y)
    folds = inner_folds(16, None, n_folds=5)
    theirs = ElasticNetCV(
        l1_ratio=0.5, alphas=30, eps=0.01, cv=folds, tol=1e-10, max_iter=1_000_000
    ).fit(X, y)

    assert selector.alpha_ == pytest.approx(theirs.alpha_, rel=1e-9)
    # Ours stops when no contribution moves by more than 1e-5 standard deviations of y.
    np.testing.assert_allclose(selector.coef_, theirs.coef_, atol=1e-2)
