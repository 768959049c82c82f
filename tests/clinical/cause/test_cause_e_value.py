"""E-values are those that were published."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.cause import e_value, e_value_of_difference
from hybridmfp.errors import ClinicalError


@pytest.mark.parametrize(
    ("risk_ratio", "published"),
    # Smoking and lung cancer and its lower bound: vignette of the R package EValue.
    [(10.73, 20.94777), (8.02, 15.52336)],
)
def test_risk_ratios_have_the_published_e_values(risk_ratio: float, published: float) -> None:
    assert e_value(risk_ratio) == pytest.approx(published, abs=5e-6)


@given(st.floats(1.0, 100.0))
def test_a_risk_ratio_and_its_inverse_are_as_hard_to_explain(ratio: float) -> None:
    assert e_value(1 / ratio) == pytest.approx(e_value(ratio), rel=1e-7)
    assert e_value(ratio) >= ratio >= 1


@given(st.floats(1.01, 50.0))
def test_the_bias_of_two_such_associations_is_the_risk_ratio(ratio: float) -> None:
    # Ding & VanderWeele: the largest bias of two risk ratios is their product over sum minus 1.
    found = e_value(ratio)

    assert found * found / (2 * found - 1) == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_risk_ratio_is_refused(wrong: float) -> None:
    with pytest.raises(ClinicalError, match="risk_ratio must be a number above 0"):
        e_value(wrong)


def test_a_difference_of_means_is_turned_into_a_risk_ratio_as_published() -> None:
    # The formula of evalues.MD: RR = exp(0.91 d), its bound exp(0.91 d - 1.78 se).
    d, se = 0.5, 0.2
    found = e_value_of_difference(5.0, (5.0 - 1.96 * 2, 5.0 + 1.96 * 2), sd=10.0)

    ratio = math.exp(0.91 * d)
    assert found.risk_ratio == pytest.approx(ratio, rel=1e-12)
    assert found.estimate == pytest.approx(ratio + math.sqrt(ratio * (ratio - 1)), rel=1e-12)
    lower = math.exp(0.91 * d - 1.78 * se)
    # 1.78 is 0.91 x 1.96 rounded; that moves the bound by 0.1 %.
    assert found.bound == pytest.approx(lower + math.sqrt(lower * (lower - 1)), rel=5e-3)


def test_an_interval_that_holds_zero_needs_nothing_to_be_explained() -> None:
    assert e_value_of_difference(1.0, (-0.1, 2.1), sd=5.0).bound == 1.0
    assert e_value_of_difference(1.0, (0.0, 2.0), sd=5.0).bound == 1.0
    assert e_value_of_difference(1.0, (0.01, 2.0), sd=5.0).bound > 1.0


def test_harm_is_as_hard_to_explain_as_gain() -> None:
    gain, harm = (e_value_of_difference(s * 3, (s * 3 - 2, s * 3 + 2), sd=8.0) for s in (1, -1))

    assert harm.estimate == pytest.approx(gain.estimate, rel=1e-12)
    assert harm.bound == pytest.approx(gain.bound, rel=1e-12)
    assert harm.risk_ratio == pytest.approx(1 / gain.risk_ratio, rel=1e-12)


@pytest.mark.parametrize("sd", [0.0, -1.0, math.nan])
def test_an_outcome_without_spread_is_refused(sd: float) -> None:
    with pytest.raises(ClinicalError, match="the outcome must differ between persons"):
        e_value_of_difference(1.0, (0.0, 2.0), sd=sd)
