"""Predict every row by a model that has never met its person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.design import check_scores, number_subjects
from hybridmfp.evaluation.folds import Fold, check_folds

__all__ = ["CrossPrediction", "Progress", "cross_predict"]

Progress = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""

_SEARCHES = (GridSearchCV, RandomizedSearchCV)  # pass groups on to their inner folds
_TASKS_PER_WORKER = 16  # few enough to send X rarely, enough that no worker idles at the end


@dataclass(frozen=True, eq=False)
class CrossPrediction:
    """Hold what models said about persons they had never met.

    Attributes
    ----------
    predicted : array of float, shape of the `y` they learned from
        Estimated scores, in points; NaN where a model had no answer.
    folds : tuple of Fold
        The folds, in order.
    looks : tuple
        What `look_at` returned for each fold; empty without it.
    others : dict of str to array of float, shape (n_rows,)
        What the models of the first draw said about other versions of the rows.
    """

    predicted: NDArray[np.float64]
    folds: tuple[Fold, ...]
    looks: tuple[Any, ...] = ()
    others: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Task:
    """One fold and the draws to fit in it, in one worker."""

    fold: int
    draws: range


@dataclass(frozen=True, eq=False)
class _Done:
    """What came of a task; `look` and `others` are those of the first draw."""

    task: _Task
    answers: NDArray[np.float64]
    look: Any
    others: dict[str, NDArray[np.float64]]


def cross_predict(
    estimator: BaseEstimator,
    X: Any,
    y: ArrayLike,
    *,
    subject: ArrayLike,
    folds: Sequence[Fold],
    others: Mapping[str, Any] | None = None,
    n_jobs: int | None = None,
    look_at: Callable[[Any], Any] | None = None,
    progress: Progress | None = None,
) -> CrossPrediction:
    """Estimate each row's score by a model fitted without that row's person.

    Every fold fits a fresh clone on its training rows alone. Where the estimator's `fit` takes
    `groups` - itself, as a step of a `Pipeline`, or as a search over hyper-parameters - it is
    told whose the training rows are, so that its inner folds can respect persons too.

    Parameters
    ----------
    estimator : scikit-learn regressor
        What is judged; it is never fitted itself.
    X : array, data frame or sequence, n_rows long
        Anything that can be indexed by row, such as an object array of sessions.
    y : array-like, shape (n_rows,) or (n_rows, n_draws)
        Rated scores, in points. Each column is a target of its own, judged on the same folds.
    subject : array-like, shape (n_rows,)
        Whose row it is.
    folds : sequence of Fold
        From `leave_one_subject_out` or `grouped_k_folds`.
    others : mapping of str to X, optional
        Other versions of the same rows, such as the same recordings with signals missing. The
        model that each fold fitted on `X`, for the first draw, is asked about its left-out rows
        in each version too; nothing is ever fitted on them.
    n_jobs : int, optional
        Worker processes, -1 for all cores. By default one, or what a surrounding
        `joblib.parallel_config` says (``backend="dask"`` for a cluster). The result does not
        depend on it: each worker computes with one thread.
    look_at : callable, optional
        Called in the worker with each fitted model of the first draw; what it returns is kept.
    progress : callable, optional
        Called with the number of fits done and the number of fits in all.

    Returns
    -------
    CrossPrediction
        The estimated scores in the shape of `y`, the folds, what `look_at` saw, and the
        estimates of the other versions.

    Raises
    ------
    EvaluationError
        If lengths differ, a score is missing, all scores are equal, a person is on both sides
        of a fold, or the estimator does not give one number for each row.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from hybridmfp.evaluation.folds import leave_one_subject_out
    >>> X, y, subject = np.arange(4.0)[:, np.newaxis], [1, 3, 5, 7], ["a", "b", "c", "d"]
    >>> folds = leave_one_subject_out(subject)
    >>> cross_predict(LinearRegression(), X, y, subject=subject, folds=folds).predicted.round(6)
    array([1., 3., 5., 7.])
    """
    numbered = number_subjects(subject)
    scores = check_scores(y, subject=numbered)
    for name, version in {"X": X, **(others or {})}.items():
        _check_rows(version, name=name, n_rows=len(scores))
    folds = check_folds(folds, subject=numbered)
    columns = scores.reshape(len(scores), -1)

    groups = np.asarray(subject)
    tasks = _split(len(folds), columns.shape[1], n_workers=effective_n_jobs(n_jobs))
    work = delayed(_fit_and_predict)
    finished: Iterator[_Done] = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
        work(
            estimator,
            X,
            columns,
            groups,
            folds[task.fold],
            task=task,
            look_at=look_at,
            others=_left_out(others, folds[task.fold], draws=task.draws),
        )
        for task in tasks
    )

    predicted = np.full(columns.shape, np.nan)
    elsewhere = {name: np.full(len(scores), np.nan) for name in others or {}}
    looks: dict[int, Any] = {}
    n_done = 0
    for done in finished:
        task, tested = done.task, folds[done.task.fold].test
        predicted[np.ix_(tested, np.asarray(task.draws))] = done.answers
        for name, answers in done.others.items():
            elsewhere[name][tested] = answers
        if 0 in task.draws:
            looks[task.fold] = done.look
        n_done += len(task.draws)
        if progress is not None:
            progress(n_done, len(folds) * columns.shape[1])
    kept = tuple(looks[at] for at in range(len(folds))) if look_at is not None else ()
    return CrossPrediction(predicted.reshape(scores.shape), folds, kept, elsewhere)


def _split(n_folds: int, n_draws: int, *, n_workers: int) -> list[_Task]:
    """Cut the draws into as many pieces as keep all workers busy in all folds."""
    n_pieces = min(n_draws, max(1, -(-_TASKS_PER_WORKER * n_workers // n_folds)))
    edges = np.linspace(0, n_draws, n_pieces + 1).astype(int).tolist()
    pieces = [range(start, stop) for start, stop in pairwise(edges)]
    return [_Task(fold, piece) for piece in pieces for fold in range(n_folds)]


def _left_out(others: Mapping[str, Any] | None, fold: Fold, *, draws: range) -> dict[str, Any]:
    """Take from other versions the rows to ask about: none but the fold's own, and only once."""
    if others is None or 0 not in draws:
        return {}
    return {name: _take(version, fold.test) for name, version in others.items()}


