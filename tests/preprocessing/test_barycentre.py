from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.barycentre import dtw_barycentre
from hybridmfp.preprocessing.dtw import dtw

Floats = NDArray[np.float64]


def waves(n: int, bend: float) -> Floats:
    """Three harmonics, slowed down or sped up by `bend`; the golden values rest on it."""
    time = np.linspace(0, 1, n)
    return np.array(
        [np.sin(2 * np.pi * time**bend * k + 0.3 * bend) + 0.1 * k * time for k in (1, 2, 3)]
    )


BENT = np.array([waves(40, bend) for bend in (0.8, 1.0, 1.2, 1.5, 1.9)])


def walks(seed: int, gaps: float = 0.0) -> Floats:
    rng = np.random.default_rng(seed)
    trials = rng.standard_normal((8, 3, 30)).cumsum(axis=2)
    trials[rng.random(trials.shape) < gaps] = np.nan
    return trials


def textbook_start(trials: Floats) -> Floats:
    valid = ~np.isnan(trials)
    n_trials, n_channels, n_points = trials.shape
    mean = np.full((n_channels, n_points), np.nan)
    for c, t in itertools.product(range(n_channels), range(n_points)):
        if valid[:, c, t].any():
            mean[c, t] = trials[valid[:, c, t], c, t].mean()
    apart = [((trials[k] - mean)[valid[k]] ** 2).mean() for k in range(n_trials)]
    nearest = trials[int(np.argmin(apart))].copy()
    nearest[np.isnan(nearest)] = mean[np.isnan(nearest)]
    return nearest


def textbook_replacement(trials: Floats, mean: Floats, band: float | None) -> tuple[float, Floats]:
    """One iteration of Petitjean's algorithm, point by point, with the documented gap rule."""
    inertia = 0.0
    n_channels = mean.shape[0]
    matched: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for trial in trials:
        path = dtw(trial, mean, band=band)
        inertia += path.distance**2
        for i, j in zip(path.first.tolist(), path.second.tolist(), strict=True):
            known = [
                c
                for c in range(n_channels)
                if not math.isnan(trial[c, i]) and not np.isnan(mean[c, j])
            ]
            for c in known:
                matched.setdefault((c, j), []).append((n_channels / len(known), trial[c, i]))
    replaced = mean.copy()
    for (c, j), samples in matched.items():
        weight = sum(w for w, _ in samples)
        replaced[c, j] = sum(w * value for w, value in samples) / weight
    return inertia, replaced


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("band", [0.1, 0.3, None])
def test_each_iteration_is_that_of_the_textbook(band: float | None, gaps: float) -> None:
    trials = walks(1, gaps)
    start = textbook_start(trials)
    inertia, once = textbook_replacement(trials, start, band)
    lowered, _ = textbook_replacement(trials, once, band)

    barycentre = dtw_barycentre(trials, band=band, max_iterations=1)

    assert barycentre.inertia == pytest.approx((inertia, lowered), rel=1e-10)
    np.testing.assert_allclose(barycentre.mean, once, rtol=1e-10, atol=1e-12)


# aeon 1.6.0 (petitjean_barycenter_average) and tslearn 0.10.0 (both of its DBA functions) give
# these for BENT, started at its third curve, without a band, until nothing changes; here every
# 13th point.
UNBANDED_MEAN = [
    [0.37201892984175267, 0.9065054757589994, -0.8268823593567459, 0.47201892984175264],
    [0.37201892984175267, -0.522292655785518, 1.0958744679388812, 0.5720189298417523],
    [0.37201892984175267, -0.620358717184169, -0.343055465540442, 0.6720189298417517],
]


def test_the_mean_without_a_band_is_that_of_two_other_libraries() -> None:
    barycentre = dtw_barycentre(BENT, band=None, max_iterations=50, tolerance=0)

    np.testing.assert_allclose(barycentre.mean[:, ::13], UNBANDED_MEAN, rtol=1e-12)
    assert barycentre.inertia[-1] == pytest.approx(3.1343207594267923, rel=1e-12)


def test_the_inertia_with_a_band_is_that_of_aeon() -> None:
    barycentre = dtw_barycentre(BENT, band=0.1, max_iterations=1)

    # aeon 1.6.0, window=0.1: of the start, and the cost it reports after one iteration. (The mean
    # it returns is then still the start; tslearn 0.10.0 leaves the band out of its updates.)
    assert barycentre.inertia == pytest.approx((14.926519397877062, 13.854137255935006), rel=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(6))
