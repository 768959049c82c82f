"""Signal quality as plain values, for JSON and reports."""

from __future__ import annotations

from typing import Any

from hybridmfp.preprocessing.quality import ALL, Finding, SessionQuality

__all__ = ["quality_summary"]


def quality_summary(quality: SessionQuality) -> dict[str, Any]:
    """Give every channel with its verdict, and what was found.

    Parameters
    ----------
    quality : SessionQuality

    Returns
    -------
    dict
        JSON-ready: ``verdict``, ``channels`` (a row for each finding, worst first, then one for
        each channel without any), ``lag_ms``, ``drift_ppm``.
    """
    found = [_finding(one) for one in quality.findings]
    named = {(one.modality, one.channel) for one in quality.findings}
    clean = [
        _clean(modality, channel)
        for modality, channels in (("emg", quality.muscles), ("kinematics", quality.points))
        for channel in channels
        if (modality, channel) not in named
    ]
    lag_s, drift_ppm = quality.lag_s, quality.drift_ppm
    return {
        "verdict": quality.verdict,
        "channels": [*found, *clean],
        "lag_ms": None if lag_s is None else 1e3 * lag_s,
        "drift_ppm": drift_ppm,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "modality": one.modality,
        "channel": "all" if one.channel == ALL else one.channel,
        "verdict": one.verdict,
        "fault": one.fault,
        "reason": one.reason,
        "remedy": one.remedy,
        "n_trials": one.n_trials,
    }


def _clean(modality: str, channel: str) -> dict[str, Any]:
    nothing = {"fault": None, "reason": None, "remedy": None, "n_trials": 0}
    return {"modality": modality, "channel": channel, "verdict": "green", **nothing}
