"""What a recovery model of one's own cohort promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from hybridmfp.clinical.prognosis.adapted import GainForest, RecoveryRegressor, fit_recovery
from hybridmfp.errors import ClinicalError


def _cohort(n: int, *, seed: int) -> pd.DataFrame:
    """Persons whose gain falls with time since the stroke; each seen at two horizons."""
    rng = np.random.default_rng(seed)
    baseline = rng.integers(5, 60, n).astype(float)
    days = rng.choice([10.0, 60.0, 900.0], n)
    own = rng.standard_normal(n)
    rows = [
        pd.DataFrame({
            "subject": [f"p{at}" for at in range(n)], "baseline": baseline,
            "days_post_stroke": days, "weeks_ahead": weeks,
            "age_years": np.where(rng.uniform(size=n) < 0.1, np.nan, rng.uniform(40, 90, n)),
            "outcome": np.clip(
                baseline + 0.5 * (66 - baseline) * np.exp(-days / 60)
                + 5 * own + rng.standard_normal(n), 0, 66,
            ),
        })
        for weeks in (12.0, 26.0)
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


KNOWN = ["baseline", "days_post_stroke", "weeks_ahead", "age_years"]
COHORT = _cohort(60, seed=6320)
PERSON = pd.DataFrame(
    {"baseline": [30.0], "days_post_stroke": [10.0], "weeks_ahead": [12.0], "age_years": [60.0]}
)


@pytest.fixture(scope="module")
def model() -> RecoveryRegressor:
    return fit_recovery(COHORT)


def test_it_finds_that_early_patients_gain_more(model: RecoveryRegressor) -> None:
    late = PERSON.assign(days_post_stroke=900.0)

    assert model.predict(PERSON)[0] > model.predict(late)[0] + 5


def test_intervals_hold_new_persons_as_often_as_they_say() -> None:
    held = []
    for seed in range(6321, 6324):
        new = _cohort(150, seed=seed + 100)
        trained = RecoveryRegressor(n_trees=30).fit(
            (cohort := _cohort(80, seed=seed))[KNOWN], cohort.outcome, subject=cohort.subject
        )
        low, high = trained.predict_interval(new[KNOWN]).T
        held.append(np.mean((low <= new.outcome) & (new.outcome <= high)))

    assert 0.85 <= np.mean(held) <= 0.96


def test_intervals_grow_with_their_level_and_stay_on_the_scale(model: RecoveryRegressor) -> None:
    narrow, wide = (model.predict_interval(COHORT[KNOWN], level=level) for level in (0.5, 0.95))

    assert (wide[:, 0] <= narrow[:, 0]).all()
    assert (narrow[:, 1] <= wide[:, 1]).all()
    assert wide.min() >= 0
    assert wide.max() <= 66


def test_no_fold_meets_the_persons_it_calibrates_on() -> None:
    # Each person's gain is their own and unrelated to anything known: whoever has met them knows.
    rng = np.random.default_rng(6330)
    twice = pd.concat([pd.DataFrame({
        "subject": np.arange(50), "baseline": np.arange(50) + 5.0, "days_post_stroke": 900.0,
        "weeks_ahead": 12.0, "outcome": np.arange(50) + 5.0 + rng.uniform(-5, 10, 50),
    })] * 3)  # fmt: skip

    model = RecoveryRegressor(least_in_leaf=1, n_trees=30).fit(
        twice[KNOWN[:3]], twice.outcome, subject=twice.subject
    )

    known = np.abs(twice.outcome.to_numpy() - model.predict(twice[KNOWN[:3]]))
    assert known.max() < 1e-9  # it repeats whom it has met
    assert np.median(model.calibration_.score) > 0.2  # but was never judged on them


def test_two_rows_of_one_person_make_intervals_no_surer() -> None:
    once = COHORT[COHORT.weeks_ahead == 12].head(45)
    twice = pd.concat([once, once], ignore_index=True)

    # 45 of 46 is less than 0.985, though 90 of 91 is more: what counts is persons, not rows.
    ends = fit_recovery(twice).predict_interval(PERSON, level=0.985)

    assert ends.tolist() == [[0.0, 66.0]]


def test_the_forest_gives_the_weighted_quantiles_of_the_definition() -> None:
    rng = np.random.default_rng(6331)
    X, gain = rng.uniform(size=(40, 3)), rng.uniform(-5, 20, 40)
    forest = GainForest(n_trees=20, least_in_leaf=3, share_of_features=1.0, random_state=0)
    forest.fit(X, gain)
    new = rng.uniform(size=(5, 3))

    told = forest.quantiles(new, np.array([0.25, 0.5]))

    trees = forest.forest_.estimators_
    for row in range(5):
        weight = np.zeros(40)
        for tree in trees:
            same = tree.apply(X.astype(np.float32)) == tree.apply(new[[row]].astype(np.float32))
            weight += same / same.sum() / len(trees)
        for at, level in enumerate((0.25, 0.5)):
            slow = min(one for one in gain if weight[gain <= one].sum() >= level - 1e-9)
            assert told[row, at] == slow


def test_a_gap_is_filled_and_a_column_of_gaps_does_no_harm() -> None:
    holes = COHORT.assign(cahai=np.nan)

    known = [*KNOWN, "cahai"]
    model = RecoveryRegressor(n_trees=10).fit(holes[known], holes.outcome, subject=holes.subject)

    assert np.isfinite(model.predict(PERSON.assign(age_years=np.nan, cahai=np.nan))).all()


def test_the_same_seed_gives_the_same_model_and_it_clones() -> None:
    small = RecoveryRegressor(n_trees=10, random_state=3)

    once, again = (
        clone(small).fit(COHORT[KNOWN], COHORT.outcome, subject=COHORT.subject) for _ in range(2)
    )

    assert again.get_params()["n_trees"] == 10
    assert (again.predict(COHORT[KNOWN]) == once.predict(COHORT[KNOWN])).all()


def test_columns_may_come_in_any_order(model: RecoveryRegressor) -> None:
    assert model.predict(PERSON[KNOWN[::-1]]) == model.predict(PERSON)


def test_it_says_nothing_before_it_has_learned() -> None:
    with pytest.raises(NotFittedError, match="not fitted"):
        RecoveryRegressor().predict(PERSON)


def test_below_40_persons_nothing_is_fitted() -> None:
    few = COHORT[COHORT.subject.isin(COHORT.subject.unique()[:39])]
    enough = COHORT[COHORT.subject.isin(COHORT.subject.unique()[:40])]
    RecoveryRegressor(n_trees=5).fit(enough[KNOWN], enough.outcome, subject=enough.subject)

    with pytest.raises(ClinicalError, match="at least 40 persons; got 39") as caught:
        fit_recovery(few)

    assert caught.value.refusal == "too_few"


@pytest.mark.parametrize(
    ("change", "refusal", "match"),
    [
        ({"baseline": 67.0}, "impossible_value", "baseline must be finite, from 0 to 66; got 67"),
        ({"baseline": np.nan}, "missing_input", "baseline must be known in every row"),
        ({"days_post_stroke": -1.0}, "impossible_value", "days_post_stroke must be"),
        ({"weeks_ahead": np.inf}, "impossible_value", "weeks_ahead must be"),
        ({"age_years": 200.0}, "impossible_value", "age_years must be"),
        ({"outcome": 66.5}, "impossible_value", "outcome must be FMA-UE"),
        ({"outcome": np.nan}, "impossible_value", "outcome must be FMA-UE"),
        ({"sex": "female"}, "impossible_value", "sex must hold numbers; got 'female'"),
    ],
)
def test_tables_that_cannot_be_are_refused(
    change: dict[str, Any], refusal: str, match: str
) -> None:
    with pytest.raises(ClinicalError, match=match) as caught:
        fit_recovery(COHORT.assign(**change))

    assert caught.value.refusal == refusal


@pytest.mark.parametrize("name", ["subject", "outcome", "baseline", "days_post_stroke"])
def test_a_missing_column_is_named(name: str) -> None:
    with pytest.raises(ClinicalError, match=name) as caught:
        fit_recovery(COHORT.drop(columns=name))

    assert caught.value.refusal == "missing_input"


def test_a_person_needs_the_columns_of_the_cohort(model: RecoveryRegressor) -> None:
    with pytest.raises(ClinicalError, match="age_years missing") as caught:
        model.predict(PERSON.drop(columns="age_years"))

    assert caught.value.refusal == "missing_input"


@pytest.mark.slow
def test_on_real_patients_it_beats_no_change(real_data: Callable[[str], Path]) -> None:
    scores = pd.read_csv(real_data("specs_recovery") / "Clinical_Scales_all.csv", na_values="NULL")
    start = scores[scores.eval_time == "baseline"].set_index("patientID")
    end = scores[scores.eval_time == "w12"].set_index("patientID").fuglmeyer
    table = pd.DataFrame({
        "baseline": start.fuglmeyer, "days_post_stroke": start.new_days_after_stroke,
        "weeks_ahead": 12.0, "cahai": start.cahai, "outcome": end,
    }).dropna(subset=["baseline", "outcome"]).reset_index(names="subject")  # fmt: skip
    told = np.empty(len(table))
    for fold in range(5):
        own = (np.arange(len(table)) % 5) == fold
        told[own] = fit_recovery(table[~own]).predict(table[own])

    still = np.abs(table.outcome - table.baseline)
    assert np.median(np.abs(table.outcome - told)) <= 0.85 * np.median(still)
