"""Effects are found where they can be, and refused by name where not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridmfp.clinical.cause import (
    Criterion,
    CrossFitting,
    Dag,
    Effect,
    TargetTrial,
    estimate_effect,
)
from hybridmfp.clinical.cause.cross_fitting import expected_outcomes, grouped_folds, propensities
from hybridmfp.clinical.cause.learners import Design, design_of
from hybridmfp.clinical.cause.limits import limits_as_json, source_of_limit
from hybridmfp.clinical.cause.overlap import assess_overlap, require_overlap
from hybridmfp.errors import ClinicalError

TRUE_EFFECT = 4.0
QUICK = CrossFitting(n_folds=3, n_repeats=1)
Tables = Callable[..., pd.DataFrame]


# ------------------------------------------------------------------------------ the answer


def test_a_known_effect_is_found_where_the_plain_difference_misleads(found: Effect) -> None:
    assert found.interval[0] < TRUE_EFFECT < found.interval[1]
    assert abs(found.value - TRUE_EFFECT) < 3 * found.standard_error < 1.5
    assert abs(found.g_computation - TRUE_EFFECT) < 1
    assert found.naive > TRUE_EFFECT + 5


def test_everything_that_a_reader_needs_is_json(found: Effect) -> None:
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))

    assert told["adjusted_for"] == ["start_score", "age", "site"]
    assert told["unit"] == "points"
    assert told["e_value"]["estimate"] > told["e_value"]["bound"] > 1
    assert told["target_trial"][0]["element"] == "eligibility"
    assert told["dag"]["unmeasured"] == ["hidden"]
    assert told["limits"]["least_per_arm"]["source_status"] == "assumption"
    assert told["negative_controls"][0]["name"] == "leg_score"
    assert "Observational" in told["caveat"]
    assert sum(told["n_persons"]) == told["counts"]["entries"] == 600


def test_the_sentence_names_effect_doubt_and_caveat(found: Effect) -> None:
    for words in (
        "90 h instead of 20 h",
        "95% interval",
        "start_score, age, site",
        "risk ratio",
        "leg_score, which the treatment cannot change",
        "Observational",
    ):
        assert words in found.sentence


def test_weighting_makes_the_groups_alike(found: Effect) -> None:
    for one in found.overlap.balance:
        if abs(one.before) > 0.25:
            assert abs(one.after) < abs(one.before) / 2


def test_a_declared_group_has_an_effect_and_a_small_one_says_why_not(found: Effect) -> None:
    low, site = found.strata

    assert low.interval is not None
    assert low.interval[0] < TRUE_EFFECT < low.interval[1]
    assert low.refused is None
    assert site.value is None
    assert site.refused is not None
    assert site.refused["refusal"] == "too_few"
    assert "at least 100 persons per strategy" in site.refused["message"]


def test_the_same_seed_gives_the_same_effect(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    first, second = (
        estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK, random_state=5)
        for _ in range(2)
    )

    assert first == second


def test_the_order_of_columns_and_other_columns_do_not_matter(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    more = table.assign(shoe_size=42)[[*sorted(table.columns, reverse=True), "shoe_size"]]

    values = [
        estimate_effect(some, dag=dag, trial=trial, cross_fitting=QUICK).value
        for some in (table, more)
    ]

    assert values[0] == values[1]


def test_without_confounders_the_lot_is_all_that_is_needed(
    tables: Tables, trial: TargetTrial
) -> None:
    table = tables(confounding=0.0)
    dag = Dag.from_text("dose_h -> score", unmeasured=())

    effect = estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK)

    assert effect.adjusted == ()
    assert effect.value == pytest.approx(effect.naive, abs=0.3)
    assert effect.overlap.balance == ()
    assert "nothing but chance" in effect.sentence


def test_the_effect_on_the_treated_is_told_as_such(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    trial = replace(trial, estimand="ATT")

    effect = estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK)

    assert abs(effect.value - TRUE_EFFECT) < 3 * effect.standard_error < 1.5
    assert "in those who got 90 h" in effect.sentence
    assert effect.as_json()["estimand"] == "ATT"


def test_persons_who_enter_twice_do_not_narrow_the_interval_like_others(
    tables: Tables, dag: Dag, trial: TargetTrial
) -> None:
    table = tables(260)
    again = table.assign(
        **{
            name: table[name] + 400
            for name in ("zero_day", "decided_day", "outcome_day", "start_score_day")
        }
    )
    one = estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK)

    both = estimate_effect(pd.concat([table, again]), dag=dag, trial=trial, cross_fitting=QUICK)

    assert both.standard_error == pytest.approx(one.standard_error, rel=0.3)
    assert sum(both.n_persons) == 260


def test_without_a_negative_control_the_reader_is_warned(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    table.loc[:3, "score"] = np.nan

    effect = estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK)

    assert "No negative control was declared." in effect.warnings
    assert any(text.startswith("4 entries without an outcome") for text in effect.warnings)
    assert "nothing here tested the graph" in effect.sentence


def test_moved_propensities_are_not_moved_in_silence(found: Effect) -> None:
    moved = replace(found, overlap=replace(found.overlap, n_clipped=3))

    assert any(one.startswith("3 entries had a chance") for one in moved.warnings)
    assert not any(
        "had a chance" in one
        for one in replace(found, overlap=replace(found.overlap, n_clipped=0)).warnings
    )


def test_several_negative_controls_refuse_together_as_seldom_as_one(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    dag = Dag((*dag.edges, ("hidden", "other_leg")), dag.unmeasured)
    table["other_leg"] = np.random.default_rng(6304).normal(size=400)
    trial = replace(trial, negative_controls=("leg_score", "other_leg"))

    effect = estimate_effect(table, dag=dag, trial=trial, level=0.9, cross_fitting=QUICK)

    assert [one.level for one in effect.controls] == pytest.approx([0.95, 0.95])
    assert all(one.interval[0] <= 0 <= one.interval[1] for one in effect.controls)


# ------------------------------------------------------------------------------ refusals


def refused(table: pd.DataFrame, dag: Dag, trial: TargetTrial, message: str, **more: Any) -> str:
    with pytest.raises(ClinicalError, match=message) as caught:
        estimate_effect(table, dag=dag, trial=trial, cross_fitting=QUICK, **more)
    return str(caught.value.refusal)


def test_a_hidden_confounder_that_is_declared_is_refused_whatever_the_data(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    hidden = Dag((*dag.edges, ("hidden", "dose_h")), dag.unmeasured)

    message = "dose_h <- hidden -> score.*Measure hidden"
    assert refused(table, hidden, trial, message) == "not_identified"


def test_a_hidden_confounder_that_is_not_declared_is_betrayed_by_a_negative_control(
    tables: Tables, dag: Dag, trial: TargetTrial
) -> None:
    trial = replace(trial, negative_controls=("leg_score",))
    table = tables(hidden=1.5)

    message = "leg_score, which the treatment cannot change, must show no effect"
    assert refused(table, dag, trial, message) == "not_identified"


def test_a_table_without_overlap_is_refused(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    table["dose_h"] = np.where(table["start_score"] > 27, 90.0, 20.0)

    message = "could hardly have got the other"
    assert refused(table, dag, trial, message) == "no_overlap"


def test_strong_confounding_is_no_overlap_before_it_is_a_wrong_answer(
    tables: Tables, dag: Dag, trial: TargetTrial
) -> None:
    table = tables(confounding=5.0)

    assert refused(table, dag, trial, "chance of the first strategy outside") == "no_overlap"


@pytest.mark.parametrize("column", ["score", "dose_h"])
def test_groups_that_the_treatment_changes_are_refused(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial, column: str
) -> None:
    if column == "dose_h":
        dag = Dag((*dag.edges, ("dose_h", "age2"), ("age2", "score")), dag.unmeasured)
        column = "age2"
    trial = replace(trial, strata=(Criterion(column, 0, 30),))

    message = f"dose_h changes {column}"
    assert refused(table, dag, trial, message) == "contradictory_inputs"


def test_a_negative_control_with_gaps_is_refused(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial
) -> None:
    table.loc[4, "leg_score"] = np.nan
    trial = replace(trial, negative_controls=("leg_score",))

    assert refused(table, dag, trial, "leg_score must be known") == "missing_input"


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan, 95.0])
def test_a_level_is_a_share(
    table: pd.DataFrame, dag: Dag, trial: TargetTrial, level: float
) -> None:
    message = "level must lie between 0 and 1"
    assert refused(table, dag, trial, message, level=level) == "impossible_value"


@pytest.mark.parametrize("told", [{"n_folds": 1}, {"n_repeats": 0}, {"n_inner": 1}])
def test_cross_fitting_needs_folds(told: dict[str, int]) -> None:
    with pytest.raises(ClinicalError, match="must be at least"):
        CrossFitting(**told)


# ------------------------------------------------------------------------------ cross-fitting


class Parrot:
    """Repeats what it has met; says NaN to a stranger."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Parrot:
        self.heard = {tuple(row): float(value) for row, value in zip(X, y, strict=True)}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.array([self.heard.get(tuple(row), np.nan) for row in X])

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        chance = self.predict(X)
        return np.column_stack([1 - chance, chance])


