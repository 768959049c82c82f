from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.io.generic import read_generic
from hybridmfp.io.generic_writer import write_cohort
from hybridmfp.signals import (
    SCALES,
    UNITS,
    Cohort,
    Event,
    Item,
    Recording,
    Scale,
    Signal,
    SubjectSession,
    TrialKey,
    TrialSource,
)

OWN_SCALE = Scale("own", 0, 4, (Item("a", "s", "t", (0, 4)),), mdc_points=1.5, mdc_source="us")
RESERVED = {"n/a", "na", "nan", "none", "null", "-"}

letters = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=4)
borders = st.sampled_from(["", "", " ", "\n", "\r\n", "\t", ",", ";", '"', "\0"])
words = st.builds("{}{}{}".format, letters, borders, letters).filter(
    lambda text: text.lower() not in RESERVED
)
numbers = st.floats(-1e6, 1e6)
sides = st.sampled_from([None, "left", "right"])


def _give(recording: Recording) -> Recording:
    return recording


def _cohort(recordings: list[Recording], **options: object) -> Cohort:
    visits = dict.fromkeys((r.key.subject, r.key.session) for r in recordings)
    given: dict[str, object] = {
        "scale": None,
        "sessions": [SubjectSession(*visit) for visit in visits],
        **options,
    }
    trials = [TrialSource(r.key, (), "memory", partial(_give, r)) for r in recordings]
    return Cohort("Ours", trials=trials, **given)  # type: ignore[arg-type]


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    names = draw(
        st.lists(words | st.sampled_from(["BB", "biceps"]), min_size=1, max_size=3, unique=True)
    )
    shape = (len(names), draw(st.integers(1, 5)))
    samples = draw(arrays(np.float32, shape, elements=st.floats(width=32, allow_infinity=False)))
    units = [draw(st.sampled_from(UNITS)) for _ in names]
    return Signal(samples, rate_hz=draw(st.floats(1e-3, 1e6)), channels=names, units=units)


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    keys = draw(
        st.lists(
            st.builds(TrialKey, words, words, words, words), min_size=1, max_size=3, unique=True
        )
    )
    recordings = [
        Recording(
            key,
            emg=draw(signals()),
            kinematics=draw(st.none() | signals()),
            side=draw(sides),
            montage=draw(st.none() | words),
            events=tuple(
                draw(st.lists(st.builds(Event, numbers, words | st.just("")), max_size=2))
            ),
            device=draw(st.none() | words),
            latency_s=draw(numbers),
        )
        for key in keys
    ]
    sessions = [
        SubjectSession(
            *visit,
            group=draw(st.sampled_from(["patient", "control"])),
            score=draw(st.none() | st.floats(0, 4)),
            site=draw(st.none() | words),
            age_years=draw(st.none() | numbers),
            chronicity_weeks=draw(st.none() | numbers),
            sex=draw(st.sampled_from([None, "f", "m"])),
            affected_side=draw(sides),
            dominant_side=draw(sides),
            tested_side=draw(sides),
        )
        for visit in dict.fromkeys((key.subject, key.session) for key in keys)
    ]
    scale = draw(st.sampled_from([OWN_SCALE, SCALES["fma-ue"]]))
    return _cohort(recordings, scale=scale, sessions=sessions, synthetic=draw(st.booleans()))


def _facts(signal: Signal | None) -> object:
    if signal is None:
        return None
    return signal.samples.tobytes(), signal.rate_hz, signal.channels, signal.units


@settings(max_examples=30, deadline=None)
@given(cohorts())
def test_what_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, cohort: Cohort
) -> None:
    folder = tmp_path_factory.mktemp("written")

    write_cohort(cohort, folder)
    again = read_generic(folder)

    assert (again.name, again.scale, again.sessions) == (cohort.name, cohort.scale, cohort.sessions)
    assert again.synthetic == cohort.synthetic
    assert again.problems == ()
    for old, new in zip(cohort, again, strict=True):
        assert _facts(new.emg) == _facts(old.emg)
        assert _facts(new.kinematics) == _facts(old.kinematics)
        for name in ("key", "side", "montage", "events", "device", "latency_s"):
            assert getattr(new, name) == getattr(old, name)


def _recording(**changes: object) -> Recording:
    signal = Signal([[0.0, 1.0]], rate_hz=10, channels=["biceps_brachii"], units="V")
    plain = Recording(TrialKey("P1", "1", "reach", "1"), emg=signal)
    return dataclasses.replace(plain, **changes)


def test_a_cohort_of_simulated_reaches_keeps_its_muscle_names(tmp_path: Path) -> None:
    write_cohort(_cohort([_recording()]), tmp_path / "ours")

    (recording,) = read_generic(tmp_path / "ours")

    assert recording.emg is not None
    assert recording.emg.channels == ("biceps_brachii",)
    assert recording.problems == ()


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (_recording(key=TrialKey(" P1", "1", "reach", "1")), "participant_id must neither begin"),
        (_recording(key=TrialKey("P1", "1", "N/A", "1")), "task must neither begin"),
        (_recording(key=TrialKey("P1", "1", "reach", "")), "repetition must neither begin"),
        (_recording(device="none"), "device must neither begin"),
        (_recording(events=(Event(0.0, "go "),)), "label of an event"),
        (_recording(device="\ud800"), "text that UTF-8 can hold"),
    ],
)
def test_names_that_would_not_come_back_are_refused(
    tmp_path: Path, recording: Recording, message: str
) -> None:
    with pytest.raises(WriteError, match=message):
        write_cohort(_cohort([recording]), tmp_path / "ours")

    assert not list(tmp_path.iterdir())


def test_a_trial_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    def refuse() -> Recording:
        raise ReadError("unreadable")

    source = TrialSource(TrialKey("P1", "1", "reach", "1"), (), "memory", refuse)
    cohort = Cohort("Ours", scale=None, sessions=[SubjectSession("P1", "1")], trials=[source])

    with pytest.raises(ReadError, match="unreadable"):
        write_cohort(cohort, tmp_path / "ours")

    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_not_replaced_unasked(tmp_path: Path) -> None:
    cohort = _cohort([_recording()])
    write_cohort(cohort, tmp_path / "ours")

    with pytest.raises(WriteError, match="must be empty"):
        write_cohort(cohort, tmp_path / "ours")
    write_cohort(cohort, tmp_path / "ours", overwrite=True)

    assert len(read_generic(tmp_path / "ours")) == 1
