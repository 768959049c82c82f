"""What `ElasticNetSelector` promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet
from sklearn.utils.estimator_checks import parametrize_with_checks

from hybridmfp.errors import EvaluationError
from hybridmfp.models.elastic_net_selector import ElasticNetSelector


@parametrize_with_checks([ElasticNetSelector()])
def test_it_obeys_the_protocol_of_scikit_learn(estimator, check) -> None:
    check(estimator)


def planted(seed: int = 0, n: int = 60, p: int = 30) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, X @ np.eye(p)[[2, 11, 17]].T @ [3.0, -2.0, 2.0] + rng.normal(scale=0.5, size=n)


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_sparse_relation_is_found(seed: int) -> None:
    X, y = planted(seed)

    selector = ElasticNetSelector().fit(X, y)

    assert set(np.flatnonzero(selector.get_support())) >= {2, 11, 17}
    assert sorted(np.argsort(-np.abs(selector.coef_))[:3]) == [2, 11, 17]
    assert selector.n_selected_ == selector.transform(X).shape[1] == selector.get_support().sum()
    assert selector.converged_


def test_the_coefficients_solve_the_elastic_net_at_the_penalty_chosen() -> None:
    X, y = planted()

    selector = ElasticNetSelector().fit(X, y)

    exact = ElasticNet(alpha=selector.alpha_, l1_ratio=0.5, tol=1e-12, max_iter=100_000).fit(X, y)
    # Coordinate descent stops at a duality gap of 1e-4 of the variance of y.
    np.testing.assert_allclose(selector.coef_, exact.coef_, atol=0.02)


def test_where_nothing_is_kept_there_are_no_columns_and_a_warning() -> None:
    X = np.random.default_rng(0).normal(size=(30, 4))

    selector = ElasticNetSelector().fit(X, np.full(30, 7.0))

    assert selector.n_selected_ == 0
    with pytest.warns(UserWarning, match="No features were selected"):
        assert selector.transform(X).shape == (30, 0)


def test_rows_of_one_subject_stay_together() -> None:
    rng = np.random.default_rng(1)
    copies = np.repeat(np.arange(20), 3)
    y = rng.normal(size=20)[copies]
    fingerprint = rng.normal(size=(20, 60))[copies]  # identifies the person and nothing else

    apart = ElasticNetSelector().fit(fingerprint, y)
    together = ElasticNetSelector().fit(fingerprint, y, groups=copies)

    # Split apart, copies of a test row are in training and the weakest penalty wins.
    assert together.alpha_ > 10 * apart.alpha_


def test_the_order_of_rows_of_other_subjects_does_not_matter_when_groups_say_who_is_who() -> None:
    X, y = planted()
    who = np.arange(60)
    shuffled = np.random.default_rng(3).permutation(60)

    first = ElasticNetSelector().fit(X, y, groups=who)
    second = ElasticNetSelector().fit(X[shuffled], y[shuffled], groups=who[shuffled])

    assert second.alpha_ == pytest.approx(first.alpha_)
    # Coordinate descent stops at a duality gap of 1e-4 of the variance of y.
    np.testing.assert_allclose(second.coef_, first.coef_, atol=0.01)


def test_one_subject_is_not_enough() -> None:
    X, y = planted()

    with pytest.raises(EvaluationError, match="at least 2 subjects"):
        ElasticNetSelector().fit(X, y, groups=["one"] * 60)
