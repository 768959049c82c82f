"""Visits that no twin can be fitted to are refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.twin import TwinVisit, visits_of_course
from hybridmfp.clinical.twin.observed import check_visits
from hybridmfp.clinical.twin.session_features import TWIN_FEATURES, row_of_digest, row_of_trials
from hybridmfp.errors import ClinicalError
from hybridmfp.features import SessionDigest

TASKS = ("reach_forward", "grasp_release")


def make_session(
    tasks: tuple[str, ...] = TASKS,
    columns: tuple[str, ...] = TWIN_FEATURES,
    value: float = 2.0,
) -> SessionDigest:
    nothing = np.empty((len(tasks), 0, 11), dtype=np.float32)
    return SessionDigest(
        subject="P1",
        session="1",
        task=np.array(tasks),
        columns=columns,
        features=np.full((len(tasks), len(columns)), value),
        session_columns=(),
        session_features=np.empty(0),
        movement=nothing,
        envelopes=nothing,
    )


def refusal_of(call) -> str:
    with pytest.raises(ClinicalError, match="must") as refused:
        call()
    return refused.value.refusal


@pytest.mark.parametrize("days", [-1.0, float("nan"), float("inf")])
def test_impossible_days_are_refused(days: float) -> None:
    assert refusal_of(lambda: TwinVisit(days, score=30.0)) == "impossible_value"


@pytest.mark.parametrize("score", [-1.0, 66.5, float("nan")])
def test_impossible_scores_are_refused(score: float) -> None:
    assert refusal_of(lambda: TwinVisit(90.0, score=score)) == "impossible_value"


@pytest.mark.parametrize("score", [0.0, 66.0])
def test_the_ends_of_the_scale_are_scores(score: float) -> None:
    assert TwinVisit(90.0, score=score).score == score


def test_a_visit_of_nothing_is_refused() -> None:
    assert refusal_of(lambda: TwinVisit(90.0)) == "missing_input"


@pytest.mark.parametrize("visits", [[], [TwinVisit(90.0, score=30.0)]])
def test_without_a_recorded_session_there_are_too_few(visits) -> None:
    assert refusal_of(lambda: check_visits(visits)) == "too_few"


def test_visits_that_go_back_in_time_are_refused() -> None:
    visits = [TwinVisit(90.0, make_session()), TwinVisit(80.0, make_session())]

    assert refusal_of(lambda: check_visits(visits)) == "dates_out_of_order"


def test_the_first_four_weeks_are_outside_and_day_28_is_inside() -> None:
    assert refusal_of(lambda: check_visits([TwinVisit(27.9, make_session())])) == "outside_window"
    check_visits([TwinVisit(28.0, make_session())])


def test_visits_more_than_a_year_apart_are_outside() -> None:
    far = [TwinVisit(28.0, make_session()), TwinVisit(28.0 + 366.1, make_session())]

    assert refusal_of(lambda: check_visits(far)) == "outside_window"
    check_visits([far[0], TwinVisit(28.0 + 366.0, make_session())])


def test_a_session_without_a_task_of_the_bank_is_refused_and_named() -> None:
    session = make_session(("reach_forward", "shoulder_flexion"))

    with pytest.raises(ClinicalError, match="it lacks grasp_release") as refused:
        row_of_digest(session, TASKS)
    assert refused.value.refusal == "missing_input"


def test_a_session_without_a_muscle_is_refused_and_named() -> None:
    columns = tuple(name for name in TWIN_FEATURES if "triceps" not in name)

    with pytest.raises(ClinicalError, match=r"lacks 2, such as emg.rms.triceps_brachii") as refused:
        row_of_digest(make_session(columns=columns), TASKS)
    assert refused.value.refusal == "missing_input"


def test_a_session_whose_signal_is_a_gap_is_refused() -> None:
    session = make_session(value=float("nan"))

    with pytest.raises(ClinicalError, match=r"nor 59 others\. Record it again") as refused:
        row_of_digest(session, TASKS)
    assert refused.value.refusal == "missing_input"


def test_further_tasks_and_the_order_of_trials_do_not_matter() -> None:
    plain = row_of_digest(make_session(), TASKS)
    more = row_of_digest(make_session(("shoulder_flexion", *reversed(TASKS), *TASKS)), TASKS)

    assert np.array_equal(plain, more)


def test_a_digest_and_its_trials_give_the_same_row() -> None:
    values = {name: 1.0 + at for at, name in enumerate(TWIN_FEATURES)}
    session = make_session()
    session.features[:] = list(values.values())

    row = row_of_trials(dict.fromkeys(TASKS, values), TASKS)

    assert np.array_equal(row, row_of_digest(session, TASKS))


def test_positive_features_are_seen_as_logarithms_and_angles_as_they_are() -> None:
    row = row_of_trials(dict.fromkeys(TASKS, dict.fromkeys(TWIN_FEATURES, 2.0)), TASKS)
    seen = dict(zip(TWIN_FEATURES, row, strict=False))

    assert seen["emg.rms.biceps_brachii"] == pytest.approx(np.log(2))
    assert seen["kin.peak_speed"] == pytest.approx(np.log(2))
    assert seen["kin.joint_mean.elbow_flexion"] == 2.0
    assert seen["kin.sparc"] == 2.0


def make_course() -> PatientCourse:
    return PatientCourse(
        "P1",
        visits=(
            Visit("1", 60.0, "rated", 30.0),
            Visit("1", 60.0, "estimated", 33.0, interval=(25.0, 40.0), level=0.9),
            Visit("2", 90.0, "estimated", 36.0, interval=(29.0, 44.0), level=0.9),
        ),
    )


def test_a_course_gives_rated_scores_and_recordings_but_never_estimates() -> None:
    session = make_session()

    first, second = visits_of_course(make_course(), {"1": session, "2": session})

    assert (first.score, second.score) == (30.0, None)
    assert first.session is second.session is session
    assert (first.days_post_stroke, second.days_post_stroke) == (60.0, 90.0)


def test_a_recording_of_an_unknown_visit_is_refused() -> None:
    assert refusal_of(lambda: visits_of_course(make_course(), {"9": make_session()})) == (
        "missing_input"
    )
