"""From a table, a graph and a protocol to an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hybridmfp.clinical.cause.adjustment import (
    adjustment_set,
    check_negative_control,
    is_closed_within,
)
from hybridmfp.clinical.cause.cross_fitting import (
    CrossFitting,
    Fold,
    expected_outcomes,
    grouped_folds,
    propensities,
)
from hybridmfp.clinical.cause.dag import Dag
from hybridmfp.clinical.cause.doubly_robust import (
    Answer,
    Estimate,
    doubly_robust,
    median_of_repeats,
    with_interval,
)
from hybridmfp.clinical.cause.e_value import e_value_of_difference
from hybridmfp.clinical.cause.effect import ControlEffect, Effect, StratumEffect
from hybridmfp.clinical.cause.emulation import EmulatedTrial, emulate
from hybridmfp.clinical.cause.learners import design_of
from hybridmfp.clinical.cause.limits import limit
from hybridmfp.clinical.cause.overlap import assess_overlap, clipped, require_overlap
from hybridmfp.clinical.cause.target_trial import Criterion, TargetTrial
from hybridmfp.errors import ClinicalError

__all__ = ["estimate_effect"]

Array = NDArray[np.float64]


def estimate_effect(
    table: pd.DataFrame,
    *,
    dag: Dag,
    trial: TargetTrial,
    level: float = 0.95,
    cross_fitting: CrossFitting | None = None,
    random_state: int = 0,
) -> Effect:
    """Estimate what the first strategy does against the second, or refuse.

    Augmented inverse probability weighting with cross-fitting by whole persons, the median over
    several divisions. Refused without identification by the declared graph, without a treatment
    decided at time zero, with too few persons, without overlap, and when a negative control moves.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an entry; numbers as numbers, categories as words. Missing covariates are refused.
    dag : Dag
        What causes what; nodes are named like columns.
    trial : TargetTrial
        What would have been done by lot, and how the table stands in for it.
    level : float, default 0.95
        How often intervals shall hold the true effect, between 0 and 1.
    cross_fitting : CrossFitting, optional
        Folds and learners.
    random_state : int, default 0
        Seed of the divisions into folds.

    Returns
    -------
    Effect

    Raises
    ------
    ClinicalError
        ``not_identified``, ``no_overlap``, ``too_few``, and for bad tables as `emulate` does.

    References
    ----------
    Chernozhukov, V., et al. (2018). Double/debiased machine learning for treatment and structural
    parameters. *The Econometrics Journal*, 21, C1-C68. doi:10.1111/ectj.12097

    Lipsitch, M., Tchetgen Tchetgen, E., Cohen, T. (2010). Negative controls. *Epidemiology*, 21,
    383-388. doi:10.1097/EDE.0b013e3181d61eeb
    """
    if not 0 < level < 1:
        raise ClinicalError(
            f"level must lie between 0 and 1; got {level!r}.", refusal="impossible_value"
        )
    how = CrossFitting() if cross_fitting is None else cross_fitting
    treatment, chosen_by = trial.columns.treatment, _columns_of(trial.eligibility)
    adjusted = adjustment_set(dag, treatment, trial.columns.outcome, chosen_by=chosen_by)
    _check_strata(dag, trial)
    for control in trial.negative_controls:
        check_negative_control(
            dag, control, treatment=treatment, adjusted=adjusted, chosen_by=chosen_by
        )
    emulated = emulate(table, trial, adjusted=adjusted)
    divisions = _divide(emulated, how, random_state)
    overlap = assess_overlap(
        np.median([one.propensity for one in divisions], axis=0),
        emulated.treated,
        design_of(emulated.covariates),
        estimand=trial.estimand,
    )
    require_overlap(overlap)
    learned = _learn(emulated, divisions, how)
    controls = _judge_controls(learned, trial, level)
    estimate = _median(learned.answers, trial)
    interval = with_interval(estimate, level)
    return Effect(
        value=estimate.value,
        standard_error=estimate.standard_error,
        interval=interval,
        level=level,
        g_computation=float(
            np.median([one.g_computation(trial.estimand) for one in learned.answers])
        ),
        naive=_naive(emulated),
        e_value=e_value_of_difference(estimate.value, interval, sd=_pooled_sd(emulated)),
        overlap=overlap,
        controls=controls,
        strata=tuple(
            _opened_stratum(one, dag, adjusted, emulated, trial)
            or _stratum(one.text, emulated, learned, trial, level)
            for one in trial.strata
        ),
        n_persons=emulated.persons(),
        counts=emulated.counts,
        adjusted=adjusted,
        dag=dag,
        trial=trial,
        random_state=random_state,
    )


@dataclass(frozen=True, eq=False)
class _Division:
    """One division of persons into folds, and the chance of the first strategy learned with it."""

    folds: list[Fold]
    propensity: Array


@dataclass(frozen=True, eq=False)
class _Learned:
    """What was learned in every division: of the outcome, and of the negative controls."""

    answers: tuple[Answer, ...]
    controls: dict[str, tuple[Answer, ...]]


def _divide(emulated: EmulatedTrial, how: CrossFitting, random_state: int) -> list[_Division]:
    design = design_of(emulated.covariates)
    treated, subject = emulated.treated, emulated.subject
    divisions = []
    for seed in range(random_state, random_state + how.n_repeats):
        folds = grouped_folds(treated, subject, n_folds=how.n_folds, random_state=seed)
        chance = propensities(design, treated, subject, folds=folds, how=how)
        divisions.append(_Division(folds, chance))
    return divisions


def _learn(emulated: EmulatedTrial, divisions: Sequence[_Division], how: CrossFitting) -> _Learned:
    design = design_of(emulated.covariates)
    treated, subject = emulated.treated, emulated.subject

    def answers(outcome: Array) -> tuple[Answer, ...]:
        several = []
        for one in divisions:
            first, second = expected_outcomes(
                design, outcome, treated, subject, folds=one.folds, how=how
            )
            several.append(Answer(outcome, treated, one.propensity, first, second, subject))
        return tuple(several)

    controls = {name: answers(outcome) for name, outcome in emulated.controls.items()}
    return _Learned(answers(emulated.outcome), controls)


def _median(
    answers: Sequence[Answer], trial: TargetTrial, within: NDArray[np.bool_] | None = None
) -> Estimate:
    """Median of the divisions, propensities kept off 0 and 1."""
    moved = [replace(one, propensity=clipped(one.propensity)) for one in answers]
    return median_of_repeats([doubly_robust(one, trial.estimand, within=within) for one in moved])


def _judge_controls(
    learned: _Learned, trial: TargetTrial, level: float
) -> tuple[ControlEffect, ...]:
    """Refuse the effect if something moves that the treatment cannot move."""
    together = 1 - (1 - level) / max(len(learned.controls), 1)
    controls = []
    for name, answers in learned.controls.items():
        estimate = _median(answers, trial)
        low, high = with_interval(estimate, together)
        if not low <= 0 <= high:
            raise ClinicalError(
                f"{name}, which the treatment cannot change, must show no effect; got "
                f"{estimate.value:+.2f} ({together:.0%} interval {low:+.2f} to {high:+.2f}). The "
                "groups differ by something that is not adjusted for, so their difference in "
                f"{trial.columns.outcome} is not the treatment's either. Find what decided the "
                "treatment and measure it.",
                refusal="not_identified",
            )
        controls.append(ControlEffect(name, estimate.value, (low, high), together))
    return tuple(controls)


def _columns_of(criteria: Sequence[Criterion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.column for one in criteria))


def _opened_stratum(
    stratum: Criterion,
    dag: Dag,
    adjusted: Sequence[str],
    emulated: EmulatedTrial,
    trial: TargetTrial,
) -> StratumEffect | None:
    """Refuse a group that opens a back door: choosing by a collider ties its causes together."""
    closed = is_closed_within(
        dag,
        trial.columns.treatment,
        trial.columns.outcome,
        adjusted=adjusted,
        chosen_by=_columns_of((*trial.eligibility, stratum)),
    )
    if closed:
        return None
    message = (
        f"{stratum.text} must not open a back door; {stratum.column} is a common effect of what "
        "decided the treatment and of what decided the outcome. Choose another group."
    )
    refused = {"refusal": "not_identified", "message": message}
    persons = emulated.persons(emulated.strata[stratum.text])
    return StratumEffect(stratum.text, persons, refused=refused)


def _stratum(
    name: str, emulated: EmulatedTrial, learned: _Learned, trial: TargetTrial, level: float
) -> StratumEffect:
    within = emulated.strata[name]
    n_persons = emulated.persons(within)
    least = int(limit("least_per_arm"))
    if min(n_persons) < least:
        message = (
            f"{name} must have at least {least} persons per strategy; got {n_persons[0]} and "
            f"{n_persons[1]}. Merge groups before, or wait for more."
        )
        refused = {"refusal": "too_few", "message": message}
        return StratumEffect(name, n_persons, refused=refused)
    estimate = _median(learned.answers, trial, within)
    return StratumEffect(name, n_persons, estimate.value, with_interval(estimate, level))


def _check_strata(dag: Dag, trial: TargetTrial) -> None:
    caused = dag.descendants(trial.columns.treatment)
    wrong = [one.column for one in (*trial.strata, *trial.eligibility) if one.column in caused]
    if wrong:
        raise ClinicalError(
            "eligibility and strata must be known at time zero; the DAG says that "
            f"{trial.columns.treatment} changes {', '.join(dict.fromkeys(wrong))}. "
            "Choose what was known before.",
            refusal="contradictory_inputs",
        )


def _naive(emulated: EmulatedTrial) -> float:
    return float(
        np.mean(emulated.outcome[emulated.treated]) - np.mean(emulated.outcome[~emulated.treated])
    )


def _pooled_sd(emulated: EmulatedTrial) -> float:
    arms = [emulated.outcome[emulated.treated == arm] for arm in (True, False)]
    squares = sum(float(np.var(arm, ddof=1)) * (len(arm) - 1) for arm in arms)
    return float(np.sqrt(squares / (len(emulated.outcome) - 2)))
