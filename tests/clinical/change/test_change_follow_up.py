"""What `follow` promises."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hybridmfp.clinical.change import RepeatError, follow
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.errors import ClinicalError

ITEMS = dict.fromkeys((one.identifier for one in FMA_UE.items), 0.0)


def _estimate(day: float, score: float | None, **more: Any) -> Visit:
    told: dict[str, Any] = {"model": "m", "quality": "green", "biomarkers": {"speed": day / 100}}
    if score is not None:
        told |= {"interval": (score - 4, score + 4), "level": 0.9}
    return Visit(f"e{day:g}", day, "estimated", score, **(told | more))


def _rated(day: float, raised: int) -> Visit:
    items = ITEMS | dict.fromkeys(list(ITEMS)[2 : 2 + raised], 1.0)
    return Visit(f"r{day:g}", day, "rated", float(raised), items=items)


def _course(*visits: Visit) -> PatientCourse:
    return PatientCourse("P01", tuple(sorted(visits, key=lambda one: one.days_post_stroke)))


def test_ratings_and_estimates_are_followed_apart() -> None:
    course = _course(
        *(_rated(200 + 14 * k, 4 * k) for k in range(4)),
        *(_estimate(200 + 7 * k, 30.0) for k in range(8)),
    )

    rated, estimated = follow(course, "rated").as_json(), follow(course, "estimated").as_json()

    assert (rated["n_visits"], estimated["n_visits"]) == (4, 8)
    assert (rated["since_previous"]["from"], rated["since_previous"]["to"]) == ("r228", "r242")
    assert (rated["since_first"]["from"], rated["since_first"]["points"]) == ("r200", 12)
    assert rated["items"]["points"] == 12
    assert rated["biomarkers"]["refused"]["refusal"] == "missing_input"
    assert rated["trend"]["n_visits"] == 4
    assert estimated["items"]["refused"]["refusal"] == "missing_items"
    assert estimated["biomarkers"]["changes"][0]["name"] == "speed"
    for told in (rated, estimated):
        assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize(
    ("n", "pairs", "trend"),
    [(0, "too_few", "too_few"), (1, "too_few", "too_few"), (2, None, "too_few"), (3, None, None)],
)
def test_too_few_visits_are_told_in_each_place(
    n: int, pairs: str | None, trend: str | None
) -> None:
    told = follow(_course(*(_rated(200 + 14 * k, k) for k in range(n))), "rated").as_json()

    for part in ("since_previous", "since_first", "items"):
        refused = told[part]["refused"]
        assert (refused["refusal"] if refused else None) == pairs
    refused = told["trend"]["refused"]
    assert (refused["refusal"] if refused else None) == trend
    assert told["refused"] is None


def test_red_and_refused_estimates_are_left_out_by_name() -> None:
    course = _course(
        *(_estimate(200 + 7 * k, 30.0) for k in range(4)),
        _estimate(230, 55.0, quality="red"),
        _estimate(240, None, quality="amber", reasons=("too few tasks",)),
    )

    told = follow(course, "estimated")

    assert told.n_visits == 4
    assert told.as_json()["left_out"] == [
        {"session": "e230", "reason": "the signals were judged red"},
        {"session": "e240", "reason": "the estimate was refused: too few tasks"},
    ]
    assert told.as_json()["since_previous"]["to"] == "e221"


def test_a_new_model_is_told_where_it_matters() -> None:
    course = _course(
        *(_estimate(200 + 7 * k, 30.0) for k in range(3)),
        *(_estimate(300 + 7 * k, 30.0, model="new") for k in range(2)),
    )

    told = follow(course, "estimated").as_json()

    assert told["since_previous"]["refused"] is None
    assert told["since_first"]["refused"]["refusal"] == "contradictory_inputs"
    assert told["trend"]["refused"]["refusal"] == "contradictory_inputs"


def test_repeat_errors_reach_every_part() -> None:
    course = _course(*(_estimate(200 + 7 * k, 30.0 + 3 * k) for k in range(6)))

    told = follow(
        course, "estimated", repeat_error=RepeatError(points=5.0, biomarkers={"speed": 0.1})
    )

    assert not isinstance(told.since_first, ClinicalError)
    assert told.since_first.mdc == pytest.approx(13.86, abs=0.01)
    assert not isinstance(told.biomarkers, ClinicalError)
    assert told.biomarkers[0].kind == "real"
    wider = follow(course, "estimated", repeat_error=RepeatError(points=9.0))
    assert not isinstance(told.trend, ClinicalError)
    assert not isinstance(wider.trend, ClinicalError)
    assert told.trend.chart is not None
    assert wider.trend.chart is not None
    assert wider.trend.chart.high[-1] > told.trend.chart.high[-1]


def test_what_is_asked_wrongly_is_refused_as_a_whole() -> None:
    course = _course(_rated(200, 1))

    with pytest.raises(ClinicalError, match="source must be rated or estimated") as caught:
        follow(course, "guessed")  # type: ignore[arg-type]
    assert caught.value.refusal == "impossible_value"
    with pytest.raises(ClinicalError, match="repeat_sd must be"):
        follow(course, "rated", repeat_error=RepeatError(points=-1.0))


@pytest.mark.parametrize(("n", "noted"), [(5, False), (6, True)])
def test_a_long_series_warns_of_single_pairs(n: int, noted: bool) -> None:
    told = follow(_course(*(_rated(200 + k, 3) for k in range(n))), "rated").as_json()

    assert [f"series of {n} visits" in one for one in told["notes"]] == [True] * noted
