"""One HTML page with everything that belongs to a comparison of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybridmfp.app.report.comparison_plot import comparison_plot
from hybridmfp.app.report.comparison_wording import (
    COLUMNS,
    comparison_verdict,
    context_of,
    model_rows,
)
from hybridmfp.app.report.page import render_page
from hybridmfp.app.report.wording import WHAT_THE_ORACLE_IS, as_percent
from hybridmfp.signals import Problem

__all__ = ["render_comparison"]


def render_comparison(
    *,
    summary: dict[str, Any],
    problems: Sequence[Problem],
    provenance: dict[str, Any],
    title: str,
) -> str:
    """Write a page on many models that can be read, printed and passed on without anything else.

    Parameters
    ----------
    summary : dict
        From `summarise_comparison`.
    problems : sequence of Problem
        What was left out or repaired; the first 200 are listed.
    provenance : dict
        What made the result.
    title : str
        Heading of the page.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input.
    """
    return render_page(
        "comparison.html",
        title=title,
        synthetic=summary["synthetic"],
        verdict=comparison_verdict(summary),
        columns=COLUMNS,
        rows=model_rows(summary),
        context=context_of(summary),
        reference=summary["reference"],
        level=as_percent(summary["interval_level"]),
        what_the_oracle_is=None if summary["oracle_mae"] is None else WHAT_THE_ORACLE_IS,
        any_wrong=any(one["wrong"] for one in summary["models"]),
        remarks=summary["remarks"],
        plot_of_models=comparison_plot(summary),
        problems=problems,
        provenance=provenance,
    )
