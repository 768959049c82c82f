"""When no number is given, why, and what to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridmfp.features.session import SessionDigest
from hybridmfp.pipelines.assessment import Doubt
from hybridmfp.pipelines.fitted_model import FittedModel
from hybridmfp.pipelines.uncertainty import GUESS_LEVEL
from hybridmfp.preprocessing.quality import SessionQuality

__all__ = ["Refusal", "refusals_after", "refusals_before"]

_LEAST_LEFT = 0.5  # of the channels of at least one modality
_WIDER = 1.05  # times; below that, what is missing is not why an interval is wide
_STRANGE = "{name} ({z:+.0f} standard deviations)"


@dataclass(frozen=True)
class Refusal:
    """Say why there is no number, and what to do.

    Attributes
    ----------
    reason, remedy : str
        Plain words.
    """

    reason: str
    remedy: str


def refusals_before(
    model: FittedModel, session: SessionDigest | None, quality: SessionQuality, doubt: Doubt
) -> tuple[Refusal, ...]:
    """Refuse what no estimate should be made from.

    Parameters
    ----------
    model : FittedModel
    session : SessionDigest or None
        None if no trial could be used.
    quality : SessionQuality
    doubt : Doubt
    """
    if session is None:
        return (
            Refusal(
                "None of the recordings could be used.",
                "Repeat the session after setting right what is said about the signals.",
            ),
        )
    return (
        *_too_little(model, quality, doubt),
        *_strange_tasks(model, session),
        *_strange(model, session, doubt),
    )


def refusals_after(interval: tuple[float, float], doubt: Doubt) -> tuple[Refusal, ...]:
    """Refuse an estimate that says no more than a guess would.

    Parameters
    ----------
    interval : tuple of float
        At `GUESS_LEVEL`, whatever level was asked for: at a lower one everything looks sure.
    doubt : Doubt
    """
    width = interval[1] - interval[0]
    if width < doubt.guess_width:
        return ()
    return (
        Refusal(
            f"The interval of {GUESS_LEVEL:.0%} would be {width:.0f} points wide, no narrower "
            f"than a guess without any recording ({doubt.guess_width:.0f} points).",
            "Record more trials, and the signals that are missing."
            if doubt.width_factor > _WIDER
            else "Nothing is missing that could be recorded. Use a model that errs less, such as "
            "one of more persons like this one.",
        ),
    )


def _too_little(model: FittedModel, quality: SessionQuality, doubt: Doubt) -> tuple[Refusal, ...]:
    known, missing = model.vocabulary, doubt.missing
    left = [
        1 - share
        for share, usual in (
            (missing.emg, known.emg_seen),
            (missing.kinematics, known.kinematics_seen),
        )
        if usual > 0
    ]
    if max(left, default=0.0) >= _LEAST_LEFT:
        return ()
    lost = dict.fromkeys(one.remedy for one in quality.findings if one.verdict == "red")
    return (
        Refusal(
            f"Only {max(left, default=0.0):.0%} of the signals that the model needs can be "
            "trusted.",
            " ".join(list(lost)[:3]) or "Record EMG or kinematics as the model learned from them.",
        ),
    )


def _strange_tasks(model: FittedModel, session: SessionDigest) -> tuple[Refusal, ...]:
    done = dict.fromkeys(map(str, session.task))
    if any(task in model.vocabulary.tasks for task in done):
        return ()
    return (
        Refusal(
            f"The model has met none of these tasks: {', '.join(done)}.",
            f"Record one of: {', '.join(model.vocabulary.tasks)}.",
        ),
    )


def _strange(model: FittedModel, session: SessionDigest, doubt: Doubt) -> tuple[Refusal, ...]:
    if not doubt.novelty > doubt.novelty_limit:
        return ()
    named = [_STRANGE.format(name=name, z=z) for name, z in model.novelty.strangest(session)]
    return (
        Refusal(
            "The session is unlike everything the model has learned from: "
            f"{doubt.novelty:.1f} times as strange as an ordinary new person, where "
            f"{doubt.novelty_limit:.1f} is the limit. Furthest from usual: {_joined(named)}.",
            "Check rates, units, markers and electrodes; repeat the session with the set-up that "
            "the model learned from.",
        ),
    )


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names)
