"""Whether an evaluation finds something where there is nothing to be found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation.baselines import training_mean
from hybridmfp.evaluation.bootstrap import Interval, bootstrap_interval
from hybridmfp.evaluation.cross_prediction import Progress, cross_predict
from hybridmfp.evaluation.design import check_scores, number_subjects
from hybridmfp.evaluation.folds import Fold
from hybridmfp.evaluation.metrics import mean_absolute_error
from hybridmfp.evaluation.permutation import permuted_scores
from hybridmfp.evaluation.published import published_protocol

__all__ = ["AuditPlan", "AuditResult", "audit"]


@dataclass(frozen=True)
class AuditPlan:
    """Say how thorough an audit is.

    Attributes
    ----------
    n_draws : int
        Permutations of the scores, and as many tables of noise.
    seed : int
        Decides the permutations, the noise and the bootstrap.
    n_jobs : int or None
        Worker processes; see `cross_predict`.

    Raises
    ------
    EvaluationError
        If `n_draws` is below 1.
    """

    n_draws: int = 20
    seed: int = 0
    n_jobs: int | None = None

    def __post_init__(self) -> None:
        if self.n_draws < 1:
            raise EvaluationError(f"n_draws must be at least 1; got {self.n_draws}.")


@dataclass(frozen=True)
class AuditResult:
    """Hold the errors of two protocols where no score can be estimated, in points.

    Attributes
    ----------
    baseline_mae : float
        Error of the training mean on the true scores, on the same folds.
    baseline_interval : Interval
        Its 95 % bootstrap interval over subjects.
    baseline_permuted_mae : tuple of float
        The same for each permutation of the scores.
    nested_mae, nested_noise_mae : tuple of float
        Error of the estimator with everything learned inside the fold, for each permutation of
        the scores and for each table of noise with the true scores.
    published_mae, published_noise_mae : tuple of float
        What the published order of steps claims for the same permutations and tables.
    published_fell_back, published_noise_fell_back : tuple of bool
        Draws in which the published selection kept nothing and silently used everything.
    """

    baseline_mae: float
    baseline_interval: Interval
    baseline_permuted_mae: tuple[float, ...]
    nested_mae: tuple[float, ...]
    published_mae: tuple[float, ...]
    published_fell_back: tuple[bool, ...]
    nested_noise_mae: tuple[float, ...]
    published_noise_mae: tuple[float, ...]
    published_noise_fell_back: tuple[bool, ...]

    @property
    def nested_is_honest(self) -> bool:
        """Whether the nested protocol finds nothing where there is nothing.

        Asserted is: the median error over permutations and the median error over noise both
        reach the lower end of the baseline's interval. There is no upper bound, because an
        honest estimate on noise is usually *worse* than the training mean: whatever was learned
        by chance is wrong for a stranger, and adds to the error. There is slack below, because
        a model that leans to the training median rather than the mean gains a little on skewed
        scores without knowing anything. A leak smaller than this slack is not seen.
        """
        floor = self.baseline_interval.low
        return _median(self.nested_mae) >= floor and _median(self.nested_noise_mae) >= floor

    @property
    def published_active_mae(self) -> tuple[float, ...]:
        """Claims of the published protocol in the draws where it selected any feature."""
        claims = (*self.published_mae, *self.published_noise_mae)
        fell_back = (*self.published_fell_back, *self.published_noise_fell_back)
        return tuple(mae for mae, fell in zip(claims, fell_back, strict=True) if not fell)


def audit(
    estimator: BaseEstimator,
    X: Any,
    y: ArrayLike,
    *,
    subject: ArrayLike,
    folds: Sequence[Fold],
    published_X: ArrayLike,
    noise_estimator: BaseEstimator | None = None,
    plan: AuditPlan | None = None,
    progress: Progress | None = None,
) -> AuditResult:
    """Try an evaluation where it must fail, and show what the published order would claim.

    Twice there is nothing to be found: where scores are permuted between subjects, and where
    features are Gaussian noise. An honest protocol is then no better than the training mean.

    Parameters
    ----------
    estimator : scikit-learn regressor
        What is judged; everything it learns is learned inside the fold.
    X : array, data frame or sequence, n_rows long
        What `estimator` learns from.
    y : array-like, shape (n_rows,)
        Rated scores, in points.
    subject : array-like, shape (n_rows,)
        Whose row it is.
    folds : sequence of Fold
        From `leave_one_subject_out` or `grouped_k_folds`.
    published_X : array-like of float, shape (n_rows, n_features)
        The same rows as one plain table, for the published protocol. The tables of noise, of
        which both protocols get the same ones, have its shape.
    noise_estimator : scikit-learn regressor, optional
        The same model working on a plain table. By default `estimator` itself, which must then
        work on a plain table: `X` has to be one.
    plan : AuditPlan, optional
        How many draws, their seed, and how many workers.
    progress : callable, optional
        Called with the number of fits done and the number of fits in all.

    Returns
    -------
    AuditResult
        The errors of all draws, and whether the nested protocol is honest.

    Raises
    ------
    EvaluationError
        If lengths differ, a score is missing, scores cannot be permuted, or `X` is no plain
        table and `noise_estimator` is missing.

    References
    ----------
    Ojala, M., Garriga, G. C. (2010). Permutation tests for studying classifier performance.
    *Journal of Machine Learning Research* 11, 1833-1863. https://www.jmlr.org/papers/v11/

    Kapoor, S., Narayanan, A. (2023). Leakage and the reproducibility crisis in
    machine-learning-based science. *Patterns* 4, 100804. doi:10.1016/j.patter.2023.100804
    """
    plan = plan or AuditPlan()
    scores = check_scores(y, subject=number_subjects(subject))
    table = _plain_table(published_X, n_rows=len(scores))
    if noise_estimator is None:
        _demand_plain(X)
        noise_estimator = estimator
    permuted = permuted_scores(scores, subject=subject, n_draws=plan.n_draws, seed=plan.seed)
    noise = [_noise(table.shape, seed=plan.seed, draw=draw) for draw in range(plan.n_draws)]
    steps = _Steps(progress, n_steps=2 * plan.n_draws * (len(folds) + 1))

    def judge(
        model: BaseEstimator, features: Any, targets: NDArray[np.float64]
    ) -> tuple[float, ...]:
        found = cross_predict(
            model,
            features,
            targets,
            subject=subject,
            folds=folds,
            n_jobs=plan.n_jobs,
            progress=steps.within(len(folds) * targets.shape[1]),
        )
        return _errors(targets, found.predicted)

    unmoved = scores[:, np.newaxis]
    baseline = _baseline(unmoved, subject=subject, folds=folds)
    nested = judge(estimator, X, permuted)
    nested_noise = tuple(judge(noise_estimator, one, unmoved)[0] for one in noise)
    published = _published(repeat(table), permuted, subject=subject, plan=plan, steps=steps)
    published_noise = _published(
        noise, np.repeat(unmoved, plan.n_draws, axis=1), subject=subject, plan=plan, steps=steps
    )
    return AuditResult(
        baseline_mae=_errors(unmoved, baseline)[0],
        baseline_interval=bootstrap_interval(
            mean_absolute_error, scores, baseline[:, 0], subject=subject, seed=plan.seed
        ),
        baseline_permuted_mae=_errors(permuted, _baseline(permuted, subject=subject, folds=folds)),
        nested_mae=nested,
        nested_noise_mae=nested_noise,
        published_mae=tuple(mae for mae, _ in published),
        published_fell_back=tuple(fell_back for _, fell_back in published),
        published_noise_mae=tuple(mae for mae, _ in published_noise),
        published_noise_fell_back=tuple(fell_back for _, fell_back in published_noise),
    )


class _Steps:
    """Counts the fits of all arms together."""

    def __init__(self, progress: Progress | None, *, n_steps: int) -> None:
        self.progress = progress
        self.n_steps = n_steps
        self.n_before = 0

    def within(self, n_own: int) -> Progress:
        """Give an arm of `n_own` fits the function that it reports to."""
        n_before = self.n_before
        self.n_before += n_own

        def report(done: int, _: int) -> None:
            if self.progress is not None:
                self.progress(n_before + done, self.n_steps)

        return report


def _baseline(
    targets: NDArray[np.float64], *, subject: ArrayLike, folds: Sequence[Fold]
) -> NDArray[np.float64]:
    nothing = np.zeros((len(targets), 1))
    return cross_predict(
        training_mean(), nothing, targets, subject=subject, folds=folds, n_jobs=1
    ).predicted


def _published(
    tables: Iterable[NDArray[np.float64]],
    targets: NDArray[np.float64],
    *,
    subject: ArrayLike,
    plan: AuditPlan,
    steps: _Steps,
) -> list[tuple[float, bool]]:
    report = steps.within(targets.shape[1])
    found = []
    work = delayed(_published_claim)
    for claim in Parallel(n_jobs=plan.n_jobs, return_as="generator")(
        work(table, target, subject=subject, seed=plan.seed)
        for table, target in zip(tables, targets.T, strict=False)
    ):
        found.append(claim)
        report(len(found), targets.shape[1])
    return found


def _published_claim(
    table: NDArray[np.float64], target: NDArray[np.float64], *, subject: ArrayLike, seed: int
) -> tuple[float, bool]:
    with threadpool_limits(limits=1):
        result = published_protocol(table, target, subject=subject, seed=seed)
    return mean_absolute_error(target, result.predicted), result.fell_back


def _noise(shape: tuple[int, ...], *, seed: int, draw: int) -> NDArray[np.float64]:
    return np.random.default_rng([seed, draw]).standard_normal(shape)


def _errors(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(
        mean_absolute_error(rated, estimated)
        for rated, estimated in zip(targets.T, predicted.T, strict=True)
    )


def _median(errors: Sequence[float]) -> float:
    return float(np.median(errors))


def _plain_table(published_X: ArrayLike, *, n_rows: int) -> NDArray[np.float64]:
    table = np.asarray(published_X, dtype=np.float64)
    if table.ndim != 2 or len(table) != n_rows:
        raise EvaluationError(
            f"published_X must be (n_rows, n_features) with {n_rows} rows, as many as y; "
            f"got shape {table.shape}."
        )
    return table


def _demand_plain(X: Any) -> None:
    dtype = getattr(X, "dtype", None)
    if getattr(X, "ndim", None) != 2 or dtype is None or not np.issubdtype(dtype, np.number):
        raise EvaluationError(
            "noise_estimator must be given where X is no plain table of numbers, because noise "
            f"is one; X is a {type(X).__name__}. Pass the part of the model that works on a "
            "plain table."
        )
