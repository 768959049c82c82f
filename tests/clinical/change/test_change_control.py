"""What the control chart promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.change import ControlChart, control_chart, ewma
from hybridmfp.clinical.change.trend_settings import trend_settings

RULE = {"baseline_visits": 5, "weight": 0.2, "width_sd": 3.0, "clip_sd": 3.0}


def _chart(scores: np.ndarray, sd: float = 2.0, **more: float) -> ControlChart:
    chart = control_chart(scores, sd**2 * np.eye(len(scores)), **(RULE | more))  # type: ignore[arg-type]
    assert chart is not None
    return chart


@given(st.lists(st.floats(0, 66), min_size=1, max_size=20), st.floats(0.05, 1))
def test_the_average_is_that_of_pandas(values: list[float], weight: float) -> None:
    start = 30.0

    reference = pd.Series([start, *values]).ewm(alpha=weight, adjust=False).mean()

    smoothed = ewma(np.array(values), weight=weight, start=start)
    np.testing.assert_allclose(smoothed, reference.to_numpy()[1:], atol=1e-9)


@pytest.mark.parametrize(("weight", "width"), [(0.2, 2.962), (0.1, 2.814), (0.4, 3.054)])
def test_textbook_constants_give_the_textbook_run_length_of_500(
    weight: float, width: float
) -> None:
    # Lucas and Saccucci 1990, doi:10.1080/00401706.1990.10484583; limits of the steady state
    rng = np.random.default_rng(6103)
    limit = width * np.sqrt(weight / (2 - weight))
    lengths = []
    for _ in range(400):
        out = np.abs(ewma(rng.standard_normal(3500), weight=weight, start=0.0)) > limit
        lengths.append(int(np.argmax(out)) + 1 if out.any() else 3500)

    assert np.mean(lengths) == pytest.approx(500, rel=0.15)  # 400 lengths: standard error 5 %


def test_the_limits_are_the_closed_form_for_independent_visits() -> None:
    chart = _chart(np.full(12, 30.0))

    i = np.arange(1, 8)
    average = 0.2 / 1.8 * (1 - 0.8 ** (2 * i))
    centre = (1 - 0.8**i) ** 2 / 5
    np.testing.assert_allclose(chart.high - 30, 3 * 2 * np.sqrt(average + centre), rtol=1e-12)
    np.testing.assert_allclose(chart.high + chart.low, 60.0)


def test_correlated_visits_widen_the_limits_as_in_simulation() -> None:
    n = 20
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariance = 4 * 0.6**lag
    chart = control_chart(np.full(n, 30.0), covariance, **RULE)  # type: ignore[arg-type]
    assert chart is not None

    draws = np.random.default_rng(6104).multivariate_normal(np.zeros(n), covariance, 20_000)
    centre = draws[:, :5].mean(axis=1)
    level = centre
    for day in range(5, n):
        level = 0.2 * draws[:, day] + 0.8 * level
    assert (chart.high[-1] - 30) / 3 == pytest.approx((level - centre).std(), rel=0.02)


def test_one_outlier_moves_the_average_no_more_than_its_clipped_value() -> None:
    scores = np.full(10, 30.0)
    scores[7] = 66.0

    chart = _chart(scores)

    assert chart.smoothed[2] == pytest.approx(30 + 0.2 * 3 * 2)
    assert (chart.smoothed < chart.high).all()


def test_a_lasting_shift_leaves_the_limits_on_its_side() -> None:
    up, down = (_chart(np.r_[np.full(5, 30.0), np.full(12, 30.0 + s)]) for s in (7, -7))

    assert up.smoothed[-1] > up.high[-1]
    assert down.smoothed[-1] < down.low[-1]
    np.testing.assert_allclose(up.smoothed + down.smoothed, 60.0)


@pytest.mark.parametrize("n", [3, 5])
def test_there_is_no_chart_before_the_visit_after_those_of_the_centre(n: int) -> None:
    assert control_chart(np.full(n, 30.0), np.eye(n), **RULE) is None  # type: ignore[arg-type]
    assert _chart(np.full(6, 30.0)).as_json()["first_charted"] == 5


def test_the_json_holds_the_limits_at_the_last_visit() -> None:
    chart = _chart(np.full(9, 30.0))

    told = chart.as_json()

    assert (told["centre"], told["low"], told["high"]) == (30.0, chart.low[-1], chart.high[-1])
    assert told["values"] == [30.0] * 4


def test_the_settings_are_shown_as_assumptions() -> None:
    assert trend_settings().source.status == "assumption"
