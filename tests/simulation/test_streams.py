"""Random numbers belong to a purpose and a counter, and to nothing else."""

from __future__ import annotations

import itertools

import pytest

from hybridmfp.simulation.streams import Stream, stream_rng


def first(seed: int, stream: Stream, **counters: int) -> float:
    return float(stream_rng(seed, stream, **counters).random())


def test_same_counters_give_the_same_numbers_whatever_was_drawn_before() -> None:
    expected = first(3, Stream.EMG, person=2, visit=1, task=4, repetition=5)
    stream_rng(3, Stream.EMG, person=2, visit=1, task=4).random(1000)
    assert first(3, Stream.EMG, person=2, visit=1, task=4, repetition=5) == expected


@pytest.mark.parametrize("counter", ["person", "visit", "task", "repetition"])
def test_every_counter_matters(counter: str) -> None:
    assert first(0, Stream.MOVEMENT, **{counter: 1}) != first(0, Stream.MOVEMENT)


def test_no_two_counters_of_a_cohort_share_their_numbers() -> None:
    drawn = [
        first(seed, stream, person=person, visit=visit, task=task, repetition=repetition)
        for seed, stream, person, visit, task, repetition in itertools.product(
            range(2), Stream, range(3), range(2), range(3), range(3)
        )
    ]
    assert len(set(drawn)) == len(drawn)
