"""Co-contraction: closed forms, symmetry, gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hybridmfp.features.cocontraction import falconer_winter, rudolph

INDICES = [falconer_winter, rudolph]
Index = Callable[..., np.ndarray]


@pytest.mark.parametrize("level", [0.1, 0.5, 1.0])
def test_a_pair_that_does_the_same_shares_everything(level: float) -> None:
    envelope = np.full(50, level)

    assert falconer_winter(envelope, envelope) == pytest.approx(1)
    assert rudolph(envelope, envelope) == pytest.approx(2 * level)


@pytest.mark.parametrize("index", INDICES)
def test_a_pair_that_takes_turns_shares_nothing(index: Index) -> None:
    first = np.repeat([1.0, 0.0], 50)

    assert index(first, 1 - first) == 0


@pytest.mark.parametrize("ratio", [0.25, 0.5])
def test_a_constant_ratio_has_its_closed_form(ratio: float) -> None:
    strong = np.linspace(0.2, 1, 40)

    assert falconer_winter(strong, ratio * strong) == pytest.approx(2 * ratio / (1 + ratio))
    assert rudolph(strong, ratio * strong) == pytest.approx(ratio * (1 + ratio) * strong.mean())


@pytest.mark.parametrize("index", INDICES)
def test_who_is_called_agonist_does_not_matter(index: Index) -> None:
    first, second = np.random.default_rng(0).random((2, 4, 60))

    np.testing.assert_array_equal(index(first, second), index(second, first))


def test_only_the_level_index_grows_with_activity() -> None:
    first, second = np.random.default_rng(0).random((2, 60))

    share, half = falconer_winter(first, second), falconer_winter(first / 2, second / 2)
    assert half == pytest.approx(share, rel=1e-12)
    assert rudolph(first / 2, second / 2) == pytest.approx(rudolph(first, second) / 2, rel=1e-12)


@pytest.mark.parametrize("index", INDICES)
def test_instants_at_which_one_muscle_is_masked_do_not_count(index: Index) -> None:
    first, second = np.random.default_rng(0).random((2, 3, 60))
    expected = index(first[:, 20:], second[:, 20:])
    first[:, :10] = np.nan
    second[:, 10:20] = np.nan

    np.testing.assert_allclose(index(first, second), expected, rtol=1e-12)


@pytest.mark.parametrize("index", INDICES)
def test_a_masked_muscle_leaves_the_pair_unknown(index: Index) -> None:
    first, second = np.ones((2, 2, 10))
    first[0] = np.nan

    values = index(first, second)

    assert np.isnan(values[0])
    assert np.isfinite(values[1])


def test_two_silent_muscles_have_no_share_and_no_level() -> None:
    silent = np.zeros(10)

    assert np.isnan(falconer_winter(silent, silent))
    assert rudolph(silent, silent) == 0
