"""The command ``degradation`` as scripts and people meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hybridmfp.app.report.degradation import loss_rows, loss_verdict
from hybridmfp.io import write_cohort
from hybridmfp.pipelines import read_settings
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Run = Callable[..., tuple[int, str, str]]
OPTIONS = ("--model", "ridge", "--jobs", 1, "--protocol", "group-kfold", "--folds", 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four patients seen by markers alone."""
    settings = VirtualCohortSettings(
        n_patients=4, n_controls=0, tasks=("reach_forward",), n_repetitions=2, emg="none", seed=5
    )
    path = tmp_path_factory.mktemp("data") / "cohort"
    write_cohort(virtual_cohort(settings), path)
    return path


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


def test_json_is_one_object_without_nan(run: Run, folder: Path) -> None:
    named = "emg-only, half-channels,one-trial-per-task"

    code, out, err = run("degradation", folder, *OPTIONS, "--scenarios", named, "--json")

    described = json.loads(out, parse_constant=refuse)
    assert (code, err) == (0, "")
    assert described["synthetic"] is True
    names = [one["scenario"] for one in described["scenarios"]]
    assert names == ["complete", "emg-only", "half-channels", "one-trial-per-task"]
    complete, emg_only, half, _ = described["scenarios"]
    assert complete["mae_low"] <= complete["mae"] <= complete["mae_high"]
    assert emg_only["mae"] is None
    assert emg_only["note"].startswith("Not possible")
    assert half["difference_low"] <= half["difference_points"] <= half["difference_high"]
    assert described["seconds"] > 0


def test_a_run_folder_holds_everything(run: Run, folder: Path, tmp_path: Path) -> None:
    code, out, _ = run(
        "degradation", folder, *OPTIONS, "--scenarios", "emg-only,webcam-points",
        "--out", tmp_path / "run",
    )  # fmt: skip

    assert code == 0
    assert "webcam-points" in out
    assert "emg-only: Not possible" in out
    assert {file.name for file in (tmp_path / "run").iterdir()} == {
        "degradation.csv", "degradation.json", "estimates.csv", "problems.json",
        "provenance.json", "report.html", "settings.toml",
    }  # fmt: skip
    table = pd.read_csv(tmp_path / "run" / "degradation.csv")
    assert table["scenario"].tolist() == ["complete", "emg-only", "webcam-points"]
    assert table["synthetic"].all()
    estimates = pd.read_csv(tmp_path / "run" / "estimates.csv")
    assert {"subject", "rated", "complete", "webcam-points"} <= set(estimates.columns)
    read_settings(tmp_path / "run" / "settings.toml")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "SYNTHETIC DATA" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scenarios", "webcam"), "got 'webcam'. Did you mean 'webcam-points'"),
        (("--protocol", "published"), "protocol must be loso or group-kfold"),
        (("--model", "rigde"), "Did you mean 'ridge'"),
    ],
)
def test_what_the_user_can_mend_is_one_message(
    run: Run, folder: Path, words: tuple[str, ...], message: str
) -> None:
    code, out, err = run("degradation", folder, "--jobs", 1, *words)

    assert (code, out) == (2, "")
    assert message in err


def made_up() -> dict[str, Any]:
    nothing = {
        "mae": None, "mae_low": None, "mae_high": None, "complete_mae": None,
        "loss_percent": None, "difference_points": None, "difference_low": None,
        "difference_high": None, "p_value": None, "p_adjusted": None, "note": "",
        "n_rows": 9, "n_missing": 1, "n_trials": 30, "meaning": "something",
    }  # fmt: skip
    error = {"mae_low": 1.0, "mae_high": 3.0, "complete_mae": 2.0}
    lost = {"difference_low": 0.5, "difference_high": 4.0, "p_adjusted": 0.0004}
    return {
        "model": "ridge",
        "n_subjects": 10,
        "n_rows": 10,
        "baseline_mean_mae": 3.5,
        "scenarios": [
            nothing | error | {"scenario": "complete", "mae": 2.0, "loss_percent": 0.0},
            nothing | error | lost
            | {"scenario": "a", "mae": 4.0, "loss_percent": 100.0, "difference_points": 2.0},
            nothing | error | lost
            | {"scenario": "b", "mae": 1.9, "loss_percent": -5.0, "difference_points": -0.1},
            nothing | {"scenario": "c", "note": "Not possible."},
        ],
    }  # fmt: skip


def test_losses_are_told_with_their_sign_and_none_where_there_is_none() -> None:
    complete, a, b, c = loss_rows(made_up())

    assert (complete.loss, a.loss, b.loss, c.loss) == (
        "\u2013", "+100\u00a0%", "\u22125\u00a0%", "\u2013"
    )  # fmt: skip
    assert (a.mae, a.difference) == ("4.00 [1.00 to 3.00]", "2.00 [0.50 to 4.00]")
    assert (a.n_missing, a.p) == ("1 of 10", "p\u00a0<\u00a00.001")


def test_the_verdict_names_the_dearest_scenario_and_those_worse_than_guessing() -> None:
    first, dearest, useless = loss_verdict(made_up())

    assert "errs by 2.00 [1.00 to 3.00] points" in first
    assert dearest.startswith("a (something) costs most: 2.00")
    assert useless.startswith("No better than guessing the training mean: a.")
