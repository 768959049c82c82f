"""Electrodes that seem to have changed places."""

from __future__ import annotations

from collections.abc import Sequence

from hybridmfp.preprocessing.quality.pattern import MusclePattern
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import Finding, TrialQuality, Verdict

__all__ = ["find_swaps"]


def find_swaps(
    trials: Sequence[TrialQuality], pattern: MusclePattern, settings: QualitySettings
) -> list[Finding]:
    """Report pairs of muscles whose exchange makes a session much more likely.

    The pair that gains most is taken first; another one only if it shares no muscle with it.

    Parameters
    ----------
    trials : sequence of TrialQuality
    pattern : MusclePattern
    settings : QualitySettings
    """
    amber, red = (pattern.swap_gain_ + limit for limit in settings.swap_gain)
    gains = pattern.swap_gains(trials)
    findings: list[Finding] = []
    named: set[str] = set()
    for pair in sorted(gains, key=lambda one: -gains[one]):
        if gains[pair] <= amber or named & set(pair):
            continue
        named |= set(pair)
        verdict: Verdict = "red" if gains[pair] > red else "amber"
        for muscle, other in (pair, pair[::-1]):
            findings.append(_finding(muscle, other, verdict, gains[pair], len(trials)))
    return findings


def _finding(muscle: str, other: str, verdict: Verdict, gain: float, n_trials: int) -> Finding:
    return Finding(
        modality="emg",
        channel=muscle,
        fault="swapped",
        verdict=verdict,
        value=gain,
        unit="1",
        reason=f"This channel behaves like {_said(other)}, and that one like {_said(muscle)}.",
        remedy="Check the cables of both electrodes; if they are swapped, correct their names.",
        n_trials=n_trials,
    )


def _said(muscle: str) -> str:
    return muscle.replace("_", " ")
