"""What a reader of the report may rely on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from hybridmfp.app.judging import as_rows_of_text
from hybridmfp.app.report import render_report
from hybridmfp.app.report.plots import (
    agreement_plot,
    audit_plot,
    bland_altman_plot,
    permutation_plot,
    selection_plot,
    subject_error_plot,
)
from hybridmfp.errors import EvaluationError
from hybridmfp.evaluation import (
    AuditResult,
    Interval,
    bootstrap_interval,
    compare_models,
    errors_per_subject,
    mean_absolute_error,
    measure,
    permutation_p,
)
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.evaluate import EvaluationRun
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
from hybridmfp.pipelines.selection import Look, selection_table
from hybridmfp.pipelines.summary import predictions_table, summarise_audit, summarise_evaluation
from hybridmfp.signals import SCALES, Problem, SubjectSession

RATED = np.array([14, 15, 16, 16, 17, 17, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 19, 14.0])
SVG_TITLES = (
    "Estimated and rated scores",
    "Bland\u2013Altman",
    "Absolute error of each person",
    "Model and baselines",
    "Features that were selected most often",
    "Error with permuted scores",
    "Every draw of the audit",
)
NASTY = "<script>alert('x')</script> & \"q\" $\\frac"
VOID = {"meta", "br"}
NONE_SELECTED = selection_table(
    [Look({"a": 0.0, "b": 0.0}, {}, ("the elastic net kept no feature",))]
)
PROVENANCE = {
    "data": "data/cohort",
    "data_hash": "9f2c" * 16,
    "seed": 7,
    "versions": {"numpy": "2.3.1", "torch": None},
    "git_commit": None,
    "made_at": "2026-01-02T03:04:05+00:00",
}


@dataclass(frozen=True)
class Case:
    """An evaluation, made by hand but summarised by the product itself."""

    rated: NDArray[np.float64]
    estimated: NDArray[np.float64]
    scale: str = "fma-ue-mhh20"
    protocol: Any = "loso"
    permuted: tuple[float, ...] = ()
    demographics: bool = False
    synthetic: bool = False
    remarks: tuple[str, ...] = ()
    subjects: Sequence[str] = ()
    oracle: NDArray[np.float64] | None = None
    looks: tuple[Look, ...] = field(default=())

    def parts(self) -> dict[str, Any]:
        subjects = list(self.subjects) or [f"S{row + 1}" for row in range(len(self.rated))]
        names = np.array(subjects)
        baselines = {
            "training mean": np.array([self.rated[names != one].mean() for one in names]),
            "training median": np.array([np.median(self.rated[names != one]) for one in names]),
        }
        if self.demographics:
            baselines["demographics"] = baselines["training mean"] + 0.25
        digest = self._digest(subjects)
        run = self._run(digest, baselines)
        return {
            "summary": summarise_evaluation(digest, run),
            "predictions": predictions_table(digest, run),
            "selection": run.selection,
        }

    def _digest(self, subjects: Sequence[str]) -> CohortDigest:
        rows = tuple(
            SubjectSession(subject, f"v{row}", score=float(self.rated[row]))
            for row, subject in enumerate(subjects)
        )
        empty = np.zeros((1, 0))
        profile = np.zeros((1, 0, 101), dtype=np.float32)
        sessions = [
            SessionDigest(
                row.subject, row.session, np.array(["1"]), (), empty, (), empty[0], profile, profile
            )
            for row in rows
        ]
        keys = [(row.subject, row.session) for row in rows]
        oracle = {} if self.oracle is None else dict(zip(keys, self.oracle.tolist(), strict=True))
        scale = SCALES[self.scale]
        return CohortDigest(
            "made up", scale, self.synthetic, rows, as_rows(sessions), (), (), "0", oracle
        )

    def _run(self, digest: CohortDigest, baselines: dict[str, NDArray[np.float64]]) -> Any:
        rated, subject = digest.scores, digest.subjects
        errors = {
            name: errors_per_subject(rated, guess, subject=subject)
            for name, guess in {"ensemble": self.estimated, **baselines}.items()
        }
        mae = mean_absolute_error(rated, self.estimated)
        return EvaluationRun(
            plan=EvaluationPlan(model="ensemble", protocol=self.protocol),
            metrics=measure(
                rated, self.estimated, subject=subject, mdc_points=digest.scale.mdc_points
            ),
            mae_interval=bootstrap_interval(
                mean_absolute_error, rated, self.estimated, subject=subject, n_draws=200
            ),
            permutation_p=permutation_p(mae, self.permuted) if self.permuted else None,
            permuted_maes=self.permuted,
            baselines=baselines,
            comparisons=compare_models(errors, reference="ensemble", n_draws=200),
            predicted=self.estimated,
            fold=np.zeros(len(rated), dtype=np.intp),
            selection=selection_table(self.looks) if self.looks else None,
            looks=self.looks,
            remarks=self.remarks,
        )


def looks(n_features: int = 30, n_folds: int = 19) -> tuple[Look, ...]:
    """Fold number k selects features k and above; feature 3 changes its sign."""
    weights = {"ridge": 0.75, "training mean": 0.25}
    return tuple(
        Look(
            {
                f"feature_{at:02d}": (-1.0 if at == 3 and fold % 2 else 0.5) * (at >= fold)
                for at in range(n_features)
            },
            weights,
        )
        for fold in range(n_folds)
    )


def audit_of(*, nested: float = 1.9) -> dict[str, Any]:
    return summarise_audit(
        AuditResult(
            baseline_mae=1.63,
            baseline_interval=Interval(1.21, 2.08),
            baseline_permuted_mae=(1.6, 1.64, 1.7),
            nested_mae=(nested, nested + 0.2, nested - 0.3),
            published_mae=(0.41, 1.95, 0.69),
            published_fell_back=(False, True, False),
            nested_noise_mae=(2.11, 1.87, 2.05),
            published_noise_mae=(0.52, 0.55, 0.33),
            published_noise_fell_back=(False, False, False),
        )
    )


def page_of(**parts: Any) -> str:
    defaults: dict[str, Any] = {
        "summary": None,
        "predictions": None,
        "selection": None,
        "audit": None,
        "problems": (),
        "provenance": PROVENANCE,
        "title": "A report",
    }
    return render_report(**{**defaults, **parts})


class Reader(HTMLParser):
    """Reads a page strictly: every element must be closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.headings: list[str] = []
        self.feed(page)
        assert not self.open
        self.tags = {tag for tag, _ in self.elements}

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag in {"h1", "h2", "h3"}:
            self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        if {"h1", "h2", "h3"} & set(self.open):
            self.headings[-1] += data

    def row(self, name: str) -> list[str]:
        (found,) = [row for row in self.rows if row and row[0] == name]
        return found

    def figures(self) -> list[str]:
        return [str(had["aria-label"]) for _, had in self.elements if had.get("role") == "img"]


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    case = Case(
        RATED,
        17.9 + 0.35 * (RATED - 17.9) + rng.normal(0, 1, 19),
        permuted=tuple(rng.normal(2, 0.2, 99).tolist()),
        demographics=True,
        synthetic=True,
        remarks=("In 2 of 19 folds nothing was kept.",),
        oracle=RATED + np.tile([0.75, -0.75], 10)[:19],
        subjects=[NASTY, *(f"S{row}" for row in range(1, 19))],
        looks=looks(),
    )
    problems = [Problem(f"file {at} {NASTY}", "lost <b>", "left & out") for at in range(257)]
    return {**case.parts(), "audit": audit_of(), "problems": problems, "title": NASTY}


