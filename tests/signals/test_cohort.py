"""What `Cohort` promises."""

from __future__ import annotations

import pickle
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.errors import CohortError, ScaleError
from hybridmfp.signals import (
    SCALES,
    Cohort,
    Problem,
    Recording,
    Signal,
    SubjectSession,
    TrialKey,
    TrialSource,
    natural_order,
)

LOADED: list[TrialKey] = []


def load(key: TrialKey) -> Recording:
    LOADED.append(key)
    return Recording(key, emg=Signal([[0.0]], rate_hz=1000, channels=["biceps"], units="V"))


def trial(subject: str, session: str = "1", task: str = "1", repetition: str = "1") -> TrialSource:
    key = TrialKey(subject, session, task, repetition)
    return TrialSource(key=key, files=(), decoder="none/1", load=partial(load, key))


def cohort(**changes) -> Cohort:
    arguments = {
        "scale": SCALES["fma-ue"],
        "sessions": [
            SubjectSession("S10", "1", score=20, site="north"),
            SubjectSession("S2", "1", score=66, site="south"),
            SubjectSession("S2", "2", score=0, site="south"),
            SubjectSession("H1", "1", group="control"),
        ],
        "trials": [
            trial("S10", task="10"),
            trial("S10", task="9", repetition="2"),
            trial("S10", task="9", repetition="1"),
            trial("S2", "2"),
            trial("S2", "1"),
            trial("H1"),
        ],
        **changes,
    }
    return Cohort("example", **arguments)


def keys(held: Cohort) -> list[str]:
    return [str(one.key) for one in held.trials]


def test_subjects_sessions_tasks_and_repetitions_come_in_natural_order() -> None:
    held = cohort()

    assert held.subjects == ("H1", "S2", "S10")
    assert [(row.subject, row.session) for row in held.sessions][1:3] == [("S2", "1"), ("S2", "2")]
    assert held.tasks == ("1", "9", "10")
    assert keys(held)[-3:] == ["S10/1/task-9/rep-1", "S10/1/task-9/rep-2", "S10/1/task-10/rep-1"]


def test_iterating_reads_one_trial_after_the_other_and_none_before() -> None:
    LOADED.clear()
    held = cohort()
    assert len(held) == 6
    assert not LOADED

    reading = iter(held)
    first = next(reading)

    assert LOADED == [first.key] == [held.trials[0].key]
    assert [one.key for one in reading] == [one.key for one in held.trials[1:]]


def test_the_trials_of_a_session_are_its_own() -> None:
    held = cohort()

    for row in held.sessions:
        assert all(
            (one.key.subject, one.key.session) == (row.subject, row.session)
            for one in held.trials_of(row)
        )
    assert sum(len(held.trials_of(row)) for row in held.sessions) == len(held)


@pytest.mark.parametrize(
    ("wanted", "subjects", "n_trials"),
    [
        ({}, ("H1", "S2", "S10"), 6),
        ({"subjects": ["S2", "H1"]}, ("H1", "S2"), 3),
        ({"sessions": {"2"}}, ("S2",), 1),
        ({"sites": ("north",)}, ("S10",), 3),
        ({"groups": ["patient"]}, ("S2", "S10"), 5),
        ({"tasks": ["9"]}, ("H1", "S2", "S10"), 2),
        ({"subjects": ["S10"], "tasks": ["10"]}, ("S10",), 1),
    ],
)
def test_a_selection_keeps_what_was_named(wanted: dict, subjects: tuple, n_trials: int) -> None:
    whole = cohort(synthetic=True, problems=[Problem("a", "b", "c")])

    part = whole.select(**wanted)

    assert part.subjects == subjects
    assert len(part) == n_trials
    assert set(keys(part)) <= set(keys(whole))
    assert (part.name, part.scale, part.synthetic) == (whole.name, whole.scale, True)
    assert part.problems == whole.problems


def test_a_selection_that_leaves_nothing_says_what_there_is() -> None:
    with pytest.raises(CohortError, match=r"leaves none of 6\. Its subjects are H1, S2, S10"):
        cohort().select(subjects=["S3"])


@pytest.mark.parametrize("what", ["subjects", "sessions", "sites", "tasks", "groups"])
def test_a_single_text_is_not_taken_for_a_list_of_names(what: str) -> None:
    with pytest.raises(CohortError, match=rf"{what} must be a list of names; .*'S10'"):
        cohort().select(**{what: "S10"})


def test_a_session_named_twice_is_refused() -> None:
    rows = [SubjectSession("S2", "1"), SubjectSession("S2", "1")]

    with pytest.raises(CohortError, match="sessions of a cohort must be unique; got S2/1 more"):
        cohort(sessions=rows, trials=[])


