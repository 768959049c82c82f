"""Check one recording: every channel, both modalities, and how they fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.clues import collect_clues, points_of
from hybridmfp.preprocessing.quality.effort import EFFORTS
from hybridmfp.preprocessing.quality.emg_rules import check_emg
from hybridmfp.preprocessing.quality.landmark_rules import check_landmarks
from hybridmfp.preprocessing.quality.point_measures import movement_span
from hybridmfp.preprocessing.quality.point_rules import check_points
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding, TrialQuality, Verdict, worst
from hybridmfp.signals import Recording

__all__ = ["check_trial"]

Window = tuple[int, int]

_DISTANCE = EFFORTS.index("distance")
_MOVED_M = 0.05  # that the hand must travel before muscles are expected to change


def check_trial(recording: Recording, settings: QualitySettings | None = None) -> TrialQuality:
    """Say of every channel of a trial whether it can be trusted, why not, and what to do.

    Parameters
    ----------
    recording : Recording
        EMG, kinematics, or both; with or without a montage.
    settings : QualitySettings, optional

    Returns
    -------
    TrialQuality

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.signals import Signal, TrialKey
    >>> noise = 1e-5 * np.random.default_rng(0).normal(size=(2, 4000))
    >>> noise[1] = 0
    >>> emg = Signal(noise, rate_hz=2000, channels=["biceps_brachii", "brachioradialis"], units="V")
    >>> check_trial(Recording(TrialKey("P1", "1", "reach", "1"), emg=emg)).muscles
    {'biceps_brachii': 'amber', 'brachioradialis': 'red'}
    """
    settings = settings or QualitySettings()
    names, points = points_of(recording)
    span_s, findings = _check_kinematics(recording, names, points, settings)
    clues = collect_clues(recording, names, points, span_s=span_s)
    if recording.emg is not None:
        findings += check_emg(
            recording.emg.samples,
            rate_hz=recording.emg.rate_hz,
            channels=recording.emg.channels,
            window=_emg_window(recording, span_s),
            moving=bool(np.any(clues.effort[_DISTANCE] > _MOVED_M)),
            settings=settings,
        )
    findings += _check_durations(recording, settings)
    muscles = () if recording.emg is None else recording.emg.channels
    return TrialQuality(
        key=recording.key,
        muscles=_by_channel(muscles, findings, "emg"),
        points=_by_channel(names, findings, "kinematics"),
        findings=tuple(findings),
        clues=clues,
    )


def _check_kinematics(
    recording: Recording,
    names: tuple[str, ...],
    points: NDArray[np.float32],
    settings: QualitySettings,
) -> tuple[tuple[float, float] | None, list[Finding]]:
    """Give the span of the movement in seconds, and what is wrong with the positions."""
    if recording.kinematics is None or not names:
        return None, []
    rate_hz = recording.kinematics.rate_hz
    window = movement_span(points, rate_hz=rate_hz)
    findings = check_points(points, rate_hz=rate_hz, names=names, window=window, settings=settings)
    told = {one.fault for one in findings if one.channel == ALL}
    findings += [one for one in check_landmarks(recording, names, points) if one.fault not in told]
    span_s = None if window is None else (window[0] / rate_hz, window[1] / rate_hz)
    return span_s, findings


def _by_channel(
    channels: Sequence[str], findings: Sequence[Finding], modality: str
) -> dict[str, Verdict]:
    return {
        channel: worst(
            finding.verdict
            for finding in findings
            if finding.modality == modality and finding.channel in (channel, ALL)
        )
        for channel in channels
    }


def _emg_window(recording: Recording, span_s: tuple[float, float] | None) -> Window | None:
    if span_s is None or recording.emg is None:
        return None
    bounds_s = np.array(span_s) + recording.latency_s
    at: NDArray[np.intp] = np.clip(
        np.round(bounds_s * recording.emg.rate_hz).astype(np.intp), 0, recording.emg.n_samples
    )
    return int(at[0]), int(at[1])


def _check_durations(recording: Recording, settings: QualitySettings) -> list[Finding]:
    """Compare how long both modalities last; what differs was sampled at another rate."""
    emg, kinematics = recording.emg, recording.kinematics
    if emg is None or kinematics is None:
        return []
    longest, shortest = (pick(emg.duration_s, kinematics.duration_s) for pick in (max, min))
    differ = longest / shortest - 1
    if differ <= settings.rate_mismatch[0]:
        return []
    return [
        Finding(
            modality="both",
            channel=ALL,
            fault="rate",
            verdict="red" if differ > settings.rate_mismatch[1] else "amber",
            value=100 * differ,
            unit="%",
            reason=(
                f"The EMG lasts {emg.duration_s:.2f} s and the markers "
                f"{kinematics.duration_s:.2f} s, though they saw the same movement."
            ),
            remedy="Check the sampling rates of both systems, and that both recorded throughout.",
        )
    ]
