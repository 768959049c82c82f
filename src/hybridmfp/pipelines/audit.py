"""Audit a model on a cohort: what it finds where there is nothing to be found."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from hybridmfp.evaluation import AuditPlan, AuditResult, audit
from hybridmfp.models import ElasticNetEnsemble
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import folds_of
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.noise_sessions import OnNoise
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
    model = model_for(digest, plan.model, settings=settings, seed=plan.seed)
    return audit(
        model,
        digest.sessions,
        digest.scores,
        subject=digest.subjects,
        folds=folds_of(digest, plan),
        published_X=published_rows(digest.sessions),
        noise_estimator=_on_noise(model, digest),
        plan=thorough,
        progress=None
        if progress is None
        else lambda done, n_steps: progress("auditing", done, n_steps),
    )


def _on_noise(model: BaseEstimator, digest: CohortDigest) -> BaseEstimator:
    """Give the model as it learns from a table of noise instead of sessions."""
    if isinstance(model, ElasticNetEnsemble):
        return clone(model).set_params(prepare=None)
    if isinstance(model, Pipeline):
        return Pipeline([step for step in model.steps if step[0] != "rows"])
    return OnNoise(model, like=digest.sessions[0])
