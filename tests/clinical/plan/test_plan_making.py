"""What `make_plan` promises: what is in a plan, in which order, what is not and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plan_patients import (
    ELIGIBLE,
    FINDINGS,
    YES,
    certain,
    course_of,
    plan_of,
    planned,
    strata_json,
    why_blocked,
)

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.plan import DISCLAIMER, make_plan, read_rules
from hybridmfp.clinical.strata import stratify
from hybridmfp.errors import ClinicalError


def _refusal(match: str, course: PatientCourse | None = None, **given: Any) -> str:
    course = course_of() if course is None else course
    given = {"stratification": certain(40), "answers": YES, **given}
    with pytest.raises(ClinicalError, match=match) as caught:
        make_plan(course, **given)
    return caught.value.refusal


def _estimate(score: float | None = 40, **more: Any) -> PatientCourse:
    given: dict[str, Any] = {"interval": (36, 44), "level": 0.9, "quality": "green", **more}
    visit = Visit("E1", 60, "estimated", score, **given)
    return replace(course_of(), visits=(visit,))


# --- what is in a plan


@pytest.mark.parametrize("module", ELIGIBLE)
def test_every_module_is_planned_for_someone(module: str) -> None:
    assert module in planned(plan_of(**ELIGIBLE[module]))


def test_every_module_of_the_rules_has_such_a_patient() -> None:
    assert [one.identifier for one in read_rules().modules] == list(ELIGIBLE)


# the proposal's table of strata and candidate modules, by hand
@pytest.mark.parametrize(
    ("score", "findings", "named"),
    [
        (
            10,
            {"wrist_extension_deg": 0, "finger_extension_deg": 0},
            {"mirror_therapy", "nmes_fes", "motor_imagery", "bci_fes", "positioning_rom"}
            | {"bilateral_training", "assisted_reaching"},
        ),
        (
            27,
            {"wrist_extension_deg": 0, "finger_extension_deg": 0},
            {"supported_task_practice", "nmes_fes", "mirror_therapy", "motor_imagery"}
            | {"bilateral_training", "telerehabilitation"},
        ),
        (
            40,
            {"wrist_extension_deg": 25, "day": 400},
            {"task_practice", "mcimt", "vns", "telerehabilitation"},
        ),
        (
            50,
            {"wrist_extension_deg": 25},
            {"mcimt", "task_practice", "bimanual_tasks", "fine_motor"},
        ),
        (60, {}, {"home_programme", "kinematic_feedback", "work_sport"}),
    ],
)
def test_a_stratum_gets_the_modules_the_proposal_names_for_it(
    score: float, findings: dict[str, Any], named: set[str]
) -> None:
    plan = plan_of(score, **findings)

    told = {one.identifier for one in plan.modules if "named for" in one.reason}
    assert told == named


@pytest.mark.parametrize("score", [10, 22])
@pytest.mark.parametrize(
    "module", ["mcimt", "mcimt_lower_criterion", "expanded_cimt", "task_practice"]
)
def test_cimt_and_free_tasks_are_ruled_out_without_capacity(score: float, module: str) -> None:
    plan = plan_of(score, wrist_extension_deg=25, finger_extension_deg=15)

    assert why_blocked(plan, module)[0] in ("excluded", "finding")
    assert "ruled out for stratum none" in why_blocked(plan, module)[1]


def test_a_plan_accounts_for_every_module_once() -> None:
    plan = plan_of(40)
    told = planned(plan) + [one.module.identifier for one in plan.blocked]

    assert sorted(told) == sorted(one.identifier for one in read_rules().modules)


def test_every_plan_says_that_a_clinician_confirms() -> None:
    assert plan_of().as_json()["disclaimer"] == DISCLAIMER
    assert DISCLAIMER == "decision support only; clinician confirms"


def test_a_module_says_what_led_to_it() -> None:
    plan = plan_of(40, wrist_extension_deg=25, drivers=["extensor_digitorum"])
    mcimt = next(one for one in plan.modules if one.identifier == "mcimt")

    assert "limited capacity (32 to 47)" in mcimt.reason
    assert "active wrist extension 25° (rule: at least 20°), entry criteria of CIMT" in mcimt.reason
    assert "wrist and finger extensors are little active (extensor_digitorum)" in mcimt.reason


def test_what_was_not_read_at_its_source_is_shown_so() -> None:
    plan = plan_of(40, 400)
    vns = next(one for one in plan.modules if one.identifier == "vns")

    assert vns.dose.endswith("(VNS-REHAB, Lancet 2021;397:1545 [unverified])")
    assert "[assumption]" in vns.reason


def test_contradictions_of_guidelines_stand_beside_the_module_and_the_plan() -> None:
    plan = plan_of(27)
    robot = next(one for one in plan.modules if one.identifier == "robot")

    assert robot.conflicts == (plan.conflicts[0].text,)
    assert [one.identifier for one in plan.conflicts] == ["robot"]
    assert plan_of(60).conflicts == ()


# --- the order


def test_what_is_named_for_the_stratum_goes_before_what_its_evidence_only_reaches() -> None:
    how = ["named for" in one.reason for one in plan_of(27).modules]

    assert how == sorted(how, reverse=True)


def test_among_named_modules_guidelines_decide() -> None:
    assert planned(plan_of(40, wrist_extension_deg=25))[:3] == [
        "task_practice",  # strongly for
        "mcimt",  # named
        "telerehabilitation",  # no statement known
    ]


def test_a_contradicted_module_goes_last_among_equals() -> None:
    assert planned(plan_of(27))[-1] == "robot"


def test_a_deficit_lifts_the_module_that_addresses_it_among_equals() -> None:
    without = planned(plan_of(10))
    with_one = planned(
        plan_of(10, drivers=["emg.cocontraction_share.biceps_brachii-triceps_brachii"])
    )

    assert without.index("mirror_therapy") < without.index("nmes_fes")
    assert with_one.index("nmes_fes") < with_one.index("mirror_therapy")


def test_only_drivers_that_lower_the_score_are_deficits() -> None:
    lowers = {"name": "kin.sparc", "direction": "lowers"}
    raises = {"name": "kin.trunk_displacement", "direction": "raises"}

    assert [one.identifier for one in plan_of(drivers=[lowers, raises]).deficits] == ["smoothness"]


def test_a_driver_that_the_rules_do_not_know_is_told() -> None:
    plan = plan_of(drivers=["kin.sparc", "kin.sparcle", "emg.rms.biceps_brachii"])

    assert plan.unmatched_drivers == ("kin.sparcle", "emg.rms.biceps_brachii")
    assert plan.deficits[0].drivers == ("kin.sparc",)


# --- what blocks


@pytest.mark.parametrize(
    ("found", "module", "case"),
    [
        ("fracture", "mirror_therapy", {"score": 10}),
        ("fracture", "task_practice", {}),
        ("shoulder_subluxation", "task_practice", {}),
        ("uncontrolled_blood_pressure", "task_practice", {}),
        ("skin_problem", "nmes_fes", {"score": 10}),
        ("skin_problem", "bci_fes", ELIGIBLE["bci_fes"]),
        ("pacemaker", "nmes_fes", {"score": 10}),
        ("pacemaker", "bci_fes", ELIGIBLE["bci_fes"]),
        ("pacemaker", "vns", {"day": 400}),
        ("seizures", "nmes_fes", {"score": 10}),
        ("seizures", "bci_fes", ELIGIBLE["bci_fes"]),
        ("pregnancy", "botulinum_referral", ELIGIBLE["botulinum_referral"]),
    ],
)
def test_a_contraindication_blocks_and_is_named(
    found: str, module: str, case: dict[str, Any]
) -> None:
    plan = plan_of(**case, contraindications=frozenset({found}))

    kind, because = why_blocked(plan, module)
    assert kind == "contraindication"
    assert f"{found.replace('_', ' ')} found" in because
    assert module in planned(plan_of(**case))


def test_who_cannot_follow_instructions_gets_what_needs_none() -> None:
    plan = plan_of(10, follows_instructions=False)

    assert planned(plan) == ["nmes_fes", "positioning_rom"]


@pytest.mark.parametrize(
    ("module", "question"),
    [
        ("vns", "ischaemic_stroke"),
        ("mcimt", "balance_is_safe"),
        ("mcimt_lower_criterion", "thumb_and_two_digits_extend"),
        ("mcimt_lower_criterion", "balance_is_safe"),
        ("expanded_cimt", "balance_is_safe"),
        ("bci_fes", "bci_fes_available"),
        ("botulinum_referral", "focal_spasticity"),
    ],
)
def test_a_question_without_answer_blocks_and_no_is_no(module: str, question: str) -> None:
    unasked = {name: True for name in YES if name != question}

    kind, because = why_blocked(plan_of(**ELIGIBLE[module], answers=unasked), module)
    assert (kind, "examine first" in because) == ("missing_input", True)
    answered = plan_of(**ELIGIBLE[module], answers=YES | {question: False})
    assert why_blocked(answered, module)[0] == "finding"


def test_an_estimate_must_lie_in_the_range_with_its_whole_interval() -> None:
    def vns(low: float, high: float) -> str:
        course = course_of(25, 400)
        visit = Visit("E1", 400, "estimated", 25, (low, high), 0.9, quality="green")
        plan = make_plan(
            replace(course, visits=(visit,)),
            stratification=strata_json({"poor": 1.0}),
            answers=YES,
        )
        return "planned" if "vns" in planned(plan) else " ".join(why_blocked(plan, "vns"))

    assert vns(20, 30) == "planned"
    assert vns(19.9, 30) == (
        "missing_input examine first: FMA-UE, rated (FMA-UE estimated 19.9 to 30 (rule: 20 to 50))"
    )


def test_in_two_strata_only_what_fits_both_is_planned() -> None:
    both = make_plan(
        course_of(31, wrist_extension_deg=25),
        stratification=strata_json({"poor": 0.6, "limited": 0.4}),
        answers=YES,
    )
    in_poor, in_limited = (set(planned(plan_of(one, wrist_extension_deg=25))) for one in (31, 32))

    assert set(planned(both)) == in_poor & in_limited
    assert both.strata == ("poor", "limited")
    assert both.stratum == "poor capacity (23 to 31) or limited capacity (32 to 47)"
    assert both.aim == "proximal control, first grasp and release"
    assert why_blocked(both, "task_practice")[0] == "stratum_uncertain"
    assert "stratum uncertain: poor or limited" in why_blocked(both, "task_practice")[1]


@pytest.mark.parametrize(
    ("tail", "strata"), [(0.04, ("limited",)), (0.05, ("limited",)), (0.06, ("poor", "limited"))]
)
def test_a_stratum_counts_from_more_than_a_twentieth_on(tail: float, strata: tuple[str]) -> None:
    plan = make_plan(
        course_of(), stratification=strata_json({"poor": tail, "limited": 1 - tail}), answers=YES
    )

    assert plan.strata == strata


# --- what is refused


def test_all_that_is_missing_is_told_at_once() -> None:
    course = PatientCourse("P01", (Visit("S1", 60, "rated", 40),))

    with pytest.raises(ClinicalError, match="missing: ") as caught:
        make_plan(course, stratification=None)

    assert caught.value.refusal == "missing_input"
    for word in (
        "stratum",
        "active wrist extension",
        "active finger extension",
        "active shoulder flexion",
        "active elbow extension",
        "spasticity (MAS)",
        "following instructions",
        "shoulder pain",
        "contraindications",
    ):
        assert word in str(caught.value)


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_is_required(name: str) -> None:
    found = {key: value for key, value in FINDINGS.items() if key != name}
    course = replace(course_of(), bedside=(BedsideFindings(60, **found),))

    assert _refusal("missing: [^,]*[.]", course) == "missing_input"


def test_a_course_without_visit_lacks_a_score() -> None:
    course = replace(course_of(), visits=())

    assert _refusal("missing: FMA-UE score and days", course) == "missing_input"


def test_findings_of_several_days_add_up_and_the_latest_counts() -> None:
    first = BedsideFindings(55, **FINDINGS)
    second = BedsideFindings(60, wrist_extension_deg=25)
    course = replace(course_of(), bedside=(first, second))

    plan = make_plan(course, stratification=certain(40), answers=YES)

    assert "mcimt" in planned(plan)


def test_one_old_finding_is_named() -> None:
    old = BedsideFindings(40, spasticity_mas="1")
    new = BedsideFindings(60, **{**FINDINGS, "spasticity_mas": None})
    course = replace(course_of(), bedside=(old, new))

    assert _refusal(r"got spasticity_mas \(20 days\)", course) == "outside_window"


@pytest.mark.parametrize("course", [course_of(), _estimate()])
def test_no_plan_on_red_quality(course: PatientCourse) -> None:
    assert _refusal("red quality", course, quality="red") == "poor_quality"


def test_no_plan_on_an_estimate_whose_visit_says_red() -> None:
    refusal = _refusal("red quality", _estimate(quality="red"), quality="green")

    assert refusal == "poor_quality"


def test_an_estimate_must_tell_its_quality() -> None:
    assert _refusal("missing: quality", _estimate(quality=None)) == "missing_input"
    given = {"stratification": certain(40), "answers": YES}
    assert make_plan(_estimate(quality=None), quality="amber", **given).modules


def test_a_refused_estimate_makes_no_plan_even_after_an_older_rating() -> None:
    course = course_of(40, 60)
    late = Visit("E2", 61, "estimated", None, quality="amber", reasons=("too novel",))

    assert _refusal("estimate was refused", replace(course, visits=(*course.visits, late))) == (
        "too_uncertain"
    )


@pytest.mark.parametrize("step", [1, -1])
def test_a_rating_goes_before_an_estimate_of_the_same_day(step: int) -> None:
    course = course_of(40, 60)
    other = Visit("S1", 60, "estimated", 20, (15, 25), 0.9, quality="red")
    both = (*course.visits, other)[::step]

    plan = make_plan(replace(course, visits=both), stratification=certain(40), answers=YES)

    assert plan.score == 40


def test_a_refused_stratification_is_refused_for_its_own_reason() -> None:
    told = {"refused": {"refusal": "too_uncertain", "message": "spans 3 strata"}}

    assert _refusal("spans 3 strata", stratification=told) == "too_uncertain"


def test_more_than_two_strata_make_no_plan() -> None:
    told = strata_json({"poor": 0.2, "limited": 0.6, "notable": 0.2})

    assert _refusal("poor, limited, notable", stratification=told) == "too_uncertain"


def test_other_schemes_visits_and_strata_contradict_the_rules() -> None:
    woodbury = {**certain(40), "scheme": "woodbury"}
    elsewhere = {**certain(40), "session": "S0"}
    fewer = {**certain(40), "strata": certain(40)["strata"][:-1]}

    assert _refusal("must be hoonhorst.*woodbury", stratification=woodbury) == (
        "contradictory_inputs"
    )
    assert _refusal("latest visit, S1; got that of S0", stratification=elsewhere) == (
        "contradictory_inputs"
    )
    assert _refusal("must be those of the rules", stratification=fewer) == "contradictory_inputs"


@pytest.mark.parametrize(
    "shares", [{"limited": 0.9}, {"limited": 1.2}, {"limited": 1.1, "poor": -0.1}]
)
def test_probabilities_that_cannot_be_are_refused(shares: dict[str, float]) -> None:
    refusal = _refusal("sum to 1", stratification=strata_json(shares))

    assert refusal == "impossible_value"


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"quality": "fine"}, "quality must be green, amber or red; got 'fine'"),
        ({"answers": {"ischemic": True}}, "answers must be true or false.*ischemic"),
        ({"answers": {"ischaemic_stroke": "yes"}}, "answers must be true or false.*'yes'"),
        ({"drivers": [{"name": "kin.sparc"}]}, "a driver must be a name"),
    ],
)
def test_what_nobody_defined_is_refused(given: dict[str, Any], match: str) -> None:
    assert _refusal(match, **given) == "impossible_value"


def test_the_strata_of_this_package_fit_the_rules() -> None:
    course = course_of(40)

    plan = make_plan(course, stratification=stratify(course.visits[0]), answers=YES)

    assert plan.strata == ("limited",)
