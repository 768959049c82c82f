"""Judge a model on a cohort, and say everything that belongs to the figure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hybridmfp.evaluation import (
    DEMOGRAPHICS,
    Comparison,
    Fold,
    Interval,
    Metrics,
    bootstrap_interval,
    compare_models,
    cross_predict,
    demographics_baseline,
    errors_per_subject,
    grouped_k_folds,
    leave_one_subject_out,
    mean_absolute_error,
    measure,
    permutation_p,
    permuted_scores,
    published_protocol,
    training_mean,
    training_median,
)
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan, Progress
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.published_rows import published_rows
from hybridmfp.pipelines.selection import Look, look_inside, selection_table
from hybridmfp.pipelines.settings import Settings

__all__ = [
    "EvaluationRun",
    "evaluate",
    "fold_of_rows",
    "folds_of",
    "judge_left_out",
    "predict_baselines",
    "predict_left_out",
    "remarks_on",
]

_WRONG = (
    "WRONG ON PURPOSE: features were scaled, selected and reduced on all subjects before one was "
    "left out. This figure shows what leakage claims; never report it."
)
_FLATTERED = (
    "Those weights come from the simulator that made this cohort too, which flatters the figure: "
    "read it beside that of fusion-scratch or ensemble."
)
_ALL_FEATURES = "The elastic net kept nothing, and all features were used instead, as published."


@dataclass(frozen=True, eq=False)
class EvaluationRun:
    """Hold a judged model.

    Attributes
    ----------
    plan : EvaluationPlan
    metrics : Metrics
    mae_interval : Interval
        Bootstrap over subjects.
    permutation_p : float or None
        None if not asked for.
    permuted_maes : tuple of float
        MAE under each permutation.
    baselines : dict of str to array of float, shape (n_rows,)
        What simple guesses say, under the same folds.
    comparisons : tuple of Comparison
        The model against each baseline, paired by subject.
    predicted : array of float, shape (n_rows,)
    fold : array of int, shape (n_rows,)
        In which fold each row was left out.
    selection : DataFrame or None
        How often each feature was selected, for models that select.
    looks : tuple of Look
        What each fold's model chose.
    remarks : tuple of str
        What the reader must know about this figure.
    """

    plan: EvaluationPlan
    metrics: Metrics
    mae_interval: Interval
    permutation_p: float | None
    permuted_maes: tuple[float, ...]
    baselines: dict[str, NDArray[np.float64]]
    comparisons: tuple[Comparison, ...]
    predicted: NDArray[np.float64]
    fold: NDArray[np.intp]
    selection: pd.DataFrame | None
    looks: tuple[Look, ...]
    remarks: tuple[str, ...]


def evaluate(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    *,
    progress: Progress | None = None,
) -> EvaluationRun:
    """Judge a model on a cohort by people it has not met.

    Parameters
    ----------
    digest : CohortDigest
    settings : Settings
    plan : EvaluationPlan
    progress : callable, optional

    Returns
    -------
    EvaluationRun

    Raises
    ------
    EvaluationError
        If there are fewer than 3 subjects, or all scores are equal.
    """
    plan, _ = plan.on(digest.scale)
    folds = folds_of(digest, plan)
    predicted, looks, remarks = predict_left_out(
        digest, settings, plan, folds=folds, progress=progress
    )
    permuted = _permuted_maes(digest, settings, plan, folds, progress)
    return judge_left_out(
        digest, plan, folds=folds, predicted=predicted, looks=looks, remarks=remarks,
        permuted=permuted,
    )  # fmt: skip


def judge_left_out(
    digest: CohortDigest,
    plan: EvaluationPlan,
    *,
    folds: tuple[Fold, ...],
    predicted: NDArray[np.float64],
    looks: tuple[Look, ...] = (),
    remarks: tuple[str, ...] = (),
    permuted: tuple[float, ...] = (),
) -> EvaluationRun:
    """Say everything that belongs to estimates of persons left out.

    Parameters
    ----------
    digest : CohortDigest
    plan : EvaluationPlan
        By which the estimates were made.
    folds : tuple of Fold
    predicted : array of float, shape (n_rows,)
    looks, remarks
        From `predict_left_out`.
    permuted : tuple of float
        Errors under permuted scores.

    Returns
    -------
    EvaluationRun
    """
    plan, name = plan.on(digest.scale)
    scores, subjects = digest.scores, digest.subjects
    baselines = predict_baselines(digest, folds)
    mae = mean_absolute_error(scores, predicted)
    errors = {
        one: errors_per_subject(scores, guess, subject=subjects)
        for one, guess in {name: predicted, **baselines}.items()
    }
    return EvaluationRun(
        plan=plan,
        metrics=measure(scores, predicted, subject=subjects, mdc_points=digest.scale.mdc_points),
        mae_interval=bootstrap_interval(
            mean_absolute_error, scores, predicted, subject=subjects, seed=plan.seed
        ),
        permutation_p=permutation_p(mae, permuted) if permuted else None,
        permuted_maes=permuted,
        baselines=baselines,
        comparisons=compare_models(errors, reference=name, seed=plan.seed),
        predicted=predicted,
        fold=fold_of_rows(folds, len(scores)),
        selection=selection_table(looks) if any(look.coefficients for look in looks) else None,
        looks=looks,
        remarks=remarks,
    )


def folds_of(digest: CohortDigest, plan: EvaluationPlan) -> tuple[Fold, ...]:
    """Give the outer folds of a plan; the published protocol leaves one subject out too."""
    if plan.protocol == "group-kfold":
        return grouped_k_folds(digest.subjects, n_folds=plan.n_folds, seed=plan.seed)
    return leave_one_subject_out(digest.subjects)


def predict_left_out(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    *,
    folds: tuple[Fold, ...],
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], tuple[Look, ...], tuple[str, ...]]:
    """Estimate every row by the plan's model, fitted without that row's subject.

    Parameters
    ----------
    digest : CohortDigest
    settings : Settings
    plan : EvaluationPlan
    folds : tuple of Fold
        From `folds_of`; the published protocol makes its own, one subject each.
    progress : callable, optional

    Returns
    -------
    predicted : array of float, shape (n_rows,)
        In points, on the scale.
    looks : tuple of Look
        What each fold's model chose, for models that select.
    remarks : tuple of str
        What the reader must know.
    """
    if plan.protocol == "published":
        result = published_protocol(
            published_rows(digest.sessions), digest.scores, subject=digest.subjects, seed=plan.seed
        )
        remarks = (_WRONG, *((_ALL_FEATURES,) if result.fell_back else ()))
        return _on_scale(result.predicted, digest), (), remarks
    crossed = cross_predict(
        model_for(digest, plan.model, settings=settings, seed=plan.seed),
        digest.sessions,
        digest.scores,
        subject=digest.subjects,
        folds=folds,
        n_jobs=plan.n_jobs,
        look_at=look_inside,
        progress=_titled("judging", progress),
    )
    looks = tuple(look for look in crossed.looks if look is not None)
    return _on_scale(crossed.predicted, digest), looks, remarks_on(looks, digest, len(folds))


def remarks_on(looks: tuple[Look, ...], digest: CohortDigest, n_folds: int) -> tuple[str, ...]:
    """Say what the reader must know of the models of all folds."""
    counted = Counter(note for look in looks for note in look.notes)
    notes = [f"In {times} of {n_folds} folds {note}." for note, times in counted.most_common()]
    flattered = digest.synthetic and any(look.started for look in looks)
    return (*notes, *((_FLATTERED,) if flattered else ()))


def _permuted_maes(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    folds: tuple[Fold, ...],
    progress: Progress | None,
) -> tuple[float, ...]:
    if plan.n_permutations == 0:
        return ()
    permuted = permuted_scores(
        digest.scores, subject=digest.subjects, n_draws=plan.n_permutations, seed=plan.seed
    )
    if any(row.items for row in digest.rows):
        return _permuted_with_items(digest, settings, plan, folds, permuted, progress)
    crossed = cross_predict(
        model_for(digest, plan.model, settings=settings, seed=plan.seed),
        digest.sessions,
        permuted,
        subject=digest.subjects,
        folds=folds,
        n_jobs=plan.n_jobs,
        progress=_titled("permuting", progress),
    )
    predicted = _on_scale(crossed.predicted, digest)
    return tuple(
        mean_absolute_error(permuted[:, draw], predicted[:, draw])
        for draw in range(permuted.shape[1])
    )


def _permuted_with_items(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    folds: tuple[Fold, ...],
    permuted: NDArray[np.float64],
    progress: Progress | None,
) -> tuple[float, ...]:
    """Let rated items move with their score, so that a model learns from both or from neither."""
    places = np.arange(len(digest.rows), dtype=np.float64)
    whose = permuted_scores(
        places, subject=digest.subjects, n_draws=plan.n_permutations, seed=plan.seed
    ).astype(np.intp)
    maes = []
    for draw in range(plan.n_permutations):
        rows = tuple(
            dataclasses.replace(row, score=digest.rows[at].score, items=digest.rows[at].items)
            for row, at in zip(digest.rows, whose[:, draw], strict=True)
        )
        crossed = cross_predict(
            model_for(
                dataclasses.replace(digest, rows=rows),
                plan.model,
                settings=settings,
                seed=plan.seed,
            ),
            digest.sessions,
            permuted[:, draw],
            subject=digest.subjects,
            folds=folds,
            n_jobs=plan.n_jobs,
        )
        maes.append(mean_absolute_error(permuted[:, draw], _on_scale(crossed.predicted, digest)))
        if progress is not None:
            progress("permuting", draw + 1, plan.n_permutations)
    return tuple(maes)


def predict_baselines(
    digest: CohortDigest, folds: tuple[Fold, ...]
) -> dict[str, NDArray[np.float64]]:
    """Give what simple guesses say of each row under the same folds, in points on the scale."""
    empty = np.zeros((len(digest.rows), 1))
    candidates: dict[str, tuple[Any, Any]] = {
        "training mean": (training_mean(), empty),
        "training median": (training_median(), empty),
    }
    people = pd.DataFrame(
        [{name: getattr(row, name) for name in DEMOGRAPHICS} for row in digest.rows]
    )
    if people.notna().any(axis=None):
        candidates["demographics"] = (demographics_baseline(), people)
    return {
        name: _on_scale(
            cross_predict(
                estimator, table, digest.scores, subject=digest.subjects, folds=folds, n_jobs=1
            ).predicted,
            digest,
        )
        for name, (estimator, table) in candidates.items()
    }


def _on_scale(predicted: NDArray[np.float64], digest: CohortDigest) -> NDArray[np.float64]:
    return np.clip(predicted, digest.scale.minimum, digest.scale.maximum)


def fold_of_rows(folds: tuple[Fold, ...], n_rows: int) -> NDArray[np.intp]:
    """Give the number of the fold that leaves out each row, shape (n_rows,)."""
    numbers = np.empty(n_rows, dtype=np.intp)
    for number, fold in enumerate(folds):
        numbers[fold.test] = number
    return numbers


def _titled(title: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, n_steps: progress(title, done, n_steps)
