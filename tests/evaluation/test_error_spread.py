"""What the expected error promises."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import ErrorSpread


def fitted(estimate: np.ndarray, error: np.ndarray, **settings: float) -> ErrorSpread:
    return ErrorSpread(minimum=0, maximum=66, **settings).fit(
        estimate, error, subject=np.arange(len(estimate))
    )


def test_equal_errors_are_expected_everywhere() -> None:
    spread = fitted(np.linspace(0, 66, 30), np.full(30, -4.0))

    assert spread.predict([0, 33, 66]) == pytest.approx([4, 4, 4])
    assert spread.left_out_ == pytest.approx(np.full(30, 4.0))


def test_larger_errors_are_expected_where_they_were_made() -> None:
    estimate = np.linspace(0, 66, 200)
    spread = fitted(estimate, np.where(estimate > 33, 10.0, 2.0))

    low, high = spread.predict([5, 60])
    assert 2 <= low < 4 < 8 < high <= 10


def test_few_persons_are_pulled_to_the_mean_over_all() -> None:
    estimate, error = np.array([10.0, 50.0]), np.array([1.0, 9.0])

    free, pulled = (fitted(estimate, error, shrinkage=one).predict([10.0])[0] for one in (0, 1e6))

    assert free < 2
    assert pulled == pytest.approx(5, rel=1e-4)


def test_a_persons_own_errors_do_not_count_for_that_person() -> None:
    estimate = np.array([30.0, 30.0, 30.0, 30.0])
    whose = ["a", "a", "b", "c"]

    spread, other = (
        ErrorSpread(minimum=0, maximum=66).fit(estimate, error, subject=whose)
        for error in ([50.0, 40.0, 1.0, 3.0], [0.0, 0.0, 1.0, 3.0])
    )

    assert spread.left_out_[:2] == pytest.approx(other.left_out_[:2])
    assert spread.left_out_[0] == pytest.approx(2)
    assert spread.left_out_[2] > other.left_out_[2]


def test_a_person_with_many_rows_says_no_more_than_others() -> None:
    often, once = (
        ErrorSpread(minimum=0, maximum=66).fit(
            [20.0] * n + [40.0, 50.0], [9.0] * n + [1.0, 2.0], subject=["a"] * n + ["b", "c"]
        )
        for n in (30, 1)
    )

    assert often.spread_ == pytest.approx(once.spread_, rel=1e-9)
    assert often.left_out_[-2:] == pytest.approx(once.left_out_[-2:], rel=1e-9)


def test_where_the_scale_begins_does_not_matter() -> None:
    estimate, error = np.linspace(0, 40, 30), np.linspace(1, 8, 30)
    here, there = (
        ErrorSpread(minimum=least, maximum=least + 40).fit(
            estimate + least, error, subject=np.arange(30)
        )
        for least in (0.0, -40.0)
    )

    assert there.spread_ == pytest.approx(here.spread_, rel=1e-9)
    assert there.left_out_ == pytest.approx(here.left_out_, rel=1e-9)


def test_the_expected_error_is_never_zero() -> None:
    spread = fitted(np.linspace(0, 66, 10), np.zeros(10))

    assert (spread.predict(np.linspace(0, 66, 10)) > 0).all()
    assert (spread.left_out_ > 0).all()


def test_one_person_cannot_say_what_to_expect() -> None:
    with pytest.raises(EvaluationError, match="at least 2 subjects; got 1"):
        ErrorSpread(minimum=0, maximum=66).fit([1.0, 2.0], [1.0, 2.0], subject=["a", "a"])
