"""The cohort written for timings has the published folder layout and honest labels."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.signals import find_montage
from hybridmfp.simulation import ReachCohortSettings, reach_cohort

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "rocky_cohort.py"


def write(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own script in our own interpreter)
        [sys.executable, str(SCRIPT), str(out), "--processes", "1", *options],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cohort") / "rocky"
    size = ("--subjects", "3", "--tasks", "1", "--repetitions", "1", "--relation", "planted")
    result = write(out, *size)
    assert result.returncode == 0, result.stderr
    return out


def labels(out: Path) -> dict[str, int]:
    with (out / "Metadata" / "MHH_Clinical_Labels.csv").open(newline="") as file:
        return {row["Subject_ID"]: int(row["FMA_UE_Score"]) for row in csv.DictReader(file)}


def test_every_trial_has_an_emg_file_and_a_marker_file(planted: Path) -> None:
    for folder in ("All_EMG", "All_KIN"):
        names = sorted(path.name for path in (planted / "Stroke" / folder).iterdir())
        assert names == ["S1_1_1.csv", "S2_1_1.csv", "S3_1_1.csv"]
    assert json.loads((planted / "dataset_description.json").read_text())["Synthetic"] is True


def test_the_files_hold_the_trials_of_the_cohort_to_six_digits(planted: Path) -> None:
    settings = ReachCohortSettings(n_patients=3, n_controls=0, n_tasks=1, n_repetitions=1)
    recording = reach_cohort(settings).trials[1].load()
    assert recording.emg is not None
    assert recording.kinematics is not None

    emg = np.genfromtxt(planted / "Stroke/All_EMG/S2_1_1.csv", delimiter=",")
    markers = np.genfromtxt(planted / "Stroke/All_KIN/S2_1_1.csv", delimiter=",", skip_header=2)

    np.testing.assert_allclose(emg.T, recording.emg.samples, rtol=5e-6)
    np.testing.assert_allclose(markers.T / 1000, recording.kinematics.samples, rtol=5e-6)


def test_the_header_names_each_marker_once_over_three_axes(planted: Path) -> None:
    first, second = (planted / "Stroke/All_KIN/S1_1_1.csv").read_text().splitlines()[:2]

    assert len(first.split(",")) == len(second.split(",")) == 63
    assert tuple(first.split(",")[::3]) == find_montage("mhh-markers").points
    assert second == ",".join("XYZ" * 21)


def test_gaps_are_empty_cells(planted: Path) -> None:
    files = sorted((planted / "Stroke/All_KIN").iterdir())
    cells = ",".join(line for file in files for line in file.read_text().splitlines()[2:])

    assert "" in cells.split(",")
    assert "nan" not in cells


def test_planted_labels_are_the_scores_on_the_partial_scale(planted: Path) -> None:
    settings = ReachCohortSettings(n_patients=3, n_controls=0)
    scores = {row.subject: row.score for row in reach_cohort(settings).sessions}

    assert {name: label * 66 / 20 for name, label in labels(planted).items()} == pytest.approx(
        scores, abs=66 / 20 / 2
    )


def test_unrelated_labels_lie_between_14_and_20(tmp_path: Path) -> None:
    size = ("--subjects", "3", "--tasks", "1", "--repetitions", "1", "--relation", "none")

    result = write(tmp_path / "rocky", *size)

    assert result.returncode == 0, result.stderr
    assert set(labels(tmp_path / "rocky")) == {"S1", "S2", "S3"}
    assert all(14 <= label <= 20 for label in labels(tmp_path / "rocky").values())


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")

    result = write(tmp_path, "--subjects", "1", "--tasks", "1", "--repetitions", "1")

    assert result.returncode == 2
    assert "OUT must be an empty folder or a new one" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_cohort_without_subjects_is_refused(tmp_path: Path) -> None:
    result = write(tmp_path / "rocky", "--subjects", "0")

    assert result.returncode == 2
    assert "n_patients must be a whole number, 1 or more; got 0" in result.stderr
    assert not (tmp_path / "rocky").exists()
