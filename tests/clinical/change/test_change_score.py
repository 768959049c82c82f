"""What `classify_change` promises."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from hybridmfp.clinical.change import Change, classify_change
from hybridmfp.clinical.course import Visit
from hybridmfp.errors import ClinicalError


def _rated(day: float, score: float, **more: Any) -> Visit:
    return Visit(f"d{day:g}", day, "rated", score, **more)


def _estimate(day: float, score: float | None, half: float = 4.0, **more: Any) -> Visit:
    middle = 0.0 if score is None else score
    told: dict[str, Any] = {"interval": (middle - half, middle + half), "level": 0.9, "model": "m"}
    return Visit(f"e{day:g}", day, "estimated", score, **(told | more))


def _refusal(before: Visit, after: Visit, match: str, **more: Any) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        classify_change(before, after, **more)
    return caught.value.refusal


@pytest.mark.parametrize(
    ("day", "points", "kind"),
    [
        (5, 6.81, "noise"),
        (5, 6.82, "real"),
        (5, 12.99, "real"),
        (5, 13, "important"),
        (50, 6.81, "noise"),
        (50, 6.82, "real"),
        (50, 12.39, "real"),
        (50, 12.4, "important"),
        (150, 12.39, "real"),
        (150, 12.4, "important"),
        (400, 5.25, "noise"),
        (400, 6.81, "noise"),
        (400, 6.82, "important"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_threshold_has_its_side(day: float, points: float, kind: str, sign: int) -> None:
    change = classify_change(_rated(day, 30), _rated(day + 20, 30 + sign * points))

    assert change.kind == kind
    expected = "none" if kind == "noise" else ("better" if sign > 0 else "worse")
    assert change.direction == expected


@pytest.mark.parametrize(("day", "kind"), [(7, "real"), (7.5, "important")])
def test_the_earlier_visit_chooses_the_phase(day: float, kind: str) -> None:
    assert classify_change(_rated(day, 30), _rated(day + 300, 42.5)).kind == kind


def test_in_the_chronic_phase_both_thresholds_are_required() -> None:
    change = classify_change(_rated(400, 30), _rated(430, 36))

    assert change.limits.mcid.points < change.points < change.mdc
    assert change.kind == "noise"


@given(st.integers(0, 66), st.integers(0, 66), st.floats(0, 1000), st.floats(0.1, 500))
def test_exchanging_the_scores_turns_the_change_round(
    one: int, other: int, day: float, later: float
) -> None:
    there = classify_change(_rated(day, one), _rated(day + later, other))
    back = classify_change(_rated(day, other), _rated(day + later, one))

    assert there.points == -back.points
    assert there.kind == back.kind
    turned = {"better": "worse", "worse": "better", "none": "none"}
    assert there.direction == turned[back.direction]
    assert there.probability_better == pytest.approx(1 - back.probability_better, abs=1e-12)
    json.dumps(there.as_json(), allow_nan=False)


@given(st.floats(0, 66), st.floats(0, 66), st.floats(0.1, 30))
def test_more_noise_never_makes_more_of_a_change(one: float, other: float, sd: float) -> None:
    order = ["noise", "real", "important"]
    plain = classify_change(_rated(50, one), _rated(80, other), repeat_sd=sd)
    noisier = classify_change(_rated(50, one), _rated(80, other), repeat_sd=2 * sd)

    assert order.index(noisier.kind) <= order.index(plain.kind)
    assert noisier.mdc >= plain.mdc >= 6.82


def test_the_probability_of_a_rise_is_that_of_two_noisy_scores() -> None:
    rated = classify_change(_rated(50, 30), _rated(80, 34))
    estimated = classify_change(_estimate(50, 30), _estimate(80, 34), repeat_sd=4.0)

    assert rated.probability_better == pytest.approx(norm.cdf(4, 0, math.sqrt(2) * 2.46))
    assert estimated.probability_better == pytest.approx(norm.cdf(4, 0, math.sqrt(2) * 4))
    assert classify_change(_rated(50, 30), _rated(80, 30)).probability_better == 0.5


@pytest.mark.parametrize("sd", [2.47, 4.0, 9.0])
def test_the_repeat_error_of_the_model_counts_where_it_is_larger(sd: float) -> None:
    change = classify_change(_estimate(50, 30), _estimate(80, 40), repeat_sd=sd)

    assert change.mdc == pytest.approx(1.96 * math.sqrt(2) * sd)
    assert change.mdc_source.status == "unverified"


@pytest.mark.parametrize(("points", "kind"), [(11.08, "noise"), (11.09, "important")])
def test_a_model_of_4_points_repeat_error_detects_from_11_09_points_on(
    points: float, kind: str
) -> None:
    change = classify_change(_estimate(400, 30), _estimate(430, 30 + points), repeat_sd=4.0)

    assert change.kind == kind


def test_a_repeat_error_below_that_of_raters_does_not_lower_the_threshold() -> None:
    change = classify_change(_estimate(50, 30), _estimate(80, 36), repeat_sd=0.5)

    assert change.mdc == 6.82
    assert change.mdc_source.status == "verified"


@pytest.mark.parametrize("wider_first", [False, True])
def test_without_a_repeat_error_the_widest_side_of_both_intervals_counts(
    wider_first: bool,
) -> None:
    narrow, wide = (30, (26.0, 32.0)), (38, (35.0, 48.0))
    first, second = (wide, narrow) if wider_first else (narrow, wide)
    before = _estimate(50, first[0], interval=first[1])
    after = _estimate(80, second[0], interval=second[1])

    change = classify_change(before, after)

    assert change.mdc == pytest.approx(1.96 * math.sqrt(2) * 10 / norm.ppf(0.95))
    assert change.mdc > 6.82
    assert change.mdc_source.status == "assumption"
    assert "wider interval" in change.mdc_source.citation


def test_narrow_intervals_never_go_below_the_human_threshold() -> None:
    change = classify_change(_estimate(50, 30, 0.1), _estimate(80, 36, 0.1))

    assert change.mdc == 6.82
    assert change.kind == "noise"


def test_the_level_of_the_interval_is_taken_into_account() -> None:
    change = classify_change(_estimate(50, 30, 5.0, level=0.5), _estimate(80, 36, 5.0, level=0.5))

    assert change.mdc == pytest.approx(1.96 * math.sqrt(2) * 5 / norm.ppf(0.75))


def test_a_rating_and_an_estimate_do_not_make_a_pair() -> None:
    assert _refusal(_rated(50, 30), _estimate(80, 40), "all be rated or all") == (
        "contradictory_inputs"
    )


def test_estimates_of_two_models_do_not_make_a_pair() -> None:
    before, after = _estimate(50, 30), _estimate(80, 40, model="other")

    assert _refusal(before, after, "of one model.*got m, other") == "contradictory_inputs"


def test_estimates_of_unknown_models_do_not_make_a_pair() -> None:
    before, after = _estimate(50, 30, model=None), _estimate(80, 40)

    assert _refusal(before, after, "must name the model.*e50") == "missing_input"


def test_two_arms_do_not_make_a_pair_but_an_unknown_side_does() -> None:
    left, right = _rated(50, 30, side="left"), _rated(80, 40, side="right")

    assert _refusal(left, right, "d50 left, d80 right") == "contradictory_sides"
    assert classify_change(left, _rated(80, 40)).kind == "real"


def test_time_does_not_run_backwards() -> None:
    assert _refusal(_rated(80, 30), _rated(79.9, 40), "follows d80") == "dates_out_of_order"
    assert classify_change(_rated(80, 30), Visit("again", 80, "rated", 31)).kind == "noise"


def test_red_and_refused_estimates_have_no_change() -> None:
    red = _estimate(80, 40, quality="red")
    refused = _estimate(80, None, reasons=("unknown tasks",))

    assert _refusal(_estimate(50, 30), red, "judged red") == "poor_quality"
    assert _refusal(red, _estimate(90, 30), "judged red") == "poor_quality"
    assert _refusal(_estimate(50, 30), refused, "unknown tasks") == "too_uncertain"


@pytest.mark.parametrize("sd", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_repeat_error_is_refused(sd: float) -> None:
    before, after = _rated(50, 30), _rated(80, 40)

    assert _refusal(before, after, "repeat_sd must be", repeat_sd=sd) == "impossible_value"


def test_the_json_has_the_promised_form_and_shows_unverified_anchors() -> None:
    told = classify_change(_rated(400, 30), _rated(430, 37)).as_json()

    assert {
        "from", "to", "points", "mdc", "mdc_source", "mcid", "mcid_source", "phase", "kind",
        "direction", "probability_better", "refused",
    } <= set(told)  # fmt: skip
    assert (told["from"], told["to"], told["refused"]) == ("d400", "d430", None)
    assert told["important_from"] == 6.82
    reached = {one["points"]: one["reached"] for one in told["anchors"]}
    assert reached == {5.25: True, 4.25: True, 7.25: False}
    status = {one["points"]: one["source"]["source_status"] for one in told["anchors"]}
    assert status == {5.25: "verified", 4.25: "unverified", 7.25: "unverified"}
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_an_anchor_below_the_detectable_change_is_reached_with_it() -> None:
    told = classify_change(_rated(400, 30), _rated(430, 36)).as_json()

    assert not any(one["reached"] for one in told["anchors"])


def test_a_change_is_a_frozen_result() -> None:
    change = classify_change(_rated(50, 30), _rated(80, 34))

    assert isinstance(change, Change)
    with pytest.raises(AttributeError, match="cannot assign"):
        change.points = 3.0  # type: ignore[misc]


def test_two_visits_of_one_day_that_differ_by_more_than_noise_contradict_each_other() -> None:
    assert classify_change(_rated(60, 30), _rated(60, 36)).kind == "noise"
    assert classify_change(_rated(60, 30), _rated(60.5, 37)).kind == "real"

    for points in (37, 23):
        refusal = _refusal(_rated(60, 30), _rated(60, points), "are of one day and must differ")
        assert refusal == "contradictory_inputs"
