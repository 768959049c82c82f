"""Alarms of a course: deterioration, improvement, plateau."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.change.control_limits import ControlChart
from hybridmfp.clinical.change.deterioration import Stretch, find_falls
from hybridmfp.clinical.change.plateau import PlateauRule, find_plateau
from hybridmfp.clinical.change.thresholds import thresholds
from hybridmfp.clinical.change.trend_settings import trend_settings
from hybridmfp.clinical.course import Visit

__all__ = ["Alarm", "AlarmKind", "change_alarms", "plateau_alarms"]

AlarmKind = Literal["deterioration", "improvement", "plateau"]
"""A real fall, a real rise above the first visits, or no noticeable gain any more."""


@dataclass(frozen=True)
class Alarm:
    """Hold one alarm.

    Attributes
    ----------
    kind : {"deterioration", "improvement", "plateau"}
    session : str
        At which it was first told.
    week : float
        Weeks from stroke to it.
    message : str
        What was seen, in one sentence.
    active : bool
        Whether it still holds at the last visit.
    """

    kind: AlarmKind
    session: str
    week: float
    message: str
    active: bool

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "kind": self.kind,
            "session": self.session,
            "week": self.week,
            "message": self.message,
            "active": self.active,
        }


def change_alarms(
    visits: Sequence[Visit],
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
    chart: ControlChart | None,
) -> tuple[Alarm, ...]:
    """Tell each time the level fell from its best, or rose above the first visits.

    Every visit is judged by what was known then: later visits do not change its alarms.

    Parameters
    ----------
    visits : sequence of Visit
        In the order of time.
    scores : array of float, shape (n_visits,)
    covariance : array of float, shape (n_visits, n_visits)
        Of unchanged visits.
    chart : ControlChart or None

    Returns
    -------
    tuple of Alarm
        In the order of time.
    """
    fell = _fallen(visits, scores, covariance)
    rose = [""] * len(visits)
    if chart is not None:
        for index, smoothed in enumerate(chart.smoothed):
            visit = chart.first + index
            if smoothed > chart.high[index]:
                rose[visit] = (
                    "The level has risen above the limits of the first visits: "
                    "more than chance explains."
                )
            if smoothed < chart.low[index] and not fell[visit]:
                fell[visit] = (
                    f"The level has sunk {chart.centre - smoothed:.1f} points below that of the "
                    "first visits: more than chance explains. Look for the reason."
                )
    alarms = [
        *_episodes("deterioration", visits, fell),
        *_episodes("improvement", visits, rose),
    ]
    return tuple(sorted(alarms, key=lambda one: one.week))


def plateau_alarms(
    visits: Sequence[Visit],
    scores: NDArray[np.float64],
    covariance: NDArray[np.float64],
) -> tuple[Alarm, ...]:
    """Tell if the course, at its last visit, no longer gains what would matter.

    Parameters
    ----------
    visits : sequence of Visit
    scores : array of float, shape (n_visits,)
    covariance : array of float, shape (n_visits, n_visits)

    Returns
    -------
    tuple of Alarm
        None or one, at the last visit.
    """
    settings = trend_settings()
    rule = settings.plateau
    mcid = thresholds(visits[-1].days_post_stroke).mcid.points
    gain = rule["gain_share_of_mcid"] * mcid
    found = find_plateau(
        np.array([one.weeks for one in visits], dtype=np.float64),
        scores,
        covariance,
        PlateauRule(
            windows_weeks=rule["windows_weeks"],
            fewest_visits=rule["fewest_visits"],
            ruled_out_per_week=gain / rule["gain_weeks"],
            z=NormalDist().inv_cdf((1 + settings.band_level) / 2),
        ),
    )
    if found is None:
        return ()
    last = visits[-1]
    message = (
        f"No gain is seen over the last {found.weeks:.0f} weeks "
        f"({len(visits) - found.first_visit} visits), and one of {gain:.1f} points in "
        f"{rule['gain_weeks']} weeks is ruled out."
    )
    return (Alarm("plateau", last.session, last.weeks, message, active=True),)


def _fallen(
    visits: Sequence[Visit], scores: NDArray[np.float64], covariance: NDArray[np.float64]
) -> list[str]:
    """Tell at each visit of a fall from the best level; empty where there is none."""
    rule = trend_settings().deterioration
    falls = find_falls(
        np.array([one.days_post_stroke for one in visits], dtype=np.float64),
        scores,
        covariance,
        best=Stretch(**rule["best"]),
        late=[Stretch(**one) for one in rule["late"]],
        median_factor=rule["median_factor"],
    )
    return [
        f"The last {one.late_visits} visits lie {one.points:.1f} points below the best level that "
        "was kept up: more than chance explains. Look for the reason."
        if one is not None and one.sds > rule["width_sd"]
        else ""
        for one in falls
    ]


def _episodes(kind: AlarmKind, visits: Sequence[Visit], told: Sequence[str]) -> list[Alarm]:
    """Make one alarm of each run of visits at which something is told."""
    return [
        Alarm(kind, visit.session, visit.weeks, told[index], active=all(told[index:]))
        for index, visit in enumerate(visits)
        if told[index] and not (index and told[index - 1])
    ]