def test_no_learner_has_met_the_person_whom_it_judges() -> None:
    rng = np.random.default_rng(6303)
    person = np.repeat(np.arange(60), 2)
    design = Design(person[:, np.newaxis].astype(float), ("who",), ())
    treated, outcome = rng.random(120) < 0.5, rng.normal(size=120)
    subject = person.astype(object)
    how = CrossFitting(outcome=lambda *_: Parrot(), propensity=lambda *_: Parrot())
    folds = grouped_folds(treated, subject, n_folds=5, random_state=0)

    chance = propensities(design, treated, subject, folds=folds, how=how)
    first, second = expected_outcomes(design, outcome, treated, subject, folds=folds, how=how)

    assert np.isnan(chance).all()
    assert np.isnan(first).all()
    assert np.isnan(second).all()


@pytest.mark.parametrize("entries", [1, 2])
def test_folds_hold_whole_persons_and_everybody_once(entries: int) -> None:
    subject = np.repeat(np.arange(90), entries).astype(object)
    treated = np.tile([True, False, False], 30 * entries)

    folds = grouped_folds(treated, subject, n_folds=5, random_state=3)

    assert sorted(np.concatenate([test for _, test in folds])) == list(range(90 * entries))
    for train, test in folds:
        assert not set(subject[train]) & set(subject[test])
        assert 0.2 < np.mean(treated[test]) < 0.5


