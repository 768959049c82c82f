"""What is said about one visit of one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hybridmfp.models.explanation import Explanation
from hybridmfp.pipelines.quality_summary import quality_summary
from hybridmfp.pipelines.summary import without_nan
from hybridmfp.pipelines.uncertainty import Missing
from hybridmfp.preprocessing.quality import SessionQuality
from hybridmfp.signals import Scale, Side, SubjectSession

__all__ = ["FORMAT", "Assessment", "Doubt"]

FORMAT = "hybridmfp-assessment/1"
"""Changes whenever a reader of the JSON would misread it."""

_MOST_DRIVERS = 15


@dataclass(frozen=True)
class Doubt:
    """Say what the width of an interval, or a refusal, came from.

    Attributes
    ----------
    missing : Missing
    width_factor : float
        How many times wider the interval is because of what is missing.
    novelty, novelty_limit : float
        How strange the session is, and beyond what no estimate is given; 1 is an ordinary new
        person. The novelty is NaN where nothing is left to measure it on.
    guess_width : float
        Width of the interval of a guess, in points.
    """

    missing: Missing
    width_factor: float
    novelty: float
    novelty_limit: float
    guess_width: float


@dataclass(frozen=True, eq=False)
class Assessment:
    """Hold an estimate with everything that belongs to it, or a refusal with its reasons.

    Attributes
    ----------
    row : SubjectSession
    side : {"left", "right"} or None
    scale : Scale
    verdict : {"estimated", "refused"}
    estimate : float or None
        In points; None where refused.
    interval : tuple of float or None
    level : float
        How often such intervals hold the score of a new person.
    reasons, remedies : tuple of str
        Why it was refused, and what to repeat; plain words.
    notes : tuple of str
        What the reader must know.
    items : dict of str to float or None, or None
        Expected points of each item, None for those that cannot be seen; None without items.
    explanation : Explanation or None
    quality : SessionQuality
    doubt : Doubt
    tasks : dict of str to int
        Usable trials of each task.
    n_trials : int
        Recordings given.
    replay : dict or None
        Places of trunk, shoulder, elbow and wrist in one trial, see `replay`.
    model : dict
        Which model, what it learned from, how well it does.
    synthetic : bool
        Whether the recordings, or the persons the model learned from, are simulated.
    provenance : dict
    """

    row: SubjectSession
    side: Side | None
    scale: Scale
    verdict: Literal["estimated", "refused"]
    estimate: float | None
    interval: tuple[float, float] | None
    level: float
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    notes: tuple[str, ...]
    items: dict[str, float | None] | None
    explanation: Explanation | None
    quality: SessionQuality
    doubt: Doubt
    tasks: dict[str, int]
    n_trials: int
    replay: dict[str, Any] | None
    model: Mapping[str, Any]
    synthetic: bool
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give everything under stable names, JSON-ready; ``docs/assess.md`` is the contract."""
        missing = self.doubt.missing
        described = {
            "format": FORMAT,
            "subject": self.row.subject,
            "session": self.row.session,
            "side": self.side,
            "n_trials": self.n_trials,
            "n_used": sum(self.tasks.values()),
            "tasks": self.tasks,
            "verdict": self.verdict,
            "estimate": self.estimate,
            "interval": None if self.interval is None else list(self.interval),
            "level": self.level,
            "scale": self.scale.name,
            "scale_range": [self.scale.minimum, self.scale.maximum],
            "reasons": list(self.reasons),
            "remedies": list(self.remedies),
            "notes": list(self.notes),
            "items": self.items,
            **_explained(self.explanation),
            "quality": quality_summary(self.quality),
            "uncertainty": {
                "missing_emg": missing.emg,
                "missing_kinematics": missing.kinematics,
                "width_factor": self.doubt.width_factor,
                "novelty": self.doubt.novelty,
                "novelty_limit": self.doubt.novelty_limit,
                "guess_width": self.doubt.guess_width,
            },
            "replay": self.replay,
            "model": dict(self.model),
            "synthetic": self.synthetic,
            "provenance": dict(self.provenance),
        }
        plain: dict[str, Any] = without_nan(described)
        return plain


def _explained(explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {"drivers": [], "signal_map": None, "biomarkers": [], "explained_from": None}
    grid = explanation.signal_map
    return {
        "explained_from": explanation.base,
        "drivers": [
            {
                "name": one.name,
                "kind": one.kind,
                "phase": one.phase,
                "direction": one.direction,
                "points": one.points,
                "share": one.share,
            }
            for one in explanation.drivers[:_MOST_DRIVERS]
        ],
        "signal_map": None
        if grid is None
        else {
            "rows": list(grid.rows),
            "kinds": list(grid.kinds),
            "phases": list(grid.phases),
            "points": grid.points.tolist(),
        },
        "biomarkers": [
            {
                "name": one.name,
                "definition": one.definition.definition,
                "unit": one.definition.unit,
                "value": one.value,
                "healthy": None if one.healthy is None else list(one.healthy),
                "cohort": None if one.cohort is None else list(one.cohort),
                "points": one.points,
            }
            for one in explanation.biomarkers
        ],
    }
