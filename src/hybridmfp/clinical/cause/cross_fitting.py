"""Propensities and expected outcomes of persons whom the learner has not met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from hybridmfp.clinical.cause.learners import Design, outcome_learner, propensity_learner
from hybridmfp.errors import ClinicalError

__all__ = ["CrossFitting", "Fold", "expected_outcomes", "grouped_folds", "propensities"]

Array = NDArray[np.float64]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Indices to learn from, and to judge."""
OutcomeLearner = Callable[[Design, Sequence[tuple[Any, Any]] | None], Any]
PropensityLearner = Callable[[Design, Sequence[tuple[Any, Any]]], Any]


@dataclass(frozen=True)
class CrossFitting:
    """Say how learners are kept from persons whom they judge.

    Attributes
    ----------
    n_folds : int, default 5
        Groups of persons; each is judged by what was learned from the others. At least 2.
    n_repeats : int, default 3
        How often persons are divided anew; the median over all is told. At least 1.
    n_inner : int, default 3
        Folds, of whole persons too, that choose how much a learner is shrunk. At least 2.
    outcome, propensity : callable
        Make an untrained scikit-learn learner from the design and its inner folds. That of the
        outcome gets None where every person enters once and entries can be left out one by one.
    """

    n_folds: int = 5
    n_repeats: int = 3
    n_inner: int = 3
    outcome: OutcomeLearner = outcome_learner
    propensity: PropensityLearner = propensity_learner

    def __post_init__(self) -> None:
        for name, least in (("n_folds", 2), ("n_repeats", 1), ("n_inner", 2)):
            if getattr(self, name) < least:
                raise ClinicalError(
                    f"{name} must be at least {least}; got {getattr(self, name)}.",
                    refusal="impossible_value",
                )


def grouped_folds(
    treated: NDArray[np.bool_], subject: NDArray[np.object_], *, n_folds: int, random_state: int
) -> list[Fold]:
    """Divide entries into folds of whole persons, each with about as many treated as the others.

    Returns
    -------
    list of (array of int, array of int)
        Indices to learn from, and to judge.
    """
    rows = np.zeros(len(treated))
    if len(set(subject)) == len(subject):  # the same, and fifty times as fast
        once = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
        return list(once.split(rows, treated))
    several = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    return list(several.split(rows, treated, groups=subject))


def propensities(
    design: Design,
    treated: NDArray[np.bool_],
    subject: NDArray[np.object_],
    *,
    folds: Sequence[Fold],
    how: CrossFitting,
) -> Array:
    """Give each entry's chance of the first strategy, by learners that never met the person.

    Returns
    -------
    array of float, shape (n_entries,)
        From 0 to 1.
    """
    chance = np.full(len(treated), np.nan)
    if not design.names:
        for train, test in folds:
            chance[test] = np.mean(treated[train])
        return chance
    for train, test in folds:
        inner = grouped_folds(treated[train], subject[train], n_folds=how.n_inner, random_state=0)
        learner = how.propensity(design, inner).fit(design.matrix[train], treated[train])
        chance[test] = learner.predict_proba(design.matrix[test])[:, 1]
    return chance


def expected_outcomes(
    design: Design,
    outcome: Array,
    treated: NDArray[np.bool_],
    subject: NDArray[np.object_],
    *,
    folds: Sequence[Fold],
    how: CrossFitting,
) -> tuple[Array, Array]:
    """Give what each entry could expect under the first strategy and the second.

    Each strategy has a learner of its own, fitted on those who got it.

    Returns
    -------
    (array of float, array of float), each of shape (n_entries,)
    """
    expected = np.full((2, len(outcome)), np.nan)
    for train, test in folds:
        for row, arm in enumerate((True, False)):
            own = train[treated[train] == arm]
            if not design.names:
                expected[row, test] = np.mean(outcome[own])
                continue
            learner = how.outcome(design, _inner_folds(own, treated, subject, how))
            learner.fit(design.matrix[own], outcome[own])
            expected[row, test] = learner.predict(design.matrix[test])
    return expected[0], expected[1]


def _inner_folds(
    own: NDArray[np.intp],
    treated: NDArray[np.bool_],
    subject: NDArray[np.object_],
    how: CrossFitting,
) -> list[Fold] | None:
    if len(set(subject[own])) == len(own):
        return None
    return grouped_folds(treated[own], subject[own], n_folds=how.n_inner, random_state=0)
