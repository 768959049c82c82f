"""Take out of a recording what cannot be trusted, and set its clocks right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridmfp.preprocessing.quality.verdicts import SessionQuality, TrialQuality
from hybridmfp.signals import Problem, Recording, Signal

__all__ = ["screened"]


def screened(recording: Recording, quality: TrialQuality | SessionQuality) -> Recording:
    """Turn red channels into gaps, and correct lag and drift where they were found.

    Parameters
    ----------
    recording : Recording
    quality : TrialQuality or SessionQuality
        Of this trial, or of the session it belongs to. A channel is taken out where it is red in
        this trial or in the session as a whole.

    Returns
    -------
    Recording
        The same recording if nothing had to be changed; otherwise a copy with
        a `Problem` for everything that was done.
    """
    judged: list[TrialQuality | SessionQuality] = [quality]
    if isinstance(quality, SessionQuality) and recording.key in quality.trials:
        judged.append(quality.trials[recording.key])
    muscles = {name for one in judged for name in one.muscles if one.muscles[name] == "red"}
    points = {name for one in judged for name in one.points if one.points[name] == "red"}
    axes = {f"{point}_{axis}" for point in points for axis in "xyz"}
    kept = replace(
        recording,
        emg=_without(recording.emg, muscles),
        kinematics=_without(recording.kinematics, axes),
        problems=(
            *recording.problems,
            *_told(recording, "EMG of", muscles),
            *_told(recording, "kinematics of", points),
        ),
    )
    timed = _timed(kept, quality) if isinstance(quality, SessionQuality) else kept
    return recording if timed.problems == recording.problems else timed


def _without(signal: Signal | None, channels: set[str]) -> Signal | None:
    if signal is None or not channels & set(signal.channels):
        return signal
    samples = signal.samples.copy()
    samples[[channel in channels for channel in signal.channels]] = np.nan
    return Signal(samples, rate_hz=signal.rate_hz, channels=signal.channels, units=signal.units)


def _told(recording: Recording, what: str, channels: set[str]) -> list[Problem]:
    if not channels:
        return []
    named = f"{what} {', '.join(sorted(channels))} cannot be trusted"
    return [Problem(str(recording.key), named, "taken as gaps")]


def _timed(recording: Recording, session: SessionQuality) -> Recording:
    """Correct the latency and the rate of the EMG."""
    emg, latency_s = recording.emg, recording.latency_s
    problems = list(recording.problems)
    if session.correct_drift and session.drift_ppm is not None and emg is not None:
        emg = Signal(
            emg.samples,
            rate_hz=emg.rate_hz * (1 + 1e-6 * session.drift_ppm),
            channels=emg.channels,
            units=emg.units,
        )
        found = f"the clock of the EMG is off by {session.drift_ppm:.0f} ppm"
        problems.append(Problem(str(recording.key), found, "corrected by its rate"))
    if session.correct_lag and session.lag_s is not None:
        latency_s += session.lag_s
        found = f"the EMG is {1e3 * session.lag_s:.0f} ms later than the kinematics"
        problems.append(Problem(str(recording.key), found, "corrected by its latency"))
    return replace(recording, emg=emg, latency_s=latency_s, problems=tuple(problems))
