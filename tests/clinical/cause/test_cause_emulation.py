"""A table is read as a trial, or refused where it cannot stand in for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridmfp.clinical.cause import Criterion, TargetTrial, emulate
from hybridmfp.errors import ClinicalError, Refusal

ADJUSTED = ("start_score", "age", "site")
Tables = Callable[..., pd.DataFrame]


def refused(table: pd.DataFrame, trial: TargetTrial, message: str) -> str:
    with pytest.raises(ClinicalError, match=message) as caught:
        emulate(table, trial, adjusted=ADJUSTED)
    return str(caught.value.refusal)


def test_those_who_are_eligible_and_got_either_dose_enter(
    table: pd.DataFrame, trial: TargetTrial
) -> None:
    trial = replace(trial, eligibility=(Criterion("age", 40, 80),))
    table.loc[:9, "dose_h"] = 55.0
    eligible = table["age"].between(40, 80)
    entering = eligible & (table["dose_h"] != 55)

    found = emulate(table, trial, adjusted=ADJUSTED)

    assert list(found.subject) == list(table["subject"][entering])
    assert np.array_equal(found.treated, table["dose_h"][entering] == 90)
    assert np.array_equal(found.outcome, table["score"][entering])
    assert found.counts == {
        "rows": 400,
        "not_eligible": int((~eligible).sum()),
        "other_dose": int((eligible & (table["dose_h"] == 55)).sum()),
        "without_outcome_in_window": 0,
        "entries": int(entering.sum()),
    }


def test_the_table_is_left_as_it_was(table: pd.DataFrame, trial: TargetTrial) -> None:
    before = table.copy()

    emulate(table, trial, adjusted=ADJUSTED)

    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    "name", ["subject", "dose_h", "score", "zero_day", "decided_day", "outcome_day", "age"]
)
def test_a_missing_column_is_refused(table: pd.DataFrame, trial: TargetTrial, name: str) -> None:
    assert refused(table.drop(columns=name), trial, f"{name} missing") == "missing_input"


@pytest.mark.parametrize("name", ["subject", "age", "site", "start_score", "zero_day"])
def test_a_missing_value_is_refused_and_never_made_up(
    table: pd.DataFrame, trial: TargetTrial, name: str
) -> None:
    table[name] = table[name].astype(object)
    table.loc[3, name] = None

    assert refused(table, trial, f"{name} must be known of everybody") == "missing_input"


def test_it_must_be_told_when_covariates_were_measured(
    table: pd.DataFrame, with_columns: Callable[..., TargetTrial]
) -> None:
    trial = with_columns(fixed=frozenset({"site"}))

    assert refused(table, trial, "not told for age") == "missing_input"


@pytest.mark.parametrize(
    ("name", "value", "refusal", "message"),
    [
        ("dose_h", -1.0, "impossible_value", "hours of 0 or more in every row; got -1 in 1 of 400"),
        ("dose_h", np.nan, "impossible_value", "got nan in 1 of 400.*not known is not 0"),
        ("score", 67.0, "impossible_value", "between 0 and 66 points; got 67 in 1 of 400"),
        ("score", -0.5, "impossible_value", "between 0 and 66 points"),
        ("outcome_day", 0.0, "dates_out_of_order", "score must be rated after time zero; 1 of"),
        ("start_score_day", 500.0, "dates_out_of_order", "start_score must be measured at or"),
        ("subject", "P5", "contradictory_inputs", "once per time zero; 1 rows repeat"),
    ],
)
def test_one_impossible_row_is_refused(
    table: pd.DataFrame, trial: TargetTrial, name: str, value: Any, refusal: str, message: str
) -> None:
    days = ["zero_day", "decided_day", "outcome_day", "start_score_day"]
    table.loc[4, days] = table.loc[5, days]
    table.loc[4, name] = value

    assert refused(table, trial, message) == refusal


@pytest.mark.parametrize("days", [1.0, -1.0])
def test_treatment_decided_on_another_day_is_immortal_time(
    table: pd.DataFrame, trial: TargetTrial, days: float
) -> None:
    table.loc[7, "decided_day"] += days

    message = "must be decided at time zero; 1 of 400.*immortal time"
    assert refused(table, trial, message) == "not_identified"


def test_a_covariate_of_the_day_itself_is_known_and_of_the_day_after_is_not(
    table: pd.DataFrame, trial: TargetTrial
) -> None:
    table["start_score_day"] = table["zero_day"]
    emulate(table, trial, adjusted=ADJUSTED)
    table.loc[7, "start_score_day"] += 1

    assert refused(table, trial, "1 of 400 entries were measured after it") == "dates_out_of_order"


def test_an_outcome_at_either_end_of_the_window_counts(
    table: pd.DataFrame, trial: TargetTrial
) -> None:
    for at, after in enumerate((79.0, 80.0, 100.0, 101.0)):
        table.loc[at, "outcome_day"] = table.loc[at, "zero_day"] + after

    found = emulate(table, trial, adjusted=ADJUSTED)

    assert found.counts["without_outcome_in_window"] == 2
    assert list(found.subject[:2]) == ["P1", "P2"]


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [("score", np.nan, "missing_input"), ("outcome_day", 5000.0, "outside_window")],
)
def test_one_in_twenty_may_be_lost_and_no_more(
    table: pd.DataFrame, trial: TargetTrial, name: str, value: float, refusal: str
) -> None:
    table.loc[:19, name] = value
    assert emulate(table, trial, adjusted=ADJUSTED).counts["without_outcome_in_window"] == 20
    table.loc[20, name] = value

    assert refused(table, trial, "at least 95% of those who entered must be rated") == refusal


def test_shares_of_the_scale_are_no_points(table: pd.DataFrame, trial: TargetTrial) -> None:
    table["score"] /= 66

    assert refused(table, trial, "looks like shares of the scale") == "unit_mix_up"


def test_words_in_place_of_numbers_are_refused(table: pd.DataFrame, trial: TargetTrial) -> None:
    table["dose_h"] = "ninety"

    assert refused(table, trial, "dose_h must hold numbers") == "impossible_value"


def exactly(table: pd.DataFrame, first: int, second: int) -> pd.DataFrame:
    longer = table[table["dose_h"] == 90].head(first)
    return pd.concat([longer, table[table["dose_h"] == 20].head(second)])


def test_a_hundred_persons_per_strategy_are_enough_and_99_are_not(
    table: pd.DataFrame, trial: TargetTrial
) -> None:
    found = emulate(exactly(table, 100, 100), trial, adjusted=ADJUSTED)

    assert found.persons() == (100, 100)
    for counts in ((99, 120), (120, 99)):
        message = f"at least 100 persons; got {counts[0]} with 90 h and {counts[1]} with 20 h"
        assert refused(exactly(table, *counts), trial, message) == "too_few"


def test_a_single_arm_is_refused(table: pd.DataFrame, trial: TargetTrial) -> None:
    table["dose_h"] = 90.0

    assert refused(table, trial, "A single arm tells nothing about the other") == "too_few"


def test_an_empty_table_is_too_few(table: pd.DataFrame, trial: TargetTrial) -> None:
    assert refused(table.head(0), trial, "got 0 with 90 h and 0 with 20 h") == "too_few"


def test_persons_who_enter_twice_count_once(table: pd.DataFrame, trial: TargetTrial) -> None:
    some = exactly(table, 99, 120)
    again = some.assign(
        **{name: some[name] + 400 for name in ("zero_day", "decided_day", "outcome_day")}
    )

    both = pd.concat([some, again])

    assert refused(both, trial, "got 99 with 90 h and 120 with 20 h") == "too_few"


GARBAGE = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.booleans(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-1000, 1000),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_table_is_read_or_refused_by_name(
    table: pd.DataFrame, trial: TargetTrial, data: st.DataObject
) -> None:
    spoiled = table.astype(object)
    column = data.draw(st.sampled_from(sorted(table.columns)))
    rows = data.draw(st.lists(st.integers(0, 399), min_size=1, max_size=30))
    for row in rows:
        spoiled.loc[row, column] = data.draw(GARBAGE)
    trial = replace(trial, negative_controls=("leg_score",))

    refusal = None
    try:
        found = emulate(spoiled, trial, adjusted=ADJUSTED)
    except ClinicalError as error:
        refusal = error.refusal
    else:
        assert np.isfinite(found.outcome).all()
        assert ((found.outcome >= 0) & (found.outcome <= 66)).all()

    assert refusal in (None, *get_args(Refusal))


@pytest.mark.parametrize("kind", ["text", "whole text", "days"])
def test_numbers_and_days_told_as_words_are_no_categories(
    table: pd.DataFrame, trial: TargetTrial, kind: str
) -> None:
    ages = table["age"]
    told = {
        "text": ages.astype(str),
        "whole text": ages.round().astype(int).astype(str),
        "days": pd.Timestamp(2026, 1, 1) - pd.to_timedelta(365 * ages, unit="D"),
    }

    refusal = refused(table.assign(age=told[kind]), trial, "age must be numbers, or words")

    assert refusal == "impossible_value"


@pytest.mark.parametrize(("n_words", "fine"), [(9, True), (10, False)])
def test_up_to_nine_categories_may_be_told_in_digits(
    table: pd.DataFrame, trial: TargetTrial, n_words: int, fine: bool
) -> None:
    table["site"] = [str(at % n_words) for at in range(len(table))]

    if fine:
        assert emulate(table, trial, adjusted=ADJUSTED).covariates["site"].nunique() == n_words
    else:
        refused(table, trial, "site must be numbers, or words")


@pytest.mark.parametrize(("n_words", "fine"), [(40, True), (41, False)])
def test_a_category_must_hold_ten_entries_on_average(
    table: pd.DataFrame, trial: TargetTrial, n_words: int, fine: bool
) -> None:
    table["site"] = [f"site {at % n_words}" for at in range(len(table))]

    if fine:
        assert emulate(table, trial, adjusted=ADJUSTED).covariates["site"].nunique() == n_words
    else:
        refused(table, trial, "site must be numbers, or words")


def test_an_endless_covariate_is_refused(table: pd.DataFrame, trial: TargetTrial) -> None:
    table.loc[3, "age"] = np.inf

    assert refused(table, trial, "age must be finite; it is not in 1 of 400") == "impossible_value"


def test_a_column_that_stands_twice_is_refused(table: pd.DataFrame, trial: TargetTrial) -> None:
    doubled = pd.concat([table, table[["age"]]], axis=1)

    assert refused(doubled, trial, "age stands in the table more") == "contradictory_inputs"
