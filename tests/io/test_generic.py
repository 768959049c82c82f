from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import CohortError, HybridMfpError, ReadError, ScaleError
from hybridmfp.io.generic import is_generic_folder, read_generic
from hybridmfp.signals import SCALES, Recording

EMG = np.random.default_rng(5).normal(size=(2, 100))
HEAD = "participant_id,task,emg_path,emg_rate_hz,emg_unit,emg_channels"
ROW = "P1,reach,emg.npy,1000,mV,BB;TB"


def _folder(
    folder: Path,
    *,
    trials: str = f"{HEAD}\n{ROW}\n",
    participants: str = "participant_id\tscore\nP1\t40\n",
    described: object = None,
) -> Path:
    (folder / "trials.csv").write_text(trials)
    (folder / "participants.tsv").write_text(participants)
    described = {"Scale": "fma-ue"} if described is None else described
    (folder / "dataset_description.json").write_text(json.dumps(described))
    np.save(folder / "emg.npy", EMG)
    return folder


def _only(folder: Path) -> Recording:
    (recording,) = read_generic(folder)
    return recording


def test_a_row_becomes_a_recording_in_si_units(tmp_path: Path) -> None:
    cohort = read_generic(_folder(tmp_path))

    (recording,) = cohort

    assert recording.emg is not None
    assert recording.emg.channels == ("biceps_brachii", "triceps_brachii")
    assert recording.emg.samples == pytest.approx(EMG * 1e-3, rel=1e-6)
    assert recording.emg.units == ("V", "V")
    assert recording.emg.rate_hz == 1000
    assert str(recording.key) == "P1/1/task-reach/rep-1"
    assert (recording.side, recording.device, recording.latency_s) == (None, None, 0)
    assert cohort.sessions[0].score == 40
    assert cohort.scale == SCALES["fma-ue"]
    assert cohort.problems == recording.problems == ()


@pytest.mark.parametrize(
    ("unit", "si", "worth"),
    [
        ("V", "V", 1),
        ("uV", "V", 1e-6),
        ("µV", "V", 1e-6),
        ("cm", "m", 0.01),
        ("mm", "m", 0.001),
        ("deg", "rad", math.pi / 180),
        ("deg/s", "rad/s", math.pi / 180),
        ("1", "1", 1),
        ("N", "N", 1),
    ],
)
def test_units_are_converted(tmp_path: Path, unit: str, si: str, worth: float) -> None:
    _folder(tmp_path, trials=f"{HEAD}\n{ROW.replace('mV', unit + ';V')}\n")

    emg = _only(tmp_path).emg

    assert emg is not None
    assert emg.units == (si, "V")
    assert emg.samples[0] == pytest.approx(EMG[0] * worth, rel=1e-6)
    assert np.array_equal(emg.samples[1], EMG[1].astype(np.float32))


def test_kinematics_take_their_channels_from_the_montage(tmp_path: Path) -> None:
    np.save(_folder(tmp_path) / "kin.npy", np.random.default_rng(1).normal(size=(200, 63)))
    head = "participant_id,session,task,repetition,side,kinematics_path,kinematics_rate_hz,"
    head += "kinematics_unit,montage,latency_s,device,events_path"
    row = "P1,2,reach,b,L,kin.npy,200,mm,mhh-markers,0.02,Vicon,events.tsv"
    (tmp_path / "trials.csv").write_text(f"{head}\n{row}\n")
    (tmp_path / "events.tsv").write_text("onset\ttrial_type\n0.5\tgo\nsoon\tstop\n")

    recording = _only(tmp_path)

    assert recording.kinematics is not None
    assert recording.kinematics.channels[:2] == ("WRA_x", "WRA_y")
    assert str(recording.key) == "P1/2/task-reach/rep-b"
    assert (recording.side, recording.device, recording.latency_s) == ("left", "Vicon", 0.02)
    assert [(event.time_s, event.label) for event in recording.events] == [(0.5, "go")]
    assert {entry.problem for entry in recording.problems} == {
        "row 3: time_s must be a number; got 'soon'",
        "row 3: no time",
    }
    assert [Path(entry.path).name for entry in recording.provenance] == ["kin.npy", "events.tsv"]


def test_unknown_and_double_muscles_are_kept_as_named_and_reported(tmp_path: Path) -> None:
    np.save(_folder(tmp_path) / "emg.npy", np.random.default_rng(1).normal(size=(4, 50)))
    row = ROW.replace("BB;TB", "sensor 7;BB;biceps;TB")
    (tmp_path / "trials.csv").write_text(f"{HEAD}\n{row}\n")

    recording = _only(tmp_path)

    assert recording.emg is not None
    assert recording.emg.channels == ("sensor 7", "BB", "biceps", "triceps_brachii")
    assert [entry.problem for entry in recording.problems] == [
        "unknown muscles: sensor 7",
        "several channels for one muscle: BB, biceps",
    ]


