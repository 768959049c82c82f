"""The numbers and sentences of a report, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

__all__ = [
    "WHAT_THE_ORACLE_IS",
    "as_number",
    "as_p",
    "as_percent",
    "as_span",
    "audit_verdict",
    "compared_with",
    "verdict",
]

WHAT_THE_ORACLE_IS = (
    "The oracle knows the true abilities of each simulated person, which no model sees; its error "
    "is the chance in the rating itself, and no honest model is expected to do better."
)
"""What the best possible estimate of simulated scores means."""

_NOT_DEFINED = "not defined"


def as_number(value: float | None, digits: int = 2) -> str:
    """Write a number for reading.

    Examples
    --------
    >>> as_number(-1.234), as_number(-0.001), as_number(None)
    ('−1.23', '0.00', 'not defined')
    """
    return _NOT_DEFINED if value is None else f"{value:z.{digits}f}".replace("-", "\u2212")


def as_span(ends: Sequence[float | None], digits: int = 2) -> str:
    """Write two numbers as a range.

    Examples
    --------
    >>> as_span([0.9, 1.66])
    '0.90 to 1.66'
    """
    return f"{as_number(ends[0], digits)} to {as_number(ends[1], digits)}"


def as_percent(share: float | None) -> str:
    r"""Write a share in percent.

    Examples
    --------
    >>> as_percent(13 / 19)
    '68\xa0%'
    """
    return _NOT_DEFINED if share is None else f"{100 * share:.0f}\u00a0%"


def as_p(p_value: float) -> str:
    r"""Write a p-value; none is ever 0.

    Examples
    --------
    >>> as_p(0.0421), as_p(0.0001)
    ('p\xa0=\xa00.042', 'p\xa0<\xa00.001')
    """
    told = f"= {p_value:.3f}" if p_value >= 0.0005 else "< 0.001"
    return f"p {told}".replace(" ", "\u00a0")


def verdict(summary: dict[str, Any]) -> list[str]:
    """Say in plain words what an evaluation found.

    Parameters
    ----------
    summary : dict
        From `summarise_evaluation`.

    Returns
    -------
    list of str
        The finding, how it compares with the training mean, and for simulated persons how well
        their score could be estimated at best.
    """
    level = as_percent(summary["mae_interval_level"])
    interval = f"[{level} interval {as_span(summary['mae_interval'])}]"
    error, mean = as_number(summary["mae"]), as_number(summary["baseline_mean_mae"])
    if summary["protocol"] == "published":
        claim = (
            f"With the wrong order of steps the claimed error is {error} points {interval}, the "
            f"training mean's {mean}. The claim is no estimate of an error."
        )
        return [claim]
    p_value, n_draws = summary["permutation_p"], summary["n_permutations"]
    chance = (
        "no permutation test was asked for."
        if p_value is None
        else f"{as_p(p_value)} ({n_draws} permutations of the scores)."
    )
    oracle = summary["oracle_mae"]
    best = "" if oracle is None else f"the oracle's {as_number(oracle)}, "
    others = f"{best}the training mean's {mean}"
    found = f"The model's error is {error} points {interval}, {others}; {chance}"
    compared = [one for one in summary["comparisons"] if one["model"] == "training mean"]
    gains = [_gain_over_mean(one, summary["n_subjects"]) for one in compared]
    return [found, *gains, *([] if oracle is None else [WHAT_THE_ORACLE_IS])]


def compared_with(comparison: dict[str, Any]) -> str:
    """Say how much less than a baseline the model errs."""
    interval = comparison["interval"]
    return (
        f"Its error minus the model's: {as_number(comparison['difference_points'])} points "
        f"[{as_percent(interval['level'])} interval {as_span([interval['low'], interval['high']])}]"
        f"; {as_p(comparison['p_adjusted'])} (Wilcoxon signed-rank over persons, Holm)."
    )


def audit_verdict(audit: dict[str, Any]) -> list[str]:
    """Say in plain words what an audit found.

    Parameters
    ----------
    audit : dict
        From `summarise_audit`.

    Returns
    -------
    list of str
        About the nested engine, and about the published order of steps.
    """
    permuted, noise = median(audit["nested_mae"]), median(audit["nested_noise_mae"])
    floor = as_number(audit["baseline_interval"][0])
    medians = (
        f"Its median error is {as_number(permuted)} points on permuted labels and "
        f"{as_number(noise)} on noise features; the training mean's interval starts at {floor}."
    )
    nested = (
        f"The nested engine finds nothing where there is nothing. {medians}"
        if audit["nested_is_honest"]
        else "WARNING: the nested engine finds something where there is nothing. Something leaks; "
        f"do not use the figures of this evaluation. {medians}"
    )
    return [nested, _published_claim(audit)]


def _published_claim(audit: dict[str, Any]) -> str:
    claims = [*audit["published_mae"], *audit["published_noise_mae"]]
    fell_back = [*audit["published_fell_back"], *audit["published_noise_fell_back"]]
    active = [mae for mae, fell in zip(claims, fell_back, strict=True) if not fell]
    if not active:
        return (
            f"The published order of steps selected no feature in any of {len(claims)} draws and "
            "silently used all of them."
        )
    return (
        f"The published order of steps selected features in {len(active)} of {len(claims)} draws; "
        f"there it claims a median error of {as_number(median(active))} points, against "
        f"{as_number(audit['baseline_mae'])} of the training mean, where nothing can be estimated."
    )


def _gain_over_mean(comparison: dict[str, Any], n_subjects: int) -> str:
    gain, interval = comparison["difference_points"], comparison["interval"]
    low, high = interval["low"], interval["high"]
    told = (
        f"{as_number(abs(gain))} points {'less' if gain >= 0 else 'more'} than the training mean "
        f"on {n_subjects} persons (gain, {as_percent(interval['level'])} interval "
        f"{as_span([low, high])})"
    )
    if low > 0:
        return f"It errs by {told}: better than guessing."
    if high < 0:
        return f"It errs by {told}: worse than guessing."
    return f"It errs by {told}: a difference from guessing is not shown."
