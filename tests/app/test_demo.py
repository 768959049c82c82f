"""The demo evaluates virtual patients, says so, and replaces nothing but a demo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hybridmfp.app.commands import demo

Run = Callable[..., tuple[int, str, str]]


def check_demo(out: str, folder: Path) -> None:
    report = (folder / "report.html").read_text(encoding="utf-8")
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert "SYNTHETIC" in out
    assert "SYNTHETIC DATA" in report
    assert "Oracle" in report
    for name in ("oracle_mae", "mae", "baseline_mean_mae"):
        assert f"{metrics[name]:.2f}" in out
        assert f"{metrics[name]:.2f}" in report


def test_a_demo_ends_in_a_report_that_names_the_oracle_and_may_be_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_TASKS", ("grasp_release",))
    monkeypatch.setattr(demo, "_REPETITIONS", 1)
    monkeypatch.setattr(demo, "_CONTROLS", 1)

    for seed in (0, 1):
        few = ("--patients", 3, "--audit", 0, "--jobs", 1, "--seed", seed)
        code, out, _ = run("demo", "--out", tmp_path / "demo", *few)

        assert code == 0
        check_demo(out, tmp_path / "demo")
        provenance = json.loads((tmp_path / "demo" / "provenance.json").read_text(encoding="utf-8"))
        assert provenance["seed"] == seed
        assert provenance["data"].endswith(f"seed {seed})")


@pytest.mark.slow
def test_a_demo_of_few_patients_runs_as_it_ships(run: Run, tmp_path: Path) -> None:
    few = ("--patients", 6, "--audit", 1)

    code, out, _ = run("demo", "--out", tmp_path / "demo", *few, "--json")

    assert code == 0
    described = json.loads(out)
    assert described["synthetic"] is True
    assert (described["n_subjects"], described["n_controls"]) == (6, 6)
    assert described["oracle_mae"] < described["baseline_mean_mae"]
    assert len(described["audit"]["nested_mae"]) == 1
    assert {file.name for file in (tmp_path / "demo").iterdir()} >= {"report.html", "audit.json"}


def test_what_is_not_a_demo_is_not_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text('{"synthetic": true, "data": "my cohort"}')

    code, out, err = run("demo", "--out", tmp_path)

    assert (code, out) == (2, "")
    assert "--overwrite" in err
    assert [one.name for one in tmp_path.iterdir()] == ["provenance.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--patients", "2"], "--patients"),
        (["--seed", "-1"], "--seed"),
        (["--permutations", "-1"], "n_permutations must be at least 0"),
        (["--audit", "-1"], "--audit"),
    ],
)
def test_wrong_options_end_in_one_message_before_anything_is_made(
    run: Run, tmp_path: Path, words: list[str], said: str
) -> None:
    code, out, err = run("demo", "--out", tmp_path / "demo", *words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
