"""How likely every score is some weeks later, according to the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.twin.wording import NOT_A_PROMISE
from hybridmfp.errors import ClinicalError

__all__ = ["ScoreForecast", "check_level", "check_weeks"]

Array = NDArray[np.float64]

_MOST_WEEKS = 52.0


@dataclass(frozen=True, eq=False)
class ScoreForecast:
    """Hold how likely every score is, according to the simulator.

    Attributes
    ----------
    weeks : float
        After the last visit.
    chances : array of float, shape (67,)
        Probability of 0 to 66 points.
    """

    weeks: float
    chances: Array

    @property
    def mean(self) -> float:
        """Expected score, in points."""
        return float(self.chances @ np.arange(len(self.chances)))

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Give the central interval that holds a rated score with at least this probability."""
        check_level(level)
        below = np.cumsum(self.chances)
        tail = (1 - level) / 2
        low = int(np.searchsorted(below, tail, side="right"))
        high = int(np.searchsorted(below, 1 - tail))
        return float(low), float(min(high, len(self.chances) - 1))

    def as_json(self, level: float = 0.9) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "simulation": True,
            "weeks": self.weeks,
            "mean": self.mean,
            "interval": list(self.interval(level)),
            "level": level,
            "note": NOT_A_PROMISE,
        }


def check_level(level: float) -> None:
    """Refuse levels that are none.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if it does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise ClinicalError(
            f"level must lie between 0 and 1; got {level!r}. Take 0.9 for 90 %.",
            refusal="impossible_value",
        )


def check_weeks(weeks: float) -> None:
    """Refuse times for which the simulator's patients do not stand.

    Raises
    ------
    ClinicalError
        ``outside_window`` before the last visit, or more than 52 weeks after it.
    """
    if not 0 <= weeks <= _MOST_WEEKS:
        raise ClinicalError(
            f"weeks must lie between 0 and {_MOST_WEEKS:g} after the last visit; got {weeks!r}. "
            "The simulator's slow drift says nothing beyond a year.",
            refusal="outside_window",
        )
