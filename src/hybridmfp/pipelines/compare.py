"""Judge many models on the same folds of the same cohort, and compare them person by person."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import HybridMfpError, SettingsError
from hybridmfp.evaluation import (
    Comparison,
    Fold,
    Interval,
    Metrics,
    bootstrap_interval,
    compare_models,
    errors_per_subject,
    mean_absolute_error,
    measure,
)
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import (
    fold_of_rows,
    folds_of,
    predict_baselines,
    predict_left_out,
)
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan, Progress
from hybridmfp.pipelines.models import DEFAULT_MODEL, MODELS, model_for
from hybridmfp.pipelines.settings import Settings

__all__ = ["PUBLISHED", "ComparisonPlan", "ComparisonRun", "JudgedModel", "compare"]

PUBLISHED = "published"
"""Name of the published order of steps, which is wrong on purpose."""

_PROTOCOLS = ("loso", "group-kfold")
_OWN_FOLDS = "It leaves one subject out, whatever the folds of the others."


@dataclass(frozen=True)
class ComparisonPlan:
    """Say which models are compared, and how.

    Attributes
    ----------
    models : tuple of str or None
        Some of `MODELS` and ``published``. None means all that can be judged on this cohort with
        what is installed; those that cannot are left out, and the remarks say why.
    reference : str
        The model that all others are compared with.
    protocol : str
        ``loso`` or ``group-kfold``.
    n_folds : int
        Folds of ``group-kfold``.
    seed : int
        Decides fold membership, bootstrap and the models' own chance.
    n_jobs : int or None
        Worker processes.

    Raises
    ------
    SettingsError
        If a name is unknown or given twice, there are fewer than two models, the reference is
        not one of them, the protocol is unknown, or a number is out of range.
    """

    models: tuple[str, ...] | None = None
    reference: str = DEFAULT_MODEL
    protocol: str = "loso"
    n_folds: int = 10
    seed: int = 0
    n_jobs: int | None = None

    def __post_init__(self) -> None:
        for name in (*self.names, self.reference):
            _refuse_unknown(name)
        if len(self.names) < 2 or len(set(self.names)) < len(self.names):
            raise SettingsError(
                f"models must be at least two, each named once; got {', '.join(self.names)}."
            )
        if self.reference not in self.names:
            raise SettingsError(
                f"reference must be one of the compared models, {', '.join(self.names)}; got "
                f"{self.reference!r}. Add it to models, or name another reference."
            )
        if self.reference == PUBLISHED:
            raise SettingsError(
                "reference must be a model that is judged honestly; got 'published', whose order "
                "of steps is wrong on purpose. Name another reference."
            )
        if self.protocol not in _PROTOCOLS:
            raise SettingsError(
                f"protocol must be one of {', '.join(_PROTOCOLS)}; got {self.protocol!r}. "
                "The published order of steps is compared as a model, 'published'."
            )
        self.plan_of(self.reference)  # refuses numbers out of range

    @property
    def names(self) -> tuple[str, ...]:
        """The models to judge, in the order in which they are judged."""
        return (*MODELS, PUBLISHED) if self.models is None else self.models

    def plan_of(self, model: str) -> EvaluationPlan:
        """Give the plan by which one of the models is judged."""
        published = model == PUBLISHED
        return EvaluationPlan(
            model=DEFAULT_MODEL if published else model,
            protocol=PUBLISHED if published else self.protocol,
            n_folds=self.n_folds,
            seed=self.seed,
            n_jobs=self.n_jobs,
        )

    def must_be_judged(self, model: str) -> bool:
        """Tell whether the user asked for this model by name; else it may be left out."""
        return self.models is not None or model == self.reference


@dataclass(frozen=True, eq=False)
class JudgedModel:
    """Hold what one model said about people it had not met.

    Attributes
    ----------
    model : str
    predicted : array of float, shape (n_rows,)
        In points.
    metrics : Metrics
    mae_interval : Interval
        Bootstrap over subjects, in points.
    seconds : float
        Wall time of all its folds.
    wrong : bool
        Whether its order of steps is wrong on purpose, so that its error is no estimate.
    remarks : tuple of str
        What the reader must know about it.
    """

    model: str
    predicted: NDArray[np.float64]
    metrics: Metrics
    mae_interval: Interval
    seconds: float
    wrong: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ComparisonRun:
    """Hold models judged on the same folds.

    Attributes
    ----------
    plan : ComparisonPlan
    judged : tuple of JudgedModel
        Smallest MAE first; the wrong one stands where its claim puts it.
    comparisons : tuple of Comparison
        Every honest model but the reference against the reference, paired by subject.
    baselines : dict of str to array of float, shape (n_rows,)
        What simple guesses say, under the same folds.
    fold : array of int, shape (n_rows,)
        In which fold each row was left out.
    remarks : tuple of str
        What the reader must know, models that were left out included.
    """

    plan: ComparisonPlan
    judged: tuple[JudgedModel, ...]
    comparisons: tuple[Comparison, ...]
    baselines: dict[str, NDArray[np.float64]]
    fold: NDArray[np.intp]
    remarks: tuple[str, ...]

    @property
    def best(self) -> str:
        """Name of the model with the smallest MAE among those judged honestly."""
        return next(one.model for one in self.judged if not one.wrong)


def compare(
    digest: CohortDigest,
    settings: Settings,
    plan: ComparisonPlan,
    *,
    progress: Progress | None = None,
) -> ComparisonRun:
    """Judge models, one after the other, on the same folds, and compare them with one of them.

    Parameters
    ----------
    digest : CohortDigest
    settings : Settings
    plan : ComparisonPlan
    progress : callable, optional
        Told which model is judged, how many of its folds are done, and how many there are.

    Returns
    -------
    ComparisonRun

    Raises
    ------
    EvaluationError
        If there are fewer than 3 subjects, or all scores are equal.
    MissingDependencyError
        If a model that was asked for by name, or the reference, needs a package that is missing.
    """
    folds = folds_of(digest, plan.plan_of(plan.reference))
    baselines = predict_baselines(digest, folds)
    _refuse_what_cannot_be_built(digest, settings, plan)
    judged: list[JudgedModel] = []
    left_out: list[str] = []
    for name in plan.names:
        try:
            judged.append(_judge(name, digest, settings, plan, folds, progress))
        except HybridMfpError as error:
            if plan.must_be_judged(name):
                raise
            left_out.append(f"{name} was left out: {error}")
    judged.sort(key=lambda one: one.metrics.mae)
    return ComparisonRun(
        plan=plan,
        judged=tuple(judged),
        comparisons=_compare_with_reference(judged, digest, plan),
        baselines=baselines,
        fold=fold_of_rows(folds, len(digest.rows)),
        remarks=(
            *left_out,
            *(f"{one.model}: {remark}" for one in judged for remark in one.remarks),
        ),
    )


def _refuse_unknown(name: str) -> None:
    known = (*MODELS, PUBLISHED)
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise SettingsError(f"model must be one of {', '.join(known)}; got {name!r}.{hint}")


def _refuse_what_cannot_be_built(
    digest: CohortDigest, settings: Settings, plan: ComparisonPlan
) -> None:
    """Fail before the first model is judged rather than hours later."""
    for name in plan.names:
        if plan.must_be_judged(name) and name != PUBLISHED:
            model_for(digest, name, settings=settings, seed=plan.seed)


def _judge(
    name: str,
    digest: CohortDigest,
    settings: Settings,
    plan: ComparisonPlan,
    folds: tuple[Fold, ...],
    progress: Progress | None,
) -> JudgedModel:
    def step(_: str, done: int, n_steps: int) -> None:
        if progress is not None:
            progress(name, done, n_steps)

    step("", 0, len(folds))
    began = time.perf_counter()
    predicted, _, remarks = predict_left_out(
        digest, settings, plan.plan_of(name), folds=folds, progress=step
    )
    seconds = time.perf_counter() - began
    step("", len(folds), len(folds))
    wrong = name == PUBLISHED
    own_folds = (_OWN_FOLDS,) if wrong and plan.protocol != "loso" else ()
    return JudgedModel(
        model=name,
        predicted=predicted,
        metrics=measure(
            digest.scores, predicted, subject=digest.subjects, mdc_points=digest.scale.mdc_points
        ),
        mae_interval=bootstrap_interval(
            mean_absolute_error, digest.scores, predicted, subject=digest.subjects, seed=plan.seed
        ),
        seconds=seconds,
        wrong=wrong,
        remarks=(*remarks, *own_folds),
    )


def _compare_with_reference(
    judged: list[JudgedModel], digest: CohortDigest, plan: ComparisonPlan
) -> tuple[Comparison, ...]:
    """Compare honest models alone: a wrong one would only make Holm stricter with the others."""
    errors = {
        one.model: errors_per_subject(digest.scores, one.predicted, subject=digest.subjects)
        for one in judged
        if not one.wrong
    }
    if len(errors) < 2:
        return ()
    return compare_models(errors, reference=plan.reference, seed=plan.seed)