@pytest.fixture(scope="module")
def full_page(full: dict[str, Any]) -> str:
    return page_of(**full)


@pytest.fixture(scope="module")
def full_reader(full_page: str) -> Reader:
    return Reader(full_page)


@pytest.fixture(scope="module")
def bare() -> dict[str, Any]:
    """Every estimate the same, one of two visits per person, nothing optional."""
    rated = np.array([10, 12, 30, 33, 50, 52, 60, 61.0])
    subjects = [f"P{row // 2}" for row in range(8)]
    return Case(
        rated, np.full(8, 40.0), scale="fma-ue", protocol="published", subjects=subjects
    ).parts()


@pytest.fixture(scope="module")
def bare_page(bare: dict[str, Any]) -> str:
    return page_of(**{**bare, "selection": NONE_SELECTED}, audit=audit_of(nested=0.8))


def test_the_page_needs_nothing_from_outside(full_page: str, full_reader: Reader) -> None:
    links = [
        value
        for _, had in full_reader.elements
        for name, value in had.items()
        if name.split(":")[-1] in {"href", "src", "action", "data", "srcset"}
    ]

    assert full_page.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "iframe", "img", "image", "object"} & full_reader.tags
    assert all(str(link).startswith("#") for link in links)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", full_page))
    assert "http" not in full_page.replace("http-equiv", "")
    assert "@import" not in full_page
    assert "@font-face" not in full_page


