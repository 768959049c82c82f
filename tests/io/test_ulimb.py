from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import CohortError, ReadError, ScaleError
from hybridmfp.io.ulimb import is_ulimb_folder, read_ulimb
from hybridmfp.signals import SCALES, Recording, find_montage

MARKERS = find_montage("mhh-markers")
RNG = np.random.default_rng(7)
KINEMATICS_MM = RNG.normal(size=(20, 63)).cumsum(axis=0).astype(np.float32)
EMG_V = (RNG.normal(size=(200, 12)) * 1e-4).astype(np.float32)
NAMES = ",".join(f" {point},," for point in MARKERS.points)
AXES = ",".join("XYZ" * 21)


def _lines(rows: np.ndarray, tail: str = "") -> list[str]:
    return [",".join("" if np.isnan(c) else str(c) for c in row) + tail for row in rows]


def _write(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\r\n".join(lines) + "\r\n")
    return path


def _write_kinematics(path: Path, rows: np.ndarray = KINEMATICS_MM) -> Path:
    return _write(path, [NAMES, AXES, *_lines(rows)])


def _flat(folder: Path, *, scores: str = "1,17.9\n") -> Path:
    _write_kinematics(folder / "Stroke" / "S1_12_1.csv")
    (folder / "labels_stroke.csv").write_text("subject_id,fma_ue_mhh20\n" + scores)
    return folder


def _published(folder: Path) -> Path:
    _write(folder / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(EMG_V))
    _write_kinematics(folder / "Stroke" / "All_KIN" / "S1_1_1.csv")
    _write(folder / "Healthy" / "ALL_EMG" / "10_1_1.csv", _lines(EMG_V))
    _write_kinematics(folder / "Healthy" / "ALL_KIN" / "10_1_1.csv")
    _write(folder / "Baseline" / "S1_static.csv", _lines(EMG_V))
    _write(
        folder / "Metadata" / "MHH_Clinical_Labels.csv",
        ["Subject_ID,FMA_UE_Score", "S1,18", "10,14"],
    )
    return folder


def _only(folder: Path) -> Recording:
    (recording,) = read_ulimb(folder)
    return recording


def test_a_healthy_person_never_gets_the_score_of_the_patient_with_that_number(
    tmp_path: Path,
) -> None:
    cohort = read_ulimb(_published(tmp_path))

    scores = {(row.subject, row.group): row.score for row in cohort.sessions}

    assert scores == {("H10", "control"): None, ("S1", "patient"): 18.0}
    assert cohort.scale == SCALES["fma-ue-mhh20"]
    assert any("S10, who has no recordings" in entry.problem for entry in cohort.problems)


def test_recordings_at_rest_are_mentioned_and_are_no_trials(tmp_path: Path) -> None:
    cohort = read_ulimb(_published(tmp_path))

    assert cohort.tasks == ("1",)
    assert ("Baseline", "1 recordings at rest") in {(p.file, p.problem) for p in cohort.problems}


def test_letter_case_of_folders_does_not_matter(tmp_path: Path) -> None:
    _write(tmp_path / "STROKE" / "all_emg" / "s01_01_1.CSV", _lines(EMG_V))
    (tmp_path / "LABELS_stroke.csv").write_text("subject_id,fma_ue_mhh20\n1,18\n")

    cohort = read_ulimb(tmp_path)

    assert str(cohort.trials[0].key) == "S1/1/task-1/rep-1"
    assert cohort.sessions[0].score == 18


def test_the_real_release_is_read_whole(real_data) -> None:
    cohort = read_ulimb(real_data("ulimb_mhh_task12"))

    recordings = list(cohort.select(subjects=["S6", "S13", "H1"]))

    assert len(cohort) == 116
    assert len(cohort.subjects) == 39
    assert cohort.sessions[20].score == 16
    assert [entry.problem for entry in cohort.problems] == [
        "a label for S10, who has no recordings"
    ]
    assert {recording.side for recording in recordings} == {None, "left", "right"}
    dropped = "69 columns, Cylinder_1, Cylinder_2 being no part of mhh-markers"
    assert any(entry.problem == dropped for r in recordings for entry in r.problems)
    for recording in recordings:
        assert recording.kinematics is not None
        assert 0.01 < np.nanmax(np.abs(recording.kinematics.samples)) < 3  # metres


def test_labels_are_read_whole(tmp_path: Path) -> None:
    _flat(tmp_path)
    (tmp_path / "labels_stroke.csv").write_text(
        "subject_id,age_years,gender,tested_limb,impaired_limb,dominant_limb,chronicity_weeks,"
        "fma_ue_mhh20,mms_score\n1,36.65,M,Left,left,right,308.43,16,25\n"
    )

    (row,) = read_ulimb(tmp_path).sessions

    assert (row.score, row.age_years, row.sex, row.chronicity_weeks) == (16, 36.65, "m", 308.43)
    assert (row.tested_side, row.affected_side, row.dominant_side) == ("left", "left", "right")
    assert _only(tmp_path).side == "left"


def test_a_score_with_a_fraction_is_kept(tmp_path: Path) -> None:
    assert read_ulimb(_flat(tmp_path)).sessions[0].score == 17.9


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ("1,\n", "no score for S1"),
        ("1,n/a\n", "no score for S1"),
        ("1,good\n", "fma_ue_mhh20 must be a number; got 'good'"),
        ("2,14\n", "no label for S1"),
        ("2,14\n", "a label for S2, who has no recordings"),
        ("1,14\nx7,15\n", "'x7' is not like S1 or 1"),
        ("1,14\nS01,14\n", "S1 once more"),
    ],
)
def test_what_is_wrong_with_labels_is_reported(tmp_path: Path, scores: str, told: str) -> None:
    cohort = read_ulimb(_flat(tmp_path, scores=scores))

    assert any(told in entry.problem for entry in cohort.problems)
    assert cohort.sessions[0].score == (14 if scores.startswith("1,14") else None)


