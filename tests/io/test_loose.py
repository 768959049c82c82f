"""What a folder of loose motion-capture files becomes."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np
import pytest

from hybridmfp.errors import ReadError, ScaleError
from hybridmfp.io.loose import is_loose_folder, read_loose_folder
from hybridmfp.signals import SCALES, Cohort, Scale, SubjectSession, TrialKey

STROKE = (
    "participant,gender,age_years,months_since_stroke,dominant_hand,affected_upper_limb,fma_ue_66\n"
    "P04,M,52,12,right,left,55\n"
    "P05,f,,,,,38\n"
)
HEALTHY = "participant,gender,age_years\nH01,m,68\n"


def folder_with(folder: Path, *names: str, stroke: str = "", healthy: str = "") -> Path:
    for name in names:
        (folder / name).touch()
    if stroke:
        (folder / "participants_stroke.csv").write_text(stroke)
    if healthy:
        (folder / "participants_healthy.csv").write_text(healthy)
    return folder


def reported(cohort: Cohort) -> str:
    return " | ".join(f"{problem.problem}: {problem.done}" for problem in cohort.problems)


@pytest.mark.parametrize(
    ("names", "loose"),
    [
        (("a.mvnx",), True),
        (("a.C3D", "notes.txt"), True),
        (("a.csv",), False),
        ((), False),
        (("a.mvnx", "participants.tsv"), False),
        (("a.c3d", "trials.csv"), False),
        (("a.c3d", "dataset_description.json"), False),
    ],
)
def test_a_loose_folder_has_recordings_and_no_other_tables(
    tmp_path: Path, names: tuple[str, ...], loose: bool
) -> None:
    assert is_loose_folder(folder_with(tmp_path, *names)) is loose


def test_a_file_is_no_loose_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mvnx").touch()

    assert not is_loose_folder(tmp_path / "a.mvnx")


def test_names_and_tables_describe_the_cohort(tmp_path: Path) -> None:
    folder_with(
        tmp_path, "P04_T11_L1.mvnx", "P04_T07_L2.mvnx", "H01_T07_r1.c3d",
        stroke=STROKE, healthy=HEALTHY,
    )  # fmt: skip

    cohort = read_loose_folder(tmp_path)

    assert cohort.name == tmp_path.name
    assert cohort.scale is SCALES["fma-ue"]
    assert [trial.key for trial in cohort.trials] == [
        TrialKey("H01", "1", "7", "1"),
        TrialKey("P04", "1", "7", "2"),
        TrialKey("P04", "1", "11", "1"),
    ]
    assert [trial.decoder for trial in cohort.trials] == [
        "c3d/1 side=right", "mvnx/1 side=left", "mvnx/1 side=left",
    ]  # fmt: skip
    assert cohort.sessions == (
        SubjectSession("H01", "1", "control", age_years=68, sex="m", tested_side="right"),
        SubjectSession(
            "P04", "1", score=55, age_years=52, chronicity_weeks=pytest.approx(365.25 / 7), sex="m",
            affected_side="left", dominant_side="right", tested_side="left",
        ),
    )  # fmt: skip
    assert reported(cohort) == "1 participants have no recording: P05: left out"


def test_other_names_are_taken_for_the_subject_and_said_so(tmp_path: Path) -> None:
    cohort = read_loose_folder(folder_with(tmp_path, "reach.c3d", "P04_T07_R1.mvnx"))

    assert [trial.key for trial in cohort.trials] == [
        TrialKey("P04", "1", "7", "1"),
        TrialKey("reach", "1", "1", "1"),
    ]
    assert cohort.scale is None
    assert "1 files are not named like P04_T07_L1.mvnx: reach.c3d" in reported(cohort)
    assert "2 recorded subjects are in no table of participants: P04, reach" in reported(cohort)


def test_both_arms_of_one_repetition_stay_apart(tmp_path: Path) -> None:
    names = ("P04_T07_L1.mvnx", "P04_T07_R1.mvnx", "P04_T11_R1.mvnx")

    cohort = read_loose_folder(folder_with(tmp_path, *names, stroke=STROKE))

    assert [trial.key.repetition for trial in cohort.trials] == ["left-1", "right-1", "1"]
    assert cohort.sessions[0].tested_side is None
    assert "one repetition was recorded with both arms" in reported(cohort)


@pytest.mark.parametrize("names", [("a.c3d", "a.mvnx"), ("P04_T07_L1.mvnx", "P04_T07_L1.c3d")])
def test_two_files_of_one_trial_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ReadError, match=r"each trial .* must be one file"):
        read_loose_folder(folder_with(tmp_path, *names))


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"must be a folder with \.c3d or \.mvnx files"):
        read_loose_folder(tmp_path)
    with pytest.raises(ReadError, match=r"none must be a folder"):
        read_loose_folder(tmp_path / "none")


@pytest.mark.parametrize(
    ("stroke", "healthy", "match"),
    [
        ("person,fma_ue_66\nP04,3\n", "", "must have a column 'participant'; it has person"),
        ("participant,fma_ue_66\nP04,3\nP04,4\n", "", "P04 is listed again in row 3"),
        ("participant,fma_ue_66\nP04,3\n", "participant\nP04\n", "P04 is listed again in row 2"),
        ("participant,fma_ue_66\n,3\n", "", "row 2 does not"),
    ],
)
def test_tables_that_do_not_tell_who_are_refused(
    tmp_path: Path, stroke: str, healthy: str, match: str
) -> None:
    folder_with(tmp_path, "P04_T07_L1.mvnx", stroke=stroke, healthy=healthy)

    with pytest.raises(ReadError, match=match):
        read_loose_folder(tmp_path)


def test_cells_that_make_no_sense_are_unknown_and_reported(tmp_path: Path) -> None:
    stroke = "participant,fma_ue_66,affected_upper_limb\nP04,many,up\n"

    cohort = read_loose_folder(folder_with(tmp_path, "P04_T07_L1.mvnx", stroke=stroke))

    assert cohort.sessions[0].score is None
    assert cohort.sessions[0].affected_side is None
    assert "'many'" in reported(cohort)
    assert "'up'" in reported(cohort)


def test_scores_are_held_against_their_own_scale(tmp_path: Path) -> None:
    folder_with(tmp_path, "P04_T07_L1.mvnx", stroke="participant,fma_ue_66\nP04,67\n")

    with pytest.raises(ScaleError, match="score of P04 must lie on fma-ue"):
        read_loose_folder(tmp_path)
    with pytest.raises(ScaleError, match="are rated on fma-ue; got scale 'mine'"):
        read_loose_folder(tmp_path, scale=Scale("mine", 0, 100))


def test_the_side_in_the_name_of_a_c3d_file_reaches_the_recording(tmp_path: Path) -> None:
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["LABELS"]["value"] = ("WRA",)
    file["parameters"]["POINT"]["UNITS"]["value"] = ("mm",)
    file["data"]["points"] = np.ones((4, 1, 10))
    file.write(str(tmp_path / "P04_T07_R1.c3d"))

    (trial,) = read_loose_folder(tmp_path).trials
    recording = trial.load()

    assert recording.side == "right"
    assert recording.key == trial.key == TrialKey("P04", "1", "7", "1")
    assert recording.provenance[0].reader == trial.decoder


def test_the_zurich_recordings_can_be_read_by_workers(real_data: Any) -> None:
    folder = real_data("ulimb_uzh_mvnx")

    assert is_loose_folder(folder)
    cohort = read_loose_folder(folder)

    assert cohort.subjects == ("H01", "H03", "P04", "P30")
    assert {row.subject: row.score for row in cohort.sessions if row.group == "patient"} == {
        "P04": 55, "P30": 21,
    }  # fmt: skip
    assert "21 participants have no recording: P02, " in reported(cohort)
    for trial in cohort.trials:
        recording = pickle.loads(pickle.dumps(trial)).load()  # noqa: S301
        assert recording.key == trial.key
        assert recording.provenance[0].reader == trial.decoder == f"mvnx/1 side={recording.side}"


def test_a_folder_with_one_c3d_file_is_a_cohort(real_data: Any) -> None:
    (recording,) = read_loose_folder(real_data("shoulder_c3d"))

    assert recording.modalities == ("emg", "kinematics")
    assert recording.key.subject == "markers_analogs"
