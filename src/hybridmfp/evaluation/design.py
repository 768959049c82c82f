"""Who each row belongs to and which score it was given: checked before anything is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import EvaluationError

__all__ = ["NumberedSubjects", "check_estimates", "check_scores", "name_some", "number_subjects"]

_NAMED_AT_MOST = 8


class NumberedSubjects(NamedTuple):
    """Number the persons behind the rows.

    Attributes
    ----------
    number : array of int, shape (n_rows,)
        Whose row it is, as a position in `names`.
    names : tuple of str
        The persons, in the order in which they first appear.
    """

    number: NDArray[np.intp]
    names: tuple[str, ...]

    def rows(self) -> list[NDArray[np.intp]]:
        """Give the row numbers of each person, in the order of `names`."""
        by_subject = np.argsort(self.number, kind="stable")
        ends = np.cumsum(np.bincount(self.number, minlength=len(self.names)))
        return np.split(by_subject, ends[:-1])


def number_subjects(subject: ArrayLike) -> NumberedSubjects:
    """Find out which rows belong to one person.

    Parameters
    ----------
    subject : array-like, shape (n_rows,)
        Whose row it is: names or numbers.

    Returns
    -------
    NumberedSubjects
        A number for each row, and the names in order of first appearance.

    Raises
    ------
    EvaluationError
        If `subject` is empty, is not one-dimensional, or a row has none.

    Examples
    --------
    >>> number_subjects(["S2", "S1", "S2"])
    NumberedSubjects(number=array([0, 1, 0]), names=('S2', 'S1'))
    """
    whose = np.asarray(subject)
    if whose.ndim != 1 or whose.size == 0:
        raise EvaluationError(
            f"subject must name one person for each row; got shape {whose.shape}. "
            "Give a list with one name per row."
        )
    number, names = pd.factorize(whose)
    if (number < 0).any():
        raise EvaluationError(
            f"subject must name one person for each row; row {int(np.argmin(number))} has none. "
            "Name the person, or leave the row out."
        )
    return NumberedSubjects(np.asarray(number, dtype=np.intp), tuple(map(str, names)))


def check_scores(
    y: ArrayLike, *, subject: NumberedSubjects, name: str = "y"
) -> NDArray[np.float64]:
    """Give the scores as floats if there is one for each row and something to be explained.

    Parameters
    ----------
    y : array-like, shape (n_rows,) or (n_rows, n_draws)
        Rated scores, in points.
    subject : NumberedSubjects
        Whose rows they are.
    name : str
        What the caller calls them, for the message.

    Returns
    -------
    array of float, shape of `y`
        The scores.

    Raises
    ------
    EvaluationError
        If lengths differ, a score is missing, or all scores of a draw are equal.
    """
    scores = check_estimates(y, subject=subject, name=name)
    if scores.shape[1:] == (0,):
        raise EvaluationError(f"{name} must hold at least one draw; got shape {scores.shape}.")
    if (np.ptp(scores, axis=0) == 0).any():
        raise EvaluationError(
            f"{name} must hold at least two different scores, because there is nothing to "
            f"estimate otherwise; all {len(scores)} are {scores.flat[0]:g}. "
            "Add subjects with other scores."
        )
    return scores


def check_estimates(
    values: ArrayLike, *, subject: NumberedSubjects, name: str
) -> NDArray[np.float64]:
    """Give the values as floats if there is a finite one for each row.

    Raises
    ------
    EvaluationError
        If lengths differ or a value is not finite; the message names the subject.
    """
    points = np.asarray(values, dtype=np.float64)
    if points.ndim not in (1, 2) or len(points) != len(subject.number):
        raise EvaluationError(
            f"{name} must have one value for each of the {len(subject.number)} rows of subject; "
            f"got shape {points.shape}."
        )
    missing = ~np.isfinite(points).reshape(len(points), -1).all(axis=1)
    if missing.any():
        whose = {subject.names[number]: None for number in subject.number[missing]}
        raise EvaluationError(
            f"{name} must be finite; it is not for {name_some(whose)}. "
            "Leave these rows out before judging, and report that you did."
        )
    return points


def name_some(names: Iterable[object]) -> str:
    """List names for a message: the first few, and how many more there are."""
    listed = list(map(str, names))
    shown = ", ".join(listed[:_NAMED_AT_MOST])
    more = len(listed) - _NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown
