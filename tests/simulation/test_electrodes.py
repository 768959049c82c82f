"""Laws of a session's electrodes: gains, crosstalk, hum, heart, and electrodes that come off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.signals import MUSCLES, Side, find_montage
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.electrode_sites import ELECTRODE_SITES, NEIGHBOURS
from hybridmfp.simulation.electrodes import Electrodes, draw_electrodes
from hybridmfp.simulation.site import REFERENCE_SITE, Site

NAMES = find_montage("mhh-emg").points


def drawn(
    seed: int = 0, *, fat_mm: float = 5.0, site: Site = REFERENCE_SITE, side: Side = "left"
) -> Electrodes:
    body = Body("female", 50.0, 1.65, 62.0, strength=0.7, fat_mm=fat_mm)
    return draw_electrodes(body, site, side, np.random.default_rng(seed))


MANY = [drawn(seed) for seed in range(400)]


def test_the_sites_are_those_of_the_montage_in_its_order() -> None:
    assert tuple(ELECTRODE_SITES) == NAMES


def test_neighbours_are_muscles_of_the_montage_named_once() -> None:
    pairs = [frozenset(pair[:2]) for pair in NEIGHBOURS]

    assert set().union(*pairs) <= set(NAMES) <= set(MUSCLES)
    assert len(set(pairs)) == len(pairs)
    assert all(0.04 <= share <= 0.14 for *_, share in NEIGHBOURS)


def test_typical_gains_are_a_few_hundred_microvolts() -> None:
    gains = np.array([one.gain_v for one in MANY])
    gains[gains == 0] = np.nan

    medians = np.nanmedian(gains, axis=0)
    spread = np.nanstd(np.log(gains), axis=0)

    assert 200e-6 < medians.min() < medians.max() < 750e-6
    np.testing.assert_allclose(spread, 0.35, atol=0.05)


def test_fat_lowers_the_gain_least_on_the_hand() -> None:
    lost = drawn(fat_mm=10.0).gain_v / drawn(fat_mm=5.0).gain_v

    assert lost.max() < 1
    assert lost[NAMES.index("biceps_brachii")] == pytest.approx(np.exp(-0.4))
    assert lost[NAMES.index("abductor_digiti_minimi")] == pytest.approx(np.exp(-0.4 * 0.3))


def test_the_site_sets_gain_noise_and_hum() -> None:
    other = replace(REFERENCE_SITE, emg_gain=2.0, emg_noise_v=5e-6, mains_hz=60.0, mains_v=3e-6)

    here, there = drawn(), drawn(site=other)

    np.testing.assert_allclose(there.gain_v, 2 * here.gain_v)
    np.testing.assert_allclose(there.noise_v, 2 * here.noise_v)
    np.testing.assert_allclose(there.mains_v, 2 * here.mains_v)
    assert (here.mains_hz, there.mains_hz) == (50.0, 60.0)
    assert np.mean([one.noise_v for one in MANY]) == pytest.approx(2.5e-6, rel=0.05)
    good = np.concatenate([one.mains_v[~one.bad] for one in MANY])
    assert good.mean() == pytest.approx(1.5e-6, rel=0.05)


def test_crosstalk_rows_share_out_what_a_pair_sees() -> None:
    for one in MANY:
        assert one.crosstalk.min() >= 0
        np.testing.assert_allclose(one.crosstalk.sum(axis=1), 1)
        assert np.all(np.diag(one.crosstalk) >= 0.4 - 1e-12)


def test_crosstalk_comes_from_neighbours_only() -> None:
    mean = np.mean([one.crosstalk for one in MANY], axis=0)
    expected = np.zeros((12, 12), dtype=bool)
    for first, second, _ in NEIGHBOURS:
        expected[NAMES.index(first), NAMES.index(second)] = True
        expected[NAMES.index(second), NAMES.index(first)] = True

    np.testing.assert_array_equal((mean > 0) & ~np.eye(12, dtype=bool), expected)
    assert 0.03 < mean[expected].min() < mean[expected].max() < 0.2


def test_crosstalk_grows_with_the_shift_of_the_electrodes() -> None:
    shares = []
    for shift in (0.0, 0.15, 0.4):
        site = replace(REFERENCE_SITE, electrode_shift=shift)
        shares.append(np.mean([1 - np.diag(drawn(s, site=site).crosstalk) for s in range(60)]))

    assert shares == sorted(shares)
    assert shares[2] > 1.3 * shares[0]


def test_careless_electrodes_still_hear_their_own_muscle() -> None:
    site = replace(REFERENCE_SITE, electrode_shift=10.0)

    crosstalk = drawn(site=site).crosstalk

    np.testing.assert_allclose(crosstalk.sum(axis=1), 1)
    assert np.diag(crosstalk).min() == pytest.approx(0.4)


def test_the_heart_is_heard_near_it_and_on_the_left() -> None:
    left = np.mean([drawn(seed, side="left").ecg_v for seed in range(200)], axis=0)
    right = np.mean([drawn(seed, side="right").ecg_v for seed in range(200)], axis=0)

    assert NAMES[int(left.argmax())] == "deltoid_anterior"
    assert left.max() == pytest.approx(25e-6, rel=0.1)
    np.testing.assert_allclose(right, 0.2 * left)
    assert not left[NAMES.index("abductor_pollicis_brevis")]
    rates = [one.heart_hz for one in MANY]
    assert 1.0 <= min(rates) < max(rates) <= 95 / 60


def test_about_one_channel_in_eighty_is_bad_and_hums_without_muscle() -> None:
    bad = np.array([one.bad for one in MANY])

    # 4800 channels: 58 expected, give or take 8.
    assert 0.007 < bad.mean() < 0.018
    for one in MANY:
        np.testing.assert_array_equal(one.gain_v == 0, one.bad)
        assert not one.ecg_v[one.bad].any()
    hums = np.array([one.mains_v for one in MANY])
    assert hums[bad].mean() / hums[~bad].mean() == pytest.approx(20, rel=0.4)


def test_the_same_generator_gives_the_same_electrodes() -> None:
    one, again = drawn(3), drawn(3)

    np.testing.assert_array_equal(one.gain_v, again.gain_v)
    np.testing.assert_array_equal(one.crosstalk, again.crosstalk)
    assert not np.array_equal(one.gain_v, drawn(4).gain_v)