def test_every_id_is_used_once_and_every_reference_leads_somewhere(
    full_page: str, full_reader: Reader
) -> None:
    ids = [str(had["id"]) for _, had in full_reader.elements if "id" in had]
    targets = re.findall(r'(?:href="|url\()#([^")]*)', full_page)

    assert targets
    assert len(set(ids)) == len(ids)
    assert set(targets) <= set(ids)


def test_every_figure_has_a_heading_and_is_described_in_words(full_reader: Reader) -> None:
    assert set(SVG_TITLES) <= set(full_reader.headings)
    assert len(full_reader.figures()) == len(SVG_TITLES)
    assert all(len(words) > 40 for words in full_reader.figures())
    assert ("html", {"lang": "en"}) in full_reader.elements


def test_the_sections_come_in_the_promised_order(full_reader: Reader) -> None:
    sections = [title for title in full_reader.headings if title not in SVG_TITLES]

    assert sections == [
        NASTY, "Figures", "Plots", "Audit", "What was chosen", "Data problems", "Provenance",
    ]  # fmt: skip


def test_names_are_text_wherever_they_stand(full_page: str, full_reader: Reader) -> None:
    assert "<script" not in full_page
    assert "lost <b>" not in full_page
    assert [f"file 0 {NASTY}", "lost <b>", "left & out"] in full_reader.rows


def test_the_figures_are_those_of_the_summary(full: dict[str, Any], full_reader: Reader) -> None:
    summary = full["summary"]
    low, high = summary["mae_interval"]
    expected = {
        "MAE": f"{summary['mae']:.2f} points [{low:.2f} to {high:.2f}]",
        "RMSE": f"{summary['rmse']:.2f} points",
        "R²": f"{summary['r2']:.2f}",
        "Spearman": f"{summary['spearman']:.2f}",
        "CCC": f"{summary['ccc']:.2f}",
        "ICC(2,1)": f"{summary['icc']:.2f}",
        "Within one point": f"{100 * summary['share_within_one_point']:.0f}\u00a0%",
        "Within the MDC": "unknown for this scale",
        "Subjects": "19",
        "Rows": "19",
        "Scale": "fma-ue-mhh20",
        "Observed range": "14 to 20 points",
        "Observed SD": f"{np.std(RATED, ddof=1):.2f} points",
        "Oracle": "0.75 points",
        "Training mean": f"{summary['baseline_mean_mae']:.2f} points",
        "Training median": f"{summary['baseline_median_mae']:.2f} points",
        "Demographics": f"{summary['baseline_demographics_mae']:.2f} points",
        "Permutation p": f"{summary['permutation_p']:.3f}",
    }

    found = {name: full_reader.row(name)[1] for name in expected}

    assert found == expected
    assert "30\u00a0%" in full_reader.row("Observed range")[3]  # 6 of 20 points
    assert "95\u00a0%" in full_reader.row("MAE")[3]


