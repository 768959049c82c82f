"""Promises of cross-prediction: nobody is judged by a model that has met them."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import cross_predict, grouped_k_folds, leave_one_subject_out

SUBJECT = np.repeat(["p1", "p2", "p3", "p4", "p5", "p6"], [2, 1, 3, 2, 1, 2])
N_ROWS = len(SUBJECT)
FOLDS = leave_one_subject_out(SUBJECT)
ROW = np.arange(float(N_ROWS))[:, np.newaxis]


class Parrot(RegressorMixin, BaseEstimator):
    """Repeats the score of any row it has met; says NaN to a stranger."""

    def fit(self, X: Any, y: Any) -> Parrot:
        self.heard_ = {tuple(row): score for row, score in zip(X, y, strict=True)}
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        return np.array([self.heard_.get(tuple(row), np.nan) for row in X])


class Witness(RegressorMixin, BaseEstimator):
    """Remembers which rows it was fitted on and whose they were."""

    def fit(self, X: Any, y: Any, groups: Any = None) -> Witness:
        self.rows_ = np.asarray(X)[:, 0].astype(int)
        self.scores_ = np.asarray(y)
        self.groups_ = groups
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        return np.zeros(len(X))


class WitnessStep(TransformerMixin, Witness):
    """The same, in the middle of a pipeline."""

    def transform(self, X: Any) -> Any:
        return X


def features(seed: int = 0, n_features: int = 4) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((N_ROWS, n_features))


def scores(n_draws: int | None = None) -> NDArray[np.float64]:
    shape = (N_ROWS,) if n_draws is None else (N_ROWS, n_draws)
    return np.random.default_rng(1).uniform(0, 66, shape)


@pytest.mark.parametrize("folds", [FOLDS, grouped_k_folds(SUBJECT, n_folds=3)])
def test_a_parrot_recognises_nobody(folds: Any) -> None:
    found = cross_predict(Parrot(), ROW, scores(), subject=SUBJECT, folds=folds)

    assert np.isnan(found.predicted).all()


def test_a_parrot_recognises_everybody_it_was_fitted_on() -> None:
    assert (Parrot().fit(ROW, scores()).predict(ROW) == scores()).all()


def test_each_fold_learns_from_all_rows_of_all_others_and_is_told_whose_they_are() -> None:
    found = cross_predict(
        Witness(), ROW, scores(), subject=SUBJECT, folds=FOLDS, look_at=lambda model: model
    )

    for fold, witness in zip(found.folds, found.looks, strict=True):
        assert witness.rows_.tolist() == fold.train.tolist()
        assert witness.scores_.tolist() == scores()[fold.train].tolist()
        assert witness.groups_.tolist() == SUBJECT[fold.train].tolist()
        assert not set(witness.groups_) & set(SUBJECT[fold.test])


def test_every_step_of_a_pipeline_that_asks_is_told_whose_the_rows_are() -> None:
    pipeline = make_pipeline(WitnessStep(), "passthrough", make_pipeline(None, Witness()))

    found = cross_predict(
        pipeline, ROW, scores(), subject=SUBJECT, folds=FOLDS, look_at=lambda model: model
    )

    for fold, fitted in zip(FOLDS, found.looks, strict=True):
        for witness in (fitted[0], fitted[-1][-1]):
            assert witness.groups_.tolist() == SUBJECT[fold.train].tolist()


def test_the_inner_folds_of_a_search_are_grouped_by_subject() -> None:
    search = GridSearchCV(Parrot(), {}, cv=GroupKFold(2), scoring=count_known)
    twice_the_same = np.unique(SUBJECT, return_inverse=True)[1][:, np.newaxis].astype(float)

    found = cross_predict(
        make_pipeline(StandardScaler(), search),
        twice_the_same,
        scores(),
        subject=SUBJECT,
        folds=FOLDS,
        look_at=lambda model: model[-1].best_score_,
    )

    assert found.looks == (0,) * len(FOLDS)


def count_known(model: Any, X: Any, y: Any) -> float:
    return float(np.isfinite(model.predict(X)).sum())


def test_it_agrees_with_fitting_each_fold_by_hand() -> None:
    X, y = features(), scores()

    found = cross_predict(Ridge(), X, y, subject=SUBJECT, folds=FOLDS)

    for name in np.unique(SUBJECT):
        own = name == SUBJECT
        by_hand = Ridge().fit(X[~own], y[~own]).predict(X[own])
        assert found.predicted[own] == pytest.approx(by_hand, rel=1e-12)


def test_each_draw_is_a_target_of_its_own() -> None:
    X, y = features(), scores(n_draws=7)

    together = cross_predict(Ridge(), X, y, subject=SUBJECT, folds=FOLDS).predicted

    assert together.shape == y.shape
    for draw in range(7):
        alone = cross_predict(Ridge(), X, y[:, draw], subject=SUBJECT, folds=FOLDS).predicted
        assert (together[:, draw] == alone).all()


def test_looks_are_taken_at_the_first_draw_alone() -> None:
    y = scores(n_draws=10)

    found = cross_predict(
        Witness(), ROW, y, subject=SUBJECT, folds=FOLDS, look_at=lambda model: model.scores_
    )

    assert len(found.looks) == len(FOLDS)
    for fold, look in zip(FOLDS, found.looks, strict=True):
        assert (look == y[fold.train, 0]).all()


def test_workers_change_nothing() -> None:
    X, y = features(n_features=60), scores(n_draws=5)

    def judge(n_jobs: int | None) -> Any:
        return cross_predict(
            Ridge(), X, y, subject=SUBJECT, folds=FOLDS, n_jobs=n_jobs, look_at=intercept
        )

    alone, together = judge(1), judge(2)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        in_threads = judge(None)

    assert (alone.predicted == together.predicted).all()
    assert (alone.predicted == in_threads.predicted).all()
    assert alone.looks == together.looks == in_threads.looks


def intercept(model: Ridge) -> float:
    return float(model.intercept_)


def test_a_parrot_knows_the_left_out_rows_in_no_other_version_either() -> None:
    found = cross_predict(
        Parrot(), ROW, scores(), subject=SUBJECT, folds=FOLDS, others={"again": ROW}
    )

    assert np.isnan(found.others["again"]).all()


def test_a_model_is_asked_about_other_versions_of_its_own_left_out_rows_and_learns_none() -> None:
    X, y = features(), scores()
    other = features(seed=9)
    spoiled = np.full_like(other, 1e9)  # what is fitted on would be ruined by it

    found = cross_predict(
        Ridge(), X, y, subject=SUBJECT, folds=FOLDS, others={"other": other, "spoiled": spoiled}
    )

    plain = cross_predict(Ridge(), X, y, subject=SUBJECT, folds=FOLDS)
    assert (found.predicted == plain.predicted).all()
    assert plain.others == {}
    for fold in FOLDS:
        by_hand = Ridge().fit(X[fold.train], y[fold.train]).predict(other[fold.test])
        assert found.others["other"][fold.test] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_other_versions_are_estimated_by_the_models_of_the_first_draw(n_jobs: int) -> None:
    X, y, other = features(), scores(n_draws=40), features(seed=9)

    many = cross_predict(
        Ridge(), X, y, subject=SUBJECT, folds=FOLDS, others={"other": other}, n_jobs=n_jobs
    )
    first = cross_predict(
        Ridge(), X, y[:, 0], subject=SUBJECT, folds=FOLDS, others={"other": other}
    )

    assert (many.others["other"] == first.others["other"]).all()


def test_the_same_rows_once_more_are_estimated_alike() -> None:
    sessions = [list(range(row)) for row in range(N_ROWS)]

    found = cross_predict(
        Lengths(), sessions, scores(), subject=SUBJECT, folds=FOLDS, others={"same": sessions}
    )

    assert found.others["same"].tolist() == found.predicted.tolist()


def test_another_version_of_another_length_is_refused() -> None:
    with pytest.raises(EvaluationError, match="webcam and y must have the same number of rows"):
        cross_predict(
            Ridge(), ROW, scores(), subject=SUBJECT, folds=FOLDS, others={"webcam": ROW[1:]}
        )


def test_the_order_of_the_rows_does_not_matter() -> None:
    X, y = features(), scores()
    order = np.random.default_rng(2).permutation(N_ROWS)

    straight = cross_predict(Ridge(), X, y, subject=SUBJECT, folds=FOLDS).predicted
    shuffled = cross_predict(
        Ridge(),
        X[order],
        y[order],
        subject=SUBJECT[order],
        folds=leave_one_subject_out(SUBJECT[order]),
    ).predicted

    assert shuffled == pytest.approx(straight[order], rel=1e-9)


class Lengths(RegressorMixin, BaseEstimator):
    """Says how long each session is; knows nothing of arrays."""

    def fit(self, X: Any, y: Any) -> Lengths:
        self.fitted_ = True
        return self

    def predict(self, X: Any) -> list[float]:
        return [float(len(session)) for session in X]


def test_rows_may_be_objects_sessions_or_a_data_frame() -> None:
    lists = [list(range(row)) for row in range(N_ROWS)]
    sessions = np.empty(N_ROWS, dtype=object)
    sessions[:] = lists
    frame = pd.DataFrame(features(), index=range(100, 100 + N_ROWS), columns=list("abcd"))

    for X in (sessions, lists):
        found = cross_predict(Lengths(), X, scores(), subject=SUBJECT, folds=FOLDS)
        assert found.predicted.tolist() == list(range(N_ROWS))
    named = cross_predict(Ridge(), frame, scores(), subject=SUBJECT, folds=FOLDS)
    plain = cross_predict(Ridge(), frame.to_numpy(), scores(), subject=SUBJECT, folds=FOLDS)
    assert named.predicted == pytest.approx(plain.predicted, rel=1e-12)


def test_the_estimator_itself_is_never_fitted() -> None:
    ridge = Ridge()

    cross_predict(ridge, features(), scores(), subject=SUBJECT, folds=FOLDS)

    assert not hasattr(ridge, "coef_")


def test_progress_counts_every_fit_once_and_ends_at_all() -> None:
    told: list[tuple[int, int]] = []

    cross_predict(
        Ridge(),
        features(),
        scores(n_draws=4),
        subject=SUBJECT,
        folds=FOLDS,
        progress=lambda done, total: told.append((done, total)),
    )

    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert {total for _, total in told} == {24}
    assert told[-1] == (24, 24)


def test_a_planted_relation_is_found_in_strangers() -> None:
    X = features()

    found = cross_predict(
        LinearRegression(), X, 30 + X @ [1.0, 2, 3, 4], subject=SUBJECT, folds=FOLDS
    )

    assert found.predicted == pytest.approx(30 + X @ [1.0, 2, 3, 4], rel=1e-9)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full(N_ROWS, 20.0), "at least two different scores.*all 11 are 20"),
        (np.column_stack([np.arange(N_ROWS), np.full(N_ROWS, 3)]), "different scores"),
        (np.where(SUBJECT == "p3", np.nan, np.arange(N_ROWS)), "y must be finite.*for p3"),
        (np.where(SUBJECT == "p2", np.inf, np.arange(N_ROWS)), "y must be finite.*for p2"),
        (np.arange(N_ROWS - 1), r"each of the 11 rows.*\(10,\)"),
        (np.empty((N_ROWS, 0)), "at least one draw"),
    ],
)
def test_scores_that_cannot_be_judged_are_refused(y: Any, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        cross_predict(Ridge(), ROW, y, subject=SUBJECT, folds=FOLDS)


def test_a_design_matrix_of_another_length_is_refused() -> None:
    with pytest.raises(EvaluationError, match="same number of rows; got 10 and 11"):
        cross_predict(Ridge(), ROW[1:], scores(), subject=SUBJECT, folds=FOLDS)


class TwoNumbers(Lengths):
    def predict(self, X: Any) -> Any:
        return np.zeros((len(X), 2))


def test_a_model_that_gives_two_numbers_a_row_is_refused() -> None:
    with pytest.raises(EvaluationError, match="predict of TwoNumbers must give one number"):
        cross_predict(TwoNumbers(), ROW, scores(), subject=SUBJECT, folds=FOLDS)
