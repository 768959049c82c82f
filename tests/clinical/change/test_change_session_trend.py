"""What `session_trend` and its alarms promise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridmfp.clinical.change import Trend, session_trend
from hybridmfp.clinical.change.plateau import PlateauRule, find_plateau
from hybridmfp.clinical.change.visit_noise import visit_covariance
from hybridmfp.clinical.course import Visit
from hybridmfp.errors import ClinicalError


def _visits(scores: Any, *, step: float = 1.0, first: float = 200.0) -> list[Visit]:
    return [
        Visit(f"v{k}", first + step * k, "rated", float(score)) for k, score in enumerate(scores)
    ]


def _kinds(trend: Trend) -> set[str]:
    return {one.kind for one in trend.alarms}


def _refusal(visits: list[Visit], match: str, **more: Any) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        session_trend(visits, **more)
    return caught.value.refusal


def test_a_trend_has_three_visits_on_different_days() -> None:
    assert _refusal([], "3 visits or more.*got 0") == "too_few"
    assert _refusal(_visits([30, 31]), "got 2") == "too_few"
    assert _refusal(_visits([30, 31, 32], step=0.0), "got 3 on one day") == "too_few"
    assert session_trend(_visits([30, 31, 32])).n_visits == 3


def test_what_cannot_be_compared_has_no_trend() -> None:
    rated = _visits([30, 31, 32, 33])
    estimate = Visit("e", 300, "estimated", 30, (25, 35), 0.9, model="m")
    red = Visit("e", 300, "estimated", 30, (25, 35), 0.9, model="m", quality="red")

    assert _refusal(rated[::-1], "order of time") == "dates_out_of_order"
    assert _refusal([*rated, estimate], "all be rated") == "contradictory_inputs"
    assert _refusal([*rated, red], "judged red") == "poor_quality"
    assert _refusal(rated, "repeat_sd", repeat_sd=0.0) == "impossible_value"


def test_a_straight_course_has_its_slope() -> None:
    trend = session_trend(_visits(20 + 0.8 * np.arange(12), step=7))

    assert trend.time_scale == "weeks"
    assert trend.slope_per_week == pytest.approx(0.8, abs=0.05)  # the prior draws it to 0 a little
    low, high = trend.slope_interval
    assert low < trend.slope_per_week < high


def test_an_early_course_is_told_on_the_log_scale_and_slows_down() -> None:
    weeks = np.arange(1, 12)
    trend = session_trend(_visits(15 + 10 * np.log(1 + weeks), step=7, first=7))

    assert trend.time_scale == "log"
    assert trend.slope_per_week == pytest.approx(10 / 12, rel=0.1)
    gains = np.diff([one.mean for one in trend.fitted])
    assert (np.diff(gains) < 0).all()


def test_the_line_spans_the_course_and_stays_on_the_scale() -> None:
    trend = session_trend(_visits([64, 66, 65, 66], step=7))

    assert trend.fitted[0].week == pytest.approx(200 / 7)
    assert trend.fitted[-1].week == pytest.approx(221 / 7)
    for one in trend.fitted:
        assert 0 <= one.low <= one.mean <= one.high <= 66


def test_the_band_holds_the_true_level_as_often_as_it_says() -> None:
    rng = np.random.default_rng(6105)
    days, held = np.arange(12) * 7.0, []
    for _ in range(400):
        level, slope = np.clip(rng.normal(33, 10), 15, 50), rng.normal(0, 1)
        noise = rng.multivariate_normal(np.zeros(12), visit_covariance(days, np.full(12, 2.46)))
        trend = session_trend(
            _visits(np.clip(level + slope * np.arange(12) + noise, 0, 66), step=7)
        )
        held.append(trend.slope_interval[0] <= slope <= trend.slope_interval[1])

    assert np.mean(held) == pytest.approx(0.9, abs=0.05)  # 400 courses: SE 0.015; clipping


@given(
    st.lists(st.tuples(st.floats(0, 66), st.floats(0, 40)), min_size=3, max_size=15),
    st.floats(0, 400),
    st.one_of(st.none(), st.floats(0.1, 20)),
)
@settings(max_examples=60)
def test_any_course_has_a_trend_that_is_json(
    rows: list[tuple[float, float]], first: float, repeat_sd: float | None
) -> None:
    days = first + 1 + np.cumsum([gap for _, gap in rows])
    visits = [
        Visit(f"v{k}", float(day), "rated", score)
        for k, (day, (score, _)) in enumerate(zip(days, rows, strict=True))
    ]
    if len(set(days)) == 1:
        assert _refusal(visits, "different days") == "too_few"
        return

    told = session_trend(visits, repeat_sd=repeat_sd).as_json()

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["slope_interval"][0] <= told["slope_per_week"] <= told["slope_interval"][1]
    assert (told["limits"] is None) is (len(rows) <= 5)


def test_the_json_has_the_promised_form() -> None:
    told = session_trend(_visits(np.full(12, 30.0), step=7)).as_json()

    assert {
        "source", "n_visits", "fitted", "slope_per_week", "slope_interval", "limits", "alarms",
        "refused",
    } <= set(told)  # fmt: skip
    assert set(told["fitted"][0]) == {"week", "mean", "low", "high"}
    assert {"centre", "low", "high"} <= set(told["limits"])
    assert {"kind", "session", "week", "message"} <= set(told["alarms"][0])
    assert told["prior_source"]["source_status"] == "assumption"


def test_a_lasting_fall_sounds_once_and_names_its_visit() -> None:
    trend = session_trend(_visits(np.r_[np.full(15, 40.0), np.full(10, 31.0)]))

    (alarm,) = [one for one in trend.alarms if one.kind == "deterioration"]
    assert alarm.session == "v18"  # the fourth day of it
    assert alarm.active
    assert "below the best level" in alarm.message


def test_a_fall_that_was_made_good_is_told_but_not_active() -> None:
    scores = np.r_[np.full(15, 40.0), np.full(8, 28.0), np.full(12, 40.0)]

    falls = [one for one in session_trend(_visits(scores)).alarms if one.kind == "deterioration"]

    assert falls
    assert not any(one.active for one in falls)


def test_a_fall_of_less_than_noise_explains_sounds_nothing() -> None:
    trend = session_trend(_visits(np.r_[np.full(15, 40.0), np.full(10, 37.0)]))

    assert "deterioration" not in _kinds(trend)


def test_a_noisier_measure_needs_a_larger_fall() -> None:
    visits = _visits(np.r_[np.full(15, 40.0), np.full(10, 31.0)])

    assert "deterioration" in _kinds(session_trend(visits, repeat_sd=2.46))
    assert "deterioration" not in _kinds(session_trend(visits, repeat_sd=8.0))


def test_a_lasting_rise_above_the_first_visits_is_an_improvement() -> None:
    trend = session_trend(_visits(np.r_[np.full(6, 30.0), np.full(15, 40.0)]))

    assert "improvement" in _kinds(trend)
    assert "deterioration" not in _kinds(trend)


def test_a_slow_fall_leaves_the_limits_of_the_first_visits() -> None:
    trend = session_trend(_visits(40 - 0.8 * np.arange(25)))

    assert "deterioration" in _kinds(trend)


def test_a_flat_course_ends_on_a_plateau() -> None:
    trend = session_trend(_visits(np.full(10, 40.0), step=7))

    (alarm,) = trend.alarms
    assert (alarm.kind, alarm.session, alarm.active) == ("plateau", "v9", True)
    assert "2.6 points in 4 weeks is ruled out" in alarm.message


def test_a_rising_or_falling_course_is_no_plateau() -> None:
    for gain in (1.5, -1.5):
        trend = session_trend(_visits(35 + gain * np.arange(12), step=7))
        assert "plateau" not in _kinds(trend)


def test_a_plateau_after_a_rise_is_seen() -> None:
    scores = np.r_[np.linspace(20, 40, 8), np.full(9, 40.0)]

    assert "plateau" in _kinds(session_trend(_visits(scores, step=7)))


@pytest.mark.parametrize(("n", "told"), [(5, False), (6, True)])
def test_a_plateau_takes_6_visits(n: int, told: bool) -> None:
    # so far apart that time is no matter
    assert ("plateau" in _kinds(session_trend(_visits(np.full(n, 40.0), step=28)))) is told


@pytest.mark.parametrize(("n", "told"), [(28, False), (29, True)])
def test_a_plateau_takes_4_weeks(n: int, told: bool) -> None:
    # days 0 to 27 are one day short of it; so many that their number is no matter
    weeks = np.repeat(np.arange(n, dtype=float), 20) / 7
    found = find_plateau(
        weeks,
        np.full(len(weeks), 40.0),
        np.eye(len(weeks)),
        PlateauRule(windows_weeks=[4, 8, 12], fewest_visits=6, ruled_out_per_week=0.6, z=1.645),
    )

    assert (found is not None) is told


@pytest.mark.parametrize(("ruled_out", "told"), [(0.99, False), (1.01, True)])
def test_a_plateau_rules_out_what_would_matter(ruled_out: float, told: bool) -> None:
    weeks = np.arange(9.0)
    sd = 1 / np.sqrt(((weeks - weeks.mean()) ** 2).sum())  # of a least-squares slope, noise 1

    found = find_plateau(
        weeks,
        np.full(9, 40.0),
        np.eye(9),
        PlateauRule(
            windows_weeks=[8], fewest_visits=6, ruled_out_per_week=1.645 * sd * ruled_out, z=1.645
        ),
    )

    assert (found is not None) is told
    if found is not None:
        assert found.slope_interval == pytest.approx((-1.645 * sd, 1.645 * sd), abs=1e-6)


@pytest.mark.parametrize(
    ("slope", "told"), [(1.01, False), (0.99, True), (-0.99, True), (-1.01, False)]
)
def test_the_slope_interval_of_a_plateau_holds_0(slope: float, told: bool) -> None:
    weeks = np.arange(9.0)
    sd = 1 / np.sqrt(((weeks - weeks.mean()) ** 2).sum())

    found = find_plateau(
        weeks,
        40 + slope * 1.645 * sd * weeks,
        np.eye(9),
        PlateauRule(windows_weeks=[8], fewest_visits=6, ruled_out_per_week=100.0, z=1.645),
    )

    assert (found is not None) is told


def test_alarms_on_change_do_not_depend_on_what_comes_later() -> None:
    scores = np.random.default_rng(6106).normal(40, 4, 40)
    scores[20:30] -= 10

    early = session_trend(_visits(scores[:28])).alarms
    late = session_trend(_visits(scores)).alarms

    known = [
        (one.kind, one.session) for one in late if one.kind != "plateau" and one.week < 228 / 7
    ]
    assert known == [(one.kind, one.session) for one in early if one.kind != "plateau"]
    assert known


def _false_alarms(n: int, phi: float, seed: int) -> float:
    rng = np.random.default_rng(seed)
    lag = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    noise = rng.multivariate_normal(np.zeros(30), phi**lag, n) * 2.46
    trends = (session_trend(_visits(np.clip(40 + row, 0, 66))) for row in noise)
    return float(np.mean([bool(_kinds(one) - {"plateau"}) for one in trends]))


def test_stable_daily_series_hardly_ever_alarm() -> None:
    # 1 in 100 is allowed; the rest is what 200 series can tell
    assert _false_alarms(200, 0.5, 6107) <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("phi", [0.0, 0.3, 0.5])
def test_fewer_than_1_in_100_stable_daily_series_alarm(phi: float) -> None:
    assert _false_alarms(2000, phi, 6108) <= 0.01


def test_a_fall_in_the_first_two_weeks_is_seen_by_the_limits() -> None:
    trend = session_trend(_visits(np.r_[np.full(5, 40.0), np.full(9, 28.0)]))

    (alarm,) = [one for one in trend.alarms if one.kind == "deterioration"]
    assert alarm.active
    assert "below that of the first visits" in alarm.message
