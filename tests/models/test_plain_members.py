"""What plain members promise: they say what scikit-learn's say, and nothing else can be in them."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from hybridmfp.errors import ReadError, SignalError
from hybridmfp.models.boosted_trees import BoostedTrees
from hybridmfp.models.ensemble_members import candidates
from hybridmfp.models.plain_members import (
    Line,
    NearestNeighbours,
    SupportVectors,
    TrainingMean,
    plain_member,
)
from hybridmfp.models.reduction import Reduction

EVERY = [
    pytest.param(one, id=f"{kind} {at}")
    for kind, some in candidates(0).items()
    for at, one in enumerate(some)
]
SOME = [some[0] for some in candidates(0).values()]


def people(seed: int, *, n: int = 40, p: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Components of falling spread, as they come out of a projection, and standardised scores."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, p)) * np.geomspace(4, 0.1, p)
    scores = rows[:, 0] + np.sin(rows[:, -1]) + rng.normal(size=n)
    return rows, (scores - scores.mean()) / scores.std()


@pytest.mark.parametrize("member", EVERY)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(8, 80), p=st.integers(1, 20))
def test_plain_members_say_what_scikit_learn_says(member: Any, seed: int, n: int, p: int) -> None:
    rows, scores = people(seed, n=n, p=p)
    fitted = member.fit(rows, scores)
    new = np.concatenate([rows, people(seed + 1, n=30, p=p)[0], 100 * rows[:3]])

    plain = plain_member(fitted, rows, scores)

    np.testing.assert_allclose(plain.predict(new), fitted.predict(new), rtol=0, atol=1e-9)


@pytest.mark.parametrize("member", SOME)
def test_who_is_asked_along_does_not_matter(member: Any) -> None:
    rows, scores = people(3)
    plain = plain_member(member.fit(rows, scores), rows, scores)

    alone = np.concatenate([plain.predict(one[np.newaxis]) for one in rows])

    np.testing.assert_allclose(plain.predict(rows), alone, rtol=0, atol=1e-12)
    assert plain.predict(rows[:0]).shape == (0,)


@pytest.mark.parametrize("seed", range(20))
def test_trees_compare_in_32_bits_as_they_were_grown(seed: int) -> None:
    """Rows a hair above a threshold, which 32 bits cannot tell from it, go with those below."""
    rows, scores = people(seed, p=2)
    fitted = GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0)
    plain = plain_member(fitted.fit(rows, scores), rows, scores)
    assert isinstance(plain, BoostedTrees)
    inner = plain.left != -1
    edge = plain.threshold[inner]
    near = np.concatenate([edge, *(edge * (1 + sign * 10.0**-k) for sign in (-1, 1)
                                   for k in range(6, 16))])  # fmt: skip
    asked = np.stack([near, near[::-1]], axis=1)

    np.testing.assert_allclose(plain.predict(asked), fitted.predict(asked), rtol=0, atol=1e-9)


@pytest.mark.parametrize("grown", [{"max_depth": 6}, {"max_leaf_nodes": 9}, {"n_estimators": 1}])
def test_trees_of_any_form_are_taken_over(grown: dict[str, int]) -> None:
    rows, scores = people(5, n=200)
    fitted = GradientBoostingRegressor(random_state=0, **grown).fit(rows, scores)

    plain = plain_member(fitted, rows, scores)

    np.testing.assert_allclose(plain.predict(rows), fitted.predict(rows), rtol=0, atol=1e-9)


def test_a_score_that_never_varies_is_said_again() -> None:
    rows = people(0)[0]
    for member in SOME:
        plain = plain_member(member.fit(rows, np.zeros(40)), rows, np.zeros(40))
        np.testing.assert_allclose(plain.predict(rows), 0.0, atol=1e-9)


def test_rows_that_never_vary_bear_the_radial_kernel() -> None:
    rows, scores = np.ones((20, 3)), people(0, n=20)[1]
    fitted = SVR().fit(rows, scores)

    plain = plain_member(fitted, rows, scores)

    np.testing.assert_allclose(plain.predict(rows), fitted.predict(rows), rtol=0, atol=1e-9)


def test_of_equally_near_people_the_first_count() -> None:
    number = np.arange(300)
    around = np.where(number % 3 == 1, -1.0, 1.0) * (1 + number % 2)  # one or two away
    member = NearestNeighbours(around[:, np.newaxis], number.astype(float), 4)

    assert member.predict(np.zeros((1, 1))).tolist() == [(0 + 2 + 4 + 6) / 4]


def test_distances_between_nearly_equal_rows_keep_their_digits() -> None:
    far, step = 1e8, 2.0**-20
    member = SupportVectors(np.array([[far]]), np.array([1.0]), intercept=0.0, gamma=2.0**40)

    assert member.predict(np.array([[far + step]]))[0] == pytest.approx(np.exp(-1), rel=1e-12)


def test_a_line_is_a_line() -> None:
    assert Line(np.array([2.0, -1.0]), 0.5).predict(np.array([[1.0, 3.0]])).tolist() == [-0.5]
    assert TrainingMean(0.25).predict(np.zeros((2, 0))).tolist() == [0.25, 0.25]


def test_other_estimators_are_not_taken_over() -> None:
    rows, scores = people(0)
    with pytest.raises(TypeError, match=r"of a kind that the ensemble stacks; got Lasso"):
        plain_member(Lasso().fit(rows, scores), rows, scores)


def test_members_do_not_share_memory_with_what_they_were_taken_from() -> None:
    rows, scores = people(0)
    for member in SOME:
        plain = plain_member(member.fit(rows, scores), rows, scores)
        before = plain.predict(rows.copy())
        asked = rows.copy()
        rows[:], scores[:] = 7, 7
        np.testing.assert_array_equal(plain.predict(asked), before)
        rows, scores = people(0)


def test_members_can_be_sent_to_other_processes() -> None:
    rows, scores = people(0)
    for member in SOME:
        plain = plain_member(member.fit(rows, scores), rows, scores)
        again = pickle.loads(pickle.dumps(plain))  # noqa: S301 - our own bytes
        np.testing.assert_array_equal(again.predict(rows), plain.predict(rows))


# Arrays that are not those of a member


def stump(**changed: Any) -> BoostedTrees:
    """Two trees: one question each, x0 <= 0 and x1 <= 1."""
    told: dict[str, Any] = {
        "start": 1.0,
        "rate": 0.5,
        "n_columns": 2,
        "roots": np.array([0, 3]),
        "left": np.array([1, -1, -1, 4, -1, -1]),
        "right": np.array([2, -1, -1, 5, -1, -1]),
        "column": np.array([0, 0, 0, 1, 0, 0]),
        "threshold": np.array([0.0, 0, 0, 1.0, 0, 0]),
        "value": np.array([9.0, -2.0, 2.0, 9.0, -4.0, 4.0]),
    }
    return BoostedTrees(**{**told, **changed})


def test_two_stumps_answer_as_by_hand() -> None:
    rows = np.array([[-1.0, 0.0], [-1.0, 2.0], [1.0, 0.0], [0.0, 1.0]])

    assert stump().predict(rows).tolist() == [-2.0, 2.0, 0.0, -2.0]


@pytest.mark.parametrize(
    "changed",
    [
        {"left": np.array([0, -1, -1, 4, -1, -1])},  # itself
        {"left": np.array([1, 0, -1, 4, -1, -1]), "right": np.array([2, 2, -1, 5, -1, -1])},
        {"left": np.array([99, -1, -1, 4, -1, -1])},
        {"left": np.array([-2, -1, -1, 4, -1, -1])},
        {"left": np.array([2**62, -1, -1, 4, -1, -1])},
        {"right": np.array([4, -1, -1, 5, -1, -1])},  # into the next tree
        {"right": np.array([-1, -1, -1, 5, -1, -1])},  # a leaf on one side only
        {"left": np.array([1, -1, -1, 3, -1, -1])},
        {"left": np.array([1, -1, -1, 2, -1, -1]), "right": np.array([4, -1, -1, 5, -1, -1])},
        {  # in a circle that no root leads to
            "roots": np.array([0, 1]),
            "left": np.array([-1, -1, 3, 2, -1, -1]),
            "right": np.array([-1, -1, 4, 5, -1, -1]),
        },
        {"column": np.array([2, 0, 0, 1, 0, 0])},
        {"column": np.array([-1, 0, 0, 1, 0, 0])},
        {"right": np.array([1, -1, -1, 5, -1, -1])},  # one child twice, the other lost
        {"roots": np.array([0])},
        {"roots": np.array([0, 6])},
        {"roots": np.array([1, 3])},
        {"roots": np.array([0, 0])},
        {"roots": np.array([0, -3])},
        {"roots": np.array([0, 2**62])},
        {"roots": np.array([], dtype=np.int64)},
        {"threshold": np.array([np.nan, 0, 0, 1.0, 0, 0])},
        {"value": np.array([9.0, np.inf, 2.0, 9.0, -4.0, 4.0])},
        {"value": np.zeros(5)},
        {"value": np.zeros((6, 1))},
        {"left": np.array([1, -1, -1, 4, -1, -1], dtype=np.int32)},
        {"left": np.array([1.0, -1, -1, 4, -1, -1])},
        {"n_columns": 0},
        {"n_columns": True},
        {"n_columns": 2.0},
        {"rate": float("nan")},
        {"start": "0"},
    ],
)
def test_trees_that_lead_astray_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match=r"The model is damaged: fit it anew"):
        stump(**changed)


GOOD: dict[type[Any], dict[str, Any]] = {
    TrainingMean: {"value": 1.0},
    Line: {"coefficients": np.ones(2), "intercept": 0.0},
    SupportVectors: {
        "vectors": np.ones((3, 2)), "weights": np.ones(3), "intercept": 0.0, "gamma": 0.5,
    },
    NearestNeighbours: {"rows": np.ones((3, 2)), "scores": np.ones(3), "n_nearest": 2},
    Reduction: {
        "medians": np.zeros(3), "means": np.zeros(3), "spreads": np.ones(3),
        "coefficients": np.array([1.0, 0.0, -1.0]), "centre": np.zeros(2),
        "components": np.eye(2),
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, told in GOOD.items() for name in told]
)
def test_nothing_in_a_member_may_be_of_another_kind(kind: type[Any], name: str) -> None:
    kind(**GOOD[kind])
    good = GOOD[kind][name]
    wrong: list[Any] = [float("nan"), float("inf"), "1", None, True, [1.0]]
    if isinstance(good, np.ndarray):
        fewer = good[:-1] if name in {"vectors", "rows"} else good[..., :-1]
        wrong = [
            good.astype(np.float32), good.astype(object), good[np.newaxis],
            np.full_like(good, np.nan), np.full_like(good, -np.inf),
            *([] if kind is Line else [fewer]),  # a line may have any length
        ]  # fmt: skip

    for one in wrong:
        with pytest.raises(ReadError, match="must"):
            kind(**{**GOOD[kind], name: one})


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (SupportVectors, {"gamma": 0.0}),
        (SupportVectors, {"gamma": -1.0}),
        (NearestNeighbours, {"n_nearest": 0}),
        (NearestNeighbours, {"n_nearest": 4}),
        (NearestNeighbours, {"n_nearest": -1}),
        (Reduction, {"spreads": np.array([1.0, 0.0, 1.0])}),
        (Reduction, {"coefficients": np.array([1.0, 1.0, -1.0])}),
    ],
)
def test_numbers_stay_within_their_bounds(kind: type[Any], changed: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match=r"must .*fit it anew"):
        kind(**{**GOOD[kind], **changed})


def test_the_order_of_memory_cannot_change_a_bit() -> None:
    rows, scores = people(11, n=60, p=7)
    for member in SOME:
        plain = plain_member(member.fit(rows, scores), rows, scores)
        turned = {
            field.name: np.asfortranarray(value) if isinstance(value, np.ndarray) else value
            for field in dataclasses.fields(plain)  # type: ignore[arg-type]
            for value in [getattr(plain, field.name)]
        }
        again = type(plain)(**turned)
        np.testing.assert_array_equal(again.predict(rows), plain.predict(rows))
        for name, value in turned.items():
            if isinstance(value, np.ndarray):
                assert getattr(again, name).flags.c_contiguous


# The steps before


def table(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(30, 9)) * np.geomspace(1e-3, 1e3, 9) + 5
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[:, 4] = 3.0  # never varies
    rows[:, 7] = np.nan  # never measured
    return rows


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_reduction_says_what_scikit_learns_steps_say(seed: int) -> None:
    learned, new = table(seed), table(seed + 1)
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    scaler, projection = StandardScaler(), PCA(n_components=0.95, svd_solver="full")
    coefficients = np.array([0.5, 0, 1, -1, 0, 0, 2, 0, 1.0])
    scaled = scaler.fit_transform(imputer.fit_transform(learned))
    projection.fit(scaled[:, coefficients != 0])

    reduction = Reduction(
        medians=imputer.statistics_, means=scaler.mean_, spreads=scaler.scale_,
        coefficients=coefficients, centre=projection.mean_, components=projection.components_,
    )  # fmt: skip

    expected = scaler.transform(imputer.transform(new))[:, coefficients != 0]
    np.testing.assert_allclose(
        reduction.apply(new), projection.transform(expected), rtol=0, atol=1e-9
    )
    assert reduction.n_components == projection.n_components_


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_rows_beyond_all_measure_are_refused(value: float) -> None:
    rows = np.array([[0.0, value, 0.0], [value, 0.0, 0.0]])
    reduction = Reduction(**GOOD[Reduction])

    assert reduction.apply(rows[:1]).tolist() == [[0.0, 0.0]]  # not selected, not looked at
    with pytest.raises(SignalError, match="features must be finite, with NaN for a gap"):
        reduction.apply(rows)


def test_rows_of_other_features_are_refused() -> None:
    with pytest.raises(SignalError, match=r"the 3 features that were learned from; got shape"):
        Reduction(**GOOD[Reduction]).apply(np.zeros((2, 4)))


def test_all_kinds_of_the_ensemble_are_tested_here() -> None:
    assert {type(one) for one in SOME} == {
        DummyRegressor, Ridge, SVR, KNeighborsRegressor, GradientBoostingRegressor,
    }  # fmt: skip
