"""Features that need a template: how a trial differs in timing and shape from what is usual."""

from __future__ import annotations

from hybridmfp.features.definition import FeatureDefinition

__all__ = ["ALIGNMENT_FEATURES"]

_THIES = "Thies 2009, doi:10.1186/1743-0003-6-2"

ALIGNMENT_FEATURES: tuple[FeatureDefinition, ...] = (
    FeatureDefinition(
        "align.effort",
        "Mean distance of the warping path from the diagonal, against the task's template.",
        "1", "alignment", "trial", "lower", _THIES,
    ),
    FeatureDefinition(
        "align.distance",
        "Root mean square z-score distance to the task's template after warping.",
        "1", "alignment", "trial", "lower", _THIES,
    ),
    FeatureDefinition(
        "align.envelope_distance",
        "Root mean square distance of the EMG envelopes, warped with the path of the movement, "
        "from their mean over the training trials of the task, in shares of the session peak.",
        "1", "alignment", "trial", "lower", _THIES,
    ),
)  # fmt: skip
"""Trial features that are learned in the fold, because a template comes from other people."""
