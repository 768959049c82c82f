"""The HTML page of a model's card: what it is, what it has learned from, how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.app.report.curves import RISK_COVERAGE_CAPTION, pit_plot, risk_coverage_plot
from hybridmfp.app.report.drawing import Plot
from hybridmfp.app.report.page import fill_template
from hybridmfp.app.report.wording import as_number, as_span, audit_verdict

__all__ = ["render_card"]


def render_card(card: Mapping[str, Any]) -> str:
    """Write the page of a model card and data card.

    Parameters
    ----------
    card : mapping
        Of a model file. What is None in it is shown as not known; items of TRIPOD+AI without an
        answer are shown as open, first.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input. Its first line says
        whether the training data are synthetic or real.
    """
    found = card["performance"]
    tripod = sorted(card["tripod_ai"], key=lambda item: bool(item["answer"]))  # open ones first
    return fill_template(
        "card.html",
        card=card,
        title=f"Model and data card: {card['title']}",
        facts=[("Model", _told(card["model"])), ("Data", _told(card["data"]))],
        settings=card["model"].get("settings"),
        level=found.get("level"),
        details=_details(found),
        errors=_errors(found),
        coverage=found["coverage"] or [],
        plots=_plots(found),
        audit=_audit(found),
        tripod=tripod,
        n_open=sum(not item["answer"] for item in tripod),
    )


def _errors(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    model = _points(found["mae"])
    if found["mae"] is not None and found["mae_interval"] is not None:
        model += f" [{as_span(found['mae_interval'], 1)}]"
    rows = [("This model", model)]
    if found["oracle_mae"] is not None:
        rows.append(("Oracle, which knows the simulated abilities", _points(found["oracle_mae"])))
    return rows + [(name, _points(mae)) for name, mae in (found["baselines"] or {}).items()]


def _details(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what else an assessment rests on, as far as the card holds it."""
    wider = found.get("wider_when_missing") or {}
    rows = [
        (f"Intervals are wider, {name.replace('_', ' ')}", f"{as_number(times, 1)} times")
        for name, times in wider.items()
        if isinstance(times, float)
    ]
    for name, key in (
        ("Width of the interval of a guess without any recording", "guess_width"),
        ("Strangeness above which an estimate is refused", "novelty_limit"),
    ):
        if found.get(key) is not None:
            rows.append((name, as_number(found[key], 1)))
    return rows


def _audit(found: Mapping[str, Any]) -> list[str]:
    audit = found["audit"]
    if audit is None:
        return ["No audit was run."]
    of = [f"This audit is of the model {found['audited']}."] if found.get("audited") else []
    return [*audit_verdict(audit), *of]


def _points(value: float | None) -> str:
    return "not known" if value is None else as_number(value, 1)


def _plots(found: Mapping[str, Any]) -> list[tuple[Plot, str]]:
    plots = []
    if found["risk_coverage"]:
        plots.append((risk_coverage_plot(found["risk_coverage"]), RISK_COVERAGE_CAPTION))
    if found["pit"]:
        caption = (
            "Bars at the dashed line: honest. A heap in the middle: intervals too wide; at the "
            "ends: too narrow; on one side: biased."
        )
        plots.append((pit_plot(found["pit"]), caption))
    return plots


def _told(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_words_of(name), _as_text(value))
        for name, value in facts.items()
        if name != "settings"  # long; it stands at the end
    ]


def _words_of(name: str) -> str:
    return name.replace("n_", "number of ", 1 if name.startswith("n_") else 0).replace("_", " ")


def _as_text(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_as_text(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_as_text, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
