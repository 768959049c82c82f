"""Check the trials of a session together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.quality.verdicts import (
    ALL,
    VERDICTS,
    Finding,
    SessionQuality,
    TrialQuality,
    Verdict,
)

__all__ = ["check_session"]

_MOSTLY = 0.5
_OFTEN = 0.25
_FEWEST_SILENT = 3  # trials


def check_session(
    trials: Sequence[TrialQuality],
) -> SessionQuality:
    """Judge a session: what its trials share, and what only all of them together show.

    Parameters
    ----------
    trials : sequence of TrialQuality
        Of one session, from `check_trial`.

    Returns
    -------
    SessionQuality

    Raises
    ------
    SignalError
        If there is no trial, or one is given twice.
    """
    by_key = {trial.key: trial for trial in trials}
    if not trials or len(by_key) != len(trials):
        raise SignalError(
            f"trials must hold each trial of a session once, at least one; got {len(trials)} "
            f"with {len(by_key)} different keys."
        )
    findings = _grouped(trials)
    return SessionQuality(
        trials=by_key,
        muscles=_verdicts(trials, findings, "emg"),
        points=_verdicts(trials, findings, "kinematics"),
        findings=tuple(findings),
    )


def _grouped(trials: Sequence[TrialQuality]) -> list[Finding]:
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for trial in trials:
        for one in trial.findings:
            groups.setdefault((one.modality, one.channel, one.fault), []).append(one)
    grouped = []
    for (modality, channel, fault), members in groups.items():
        n_there = sum(_has(trial, modality, channel) for trial in trials)
        typical = sorted(members, key=lambda one: one.value)[len(members) // 2]
        verdict = _shared_verdict(members, n_there)
        if fault == "silent":
            # A muscle may rest in a trial. Only one that never shows is worth a word.
            if len(members) < n_there or n_there < _FEWEST_SILENT:
                continue
            verdict = "red"
        grouped.append(replace(typical, verdict=verdict, n_trials=len(members)))
    return sorted(grouped, key=lambda one: (-VERDICTS.index(one.verdict), -one.n_trials))


def _has(trial: TrialQuality, modality: str, channel: str) -> bool:
    if channel == ALL:
        return True
    return channel in (trial.muscles if modality == "emg" else trial.points)


def _shared_verdict(members: Sequence[Finding], n_there: int) -> Verdict:
    n_red = sum(one.verdict == "red" for one in members)
    return "red" if n_red > _MOSTLY * n_there else "amber"


def _verdicts(
    trials: Sequence[TrialQuality], findings: Iterable[Finding], modality: str
) -> dict[str, Verdict]:
    listed = list(findings)
    channels = dict.fromkeys(
        channel
        for trial in trials
        for channel in (trial.muscles if modality == "emg" else trial.points)
    )
    verdicts: dict[str, Verdict] = {}
    for channel in channels:
        mine = [f for f in listed if f.modality == modality and f.channel in (channel, ALL)]
        n_there = sum(_has(trial, modality, channel) for trial in trials)
        red = any(one.verdict == "red" for one in mine)
        often = sum(one.n_trials for one in mine) > _OFTEN * n_there
        verdicts[channel] = "red" if red else "amber" if often else "green"
    return verdicts
