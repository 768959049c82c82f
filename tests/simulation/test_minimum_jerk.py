"""A minimum-jerk movement starts and ends at rest, and no other is as smooth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy.interpolate import make_interp_spline

from hybridmfp.simulation.minimum_jerk import minimum_jerk


def as_polynomial() -> Polynomial:
    """The quintic through six of its values; that it is one is tested first."""
    nodes = np.linspace(0, 1, 6)
    return Polynomial.fit(nodes, minimum_jerk(nodes), 5).convert()


def test_it_is_the_quintic_that_rests_at_both_ends() -> None:
    # Position, speed and acceleration at 0 and at 1, solved for the six coefficients.
    at_0, powers = np.eye(6), np.arange(6)
    conditions = [at_0[0], at_0[1], 2 * at_0[2], np.ones(6), powers, powers * (powers - 1)]
    quintic = Polynomial(np.linalg.solve(conditions, [0, 0, 0, 1, 0, 0]))
    share = np.linspace(0, 1, 201)

    np.testing.assert_allclose(minimum_jerk(share), quintic(share), atol=1e-12)


@pytest.mark.parametrize("degree", [6, 7, 8])
def test_any_other_way_between_the_same_ends_has_more_jerk(degree: int) -> None:
    detour = Polynomial([0, 1]) ** 3 * Polynomial([1, -1]) ** 3 * Polynomial([1, 2]) ** (degree - 6)

    def squared_jerk(way: Polynomial) -> float:
        area = (way.deriv(3) ** 2).integ()
        return float(area(1) - area(0))

    shortest = squared_jerk(as_polynomial())
    assert shortest == pytest.approx(720, rel=1e-9)
    for size in (-1.0, -0.01, 0.01, 1.0):
        assert squared_jerk(as_polynomial() + size * detour) > shortest


def test_the_way_back_is_the_way_out_reversed() -> None:
    share = np.linspace(-0.5, 1.5, 101)

    np.testing.assert_allclose(minimum_jerk(1 - share), 1 - minimum_jerk(share), atol=1e-12)


def test_speed_never_turns_and_peaks_half_way_at_fifteen_eighths() -> None:
    share = np.linspace(0, 1, 1001)
    speed = make_interp_spline(share, minimum_jerk(share), k=5).derivative()(share)

    assert (np.diff(minimum_jerk(share)) > 0).all()
    assert share[np.argmax(speed)] == pytest.approx(0.5, abs=1e-9)
    assert speed.max() == pytest.approx(15 / 8, abs=1e-9)


def test_it_rests_before_and_after_and_keeps_the_shape_it_was_given() -> None:
    share = np.array([[-np.inf, -2.0, 0.0], [1.0, 1.5, np.inf]])

    np.testing.assert_array_equal(minimum_jerk(share), [[0, 0, 0], [1, 1, 1]])