def test_a_negative_figure_carries_a_minus_sign(bare: dict[str, Any], bare_page: str) -> None:
    assert bare["summary"]["r2"] < 0
    assert Reader(bare_page).row("R²")[1] == f"\u2212{-bare['summary']['r2']:.2f}"


def test_each_baseline_says_how_it_compares(full: dict[str, Any], full_reader: Reader) -> None:
    for name, comparison in zip(
        ("Training mean", "Training median", "Demographics"),
        full["summary"]["comparisons"],
        strict=True,
    ):
        told = full_reader.row(name)[3].replace("\u00a0", " ")

        assert f"{comparison['difference_points']:.2f} points" in told
        assert (
            f"{comparison['interval']['low']:.2f} to {comparison['interval']['high']:.2f}" in told
        )
        assert f"p = {comparison['p_adjusted']:.3f}" in told


def test_the_verdict_names_error_interval_baseline_and_chance(
    full: dict[str, Any], full_page: str
) -> None:
    summary = full["summary"]
    low, high = summary["mae_interval"]
    words = full_page.replace("\u00a0", " ").replace("&#39;", "'")

    assert (
        f"The model's error is {summary['mae']:.2f} points [95 % interval {low:.2f} to {high:.2f}],"
        f" the oracle's 0.75, the training mean's {summary['baseline_mean_mae']:.2f}; "
        f"p = {summary['permutation_p']:.3f} (99 permutations"
    ) in words


def test_the_oracle_stands_between_model_and_baselines_and_is_explained(
    full: dict[str, Any], full_page: str, full_reader: Reader
) -> None:
    names = [row[0] for row in full_reader.rows if row]
    (baselines,) = [told for told in full_reader.figures() if told.startswith("Mean absolute")]

    assert names.index("MAE") < names.index("Oracle") == names.index("Training mean") - 1
    assert f"model {full['summary']['mae']:.2f}, oracle 0.75, training mean" in baselines
    assert full_page.count("The oracle knows the true abilities of each simulated person") == 2
    assert "oracle, MAE 0.75" in subject_error_plot(full["predictions"], full["summary"]).svg


def test_without_an_oracle_none_is_mentioned(bare: dict[str, Any], bare_page: str) -> None:
    assert bare["summary"]["oracle_mae"] is None
    assert "oracle" not in bare_page.lower()


def test_the_console_prints_the_oracle_between_model_and_baseline(
    full: dict[str, Any], bare: dict[str, Any]
) -> None:
    rows = as_rows_of_text(full["summary"])
    names = list(rows)
    at = names.index("MAE of the oracle (knows the true abilities)")

    assert (names[at - 1], names[at + 1]) == ("MAE", "MAE of the training mean")
    assert rows[names[at]] == "0.75"
    assert not any("oracle" in name for name in as_rows_of_text(bare["summary"]))


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0.1, 0.9), "0.40 points less than the training mean on 19 persons"),
        ((-0.1, 0.9), "a difference from guessing is not shown"),
        ((-0.9, -0.1), "worse than guessing"),
        ((0.1, 0.9), "better than guessing"),
        ((0.0, 0.9), "a difference from guessing is not shown"),
    ],
)
def test_the_gain_is_called_what_its_interval_shows(
    full: dict[str, Any], ends: tuple[float, float], words: str
) -> None:
    from hybridmfp.app.report.wording import verdict

    mean = full["summary"]["comparisons"][0]
    changed = {
        **mean,
        "difference_points": 0.4,
        "interval": {**mean["interval"], "low": ends[0], "high": ends[1]},
    }

    said = verdict({**full["summary"], "comparisons": [changed]})

    assert words in said[1]


def test_remarks_stand_above_the_figures(full_page: str) -> None:
    assert full_page.index("In 2 of 19 folds nothing was kept.") < full_page.index("<h2>Figures")


