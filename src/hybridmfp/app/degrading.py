"""What the command ``degradation`` does: digest, judge on lessened recordings, print, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridmfp.app.console import Step, print_columns, say
from hybridmfp.app.judging import digest_stepwise, provenance_of, title_of
from hybridmfp.app.report import render_degradation
from hybridmfp.app.report.degradation import COLUMNS, loss_rows, loss_verdict
from hybridmfp.app.run_folder import write_folder
from hybridmfp.io.cache import ContentCache
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.degradation import DegradationCurve, degradation_curve
from hybridmfp.pipelines.evaluation_plan import EvaluationPlan
from hybridmfp.pipelines.settings import Settings
from hybridmfp.pipelines.summary import rows_table, without_nan
from hybridmfp.signals import Cohort

__all__ = ["Degraded", "degrade_cohort", "print_degradation"]


@dataclass(frozen=True, eq=False)
class Degraded:
    """Hold a degradation curve and what is needed to write it down."""

    digest: CohortDigest
    settings: Settings
    curve: DegradationCurve

    @property
    def summary(self) -> dict[str, Any]:
        """Every figure under a stable name, JSON-ready; one that is not defined is None."""
        plan, scores = self.curve.plan, self.digest.scores
        plain: dict[str, Any] = without_nan(
            {
                "model": plan.model,
                "protocol": plan.protocol,
                "seed": plan.seed,
                "n_subjects": len(set(self.digest.subjects.tolist())),
                "n_rows": len(scores),
                "scale": self.digest.scale.name,
                "observed_range": [scores.min(), scores.max()],
                "synthetic": self.digest.synthetic,
                "baseline_mean_mae": self.curve.baseline_mean_mae,
                "scenarios": [dataclasses.asdict(one) for one in self.curve.losses],
            }
        )
        return plain

    def write(self, folder: Path, *, measured: Mapping[str, float], overwrite: bool) -> None:
        """Write everything about the curve, or nothing at all."""
        digest, summary = self.digest, self.summary
        about: dict[str, Any] = {
            "problems": digest.problems,
            "provenance": provenance_of(digest, data=digest.name, seed=self.curve.plan.seed),
        }
        tables = {
            "degradation": self.curve.table(),
            "estimates": rows_table(digest).assign(**self.curve.estimated),
        }
        write_folder(
            folder,
            described={
                "degradation": {**summary, **measured},
                "provenance": about["provenance"],
                "problems": [dataclasses.asdict(problem) for problem in digest.problems],
            },
            settings=self.settings,
            report=render_degradation(summary=summary, title=title_of(digest), **about),
            tables={
                name: table.assign(synthetic=digest.synthetic) for name, table in tables.items()
            },
            overwrite=overwrite,
        )


def degrade_cohort(
    cohort: Cohort,
    settings: Settings,
    plan: EvaluationPlan,
    *,
    scenarios: Sequence[str],
    cache: ContentCache | None = None,
    step: Step | None = None,
) -> Degraded:
    """Digest a cohort, and judge a model on what scenarios leave of it.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    plan : EvaluationPlan
    scenarios : sequence of str
    cache : ContentCache, optional
    step : callable, optional
        Told how far things are.
    """
    digest = digest_stepwise(cohort, settings, cache=cache, n_jobs=plan.n_jobs, step=step)
    curve = degradation_curve(
        cohort, digest, settings, plan, scenarios=scenarios, cache=cache, progress=step
    )
    return Degraded(digest, settings, curve)


def print_degradation(degraded: Degraded) -> None:
    """Print the scenarios in the order asked for, and what they mean."""
    summary = degraded.summary
    for sentence in loss_verdict(summary):
        say(sentence)
    rows = loss_rows(summary)
    shown = [COLUMNS[at] for at in (0, 1, 2, 4, 6)]
    told = [(row.scenario, row.mae, row.loss, row.p, row.n_missing) for row in rows]
    print_columns(f"Degradation on {degraded.digest.name}", shown, told)
    for row in rows:
        if row.note:
            say(f"{row.scenario}: {row.note}")