def test_infinite_samples_are_gaps_and_reported(tmp_path: Path) -> None:
    samples = EMG.copy()
    samples[0, 3] = np.inf
    samples[1, 4] = 1e300
    np.save(_folder(tmp_path) / "emg.npy", samples)

    recording = _only(tmp_path)

    assert recording.emg is not None
    assert np.argwhere(np.isnan(recording.emg.samples)).tolist() == [[0, 3], [1, 4]]
    assert recording.problems[0].problem == "2 samples are infinite"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1000", "0", "row 2 of trials.csv: emg_rate_hz must be a positive number; got '0'"),
        ("1000", "-5", "must be a positive number; got '-5'"),
        ("1000", "", "must be a positive number; got ''"),
        ("1000", "inf", "must be a positive number; got 'inf'"),
        ("mV", "furlong", "emg_unit must be among V, .*; got 'furlong'"),
        ("mV", "", "emg_unit must be among"),
        ("P1", "", "participant_id must be filled"),
        ("reach", "", "task must be filled"),
        ("emg.npy", "", "both are empty"),
        ("emg.npy", "/etc/passwd.npy", "must lie inside the folder"),
        ("emg.npy", "../emg.npy", "must lie inside the folder"),
        ("emg.npy", "..\\emg.npy", "must lie inside the folder"),
        ("emg.npy", "emg.xlsx", "must end in one of .csv"),
        ("BB;TB", "BB;BB", "must be filled and unique; got 'BB;BB'"),
        ("BB;TB", "BB;", "must be filled and unique"),
        ("P1", "P2", "each trial must belong to a session"),
        (ROW, "", "must list at least one trial"),
        (ROW, f"{ROW}\n{ROW}", "trials of a cohort must be unique"),
    ],
)
def test_a_broken_row_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    _folder(tmp_path, trials=f"{HEAD}\n{ROW.replace(old, new)}\n")

    with pytest.raises(CohortError, match=message):
        read_generic(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("emg.npy", "absent.npy", "No such file"),
        ("BB;TB", "BB;TB;PT", r"each of the 3 channels; its shape is \(2, 100\)"),
        ("BB;TB", "", "must have its channels named in trials.csv"),
        ("mV", "mV;mV;V", "one for each of its 2 channels; got 3"),
    ],
)
def test_an_unreadable_trial_is_told_when_it_is_read(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    cohort = read_generic(_folder(tmp_path, trials=f"{HEAD}\n{ROW.replace(old, new)}\n"))

    with pytest.raises(ReadError, match=message):
        list(cohort)


def test_unknown_columns_and_idle_persons_are_reported(tmp_path: Path) -> None:
    cohort = read_generic(
        _folder(
            tmp_path,
            trials=f"{HEAD},latency\n{ROW},3\n",
            participants="participant_id\tscore\tage\nP1\t40\told\nP2\t41\t50\n",
        )
    )

    assert [row.subject for row in cohort.sessions] == ["P1"]
    assert [entry.problem for entry in cohort.problems] == [
        "row 2: age_years must be a number; got 'old'",
        "P2, session 1, has no recordings",
        "unknown columns: latency",
    ]


def test_a_person_is_described_by_synonyms_too(tmp_path: Path) -> None:
    head = "Subject ID\tgroup\tage\tGender\timpaired-limb\ttested_limb\tsite"
    _folder(tmp_path, participants=f"{head}\nP1\tHealthy\t50,5\tF\tn/a\tr\tHannover\n")

    (row,) = read_generic(tmp_path).sessions

    assert (row.group, row.age_years, row.sex, row.site) == ("control", 50.5, "f", "Hannover")
    assert (row.affected_side, row.tested_side, row.score) == (None, "right", None)


def test_scores_belong_to_sessions(tmp_path: Path) -> None:
    head = HEAD.replace("task", "session,task")
    rows = [ROW.replace("P1,", f"P1,{session},") for session in ("pre", "post")]
    trials = "\n".join([head, *rows]) + "\n"
    _folder(tmp_path, trials=trials)
    with pytest.raises(CohortError, match="score belongs to one of them"):
        read_generic(tmp_path)

    _folder(
        tmp_path,
        trials=trials,
        participants="participant_id\tsession\tscore\nP1\tpre\t40\nP1\tpost\t45\n",
    )

    scores = {row.session: row.score for row in read_generic(tmp_path).sessions}
    assert scores == {"pre": 40, "post": 45}


def test_contradicting_rows_of_a_person_are_refused(tmp_path: Path) -> None:
    _folder(tmp_path, participants="participant_id\tscore\nP1\t40\nP1\t41\n")

    with pytest.raises(CohortError, match="must describe each session once"):
        read_generic(tmp_path)


def test_a_strange_group_is_refused(tmp_path: Path) -> None:
    _folder(tmp_path, participants="participant_id\tgroup\nP1\tmartian\n")

    with pytest.raises(CohortError, match="group must be patient or control; got 'martian'"):
        read_generic(tmp_path)


def test_the_column_of_the_score_may_name_its_scale(tmp_path: Path) -> None:
    persons = "participant_id\tfma-ue-mhh20\nP1\t17\n"

    cohort = read_generic(_folder(tmp_path, participants=persons, described={}))

    assert cohort.scale == SCALES["fma-ue-mhh20"]
    assert cohort.sessions[0].score == 17
    with pytest.raises(CohortError, match="named after fma-ue-mhh20"):
        read_generic(_folder(tmp_path, participants=persons))
    assert read_generic(tmp_path, scale=SCALES["fma-ue"]).scale == SCALES["fma-ue"]


def test_scores_without_a_scale_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="scale must be named"):
        read_generic(_folder(tmp_path, described={}))