def test_synthetic_data_are_called_so_and_others_are_not(full_page: str, bare_page: str) -> None:
    sentence = "Results on synthetic data say nothing about clinical accuracy."

    assert full_page.index("SYNTHETIC DATA") < full_page.index("<h2>")
    assert sentence in full_page
    assert "SYNTHETIC" not in bare_page


@pytest.mark.parametrize("synthetic", [True, False])
def test_an_audit_alone_is_a_report_too(synthetic: bool) -> None:
    page = page_of(audit=audit_of(), provenance={**PROVENANCE, "synthetic": synthetic})
    reader = Reader(page)

    assert reader.headings == [
        "A report", "Audit", "Every draw of the audit", "Data problems", "Provenance",
    ]  # fmt: skip
    assert ("SYNTHETIC DATA" in page) is synthetic
    assert "no model was judged" in page
    assert "No problem was found" in page


def test_the_published_protocol_is_marked_as_wrong(full_page: str, bare_page: str) -> None:
    assert bare_page.index("WRONG PROTOCOL") < bare_page.index("<h2>")
    assert "no estimate of an error" in bare_page
    assert "The model&#39;s error is" not in bare_page
    assert "WRONG PROTOCOL" not in full_page


def test_a_failed_audit_is_told_at_the_top(full_page: str, bare_page: str) -> None:
    assert bare_page.index("AUDIT FAILED") < bare_page.index("<h2>")
    assert "WARNING: the nested engine finds something" in bare_page
    assert "AUDIT FAILED" not in full_page
    assert "The nested engine finds nothing where there is nothing." in full_page


def test_the_audit_is_one_table_side_by_side(full_reader: Reader) -> None:
    permuted, noise = full_reader.row("Permuted labels"), full_reader.row("Noise features")

    assert permuted[1:] == [
        "1.63 (1.21 to 2.08)on the permuted scores 1.64 (1.60 to 1.70)",
        "1.90 (1.60 to 2.10)",
        "0.69 (0.41 to 1.95)",
        "1 of 3 draws",
    ]
    assert noise[1:] == [
        "1.63 (1.21 to 2.08)", "2.05 (1.87 to 2.11)", "0.52 (0.33 to 0.55)", "0 of 3 draws",
    ]  # fmt: skip


def test_the_claim_of_the_published_order_leaves_its_fallbacks_out(full_page: str) -> None:
    # of 0.41, 0.69 and 0.52, 0.55, 0.33; the fallback's 1.95 is another method
    assert "selected features in 5 of 6 draws" in full_page
    assert "median error of 0.52 points, against 1.63" in full_page


def test_an_order_that_never_selects_claims_nothing() -> None:
    fell_back = {"published_fell_back": [True] * 3, "published_noise_fell_back": [True] * 3}

    page = page_of(audit={**audit_of(), **fell_back})

    assert "selected no feature in any of 6 draws" in page


def test_what_is_missing_is_named_not_hidden(bare: dict[str, Any]) -> None:
    summary = {**bare["summary"], "icc": None, "protocol": "loso"}
    page = page_of(summary=summary, predictions=bare["predictions"])
    reader = Reader(page)

    assert reader.row("Spearman")[1] == "not defined"
    assert reader.row("ICC(2,1)")[1] == "not defined"
    assert reader.row("Demographics")[1] == "not available"
    assert reader.row("Permutation p")[1] == "not asked for"
    assert "add --permutations 1000" in reader.row("Permutation p")[3].lower()
    assert reader.row("Within the MDC")[1] == f"{100 * summary['share_within_mdc']:.0f}\u00a0%"
    assert "6.82 points" in reader.row("Within the MDC")[3]
    assert "no permutation test was asked for" in page
    assert "<code>hybridmfp audit DATA --out RUN</code>" in page
    assert "This model does not select features." in page
    assert "This model is not a stack" in page
    assert len(reader.figures()) == 4


