"""Promises of permuted scores and of the p-value."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    cross_predict,
    leave_one_subject_out,
    mean_absolute_error,
    permutation_p,
    permuted_scores,
    training_mean,
)


def test_the_scores_of_a_subject_stay_together_and_in_order() -> None:
    subject = np.array(["a", "b", "a", "c", "b", "c"])
    y = np.array([1.0, 10, 2, 100, 20, 200])

    drawn = permuted_scores(y, subject=subject, n_draws=50)

    pairs = {tuple(drawn[subject == name, draw]) for name in "abc" for draw in range(50)}
    assert pairs == {(1, 2), (10, 20), (100, 200)}
    assert (np.sort(drawn, axis=0) == np.sort(y)[:, np.newaxis]).all()


def test_every_order_is_equally_likely() -> None:
    drawn = permuted_scores([1, 2, 3], subject=["a", "b", "c"], n_draws=1200, seed=4)

    counted = Counter(map(tuple, drawn.T))

    assert len(counted) == 6
    assert all(
        count == pytest.approx(200, abs=4 * np.sqrt(200 * 5 / 6)) for count in counted.values()
    )


def test_subjects_exchange_with_those_of_as_many_rows_alone() -> None:
    subject = np.array(["a", "b", "c", "c", "d", "d", "e", "e", "e"])
    y = np.arange(9.0)

    drawn = permuted_scores(y, subject=subject, n_draws=40)

    assert set(drawn[0]) == {0, 1}
    assert {tuple(pair) for pair in drawn[2:4].T} == {(2, 3), (4, 5)}
    assert (drawn[6:] == y[6:, np.newaxis]).all()


def test_the_seed_decides_the_permutations() -> None:
    first, again, other = (
        permuted_scores(np.arange(9), subject=range(9), n_draws=3, seed=seed) for seed in (1, 1, 2)
    )

    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(
    ("y", "subject"),
    [
        pytest.param([1, 2, 3, 4, 5, 6], "abbccc", id="numbers of rows are unique"),
        pytest.param([7, 7, 7, 1, 2, 3], "abcddd", id="those who could exchange have equal scores"),
    ],
)
def test_subjects_who_cannot_exchange_are_refused(y: list[float], subject: str) -> None:
    with pytest.raises(EvaluationError, match=r"at least 2 subjects with the same number of rows"):
        permuted_scores(y, subject=list(subject), n_draws=3)


def test_there_is_at_least_one_draw_of_one_list() -> None:
    with pytest.raises(EvaluationError, match="n_draws must be at least 1; got 0"):
        permuted_scores([1, 2, 3], subject=["a", "b", "c"], n_draws=0)
    with pytest.raises(EvaluationError, match=r"y must be one list of scores; got shape \(3, 2\)"):
        permuted_scores([[1, 2], [2, 3], [3, 4]], subject=["a", "b", "c"], n_draws=1)


@pytest.mark.parametrize(
    ("observed", "p"), [(0.5, 1 / 5), (1.0, 2 / 5), (1.0 + 1e-15, 2 / 5), (2.5, 4 / 5), (9, 1)]
)
def test_p_counts_the_permutations_that_are_as_good(observed: float, p: float) -> None:
    assert permutation_p(observed, [1.0, 2.0, 2.5, 3.0]) == p


def test_equal_errors_that_differ_by_rounding_count_as_equal() -> None:
    assert permutation_p(0.3, [0.1 + 0.2]) == 1


def test_p_is_uniform_where_scores_mean_nothing() -> None:
    rng = np.random.default_rng(6)
    found = []
    for trial in range(400):
        rated, estimated = rng.standard_normal((2, 12))
        permuted = permuted_scores(rated, subject=range(12), n_draws=19, seed=trial)
        maes = np.abs(permuted - estimated[:, np.newaxis]).mean(axis=0)
        found.append(permutation_p(mean_absolute_error(rated, estimated), maes))

    for level in (0.05, 0.25, 0.5, 0.75):
        standard_error = np.sqrt(level * (1 - level) / 400)
        assert np.mean(np.array(found) <= level + 1e-9) == pytest.approx(
            level, abs=3.5 * standard_error
        )


def test_a_planted_relation_is_found_and_permuted_scores_fall_back_to_the_baseline() -> None:
    rng = np.random.default_rng(7)
    subject = np.repeat(np.arange(20), 2)
    ability = np.repeat(rng.uniform(0, 66, 20), 2)
    X = ability[:, np.newaxis] / 20 + rng.standard_normal((40, 3))
    folds = leave_one_subject_out(subject)
    permuted = permuted_scores(ability, subject=subject, n_draws=19)

    def mae(model: object, y: np.ndarray) -> np.ndarray:
        found = cross_predict(model, X, y, subject=subject, folds=folds)  # type: ignore[arg-type]
        return np.abs(found.predicted - y).mean(axis=0)

    observed, by_chance = mae(Ridge(), ability), mae(Ridge(), permuted)

    baseline = mae(training_mean(), ability)
    assert observed < 0.7 * baseline
    assert permutation_p(float(observed), by_chance) == 1 / 20
    assert np.median(by_chance) == pytest.approx(baseline, rel=0.1)


@pytest.mark.parametrize(("observed", "maes"), [(1.0, []), (float("nan"), [1.0]), (1.0, [np.nan])])
def test_errors_that_are_missing_are_refused(observed: float, maes: list[float]) -> None:
    with pytest.raises(EvaluationError, match="finite errors of at least one permutation"):
        permutation_p(observed, maes)
