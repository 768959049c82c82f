from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyarrow import parquet

from hybridmfp.errors import ReadError, WriteError
from hybridmfp.io import cohort_folder
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

OWN_ITEMS = (Item("a", "s", "t", (0, 2)), Item("b-2", "s", "t", requires=("a",)))
OWN_SCALE = Scale("own", 0, 4, OWN_ITEMS, mdc_points=1.5, mdc_source="us")
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
def ratings(draw: st.DrawFn, scale: Scale) -> dict[str, object]:
    """A score and items that fit each other."""
    rated = draw(st.lists(st.sampled_from(scale.items), unique=True, max_size=40))
    items = {item.identifier: draw(st.sampled_from(item.levels)) for item in rated}
    for item in scale.items:
        known = {one.identifier: one.levels[-1] for one in scale.items}
        if any(items.get(name, 2) < known[name] for name in item.requires):
            items.pop(item.identifier, None)
    low = sum(items.get(item.identifier, item.levels[0]) for item in scale.items)
    high = sum(items.get(item.identifier, item.levels[-1]) for item in scale.items)
    return {"items": items, "score": draw(st.none() | st.floats(low, high))}


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
    scale = draw(st.sampled_from([OWN_SCALE, SCALES["fma-ue"]]))
    sessions = [
        SubjectSession(
            *visit,
            group=draw(st.sampled_from(["patient", "control"])),
            **draw(ratings(scale)),
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
    estimates = {
        (row.subject, row.session): draw(st.floats(0, 4)) for row in sessions if draw(st.booleans())
    }
    synthetic = draw(st.booleans())
    oracle = estimates if synthetic else {}
    return _cohort(recordings, scale=scale, sessions=sessions, synthetic=synthetic, oracle=oracle)


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
    assert (again.synthetic, again.oracle) == (cohort.synthetic, cohort.oracle)
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


def _five_trials() -> Cohort:
    return _cohort([_recording(key=TrialKey("P1", "1", "reach", str(at))) for at in range(5)])


@pytest.fixture
def on_disk(tmp_path: Path) -> Cohort:
    """A cohort whose trials other processes can read."""
    write_cohort(_five_trials(), tmp_path / "source")
    return read_generic(tmp_path / "source")


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_any_number_of_workers_writes_the_same_bytes(on_disk: Cohort, tmp_path: Path) -> None:
    for n_jobs in (1, 2):
        write_cohort(on_disk, tmp_path / str(n_jobs), n_jobs=n_jobs)

    one, two = (_bytes(tmp_path / name) for name in "12")
    assert one == two
    assert len(one) == 3 + 5


def test_progress_is_told_after_each_trial(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    write_cohort(_five_trials(), tmp_path / "ours", progress=lambda *now: told.append(now))

    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_extra_tables_come_with_the_cohort_and_do_not_disturb_it(tmp_path: Path) -> None:
    truth = pd.DataFrame({"subject": ["P1", "P2"], "theta": [0.1 + 0.2, np.nan]})
    extra = {"truth/abilities.tsv": truth, "truth/deep/a.csv": truth, "notes.csv": truth}

    write_cohort(_five_trials(), tmp_path / "ours", extra_tables=extra)

    exactly: dict[str, Any] = {"float_precision": "round_trip"}  # not the default of pandas 3.0
    again = pd.read_csv(tmp_path / "ours" / "truth" / "abilities.tsv", sep="\t", **exactly)
    pd.testing.assert_frame_equal(again, truth, check_exact=True)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "ours/truth/deep/a.csv", **exactly), truth)
    assert (tmp_path / "ours" / "notes.csv").is_file()
    assert read_generic(tmp_path / "ours").problems == ()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["../a.tsv"], "path inside the folder"),
        (["/a.tsv"], "path inside the folder"),
        (["truth/../../a.tsv"], "path inside the folder"),
        (["..\\a.tsv"], "path inside the folder"),
        ([""], "path inside the folder"),
        (["truth"], "ends in .tsv or .csv"),
        (["a.parquet"], "ends in .tsv or .csv"),
        (["trials.csv"], "a path of its own"),
        (["Participants.tsv"], "a path of its own"),
        (["items.tsv"], "a path of its own"),
        (["oracle.tsv"], "a path of its own"),
        (["recordings/a.csv"], "a path of its own"),
        (["truth/a.csv", "truth//A.csv"], "a path of its own"),
    ],
)
def test_extra_tables_with_no_place_of_their_own_are_refused_before_anything_is_written(
    tmp_path: Path, names: list[str], message: str
) -> None:
    extra = {name: pd.DataFrame({"a": [1]}) for name in names}

    with pytest.raises(WriteError, match=message):
        write_cohort(_five_trials(), tmp_path / "ours", extra_tables=extra)

    assert not list(tmp_path.iterdir())


def _full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (parquet, "write_table"),
        (pd.DataFrame, "to_csv"),
        (Path, "write_text"),
        (cohort_folder.csv, "writer"),
    ],
)
def test_a_full_disk_names_the_folder_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    monkeypatch.setattr(owner, name, _full_disk)
    extra = {"truth/a.tsv": pd.DataFrame({"a": [1]})}

    with pytest.raises(WriteError, match=r"ours must be writable; .*No space left on device"):
        write_cohort(_five_trials(), tmp_path / "ours", extra_tables=extra)

    assert not list(tmp_path.iterdir())


def _interrupt_after(n_trials: int) -> Callable[[int, int], None]:
    def progress(done: int, n: int) -> None:
        if done == n_trials:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interruption_leaves_the_old_folder_and_nothing_else(
    on_disk: Cohort, tmp_path: Path, n_jobs: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_cohort(on_disk, tmp_path / "ours", n_jobs=n_jobs, progress=_interrupt_after(2))

    assert [entry.name for entry in tmp_path.iterdir()] == ["source"]


def test_items_whose_names_would_be_one_column_are_refused(tmp_path: Path) -> None:
    scale = Scale("own", 0, 4, (Item("Grip force", "s", "t"), Item("grip-force", "s", "t")))
    rows = [SubjectSession("P1", "1", items={"Grip force": 1})]

    with pytest.raises(WriteError, match=r"differ by more than .* got Grip force, grip-force"):
        write_cohort(_cohort([_recording()], scale=scale, sessions=rows), tmp_path / "ours")

    assert not list(tmp_path.iterdir())


def test_an_item_named_like_a_column_of_keys_is_refused(tmp_path: Path) -> None:
    scale = Scale("own", 0, 2, (Item("Session", "s", "t"),))
    rows = [SubjectSession("P1", "1", items={"Session": 1})]

    with pytest.raises(WriteError, match="no name of another column; got Session"):
        write_cohort(_cohort([_recording()], scale=scale, sessions=rows), tmp_path / "ours")