def _fit_and_predict(
    estimator: BaseEstimator,
    X: Any,
    y: NDArray[np.float64],
    subject: NDArray[Any],
    fold: Fold,
    *,
    task: _Task,
    look_at: Callable[[Any], Any] | None,
    others: Mapping[str, Any],
) -> _Done:
    learned_from, judged_on = _take(X, fold.train), _take(X, fold.test)
    whose = subject[fold.train]
    answers = np.empty((len(fold.test), len(task.draws)))
    look, elsewhere = None, {}
    with threadpool_limits(limits=1):
        for column, draw in enumerate(task.draws):
            model = clone(estimator)
            model.fit(learned_from, y[fold.train, draw], **_fit_groups(model, whose))
            answers[:, column] = _one_number_each(model, judged_on, n_rows=len(fold.test))
            if draw == 0:
                look = None if look_at is None else look_at(model)
                elsewhere = {
                    name: _one_number_each(model, rows, n_rows=len(fold.test))
                    for name, rows in others.items()
                }
    return _Done(task, answers, look, elsewhere)


def _fit_groups(estimator: Any, groups: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
    """Find the names under which `fit` wants to be told whose the rows are."""
    if isinstance(estimator, Pipeline):
        return {
            f"{step}__{name}": groups
            for step, part in estimator.steps
            if hasattr(part, "fit")
            for name in _fit_groups(part, groups)
        }
    if isinstance(estimator, _SEARCHES) or has_fit_parameter(estimator, "groups"):
        return {"groups": groups}
    return {}


def _one_number_each(model: Any, X: Any, *, n_rows: int) -> NDArray[np.float64]:
    answers = np.asarray(model.predict(X), dtype=np.float64)
    if answers.shape not in ((n_rows,), (n_rows, 1)):
        raise EvaluationError(
            f"predict of {type(model).__name__} must give one number for each of {n_rows} rows; "
            f"got shape {answers.shape}. Judge a regressor with a single output."
        )
    answers = answers.reshape(n_rows)
    return np.where(np.isfinite(answers), answers, np.nan)


def _check_rows(X: Any, *, name: str, n_rows: int) -> None:
    n_given = X.shape[0] if hasattr(X, "shape") else len(X)
    if n_given != n_rows:
        raise EvaluationError(
            f"{name} and y must have the same number of rows; got {n_given} and {n_rows}."
        )


def _take(X: Any, rows: NDArray[np.intp]) -> Any:
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if hasattr(X, "shape"):
        return X[rows]
    return [X[row] for row in rows]