def test_only_the_first_problems_are_listed_and_all_are_counted(full_reader: Reader) -> None:
    listed = [row for row in full_reader.rows if row and row[0].startswith("file ")]

    assert len(listed) == 200
    assert listed[-1][0].startswith("file 199 ")


def test_the_number_of_problems_left_out_is_told(full_page: str) -> None:
    assert "257 found. The first 200 are listed; 57 more are not." in full_page


def test_the_weights_of_the_stack_are_shown(full_reader: Reader) -> None:
    assert full_reader.row("ridge")[1] == "0.75"
    assert full_reader.row("training mean")[1] == "0.25"


def test_provenance_is_shown_whole(full_reader: Reader) -> None:
    assert full_reader.row("Seed")[1] == "7"
    assert full_reader.row("Versions")[1] == "numpy 2.3.1, torch not installed"
    assert full_reader.row("Commit")[1] == "not known"
    assert "9f2c" * 16 in {cell for row in full_reader.rows for cell in row}


def test_the_same_input_gives_the_same_page_whatever_the_plot_settings(
    full: dict[str, Any], full_page: str
) -> None:
    with mpl.rc_context({"font.size": 31, "svg.fonttype": "path", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        again = page_of(**full)
        after = dict(mpl.rcParams)

    assert again == full_page
    assert after == before


def test_importing_the_report_loads_no_plotting() -> None:
    program = "import sys, hybridmfp.app.report; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603


def test_coincident_rows_carry_their_number(full: dict[str, Any]) -> None:
    rows = pd.DataFrame({"rated": [14, 14, 14, 20, 20], "estimated": [15, 15, 15, 19, 16.0]})

    svg = agreement_plot(rows, full["summary"]).svg

    inside = set(re.findall(r">(\d)</text>", svg))
    assert inside == {"3"}


def test_the_band_of_the_mdc_is_drawn_where_it_is_known(bare: dict[str, Any]) -> None:
    known, unknown = bare["summary"], {**bare["summary"], "mdc_points": None}

    assert "within the MDC of 6.82 points" in agreement_plot(bare["predictions"], known).svg
    assert "MDC" not in agreement_plot(bare["predictions"], unknown).svg


def test_bias_and_limits_are_written_beside_the_plot(full: dict[str, Any]) -> None:
    found = full["summary"]["bland_altman"]
    plot = bland_altman_plot(full["predictions"], full["summary"])
    words = plot.svg.replace("\u2212", "-")
    low, high = (found["bias"] + sign * found["bias_half_width"] for sign in (-1, 1))

    assert f"bias {found['bias']:.2f} [{low:.2f} to {high:.2f}]" in words
    assert f"limits {found['lower_limit']:.2f} and {found['upper_limit']:.2f}" in words
    assert f"± {found['limit_half_width']:.2f}" in words


def test_the_limits_are_drawn_less_certain_than_the_bias(full: dict[str, Any]) -> None:
    svg = bland_altman_plot(full["predictions"], full["summary"]).svg
    bands = re.findall(r'<path d="([^"]*)"[^>]*fill: (#\w+); opacity: 0.12', svg)
    heights: dict[str, list[float]] = {"#0072b2": [], "#d55e00": []}
    for path, colour in bands:
        at = [float(y) for _, y in re.findall(r"[ML] (\S+) (\S+)", path)]
        heights[colour].append(max(at) - min(at))

    ((bias,), limits) = heights.values()

    assert limits == pytest.approx([3**0.5 * bias] * 2, rel=1e-5)  # coordinates have 6 decimals


def test_errors_are_means_over_the_visits_of_a_person(bare: dict[str, Any]) -> None:
    plot = subject_error_plot(bare["predictions"], bare["summary"])

    # estimates of 40 for (10, 12), (30, 33), (50, 52), (60, 61)
    assert "4 persons" in plot.alt
    assert "29.00 points (P0) to 8.50" in plot.alt
    assert "for 4 of them the model is closer" in plot.alt


def test_only_features_that_were_selected_are_drawn_and_only_twenty() -> None:
    plot = selection_plot(selection_table(looks()))
    few = selection_plot(selection_table(looks(n_features=3)))

    assert plot is not None
    assert few is not None
    assert len(re.findall(r">feature_\d\d</text>", plot.svg)) == 20
    assert len(re.findall(r">feature_\d\d</text>", few.svg)) == 3
    assert "30 were ever selected" in plot.alt
    assert "feature_18 (100%)" in plot.alt


def test_a_model_that_selected_nothing_says_so(bare_page: str) -> None:
    assert selection_plot(NONE_SELECTED) is None
    assert "No feature was selected in any fold." in bare_page


def test_long_names_keep_their_ends() -> None:
    name = "start_" + "x" * 300 + "_end"
    table = pd.DataFrame(
        {"feature": [name], "share": [1.0], "coefficient": [0.2], "same_sign": [1.0]}
    )

    plot = selection_plot(table)

    assert plot is not None
    (shown,) = re.findall(r">(start_[^<]*)</text>", plot.svg)
    assert len(shown) <= 50
    assert shown.endswith("_end")


def test_the_permutation_plot_counts_those_as_good(full: dict[str, Any]) -> None:
    summary = {**full["summary"], "mae": 1.0, "permuted_mae": [0.9, 1.0, 1.5, 2.0]}

    plot = permutation_plot(summary)

    assert "4 errors" in plot.alt
    assert "2 are at or below the observed 1.00 points" in plot.alt
    assert "observed, 1.00 points" in plot.svg


def test_every_draw_of_the_audit_is_a_disc_open_where_it_fell_back() -> None:
    svg = audit_plot(audit_of()).svg
    discs = re.findall(r'<use [^>]*style="fill: (#\w+); [^"]*stroke: (#\w+)', svg)
    # the legend adds one open disc
    blue, vermillion = "#0072b2", "#d55e00"

    assert discs.count((blue, blue)) == 6
    assert discs.count((vermillion, vermillion)) == 5
    assert discs.count(("#ffffff", vermillion)) == 1 + 1


@pytest.mark.parametrize("n_rows", [2, 2000])
def test_a_cohort_of_any_size_is_drawn(n_rows: int, bare: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    rated = rng.integers(0, 67, n_rows).astype(float)
    rows = pd.DataFrame(
        {
            "subject": [f"person-{row // 2}" for row in range(n_rows)],
            "rated": rated,
            "estimated": np.full(n_rows, 33.0),
            "training_mean": np.full(n_rows, 33.0),
        }
    )

    assert f"{n_rows} estimated scores" in agreement_plot(rows, bare["summary"]).alt
    assert f"{n_rows // 2} persons" in subject_error_plot(rows, bare["summary"]).alt


@pytest.mark.parametrize("name", ["\u60a3\u8005", "$\\frac$", "a_$^2$"])
def test_names_in_any_script_are_drawn_as_they_are_written(name: str, bare: dict[str, Any]) -> None:
    rows = bare["predictions"].assign(subject=name)

    assert f">{name}</text>" in subject_error_plot(rows, bare["summary"]).svg


def test_estimates_that_agree_exactly_are_drawn(bare: dict[str, Any]) -> None:
    rated = np.array([20.0, 20.0, 20.0])
    summary = {**bare["summary"], "bland_altman": dict.fromkeys(
        ("bias", "lower_limit", "upper_limit", "bias_half_width", "limit_half_width"), 0.0
    )}  # fmt: skip

    plot = bland_altman_plot(pd.DataFrame({"rated": rated, "estimated": rated}), summary)

    assert "bias 0.00 [0.00 to 0.00]" in plot.svg


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(EvaluationError, match="needs an evaluation or an audit; got neither"):
        page_of()


@pytest.mark.parametrize("missing", ["summary", "predictions"])
def test_half_an_evaluation_is_refused(bare: dict[str, Any], missing: str) -> None:
    with pytest.raises(EvaluationError, match="belong to the same evaluation; got only"):
        page_of(**{**bare, missing: None})
