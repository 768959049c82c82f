"""What PREP2 and EPOS promise: every branch, each side of every cut-off, every window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse
from hybridmfp.clinical.prognosis import (
    Prep2Findings,
    TwoMovements,
    epos,
    epos_findings,
    prep2,
    prep2_findings,
    proportional_recovery_refused,
    why_not_proportional,
)
from hybridmfp.errors import ClinicalError

# SAFE 4, no motor potential, NIHSS 7: asks for everything there is.
FULL = Prep2Findings(
    safe_day=3, mrc_shoulder_abduction=2, mrc_finger_extension=2, age_years=70,
    mep_present=False, mep_day=5, nihss=7, nihss_day=3,
)  # fmt: skip


def _refusal(findings: Prep2Findings, match: str) -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        prep2(findings)
    return caught.value.refusal


@pytest.mark.parametrize(
    ("shoulder", "finger", "age", "mep", "nihss", "category"),
    [
        (3, 2, 79.9, None, None, "excellent"),  # SAFE 5, just below 80 years
        (5, 5, 40, None, None, "excellent"),
        (3, 2, 80, None, None, "good"),  # from 80 years on SAFE 5 is no longer enough
        (4, 3, 80, None, None, "good"),  # SAFE 7
        (4, 4, 80, None, None, "excellent"),  # SAFE 8
        (5, 5, 95, None, None, "excellent"),
        (2, 2, 79.9, True, None, "good"),  # SAFE 4
        (2, 2, 95, True, None, "good"),
        (0, 0, 40, True, None, "good"),
        (2, 2, 70, False, 6, "limited"),
        (2, 2, 70, False, 7, "poor"),
        (0, 0, 95, False, 0, "limited"),
        (4, 0, 30, False, 42, "poor"),
    ],
)
def test_prep2_ends_at_the_category_of_each_branch(
    shoulder: int, finger: int, age: float, mep: bool | None, nihss: int | None, category: str
) -> None:
    told = prep2(Prep2Findings(2, shoulder, finger, age, mep, 5, nihss, 3))

    assert told.category == category


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"safe_day": 0}, True),
        ({"safe_day": 3}, True),
        ({"safe_day": 3.1}, False),
        ({"safe_day": 14}, False),
        ({"mep_day": 2.9}, False),
        ({"mep_day": 3}, True),
        ({"mep_day": 7}, True),
        ({"mep_day": 7.9}, True),
        ({"mep_day": 8}, False),
        ({"nihss_day": 2.9}, False),
        ({"nihss_day": 3}, True),
        ({"nihss_day": 3.9}, True),
        ({"nihss_day": 4}, False),
    ],
)
def test_prep2_speaks_inside_its_windows_alone(change: dict[str, float], allowed: bool) -> None:
    asked = replace(FULL, **change)  # type: ignore[arg-type]

    if allowed:
        assert prep2(asked).category == "poor"
    else:
        assert _refusal(asked, "The rule was made") == "outside_window"


@pytest.mark.parametrize("name", list(Prep2Findings.__dataclass_fields__))
def test_prep2_names_what_it_misses(name: str) -> None:
    assert _refusal(replace(FULL, **{name: None}), "must be known") == ("missing_input")


def test_strength_is_not_asked_for_after_its_window() -> None:
    assert _refusal(replace(FULL, mrc_finger_extension=None), "after that it is too late")


def test_prep2_asks_only_for_what_its_branch_needs() -> None:
    assert prep2(Prep2Findings(2, 3, 2, 60)).category == "excellent"
    assert prep2(Prep2Findings(2, 1, 1, 60, True, 4)).category == "good"


@pytest.mark.parametrize(
    "change",
    [
        {"mrc_shoulder_abduction": 6},
        {"mrc_finger_extension": -1},
        {"mrc_finger_extension": 2.5},
        {"age_years": -1},
        {"age_years": 131},
        {"age_years": float("nan")},
        {"nihss": 43},
        {"nihss": 6.5},
        {"safe_day": -1},
        {"mep_day": float("nan")},
        {"nihss_day": float("inf")},
    ],
)
def test_prep2_refuses_values_that_cannot_be(change: dict[str, Any]) -> None:
    assert _refusal(replace(FULL, **change), "must") == "impossible_value"


@given(st.integers(0, 5), st.integers(0, 5), st.floats(18, 100), st.booleans(), st.integers(0, 42))
def test_more_strength_never_makes_prep2_worse(
    shoulder: int, finger: int, age: float, mep: bool, nihss: int
) -> None:
    order = ["poor", "limited", "good", "excellent"]
    here = Prep2Findings(2, shoulder, finger, age, mep, 5, nihss, 3)
    stronger = replace(here, mrc_shoulder_abduction=min(5, shoulder + 1))

    assert order.index(str(prep2(stronger).category)) >= order.index(str(prep2(here).category))


@pytest.mark.parametrize(
    ("findings", "band"),
    [
        (Prep2Findings(2, 3, 3, 60), "51 to 57"),
        (Prep2Findings(2, 1, 1, 60, True, 4), "34 to 50"),
        (Prep2Findings(2, 1, 1, 60, False, 4, 6, 3), "13 to 33"),
        (FULL, "0 to 12"),
    ],
)
def test_arat_bands_are_shown_as_unverified(findings: Prep2Findings, band: str) -> None:
    meaning = str(prep2(findings).meaning)

    assert f"{band} points" in meaning
    assert "[unverified]" in meaning


def test_the_split_from_80_years_on_is_shown_as_unverified() -> None:
    assert "[unverified]" in " ".join(prep2(Prep2Findings(2, 3, 3, 85)).steps)
    assert "[unverified]" not in " ".join(prep2(Prep2Findings(2, 3, 3, 60)).steps)


def test_prep2_says_how_often_it_is_right_and_when_it_was_misused() -> None:
    texts = " ".join(one.text for one in prep2(FULL).external)

    for figure in ("75 %", "78 % (71.2 to 86.1)", "60 %", "2 weeks"):
        assert figure in texts
    assert {one.source.status for one in prep2(FULL).external} == {"verified"}


BOTH, NONE = TwoMovements(2, True, True), TwoMovements(2, False, False)


@pytest.mark.parametrize(
    ("first", "second", "probability"),
    [
        (BOTH, None, 0.98),
        (BOTH, TwoMovements(9, True, True), 0.98),
        (NONE, None, 0.25),
        (NONE, TwoMovements(9, False, False), 0.14),
    ],
)
def test_epos_gives_the_published_probabilities(
    first: TwoMovements, second: TwoMovements | None, probability: float
) -> None:
    told = epos(first, second)

    assert told.probability == probability
    assert f"{probability:.0%}" in str(told.meaning)
    assert "MRC grade 1" in " ".join(told.assumptions)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TwoMovements(2, True, False), None),
        (TwoMovements(2, False, True), None),
        (NONE, TwoMovements(9, True, False)),
        (NONE, TwoMovements(9, False, True)),
        (NONE, TwoMovements(9, True, True)),
    ],
)
def test_epos_says_nothing_where_its_source_gives_no_number(
    first: TwoMovements, second: TwoMovements | None
) -> None:
    with pytest.raises(ClinicalError, match="gives no probability") as caught:
        epos(first, second)

    assert caught.value.refusal == "not_identified"


@pytest.mark.parametrize(
    ("day", "allowed"), [(1.9, False), (2, True), (2.9, True), (3, False), (14, False)]
)
def test_epos_looks_first_on_day_2(day: float, allowed: bool) -> None:
    first = TwoMovements(day, True, True)

    if allowed:
        assert epos(first).probability == 0.98
    else:
        with pytest.raises(ClinicalError, match="on day 2 after the stroke") as caught:
            epos(first)
        assert caught.value.refusal == "outside_window"


@pytest.mark.parametrize(("day", "allowed"), [(8.9, False), (9, True), (9.9, True), (10, False)])
def test_epos_looks_again_on_day_9(day: float, allowed: bool) -> None:
    second = TwoMovements(day, False, False)

    if allowed:
        assert epos(NONE, second).probability == 0.14
    else:
        with pytest.raises(ClinicalError, match=r"second look .* on day 9") as caught:
            epos(NONE, second)
        assert caught.value.refusal == "outside_window"


def test_epos_needs_day_2() -> None:
    with pytest.raises(ClinicalError, match="of day 2 must be known") as caught:
        epos(None)

    assert caught.value.refusal == "missing_input"


@pytest.mark.parametrize(
    ("grade", "refusal"),
    [(None, "missing_input"), (6, "impossible_value"), (-1, "impossible_value")],
)
def test_epos_needs_grades_that_can_be(grade: int | None, refusal: str) -> None:
    with pytest.raises(ClinicalError, match="MRC grade of finger extension") as caught:
        TwoMovements.of_strength(2, finger=grade, shoulder=1)

    assert caught.value.refusal == refusal


def test_a_movement_is_present_from_grade_1_on() -> None:
    look = TwoMovements.of_strength(2, finger=1, shoulder=0)

    assert (look.finger_extension, look.shoulder_abduction) == (True, False)


def _strength(day: float, shoulder: int, finger: int, **more: Any) -> BedsideFindings:
    return BedsideFindings(
        day, mrc_shoulder_abduction=shoulder, mrc_finger_extension=finger, **more
    )


def test_findings_of_a_course_keep_their_days() -> None:
    course = PatientCourse(
        "P01",
        (),
        age_years=70,
        bedside=(
            _strength(1, 0, 0),
            _strength(2, 1, 1),
            BedsideFindings(3, nihss=8),
            BedsideFindings(5, mep_present=False, nihss=3),
            _strength(9, 4, 4),
            BedsideFindings(20, mep_present=True),
        ),
    )

    assert prep2_findings(course) == Prep2Findings(2, 1, 1, 70, False, 5, 8, 3)
    first, second = epos_findings(course)
    assert first == TwoMovements(2, True, True)
    assert second == TwoMovements(9, True, True)


def test_of_two_looks_on_one_day_epos_takes_the_last() -> None:
    course = PatientCourse(
        "P01",
        (),
        bedside=(
            _strength(2.1, 0, 0),
            _strength(2.8, 2, 2),
            _strength(9.1, 1, 1),
            _strength(9.8, 3, 0),
        ),
    )

    first, second = epos_findings(course)

    assert first == TwoMovements(2.8, True, True)
    assert second == TwoMovements(9.8, False, True)


def test_an_early_motor_potential_does_not_hide_one_of_the_window() -> None:
    course = PatientCourse(
        "P01", (), bedside=(BedsideFindings(4, mep_present=True), BedsideFindings(30, nihss=2))
    )

    found = prep2_findings(course)

    assert (found.mep_present, found.mep_day) == (True, 4)
    assert (found.nihss, found.nihss_day) == (2, 30)  # outside, so that the rule can say so
    assert found.safe_day is None


@pytest.mark.parametrize(("day", "later"), [(5, 8.0), (7.9, 8.0), (3, 30.0)])
def test_a_motor_potential_of_day_8_does_not_displace_one_of_the_window(
    day: float, later: float
) -> None:
    course = PatientCourse(
        "P01",
        (),
        bedside=(
            BedsideFindings(day, mep_present=True),
            BedsideFindings(later, mep_present=False),
        ),
    )

    assert prep2_findings(course).mep_day == day


def test_a_nihss_of_day_4_does_not_displace_that_of_day_3() -> None:
    course = PatientCourse(
        "P01", (), bedside=(BedsideFindings(3.9, nihss=6), BedsideFindings(4, nihss=9))
    )

    assert prep2_findings(course).nihss == 6


def test_half_a_strength_examination_is_none() -> None:
    course = PatientCourse("P01", (), bedside=(BedsideFindings(2, mrc_finger_extension=3),))

    assert prep2_findings(course).mrc_finger_extension is None
    assert epos_findings(course) == (None, None)


def test_proportional_recovery_is_not_offered_and_says_why() -> None:
    assert "not offered for a person" in proportional_recovery_refused()
    sources = [one["source"] for one in why_not_proportional()]
    assert [one["citation"].split(" 20")[0] for one in sources] == [
        "Hope",
        "Hawe",
        "Lohse",
        "Kundert",
    ]
    status = {one["citation"].split(" ")[0]: one["source_status"] for one in sources}
    assert status == {
        "Hope": "verified", "Hawe": "unverified", "Lohse": "verified", "Kundert": "verified",
    }  # fmt: skip


@pytest.mark.parametrize(("later", "answers"), [(0, True), (1, False)])
def test_epos_does_not_foretell_from_day_2_what_later_days_have_outdated(
    later: int, answers: bool
) -> None:
    looks = (
        BedsideFindings(2, mrc_finger_extension=0, mrc_shoulder_abduction=0),
        BedsideFindings(5, mrc_finger_extension=later, mrc_shoulder_abduction=0),
    )
    course = PatientCourse("P01", (), bedside=looks)

    if answers:
        assert epos(*epos_findings(course)).probability == 0.25
    else:
        with pytest.raises(ClinicalError, match="seen on day 5") as caught:
            epos_findings(course)
        assert caught.value.refusal == "not_identified"