def test_words_become_one_column_per_value_and_numbers_stay() -> None:
    design = design_of(
        pd.DataFrame({"age": np.arange(12.0), "few": [0, 1] * 6, "site": ["B", "A"] * 6})
    )

    assert design.names == ("age", "few", "site=A", "site=B")
    assert design.smooth == (0,)
    assert np.array_equal(design.matrix[:2], [[0, 0, 0, 1], [1, 1, 1, 0]])


# ------------------------------------------------------------------------------ overlap


def overlap_of(chance: np.ndarray, treated: np.ndarray, estimand: Any = "ATE") -> Any:
    design = Design(np.arange(len(chance), dtype=float)[:, np.newaxis], ("x",), ())
    return assess_overlap(chance, treated, design, estimand=estimand)


def test_with_a_fair_lot_everybody_counts_fully() -> None:
    treated = np.arange(200) % 2 == 0

    overlap = overlap_of(np.full(200, 0.5), treated)

    assert overlap.effective == pytest.approx((100, 100))
    assert overlap.share_outside == 0
    assert overlap.balance[0].after == pytest.approx(overlap.balance[0].before, rel=1e-12)
    require_overlap(overlap)


@pytest.mark.parametrize(("n_outside", "holds"), [(20, True), (21, False)])
@pytest.mark.parametrize("extreme", [0.049, 0.951])
def test_one_in_ten_may_lie_outside_and_no_more(
    n_outside: int, holds: bool, extreme: float
) -> None:
    chance = np.full(200, 0.5)
    chance[:n_outside] = extreme
    treated = np.arange(200) % 2 == 0
    treated[:n_outside] = extreme > 0.5  # those who got what was to be expected weigh little

    overlap = overlap_of(chance, treated)

    assert overlap.share_outside == n_outside / 200
    if holds:
        require_overlap(overlap)
    else:
        with pytest.raises(ClinicalError, match="at most 10% of persons") as caught:
            require_overlap(overlap)
        assert caught.value.refusal == "no_overlap"


@pytest.mark.parametrize("edge", [0.05, 0.95])
def test_a_chance_at_the_limit_is_inside(edge: float) -> None:
    overlap = overlap_of(np.full(200, edge), np.arange(200) % 2 == 0)

    assert overlap.share_outside == 0


@pytest.mark.parametrize(("n", "holds"), [(80, True), (78, False)])
def test_each_arm_must_count_for_forty(n: int, holds: bool) -> None:
    overlap = overlap_of(np.full(n, 0.5), np.arange(n) % 2 == 0)

    if holds:
        require_overlap(overlap)
    else:
        with pytest.raises(ClinicalError, match="count for 39 and 39"):
            require_overlap(overlap)


