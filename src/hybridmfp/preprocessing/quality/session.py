"""Check the trials of a session together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.quality.pattern import MusclePattern
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.swaps import find_swaps
from hybridmfp.preprocessing.quality.timing import judge_timing, time_session
from hybridmfp.preprocessing.quality.verdicts import (
    ALL,
    VERDICTS,
    Finding,
    SessionQuality,
    TrialQuality,
    Verdict,
)

__all__ = ["check_session"]

_MOSTLY = 0.5  # of the trials, from where a channel is red in the session
_OFTEN = 0.25  # of the trials, from where it is amber
_ALWAYS = 0.8  # of the trials, from where a silent muscle is a lost electrode
_FEWEST_TASKS = 3  # of which one at least needs any muscle


def check_session(
    trials: Sequence[TrialQuality],
    *,
    pattern: MusclePattern | None = None,
    settings: QualitySettings | None = None,
) -> SessionQuality:
    """Judge a session: what its trials share, and what only all of them together show.

    A muscle may be silent in a trial; a channel that is silent in four of five trials of at least
    three tasks is taken for a lost electrode.

    Parameters
    ----------
    trials : sequence of TrialQuality
        Of one session, from `check_trial`.
    pattern : MusclePattern, optional
        What muscles usually do; without it swapped electrodes and a lag are not looked for.
    settings : QualitySettings, optional

    Returns
    -------
    SessionQuality

    Raises
    ------
    SignalError
        If there is no trial, or one is given twice.
    """
    settings = settings or QualitySettings()
    by_key = {trial.key: trial for trial in trials}
    if not trials or len(by_key) != len(trials):
        raise SignalError(
            f"trials must hold each trial of a session once, at least one; got {len(trials)} "
            f"with {len(by_key)} different keys."
        )
    timing = time_session(trials, pattern)
    timed = judge_timing(timing, settings)
    swapped = [] if pattern is None else find_swaps(trials, pattern, settings)
    timed, swapped = _either(timed, swapped)
    faults = {one.fault for one in timed}
    # A drifting clock also changes durations; that is said once.
    grouped = [one for one in _grouped(trials) if one.fault != "rate" or "drift" not in faults]
    ordered = sorted([*timed, *swapped, *grouped], key=lambda one: -VERDICTS.index(one.verdict))
    # Of what both a trial and the session say, the worse is kept.
    worst_of: dict[tuple[str, str, str], Finding] = {}
    for one in ordered:
        worst_of.setdefault((one.modality, one.channel, one.fault), one)
    findings = tuple(worst_of.values())
    return SessionQuality(
        trials=by_key,
        muscles=_verdicts(trials, findings, "emg"),
        points=_verdicts(trials, findings, "kinematics"),
        findings=findings,
        lag_s=timing.lag_s,
        lag_error_s=timing.lag_error_s,
        drift_ppm=timing.drift_ppm,
        correct_lag="lag" in faults,
        correct_drift="drift" in faults,
    )


def _either(timed: list[Finding], swapped: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Blame one cause: EMG of another arm looks swapped, and swapped EMG follows less well."""
    if any(one.fault == "unmoved" and one.verdict == "red" for one in timed):
        return timed, []
    if swapped:
        return [one for one in timed if one.fault != "unmoved"], swapped
    return timed, swapped


def _grouped(trials: Sequence[TrialQuality]) -> list[Finding]:
    """Say once what is true of a channel in several trials, the most frequent first."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for trial in trials:
        for one in trial.findings:
            groups.setdefault((one.modality, one.channel, one.fault), []).append(one)
    grouped = []
    for (modality, channel, fault), members in groups.items():
        there = [trial for trial in trials if _has(trial, modality, channel)]
        verdict = _shared_verdict(members, fault, there)
        if verdict != "green":
            typical = sorted(members, key=lambda one: one.value)[len(members) // 2]
            grouped.append(replace(typical, verdict=verdict, n_trials=len(members)))
    return sorted(grouped, key=lambda one: -one.n_trials)


def _shared_verdict(
    members: Sequence[Finding], fault: str, there: Sequence[TrialQuality]
) -> Verdict:
    if fault == "silent":
        if len(members) < _ALWAYS * len(there):
            return "green"
        return "red" if len({trial.key.task for trial in there}) >= _FEWEST_TASKS else "amber"
    n_red = sum(one.verdict == "red" for one in members)
    return "red" if n_red > _MOSTLY * len(there) else "amber"


def _has(trial: TrialQuality, modality: str, channel: str) -> bool:
    if channel == ALL:
        return True
    return channel in (trial.muscles if modality == "emg" else trial.points)


def _verdicts(
    trials: Sequence[TrialQuality], findings: Sequence[Finding], modality: str
) -> dict[str, Verdict]:
    channels = dict.fromkeys(
        channel
        for trial in trials
        for channel in (trial.muscles if modality == "emg" else trial.points)
    )
    return {channel: _verdict_of(channel, trials, findings, modality) for channel in channels}


def _verdict_of(
    channel: str, trials: Sequence[TrialQuality], findings: Sequence[Finding], modality: str
) -> Verdict:
    mine = [one for one in findings if one.modality == modality and one.channel in (channel, ALL)]
    if any(one.verdict == "red" for one in mine):
        return "red"
    n_there = sum(_has(trial, modality, channel) for trial in trials)
    return "amber" if sum(one.n_trials for one in mine) > _OFTEN * n_there else "green"
