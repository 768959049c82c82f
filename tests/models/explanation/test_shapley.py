"""What Shapley values promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.models.explanation import shapley_values

Rows = NDArray[np.float64]


def crooked(rows: Rows) -> Rows:
    """Mix two and three columns, with a step and a bend; the last one has no influence."""
    steps = 4.0 * (rows[:, 0] + rows[:, 2] > 1)
    bends = np.tanh(rows[:, 1] * rows[:, 3])
    return steps + bends + rows[:, 0] * rows[:, 1] * rows[:, 4] - 2 * rows[:, 4]


def over_all_orders(value: Callable[[Rows], Rows], row: Rows, reference: Rows) -> Rows:
    """The definition, word by word: the mean over all orders of what joining changes."""
    n, total = len(row), np.zeros(len(row))
    orders = list(itertools.permutations(range(n)))
    for order in orders:
        now = reference.copy()
        before = value(now[np.newaxis])[0]
        for player in order:
            now[player] = row[player]
            after = value(now[np.newaxis])[0]
            total[player] += after - before
            before = after
    return total / len(orders)


@pytest.mark.parametrize("seed", range(4))
def test_values_are_the_mean_gain_over_all_orders(seed: int) -> None:
    row, reference = np.random.default_rng(seed).normal(0, 1.5, (2, 6))

    found = shapley_values(crooked, row, reference)

    np.testing.assert_allclose(found.points, over_all_orders(crooked, row, reference), atol=1e-12)
    np.testing.assert_array_equal(found.standard_error, 0)
    assert found.points[5] == 0


@pytest.mark.parametrize("n_columns", [5, 40])
def test_a_linear_model_gives_coefficient_times_distance(n_columns: int) -> None:
    rng = np.random.default_rng(n_columns)
    coefficient, row, reference = rng.normal(size=(3, n_columns))

    found = shapley_values(lambda rows: 7 + rows @ coefficient, row, reference)

    np.testing.assert_allclose(found.points, coefficient * (row - reference), atol=1e-12)
    np.testing.assert_allclose(found.standard_error, 0, atol=1e-12)


@pytest.mark.parametrize("n_columns", [6, 30])
def test_values_sum_to_the_change_of_the_estimate(n_columns: int) -> None:
    row, reference = np.random.default_rng(1).normal(0, 1.5, (2, n_columns))

    found = shapley_values(crooked, row, reference)

    change = crooked(row[np.newaxis])[0] - crooked(reference[np.newaxis])[0]
    assert found.points.sum() == pytest.approx(change, abs=1e-12)


def test_sampled_values_lie_within_their_errors_of_the_exact_ones() -> None:
    # Columns that nothing looks at make the players too many for every coalition.
    row, reference = np.random.default_rng(2).normal(0, 1.5, (2, 30))
    exact = over_all_orders(crooked, row[:5], reference[:5])

    away = []
    for seed in range(20):
        found = shapley_values(crooked, row, reference, random_state=seed)
        away.append((found.points[:5] - exact) / np.maximum(found.standard_error[:5], 1e-12))
        np.testing.assert_array_equal(found.points[5:], 0)

    # 100 values in standard errors of 128 mirrored pairs: very nearly normal, of spread 1.
    assert 0.5 < np.std(away) < 1.5
    assert np.max(np.abs(away)) < 5
    assert abs(np.mean(away)) < 0.5


def test_columns_that_do_the_same_get_the_same() -> None:
    found = shapley_values(
        lambda rows: (rows[:, 0] + rows[:, 1]) ** 3, np.array([2.0, 2.0]), np.array([-1.0, -1.0])
    )

    assert found.points[0] == pytest.approx(found.points[1], abs=1e-12)


def test_columns_in_another_order_get_the_same() -> None:
    row, reference = np.random.default_rng(3).normal(0, 1.5, (2, 6))
    order = np.array([4, 0, 5, 2, 1, 3])
    back = np.argsort(order)

    found = shapley_values(lambda rows: crooked(rows[:, back]), row[order], reference[order])

    np.testing.assert_allclose(
        found.points, shapley_values(crooked, row, reference).points[order], atol=1e-12
    )


def test_what_is_alike_in_both_rows_gets_nothing_and_gaps_are_alike() -> None:
    def value(rows: Rows) -> Rows:
        return np.where(np.isnan(rows[:, 0]), 100.0, rows[:, 0]) + rows[:, 1] * rows[:, 2]

    found = shapley_values(value, np.array([np.nan, 3.0, 2.0]), np.array([np.nan, 3.0, 1.0]))

    np.testing.assert_allclose(found.points, [0, 0, 3], atol=1e-12)


def test_only_the_columns_named_take_part() -> None:
    row, reference = np.array([1.0, 1.0, 1.0]), np.zeros(3)

    found = shapley_values(lambda rows: rows.prod(axis=1), row, reference, columns=[0, 2])

    np.testing.assert_allclose(found.points, [0.5, 0, 0.5], atol=1e-12)


def test_nobody_gets_anything_where_nothing_changed() -> None:
    found = shapley_values(crooked, np.ones(6), np.ones(6))

    np.testing.assert_array_equal(found.points, 0)


def test_the_same_seed_gives_the_same_values_and_rows_stay_as_they_were() -> None:
    row, reference = np.random.default_rng(4).normal(size=(2, 30))
    kept = row.copy(), reference.copy()

    first, again = (shapley_values(crooked, row, reference, random_state=5) for _ in range(2))

    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(row, kept[0])
    np.testing.assert_array_equal(reference, kept[1])
