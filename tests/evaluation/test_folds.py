"""Promises of the folds."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import Fold, cross_predict, grouped_k_folds, leave_one_subject_out
from hybridmfp.evaluation.baselines import training_mean

SUBJECT = np.array(["S2", "S1", "S2", "S10", "S3", "S1", "S4"])


def test_each_subject_is_left_out_once_in_order_of_first_appearance() -> None:
    folds = leave_one_subject_out(SUBJECT)

    assert [set(SUBJECT[fold.test]) for fold in folds] == [{"S2"}, {"S1"}, {"S10"}, {"S3"}, {"S4"}]
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(7))


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_no_fold_parts_the_rows_of_a_subject_and_every_other_row_trains(n_folds: int) -> None:
    for fold in (*grouped_k_folds(SUBJECT, n_folds=n_folds), *leave_one_subject_out(SUBJECT)):
        assert not set(SUBJECT[fold.train]) & set(SUBJECT[fold.test])
        assert sorted([*fold.train, *fold.test]) == list(range(7))


def test_grouped_folds_hold_equally_many_subjects_however_many_rows_they_have() -> None:
    subject = np.repeat(np.arange(11), np.arange(1, 12))

    folds = grouped_k_folds(subject, n_folds=4)

    assert sorted(len(set(subject[fold.test])) for fold in folds) == [2, 3, 3, 3]


def test_the_seed_alone_decides_who_comes_together() -> None:
    subject = np.arange(30)

    def tests(seed: int) -> list[list[int]]:
        return [fold.test.tolist() for fold in grouped_k_folds(subject, n_folds=5, seed=seed)]

    assert tests(1) == tests(1)
    assert tests(1) != tests(2)


def test_two_subjects_are_too_few_however_many_trials_they_have() -> None:
    message = (
        r"leave-one-subject-out needs at least 3 subjects, got 2: p1, p2\. "
        r"Trials of one person count once\."
    )
    with pytest.raises(EvaluationError, match=message):
        leave_one_subject_out(["p1", "p2"] * 50)
    with pytest.raises(EvaluationError, match="grouped k-fold needs at least 3 subjects, got 1"):
        grouped_k_folds(["p1"] * 9, n_folds=2)


@pytest.mark.parametrize("n_folds", [1, 6])
def test_the_number_of_folds_lies_between_two_and_the_number_of_subjects(n_folds: int) -> None:
    with pytest.raises(EvaluationError, match=f"between 2 and 5.*got {n_folds}"):
        grouped_k_folds(SUBJECT, n_folds=n_folds)


def judge_by(folds: list[Fold]) -> None:
    cross_predict(
        training_mean(), np.zeros((4, 1)), [1, 2, 3, 4], subject=["a", "a", "b", "c"], folds=folds
    )


def test_folds_of_ones_own_are_refused_if_a_subject_is_on_both_sides() -> None:
    by_row = [Fold(np.setdiff1d(range(4), [row]), np.array([row])) for row in range(4)]

    with pytest.raises(EvaluationError, match="fold 0 trains and tests on a"):
        judge_by(by_row)


def test_folds_of_ones_own_are_refused_unless_they_test_each_row_once() -> None:
    folds = list(leave_one_subject_out(["a", "a", "b", "c"]))

    with pytest.raises(EvaluationError, match="row 3 is tested 0 times"):
        judge_by(folds[:-1])
    with pytest.raises(EvaluationError, match="row 2 is tested 2 times"):
        judge_by([*folds, folds[1]])
    with pytest.raises(EvaluationError, match="fold 0 does not"):
        judge_by([Fold(np.arange(4), np.array([], dtype=int))])


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (["a", None, "b", "c"], "row 1 has none"),
        ([], r"got shape \(0,\)"),
        ([["a", "b"]], r"got shape \(1, 2\)"),
    ],
)
def test_every_row_has_a_person(subject: list[object], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        leave_one_subject_out(subject)
