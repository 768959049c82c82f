"""Check one recording: every channel, both modalities, and how they fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.clues import collect_clues, points_of
from hybridmfp.preprocessing.quality.emg_rules import check_emg
from hybridmfp.preprocessing.quality.noted_side import check_side
from hybridmfp.preprocessing.quality.point_measures import movement_span
from hybridmfp.preprocessing.quality.point_rules import check_points
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding, TrialQuality, Verdict, worst
from hybridmfp.signals import Recording

__all__ = ["check_trial"]

Window = tuple[int, int]


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
    >>> from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
    >>> cohort = virtual_cohort(VirtualCohortSettings(n_patients=1, tasks=("reach_forward",)))
    >>> quality = check_trial(cohort.trials[0].load())
    >>> len(quality.muscles), len(quality.points)
    (12, 21)
    """
    settings = settings or QualitySettings()
    names, points = points_of(recording)
    findings: list[Finding] = []
    span_s: tuple[float, float] | None = None
    if recording.kinematics is not None and names:
        rate_hz = recording.kinematics.rate_hz
        window = movement_span(points, rate_hz=rate_hz)
        span_s = None if window is None else (window[0] / rate_hz, window[1] / rate_hz)
        findings += check_points(
            points, rate_hz=rate_hz, names=names, window=window, settings=settings
        )
        findings += check_side(recording, names, points)
    if recording.emg is not None:
        findings += check_emg(
            recording.emg.samples,
            rate_hz=recording.emg.rate_hz,
            channels=recording.emg.channels,
            window=_emg_window(recording, span_s),
            settings=settings,
        )
    findings += _check_durations(recording, settings)
    muscles = () if recording.emg is None else recording.emg.channels
    return TrialQuality(
        key=recording.key,
        muscles=_by_channel(muscles, findings, "emg"),
        points=_by_channel(names, findings, "kinematics"),
        findings=tuple(findings),
        clues=collect_clues(recording, points, span_s=span_s),
    )


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
