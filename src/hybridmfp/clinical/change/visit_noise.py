"""How far visits of an unchanged person scatter, and how visits close in time scatter together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.change.trend_settings import trend_settings
from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.strata import noise_sd, rater_sem
from hybridmfp.errors import ClinicalError

__all__ = ["check_repeat_sd", "detectable_change", "visit_covariance", "visit_noise"]


def check_repeat_sd(repeat_sd: float | None) -> None:
    """Refuse a repeat SD that is not a number above 0.

    Raises
    ------
    ClinicalError
        ``impossible_value``.
    """
    if repeat_sd is not None and not (math.isfinite(repeat_sd) and repeat_sd > 0):
        raise ClinicalError(
            f"repeat_sd must be a number of points above 0; got {repeat_sd!r}. "
            "Leave it out if it is unknown.",
            refusal="impossible_value",
        )


def detectable_change(sd: float) -> float:
    """Give the change that two visits of an unchanged person stay below in 95 of 100 pairs.

    MDC95 = 1.96 * sqrt(2) * sd, in the unit of `sd`, the noise of one visit.

    Examples
    --------
    >>> round(detectable_change(2.46), 2)
    6.82
    """
    return 1.96 * math.sqrt(2) * sd


def visit_noise(visits: Sequence[Visit], *, repeat_sd: float | None) -> NDArray[np.float64]:
    """Give the noise of each visit.

    Parameters
    ----------
    visits : sequence of Visit
        With scores.
    repeat_sd : float or None
        As in `classify_change`; without it, ratings scatter by the error of raters and each
        estimate by its own interval.

    Returns
    -------
    array of float, shape (n_visits,)
        Standard deviations in points, never less than that of human ratings. Estimates from
        amber signals count as noisier when `repeat_sd` is given; otherwise their interval tells.
    """
    check_repeat_sd(repeat_sd)
    least, _ = rater_sem()
    if repeat_sd is None:
        return np.maximum([noise_sd(one) for one in visits], least)
    amber = trend_settings().noise["amber_factor"]
    factors = [amber if one.quality == "amber" else 1.0 for one in visits]
    return max(repeat_sd, least) * np.array(factors)


def visit_covariance(days: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the covariance of visits of an unchanged person.

    A share of each variance is the person's day, which neighbouring days have in common: its
    correlation is exp(-days / memory). The rest is measuring, new at each visit.

    Parameters
    ----------
    days : array of float, shape (n_visits,)
    noise : array of float, shape (n_visits,)
        Standard deviations, in points.

    Returns
    -------
    array of float, shape (n_visits, n_visits)
        In points squared.
    """
    settings = trend_settings().noise
    share = settings["day_share"]
    apart = np.abs(days[:, np.newaxis] - days)
    correlation = share * np.exp(-apart / settings["day_memory_days"])
    correlation[np.diag_indices_from(correlation)] = 1.0
    covariance: NDArray[np.float64] = correlation * np.outer(noise, noise)
    return covariance
