"""What `stacking_weights` promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from hybridmfp.models.stacking_weights import stacking_weights


def members(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.normal(40, 12, size=30)
    noise = rng.normal(size=(30, 4)) * [3, 8, 15, 30]
    return y[:, np.newaxis] + noise, y


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 2.0])
def test_weights_are_shares(seed: int, shrinkage: float) -> None:
    predicted, y = members(seed)

    weights = stacking_weights(predicted, y, shrinkage=shrinkage)

    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shrinkage", [0.01, 0.1, 1.0])
def test_no_other_shares_are_better(seed: int, shrinkage: float) -> None:
    predicted, y = members(seed)

    def objective(w: np.ndarray) -> float:
        misses = np.mean((y - predicted @ w) ** 2)
        return float(misses / np.var(y) + shrinkage * np.sum((w - 0.25) ** 2))

    found = minimize(
        objective,
        np.full(4, 0.25),
        method="SLSQP",
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )

    # The sum of 1 is held by a weight of 10³, squared; SLSQP stops at about 1e-6.
    np.testing.assert_allclose(
        stacking_weights(predicted, y, shrinkage=shrinkage), found.x, atol=1e-5
    )


def test_the_origin_and_unit_of_the_score_do_not_matter() -> None:
    predicted, y = members()

    weights = stacking_weights(predicted, y)

    np.testing.assert_allclose(
        stacking_weights(3 * predicted + 100, 3 * y + 100), weights, atol=1e-9
    )


def test_a_member_that_errs_less_gets_more() -> None:
    predicted, y = members()

    weights = stacking_weights(predicted, y)

    assert weights.tolist() == sorted(weights, reverse=True)


def test_members_that_say_the_same_share_equally() -> None:
    predicted, y = members()

    weights = stacking_weights(np.repeat(predicted[:, :1], 3, axis=1), y)

    np.testing.assert_allclose(weights, 1 / 3, atol=1e-9)


def test_endless_shrinkage_makes_all_equal() -> None:
    predicted, y = members()

    np.testing.assert_allclose(stacking_weights(predicted, y, shrinkage=1e9), 0.25, atol=1e-6)


def test_a_score_that_does_not_vary_still_gives_shares() -> None:
    predicted, _ = members()

    weights = stacking_weights(predicted, np.full(30, 17.0))

    assert weights.sum() == pytest.approx(1, abs=1e-12)
