"""`hybridmfp simulate` writes what was asked for, marked as synthetic, or nothing at all."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridmfp.app import simulating
from hybridmfp.errors import WriteError
from hybridmfp.io import open_cohort
from hybridmfp.signals import Cohort
from hybridmfp.simulation import VirtualCohortSettings, ground_truth, virtual_cohort

Run = Callable[..., tuple[int, str, str]]

SMALL = (
    *("--patients", 4, "--controls", 1, "--tasks", "reach_forward", "--repetitions", 1),
    *("--emg", "none", "--seed", 2, "--jobs", 1),
)
SETTINGS = VirtualCohortSettings(
    n_patients=4, n_controls=1, tasks=("reach_forward",), n_repetitions=1, emg="none", seed=2
)
CONTRACT = {
    "name", "synthetic", "layout", "n_patients", "n_controls", "n_sessions", "n_trials", "tasks",
    "observed_range", "megabytes", "seconds", "peak_mb",
}  # fmt: skip


def same_persons(ours: Cohort, asked: Cohort) -> None:
    assert ours.synthetic
    assert ours.name == asked.name
    assert ours.scale == asked.scale
    assert ours.sessions == asked.sessions  # scores, items and all
    assert ours.oracle == pytest.approx(asked.oracle, rel=1e-12)
    assert not ours.problems


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_generic_folder_reads_back_as_the_cohort_that_was_asked_for(
    run: Run, tmp_path: Path
) -> None:
    code, _, _ = run("simulate", tmp_path / "cohort", *SMALL)

    ours, asked = open_cohort(tmp_path / "cohort"), virtual_cohort(SETTINGS)
    assert code == 0
    same_persons(ours, asked)
    assert [trial.key for trial in ours.trials] == [trial.key for trial in asked.trials]
    for one, other in zip(ours, asked, strict=True):
        assert one.kinematics is not None
        assert other.kinematics is not None
        assert one.side == other.side
        np.testing.assert_array_equal(one.kinematics.samples, other.kinematics.samples)


def test_the_original_layout_reads_back_with_the_same_scores(run: Run, tmp_path: Path) -> None:
    code, _, _ = run("simulate", tmp_path / "cohort", *SMALL, "--layout", "ulimb")

    ours, asked = open_cohort(tmp_path / "cohort"), virtual_cohort(SETTINGS)
    assert code == 0
    same_persons(ours, asked)
    assert ours.scale is not None
    assert ours.scale.name == "fma-ue"
    assert (tmp_path / "cohort" / "Stroke" / "All_KIN" / "S4_1_1.csv").is_file()
    for one, other in zip(ours, asked, strict=True):
        assert one.kinematics is not None
        assert other.kinematics is not None
        # Half of the sixth digit, and the last bits of single precision.
        np.testing.assert_allclose(one.kinematics.samples, other.kinematics.samples, rtol=5.2e-6)


def test_every_option_reaches_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def write(settings: VirtualCohortSettings, out: Path, **how: Any) -> dict[str, Any]:
        seen.update(how, settings=settings, out=out)
        return {}

    monkeypatch.setattr(simulating, "write", write)
    run(
        *("simulate", "there", "--patients", 7, "--controls", 3, "--repetitions", 4, "--seed", 9),
        *("--tasks", "grasp_release, reach_forward", "--setting", "early", "--sites", 3),
        *("--site-severity", 1.5, "--visits", "0,4,12", "--therapy", "randomised"),
        *("--unaffected-side", "--calibration", "--emg", "amplitude_noise"),
        *("--kinematics", "joint_angles", "--layout", "ulimb", "--jobs", 2, "--overwrite"),
        "--json",
    )

    assert seen["settings"] == VirtualCohortSettings(
        n_patients=7,
        n_controls=3,
        tasks=("grasp_release", "reach_forward"),
        n_repetitions=4,
        seed=9,
        n_sites=3,
        site_severity=1.5,
        setting="early",
        visit_weeks=(0.0, 4.0, 12.0),
        therapy="randomised",
        unaffected_side=True,
        calibration=True,
        emg="amplitude_noise",
        kinematics="joint_angles",
    )
    assert (seen["out"], seen["layout"], seen["n_jobs"]) == (Path("there"), "ulimb", 2)
    assert seen["overwrite"] is True


def test_without_options_the_settings_are_the_documented_defaults(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(simulating, "write", lambda settings, *_, **__: seen.append(settings) or {})

    run("simulate", "there", "--json")

    assert seen == [VirtualCohortSettings()]


@pytest.mark.parametrize("layout", ["generic", "ulimb"])
def test_json_is_one_object_on_stdout_with_the_contract(
    run: Run, tmp_path: Path, layout: str
) -> None:
    out = tmp_path / "cohort"

    code, said, err = run("simulate", out, *SMALL, "--layout", layout, "--json")

    described = json.loads(said)  # fails on anything beside the object
    scores = [row.score for row in virtual_cohort(SETTINGS).sessions if row.score is not None]
    n_bytes = sum(map(len, contents(out).values()))
    assert code == 0
    assert set(described) == CONTRACT
    assert described["name"] == virtual_cohort(SETTINGS).name
    assert described["synthetic"] is True
    assert (described["layout"], described["tasks"]) == (layout, ["reach_forward"])
    assert (described["n_patients"], described["n_controls"]) == (4, 1)
    assert (described["n_sessions"], described["n_trials"]) == (5, 5)
    assert described["observed_range"] == [min(scores), max(scores)]
    assert described["megabytes"] == pytest.approx(n_bytes / 1e6, abs=0.051)  # one decimal
    assert described["seconds"] > 0
    assert described["peak_mb"] > 50
    assert str(out) in err


def test_people_are_told_that_the_data_are_synthetic_and_what_to_do_next(
    run: Run, tmp_path: Path
) -> None:
    code, said, err = run("simulate", tmp_path / "cohort", *SMALL)

    assert (code, err) == (0, "")
    assert "SYNTHETIC cohort" in said
    assert "SYNTHETIC, says nothing about patients" in said
    assert f"try: hybridmfp inspect {tmp_path / 'cohort'}" in said
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in said.splitlines()]
    assert ["patients, controls", "4, 1"] in rows
    assert ["sessions, trials", "5, 5"] in rows


def test_the_truth_lies_beside_the_recordings(run: Run, tmp_path: Path) -> None:
    therapy = ("--visits", "0,12", "--therapy", "randomised", "--sites", 2)

    run("simulate", tmp_path / "cohort", *SMALL, *therapy)

    asked = ground_truth(
        VirtualCohortSettings(
            n_patients=4,
            n_controls=1,
            tasks=("reach_forward",),
            n_repetitions=1,
            emg="none",
            seed=2,
            visit_weeks=(0.0, 12.0),
            therapy="randomised",
            n_sites=2,
        )
    )
    written = {
        file.stem: pd.read_csv(file, sep="\t", dtype={"session": str, "value": str})
        for file in (tmp_path / "cohort" / "truth").iterdir()
    }
    assert set(written) == set(asked)
    assert set(asked) == {"settings", "abilities", "impairments", "sites", "therapy"}
    for name, table in asked.items():
        pd.testing.assert_frame_equal(written[name], table, check_dtype=False)


@pytest.mark.parametrize("layout", ["generic", "ulimb"])
@pytest.mark.parametrize("spoil", ["removed", "nonsense"])
def test_the_truth_is_never_read(run: Run, tmp_path: Path, layout: str, spoil: str) -> None:
    out = tmp_path / "cohort"
    run("simulate", out, *SMALL, "--layout", layout)

    if spoil == "removed":
        shutil.rmtree(out / "truth")
    else:
        for file in (out / "truth").iterdir():
            file.write_bytes(b"\xff no table \x00")

    ours = open_cohort(out)
    same_persons(ours, virtual_cohort(SETTINGS))
    assert len(list(ours)) == 5


BAD: dict[str, str] = {
    "--patients 0": "n_patients must be a whole number, 1 or more; got 0",
    "--patients -3": "n_patients must be a whole number, 1 or more; got -3",
    "--controls -1": "n_controls must be a whole number, 0 or more; got -1",
    "--repetitions 0": "n_repetitions must be a whole number, 1 or more; got 0",
    "--repetitions -2": "n_repetitions must be a whole number, 1 or more; got -2",
    "--sites 0": "n_sites must be a whole number, 1 or more; got 0",
    "--sites -1": "n_sites must be a whole number, 1 or more; got -1",
    "--site-severity -1": "site_severity must lie between 0 and 3",
    "--site-severity 1000": "site_severity must lie between 0 and 3",
    "--site-severity nan": "site_severity must lie between 0 and 3",
    "--tasks reach_forwad": "got 'reach_forwad'. Did you mean 'reach_forward'?",
    "--tasks ,": "tasks must be a tuple of at least one name",
    "--tasks grasp_release,grasp_release": "tasks must be unique",
    "--setting cronic": "Did you mean 'chronic'?",
    "--therapy lots": "therapy must be one of none, observational, randomised",
    "--layout ulimp": "layout must be one of generic, ulimb; got 'ulimp'",
    "--visits 0,x": "--visits must be numbers such as 0,4,12; got 'x'",
    "--visits 0,nan": "--visits must be numbers such as 0,4,12; got 'nan'",
    "--visits 4": "visit_weeks must ascend from 0",
    "--visits 0,8,4": "visit_weeks must ascend from 0",
    "--visits ,": "visit_weeks must ascend from 0",
    "--emg motor_unit": "Did you mean 'motor_units'?",
    "--kinematics none": "a trial would hold nothing",
    "--layout ulimb --visits 0,4": "Use the generic layout",
    "--layout ulimb --kinematics joint_angles": "Use the generic layout",
    "--layout ulimb --unaffected-side": "Use the generic layout",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_ends_in_one_message_and_nothing_is_created(
    run: Run, tmp_path: Path, words: str
) -> None:
    code, out, err = run("simulate", tmp_path / "cohort", *SMALL, *words.split(), "--json")

    assert (code, out) == (2, "")
    assert err.startswith("hybridmfp: ")
    assert err.count("\n") == 1
    assert BAD[words] in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", ["--seed -1", "--jobs -1", "--patients many", "--wat"])
def test_options_that_cannot_be_read_are_the_users_fault_too(
    run: Run, tmp_path: Path, words: str
) -> None:
    code, out, err = run("simulate", tmp_path / "cohort", *SMALL, *words.split())

    assert (code, out) == (2, "")
    assert words.split(maxsplit=1)[0] in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_as_it_was_unless_told_otherwise(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "precious.txt").write_text("mine", encoding="utf-8")

    code, said, err = run("simulate", out, *SMALL)

    assert (code, said) == (2, "")
    assert "OUT must be a new or empty folder" in err
    assert "--overwrite" in err
    assert contents(tmp_path) == {"mine/precious.txt": b"mine"}

    assert run("simulate", out, *SMALL, "--overwrite")[0] == 0
    assert not (out / "precious.txt").exists()
    same_persons(open_cohort(out), virtual_cohort(SETTINGS))
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_file_in_the_place_of_out_is_left_as_it_was(
    run: Run, tmp_path: Path, overwrite: list[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")

    for out in (tmp_path / "notes.txt", tmp_path / "notes.txt" / "cohort"):
        code, said, err = run("simulate", out, *SMALL, *overwrite)

        assert (code, said) == (2, "")
        assert "notes.txt" in err
        assert err.count("\n") == 1
        assert contents(tmp_path) == {"notes.txt": b"mine"}


def test_what_somebody_puts_into_out_meanwhile_is_left_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "cohort"

    def put(done: int, n_trials: int) -> None:
        out.mkdir(exist_ok=True)
        (out / "precious.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(WriteError, match="holds files"):
        simulating.write(SETTINGS, out, layout="generic", overwrite=False, n_jobs=1, progress=put)

    assert contents(tmp_path) == {"cohort/precious.txt": b"mine"}


@pytest.mark.parametrize(
    ("layout", "writes"),
    [
        ("generic", "pyarrow.parquet.write_table"),
        ("ulimb", "pyarrow.csv.write_csv"),
        ("generic", "pandas.DataFrame.to_csv"),  # what is true
    ],
)
def test_a_full_disk_is_one_message_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, writes: str
) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writes, fill)

    code, out, err = run("simulate", tmp_path / "cohort", *SMALL, "--layout", layout, "--json")

    assert (code, out) == (2, "")
    assert err.startswith("hybridmfp: ")
    assert "No space left on device" in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_evaluating_it_shows_model_oracle_and_baselines_together(run: Run, tmp_path: Path) -> None:
    run("simulate", tmp_path / "cohort", *SMALL)
    ridge = ("evaluate", tmp_path / "cohort", "--model", "ridge", "--jobs", 1)

    described = json.loads(run(*ridge, "--json")[1])
    said = run(*ridge)[1]

    cohort = virtual_cohort(SETTINGS)
    missed = [
        abs(row.score - cohort.oracle[row.subject, row.session])
        for row in cohort.sessions
        if row.score is not None
    ]
    assert described["oracle_mae"] == pytest.approx(np.mean(missed), rel=1e-12)
    assert described["synthetic"] is True
    lines = said.splitlines()
    for label, name in {
        "MAE ": "mae",
        "MAE of the oracle": "oracle_mae",
        "MAE of the training mean": "baseline_mean_mae",
        "MAE of the training median": "baseline_median_mae",
    }.items():
        (line,) = [line for line in lines if line.strip("│ ").startswith(label) and "│" in line][:1]
        assert f"{described[name]:.2f}" in line
