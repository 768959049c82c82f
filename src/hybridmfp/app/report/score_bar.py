"""Where an estimate and its interval lie on their scale, in percent of a bar's width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridmfp.app.report.assessment_wording import in_whole_points, is_refused

__all__ = ["ScoreBar", "score_bar"]

_STEPS = (1, 2, 5, 10, 20, 50)
_MOST_TICKS = 8


@dataclass(frozen=True)
class ScoreBar:
    """Hold a bar that is laid out in percent, so that it fits every width.

    Attributes
    ----------
    ticks : tuple of (float, str)
        Places in percent and what stands there.
    low, high : int or None
        Ends of the interval in whole points; None without an estimate.
    left, width, at : float or None
        Start and width of the interval, and place of the estimate, in percent; `at` is None
        where no single number shall be shown.
    """

    ticks: tuple[tuple[float, str], ...]
    low: int | None = None
    high: int | None = None
    left: float = 0.0
    width: float = 0.0
    at: float | None = None


def score_bar(assessment: Mapping[str, Any]) -> ScoreBar:
    """Lay out the bar of an assessment; empty where it was refused."""
    scale = assessment["scale_range"]
    ticks = tuple((_percent(tick, scale), f"{tick:g}") for tick in _ticks(scale))
    if is_refused(assessment):
        return ScoreBar(ticks)
    low, high = in_whole_points(assessment["interval"])
    left, right = _percent(low, scale), _percent(high, scale)
    return ScoreBar(ticks, low, high, left, right - left, _percent(assessment["estimate"], scale))


def _percent(score: float, scale: Sequence[float]) -> float:
    share = (score - scale[0]) / (scale[1] - scale[0])
    return round(100 * min(max(share, 0.0), 1.0), 2)


def _ticks(scale: Sequence[float]) -> list[float]:
    """Give both ends of a scale and round numbers between them that do not crowd the last."""
    low, high = scale
    step = next((s for s in _STEPS if (high - low) / s <= _MOST_TICKS), _STEPS[-1])
    inner = [low + step * at for at in range(int((high - low) / step) + 1)]
    return [tick for tick in inner if high - tick > 0.6 * step] + [high]
