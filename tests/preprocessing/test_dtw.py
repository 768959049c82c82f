from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.dtw import (
    DtwPath,
    apply_warp,
    band_reach,
    dtw,
    match_template,
    warp_effort,
    warp_of,
)

Floats = NDArray[np.float64]
BANDS = [None, 0.0, 0.05, 0.1, 0.3, 1.0]


def waves(n: int, bend: float) -> Floats:
    """Three harmonics, slowed down or sped up by `bend`; the golden values rest on it."""
    time = np.linspace(0, 1, n)
    return np.array(
        [np.sin(2 * np.pi * time**bend * k + 0.3 * bend) + 0.1 * k * time for k in (1, 2, 3)]
    )


def noise(shape: tuple[int, ...], seed: int, gaps: float = 0.0) -> Floats:
    rng = np.random.default_rng(seed)
    series = rng.standard_normal(shape)
    series[rng.random(shape) < gaps] = np.nan
    return series


def textbook_cost(one: Floats, other: Floats) -> list[list[float]]:
    """Local costs, cell by cell, with the documented rule for gaps."""
    n, m, n_channels = one.shape[1], other.shape[1], one.shape[0]
    cost = [[math.nan] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            known = [
                (one[c, i] - other[c, j]) ** 2
                for c in range(n_channels)
                if not math.isnan(one[c, i]) and not math.isnan(other[c, j])
            ]
            if known:
                cost[i][j] = sum(known) / len(known) * n_channels
    straight = [cost[i][j] for i, j in straight_path(n, m) if not math.isnan(cost[i][j])]
    toll = sum(straight) / len(straight)
    return [[toll if math.isnan(cell) else cell for cell in row] for row in cost]


def straight_path(n: int, m: int) -> list[tuple[int, int]]:
    if max(n, m) == 1:
        return [(0, 0)]
    if n >= m:
        return [(i, math.floor(Fraction(i * (m - 1), n - 1) + Fraction(1, 2))) for i in range(n)]
    return [(i, j) for j, i in straight_path(m, n)]


def is_inside(i: int, j: int, n: int, m: int, band: float | None) -> bool:
    """The band as docs/alignment.md states it, in exact fractions."""
    if band is None or min(n, m) == 1:
        return True
    longer, shorter = max(n, m) - 1, min(n, m) - 1
    strayed = abs(Fraction(i * longer, n - 1) - Fraction(j * longer, m - 1))
    radius = math.ceil(Fraction(str(band)) * max(n, m))
    half_a_sample_of_the_shorter = Fraction(longer, 2 * shorter)
    return strayed <= radius or strayed <= half_a_sample_of_the_shorter


def textbook_dtw(one: Floats, other: Floats, band: float | None) -> float:
    n, m = one.shape[1], other.shape[1]
    cost = textbook_cost(one, other)
    total = [[math.inf] * (m + 1) for _ in range(n + 1)]
    total[0][0] = 0.0
    for i in range(n):
        for j in range(m):
            if is_inside(i, j, n, m, band):
                total[i + 1][j + 1] = cost[i][j] + min(
                    total[i][j], total[i][j + 1], total[i + 1][j]
                )
    return math.sqrt(total[n][m])


def assert_lawful(path: DtwPath, one: Floats, other: Floats, band: float | None) -> None:
    n, m = one.shape[1], other.shape[1]
    cost = textbook_cost(one, other)
    pairs = list(zip(path.first.tolist(), path.second.tolist(), strict=True))
    steps = set(zip(np.diff(path.first).tolist(), np.diff(path.second).tolist(), strict=True))
    assert pairs[0] == (0, 0)
    assert pairs[-1] == (n - 1, m - 1)
    assert steps <= {(0, 1), (1, 0), (1, 1)}
    assert all(is_inside(i, j, n, m, band) for i, j in pairs)
    summed = sum(cost[i][j] for i, j in pairs)
    assert path.distance == pytest.approx(math.sqrt(summed), rel=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.15, 0.6])
