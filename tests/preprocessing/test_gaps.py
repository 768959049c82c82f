"""What `gaps` promises."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.gaps import fill_short_gaps, gap_runs

RATE_HZ = 100.0
SECONDS = np.arange(300) / RATE_HZ


def cubic_path() -> np.ndarray:
    coefficients = np.array([[0.3, -1.0, 0.5, 0.2], [0.0, 0.4, -0.9, 1.0], [1.0, 0.1, 0.2, -0.3]])
    return np.stack([np.polynomial.polynomial.polyval(SECONDS, row) for row in coefficients])[
        np.newaxis
    ]


@pytest.mark.parametrize("length", [1, 2, 7, 20])
def test_a_polynomial_of_degree_three_is_bridged_exactly(length: int) -> None:
    path = cubic_path()
    holed = path.copy()
    holed[..., 100 : 100 + length] = np.nan
    holed[..., 200 : 200 + length] = np.nan

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    np.testing.assert_allclose(filled, path, atol=1e-12)


def test_a_gap_of_exactly_the_longest_length_is_closed_and_one_sample_more_is_not() -> None:
    holed = cubic_path()
    holed[..., 50:70] = np.nan
    holed[..., 150:171] = np.nan

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ, longest_s=0.2)

    missing = np.isnan(filled[0, 0])
    assert gap_runs(missing).tolist() == [[150, 171]]


def test_gaps_at_both_ends_stay_open_and_so_does_a_point_never_seen() -> None:
    holed = np.concatenate([cubic_path(), cubic_path()])
    holed[0, :, :3] = np.nan
    holed[0, :, -3:] = np.nan
    holed[1] = np.nan

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(np.isnan(filled), np.isnan(holed))


def test_one_missing_axis_hides_the_whole_point() -> None:
    path = cubic_path()
    holed = path.copy()
    holed[0, 1, 100:105] = np.nan
    holed[0, 0, 100:105] = 99.0  # what the other axes claim meanwhile is not believed

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    np.testing.assert_allclose(filled, path, atol=1e-12)


def test_a_marker_that_flashes_up_between_long_gaps_bridges_nothing() -> None:
    holed = cubic_path()
    holed[..., 100:150] = np.nan
    holed[..., 151:161] = np.nan  # short, but only one sample stands before it
    holed[..., 150] += 0.05

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(np.isnan(filled), np.isnan(holed))


@given(missing=st.lists(st.booleans(), min_size=30, max_size=30))
def test_visible_samples_never_change_and_the_input_is_left_alone(missing: list[bool]) -> None:
    holed = np.sin(np.arange(30.0)) * np.ones((1, 3, 1))
    holed[..., np.array(missing)] = np.nan
    before = holed.copy()

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    np.testing.assert_array_equal(holed, before)
    seen = ~np.isnan(before)
    np.testing.assert_array_equal(filled[seen], before[seen])


def test_moving_the_origin_moves_what_is_filled_in() -> None:
    rng = np.random.default_rng(1)
    holed = rng.normal(size=(2, 3, 60))
    holed[..., 20:30] = np.nan
    offset = np.array([5.0, -2.0, 0.7])[:, np.newaxis]

    filled = fill_short_gaps(holed, rate_hz=RATE_HZ)

    moved = fill_short_gaps(holed + offset, rate_hz=RATE_HZ)
    np.testing.assert_allclose(moved, filled + offset, atol=1e-12)


@given(missing=st.lists(st.booleans(), max_size=40))
def test_runs_list_every_missing_sample_once_and_never_touch(missing: list[bool]) -> None:
    runs = gap_runs(np.array(missing, dtype=bool))

    listed = [at for start, stop in runs for at in range(start, stop)]
    assert listed == [at for at, gone in enumerate(missing) if gone]
    assert all(first[1] < second[0] for first, second in pairwise(runs))


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(SignalError, match=r"points must be \(n_points, 3, n_samples\).*\(3, 10\)"):
        fill_short_gaps(np.zeros((3, 10)), rate_hz=RATE_HZ)


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(SignalError, match=r"longest_s must not be negative; got -0\.1 s"):
        fill_short_gaps(np.zeros((1, 3, 10)), rate_hz=RATE_HZ, longest_s=-0.1)
