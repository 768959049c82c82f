"""What levels and slopes are likely before a patient is seen, and what they are afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.change.trend_settings import trend_settings
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError

__all__ = ["PatientTrend", "TimeScale", "TrendPrior", "trend_time"]

TimeScale = Literal["log", "weeks"]
"""``log`` of weeks since the stroke, as recovery slows down; or ``weeks``, as it does not."""


def trend_time(
    weeks: NDArray[np.float64], *, first_week: float, time_scale: TimeScale
) -> NDArray[np.float64]:
    """Give the time of a trend, which is 0 at the first visit.

    Parameters
    ----------
    weeks : array of float, shape (n,)
        Weeks since the stroke.
    first_week : float
        Of the first visit.
    time_scale : {"log", "weeks"}

    Returns
    -------
    array of float, shape (n,)
        ln((1 + weeks) / (1 + first_week)), or weeks - first_week.
    """
    if time_scale == "log":
        return np.asarray(np.log((1 + weeks) / (1 + first_week)), dtype=np.float64)
    return weeks - first_week


@dataclass(frozen=True)
class PatientTrend:
    """Hold the line of one patient.

    Attributes
    ----------
    coefficients : array of float, shape (2,)
        Level at the first visit, in points, and slope per unit of `time_scale`.
    covariance : array of float, shape (2, 2)
        How uncertain they are.
    first_week : float
        Weeks from stroke to the first visit.
    time_scale : {"log", "weeks"}
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    first_week: float
    time_scale: TimeScale

    def at(self, weeks: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give mean and standard deviation of the level at weeks since the stroke."""
        times = trend_time(weeks, first_week=self.first_week, time_scale=self.time_scale)
        design = np.column_stack([np.ones_like(times), times])
        variance = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        return design @ self.coefficients, np.sqrt(np.maximum(variance, 0.0))

    def slope_at(self, week: float) -> tuple[float, float]:
        """Give mean and standard deviation of the slope at a week, in points per week."""
        per_week = 1 / (1 + week) if self.time_scale == "log" else 1.0
        sd = float(np.sqrt(max(self.covariance[1, 1], 0.0)))
        return float(self.coefficients[1]) * per_week, sd * per_week


@dataclass(frozen=True)
class TrendPrior:
    """Hold what levels and slopes are likely before a patient is seen.

    Attributes
    ----------
    mean : array of float, shape (2,)
        Level at the first visit, in points, and slope per unit of `time_scale`.
    covariance : array of float, shape (2, 2)
        How persons differ in them.
    residual_sd : float
        How visits scatter about a person's line, in points; 0 if it is left to the visits.
    time_scale : {"log", "weeks"}
    source : Source
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual_sd: float
    time_scale: TimeScale
    source: Source

    @classmethod
    def assumed(cls, time_scale: TimeScale) -> TrendPrior:
        """Give the default, whose numbers are assumptions: wide, and expecting no change.

        Raises
        ------
        ClinicalError
            ``impossible_value`` for another time scale.
        """
        settings = trend_settings()
        if time_scale not in settings.priors:
            raise ClinicalError(
                f"time_scale must be log or weeks; got {time_scale!r}.",
                refusal="impossible_value",
            )
        entry = settings.priors[time_scale]
        means, sds = np.array([entry["level"], entry["slope"]], dtype=np.float64).T
        return cls(means, np.diag(sds**2), 0.0, time_scale, settings.source)

    @classmethod
    def for_first_visit(cls, days_post_stroke: float) -> TrendPrior:
        """Give the default for a course that begins on that day."""
        early = days_post_stroke <= trend_settings().priors["log"]["first_visit_until_day"]
        return cls.assumed("log" if early else "weeks")

    def given(
        self,
        weeks: NDArray[np.float64],
        scores: NDArray[np.float64],
        *,
        covariance: NDArray[np.float64] | None = None,
    ) -> PatientTrend:
        """Give the line of a patient: the best linear unbiased prediction, in closed form.

        With prior mean b, prior covariance D, design Z and noise covariance R, V = Z D Z' + R:
        the line is b + D Z' V^-1 (y - Z b), its covariance D - D Z' V^-1 Z D.

        Parameters
        ----------
        weeks : array of float, shape (n_visits,)
            Since the stroke; the first is the first visit.
        scores : array of float, shape (n_visits,)
            Points.
        covariance : array of float, shape (n_visits, n_visits), or None
            Of the noise; None for independent visits with `residual_sd`.

        Returns
        -------
        PatientTrend
        """
        times = trend_time(weeks, first_week=float(weeks[0]), time_scale=self.time_scale)
        design = np.column_stack([np.ones_like(times), times])
        if covariance is None:
            covariance = self.residual_sd**2 * np.eye(len(times))
        spread = design @ self.covariance
        gain = np.linalg.solve(spread @ design.T + covariance, spread).T
        line = self.mean + gain @ (scores - design @ self.mean)
        left = self.covariance - gain @ spread
        return PatientTrend(line, (left + left.T) / 2, float(weeks[0]), self.time_scale)
