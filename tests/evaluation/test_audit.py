"""Promises of the audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    AuditPlan,
    AuditResult,
    Interval,
    audit,
    cross_predict,
    leave_one_subject_out,
    mean_absolute_error,
    permuted_scores,
    published_protocol,
    training_mean,
)

SUBJECT = np.array([f"S{number}" for number in range(1, 8)])
FOLDS = leave_one_subject_out(SUBJECT)
X = np.random.default_rng(0).standard_normal((7, 30))
Y = 18 + X[:, 0] + X[:, 1]
PLAN = AuditPlan(n_draws=2, seed=3)


class Notary(RegressorMixin, BaseEstimator):
    """Guesses 18 and keeps everything it was ever fitted on."""

    def __init__(self, met: list[Any]) -> None:
        self.met = met

    def __sklearn_clone__(self) -> Notary:
        return self

    def fit(self, X: Any, y: Any) -> Notary:
        self.met.append((X.copy(), y.copy()))
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), 18.0)


@dataclass
class Witnessed:
    found: AuditResult
    noise_met: list[Any]
    told: list[tuple[int, int]]


@pytest.fixture(scope="module")
def witnessed() -> Witnessed:
    noise_met: list[Any] = []
    told: list[tuple[int, int]] = []
    found = audit(
        Ridge(),
        X[:, :4],
        Y,
        subject=SUBJECT,
        folds=FOLDS,
        published_X=X,
        noise_estimator=Notary(noise_met),
        plan=PLAN,
        progress=lambda done, total: told.append((done, total)),
    )
    return Witnessed(found, noise_met, told)


def mae(model: BaseEstimator, features: Any, y: Any) -> float:
    judged = cross_predict(model, features, y, subject=SUBJECT, folds=FOLDS)
    return mean_absolute_error(y, judged.predicted)


def test_both_protocols_are_tried_on_the_same_permuted_scores(witnessed: Witnessed) -> None:
    found = witnessed.found
    permuted = permuted_scores(Y, subject=SUBJECT, n_draws=2, seed=3)

    for draw, y in enumerate(permuted.T):
        claimed = published_protocol(X, y, subject=SUBJECT, seed=3)
        assert found.nested_mae[draw] == pytest.approx(mae(Ridge(), X[:, :4], y))
        assert found.published_mae[draw] == pytest.approx(mean_absolute_error(y, claimed.predicted))
        assert found.published_fell_back[draw] == claimed.fell_back
        assert found.baseline_permuted_mae[draw] == pytest.approx(mae(training_mean(), X, y))


def test_the_baseline_is_the_training_mean_on_the_true_scores(witnessed: Witnessed) -> None:
    assert witnessed.found.baseline_mae == pytest.approx(mae(training_mean(), X, Y))
    assert witnessed.found.baseline_mae in witnessed.found.baseline_interval


def test_noise_has_the_shape_of_the_published_table_and_the_true_scores(
    witnessed: Witnessed,
) -> None:
    met = witnessed.noise_met

    assert {table.shape for table, _ in met} == {(6, 30)}
    assert all((y == Y[fold.train]).all() for (_, y), fold in zip(met, FOLDS * 2, strict=True))
    one, other = met[0][0], met[len(FOLDS)][0]
    assert abs(np.mean([one, other])) < 4 / np.sqrt(360)
    assert np.std([one, other]) == pytest.approx(1, abs=4 / np.sqrt(720))
    assert not (one == other).any()
    assert witnessed.found.nested_noise_mae == pytest.approx([np.abs(Y - 18).mean()] * 2)


def test_both_protocols_are_tried_on_the_same_noise(witnessed: Witnessed) -> None:
    found, met = witnessed.found, witnessed.noise_met

    for draw in range(2):
        without_first, without_last = met[draw * 7][0], met[draw * 7 + 6][0]
        noise = np.vstack([without_last[:1], without_first])
        claimed = published_protocol(noise, Y, subject=SUBJECT, seed=3)
        claim = mean_absolute_error(Y, claimed.predicted)
        assert found.published_noise_mae[draw] == pytest.approx(claim)
        assert found.published_noise_fell_back[draw] == claimed.fell_back


def test_progress_counts_all_arms(witnessed: Witnessed) -> None:
    done = [done for done, _ in witnessed.told]

    assert done == sorted(set(done))
    assert witnessed.told[-1] == (32, 32)  # two arms of 2 draws x 7 folds, and 2 claims each
    assert {total for _, total in witnessed.told} == {32}


RESULT = AuditResult(
    baseline_mae=1.8,
    baseline_interval=Interval(1.4, 2.2),
    baseline_permuted_mae=(1.8, 1.8, 1.8),
    nested_mae=(1.0, 1.5, 2.0),
    published_mae=(0.4, 1.8, 0.5),
    published_fell_back=(False, True, False),
    nested_noise_mae=(1.3, 9.0, 9.0),
    published_noise_mae=(1.9, 0.6, 1.7),
    published_noise_fell_back=(True, False, True),
)


def test_honest_is_a_median_error_that_reaches_the_interval_or_exceeds_it() -> None:
    assert RESULT.nested_is_honest
    assert replace(RESULT, nested_mae=(1.4, 0.1, 9.0)).nested_is_honest
    assert not replace(RESULT, nested_mae=(1.0, 1.39, 2.0)).nested_is_honest
    assert not replace(RESULT, nested_noise_mae=(1.3, 1.39, 9.0)).nested_is_honest


def test_claims_are_set_apart_where_the_published_selection_was_active() -> None:
    assert RESULT.published_active_mae == (0.4, 0.5, 0.6)


def test_an_honest_model_passes_the_audit_though_it_finds_the_planted_relation() -> None:
    strong = np.column_stack([9 * Y, X[:, :4]])

    found = audit(
        Ridge(), strong, Y, subject=SUBJECT, folds=FOLDS, published_X=strong,
        plan=AuditPlan(n_draws=3),
    )  # fmt: skip

    assert mae(Ridge(), strong, Y) < found.baseline_interval.low
    assert found.nested_is_honest


def test_sessions_need_a_model_that_works_on_plain_noise() -> None:
    sessions = np.empty(7, dtype=object)

    with pytest.raises(EvaluationError, match="noise_estimator must be given"):
        audit(Ridge(), sessions, Y, subject=SUBJECT, folds=FOLDS, published_X=X)
    with pytest.raises(EvaluationError, match="X is a list"):
        audit(Ridge(), [[1]] * 7, Y, subject=SUBJECT, folds=FOLDS, published_X=X)


def test_a_published_table_of_another_length_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"published_X must be .* 7 rows.*\(6, 30\)"):
        audit(Ridge(), X, Y, subject=SUBJECT, folds=FOLDS, published_X=X[1:])


def test_an_audit_has_at_least_one_draw() -> None:
    with pytest.raises(EvaluationError, match="n_draws must be at least 1; got 0"):
        AuditPlan(n_draws=0)
