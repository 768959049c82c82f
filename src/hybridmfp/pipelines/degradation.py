"""How much an estimate loses when signals are missing that the model learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.evaluation import (
    adjust_by_holm,
    bootstrap_interval,
    compare_models,
    cross_predict,
    errors_per_subject,
    mean_absolute_error,
)
from hybridmfp.io.cache import ContentCache
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import folds_of, predict_baselines
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan, Progress
from hybridmfp.pipelines.lessen import COMPLETE, SCENARIOS, Scenario, find_scenarios
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.settings import Settings
from hybridmfp.pipelines.versions import Version, digest_versions
from hybridmfp.signals import Cohort

__all__ = ["DegradationCurve", "Loss", "degradation_curve"]


@dataclass(frozen=True)
class Loss:
    """Say what a scenario costs; figures that are not defined are None.

    Attributes
    ----------
    scenario, meaning : str
        Its name, and what is left of the recordings.
    n_rows : int
        Sessions with an estimate; every figure below is about these alone.
    n_missing : int
        Sessions without an estimate, because nothing usable is left of them.
    n_trials : int
        Usable trials that are left of all rated sessions.
    mae, mae_low, mae_high : float or None
        Mean absolute error in points, with its bootstrap interval over subjects.
    complete_mae : float or None
        Error on complete recordings, of the same sessions.
    loss_percent : float or None
        How much larger `mae` is than `complete_mae`, in percent.
    difference_points, difference_low, difference_high : float or None
        Error minus that on complete recordings, mean over subjects, with its paired interval.
    p_value, p_adjusted : float or None
        Wilcoxon signed-rank test of these differences; corrected by Holm for all scenarios.
    note : str
        What the reader must know; empty if nothing.
    """

    scenario: str
    meaning: str
    n_rows: int
    n_missing: int
    n_trials: int
    mae: float | None = None
    mae_low: float | None = None
    mae_high: float | None = None
    complete_mae: float | None = None
    loss_percent: float | None = None
    difference_points: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class DegradationCurve:
    """Hold what each scenario costs, and every estimate behind it.

    Attributes
    ----------
    plan : EvaluationPlan
    losses : tuple of Loss
        In the order asked for, complete recordings first.
    estimated : dict of str to array of float, shape (n_rows,)
        Estimates by scenario, in points; NaN where there is none. Scenarios that are not
        possible have no entry.
    baseline_mean_mae : float
        Error of guessing the mean of the training scores, in points: what knows no signal.
    """

    plan: EvaluationPlan
    losses: tuple[Loss, ...]
    estimated: dict[str, NDArray[np.float64]]
    baseline_mean_mae: float

    def table(self) -> pd.DataFrame:
        """Give one row per scenario with the attributes of `Loss`."""
        return pd.DataFrame([asdict(one) for one in self.losses])


def degradation_curve(
    cohort: Cohort,
    digest: CohortDigest,
    settings: Settings,
    plan: EvaluationPlan,
    *,
    scenarios: Sequence[str] = tuple(SCENARIOS),
    cache: ContentCache | None = None,
    progress: Progress | None = None,
) -> DegradationCurve:
    """Judge a model that learned from complete recordings on lessened ones.

    In every outer fold the model is fitted once, on complete sessions, and estimates the
    left-out persons from each version of their recordings.

    Parameters
    ----------
    cohort : Cohort
    digest : CohortDigest
        Of that cohort.
    settings : Settings
    plan : EvaluationPlan
        Its permutations are not made.
    scenarios : sequence of str, default all
        Names of `SCENARIOS`; complete recordings are always among them.
    cache : ContentCache, optional
    progress : callable, optional

    Returns
    -------
    DegradationCurve

    Raises
    ------
    SettingsError
        If there is no such scenario or model, or the protocol is ``published``.
    EvaluationError
        If there are fewer than 3 subjects, or all scores are equal.
    """
    if plan.protocol == "published":
        raise SettingsError(
            "protocol must be loso or group-kfold, because a loss is measured on persons whom "
            "the model has not met; got 'published'. Leave it out."
        )
    wanted = find_scenarios(scenarios)
    folds = folds_of(digest, plan)
    plan, name = plan.on(digest.scale)
    model = model_for(digest, name, settings=settings, seed=plan.seed)
    versions, refusals = digest_versions(
        cohort,
        digest,
        settings.digest,
        scenarios=wanted[1:],
        n_jobs=plan.n_jobs,
        cache=cache,
        progress=progress,
    )
    crossed = cross_predict(
        model,
        digest.sessions,
        digest.scores,
        subject=digest.subjects,
        folds=folds,
        others={name: version.sessions for name, version in versions.items()},
        n_jobs=plan.n_jobs,
        progress=None if progress is None else lambda done, n: progress("judging", done, n),
    )
    raw = {COMPLETE: crossed.predicted} | {
        name: np.where(versions[name].seen, answers, np.nan)
        for name, answers in crossed.others.items()
    }
    scale = digest.scale
    estimated = {name: np.clip(one, scale.minimum, scale.maximum) for name, one in raw.items()}
    versions[COMPLETE] = _complete(digest)
    losses = [
        _loss(one, digest, estimated, versions[one.name], seed=plan.seed)
        if one.name in versions
        else Loss(one.name, one.meaning, 0, len(digest.rows), 0, note=refusals[one.name])
        for one in wanted
    ]
    mean = predict_baselines(digest, folds)["training mean"]
    return DegradationCurve(
        plan, _adjusted(losses), estimated, mean_absolute_error(digest.scores, mean)
    )


def _complete(digest: CohortDigest) -> Version:
    n_trials = sum(len(session.task) for session in digest.sessions)
    return Version(digest.sessions, np.ones(len(digest.rows), dtype=bool), n_trials)


def _loss(
    scenario: Scenario,
    digest: CohortDigest,
    estimated: Mapping[str, NDArray[np.float64]],
    version: Version,
    *,
    seed: int,
) -> Loss:
    """Judge one scenario on the sessions that have an estimate in it and from all signals."""
    name = scenario.name
    seen = np.isfinite(estimated[name]) & np.isfinite(estimated[COMPLETE])
    n_rows = int(seen.sum())
    found = Loss(
        name, scenario.meaning, n_rows, len(seen) - n_rows, version.n_trials, note=version.note
    )
    rated, guessed, subject = digest.scores[seen], estimated[name][seen], digest.subjects[seen]
    if len(set(subject.tolist())) < 2:
        return replace(found, note="Not possible: fewer than two persons have an estimate.")
    mae, complete_mae = (
        mean_absolute_error(rated, one) for one in (guessed, estimated[COMPLETE][seen])
    )
    interval = bootstrap_interval(mean_absolute_error, rated, guessed, subject=subject, seed=seed)
    found = replace(
        found,
        mae=mae,
        mae_low=interval.low,
        mae_high=interval.high,
        complete_mae=complete_mae,
        loss_percent=100 * (mae / complete_mae - 1) if complete_mae > 0 else None,
    )
    if name == COMPLETE:
        return found
    errors = {
        which: errors_per_subject(rated, estimated[which][seen], subject=subject)
        for which in (COMPLETE, name)
    }
    (compared,) = compare_models(errors, reference=COMPLETE, seed=seed)
    return replace(
        found,
        difference_points=compared.difference_points,
        difference_low=compared.interval.low,
        difference_high=compared.interval.high,
        p_value=compared.p_value,
    )


def _adjusted(losses: Sequence[Loss]) -> tuple[Loss, ...]:
    """Correct the p-values for the number of scenarios that were tested."""
    tested = {one.scenario: one.p_value for one in losses if one.p_value is not None}
    adjusted = dict(zip(tested, adjust_by_holm(list(tested.values())).tolist(), strict=True))
    return tuple(replace(one, p_adjusted=adjusted.get(one.scenario)) for one in losses)
