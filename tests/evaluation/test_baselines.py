"""Promises of the baselines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridmfp.evaluation import (
    DEMOGRAPHICS,
    cross_predict,
    demographics_baseline,
    leave_one_subject_out,
    measure,
    training_mean,
    training_median,
)

SCORES = np.array([14.0, 15, 16, 18, 18, 19, 20, 20])
SUBJECT = np.arange(8)
FOLDS = leave_one_subject_out(SUBJECT)
SESSIONS = np.array([object() for _ in SCORES], dtype=object)


def test_the_baselines_know_the_training_scores_alone() -> None:
    mean = cross_predict(training_mean(), SESSIONS, SCORES, subject=SUBJECT, folds=FOLDS)
    median = cross_predict(training_median(), SESSIONS, SCORES, subject=SUBJECT, folds=FOLDS)

    for row in range(8):
        others = np.delete(SCORES, row)
        assert mean.predicted[row] == pytest.approx(others.mean(), rel=1e-12)
        assert median.predicted[row] == np.median(others)


def test_the_left_out_mean_correlates_perfectly_the_wrong_way_round() -> None:
    mean = cross_predict(training_mean(), SESSIONS, SCORES, subject=SUBJECT, folds=FOLDS)

    assert measure(SCORES, mean.predicted).pearson == pytest.approx(-1, rel=1e-9)


def people(n_people: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age_years": rng.uniform(40, 80, n_people),
            "chronicity_weeks": rng.uniform(1, 300, n_people),
            "sex": rng.choice(["female", "male"], n_people),
            "affected_side": rng.choice(["left", "right"], n_people),
        }
    )


@pytest.mark.parametrize("told_by", ["age_years", "chronicity_weeks", "sex", "affected_side"])
def test_demographics_find_a_score_that_any_of_their_columns_tells(told_by: str) -> None:
    table = people()
    code = pd.factorize(table[told_by], sort=True)[0] if told_by in "sex affected_side" else None
    score = 20 + (code * 10 if code is not None else table[told_by].to_numpy() / 10)
    subject = np.arange(len(table))

    found = cross_predict(
        demographics_baseline(),
        table,
        score,
        subject=subject,
        folds=leave_one_subject_out(subject),
    )

    assert measure(score, found.predicted).mae < 0.1 * np.abs(score - score.mean()).mean()


def test_what_is_missing_of_a_person_is_no_obstacle() -> None:
    table = people()
    table.loc[:3, "age_years"] = np.nan
    table["chronicity_weeks"] = None
    table.loc[5:9, "sex"] = None
    stranger = pd.DataFrame([dict.fromkeys(DEMOGRAPHICS)])
    other = pd.DataFrame([(150.0, 3.0, "diverse", "both")], columns=list(DEMOGRAPHICS))

    fitted = demographics_baseline().fit(table, np.arange(24.0))

    assert np.isfinite(fitted.predict(pd.concat([table, other], ignore_index=True))).all()
    assert np.isfinite(fitted.predict(stranger)).all()


def test_that_somebody_is_missing_a_value_may_itself_tell_the_score() -> None:
    table = people()
    table.loc[:11, "age_years"] = np.nan
    score = np.repeat([10.0, 30.0], 12)

    estimated = demographics_baseline().fit(table, score).predict(table)

    assert np.abs(estimated - score).mean() < 1


def test_demographics_do_not_read_other_columns() -> None:
    table = people()
    score = np.random.default_rng(1).uniform(0, 66, 24)

    plain = demographics_baseline().fit(table, score).predict(table)
    leaking = table.assign(score=score)

    assert (demographics_baseline().fit(leaking, score).predict(leaking) == plain).all()
