"""What the review of a course promises."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.change import classify_change, follow
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan import Plan, PlanEdit, edit_plan, sign_plan
from hybridmfp.clinical.prognosis import MixtureModel
from hybridmfp.clinical.rating import Keyform, voluntary_items
from hybridmfp.clinical.rating.keyform import CalibratedItem
from hybridmfp.clinical.review import ReviewSettings, propose_plan, review_course
from hybridmfp.clinical.strata import stratify
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import SCALES

SECTIONS = ("stratum", "change", "trend", "plan", "progression", "prognosis")
FOUND = BedsideFindings(
    60,
    wrist_extension_deg=25,
    finger_extension_deg=15,
    shoulder_flexion_deg=80,
    elbow_extension_deg=90,
    spasticity_mas="1",
    follows_instructions=True,
    shoulder_pain=1,
    contraindications=frozenset(),
)
RATED = tuple(Visit(f"R{k}", 18 + 14 * k, "rated", 25.0 + 4 * k) for k in range(4))
COURSE = PatientCourse(
    "P01",
    RATED,
    affected_side="left",
    bedside=(replace(FOUND, days_post_stroke=40), FOUND),
    answers={"balance_is_safe": True},
)


def _estimate(day: float, score: float = 30.0, **more: Any) -> Visit:
    given = {"interval": (score - 6, score + 6), "level": 0.9, "quality": "green", "model": "m"}
    return Visit(f"E{day:g}", day, "estimated", score, **(given | more))


def test_every_section_says_what_its_own_function_says() -> None:
    told = review_course(COURSE)

    assert told.refusals == {}
    assert told.sections["stratum"] == stratify(RATED[-1]).as_json()
    change = told.sections["change"]
    assert change is not None
    assert change["since_first"] == classify_change(RATED[0], RATED[-1]).as_json()
    assert change["since_previous"] == classify_change(RATED[-2], RATED[-1]).as_json()
    assert told.sections["plan"] == propose_plan(COURSE).as_json()
    assert told.sections["keyform"] is None


def test_a_section_that_cannot_be_told_is_refused_by_name_and_the_others_are_told() -> None:
    bare = PatientCourse("P01", RATED[:1])

    told = review_course(bare)

    assert told.refusals == {
        "plan": "missing_input", "progression": "missing_input", "trend": "too_few",
    }  # fmt: skip
    assert told.sections["stratum"] is not None
    assert told.sections["stratum"]["refused"] is None


def test_a_course_without_any_score_says_so_everywhere() -> None:
    told = review_course(PatientCourse("P01", ()))

    assert set(told.refusals) >= {"stratum", "plan", "progression", "prognosis", "trend"}
    assert told.latest is None


def test_ratings_come_first_and_estimates_are_never_mixed_with_them() -> None:
    both = replace(COURSE, visits=(*RATED, _estimate(61), _estimate(62), _estimate(63)))

    rated, estimated = (
        review_course(both, ReviewSettings(source=source)) for source in (None, "estimated")
    )

    assert (rated.source, estimated.source) == ("rated", "estimated")
    assert rated.sections["stratum"] == review_course(COURSE).sections["stratum"]
    assert rated.sections["trend"] == review_course(COURSE).sections["trend"]
    assert estimated.latest == both.visits[-1]
    trend = estimated.sections["trend"]
    assert trend is not None
    assert trend["n_visits"] == 3
    assert any("3 estimates are shown beside" in note for note in rated.notes)


def test_biomarkers_of_a_rated_course_are_those_of_its_estimates() -> None:
    first, last = (
        _estimate(day, biomarkers={"kin.sparc": value}, healthy={"kin.sparc": (-2.0, -1.0)})
        for day, value in ((20, -4.0), (61, -3.0))
    )

    told = review_course(replace(COURSE, visits=(*RATED[:1], first, *RATED[1:], last)))

    change = told.sections["change"]
    assert change is not None
    (moved,) = change["biomarkers"]["changes"]
    assert (moved["from"], moved["to"], moved["healthy_direction"]) == (-4.0, -3.0, "towards")
    assert change["since_first"] == classify_change(RATED[0], RATED[-1]).as_json()


def test_red_signals_make_no_stratum_and_no_plan() -> None:
    red = replace(COURSE, visits=(_estimate(58), _estimate(60, quality="red")))

    told = review_course(red)

    assert told.refusals["stratum"] == "poor_quality"
    assert told.refusals["plan"] == "poor_quality"
    assert told.refusals["progression"] == "poor_quality"


def test_a_refused_last_estimate_makes_no_plan_of_the_one_before() -> None:
    refused = Visit("E60", 60, "estimated", None, level=0.9, reasons=("too little signal",))

    told = review_course(replace(COURSE, visits=(_estimate(58), refused)))

    assert told.refusals["plan"] == "too_uncertain"


def test_drivers_speak_for_visits_of_at_most_two_weeks_before_or_after() -> None:
    driver = {
        "name": "kin.sparc", "kind": "biomarker", "phase": None, "direction": "lowers",
        "points": -2.0, "share": 0.3,
    }  # fmt: skip
    near, far = (
        review_course(replace(COURSE, visits=(*RATED[:-1], _estimate(46, drivers=(driver,)), last)))
        for last in (replace(RATED[-1], days_post_stroke=60), Visit("R9", 61, "rated", 37.0))
    )

    assert near.drivers == (driver,)
    assert far.drivers == ()


def test_a_signed_plan_stays_signed_and_one_of_somebody_else_is_refused() -> None:
    signed = sign_plan(propose_plan(COURSE), by="Th. A", at="2026-11-30T09:00:00+01:00")

    told = review_course(COURSE, plan=signed)

    assert told.sections["plan"] == signed.as_json()
    with pytest.raises(ClinicalError, match="the plan must be of P02") as caught:
        review_course(replace(COURSE, subject="P02"), plan=signed)
    assert caught.value.refusal == "contradictory_inputs"


def test_estimates_of_two_models_are_noted() -> None:
    both = replace(COURSE, visits=(_estimate(50), _estimate(60, model="other")))

    assert any("2 models" in note for note in review_course(both).notes)


def test_a_synthetic_visit_makes_the_whole_review_synthetic() -> None:
    made_up = replace(COURSE, visits=(*RATED, _estimate(61, synthetic=True)))

    told = review_course(made_up)

    assert told.as_json()["synthetic"] is True
    assert "simulated" in told.notes[0]


_VISITS = st.lists(
    st.builds(
        lambda day, score, rated, half, quality: (
            Visit(f"S{day:g}", day, "rated", float(round(score)))
            if rated
            else _estimate(
                day, score, interval=(max(score - half, 0), min(score + half, 66)), quality=quality
            )
        ),
        st.integers(0, 400),
        st.floats(0, 66),
        st.booleans(),
        st.floats(0, 40),
        st.sampled_from(["green", "amber", "red"]),
    ),
    max_size=6,
    unique_by=lambda one: one.session,
)


@settings(max_examples=40, deadline=None)
@given(_VISITS, st.booleans())
def test_any_course_is_reviewed_into_strict_json(visits: list[Visit], examined: bool) -> None:
    ordered = tuple(sorted(visits, key=lambda one: one.days_post_stroke))
    course = replace(COURSE, visits=ordered, bedside=COURSE.bedside if examined else ())

    told = review_course(course).as_json()

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert all("refused" in told[name] for name in SECTIONS)


def _signed(course: PatientCourse) -> Plan:
    return sign_plan(propose_plan(course), by="Dr B", at="2026-11-30T09:00:00+01:00")


@pytest.mark.parametrize("change", [{"score": 36.0}, {"days_post_stroke": 61.0}])
def test_a_plan_of_a_visit_that_was_corrected_since_is_refused(change: dict[str, Any]) -> None:
    corrected = replace(COURSE, visits=(*RATED[:-1], replace(RATED[-1], **change)))

    with pytest.raises(
        ClinicalError, match=r"made for 37 points on day 60.*Make the plan"
    ) as caught:
        review_course(corrected, plan=_signed(COURSE))
    assert caught.value.refusal == "contradictory_inputs"


@pytest.mark.parametrize(
    ("found", "forbids"),
    [
        ({"contraindications": frozenset({"fracture"})}, "Mirror therapy: .*fracture"),
        ({"shoulder_pain": 4}, "Task-specific practice.*shoulder pain"),
        ({"follows_instructions": False}, "Mirror therapy: .*instructions"),
    ],
)
def test_a_signed_plan_that_later_findings_forbid_is_not_shown_as_valid(
    found: dict[str, Any], forbids: str
) -> None:
    plan = _signed(COURSE)
    later = replace(FOUND, days_post_stroke=62, **found)

    told = review_course(replace(COURSE, bedside=(*COURSE.bedside, later)), plan=plan)

    assert told.refusals["plan"] == "contradictory_inputs"
    assert told.refusals["progression"] == "contradictory_inputs"
    shown = told.sections["plan"]
    assert shown is not None
    assert re.search(forbids, shown["refused"]["message"])


def test_harmless_later_findings_and_modules_added_against_the_rules_keep_a_plan() -> None:
    edit = PlanEdit(
        "add", "vns", by="Dr B", why="refer", at="2026-11-30T08:00:00+01:00",
        override_reason="surgeon agreed",
    )  # fmt: skip
    draft = edit_plan(propose_plan(COURSE), edit)
    plan = sign_plan(draft, by="Dr B", at="2026-11-30T09:00:00+01:00")
    pacemaker = frozenset({"pacemaker"})  # forbids what stimulates: here that module alone
    fine = replace(FOUND, days_post_stroke=62, shoulder_pain=3, contraindications=pacemaker)

    told = review_course(replace(COURSE, bedside=(*COURSE.bedside, fine)), plan=plan)

    assert told.sections["plan"] == plan.as_json()


def test_a_plan_of_an_earlier_visit_and_what_came_later_are_named() -> None:
    later = replace(COURSE, visits=(*RATED, Visit("R9", 70, "rated", 50.0)))

    notes = review_course(later, plan=_signed(COURSE)).notes

    assert any(
        "made for R3, day 60, 37 points; the other sections are about R9" in n for n in notes
    )
    refused = Visit("E100", 100, "estimated", None, quality="red", reasons=("noise",))
    (note,) = review_course(replace(COURSE, visits=(*RATED, refused))).notes
    assert "of R3, day 60; later, and not part of it: E100 (day 100, refused estimate)" in note


def test_the_prognosis_is_about_the_same_scores_as_the_other_sections() -> None:
    both = replace(COURSE, visits=(RATED[0], _estimate(20, 40.0)))

    for source in ("rated", "estimated"):
        told = review_course(both, ReviewSettings(source=source)).sections["prognosis"]
        assert told is not None
        assert told["score_source"] == source


def test_old_pain_does_not_decide_on_progress() -> None:
    visits = (*RATED, Visit("R9", 75, "rated", 50.0))
    plan = _signed(COURSE)

    told = review_course(replace(COURSE, visits=visits), plan=plan)
    assert told.refusals["progression"] == "outside_window"
    near = replace(COURSE, visits=(*RATED, Visit("R9", 74, "rated", 50.0)))
    assert "progression" not in review_course(near, plan=plan).refusals


def test_one_estimate_is_shown_beside_in_the_singular() -> None:
    told = review_course(replace(COURSE, visits=(*RATED, _estimate(60, 36.0))))

    assert told.notes == ("1 estimate is shown beside; nothing here is made of both.",)


def test_red_signals_beside_a_rating_leave_its_plan_alone_and_tell_no_drivers() -> None:
    driver = {"name": "kin.trunk_displacement", "direction": "lowers"}
    red = _estimate(60, quality="red", drivers=(driver,))

    told = review_course(replace(COURSE, visits=(*RATED, red)))

    assert told.drivers == ()
    assert told.sections["plan"] == propose_plan(COURSE).as_json()


@pytest.mark.parametrize(("score", "noted"), [(26.0, False), (38.0, True)])
def test_a_latest_score_outside_its_own_fan_is_noted(score: float, noted: bool) -> None:
    flat = tuple(Visit(f"S{k}", 70 + 7 * k, "rated", 25.0) for k in range(5))
    course = PatientCourse("P01", (*flat, Visit("last", 112, "rated", score)))

    told = review_course(course)

    prognosis = told.sections["prognosis"]
    assert prognosis is not None
    assert prognosis["refused"] is None
    (week,) = [one for one in prognosis["fan"] if one["week"] == 16]
    assert (week["q05"] <= score <= week["q95"]) is not noted
    assert any("outside the" in one for one in told.notes) is noted


@pytest.mark.parametrize(
    ("day", "score", "noted"),
    [(61, 37.0, False), (61, 20.0, True), (74, 20.0, True), (75, 20.0, False)],
)
def test_an_estimate_that_does_not_hold_a_rating_of_the_same_weeks_is_noted(
    day: float, score: float, noted: bool
) -> None:
    told = review_course(replace(COURSE, visits=(*RATED, _estimate(day, score))))

    assert RATED[-1].score == 37.0
    assert any("lies outside the interval of the estimate" in one for one in told.notes) is noted


def test_drivers_of_the_nearest_estimate_tell_the_deficits_of_a_plan() -> None:
    driver = {
        "name": "kin.trunk_displacement", "kind": "biomarker", "phase": None,
        "direction": "lowers", "points": -2.0, "share": 0.3,
    }  # fmt: skip

    plan = propose_plan(replace(COURSE, visits=(*RATED, _estimate(60, 36.0, drivers=(driver,)))))

    assert [one.identifier for one in plan.deficits] == ["trunk_compensation"]
    assert propose_plan(COURSE).deficits == ()


def test_answers_of_the_course_decide_what_a_plan_may_hold() -> None:
    told, untold = (propose_plan(one) for one in (COURSE, replace(COURSE, answers={})))

    assert "mcimt" in [one.identifier for one in told.modules]
    assert "mcimt" in [one.module.identifier for one in untold.blocked]


def test_a_plan_by_estimates_is_of_the_latest_estimate_whatever_was_rated_later() -> None:
    course = replace(COURSE, visits=(_estimate(60), Visit("R9", 61, "rated", 31.0)))

    assert propose_plan(course, ReviewSettings(source="estimated")).session == "E60"
    assert propose_plan(course).session == "R9"


def test_settings_reach_the_parts_that_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    prior = object()
    seen: list[Any] = []

    def spy(*words: Any, **named: Any) -> Any:
        seen.append(named.pop("prior"))
        return follow(*words, **named)

    monkeypatch.setattr("hybridmfp.clinical.review.follow", spy)
    how = ReviewSettings(
        scheme="three_level",
        mixture=replace(MixtureModel.published(), title="ours"),
        trend_prior=prior,  # type: ignore[arg-type]
    )

    told = review_course(COURSE, how)

    stratum, prognosis = told.sections["stratum"], told.sections["prognosis"]
    assert stratum is not None
    assert prognosis is not None
    assert (stratum["scheme"], prognosis["model"]) == ("three_level", "ours")
    assert seen == [prior]


def test_a_keyform_shows_the_latest_rating_that_has_items() -> None:
    easy = {item.identifier: 0.0 for item in SCALES["fma-ue"].items}
    rated = tuple(
        Visit(f"R{day}", day, "rated", points, items=easy | {"A2e": points}) for day, points in
        ((20, 1.0), (30, 2.0))
    )  # fmt: skip
    step = CalibratedItem((-1.0, 1.0), (0.1, 0.1), infit=1.0, outfit=1.0)
    keyform = Keyform(
        dict.fromkeys(voluntary_items(), step), "nobody", 100, 0.0, 1.0, 0.9, synthetic=True
    )

    told = review_course(
        PatientCourse("P01", (*rated, Visit("bare", 40, "rated", 5.0))),
        ReviewSettings(keyform=keyform),
    )

    view = told.sections["keyform"]
    assert view is not None
    assert view["session"] == "R30"
    (row,) = [one for one in view["rows"] if one["item"] == "A2e"]
    assert row["given"] == 2
