"""The trend of a course: its line, its limits, its alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from hybridmfp.clinical.change.alarms import Alarm, change_alarms, plateau_alarms
from hybridmfp.clinical.change.control_limits import ControlChart, control_chart
from hybridmfp.clinical.change.same_measure import check_same_measure
from hybridmfp.clinical.change.trend_prior import TimeScale, TrendPrior
from hybridmfp.clinical.change.trend_settings import trend_settings
from hybridmfp.clinical.change.visit_noise import visit_covariance, visit_noise
from hybridmfp.clinical.course import ScoreSource, Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError

__all__ = ["FittedLevel", "Trend", "session_trend"]

_GRID = 25  # points of the line that is drawn


@dataclass(frozen=True)
class FittedLevel:
    """Hold the level at one time.

    Attributes
    ----------
    week : float
        Since the stroke.
    mean, low, high : float
        Level and its band, 0 to 66 points.
    """

    week: float
    mean: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """Give it JSON-ready."""
        return {"week": self.week, "mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Trend:
    """Hold the trend of a course.

    Attributes
    ----------
    source : {"rated", "estimated"}
    n_visits : int
    fitted : tuple of FittedLevel
        From the first visit to the last.
    slope_per_week : float
        At the last visit, in points.
    slope_interval : tuple of float
    level : float
        Of the band and of the interval of the slope.
    time_scale : {"log", "weeks"}
    prior_source : Source
        Of what was assumed of persons before.
    chart : ControlChart or None
        None for 5 visits or fewer.
    alarms : tuple of Alarm
    """

    source: ScoreSource
    n_visits: int
    fitted: tuple[FittedLevel, ...]
    slope_per_week: float
    slope_interval: tuple[float, float]
    level: float
    time_scale: TimeScale
    prior_source: Source
    chart: ControlChart | None
    alarms: tuple[Alarm, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "source": self.source,
            "n_visits": self.n_visits,
            "fitted": [one.as_json() for one in self.fitted],
            "slope_per_week": self.slope_per_week,
            "slope_interval": list(self.slope_interval),
            "level": self.level,
            "time_scale": self.time_scale,
            "prior_source": self.prior_source.as_json(),
            "limits": None if self.chart is None else self.chart.as_json(),
            "alarms": [one.as_json() for one in self.alarms],
            "refused": None,
        }


def session_trend(
    visits: Sequence[Visit],
    *,
    repeat_sd: float | None = None,
    prior: TrendPrior | None = None,
) -> Trend:
    """Give the line, the control limits and the alarms of a course.

    Parameters
    ----------
    visits : sequence of Visit
        3 or more of one measure, in the order of time.
    repeat_sd : float or None
        As in `classify_change`.
    prior : TrendPrior or None
        From `TrendModel.fit`; None for the default, whose numbers are assumptions: on a log time
        scale if the course begins in the first 3 months, else in weeks.

    Returns
    -------
    Trend

    Raises
    ------
    ClinicalError
        ``too_few`` for less than 3 visits, or for visits all on one day; otherwise as
        `classify_change`.

    Examples
    --------
    >>> from hybridmfp.clinical.course import Visit
    >>> visits = [Visit(f"S{k}", 200 + 7 * k, "rated", 30 + k) for k in range(12)]
    >>> trend = session_trend(visits)
    >>> 0.6 < trend.slope_per_week < 1.0, trend.time_scale
    (True, 'weeks')
    """
    _check_enough(visits)
    check_same_measure(visits)
    chosen = prior or TrendPrior.for_first_visit(visits[0].days_post_stroke)
    days = np.array([one.days_post_stroke for one in visits], dtype=np.float64)
    scores = np.array([one.score for one in visits], dtype=np.float64)
    noise = np.maximum(visit_noise(visits, repeat_sd=repeat_sd), chosen.residual_sd)
    covariance = visit_covariance(days, noise)
    settings = trend_settings()
    z = NormalDist().inv_cdf((1 + settings.band_level) / 2)
    line = chosen.given(days / 7, scores, covariance=covariance)
    grid = np.linspace(days[0], days[-1], _GRID) / 7
    mean, sd = line.at(grid)
    bands = np.clip([mean, mean - z * sd, mean + z * sd], FMA_UE.minimum, FMA_UE.maximum).T.tolist()
    slope, slope_sd = line.slope_at(float(days[-1] / 7))
    chart = _chart(scores, covariance)
    return Trend(
        source=visits[0].source,
        n_visits=len(visits),
        fitted=tuple(
            FittedLevel(week, *band) for week, band in zip(grid.tolist(), bands, strict=True)
        ),
        slope_per_week=slope,
        slope_interval=(slope - z * slope_sd, slope + z * slope_sd),
        level=settings.band_level,
        time_scale=chosen.time_scale,
        prior_source=chosen.source,
        chart=chart,
        alarms=(
            *change_alarms(visits, scores, covariance, chart),
            *plateau_alarms(visits, scores, covariance),
        ),
    )


def _check_enough(visits: Sequence[Visit]) -> None:
    fewest = trend_settings().fewest_visits
    if len(visits) < fewest or len({one.days_post_stroke for one in visits}) == 1:
        on = " on one day" if len(visits) >= fewest else ""
        raise ClinicalError(
            f"a trend must have {fewest} visits or more on different days; got "
            f"{len(visits)}{on}. Until then, read the change between two visits.",
            refusal="too_few",
        )


def _chart(
    scores: np.ndarray[Any, np.dtype[np.float64]],
    covariance: np.ndarray[Any, np.dtype[np.float64]],
) -> ControlChart | None:
    settings = trend_settings().control
    return control_chart(
        scores,
        covariance,
        baseline_visits=int(settings["baseline_visits"]),
        weight=settings["weight"],
        width_sd=settings["width_sd"],
        clip_sd=settings["clip_sd"],
    )
