"""Change: whether a score, an item or a biomarker moved, and where a course leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.change.alarms import Alarm, AlarmKind
from hybridmfp.clinical.change.biomarker_change import BiomarkerChange, biomarker_changes
from hybridmfp.clinical.change.control_limits import ControlChart, control_chart, ewma
from hybridmfp.clinical.change.follow_up import FollowUp, LeftOut, RepeatError, follow
from hybridmfp.clinical.change.item_change import ItemChange, ItemChanges, item_changes
from hybridmfp.clinical.change.score_change import Change, classify_change
from hybridmfp.clinical.change.session_trend import FittedLevel, Trend, session_trend
from hybridmfp.clinical.change.thresholds import Anchor, Phase, Thresholds, thresholds
from hybridmfp.clinical.change.trend_prior import PatientTrend, TrendPrior

if TYPE_CHECKING:
    from hybridmfp.clinical.change.trend_model import TrendModel

__all__ = [
    "Alarm",
    "AlarmKind",
    "Anchor",
    "BiomarkerChange",
    "Change",
    "ControlChart",
    "FittedLevel",
    "FollowUp",
    "ItemChange",
    "ItemChanges",
    "LeftOut",
    "PatientTrend",
    "Phase",
    "RepeatError",
    "Thresholds",
    "Trend",
    "TrendModel",
    "TrendPrior",
    "biomarker_changes",
    "classify_change",
    "control_chart",
    "ewma",
    "follow",
    "item_changes",
    "session_trend",
    "thresholds",
]


def __getattr__(name: str) -> Any:
    if name == "TrendModel":  # brings scikit-learn, which nothing else here needs
        from hybridmfp.clinical.change.trend_model import TrendModel  # noqa: PLC0415

        return TrendModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
