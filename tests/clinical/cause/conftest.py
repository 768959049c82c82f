"""A table whose true effect is known, and the protocol that fits it."""

from __future__ import annotations

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
    Emulated,
    Strategy,
    TargetTrial,
    TrialColumns,
    estimate_effect,
)

TRUE_EFFECT = 4.0
FAST = CrossFitting(n_folds=4, n_repeats=2)

TRIAL = TargetTrial(
    eligibility=(Criterion("start_score", 0, 66),),
    strategies=(
        Strategy("90 h", "arm movement", "task practice", (85.0, 95.0)),
        Strategy("20 h", "arm movement", "task practice", (18.0, 22.0)),
    ),
    assignment=Emulated("by lot", "as if by lot among persons alike in score, age and site"),
    time_zero=Emulated("day of the lot", "day on which hours are decided"),
    follow_up_days=(80.0, 100.0),
    outcome=Emulated("FMA-UE, blinded", "FMA-UE, not blinded"),
    estimand="ATE",
    analysis=Emulated("difference of means", "AIPW"),
    columns=TrialColumns(
        subject="subject",
        treatment="dose_h",
        outcome="score",
        time_zero_day="zero_day",
        decided_day="decided_day",
        outcome_day="outcome_day",
        measured_day={"start_score": "start_score_day"},
        fixed=frozenset({"age", "site"}),
    ),
)

DAG = Dag.from_text(
    """
    start_score -> dose_h; age -> dose_h; site -> dose_h
    dose_h -> score; start_score -> score; age -> score; site -> score
    start_score -> leg_score; hidden -> leg_score; hidden -> score
    """,
    unmeasured=["hidden"],
)


def make_table(
    n: int = 400, *, seed: int = 6301, hidden: float = 0.0, confounding: float = 1.0
) -> pd.DataFrame:
    """Persons whose hours depend on score, age and site, and on something hidden if asked for."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(5, 50, n)
    age = rng.normal(65, 10, n)
    site = rng.choice(["A", "B", "C"], n)
    unseen = rng.standard_normal(n)
    drive = confounding * ((start - 27) / 15 - (age - 65) / 15 + 0.5 * (site == "A")) + (
        hidden * unseen
    )
    longer = rng.random(n) < 1 / (1 + np.exp(-drive))
    score = 4 + 0.8 * start - 0.05 * (age - 65) + 2 * unseen + rng.normal(0, 2, n)
    zero = rng.uniform(10, 100, n).round()
    return pd.DataFrame(
        {
            "subject": [f"P{number}" for number in range(n)],
            "start_score": start,
            "age": age,
            "site": site,
            "dose_h": np.where(longer, 90.0, 20.0),
            "score": np.clip(score + TRUE_EFFECT * longer, 0, 66),
            "leg_score": 10 + 0.3 * start + 2 * unseen + rng.normal(0, 1, n),
            "zero_day": zero,
            "decided_day": zero,
            "start_score_day": zero - 1,
            "outcome_day": zero + 90,
        }
    )


@pytest.fixture
def table() -> pd.DataFrame:
    return make_table()


@pytest.fixture
def tables() -> Callable[..., pd.DataFrame]:
    return make_table


@pytest.fixture
def trial() -> TargetTrial:
    return TRIAL


@pytest.fixture
def dag() -> Dag:
    return DAG


@pytest.fixture
def with_columns(trial: TargetTrial) -> Callable[..., TargetTrial]:
    def changed(**changes: Any) -> TargetTrial:
        return replace(trial, columns=replace(trial.columns, **changes))

    return changed


@pytest.fixture(scope="package")
def found() -> Effect:
    """What is found in 600 persons, with a negative control and two groups."""
    trial = replace(
        TRIAL,
        negative_controls=("leg_score",),
        strata=(Criterion("start_score", 0, 30), Criterion("site", among=("A",))),
    )
    return estimate_effect(make_table(600), dag=DAG, trial=trial, cross_fitting=FAST)