@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize(
    ("n", "m"), [(1, 1), (1, 7), (7, 1), (2, 9), (12, 12), (20, 13), (13, 20), (3, 31), (31, 4)]
)
def test_distance_and_path_are_those_of_the_textbook(
    n: int, m: int, band: float | None, gaps: float
) -> None:
    one, other = noise((3, n), 1, gaps), noise((3, m), 2, gaps)
    one[0, 0] = other[0, 0] = 0.5  # so that the straight path has a known cell

    path = dtw(one, other, band=band)

    assert path.distance == pytest.approx(textbook_dtw(one, other, band), rel=1e-12)
    assert_lawful(path, one, other, band)


@settings(max_examples=150, deadline=None)
@given(
    n=st.integers(1, 24),
    m=st.integers(1, 24),
    n_channels=st.integers(1, 5),
    band=st.one_of(st.none(), st.sampled_from([0.0, 0.07, 0.1, 0.25, 0.5])),
    gaps=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_pair_agrees_with_the_textbook(
    n: int, m: int, n_channels: int, band: float | None, gaps: float, seed: int
) -> None:
    one, other = noise((n_channels, n), seed, gaps), noise((n_channels, m), seed + 1, gaps)
    one[0, 0] = other[0, 0] = 1.0

    path = dtw(one, other, band=band)

    assert path.distance == pytest.approx(textbook_dtw(one, other, band), rel=1e-10, abs=1e-12)
    assert_lawful(path, one, other, band)


# dtaidistance 2.5.1 (dtw_ndim.distance_fast, window = radius + 1) and tslearn 0.10.0 (dtw,
# sakoe_chiba_radius = radius) both give these digits for waves(n, 1.0) against waves(m, 1.6).
@pytest.mark.parametrize(
    ("n", "m", "band", "distance"),
    [
        (40, 40, None, 1.167941953507615),
        (40, 40, 0.1, 3.3732827544105866),
        (60, 60, 0.05, 8.212486722771645),
        (30, 45, None, 1.331166733388562),
    ],
)
def test_distance_is_that_of_two_other_libraries(
    n: int, m: int, band: float | None, distance: float
) -> None:
    assert dtw(waves(n, 1.0), waves(m, 1.6), band=band).distance == pytest.approx(
        distance, rel=1e-12
    )


@pytest.mark.parametrize("band", [0.05, 0.1, 0.4])
def test_distance_is_that_of_dtaidistance_where_it_is_installed(band: float) -> None:
    dtw_ndim = pytest.importorskip("dtaidistance.dtw_ndim")
    one, other = noise((4, 50), 5), noise((4, 50), 6)
    window = math.ceil(round(band * 50, 9)) + 1  # its window is exclusive

    theirs = dtw_ndim.distance(one.T.copy(), other.T.copy(), window=window)

    assert dtw(one, other, band=band).distance == pytest.approx(theirs, rel=1e-12)


def test_the_path_may_leave_the_diagonal_by_exactly_the_radius() -> None:
    late, early = np.eye(1, 20, 12), np.eye(1, 20, 10)  # two samples apart

    exact = dtw(late, early, band=0.1)  # radius 2
    one_less = dtw(late, early, band=0.05)  # radius 1

    assert exact.distance == 0
    assert np.abs(exact.first - exact.second).max() == 2
    assert one_less.distance == pytest.approx(math.sqrt(2), rel=1e-12)  # both peaks unmatched


@pytest.mark.parametrize(("n", "m"), [(51, 51), (40, 27), (27, 40), (60, 3), (2, 60)])
def test_the_radius_is_the_share_of_the_longer_series_rounded_up(n: int, m: int) -> None:
    for band in (0.0, 0.01, 0.07, 0.1, 0.33):
        reach = band_reach(n, m, band=band)
        for i in range(n):
            for j in range(m):
                inside = abs(i * (m - 1) - j * (n - 1)) <= reach
                assert inside == is_inside(i, j, n, m, band)


def test_a_share_that_is_a_whole_number_of_samples_is_not_rounded_up() -> None:
    assert band_reach(100, 100, band=0.07) == 7 * 99  # although 0.07 * 100 > 7 in floating point


def test_no_band_at_all_is_pointwise_comparison() -> None:
    one, other = noise((2, 30), 1), noise((2, 30), 2)

    path = dtw(one, other, band=0)

    assert path.first.tolist() == path.second.tolist() == list(range(30))
    assert path.distance == pytest.approx(np.linalg.norm(one - other), rel=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("band", BANDS)
def test_a_series_is_no_distance_from_itself(band: float | None, gaps: float) -> None:
    series = noise((3, 25), 3, gaps)
    series[:, 10:14] = series[:, 10:14] if gaps == 0 else np.nan

    path = dtw(series, series, band=band)

    assert path.distance == 0


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 17), (4, 29)])
def test_distance_is_symmetric(n: int, m: int, band: float | None, gaps: float) -> None:
    one, other = noise((3, n), 3, gaps), noise((3, m), 4, gaps)

    assert dtw(one, other, band=band).distance == pytest.approx(
        dtw(other, one, band=band).distance, rel=1e-12
    )


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_a_wider_band_never_gives_a_larger_distance(gaps: float) -> None:
    one, other = noise((3, 40), 5, gaps), noise((3, 31), 6, gaps)

    distances = [dtw(one, other, band=band).distance for band in (0, 0.05, 0.1, 0.2, 0.5, 1, None)]

    assert distances == sorted(distances, reverse=True)
    assert distances[0] > distances[-1]
    assert distances[-2] == distances[-1]


