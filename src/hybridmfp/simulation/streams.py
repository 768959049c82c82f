"""Random numbers that depend on what they are for, not on what was drawn before."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

__all__ = ["Stream", "stream_rng"]


class Stream(IntEnum):
    """What random numbers are drawn for; two purposes never share a number."""

    SITE = 1
    PERSON = 2
    ABILITIES = 3
    IMPAIRMENT = 4
    HIDDEN_ITEMS = 5
    RATING = 6
    COURSE = 7
    THERAPY = 8
    VISIT = 9
    ELECTRODES = 10
    SESSION_MARKERS = 11
    MOVEMENT = 12
    MARKERS = 13
    ACTIVATION = 14
    EMG = 15
    MOTOR_UNITS = 16


def stream_rng(
    seed: int,
    stream: Stream,
    *,
    person: int = 0,
    visit: int = 0,
    task: int = 0,
    repetition: int = 0,
) -> np.random.Generator:
    """Give the random numbers of one purpose.

    The same counters give the same numbers in any order and in any process.

    Parameters
    ----------
    seed : int
        Seed of the cohort, 0 or more.
    stream : Stream
        What the numbers are for.
    person, visit, task, repetition : int
        Whose and which; 0 or more.

    Examples
    --------
    >>> first = stream_rng(0, Stream.EMG, person=3).random()
    >>> first == stream_rng(0, Stream.EMG, person=3).random()
    True
    >>> first == stream_rng(0, Stream.EMG, person=4).random()
    False
    """
    counters = (int(stream), person, visit, task, repetition)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=counters))
