"""The sentences of an assessment's report: what the number says, and what it cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hybridmfp.app.report.electrode_picture import worst_verdicts
from hybridmfp.app.report.plain_names import scale_name
from hybridmfp.app.report.verdict_mark import VERDICT_WORDS
from hybridmfp.app.report.wording import as_number, as_percent, as_span
from hybridmfp.signals import SCALES

__all__ = [
    "can_say",
    "cannot_say",
    "headline",
    "honest_error",
    "in_whole_points",
    "is_refused",
    "model_rows",
    "page_title",
    "quality_words",
    "recordings_used",
    "synthetic_warnings",
    "what_points_mean",
    "why_so_wide",
]

_SHOWN_LAG_MS = 20.0  # below, the clocks fit as well as anybody can tell
_SHOWN_DRIFT_PPM = 1000.0  # 10 ms in ten seconds
_SYNTHETIC = "Results on synthetic data say nothing about clinical accuracy."
_SIMULATED_MODEL = (
    "The model has learned from simulated patients only: how far it errs on real ones is not "
    "known. Do not use it for anybody's care."
)
_WIDER = 1.05  # times, below which nobody would see the difference
_TOLD = 0.005  # share, below which it would read as 0 %
_EACH_MODALITY = (("missing_emg", "EMG"), ("missing_kinematics", "kinematics"))


def is_refused(assessment: Mapping[str, Any]) -> bool:
    """Say whether there is no estimate; what is unclear counts as refused."""
    numbers = (assessment["estimate"], assessment["interval"])
    return assessment["verdict"] != "estimated" or any(number is None for number in numbers)


def synthetic_warnings(assessment: Mapping[str, Any]) -> list[str]:
    """Give the sentences of the synthetic banner; none where everything is real."""
    told = [_SYNTHETIC] if assessment["synthetic"] else []
    return told + [_SIMULATED_MODEL] * bool(assessment["model"]["trained_on"]["synthetic"])


def in_whole_points(interval: Sequence[float]) -> tuple[int, int]:
    """Round an interval to whole points, outwards, so that it never claims more than it holds.

    Examples
    --------
    >>> in_whole_points([33.0, 49.1])
    (33, 50)
    """
    return math.floor(interval[0]), math.ceil(interval[1])


def headline(assessment: Mapping[str, Any]) -> str:
    """Say the number with its interval, or that there is none, in one line."""
    if is_refused(assessment):
        return "No estimate: these recordings do not carry one."
    low, high = in_whole_points(assessment["interval"])
    return (
        f"{assessment['estimate']:.0f} of {assessment['scale_range'][1]:g} points, "
        f"{as_percent(assessment['level'])} interval {low} to {high}"
    )


def can_say(assessment: Mapping[str, Any]) -> list[str]:
    """Say what a reader may rely on."""
    low, high = in_whole_points(assessment["interval"])
    scale, level = scale_name(assessment["scale"]), 100 * assessment["level"]
    expected = (
        f"A trained rater who scored this arm on the {scale} on the same day would be expected "
        f"between {low} and {high} points. Intervals made like this one hold the rated score in "
        f"about {level:.0f} of 100 patients like those the model learned from."
    )
    parts = (
        "Below stand the parts of the recordings that the estimate rests on, so that it can be "
        "held against what was seen."
    )
    return [expected, *_measured_coverage(assessment["model"]), parts]


def _measured_coverage(model: Mapping[str, Any]) -> list[str]:
    if model["coverage"] is None:
        return []
    share = as_percent(model["coverage"])
    return [f"Checked on persons the model had not met, the interval held for {share} of them."]


def cannot_say(assessment: Mapping[str, Any]) -> list[str]:
    """Say what a reader must not conclude."""
    told = ["It is not a rating and never replaces one. Where they differ, the rating counts."]
    scale = SCALES.get(assessment["scale"])
    if scale is not None and scale.mdc_points is not None:
        told.append(
            f"Two estimates whose intervals overlap do not show a change; even a rater's scores "
            f"must differ by {as_number(scale.mdc_points, 1)} points to show one."
        )
    else:
        told.append("Two estimates whose intervals overlap do not show a change.")
    told.append("It says nothing about causes, prognosis or therapy.")
    low, high = assessment["model"]["trained_on"]["observed_range"]
    if not low <= assessment["estimate"] <= high:
        told.append(f"The model met scores from {low:g} to {high:g} only; this one lies outside.")
    elif (low, high) != tuple(assessment["scale_range"]):
        told.append(f"The model met scores from {low:g} to {high:g} only.")
    return told


def why_so_wide(assessment: Mapping[str, Any]) -> list[str]:
    """Say what made the interval as wide as it is."""
    found, (low, high) = assessment["uncertainty"], assessment["interval"]
    told = []
    if found["guess_width"] is not None:
        told.append(
            f"The interval is {as_number(high - low, 0)} points wide; without any recording, from "
            f"the scores of the training patients alone, it would be "
            f"{as_number(found['guess_width'], 0)} points."
        )
    if found["width_factor"] is not None and found["width_factor"] >= _WIDER:
        told.append(
            f"What is missing made it {as_number(found['width_factor'], 1)} times as wide as it "
            "would have been."
        )
    told += [
        f"{as_percent(found[key])} of the {modality} was missing or not usable."
        for key, modality in _EACH_MODALITY
        if found[key] is not None and found[key] >= _TOLD
    ]
    if found["novelty"] is not None and found["novelty_limit"] is not None:
        told.append(
            f"The session is {as_number(found['novelty'], 1)} times as strange to the model as "
            f"that of an ordinary new person; above {as_number(found['novelty_limit'], 1)} an "
            "estimate is refused."
        )
    return told


def what_points_mean(assessment: Mapping[str, Any]) -> str:
    """Say what the points of a driver are counted from."""
    usual = assessment.get("explained_from")
    start = "what the model says of an average patient"
    if usual is not None:
        start += f" who did the same tasks, {as_number(usual, 1)} points"
    return f"Points that a part of the recordings adds to (+) or takes from (\u2212) {start}."


def honest_error(model: Mapping[str, Any]) -> str:
    """Say how far the model errs on persons it has not met."""
    if model["mae"] is None:
        return "not known"
    told = f"{as_number(model['mae'], 1)} points on average"
    if model["mae_interval"] is None:
        return told
    return f"{told} [{as_span(model['mae_interval'], 1)}], on persons it had not met"


def recordings_used(assessment: Mapping[str, Any], *, n_signs: int | None = None) -> str:
    """Say how many trials were used, and of which tasks; of how many, where that is too long.

    Parameters
    ----------
    assessment : mapping
    n_signs : int, optional
        From how many signs it is too long; by default it never is.
    """
    tasks = [f"{name.replace('_', ' ')} {count}" for name, count in assessment["tasks"].items()]
    used = f"{assessment['n_used']} of {assessment['n_trials']} trials used"
    if not tasks:
        return used
    told = f"{used} ({', '.join(tasks)})"
    too_long = n_signs is not None and len(told) > n_signs
    return f"{used} ({len(tasks)} tasks)" if too_long else told


def quality_words(quality: Mapping[str, Any]) -> str:
    """Say how good the recordings are as a whole."""
    told = [f"Overall: {VERDICT_WORDS[quality['verdict']]}."]
    for modality, what in (("emg", "muscles"), ("kinematics", "channels of the kinematics")):
        verdicts = list(worst_verdicts(quality["channels"], modality).values())
        if verdicts:
            told.append(f"{verdicts.count('green')} of {len(verdicts)} {what} are good.")
        else:
            told.append(f"No {'EMG' if modality == 'emg' else 'kinematics'} was recorded.")
    lag_ms, drift_ppm = quality["lag_ms"] or 0.0, quality["drift_ppm"] or 0.0
    if abs(lag_ms) >= _SHOWN_LAG_MS:
        later = "lags" if lag_ms > 0 else "leads"
        told.append(f"The EMG {later} the kinematics by {as_number(abs(lag_ms), 0)} ms.")
    if abs(drift_ppm) >= _SHOWN_DRIFT_PPM:
        told.append(f"Their clocks drift by {as_number(drift_ppm, 0)} ppm.")
    return " ".join(told)


def model_rows(assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what the model is, what it has learned from and how good it is, as name and value."""
    model = assessment["model"]
    learned = model["trained_on"]
    kind = "synthetic" if learned["synthetic"] else "real"
    low, high = learned["observed_range"]
    trained_on = (
        f"{kind} data: {learned['name']}, {learned['n_subjects']} subjects, "
        f"{learned['n_sessions']} sessions, scores from {low:g} to {high:g}"
    )
    return [
        ("Trained on", trained_on),
        ("Its honest error", honest_error(model)),
        (
            f"Coverage of its {as_percent(assessment['level'])} intervals",
            "not known" if model["coverage"] is None else as_percent(model["coverage"]),
        ),
        ("Model", model["name"]),
        ("Hash", model["hash"]),
    ]


def page_title(assessment: Mapping[str, Any]) -> str:
    """Say whose arm it is, and when."""
    side = f", {assessment['side']} arm" if assessment["side"] else ""
    return f"Arm assessment: {assessment['subject']}, session {assessment['session']}{side}"
