"""One HTML page with everything that belongs to an evaluation or an audit."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import pandas as pd

from hybridmfp.app.report.drawing import Plot
from hybridmfp.app.report.page import render_page
from hybridmfp.app.report.plots import (
    agreement_plot,
    audit_plot,
    baseline_plot,
    bland_altman_plot,
    permutation_plot,
    selection_plot,
    subject_error_plot,
)
from hybridmfp.app.report.wording import (
    WHAT_THE_ORACLE_IS,
    audit_verdict,
    compared_with,
    verdict,
)
from hybridmfp.errors import EvaluationError
from hybridmfp.signals import Problem

__all__ = ["render_report"]


def render_report(
    *,
    summary: dict[str, Any] | None,
    predictions: pd.DataFrame | None,
    selection: pd.DataFrame | None,
    audit: dict[str, Any] | None,
    problems: Sequence[Problem],
    provenance: dict[str, Any],
    title: str,
) -> str:
    """Write a page that can be read, printed and passed on without anything else.

    Parameters
    ----------
    summary : dict or None
        From `summarise_evaluation`; None for an audit alone.
    predictions : DataFrame or None
        From `predictions_table`; None exactly where `summary` is.
    selection : DataFrame or None
        From `selection_table`; None for models that do not select.
    audit : dict or None
        From `summarise_audit`; None if there was none.
    problems : sequence of Problem
        What was left out or repaired; the first 200 are listed.
    provenance : dict
        What made the result. ``synthetic=True`` marks an audit alone as one of simulated data.
    title : str
        Heading of the page.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input.

    Raises
    ------
    EvaluationError
        If there is neither an evaluation nor an audit, or only one of `summary` and
        `predictions`.

    Examples
    --------
    >>> nothing = {"published_fell_back": [False], "published_noise_fell_back": [True]}
    >>> names = ("nested_mae", "nested_noise_mae", "published_mae", "published_noise_mae")
    >>> audit = nothing | {name: [2.0] for name in (*names, "baseline_permuted_mae")}
    >>> audit |= {"baseline_mae": 1.6, "baseline_interval": [1.2, 2.1], "nested_is_honest": True}
    >>> page = render_report(
    ...     summary=None, predictions=None, selection=None, audit=audit, problems=(),
    ...     provenance={"seed": 0}, title="An audit",
    ... )
    >>> "The nested engine finds nothing where there is nothing" in page
    True
    """
    if (summary is None) != (predictions is None):
        raise EvaluationError(
            "summary and predictions of a report belong to the same evaluation; "
            f"got only {'predictions' if summary is None else 'summary'}. Pass both, or neither."
        )
    if summary is None and audit is None:
        raise EvaluationError(
            "a report needs an evaluation or an audit; got neither. "
            "Run one: hybridmfp evaluate DATA --out RUN"
        )
    return render_page(
        "report.html",
        title=title,
        summary=summary,
        verdict=[] if summary is None else verdict(summary),
        remarks=[] if summary is None else summary["remarks"],
        synthetic=any(part.get("synthetic") for part in (summary, provenance) if part),
        compared=_compared(summary),
        what_the_oracle_is=WHAT_THE_ORACLE_IS,
        plots=_plots(summary, predictions, selection),
        selects=selection is not None,
        audit=audit,
        audit_verdict=None if audit is None else audit_verdict(audit),
        audit_rows=None if audit is None else _audit_rows(audit),
        audit_plot=None if audit is None else audit_plot(audit),
        problems=problems,
        provenance=provenance,
    )


def _compared(summary: dict[str, Any] | None) -> dict[str, str]:
    """Say of each baseline how it compares with the model."""
    if summary is None:
        return {}
    return {one["model"]: compared_with(one) for one in summary["comparisons"]}


def _plots(
    summary: dict[str, Any] | None,
    predictions: pd.DataFrame | None,
    selection: pd.DataFrame | None,
) -> dict[str, Plot | None]:
    if summary is None or predictions is None:
        return {}
    return {
        "agreement": agreement_plot(predictions, summary),
        "bland_altman": bland_altman_plot(predictions, summary),
        "subject_errors": subject_error_plot(predictions, summary),
        "baselines": baseline_plot(summary),
        "selection": None if selection is None else selection_plot(selection),
        "permutations": permutation_plot(summary) if summary["permuted_mae"] else None,
    }


def _audit_rows(audit: dict[str, Any]) -> list[dict[str, Any]]:
    """Put what was found without any signal side by side, one row for each kind of nothing."""
    return [
        {
            "title": title,
            "on_draws": on_draws,
            "nested": _spread(audit[f"nested{kind}_mae"]),
            "published": _spread(audit[f"published{kind}_mae"]),
            "n_fell_back": sum(audit[f"published{kind}_fell_back"]),
            "n_draws": len(audit[f"published{kind}_mae"]),
        }
        for title, kind, on_draws in (
            ("Permuted labels", "", _spread(audit["baseline_permuted_mae"])),
            ("Noise features", "_noise", None),
        )
    ]


def _spread(maes: Sequence[float]) -> dict[str, Any]:
    return {"median": median(maes), "ends": [min(maes), max(maes)]}
