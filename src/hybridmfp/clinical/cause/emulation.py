"""A table of observations, read as the trial that it stands in for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from hybridmfp.clinical.cause.limits import limit
from hybridmfp.clinical.cause.target_trial import Criterion, TargetTrial
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

__all__ = ["EmulatedTrial", "emulate"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EmulatedTrial:
    """Hold who entered the emulated trial, what they got and what became of them.

    Attributes
    ----------
    subject : array, shape (n_entries,)
        Whose entry it is.
    treated : array of bool, shape (n_entries,)
        Whether the first strategy was given.
    outcome : array of float, shape (n_entries,)
        FMA-UE in points.
    covariates : pandas.DataFrame
        What is adjusted for, one row an entry.
    controls : dict of str to array of float
        Negative control outcomes.
    strata : dict of str to array of bool
        Who belongs to the declared groups.
    counts : dict of str to int
        How many rows were left at each step.
    """

    subject: NDArray[np.object_]
    treated: NDArray[np.bool_]
    outcome: Array
    covariates: pd.DataFrame
    controls: Mapping[str, Array]
    strata: Mapping[str, NDArray[np.bool_]]
    counts: Mapping[str, int]

    def persons(self, within: NDArray[np.bool_] | None = None) -> tuple[int, int]:
        """Count persons who got the first strategy, and the second."""
        kept = np.ones(len(self.treated), dtype=bool) if within is None else within
        first, second = (
            len(set(self.subject[kept & (self.treated == arm)])) for arm in (True, False)
        )
        return first, second


def emulate(table: pd.DataFrame, trial: TargetTrial, *, adjusted: Collection[str]) -> EmulatedTrial:
    """Apply the protocol of a trial to a table.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an entry, with the columns that `trial` names.
    trial : TargetTrial
    adjusted : collection of str
        Columns that are adjusted for.

    Raises
    ------
    ClinicalError
        ``missing_input`` for columns or values that are missing, or more than 5 % without an
        outcome; ``outside_window`` if more than 5 % were rated outside the follow-up;
        ``dates_out_of_order`` if a covariate was measured after time zero or the outcome before;
        ``not_identified`` if treatment was not decided at time zero; ``too_few`` for less than 100
        persons per strategy; ``impossible_value``, ``unit_mix_up`` and ``contradictory_inputs``
        for values that cannot be, and for numbers told as words.
    """
    known = tuple(
        dict.fromkeys([*adjusted, *(one.column for one in (*trial.eligibility, *trial.strata))])
    )
    _check_columns(table, trial, known)
    eligible = _within(table, trial.eligibility)
    dose = _numbers(table, trial.columns.treatment)
    _check_doses(trial.columns.treatment, dose)
    first, second = (_given(dose, strategy.dose_h) for strategy in trial.strategies)
    entered = table[eligible & (first | second)]
    _check_complete(entered, [*known, *trial.columns.always_needed[:1]])
    _check_times(entered, trial, known)
    rated = _rated(entered, trial)
    kept = entered[rated]
    _check_values(kept, trial)
    _check_covariates(kept, adjusted)
    counts = {
        "rows": len(table),
        "not_eligible": int(np.sum(~eligible)),
        "other_dose": int(np.sum(eligible & ~(first | second))),
        "without_outcome_in_window": int(np.sum(~rated)),
        "entries": len(kept),
    }
    emulated = EmulatedTrial(
        subject=kept[trial.columns.subject].to_numpy(dtype=object),
        treated=_given(_numbers(kept, trial.columns.treatment), trial.strategies[0].dose_h),
        outcome=_numbers(kept, trial.columns.outcome),
        covariates=kept[list(adjusted)].reset_index(drop=True),
        controls={name: _numbers(kept, name) for name in trial.negative_controls},
        strata={stratum.text: _within(kept, [stratum]) for stratum in trial.strata},
        counts=counts,
    )
    _check_enough(emulated, trial)
    return emulated


def _check_columns(table: pd.DataFrame, trial: TargetTrial, known: Iterable[str]) -> None:
    columns = trial.columns
    untimed = [one for one in known if one not in columns.fixed and one not in columns.measured_day]
    if untimed:
        raise ClinicalError(
            "it must be told when each covariate was measured, because what happens after time "
            f"zero must not be adjusted for; not told for {', '.join(untimed)}. Name its column "
            "of days in measured_day, or list it in fixed.",
            refusal="missing_input",
        )
    timed = [columns.measured_day[one] for one in known if one not in columns.fixed]
    needed = dict.fromkeys([*columns.always_needed, *known, *timed, *trial.negative_controls])
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise ClinicalError(
            f"the table must have the columns that DAG and trial name; {', '.join(missing)} "
            "missing. Measure them, or declare them unmeasured in the DAG.",
            refusal="missing_input",
        )
    twice = [name for name in needed if np.sum(table.columns == name) > 1]
    if twice:
        raise ClinicalError(
            f"each column must be told once; {', '.join(twice)} stands in the table more than "
            "once. Delete one.",
            refusal="contradictory_inputs",
        )
    _check_complete(table, dict.fromkeys(one.column for one in trial.eligibility))


def _check_complete(table: pd.DataFrame, names: Iterable[str]) -> None:
    for name in names:
        empty = int(table[name].isna().sum())
        if empty:
            raise ClinicalError(
                f"{name} must be known of everybody who could enter; missing in {empty} of "
                f"{len(table)} rows. Make 'known' a criterion of eligibility and say so, or "
                "fill it in by a method of your own before; no value is made up here.",
                refusal="missing_input",
            )


def _numbers(table: pd.DataFrame, name: str) -> Array:
    try:
        return table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ClinicalError(
            f"{name} must hold numbers; got {table[name].dtype}. Convert it first.",
            refusal="impossible_value",
        ) from error


def _within(table: pd.DataFrame, criteria: Iterable[Criterion]) -> NDArray[np.bool_]:
    belongs = np.ones(len(table), dtype=bool)
    for one in criteria:
        if one.among:
            belongs &= table[one.column].isin(one.among).to_numpy(dtype=bool)
        else:
            value = _numbers(table, one.column)
            belongs &= (one.low <= value) & (value <= one.high)
    return belongs


def _given(dose: Array, dose_h: tuple[float, float]) -> NDArray[np.bool_]:
    given: NDArray[np.bool_] = (dose_h[0] <= dose) & (dose <= dose_h[1])
    return given


def _check_doses(name: str, dose: Array) -> None:
    wrong = ~(np.isfinite(dose) & (dose >= 0))
    if np.any(wrong):
        raise ClinicalError(
            f"{name} must be hours of 0 or more in every row; got "
            f"{float(dose[wrong][0]):g} in {int(np.sum(wrong))} of {len(dose)} rows. "
            "A dose that is not known is not 0: leave such persons out by a criterion.",
            refusal="impossible_value",
        )


def _check_times(table: pd.DataFrame, trial: TargetTrial, known: Iterable[str]) -> None:
    columns = trial.columns
    _check_complete(table, [columns.time_zero_day, columns.decided_day])
    zero = _numbers(table, columns.time_zero_day)
    moved = int(np.sum(_numbers(table, columns.decided_day) != zero))
    if moved:
        raise ClinicalError(
            f"the treatment must be decided at time zero; {moved} of {len(table)} entries were "
            f"decided on another day than {columns.time_zero_day}. Who had to get through the days "
            "between is immortal time, and no effect of therapy. Set time zero to the day of the "
            "decision for both strategies.",
            refusal="not_identified",
        )
    for name in known:
        if name in columns.fixed:
            continue
        day = columns.measured_day[name]
        _check_complete(table, [day])
        later = int(np.sum(_numbers(table, day) > zero))
        if later:
            raise ClinicalError(
                f"{name} must be measured at or before time zero; {later} of {len(table)} entries "
                "were measured after it, when the treatment may have changed it. Take the last "
                "value before.",
                refusal="dates_out_of_order",
            )
    doubled = int(table.duplicated([columns.subject, columns.time_zero_day]).sum())
    if doubled:
        raise ClinicalError(
            f"a person must enter once per time zero; {doubled} rows repeat another. "
            "Give one row per entry.",
            refusal="contradictory_inputs",
        )


def _rated(table: pd.DataFrame, trial: TargetTrial) -> NDArray[np.bool_]:
    """Find who was rated in the window; refuse if too many were not."""
    columns = trial.columns
    low, high = trial.follow_up_days
    after = _numbers(table, columns.outcome_day) - _numbers(table, columns.time_zero_day)
    told = np.isfinite(_numbers(table, columns.outcome)) & np.isfinite(after)
    if np.any(told & (after <= 0)):
        raise ClinicalError(
            f"{columns.outcome} must be rated after time zero; "
            f"{int(np.sum(told & (after <= 0)))} of {len(table)} entries were rated before.",
            refusal="dates_out_of_order",
        )
    rated: NDArray[np.bool_] = told & (low <= after) & (after <= high)
    lost, late = int(np.sum(~told)), int(np.sum(told & ~rated))
    if len(table) and (lost + late) / len(table) > limit("most_lost"):
        raise ClinicalError(
            f"at least {1 - limit('most_lost'):.0%} of those who entered must be rated {low:g} to "
            f"{high:g} days after time zero; of {len(table)}, {lost} have no rating and {late} "
            "another day. Who is missing is seldom missing by chance. Complete the follow-up, or "
            "declare another window.",
            refusal="missing_input" if lost >= late else "outside_window",
        )
    return rated


def _check_values(table: pd.DataFrame, trial: TargetTrial) -> None:
    name = trial.columns.outcome
    score = _numbers(table, name)
    wrong = (score < FMA_UE.minimum) | (score > FMA_UE.maximum)
    if np.any(wrong):
        raise ClinicalError(
            f"{name} must lie between 0 and 66 points; got {float(score[wrong][0]):g} in "
            f"{int(np.sum(wrong))} of {len(score)} entries.",
            refusal="impossible_value",
        )
    if len(score) and np.max(score) <= 1:
        raise ClinicalError(
            f"{name} must be in points from 0 to 66; got none above 1, which looks like shares of "
            "the scale. Multiply by 66.",
            refusal="unit_mix_up",
        )
    _check_complete(table, trial.negative_controls)


def _check_covariates(table: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse numbers that are none, and numbers or days that would count as categories."""
    for name in names:
        values = table[name]
        if is_numeric_dtype(values):
            endless = int(np.sum(~np.isfinite(_numbers(table, name))))
            if endless:
                raise ClinicalError(
                    f"{name} must be finite; it is not in {endless} of {len(table)} entries.",
                    refusal="impossible_value",
                )
            continue
        words = values.astype(str)
        n_words = words.nunique()
        in_digits = bool(pd.to_numeric(words, errors="coerce").notna().all())
        if n_words * limit("least_per_category") > len(table) or (
            in_digits and n_words > limit("most_categories_in_digits")
        ):
            raise ClinicalError(
                f"{name} must be numbers, or words that stand for groups; got {n_words} different "
                f"words such as {words.iloc[0]!r} in {len(table)} entries, too many to learn "
                "from. Convert text and days to numbers, or merge groups.",
                refusal="impossible_value",
            )


def _check_enough(emulated: EmulatedTrial, trial: TargetTrial) -> None:
    least = int(limit("least_per_arm"))
    counts = emulated.persons()
    if min(counts) >= least:
        return
    told = " and ".join(
        f"{n} with {one.name}" for n, one in zip(counts, trial.strategies, strict=True)
    )
    single = "A single arm tells nothing about the other. " if min(counts) == 0 else ""
    raise ClinicalError(
        f"each strategy must have at least {least} persons; got {told}. {single}"
        "Wait until more are followed up; do not widen the strategies.",
        refusal="too_few",
    )