def test_the_effective_size_is_that_of_kish() -> None:
    chance = np.array([0.2, 0.8, 0.5, 0.4])
    treated = np.array([True, True, False, False])

    overlap = overlap_of(chance, treated)

    weights = np.array([5.0, 1.25])
    assert overlap.effective[0] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_for_the_treated_nobody_needs_a_chance_of_the_first_strategy() -> None:
    chance = np.where(np.arange(200) % 2 == 0, 0.5, 0.01)

    on_all, on_treated = (
        overlap_of(chance, np.arange(200) % 2 == 0, estimand) for estimand in ("ATE", "ATT")
    )

    assert on_all.share_outside == 0.5
    assert on_treated.share_outside == 0


def test_for_the_treated_the_others_count_by_their_odds() -> None:
    chance = np.array([0.2, 0.9, 0.5, 0.75])
    treated = np.array([True, True, False, False])

    overlap = overlap_of(chance, treated, "ATT")

    odds = np.array([1.0, 3.0])
    assert overlap.effective[0] == pytest.approx(2)
    assert overlap.effective[1] == pytest.approx(odds.sum() ** 2 / (odds**2).sum())


def test_a_column_that_only_one_group_has_is_not_alike() -> None:
    treated = np.arange(20) < 10
    design = Design(treated.astype(float)[:, np.newaxis], ("site=A",), ())

    overlap = assess_overlap(np.full(20, 0.5), treated, design, estimand="ATE")

    assert overlap.balance[0].before > 1
    assert overlap.unbalanced == ("site=A",)


def test_every_limit_says_where_it_comes_from() -> None:
    told = limits_as_json()

    assert {entry["source_status"] for entry in told.values()} <= {
        "verified",
        "unverified",
        "assumption",
    }
    assert source_of_limit("least_per_arm").text.endswith("[assumption]")
    assert source_of_limit("log_risk_ratio_per_sd").doi == "10.7326/M16-2607"
    values = {name: entry["value"] for name, entry in told.items()}
    assert values == {
        "least_per_arm": 100,
        "propensity_low": 0.05,
        "propensity_high": 0.95,
        "most_outside": 0.10,
        "least_effective_per_arm": 40,
        "propensity_clip": 0.01,
        "most_imbalance": 0.1,
        "most_lost": 0.05,
        "least_per_category": 10,
        "most_categories_in_digits": 9,
        "widest_dose": 0.25,
        "log_risk_ratio_per_sd": 0.91,
    }


# ---------------------------------------------------------------------- who was chosen by what


def m_shaped(n: int, seed: int) -> pd.DataFrame:
    """Give persons whom the treatment does nothing to; falls are a common effect."""
    rng = np.random.default_rng(seed)
    reach, mood = rng.normal(size=(2, n))
    longer = rng.random(n) < 1 / (1 + np.exp(-1.5 * reach))
    return pd.DataFrame({
        "subject": np.arange(n), "falls": reach + mood + 0.3 * rng.normal(size=n),
        "dose_h": np.where(longer, 90.0, 20.0),
        "score": np.clip(33 + 6 * mood + rng.normal(size=n), 0, 66),
        "zero_day": 30.0, "decided_day": 30.0, "outcome_day": 120.0, "ward": "A",
    })  # fmt: skip


M_DAG = Dag.from_text(
    "reach -> dose_h; reach -> falls; mood -> falls; mood -> score; dose_h -> score",
    unmeasured=["reach", "mood"],
)


def chosen_by_falls(trial: TargetTrial) -> TargetTrial:
    fixed = replace(trial.columns, fixed=frozenset({"falls", "ward"}), measured_day={})
    return replace(trial, columns=fixed, eligibility=(Criterion("falls", 0, 99),), strata=())


def test_an_effect_among_persons_chosen_by_a_collider_is_refused(trial: TargetTrial) -> None:
    with pytest.raises(ClinicalError, match="do not choose persons by falls") as caught:
        estimate_effect(m_shaped(1500, 6901), dag=M_DAG, trial=chosen_by_falls(trial))
    assert caught.value.refusal == "not_identified"


def test_a_group_that_opens_a_back_door_says_so_while_the_whole_is_told(
    trial: TargetTrial,
) -> None:
    everybody = replace(
        chosen_by_falls(trial),
        eligibility=(Criterion("ward", among=("A",)),),
        strata=(Criterion("falls", 0, 99),),
    )

    found = estimate_effect(m_shaped(1500, 6901), dag=M_DAG, trial=everybody, cross_fitting=QUICK)

    assert found.interval[0] < 0 < found.interval[1]
    assert found.strata[0].value is None
    assert found.strata[0].refused is not None
    assert found.strata[0].refused["refusal"] == "not_identified"
    assert any("chosen by ward, which the graph does not have" in one for one in found.warnings)
