"""What a cohort written in the layout of U-Limb MHH promises."""

from __future__ import annotations

import dataclasses
import errno
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from hybridmfp.errors import WriteError
from hybridmfp.io import open_cohort, read_ulimb, ulimb_writer, write_ulimb
from hybridmfp.signals import (
    SCALES,
    Cohort,
    Event,
    Recording,
    Scale,
    Signal,
    SubjectSession,
    TrialKey,
    TrialSource,
    find_montage,
)

EMG = find_montage("mhh-emg").channels
MARKERS = find_montage("mhh-markers").channels
RNG = np.random.default_rng(11)
EMG_V = (RNG.normal(size=(12, 200)) * 1e-4).astype(np.float32)
MARKERS_M = RNG.normal(size=(63, 20)).astype(np.float32)


def signal(samples: NDArray[np.float32], **changes: Any) -> Signal:
    muscles = len(samples) == 12
    plain = {
        "rate_hz": 2000 if muscles else 200,
        "channels": EMG if muscles else MARKERS,
        "units": "V" if muscles else "m",
    }
    return Signal(samples, **{**plain, **changes})


def recording(key: TrialKey, **changes: Any) -> Recording:
    plain: dict[str, Any] = {
        "emg": signal(EMG_V),
        "kinematics": signal(MARKERS_M),
        "side": "left",
        "montage": "mhh-markers",
    }
    return Recording(key, **{**plain, **changes})


def give(held: Recording) -> Recording:
    return held


def source(held: Recording) -> TrialSource:
    return TrialSource(held.key, (), "memory", partial(give, held))


PATIENT = SubjectSession("S2", "1", score=18, tested_side="left")
PATIENT_KEY = TrialKey("S2", "1", "3", "1")


def cohort(*recordings: Recording, **changes: Any) -> Cohort:
    held = recordings or (recording(PATIENT_KEY),)
    plain: dict[str, Any] = {"scale": SCALES["fma-ue"], "sessions": [PATIENT]}
    return Cohort("Ours", trials=[source(one) for one in held], **{**plain, **changes})


def several(**changes: Any) -> Cohort:
    """Two patients and a control at three tasks, in all combinations of modalities."""
    rows = [
        SubjectSession(
            "S1", "1", score=33.5, site="north", age_years=61.5, chronicity_weeks=12.0, sex="f",
            affected_side="left", dominant_side="right", tested_side="left", items={"C1": 2},
        ),
        SubjectSession("S12", "1", score=66.0, tested_side="right"),
        SubjectSession("H3", "1", group="control", age_years=40),
    ]  # fmt: skip
    held = [
        recording(TrialKey("S1", "1", "reach 10", "1")),
        recording(TrialKey("S1", "1", "reach 2", "1"), emg=None),
        recording(TrialKey("S12", "1", "lift", "7"), side="right", kinematics=None, montage=None),
        recording(TrialKey("H3", "1", "lift", "1"), side=None),
    ]
    oracle = {("S1", "1"): 30.25}
    plain = {"sessions": rows, "synthetic": True, "oracle": oracle, **changes}
    return cohort(*held, **plain)


def test_the_cohort_reads_back_the_same_but_for_the_names_of_tasks(tmp_path: Path) -> None:
    written = several()

    write_ulimb(written, tmp_path / "ours")
    again = open_cohort(tmp_path / "ours")

    assert again.problems == ()
    assert (again.name, again.scale, again.synthetic) == ("Ours", SCALES["fma-ue"], True)
    assert again.sessions == written.sessions
    assert again.oracle == written.oracle
    assert [str(one.key) for one in again.trials] == [
        "H3/1/task-1/rep-1", "S1/1/task-2/rep-1", "S1/1/task-3/rep-1", "S12/1/task-1/rep-7",
    ]  # fmt: skip
    for old, new in zip(written, again, strict=True):
        assert (new.side, new.montage, new.modalities) == (old.side, old.montage, old.modalities)
        assert new.problems == ()


def test_files_lie_where_the_published_system_looks(tmp_path: Path) -> None:
    write_ulimb(several(), tmp_path / "ours")

    files = {str(f.relative_to(tmp_path / "ours")) for f in (tmp_path / "ours").rglob("*.*")}

    assert files == {
        "dataset_description.json", "README.txt", "tasks.tsv", "items.tsv", "oracle.tsv",
        "Metadata/MHH_Clinical_Labels.csv",
        "Stroke/All_EMG/S1_3_1.csv", "Stroke/All_EMG/S12_1_7.csv",
        "Stroke/All_KIN/S1_3_1.csv", "Stroke/All_KIN/S1_2_1.csv",
        "Healthy/ALL_EMG/3_1_1.csv", "Healthy/ALL_KIN/3_1_1.csv",
    }  # fmt: skip
    tasks = pd.read_csv(tmp_path / "ours" / "tasks.tsv", sep="\t")
    assert tasks.to_dict("list") == {"number": [1, 2, 3], "name": ["lift", "reach 2", "reach 10"]}
    labels = pd.read_csv(tmp_path / "ours/Metadata/MHH_Clinical_Labels.csv", dtype=str)
    scores = dict(zip(labels["Subject_ID"], labels["FMA_UE_Score"], strict=True))
    assert (scores["S1"], scores["S12"]) == ("33.5", "66")


