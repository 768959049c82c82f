"""What `HybridRegressor` promises: networks speak only of people they never met."""

from __future__ import annotations

from typing import Any, ClassVar

import fusion_builder as build
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.errors import EvaluationError
from hybridmfp.features.session import as_rows
from hybridmfp.models import ElasticNetEnsemble, HybridRegressor
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.hybrid_regressor import ESTIMATE
from hybridmfp.models.hybrid_rows import HybridRows, NetworkedSession, as_networked

N_PEOPLE, WIDTH = 12, 4
MANY = as_rows([build.visit(at, strength=at / N_PEOPLE) for at in range(N_PEOPLE)])
SCORES = 5.0 * np.arange(N_PEOPLE)


class Network(RegressorMixin, BaseEstimator):
    """Gives estimate and embedding together, as networks do."""

    def estimate_and_embed(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        return self.predict(X), self.embed(X)


class Parrot(Network):
    """Repeats the score of anybody it has met; says NaN to a stranger, and shrinks from them."""

    def fit(self, X: Any, y: Any, groups: Any = None) -> Parrot:
        self.heard_ = {one.subject: score for one, score in zip(X, y, strict=True)}
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.array([self.heard_.get(one.subject, np.nan) for one in X])

    def embed(self, X: Any) -> np.ndarray:
        direction = [np.random.default_rng(int(one.subject[1:])).normal(size=WIDTH) for one in X]
        length = [100.0 if one.subject in self.heard_ else 1.0 for one in X]
        return np.array(direction) / np.linalg.norm(direction, axis=1)[:, None] * np.c_[length]


class Turned(Network):
    """Embeds everybody the same, on axes of its own that depend on whom it met."""

    def fit(self, X: Any, y: Any, groups: Any = None) -> Turned:
        seed = sum(int(one.subject[1:]) for one in X)
        square = np.random.default_rng(seed).normal(size=(WIDTH, WIDTH))
        self.axes_ = np.linalg.qr(square)[0]
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.full(len(X), self.mean_)

    def embed(self, X: Any) -> np.ndarray:
        return plain(X) @ self.axes_

    def predict_items(self, X: Any) -> np.ndarray:
        return np.full((len(X), 2), self.mean_ / 2)


class Memoriser(Network):
    """Puts the scores of those it met into its embedding; strangers get noise of its own."""

    width = 40

    def fit(self, X: Any, y: Any, groups: Any = None) -> Memoriser:
        self.heard_ = {one.subject: score for one, score in zip(X, y, strict=True)}
        self.seed_ = sum(int(one.subject[1:]) for one in X)
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.zeros(len(X))

    def embed(self, X: Any) -> np.ndarray:
        rows = []
        for one in X:
            noise = np.random.default_rng([self.seed_, int(one.subject[1:])])
            row = noise.normal(size=self.width)
            row[0] += 3 * self.heard_.get(one.subject, 0.0)
            rows.append(row)
        return np.array(rows)


class Posture(TransformerMixin, BaseEstimator):
    """Two named features of each session, and whom they were learned from."""

    learned_from: ClassVar[list[list[str]]] = []

    def fit(self, X: Any, y: Any = None) -> Posture:
        assert y is None, "rows must not see scores"
        self.learned_from.append([one.subject for one in X])
        self.n_ = len(X)
        return self

    def transform(self, X: Any) -> np.ndarray:
        return np.array([build.bag(one).kinematics[:, [30, 31]].mean(axis=(0, 2)) for one in X])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        return np.array(["angle", "other angle"], dtype=object)


class Listener(RegressorMixin, BaseEstimator):
    """Stands in for the ensemble and keeps what it was told."""

    def __init__(self, *, prepare: Any = None, estimates: tuple[str, ...] = ()) -> None:
        self.prepare = prepare
        self.estimates = estimates

    def fit(self, X: Any, y: Any, groups: Any = None) -> Listener:
        self.told_, self.scores_, self.groups_ = list(X), y, groups
        return self

    def predict(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "told_")
        self.asked_ = list(X)
        return np.zeros(len(X))


def said_to(stack: Listener) -> np.ndarray:
    return np.stack([one.said for one in stack.told_])


def hybrid(network: Any, **others: Any) -> HybridRegressor:
    return HybridRegressor(network=network, ensemble=Listener(prepare=Posture()), **others)


@pytest.mark.parametrize("n_folds", [2, 4, 20])
def test_no_network_speaks_of_anybody_it_has_met(n_folds: int) -> None:
    model = hybrid(Parrot(), n_folds=n_folds).fit(MANY, SCORES)

    said = said_to(model.stack_)

    assert np.isnan(said[:, 0]).all()
    np.testing.assert_allclose(np.linalg.norm(said[:, 1:], axis=1), 1.0)  # turned, not stretched
    assert len(model.networks_) == min(n_folds, N_PEOPLE)
    assert sorted(name for one in model.networks_ for name in one.heard_) == sorted(
        one.subject for one in MANY for _ in range(len(model.networks_) - 1)
    )


def test_a_person_of_several_visits_is_met_with_all_of_them_or_none() -> None:
    visits = as_rows(
        [build.visit(at, subject=f"p{at % 9}", session=str(at // 9)) for at in range(27)]
    )
    owner = np.array([f"of {one.subject}" for one in visits])

    for groups in (None, owner):
        model = hybrid(Parrot()).fit(visits, np.arange(27.0), groups)
        assert np.isnan(said_to(model.stack_)[:, 0]).all()
        expected = [one.subject for one in visits] if groups is None else groups
        np.testing.assert_array_equal(model.stack_.groups_, expected)


def test_embeddings_on_other_axes_are_turned_until_they_agree() -> None:
    model = hybrid(Turned()).fit(MANY, SCORES)

    # A pull of 1e-6 to no turn decides where persons do not differ.
    on_axes_of_the_first = plain(MANY) @ model.networks_[0].axes_
    np.testing.assert_allclose(said_to(model.stack_)[:, 1:], on_axes_of_the_first, atol=1e-5)
    np.testing.assert_allclose(
        model.embed(build.STRANGERS), plain(build.STRANGERS) @ model.networks_[0].axes_, atol=1e-5
    )


def plain(X: Any) -> np.ndarray:
    return np.array([np.random.default_rng(int(one.subject[1:])).normal(size=WIDTH) for one in X])


def test_turning_does_not_tell_the_scores_of_those_a_network_never_met() -> None:
    """The first network met them: its embedding of them knows, and a turn could pass it on."""
    people = as_rows([build.visit(at) for at in range(40)])
    told = []
    for seed in range(5):
        scores = np.random.default_rng(seed).normal(size=40)
        model = hybrid(Memoriser()).fit(people, scores)
        met = [at for at, one in enumerate(people) if one.subject in model.networks_[0].heard_]
        about_scores = said_to(model.stack_)[met, 1]
        told.append(np.corrcoef(about_scores, scores[met])[0, 1])

    # Means of 5 correlations of 30 unrelated pairs have a standard error of 0.08.
    assert abs(np.mean(told)) < 0.25


def test_a_stranger_is_described_by_all_networks_on_average() -> None:
    model = hybrid(Turned()).fit(MANY, SCORES)

    model.predict(build.STRANGERS)

    estimate = np.mean([network.mean_ for network in model.networks_])
    said = np.stack([one.said for one in model.stack_.asked_])
    np.testing.assert_allclose(said[:, 0], estimate)
    np.testing.assert_allclose(said[:, 1:], model.embed(build.STRANGERS))
    np.testing.assert_allclose(model.predict_items(build.STRANGERS).sum(axis=1), estimate)


def test_the_stack_is_told_what_is_what() -> None:
    model = hybrid(Turned()).fit(MANY, SCORES)

    assert model.stack_.estimates == (ESTIMATE,)
    assert isinstance(model.stack_.prepare, HybridRows)
    assert model.stack_.prepare.columns == (
        ESTIMATE, *(f"network.embedding.{at}" for at in range(WIDTH)),
    )  # fmt: skip
    assert model.ensemble.estimates == ()  # what was passed in stays as it is
    np.testing.assert_array_equal(model.stack_.scores_, SCORES)


@pytest.mark.parametrize("n_people", [6, 7])
def test_with_fewer_than_five_to_train_on_the_named_features_stand_alone(
    n_people: int,
) -> None:
    model = hybrid(Turned()).fit(MANY[:n_people], SCORES[:n_people])

    if n_people == 7:  # of 4 folds, the largest leaves 2 out and 5 to learn from
        assert model.fallback_ is None
        assert len(model.networks_) == 4
        return
    assert model.fallback_ is not None
    assert "needs 5 training subjects in every one of 4 inner folds" in model.fallback_
    assert "there were 6 in all" in model.fallback_
    assert model.networks_ == []
    assert model.stack_.told_ == list(MANY[:n_people])
    model.predict(build.STRANGERS)
    assert model.stack_.asked_ == list(build.STRANGERS)
    for ask in (model.embed, model.predict_items):
        with pytest.raises(EvaluationError, match=r"must have been trained.*ensemble of named"):
            ask(build.STRANGERS)


def test_visits_of_the_same_people_do_not_buy_networks() -> None:
    visits = as_rows([build.visit(at, subject=f"p{at % 5}") for at in range(20)])

    assert hybrid(Turned()).fit(visits, np.arange(20.0)).fallback_ is not None


def test_lengths_that_differ_and_questions_before_a_fit_are_refused() -> None:
    with pytest.raises(EvaluationError, match=r"one score for each of the 12 sessions; got \(11,"):
        hybrid(Turned()).fit(MANY, SCORES[:-1])
    for ask in ("predict", "embed", "predict_items"):
        with pytest.raises(NotFittedError):
            getattr(hybrid(Turned()), ask)(MANY)


def test_rows_put_names_and_networks_side_by_side() -> None:
    said = np.arange(2.0 * N_PEOPLE).reshape(N_PEOPLE, 2)
    rows = HybridRows(rows=Posture(), columns=("a", "b"))
    networked = as_networked(MANY, said)

    table = rows.fit_transform(networked)

    assert networked.shape == (N_PEOPLE,)
    assert all(isinstance(one, NetworkedSession) for one in networked)
    np.testing.assert_array_equal(table[:, :2], Posture().fit(MANY).transform(MANY))
    np.testing.assert_array_equal(table[:, 2:], said)
    np.testing.assert_array_equal(rows.fit(networked).transform(networked[3:5]), table[3:5])
    assert list(rows.get_feature_names_out()) == ["angle", "other angle", "a", "b"]
    assert not hasattr(rows.rows, "n_")  # what was passed in is never fitted itself


def test_the_whole_learns_from_both_and_again_the_same() -> None:
    Posture.learned_from.clear()
    network = FusionRegressor(scale=build.TOTAL, settings=build.settings(n_epochs=1), device="cpu")
    model = HybridRegressor(
        network=network,
        ensemble=ElasticNetEnsemble(prepare=Posture(), minimum=0, maximum=66),
        n_folds=2,
    )

    again = clone(model).fit(MANY, SCORES)
    predicted = model.fit(MANY, SCORES).predict(build.STRANGERS)

    np.testing.assert_array_equal(again.predict(build.STRANGERS), predicted)
    assert ((predicted >= 0) & (predicted <= 66)).all()
    assert ESTIMATE in model.stack_.weights_
    assert list(model.stack_.feature_names_[:3]) == ["angle", "other angle", ESTIMATE]
    assert len(model.stack_.feature_names_) == 3 + 8
    assert len(Posture.learned_from) == 2 * 6  # five inner folds and everybody, twice
    assert model.embed(build.STRANGERS).shape == (4, 8)
