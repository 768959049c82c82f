"""Inner folds: how an estimator judges its own choices without fooling itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupKFold

from hybridmfp.errors import EvaluationError

__all__ = ["Folds", "inner_folds"]

Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


def inner_folds(n_rows: int, groups: ArrayLike | None, *, n_folds: int) -> Folds:
    """Split rows so that no subject stands on both sides.

    Parameters
    ----------
    n_rows : int
        How many rows there are.
    groups : array, shape (n_rows,), or None
        The subject of each row; None means every row is somebody else.
    n_folds : int
        Folds wanted; fewer if there are fewer subjects.

    Returns
    -------
    list of (train, test)
        Row numbers. They depend on the subjects only, never on scores.

    Raises
    ------
    EvaluationError
        If there are fewer than 2 subjects, or `groups` has another length.
    """
    owners: NDArray[Any] = np.arange(n_rows) if groups is None else np.asarray(groups)
    if len(owners) != n_rows:
        raise EvaluationError(
            f"groups must name the subject of each of the {n_rows} rows; got {len(owners)}."
        )
    n_subjects = len(np.unique(owners))
    if n_subjects < 2:
        raise EvaluationError(
            f"inner folds need at least 2 subjects; got n_samples = {n_rows} "
            f"of {n_subjects} subject. Add subjects to the training set."
        )
    splitter = GroupKFold(n_splits=min(n_folds, n_subjects))
    return list(splitter.split(np.zeros(n_rows), groups=owners))
