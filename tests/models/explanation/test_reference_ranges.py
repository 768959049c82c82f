"""What ranges of biomarkers promise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.explanation import ReferenceRanges


def session(
    subject: str, features: dict[str, list[list[float]]], *, visit: str = "1", whole: float = 1.0
) -> SessionDigest:
    """A session from task -> trials -> two features."""
    table = [row for rows in features.values() for row in rows]
    blank = np.empty((len(table), 0, 3), dtype=np.float32)
    return SessionDigest(
        subject=subject,
        session=visit,
        task=np.array([task for task, rows in features.items() for _ in rows]),
        columns=("kin.peak_speed", "kin.sparc"),
        features=np.array(table, dtype=np.float64),
        session_columns=("kin.path_variability",),
        session_features=np.array([whole]),
        movement=blank,
        envelopes=blank,
    )


def people(n: int, *, task: str = "reach", shift: float = 0.0) -> list[SessionDigest]:
    return [session(f"{task}{at}", {task: [[at + shift, 0.0]]}, whole=float(at)) for at in range(n)]


def test_a_range_is_what_a_new_person_lies_in_with_the_stated_chance() -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        cohort = [
            session(f"p{at}", {"reach": [[value, 0.0]]})
            for at, value in enumerate(rng.lognormal(size=59))
        ]
        bounds = ReferenceRanges().fit(cohort).of(cohort[0]).cohort[0]
        new = rng.lognormal(size=100)
        inside.append(np.mean((new >= bounds[0]) & (new <= bounds[1])))

    assert np.mean(inside) == pytest.approx(0.95, abs=4 * np.std(inside) / 20)


@pytest.mark.parametrize("n", [5, 12, 38])
def test_few_people_give_the_span_of_those_seen(n: int) -> None:
    found = ReferenceRanges().fit(people(n)).of(people(1)[0])

    assert found.cohort[0].tolist() == [0, n - 1]
    assert found.cohort[2].tolist() == [0, n - 1]  # of whole sessions


def test_fewer_than_five_people_give_none() -> None:
    found = ReferenceRanges().fit(people(4), controls=people(6)).of(people(1)[0])

    assert np.isnan(found.cohort[0]).all()
    assert found.healthy[0].tolist() == [0, 5]


def test_without_healthy_people_there_is_no_healthy_range() -> None:
    found = ReferenceRanges().fit(people(8)).of(people(1)[0])

    assert np.isnan(found.healthy).all()


def test_ranges_and_value_are_those_of_the_tasks_that_were_done() -> None:
    cohort = [*people(9), *people(9, task="drink", shift=100.0)]
    ranges = ReferenceRanges().fit(cohort)

    reached = ranges.of(session("new", {"reach": [[3.0, 0.0], [5.0, 0.0], [40.0, 0.0]]}))
    both = ranges.of(session("new", {"reach": [[4.0, 0.0]], "drink": [[110.0, 0.0]]}))

    assert reached.value[0] == 5  # the median over the trials of the task
    assert reached.cohort[0].tolist() == [0, 8]
    assert both.value[0] == (4 + 110) / 2
    assert both.cohort[0].tolist() == [50, 58]


def test_many_trials_of_one_task_do_not_outweigh_another_task() -> None:
    ranges = ReferenceRanges().fit([*people(9), *people(9, task="drink", shift=100.0)])

    found = ranges.of(session("new", {"reach": [[4.0, 0.0]] * 20, "drink": [[110.0, 0.0]]}))

    assert found.value[0] == (4 + 110) / 2


def test_a_gap_in_one_task_leaves_value_and_range_of_the_others() -> None:
    ranges = ReferenceRanges().fit([*people(9), *people(9, task="drink", shift=100.0)])

    found = ranges.of(session("new", {"reach": [[np.nan, 0.0]], "drink": [[110.0, 0.0]]}))

    assert found.value[0] == 110
    assert found.cohort[0].tolist() == [100, 108]


def test_a_person_counts_once_however_often_they_came() -> None:
    visits = [session("reach0", {"reach": [[900.0, 0.0]]}, visit="2", whole=900.0)]

    found = ReferenceRanges().fit([*people(9), *visits]).of(people(1)[0])

    assert found.cohort[0].tolist() == [1, 450]  # (0 + 900) / 2 is the mean of the first person
    assert ReferenceRanges().fit([*people(9), *visits]).n_people_.tolist() == [9, 0]


def test_healthy_people_in_other_tasks_are_not_compared_with() -> None:
    cohort = [*people(9), *people(9, task="drink", shift=100.0)]
    ranges = ReferenceRanges().fit(cohort, controls=people(9))

    found = ranges.of(session("new", {"reach": [[4.0, 0.0]], "drink": [[110.0, 0.0]]}))

    assert np.isnan(found.healthy[0]).all()
    assert np.isfinite(found.cohort[0]).all()


def test_a_task_that_nobody_did_has_a_value_and_no_range() -> None:
    found = ReferenceRanges().fit(people(9)).of(session("new", {"wave": [[4.0, 0.0]]}))

    assert found.value[0] == 4
    assert np.isnan(found.cohort[0]).all()
    assert found.cohort[2].tolist() == [0, 8]


def test_ranges_grow_with_the_unit() -> None:
    cohort = people(45)
    larger = [replace(one, features=1000 * one.features) for one in cohort]

    first = ReferenceRanges().fit(cohort).of(cohort[3])
    second = ReferenceRanges().fit(larger).of(larger[3])

    np.testing.assert_allclose(second.cohort[0], 1000 * first.cohort[0], rtol=1e-12)


def test_arrays_and_names_give_the_same_ranges_back() -> None:
    ranges = ReferenceRanges().fit(people(9), controls=people(6))
    described, arrays = ranges.as_arrays()

    again = ReferenceRanges.from_arrays(json.loads(json.dumps(described)), arrays)

    first, second = ranges.of(people(1)[0]), again.of(people(1)[0])
    assert first.columns == second.columns
    np.testing.assert_array_equal(first.cohort, second.cohort)
    np.testing.assert_array_equal(first.healthy, second.healthy)


def test_other_columns_and_nobody_are_refused() -> None:
    other = replace(people(1)[0], columns=("kin.sparc", "kin.peak_speed"))

    with pytest.raises(CohortError, match=r"must share their feature columns; those of reach0"):
        ReferenceRanges().fit([*people(5), other])
    with pytest.raises(CohortError, match=r"must share their feature columns"):
        ReferenceRanges().fit(people(5)).of(other)
    with pytest.raises(CohortError, match=r"at least one; got none"):
        ReferenceRanges().fit([])
