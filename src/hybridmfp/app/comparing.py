"""What the command ``compare`` does: digest, judge many models, print, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hybridmfp.app.console import Step, print_columns, print_table, say
from hybridmfp.app.judging import digest_stepwise, provenance_of, title_of
from hybridmfp.app.report import render_comparison
from hybridmfp.app.report.comparison_wording import context_of, model_rows
from hybridmfp.app.run_folder import write_folder
from hybridmfp.io.cache import ContentCache
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.compare import ComparisonPlan, compare
from hybridmfp.pipelines.comparison_summary import (
    compared_predictions,
    comparison_table,
    summarise_comparison,
)
from hybridmfp.pipelines.settings import Settings
from hybridmfp.signals import Cohort

__all__ = ["Compared", "compare_cohort", "print_comparison"]

_COLUMNS = (
    "Model", "MAE, points", "R²", "minus reference, points", "p (Holm)", "Time, s",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Compared:
    """Hold the figures of a comparison and what is needed to write them down."""

    digest: CohortDigest
    settings: Settings
    summary: dict[str, Any]
    predictions: pd.DataFrame
    data: str

    def write(self, folder: Path, *, measured: Mapping[str, float], overwrite: bool) -> None:
        """Write everything about the comparison, or nothing at all."""
        provenance = provenance_of(self.digest, data=self.data, seed=self.summary["seed"])
        problems = self.digest.problems
        write_folder(
            folder,
            described={
                "comparison": {**self.summary, **measured},
                "provenance": provenance,
                "problems": [dataclasses.asdict(problem) for problem in problems],
            },
            settings=self.settings,
            report=render_comparison(
                summary=self.summary,
                problems=problems,
                provenance=provenance,
                title=title_of(self.digest),
            ),
            tables={
                "comparison": comparison_table(self.summary),
                "predictions": self.predictions,
            },
            overwrite=overwrite,
        )


def compare_cohort(
    cohort: Cohort,
    settings: Settings,
    plan: ComparisonPlan,
    *,
    cache: ContentCache | None = None,
    step: Step | None = None,
) -> Compared:
    """Digest a cohort, and compare models on it.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    plan : ComparisonPlan
    cache : ContentCache, optional
    step : callable, optional
        Told how far things are.
    """
    digest = digest_stepwise(cohort, settings, cache=cache, n_jobs=plan.n_jobs, step=step)
    run = compare(digest, settings, plan, progress=step)
    return Compared(
        digest,
        settings,
        summarise_comparison(digest, run),
        compared_predictions(digest, run),
        cohort.name,
    )


def print_comparison(compared: Compared) -> None:
    """Print the models, best first, and what they stand beside."""
    summary = compared.summary
    rows = [
        (f"{row.model} ({row.mark})" if row.mark else row.model,
         row.mae, row.r2, row.difference, row.p, row.seconds)
        for row in model_rows(summary)
    ]  # fmt: skip
    print_table(f"Comparison on {compared.digest.name}", context_of(summary))
    print_columns("Models, smallest error first; intervals in brackets", _COLUMNS, rows)
    for remark in summary["remarks"]:
        say(remark)
