"""What `TaskNorms` promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from hybridmfp.models.task_norms import TaskNorms


def trials(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    task = np.repeat(["reach", "drink", "wave"], 20)
    features = rng.normal(size=(60, 4)) * [1, 10, 0.1, 5] + [0, 50, 3, -2]
    return features, task


def test_the_task_is_at_zero_and_its_quartiles_are_those_of_a_normal_variable() -> None:
    features, task = trials()

    usual = TaskNorms().fit(features, task=task).transform(features, task=task)

    for name in np.unique(task):
        low, middle, high = np.percentile(usual[task == name], [25, 50, 75], axis=0)
        np.testing.assert_allclose(middle, 0, atol=1e-12)
        np.testing.assert_allclose(high - low, 1.3489795003921634, atol=1e-12)


def test_unit_and_origin_of_a_feature_in_a_task_do_not_matter() -> None:
    features, task = trials()
    other = features.copy()
    other[task == "drink"] = 1000 * other[task == "drink"] + 7
    other[task == "wave"] = 1e-3 * other[task == "wave"] - 1

    usual = TaskNorms().fit(features, task=task).transform(features, task=task)

    again = TaskNorms().fit(other, task=task).transform(other, task=task)
    np.testing.assert_allclose(again, usual, atol=1e-9)


def test_one_task_tells_nothing_about_another() -> None:
    features, task = trials()
    other = features.copy()
    other[task == "wave"] = 99.0

    usual = TaskNorms().fit(features, task=task).transform(features, task=task)

    again = TaskNorms().fit(other, task=task).transform(features, task=task)
    same = task != "wave"
    np.testing.assert_array_equal(again[same], usual[same])


def test_a_task_that_was_not_learned_is_unknown() -> None:
    features, task = trials()
    norms = TaskNorms().fit(features[task != "wave"], task=task[task != "wave"])

    usual = norms.transform(features, task=task)

    assert np.isnan(usual[task == "wave"]).all()
    assert np.isfinite(usual[task != "wave"]).all()


def test_nothing_lies_more_than_ten_deviations_away() -> None:
    features, task = trials()
    norms = TaskNorms().fit(features, task=task)

    extreme = norms.transform(np.array([[1e9] * 4, [-1e9] * 4]), task=np.array(["reach"] * 2))

    np.testing.assert_array_equal(extreme, [[10.0] * 4, [-10.0] * 4])


def test_gaps_stay_gaps_and_do_not_count() -> None:
    features, task = trials()
    holed = np.concatenate([features, np.full((30, 4), np.nan)])
    tasks = np.concatenate([task, np.repeat(["reach", "drink", "wave"], 10)])

    usual = TaskNorms().fit(holed, task=tasks).transform(holed, task=tasks)

    expected = TaskNorms().fit(features, task=task).transform(features, task=task)
    np.testing.assert_array_equal(usual[:60], expected)
    assert np.isnan(usual[60:]).all()


def test_a_feature_never_seen_in_a_task_has_no_norm_there() -> None:
    features, task = trials()
    features[task == "reach", 1] = np.nan
    norms = TaskNorms().fit(features, task=task)

    usual = norms.transform(np.zeros((2, 4)), task=np.array(["reach", "drink"]))

    assert np.isnan(usual).tolist() == [[False, True, False, False], [False] * 4]


def test_a_feature_that_never_varied_has_no_norm() -> None:
    norms = TaskNorms().fit(np.full((5, 1), 3.0), task=np.array(["a"] * 5))

    usual = norms.transform(np.array([[3.0], [4.5]]), task=np.array(["a"] * 2))

    assert np.isnan(usual).all()


def test_one_failed_trial_does_not_shift_the_norm() -> None:
    features, task = trials()
    wild = features.copy()
    wild[0] = 1e12

    kept = TaskNorms().fit(wild, task=task).transform(features, task=task)

    usual = TaskNorms().fit(features, task=task).transform(features, task=task)
    assert np.abs(kept - usual).max() < 0.6


def test_norms_must_be_learned_first() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TaskNorms().transform(np.zeros((1, 1)), task=np.array(["a"]))
