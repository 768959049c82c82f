"""Folds that never part the rows of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import NumberedSubjects, name_some, number_subjects

__all__ = ["Fold", "check_folds", "grouped_k_folds", "leave_one_subject_out"]

_FEWEST_SUBJECTS = 3


@dataclass(frozen=True, eq=False)
class Fold:
    """Say which rows a model learns from and which it is judged on.

    Attributes
    ----------
    train, test : array of int
        Row numbers, ascending.
    """

    train: NDArray[np.intp]
    test: NDArray[np.intp]


def leave_one_subject_out(subject: ArrayLike) -> tuple[Fold, ...]:
    """Judge each person by a model that has met all the others and never them.

    Parameters
    ----------
    subject : array-like, shape (n_rows,)
        Whose row it is.

    Returns
    -------
    tuple of Fold
        One for each person, in the order in which they first appear.

    Raises
    ------
    EvaluationError
        If there are fewer than 3 persons.

    Examples
    --------
    >>> [fold.test.tolist() for fold in leave_one_subject_out(["b", "a", "b", "c"])]
    [[0, 2], [1], [3]]
    """
    numbered = number_subjects(subject)
    _demand_subjects(numbered, design="leave-one-subject-out")
    return _folds_of(numbered, fold_of_subject=np.arange(len(numbered.names)))


def grouped_k_folds(subject: ArrayLike, *, n_folds: int, seed: int = 0) -> tuple[Fold, ...]:
    """Split the persons into folds by chance alone; for cohorts too large to leave out each.

    The split knows no scores, so permuted scores are judged on the same folds.

    Parameters
    ----------
    subject : array-like, shape (n_rows,)
        Whose row it is.
    n_folds : int
        How many folds; their numbers of persons differ by one at most.
    seed : int, default 0
        Decides who comes together.

    Returns
    -------
    tuple of Fold
        `n_folds` folds; each row is tested once.

    Raises
    ------
    EvaluationError
        If there are fewer than 3 persons, or `n_folds` does not lie between 2 and their number.

    Examples
    --------
    >>> folds = grouped_k_folds(["a", "a", "b", "c", "d"], n_folds=2)
    >>> sorted(int(row) for fold in folds for row in fold.test)
    [0, 1, 2, 3, 4]
    """
    numbered = number_subjects(subject)
    _demand_subjects(numbered, design="grouped k-fold")
    n_subjects = len(numbered.names)
    if not 2 <= n_folds <= n_subjects:
        raise EvaluationError(
            f"n_folds must lie between 2 and {n_subjects}, the number of subjects; got {n_folds}."
        )
    shuffled = np.random.default_rng(seed).permutation(n_subjects)
    fold_of_subject = np.empty(n_subjects, dtype=np.intp)
    fold_of_subject[shuffled] = np.arange(n_subjects) % n_folds
    return _folds_of(numbered, fold_of_subject=fold_of_subject)


def check_folds(folds: Sequence[Fold], *, subject: NumberedSubjects) -> tuple[Fold, ...]:
    """Give the folds back if they test each row once and never part a person's rows.

    Raises
    ------
    EvaluationError
        If a row is tested twice or never, a fold is empty, or a person is on both sides.
    """
    n_rows = len(subject.number)
    tested = np.zeros(n_rows, dtype=np.intp)
    for at, fold in enumerate(folds):
        if not (len(fold.train) and len(fold.test)):
            raise EvaluationError(f"a fold must train and test on some row; fold {at} does not.")
        shared = np.intersect1d(subject.number[fold.train], subject.number[fold.test])
        if shared.size:
            raise EvaluationError(
                "no subject may be on both sides of a fold, because a model recognises whom it "
                f"has met; fold {at} trains and tests on "
                f"{name_some(subject.names[number] for number in shared)}. "
                "Make the folds with leave_one_subject_out or grouped_k_folds."
            )
        np.add.at(tested, fold.test, 1)
    if (tested != 1).any():
        row = int(np.flatnonzero(tested != 1)[0])
        raise EvaluationError(
            f"folds must test each row once; row {row} is tested {tested[row]} times. "
            "Make the folds from the same subjects as the rows."
        )
    return tuple(folds)


def _demand_subjects(numbered: NumberedSubjects, *, design: str) -> None:
    n_subjects = len(numbered.names)
    if n_subjects < _FEWEST_SUBJECTS:
        raise EvaluationError(
            f"{design} needs at least {_FEWEST_SUBJECTS} subjects, got {n_subjects}: "
            f"{', '.join(numbered.names)}. Trials of one person count once."
        )


def _folds_of(numbered: NumberedSubjects, *, fold_of_subject: NDArray[np.intp]) -> tuple[Fold, ...]:
    fold_of_row = fold_of_subject[numbered.number]
    return tuple(
        Fold(train=np.flatnonzero(fold_of_row != at), test=np.flatnonzero(fold_of_row == at))
        for at in range(int(fold_of_subject.max()) + 1)
    )
