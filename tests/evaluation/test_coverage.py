"""What counting held scores promises."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    calibrate,
    coverage_by_group,
    probability_transform,
    risk_coverage,
    severity_terciles,
)


def test_ends_count_as_held_and_groups_are_counted_apart() -> None:
    rated = np.array([10.0, 20.0, 30.0, 40.0])
    ends = np.array([[10.0, 12.0], [21.0, 22.0], [20.0, 30.0], [0.0, 66.0]])
    mine = np.array([True, True, False, False])

    everybody, group = coverage_by_group(
        rated, rated + 1, ends, groups={"mine": mine, "nobody": np.zeros(4, dtype=bool)}
    )

    assert (everybody.group, everybody.n, everybody.coverage) == ("all", 4, 0.75)
    assert everybody.width == pytest.approx((2 + 1 + 10 + 66) / 4)
    assert (group.group, group.n, group.coverage, group.mae) == ("mine", 2, 0.5, 1)


def test_terciles_divide_everybody_once_and_keep_equal_scores_together() -> None:
    rated = np.array([5, 5, 5, 5, 5, 20, 30, 40, 50])

    thirds = severity_terciles(rated)

    assert (np.sum(list(thirds.values()), axis=0) == 1).all()
    assert thirds["lowest third of scores"][:5].all()
    assert list(thirds) == [f"{name} third of scores" for name in ("lowest", "middle", "highest")]


def test_places_are_uniform_where_errors_are_alike() -> None:
    rng = np.random.default_rng(0)
    n, error = 2000, np.random.default_rng(1).normal(size=2000)
    known = calibrate(error, np.ones(n), fold=rng.integers(0, 5, n), subject=np.arange(n))

    place = probability_transform(known, error, np.ones(n))

    counts, _ = np.histogram(place, bins=10, range=(0, 1))
    assert counts == pytest.approx(np.full(10, 200), abs=4 * np.sqrt(200))


def test_a_place_is_the_share_of_other_folds_rows_below() -> None:
    error = np.array([-1.0, 0.0, 1.0, 2.0])
    known = calibrate(error, np.ones(4), fold=[0, 1, 1, 1], subject=np.arange(4))

    place = probability_transform(known, error, np.ones(4))

    assert place == pytest.approx([0, 1, 1, 1])


def test_a_place_counts_every_person_once() -> None:
    error = np.array([0.0, -1.0, -1.0, -1.0, 1.0])
    known = calibrate(error, np.ones(5), fold=[0, 1, 1, 1, 1], subject=[0, 1, 1, 1, 2])

    place = probability_transform(known, error, np.ones(5))

    assert place[0] == pytest.approx(0.5)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(EvaluationError, match="two ends for each of 3 rows"):
        coverage_by_group(np.ones(3), np.ones(3), np.ones((2, 2)), groups={})
    with pytest.raises(EvaluationError, match="one value for each row"):
        risk_coverage(np.ones(3), np.ones(2))


def test_doubt_that_knows_the_error_makes_the_curve_rise_to_the_mean() -> None:
    error = np.array([-4.0, 1.0, 3.0, -2.0])

    share, mae = risk_coverage(error, np.abs(error))

    assert share.tolist() == [0.25, 0.5, 0.75, 1]
    assert mae.tolist() == [1, 1.5, 2, 2.5]


def test_doubt_that_knows_nothing_leaves_the_error_as_it_is() -> None:
    _, mae = risk_coverage(np.full(50, 3.0), np.random.default_rng(0).normal(size=50))

    assert mae == pytest.approx(np.full(len(mae), 3.0))