def test_contradicting_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"rows of S1.*differ \(scores 14.0 and 15.0\)"):
        read_ulimb(_flat(tmp_path, scores="1,14\nS1,15\n"))


def test_scores_of_another_scale_are_refused(tmp_path: Path) -> None:
    _flat(tmp_path, scores="1,45\n")

    with pytest.raises(ScaleError, match="S1 must lie on fma-ue-mhh20"):
        read_ulimb(tmp_path)


def test_a_column_that_names_its_scale_is_not_taken_for_another(tmp_path: Path) -> None:
    _flat(tmp_path)

    with pytest.raises(ScaleError, match=r"fma_ue_mhh20 of .* are rated on fma-ue-mhh20; got"):
        read_ulimb(tmp_path, scale=SCALES["fma-ue"])


def test_a_column_that_names_no_scale_takes_the_one_given(tmp_path: Path) -> None:
    _flat(tmp_path)
    (tmp_path / "labels_stroke.csv").write_text("subject_id,score\n1,45\n")

    assert read_ulimb(tmp_path, scale=SCALES["fma-ue"]).scale == SCALES["fma-ue"]


def test_without_labels_nobody_has_a_score(tmp_path: Path) -> None:
    _write_kinematics(tmp_path / "Stroke" / "S1_12_1.csv")

    cohort = read_ulimb(tmp_path)

    assert cohort.scale is None
    assert "no table of labels" in cohort.problems[0].problem


def test_rated_items_are_read_beside_the_labels(tmp_path: Path) -> None:
    _flat(tmp_path)
    (tmp_path / "labels_stroke.csv").write_text("subject_id,score\n1,45\n")
    (tmp_path / "dataset_description.json").write_text('{"Scale": "fma-ue"}')
    (tmp_path / "items.tsv").write_text("participant_id\tC1\tC9\nS1\t2\t1\n")

    cohort = read_ulimb(tmp_path)

    assert (cohort.scale, cohort.sessions[0].score) == (SCALES["fma-ue"], 45)
    assert cohort.sessions[0].items == {"C1": 2}
    assert [entry.problem for entry in cohort.problems] == ["unknown columns: c9"]


def test_labels_without_subjects_are_refused(tmp_path: Path) -> None:
    _flat(tmp_path)
    (tmp_path / "labels_stroke.csv").write_text("person,score\n1,14\n")

    with pytest.raises(ReadError, match="must have a column subject_id"):
        read_ulimb(tmp_path)


def test_a_synthetic_cohort_says_so(tmp_path: Path) -> None:
    _flat(tmp_path)
    described = {"Name": "Simulated", "Synthetic": True}
    (tmp_path / "dataset_description.json").write_text(json.dumps(described))

    cohort = read_ulimb(tmp_path)

    assert cohort.synthetic
    assert cohort.name == "Simulated"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Stroke/notes.txt", "not a .csv file"),
        ("Stroke/S1-12-1.csv", "a name that is not"),
        ("Stroke/S01_12_01.csv", "the same trial as Stroke/S"),
        ("Healthy/S3_12_1.csv", "the name of a patient"),
        ("Stroke/other/S1_12_2.csv", "neither All_EMG nor All_KIN"),
        ("Stroke/All_KIN/S1_12_1.csv", "the same trial as Stroke/S1_12_1.csv"),
    ],
)
def test_files_that_are_left_out_are_reported(tmp_path: Path, name: str, told: str) -> None:
    _flat(tmp_path)
    _write_kinematics(tmp_path / name)

    cohort = read_ulimb(tmp_path)

    assert len(cohort) == 1
    assert any(told in entry.problem for entry in cohort.problems)


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    _flat(tmp_path)
    (tmp_path / "Stroke" / "._S1_12_1.csv").write_bytes(b"\0")

    assert read_ulimb(tmp_path).problems == ()


def test_trials_travel_to_other_processes(tmp_path: Path) -> None:
    (source,) = read_ulimb(_flat(tmp_path)).trials

    recording = pickle.loads(pickle.dumps(source)).load()  # noqa: S301 -- our own bytes

    assert recording.key == source.key
    assert recording.provenance[0].path == str(source.files[0])


def test_a_folder_is_known_by_its_files_not_its_name(tmp_path: Path) -> None:
    (tmp_path / "Stroke").mkdir()
    assert not is_ulimb_folder(tmp_path)
    (tmp_path / "Stroke" / "notes.csv").touch()
    assert not is_ulimb_folder(tmp_path)
    (tmp_path / "Stroke" / "S1_12_1.csv").touch()
    assert is_ulimb_folder(tmp_path)


def test_a_folder_without_usable_trials_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Healthy").mkdir()
    (tmp_path / "Healthy" / "S1_12_1.csv").touch()

    with pytest.raises(ReadError, match=r"it holds none.*the name of a patient"):
        read_ulimb(tmp_path)
