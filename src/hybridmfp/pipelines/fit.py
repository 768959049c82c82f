"""Fit a model to be kept: on everybody, with what is needed to say how far it can be trusted."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import EvaluationError, SettingsError
from hybridmfp.evaluation import AuditPlan, Fold, cross_predict, grouped_k_folds
from hybridmfp.features.session import SessionDigest
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import file_sha256
from hybridmfp.models import HybridRegressor, SessionRows
from hybridmfp.models.explanation import ExplanationReference
from hybridmfp.models.novelty import NoveltyDetector
from hybridmfp.pipelines.audit import audit_model
from hybridmfp.pipelines.cohort_digest import CohortDigest, digest_cohort
from hybridmfp.pipelines.cohort_pattern import learn_pattern
from hybridmfp.pipelines.evaluate import fold_of_rows, judge_left_out, remarks_on
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan, Progress
from hybridmfp.pipelines.fitted_model import FittedModel, Vocabulary, seen_shares, short_hash
from hybridmfp.pipelines.lessen import SCENARIOS
from hybridmfp.pipelines.model_card import ModelFacts, model_card
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.selection import look_inside
from hybridmfp.pipelines.settings import Settings
from hybridmfp.pipelines.summary import summarise_audit, summarise_evaluation
from hybridmfp.pipelines.uncertainty import LOSSES, Uncertainty, measured_loss
from hybridmfp.pipelines.versions import Version, digest_versions
from hybridmfp.signals import Cohort

__all__ = ["KEPT_MODELS", "FitPlan", "fit_model"]

KEPT_MODELS: tuple[str, ...] = (
    *("hybrid", "ensemble", "fusion", "fusion-emg", "fusion-kinematics"),
    *("fusion-scratch", "fusion-scratch-masked"),
)
"""Models that can be written to a file and explained."""

_AUDITED = "ensemble"  # also where it is part of a hybrid: networks would take hours
_FEWEST = 10  # subjects: fewer cannot calibrate an interval of 90 %


@dataclass(frozen=True)
class FitPlan:
    """Say how a model is fitted to be kept.

    Attributes
    ----------
    model : str or None
        One of `KEPT_MODELS`; None is the default of the cohort's scale.
    n_folds : int
        Folds of whole subjects, by which the model is judged and its intervals are calibrated.
        One model of each fold is kept.
    n_audit_draws : int
        Draws of the audit; 0 means none.
    seed : int
    n_jobs : int or None
        Worker processes.

    Raises
    ------
    SettingsError
        If a number is out of range, or the model cannot be kept.
    """

    model: str | None = None
    n_folds: int = 5
    n_audit_draws: int = 5
    seed: int = 0
    n_jobs: int | None = None

    def __post_init__(self) -> None:
        if self.model is not None and self.model not in KEPT_MODELS:
            raise SettingsError(
                f"model must be one that can be kept, {', '.join(KEPT_MODELS)}; "
                f"got {self.model!r}. Judge others with: hybridmfp evaluate"
            )
        for name, least in (("n_folds", 2), ("n_audit_draws", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name} must be at least {least}; got {getattr(self, name)}.")


def fit_model(
    cohort: Cohort,
    settings: Settings,
    plan: FitPlan,
    *,
    cache: ContentCache | None = None,
    progress: Progress | None = None,
) -> FittedModel:
    """Fit a model on every rated person of a cohort, and find out how far it can be trusted.

    The model is judged once by folds of whole subjects. The same estimates of left-out persons
    calibrate the intervals, say what missing inputs cost, and fill in the card; the audit shows
    what the same steps find where there is nothing. Then it is fitted on everybody.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
        Sessions are always screened, see `DigestSettings.screen`.
    plan : FitPlan
    cache : ContentCache, optional
    progress : callable, optional

    Returns
    -------
    FittedModel

    Raises
    ------
    CohortError
        If the scale is not known, or no rated session has a usable trial.
    EvaluationError
        If there are fewer than 10 rated subjects, all scores are equal, or the folds leave too
        few subjects for the networks of a hybrid.
    """
    settings = screening(settings)
    digest = digest_cohort(
        cohort,
        settings.digest,
        cache=cache,
        n_jobs=plan.n_jobs,
        progress=None if progress is None else lambda at, n: progress("digesting sessions", at, n),
    )
    versions, _ = digest_versions(
        cohort,
        digest,
        settings.digest,
        scenarios=[SCENARIOS[name] for name in LOSSES],
        n_jobs=plan.n_jobs,
        cache=cache,
        progress=progress,
    )
    pattern = learn_pattern(cohort, settings.digest.quality, n_jobs=plan.n_jobs, progress=progress)
    fitted = fit_digest(digest, settings, plan, versions=versions, progress=progress)
    return dataclasses.replace(fitted, pattern=pattern, learned_files=_learned_files(cohort, cache))


def _learned_files(cohort: Cohort, cache: ContentCache | None) -> frozenset[str]:
    """Name the files of rated patients by their content; a file that is gone was not learned."""
    rated = {
        (row.subject, row.session)
        for row in cohort.sessions
        if row.group == "patient" and row.score is not None
    }
    files = {
        file
        for trial in cohort.trials
        if (trial.key.subject, trial.key.session) in rated
        for file in trial.files
    }
    index = None if cache is None else cache.stats
    return frozenset(short_hash(file_sha256(file, index)) for file in files if file.is_file())


def screening(settings: Settings) -> Settings:
    """Give the settings with sessions screened."""
    return dataclasses.replace(settings, digest=dataclasses.replace(settings.digest, screen=True))


def fit_digest(
    digest: CohortDigest,
    settings: Settings,
    plan: FitPlan,
    *,
    versions: dict[str, Version],
    progress: Progress | None = None,
) -> FittedModel:
    """Fit a model on a cohort that is digested already; see `fit_model`.

    Parameters
    ----------
    digest : CohortDigest
    settings : Settings
    plan : FitPlan
    versions : dict of str to Version
        The same sessions as scenarios of missing inputs leave them.
    progress : callable, optional
    """
    n_subjects = len(np.unique(digest.subjects))
    if n_subjects < _FEWEST:
        raise EvaluationError(
            f"a model that is kept needs at least {_FEWEST} rated subjects, so that its intervals "
            f"can be calibrated; got {n_subjects}. Rate more persons, or judge the model with: "
            "hybridmfp evaluate"
        )
    judged, name = EvaluationPlan(
        model=plan.model, protocol="group-kfold", n_folds=min(plan.n_folds, n_subjects),
        seed=plan.seed, n_jobs=plan.n_jobs,
    ).on(digest.scale)  # fmt: skip
    folds = grouped_k_folds(digest.subjects, n_folds=judged.n_folds, seed=plan.seed)
    crossed = _cross(digest, settings, judged, folds, versions, progress)
    uncertainty = _uncertainty(digest, folds, crossed.predicted, crossed.others)
    if progress is not None:
        progress("fitting on everybody", 0, 1)
    estimator = model_for(digest, name, settings=settings, seed=plan.seed)
    estimator.fit(digest.sessions, digest.scores, digest.subjects)
    _refuse_unlike(estimator, crossed.looks)
    if progress is not None:
        progress("fitting on everybody", 1, 1)
    reference = ExplanationReference().fit(
        digest.sessions, model=estimator, controls=digest.controls
    )
    novelty = _novelty(digest, settings)
    facts = ModelFacts(
        name=name,
        settings=settings,
        seed=plan.seed,
        n_folds=judged.n_folds,
        evaluation=_judged(digest, judged, folds, crossed.predicted, crossed.looks),
        audit=_audited(digest, settings, judged, plan, progress),
        audited=_AUDITED,
    )
    return FittedModel(
        name=name,
        scale=digest.scale,
        settings=settings,
        seed=plan.seed,
        estimator=estimator,
        fold_estimators=crossed.looks,
        vocabulary=_vocabulary(digest, name),
        uncertainty=uncertainty,
        novelty=novelty,
        reference=reference,
        card=model_card(digest, facts, uncertainty, estimate=crossed.predicted, novelty=novelty),
    )


@dataclass(frozen=True, eq=False)
class _Crossed:
    """What the models of all folds said, and the models."""

    predicted: NDArray[np.float64]
    others: dict[str, NDArray[np.float64]]
    looks: tuple[Any, ...]


def _cross(
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    folds: tuple[Fold, ...],
    versions: dict[str, Version],
    progress: Progress | None,
) -> _Crossed:
    """Estimate left-out persons, complete and with inputs missing, and keep the models."""
    wearable = {
        name: one for name, one in versions.items() if _can_be_asked(name, plan.model, digest)
    }
    crossed = cross_predict(
        model_for(digest, plan.model, settings=settings, seed=plan.seed),
        digest.sessions,
        digest.scores,
        subject=digest.subjects,
        folds=folds,
        others={name: one.sessions for name, one in wearable.items()},
        n_jobs=plan.n_jobs,
        look_at=_itself,
        progress=None if progress is None else lambda at, n: progress("judging", at, n),
    )
    scale = digest.scale
    others = {
        name: np.clip(np.where(wearable[name].seen, found, np.nan), scale.minimum, scale.maximum)
        for name, found in crossed.others.items()
    }
    predicted = np.clip(crossed.predicted, scale.minimum, scale.maximum)
    return _Crossed(predicted, others, crossed.looks)


def _itself(model: Any) -> Any:
    return model


def _can_be_asked(scenario: str, model: str | None, digest: CohortDigest) -> bool:
    """Tell whether anything is left of a scenario that a model looks at, and was there before."""
    emg, kinematics = (
        any(share > 0 for share in shares)
        for shares in zip(*(seen_shares(one) for one in digest.sessions), strict=True)
    )
    if scenario == "kinematics-only":
        return emg and kinematics and model != "fusion-emg"
    if scenario == "emg-only":
        return emg and kinematics and model != "fusion-kinematics"
    return True


def _uncertainty(
    digest: CohortDigest,
    folds: tuple[Fold, ...],
    estimate: NDArray[np.float64],
    others: dict[str, NDArray[np.float64]],
) -> Uncertainty:
    n_trials = np.array([len(one.task) for one in digest.sessions])
    return Uncertainty.learn(
        digest.scores,
        estimate,
        fold=fold_of_rows(folds, len(estimate)),
        subject=digest.subjects,
        scale=digest.scale,
        loss=measured_loss(
            digest.scores, others, complete=estimate, n_trials=n_trials, subject=digest.subjects
        ),
    )


def _refuse_unlike(estimator: Any, judged: Sequence[Any]) -> None:
    """Refuse to judge a hybrid, and to calibrate it, by ensembles that stood in for it."""
    alone = [one for one in judged if isinstance(one, HybridRegressor) and not one.networks_]
    if alone and estimator.networks_:
        raise EvaluationError(
            "the models of all folds must be of the kind that is kept, or they say nothing about "
            f"its errors; in {len(alone)} of {len(judged)} folds the model was "
            f"{alone[0].fallback_}. Use more folds, the model ensemble, or rate more persons."
        )


def _novelty(digest: CohortDigest, settings: Settings) -> NoveltyDetector:
    prepare = SessionRows(
        controls=digest.controls,
        band=settings.alignment.band,
        max_iterations=settings.alignment.max_iterations,
    )
    return NoveltyDetector(prepare=prepare).fit(digest.sessions, groups=digest.subjects)


def _judged(
    digest: CohortDigest,
    plan: EvaluationPlan,
    folds: tuple[Fold, ...],
    estimate: NDArray[np.float64],
    models: Sequence[Any],
) -> dict[str, Any]:
    looks = tuple(look for look in map(look_inside, models) if look is not None)
    run = judge_left_out(
        digest, plan, folds=folds, predicted=estimate, looks=looks,
        remarks=remarks_on(looks, digest, len(folds)),
    )  # fmt: skip
    return summarise_evaluation(digest, run)


def _audited(
    digest: CohortDigest,
    settings: Settings,
    judged: EvaluationPlan,
    plan: FitPlan,
    progress: Progress | None,
) -> dict[str, Any] | None:
    if plan.n_audit_draws == 0:
        return None
    thorough = AuditPlan(n_draws=plan.n_audit_draws, seed=plan.seed, n_jobs=plan.n_jobs)
    on_trial = dataclasses.replace(judged, model=_AUDITED)
    return summarise_audit(audit_model(digest, settings, on_trial, thorough, progress=progress))


def _vocabulary(digest: CohortDigest, model: str) -> Vocabulary:
    first: SessionDigest = digest.sessions[0]
    seen = np.array([seen_shares(one) for one in digest.sessions])
    muscles = () if first.bag is None else first.bag.muscles
    tasks = sorted({str(name) for one in digest.sessions for name in one.task})
    usual = np.median(seen, axis=0)
    return Vocabulary(
        columns=first.columns,
        session_columns=first.session_columns,
        muscles=muscles,
        tasks=tuple(tasks),
        montages=digest.montages,
        synergies=digest.synergies,
        emg_seen=0.0 if model == "fusion-kinematics" else float(usual[0]),
        kinematics_seen=0.0 if model == "fusion-emg" else float(usual[1]),
    )
