"""Audit a model on a cohort: what it finds where there is nothing to be found."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.pipeline import Pipeline

from hybridmfp.evaluation import AuditPlan, AuditResult, audit
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import EvaluationPlan, folds_of
from hybridmfp.pipelines.models import DEFAULT_MODEL, build_ensemble, build_model
from hybridmfp.pipelines.published_rows import published_rows
from hybridmfp.pipelines.settings import Settings

__all__ = ["audit_model"]

Progress = Callable[[str, int, int], None]


def audit_model(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    thorough: AuditPlan,
    *,
    progress: Progress | None = None,
) -> AuditResult:
    """Judge the evaluation itself on permuted scores and on noise.

    Parameters
    ----------
    digest : CohortDigest
    settings : Settings
    plan : EvaluationPlan
        Model and folds that are audited.
    thorough : AuditPlan
        How many draws.
    progress : callable, optional

    Returns
    -------
    AuditResult
    """
    model = build_model(
        plan.model, settings=settings, scale=digest.scale, controls=digest.controls, seed=plan.seed
    )
    return audit(
        model,
        digest.sessions,
        digest.scores,
        subject=digest.subjects,
        folds=folds_of(digest, plan),
        published_X=published_rows(digest.sessions),
        noise_estimator=build_ensemble(settings=settings, scale=digest.scale, seed=plan.seed)
        if plan.model == DEFAULT_MODEL
        else Pipeline([step for step in model.steps if step[0] != "rows"]),
        plan=thorough,
        progress=None
        if progress is None
        else lambda done, n_steps: progress("auditing", done, n_steps),
    )