def test_a_trial_named_twice_is_refused() -> None:
    with pytest.raises(CohortError, match="trials of a cohort must be unique; got S2/1/task-1"):
        cohort(trials=[trial("S2"), trial("S2")])


def test_a_trial_of_nobody_is_refused() -> None:
    with pytest.raises(CohortError, match="must belong to a session of the cohort; S3/1/task-1"):
        cohort(trials=[trial("S3")])


@pytest.mark.parametrize("score", [67, -1, float("nan")])
def test_a_score_outside_the_scale_names_the_person(score: float) -> None:
    with pytest.raises(ScaleError, match="the score of S2 must lie on fma-ue, 0 to 66 points"):
        cohort(sessions=[SubjectSession("S2", "1", score=score)], trials=[])


def test_a_score_without_a_scale_is_refused() -> None:
    with pytest.raises(CohortError, match=r"S2 has 20 points of an unknown scale\. Name it"):
        cohort(scale=None, sessions=[SubjectSession("S2", "1", score=20)], trials=[])


def test_items_are_checked_against_scale_and_score() -> None:
    possible = SubjectSession("S2", "1", score=20, items={"C1": 2, "A1a": 0})
    assert cohort(sessions=[possible], trials=[]).sessions[0].items == {"C1": 2, "A1a": 0}

    with pytest.raises(ScaleError, match="item A1a of S2 must have one of 0, 2 points; got 1"):
        cohort(sessions=[SubjectSession("S2", "1", items={"A1a": 1})], trials=[])
    with pytest.raises(ScaleError, match="score of S2 must fit their 1 rated items"):
        cohort(sessions=[SubjectSession("S2", "1", score=66, items={"C1": 1})], trials=[])


def test_items_without_a_scale_are_refused() -> None:
    with pytest.raises(CohortError, match="S2 has rated items of an unknown scale"):
        cohort(scale=None, sessions=[SubjectSession("S2", "1", items={"C1": 1})], trials=[])


def test_a_session_keeps_its_items_and_can_be_looked_up() -> None:
    points = {"C1": 1.0}
    row = SubjectSession("S2", "1", items=points)
    points["C1"] = 2.0

    assert row.items == {"C1": 1.0}
    assert row != SubjectSession("S2", "1")
    assert len({row, SubjectSession("S2", "1", items={"C1": 1.0})}) == 1
    assert pickle.loads(pickle.dumps(row)) == row  # noqa: S301 -- our own bytes


def test_a_selection_keeps_items_and_the_oracle_of_its_sessions() -> None:
    rows = [SubjectSession("S2", "1", items={"C1": 1}), SubjectSession("S10", "1")]
    oracle = {("S2", "1"): 20.5, ("S10", "1"): 30.0}
    whole = cohort(sessions=rows, trials=[trial("S2"), trial("S10")], synthetic=True, oracle=oracle)

    part = whole.select(subjects=["S2"])

    assert whole.oracle == oracle
    assert part.oracle == {("S2", "1"): 20.5}
    assert part.sessions[0].items == {"C1": 1}
    assert cohort().oracle == {}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"synthetic": False}, CohortError, "simulated scores only.* that is not synthetic"),
        (
            {"scale": None, "sessions": [SubjectSession("S2", "1")], "trials": []},
            CohortError,
            "simulated scores only.* that is without a scale",
        ),
        ({"oracle": {("S2", "3"): 4.0}}, CohortError, "oracle must belong .* S2, session 3, does"),
        ({"oracle": {("S2", "1"): 67.0}}, ScaleError, "the oracle of S2 must lie on fma-ue"),
        ({"oracle": {("S2", "1"): float("nan")}}, ScaleError, "the oracle of S2 must lie on"),
    ],
)
def test_an_oracle_where_none_can_be_is_refused(
    changes: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        cohort(**{"synthetic": True, "oracle": {("S2", "1"): 20.0}, **changes})


@given(st.lists(st.text(max_size=6), max_size=8))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    ordered = sorted(names, key=natural_order)

    assert sorted(ordered) == sorted(names)


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=8))
def test_numbered_names_are_ordered_by_their_number(numbers: list[int]) -> None:
    ordered = sorted((f"S{number}b" for number in numbers), key=natural_order)

    assert ordered == [f"S{number}b" for number in sorted(numbers)]


def test_digits_that_are_no_numbers_are_ordered_as_text() -> None:
    assert sorted(["S1²", "S1"], key=natural_order) == ["S1", "S1²"]
