"""What `inner_folds` promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.errors import EvaluationError
from hybridmfp.models.inner_folds import inner_folds


@given(
    owners=st.lists(st.integers(0, 9), min_size=2, max_size=40).filter(lambda x: len(set(x)) > 1),
    n_folds=st.integers(2, 8),
)
def test_each_row_is_tested_once_and_never_with_its_subject_in_training(
    owners: list[int], n_folds: int
) -> None:
    groups = np.array([f"S{owner}" for owner in owners])

    folds = inner_folds(len(groups), groups, n_folds=n_folds)

    assert len(folds) == min(n_folds, len(set(owners)))
    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested) == list(range(len(groups)))
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == len(groups)


def test_without_groups_every_row_is_somebody_else() -> None:
    folds = inner_folds(7, None, n_folds=5)

    assert sorted(len(test) for _, test in folds) == [1, 1, 1, 2, 2]


@pytest.mark.parametrize("groups", [["a", "a", "a"], None])
def test_one_subject_is_not_enough(groups: list[str] | None) -> None:
    n_rows = 3 if groups else 1

    with pytest.raises(EvaluationError, match=r"at least 2 subjects; got n_samples = \d of 1"):
        inner_folds(n_rows, groups, n_folds=5)


def test_groups_must_name_every_row() -> None:
    with pytest.raises(EvaluationError, match="the subject of each of the 3 rows; got 2"):
        inner_folds(3, ["a", "b"], n_folds=5)