def test_files_look_like_the_original_ones(tmp_path: Path) -> None:
    held = EMG_V.copy()
    held[:3, 0] = [1.234567e-4, -0.1, 0.0]
    markers = MARKERS_M.copy()
    markers[:3, 0] = [1.2345678, np.nan, -0.0000123456]
    trial = recording(PATIENT_KEY, emg=signal(held), kinematics=signal(markers))

    write_ulimb(cohort(trial), tmp_path / "ours")

    emg = (tmp_path / "ours/Stroke/All_EMG/S2_3_1.csv").read_text().splitlines()
    kinematics = (tmp_path / "ours/Stroke/All_KIN/S2_3_1.csv").read_text().splitlines()
    assert (len(emg), len(kinematics)) == (200, 22)
    assert [float(cell) for cell in emg[0].split(",")[:3]] == [1.23457e-4, -0.1, 0.0]
    assert kinematics[0].startswith("WRA,,,WRB,,,RU_1,,,")
    assert kinematics[1].startswith("X,Y,Z,X,Y,Z")
    assert kinematics[2].startswith("1234.57,,-0.0123456,")
    assert {line.count(",") for line in kinematics} == {62}


@pytest.mark.parametrize("size", [1e-12, 1e-7, 9.999996e-4, 1.0, 123456.5, 9.999999e8])
def test_numbers_have_six_significant_digits(tmp_path: Path, size: float) -> None:
    samples = (EMG_V * 1e4 * size).astype(np.float32)

    write_ulimb(cohort(recording(PATIENT_KEY, emg=signal(samples))), tmp_path / "ours")

    lines = (tmp_path / "ours/Stroke/All_EMG/S2_3_1.csv").read_text().splitlines()
    cells = np.array([line.split(",") for line in lines]).T
    expected = np.array([[float(f"{value:.6g}") for value in row] for row in samples.tolist()])
    np.testing.assert_allclose(cells.astype(np.float64), expected, rtol=1e-14)
    digits = {len(cell.split("e")[0].replace(".", "").strip("-0")) for cell in cells.ravel()}
    assert max(digits) == 6


def test_gaps_come_back_as_gaps_wherever_they_are(tmp_path: Path) -> None:
    emg, markers = EMG_V.copy(), MARKERS_M.copy()
    emg[:, :3] = np.nan  # a first row without any number
    emg[4, 50:60] = np.nan
    markers[:, 0] = np.nan
    markers[9:12] = np.nan
    held = recording(PATIENT_KEY, emg=signal(emg), kinematics=signal(markers))

    write_ulimb(cohort(held), tmp_path / "ours")
    (again,) = read_ulimb(tmp_path / "ours")

    for old, new in ((held.emg, again.emg), (held.kinematics, again.kinematics)):
        assert old is not None
        assert new is not None
        np.testing.assert_array_equal(new.valid, old.valid)
        np.testing.assert_allclose(new.samples, old.samples, rtol=5.1e-6)


@pytest.mark.parametrize("name", ["fma-ue", "fma-ue-mhh20", "own"])
def test_every_scale_reads_back(tmp_path: Path, name: str) -> None:
    scale = SCALES.get(name, Scale("own", 0, 40))

    write_ulimb(cohort(scale=scale), tmp_path / "ours")
    again = read_ulimb(tmp_path / "ours")

    assert (again.scale, again.sessions) == (scale, (PATIENT,))


def test_a_cohort_without_scores_reads_back_without_a_scale(tmp_path: Path) -> None:
    unrated = dataclasses.replace(PATIENT, score=None)

    write_ulimb(cohort(scale=None, sessions=[unrated]), tmp_path / "ours")
    again = read_ulimb(tmp_path / "ours")

    assert (again.scale, again.sessions) == (None, (unrated,))


def test_numbered_tasks_keep_their_numbers(tmp_path: Path) -> None:
    held = [recording(TrialKey("S2", "1", task, "1")) for task in ("12", "9")]

    write_ulimb(cohort(*held), tmp_path / "ours")

    assert read_ulimb(tmp_path / "ours").tasks == ("9", "12")


