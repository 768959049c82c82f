"""What `ElasticNetEnsemble` promises."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from hybridmfp.errors import EvaluationError
from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.elastic_net_selector import ElasticNetSelector


@pytest.mark.slow
@parametrize_with_checks([ElasticNetEnsemble()])
def test_it_obeys_the_protocol_of_scikit_learn(estimator, check) -> None:
    check(estimator)


def planted(seed: int = 0, n: int = 48, p: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, 33 + 8 * X[:, 3] - 6 * X[:, 9] + rng.normal(scale=1.0, size=n)


class Witness(TransformerMixin, BaseEstimator):
    """Passes rows through, drops the row number in front, and remembers whom it was fitted on."""

    fitted_on: ClassVar[list[np.ndarray]] = []

    def fit(self, X, y=None):
        if y is not None:
            raise AssertionError("prepare must not see scores")
        self.fitted_on.append(X[:, 0].astype(int))
        self.n_columns_ = X.shape[1] - 1
        return self

    def transform(self, X):
        return X[:, 1:]

    def get_feature_names_out(self, input_features=None):
        return np.array([f"column {at}" for at in range(self.n_columns_)], dtype=object)


@pytest.fixture
def fitted_on() -> list[np.ndarray]:
    Witness.fitted_on.clear()
    return Witness.fitted_on


@pytest.fixture(scope="module")
def model() -> ElasticNetEnsemble:
    """The defaults, fitted on `planted()`; no test changes it."""
    return ElasticNetEnsemble().fit(*planted())


def test_a_planted_sparse_relation_is_found(model: ElasticNetEnsemble) -> None:
    new, truth = planted(seed=1)
    assert set(np.flatnonzero(model.coefficients_)) >= {3, 9}
    assert model.coefficients_[3] == pytest.approx(8, rel=0.25)  # shrunken by the penalty
    assert model.coefficients_[9] == pytest.approx(-6, rel=0.25)
    assert model.fallback_ is None
    assert model.converged_
    assert np.corrcoef(model.predict(new), truth)[0, 1] > 0.9
    assert model.feature_names_.tolist() == [f"x{at}" for at in range(20)]


def test_weights_are_shares_and_every_kind_has_a_candidate(model: ElasticNetEnsemble) -> None:
    weights = np.array(list(model.weights_.values()))
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert set(model.chosen_) == set(model.weights_)


def test_where_the_net_keeps_nothing_the_training_mean_is_the_answer() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 6)), np.tile([10.0, 30.0], 12)
    X = np.repeat(X[::2], 2, axis=0)  # both scores occur with the same features

    model = ElasticNetEnsemble(minimum=0, maximum=66).fit(X, y, groups=np.arange(24) // 2)

    assert model.fallback_ == "training mean"
    assert not model.coefficients_.any()
    np.testing.assert_allclose(model.predict(rng.normal(size=(9, 6))), 20.0, atol=1e-9)


def test_no_inner_fold_splits_a_subject_and_each_learns_from_its_own_people(
    fitted_on: list[np.ndarray],
) -> None:
    X, y = planted(n=30)
    subject = np.repeat(np.arange(10), 3)
    numbered = np.column_stack([np.arange(30), X])

    ElasticNetEnsemble(prepare=Witness(), n_folds=5).fit(numbered, y, groups=subject)

    assert [len(rows) for rows in fitted_on] == [24] * 5 + [30]
    left_out = [np.setdiff1d(np.arange(30), rows) for rows in fitted_on[:5]]
    for rows, others in zip(fitted_on[:5], left_out, strict=True):
        assert not set(subject[rows]) & set(subject[others])
    assert sorted(np.concatenate(left_out)) == list(range(30))


def test_the_net_chooses_its_penalty_between_people_in_every_inner_fold_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[np.ndarray] = []
    fit = ElasticNetSelector.fit

    def fit_and_tell(self, X, y, groups=None):
        told.append(np.asarray(groups))
        return fit(self, X, y, groups)

    monkeypatch.setattr(ElasticNetSelector, "fit", fit_and_tell)
    subject = np.repeat(np.arange(10), 3)

    ElasticNetEnsemble(n_folds=5).fit(*planted(n=30), groups=subject)

    assert [len(owners) for owners in told] == [24] * 5 + [30]
    for owners in told:
        assert all((owners == one).sum() == 3 for one in np.unique(owners))


def test_the_transformer_that_was_passed_in_is_never_fitted_itself(
    fitted_on: list[np.ndarray],
) -> None:
    X, y = planted(n=20)
    prepare = Witness()

    model = ElasticNetEnsemble(prepare=prepare).fit(np.column_stack([np.arange(20), X]), y)

    assert not hasattr(prepare, "n_columns_")
    assert model.feature_names_[0] == "column 0"
    assert np.isfinite(model.predict(np.column_stack([np.arange(20), X]))).all()


def test_copies_of_a_subject_do_not_buy_belief() -> None:
    """Features that identify people and tell nothing of them: only split copies look good."""
    rng = np.random.default_rng(5)
    copies = np.repeat(np.arange(12), 3)
    fingerprint, y = rng.normal(size=(12, 150))[copies], rng.normal(33, 10, size=12)[copies]

    apart = ElasticNetEnsemble().fit(fingerprint, y)
    together = ElasticNetEnsemble().fit(fingerprint, y, groups=copies)

    assert apart.weights_["training mean"] == 0
    assert together.weights_["training mean"] > 0.2 or together.fallback_ is not None


@pytest.mark.parametrize(("minimum", "maximum"), [(30, 36), (None, 36), (30, None)])
def test_estimates_stay_on_the_scale(
    model: ElasticNetEnsemble, minimum: float | None, maximum: float | None
) -> None:
    X, y = planted()

    free = model.predict(X)
    bound = ElasticNetEnsemble(minimum=minimum, maximum=maximum).fit(X, y).predict(X)

    assert free.min() < 30
    assert free.max() > 36
    np.testing.assert_array_equal(bound, np.clip(free, minimum, maximum))


def test_neither_the_order_nor_the_unit_of_the_features_matters(
    model: ElasticNetEnsemble,
) -> None:
    X, y = planted()
    order = np.random.default_rng(2).permutation(20)
    units = np.geomspace(1e-3, 1e3, 20)

    other = ElasticNetEnsemble().fit((units * X + 7)[:, order], y)

    # Coordinate descent walks the columns in their order and stops at a duality gap of 1e-4.
    np.testing.assert_allclose(
        other.coefficients_, model.coefficients_[order], atol=1e-2 * np.std(y)
    )
    np.testing.assert_allclose(
        other.predict((units * X + 7)[:, order]), model.predict(X), atol=1e-2 * np.std(y)
    )


def test_a_shifted_and_stretched_score_shifts_and_stretches_the_estimates(
    model: ElasticNetEnsemble,
) -> None:
    X, y = planted()

    stretched = ElasticNetEnsemble().fit(X, 2 * y + 5).predict(X)

    # Rounding takes libsvm another way to its stop, at 1e-3 standard deviations of the score.
    np.testing.assert_allclose(stretched, 2 * model.predict(X) + 5, atol=1e-2 * np.std(y))


def test_the_same_seed_gives_the_same_numbers(model: ElasticNetEnsemble) -> None:
    X, y = planted()

    again = clone(model).fit(X, y)

    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.weights_ == model.weights_


def test_gaps_and_columns_without_any_value_are_borne() -> None:
    X, y = planted()
    X[::5, 1] = np.nan
    X[:, 6] = np.nan
    X[1:, 7] = np.nan

    model = ElasticNetEnsemble().fit(X, y)

    assert np.isfinite(model.predict(X)).all()
    assert model.coefficients_[6] == 0


def test_two_subjects_are_the_fewest_and_teach_no_more_than_their_mean_out_of_fold() -> None:
    X, y = planted(n=8)

    model = ElasticNetEnsemble().fit(X, y, groups=np.repeat(["a", "b"], 4))

    assert np.isfinite(model.predict(X)).all()
    with pytest.raises(EvaluationError, match="at least 2 subjects; got n_samples = 8 of 1"):
        ElasticNetEnsemble().fit(X, y, groups=["a"] * 8)


def test_scores_and_rows_are_checked_with_a_transformer_too() -> None:
    X, y = planted(n=20)
    numbered = np.column_stack([np.arange(20), X])
    unknown = y.copy()
    unknown[3] = np.nan

    with pytest.raises(ValueError, match="Input y contains NaN"):
        ElasticNetEnsemble(prepare=Witness()).fit(numbered, unknown)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ElasticNetEnsemble(prepare=Witness()).fit(numbered, y[:-1])


def test_columns_that_are_estimates_join_the_stack_as_they_are() -> None:
    X, y = planted()
    noise = np.random.default_rng(7).normal(size=X.shape)
    noise[:, 5] = y + np.random.default_rng(8).normal(scale=3.0, size=len(y))
    model = ElasticNetEnsemble(estimates=("x5",)).fit(noise, y)

    far = np.repeat(noise[:1], 2, axis=0)
    far[1, 5] += 1.0
    without = ElasticNetEnsemble().fit(noise, y)

    assert list(model.weights_) == [*without.weights_, "x5"]
    assert sum(model.weights_.values()) == pytest.approx(1, abs=1e-12)
    assert model.weights_["x5"] > 0.2
    np.testing.assert_array_equal(model.coefficients_, without.coefficients_)  # a feature as well
    # A point more of the estimate is its weight more, beside what it moves as a feature.
    alone = ElasticNetEnsemble(estimates=("x5",)).fit(noise, y)
    alone.members_ = {kind: _Zero() for kind in alone.members_}
    assert np.diff(alone.predict(far)) == pytest.approx(alone.weights_["x5"], abs=1e-9)


class _Zero:
    def predict(self, reduced: np.ndarray) -> np.ndarray:
        return np.zeros(len(reduced))


def test_an_estimate_that_is_worth_nothing_gets_little_weight() -> None:
    X, y = planted(n=80)
    X[:, 0] = np.random.default_rng(3).permutation(y)

    model = ElasticNetEnsemble(estimates=("x0",), shrinkage=0).fit(X, y)

    assert model.weights_["x0"] < 0.1


def test_where_the_net_keeps_nothing_an_estimate_still_counts_and_that_is_said() -> None:
    X = np.repeat(np.random.default_rng(0).normal(size=(12, 6)), 2, axis=0)
    X[:, 2] = 25.0  # says the same of everybody
    y = np.tile([10.0, 30.0], 12)  # both scores occur with the same features

    model = ElasticNetEnsemble(estimates=("x2",)).fit(X, y, groups=np.arange(24) // 2)

    assert model.fallback_ == "training mean, stacked with x2,"
    share = model.weights_["x2"]
    assert share > 0
    np.testing.assert_allclose(model.predict(X[:3]), 20 + share * 5, atol=1e-9)


def test_no_estimate_is_the_same_as_before_there_were_any(model: ElasticNetEnsemble) -> None:
    X, y = planted()

    again = ElasticNetEnsemble(estimates=()).fit(X, y)

    np.testing.assert_array_equal(again.predict(X), model.predict(X))
