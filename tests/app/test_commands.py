"""The command line as scripts and people meet it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridmfp import __version__
from hybridmfp.io import write_cohort
from hybridmfp.pipelines import read_settings
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Run = Callable[..., tuple[int, str, str]]

EVALUATE = {
    "n_subjects", "scale", "observed_range", "mae", "rmse", "r2", "ccc", "icc",
    "share_within_one_point", "mae_interval", "baseline_mean_mae", "baseline_median_mae",
    "permutation_p", "seconds", "peak_mb", "synthetic", "model",
}  # fmt: skip
INSPECT = {"n_subjects", "n_trials", "modalities", "scale", "problems"}
AUDIT = {"baseline_mae", "nested_mae", "published_mae"}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cohort on disk: 5 patients, 1 control, 2 trials each."""
    settings = VirtualCohortSettings(
        n_patients=5,
        n_controls=1,
        tasks=("reach_forward",),
        n_repetitions=2,
        emg="amplitude_noise",
        seed=5,
    )
    path = tmp_path_factory.mktemp("data") / "cohort"
    write_cohort(virtual_cohort(settings), path)
    return path


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A copy of it that may be broken."""
    path = tmp_path / "cohort"
    shutil.copytree(folder, path)
    return path


def the_object(out: str) -> dict[str, Any]:
    described = json.loads(out)
    assert isinstance(described, dict)
    return described


def test_inspect_prints_one_object_with_the_contract(run: Run, folder: Path) -> None:
    code, out, err = run("inspect", folder, "--json", "--jobs", 1)

    described = the_object(out)
    assert (code, err) == (0, "")
    assert set(described) >= INSPECT
    assert (described["n_subjects"], described["n_trials"]) == (6, 12)
    assert described["modalities"] == ["emg", "kinematics"]
    assert described["synthetic"] is True


def test_inspect_speaks_to_people_too(run: Run, folder: Path) -> None:
    code, out, _ = run("inspect", folder, "--jobs", 1)

    assert code == 0
    assert "SYNTHETIC" in out
    assert "5 patients with 10 trials" in out


def test_a_problem_is_shown_and_the_rest_goes_on(run: Run, copied: Path) -> None:
    trials = pd.read_csv(copied / "trials.csv")
    (copied / trials["emg_path"][0]).write_bytes(b"this is no Parquet file")

    code, out, _ = run("inspect", copied, "--json", "--jobs", 1)

    described = the_object(out)
    assert code == 0
    assert described["n_readable"] == 12  # its kinematics are kept
    done = {one["done"] for one in described["problems"] if one["file"].endswith(".parquet")}
    assert "emg of this trial left out" in done
    assert all(set(one) == {"file", "problem", "done"} for one in described["problems"])


def test_evaluate_prints_one_object_with_the_contract(run: Run, folder: Path) -> None:
    code, out, err = run("evaluate", folder, "--json", "--model", "ensemble", "--jobs", 1)

    described = the_object(out)
    assert (code, err) == (0, "")
    assert set(described) >= EVALUATE
    assert described["permutation_p"] is None
    assert described["mae_interval"][0] <= described["mae"] <= described["mae_interval"][1]
    assert described["seconds"] > 0
    assert described["peak_mb"] > 50


def test_the_same_command_gives_the_same_figures_with_a_warm_cache(run: Run, folder: Path) -> None:
    asked = ("evaluate", folder, "--json", "--model", "ensemble", "--jobs", 1)
    outs = [the_object(run(*asked)[1]) for _ in range(2)]

    measured = {"seconds", "peak_mb"}
    first, second = ({k: v for k, v in out.items() if k not in measured} for out in outs)
    assert first == second


def test_a_run_folder_holds_everything(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"

    code, _, _ = run(
        "evaluate", folder, "--out", out, "--jobs", 1, "--model", "ridge", "--audit", 1
    )

    assert code == 0
    assert {file.name for file in out.iterdir()} == {
        "metrics.json", "audit.json", "provenance.json", "problems.json", "settings.toml",
        "predictions.csv", "features.parquet", "report.html",
    }  # fmt: skip
    assert set(json.loads((out / "metrics.json").read_text())) >= EVALUATE
    provenance = json.loads((out / "provenance.json").read_text())
    assert {"versions", "git_commit", "data_hash", "seed"} <= set(provenance)
    read_settings(out / "settings.toml")
    predictions = pd.read_csv(out / "predictions.csv")
    assert len(predictions) == 5
    assert predictions["synthetic"].all()
    assert len(pd.read_parquet(out / "features.parquet")) == 10
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "ynthetic" in report


def test_selection_is_written_for_the_ensemble(run: Run, folder: Path, tmp_path: Path) -> None:
    run("evaluate", folder, "--out", tmp_path / "run", "--model", "ensemble", "--jobs", 1)

    selection = pd.read_csv(tmp_path / "run" / "selection.csv")
    assert {"feature", "share", "coefficient"} <= set(selection.columns)


def test_audit_prints_a_list_over_draws(run: Run, folder: Path) -> None:
    code, out, _ = run("audit", folder, "--json", "--draws", 2, "--model", "ridge", "--jobs", 1)

    described = the_object(out)
    assert code == 0
    assert set(described) >= AUDIT
    assert len(described["nested_mae"]) == len(described["published_mae"]) == 2


def test_an_existing_folder_is_not_overwritten_unless_asked(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")

    code, out, err = run("evaluate", folder, "--out", tmp_path, "--model", "ridge", "--jobs", 1)

    assert (code, out) == (2, "")
    assert "--overwrite" in err
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_doctor_finds_versions_and_models(run: Run) -> None:
    code, out, _ = run("doctor", "--json")

    described = the_object(out)
    assert code == 0
    assert described["version"] == __version__
    assert "ensemble" in described["models"]
    assert "cache" in described
    assert described["optional"]["fhir.resources"]["installed"]
    assert described["optional"]["sktime"]["installed"]


def test_version_is_printed(run: Run) -> None:
    assert run("--version")[:2] == (0, f"{__version__}\n")


def wreck_labels(folder: Path, **columns: object) -> None:
    (folder / "items.tsv").unlink()  # they would contradict the scores
    table = pd.read_csv(folder / "participants.tsv", sep="\t")
    for name, values in columns.items():
        table[name] = values
    table.to_csv(folder / "participants.tsv", sep="\t", index=False)


def score_column(folder: Path) -> str:
    table = pd.read_csv(folder / "participants.tsv", sep="\t")
    return next(name for name in table.columns if name in ("score", "fma-ue", "fma_ue"))


def nan_everywhere(folder: Path) -> None:
    for file in folder.rglob("*.parquet"):
        table = pd.read_parquet(file)
        table[:] = np.nan
        table.to_parquet(file, index=False)


WRECKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing folder": (shutil.rmtree, "does not exist"),
    "empty table": (lambda at: (at / "trials.csv").write_text(""), r"trials\.csv"),
    "label outside the scale": (
        lambda at: wreck_labels(at, **{score_column(at): 99}), "must lie on fma-ue"
    ),
    "equal labels": (
        lambda at: wreck_labels(at, **{score_column(at): 30}), "at least two different scores"
    ),
    "every file truncated": (
        lambda at: [f.write_bytes(f.read_bytes()[:40]) for f in at.rglob("*.parquet")],
        "none has",
    ),
    "NaN everywhere": (nan_everywhere, "none has"),
    "negative rate": (
        lambda at: (at / "trials.csv").write_text(
            (at / "trials.csv").read_text().replace("2000.0", "-1")
        ),
        "rate",
    ),
    "zero rate": (
        lambda at: (at / "trials.csv").write_text(
            (at / "trials.csv").read_text().replace("2000.0", "0")
        ),
        "rate",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wreck", WRECKS)
def test_bad_input_ends_in_one_message_and_exit_code_2(
    run: Run, copied: Path, tmp_path: Path, wreck: str
) -> None:
    spoil, said = WRECKS[wreck]
    spoil(copied)

    code, out, err = run(
        "evaluate", copied, "--json", "--model", "ridge", "--jobs", 1, "--out", tmp_path / "run"
    )

    assert (code, out) == (2, "")
    assert err.startswith("hybridmfp: ")
    assert "Traceback" not in err
    assert pd.Series([err]).str.contains(said).all(), err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scale", "fma-eu"], "Did you mean 'fma-ue'"),
        (["--model", "ensembel"], "Did you mean 'ensemble'"),
        (["--protocol", "random"], "protocol must be one of"),
        (["--protocol", "group-kfold", "--folds", "1"], "n_folds must be at least 2"),
        (["--settings", "nowhere.toml"], "must exist"),
        (["--permutations", "-1"], "n_permutations must be at least 0"),
        (["--emg-rate", "1000"], "must not be given"),
    ],
)
def test_wrong_options_end_in_one_message_and_exit_code_2(
    run: Run, folder: Path, words: list[str], said: str
) -> None:
    code, out, err = run("evaluate", folder, "--jobs", 1, *words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_an_unknown_option_is_the_users_fault_too(run: Run, folder: Path) -> None:
    assert run("evaluate", folder, "--wat")[0] == 2


def test_two_subjects_are_too_few(run: Run, copied: Path) -> None:
    scores = pd.read_csv(copied / "participants.tsv", sep="\t")[score_column(copied)]
    wreck_labels(copied, **{score_column(copied): scores.where(scores.index <= 2)})

    code, _, err = run("evaluate", copied, "--model", "ridge", "--jobs", 1)

    assert code == 2
    assert "at least 3 subjects" in err


@pytest.mark.slow
def test_the_original_recordings_are_evaluated(run: Run, real_data: Callable[[str], Path]) -> None:
    code, out, _ = run(
        "evaluate", real_data("ulimb_mhh_task12"), "--json", "--no-cache", "--model", "ensemble"
    )

    described = the_object(out)
    assert code == 0
    assert described["n_subjects"] == 19
    assert described["scale"] == "fma-ue-mhh20"
    assert described["baseline_mean_mae"] == pytest.approx(1.63, abs=0.005)
    assert described["mae"] < described["baseline_mean_mae"]
    assert described["synthetic"] is False