def test_distance_lies_between_its_corners_and_pointwise_comparison() -> None:
    one, other = noise((3, 40), 7), noise((3, 40), 8)
    corners = ((one[:, [0, -1]] - other[:, [0, -1]]) ** 2).sum()

    distance = dtw(one, other).distance

    assert math.sqrt(corners) <= distance <= np.linalg.norm(one - other)


def test_distance_is_above_the_lower_bound_of_keogh() -> None:
    one, other = noise((1, 60), 9).cumsum(axis=1), noise((1, 60), 10).cumsum(axis=1)
    around = [other[0, max(0, i - 6) : i + 7] for i in range(60)]
    above = np.maximum(one[0] - [near.max() for near in around], 0)
    below = np.maximum([near.min() for near in around] - one[0], 0)

    bound = np.linalg.norm(above + below)

    assert 0 < bound <= dtw(one, other, band=0.1).distance


def test_scaling_both_series_scales_the_distance_and_shifting_both_leaves_it() -> None:
    one, other = noise((3, 30), 11, 0.2), noise((3, 30), 12, 0.2)
    plain = dtw(one, other)

    scaled = dtw(4 * one, 4 * other)
    shifted = dtw(one + 1, other + 1)

    assert scaled.distance == pytest.approx(4 * plain.distance, rel=1e-12)
    assert scaled.first.tolist() == plain.first.tolist()
    assert shifted.distance == pytest.approx(plain.distance, rel=1e-12)


def test_a_channel_that_is_never_valid_counts_as_the_mean_of_the_others() -> None:
    one, other = noise((2, 30), 13), noise((2, 30), 14)
    lost = np.full((1, 30), np.nan)

    fewer, more = dtw(one, other), dtw(np.vstack([one, lost]), np.vstack([other, lost]))

    assert more.distance == pytest.approx(fewer.distance * math.sqrt(3 / 2), rel=1e-12)
    assert more.first.tolist() == fewer.first.tolist()


def test_a_gap_is_crossed_without_lingering() -> None:
    curve = waves(101, 1.0)
    gappy = waves(101, 1.05)
    gappy[:, 40:50] = np.nan

    path = dtw(gappy, curve)

    in_gap = (path.first >= 40) & (path.first < 50)
    assert in_gap.sum() == 10


