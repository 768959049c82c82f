"""What a session lacks of what a model learned from, and how strange the rest of it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybridmfp.features.session import SessionDigest
from hybridmfp.pipelines.assessment import Doubt
from hybridmfp.pipelines.fitted_model import FittedModel, seen_shares
from hybridmfp.pipelines.uncertainty import Missing
from hybridmfp.preprocessing.quality import SessionQuality

__all__ = ["doubt_about", "lost_share"]


def doubt_about(
    model: FittedModel, session: SessionDigest | None, quality: SessionQuality
) -> Doubt:
    """Say what the width of an interval, or a refusal, comes from.

    Parameters
    ----------
    model : FittedModel
    session : SessionDigest or None
        In the columns of the model's vocabulary; None if no trial could be used.
    quality : SessionQuality
    """
    missing = _missing(model, session, quality)
    novelty = float("nan") if session is None else float(model.novelty.novelty([session])[0])
    return Doubt(
        missing=missing,
        width_factor=model.uncertainty.loss.factor(missing),
        novelty=novelty,
        novelty_limit=model.novelty.limit_,
        guess_width=model.uncertainty.guess_width,
    )


def _missing(model: FittedModel, session: SessionDigest | None, quality: SessionQuality) -> Missing:
    """Compare what was seen with an ordinary training session."""
    known = model.vocabulary
    if session is None:
        return Missing(float(known.emg_seen > 0), float(known.kinematics_seen > 0), 0)
    emg, kinematics = seen_shares(session)
    return Missing(
        emg=lost_share(emg, known.emg_seen, quality.muscles),
        kinematics=lost_share(kinematics, known.kinematics_seen, quality.points),
        n_trials=sum(str(task) in known.tasks for task in session.task),
    )


def lost_share(seen: float, usual: float, verdicts: Mapping[str, str]) -> float:
    """Give the share of a modality that a session lacks; doubtful channels count half.

    Parameters
    ----------
    seen, usual : float
        Shares of samples that were seen, in the session and in an ordinary training session; a
        model that usually sees none misses none.
    verdicts : mapping of str to str
        Of each channel: ``"green"``, ``"amber"`` or ``"red"``.

    Examples
    --------
    >>> lost_share(0.5, 1.0, {"biceps_brachii": "amber", "triceps_brachii": "green"})
    0.625
    """
    if usual == 0:
        return 0.0
    lost = 1 - min(1.0, seen / usual)
    doubtful = [verdict == "amber" for verdict in verdicts.values()]
    return lost + (1 - lost) * (float(np.mean(doubtful)) / 2 if doubtful else 0.0)
