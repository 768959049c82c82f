"""What the published order of steps claims where there is nothing, and that ours does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    PublishedSelection,
    cross_predict,
    leave_one_subject_out,
    mean_absolute_error,
    published_protocol,
    published_stack,
    training_mean,
)

SUBJECT = np.arange(20)
FOLDS = leave_one_subject_out(SUBJECT)


def nothing(seed: int, n_features: int = 2000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((20, n_features))
    return X, rng.choice([14.0, 16, 17, 18, 19, 20], 20, p=[0.05, 0.1, 0.15, 0.2, 0.2, 0.3])


@pytest.fixture(scope="module")
def pure_noise() -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    X, y = nothing(3)  # two in three such tables leave the selection empty; this one does not
    guessed = cross_predict(training_mean(), X, y, subject=SUBJECT, folds=FOLDS)
    return X, y, mean_absolute_error(y, guessed.predicted)


def test_in_pure_noise_the_published_order_claims_half_the_error_of_a_guess(
    pure_noise: tuple[NDArray[np.float64], NDArray[np.float64], float],
) -> None:
    X, y, baseline = pure_noise

    claimed = published_protocol(X, y, subject=SUBJECT)

    assert claimed.n_selected > 7
    assert not claimed.fell_back
    assert mean_absolute_error(y, claimed.predicted) < 0.5 * baseline


def test_in_pure_noise_the_same_steps_in_the_right_order_claim_nothing(
    pure_noise: tuple[NDArray[np.float64], NDArray[np.float64], float],
) -> None:
    X, y, baseline = pure_noise
    model = make_pipeline(PublishedSelection(), published_stack())

    nested = cross_predict(model, X, y, subject=SUBJECT, folds=FOLDS)

    assert mean_absolute_error(y, nested.predicted) > 0.85 * baseline


def test_where_nothing_is_selected_everything_is_used_and_it_says_so() -> None:
    X, y = nothing(5, n_features=400)

    found = published_protocol(X, y, subject=SUBJECT)

    assert found.fell_back
    assert found.n_selected == 0
    assert PublishedSelection().fit(X, y).kept_.all()


def test_a_gap_takes_the_mean_of_its_column() -> None:
    X, y = nothing(2, n_features=400)
    gaps = X.copy()
    gaps[3, :200] = np.nan
    filled = gaps.copy()
    filled[3, :200] = np.nanmean(gaps[:, :200], axis=0)

    with_gaps = PublishedSelection().fit(gaps, y)
    by_hand = PublishedSelection().fit(filled, y)

    assert (with_gaps.kept_ == by_hand.kept_).all()
    assert with_gaps.transform(gaps) == pytest.approx(by_hand.transform(filled), abs=1e-9)


def test_a_column_without_any_value_and_a_constant_column_change_nothing() -> None:
    X, y = nothing(2, n_features=400)
    more = np.column_stack([X, np.full(20, np.nan), np.full(20, 7.0)])

    plain, found = (PublishedSelection().fit_transform(one, y) for one in (X, more))

    assert np.abs(found) == pytest.approx(np.abs(plain), abs=1e-9)


def test_the_stack_is_the_weighted_mean_of_the_three_published_regressors() -> None:
    X, y = nothing(1, n_features=7)

    fitted = published_stack(seed=3).fit(X, y)

    svr, knn, boosting = fitted.estimators_
    assert (svr.C, svr.epsilon, knn.n_neighbors) == (3, 0.05, 3)
    assert (boosting.n_estimators, boosting.max_depth, boosting.random_state) == (50, 2, 3)
    by_hand = 0.24 * svr.predict(X) + 0.22 * knn.predict(X) + 0.54 * boosting.predict(X)
    assert fitted.predict(X) == pytest.approx(by_hand, rel=1e-12)


def test_seven_components_at_most_and_no_more_than_features() -> None:
    X, y = nothing(2, n_features=400)

    assert PublishedSelection().fit_transform(X, y).shape == (20, 7)
    assert PublishedSelection().fit_transform(X[:, :3], X[:, 0]).shape[1] <= 3


def test_fits_that_do_not_converge_are_counted_not_shown() -> None:
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((20, 2))
    X = factor @ rng.standard_normal((2, 300)) * 10 + 1e-3 * rng.standard_normal((20, 300))
    y = factor[:, 0] * 30

    found = PublishedSelection().fit(X, y)

    assert found.n_not_converged_ > 0


def test_the_same_seed_claims_the_same() -> None:
    X, y = nothing(2, n_features=40)
    X, y = X[:8], y[:8]

    first, again = (published_protocol(X, y, subject=SUBJECT[:8], seed=1) for _ in range(2))

    assert (first.predicted == again.predicted).all()


def test_what_it_cannot_use_is_refused() -> None:
    X, y = nothing(1, n_features=5)

    with pytest.raises(EvaluationError, match="at least 5 rows for its inner folds; got 4"):
        published_protocol(X[:4], y[:4], subject=SUBJECT[:4])
    with pytest.raises(EvaluationError, match=r"with 20 rows, as many as y; got shape \(19, 5\)"):
        published_protocol(X[1:], y, subject=SUBJECT)
    with pytest.raises(EvaluationError, match="at least 3 subjects, got 2: a, b"):
        published_protocol(X, y, subject=["a", "b"] * 10)
