"""The command ``compare`` as scripts and people meet it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridmfp.app.report import render_comparison
from hybridmfp.app.report.comparison_plot import comparison_plot
from hybridmfp.app.report.comparison_wording import comparison_verdict, model_rows
from hybridmfp.io import write_cohort
from hybridmfp.pipelines import read_settings
from hybridmfp.signals import Problem
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Run = Callable[..., tuple[int, str, str]]

NASTY = "<script>alert('x')</script> & \"q\""
VOID = {"meta", "br"}
PROVENANCE = {"data": "data/cohort", "seed": 7, "versions": {"torch": None}, "git_commit": None}


class Reader(HTMLParser):
    """Reads a page strictly, and notes the rows of its tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag != "script"
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "body" in self.open and data.strip():
            self.words.append(data.strip())
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def entry(model: str, mae: float, **changed: Any) -> dict[str, Any]:
    return {
        "model": model,
        "mae": mae,
        "mae_interval": [mae - 0.5, mae + 0.75],
        "rmse": mae + 0.2,
        "r2": -0.25,
        "spearman": None,
        "difference_points": mae - 1.5,
        "difference_interval": [mae - 2, mae - 1],
        "p_value": 0.01,
        "p_adjusted": 0.03,
        "seconds": 12.34,
        "wrong": False,
        **changed,
    }


@pytest.fixture
def summary() -> dict[str, Any]:
    """Four models as `summarise_comparison` gives them; the wrong one claims the least error."""
    nothing = {"p_value": None, "p_adjusted": None}
    return {
        "n_subjects": 19,
        "n_rows": 20,
        "scale": "fma-ue-mhh20",
        "observed_range": [14.0, 20.0],
        "protocol": "loso",
        "n_folds": 19,
        "seed": 0,
        "synthetic": True,
        "reference": "fusion",
        "best": "fusion-emg",
        "interval_level": 0.95,
        "oracle_mae": 0.8,
        "models": [
            entry(
                "published", 0.7, wrong=True, difference_points=None, difference_interval=None,
                **nothing,
            ),
            entry("fusion-emg", 1.25),
            entry("fusion", 1.5, difference_points=0.0, difference_interval=[0.0, 0.0], **nothing),
            entry("ridge", 2.0, p_adjusted=0.0001),
        ],
        "baselines": {"training_mean": 1.63, "training_median": 1.74, "demographics": None},
        "remarks": ["minirocket was left out: <not> installed."],
    }  # fmt: skip