def test_series_are_left_as_they_were() -> None:
    one, other = noise((2, 20), 1, 0.1), noise((2, 20), 2, 0.1)
    before = one.copy(), other.copy()

    dtw(one, other)
    match_template(one[np.newaxis], other)

    np.testing.assert_array_equal(one, before[0])
    np.testing.assert_array_equal(other, before[1])


def test_layout_and_type_of_the_arrays_do_not_matter() -> None:
    one = noise((2, 20), 1).astype(np.float32)
    other = noise((2, 20), 2).astype(np.float32)
    plain = dtw(one.astype(np.float64), other.astype(np.float64))

    for variant in (one, np.asfortranarray(one), one.repeat(2, axis=1)[:, ::2]):
        assert dtw(variant, other).distance == plain.distance


def test_offsets_a_million_times_the_signal_cost_no_digits() -> None:
    one, other = np.round(noise((3, 50), 1), 3), np.round(noise((3, 50), 2), 3)

    far = dtw(one + 2**20, other + 2**20)

    assert far.distance == pytest.approx(dtw(one, other).distance, rel=1e-9)  # 2**20 eats 6 digits


# --- effort and warps ------------------------------------------------------------------------


def test_no_warping_is_no_effort() -> None:
    curve = waves(50, 1.0)

    assert warp_effort(dtw(curve, curve)) == 0


def test_effort_is_the_mean_distance_from_the_straight_path() -> None:
    path = dtw(noise((2, 30), 1), noise((2, 21), 2), band=0.3)

    expected = np.mean(np.abs(path.first / 29 - path.second / 20))

    assert warp_effort(path) == pytest.approx(expected, rel=1e-12)
    assert 0 < warp_effort(path) < 1


def test_effort_grows_with_the_bend_of_time() -> None:
    efforts = [warp_effort(dtw(waves(101, bend), waves(101, 1.0))) for bend in (1, 1.1, 1.2, 1.3)]

    assert efforts == sorted(efforts)
    assert len(set(efforts)) == 4


def test_a_single_sample_leaves_nothing_to_warp() -> None:
    assert warp_effort(dtw([[1.0]], [[1.0, 2.0, 3.0]])) == 0
    assert warp_effort(dtw([[1.0, 2.0, 3.0]], [[1.0]])) == 0


@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 12), (12, 30), (1, 5), (5, 1)])
def test_a_warp_is_the_mean_matched_position_and_never_goes_back(n: int, m: int) -> None:
    path = dtw(noise((2, n), 3), noise((2, m), 4), band=0.4)

    warp = warp_of(path)

    expected = [path.first[path.second == j].mean() for j in range(m)]
    np.testing.assert_allclose(warp, expected, rtol=1e-12)
    assert (np.diff(warp) >= 0).all()
    assert warp.min() >= 0
    assert warp.max() <= n - 1


def test_a_delayed_copy_and_its_second_modality_are_brought_back_into_step() -> None:
    time = np.arange(101)
    early = np.exp(-(((time - 40) / 4) ** 2))[np.newaxis]
    late = np.exp(-(((time - 48) / 4) ** 2))[np.newaxis]
    second_early = np.sin(time / 3) * early + np.exp(-(((time - 55) / 5) ** 2))
    second_late = np.roll(second_early, 8, axis=1)

    warp = warp_of(dtw(late, early, band=0.1))
    aligned, second = apply_warp(late, warp), apply_warp(second_late, warp)

    assert np.corrcoef(late[0], early[0])[0, 1] < 0.1  # what resampling leaves as it is
    assert np.corrcoef(aligned[0], early[0])[0, 1] > 0.99
    inside = slice(20, 60)  # where the first modality has something to match
    assert np.corrcoef(second_late[0, inside], second_early[0, inside])[0, 1] < 0.5
    assert np.corrcoef(second[0, inside], second_early[0, inside])[0, 1] > 0.95