def test_any_number_of_workers_writes_the_same_bytes(tmp_path: Path) -> None:
    write_ulimb(several(), tmp_path / "source")
    on_disk = read_ulimb(tmp_path / "source")
    for n_jobs in (1, 2):
        write_ulimb(on_disk, tmp_path / str(n_jobs), n_jobs=n_jobs)

    one, two = (
        {f.relative_to(tmp_path / name): f.read_bytes() for f in (tmp_path / name).rglob("*.*")}
        for name in "12"
    )
    assert one == two


def test_extra_tables_and_progress_are_as_with_the_other_writer(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    extra = {"truth/abilities.tsv": pd.DataFrame({"a": [1]})}

    write_ulimb(
        several(), tmp_path / "ours", extra_tables=extra, progress=lambda *now: told.append(now)
    )

    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (tmp_path / "ours/truth/abilities.tsv").read_text() == "a\n1\n"
    assert read_ulimb(tmp_path / "ours").problems == ()
    for taken in ("Stroke/a.csv", "healthy/a.csv", "tasks.tsv", "labels_stroke.csv", "trials.csv"):
        with pytest.raises(WriteError, match="a path of its own"):
            write_ulimb(
                several(), tmp_path / "new", extra_tables={taken: extra["truth/abilities.tsv"]}
            )


def changed(**changes: Any) -> Cohort:
    return cohort(recording(PATIENT_KEY, **changes))


def named(subject: str, session: str = "1", **changes: Any) -> Cohort:
    row = SubjectSession(subject, session, tested_side="left", **changes)
    return cohort(recording(TrialKey(subject, session, "3", "1")), sessions=[row])


@pytest.mark.parametrize(
    ("unfit", "message"),
    [
        (named("P1"), "must have patients S1, S2, .* got patient 'P1' in session '1'"),
        (named("S01"), "got patient 'S01'"),
        (named("S"), "got patient 'S'"),
        (named("S\u0661"), "got patient"),
        (named("S1", group="control"), "controls H1, H2, .* got control 'S1'"),
        (named("H1"), "got patient 'H1'"),
        (named("S1", "pre"), "in one session '1', .* got patient 'S1' in session 'pre'"),
        (
            cohort(sessions=[PATIENT, SubjectSession("S2", "2")]),
            "in one session '1', .* got patient 'S2' in session '2'",
        ),
        (
            cohort(recording(TrialKey("S2", "1", "3", "b"))),
            "numbered repetitions, .* got S2/1/task-3/rep-b",
        ),
        (cohort(recording(TrialKey("S2", "1", "3", "01"))), "numbered repetitions"),
        (changed(emg=signal(EMG_V, rate_hz=1000)), "emg at 2000 Hz, .* got 1000 Hz in S2"),
        (
            changed(kinematics=signal(MARKERS_M, rate_hz=100)),
            "kinematics at 200 Hz, .* got 100 Hz in S2",
        ),
        (
            changed(emg=signal(EMG_V, channels=EMG[::-1])),
            r"emg of montage mhh-emg in V, .* got 12 channels \(abductor_digiti_minimi, ...\)",
        ),
        (
            changed(kinematics=signal(MARKERS_M[:2], channels=["a", "b"], units="rad")),
            r"montage mhh-markers in m, .* got 2 channels \(a, ...\) in rad in S2",
        ),
        (changed(emg=signal(EMG_V, units="1")), "montage mhh-emg in V"),
        (changed(montage="mine"), "must have montage mhh-markers, .* got mine in S2"),
        (changed(side="right"), "tested side only, .* got side right in S2.*tested side left"),
        (changed(side=None), "tested side only, .* got side None"),
        (changed(events=(Event(0.1, "go"),)), "no events and no latency .* got 1 events"),
        (changed(latency_s=0.02), "no events and no latency .* 0.02 s in S2"),
    ],
)  # fmt: skip
def test_what_the_layout_cannot_hold_is_refused_and_leaves_nothing(
    tmp_path: Path, unfit: Cohort, message: str
) -> None:
    with pytest.raises(WriteError, match=f"{message}.*Use the generic layout"):
        write_ulimb(unfit, tmp_path / "ours")

    assert not list(tmp_path.iterdir())


def test_a_site_that_reads_like_an_empty_cell_is_refused(tmp_path: Path) -> None:
    row = dataclasses.replace(PATIENT, site="n/a")

    with pytest.raises(WriteError, match="Site must neither begin"):
        write_ulimb(cohort(sessions=[row]), tmp_path / "ours")


def test_a_full_disk_names_the_folder_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ulimb_writer.arrow_csv, "write_csv", fill)

    with pytest.raises(WriteError, match=r"ours must be writable; .*No space left on device"):
        write_ulimb(several(), tmp_path / "ours")

    assert not list(tmp_path.iterdir())


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, n: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_ulimb(several(), tmp_path / "ours", progress=stop)

    assert not list(tmp_path.iterdir())
