"""Closed forms of the comparison of models."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import adjust_by_holm, compare_models, errors_per_subject


def test_holm_agrees_with_values_found_by_hand() -> None:
    # sorted: 4 x .005 = .02, 3 x .01 = .03, 2 x .03 = .06, 1 x .04 -> no less than .06
    assert adjust_by_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_by_holm([0.5, 0.9]).tolist() == [1, 1]
    assert adjust_by_holm([0.2]).tolist() == [0.2]


def test_the_p_value_is_that_of_all_changes_of_sign() -> None:
    reference = np.zeros(8)
    model = np.array([1.3, -0.2, 2.2, 0.9, -0.4, 3.1, 0.1, 1.7])
    ranks = np.argsort(np.argsort(np.abs(model))) + 1
    sums = np.array([ranks @ signs for signs in product([0, 1], repeat=8)])
    observed = ranks @ (model > 0)
    enumerated = 2 * min(np.mean(sums >= observed), np.mean(sums <= observed))

    (found,) = compare_models({"reference": reference, "model": model}, reference="reference")

    assert found.p_value == found.p_adjusted == pytest.approx(enumerated, rel=1e-9)


def test_a_model_that_errs_less_has_a_difference_below_zero() -> None:
    errors = {"good": [1, 2, 3, 4], "mean": [2, 4, 6, 8], "same": [2, 4, 6, 8]}

    good, same = compare_models(errors, reference="mean")

    assert (good.model, good.reference, same.model) == ("good", "mean", "same")
    assert good.difference_points == -2.5
    assert good.interval.high < 0
    assert (same.difference_points, same.p_value, same.p_adjusted) == (0, 1, 1)
    assert (same.interval.low, same.interval.high) == (0, 0)


def test_the_interval_pairs_the_persons() -> None:
    hard = np.random.default_rng(0).exponential(10, 20)

    (found,) = compare_models({"reference": hard, "model": hard - 1}, reference="reference")

    assert (found.interval.low, found.interval.high) == pytest.approx((-1, -1))


def test_p_values_are_adjusted_over_all_models() -> None:
    rng = np.random.default_rng(1)
    errors = {
        name: rng.exponential(shift, 15) for name, shift in zip("rabc", (3, 1, 2, 3), strict=True)
    }

    found = compare_models(errors, reference="r")

    raw = [one.p_value for one in found]
    assert [one.p_adjusted for one in found] == pytest.approx(adjust_by_holm(raw))
    assert [one.model for one in found] == ["a", "b", "c"]


def test_errors_are_averaged_within_a_person() -> None:
    found = errors_per_subject([1, 5, 3, 9], [2, 5, 0, 7], subject=["b", "a", "b", "c"])

    assert found.tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ({"model": [1, 2]}, "reference must be one of at least two models; got 'mean' of model"),
        ({"mean": [1, 2]}, "at least two models"),
        ({"mean": [1, 2], "model": [1, 2, 3]}, r"the errors of model .* 2 rows .*\(3,\)"),
        ({"mean": [1, 2], "model": [1, np.nan]}, "the errors of model must be finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(errors: dict[str, list[float]], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        compare_models(errors, reference="mean")