def test_a_bent_copy_of_another_length_brings_a_second_modality_back_where_resampling_fails() -> (
    None
):
    def both(n: int, bend: float) -> tuple[Floats, Floats]:
        pace = np.linspace(0, 1, n) ** bend
        return (
            np.array([np.sin(2 * np.pi * pace), np.cos(5 * pace), pace**2]),
            np.array([np.sin(18 * pace), np.cos(22 * pace)]),
        )

    kinematics, emg = both(200, 1.5)
    template, expected = both(101, 1.0)
    resampled = apply_warp(emg, np.linspace(0, 199, 101))

    warped = apply_warp(emg, warp_of(dtw(kinematics, template, band=0.3)))

    for channel in range(2):
        assert np.corrcoef(resampled[channel], expected[channel])[0, 1] < 0.5
        assert np.corrcoef(warped[channel], expected[channel])[0, 1] > 0.99


def test_the_straight_warp_changes_nothing() -> None:
    profiles = noise((4, 3, 20), 1, 0.2)

    np.testing.assert_array_equal(apply_warp(profiles, np.arange(20.0)), profiles)


def test_warping_reads_between_samples_as_numpy_does() -> None:
    profiles = noise((4, 3, 20), 2)
    warp = np.sort(np.random.default_rng(3).uniform(0, 19, 33))
    warp[0], warp[-1] = 0, 19

    warped = apply_warp(profiles, warp)

    expected = [[np.interp(warp, np.arange(20), row) for row in trial] for trial in profiles]
    assert warped.shape == (4, 3, 33)
    np.testing.assert_allclose(warped, expected, rtol=1e-12, atol=1e-14)


def test_each_trial_can_have_its_own_warp() -> None:
    profiles = noise((4, 3, 20), 2)
    warps = np.sort(np.random.default_rng(3).uniform(0, 19, (4, 15)), axis=1)

    together = apply_warp(profiles, warps)

    for at in range(4):
        np.testing.assert_array_equal(together[at], apply_warp(profiles[at], warps[at]))


def test_a_gap_stays_a_gap_and_does_not_spread() -> None:
    warped = apply_warp([[0.0, math.nan, 2.0, 3.0]], [0.0, 0.5, 1.0, 1.5, 2.0, 2.5])

    assert np.isnan(warped[0]).tolist() == [False, True, True, True, False, False]
    assert warped[0, -1] == 2.5


def test_warping_keeps_the_floating_type() -> None:
    assert apply_warp(np.zeros((2, 4), np.float32), [0.5]).dtype == np.float32
    assert apply_warp(np.zeros((2, 4), int), [0.5]).dtype == np.float64


# --- many trials at once ---------------------------------------------------------------------


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize(("n", "m"), [(40, 40), (33, 21), (21, 33)])
def test_many_trials_at_once_are_each_matched_as_if_alone(n: int, m: int, gaps: float) -> None:
    trials, template = noise((7, 3, n), 1, gaps), noise((3, m), 2)
    trials[0] = noise((3, n), 9)  # one without gaps among them

    match = match_template(trials, template, band=0.15)

    for at, trial in enumerate(trials):
        path = dtw(trial, template, band=0.15)
        assert match.distance[at] == path.distance
        assert match.n_steps[at] == path.first.size
        assert match.effort[at] == warp_effort(path)
        np.testing.assert_array_equal(match.warp[at], warp_of(path))


def test_a_trial_with_nothing_to_compare_is_nan_and_leaves_the_others_alone() -> None:
    trials, template = noise((4, 3, 30), 1), noise((3, 30), 2)
    whole = match_template(trials, template)
    trials[1] = np.nan
    trials[3] *= 1e200

    match = match_template(trials, template)

    assert np.isnan(match.distance).tolist() == [False, True, False, True]
    assert np.isnan(match.effort).tolist() == [False, True, False, True]
    assert np.isnan(match.warp).all(axis=1).tolist() == [False, True, False, True]
    assert (match.n_steps == 0).tolist() == [False, True, False, True]
    np.testing.assert_array_equal(match.warp[2], whole.warp[2])