def test_a_scale_of_ones_own_is_read(tmp_path: Path) -> None:
    described = {"Scale": {"name": "arat", "minimum": 0, "maximum": 57}, "Name": "Ours"}

    cohort = read_generic(_folder(tmp_path, described=described))

    assert cohort.scale is not None
    assert (cohort.scale.name, cohort.scale.maximum, cohort.name) == ("arat", 57, "Ours")


@pytest.mark.parametrize(
    ("described", "error", "message"),
    [
        ([], ReadError, "must hold one JSON object; got a list"),
        ({"Synthetic": "yes"}, ReadError, "Synthetic in .* must be true or false; got 'yes'"),
        ({"Scale": "nihss"}, ScaleError, "got 'nihss'"),
        ({"Scale": 3}, ScaleError, "must be a name, or an object"),
        ({"Scale": {"name": "x", "minimum": 0}}, ScaleError, "KeyError: 'maximum'"),
        ({"Scale": {"name": "x", "minimum": 1, "maximum": 0}}, ScaleError, "below its maximum"),
    ],
)
def test_a_strange_description_is_refused(
    tmp_path: Path, described: object, error: type[HybridMfpError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_generic(_folder(tmp_path, described=described))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "must be text in UTF-8"),
        (b"", "it is empty"),
        (b"a,A\n1,2\n", "named once; got a"),
        (b"a,b\n1,2,3\n", "row 2 has 3"),
        (b"\n", "must begin with a row of column names"),
        (b"a\n" + b"x" * 200_000, "must be a table of text"),
    ],
)
def test_a_strange_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (_folder(tmp_path) / "participants.tsv").write_bytes(content)

    with pytest.raises(ReadError, match=message):
        read_generic(tmp_path)


def test_items_and_oracle_belong_to_the_sessions_that_were_recorded(tmp_path: Path) -> None:
    _folder(
        tmp_path,
        participants="participant_id\tscore\nP1\t40\nP2\t41\n",
        described={"Scale": "fma-ue", "Synthetic": True},
    )
    (tmp_path / "items.tsv").write_text("participant_id\tA1a\tC1\tx\nP2\t2\t1\t\nP1\t0\t2\t\n")
    (tmp_path / "oracle.tsv").write_text("participant_id\toracle_score\nP1\t38.5\nP2\t42\n")

    cohort = read_generic(tmp_path)

    assert [row.items for row in cohort.sessions] == [{"A1a": 0, "C1": 2}]
    assert cohort.oracle == {("P1", "1"): 38.5}
    assert [entry.problem for entry in cohort.problems] == [
        "unknown columns: x",
        "P2, session 1, has no recordings",
    ]


def test_an_oracle_of_recorded_persons_is_refused(tmp_path: Path) -> None:
    (_folder(tmp_path) / "oracle.tsv").write_text("participant_id\toracle_score\nP1\t38.5\n")

    with pytest.raises(CohortError, match="an oracle must be given for simulated scores only"):
        read_generic(tmp_path)


def test_a_folder_is_known_by_its_two_tables(tmp_path: Path) -> None:
    assert not is_generic_folder(tmp_path)
    assert is_generic_folder(_folder(tmp_path))
