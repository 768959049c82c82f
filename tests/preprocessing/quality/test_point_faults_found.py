from __future__ import annotations

import numpy as np
import pytest
from trial_builder import POINT_HZ, POINTS, points_of_reach

from hybridmfp.preprocessing.quality.point_measures import measure_points, movement_span
from hybridmfp.preprocessing.quality.point_rules import check_points

TIMING = {"seconds": 4.0, "start_s": 1.0, "lasts_s": 2.0}


def clean(seed: int = 0) -> np.ndarray:
    return points_of_reach(np.random.default_rng(seed), **TIMING).astype(np.float32)


def said(points: np.ndarray, **more: object) -> set[tuple[str, str, str]]:
    found = check_points(points, rate_hz=POINT_HZ, names=POINTS, **more)
    return {(one.channel, one.fault, one.verdict) for one in found}


@pytest.mark.parametrize("seed", range(5))
def test_a_reach_is_not_blamed(seed: int) -> None:
    assert said(clean(seed)) == set()


def test_a_fast_reach_is_no_jump() -> None:
    fast = points_of_reach(np.random.default_rng(0), seconds=2.0, start_s=0.5, lasts_s=0.25)

    assert said(fast.astype(np.float32)) == set()


def test_a_marker_never_seen_is_red() -> None:
    points = clean()
    points[2] = np.nan

    assert said(points) == {("ELB_L", "gap", "red")}


def test_one_axis_missing_is_the_point_missing() -> None:
    points = clean()
    points[2, 1, :300] = np.nan

    assert said(points) == {("ELB_L", "gap", "red")}


def test_a_gap_weighs_more_within_the_movement() -> None:
    points = clean()
    points[0, :, 150:180] = np.nan

    assert said(points) == set()
    assert said(points, window=(120, 200)) == {("WRA", "gap", "amber")}


def test_a_place_that_repeats_is_frozen() -> None:
    points = clean()
    points[1, :, 100:300] = points[1, :, 100:101]

    assert ("WRB", "frozen", "red") in said(points)


def test_a_leap_and_back_is_a_jump_of_its_size() -> None:
    points = clean()
    points[3, 2, 200:205] += np.float32(0.1)

    (finding,) = check_points(points, rate_hz=POINT_HZ, names=POINTS)

    assert (finding.channel, finding.fault, finding.verdict) == ("SA_3", "jump", "amber")
    assert finding.value == pytest.approx(100, abs=5)  # noise of 0.5 mm on each axis and sample


def test_exchanged_labels_are_a_swap_and_name_the_other() -> None:
    points = clean()
    points[[0, 1], :, 150:250] = points[[1, 0], :, 150:250]

    found = check_points(points, rate_hz=POINT_HZ, names=POINTS)

    assert {(one.channel, one.fault, one.verdict) for one in found} == {
        ("WRA", "swap", "red"),
        ("WRB", "swap", "red"),
    }
    assert [round(one.value) for one in found] == [25, 25]
    assert "WRB" in found[0].reason


@pytest.mark.parametrize("with_gap", [False, True])
def test_close_markers_that_exchange_labels_show_above_much_noise(with_gap: bool) -> None:
    points = clean()  # both wrist markers are 60 mm apart
    points += np.float32(3e-3) * np.random.default_rng(2).standard_normal(points.shape)
    points[[0, 1], :, 150:250] = points[[1, 0], :, 150:250]
    if with_gap:
        points[0, :, 145:155] = np.nan

    swapped = {one[0] for one in said(points.astype(np.float32)) if one[1] == "swap"}

    assert swapped == {"WRA", "WRB"}


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_a_wrong_unit_is_said_once_and_no_jump_with_it(factor: float) -> None:
    assert said(clean() * np.float32(factor)) == {("all", "unit", "red")}


def test_findings_do_not_depend_on_where_the_laboratory_is() -> None:
    points = clean()
    points[3, 2, 200:205] += np.float32(0.1)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    moved = np.einsum("ij,pjt->pit", turn, points) + np.array([1.0, -2.0, 0.5])[:, np.newaxis]

    here = measure_points(points, rate_hz=POINT_HZ)
    there = measure_points(moved.astype(np.float32), rate_hz=POINT_HZ)

    # float32 keeps a place at 2 m to 1e-7 m.
    np.testing.assert_allclose(there.jump_m, here.jump_m, atol=1e-5)
    np.testing.assert_array_equal(there.gap, here.gap)


def test_the_movement_lies_where_the_points_move() -> None:
    start, stop = movement_span(clean(), rate_hz=POINT_HZ) or (0, 0)

    # The reach lasts from sample 100 to 300, seen in blocks of 10 samples.
    assert 90 <= start <= 130
    assert 270 <= stop <= 310


def test_nothing_seen_has_no_movement() -> None:
    assert movement_span(np.full((2, 3, 50), np.nan, dtype=np.float32), rate_hz=100.0) is None