# --- refusals ----------------------------------------------------------------------------------

GOOD = [[0.0, 1.0, 2.0]]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([0.0, 1.0], GOOD, r"first must be \(n_channels, n_samples\).*got shape \(2,\)"),
        (GOOD, [[[0.0]]], r"second must be \(n_channels, n_samples\).*got shape \(1, 1, 1\)"),
        (np.zeros((1, 0)), GOOD, r"at least one of each; got shape \(1, 0\)"),
        (np.zeros((0, 3)), np.zeros((0, 3)), r"at least one of each; got shape \(0, 3\)"),
        (GOOD, [[0.0], [1.0]], "same channels; got 1 and 2"),
        ([[0.0, np.inf]], GOOD, "first must be finite, with NaN for a gap; got 1 infinite"),
        (GOOD, [["a"]], "second must hold real numbers"),
        ([[1j]], GOOD, "first must hold real numbers"),
        ([[np.nan] * 3], GOOD, "must share a valid channel"),
        ([[0.0, np.nan, np.nan]], [[np.nan, np.nan, 0.0]], "must share a valid channel"),
        ([[1e200, 1.0]], GOOD, "they overflow"),
    ],
)
def test_series_that_cannot_be_matched_are_refused(
    first: object, second: object, message: str
) -> None:
    with pytest.raises(SignalError, match=message):
        dtw(first, second)  # type: ignore[arg-type]


@pytest.mark.parametrize("band", [-0.1, 1.1, math.nan])
def test_a_band_that_is_no_share_is_refused(band: float) -> None:
    with pytest.raises(SignalError, match="band must lie between 0 and 1"):
        dtw(GOOD, GOOD, band=band)
    with pytest.raises(SignalError, match="band must lie between 0 and 1"):
        match_template([GOOD], GOOD, band=band)


@pytest.mark.parametrize(
    ("trials", "template", "message"),
    [
        (GOOD, GOOD, r"trials must be \(n_trials, n_channels, n_points\).*got shape \(1, 3\)"),
        (np.zeros((0, 1, 3)), GOOD, "at least one of each"),
        ([GOOD], [0.0], r"template must be \(n_channels, n_samples\)"),
        ([GOOD], [[0.0], [0.0]], "trials and template must have the same channels; got 1 and 2"),
        ([[[np.inf]]], GOOD, "trials must be finite"),
    ],
)
def test_trials_that_do_not_fit_the_template_are_refused(
    trials: object, template: object, message: str
) -> None:
    with pytest.raises(SignalError, match=message):
        match_template(trials, template)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profiles", "warp", "message"),
    [
        (GOOD, [0.0, 2.5], "positions between 0 and 2, the samples of profiles; got 0 to 2.5"),
        (GOOD, [-0.1], "positions between 0 and 2"),
        (GOOD, [np.nan], "positions between 0 and 2"),
        ([0.0, 1.0], [0.0], r"profiles must be \(..., n_channels, n_points\)"),
        (GOOD, 0.0, r"warp must be \(m,\)"),
        ([GOOD, GOOD], [[0.0]] * 3, r"warp must be \(m,\) or \(2, 'm'\)"),
    ],
)
def test_warps_that_do_not_fit_are_refused(profiles: object, warp: object, message: str) -> None:
    with pytest.raises(SignalError, match=message):
        apply_warp(profiles, warp)  # type: ignore[arg-type]


def test_importing_the_module_does_not_import_numba() -> None:
    script = "import sys, hybridmfp.preprocessing.dtw; sys.exit('numba' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", script], check=False)  # noqa: S603

    assert finished.returncode == 0
