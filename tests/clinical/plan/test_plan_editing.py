"""What editing and signing promise: every edit is kept, nothing blocked comes back unmarked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plan_patients import plan_of, planned, why_blocked

from hybridmfp.clinical.plan import (
    Plan,
    PlanEdit,
    edit_plan,
    plan_from_json,
    require_signed,
    sign_plan,
)
from hybridmfp.errors import ClinicalError

_AT = "2026-11-30T09:00:00+01:00"
_LATER = "2026-11-30T10:00:00+01:00"
_EARLIER = "2026-11-30T08:00:00+01:00"


def _edit(action: Any, module: str, **more: Any) -> PlanEdit:
    given = {"by": "A. Therapist", "why": "the patient asked for it", "at": _AT, **more}
    return PlanEdit(action, module, **given)


def _refusal(match: str, plan: Plan, edit: PlanEdit) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        edit_plan(plan, edit)
    return caught.value.refusal


def _module(plan: Plan, name: str) -> Any:
    return next(one for one in plan.modules if one.identifier == name)


# --- removing, adding back, moving


def test_a_removed_module_can_come_back() -> None:
    plan = plan_of(27)
    without = edit_plan(plan, _edit("remove", "robot"))
    again = edit_plan(without, _edit("add", "robot"))

    assert planned(without) == [one for one in planned(plan) if one != "robot"]
    assert without.conflicts == ()
    assert planned(again) == planned(plan)
    assert again.removed == ()
    assert again.conflicts == plan.conflicts
    assert _module(again, "robot").origin == "therapist"


def test_the_plan_given_stays_as_it_was() -> None:
    plan = plan_of(27)
    before = plan.as_json()

    edit_plan(plan, _edit("remove", "robot"))

    assert plan.as_json() == before


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_module_moves_to_the_rank_it_is_given(rank: int) -> None:
    plan = edit_plan(plan_of(27), _edit("move", "robot", rank=rank))

    assert planned(plan).index("robot") == rank - 1
    assert plan.as_json()["modules"][rank - 1]["rank"] == rank


@pytest.mark.parametrize("rank", [0, -1, 99, 1.5, True])
def test_a_rank_that_cannot_be_is_refused(rank: Any) -> None:
    refusal = _refusal("rank of robot must be", plan_of(27), _edit("move", "robot", rank=rank))

    assert refusal == "impossible_value"


def test_every_edit_is_kept_with_who_why_and_when() -> None:
    plan = edit_plan(plan_of(27), _edit("remove", "robot"))
    plan = edit_plan(plan, _edit("move", "mirror_therapy", rank=1, at=_LATER))

    told = [(one.action, one.module, one.by, one.why, one.at) for one in plan.edits]
    assert told == [
        ("remove", "robot", "A. Therapist", "the patient asked for it", _AT),
        ("move", "mirror_therapy", "A. Therapist", "the patient asked for it", _LATER),
    ]


# --- what is blocked


def test_a_blocked_module_comes_in_by_a_reason_alone_and_stays_marked() -> None:
    plan = plan_of(10, contraindications=frozenset({"pacemaker"}))

    refusal = _refusal("must not hold nmes_fes: pacemaker found", plan, _edit("add", "nmes_fes"))
    assert refusal == "contradictory_inputs"
    blank = _edit("add", "nmes_fes", override_reason="  ")
    assert _refusal(r"override_reason \(--override\)", plan, blank) == "contradictory_inputs"

    forced = edit_plan(plan, _edit("add", "nmes_fes", override_reason="cardiology agreed"))
    mark = _module(forced, "nmes_fes").override
    assert (mark.reason, mark.by, mark.at) == ("cardiology agreed", "A. Therapist", _AT)
    assert [one.text for one in mark.causes] == ["pacemaker found"]
    assert "nmes_fes" not in [one.module.identifier for one in forced.blocked]
    assert forced.as_json()["modules"][-1]["override"]["causes"][0]["kind"] == "contraindication"


def test_the_mark_outlives_dose_move_and_json() -> None:
    plan = plan_of(10, contraindications=frozenset({"pacemaker"}))
    plan = edit_plan(plan, _edit("add", "nmes_fes", override_reason="cardiology agreed"))
    plan = edit_plan(plan, _edit("dose", "nmes_fes", dose="20 min"))
    plan = edit_plan(plan, _edit("move", "nmes_fes", rank=1))

    again = plan_from_json(plan.as_json())

    assert _module(again, "nmes_fes").override.causes[0].text == "pacemaker found"


def test_a_blocked_module_that_is_taken_out_is_blocked_again() -> None:
    plan = plan_of(10, contraindications=frozenset({"pacemaker"}))
    forced = edit_plan(plan, _edit("add", "nmes_fes", override_reason="cardiology agreed"))
    out = edit_plan(forced, _edit("remove", "nmes_fes"))

    assert why_blocked(out, "nmes_fes") == why_blocked(plan, "nmes_fes")
    assert out.removed == ()
    assert _refusal("must not hold nmes_fes", out, _edit("add", "nmes_fes")) == (
        "contradictory_inputs"
    )


def test_a_blocked_module_cannot_be_renamed_into_the_plan() -> None:
    plan = plan_of(10, contraindications=frozenset({"pacemaker"}))
    disguised = _edit("add", "nmes_fes", title="Something else", dose="20 min")

    assert _refusal("as the rules have it; got title, dose", plan, disguised) == (
        "contradictory_inputs"
    )


def test_an_own_module_says_that_nobody_checked_it() -> None:
    plan = edit_plan(plan_of(40), _edit("add", "drumming", title="Drumming", dose="20 min", rank=1))
    own = plan.modules[0]

    assert (own.identifier, own.title, own.dose) == (
        "drumming",
        "Drumming",
        "20 min (set by A. Therapist)",
    )
    assert own.safety == (
        "not among the rules: who it is for and whether it is safe was not checked",
    )
    assert own.origin == "therapist"


@pytest.mark.parametrize("lacking", ["title", "dose"])
def test_an_own_module_needs_a_title_and_a_dose(lacking: str) -> None:
    edit = replace(_edit("add", "drumming", title="Drumming", dose="20 min"), **{lacking: None})

    assert _refusal(f"needs {lacking} for the module drumming", plan_of(40), edit) == (
        "missing_input"
    )


# --- dose and its cap


def test_a_new_dose_says_who_set_it() -> None:
    edit = _edit("dose", "task_practice", dose="30 min a day", minutes_per_day=30)
    module = _module(edit_plan(plan_of(40), edit), "task_practice")

    assert module.dose == "30 min a day (set by A. Therapist)"
    assert (module.minutes_per_day, module.repetitions_per_session) == (30, None)
    assert module.dose_source.status == "assumption"


@pytest.mark.parametrize(("minutes", "fits"), [(179, True), (180, False), (181, False)])
def test_in_the_first_two_weeks_a_dose_stays_below_three_hours(minutes: float, fits: bool) -> None:
    plan = plan_of(40, 5)
    edit = _edit("dose", "task_practice", dose="much", minutes_per_day=minutes)

    if fits:
        assert _module(edit_plan(plan, edit), "task_practice").dose.startswith("CAPPED")
        return
    assert _refusal("must stay below 180 minutes a day", plan, edit) == "contradictory_inputs"
    forced = edit_plan(plan, replace(edit, override_reason="trial protocol"))
    assert _module(forced, "task_practice").dose.startswith(
        "BEYOND THE CAP (trial protocol, A. Therapist): In the first 2 weeks"
    )


def test_a_capped_dose_must_be_told_in_minutes() -> None:
    edit = _edit("dose", "task_practice", dose="much")

    assert _refusal("must be told the minutes", plan_of(40, 5), edit) == "missing_input"
    assert edit_plan(plan_of(40, 30), edit).modules


def test_an_own_module_is_capped_too() -> None:
    edit = _edit("add", "drumming", title="Drumming", dose="all day", minutes_per_day=600)

    assert _refusal("below 180", plan_of(40, 5), edit) == "contradictory_inputs"


# --- what an edit must be


@pytest.mark.parametrize("name", ["by", "why", "at"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_an_edit_says_who_why_and_when(name: str, value: Any) -> None:
    edit = replace(_edit("remove", "robot"), **{name: value})

    assert _refusal(f"needs {name} for an edit", plan_of(27), edit) == "missing_input"


@pytest.mark.parametrize("at", ["yesterday", "2026-11-30", "2026-11-30T09:00:00"])
def test_a_time_has_an_offset(at: str) -> None:
    assert _refusal("a time must", plan_of(27), _edit("remove", "robot", at=at)) == (
        "impossible_value"
    )


def test_edits_follow_each_other_in_time() -> None:
    plan = edit_plan(plan_of(27), _edit("remove", "robot"))

    early = _edit("add", "robot", at=_EARLIER)
    assert _refusal("in the order of time", plan, early) == "dates_out_of_order"
    other_zone = _edit("add", "robot", at="2026-11-30T08:00:00+00:00")  # the same instant
    assert "robot" in planned(edit_plan(plan, other_zone))


@pytest.mark.parametrize(
    ("edit", "match", "refusal"),
    [
        (_edit("swap", "robot"), "must be edited by add, remove, dose, move", "impossible_value"),
        (_edit("remove", "vns"), "must be in the plan, .*; got 'vns'", "impossible_value"),
        (_edit("dose", "vns", dose="1 h"), "got 'vns'", "impossible_value"),
        (_edit("move", "vns", rank=1), "got 'vns'", "impossible_value"),
        (_edit("move", "robot"), "must be told the new rank of robot", "missing_input"),
        (_edit("dose", "robot"), "needs dose for the new dose of robot", "missing_input"),
        (_edit("add", "robot"), "must hold robot once", "contradictory_inputs"),
        (_edit("remove", "robot", rank=1), "takes no rank for remove", "contradictory_inputs"),
        (_edit("move", "robot", rank=1, dose="x"), "takes no dose", "contradictory_inputs"),
        (_edit("dose", "robot", dose="x", minutes_per_day=0), "above 0", "impossible_value"),
        (_edit("dose", "robot", dose="x", minutes_per_day=1441), "1440", "impossible_value"),
        (
            _edit("dose", "robot", dose="x", minutes_per_day=float("nan")),
            "1440",
            "impossible_value",
        ),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(edit: PlanEdit, match: str, refusal: str) -> None:
    assert _refusal(match, plan_of(27), edit) == refusal


# --- signing


def test_a_draft_cannot_be_used_and_a_signed_plan_can() -> None:
    plan = plan_of(40)

    with pytest.raises(ClinicalError, match="must be signed by a clinician") as caught:
        require_signed(plan)
    assert caught.value.refusal == "unsigned"
    signed = sign_plan(plan, by="Dr B", at=_AT)
    assert require_signed(signed) is signed
    assert (signed.status, plan.status) == ("signed", "draft")
    assert signed.modules == plan.modules


def test_editing_a_signed_plan_makes_it_a_draft_and_keeps_the_void_signature() -> None:
    signed = sign_plan(plan_of(27), by="Dr B", at=_AT)
    edited = edit_plan(signed, _edit("remove", "robot", at=_LATER))

    assert edited.status == "draft"
    assert edited.edits[-1].unsigned == signed.signed
    with pytest.raises(ClinicalError, match="got a draft"):
        require_signed(edited)
    assert sign_plan(edited, by="Dr B", at=_LATER).status == "signed"


def test_what_was_changed_behind_the_signature_is_not_signed() -> None:
    signed = sign_plan(plan_of(27), by="Dr B", at=_AT)
    forged = replace(signed, modules=signed.modules[1:])

    with pytest.raises(ClinicalError, match="must be what Dr B signed") as caught:
        require_signed(forged)
    assert caught.value.refusal == "unsigned"


@pytest.mark.parametrize(
    ("given", "match", "refusal"),
    [
        ({"by": " "}, "needs by for a signature", "missing_input"),
        ({"at": ""}, "needs at for a signature", "missing_input"),
        ({"at": "noon"}, "a time must be ISO 8601", "impossible_value"),
        ({"at": _EARLIER}, "in the order of time", "dates_out_of_order"),
    ],
)
def test_a_signature_says_who_and_when(given: dict[str, str], match: str, refusal: str) -> None:
    plan = edit_plan(plan_of(27), _edit("remove", "robot"))

    with pytest.raises(ClinicalError, match=match) as caught:
        sign_plan(plan, **{"by": "Dr B", "at": _LATER, **given})
    assert caught.value.refusal == refusal


def test_a_plan_is_signed_once() -> None:
    signed = sign_plan(plan_of(40), by="Dr B", at=_AT)

    with pytest.raises(ClinicalError, match="Dr B signed it") as caught:
        sign_plan(signed, by="Dr C", at=_LATER)
    assert caught.value.refusal == "contradictory_inputs"


def test_an_empty_plan_is_not_signed() -> None:
    plan = replace(plan_of(40), modules=())

    with pytest.raises(ClinicalError, match="must hold a module") as caught:
        sign_plan(plan, by="Dr B", at=_AT)
    assert caught.value.refusal == "missing_input"