@pytest.fixture
def page(summary: dict[str, Any]) -> str:
    problems = [Problem(NASTY, "lost <b>", "left & out")]
    return render_comparison(summary=summary, problems=problems, provenance=PROVENANCE, title=NASTY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small cohort on disk: 5 patients, 1 control, kinematics alone."""
    settings = VirtualCohortSettings(
        n_patients=5,
        n_controls=1,
        tasks=("reach_forward",),
        n_repetitions=2,
        emg="none",
        seed=5,
    )
    path = tmp_path_factory.mktemp("data") / "cohort"
    write_cohort(virtual_cohort(settings), path)
    return path


QUICK = ("--models", "ridge,training-mean,published", "--reference", "ridge", "--jobs", 1)


def test_compare_prints_one_object_and_writes_the_same(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"

    code, said, _ = run("compare", folder, "--json", "--out", out, *QUICK)

    described = json.loads(said)
    assert code == 0
    assert {file.name for file in out.iterdir()} == {
        "comparison.json", "comparison.csv", "predictions.csv", "provenance.json",
        "problems.json", "settings.toml", "report.html",
    }  # fmt: skip
    written = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert {**written, "seconds": 0, "peak_mb": 0} == {**described, "seconds": 0, "peak_mb": 0}
    names = [one["model"] for one in described["models"]]
    assert sorted(names) == ["published", "ridge", "training-mean"]
    assert pd.read_csv(out / "comparison.csv")["model"].tolist() == names
    predictions = pd.read_csv(out / "predictions.csv")
    assert len(predictions) == 5
    assert set(predictions) >= {"subject", "session", "rated", "fold", "oracle", *names}
    assert json.loads((out / "provenance.json").read_text())["synthetic"] is True
    read_settings(out / "settings.toml")
    reader = Reader((out / "report.html").read_text(encoding="utf-8"))
    assert reader.words[0] == "SYNTHETIC DATA"
    for name in names:
        assert len([row for row in reader.rows if row[0] == name]) == 1


def test_people_are_told_whole_names_units_and_what_is_wrong(run: Run, folder: Path) -> None:
    code, out, _ = run("compare", folder, *QUICK)

    assert code == 0
    for told in (
        "SYNTHETIC", "ridge (reference)", "training-mean", "published (WRONG)", "points",
        "MAE of the oracle", "WRONG ON PURPOSE",
    ):  # fmt: skip
        assert told in out
    assert out.index("ridge (reference)") < out.index("published (WRONG)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--models", "ridge,ensembel"], "Did you mean 'ensemble'"),
        (["--models", "ridge"], "at least two"),
        (["--reference", "rigde"], "Did you mean 'ridge'"),
        (["--models", "ridge,training-mean"], "reference must be one of"),
        (["--protocol", "published"], "compared as a model"),
    ],
)
def test_wrong_options_end_in_one_message_and_exit_code_2(
    run: Run, folder: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    code, out, err = run("compare", folder, "--json", "--out", tmp_path / "run", *words)

    assert (code, out) == (2, "")
    assert err.startswith("hybridmfp: ")
    assert said in err
    assert not (tmp_path / "run").exists()


def test_an_existing_folder_is_not_overwritten_unless_asked(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")

    code, _, err = run("compare", folder, "--out", tmp_path, *QUICK)

    assert code == 2
    assert "--overwrite" in err
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_comparison_leaves_nothing_behind(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hybridmfp.app.comparing.compare", interrupted)

    code, _, _ = run("compare", folder, "--out", tmp_path / "run", *QUICK)

    assert code != 0
    assert list(tmp_path.iterdir()) == []


def test_the_page_reads_nothing_from_elsewhere(page: str) -> None:
    assert not re.search(r"<link|<img|\bsrc=|\bhref=\"(?!#)|url\((?!#)|@import", page)
    assert NASTY not in page


def test_the_page_begins_with_synthetic_only_where_it_is(summary: dict[str, Any]) -> None:
    pages = [
        render_comparison(
            summary={**summary, "synthetic": synthetic}, problems=(), provenance={}, title="Title"
        )
        for synthetic in (True, False)
    ]

    assert Reader(pages[0]).words[0] == "SYNTHETIC DATA"
    assert Reader(pages[1]).words[0] == "Title"
    assert "SYNTHETIC" not in pages[1]


def test_every_model_stands_once_in_the_table_and_once_in_the_plot(
    summary: dict[str, Any], page: str
) -> None:
    reader, svg = Reader(page), comparison_plot(summary).svg

    for one in summary["models"]:
        assert len([row for row in reader.rows if row[0] == one["model"]]) == 1
        assert svg.count(f">{one['model']}</text>") == 1


def test_the_table_is_best_first_and_the_wrong_one_is_last_and_marked(
    summary: dict[str, Any],
) -> None:
    rows = model_rows(summary)

    assert [row.model for row in rows] == ["fusion-emg", "fusion", "ridge", "published"]
    assert [row.mark for row in rows] == ["", "reference", "", "WRONG"]
    assert rows[0].mae == "1.25 [0.75 to 2.00]"
    assert rows[0].difference == "\u22120.25 [\u22120.75 to 0.25]"
    assert [row.p for row in rows] == ["p\u00a0=\u00a00.030", "", "p\u00a0<\u00a00.001", ""]
    assert (rows[1].difference, rows[3].difference) == ("0.00 (reference)", "WRONG: not compared")


def test_the_verdict_names_the_best_honest_model(summary: dict[str, Any]) -> None:
    found = comparison_verdict(summary)[0]

    assert found.startswith("Of 3 models judged on the same folds of 19 subjects, fusion-emg errs")
    assert "1.25 points" in found
    assert "published" not in found


def test_the_wrong_row_is_announced_only_where_there_is_one(
    summary: dict[str, Any], page: str
) -> None:
    honest = {**summary, "models": summary["models"][1:]}
    other = render_comparison(summary=honest, problems=(), provenance={}, title="Title")

    assert page.index("ONE ROW IS WRONG") < page.index("<h2>")
    assert "WRONG" not in other


def test_what_was_left_out_stands_above_the_models(page: str) -> None:
    assert page.index("minirocket was left out: &lt;not&gt; installed.") < page.index("<h2>Models")


def test_the_plot_marks_oracle_and_training_mean_where_they_lie(summary: dict[str, Any]) -> None:
    svg = comparison_plot(summary).svg
    untold = comparison_plot({**summary, "oracle_mae": None}).svg

    assert ">oracle, 0.80</text>" in svg
    assert ">training mean, 1.63</text>" in svg
    assert "oracle" not in untold
    lines = re.findall(r'<path d="M (\S+) \S+ *\nL \1 \S+[^"]*"[^>]*stroke-dasharray', svg)
    assert len(set(lines)) == 2
    mean, oracle = (float(at) for at in dict.fromkeys(lines))
    assert mean / oracle > 1


def test_the_plot_tells_the_figures_to_those_who_cannot_see_it(summary: dict[str, Any]) -> None:
    alt = comparison_plot(summary).alt

    assert alt.startswith("Mean absolute error of 4 models in points")
    assert "fusion 1.50 [1.00 to 2.25]" in alt
    assert "published 0.70 [0.20 to 1.45] (wrong on purpose)" in alt


@pytest.mark.parametrize("n_models", [2, 40])
def test_any_number_of_models_is_drawn(summary: dict[str, Any], n_models: int) -> None:
    maes = np.linspace(0, 3, n_models)
    many = [entry(f"model-{at}", mae) for at, mae in enumerate(maes)]

    svg = comparison_plot({**summary, "models": many, "reference": "model-0"}).svg

    assert len(set(re.findall(r">(model-\d+)</text>", svg))) == n_models


def test_the_same_summary_gives_the_same_page(summary: dict[str, Any], page: str) -> None:
    again = render_comparison(
        summary=summary,
        problems=[Problem(NASTY, "lost <b>", "left & out")],
        provenance=PROVENANCE,
        title=NASTY,
    )

    assert again == page
