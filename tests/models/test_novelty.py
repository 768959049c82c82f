"""What novelty promises."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin

from hybridmfp.errors import EvaluationError
from hybridmfp.models.novelty import NoveltyDetector

RNG = np.random.default_rng(0)
MIXING = RNG.normal(size=(3, 12))


class AsTheyAre(TransformerMixin, BaseEstimator):
    """Rows that need no preparation."""

    def fit(self, X: Any, y: Any = None) -> Self:
        self.n_features_ = np.shape(X)[1]
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X, dtype=float)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        return np.array([f"f{at}" for at in range(self.n_features_)], dtype=object)


def people(rng: np.random.Generator, n: int) -> np.ndarray:
    """People who differ in three ways, seen through twelve features."""
    return rng.normal(size=(n, 3)) @ MIXING + 0.3 * rng.normal(size=(n, 12))


@pytest.fixture(scope="module")
def fitted() -> NoveltyDetector:
    return NoveltyDetector(prepare=AsTheyAre()).fit(people(np.random.default_rng(1), 80))


def test_ordinary_new_persons_are_ordinary(fitted: NoveltyDetector) -> None:
    new = fitted.novelty(people(np.random.default_rng(2), 300))

    assert np.median(new) == pytest.approx(1, abs=0.25)  # the mean of two skewed halves
    assert np.mean(new > fitted.limit_) < 0.02


def test_far_along_the_usual_ways_and_off_them_is_strange(fitted: NoveltyDetector) -> None:
    along = (8 * np.ones(3) @ MIXING)[np.newaxis]
    off = np.zeros((1, 12))
    off[0, 4] = 8.0

    assert fitted.novelty(along)[0] > fitted.limit_
    assert fitted.novelty(off)[0] > fitted.limit_


def test_units_of_features_do_not_matter() -> None:
    table, new = people(np.random.default_rng(3), 60), people(np.random.default_rng(4), 5)
    factors = np.logspace(-6, 6, 12)

    plain, scaled = (
        NoveltyDetector(prepare=AsTheyAre()).fit(table * one).novelty(new * one)
        for one in (np.ones(12), factors)
    )

    assert scaled == pytest.approx(plain, rel=1e-6)


def test_what_a_session_lacks_is_not_strange(fitted: NoveltyDetector) -> None:
    strange = np.zeros((1, 12))
    strange[0, 4] = 50.0
    lacking = strange.copy()
    lacking[0, 4] = np.nan

    assert fitted.novelty(strange)[0] > fitted.limit_
    assert fitted.novelty(lacking)[0] < 1


def test_the_limit_lies_so_many_times_above_the_strangest_persons_left_out() -> None:
    table = people(np.random.default_rng(7), 60)

    once, wide = (
        NoveltyDetector(prepare=AsTheyAre(), margin=margin).fit(table) for margin in (1.0, 2.5)
    )

    assert once.limit_ == pytest.approx(np.quantile(once.left_out_, 0.99), rel=1e-12)
    assert wide.limit_ == pytest.approx(2.5 * once.limit_, rel=1e-12)
    assert np.median(once.left_out_) == pytest.approx(1, abs=0.2)


def test_one_absurd_feature_is_no_stranger_than_a_very_strange_one(
    fitted: NoveltyDetector,
) -> None:
    very, absurd = (
        fitted.novelty((fitted.mean_ + z * fitted.scale_ * np.eye(12)[4])[np.newaxis])[0]
        for z in (20, 1e9)
    )

    assert very == pytest.approx(absurd, rel=1e-9)


def test_what_was_seen_is_fitted_and_what_is_left_averaged_over_it(
    fitted: NoveltyDetector,
) -> None:
    strange = np.full((1, 12), np.nan)
    strange[0, :5] = fitted.mean_[:5] + 6 * fitted.scale_[:5] * [1, -1, 1, 1, -1]

    z = ((strange - fitted.mean_) / fitted.scale_)[0, :5]
    axes = fitted.components_[:, :5]
    system = np.vstack([axes.T, 0.1 * np.eye(len(axes))])  # ridge of 0.01 as rows of its own
    scores = np.linalg.lstsq(system, np.append(z, np.zeros(len(axes))), rcond=None)[0]
    within = (scores**2 / fitted.variance_).mean()
    left = ((z - scores @ axes) ** 2).sum() / 5
    expected = (within / fitted.usual_[0] + left / fitted.usual_[1]) / 2
    assert fitted.novelty(strange)[0] == pytest.approx(expected, rel=1e-9)


def test_the_strangest_features_are_named_with_their_sign(fitted: NoveltyDetector) -> None:
    row = fitted.mean_.copy()
    row[7] -= 9 * fitted.scale_[7]
    row[2] += 5 * fitted.scale_[2]

    named = fitted.strangest(row, n=2)

    assert [name for name, _ in named] == ["f7", "f2"]
    assert [z for _, z in named] == pytest.approx([-9, 5])


def test_a_training_person_is_judged_without_all_of_their_rows() -> None:
    table = people(np.random.default_rng(5), 40)
    outsider = np.full((4, 12), 30.0) + np.random.default_rng(6).normal(size=(4, 12))
    rows = np.vstack([table, outsider])

    together = NoveltyDetector(prepare=AsTheyAre()).fit(rows, groups=[*range(40), 99, 99, 99, 99])

    assert together.left_out_[40:].min() > 10 * np.median(together.left_out_[:40])


def test_fewer_than_five_persons_are_refused() -> None:
    with pytest.raises(EvaluationError, match="at least 5 subjects; got 4"):
        NoveltyDetector(prepare=AsTheyAre()).fit(np.ones((8, 2)), groups=[0, 0, 1, 1, 2, 2, 3, 3])


def test_half_of_the_features_show_a_strange_session_as_well(fitted: NoveltyDetector) -> None:
    ordinary = people(np.random.default_rng(7), 200)
    along = np.tile(8 * np.ones(3) @ MIXING, (1, 1))
    for rows in (ordinary, along):
        rows[:, ::2] = np.nan

    assert np.median(fitted.novelty(ordinary)) == pytest.approx(1, abs=0.35)
    assert fitted.novelty(along)[0] > fitted.limit_