def test_inertia_never_rises_and_belongs_to_the_mean(seed: int, gaps: float) -> None:
    trials = walks(seed, gaps)

    barycentre = dtw_barycentre(trials, tolerance=0, max_iterations=30)

    assert (np.diff(barycentre.inertia) < 0).all()
    of_the_mean = sum(dtw(trial, barycentre.mean).distance ** 2 for trial in trials)
    assert barycentre.inertia[-1] == pytest.approx(of_the_mean, rel=1e-10)


def test_more_iterations_continue_where_fewer_ended() -> None:
    trials = walks(3)

    few = dtw_barycentre(trials, max_iterations=2, tolerance=0)
    many = dtw_barycentre(trials, max_iterations=6, tolerance=0)

    assert len(few.inertia) == 3
    assert many.inertia[:3] == few.inertia


def test_a_fall_within_the_tolerance_ends_it() -> None:
    trials = walks(3)
    falls = dtw_barycentre(trials, max_iterations=30, tolerance=0).inertia
    share = 1 - falls[2] / falls[1]

    barycentre = dtw_barycentre(trials, max_iterations=30, tolerance=share * 1.001)

    assert len(barycentre.inertia) == 3


def test_equal_trials_are_their_own_mean() -> None:
    trial = waves(30, 1.0)

    barycentre = dtw_barycentre(np.stack([trial] * 4))

    np.testing.assert_array_equal(barycentre.mean, trial)
    assert barycentre.inertia == (0.0,)


def test_a_peak_reached_early_or_late_keeps_its_height() -> None:
    time = np.arange(60)
    trials = np.array([[np.exp(-(((time - at) / 3) ** 2))] for at in (26, 28, 30, 32, 34)])

    barycentre = dtw_barycentre(trials)

    assert trials.mean(axis=0).max() < 0.75
    assert barycentre.mean.max() > 0.99


def test_scaling_and_shifting_the_trials_does_so_to_the_mean() -> None:
    trials = walks(2, 0.1)
    plain = dtw_barycentre(trials)

    moved = dtw_barycentre(8 * trials + 16)

    np.testing.assert_allclose(moved.mean, 8 * plain.mean + 16, rtol=1e-9)
    np.testing.assert_allclose(moved.inertia, np.multiply(64, plain.inertia), rtol=1e-9)


def test_it_is_the_same_each_time_and_leaves_the_trials_alone() -> None:
    trials = walks(4, 0.2)
    before = trials.copy()

    first, again = dtw_barycentre(trials), dtw_barycentre(trials)

    np.testing.assert_array_equal(first.mean, again.mean)
    np.testing.assert_array_equal(trials, before)


def test_the_mean_is_a_gap_exactly_where_no_trial_was_valid() -> None:
    trials = walks(5, 0.3)
    trials[:, 1, 10:13] = np.nan
    trials[:, 2, 4] = np.nan

    barycentre = dtw_barycentre(trials)

    np.testing.assert_array_equal(np.isnan(barycentre.mean), np.isnan(trials).all(axis=0))


def test_trials_of_one_modality_each_still_have_a_mean() -> None:
    trials = walks(6)
    trials[:4, 0] = np.nan
    trials[4:, 1:] = np.nan

    barycentre = dtw_barycentre(trials)

    assert np.isfinite(barycentre.mean).all()
    assert np.isfinite(barycentre.inertia).all()


def test_a_single_trial_is_its_own_mean() -> None:
    trial = walks(7)[:1]

    np.testing.assert_array_equal(dtw_barycentre(trial).mean, trial[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_iterations": 0}, "max_iterations must be at least 1; got 0"),
        ({"tolerance": -1.0}, "tolerance must be 0 or more; got -1"),
        ({"tolerance": math.nan}, "tolerance must be 0 or more; got nan"),
        ({"band": 2.0}, "band must lie between 0 and 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SignalError, match=message):
        dtw_barycentre(walks(1), **settings)  # type: ignore[arg-type]


def test_a_trial_without_any_valid_sample_is_refused() -> None:
    trials = walks(1)
    trials[[2, 5]] = np.nan

    with pytest.raises(SignalError, match="trial 2 of 8 has none, nor have 1 more"):
        dtw_barycentre(trials)


def test_trials_that_are_none_or_overflow_are_refused() -> None:
    with pytest.raises(SignalError, match=r"trials must be \(n_trials, n_channels, n_points\)"):
        dtw_barycentre(walks(1)[0])
    with pytest.raises(SignalError, match="they overflow"):
        dtw_barycentre(walks(1) * 1e200)
